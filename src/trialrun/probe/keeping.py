"""Keeping facts: a working tree is changed so that the relations and orders of its shape hold.

Counts come first: where a length and the number that counts it disagree, the length decides, and whatever else is
counted by that number follows. Then items are ordered, made distinct, or ranked into a permutation, and numbers
above a bound are wrapped below it. Facts that are more than guesses are always kept, others with their trust.

Leaves out: learning facts (`facts.py`); ranges and alphabets, which nothing that makes or changes parts leaves.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

from trialrun.probe.shapes import (
    EVERY,
    Choice,
    Const,
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
    parts,
)

_LENGTH = 400
"""Items that a repair makes a sequence longer to, at most."""


def repair(shape: Shape, tree: Any, rng: Random, make: Any, *, strict: bool = True) -> Any:
    """Return the working tree, changed in place, so that it keeps the facts of its shape.

    `make(shape, rng)` makes an item where a sequence has to grow. Not `strict`: each relation is kept with its trust.
    """
    if isinstance(shape, Record):
        for link in shape.links:
            if link.rule is Rule.COUNT and _kept(link, rng, strict):
                _recount(shape, link, tree, rng, make)
        for index, field in enumerate(shape.fields):
            if not isinstance(field, Int | Float | Const):
                tree[index] = repair(field, tree[index], rng, make, strict=strict)
        for link in shape.links:
            if link.rule is Rule.AT_MOST and _kept(link, rng, strict):
                _keep_below(shape, link, tree)
    elif isinstance(shape, Seq):
        item = shape.item
        if isinstance(item, Record | Seq | Choice) or (isinstance(item, Text) and item.grammar):
            for index, part in enumerate(tree):
                tree[index] = repair(item, part, rng, make, strict=strict)
        if _kept(shape, rng, strict):
            _reorder(shape, tree, rng)
    elif isinstance(shape, Choice) and shape.options:
        tree[1] = repair(shape.options[tree[0]], tree[1], rng, make, strict=strict)
    return tree


def _kept(fact: Link | Seq, rng: Random, strict: bool) -> bool:
    """Decide whether a fact is kept this time: surely, where all are kept and it is more than a guess."""
    return (strict and fact.trust >= 0.75) or rng.random() < (fact.trust if strict else fact.trust**2)


def _recount(shape: Record, link: Link, tree: Any, rng: Random, make: Any) -> None:
    """Make lengths and the number that counts them agree: a length that was changed decides, else the number."""
    source = next(parts(tree, link.source))
    targets = list(_places(tree, link.target))
    if not targets:
        return
    wanted = link.wanted(extent(source))
    lengths = [len(holder[index]) for holder, index in targets]
    if all(length == wanted for length in lengths):
        return
    if type(source) is int:
        changed = next(length for length in lengths if length != wanted)
        field: Any = at(shape, link.source)
        count = max(-(-(changed - link.offset) // link.factor), field.low if field.low is not None else 0)
        count = count if field.high is None else min(count, field.high)
        _put(tree, link.source, count)
        wanted = link.wanted(count)
    inner: Any = at(shape, link.target)
    for holder, index in targets:
        holder[index] = resized(inner, holder[index], min(max(wanted, 0), _LENGTH), rng, make)


def resized(shape: Seq | Text, part: Any, length: int, rng: Random, make: Any) -> Any:
    """Return a sequence or string cut or grown to a length; it grows by its own items and by new ones."""
    if len(part) >= length:
        return part[:length]
    if isinstance(shape, Text):
        letters = part or shape.alphabet or shape.wide or "a"
        return part + "".join(rng.choice(letters) for _ in range(length - len(part)))
    own = len(part) if not (shape.distinct or shape.first is not None) else 0
    for _ in range(length - len(part)):
        if own and rng.random() < 0.4:
            known = part[rng.randrange(own)]
            part.append(known if type(known) is not list else make(shape.item, rng))
        else:
            part.append(make(shape.item, rng))
    return part


def _places(tree: Any, path: Path) -> Iterator[tuple[Any, int]]:
    """Yield (list, index) of each part at a path, so that it can be replaced."""
    *above, last = path
    for holder in parts(tree, tuple(above)):
        if last == EVERY:
            yield from ((holder, index) for index in range(len(holder)))
        else:
            yield holder, last


def _put(tree: Any, path: Path, value: Any) -> None:
    for holder, index in _places(tree, path):
        holder[index] = value


def _keep_below(shape: Record, link: Link, tree: Any) -> None:
    limit = link.wanted(extent(next(parts(tree, link.source))))
    target: Any = at(shape, link.target)
    low = target.low if target.low is not None else 0
    for holder, index in _places(tree, link.target):
        if holder[index] > limit:
            holder[index] = low + holder[index] % (limit - low + 1) if limit >= low else limit


def _reorder(shape: Seq, tree: Any, rng: Random) -> None:
    if shape.first is not None:
        if sorted(tree) != list(range(shape.first, shape.first + len(tree))):
            ranks = sorted(range(len(tree)), key=lambda index: (tree[index], rng.random()))
            for rank, index in enumerate(ranks):
                tree[index] = shape.first + rank
        return
    if shape.distinct and len(tree) > 1:
        _separate(tree)
    if shape.order is not Order.ANY:
        tree.sort(reverse=shape.order is Order.DOWN)


def _separate(tree: Any) -> None:
    """Make items distinct: numbers move up to the next free one, other repeated items go."""
    used: set[Any] = set()
    kept = []
    for item in tree:
        if item in used:
            if type(item) is not int:
                continue
            while item in used:
                item += 1
        used.add(item)
        kept.append(item)
    if len(kept) == len(tree):
        tree[:] = kept
