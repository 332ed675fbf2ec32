"""Programs in groups of equal behaviour: those with one key over the same cases.

Programs whose key is undefined are alone: that two of them timed out, or gave values of unknown equality, does not
make them alike. Groups come largest first, then in the order of their first members.

Leaves out: running programs (`behaviours.py`), picking one of a group's members.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cluster:
    """Programs of one behaviour."""

    key: str | None
    """None for a program of undefined key, which is alone."""
    members: tuple[int, ...]
    """Places of the programs, in order."""

    @property
    def size(self) -> int:
        """Number of programs."""
        return len(self.members)


def clusters(keys: Sequence[str | None]) -> tuple[Cluster, ...]:
    """Group programs by their behaviour keys.

    >>> [(cluster.key, cluster.members) for cluster in clusters(["a", None, "b", "b", None])]
    [('b', (2, 3)), ('a', (0,)), (None, (1,)), (None, (4,))]
    """
    groups: dict[str, list[int]] = {}
    found: list[tuple[str | None, list[int]]] = []
    for place, key in enumerate(keys):
        if key is not None and key in groups:
            groups[key].append(place)
            continue
        found.append((key, [place]))
        if key is not None:
            groups[key] = found[-1][1]
    found.sort(key=lambda group: -len(group[1]))  # stable: the first member decides between equal sizes
    return tuple(Cluster(key, tuple(members)) for key, members in found)
