"""Smaller suites that find the same: greedy set covers over what each test covers.

A cover is one set a test: branches that it takes, mutants that it kills, wrong programs that it fails. `cover` takes
the test that covers most of what is left, again and again; of equals the first in order, so that the result is the same
everywhere. `reduced` covers branches, mutants and samples, each by itself, and joins the choices, as published;
`joint` covers all at once, which needs fewer tests. `spread` makes a suite of a given size that is likely to find more
than what was covered: what one test finds by luck, two find more surely. `sizes` shares a number of tests out among
several such suites.

Leaves out: running tests, weights, exact minimal covers (greedy is within ln n of them).

Source: Liu et al. 2023 (EvalPlus), "test-suite reduction"; Chvátal 1979.
"""

import heapq
from collections.abc import Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

CHANCE = 0.5
"""How likely a test that covers something finds another thing like it."""

Cover = Sequence[AbstractSet[Hashable]]
"""What each test covers, by its place."""


class Taken(NamedTuple):
    """A test of a suite."""

    place: int
    gain: float
    """What it adds to the things that the suite is likely to find; less with every test before it."""


def cover(tests: Cover, *, without: Iterable[int] = ()) -> list[int]:
    """Return places of tests that together cover all that any test covers, in the order they were taken.

    Tests at the places `without` are not taken, and what they cover is not asked for.

    >>> cover([{1}, {2, 3}, {1, 2}, {3, 4}])
    [1, 0, 3]
    """
    left_out = set(without)
    wanted: set[Hashable] = set().union(
        *(found for place, found in enumerate(tests) if place not in left_out)
    )
    # Gains only ever fall, so a test whose old gain is still the best after a new look is the best.
    queue = [(-len(found), place) for place, found in enumerate(tests) if found and place not in left_out]
    heapq.heapify(queue)
    chosen: list[int] = []
    while wanted:
        _, place = heapq.heappop(queue)
        gain = len(wanted & tests[place])
        if queue and (-gain, place) > queue[0]:
            if gain:
                heapq.heappush(queue, (-gain, place))
            continue
        chosen.append(place)
        wanted -= tests[place]
    return chosen


def reduced(*covers: Cover, base: int = 0) -> list[int]:
    """Return, in order, the first `base` tests and a greedy cover of each of several kinds."""
    return sorted({*range(base), *(place for tests in covers for place in cover(tests))})


def joint(*covers: Cover) -> list[int]:
    """Return, in the order taken, tests that cover all of several kinds at once."""
    return cover(_joined(covers))


def spread(size: int, *covers: Cover, given: int = 0, chance: float = CHANCE) -> list[Taken]:
    """Return, in the order taken, at most `size` tests that are likely to find what nobody has made yet.

    Whatever a test covers stands for its like, each of which the test finds with a `chance`; each test taken is the
    one that adds most to what is found on average. The first `given` tests are taken already, and not returned.

    >>> [taken.place for taken in spread(2, [{"a", "b"}, {"a", "b"}, {"c"}, {"a"}], given=1)]
    [1, 2]
    """
    tests = _joined(covers)
    left: dict[Hashable, float] = {}

    def gain(place: int) -> float:
        return sum(left.get(one, 1.0) for one in sorted_of[place])

    sorted_of = [sorted(found, key=repr) for found in tests]  # sums of floats depend on their order

    def take(place: int) -> None:
        for one in tests[place]:
            left[one] = left.get(one, 1.0) * (1 - chance)

    for place in range(min(given, len(tests))):
        take(place)
    queue = [(-gain(place), place) for place in range(given, len(tests))]
    heapq.heapify(queue)
    chosen: list[Taken] = []
    while queue and len(chosen) < size:
        _, place = heapq.heappop(queue)
        entry = (-gain(place), place)
        if queue and entry > queue[0]:
            heapq.heappush(queue, entry)
            continue
        chosen.append(Taken(place, -entry[0]))
        take(place)
    return chosen


def sizes(total: int, suites: Sequence[Sequence[Taken]], *, least: Sequence[int] = ()) -> list[int]:
    """Return how many tests to keep of the beginning of each suite, `total` together, so that they gain most.

    `least` says how many each suite keeps in any case, as far as it has them; these count, too.

    >>> sizes(3, [[Taken(4, 5.0), Taken(0, 1.0)], [Taken(2, 3.0), Taken(1, 2.0)]])
    [1, 2]
    """
    kept = [min(each, len(tests)) for each, tests in zip(least or [0] * len(suites), suites, strict=True)]
    every = [
        (-taken.gain, suite, place)
        for suite, tests in enumerate(suites)
        for place, taken in enumerate(tests)
        if place >= kept[suite]
    ]
    for _, suite, _ in heapq.nsmallest(total - sum(kept), every):
        kept[suite] += 1
    return kept


def _joined(covers: Sequence[Cover]) -> list[set[Hashable]]:
    sizes = {len(tests) for tests in covers}
    if len(sizes) > 1:
        raise ValueError(f"covers of {sizes} tests")
    return [
        {(kind, one) for kind, found in enumerate(row) for one in found} for row in zip(*covers, strict=True)
    ]
