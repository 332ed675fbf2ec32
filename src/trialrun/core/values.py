"""Canonical values: what programs take and return, as bytes that mean the same in every process.

A value is *lowered*, by exact type, to nested tuples and atoms, then written with `marshal` version 2. The
atoms None, bool, int, float, complex, str, bytes, Ellipsis stay themselves; everything else is a tuple that
starts with a tag (`SHAPES`). Objects with an identity are numbered in the order they are met, and one met
again is `(REF, number)`: sharing and cycles are part of the value. Tuples, frozensets, named tuples and enum
members that hold only atoms have no number; inside a set nothing has one, and set items are sorted by their
bytes, so equal sets give equal bytes. Values are read by the slots of the *base* type: no overridden method,
property or metaclass hook of the program runs, but for iterators and the hashes of an OrderedDict's keys.

Standard library only, Python 3.9 syntax: the source is sent to the sandboxed child. There the program shares
its memory, so what a child sends is hostile: `core/parse_values.py` reads it, comparators walk the lowered
tree, and `core/build_values.py` makes objects of it again.

Leaves out: attributes of instances of builtin subclasses, sharing inside sets, memory views, object arrays,
zones other than `datetime.timezone`. They and all other classes are `OPAQUE`: known by type name alone.
"""

from __future__ import annotations

import itertools
import marshal
import operator
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Optional, cast

DEPTH = 1000  # lowered tuples inside one another; a class tag around a base value counts as one
ITEMS = 10_000  # taken from an iterator
NAME = 200  # characters of a type name

REF, GRAPH, OPAQUE, SUBCLASS, DECIMAL, FRACTION, DATE, TIME, DATETIME, TIMEDELTA = range(10)
TIMEZONE, RANGE, SCALAR = range(10, 13)
LIST, TUPLE, DICT, SET, FROZENSET, BYTEARRAY, DEQUE, ODICT, DEFAULTDICT, COUNTER = range(13, 23)
NAMEDTUPLE, DATACLASS, ENUM, ARRAY, SERIES, FRAME, ITERATOR, VIEW = range(23, 31)

_I, _S, _N = (int,), (str,), (int, type(None))
SHAPES: dict[int, tuple[str, tuple[tuple[type, ...], ...], str]] = {
    REF: ("ref", (_I,), "none"),  # number
    GRAPH: ("graph", (), "any"),  # several roots; outermost only
    OPAQUE: ("opaque", (_I, _S), "none"),  # handle or -1, type name
    LIST: ("list", (), "any"),
    TUPLE: ("tuple", (), "any"),
    DICT: ("dict", (), "even"),  # key, value, key, value, …
    SET: ("set", (), "any"),
    FROZENSET: ("frozenset", (), "any"),
    BYTEARRAY: ("bytearray", ((bytes,),), "none"),
    SUBCLASS: ("subclass", (_S,), "one"),  # class; value of the builtin base
    DECIMAL: ("Decimal", (_I, _S, (int, str)), "none"),  # sign, digits, exponent
    FRACTION: ("Fraction", (_I, _I), "none"),
    DATE: ("date", (_I,) * 3, "none"),
    TIME: ("time", (_I,) * 5, "one"),  # h, m, s, µs, fold; zone
    DATETIME: ("datetime", (_I,) * 8, "one"),
    TIMEDELTA: ("timedelta", (_I,) * 3, "none"),  # days, s, µs
    TIMEZONE: ("timezone", (_S,), "one"),  # name; offset, a timedelta
    RANGE: ("range", (_I,) * 3, "none"),
    DEQUE: ("deque", (_N,), "any"),  # maxlen
    ODICT: ("OrderedDict", (), "even"),
    DEFAULTDICT: ("defaultdict", ((str, type(None)),), "even"),  # name of the factory
    COUNTER: ("Counter", (), "even"),
    NAMEDTUPLE: ("namedtuple", (_S, _S), "fields"),  # class, field names joined by blanks
    DATACLASS: ("dataclass", (_S, _S), "fields"),
    ENUM: ("enum", (_S, _S), "one"),  # class, member; value
    SCALAR: ("numpy", (_S, (bytes,)), "none"),  # dtype, bytes
    ARRAY: ("ndarray", (_S, (bytes,), _S), "none"),  # dtype, bytes, shape as "2,3"
    SERIES: ("Series", (_S,), "three"),  # dtype; name, index, values
    FRAME: ("DataFrame", (), "any"),  # index, column names, then one list a column
    ITERATOR: ("iterator", (_S, (bool,)), "any"),  # kind, whether items were left
    VIEW: ("view", (_S,), "any"),  # dict_keys, dict_values or dict_items
}
NUMBERED = frozenset(range(LIST, VIEW + 1))
FROZEN = frozenset((TUPLE, FROZENSET, NAMEDTUPLE, ENUM))  # numbered only where they hold more than atoms
SETS = frozenset((SET, FROZENSET))

Described = tuple[tuple[Any, ...], tuple[Any, ...]]
Graph = tuple[bytes, list[Any]]
OpaqueIn = Optional[Callable[[Any], Optional[int]]]


class TooLarge(ValueError):
    """A value is nested too deeply or its bytes would pass the limit."""


class Malformed(ValueError):
    """Bytes or a lowered tree that `encode` never makes."""


class Tagged:
    """An instance of a class that is not here: its name, and a dict of fields or an enum member's value."""

    __slots__ = ("cls", "value")

    def __init__(self, cls: str, value: Any) -> None:
        self.cls = cls
        self.value = value


class Opaque:
    """An object of which only the type name is known."""

    __slots__ = ("type_name",)

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name


_ATOMS = frozenset(map(id, (type(None), bool, int, float, complex, str, bytes, type(...))))
_size_of = operator.methodcaller("__sizeof__")  # for atoms alone; a third of the time of sys.getsizeof
_FLOAT = _size_of(0.0)
_dumps, _chain = marshal.dumps, itertools.chain.from_iterable
_slots: Any = type.__dict__
_mro_of, _dict_of = _slots["__mro__"].__get__, _slots["__dict__"].__get__
_qualname_of, _module_of = _slots["__qualname__"].__get__, _slots["__module__"].__get__
_GETSET, _MEMBER, _ALL, _HEAP = type(_slots["__dict__"]), type(_slots["__basicsize__"]), slice(None), 1 << 9
KINDS = tuple("biufcSUmM")  # numpy data types whose bytes are their value


def _name_of(t: type) -> str:
    try:
        module, name = _module_of(t), _qualname_of(t)
    except Exception:
        return "?"
    name = name if type(name) is str else "?"
    return (name if type(module) is not str or module == "builtins" else module[:NAME] + "." + name)[:NAME]


def _class_value(t: type, name: str) -> Any:
    """Return what a class or its bases define under a name, without running a descriptor."""
    for c in _mro_of(t):
        if name in _dict_of(c):
            return _dict_of(c)[name]
    return None


def _own(v: Any, name: str) -> Any:
    """Return a field of an instance from its slots or its dictionary; a missing one is an `Opaque`."""
    slot = _class_value(type(v), name)
    if type(slot) is _MEMBER:
        return slot.__get__(v)
    for c in _mro_of(type(v)):
        place = _dict_of(c).get("__dict__")
        if type(place) is _GETSET:
            fields = place.__get__(v)
            if name in fields:
                return fields[name]
    return slot if id(type(slot)) in _ATOMS and slot is not None else Opaque("missing")


def _atom(slot: Callable[[Any], Any]) -> Callable[[Any, type, int], Described]:
    return lambda v, c, room: ((SUBCLASS, _name_of(type(v)), slot(v)), ())


def _many(tag: int, slot: Callable[[Any], Iterable[Any]]) -> Callable[[Any, type, int], Described]:
    return lambda v, c, room: ((tag,), tuple(slot(v)))


def _odict(v: Any, c: Any, room: int) -> Described:
    values = {id(k): x for k, x in dict.items(v)}  # by identity: no hash or equality of the keys runs
    return (ODICT,), tuple(_chain((k, values[id(k)]) for k in c.__iter__(v)))


def _defaultdict(v: Any, c: Any, room: int) -> Described:
    made_by = c.default_factory.__get__(v)
    name = None if made_by is None else _name_of(made_by) if type(made_by) is type else "?"
    return (DEFAULTDICT, name), tuple(_chain(dict.items(v)))


def _decimal(v: Any, c: Any, room: int) -> Described:
    sign, digits, exponent = c.as_tuple(v)
    return (DECIMAL, sign, "".join(map(str, digits)), exponent), ()


def _timezone(v: Any, c: Any, room: int) -> Described:
    return (TIMEZONE, c.tzname(v, None)), (c.utcoffset(v, None),)


def _numbers(tag: int, names: str, zone: str = "") -> Callable[[Any, type, int], Optional[Described]]:
    """Describe a value by integer attributes of its base type, then by its time zone."""

    def describe(v: Any, c: type, room: int) -> Optional[Described]:
        facts = (tag, *(int.__pos__(_class_value(c, name).__get__(v)) for name in names.split()))
        rest = (_class_value(c, zone).__get__(v),) if zone else ()
        known = all(x is None or type(x) is _real(("datetime", "timezone")) for x in rest)
        return (facts, rest) if known else None

    return describe


def _array(v: Any, c: Any, room: int) -> Optional[Described]:
    dtype = c.dtype.__get__(v)
    if dtype.kind not in KINDS or dtype.char in "gG":  # long doubles have bytes that mean nothing
        return None
    if c.nbytes.__get__(v) > room:
        raise TooLarge("an array passes the size limit")
    if c.__name__ == "generic":
        return (SCALAR, dtype.str, c.tobytes(v)), ()
    return (ARRAY, dtype.str, c.tobytes(v), ",".join(map(str, c.shape.__get__(v)))), ()


def _pandas(v: Any, c: Any, room: int) -> Described:
    rows = list(c.index.__get__(v))
    if c.__name__ == "Series":
        return (SERIES, str(c.dtype.__get__(v))), (c.name.__get__(v), rows, c.tolist(v))
    columns = [c._ixs(v, i, axis=1).tolist() for i in range(c.shape.__get__(v)[1])]
    return (FRAME,), (rows, list(c.columns.__get__(v)), *columns)


def _iterate(v: Any, c: Any, room: int) -> Described:
    items = tuple(itertools.islice(map(c.__next__, itertools.repeat(v)), ITEMS + 1))
    return (ITERATOR, _name_of(c), len(items) > ITEMS), items[:ITEMS]


def _namedtuple(v: Any, c: type, room: int) -> Optional[Described]:
    names = _class_value(type(v), "_fields")
    return (NAMEDTUPLE, _name_of(type(v)), " ".join(names)), tuple.__getitem__(v, _ALL)


def _dataclass(v: Any, c: type, room: int) -> Optional[Described]:
    fields = _class_value(c, "__dataclass_fields__")
    names = [n for n, f in dict.items(fields) if f._field_type.name == "_FIELD"]  # not ClassVar, not InitVar
    return (DATACLASS, _name_of(c), " ".join(names)), tuple(_own(v, name) for name in names)


def _enum(v: Any, c: type, room: int) -> Optional[Described]:
    name = _own(v, "_name_")
    return (ENUM, _name_of(type(v)), name if type(name) is str else "?"), (_own(v, "_value_"),)


_BUILTIN: dict[int, Any] = {
    id(int): _atom(int.__pos__),
    id(float): _atom(float.__float__),
    id(complex): _atom(complex.__pos__),
    id(str): _atom(str.__str__),
    id(bytes): _atom(lambda v: bytes.__getitem__(v, _ALL)),
    id(list): _many(LIST, list.__iter__),
    id(tuple): _many(TUPLE, tuple.__iter__),
    id(dict): _many(DICT, lambda v: _chain(dict.items(v))),
    id(set): _many(SET, set.__iter__),
    id(frozenset): _many(FROZENSET, frozenset.__iter__),
    id(bytearray): lambda v, c, room: ((BYTEARRAY, bytes(bytearray.__getitem__(v, _ALL))), ()),
    id(range): _numbers(RANGE, "start stop step"),
}
_views: tuple[Any, ...] = ({}.keys(), {}.values(), {}.items())
_BUILTIN.update((id(type(v)), lambda v, c, room: ((VIEW, _name_of(c)), tuple(c.__iter__(v)))) for v in _views)
_iterators: tuple[Any, ...] = (
    iter([]), reversed([]), iter(()), iter(""), iter("\xff"), iter(b""), iter(bytearray()), iter(range(0)),
    iter(range(1 << 70)), iter(set()), *map(iter, _views), reversed({}), *map(reversed, _views), reversed(""), zip(),
    iter(int, 0), iter(type("", (), {"__getitem__": None})()), filter(None, ()), enumerate(()),
    map(int, ()), (None for _ in ()))  # fmt: skip
_BUILTIN.update((id(type(v)), _iterate) for v in _iterators)
_BUILTIN.update((id(c), _iterate) for c in vars(itertools).values() if hasattr(c, "__next__"))
_CLOCK = "hour minute second microsecond fold"
_ELSEWHERE: dict[tuple[str, str], Any] = {
    ("decimal", "Decimal"): _decimal,
    ("fractions", "Fraction"): _numbers(FRACTION, "_numerator _denominator"),
    ("datetime", "datetime"): _numbers(DATETIME, "year month day " + _CLOCK, "tzinfo"),
    ("datetime", "date"): _numbers(DATE, "year month day"),
    ("datetime", "time"): _numbers(TIME, _CLOCK, "tzinfo"),
    ("datetime", "timedelta"): _numbers(TIMEDELTA, "days seconds microseconds"),
    ("datetime", "timezone"): _timezone,
    ("collections", "deque"): lambda v, c, room: ((DEQUE, c.maxlen.__get__(v)), tuple(c.__iter__(v))),
    ("collections", "OrderedDict"): _odict,
    ("collections", "defaultdict"): _defaultdict,
    ("collections", "Counter"): _many(COUNTER, lambda v: _chain(dict.items(v))),
    ("enum", "Enum"): _enum,
    ("numpy", "generic"): _array,
    ("numpy", "ndarray"): _array,
    ("pandas", "Series"): _pandas,
    ("pandas", "DataFrame"): _pandas,
}
_pinned: dict[tuple[str, str], Any] = {}
_plans: dict[int, tuple[type, Any, Any, Optional[str]]] = {}


def _real(key: tuple[str, str]) -> Any:
    """Return a class of an already loaded module, or None; the first one found is kept."""
    module = sys.modules.get(key[0])
    if key not in _pinned and type(module) is type(sys):
        _pinned[key] = module.__dict__.get(key[1])
    return _pinned.get(key)


for _place in _ELSEWHERE:
    _real(_place)


def _plan(t: type) -> tuple[type, Any, Any, Optional[str]]:
    """Return (t, base class, how to read it, class tag or None) for a type met for the first time."""
    readers = {id(_real(place)): how for place, how in _ELSEWHERE.items()}
    readers.update(_BUILTIN)
    known = [(c, readers[id(c)]) for c in _mro_of(t) if id(c) in readers]
    for base, how in known:
        if how is _array:  # first, since numpy.str_ has str before numpy.generic
            return t, base, how, _name_of(t) if _slots["__flags__"].__get__(t) & _HEAP else None
    for base, how in known:
        if how is not _enum:
            names = _class_value(t, "_fields") if base is tuple else None
            if type(names) is tuple and all(type(n) is str and n.isidentifier() for n in names):
                return t, base, _namedtuple, None
            return t, base, how, None if base is t else _name_of(t)
    fields = _class_value(t, "__dataclass_fields__")
    return t, t, _enum if known else _dataclass if type(fields) is dict else None, None


def _describe(v: Any, t: type, room: int, opaque: OpaqueIn) -> tuple[Any, Any, Optional[str]]:
    """Return (tag and header, children, class tag) of anything."""
    described = how = None
    try:
        if id(t) not in _plans:
            if len(_plans) > 5000:
                _plans.clear()
            _plans[id(t)] = _plan(t)
        _, base, how, tag = _plans[id(t)]
        if opaque is not None and how in (_dataclass, _enum):
            how = None  # attributes and methods are asked for where the object is
        described = None if how is None or how is _iterate else how(v, base, room)
    except TooLarge:
        raise
    except Exception:
        how = None
    if how is _iterate:
        described = _iterate(v, base, room)  # runs the program: what it raises is its own
    if described is not None:
        return (*described, None if described[0][0] == SUBCLASS else tag)
    handle = opaque(v) if opaque is not None and t is not Opaque else None
    return (OPAQUE, -1 if handle is None else handle, v.type_name if t is Opaque else _name_of(t)), (), None


def _key(lowered: Any) -> bytes:
    return _dumps(lowered, 2)


def _atoms_size(items: Sequence[Any]) -> int:
    """Return the size of items in memory less 14 for each, or -1 where not all are atoms."""
    size, rest = -14 * len(items), items
    while rest:  # once for each type, and the one in the middle is likely that of nearly all
        kind: Any = type(rest[len(rest) >> 1])
        if id(kind) not in _ATOMS:
            return -1
        others = [item for item in rest if type(item) is not kind]
        if kind is float:
            size += _FLOAT * (len(rest) - len(others))
        else:
            alike = [item for item in rest if type(item) is kind] if others else rest
            size += sum(map(kind.__sizeof__, alike))
        rest = others
    return size


def _lower(roots: Iterable[Any], limit: int, opaque: OpaqueIn) -> tuple[list[Any], list[Any]]:
    """Lower several values as one numbered graph; return the lowered roots and the numbered objects."""
    nodes: list[Any] = []
    memo: dict[int, int] = {}
    # An item's size in memory less 14 is at most 16 times its bytes: what passes `room` surely passes the
    # limit, and a list of a million references to one long string never becomes a million copies.
    room = 16 * limit + 4096
    frames: list[tuple[Any, Any, int, Any, int]] = []
    out: list[Any] = []
    it, cls = iter(roots), cast(Any, None)
    tag, depth, loose = GRAPH, 0, 0  # loose: open sets; inside them nothing is numbered
    while True:
        for v in it:
            t = type(v)
            if id(t) in _ATOMS:
                out.append(v)
                room -= _size_of(v) - 14
                continue
            if not loose and id(v) in memo:
                out.append((REF, memo[id(v)]))
                continue
            head: Any
            if t is list:
                head, items, inner = (LIST,), tuple(v), None
            elif t is tuple:
                head, items, inner = (TUPLE,), v, None
            elif t is dict:
                head, items, inner = (DICT,), tuple(_chain(v.items())), None
            else:
                head, items, inner = _describe(v, t, room, opaque)
            size = _atoms_size(items)
            inside = depth + (1 if inner is None else 2)
            if inside > DEPTH or len(items) > limit:
                raise TooLarge("%d levels deep, %d items" % (inside, len(items)))
            if not loose and head[0] in NUMBERED and not (size >= 0 and head[0] in FROZEN):
                memo[id(v)] = len(nodes)
                nodes.append(v)
            room -= sum(map(_size_of, head)) + max(size, 0)
            if size >= 0 and inner is None and head[0] not in SETS:  # most containers are leaves
                out.append(head + items)
                continue
            frames.append((out, it, tag, cls, loose))
            tag, cls, depth = head[0], inner, inside
            loose += tag in SETS
            out, it = ([*head, *items], iter(())) if size >= 0 else ([*head], iter(items))
            break
        else:
            if room < 0:
                raise TooLarge("the size limit is passed")
            if not frames:
                return out, nodes
            done = tuple(out) if tag not in SETS else (tag, *sorted(out[1:], key=_key))
            if cls is not None:
                done = (SUBCLASS, cls, done)
            depth -= 1 if cls is None else 2
            out, it, tag, cls, loose = frames.pop()
            out.append(done)


def _encode(roots: Iterable[Any], single: bool, limit: int, opaque: OpaqueIn) -> Graph:
    try:
        lowered, nodes = _lower(roots, limit, opaque)
        data = _dumps(lowered[0] if single else (GRAPH, *lowered), 2)
    except MemoryError:
        raise TooLarge("memory ran out") from None
    if len(data) > limit:
        raise TooLarge("%d bytes, the limit is %d" % (len(data), limit))
    return data, nodes


def encode(value: Any, *, limit: int = 16 << 20, opaque: OpaqueIn = None) -> bytes:
    """Return the canonical bytes of one value.

    `opaque(obj)`, where given, may give a handle (an int) for an object outside the closed set, for dataclass
    instances and enum members too. Raises `TooLarge`;
    iterators are consumed, and what they raise propagates (but MemoryError).
    """
    return _encode((value,), True, limit, opaque)[0]


def encode_graph(roots: Iterable[Any], *, limit: int = 16 << 20, opaque: OpaqueIn = None) -> Graph:
    """Encode several roots under one numbering; return the bytes and the objects by number."""
    return _encode(roots, False, limit, opaque)


def roots_of(lowered: Any) -> tuple[Any, ...]:
    """Return the lowered roots of what `encode` or `encode_graph` wrote."""
    graph = type(lowered) is tuple and type(lowered[0]) is int and lowered[0] == GRAPH
    return lowered[1:] if graph else (lowered,)


def children_of(lowered: Any) -> Any:
    """Return what follows the header of one lowered tuple."""
    return lowered[1 + len(SHAPES[lowered[0]][1]) :]


def index(lowered: Any, check: Optional[Callable[[Any, bool, int], None]] = None) -> list[Any]:
    """Return the numbered tuples of a lowered tree (index = number).

    `check(lowered tuple, whether it lies in a set, numbers given so far)` sees each before what it holds.
    """
    nodes: list[Any] = []
    stack: list[tuple[Iterator[Any], bool]] = [(iter(roots_of(lowered)), False)]
    while stack:
        items, loose = stack[-1]
        for low in items:
            if type(low) is not tuple:
                continue
            if check is not None:
                check(low, loose, len(nodes))
            nested = tuple in map(type, low)
            if low[0] in NUMBERED and not loose and (nested or low[0] not in FROZEN):
                nodes.append(low)
            if nested:
                stack.append((iter(children_of(low)), loose or low[0] in SETS))
                break
        else:
            stack.pop()
    return nodes
