"""Bounded notes of values, made while the program runs: what is immutable and short is its own note.

Of anything else the identity, the length and the first items are noted. A note is a few atoms in a row, so nothing is
made that the garbage collector would visit, and no later change reaches it. Types are told apart exactly and read by
base slots, so no method of the program runs. `next_note` and `lowered` read notes after the run, into the form of
`core/values.py`.

    atom                                             None, bool, int, float, short str
    ..., identity, length, tag, items                a list, tuple, dict or set; of one with more than `WHOLE` items the
                                                     first `HEAD`, of such a list the last one too
    ..., identity, length, ITEM_LIST, key, item      of a large list (or dict, `ITEM_DICT`) the item that was written
    ..., identity, length, PACK, tag, items          another container; the items are one tuple
    ..., identity, length, RAW, value                the beginning of a text, or another atom
    ..., identity, length, None, lowered, class      anything else; class is a place in `classes`, −1 for none

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: attributes that lie in slots, values of
iterators (reading would use them up), what lies deeper than three containers.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from typing import Any, Optional

from trialrun.core import values

WHOLE = 8
"""A container of so many items is kept whole."""
PAIRS = 5
"""A dictionary of so many items is kept whole."""
HEAD = 3
"""First items of a larger container that are kept."""
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
_LENGTH = 62
"""Bits of the ends of a range that has a length, whatever they are."""
_SAMPLE = 61
"""Every so many values of a chunk one is looked at for large ints."""
MORE = (values.OPAQUE, -1, "…")
"""Stands for the items that were left out."""
ITEM_LIST, ITEM_DICT, PACK, RAW = -1, -2, -3, -4
Note = Any
"""An atom, or what follows `...` as a tuple."""

_LIST, _TUPLE, _DICT, _SET, _FROZENSET = values.LIST, values.TUPLE, values.DICT, values.SET, values.FROZENSET
_islice = itertools.islice
_mro_of, _dict_of = type.__dict__["__mro__"].__get__, type.__dict__["__dict__"].__get__
_flags_of, _HEAP = type.__dict__["__flags__"].__get__, 1 << 9
_name_of = values._name_of
_GETSET = type(type.__dict__["__dict__"])

classes: list[type] = []
"""Classes of noted values; a note holds their places."""
_class_numbers: dict[int, int] = {}


def note_maker(append: Any, extend: Any) -> Any:
    """Return `note(value)`, which writes notes by these methods of a list.

    The usual types come first and are looked at without a further call: this runs after every block.
    """

    def note(value: Any) -> None:
        kind = type(value)
        if kind is str:
            if len(value) <= TEXT:
                append(value)
            else:
                extend((..., 0, len(value), RAW, value[:TEXT]))
        elif kind is list:
            length = len(value)
            if length > WHOLE:
                a, b, c, z = value[0], value[1], value[2], value[-1]
                kind = type(a)
                plain = kind is int or kind is float or kind is bool
                if plain and type(b) is kind and type(c) is kind and type(z) is kind:
                    extend((..., id(value), length, _LIST, a, b, c, z))
                    return
                extend((..., id(value), length, _LIST, _item(a, 1), _item(b, 1), _item(c, 1), _item(z, 1)))
                return
            extend((..., id(value), length, _LIST))
            for one in value:
                kind = type(one)
                if kind is not int and kind is not float and kind is not bool:
                    extend([_item(one, 1) for one in value])
                    return
            extend(value)
        elif kind is float or kind is bool or value is None or kind is int:
            append(value)
        elif kind is tuple:
            length = len(value)
            if length == 2 and type(value[0]) is int and type(value[1]) is int:
                extend((..., id(value), 2, _TUPLE, value[0], value[1]))
                return
            extend((..., id(value), length, _TUPLE))
            if length > WHOLE:
                value = value[:HEAD]
            for one in value:
                kind = type(one)
                if kind is not int and kind is not float and kind is not bool:
                    extend([_item(one, 1) for one in value])
                    return
            extend(value)
        elif kind is dict:
            extend((..., id(value), len(value), _DICT))
            extend(_pairs(value, 1))
        else:
            extend(_other(value, kind))

    return note


def item_note_maker(note: Any, extend: Any) -> Any:
    """Return `note_item(container, key)`, for the item that has just been written; −1 is the one that was appended."""

    def note_item(value: Any, key: Any) -> None:
        kind = type(value)
        if kind is list:
            if len(value) > WHOLE and type(key) is int:
                try:
                    one = value[key]
                except IndexError:
                    note(value)
                    return
                kind = type(one)
                if kind is not int and kind is not float and kind is not bool:
                    one = _item(one, 1)
                extend((..., id(value), len(value), ITEM_LIST, key, one))
                return
        elif kind is dict and len(value) > PAIRS:
            kind = type(key)
            if (
                kind is tuple and len(key) == 2 and type(key[0]) is type(key[1])
            ):  # its hash is that of its parts
                kind = type(key[0])
            if (kind is int or (kind is str and len(key) <= ITEM_TEXT)) and key in value:
                one = value[key]
                if type(one) is not int:
                    one = _item(one, 1)
                extend((..., id(value), len(value), ITEM_DICT, key, one))
                return
        note(value)

    return note_item


def _pairs(value: Any, depth: int) -> list[Any]:
    """Return keys and values of the first items of a dictionary, by the base slots."""
    found: list[Any] = []
    shown = PAIRS if dict.__len__(value) <= PAIRS else HEAD
    for key, one in list(_islice(dict.items(value), shown)):  # at once: a thread may change it
        kind = type(key)
        found.append(key if kind is int or (kind is str and len(key) <= ITEM_TEXT) else _item(key, depth))
        kind = type(one)
        found.append(one if kind is int or kind is float or kind is bool else _item(one, depth))
    return found


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
        length = len(value)
        if length == 2 and type(value[0]) is int and type(value[1]) is int:
            return (_LIST if kind is list else _TUPLE, value[0], value[1])
        head = [_item(one, depth + 1) for one in (value if length <= INNER else value[:INNER])]
        if length > INNER:
            head.append(MORE)
        return (_LIST if kind is list else _TUPLE, *head)
    if kind is dict:
        return (_DICT, *_pairs(value, depth + 1), *_rest(len(value), PAIRS) * 2)
    return lowered(_other(value, kind, depth)[1:], _name_of(kind))


def _rest(length: int, shown: int) -> tuple[Any, ...]:
    return (MORE,) if length > shown else ()


def _other(value: Any, kind: type, depth: int = 0) -> tuple[Any, ...]:
    """Note a value of a rarer type; an instance by its fields, as far as they lie in its dictionary.

    `depth` is how deep the value lies in another: what it holds lies deeper, so that what holds itself has an end.
    """
    if kind is set:
        length = len(value)
        head = tuple(value) if length <= WHOLE else tuple(_islice(value, HEAD))
        for one in head:
            if type(one) is not int:
                return (..., id(value), length, _SET, *[_item(one, depth + 1) for one in head])
        return (..., id(value), length, _SET, *head)
    if kind is complex or value is ...:
        return (..., 0, -1, RAW, value)
    if kind is bytes:
        return (..., 0, len(value), RAW, value[:TEXT])
    if kind is bytearray:
        return (..., id(value), len(value), PACK, values.BYTEARRAY, (bytes(value[:TEXT]),))
    if kind is range:
        ends = value.start, value.stop, value.step
        if max(map(int.bit_length, ends)) > _LENGTH:
            return (..., 0, -1, None, (values.OPAQUE, -1, ""), _class(kind))
        return (..., 0, len(value), PACK, values.RANGE, ends)
    if kind is deque:
        return _deque(value, depth + 1)
    try:
        for base in _mro_of(kind):
            reader = _BASES.get(id(base))
            if reader is not None:
                length, tag, items = reader(value, depth + 1)
                if base is kind:
                    return (..., id(value), length, PACK, tag, items)
                return (
                    ...,
                    id(value),
                    length,
                    None,
                    items[0] if tag is None else (tag, *items),
                    _class(kind),
                )
        fields = _fields(value, kind)
        if fields is not None:
            return (..., id(value), -1, None, (_DICT, *_pairs(fields, max(2, depth + 1))), _class(kind))
    except Exception:
        pass
    return (..., id(value), -1, None, (values.OPAQUE, -1, ""), _class(kind))


def _deque(value: Any, depth: int) -> tuple[Any, ...]:
    length = len(value)
    if length > WHOLE:
        shown = (None, _item(value[0], depth), MORE, _item(value[-1], depth))
    else:
        shown = (None, *[_item(one, depth) for one in value])
    return (..., id(value), length, PACK, values.DEQUE, shown)


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
    def read(value: Any, depth: int) -> Any:
        items = [_item(one, depth) for one in _islice(base.__iter__(value), WHOLE)]
        return base.__len__(value), tag, (*before, *items)

    return read


def _sliced(tag: Optional[int], base: Any, most: int) -> Any:
    def read(value: Any, depth: int) -> Any:
        head = base.__getitem__(value, slice(0, most))
        items = (head,) if tag is None else tuple([_item(one, depth) for one in head])
        return base.__len__(value), tag, items

    return read


_BASES: dict[int, Any] = {
    id(set): _walked(_SET, set),
    id(frozenset): _walked(_FROZENSET, frozenset),
    id(deque): _walked(values.DEQUE, deque, None),
    id(list): _sliced(_LIST, list, WHOLE),
    id(tuple): _sliced(_TUPLE, tuple, WHOLE),
    id(dict): lambda value, depth: (dict.__len__(value), _DICT, tuple(_pairs(value, depth))),
    id(int): lambda value, depth: (-1, None, (_item(int.__pos__(value), depth),)),
    id(float): lambda value, depth: (-1, None, (float.__float__(value),)),
    id(str): _sliced(None, str, TEXT),
    id(bytes): _sliced(None, bytes, TEXT),
}


# -------------------------------------------------------------------------------- after the run


class Large:
    """Stands for an int of so many bits."""

    __slots__ = ("bits",)

    def __init__(self, bits: int) -> None:
        self.bits = bits


def without_large_ints(noted: Sequence[Any]) -> Sequence[Any]:
    """Return notes in which `Large` stands for large ints.

    Ints are noted as they are, whatever their size; where a sample of a chunk shows a large one, all are looked at.
    """
    if any(type(one) is int and one.bit_length() > LARGE for one in noted[::_SAMPLE]):
        return [_shortened(one) if type(one) is int else one for one in noted]
    return noted


def _shortened(value: int) -> Any:
    bits = value.bit_length()
    return value if bits <= LARGE else Large(bits)


def next_note(noted: Sequence[Any], place: int) -> tuple[Note, int]:
    """Return the note that begins at a place, and the place behind it. Raises `IndexError` where it is cut off."""
    first = noted[place]
    if first is not ...:
        first = _shortened(first) if type(first) is int else first
        if type(first) is Large:
            return (0, first.bits, PACK, values.OPAQUE, MORE[1:]), place + 1
        return first, place + 1
    identity, length, tag = noted[place + 1 : place + 4]
    place += 4
    count = 1 if tag == RAW else 2
    if type(tag) is int and tag >= 0:
        count = length if length <= WHOLE else HEAD + (tag == _LIST)
        if tag == _DICT:
            count = 2 * (length if length <= PAIRS else HEAD)
    if place + count > len(noted):
        raise IndexError
    own = [_shortened(one) if type(one) is int else one for one in noted[place : place + count]]
    return (identity, length, tag, *[MORE if type(one) is Large else one for one in own]), place + count


def lowered(noted: Note, class_name: str) -> Any:
    """Return the lowered value of a note; `class_name` names its class where it is none of Python's own.

    An item that was written, of a large container, is a dictionary of one under the class tag `item`.
    """
    if type(noted) is not tuple:
        return noted
    _, length, tag, *own = noted
    if tag is None:
        inner = own[0]
        if type(inner) is tuple and inner[0] == values.OPAQUE:
            return (values.OPAQUE, -1, class_name)
        return (values.SUBCLASS, class_name, inner)
    if tag == RAW:
        return own[0]
    if tag == PACK:
        return (own[0], *own[1])
    if tag in (ITEM_LIST, ITEM_DICT):
        key = own[0] + length if tag == ITEM_LIST and own[0] < 0 else own[0]
        return (values.SUBCLASS, "item", (_DICT, _item(key, 1), own[1]))
    if length <= (PAIRS if tag == _DICT else WHOLE):
        return (tag, *own)
    if tag == _LIST:
        return (tag, *own[:HEAD], MORE, *own[HEAD:])
    return (tag, *own, *(MORE,) * (1 + (tag == _DICT)))


def tag_of(noted: Note) -> int:
    """Return the tag of the container that a note is of, −1 where it is of none of Python's own."""
    if type(noted) is not tuple or noted[2] is None or noted[2] == RAW:
        return -1
    if noted[2] == PACK:
        return int(noted[3])
    tag: int = noted[2]
    return {ITEM_LIST: _LIST, ITEM_DICT: _DICT}.get(tag, tag)


def is_whole(noted: Note) -> bool:
    """Say whether the lowered value holds all of the value."""
    if type(noted) is not tuple:
        return True
    _, length, tag, *own = noted
    if tag is None or tag in (ITEM_LIST, ITEM_DICT):
        return False
    if tag == RAW:
        return bool(length < 0 or len(own[0]) == length)
    if tag != PACK:
        return bool(length <= (PAIRS if tag == _DICT else WHOLE) and not _is_cut(own))
    tag, items = own
    if tag == values.BYTEARRAY:
        return bool(len(items[0]) == length)
    shown = len(items) - (tag == values.DEQUE)
    if tag == values.OPAQUE or _is_cut(items):
        return False
    return bool(tag == values.RANGE or shown == length * (1 + (tag == _DICT)))


def _is_cut(items: Any) -> bool:
    """Say whether something was left out below."""
    waiting = list(items)
    while waiting:
        one = waiting.pop()
        if type(one) is tuple and one:
            if one[0] == values.OPAQUE or (one[0] == values.SUBCLASS and one[1] == "…"):
                return True
            waiting += one[1:]
    return False
