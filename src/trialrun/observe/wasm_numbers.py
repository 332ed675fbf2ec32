"""Arithmetic of WebAssembly on bit patterns: every number is an unsigned int of its width, floats too.

So loads, stores and constants are exact, NaN payloads included; where arithmetic makes a NaN it is the canonical one,
as wasmtime makes it under `cranelift_nan_canonicalization`.

Leaves out: vectors. Source: WebAssembly Core Specification, chapter 4.3.
"""

import math
import struct
from collections.abc import Callable
from typing import Any

from trialrun.lang.wasm_opcodes import OPS

M32, M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
_NAN = {32: 0x7FC00000, 64: 0x7FF8000000000000}
_LAYOUT = {32: ("<I", "<f"), 64: ("<Q", "<d")}
_LARGEST_F32 = float.fromhex("0x1.fffffep+127")
_ROUNDS_UP = float.fromhex("0x1.ffffffp+127")
"""From here on a double rounds to an infinite single."""


class Trap(Exception):
    """The program did what WebAssembly stops it for."""


def signed(value: int, bits: int) -> int:
    """Return the two's complement reading of a bit pattern."""
    return value - (1 << bits) if value >> (bits - 1) else value


def to_float(value: int, bits: int) -> float:
    """Return the float whose bits these are."""
    bytes_of, float_of = _LAYOUT[bits]
    found: float = struct.unpack(float_of, struct.pack(bytes_of, value))[0]
    return found


def from_float(value: float, bits: int) -> int:
    """Return the bits of a float, rounded to the width; the canonical NaN for any NaN."""
    if value != value:
        return _NAN[bits]
    if bits == 32 and abs(value) > _LARGEST_F32:
        value = math.copysign(math.inf if abs(value) >= _ROUNDS_UP else _LARGEST_F32, value)
    bytes_of, float_of = _LAYOUT[bits]
    found: int = struct.unpack(bytes_of, struct.pack(float_of, value))[0]
    return found


# -- integers


def _divide(bits: int, what: str) -> Callable[[int, int], int]:
    mask, low = (1 << bits) - 1, 1 << (bits - 1)

    def unsigned_divide(a: int, b: int) -> int:
        if b == 0:
            raise Trap("integer divide by zero")
        return a // b if what == "div_u" else a % b

    def signed_divide(a: int, b: int) -> int:
        if b == 0:
            raise Trap("integer divide by zero")
        if what == "div_s" and a == low and b == mask:
            raise Trap("integer overflow")
        x, y = signed(a, bits), signed(b, bits)
        quotient = abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
        return (quotient if what == "div_s" else x - quotient * y) & mask

    return signed_divide if what.endswith("_s") else unsigned_divide


def _integer_binary(bits: int) -> dict[str, Callable[[int, int], int]]:
    mask, turn = (1 << bits) - 1, bits - 1
    found: dict[str, Callable[[int, int], int]] = {
        "add": lambda a, b: a + b & mask,
        "sub": lambda a, b: a - b & mask,
        "mul": lambda a, b: a * b & mask,
        "and": lambda a, b: a & b,
        "or": lambda a, b: a | b,
        "xor": lambda a, b: a ^ b,
        "shl": lambda a, b: a << (b & turn) & mask,
        "shr_u": lambda a, b: a >> (b & turn),
        "shr_s": lambda a, b: signed(a, bits) >> (b & turn) & mask,
        "rotl": lambda a, b: (a << (b & turn) | a >> (-b & turn)) & mask,
        "rotr": lambda a, b: (a >> (b & turn) | a << (-b & turn)) & mask,
        "eq": lambda a, b: int(a == b),
        "ne": lambda a, b: int(a != b),
        "lt_u": lambda a, b: int(a < b),
        "gt_u": lambda a, b: int(a > b),
        "le_u": lambda a, b: int(a <= b),
        "ge_u": lambda a, b: int(a >= b),
        # Adding half the range turns the order of signed numbers into that of unsigned ones.
        "lt_s": lambda a, b: int((a + half & mask) < (b + half & mask)),
        "gt_s": lambda a, b: int((a + half & mask) > (b + half & mask)),
        "le_s": lambda a, b: int((a + half & mask) <= (b + half & mask)),
        "ge_s": lambda a, b: int((a + half & mask) >= (b + half & mask)),
    }
    half = 1 << (bits - 1)
    return found | {name: _divide(bits, name) for name in ("div_s", "div_u", "rem_s", "rem_u")}


def _integer_unary(bits: int) -> dict[str, Callable[[int], int]]:
    mask = (1 << bits) - 1

    def extend(width: int) -> Callable[[int], int]:
        return lambda a: signed(a & ((1 << width) - 1), width) & mask

    return {
        "eqz": lambda a: int(a == 0),
        "clz": lambda a: bits - a.bit_length(),
        "ctz": lambda a: (a & -a).bit_length() - 1 if a else bits,
        "popcnt": lambda a: a.bit_count(),
        "extend8_s": extend(8),
        "extend16_s": extend(16),
        "extend32_s": extend(32),
        "extend_i32_s": extend(32),
        "extend_i32_u": lambda a: a,
        "wrap_i64": lambda a: a & M32,
        "reinterpret_f32": lambda a: a,
        "reinterpret_f64": lambda a: a,
    }


def _truncate(bits: int, name: str) -> Callable[[int], int]:
    """Return a float-to-integer conversion such as `trunc_f32_s` or `trunc_sat_f64_u`."""
    source = 32 if "f32" in name else 64
    saturating, is_signed = "sat" in name, name.endswith("_s")
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if is_signed else (0, (1 << bits) - 1)

    def truncate(a: int) -> int:
        value = to_float(a, source)
        if value != value:
            if saturating:
                return 0
            raise Trap("invalid conversion to integer")
        whole = (low - 1 if value < 0 else high + 1) if math.isinf(value) else int(value)
        if not low <= whole <= high:
            if not saturating:
                raise Trap("integer overflow")
            whole = low if whole < low else high
        return whole & ((1 << bits) - 1)

    return truncate


# -- floats


def _minimum(x: float, y: float) -> float:
    if x != x or y != y:
        return math.nan
    return min(x, y) if x != y else (x if math.copysign(1, x) < 0 else y)


def _maximum(x: float, y: float) -> float:
    if x != x or y != y:
        return math.nan
    return max(x, y) if x != y else (x if math.copysign(1, x) > 0 else y)


def _quotient(x: float, y: float) -> float:
    if y != 0:
        return x / y
    return math.nan if x == 0 or x != x else math.copysign(math.inf, x) * math.copysign(1, y)


def _product(x: float, y: float) -> float:
    return x * y


def _whole(round_half: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: x if math.isinf(x) or x != x else math.copysign(round_half(x), x)


_FLOAT_BINARY: dict[str, Callable[[float, float], float]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": _product,
    "div": _quotient,
    "min": _minimum,
    "max": _maximum,
}
_FLOAT_UNARY: dict[str, Callable[[float], float]] = {
    "ceil": _whole(math.ceil),
    "floor": _whole(math.floor),
    "trunc": _whole(math.trunc),
    "nearest": _whole(round),
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
}
_FLOAT_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y,
    "lt": lambda x, y: x < y,
    "gt": lambda x, y: x > y,
    "le": lambda x, y: x <= y,
    "ge": lambda x, y: x >= y,
}


def _float_operation(bits: int, name: str) -> Callable[..., int]:
    sign = 1 << (bits - 1)
    if name in _FLOAT_BINARY:
        binary = _FLOAT_BINARY[name]
        return lambda a, b: from_float(binary(to_float(a, bits), to_float(b, bits)), bits)
    if name in _FLOAT_COMPARE:
        compare = _FLOAT_COMPARE[name]
        return lambda a, b: int(compare(to_float(a, bits), to_float(b, bits)))
    if name in _FLOAT_UNARY:
        unary = _FLOAT_UNARY[name]
        return lambda a: from_float(unary(to_float(a, bits)), bits)
    if name == "abs":
        return lambda a: a & ~sign
    if name == "neg":
        return lambda a: a ^ sign
    if name == "copysign":
        return lambda a, b: a & ~sign | b & sign
    if name in ("promote_f32", "demote_f64"):
        source = 96 - bits
        return lambda a: from_float(to_float(a, source), bits)
    if name.startswith("convert"):
        source = 32 if "i32" in name else 64
        is_signed = name.endswith("_s")
        return lambda a: _from_integer(signed(a, source) if is_signed else a, bits)
    return lambda a: int(a)  # reinterpret


def _from_integer(value: int, bits: int) -> int:
    """Round an integer to a float once: by way of a double, a single would be rounded twice."""
    if bits == 64 or abs(value) < 1 << 53:
        return from_float(float(value), bits)
    extra = abs(value).bit_length() - 25
    low = abs(value) & ((1 << extra) - 1)
    sticky = (abs(value) >> extra << extra) | (1 << (extra - 1) if low >> (extra - 1) else 0) | int(low != 0)
    # 25 bits, the half and a sticky bit far below: what is left rounds in a double without reaching the half.
    kept = sticky >> max(extra - 8, 0) | int(bool(sticky & ((1 << max(extra - 8, 0)) - 1)))
    return from_float(math.copysign(math.ldexp(kept, max(extra - 8, 0)), value), bits)


def _operations() -> dict[int, Callable[..., Any]]:
    binary = {bits: _integer_binary(bits) for bits in (32, 64)}
    unary = {bits: _integer_unary(bits) for bits in (32, 64)}
    found: dict[int, Callable[..., Any]] = {}
    for code, op in OPS.items():
        family, _, name = op.name.partition(".")
        if op.type is None or op.imm.value != "none" or family not in ("i32", "i64", "f32", "f64"):
            continue
        bits = int(family[1:])
        if family[0] == "f":
            found[code] = _float_operation(bits, name)
        elif name.startswith("trunc"):
            found[code] = _truncate(bits, name)
        else:
            found[code] = (binary if len(op.type.params) == 2 else unary)[bits][name]
    return found


NUMERIC: dict[int, Callable[..., Any]] = _operations()
"""What each numeric instruction makes of its operands."""
UNARY = frozenset(code for code in NUMERIC if OPS[code].type and len(OPS[code].type.params) == 1)  # type: ignore[union-attr]
"""Those that take one operand."""
