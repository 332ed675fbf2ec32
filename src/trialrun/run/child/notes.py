"""Bounded notes of values, made while the program runs: what is immutable and short is its own note.

Of anything else the first items, the length and the identity are kept, in tuples that no later change reaches and that
the garbage collector forgets. Types are told apart exactly and read by base slots, so no method of the program runs.
`lowered` makes, after the run, a value in the form of `core/values.py` of a note.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: attributes that lie in slots, values of
iterators (reading would use them up), what lies deeper than three containers.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import Any, Optional

from trialrun.core import values

WHOLE = 8
"""A container of so many items is kept whole."""
HEAD = 5
"""Items of a larger container that are kept."""
INNER = 4
"""Items of a container inside a container that are kept."""
TEXT = 200
"""Characters of a text that are kept, and bytes of a byte string."""
ITEM_TEXT = 60
"""Characters of a text inside a container that are kept."""
LARGE = 1024
"""Bits of the largest int that is kept as it is."""
MOST_CLASSES = 1000
"""Classes that are told apart."""
_SAMPLE = 61
"""Every so many values of a chunk one is looked at for large ints."""
MORE = (values.OPAQUE, -1, "…")
"""Stands for the items that were left out."""

Note = Any
"""An atom, or a tuple that begins with identity (0: none) and length (−1: none). Behind them: tag and items of a
container; or a text's head; or None, a lowered value and the number of a class in `classes`."""

_LIST, _TUPLE, _DICT, _SET, _FROZENSET = values.LIST, values.TUPLE, values.DICT, values.SET, values.FROZENSET
_islice, _joined = itertools.islice, itertools.chain.from_iterable
_mro_of, _dict_of = type.__dict__["__mro__"].__get__, type.__dict__["__dict__"].__get__
_flags_of, _HEAP = type.__dict__["__flags__"].__get__, 1 << 9
_name_of = values._name_of
_GETSET = type(type.__dict__["__dict__"])

classes: list[type] = []
"""Classes of noted values; a note holds their places."""
_class_numbers: dict[int, int] = {}


def note(value: Any) -> Note:
    """Return a bounded note of a value that no later change reaches."""
    kind = type(value)
    if kind is list:
        length = len(value)
        head = value[:HEAD] if length > WHOLE else value
        first = None
        for item in head:
            inner = type(item)
            if inner is not first:
                if inner is not int and inner is not float and inner is not bool:
                    return (id(value), length, _LIST, tuple([_item(one, 1) for one in head]))
                first = inner
        return (id(value), length, _LIST, tuple(head))
    if kind is float or kind is bool or value is None or kind is int:
        return value
    if kind is str:
        return value if len(value) <= TEXT else (0, len(value), value[:TEXT])
    if kind is tuple:
        return (id(value), len(value), _TUPLE, tuple([_item(one, 1) for one in value[:WHOLE]]))
    if kind is dict:
        return (id(value), len(value), _DICT, _pairs(value, WHOLE, 1))
    return _other(value, kind)


def _pairs(value: Any, most: int, depth: int) -> tuple[Any, ...]:
    """Return keys and values of the first items of a dictionary, by the base slots."""
    try:
        pairs = list(_islice(dict.items(value), most))
    except RuntimeError:  # another thread changes it
        return ()
    return tuple([_item(one, depth) for one in _joined(pairs)])


def _item(value: Any, depth: int) -> Any:
    """Return the lowered form of a part of a container, without what lies too deep in it."""
    kind = type(value)
    if kind is int:
        return value if value.bit_length() <= LARGE else MORE
    if kind is float or kind is bool or value is None or kind is complex:
        return value
    if kind is str or kind is bytes:
        return value if len(value) <= ITEM_TEXT else (values.SUBCLASS, "…", value[:ITEM_TEXT])
    if depth > 2:
        return (values.OPAQUE, -1, _name_of(kind))
    if kind is list or kind is tuple:
        head = [_item(one, depth + 1) for one in value[:INNER]]
        return (_LIST if kind is list else _TUPLE, *head, *_rest(len(value), INNER))
    if kind is dict:
        return (_DICT, *_pairs(value, INNER, depth + 1), *_rest(len(value), INNER) * 2)
    return lowered(_other(value, kind), _name_of(kind))


def _rest(length: int, shown: int) -> tuple[Any, ...]:
    return (MORE,) if length > shown else ()


def _other(value: Any, kind: type) -> Note:
    """Note a value of a rarer type; an instance by its fields, as far as they lie in its dictionary."""
    if kind is complex:
        return (0, -1, value)
    if kind is bytes:
        return (0, len(value), value[:TEXT])
    if kind is bytearray:
        return (id(value), len(value), values.BYTEARRAY, (bytes(value[:TEXT]),))
    if kind is range:
        return (0, len(value), values.RANGE, (value.start, value.stop, value.step))
    try:
        for base in _mro_of(kind):
            reader = _BASES.get(id(base))
            if reader is not None:
                length, tag, items = reader(value)
                if base is kind:
                    return (id(value), length, tag, items)
                return (id(value), length, None, items[0] if tag is None else (tag, *items), _class(kind))
        fields = _fields(value, kind)
        if fields is not None:
            return (id(value), -1, None, (_DICT, *_pairs(fields, WHOLE, 2)), _class(kind))
    except Exception:
        pass
    return (id(value), -1, None, (values.OPAQUE, -1, ""), _class(kind))


def _class(kind: type) -> int:
    """Return the number of a class in `classes`, where it is kept alive; −1 where there are too many."""
    number = _class_numbers.get(id(kind))
    if number is None:
        if len(classes) >= MOST_CLASSES:
            return -1
        number = _class_numbers[id(kind)] = len(classes)
        classes.append(kind)
    return number


def _fields(value: Any, kind: type) -> Optional[dict[Any, Any]]:
    """Return the dictionary of an instance of a class that is written in Python, without running a descriptor."""
    if not _flags_of(kind) & _HEAP:
        return None
    for base in _mro_of(kind):
        slot = _dict_of(base).get("__dict__")
        if type(slot) is _GETSET:
            found = slot.__get__(value)
            return found if type(found) is dict else None
    return None


def _walked(tag: int, base: Any, *before: Any) -> Any:
    def read(value: Any) -> Any:
        items = [_item(one, 1) for one in _islice(base.__iter__(value), WHOLE)]
        return base.__len__(value), tag, (*before, *items)

    return read


def _sliced(tag: Optional[int], base: Any, most: int) -> Any:
    def read(value: Any) -> Any:
        head = base.__getitem__(value, slice(0, most))
        items = (head,) if tag is None else tuple([_item(one, 1) for one in head])
        return base.__len__(value), tag, items

    return read


_BASES: dict[int, Any] = {
    id(set): _walked(_SET, set),
    id(frozenset): _walked(_FROZENSET, frozenset),
    id(deque): _walked(values.DEQUE, deque, None),
    id(list): _sliced(_LIST, list, WHOLE),
    id(tuple): _sliced(_TUPLE, tuple, WHOLE),
    id(dict): lambda value: (dict.__len__(value), _DICT, _pairs(value, WHOLE, 1)),
    id(int): lambda value: (-1, None, (_item(int.__pos__(value), 1),)),
    id(float): lambda value: (-1, None, (float.__float__(value),)),
    id(str): _sliced(None, str, TEXT),
    id(bytes): _sliced(None, bytes, TEXT),
}


def without_large_ints(noted: list[Note]) -> list[Note]:
    """Return notes in which large ints have given way to how many bits they have.

    Ints are noted as they are, whatever their size; where a sample of a chunk shows a large one, all are looked at.
    """
    if any(type(one) is int and one.bit_length() > LARGE for one in noted[::_SAMPLE]):
        return [shortened(one) if type(one) is int else one for one in noted]
    return noted


def shortened(value: int) -> Note:
    """Return an int, or of a large one a note of how many bits it has."""
    bits = value.bit_length()
    return value if bits <= LARGE else (0, bits, None, MORE, _class(int))


def lowered(noted: Note, class_name: str) -> Any:
    """Return the lowered value of a note; `class_name` names its class where it is none of Python's own."""
    if type(noted) is not tuple:
        return noted
    if type(noted[2]) is int:
        return (noted[2], *noted[3])
    if noted[2] is not None or len(noted) == 3:
        return noted[2]
    inner = noted[3]
    if type(inner) is tuple and inner[0] == values.OPAQUE:
        return inner if inner is MORE else (values.OPAQUE, -1, class_name)
    return (values.SUBCLASS, class_name, inner)


def is_whole(noted: Note) -> bool:
    """Say whether the lowered value holds all of the value."""
    if type(noted) is not tuple:
        return True
    length = noted[1]
    if type(noted[2]) is int:
        items = noted[3]
        if noted[2] in (values.RANGE,):
            return True
        shown = len(items[0]) if noted[2] == values.BYTEARRAY else len(items) - (noted[2] == values.DEQUE)
        if noted[2] == _DICT:
            shown //= 2
        return bool(shown == length and not _is_cut(items))
    if noted[2] is not None:
        return bool(length < 0 or len(noted[2]) == length)
    return False


def _is_cut(items: Any) -> bool:
    """Say whether something was left out below."""
    waiting = list(items)
    while waiting:
        one = waiting.pop()
        if type(one) is tuple:
            if one[0] == values.OPAQUE or (one[0] == values.SUBCLASS and one[1] == "…"):
                return True
            waiting += one[1:]
    return False
