"""All small inputs of a shape, by size: every small number, every short list of them, every short string.

The size of a working tree is the sum of its numbers' ranks (how far from the smallest), its letters' ranks, and its
lengths. All trees of size 0 come first, then all of size 1, and so on, so that the first difference is small too. What
a number counts has that length; a relation that does not hold skips the tree.

Where relations skip nearly everything the enumeration ends, after `_WORK` steps without a tree.

Leaves out: sampling (`typed.py`); there is no largest size, callers stop.
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
    extent,
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
_WORK = 4000
"""Steps without a tree after which there is none worth the time."""


class _Barren(Exception):
    """The enumeration takes many steps and yields nothing."""


def trees_by_size(shape: Shape, constants: Constants = NOTHING) -> Iterator[Any]:
    """Yield the working trees of a shape, the smallest first, each once. Trees share parts: copy before changing."""
    enumeration = _Enumeration(constants)
    barren = 0
    for size in itertools.count():
        barren += 1
        try:
            for tree in enumeration.of_size(shape, size, {}):
                barren = enumeration.steps = 0
                yield tree
        except _Barren:
            return
        if barren > _EMPTY_SIZES:
            return


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


class _Enumeration:
    """Enumerates trees of one size, and counts its steps."""

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self.steps = 0

    def of_size(self, shape: Shape, size: int, lengths: Lengths) -> Iterator[Any]:
        """Yield all trees of exactly one size."""
        self.steps += 1
        if self.steps > _WORK:
            raise _Barren
        if isinstance(shape, Int):
            yield from _number(shape, size)
        elif isinstance(shape, Text):
            yield from self._text(shape, size, lengths.get(()))
        elif isinstance(shape, Seq):
            yield from self._sequence(shape, size, lengths)
        elif isinstance(shape, Record):
            yield from self._record(shape, size, lengths)
        elif isinstance(shape, Choice):
            for index, option in enumerate(shape.options):
                for tree in self.of_size(option, size, lengths):
                    yield [index, tree]
        else:
            values: tuple[Any, ...] = shape.values if isinstance(shape, Const) else (False, True)
            if isinstance(shape, Float):
                values = tuple(value for value in _FLOATS if shape.low is None or value >= shape.low)
            yield from values[size : size + 1]

    def _text(self, shape: Text, size: int, length: int | None) -> Iterator[str]:
        letters = letters_of(shape, self.constants)
        for here in [length] if length is not None else range(shape.least, size + 1):
            if here > LONGEST:  # a relation asks for it; no such input is small
                return
            left = size if length is not None else size - here
            for ranks in _sums(here, left, len(letters) - 1):
                yield "".join([letters[rank] for rank in ranks])

    def _sequence(self, shape: Seq, size: int, lengths: Lengths) -> Iterator[list[Any]]:
        length, inner = lengths.get(()), below(lengths, EVERY)
        for here in [length] if length is not None else range(shape.least, size + 1):
            if here > LONGEST:  # a relation asks for it; no such input is small
                return
            left = size if length is not None else size - here
            if shape.first is not None:
                if left == 0:
                    yield from map(list, itertools.permutations(range(shape.first, shape.first + here)))
                continue
            for items in self._product([shape.item] * here, left, [inner] * here):
                if _in_order(shape, items):
                    yield items

    def _product(self, shapes: list[Shape], size: int, lengths: list[Lengths]) -> Iterator[list[Any]]:
        """Yield lists with one tree of each shape whose sizes sum up to `size`."""
        if not shapes:
            if size == 0:
                yield []
            return
        if len(shapes) == 1:
            for tree in self.of_size(shapes[0], size, lengths[0]):
                yield [tree]
            return
        for first in range(size + 1):
            for head in self.of_size(shapes[0], first, lengths[0]):
                for rest in self._product(shapes[1:], size - first, lengths[1:]):
                    yield [head, *rest]

    def _record(self, shape: Record, size: int, lengths: Lengths) -> Iterator[list[Any]]:
        counted = [link for link in shape.links if link.rule is Rule.COUNT]
        sources = list(
            dict.fromkeys(link.source for link in counted if isinstance(at(shape, link.source), Int))
        )
        lows = [_least(shape, source, counted) for source in sources]
        for total in range(size + 1):
            for extra in _sums(len(sources), total, total):
                numbers = {source: low + more for source, low, more in zip(sources, lows, extra, strict=True)}
                known = dict(lengths)
                for link in counted:
                    if link.source in numbers:
                        known[link.target] = max(0, link.factor * numbers[link.source] + link.offset)
                fields = [_pinned(part, (index,), numbers) for index, part in enumerate(shape.fields)]
                inner = [below(known, index) for index in range(len(fields))]
                for tree in self._product(fields, size - total, inner):
                    if all(_holds(link, tree) for link in shape.links):
                        yield tree


def _number(shape: Int, size: int) -> Iterator[int]:
    if shape.low is None:
        yield (size + 1) // 2 if size % 2 else -(size // 2)
    elif shape.high is None or shape.low + size <= shape.high:
        yield shape.low + size


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


def _in_order(shape: Seq, items: list[Any]) -> bool:
    if shape.distinct and shape.trust >= 0.75 and len(set(items)) < len(items):
        return False
    return (
        shape.trust < 0.75
        or shape.order is Order.ANY
        or items == sorted(items, reverse=shape.order is Order.DOWN)
    )


def _least(shape: Record, source: Any, counted: list[Link]) -> int:
    number: Any = at(shape, source)
    return max(number.low or 0, *(-(link.offset // link.factor) for link in counted if link.source == source))


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
    limit = link.wanted(extent(source))
    if link.rule is Rule.AT_MOST:
        return link.trust < 0.75 or all(part <= limit for part in parts(tree, link.target))
    return all(len(part) == limit for part in parts(tree, link.target))
