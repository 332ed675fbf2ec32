"""The metered oracle: what it says, what it charges, what it refuses, and that nothing of the hidden function leaks."""

import pytest

from trialrun.compare.difference import Comparison
from trialrun.compare.differential import Differential
from trialrun.compare.oracle_service import RULES, EquivalenceService, codearc_budget
from trialrun.core.budget import Budget
from trialrun.core.errors import UsageError
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.oracle import CALLS, CHECKS, CPU, TRIES, Answer, Check, Holds, Refused
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.values import encode
from trialrun.lang.drivers import function_subject
from trialrun.run.sandbox import Sandbox

HIDDEN = '''
def f(xs, k):
    """CANARY-docstring"""
    # CANARY-comment
    CANARY_name = sorted(xs)
    if k < 0:
        raise ValueError("CANARY-message %d" % k)
    print(len(xs))
    return CANARY_name[:k]
'''
RIGHT = "def f(a, b):\n    a = list(a)\n    a.sort()\n    print(len(a))\n    return a[0:b]"
WRONG = RIGHT.replace("a[0:b]", "a[0:b] if b < 4 else a")
RECORDED = [Case(args=([3, 1, 2], 2)), Case(args=([5], 1)), Case(args=([], 0)), Case(args=([4, 4], -1))]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def service(sandbox, source=HIDDEN, recorded=RECORDED, budget=None, **settings):
    search = Differential(**{"inputs": 1500, "cpu_s": 30.0, "rules": RULES} | settings)
    hidden = function_subject(source, "f")
    return EquivalenceService(sandbox, hidden, recorded=recorded, budget=budget, search=search)


def submitted(source):
    return Program.from_source(source, entry="f")


def spent(oracle):
    return {name: oracle.budget.spent().get(name, 0) for name in (CALLS, CHECKS, TRIES)}


def test_queries_are_answered_and_charged(sandbox):
    oracle = service(sandbox)
    assert spent(oracle) == {CALLS: 4, CHECKS: 0, TRIES: 0}
    asked = [Case(args=([9, 8, 7], 2)), Case(args=([1], -5)), Case(args=(3, 1))]
    answers = oracle.query(asked)
    assert answers == (
        Answer(Outcome.RETURNED, encode([7, 8]), None, b"3\n"),
        Answer(Outcome.RAISED, None, "ValueError", b""),
        Answer(Outcome.RAISED, None, "TypeError", b""),
    )
    assert spent(oracle) == {CALLS: 7, CHECKS: 0, TRIES: 0} and oracle.ended == ""
    case, known = oracle.recorded()[0]
    assert (case, known.value) == (RECORDED[0], encode([1, 2])) and spent(oracle)[CALLS] == 7


def test_a_wrong_submission_gets_a_small_counterexample(sandbox):
    oracle = service(sandbox)
    found = oracle.check(submitted(WRONG))
    assert (found.holds, found.minimal) == (Holds.DIFFERENT, True) and oracle.ended == ""
    xs, k = found.case.args
    assert len(xs) == k + 1 == 5  # the smallest there are
    assert found.expected.value == encode(sorted(xs)[:4]) and found.got.value == encode(sorted(xs))
    assert spent(oracle) == {CALLS: 4, CHECKS: 1, TRIES: 0}


def test_a_right_submission_is_equal_on_so_many_inputs_and_ends_the_game(sandbox):
    oracle = service(sandbox)
    found = oracle.check(submitted(RIGHT))
    assert (found.holds, found.case) == (Holds.EQUAL, None) and found.inputs > 100
    assert oracle.ended and isinstance(oracle.check(submitted(RIGHT)), Refused)
    assert spent(oracle) == {CALLS: 4, CHECKS: 1, TRIES: 0}


def test_what_a_solver_cannot_see_does_not_count(sandbox):
    """Arguments after the call, and inputs that the hidden function refuses."""
    changes = RIGHT.replace("a = list(a)\n    ", "")
    assert service(sandbox).check(submitted(changes)).holds is Holds.EQUAL
    strict = service(sandbox, rules=type(RULES)(arguments=False))
    assert strict.check(submitted(RIGHT)).holds is Holds.DIFFERENT  # it takes a negative k
    loud = RIGHT.replace("print(len(a))", "print(len(a), '!')")
    assert service(sandbox).check(submitted(loud)).holds is Holds.DIFFERENT


def test_what_does_not_load_is_unknown(sandbox):
    found = service(sandbox).check(submitted("1/0\ndef f(a, b): return a"))
    assert (found.holds, found.why) == (Holds.UNKNOWN, "does not load")


def test_chance_of_its_own_is_unknown_never_different(sandbox):
    dice = "def f(a, b):\n    print(len(a))\n    return open('/dev/urandom', 'rb').read(2)[0]"
    for hidden, submission in ((HIDDEN, dice), (dice, dice), (dice, RIGHT)):
        found = service(sandbox, hidden, recorded=RECORDED[:2]).check(submitted(submission))
        assert found.holds is Holds.UNKNOWN and found.why, (hidden, submission)


def test_a_hidden_function_that_accepts_nothing_is_unknown(sandbox):
    found = service(sandbox, "def f(a, b): raise KeyError", inputs=200).check(
        submitted("def f(a, b): raise KeyError")
    )
    assert found.holds is Holds.UNKNOWN and found.why == "no input was accepted"
    answering = service(sandbox, "def f(a, b): raise KeyError", inputs=200).check(
        submitted("def f(a, b): return 1")
    )
    assert (answering.holds, answering.why) == (Holds.UNKNOWN, "no input was accepted")


class Greedy:
    """A solver that asks for more than there is, and goes on when it is refused."""

    def __init__(self, oracle):
        self.oracle, self.log = oracle, []

    def ask(self, count):
        cases = [Case(args=([n], 1)) for n in range(count)]
        self.log.append(self.oracle.query(cases))
        return self.log[-1]

    def submit(self, source):
        self.log.append(self.oracle.check(submitted(source)))
        return self.log[-1]


def test_calls_cannot_be_overdrawn(sandbox):
    solver = Greedy(service(sandbox))
    assert len(solver.ask(20)) == 20
    refused = solver.ask(7)
    assert isinstance(refused, Refused) and "6 left" in refused.why
    assert spent(solver.oracle) == {CALLS: 24, CHECKS: 0, TRIES: 1}
    assert len(solver.ask(6)) == 6 and spent(solver.oracle)[CALLS] == 30
    assert isinstance(solver.ask(1), Refused) and solver.oracle.ended == "no tries are left"
    before = spent(solver.oracle)
    assert isinstance(solver.ask(0), Refused) and isinstance(solver.submit(RIGHT), Refused)
    assert spent(solver.oracle) == before == {CALLS: 30, CHECKS: 0, TRIES: 2}


def test_checks_cannot_be_overdrawn(sandbox):
    solver = Greedy(service(sandbox))
    assert [solver.submit(WRONG).holds for _ in range(2)] == [Holds.DIFFERENT] * 2
    assert solver.oracle.ended == "no checks are left"
    assert isinstance(solver.submit(RIGHT), Refused) and isinstance(solver.ask(1), Refused)
    assert spent(solver.oracle) == {CALLS: 4, CHECKS: 2, TRIES: 0}


def test_malformed_requests_cost_tries(sandbox):
    oracle = service(sandbox)
    assert oracle.malformed("no Python").why == "no Python" and oracle.ended == ""
    assert isinstance(oracle.query([Case(args=([1], object()))]), Refused)
    assert oracle.ended and spent(oracle) == {CALLS: 4, CHECKS: 0, TRIES: 2}
    oracle.malformed("again")
    assert spent(oracle)[TRIES] == 2


def test_a_submission_that_is_no_function_costs_a_try_and_no_check(sandbox):
    oracle = service(sandbox)
    for source in ("def g(a): return a", "def f(:"):
        assert isinstance(oracle.check(submitted(source)), Refused)
    assert spent(oracle) == {CALLS: 4, CHECKS: 0, TRIES: 2} and oracle.ended == "no tries are left"


def test_calls_that_are_given_without_a_case_count_too(sandbox):
    hidden = function_subject(HIDDEN, "f")
    oracle = EquivalenceService(sandbox, hidden, recorded=RECORDED, given=10)
    assert spent(oracle)[CALLS] == 10 and len(oracle.recorded()) == 4


def test_cpu_time_is_counted_and_may_run_out(sandbox):
    oracle = service(sandbox, budget=Budget(**{CPU: 0.3}), inputs=10**9, cpu_s=60.0)
    assert (
        oracle.check(submitted(RIGHT.replace("a[0:b]", "a[0:b] if str(b) != '7' * 13 else 0"))).holds
        is Holds.EQUAL
    )
    other = service(sandbox, budget=Budget(**{CPU: 0.3}), inputs=10**9, cpu_s=60.0)
    other.check(submitted(WRONG))
    assert other.budget.spent()[CPU] <= 0.3
    other.budget.spend(CPU, other.budget.left(CPU))
    assert other.check(submitted(RIGHT)).why == other.ended == "no CPU time is left"


def test_a_check_gets_the_time_that_is_left_and_calls_take_of_it(sandbox, monkeypatch):
    oracle = service(sandbox, budget=Budget(**{CPU: 5.0}), cpu_s=60.0)
    oracle.query([Case(args=([1], 1))])
    left = oracle.budget.left(CPU)
    assert left < 5.0
    given = []
    came = Comparison(verdict=Verdict.UNKNOWN, inputs=1)
    monkeypatch.setattr(Differential, "search", lambda self, *asked: given.append(self.cpu_s) or came)
    oracle.check(submitted(RIGHT))
    assert given == [left]


def test_what_was_asked_is_tried_in_a_check(sandbox):
    wrong = RIGHT.replace("a[0:b]", "a[0:b] if b * 3 != 2754820935 else 0")
    ignorant, knowing = (service(sandbox, inputs=100) for _ in range(2))
    knowing.query([Case(args=([2, 1], 918273645))])
    assert ignorant.check(submitted(wrong)).holds is Holds.EQUAL
    assert knowing.check(submitted(wrong)).holds is Holds.DIFFERENT


def test_recorded_calls_alone_may_be_too_many(sandbox):
    with pytest.raises(UsageError, match="more than the budget allows"):
        service(sandbox, budget=Budget(**{CALLS: 3}))
    assert codearc_budget().left(CALLS) == 30 and codearc_budget().left(CHECKS) == 2


SPY = """
import gc, os, sys

def f(a, b):
    seen = [repr(os.environ), repr(sys.argv), repr(sorted(sys.modules))]
    for thing in gc.get_objects():
        try:
            seen.append(repr(thing) if isinstance(thing, (dict, list, tuple)) else "")
        except Exception:
            pass
    frame = sys._getframe()
    while frame is not None:
        seen.append(repr(frame.f_locals) + repr(frame.f_globals.keys()) + frame.f_code.co_filename)
        frame = frame.f_back
    for place in (".", "/", "/tmp", "/proc/self/fd"):
        try:
            for name in os.listdir(place):
                with open(os.path.join(place, name), "rb") as file:
                    seen.append(repr(file.read(1 << 16)))
        except OSError:
            pass
    try:
        import ctypes
        seen.append(open("/proc/self/mem", "rb").read(1))
    except Exception:
        pass
    return "".join(str(x) for x in seen).count("".join(("CANA", "RY")))
"""


def test_nothing_of_the_hidden_function_leaks(sandbox):
    """Neither in what the service says nor to a submission that looks around in its process."""
    oracle = service(sandbox, budget=Budget())
    said = [oracle.query([Case(args=args) for args in (([1], -1), ([2, 1], 1), ("ab", 1), (1, 1))])]
    checks = [oracle.check(submitted(source)) for source in (WRONG, SPY, "def f(a, b): return 1", RIGHT)]
    assert isinstance(checks[0], Check) and "CANARY" not in repr(said + checks)
    spied = checks[1]
    assert spied.holds is Holds.DIFFERENT and spied.got.value == encode(0)
