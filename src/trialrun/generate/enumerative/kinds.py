"""Kinds of values, one letter each, and keys that two lists of values share exactly where they are the same values.

    i int   f float   b bool   s str   n None   d dict   z set   t tuple   r range   x anything else, or several
    I list of int   F of numbers   S of str   B of bool   M of lists   P of pairs (tuples of two)   A other lists
    E an iterator of pairs, which only a comprehension takes

Leaves out: values that are not plain data (`plain` says that it has none).
"""

import marshal
from collections.abc import Sequence
from typing import Any

from trialrun.core import values as canonical
from trialrun.core.parse_values import decode
from trialrun.generate.enumerative.terms import ERR

NUMBER = "if"
LISTS = "IFSBMPA"
ITERABLE = LISTS + "strzE"
SEQUENCE = LISTS + "st"

_MOST_ITEMS = 2000
_MOST_BYTES = 1 << 15
_MOST_BITS = 4096
_ONE = {
    int: "i",
    float: "f",
    bool: "b",
    str: "s",
    type(None): "n",
    dict: "d",
    set: "z",
    tuple: "t",
    range: "r",
}
_OF = {int: "I", float: "F", str: "S", bool: "B", list: "M"}


def kind_of(values: Sequence[Any]) -> str:
    """Return the kind of a term's values, whatever is `ERR` among them apart.

    >>> kind_of([1, ERR]), kind_of([1, 2.0]), kind_of([[], [1]]), kind_of([[(1, "a")]]), kind_of([1, "a"])
    ('i', 'f', 'I', 'P', 'x')
    """
    types = {type(value) for value in values if value is not ERR}
    if len(types) == 1:
        (only,) = types
        if only is not list:
            return _ONE.get(only, "x")
        return _kind_of_list(values)
    if types == {int, float}:
        return "f"
    return "x"


def _kind_of_list(values: Sequence[Any]) -> str:
    inside: set[type] = set()
    pairs = True
    for value in values:
        if value is not ERR:
            for item in value[:4]:
                inside.add(type(item))
                pairs = pairs and type(item) is tuple and len(item) == 2
    if len(inside) == 1:
        (only,) = inside
        return _OF.get(only, "P" if pairs and only is tuple else "A")
    return "F" if inside == {int, float} else "A"


def key_of(values: list[Any], kind: str) -> bytes | None:
    """Return the key of some values, None where they have none. Types count; the order of sets and dicts does not."""
    try:
        if kind in "zdx":
            return marshal.dumps([_ordered(value) for value in values], 2)
        return marshal.dumps(values, 2)
    except ValueError:
        return None


def _ordered(value: Any) -> Any:
    """Return a value with everything unordered in it put in order."""
    if isinstance(value, set | frozenset):
        return ("set", sorted(map(repr, value)))
    if isinstance(value, dict):
        return ("dict", sorted((repr(key), repr(_ordered(item))) for key, item in value.items()))
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if isinstance(value, tuple):
        return tuple([_ordered(item) for item in value])
    return value


def same(one: Any, other: Any) -> bool:
    """Say whether two values are the same, types included.

    >>> same([1], [True]), same({1: 2, 3: 4}, {3: 4, 1: 2})
    (False, True)
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, int | str):
        return bool(one == other)
    return key_of([one], "x") == key_of([other], "x")


class NotPlain(ValueError):
    """A value that the language has no use for."""


def plain(value: bytes) -> Any:
    """Return the object of canonical bytes that a hidden function returned.

    Raises `NotPlain` for objects, huge numbers and large values: what they hold is hashed and computed with here.
    """
    try:
        (root,), _ = decode(value, limit=_MOST_BYTES)
    except (canonical.Malformed, ValueError) as error:
        raise NotPlain(str(error)) from None
    demand_plain(root)
    return root


def demand_plain(value: Any) -> None:
    """Raise `NotPlain` for a value that is no number, text, None or container of such."""
    todo = [value]
    for _ in range(_MOST_ITEMS):
        if not todo:
            return
        item = todo.pop()
        if type(item) in (list, tuple, set):
            todo += item
        elif type(item) is dict:
            todo += [*item.keys(), *item.values()]
        elif type(item) is int and item.bit_length() > _MOST_BITS:
            raise NotPlain("a huge number")
        elif type(item) not in (int, float, bool, str, type(None)):
            raise NotPlain(f"a {type(item).__name__}")
    if todo:
        raise NotPlain("a large value")
