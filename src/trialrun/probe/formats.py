"""Formats of texts, read from a sample: headers, rows of n items, blocks of n lines, repeated test cases.

Every way to read the sample is a path through a small search: a line is a fixed number of tokens, or a row whose length
is a number seen before (or one more or less), and a number seen before counts a block of following lines or of groups
of lines, each group perhaps with a count of its own. A way costs more the more it leaves unexplained and the likelier
its relations are coincidences (a count of 1 or 2 says little). The few cheapest ways are the hypotheses; whoever runs
the inputs finds out which of them programs accept.

Leaves out: groups within groups within groups, counts that are products or sums, texts of more than
`text.LONGEST` tokens.
"""

import heapq
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trialrun.probe.grammars import recognised
from trialrun.probe.shapes import (
    EVERY,
    Const,
    Float,
    Int,
    Link,
    Path,
    Record,
    Rule,
    Seq,
    Shape,
    Text,
    render,
)
from trialrun.probe.text import LONGEST, Line, kind_of, tokenise

RAW = Text()
"""A token before its type is known."""
WORD = Text(least=1)
"""A token that is a string even where it is made of digits."""
_STEPS = 600
"""Steps of the search through the ways to read a text."""
_GROUP = 5
"""Lines of a group in a block, at most, where groups have a fixed number."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way to read all the samples, with the working tree of each."""

    shape: Shape
    trees: tuple[Any, ...]
    cost: float


@dataclass(frozen=True, slots=True)
class _Number:
    """A number read before, which may count what follows."""

    path: Path
    values: tuple[int, ...]
    """One a repetition of the group that is being read."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One or several lines, read in one way: a shape, its trees (one a repetition), links, what it cost."""

    shape: Shape
    trees: list[Any]
    cost: float
    links: tuple[Link, ...] = ()
    """Relative to the record that the piece is put into; the piece's index stands first in the target."""
    end: int = 0
    numbers: tuple[tuple[Path, tuple[int, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class _State:
    """A text read up to a line."""

    at: int = 0
    shapes: tuple[Shape, ...] = ()
    tree: tuple[Any, ...] = ()
    links: tuple[Link, ...] = ()
    numbers: tuple[_Number, ...] = ()
    complete: bool = False


def _unused(state: _State) -> float:
    """Return the cost of numbers that count nothing."""
    sources = {link.source for link in state.links}
    return 0.04 * sum(number.path not in sources for number in state.numbers)


def formats_of(texts: Sequence[str], most: int = 4) -> list[Format]:
    """Return the most plausible ways to read all of the texts, the best first.

    None where a text is empty or too long, or where no way reads them all.
    """
    ways = _ways(texts[0], most if len(texts) == 1 else 4 * most)
    for text in texts[1:]:
        others = _ways(text, 4 * most)
        ways = [
            Format(way.shape, (*way.trees, *other.trees), way.cost + other.cost)
            for way in ways
            for other in others
            if other.shape == way.shape
        ]
    ways.sort(key=lambda way: way.cost)
    return [_typed(way) for way in ways[:most]]


def _ways(text: str, most: int) -> list[Format]:
    """Return the cheapest ways to read one text; all tokens are strings still."""
    lines = tokenise(text)
    if not any(line.tokens for line in lines) or sum(len(line.tokens) for line in lines) > LONGEST:
        return []
    found: list[Format] = []
    order = itertools.count()
    heap = [(0.0, next(order), _State())]
    for _ in range(_STEPS):
        if not heap or len(found) == most:
            break
        cost, _, state = heapq.heappop(heap)
        if state.at == len(lines) and not state.complete:
            heapq.heappush(heap, (cost + _unused(state), next(order), replace(state, complete=True)))
            continue
        if state.complete:
            shape = Record(fields=state.shapes, sep="\n", links=state.links)
            if all(shape != other.shape for other in found):
                found.append(Format(shape, (list(state.tree),), cost))
            continue
        for piece in _pieces(lines, state.at, state.numbers):
            heapq.heappush(heap, (cost + piece.cost, next(order), _after(state, piece)))
    return found


def _after(state: _State, piece: _Piece) -> _State:
    """Return the state with one more piece read."""
    index = len(state.shapes)
    return _State(
        at=piece.end,
        shapes=(*state.shapes, piece.shape),
        tree=(*state.tree, piece.trees[0]),
        links=(*state.links, *(replace(link, target=(index, *link.target)) for link in piece.links)),
        numbers=(*state.numbers, *(_Number((index, *path), values) for path, values in piece.numbers)),
    )


def _pieces(lines: list[Line], at: int, numbers: Sequence[_Number]) -> Iterator[_Piece]:
    """Yield the ways to read what stands at a line: that line, or a block that starts there."""
    for piece in _columns([lines[at]], numbers):
        yield _ending(piece, at + 1)
    for number in reversed(numbers):
        count = number.values[0]
        for offset in (0, -1):
            repeats = count + offset
            if 1 <= repeats <= len(lines) - at and not (offset and repeats < 2):
                surprise = _surprise(repeats) + (0.3 if offset else 0.0) + 0.03 * number.path[-1]
                link = Link(rule=Rule.COUNT, source=number.path, target=(), offset=offset, trust=0.95)
                for block in _blocks(lines, at, repeats, numbers):
                    yield _Piece(
                        block.shape, block.trees, block.cost + surprise, (link, *block.links), block.end
                    )


def _surprise(count: int) -> float:
    """Return the cost of taking a number for a count: small ones are met by chance."""
    return {1: 0.5, 2: 0.35, 3: 0.25}.get(count, 0.15)


def _ending(piece: _Piece, end: int) -> _Piece:
    return _Piece(piece.shape, piece.trees, piece.cost, piece.links, end, piece.numbers)


# -------------------------------------------------------------------------------------------------- lines


def _columns(column: Sequence[Line], numbers: Sequence[_Number]) -> Iterator[_Piece]:
    """Yield the ways to read lines that stand at one place of a group, one line a repetition.

    `numbers` have one value a repetition.
    """
    seps = {line.sep for line in column if len(line.tokens) > 1}
    if len(seps) > 1:
        return
    sep = seps.pop() if seps else " "
    counts = [len(line.tokens) for line in column]
    same = len(set(counts)) == 1
    alike = _alike(column)
    if same and counts[0] == 0:
        yield _Piece(Record(fields=(), sep=" "), [[] for _ in column], 0.1)
        return
    if same and counts[0] <= 12:
        counted = counts[0] >= 3 and alike and any(set(number.values) == set(counts) for number in numbers)
        yield replace(fixed := _fixed(column, counts[0], sep), cost=fixed.cost + (0.5 if counted else 0.0))
        yield from _digit_strings(column, numbers)
    if alike and (not same or counts[0] > 3 or (counts[0] > 1 and kind_of(column[0].tokens[0]) == "w")):
        yield _Piece(
            Seq(item=RAW, sep=sep, least=min(1, *counts, 1)), [list(line.tokens) for line in column], 1.1
        )
    if alike and min(counts) >= 1:
        for number in numbers:
            for factor, offset in ((1, 0), (1, -1), (1, 1), (2, 0), (3, 0)):
                if [factor * value + offset for value in number.values] == counts:
                    cost = 0.3 + _surprise(max(counts)) + (0.0 if factor + offset == 1 else 0.35)
                    link = Link(
                        rule=Rule.COUNT,
                        source=number.path,
                        target=(),
                        offset=offset,
                        factor=factor,
                        trust=0.95,
                    )
                    yield _Piece(
                        Seq(item=RAW, sep=sep), [list(line.tokens) for line in column], cost, (link,)
                    )
    yield from _self_counted(column, counts, sep)


def _alike(column: Sequence[Line]) -> bool:
    """Say whether all tokens could be items of one row: numbers, or words."""
    kinds = {kind_of(token) for line in column for token in line.tokens}
    return kinds <= {"i", "f"} or kinds == {"w"}


def _fixed(column: Sequence[Line], count: int, sep: str) -> _Piece:
    cost = 0.3 + 0.15 * count + 0.1 * max(0, count - 3)
    numbers = tuple(
        ((index,), tuple(int(line.tokens[index]) for line in column))
        for index in range(count)
        if all(kind_of(line.tokens[index]) == "i" for line in column)
    )
    shape = Record(fields=(RAW,) * count, sep=sep)
    return _Piece(shape, [list(line.tokens) for line in column], cost, numbers=numbers)


def _digit_strings(column: Sequence[Line], numbers: Sequence[_Number]) -> Iterator[_Piece]:
    """Yield the reading of digits as strings, where a number before is their length."""
    tokens = [line.tokens[0] for line in column]
    if any(len(line.tokens) > 1 for line in column) or not all(token.isdigit() for token in tokens):
        return
    lengths = tuple(map(len, tokens))
    for number in numbers:
        if number.values == lengths and max(lengths) >= 2:
            link = Link(rule=Rule.COUNT, source=number.path, target=(0,), trust=0.95)
            trees = [[token] for token in tokens]
            yield _Piece(Record(fields=(WORD,)), trees, 0.2 + _surprise(max(lengths)), (link,))


def _self_counted(column: Sequence[Line], counts: list[int], sep: str) -> Iterator[_Piece]:
    """Yield the reading `n item … item`, where each line starts with the number of its other tokens."""
    if min(counts) < 2 or any(line.tokens[0] != str(len(line.tokens) - 1) for line in column):
        return
    if not _alike([Line(line.tokens[1:]) for line in column]):
        return
    link = Link(rule=Rule.COUNT, source=(0,), target=(1,), trust=0.95)
    shape = Record(fields=(RAW, Seq(item=RAW, sep=sep)), sep=sep, links=(link,))
    trees = [[line.tokens[0], list(line.tokens[1:])] for line in column]
    yield _Piece(shape, trees, 0.35 + _surprise(max(counts) - 1))


# ------------------------------------------------------------------------------------------------- blocks


def _blocks(lines: list[Line], at: int, repeats: int, numbers: Sequence[_Number]) -> Iterator[_Piece]:
    """Yield the ways to read `repeats` groups of lines from `at` on."""
    outer = [_Number(number.path, number.values[:1] * repeats) for number in numbers]
    for height in range(1, min(_GROUP, (len(lines) - at) // repeats) + 1):
        end = at + height * repeats
        if repeats == 1 and height > 1 and end != len(lines):
            continue
        columns = [lines[at + place : end : height] for place in range(height)]
        for group in _groups(columns, outer):
            yield _block(group, end)
    yield from _ragged(lines, at, repeats, outer)


def _block(group: _Piece, end: int) -> _Piece:
    links = tuple(replace(link, target=(EVERY, *link.target)) for link in group.links)
    shape = Seq(item=group.shape, sep="\n", least=1)
    return _Piece(shape, [group.trees], group.cost, links, end)


def _groups(columns: list[list[Line]], outer: list[_Number]) -> Iterator[_Piece]:
    """Yield the two cheapest ways to read groups of a fixed number of lines; inner links stay in the group's record.

    A link's source that is a number of the group has the path of that record; others are the outer record's.
    """
    if len(columns) == 1:
        yield from sorted(_columns(columns[0], outer), key=lambda piece: piece.cost)[:3]
        return
    ways: list[tuple[list[_Piece], list[_Number]]] = [([], [])]
    for column in columns:
        longer = []
        for taken, own in ways:
            for piece in _columns(column, [*own, *outer]):
                new = [_Number((-2, len(taken), *path), values) for path, values in piece.numbers]
                longer.append(([*taken, piece], [*own, *new]))
        ways = sorted(longer, key=lambda way: sum(piece.cost for piece in way[0]))[:6]
    for taken, _ in ways[:2]:
        yield _joined(taken)


def _joined(taken: list[_Piece]) -> _Piece:
    """Return pieces, one below the other, as one group."""
    inner: list[Link] = []
    outer: list[Link] = []
    for index, piece in enumerate(taken):
        for link in piece.links:
            own = link.source[:1] == (-2,)
            source = link.source[1:] if own else link.source
            moved = replace(link, source=source, target=(index, *link.target))
            (inner if own else outer).append(moved)
    shape = Record(fields=tuple(piece.shape for piece in taken), sep="\n", links=tuple(inner))
    trees = [list(rows) for rows in zip(*(piece.trees for piece in taken), strict=True)]
    return _Piece(shape, trees, sum(piece.cost for piece in taken), tuple(outer))


def _ragged(lines: list[Line], at: int, repeats: int, outer: list[_Number]) -> Iterator[_Piece]:
    """Yield groups of a header and as many lines as one of its numbers says."""
    width = len(lines[at].tokens)
    for place in range(min(width, 3)):
        heads, bodies, here = [], [], at
        for _ in range(repeats):
            if here >= len(lines) or len(lines[here].tokens) != width:
                break
            token = lines[here].tokens[place]
            count = int(token) if kind_of(token) == "i" else -1
            if not 1 <= count <= len(lines) - here - 1:
                break
            heads.append(lines[here])
            bodies.append(lines[here + 1 : here + 1 + count])
            here += 1 + count
        if len(heads) < repeats or (repeats == 1 and here != len(lines)):
            continue
        head = _fixed(heads, width, heads[0].sep)
        counts = [len(body) for body in bodies]
        numbers = [
            _Number(
                (-2, 0, *path),
                tuple(value for value, n in zip(values, counts, strict=True) for _ in range(n)),
            )
            for path, values in head.numbers
        ]
        spread = [_Number(number.path, number.values[:1] * sum(counts)) for number in outer]
        flat = [line for body in bodies for line in body]
        for rows in sorted(_columns(flat, [*numbers, *spread]), key=lambda piece: piece.cost)[:2]:
            yield _ragged_block(head, rows, counts, place, here)


def _ragged_block(head: _Piece, rows: _Piece, counts: list[int], place: int, end: int) -> _Piece:
    inner = [Link(rule=Rule.COUNT, source=(0, place), target=(1,), trust=0.95)]
    outer: list[Link] = []
    for link in rows.links:
        own = link.source[:1] == (-2,)
        source = link.source[1:] if own else link.source
        target = (1, EVERY, *link.target) if own else (EVERY, 1, EVERY, *link.target)
        moved = replace(link, source=source, target=target)
        (inner if own else outer).append(moved)
    remaining = iter(rows.trees)
    bodies = [[next(remaining) for _ in range(count)] for count in counts]
    block = Seq(item=rows.shape, sep="\n", least=1)
    group = Record(fields=(head.shape, block), sep="\n", links=tuple(inner))
    trees = [[one, body] for one, body in zip(head.trees, bodies, strict=True)]
    shape = Seq(item=group, sep="\n", least=1)
    return _Piece(shape, [trees], head.cost + rows.cost + _surprise(max(counts)), tuple(outer), end)


# -------------------------------------------------------------------------------------------------- types


def _typed(found: Format) -> Format:
    shape, trees = typed_leaves(found.shape, list(found.trees))
    return Format(shape, tuple(trees), found.cost)


def typed_leaves(shape: Shape, trees: list[Any]) -> tuple[Shape, list[Any]]:
    """Return the shape and its trees with tokens as numbers where all tokens at a place are numbers."""
    if isinstance(shape, Seq):
        lengths = [len(tree) for tree in trees]
        inner, items = typed_leaves(shape.item, [item for tree in trees for item in tree])
        remaining = iter(items)
        grouped = [[next(remaining) for _ in range(length)] for length in lengths]
        return Seq(item=inner, kind=shape.kind, sep=shape.sep, least=shape.least), grouped
    if isinstance(shape, Const):
        return shape, trees
    if isinstance(shape, Record):
        columns = [
            typed_leaves(part, [tree[index] for tree in trees]) for index, part in enumerate(shape.fields)
        ]
        rows = [[column[1][row] for column in columns] for row in range(len(trees))]
        return Record(fields=tuple(column[0] for column in columns), sep=shape.sep, links=shape.links), rows
    return (Text(least=1), trees) if shape == WORD else _typed_tokens(trees)


def _typed_tokens(tokens: list[str]) -> tuple[Shape, list[Any]]:
    kinds = set(map(kind_of, tokens))
    if kinds == {"i"} and not _are_binary(tokens):
        return Int(), list(map(int, tokens))
    if "f" in kinds and kinds <= {"i", "f"}:
        places = [len(token.partition(".")[2]) for token in tokens]
        shape = Float(places=max(places), exact=min(places) == max(places), bare="i" in kinds)
        values = list(map(float, tokens))
        if all(render(shape, value) == token for value, token in zip(values, tokens, strict=True)):
            return shape, values
    grammar = recognised(tokens)
    runs = None if grammar else _runs(tokens)
    if runs is not None:
        return typed_leaves(*runs)
    return Text(grammar=grammar, least=1), list(tokens)


def _are_binary(tokens: list[str]) -> bool:
    """Say whether tokens are rather strings of zeros and ones than numbers."""
    return max(map(len, tokens)) >= 4 and all(set(token) <= {"0", "1"} for token in tokens)


_RUN = re.compile(r"[0-9]+|[A-Za-z]+|[^0-9A-Za-z]")


def _runs(tokens: list[str]) -> tuple[Shape, list[Any]] | None:
    """Return strings as records of their runs (`a1`, `12x7`), or as sequences of pairs of runs (`3a2b`), or None."""
    split = [_RUN.findall(token) for token in tokens]
    kinds = [[_kind_of_run(run) for run in runs] for runs in split]
    first = kinds[0]
    if "0" not in first or len(first) < 2:
        return None
    if all(other == first for other in kinds) and 2 <= len(first) <= 4:
        fields = tuple(Const(values=(run,)) if _kind_of_run(run) == run else RAW for run in split[0])
        return Record(fields=fields, sep=""), split
    pair = first[:2]
    if pair[0] != pair[1] and all(len(runs) % 2 == 0 and runs == pair * (len(runs) // 2) for runs in kinds):
        item = Record(fields=tuple(RAW if kind in "0a" else Const(values=(kind,)) for kind in pair), sep="")
        return Seq(item=item, sep="", least=1), [
            list(map(list, itertools.batched(runs, 2))) for runs in split
        ]
    return None


def _kind_of_run(run: str) -> str:
    """Return `0` for digits, `a` for letters, and any other character itself."""
    return "0" if run[0].isdigit() else "a" if run[0].isalpha() else run
