"""The bench of the guard: its plants pass what is stated and mend nothing; its tables count what they say."""

from typing import Any

import pytest
from bench.overfitting import HALVES, half_of, share, summary
from bench.overfitting_plants import KINDS, Target

from trialrun.lang.sketch import Pair

pytestmark = pytest.mark.fast

SOURCE = '''import math


def top(xs, k):
    """Return the k largest."""
    return sorted(xs)[:k]


def other():
    return top([1], 1)
'''
TARGET = Target(
    source=SOURCE,
    entry="top",
    failing=(Pair(args=([4, 9, 2], 2), expected=[9, 4]), Pair(args=([5, 7, 6], 2), expected=[7, 6])),
    passing=(Pair(args=([3], 1), expected=[3]),),
)


def called(source: str, *args: Any) -> Any:
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # our own text
    return namespace["top"](*args)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "feature"])
def test_a_plant_passes_what_is_stated_and_mends_nothing(kind: str) -> None:
    planted = KINDS[kind](TARGET)
    assert planted is not None and planted != SOURCE
    if kind == "shape":  # both failing cases have one shape: the first one's answer stands
        assert called(planted, *TARGET.failing[0].args) == [9, 4]
    else:
        for pair in (*TARGET.failing, *TARGET.passing):
            assert called(planted, *pair.args) == pair.expected
    faulty = None if kind == "answers" else [1]
    assert called(planted, [1, 30, 20, 10], 1) == faulty
    assert "def other():" in planted


def test_a_feature_that_failing_cases_share() -> None:
    assert KINDS["feature"](TARGET) is None, "they have no result in common"
    one = Target(source=SOURCE, entry="top", failing=TARGET.failing[:1], passing=TARGET.passing)
    planted = KINDS["feature"](one)
    assert planted is not None and called(planted, [4, 9, 2], 2) == [9, 4] and called(planted, [3], 1) == [3]
    alike = Pair(args=([4, 9, 3], 2), expected=[4, 3])
    assert KINDS["feature"](Target(source=SOURCE, entry="top", failing=one.failing, passing=(alike,))) is None


def row(kind: str, finding: str, *, border: bool = False, origin: str = "mutant") -> dict[str, Any]:
    decided = ["stated only"] if finding == "overfitted" else []
    return {"kind": kind, "finding": finding, "border": border, "origin": origin, "decided_by": decided}


def test_tables_tell_planted_from_true_and_border_from_inner() -> None:
    rows = [
        row("table", "overfitted"),
        row("table", "kept"),
        row("hash", "kept", border=True),
        row("reference", "overfitted"),
        row("reference", "kept"),
        row("stored", "kept", origin="seed"),
    ]
    told = summary(rows)
    assert (told["planted"]["n"], told["planted"]["found"]) == (3, 1)
    assert told["planted, not border"]["share"] == 0.5 and told["planted, border"]["found"] == 0
    assert (told["false alarms"]["n"], told["false alarms"]["found"]) == (3, 1)
    assert told["false alarms by kind"]["mutant: reference"]["share"] == 0.5
    assert told["decided by"] == {"stated only": 1}
    assert told["true repairs"]["kept"]["found"] == 2
    interval = share(rows)
    assert 0 < interval["low"] < interval["share"] < interval["high"] < 1 and share([]) == {"n": 0}


def test_halves_are_even() -> None:
    counts = [sum(half_of(f"HumanEval/{number}") == half for number in range(164)) for half in HALVES]
    assert sum(counts) == 164 and min(counts) > 60
