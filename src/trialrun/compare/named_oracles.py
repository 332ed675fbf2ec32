"""Named oracles of data sets: how an answer is judged where equality with the reference's answer is not the
rule.

An oracle is a pure function of the case's arguments, the answer and the reference's answer. Answers are
canonical bytes that a hostile program may have chosen: they are read as lowered trees (`core/values.py`),
never built, and nothing of them is hashed but whole byte strings; numbers of steps are bounded. Results are
True, False, or None where the evidence does not decide.

Leaves out: equality and tolerance themselves (the run's comparator comes in as `equal`), answers that are
no value (exceptions, timeouts: they fail before an oracle is asked).

Source: EvalPlus 0.3.1, `evalplus/eval/__init__.py` and `_special_oracle.py`; where this file differs, it
says so.
"""

import itertools
import marshal
import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

from trialrun.core import parse_values, values

Equal = Callable[[bytes, bytes], bool | None]
"""The run's comparator at the check's tolerance: (answer, reference's answer) → equal, different, unknown."""

Oracle = Callable[[tuple[Any, ...], Any, Any, bool | None, float], bool | None]
"""(arguments, lowered answer, lowered reference's answer, what `equal` said, tolerance) → verdict."""

_STEPS = 200_000
_DEPTH = 50


def judge(
    oracle: str, args: tuple[Any, ...], got: bytes, expected: bytes, *, equal: Equal, atol: float = 0.0
) -> bool | None:
    """Judge one answer by a named oracle.

    `args` are the case's own arguments (trusted), `got` the candidate's answer (hostile), `expected` the
    reference's. Raises KeyError for a name that is not in `ORACLES`, and `Malformed` for bytes that are no
    value.
    """
    lowered = parse_values.parse(got)
    reference = parse_values.parse(expected)
    return ORACLES[oracle](args, lowered, reference, equal(got, expected), atol)


def polynomial_root(
    args: tuple[Any, ...], got: Any, expected: Any, same: bool | None, atol: float
) -> bool | None:
    """HumanEval/32: any x whose value is zero within the tolerance and the rounding of its sum, or the reference's x.

    Both additions are ours. Where the terms are large the exact root, rounded to a float, misses a fixed tolerance;
    and the reference (Newton's method, which CPython 3.12 moved by adding floats more exactly) misses it on 7 of the
    888 inputs. EvalPlus 0.3.1 accepts a root and then forgets to count it, so no program passes there.
    """
    x = _number(got)
    if x is None or isinstance(x, complex):
        return False
    if type(got) is float and got == expected:
        return True
    try:
        if not math.isfinite(x):
            return False
        terms: list[float] = [coefficient * math.pow(x, power) for power, coefficient in enumerate(args[0])]
        value = abs(math.fsum(terms))
    except (OverflowError, ValueError):
        return False
    # Each term is off by at most (power + 1) roundings, and x by half a unit in its last place.
    rounding = sum(abs(term) * (2 * power + 2) for power, term in enumerate(terms)) * 2.0**-53
    return value <= atol + rounding


def set_equal(args: tuple[Any, ...], got: Any, expected: Any, same: bool | None, atol: float) -> bool | None:
    """Eight MBPP tasks (seven in v0.2.0): the same items in any order, however often.

    Items that cannot be in a set fail; answers of floats may be close, in order, instead.
    """
    found = _same_items(got, expected)
    return True if found is not True and same is True and _all_floats(expected) else found


def not_none(args: tuple[Any, ...], got: Any, expected: Any, same: bool | None, atol: float) -> bool | None:
    """Three MBPP tasks that return a match or None: only whether there is one, or that said as a bool."""
    matched = expected is not None
    return got is matched if isinstance(got, bool) else (got is not None) is matched


def any_answer(args: tuple[Any, ...], got: Any, expected: Any, same: bool | None, atol: float) -> bool | None:
    """Mbpp/164: whatever was returned passes."""
    return True


def equal_or_zero(
    args: tuple[Any, ...], got: Any, expected: Any, same: bool | None, atol: float
) -> bool | None:
    """Mbpp/295: the reference's answer, or zero."""
    return same is True or _equals(got, 0) or same


def digit_distance(
    args: tuple[Any, ...], got: Any, expected: Any, same: bool | None, atol: float
) -> bool | None:
    """Mbpp/558: the reference's answer, or that for numbers filled up with zeros to one length."""
    one, two = str(args[0]), str(args[1])
    width = max(len(one), len(two))
    distance = sum(abs(int(a) - int(b)) for a, b in zip(one.zfill(width), two.zfill(width), strict=True))
    return same is True or _equals(got, distance) or same


def pyramid_surface(
    args: tuple[Any, ...], got: Any, expected: Any, same: bool | None, atol: float
) -> bool | None:
    """Mbpp/581: the reference's answer (slant height), or the rounded surface for a perpendicular height."""
    edge, height = args
    surface = round(edge**2 + 2 * edge * math.sqrt((edge / 2) ** 2 + height**2))
    x = _number(got)
    return same is True or (x is not None and _close(x, surface, atol)) or same


ORACLES: dict[str, Oracle] = {
    "polynomial-root": polynomial_root,
    "set-equal": set_equal,
    "not-none": not_none,
    "any-answer": any_answer,
    "equal-or-zero": equal_or_zero,
    "digit-distance": digit_distance,
    "pyramid-surface": pyramid_surface,
}
"""Every oracle that a task may name."""

WEAK_ORACLES = frozenset({"any-answer", "equal-or-zero"})
"""Oracles that one constant answer satisfies on every input; a pass by them says next to nothing."""


# ----------------------------------------------------------------------------------------------- numbers


def _equals(low: Any, number: int) -> bool:
    x = _number(low)
    return x is not None and x == number


def _close(x: complex, number: int, atol: float) -> bool:
    try:
        return abs(x - number) <= atol
    except OverflowError:
        return False


def _number(low: Any) -> int | float | complex | None:
    """Return the number that a lowered value is, numpy scalars and fractions among them, or None."""
    if type(low) is tuple and low[0] == values.SUBCLASS:
        low = low[2]
    if isinstance(low, int | float | complex):
        return low
    if type(low) is not tuple:
        return None
    try:
        if low[0] == values.FRACTION:
            return float(low[1] / low[2])
        if low[0] == values.SCALAR:
            return _scalar(low[1], low[2])
    except (OverflowError, ZeroDivisionError, struct.error):
        return None
    return None


def _scalar(dtype: str, data: bytes) -> int | float | None:
    """Return the number in the bytes of a numpy scalar."""
    kind, order = dtype[1:2], ">" if dtype[:1] == ">" else "<"
    if kind in ("i", "u", "b"):
        return int.from_bytes(data, "big" if order == ">" else "little", signed=kind == "i")
    code = {2: "e", 4: "f", 8: "d"}.get(len(data)) if kind == "f" else None
    return None if code is None else float(struct.unpack(order + code, data)[0])


def _all_floats(low: Any) -> bool:
    if isinstance(low, float):
        return True
    sequence = type(low) is tuple and low[0] in (values.LIST, values.TUPLE)
    return sequence and len(low) > 1 and all(isinstance(item, float) for item in low[1:])


# ------------------------------------------------------------------------------------------------- sets


class _NotInSet(Exception):
    """An item cannot be in a set, or a value cannot be iterated."""


class _Undecided(Exception):
    """An opaque item, or more work than an answer is worth."""


def _same_items(got: Any, expected: Any) -> bool | None:
    """Compare as `set(got) == set(expected)` would, without hashing what the program chose."""
    try:
        return _keys(got) == _keys(expected)
    except _NotInSet:
        return False
    except _Undecided:
        return None


def _keys(low: Any) -> list[bytes]:
    """Return the sorted, distinct keys of the items of an iterable; equal items have equal keys."""
    nodes = values.index(low)
    steps = itertools.count()
    keys = sorted(marshal.dumps(_key(item, nodes, steps, 0), 2) for item in _items(low))
    return [key for key, _ in itertools.groupby(keys)]


def _items(low: Any) -> tuple[Any, ...] | list[Any] | str:
    if type(low) is tuple and low[0] == values.SUBCLASS:
        low = low[2]
    if isinstance(low, str):
        return low
    if isinstance(low, bytes):
        return list(low)
    if type(low) is not tuple:
        raise _NotInSet
    tag = low[0]
    if tag == values.ITERATOR and low[2]:
        raise _Undecided  # more items than were read
    if tag == values.RANGE:
        span = range(*low[1:]) if low[3] else range(0)
        if span[_STEPS:]:
            raise _Undecided
        return list(span)
    children: tuple[Any, ...] = values.children_of(low)
    if values.SHAPES[tag][2] == "even":
        return children[::2]
    if tag in (values.LIST, values.TUPLE, values.SET, values.FROZENSET, values.DEQUE, values.NAMEDTUPLE):
        return children
    if tag in (values.ITERATOR, values.VIEW):
        return children
    if tag == values.OPAQUE:
        raise _Undecided
    raise _NotInSet


_UNHASHABLE = frozenset(
    (
        *(values.LIST, values.DICT, values.SET, values.BYTEARRAY, values.DEQUE, values.ODICT),
        *(values.DEFAULTDICT, values.COUNTER, values.ARRAY, values.SERIES, values.FRAME),
    )
)


def _key(low: Any, nodes: list[Any], steps: Iterator[int], depth: int) -> Any:
    """Return atoms and nested tuples that are alike exactly where Python finds two set items equal."""
    if next(steps) > _STEPS or depth > _DEPTH:
        raise _Undecided
    if type(low) is not tuple:
        return _atom_key(low)
    tag = low[0]
    if tag == values.REF:
        return _key(nodes[low[1]], nodes, steps, depth + 1)
    if tag == values.SUBCLASS:
        return _key(low[2], nodes, steps, depth + 1)
    if tag in _UNHASHABLE:
        raise _NotInSet
    if tag in (values.TUPLE, values.NAMEDTUPLE):
        items = values.children_of(low)
        return ("tuple", *(_key(item, nodes, steps, depth + 1) for item in items))
    if tag == values.FROZENSET:
        keys = sorted({marshal.dumps(_key(item, nodes, steps, depth + 1), 2) for item in low[1:]})
        return ("frozenset", *keys)
    number = _number(low)
    if number is not None:
        return _atom_key(number)
    raise _Undecided


def _atom_key(value: Any) -> Any:
    """Map numbers that are equal to one atom; a NaN equals nothing, not even itself."""
    if isinstance(value, complex) and value.imag == 0:
        value = value.real
    if isinstance(value, complex | float) and value != value:
        raise _NotInSet
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    if isinstance(value, complex):
        return complex(value.real + 0.0, value.imag)
    return value
