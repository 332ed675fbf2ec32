"""The way back: objects from lowered trees (`core/values.py`), in the processes that may hold them.

Subclasses become their base value, named tuples records, dataclass instances and enum members `Tagged`, iterators
iterators over what they gave. Lists, tuples, dicts and atoms, each met once, are built by a short recursion; any other
tree in two steps, so that cycles close.

Standard library only, Python 3.9 syntax: the source is sent to the sandboxed child. What a sender chose is hashed here
(collisions): never in the supervisor.

Leaves out: reading hostile bytes (`core/parse_values.py`).
"""

from __future__ import annotations

import functools
import marshal
from collections.abc import Callable
from typing import Any, Optional

from trialrun.core.values import (
    ARRAY,
    BYTEARRAY,
    COUNTER,
    DATACLASS,
    DATE,
    DATETIME,
    DECIMAL,
    DEFAULTDICT,
    DEQUE,
    DICT,
    ENUM,
    FRACTION,
    FRAME,
    FROZENSET,
    ITERATOR,
    KINDS,
    LIST,
    NAME,
    NAMEDTUPLE,
    ODICT,
    OPAQUE,
    RANGE,
    REF,
    SCALAR,
    SERIES,
    SET,
    SHAPES,
    SUBCLASS,
    TIME,
    TIMEDELTA,
    TIMEZONE,
    TUPLE,
    VIEW,
    Malformed,
    Opaque,
    Tagged,
    children_of,
    index,
    roots_of,
)

Built = tuple[tuple[Any, ...], list[Any]]
OpaqueOut = Optional[Callable[[int, str], Any]]


def _import(module: str, name: str) -> Any:
    return __import__(module).__dict__[name]


def _hashable(v: Any) -> Any:
    try:
        hash(v)
    except TypeError:
        return Tagged("unhashable " + type(v).__name__, v)
    return v


def _numpy(low: Any) -> Any:
    if low[1].lstrip("<>=|")[:1] not in KINDS:
        raise Malformed("a data type that is never written")
    try:
        flat = _import("numpy", "frombuffer")(low[2], dtype=low[1])
    except ImportError:
        return Tagged("numpy " + low[1], low[2])
    return flat[0] if low[0] == SCALAR else flat.reshape([int(n) for n in low[3].split(",") if n]).copy()


_FACTORIES: dict[Any, type] = {f.__name__: f for f in (list, int, dict, set, str, float, bool, tuple)}
_EMPTY: dict[int, Callable[[Any], Any]] = {  # tag -> mutable object before its children are put in
    LIST: lambda low: [],
    DICT: lambda low: {},
    SET: lambda low: set(),
    BYTEARRAY: lambda low: bytearray(low[1]),
    DEQUE: lambda low: _import("collections", "deque")(maxlen=low[1]),
    ODICT: lambda low: _import("collections", "OrderedDict")(),
    DEFAULTDICT: lambda low: _import("collections", "defaultdict")(_FACTORIES.get(low[1])),
    COUNTER: lambda low: _import("collections", "Counter")(),
    DATACLASS: lambda low: Tagged(low[1], {}),
    SERIES: lambda low: Tagged("Series", []),
    FRAME: lambda low: Tagged("DataFrame", []),
    SCALAR: _numpy,
    ARRAY: _numpy,
}
_WHOLE: dict[int, Callable[[Any, Any], Any]] = {  # tag -> immutable object from header and built children
    REF: lambda low, items: items[0],
    TUPLE: lambda low, items: tuple(items),
    NAMEDTUPLE: lambda low, items: _record(low[2])._make(items),
    SUBCLASS: lambda low, items: items[0],
    FROZENSET: lambda low, items: frozenset(map(_hashable, items)),
    ENUM: lambda low, items: Tagged(low[1] + "." + low[2], items[0]),
    RANGE: lambda low, items: range(*low[1:]),
    DECIMAL: lambda low, items: _import("decimal", "Decimal")((low[1], tuple(map(int, low[2])), low[3])),
    FRACTION: lambda low, items: _import("fractions", "Fraction")(*low[1:]),
    DATE: lambda low, items: _import("datetime", "date")(*low[1:]),
    TIME: lambda low, items: _import("datetime", "time")(*low[1:5], items[0], fold=low[5]),
    DATETIME: lambda low, items: _import("datetime", "datetime")(*low[1:8], items[0], fold=low[8]),
    TIMEDELTA: lambda low, items: _import("datetime", "timedelta")(*low[1:]),
    TIMEZONE: lambda low, items: _import("datetime", "timezone")(items[0], low[1]),
    ITERATOR: lambda low, items: iter(items),
    VIEW: lambda low, items: _VIEWS[low[1]](items),
}
_record: Any = functools.lru_cache(256)(lambda names: _import("collections", "namedtuple")("Record", names))
_VIEWS: dict[str, Callable[[Any], Any]] = {
    "dict_keys": lambda items: dict.fromkeys(map(_hashable, items)).keys(),
    "dict_values": lambda items: dict(enumerate(items)).values(),
    "dict_items": lambda items: {_hashable(k): v for k, v in items}.items(),
}


def _fill(low: Any, inside: Any, items: list[Any]) -> None:
    """Put built children into a mutable object."""
    tag = low[0]
    if tag == SET:
        inside.update(map(_hashable, items))
    elif tag == DATACLASS:
        inside.value.update((name, items[i]) for i, name in enumerate(low[2].split()))
    elif tag in (SERIES, FRAME):
        inside.value.extend(items)
    elif SHAPES[tag][2] == "even":
        for i in range(0, len(items), 2):
            inside[_hashable(items[i])] = items[i + 1]
    elif tag != DEQUE or low[1] is None or len(items) <= low[1]:
        inside.extend(items)
    else:
        raise Malformed("more items than a deque holds")


_PLAIN = frozenset((LIST, TUPLE, DICT))
_SHALLOW = 50  # deepest nesting that is built by recursion


class _Uncommon(Exception):
    """A tree that needs the general way."""


def _plain(low: Any, nodes: list[Any], depth: int) -> Any:
    """Build a tree of lists, tuples, dicts and atoms, each met once, as nearly all are: a quarter of the time.

    Appends the numbered objects to `nodes`; raises `_Uncommon` for any other tree.
    """
    if type(low) is not tuple:
        return low
    tag, items, nested = low[0], low[1:], tuple in map(type, low)
    if depth > _SHALLOW or tag not in _PLAIN or (tag == DICT and len(items) % 2):
        raise _Uncommon
    place = len(nodes)
    if nested or tag != TUPLE:
        nodes.append(None)
    if nested:
        items = tuple([_plain(item, nodes, depth + 1) if type(item) is tuple else item for item in items])
    if tag == TUPLE:
        made: Any = items
    elif tag == LIST:
        made = list(items)
    else:
        try:
            made = dict(zip(items[::2], items[1::2]))
        except TypeError:
            raise _Uncommon from None
    if nested or tag != TUPLE:
        nodes[place] = made
    return made


def build(lowered: Any, *, opaque: OpaqueOut = None) -> Built:
    """Return (roots, numbered objects) of a lowered tree; raises `Malformed` where the tree lies.

    Subclasses become their base value, named tuples records, dataclass instances and enum members `Tagged`,
    iterators iterators over what they gave, opaque objects `opaque(handle, type name)` or `Opaque`. Mutable
    objects are made empty first, immutable ones from their children, then the mutable ones are filled: so
    cycles close. `lowered` comes from `parse` or `marshal.loads`: no tuple of it occurs twice. Hashes what
    the sender chose: never call it on hostile bytes in the supervisor.
    """
    try:
        plain: list[Any] = []
        return tuple([_plain(root, plain, 0) for root in roots_of(lowered)]), plain
    except _Uncommon:
        pass
    nodes = index(lowered)
    made: dict[int, Any] = {}
    waiting: list[tuple[Any, Any]] = []

    def known(low: Any) -> bool:
        return type(low) is not tuple or id(low) in made

    def get(low: Any) -> Any:
        return made[id(low)] if type(low) is tuple else low

    def make(root: Any) -> Any:
        work, opened = [root], set()
        while work:
            low = work.pop()
            if known(low):
                continue
            children = (nodes[low[1]],) if low[0] == REF else children_of(low)
            if low[0] in _EMPTY:
                made[id(low)] = _EMPTY[low[0]](low)
                if children:
                    waiting.append((low, made[id(low)]))
            elif low[0] == OPAQUE:
                made[id(low)] = Opaque(low[2]) if opaque is None else opaque(low[1], low[2])
            elif all(map(known, children)):
                made[id(low)] = _WHOLE[low[0]](low, list(map(get, children)))
            elif id(low) in opened:
                raise Malformed("an immutable object that contains itself")
            else:
                opened.add(id(low))
                work.append(low)
                work.extend(children)
        return get(root)

    try:
        roots = tuple(map(make, roots_of(lowered)))
        while waiting:
            low, inside = waiting.pop()
            _fill(low, inside, list(map(make, children_of(low))))
        return roots, list(map(get, nodes))
    except Malformed:
        raise
    except (ValueError, TypeError, LookupError, ArithmeticError, MemoryError) as error:
        raise Malformed("%s: %s" % (type(error).__name__, str(error)[:NAME])) from None


def load_trusted(data: bytes, *, opaque: OpaqueOut = None) -> Built:
    """Return (roots, numbered objects) of bytes that the trusted side made or its parser passed."""
    return build(marshal.loads(data), opaque=opaque)
