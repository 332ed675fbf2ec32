"""Reads canonical values that a hostile program sent: from bytes to a checked tree, to objects, to text.

The trusted half of `core/values.py`, never sent to a child. `parse` is a bounded, iterative decoder of just
the part of `marshal` version 2 that `encode` writes (`marshal.loads` may crash on hostile bytes). Its trees
have the shapes of `values.SHAPES`, so those who walk them need no checks of their own.

Leaves out: whether set items are sorted and dict keys distinct (comparators sort for themselves).
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any

from trialrun.core import values
from trialrun.core.build_values import Built, OpaqueOut, build
from trialrun.core.values import DEPTH, REF, SHAPES, SUBCLASS, Malformed

_i32 = struct.Struct("<i").unpack_from
_u32 = struct.Struct("<I").unpack_from
_f64 = struct.Struct("<d").unpack_from
_c128 = struct.Struct("<dd").unpack_from
_SINGLES = {ord("N"): None, ord("T"): True, ord("F"): False, ord("."): ...}
_INT, _LONG, _FLOAT, _COMPLEX, _STR, _BYTES, _TUPLE = b"ilgyus("


def _long(digits: bytes, negative: bool) -> int:
    """Join little-endian 15-bit digits, in linear time."""
    if not digits or max(digits[1::2]) > 0x7F or digits[-2:] == b"\0\0":
        raise Malformed("a long integer is not normalised")
    blocks = -(-len(digits) // 16)
    value = int.from_bytes(digits, "little")
    for width, shift in ((2, 1), (4, 2), (8, 4)):  # squeeze out the unused bits: 8 digits become 15 bytes
        low = int.from_bytes((b"\xff" * width + b"\0" * width) * (blocks * 8 // width), "little")
        value = (value & low) | ((value & (low << 8 * width)) >> shift)
    packed = bytearray(value.to_bytes(blocks * 16, "little"))
    del packed[15::16]
    value = -int.from_bytes(packed, "little") if negative else int.from_bytes(packed, "little")
    if -(1 << 31) <= value < 1 << 31:
        raise Malformed("a short integer is written long")
    return value


def _read(data: bytes) -> Any:
    size, pos = len(data), 0
    frames: list[tuple[list[Any], int]] = []
    out: list[Any] = []
    want = 1
    while True:
        code = data[pos]
        pos += 1
        value: Any
        if code == _INT:
            value = _i32(data, pos)[0]
            pos += 4
        elif code == _FLOAT:
            value = _f64(data, pos)[0]
            pos += 8
        elif code in _SINGLES:
            value = _SINGLES[code]
        elif code == _COMPLEX:
            value = complex(*_c128(data, pos))
            pos += 16
        elif code == _LONG:
            count = _i32(data, pos)[0]
            end = pos + 4 + 2 * abs(count)
            if end > size:
                raise Malformed("truncated")
            value = _long(data[pos + 4 : end], count < 0)
            pos = end
        elif code in (_STR, _BYTES, _TUPLE):
            count = _u32(data, pos)[0]
            pos += 4
            if count > size - pos:
                raise Malformed("a length passes the end")
            if code == _TUPLE:
                if not count or len(frames) > DEPTH + 1:  # the graph around, a reference inside
                    raise Malformed("an empty tuple, or too deep")
                frames.append((out, want))
                out, want = [], count
                continue
            value = data[pos : pos + count]
            if code == _STR:
                value = value.decode("utf-8", "surrogatepass")
            pos += count
        else:
            raise Malformed(f"unknown type code {code}")
        out.append(value)
        while len(out) == want:
            if not frames:
                if pos != size:
                    raise Malformed("bytes after the end")
                return out[0]
            done = tuple(out)
            out, want = frames.pop()
            out.append(done)


def parse(data: bytes, *, limit: int = 16 << 20) -> Any:
    """Return the lowered tree of hostile bytes; raises `Malformed` for what `encode` cannot have written.

    Time and memory are linear in `len(data)`; nothing is executed, imported or hashed.
    """
    if len(data) > limit:
        raise Malformed(f"{len(data)} bytes, the limit is {limit}")
    try:
        lowered = _read(bytes(data))
    except (IndexError, struct.error):
        raise Malformed("truncated") from None
    except UnicodeDecodeError:
        raise Malformed("text is not UTF-8") from None
    if type(lowered) is tuple:
        values.index(lowered, _check)
    return lowered


_COUNTS: dict[str, Callable[[tuple[Any, ...], int], int]] = {
    "none": lambda low, n: 0,
    "one": lambda low, n: 1,
    "three": lambda low, n: 3,
    "even": lambda low, n: n + n % 2,
    "any": lambda low, n: n,
    "fields": lambda low, n: len(low[2].split()),
}
_BARE = (REF, values.OPAQUE, SUBCLASS, values.ENUM, values.DATACLASS, values.NAMEDTUPLE)
"""Tags that never stand inside a class tag."""


def _check(low: tuple[Any, ...], loose: bool, numbered: int) -> None:
    """Raise `Malformed` where one lowered tuple differs from `SHAPES`."""
    tag = low[0]
    shape = SHAPES.get(tag) if type(tag) is int else None
    if shape is None or tag == values.GRAPH:
        raise Malformed("unknown tag")
    name, header, rule = shape
    count = len(low) - 1 - len(header)
    if count < 0 or any(type(low[i + 1]) not in kinds for i, kinds in enumerate(header)):
        raise Malformed(f"bad header of {name}")
    if count != _COUNTS[rule](low, count):
        raise Malformed(f"{count} items in {name}")
    if tag == REF and (loose or not 0 <= low[1] < numbered):
        raise Malformed("a reference to nothing")
    if tag == SUBCLASS and type(low[2]) is tuple and type(low[2][0]) is int and low[2][0] in _BARE:
        raise Malformed("a class tag around a tag that never has one")


def decode(data: bytes, *, limit: int = 16 << 20, opaque: OpaqueOut = None) -> Built:
    """Parse, then build: only where the sender may make this process spend (see `build_values.build`)."""
    return build(parse(data, limit=limit), opaque=opaque)


def is_certain(lowered: Any) -> bool:
    """Return whether a value holds nothing of unknown equality: no opaque object, no iterator cut short."""
    certain = True

    def look(low: tuple[Any, ...], loose: bool, numbered: int) -> None:
        nonlocal certain
        if low[0] == values.OPAQUE or (low[0] == values.ITERATOR and low[2]):
            certain = False

    if type(lowered) is tuple:
        values.index(lowered, look)
    return certain


# -------------------------------------------------------------------------------- text

_BRACKETS = {
    values.LIST: ("[", "]"),
    values.TUPLE: ("(", ")"),
    values.SET: ("{", "}"),
    values.FROZENSET: ("frozenset({", "})"),
    values.DICT: ("{", "}"),
    values.ODICT: ("OrderedDict({", "})"),
    values.COUNTER: ("Counter({", "})"),
    values.BYTEARRAY: ("bytearray(", ")"),
}
_NAMED = (SUBCLASS, values.ENUM, values.NAMEDTUPLE, values.DATACLASS, values.VIEW)


def _atom_text(v: Any, limit: int) -> str:
    if isinstance(v, (str, bytes)):
        return repr(v[:limit]) + ("…" if len(v) > limit else "")
    if isinstance(v, int) and v.bit_length() > 2000:  # decimal digits of a huge number take quadratic time
        return f"<int of {v.bit_length()} bits>"
    return repr(v)


def _joined(items: tuple[Any, ...], rule: str) -> Iterator[tuple[bool, Any]]:
    for i, item in enumerate(items):
        if i:
            yield False, ": " if rule == "even" and i % 2 else ", "
        yield True, item


def _pieces(low: tuple[Any, ...]) -> Iterator[tuple[bool, Any]]:
    """Yield (is a lowered value, value or text) of one tuple."""
    tag = low[0]
    name, header, rule = SHAPES[tag]
    facts, children = low[1 : 1 + len(header)], values.children_of(low)
    if tag in (REF, values.OPAQUE):
        yield False, f"<object {low[1]} again>" if tag == REF else f"<{_bare(low[2])}>"
        return
    left, right = _BRACKETS.get(tag, (name + "(", ")"))
    if tag in _NAMED:  # the first fact is a class name; field names are not shown
        left, facts = _bare(facts[0]) + "(", facts[1:] if rule != "fields" else ()
    if tag == values.SET and not children:
        left, right = "set(", ")"
    yield False, left
    yield from _joined(facts + children if facts else children, rule if not facts else "")
    yield False, ",)" if tag == values.TUPLE and len(children) == 1 else right


def _bare(name: str) -> str:
    return repr(name)[1:-1]


def render(value: Any, *, limit: int = 2000) -> str:
    """Return bounded text, much like `repr`, of canonical bytes or of a lowered tree.

    Control characters are escaped and nothing is executed. Bytes that are no value are said to be malformed.

    >>> from trialrun.core.values import encode
    >>> render(encode({"a": [1, (2.5,)], "b": {3}}))
    "{'a': [1, (2.5,)], 'b': {3}}"
    """
    if isinstance(value, bytes):
        try:
            value = parse(value, limit=max(len(value), 1))
        except Malformed as error:
            return f"<malformed: {error}>"
    parts: list[str] = []
    length = 0
    stack = [_joined(values.roots_of(value), "")]
    while stack and length <= limit:
        for is_value, piece in stack[-1]:
            if is_value and type(piece) is tuple:
                stack.append(_pieces(piece))
                break
            parts.append(_atom_text(piece, limit) if is_value else piece)
            length += len(parts[-1])
            if length > limit:
                break
        else:
            stack.pop()
    text = "".join(parts)
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"
