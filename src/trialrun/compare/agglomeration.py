"""Agglomeration: items into groups by their distances, step by step, and the middle of a group.

Each step joins the two groups whose union is the least worse: by energy distance, which is Ward's rule for distances of
any kind. It does not leave a single odd item as a group of its own where two real groups would have to be joined
instead, as rules of average or least distance do. Items at distances of at most `same` join whatever the number of
groups wanted, so there may be fewer groups. Ties go to the pair that comes first.

Source: Székely and Rizzo 2005, "Hierarchical Clustering via Joint Between-Within Distances".

Leaves out: more than some hundreds of groups to begin with (each step looks at all pairs of them).
"""

from collections.abc import Collection, Sequence


def agglomerate(
    distances: Sequence[Sequence[float]], count: int, *, same: float = 0.0
) -> tuple[tuple[int, ...], ...]:
    """Return at most `count` groups of the items whose distances these are, each in order, the largest first.

    >>> agglomerate([[0, 1, 9], [1, 0, 9], [9, 9, 0]], 2)
    ((0, 1), (2,))
    """
    groups: list[list[int]] = []
    for item in range(len(distances)):
        alike = (group for group in groups if all(distances[item][other] <= same for other in group))
        group = next(alike, None)
        if group is None:
            groups.append([item])
        else:
            group.append(item)
    sums = [[_sum(distances, one, other) for other in groups] for one in groups]
    """Sum of the distances between the members of two groups, or within one."""
    while len(groups) > max(count, 1):
        pairs = ((_worse(groups, sums, i, j), i, j) for j in range(len(groups)) for i in range(j))
        _, i, j = min(pairs)
        groups[i] += groups.pop(j)
        for row in sums:
            row[i] += row[j]
        sums[i] = [a + b for a, b in zip(sums[i], sums[j], strict=True)]
        del sums[j]
        for row in sums:
            del row[j]
    return tuple(map(tuple, sorted(map(sorted, groups), key=lambda group: (-len(group), group))))


def _sum(distances: Sequence[Sequence[float]], one: Sequence[int], other: Sequence[int]) -> float:
    return sum(distances[a][b] for a in one for b in other)


def _worse(groups: Sequence[Sequence[int]], sums: Sequence[Sequence[float]], i: int, j: int) -> float:
    """Return by how much joining two groups makes the grouping worse."""
    a, b = len(groups[i]), len(groups[j])
    return a * b / (a + b) * (2 * sums[i][j] / (a * b) - sums[i][i] / a**2 - sums[j][j] / b**2)


def medoid(
    distances: Sequence[Sequence[float]], group: Sequence[int], among: Collection[int] | None = None
) -> int | None:
    """Return the member of a group, one of `among` if that is given, that is nearest to all; None where there is none.

    >>> medoid([[0, 1, 2], [1, 0, 1], [2, 1, 0]], (0, 1, 2)), medoid([[0, 1], [1, 0]], (0, 1), among=())
    (1, None)
    """
    fit = [item for item in group if among is None or item in among]
    return min(fit, key=lambda item: (sum(distances[item][other] for other in group), item), default=None)
