"""Relations made on purpose: a number that equals another one, a sum or a length; a sequence that another one contains.

What programs compare is often two parts of one input, and parts that are drawn one by one are hardly ever equal. A
relation is made by changing one part of a working tree to what other parts say: numbers to another number of the tree
(or next to it), to the sum, difference, product or square of others, to a length; sequences and strings to a copy of
another one, whole, cut, turned, reversed or put in another order; two parts of one kind change places; all numbers are
multiplied by one factor, which keeps what holds between them.

Leaves out: relations that all seeds have (`facts.py`, `keeping.py`).
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from trialrun.probe.shapes import Choice, Float, Int, Record, Seq, Shape, Text, copied
from trialrun.probe.typed import Maker, fits

_PARTS = 60
"""Parts of a tree that are looked at."""

Part = tuple[Any, int, Any]
"""(list that holds it, its index there, its shape)"""


def related(shape: Shape, tree: Any, rng: Random, maker: Maker) -> Any:
    """Return the tree, changed in place so that a part of it is what other parts say; unchanged where none can be."""
    holder = [tree]
    parts = list(_parts(shape, holder, 0, [_PARTS]))
    numbers = [part for part in parts if isinstance(part[2], Int)]
    others = [part for part in parts if isinstance(part[2], Text | Seq)]
    ways: list[Callable[[], None]] = []
    if len(numbers) > 1:
        ways += [lambda: _number(numbers, others, rng, maker)] * 3 + [lambda: _swap(numbers, rng)]
        ways += [lambda: _scale(numbers, rng, maker)]
    elif numbers and others:
        ways += [lambda: _number(numbers, others, rng, maker)]
    kinds = [[part for part in others if isinstance(part[2], kind)] for kind in (Text, Seq)]
    for alike in kinds:
        if len(alike) > 1:
            ways += [lambda alike=alike: _sequence(alike, rng)] * 3  # type: ignore[misc]
            ways += [lambda alike=alike: _swap(alike, rng)]  # type: ignore[misc]
    if ways:
        rng.choice(ways)()
    return holder[0]


def _parts(shape: Shape, holder: Any, index: int, left: list[int]) -> Iterator[Part]:
    """Yield the numbers, strings and sequences of a tree, the outer ones first."""
    if left[0] <= 0:
        return
    part = holder[index]
    if isinstance(shape, Int | Text | Seq):
        left[0] -= 1
        yield holder, index, shape
    if isinstance(shape, Seq) and not isinstance(shape.item, Float):
        for place in range(len(part)):
            yield from _parts(shape.item, part, place, left)
    elif isinstance(shape, Record):
        for place, field in enumerate(shape.fields):
            yield from _parts(field, part, place, left)
    elif isinstance(shape, Choice) and shape.options:
        yield from _parts(shape.options[part[0]], part, 1, left)


def _number(numbers: list[Part], others: list[Part], rng: Random, maker: Maker) -> None:
    holder, index, shape = rng.choice(numbers)
    one, two = (rng.choice(numbers) for _ in range(2))
    a, b = one[0][one[1]], two[0][two[1]]
    values = [a, a + 1, a - 1, a + b, a - b, a * b, a * a]
    if others and rng.random() < (0.25 if len(numbers) > 1 else 1.0):
        held, place, _ = rng.choice(others)
        length = len(held[place])
        values = [length, length - 1, length + 1]
    holder[index] = maker.fit(shape, rng.choice(values))


def _scale(numbers: list[Part], rng: Random, maker: Maker) -> None:
    factor = rng.choice((2, 3, 10, 100, -1))
    for holder, index, shape in numbers:
        holder[index] = maker.fit(shape, holder[index] * factor)


def _swap(parts: list[Part], rng: Random) -> None:
    (holder, index, shape), (other, place, its) = rng.sample(parts, 2)
    a, b = holder[index], other[place]
    if _may_be(shape, b, its) and _may_be(its, a, shape):
        holder[index], other[place] = b, a


def _sequence(parts: list[Part], rng: Random) -> None:
    (holder, index, shape), (other, place, its) = rng.sample(parts, 2)
    source = other[place]
    if not _may_be(shape, source, its):
        return
    new = copied(source)
    cut = rng.randrange(len(new) + 1)
    way = rng.randrange(6)
    if way == 1:
        new = new[cut:] + new[:cut]
    elif way == 2:
        new = new[::-1]
    elif way == 3:
        new = new[cut : rng.randint(cut, len(new))]
    elif way == 4:
        items = list(new)
        rng.shuffle(items)
        new = "".join(items) if isinstance(new, str) else items
    elif way == 5:
        old = copied(holder[index])
        spot = rng.randrange(len(old) + 1)
        new = old[:spot] + new + old[spot:]
    if len(new) >= shape.least:
        holder[index] = new


def _may_be(shape: Shape, value: Any, its: Shape) -> bool:
    """Say whether a part may stand where another shape is: of one kind, and plausible there."""
    if isinstance(shape, Int):
        low = shape.low is None or value >= shape.low
        return low and (shape.high is None or value <= shape.high)
    if isinstance(shape, Text):
        return fits(shape, value) or shape == its
    return (
        isinstance(shape, Seq)
        and isinstance(its, Seq)
        and type(shape.item) is type(its.item)
        and _flat(shape)
    )


def _flat(shape: Seq) -> bool:
    """Say whether the items of a sequence are numbers or strings."""
    return isinstance(shape.item, Int | Text | Float)
