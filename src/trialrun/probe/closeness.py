"""Shapes nearer to the seeds than what was learnt of them, and shapes further away.

`close`: as many digits, letters that were seen, lengths of at least half. `loosened`: nothing but types and letters.

Leaves out: learning shapes (`facts.py`), making inputs of them (`typed.py`).
"""

from dataclasses import replace
from typing import Any

from trialrun.probe.shapes import (
    Choice,
    Float,
    Int,
    Order,
    Path,
    Record,
    Rule,
    Seq,
    Shape,
    Text,
    at,
)


def span(shape: Int) -> tuple[int, int]:
    """Return the least and the largest number that are close to those seen: as many digits, up to twice as large."""
    if not shape.seen:
        return shape.low if shape.low is not None else -10, shape.high if shape.high is not None else 10
    least, most = shape.seen[0], shape.seen[-1]
    if shape.low is None:
        bound = 2 * max(abs(least), abs(most)) + 3
        low, high = -bound, bound
    elif least >= 100:
        low, high = 10 ** (len(str(least)) - 1), 10 ** len(str(most)) - 1
    else:
        low, high = shape.low, max(2 * most, most + 3)
    return low, high if shape.high is None else min(high, shape.high)


def close(shape: Shape) -> Shape:
    """Return the shape of what is close to the seeds: as many digits, letters that were seen, at least half as long."""
    if isinstance(shape, Int):
        low, high = span(shape)
        return replace(shape, low=low, high=high)
    if isinstance(shape, Text) and shape.seen:
        return replace(
            shape, wide=shape.alphabet, least=max(shape.least, (min(map(len, shape.seen)) + 1) // 2)
        )
    if isinstance(shape, Seq):
        return replace(shape, item=close(shape.item), least=max(shape.least, (shape.shortest + 1) // 2))
    if isinstance(shape, Record):
        fields = list(map(close, shape.fields))
        tight = replace(shape, fields=tuple(fields))
        for link in shape.links:
            if link.rule is Rule.COUNT and isinstance(at(shape, link.source), Int):
                tight = _raised(tight, link.source)
        return tight
    if isinstance(shape, Choice):
        return Choice(options=tuple(map(close, shape.options)))
    return shape


def loosened(shape: Shape) -> Shape:
    """Return the shape without what its seeds share beside types and letters: empty, zero and below, any order.

    What few seeds share may be chance; where a precondition refuses what may not be given, nothing is lost by trying.
    """
    if isinstance(shape, Int | Float):
        return replace(shape, low=None) if isinstance(shape, Float) else replace(shape, low=None, high=None)
    if isinstance(shape, Text):
        return replace(shape, least=0)
    if isinstance(shape, Seq):
        return replace(shape, item=loosened(shape.item), least=0, order=Order.ANY, distinct=False, first=None)
    if isinstance(shape, Record):
        return replace(shape, fields=tuple(map(loosened, shape.fields)), links=())
    if isinstance(shape, Choice):
        return Choice(options=tuple(map(loosened, shape.options)))
    return shape


def _raised(shape: Any, path: Path) -> Any:
    """Return the shape with a counting number of at least half of what it was."""
    if not path:
        return replace(shape, low=max(shape.low, (shape.seen[0] + 1) // 2)) if shape.seen else shape
    fields = list(shape.fields)
    fields[path[0]] = _raised(fields[path[0]], path[1:])
    return replace(shape, fields=tuple(fields))
