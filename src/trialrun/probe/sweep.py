"""Magnitudes: seeds with one number at a time at powers and their neighbours, and inputs of growing lengths.

Lengths come in several styles: all items equal, ascending, descending, as they are made.

Leaves out: combinations of several large numbers, but for all of them at once, as large or random below that.
"""

import enum
import itertools
from collections.abc import Iterator
from random import Random
from typing import Any

from trialrun.probe.domain import Domain
from trialrun.probe.keeping import repair
from trialrun.probe.shapes import Int, Path, Record, Rule, Seq, Shape, Text, at, copied, number_paths
from trialrun.probe.typed import Maker

_NUMBERS = (
    *(
        100,
        10**5,
        10**9,
        10**18,
        2**31,
        2**53,
        10**6,
        10**12,
        2**63,
        2**32,
        10**4,
        10**15,
        1000,
        2**60,
        2**16,
        64,
    ),
    *(365, 10**7, 10**10, 10**17, 2**10, 2**20, 2**40, 50, 256, 31),
)
_LENGTHS = (1, 2, 3, 4, 5, 7, 10, 16, 26, 50, 100)
_PLACES = 8
"""Numbers of a seed that are swept."""


def swept(domain: Domain, maker: Maker, rng: Random) -> Iterator[Any]:
    """Yield the seeds of a domain with one number or length changed: lengths first, then numbers."""
    shape = domain.shape
    for length, style in itertools.product(_LENGTHS, Style):
        if length <= maker.longest:
            tree = maker.make(shape, Random(rng.random()), length)
            yield repair(shape, _styled(shape, tree, style, rng, maker), rng, maker.make)
    counting = (
        {link.source for link in shape.links if link.rule is Rule.COUNT}
        if isinstance(shape, Record)
        else set()
    )
    numbers = [path for path in number_paths(shape) if path not in counting][:_PLACES]
    for base, step in itertools.product(_NUMBERS, (1, 0, -1)):
        value = base + step
        for tree in domain.trees[:2] if value <= maker.ceiling else ():
            for path in numbers:
                yield _with_number(shape, tree, path, value, maker, rng)
            if len(numbers) > 1:
                for least in (value, value // 2, 1):
                    changed = tree
                    for path in numbers:
                        changed = _with_number(shape, changed, path, rng.randint(least, value), maker, rng)
                    yield changed


def _with_number(shape: Shape, tree: Any, path: Path, value: int, maker: Maker, rng: Random) -> Any:
    tree = copied(tree)
    holder = tree
    for step in path[:-1]:
        if not holder:
            return tree
        holder = holder[step if step >= 0 else rng.randrange(len(holder))]
    if holder:
        number: Any = at(shape, path)
        holder[path[-1] if path[-1] >= 0 else rng.randrange(len(holder))] = maker.fit(number, value)
    return repair(shape, tree, rng, maker.make)


class Style(enum.Enum):
    """What all sequences and strings of a tree are."""

    FIRST = "all equal, and the smallest"
    LAST = "all equal, and the largest"
    UP = "ascending"
    DOWN = "descending"
    ANY = "as they are made"


def _styled(shape: Shape, tree: Any, style: Style, rng: Random, maker: Maker) -> Any:
    """Return the tree with all its sequences of numbers and strings in one style."""
    if style is Style.ANY:
        return tree
    if isinstance(shape, Record):
        return [
            _styled(part, inner, style, rng, maker) for part, inner in zip(shape.fields, tree, strict=True)
        ]
    if isinstance(shape, Text):
        letters = shape.alphabet or tree
        if style in (Style.FIRST, Style.LAST):
            return letters[0 if style is Style.FIRST else -1 :][:1] * len(tree)
        return "".join(sorted(tree, reverse=style is Style.DOWN))
    if isinstance(shape, Seq):
        if not isinstance(shape.item, Int):
            return [_styled(shape.item, inner, style, rng, maker) for inner in tree]
        low = shape.item.low if shape.item.low is not None else 0
        if style in (Style.FIRST, Style.LAST):
            return [
                maker.fit(shape.item, low if style is Style.FIRST else max(shape.item.seen, default=9))
            ] * len(tree)
        rising = [maker.fit(shape.item, low + index) for index in range(len(tree))]
        return rising if style is Style.UP else rising[::-1]
    return tree
