"""Shapes: what inputs look like, as a small typed tree, for arguments and for texts alike.

A *working tree* is the editable form of one input under a shape: numbers, strings and constants are themselves,
sequences, sets, dicts and records are plain lists of working trees (a dict is a list of `[key, value]`), and a choice
is `[index of the option, tree]`. `build` turns a working tree into the Python value, `render` into text (children
joined by the shape's separator), `read` takes a Python value apart. Facts about values (ranges, alphabets, order)
are fields of the shape; facts between values (`n` counts the next line's numbers) are `Link`s of the record around
both, by path.

Leaves out: learning facts (`facts.py`), texts' layouts (`formats.py`), making and changing trees (`typed.py`,
`mutate.py`).
"""

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[int, ...]
"""Steps from a record down to a part: indices of fields, `EVERY` for all items of a sequence."""
EVERY = -1


class Rule(enum.StrEnum):
    """How two parts of a record are tied."""

    COUNT = "count"
    """The target's length is the source (a number, or a sequence by its length), times `factor`, plus `offset`."""
    AT_MOST = "at most"
    """The target, a number, is at most that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A relation between parts of one record that held in all seeds."""

    rule: Rule
    source: Path
    target: Path
    offset: int = 0
    factor: int = 1
    trust: float = 0.9
    """How likely the relation is meant, 0 to 1: how surely it is kept when not everything is."""

    def wanted(self, source: int) -> int:
        """Return the length, or the bound, that a source asks for."""
        return self.factor * source + self.offset


class Order(enum.StrEnum):
    """How items of a sequence follow each other."""

    ANY = "any"
    UP = "ascending"
    DOWN = "descending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Int:
    """A whole number; never a bool."""

    low: int | None = None
    high: int | None = None
    seen: tuple[int, ...] = ()
    """Values in the seeds, distinct and sorted, some of them where they are many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Float:
    """A float."""

    low: float | None = None
    places: int | None = None
    """Digits after the point in a text, at most; None outside texts."""
    exact: bool = False
    """Whether a text always writes that many."""
    bare: bool = False
    """Whether a text writes whole ones without a point."""
    seen: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bool:
    """True or False."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string over an alphabet."""

    alphabet: str = ""
    """Characters seen, sorted; empty where nothing is known."""
    wide: str = ""
    """Characters that are plausible: the classes (lower case, digits, …) of those seen."""
    least: int = 0
    """Shortest length."""
    grammar: str = ""
    """What the string is beyond its alphabet: a name in `grammars.py`."""
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Const:
    """One of a few fixed values, which only the seeds tell: None, literals, objects of other types."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seq:
    """Any number of items of one shape."""

    item: "Shape"
    kind: str = "list"
    """What `build` makes: `list`, `tuple`, `set`, `frozenset`, `dict` (items are records of two)."""
    sep: str = " "
    """What a text has between two items."""
    least: int = 0
    shortest: int = 0
    """Shortest length in the seeds."""
    order: Order = Order.ANY
    distinct: bool = False
    first: int | None = None
    """Where the items are a permutation of consecutive numbers: the smallest."""
    trust: float = 0.9
    """How likely order, distinctness and permutation are meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A fixed number of parts, each of its own shape."""

    fields: tuple["Shape", ...]
    kind: str = "tuple"
    """What `build` makes: `tuple`, `list`, `dict` (with `names` as its keys)."""
    names: tuple[str, ...] = ()
    sep: str = " "
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several shapes; none at all where nothing is known."""

    options: tuple["Shape", ...] = ()


Shape = Int | Float | Bool | Text | Const | Seq | Record | Choice

UNKNOWN = Choice()


class Mismatch(ValueError):
    """A value does not have the shape."""


_SEQUENCES: dict[str, Callable[[list[Any]], Any]] = {
    "list": lambda items: items,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": lambda items: {key: value for key, value in items},  # noqa: C416 (pairs are lists)
}


def build(shape: Shape, tree: Any) -> Any:
    """Return the Python value of a working tree; it shares nothing mutable with the tree."""
    if isinstance(shape, Seq):
        item = shape.item
        if isinstance(item, Int | Float | Bool | Text):
            return list(tree) if shape.kind == "list" else _SEQUENCES[shape.kind](tree)
        if shape.kind == "dict" and isinstance(item, Record):
            key, value = item.fields
            return {build(key, k): build(value, v) for k, v in tree}
        return _SEQUENCES[shape.kind]([build(item, part) for part in tree])
    if isinstance(shape, Record):
        values = [build(field, part) for field, part in zip(shape.fields, tree, strict=True)]
        if shape.kind == "dict":
            return dict(zip(shape.names, values, strict=True))
        return tuple(values) if shape.kind == "tuple" else values
    if isinstance(shape, Choice):
        return build(shape.options[tree[0]], tree[1])
    return tree


def render(shape: Shape, tree: Any) -> str:
    """Return the text of a working tree; an empty sequence of lines has no line."""
    if isinstance(shape, Seq):
        item = shape.item
        if isinstance(item, Text | Int):
            return shape.sep.join(map(str, tree))
        return shape.sep.join([render(item, part) for part in tree])
    if isinstance(shape, Record):
        parts = [
            render(field, part)
            for field, part in zip(shape.fields, tree, strict=True)
            if part != [] or not (isinstance(field, Seq) and field.sep == shape.sep)
        ]
        return shape.sep.join(parts)
    if isinstance(shape, Choice):
        return render(shape.options[tree[0]], tree[1])
    if isinstance(shape, Float):
        if shape.bare and tree == int(tree):
            return str(int(tree))
        return f"{tree:.{shape.places}f}" if shape.exact else repr(tree)
    return str(tree)


def read(shape: Shape, value: Any) -> Any:
    """Return the working tree of a Python value; raises `Mismatch` where it does not have the shape."""
    if isinstance(shape, Choice):
        for index, option in enumerate(shape.options):
            try:
                return [index, read(option, value)]
            except Mismatch:
                continue
        raise Mismatch("no option fits")
    if isinstance(shape, Seq):
        if type(value).__name__ != shape.kind:
            raise Mismatch(f"no {shape.kind}")
        items = value.items() if shape.kind == "dict" else value
        if shape.kind in ("set", "frozenset"):
            items = _ordered(value)
        return [read(shape.item, item) for item in items]
    if isinstance(shape, Record):
        return _read_record(shape, value)
    if isinstance(shape, Const):
        if not is_among(value, shape.values):
            raise Mismatch("another constant")
        return value
    if type(value) is not _ATOMS[type(shape)]:
        raise Mismatch("another type")
    return value


_ATOMS: dict[type, type] = {Int: int, Float: float, Bool: bool, Text: str}


def is_among(value: Any, known: tuple[Any, ...]) -> bool:
    """Say whether a value is one of several: equal and of the same type, or the same object."""
    return any(value is one or (type(value) is type(one) and value == one) for one in known)


def _read_record(shape: Record, value: Any) -> list[Any]:
    if type(value).__name__ != shape.kind or len(value) != len(shape.fields):
        raise Mismatch(f"no {shape.kind} of {len(shape.fields)}")
    if shape.kind == "dict":
        if tuple(value) != shape.names:
            raise Mismatch("other keys")
        value = value.values()
    return [read(field, part) for field, part in zip(shape.fields, value, strict=True)]


def _ordered(items: Any) -> list[Any]:
    """Return the items of a set in an order that does not change from run to run."""
    return sorted(items, key=lambda item: (type(item).__name__, repr(item)))


def copied(tree: Any) -> Any:
    """Return a deep copy of a working tree."""
    return [copied(part) if type(part) is list else part for part in tree] if type(tree) is list else tree


def size_of(tree: Any) -> int:
    """Return how large a working tree is: its atoms, and the lengths of its strings."""
    if type(tree) is list:
        return 1 + sum(size_of(part) for part in tree)
    return 1 + (len(tree) if type(tree) is str else 0)


def parts(tree: Any, path: Path) -> Iterator[Any]:
    """Yield the parts of a record's working tree at a path; none where a step is missing."""
    if not path:
        yield tree
    elif path[0] == EVERY:
        for part in tree:
            yield from parts(part, path[1:])
    else:
        yield from parts(tree[path[0]], path[1:])


def number_paths(shape: Shape, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of all whole numbers below a shape, those of a sequence's items as one."""
    if isinstance(shape, Int):
        yield path
    elif isinstance(shape, Record):
        for index, field in enumerate(shape.fields):
            yield from number_paths(field, (*path, index))
    elif isinstance(shape, Seq):
        yield from number_paths(shape.item, (*path, EVERY))


def at(shape: Shape, path: Path) -> Shape:
    """Return the shape at a path below a shape of records and sequences."""
    for step in path:
        shape = (
            shape.item
            if isinstance(shape, Seq)
            else shape.fields[step]
            if isinstance(shape, Record)
            else UNKNOWN
        )
    return shape


def extent(part: Any) -> int:
    """Return what a part stands for as a source: the number itself, or how long it is."""
    return part if type(part) is int else len(part)
