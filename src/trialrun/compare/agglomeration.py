"""Agglomeration: items into groups by their distances, the nearest groups first, and the middle of a group.

Two groups are as far apart as their members are on average. Items at distances below `same` join whatever the number of
groups wanted, so there may be fewer groups. Ties go to the pair that comes first: equal distances, equal groups.

Leaves out: distances; more than some hundreds of items (each step looks at all pairs of groups).
"""

from collections.abc import Collection, Sequence


def agglomerate(
    distances: Sequence[Sequence[float]], count: int, *, same: float = 0.0
) -> tuple[tuple[int, ...], ...]:
    """Return at most `count` groups of the items whose distances these are, each in order, the largest first.

    >>> agglomerate([[0, 1, 9], [1, 0, 9], [9, 9, 0]], 2)
    ((0, 1), (2,))
    """
    groups = [[item] for item in range(len(distances))]
    sums = [list(row) for row in distances]
    """Sum of the distances between the members of two groups."""
    while len(groups) > 1:
        best = min(
            (sums[i][j] / (len(groups[i]) * len(groups[j])), i, j)
            for j in range(len(groups))
            for i in range(j)
        )
        apart, i, j = best
        if len(groups) <= count and apart > same:
            break
        groups[i] += groups.pop(j)
        for row in sums:
            row[i] += row[j]
        sums[i] = [a + b for a, b in zip(sums[i], sums[j], strict=True)]
        del sums[j]
        for row in sums:
            del row[j]
    ordered = sorted(map(sorted, groups), key=lambda group: (-len(group), group))
    return tuple(map(tuple, ordered))


def medoid(
    distances: Sequence[Sequence[float]], group: Sequence[int], among: Collection[int] | None = None
) -> int | None:
    """Return the member of a group, one of `among` if that is given, that is nearest to all; None where there is none.

    >>> medoid([[0, 1, 2], [1, 0, 1], [2, 1, 0]], (0, 1, 2)), medoid([[0, 1], [1, 0]], (0, 1), among=())
    (1, None)
    """
    fit = [item for item in group if among is None or item in among]
    return min(fit, key=lambda item: (sum(distances[item][other] for other in group), item), default=None)
