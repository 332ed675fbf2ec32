"""Facts: what all seeds have in common beyond their types, learnt into shapes, and kept or repaired in new inputs.

Learnt of one part: the sign and small ranges of numbers, alphabets, order, distinctness, permutations. Learnt between
parts of a record: one length that is a number (`n` and `n` items), one length that is another (parallel sequences),
numbers that are at most another number or a length (indices, `k <= n`). With few seeds a fact is a guess, so each has a
trust, by the number of observations.

Leaves out: keeping facts (`keeping.py`); where texts have lines and rows (`formats.py`).
"""

import itertools
import string
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from trialrun.probe.shapes import (
    EVERY,
    Choice,
    Float,
    Int,
    Link,
    Order,
    Path,
    Record,
    Rule,
    Seq,
    Shape,
    Text,
    at,
    extent,
    number_paths,
    parts,
)

_SEEN = 12
"""Values of the seeds that a shape keeps."""
_SIGNS = "+-*/"
_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


def learn(shape: Shape, trees: Sequence[Any]) -> Shape:
    """Return the shape with what all the working trees have in common."""
    if not trees:
        return shape
    if isinstance(shape, Int):
        return replace(shape, low=_sign(min(trees)), high=_small(trees), seen=_some(trees))
    if isinstance(shape, Float):
        return replace(shape, low=None if min(trees) < 0 else 0.0, seen=_some(trees))
    if isinstance(shape, Text):
        alphabet = "".join(sorted(set().union(*trees)))
        least = min(1, *map(len, trees)) if len(trees) > 1 else min(1, len(trees[0]))
        return replace(
            shape, alphabet=alphabet, wide=widened(alphabet), least=max(least, shape.least), seen=_some(trees)
        )
    if isinstance(shape, Seq):
        return _learn_seq(shape, trees)
    if isinstance(shape, Record):
        columns = [[tree[index] for tree in trees] for index in range(len(shape.fields))]
        fields = tuple(learn(field, column) for field, column in zip(shape.fields, columns, strict=True))
        known = replace(shape, fields=fields)
        known = replace(known, links=(*shape.links, *_links(known, trees)))
        counting = {link.source for link in known.links if link.rule is Rule.COUNT}
        inner = [_unbound(part, index, counting) for index, part in enumerate(fields)]
        return replace(known, fields=tuple(inner))
    if isinstance(shape, Choice):
        options = [
            learn(option, [tree[1] for tree in trees if tree[0] == index])
            for index, option in enumerate(shape.options)
        ]
        return Choice(options=tuple(options))
    return shape


def _unbound(shape: Shape, index: int, counting: set[Path]) -> Shape:
    """Return a record's part without bounds on numbers that count something outside it: their lists decide."""
    if not isinstance(shape, Record):
        return shape
    links = [link for link in shape.links if link.rule is Rule.COUNT or (index, *link.target) not in counting]
    return replace(shape, links=tuple(links))


def without_trust(shape: Shape) -> Shape:
    """Return the shape with all relations equally sure: two ways to learn one relation are one."""
    if isinstance(shape, Seq):
        return replace(shape, item=without_trust(shape.item), trust=1.0)
    if isinstance(shape, Record):
        links = tuple(sorted((replace(link, trust=1.0) for link in shape.links), key=repr))
        return replace(shape, fields=tuple(map(without_trust, shape.fields)), links=links)
    return shape


def widened(alphabet: str) -> str:
    """Return the characters that are plausible where these were seen: with those of their classes.

    Arithmetic signs are a class where nothing else was seen: beside other characters `-` is mostly no sign.

    >>> widened("az1"), widened("+"), widened("-1")
    ('0123456789abcdefghijklmnopqrstuvwxyz', '*+-/', '-0123456789')
    """
    found = set(alphabet)
    for members in _CLASSES:
        if found & set(members):
            found |= set(members)
    if found and found <= set(_SIGNS):
        found |= set(_SIGNS)
    return "".join(sorted(found))


def _sign(least: float) -> Any:
    return 1 if least >= 1 else 0 if least >= 0 else None


def _small(values: Sequence[int]) -> int | None:
    """Return the upper bound of numbers that are flags or small codes."""
    return 1 if len(values) >= 3 and set(values) == {0, 1} else None


def _some(values: Sequence[Any]) -> tuple[Any, ...]:
    distinct = sorted(set(values))
    step = max(1, len(distinct) // _SEEN)
    return tuple(distinct[::step][:_SEEN])


def _learn_seq(shape: Seq, trees: Sequence[Any]) -> Seq:
    items = [item for tree in trees for item in tree]
    shortest = min(map(len, trees))
    known = replace(
        shape, item=learn(shape.item, items), least=max(shape.least, min(1, shortest)), shortest=shortest
    )
    if not isinstance(shape.item, Int | Float | Text) or shape.kind not in ("list", "tuple"):
        return known
    long = [tree for tree in trees if len(tree) >= 3]
    if not long:
        return known
    order = Order.ANY
    if any(len(set(tree)) > 2 for tree in long) and not isinstance(shape.item, Text):
        if all(tree == sorted(tree) for tree in trees):
            order = Order.UP
        elif all(tree == sorted(tree, reverse=True) for tree in trees):
            order = Order.DOWN
    distinct = all(len(set(tree)) == len(tree) for tree in trees)
    first = None
    if distinct and isinstance(shape.item, Int):
        start = min(min(tree) for tree in long)
        if start in (0, 1) and all(sorted(tree) == list(range(start, start + len(tree))) for tree in trees):
            first = start
    if first is not None and order is not Order.ANY:
        first = None  # 1, 2, 3 is a sample of anything
    support = len(long) > 1 or len(long[0]) > 4
    return replace(
        known,
        order=order,
        distinct=distinct and support and isinstance(shape.item, Int),
        first=first,
        trust=0.9 if len(long) > 2 or max(map(len, long)) > 7 else 0.6,
    )


# ------------------------------------------------------------------------------------ relations of a record


def _links(shape: Record, trees: Sequence[Any]) -> Iterator[Link]:
    """Yield the relations between parts of a record that hold in all trees and are no coincidence."""
    numbers = [path for path in number_paths(shape) if EVERY not in path]
    lists = list(_lengths(shape, (), depth=2))
    counted = {link.target for link in shape.links if link.rule is Rule.COUNT}
    counters = {link.source for link in shape.links if link.rule is Rule.COUNT}
    for target in lists:
        if target in counted:
            continue
        sources = sorted(numbers, key=lambda path: path in counters) + [
            path for path in lists if path < target and EVERY not in path and path not in counted
        ]
        for source in sources:
            if source[:1] != target[:1] and _same_count(trees, source, target):
                counted.add(target)
                counters.add(source)
                yield Link(rule=Rule.COUNT, source=source, target=target, trust=0.9)
                break
    free = [path for path in lists if EVERY not in path and path not in counted]
    groups = [
        (link.source, link.target) for link in shape.links if _are_groups(at(shape, (*link.target, EVERY)))
    ]
    for link in _bounds(shape, trees, numbers, free, counters):
        if not any(link.source == source and link.target[: len(block)] == block for source, block in groups):
            yield link


def _are_groups(shape: Shape) -> bool:
    """Say whether a block's items are groups of lines: how many there are bounds nothing inside them."""
    return isinstance(shape, Record) and shape.sep == "\n"


def _lengths(shape: Shape, path: Path, depth: int) -> Iterator[Path]:
    """Yield the paths of sequences and strings, those inside sequences among them."""
    if isinstance(shape, Seq | Text):
        yield path
        if isinstance(shape, Seq) and depth:
            yield from _lengths(shape.item, (*path, EVERY), depth - 1)
    elif isinstance(shape, Record):
        for index, field in enumerate(shape.fields):
            yield from _lengths(field, (*path, index), depth)


def _same_count(trees: Sequence[Any], source: Path, target: Path) -> bool:
    """Say whether a length always is the source, and not only ever 0 or 1."""
    largest = observations = 0
    for tree in trees:
        expected = [extent(part) for part in parts(tree, source)]
        for part in parts(tree, target):
            if [len(part)] != expected:
                return False
            largest, observations = max(largest, len(part)), observations + 1
    return largest >= 3 or (largest == 2 and observations >= 2)


def _bounds(
    shape: Record, trees: Sequence[Any], numbers: list[Path], lists: list[Path], counters: set[Path]
) -> Iterator[Link]:
    """Yield upper bounds of numbers: by a count, by a length, by the number before or after it."""
    targets = [path for path in numbers if path not in counters]
    leaves = [path for path in number_paths(shape) if EVERY in path]
    for source in [*(path for path in numbers if path in counters), *lists]:
        for target in (*targets, *leaves):
            if source[:1] == target[:1]:
                continue  # the record inside has it
            if source not in counters and EVERY in target:
                continue  # items against a length: too often a coincidence
            yield from _bound(trees, source, target)
    for one, two in itertools.pairwise(targets):
        if one[:-1] == two[:-1] == ():
            held = list(_bound(trees, two, one)) or list(_bound(trees, one, two))
            yield from held


def _bound(trees: Sequence[Any], source: Path, target: Path) -> Iterator[Link]:
    values = 0
    for tree in trees:
        limit = extent(next(parts(tree, source)))
        for part in parts(tree, target):
            if not 0 <= part <= limit:
                return
            values += 1
    if not values or (EVERY in target and values < 3):
        return
    single = EVERY not in target
    trust = 0.9 if values >= 6 else 0.8 if values >= 3 else 0.5
    yield Link(rule=Rule.AT_MOST, source=source, target=target, trust=max(trust, 0.6) if single else trust)
