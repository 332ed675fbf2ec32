"""All small inputs of a shape, by size: every small number, every short list of them, every short string.

The size of a working tree is the sum of its numbers' ranks (how far from the smallest), its letters' ranks, and its
lengths. All trees of size 0 come first, then all of size 1, and so on, so that the first difference is small too. What
a number counts has that length; a relation that does not hold skips the tree.

Leaves out: sampling (`typed.py`); a size has no end of its own, callers stop.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from trialrun.lang.constants import NOTHING, Constants
from trialrun.probe.shapes import (
    EVERY,
    Choice,
    Const,
    Float,
    Int,
    Link,
    Order,
    Record,
    Rule,
    Seq,
    Shape,
    Text,
    at,
    parts,
)
from trialrun.probe.typed import LETTERS, Lengths, below

_FLOATS = (0.0, 1.0, -1.0, 0.5, 2.0, -0.5, 1.5, 3.0, 0.1, 10.0, 2.5, 100.0)
LONGEST = 200
"""Parts of a text or sequence beyond which no input counts as small."""
_LETTERS = 4
"""Different letters in small strings, at most."""
_EMPTY_SIZES = 40
"""Sizes in a row without a tree after which there is none."""


def trees_by_size(shape: Shape, constants: Constants = NOTHING) -> Iterator[Any]:
    """Yield the working trees of a shape, the smallest first, each once."""
    barren = 0
    for size in itertools.count():
        barren += 1
        for tree in _of_size(shape, size, {}, constants):
            barren = 0
            yield tree
        if barren > _EMPTY_SIZES:
            return


def _of_size(shape: Shape, size: int, lengths: Lengths, constants: Constants) -> Iterator[Any]:
    """Yield all trees of exactly one size; what they share with each other is not to be changed."""
    if isinstance(shape, Int):
        yield from _number(shape, size)
    elif isinstance(shape, Text):
        yield from _text(shape, size, lengths.get(()), constants)
    elif isinstance(shape, Seq):
        yield from _sequence(shape, size, lengths, constants)
    elif isinstance(shape, Record):
        yield from _record(shape, size, lengths, constants)
    elif isinstance(shape, Choice):
        for index, option in enumerate(shape.options):
            for tree in _of_size(option, size, lengths, constants):
                yield [index, tree]
    else:
        values: tuple[Any, ...] = shape.values if isinstance(shape, Const) else (False, True)
        if isinstance(shape, Float):
            values = tuple(value for value in _FLOATS if shape.low is None or value >= shape.low)
        yield from values[size : size + 1]


def _number(shape: Int, size: int) -> Iterator[int]:
    if shape.low is None:
        yield (size + 1) // 2 if size % 2 else -(size // 2)
    elif shape.high is None or shape.low + size <= shape.high:
        yield shape.low + size


def letters_of(shape: Text, constants: Constants) -> str:
    """Return a few letters that tell most: those compared with, those seen, the borders of their classes."""
    if not shape.alphabet:
        return (shape.wide or LETTERS)[:_LETTERS]
    named = [char for char in constants.chars if char in shape.wide]
    inside = [char for char in named if char in shape.alphabet]
    found = dict.fromkeys(
        (*inside, *shape.alphabet[:2], *named, *shape.alphabet, shape.wide[0], shape.wide[-1])
    )
    return "".join(found)[:_LETTERS]


def _text(shape: Text, size: int, length: int | None, constants: Constants) -> Iterator[str]:
    letters = letters_of(shape, constants)
    for here in [length] if length is not None else range(shape.least, size + 1):
        if here > LONGEST:  # a relation asks for it; no such input is small
            return
        left = size if length is not None else size - here
        for ranks in _sums(here, left, len(letters) - 1):
            yield "".join([letters[rank] for rank in ranks])


def _sums(count: int, total: int, most: int) -> Iterator[tuple[int, ...]]:
    """Yield all tuples of `count` numbers from 0 to `most` with the sum `total`."""
    if total > count * most or total < 0:
        return
    if count == 0:
        yield ()
        return
    for first in range(min(most, total) + 1):
        for rest in _sums(count - 1, total - first, most):
            yield (first, *rest)


def _sequence(shape: Seq, size: int, lengths: Lengths, constants: Constants) -> Iterator[list[Any]]:
    length, inner = lengths.get(()), below(lengths, EVERY)
    for here in [length] if length is not None else range(shape.least, size + 1):
        if here > LONGEST:  # a relation asks for it; no such input is small
            return
        left = size if length is not None else size - here
        if shape.first is not None:
            if left == 0:
                yield from map(list, itertools.permutations(range(shape.first, shape.first + here)))
            continue
        for items in _product([shape.item] * here, left, [inner] * here, constants):
            if _in_order(shape, items):
                yield items


def _in_order(shape: Seq, items: list[Any]) -> bool:
    if shape.distinct and len(set(items)) < len(items):
        return False
    return shape.order is Order.ANY or items == sorted(items, reverse=shape.order is Order.DOWN)


def _product(
    shapes: list[Shape], size: int, lengths: list[Lengths], constants: Constants
) -> Iterator[list[Any]]:
    """Yield lists with one tree of each shape whose sizes sum up to `size`."""
    if not shapes:
        if size == 0:
            yield []
        return
    if len(shapes) == 1:
        for tree in _of_size(shapes[0], size, lengths[0], constants):
            yield [tree]
        return
    for first in range(size + 1):
        heads = _of_size(shapes[0], first, lengths[0], constants)
        for head in heads:
            for rest in _product(shapes[1:], size - first, lengths[1:], constants):
                yield [head, *rest]


def _record(shape: Record, size: int, lengths: Lengths, constants: Constants) -> Iterator[list[Any]]:
    counted = [link for link in shape.links if link.rule is Rule.COUNT]
    sources = list(dict.fromkeys(link.source for link in counted if isinstance(at(shape, link.source), Int)))
    lows = [_least(shape, source, counted) for source in sources]
    for total in range(size + 1):
        for extra in _sums(len(sources), total, total):
            numbers = {source: low + more for source, low, more in zip(sources, lows, extra, strict=True)}
            known = dict(lengths)
            for link in counted:
                if link.source in numbers:
                    known[link.target] = max(0, numbers[link.source] + link.offset)
            fields = [_pinned(part, (index,), numbers) for index, part in enumerate(shape.fields)]
            inner = [below(known, index) for index in range(len(fields))]
            for tree in _product(fields, size - total, inner, constants):
                if all(_holds(link, tree) for link in shape.links):
                    yield tree


def _least(shape: Record, source: Any, counted: list[Link]) -> int:
    number: Any = at(shape, source)
    return max(number.low or 0, *(-link.offset for link in counted if link.source == source))


def _pinned(shape: Shape, path: tuple[int, ...], numbers: dict[tuple[int, ...], int]) -> Shape:
    """Return the shape with constants for the numbers whose values are given."""
    if path in numbers:
        return Const(values=(numbers[path],))
    if isinstance(shape, Record) and any(other[: len(path)] == path for other in numbers):
        fields = tuple(_pinned(part, (*path, index), numbers) for index, part in enumerate(shape.fields))
        return Record(fields=fields, kind=shape.kind, names=shape.names, sep=shape.sep, links=shape.links)
    return shape


def _holds(link: Link, tree: Any) -> bool:
    source = next(parts(tree, link.source))
    limit = (source if type(source) is int else len(source)) + link.offset
    if link.rule is Rule.AT_MOST:
        return link.trust < 0.75 or all(part <= limit for part in parts(tree, link.target))
    return all(len(part) == limit for part in parts(tree, link.target))
