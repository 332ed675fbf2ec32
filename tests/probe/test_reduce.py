"""Set covers: complete, small, the same everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialrun.probe.reduce import Taken, cover, joint, reduced, sizes, spread

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


def test_a_spread_suite_covers_what_is_left_first_and_rare_things_before_common_ones():
    tests = [{"a"}, {"a", "b"}, {"a", "b"}, {"c"}, {"a", "c", "d"}]
    assert spread(5, tests) == [(4, 3.0), (1, 1.5), (2, 0.75), (3, 0.5), (0, 0.125)]
    assert spread(2, tests, given=1) == [(4, 2.5), (1, 1.25)]
    assert spread(1, tests, given=5) == []
    assert spread(2, tests, [{"z"}, set(), set(), set(), set()]) == [(4, 3.0), (0, 1.5)]


@given(COVERS, st.integers(0, 12), st.integers(0, 3))
def test_a_spread_suite_is_the_greedy_one(tests, size, first):
    left = {one: 1.0 for test in tests for one in test}
    for test in tests[:first]:
        left.update({one: left[one] / 2 for one in test})
    wanted = []
    while len(wanted) < size and len(wanted) + first < len(tests):
        free = [place for place in range(first, len(tests)) if place not in wanted]
        best = max(free, key=lambda place: (sum(left[one] for one in sorted(tests[place])), -place))
        wanted.append(best)
        left.update({one: left[one] / 2 for one in tests[best]})
    chosen = spread(size, tests, given=first)
    assert [taken.place for taken in chosen] == wanted
    gains = [taken.gain for taken in chosen]
    assert gains == sorted(gains, reverse=True), "so that any beginning of a suite is the best of its size"


GAINS = st.lists(st.lists(st.sampled_from([0.25, 0.5, 1.0, 2.0]), max_size=5), max_size=4)


@given(GAINS, st.integers(0, 20))
def test_tests_are_shared_out_where_they_gain_most(gains, total):
    suites = [[Taken(place, gain) for place, gain in enumerate(sorted(each, reverse=True))] for each in gains]
    kept = sizes(total, suites)
    every = sorted((gain for each in gains for gain in each), reverse=True)
    assert sum(kept) == min(total, len(every))
    assert sorted(taken.gain for suite, size in zip(suites, kept, strict=True) for taken in suite[:size]) == (
        sorted(every[:total])
    )


def test_a_suite_keeps_its_least():
    suites = [[Taken(0, 9.0), Taken(1, 8.0)], [Taken(0, 1.0), Taken(1, 0.5), Taken(2, 0.25)], []]
    assert sizes(3, suites) == [2, 1, 0]
    assert sizes(3, suites, least=[0, 2, 4]) == [1, 2, 0]
    assert sizes(1, suites, least=[1, 1, 0]) == [1, 1, 0]
