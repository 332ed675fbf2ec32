"""Set covers: complete, small, the same everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialrun.probe.reduce import cover, filled, joint, reduced

pytestmark = pytest.mark.fast

COVERS = st.lists(st.frozensets(st.integers(0, 12), max_size=6), max_size=10)


def plain_greedy(tests):
    """The definition, without a queue."""
    wanted, chosen = set().union(*tests), []
    while wanted:
        best = max(range(len(tests)), key=lambda place: (len(wanted & tests[place]), -place))
        chosen.append(best)
        wanted -= tests[best]
    return chosen


@given(COVERS)
def test_a_cover_is_the_greedy_one(tests):
    assert cover(tests) == plain_greedy(tests)


@given(COVERS)
def test_everything_is_covered(tests):
    chosen = cover(tests)
    assert set().union(*tests) == set().union(*(tests[place] for place in chosen))
    assert len(chosen) == len(set(chosen))


def test_of_equals_the_first_is_taken():
    assert cover([{1, 2}, {2, 1}, {3}, {3}]) == [0, 2]


def test_three_covers_joined_and_at_once():
    branches, mutants, samples = [{1}, {2}, set()], [set(), {"m"}, {"m", "n"}], [{"s"}, set(), {"s"}]
    assert reduced(branches, mutants, samples) == [0, 1, 2]
    assert reduced(branches, [set()] * 3, samples) == [0, 1]
    assert reduced([set()] * 3, mutants, samples) == [0, 2]
    assert reduced([set()] * 3, mutants, samples, base=2) == [0, 1, 2]
    assert joint([set()] * 3, mutants, samples) == [2]
    with pytest.raises(ValueError, match="covers of"):
        joint([{1}], [{1}, {2}])


@given(COVERS, st.integers(0, 12))
def test_a_filled_suite_has_its_size_and_begins_with_the_cover(tests, size):
    chosen = filled(size, tests)
    assert chosen[: len(cover(tests))] == joint(tests)
    assert len(chosen) == max(len(cover(tests)), min(size, len(tests))) == len(set(chosen))


def test_what_fills_covers_once_more():
    tests = [{1, 2, 3}, set(), {1}, {2, 3}, {1, 2}]
    assert filled(3, tests) == [0, 3, 2]
    assert filled(5, tests) == [0, 3, 2, 4, 1]
