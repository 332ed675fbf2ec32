"""Whether a program behaves like a hidden function: pass, fail with the input, or unknown, never a pass untested."""

import pytest

from trialrun.core.budget import Budget
from trialrun.core.errors import UsageError
from trialrun.core.judgement import Strength, Verdict, Visibility
from trialrun.core.oracle import CALLS, CHECKS, TRIES
from trialrun.core.program import Program
from trialrun.core.task import Case, EquivalenceCheck, Task
from trialrun.run.sandbox import Sandbox
from trialrun.verify.equivalence import allowance, judge_equivalence, oracle_of

CASES = (Case(args=(3,)), Case(args=(-4,)), Case(args=(10,)))
CHECK = EquivalenceCheck(
    name="equivalent", cases=CASES, given=5, calls=9, checks=2, tries=1, inputs=300, cpu_s=30.0
)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def task(hidden: str) -> Task:
    return Task(id="T/1", suite="t", statement="", entry="f", reference=hidden, hidden_checks=(CHECK,))


def judged(sandbox, hidden, source):
    return judge_equivalence(sandbox, task(hidden), CHECK, Program.from_source(source, entry="f"))


def test_an_equivalent_program_passes_on_so_many_inputs(sandbox):
    found = judged(sandbox, "def f(x): return 2 * x", "def f(n): return n + n")
    assert (found.verdict, found.strength, found.visibility) == (
        Verdict.PASS,
        Strength.STRONG,
        Visibility.HIDDEN,
    )
    assert (
        found.cases > 100 and found.cpu_s > 0 and found.evidence == () and found.judge == "verify/equivalence"
    )


def test_a_difference_is_told_with_its_input(sandbox):
    found = judged(sandbox, "def f(x): return 2 * x", "def f(x): return 2 * x if x < 50 else 0")
    (evidence,) = found.evidence
    assert found.verdict is Verdict.FAIL and int(evidence.input) >= 50 and evidence.got == "0"
    assert evidence.expected == str(2 * int(evidence.input))
    raising = judged(sandbox, "def f(x): return 2 * x", "def f(x): return 2 * x // (x != 7)")
    assert raising.verdict is Verdict.FAIL and "ZeroDivisionError" in raising.evidence[0].got


def test_inputs_that_the_hidden_function_refuses_do_not_count(sandbox):
    hidden = "def f(x):\n    if x < 0: raise ValueError('no')\n    return x"
    assert judged(sandbox, hidden, "def f(x): return x").verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("hidden", "source", "why"),
    [
        ("def f(x): raise KeyError", "def f(x): return x", "no input was accepted"),
        ("def f(x): return open('/dev/urandom', 'rb').read(4)[0]", "def f(x): return 1", ""),
        ("def g(x): return x", "def f(x): return x", "the hidden function: f does not define"),
        ("import nowhere\ndef f(x): return x", "def f(x): return x", "does not load"),
    ],
)
def test_what_cannot_be_known_is_unknown(sandbox, hidden, source, why):
    found = judged(sandbox, hidden, source)
    assert found.verdict is Verdict.UNKNOWN and found.evidence[0].message.startswith(why)


@pytest.mark.parametrize("source", ["def g(x): return x", "def f(x: return x", ""])
def test_a_program_that_is_no_function_fails(sandbox, source):
    assert judged(sandbox, "def f(x): return x", source).verdict is Verdict.FAIL


def test_the_oracle_has_the_rules_of_the_check(sandbox):
    one = task("def f(x): return 2 * x")
    assert allowance(one) == {CALLS: 9, CHECKS: 2, TRIES: 1}
    budget = Budget(**allowance(one))
    oracle = oracle_of(sandbox, one, budget)
    assert budget.left(CALLS) == 4 and [case for case, _ in oracle.recorded()] == list(CASES)
    plain = Task(id="T/2", suite="t", statement="", entry="f")
    assert allowance(plain) == {} and oracle_of(sandbox, plain, budget) is None
    assert oracle_of(sandbox, task("def g(x): return x"), budget) is None
    with pytest.raises(UsageError):
        oracle_of(sandbox, one, Budget(**{CALLS: 4}))
