"""Plain values from hostile bytes, as objects in this process: bounded in size, in hashing and in sharing.

What would be hashed by a value of the sender's choice is small (equal hashes then cost little), and so is what a value
would be with nothing shared: whoever hashes or walks `t = (t, t)`, made forty times, walks it for hours.

Leaves out: named tuples, instances, arrays, iterators: bytes that hold one are refused (`core/parse_values.py` reads
them without making objects).
"""

from typing import Any

from trialrun.core import values
from trialrun.core.build_values import build
from trialrun.core.parse_values import parse

UNSHARED = 200_000
"""Parts of one graph, those counted again that are referred to again."""
_HASHED = 2000
"""Items of one dict or set, beyond which a graph is refused."""
_PLAIN = frozenset(range(values.OPAQUE + 1, values.SCALAR)) | frozenset(range(values.LIST, values.NAMEDTUPLE))
_HASHES = (values.DICT, values.SET, values.FROZENSET, values.ODICT, values.DEFAULTDICT, values.COUNTER)


def read_plain(data: bytes, *, limit: int, parts: int = UNSHARED) -> tuple[Any, ...]:
    """Return the roots of one graph of at most `limit` bytes and `parts` parts.

    Raises `ValueError` (`Malformed` is one) for anything but plain values of bounded size.
    """
    lowered = parse(data, limit=limit)
    if type(lowered) is not tuple:
        return (lowered,)
    _bound(lowered, values.index(lowered, _check), parts)
    return tuple(build(lowered)[0])


def _check(low: Any, loose: bool, numbered: int) -> None:
    if low[0] != values.REF and low[0] not in _PLAIN:
        raise ValueError("a value that is not plain")
    if low[0] == values.SUBCLASS or (low[0] in _HASHES and len(low) > _HASHED):
        raise ValueError("a value that is not plain")


def _bound(lowered: Any, nodes: list[Any], parts: int) -> None:
    """Raise `ValueError` where a graph has too many parts once nothing in it is shared, or contains itself."""
    sizes: dict[int, int] = {}
    opened: list[tuple[Any, Any]] = [(lowered, iter((lowered,)))]
    counts = [0]
    while opened:
        holder, items = opened[-1]
        for low in items:
            if type(low) is not tuple:
                counts[-1] += 1
            elif low[0] == values.REF:
                size = sizes.get(id(nodes[low[1]]))
                if size is None:
                    raise ValueError("a value that contains itself")
                counts[-1] += size
            else:
                opened.append((low, iter(low[1:])))
                counts.append(1)
                break
        else:
            opened.pop()
            sizes[id(holder)] = size = counts.pop()
            if size > parts:
                raise ValueError("a value of too many parts")
            if counts:
                counts[-1] += size
