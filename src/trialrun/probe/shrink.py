"""Making a case smaller while it still shows what it shows: a generator of smaller cases, told of each whether it does.

The case is read under what it has in common with the seeds, so that counts, parallel lists, order and ranges that held
still hold in what is left: an item goes from all sequences that one number counts, and the number follows. Steps drop
runs of items and characters, long runs first, move numbers to the smallest, to half, and by one, and letters to the
first. Every step makes the case smaller by one fixed measure, so the search ends; it ends where no single step is
accepted (the generator returns True then), or after `STALL` refusals in a row (False).

Leaves out: running the case; steps that change two unrelated places at once.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from trialrun.core.task import Case
from trialrun.lang.signatures import Signature
from trialrun.probe.closeness import span
from trialrun.probe.domain import Domain, domains_of, key_of
from trialrun.probe.facts import without_trust
from trialrun.probe.keeping import repair
from trialrun.probe.proposer import Seed
from trialrun.probe.shapes import (
    EVERY,
    Bool,
    Choice,
    Const,
    Float,
    Int,
    Path,
    Record,
    Rule,
    Seq,
    Shape,
    Text,
    at,
    copied,
    parts,
)
from trialrun.probe.typed import Maker

STALL = 1000
"""Refusals in a row after which a search that still had steps to try ends."""


def shrink(
    case: Case, seeds: Sequence[Seed] = (), signature: Signature | None = None
) -> Generator[Case, bool, bool]:
    """Yield smaller cases; send whether each still shows it. Returns whether the last accepted one is minimal."""
    domain = _domain(case, seeds, signature)
    if domain is None:
        return True
    trees = [domain.trees[0]]
    tried = {key_of(case)}
    refused = 0
    progress = True
    while progress:
        progress = False
        for smaller in _walk(domain, trees):
            candidate = domain.case(smaller)
            key = key_of(candidate)
            if key in tried:
                continue
            tried.add(key)
            if (yield candidate):
                trees[0], progress, refused = smaller, True, 0
            else:
                refused += 1
                if refused >= STALL:
                    return False
    return True


def _domain(case: Case, seeds: Sequence[Seed], signature: Signature | None) -> Domain | None:
    """Return a domain that the case is in, by what it shares with the seeds, or else by itself."""
    own = Seed(case=case)
    for known in ([own, *seeds], [own]):
        for domain in domains_of(known, signature):
            if len(domain.trees) and key_of(domain.case(domain.trees[0])) == key_of(case):
                shape = without_trust(domain.shape)
                if len(known) == 1:
                    shape = _unseen(shape)
                return Domain(shape=shape, layout=domain.layout, trees=domain.trees[:1], ending=domain.ending)
    return None


def _unseen(shape: Shape) -> Shape:
    """Return the shape without the numbers that were seen: how many digits one input has is no fact about inputs."""
    if isinstance(shape, Record):
        return replace(shape, fields=tuple(map(_unseen, shape.fields)))
    if isinstance(shape, Seq):
        return replace(shape, item=_unseen(shape.item))
    if isinstance(shape, Choice):
        return replace(shape, options=tuple(map(_unseen, shape.options)))
    return replace(shape, seen=()) if isinstance(shape, Int) else shape


def _walk(domain: Domain, trees: list[Any]) -> Iterator[Any]:
    """Yield the repaired single steps from the current tree, `trees[0]`, which the caller replaces on the way."""
    shape, maker = domain.shape, Maker()
    for edit in _edits(shape, (), lambda: trees[0]):
        tree = trees[0]
        changed = edit(copied(tree))
        if changed is None:
            continue
        changed = repair(shape, changed, Random(0), maker.make)
        if measure(shape, changed) < measure(shape, tree):
            yield changed


def measure(shape: Shape, tree: Any) -> tuple[int, float]:
    """Return (how many atoms and characters, how far numbers and letters are from the simplest)."""
    if isinstance(shape, Record | Seq):
        inner = shape.fields if isinstance(shape, Record) else (shape.item,) * len(tree)
        sizes = [measure(part, child) for part, child in zip(inner, tree, strict=True)]
        return 1 + sum(size for size, _ in sizes), sum(far for _, far in sizes)
    if isinstance(shape, Choice):
        size, far = measure(shape.options[tree[0]], tree[1])
        return size, far + tree[0]
    if isinstance(shape, Int):
        return 1, 2 * abs(tree - _simplest(shape)) + (tree < 0)
    if isinstance(shape, Float):
        return 1, float(len(repr(tree)))
    if isinstance(shape, Text):
        letter = _letter(shape)
        return 1 + len(tree), sum(char != letter for char in tree)
    return 1, float(tree) if isinstance(shape, Bool) else 0.0


def _simplest(shape: Int) -> int:
    """Return the number to move towards: 0 or 1, or the smallest with as many digits where all have three or more."""
    least = max(shape.low or 0, 0)
    return max(least, span(shape)[0]) if shape.low is not None and shape.seen else least


def _letter(shape: Text) -> str:
    letters = [char for char in shape.alphabet if char.isalpha()] or list(shape.alphabet)
    return letters[0] if letters else "a"


# ------------------------------------------------------------------------------------------------- steps


def _edits(shape: Shape, path: Path, current: Any) -> Iterator[Any]:
    """Yield functions that make one step on a copy of the tree (None where it does not apply there)."""
    if isinstance(shape, Record):
        shared = [link for link in shape.links if link.rule is Rule.COUNT]
        for source in dict.fromkeys(link.source for link in shared):
            targets = [link.target for link in shared if link.source == source]
            if not isinstance(at(shape, source), Int):
                targets.append(source)
            yield from _cuts(path, targets, current)
        for index, part in enumerate(shape.fields):
            yield from _edits(part, (*path, index), current)
    elif isinstance(shape, Seq):
        yield from _cuts(path, [()], current, shape.least)
        if shape.kind == "dict" or not isinstance(shape.item, Const | Bool):
            index = 0
            while index < _length(current(), path):
                yield from _edits(shape.item, (*path, index), current)
                index += 1
    elif isinstance(shape, Choice):
        tree = _part(current(), path)
        if tree is not None:
            yield from _edits(shape.options[tree[0]], (*path, 1), current)
    else:
        yield from _atom_edits(shape, path, current)


def _cuts(path: Path, targets: list[Path], current: Any, least: int = 0) -> Iterator[Any]:
    """Yield steps that remove runs of items, the same run from all targets below a path, long runs first."""
    length = _common_length(_part(current(), path), targets)
    run = length
    while run >= 1:
        start = 0
        while start < (now := _common_length(_part(current(), path), targets)):
            if now - min(run, now - start) >= least:
                yield lambda tree, start=start, end=start + run: _without(tree, path, targets, start, end)
            if _common_length(_part(current(), path), targets) == now:
                start += run
        run //= 2


def _without(tree: Any, path: Path, targets: list[Path], start: int, end: int) -> Any:
    base = _part(tree, path)
    if base is None:
        return None
    for target in targets:
        if not target:
            return _put(tree, path, base[:start] + base[end:])
        *above, last = target
        for holder in list(parts(base, tuple(above))):
            for index in range(len(holder)) if last == EVERY else (last,):
                holder[index] = holder[index][:start] + holder[index][end:]
    return tree


def _common_length(base: Any, targets: list[Path]) -> int:
    if base is None:
        return 0
    return max((len(part) for target in targets for part in parts(base, target)), default=0)


def _atom_edits(shape: Shape, path: Path, current: Any) -> Iterator[Any]:
    value = _part(current(), path)
    if value is None:
        return
    if isinstance(shape, Int):
        least = _simplest(shape)
        yield lambda tree: _put(tree, path, least)
        yield lambda tree: _changed(tree, path, abs)
        while abs(value - least) > 1:
            yield lambda tree: _changed(tree, path, lambda number: least + int((number - least) / 2))
            halved = _part(current(), path)
            if halved is None or halved == value:
                break
            value = halved
        for step in _steps(abs(value - least)):
            before = None
            while before != (before := _part(current(), path)) and before is not None:
                yield lambda tree, step=step: _changed(
                    tree,
                    path,
                    lambda number: max(least, number - step) if number > least else min(least, number + step),
                )
    elif isinstance(shape, Float):
        for change in (lambda _: 0.0, lambda _: 1.0, abs, lambda number: float(round(number)) if abs(number) < 1e15
                       else number, lambda number: round(number, 1)):  # fmt: skip
            yield lambda tree, change=change: _changed(tree, path, change)
    elif isinstance(shape, Bool):
        yield lambda tree: _put(tree, path, False)
    elif isinstance(shape, Text):
        yield from _cuts(path, [()], current, shape.least)
        letter = _letter(shape)
        yield lambda tree: _changed(tree, path, lambda text: letter * len(text))
        for index in range(_length(current(), path)):
            yield lambda tree, index=index: _changed(
                tree,
                path,
                lambda text: text[:index] + letter + text[index + 1 :] if index < len(text) else text,
            )


def _steps(distance: int) -> Iterator[int]:
    """Yield the powers of ten down to one: of each a few are taken at most, however large the number is."""
    for power in reversed(range(len(str(min(distance, 10**300))))):
        yield 10**power


def _part(tree: Any, path: Path) -> Any:
    """Return the part at a path of indices, or None where there is none any more."""
    for step in path:
        if type(tree) is not list or step >= len(tree):
            return None
        tree = tree[step]
    return tree


def _length(tree: Any, path: Path) -> int:
    part = _part(tree, path)
    return 0 if part is None else len(part)


def _put(tree: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    holder = _part(tree, path[:-1])
    if type(holder) is not list or path[-1] >= len(holder):
        return None
    holder[path[-1]] = value
    return tree


def _changed(tree: Any, path: Path, change: Any) -> Any:
    part = _part(tree, path)
    return None if part is None else _put(tree, path, change(part))
