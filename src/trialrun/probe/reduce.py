"""Smaller suites that find the same: greedy set covers over what each test covers.

A cover is one set a test: branches that it takes, mutants that it kills, wrong programs that it fails. `cover` takes
the test that covers most of what is left, again and again; of equals the first in order, so that the result is the same
everywhere. `reduced` covers branches, mutants and samples, each by itself, and joins the choices, as published;
`joint` covers all at once, which needs fewer tests. `filled` goes on, with tests that cover everything once more, until
a suite has a given size: what one test finds by luck, two find more surely.

Leaves out: running tests, weights, exact minimal covers (greedy is within ln n of them).

Source: Liu et al. 2023 (EvalPlus), "test-suite reduction"; Chvátal 1979.
"""

import heapq
from collections.abc import Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet

Cover = Sequence[AbstractSet[Hashable]]
"""What each test covers, by its place."""


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


def filled(size: int, *covers: Cover) -> list[int]:
    """Return, in the order taken, `size` tests (fewer where there are no more) that cover everything again and again.

    The first of them are those of `joint`, which may be more than `size`.
    """
    tests = _joined(covers)
    chosen = cover(tests)
    while len(chosen) < size:
        more = cover(tests, without=chosen)
        if not more:
            rest = [place for place in range(len(tests)) if place not in set(chosen)]
            return chosen + rest[: size - len(chosen)]
        chosen += more[: size - len(chosen)]
    return chosen


def _joined(covers: Sequence[Cover]) -> list[set[Hashable]]:
    sizes = {len(tests) for tests in covers}
    if len(sizes) > 1:
        raise ValueError(f"covers of {sizes} tests")
    return [
        {(kind, one) for kind, found in enumerate(row) for one in found} for row in zip(*covers, strict=True)
    ]
