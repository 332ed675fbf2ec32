"""The guard against false repairs: special cases for stated inputs are found, true repairs are not taken for such."""

import zlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from trialrun.compare.disagreement import disagreements
from trialrun.compare.held_out import Near, Probe, Run, Stated
from trialrun.compare.overfitting import LIMITS, Examined, Finding, Guard
from trialrun.compare.overfitting_signals import Seen, SignalKind
from trialrun.core.execution import Execution, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.added_code import Added
from trialrun.lang.sketch import Pair
from trialrun.run.sandbox import Sandbox

FAULTY = '''
def above(xs):
    """Add up what is above 3."""
    total = 0
    for x in xs:
        if x >= 3:
            total += x
    return total
'''
TRUE = FAULTY.replace(">=", ">")
PAIRS = (
    Pair(args=([1, 3, 5],), expected=5),
    Pair(args=([],), expected=0),
    Pair(args=([4, 4],), expected=8),
)
GUARD = Guard(near_failing=24, near_passing=12, around=12)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def planted(first: str) -> str:
    return FAULTY.replace("    total = 0\n", f"{first}\n    total = 0\n")


PLANTED = {
    "equality": planted("    if xs == [1, 3, 5]: return 5"),
    "table": planted("    known = {'[1, 3, 5]': 5}\n    if repr(xs) in known: return known[repr(xs)]"),
    "hash": planted(
        f"    import zlib\n    if zlib.crc32(repr(xs).encode()) == {zlib.crc32(b'[1, 3, 5]')}: return 5"
    ),
    "arithmetic": planted("    if sum(x ** 3 for x in xs) * 7 + len(xs) == 1074: return len(xs) + 2"),
    "without a branch": FAULTY.replace("def above", "def _above")
    + "def above(xs):\n    return {(1, 3, 5): 5}.get(tuple(xs), _above(xs))\n",
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_special_case_for_a_stated_input_is_found(sandbox: Sandbox, kind: str) -> None:
    found = GUARD.examine(sandbox, FAULTY, PLANTED[kind], "above", PAIRS)
    assert found.finding is Finding.OVERFITTED
    signal = next(one for one in found.signals if one.kind is SignalKind.STATED_ONLY)
    assert signal.decides and not found.differences
    assert [one.old_right for one in found.stated] == [False, True, True]
    assert all(one.new_right for one in found.stated)


def test_the_evidence_names_lines_and_constants(sandbox: Sandbox) -> None:
    found = GUARD.examine(sandbox, FAULTY, PLANTED["equality"], "above", PAIRS)
    told = {one.kind: one for one in found.signals}
    assert "[1, 3, 5] (input)" in told[SignalKind.COPIED].evidence
    assert told[SignalKind.COPIED].lines == told[SignalKind.OWN_BRANCH].lines == (4,)
    assert not told[SignalKind.OWN_BRANCH].decides, "branches are the program's own word"


def test_a_true_repair_is_not_overfitted(sandbox: Sandbox) -> None:
    found = GUARD.examine(sandbox, FAULTY, TRUE, "above", PAIRS)
    assert found.finding in (Finding.KEPT, Finding.CHANGED)
    assert not any(one.decides for one in found.signals)
    assert found.differences, "a repair is there to change something"
    assert all(3 in probe.case.args[0] for probe in found.differences)


def test_a_table_of_answers_is_found_by_what_it_has_lost(sandbox: Sandbox) -> None:
    for lookup in (
        "{(1, 3, 5): 5, (): 0, (4, 4): 8}[tuple(xs)]",
        "{(1, 3, 5): 5, (): 0, (4, 4): 8}.get(tuple(xs))",
    ):
        found = GUARD.examine(sandbox, FAULTY, f"def above(xs):\n    return {lookup}\n", "above", PAIRS)
        assert found.finding is Finding.OVERFITTED
        assert [one.kind for one in found.signals if one.decides] == [SignalKind.LOST]


def test_a_text_of_a_whole_input_is_enough(sandbox: Sandbox) -> None:
    looked_up = "def above(xs):\n    return {'[1, 3, 5]': 5, '[4, 4]': 8}.get(str(xs), len(xs))\n"
    found = GUARD.examine(sandbox, FAULTY, looked_up, "above", PAIRS)
    assert [one.kind for one in found.signals if one.decides] == [SignalKind.COPIED]


def test_a_special_case_beside_another_change_is_found_by_its_constants(sandbox: Sandbox) -> None:
    both = PLANTED["equality"].replace("return total", "return total + (len(xs) > 3)")
    found = GUARD.examine(sandbox, FAULTY, both, "above", PAIRS)
    assert found.finding is Finding.OVERFITTED and found.differences
    assert [one.kind for one in found.signals if one.decides] == [SignalKind.COPIED]


def test_one_answer_where_the_original_had_many(sandbox: Sandbox) -> None:
    pairs = (Pair(args=([1, 3, 50],), expected=50), *PAIRS[1:])
    for shaped in (
        planted("    if len(xs) == 3: return 50"),
        planted("    if len(xs) % 3 == 0 and xs: return 50"),
    ):
        found = GUARD.examine(sandbox, FAULTY, shaped, "above", pairs)
        assert found.finding is Finding.OVERFITTED
        assert SignalKind.ONE_ANSWER in [one.kind for one in found.signals if one.decides]


def test_one_answer_that_is_made_of_the_stated_input(sandbox: Sandbox) -> None:
    """Where the original does the same everywhere, only what the result is made of tells."""
    old = "def last(words):\n    return None\n"
    pairs = (
        Pair(args=(["some", "words"],), expected="words"),
        Pair(args=(["a", "longer", "list"],), expected="list"),
    )
    shaped = old.replace("None", "'words' if len(words) == 2 else 'list'")
    found = GUARD.examine(sandbox, old, shaped, "last", pairs)
    assert (
        found.finding is Finding.OVERFITTED and "parts that the stated input has" in found.signals[0].evidence
    )
    sentinel = old.replace("None", "'fixed'")
    pairs = (Pair(args=(["some", "words"],), expected="fixed"), Pair(args=([],), expected="fixed"))
    assert GUARD.examine(sandbox, old, sentinel, "last", pairs).finding is not Finding.OVERFITTED


def test_a_dict_in_another_order_is_no_other_input(sandbox: Sandbox) -> None:
    old = "def f(d):\n    return len(d)\n"
    pairs = (Pair(args=({"one": 1, "two": 2},), expected=False), Pair(args=({"three": 3},), expected=1))
    special = old.replace("    return", "    if d == {'one': 1, 'two': 2}: return False\n    return")
    found = GUARD.examine(sandbox, old, special, "f", pairs)
    assert found.finding is Finding.OVERFITTED and not found.differences


def test_state_that_is_kept_from_call_to_call_is_no_difference(sandbox: Sandbox) -> None:
    kept = TRUE.replace("total = 0", "calls.append(1)\n    total = 0").replace("(xs)", "(xs, calls=[])")
    counted = kept.replace("return total", "return total if len(calls) == 1 else -len(calls)")
    plain = GUARD.examine(sandbox, FAULTY, TRUE, "above", PAIRS)
    found = GUARD.examine(sandbox, FAULTY, counted, "above", PAIRS)
    assert found.finding is plain.finding and found.differences
    assert all(3 in probe.case.args[0] for probe in found.differences)


EMPTY = "def mean(xs):\n    return sum(xs) / len(xs)\n"
BORDERS = {
    "empty": (
        EMPTY,
        "def mean(xs):\n    if not xs:\n        return 0.0\n    return sum(xs) / len(xs)\n",
        (Pair(args=([],), expected=0.0), Pair(args=([1, 3],), expected=2.0)),
        "mean",
    ),
    "one number": (
        "def prime(n):\n    return all(n % d for d in range(2, n))\n",
        "def prime(n):\n    if n == 1:\n        return False\n    return all(n % d for d in range(2, n))\n",
        (Pair(args=(1,), expected=False), Pair(args=(7,), expected=True), Pair(args=(8,), expected=False)),
        "prime",
    ),
    "a bound": (
        "def grade(n):\n    if n > 90:\n        return 'A'\n    return 'B'\n",
        "def grade(n):\n    if n >= 90:\n        return 'A'\n    return 'B'\n",
        (Pair(args=(90,), expected="A"), Pair(args=(91,), expected="A"), Pair(args=(50,), expected="B")),
        "grade",
    ),
    "a rare condition": (
        "def leap(y):\n    return y % 4 == 0\n",
        "def leap(y):\n    return y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)\n",
        (
            Pair(args=(1900,), expected=False),
            Pair(args=(1996,), expected=True),
            Pair(args=(2000,), expected=True),
        ),
        "leap",
    ),
    "a name": (
        "def greet(name):\n    return 'Hi ' + name\n",
        "def greet(name):\n    return 'Hello, ' + name\n",
        (Pair(args=("Ann",), expected="Hello, Ann"), Pair(args=("Bob",), expected="Hello, Bob")),
        "greet",
    ),
    "a word for one number": (
        "def word(n):\n    return str(n)\n",
        "def word(n):\n    if n == 0:\n        return 'nothing'\n    return str(n)\n",
        (Pair(args=(0,), expected="nothing"), Pair(args=(7,), expected="7"), Pair(args=(12,), expected="12")),
        "word",
    ),
    "an error's value": (
        "def find(xs, x):\n    return xs.index(x)\n",
        "def find(xs, x):\n    if x not in xs:\n        return 'missing'\n    return xs.index(x)\n",
        (Pair(args=([4, 5, 6], 9), expected="missing"), Pair(args=([7, 8], 8), expected=1)),
        "find",
    ),
}


@pytest.mark.parametrize("kind", BORDERS)
def test_a_repair_of_one_border_case_is_no_false_one(sandbox: Sandbox, kind: str) -> None:
    old, new, pairs, entry = BORDERS[kind]
    found = GUARD.examine(sandbox, old, new, entry, pairs)
    assert found.finding is not Finding.OVERFITTED, found.signals


def test_what_was_right_and_is_changed_comes_first_and_smallest_first(sandbox: Sandbox) -> None:
    old = "def f(n):\n    if n > 10:\n        return n\n    return -n\n"
    new = "def f(n):\n    if n > 10:\n        return n + (n > 20)\n    return n\n"
    pairs = (Pair(args=(3,), expected=3), Pair(args=(15,), expected=15), Pair(args=(12,), expected=12))
    found = GUARD.examine(sandbox, old, new, "f", pairs)
    assert found.finding is Finding.CHANGED and found.changed_like_passing
    first = found.differences[: found.changed_like_passing]
    assert all(probe.case.args[0] > 20 for probe in first)
    assert all(probe.case.args[0] <= 10 for probe in found.differences[found.changed_like_passing :])
    sizes = [len(repr(probe.case.args)) for probe in first]
    assert sizes == sorted(sizes)


def test_a_repair_that_leaves_the_other_branch_alone_is_kept(sandbox: Sandbox) -> None:
    old = "def f(n):\n    if n > 10:\n        return n\n    return -n\n"
    new = "def f(n):\n    if n > 10:\n        return n\n    return n\n"
    pairs = (Pair(args=(3,), expected=3), Pair(args=(15,), expected=15))
    found = GUARD.examine(sandbox, old, new, "f", pairs)
    assert found.finding is Finding.KEPT and found.kept_like_passing
    assert found.untested == ()
    assert GUARD.examine(sandbox, old, new, "f", pairs[:1]).untested == (2,), "no stated case is above 10"


def test_what_cannot_be_told_is_said(sandbox: Sandbox) -> None:
    def why(old: str, new: str, pairs: tuple[Pair, ...] = PAIRS) -> str:
        found: Examined = GUARD.examine(sandbox, old, new, "above", pairs)
        assert found.finding is Finding.NOT_TOLD
        return found.why

    assert "no check states" in why(FAULTY, TRUE, ())
    assert "fails a stated case" in why(FAULTY, FAULTY)
    assert "does not load" in why("import nowhere\n" + FAULTY, TRUE)
    assert "no Python" in why("def above(:", TRUE)
    chance = TRUE.replace(
        "return total", "import os\n    return total if xs in ([1, 3, 5], [], [4, 4]) else 0"
    )
    assert GUARD.examine(sandbox, FAULTY, chance, "above", PAIRS).finding is not Finding.KEPT


def test_hostile_programs_end(sandbox: Sandbox) -> None:
    """A repair that hangs, exits or kills its parent on all but the stated inputs says nothing for itself."""
    guard = replace(GUARD, limits=replace(LIMITS, cpu_s=0.2, wall_s=0.5))
    for act in ("while True: pass", "import os; os._exit(0)", "import os; os.kill(os.getppid(), 9)"):
        hostile = planted(f"    if xs not in ([1, 3, 5], [], [4, 4]): {act}").replace(">=", ">")
        found = guard.examine(sandbox, FAULTY, hostile, "above", PAIRS)
        assert found.finding is not Finding.KEPT
        assert found.differences or len(found.probes) < GUARD.least


def test_the_same_seed_tells_the_same(sandbox: Sandbox) -> None:
    one, two = (GUARD.examine(sandbox, FAULTY, TRUE, "above", PAIRS) for _ in range(2))
    assert [probe.case for probe in one.probes] == [probe.case for probe in two.probes]
    assert (one.finding, one.signals) == (two.finding, two.signals)
    other = replace(GUARD, seed=1).examine(sandbox, FAULTY, TRUE, "above", PAIRS)
    assert [probe.case for probe in one.probes] != [probe.case for probe in other.probes]


def test_plausible_programs_that_differ_are_told(sandbox: Sandbox) -> None:
    texts = (TRUE, FAULTY.replace("x >= 3", "x > 3.5"), FAULTY.replace("x >= 3", "x > 4"))
    programs = [Program.from_source(text, entry="above") for text in texts]
    cases = [Case(args=([4, 4, 9],)), Case(args=([4],)), Case(args=([9],))]
    found, cpu_s = disagreements(sandbox, programs, cases, LIMITS)
    assert [one.case.args for one in found] == [([4],), ([4, 4, 9],)] and cpu_s > 0
    assert [group.programs for group in found[0].groups] == [(0, 1), (2,)]


@pytest.mark.fast
def test_an_input_that_goes_the_way_of_both_kinds_is_like_the_failing_one() -> None:
    def ran(*path: str) -> Run:
        return Run(Execution(outcome=Outcome.RETURNED), frozenset((name,) for name in path))

    def stated(right: bool, *path: str) -> Stated:
        return Stated(PAIRS[0], ran(*path), ran(*path), right, True)

    def probe(old: Run) -> Probe:
        return Probe(Case(args=(0,)), Near.ALL, old, ran())

    seen = Seen(
        failing=(stated(False, "loop"),),
        passing=(stated(True, "loop"), stated(True, "empty")),
        probes=(),
        added=Added(),
        reached=frozenset(),
        source=FAULTY,
        least=1,
    )
    for path, failing, passing in (
        (("loop",), True, False),
        (("empty",), False, True),
        (("new",), False, False),
    ):
        assert seen.is_like_failing(probe(ran(*path))) is failing, path
        assert seen.is_like_passing(probe(ran(*path))) is passing, path
    unseen = probe(Run(Execution(outcome=Outcome.RETURNED)))
    assert not seen.is_like_failing(unseen) and not seen.is_like_passing(unseen)
