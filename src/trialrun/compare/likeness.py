"""How much alike two values are that are not equal, and a value as JSON text: both of canonical bytes, undecoded.

`nearness` is 1,000 for equal values and 0 for those that have nothing in common: numbers are nearer the smaller their
distance, texts and containers by the share of places at which they agree (containers of one kind only). It knows no
meaning: it serves to find what lies in the middle of wrong answers. What is nested deeply or long counts by its
beginning, so that no value is expensive.

`json_text` is defined for what JSON can say (tuples become lists there): None, bool, int, finite floats, str, lists,
tuples, and dicts whose keys are strings.

Leaves out: a metric in the strict sense; sets and dicts are compared place by place, in canonical or insertion order.
"""

import json
import math
from typing import Any

from trialrun.core import values
from trialrun.core.parse_values import parse

_PLACES = 32
"""Items of a container, and twice that many characters of a text, that are looked at."""
_DEPTH = 6
_LIMIT = 1 << 20
"""Bytes of a value that are read: beyond that it is like nothing else."""


def nearness(one: bytes, two: bytes) -> int:
    """Return how much alike two canonical values are, from 0 to 1,000; 0 where one of them is malformed.

    >>> of = values.encode
    >>> nearness(of([1, 2, 3]), of([1, 2, 4])), nearness(of("abcd"), of("abxd")), nearness(of([1]), of((1,)))
    (833, 750, 0)
    """
    if one == two:
        return 1000
    if max(len(one), len(two)) > _LIMIT:
        return 0
    try:
        a, b = parse(one), parse(two)
    except values.Malformed:
        return 0
    return _near(a, b, _DEPTH)


def _near(a: Any, b: Any, depth: int) -> int:
    if type(a) is bool or type(b) is bool or depth == 0:
        return 1000 * (type(a) is type(b) and a == b)
    if isinstance(a, int | float) and isinstance(b, int | float):
        return _near_numbers(a, b) // (1 if type(a) is type(b) else 2)
    if type(a) is not type(b):
        return 0
    if isinstance(a, str | bytes):
        return _share(
            [1000 * (x == y) for x, y in zip(a[: 2 * _PLACES], b[: 2 * _PLACES], strict=False)], a, b, 2
        )
    if type(a) is not tuple:
        return 1000 * int(a == b)
    if a[0] != b[0] or a[0] == values.REF or values.SHAPES[a[0]][2] == "none":
        return 1000 * int(a == b)
    x, y = values.children_of(a), values.children_of(b)
    pairs = zip(x[:_PLACES], y[:_PLACES], strict=False)
    return _share([_near(one, other, depth - 1) for one, other in pairs], x, y, 1)


def _near_numbers(a: float, b: float) -> int:
    """Return 1,000 for equal numbers, 500 at a distance of 1, and so on."""
    if isinstance(a, int) and isinstance(b, int):
        return 1000 // (1 + abs(a - b))
    try:
        distance = abs(a - b)
    except OverflowError:
        return 0
    return int(1000 / (1 + distance)) if math.isfinite(distance) else 0


def _share(points: list[int], a: Any, b: Any, scale: int) -> int:
    """Return the mean of points over the places of the longer one; two empty ones are alike."""
    longer = min(max(len(a), len(b)), scale * _PLACES)
    return sum(points) // longer if longer else 1000


def json_text(value: bytes) -> str | None:
    """Return a canonical value as JSON text, as `json.dumps` writes it; None for what JSON cannot say.

    >>> json_text(values.encode((1, [None, "é"], {"a": 0.5}))), json_text(values.encode({1}))
    ('[1, [null, "\\\\u00e9"], {"a": 0.5}]', None)
    """
    pieces: list[str] = []
    waiting: list[Any] = [parse(value)]
    while waiting:
        low = waiting.pop()
        if type(low) is _Text:
            pieces.append(low)
        elif low is None or type(low) in (bool, int, str) or (type(low) is float and math.isfinite(low)):
            pieces.append(json.dumps(low))
        elif type(low) is tuple and low[0] in (values.LIST, values.TUPLE):
            parts = values.children_of(low)
            waiting += reversed(_joined("[", [[part] for part in parts], "]"))
        elif type(low) is tuple and low[0] == values.DICT:
            parts = values.children_of(low)
            if any(type(key) is not str for key in parts[::2]):
                return None
            pairs = [[key, _Text(": "), parts[2 * at + 1]] for at, key in enumerate(parts[::2])]
            waiting += reversed(_joined("{", pairs, "}"))
        else:
            return None
    return "".join(pieces)


class _Text(str):
    """What is written as it is."""

    __slots__ = ()


def _joined(opening: str, parts: list[list[Any]], closing: str) -> list[Any]:
    found: list[Any] = [_Text(opening)]
    for place, part in enumerate(parts):
        found += [_Text(", "), *part] if place else part
    return [*found, _Text(closing)]
