"""Floats with fewer digits, inside canonical values: for keys under which nearly equal results may meet.

Sign and exponent stay, of the mantissa the leading `bits` stay: low bits are dropped, not rounded, so two values on
both sides of a boundary differ however close they are. Floats are found anywhere in a value, in complex numbers and in
numpy's scalars and arrays too. Truncated sets are sorted anew, so that their order stays canonical.

Leaves out: decimals and fractions; merging set items and dict keys that have become equal (they stay as many as they
were).
"""

import marshal
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from trialrun.core import values
from trialrun.core.parse_values import parse

_MANTISSA = {2: 10, 4: 23, 8: 52}
"""Bytes of a float → bits of its mantissa."""
_WORDS = {2: "H", 4: "I", 8: "Q"}
_FLOATS = {2: "e", 4: "f", 8: "d"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncation:
    """How floats count."""

    bits: int = 48
    """Leading bits of the mantissa that count, of 52."""
    signed_zero: bool = False
    """Whether −0.0 is another value than 0.0."""
    nonfinite: Literal["distinct", "unhashable"] = "distinct"
    """Whether NaN and the infinities are values like others (all NaNs one value), or leave the key undefined."""

    def __str__(self) -> str:
        return f"floats:{self.bits}:{self.signed_zero:d}:{self.nonfinite}"


def truncate(data: bytes, rule: Truncation, *, limit: int = 16 << 20) -> bytes | None:
    """Return canonical bytes with truncated floats, or None where one of them is unhashable.

    Raises `Malformed` for bytes that are no value.
    """
    try:
        return marshal.dumps(_rebuilt(parse(data, limit=limit), rule), 2)
    except _Unhashable:
        return None


class _Unhashable(Exception):
    """A float that is not finite, where such a one leaves the key undefined."""


def truncated(number: float, rule: Truncation, size: int = 8) -> float:
    """Return one float of `size` bytes with the leading bits of its mantissa."""
    if not math.isfinite(number):
        if rule.nonfinite == "unhashable":
            raise _Unhashable
        return math.nan if math.isnan(number) else number
    (word,) = struct.unpack("<" + _WORDS[size], struct.pack("<" + _FLOATS[size], number))
    dropped = max(0, _MANTISSA[size] - rule.bits)
    kept: float = struct.unpack(
        "<" + _FLOATS[size], struct.pack("<" + _WORDS[size], word >> dropped << dropped)
    )[0]
    return kept if kept or rule.signed_zero else 0.0


def _atom(value: Any, rule: Truncation) -> Any:
    if type(value) is float:
        return truncated(value, rule)
    if type(value) is complex:
        return complex(truncated(value.real, rule), truncated(value.imag, rule))
    return value


def _rebuilt(root: Any, rule: Truncation) -> Any:
    """Return a lowered tree with truncated floats; iterative, since trees may be a thousand levels deep."""
    if type(root) is not tuple:
        return _atom(root, rule)
    frames: list[tuple[tuple[Any, ...], list[Any], Iterator[Any]]] = [(root, [], iter(root))]
    while True:
        low, out, items = frames[-1]
        for item in items:
            if type(item) is tuple:
                frames.append((item, [], iter(item)))
                break
            out.append(_atom(item, rule))
        else:
            frames.pop()
            done = _finished(low, out, rule)
            if not frames:
                return done
            frames[-1][1].append(done)


def _finished(low: tuple[Any, ...], out: list[Any], rule: Truncation) -> tuple[Any, ...]:
    if low[0] in values.SETS:
        return (low[0], *sorted(out[1:], key=lambda item: marshal.dumps(item, 2)))
    if low[0] in (values.SCALAR, values.ARRAY):
        out[2] = _numbers(out[1], out[2], rule)
    return tuple(out)


def _numbers(kind: str, data: bytes, rule: Truncation) -> bytes:
    """Return the bytes of numpy numbers with truncated floats; `kind` is a data type such as `<f8`."""
    order = ">" if kind.startswith(">") else "<"
    letter, width = kind.lstrip("<>=|")[:1], kind.lstrip("<>=|")[1:]
    if letter not in ("f", "c") or not width.isdecimal():
        return data
    size = int(width) // (2 if letter == "c" else 1)
    if size not in _FLOATS or len(data) % size:
        return data
    form = order + str(len(data) // size) + _FLOATS[size]
    return struct.pack(form, *(truncated(number, rule, size) for number in struct.unpack(form, data)))
