"""Typed dummies: values of a builtin type that stand for what a snippet lacks.

In a reaching run each is an instance of a subclass that is a hole beside (attributes which the type lacks are
invented); in a plain run it is the builtin value itself, so that a wrong use fails as it would on the real one. A
kind is a word (`str`, `int`, `list`, `pair`, `exception`, …), `tuple:3`, or a literal ("literal", text) that a
message or a model proposed.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: choosing (`observe/selfpico.py`).
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Callable
from typing import Any

from trialrun.run.child import holes

WORDS = (
    "str", "bytes", "int", "float", "bool", "none", "list", "tuple", "pair", "dict", "set", "file", "type",
    "exception", "callable", "iterator", "metaclass",
)  # fmt: skip


class Text(str, holes.Missing):
    """A string with every attribute."""


class Bytes(bytes, holes.Missing):
    """Bytes with every attribute."""


class Whole(int, holes.Missing):
    """An integer with every attribute."""


class Real(float, holes.Missing):
    """A float with every attribute."""


class Row(list, holes.Missing):  # type: ignore[type-arg]
    """A list with every attribute."""


class Group(tuple, holes.Missing):  # type: ignore[type-arg]
    """A tuple with every attribute."""


class Table(dict, holes.Missing):  # type: ignore[type-arg]
    """A dictionary with every key and attribute."""

    def __missing__(self, key: Any) -> Any:
        return holes.child(
            self, "[%s]" % holes.shown(key), ("key", key if type(key) is str else holes.shown(key))
        )


def _get(self: Any, key: Any, default: Any = None) -> Any:
    """Return what is there; nobody knows what a key that is not there would lead to."""
    return self[key] if key in self or default is None else default


PLAIN_TABLE = type("dict", (dict,), {"__missing__": Table.__missing__, "get": _get})
"""The dictionary of a plain run: any key may be there."""


class Bag(set, holes.Missing):  # type: ignore[type-arg]
    """A set with every attribute."""


class File(io.StringIO, holes.Missing):
    """An open text file of two lines with every attribute."""


_SUBCLASSES: dict[str, type] = {
    "str": Text, "bytes": Bytes, "int": Whole, "float": Real, "list": Row, "tuple": Group, "dict": Table, "set": Bag,
    "file": File,
}  # fmt: skip
_BUILTINS: dict[str, type] = {
    "str": str, "bytes": bytes, "int": int, "float": float, "list": list, "tuple": tuple, "dict": PLAIN_TABLE,
    "set": set, "file": io.StringIO,
}  # fmt: skip


COARSE = (
    "none", "bool", "str", "int", "float", "list", "tuple", "set", "dict", "universal", "universal", "universal",
)  # fmt: skip
"""LExecutor's twelve abstract types; a hole is its resource, its callable and its object."""


def drawing(seed: str) -> Callable[[str], str]:
    """Return a function that draws one of the coarse types for each origin, always the same one."""
    import random

    return lambda origin: random.Random(seed + origin).choice(COARSE)


def build(kind: Any, origin: str, depth: int) -> Any:
    """Return a value of a kind for an origin."""
    world = holes.world
    if isinstance(kind, tuple) and kind[0] == "literal":
        value = ast.literal_eval(kind[1])
        word = type(value).__name__
        return (
            value
            if world.plain or word not in ("str", "bytes", "int", "float")
            else _made(word, value, origin, depth)
        )
    word, _, count = str(kind).partition(":")
    if word == "pair":
        word, count = "tuple", "2"
    if word == "none":
        return None
    if word == "bool":
        return True
    if word in ("exception", "type"):
        return (
            world.error(origin) if word == "exception" else type(holes.last_name(origin), (holes.Hole,), {})
        )
    items = int(count) if count.isdigit() else holes.ITEMS
    if word == "iterator":
        return iter(_items(origin, depth, items))
    if word not in _BUILTINS:
        return world.hole(origin, depth)
    return _made(word, _content(word, origin, depth, items), origin, depth)


def _content(word: str, origin: str, depth: int, items: int) -> Any:
    if word in ("list", "tuple", "set"):
        return _items(origin, depth, items)
    if word == "dict" and holes.world.plain:
        key = holes.world.get((origin, "a key"), origin + ".keys()[]", depth + 1)
        return {key: holes.world.get((origin, ("key", key)), origin + "[]", depth + 1)}
    if word == "dict":
        return {"a": holes.world.get((origin, ("key", "a")), origin + "['a']", depth + 1)}
    return {"str": "a", "bytes": b"a", "int": 1, "float": 1.0, "file": "1\n2\n"}[word]


def _items(origin: str, depth: int, count: int) -> list[Any]:
    deeper = min(depth + 1, holes.DEEPEST)
    return [holes.world.get((origin, ("item", place)), origin + "[]", deeper) for place in range(count)]


def _made(word: str, content: Any, origin: str, depth: int) -> Any:
    if holes.world.plain:
        if word == "file" and re.search(r"'[rwa+]*b[+]?'", origin):
            return io.BytesIO(content.encode())
        plain = _BUILTINS[word](content)
        if word == "dict":
            plain.__dict__.update(_origin=origin, _depth=depth)
        return plain
    value = _SUBCLASSES[word](content)
    value.__dict__.update(_origin=origin, _depth=depth)
    return value
