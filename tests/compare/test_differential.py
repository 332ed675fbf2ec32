"""The loop of the differential search, with proposers of the test's own."""

import random

import pytest

from trialrun.compare.difference import Kind
from trialrun.compare.differential import Differential
from trialrun.compare.outcomes import Rules
from trialrun.compare.pair import Pair, is_merely_slower
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.task import Case
from trialrun.lang.drivers import function_subject, stdin_subject
from trialrun.probe.proposer import Origin, Seed
from trialrun.run.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


class Given:
    """Proposes the argument tuples it was given, in batches of `size`, and keeps the feedback."""

    def __init__(self, arguments, size=4, origin=Origin.VALID):
        self.cases = [
            Seed(case=Case(stdin=a) if isinstance(a, str) else Case(args=a), origin=origin) for a in arguments
        ]
        self.size, self.feedback = size, []

    def propose(self, seeds):
        for start in range(0, len(self.cases), self.size):
            self.feedback += yield self.cases[start : start + self.size]


def integers(low, high, count, seed=0):
    rng = random.Random(seed)
    return [(rng.randint(low, high),) for _ in range(count)]


def search(sandbox, old, new, proposer, *, seeds=((1,),), assume=None, accepted=(), **settings):
    seeds = [Seed(case=Case(args=args)) for args in seeds]
    one, two = function_subject(old, "f"), function_subject(new, "f")
    right = tuple(function_subject(source, "f") for source in accepted)
    settings = {"cpu_s": 60.0, "accepted": right} | settings
    assumed = None if assume is None else function_subject(assume, "ok")
    return Differential(**settings).search(sandbox, one, two, seeds, proposer=proposer, assume=assumed)


SAME = "def f(x): return x + 1"


def test_nothing_found_is_unknown_with_what_was_tried(sandbox):
    proposer = Given(integers(0, 99, 50))
    found = search(sandbox, SAME, "def f(x):\n    if x > 200: return 0\n    return 1 + x", proposer)
    assert (found.verdict, found.difference, found.why) == (Verdict.UNKNOWN, None, "nothing left to try")
    assert found.inputs == 51 and (found.new_coverage.taken, found.new_coverage.total) == (1, 2)
    assert len(proposer.feedback) == 50


def test_a_strict_difference_ends_the_search(sandbox):
    found = search(
        sandbox, SAME, "def f(x): return 8 if x == 8 else x + 1", Given([(i,) for i in range(100)])
    )
    assert found.verdict is Verdict.FAIL and found.difference.kind is Kind.STRICT
    assert found.inputs < 20 and found.difference.case.args == (8,)
    long = search(sandbox, SAME, "def f(x): return 0", Given([(i,) for i in range(500)], size=500), seeds=[])
    assert long.inputs < 100


def test_a_seed_that_shows_the_difference_is_the_difference(sandbox):
    found = search(sandbox, SAME, "def f(x): return 0", Given([]))
    assert found.difference.origin is Origin.EXAMPLE and found.inputs == 1
    unsendable = search(sandbox, SAME, "def f(x): return 0", Given([]), seeds=[(object(),), (7,)])
    assert unsendable.inputs == 1 and unsendable.difference is not None


def test_a_weaker_difference_waits_for_a_better_one(sandbox):
    new = "def f(x):\n    if x == 2: 1/0\n    return 0 if x == 50 else x + 1"
    found = search(sandbox, SAME, new, Given([(i,) for i in range(100)]))
    assert (found.difference.kind, found.difference.case.args) == (Kind.STRICT, (50,))
    only = search(sandbox, SAME, new, Given([(i,) for i in range(40)]))
    assert (only.difference.kind, only.difference.new.exception) == (Kind.CRASH, "ZeroDivisionError")


def test_an_input_that_breaks_relations_counts_less(sandbox):
    fuzzed, valid = Given([(0,), (1,)], origin=Origin.FUZZED), Given([(2,)])
    fuzzed.cases += valid.cases
    found = search(sandbox, SAME, "def f(x): return x + 1 if x == 5 else 9", fuzzed, seeds=[(5,)])
    assert found.difference.origin is Origin.VALID


def test_where_accepted_programs_disagree_a_better_input_is_looked_for(sandbox):
    new = "def f(x): return 0 if x in (3, 7) else x + 1"
    others = (SAME.replace("x + 1", "1 + x"), "def f(x): return 99 if x == 3 else x + 1")
    found = search(sandbox, SAME, new, Given([(i,) for i in range(2, 9)]), accepted=others)
    assert (found.difference.case.args, found.difference.agreement) == ((7,), (2, 2))
    only = search(sandbox, SAME, new, Given([(i,) for i in range(2, 6)]), accepted=others)
    assert (only.difference.case.args, only.difference.agreement, only.difference.doubted) == (
        (3,),
        (1, 2),
        True,
    )
    assert search(sandbox, SAME, new, Given([(3,)])).difference.agreement is None


def test_shrinking_never_leaves_what_accepted_programs_bear_out(sandbox):
    new = "def f(x): return -1 if x > 40 else x + 1"
    odd = "def f(x): return 5 if x < 90 else x + 1"
    found = search(sandbox, SAME, new, Given([(95,)]), seeds=[(5000,)][:0], accepted=(odd,))
    assert found.difference.agreement == (1, 1) and found.difference.case.args[0] >= 90


def test_a_strict_difference_on_a_fuzzed_input_waits_for_a_valid_one(sandbox):
    proposer = Given([(0,)], origin=Origin.FUZZED, size=1)
    proposer.cases += Given([(2,)]).cases
    found = search(sandbox, SAME, "def f(x): return x + 1 if x == 5 else 9", proposer, seeds=[(5,)])
    assert (found.difference.origin, found.inputs) == (Origin.VALID, 3)


def test_a_crash_of_the_new_program_counts_more_than_one_that_is_gone(sandbox):
    old = "def f(x):\n    if x in (2, 4): 1/0\n    return x"
    new = "def f(x):\n    if x == 3: 1/0\n    return x"
    for order in ((2, 3, 4), (3, 2, 4)):
        found = search(sandbox, old, new, Given([(x,) for x in order]))
        assert found.difference.case.args == (3,)


def test_a_smaller_input_shows_the_same_difference_within_the_precondition(sandbox):
    new = "def f(x): return 0 if x > 20 else x + 1"
    found = search(sandbox, SAME, new, Given([(99,)]), seeds=[], assume="def ok(x): return int(x > 30)")
    assert found.difference.case.args == (31,) and found.difference.shrunk
    other = "def f(x):\n    if 20 < x < 60: 1/0\n    return 0 if x >= 60 else x + 1"
    found = search(sandbox, SAME, other, Given([(99,)]), seeds=[])
    assert (found.difference.kind, found.difference.case.args) == (Kind.STRICT, (60,))
    ends = "import os\ndef f(x):\n    if 20 < x < 60: 1/0\n    if x >= 60: os._exit(0)\n    return x + 1"
    found = search(sandbox, SAME, ends, Given([(99,)]), seeds=[])
    assert (found.difference.new.outcome, found.difference.case.args) == (Outcome.EXITED, (60,))


def test_a_smaller_input_is_nobodys_recording_and_has_to_be_steady(sandbox, monkeypatch):
    new = "def f(x): return 0 if x > 20 else x + 1"
    found = search(sandbox, SAME, new, Given([]), seeds=[(99,)])
    assert (found.difference.origin, found.difference.case.args) == (Origin.VALID, (21,))
    monkeypatch.setattr(Pair, "steady", lambda self, case: case.args == (99,))
    found = search(sandbox, SAME, new, Given([]), seeds=[(99,)])
    assert (found.difference.origin, found.difference.case.args) == (Origin.EXAMPLE, (99,))


def test_changed_arguments_and_output_are_differences(sandbox):
    old = "def f(xs): return len(xs)"
    for new, what in (
        ("def f(xs):\n    n = len(xs)\n    xs.clear()\n    return n", "arguments"),
        ("def f(xs):\n    print(xs)\n    return len(xs)", "stdout"),
    ):
        found = search(sandbox, old, new, Given([]), seeds=[([1, 2],)])
        assert (found.difference.kind, found.difference.what) == (Kind.STRICT, what)


@pytest.mark.parametrize(
    "new",
    [
        "import os\ndef f(x): return x + 1 + open('/dev/urandom', 'rb').read(1)[0] % 2",
        "calls = []\ndef f(x):\n    calls.append(x)\n    return x + 1 if len(calls) < 6 else 0",
    ],
    ids=["chance", "state"],
)
def test_programs_that_are_not_steady_give_no_false_alarm(sandbox, new):
    found = search(sandbox, SAME, new, Given(integers(0, 9, 200)))
    assert found.difference is None and "keeps state" in found.why


def test_a_difference_holds_in_two_fresh_jobs_of_each(sandbox):
    chance = "def f(x): return open('/dev/urandom', 'rb').read(8)"
    for old, new in ((SAME, chance), (chance, SAME)):
        subjects = function_subject(old, "f"), function_subject(new, "f")
        with Pair((sandbox, sandbox), subjects, Rules(), Limits(cpu_s=0.5)) as pair:
            assert pair.confirm(Seed(case=Case(args=(1,)))) is None
            assert not pair.steady(Case(args=(1,)))


def test_a_hang_is_a_crash_difference_and_later_inputs_still_run(sandbox):
    new = "def f(x):\n    while x > 1000: pass\n    return 0 if x == 3 else x + 1"
    hang = search(sandbox, SAME, new, Given([(5000,), (4,)]))
    assert (hang.difference.kind, hang.difference.new.outcome) == (Kind.CRASH, Outcome.TIMEOUT)
    better = search(sandbox, SAME, new, Given([(5000,), (6000,), (10**9,), (3,)], size=2))
    assert (better.difference.kind, better.difference.case.args) == (Kind.STRICT, (3,))


def test_inputs_as_large_as_those_that_hung_are_left_out(sandbox):
    slow = "def f(x):\n    for _ in range(x): pass\n    return x + 1"
    proposer = Given([(10**12,), (10**11,), *[(10**12 + i,) for i in range(30)], (7,)], size=1)
    found = search(sandbox, slow, slow, proposer)
    assert found.inputs == 4 and proposer.feedback[5].valid is False


def test_a_slow_call_that_ends_in_time_is_no_hang(sandbox):
    new = """
import os
def f(x):
    end = sum(os.times()[:2]) + 0.2
    while x == 2 and sum(os.times()[:2]) < end: pass
    return x + 1
"""
    found = search(sandbox, SAME, new, Given([(2,), (3,)]))
    assert found.difference is None and found.cpu_s > 0.2


@pytest.mark.parametrize(
    ("old", "new", "merely"),
    [
        (("returned", 0.3), ("timeout", 0.5), True),
        (("timeout", 0.5), ("raised", 0.11), True),
        (("returned", 0.01), ("timeout", 0.5), False),
        (("timeout", 0.5), ("returned", 0.1), False),
        (("timeout", 0.5), ("timeout", 0.5), False),
        (("returned", 0.3), ("raised", 0.3), False),
    ],
)
def test_a_little_slower_is_no_hang(old, new, merely):
    one, two = (Execution(outcome=Outcome(outcome), cpu_s=cpu_s) for outcome, cpu_s in (old, new))
    assert is_merely_slower(one, two, Limits(cpu_s=0.1)) is merely


def test_answers_that_cannot_be_compared_are_counted(sandbox):
    both = "def f(x): return (lambda: x) if x != 5 else x"
    found = search(sandbox, both, both + "\n", Given([(i,) for i in range(2, 6)]))
    assert (found.inputs, found.undecided) == (5, 4) and "value" in found.unobserved[0]


def test_a_program_that_does_not_load_is_unknown(sandbox):
    found = search(sandbox, SAME, "import nowhere\ndef f(x): return x", Given(integers(0, 9, 20)))
    assert (found.verdict, found.why, found.difference) == (Verdict.UNKNOWN, "does not load", None)


def test_the_precondition_keeps_inputs_away(sandbox):
    new = "def f(x): return 0 if x < 0 else x + 1"
    proposer = Given([(-1,), (-2,), (3,), ("a",)])
    found = search(sandbox, SAME, new, proposer, assume="def ok(x): return x >= 0")
    assert (found.difference, found.inputs, found.refused, found.outside) == (None, 2, 0, 3)
    with pytest.raises(UsageError, match="does not load"):
        search(sandbox, SAME, new, Given([(-1,)]), assume="import nowhere\ndef ok(x): return True")


def test_exceptions_are_compared_as_the_rules_say(sandbox):
    old, new = "def f(x): raise ValueError(1)", "def f(x): raise KeyError(1)"
    assert search(sandbox, old, new, Given([])).difference.what == "exception"
    assert search(sandbox, old, new, Given([]), rules=Rules(exceptions="all")).difference is None


def test_whole_programs(sandbox):
    old = "n = int(input())\nprint(sum(map(int, input().split()[:n])))"
    new = "n = int(input())\nprint(sum(map(int, input().split())))"
    proposer = Given(["2\n1 2\n", "1\n1 2\n"])
    seeds = [Seed(case=Case(stdin="3\n1 2 3\n"))]
    found = Differential(cpu_s=60.0).search(
        sandbox, stdin_subject(old), stdin_subject(new), seeds, proposer=proposer
    )
    assert (found.difference.kind, found.difference.case.stdin) == (Kind.STRICT, "1\n1 1\n")
    assert (found.difference.old.stdout, found.difference.new.stdout) == (b"1\n", b"2\n")


def test_the_budget_ends_a_search(sandbox):
    class Endless:
        def propose(self, seeds):
            number = 0
            while True:
                number += 1
                yield [Seed(case=Case(args=(number,)), origin=Origin.VALID)]

    found = search(sandbox, SAME, SAME, Endless(), cpu_s=0.2)
    assert "CPU budget" in found.why and 0.2 <= found.cpu_s < 2
    assert search(sandbox, SAME, SAME, Endless(), inputs=30).inputs == 30
    assert search(sandbox, SAME, SAME, Given(integers(0, 99, 99), size=50), inputs=30).inputs == 30


def test_an_assertion_of_the_program_itself_is_no_difference(sandbox):
    both = "def f(x):\n    assert x != 3\n    return x"
    assert search(sandbox, both, both + "\n", Given([(3,), (4,)])).difference is None
