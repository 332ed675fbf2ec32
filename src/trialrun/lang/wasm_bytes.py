"""Bytes of WebAssembly: a reader that never reads past its end, and writers of the shortest forms.

Numbers are LEB128. Reading allows the padded forms that linkers leave, up to the length that the format allows; writing
gives the shortest form only.

Leaves out: what the numbers mean (`wasm.py`, `wasm_code.py`).
"""

from collections.abc import Callable, Iterable

from trialrun.lang.wasm_types import (
    F32,
    F64,
    I32,
    I64,
    FuncType,
    GlobalType,
    Limits,
    TableType,
    ValueType,
    WasmError,
)

NUMBERS = {0x7F: I32, 0x7E: I64, 0x7D: F32, 0x7C: F64}
HEAPS = {0x70: "func", 0x6F: "extern"}
LEFT_OUT = {0x7B: "vectors (SIMD)", 0x69: "exceptions", 0x68: "stack switching", 0x74: "exceptions"}
_BYTE_OF = {kind: byte for byte, kind in NUMBERS.items()}
_BYTE_OF_HEAP = {heap: byte for byte, heap in HEAPS.items()}
MOST_PAGES = 65_536
MOST_ELEMENTS = 10_000_000


class Reader:
    """Reads one range of bytes from its start."""

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self.data = data
        self.position = start
        self.end = len(data) if end is None else end

    def fault(self, what: str) -> WasmError:
        """Return the error that names what is wrong here."""
        return WasmError(f"at byte {self.position}: {what}")

    def byte(self) -> int:
        """Return the next byte."""
        if self.position >= self.end:
            raise self.fault("unexpected end")
        value = self.data[self.position]
        self.position += 1
        return value

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        if size > self.end - self.position:
            raise self.fault(f"{size} bytes are announced, but {self.end - self.position} are left")
        start = self.position
        self.position += size
        return self.data[start : self.position]

    def unsigned(self, bits: int = 32) -> int:
        """Read an unsigned LEB128 number of at most `bits` bits."""
        result, _ = self._leb128(bits)
        if result >> bits:
            raise self.fault("a number is too large")
        return result

    def signed(self, bits: int) -> int:
        """Read a signed LEB128 number of at most `bits` bits."""
        result, width = self._leb128(bits)
        if result >> (width - 1):
            result -= 1 << width
        if not -(1 << (bits - 1)) <= result < 1 << (bits - 1):
            raise self.fault("a number is too large")
        return result

    def _leb128(self, bits: int) -> tuple[int, int]:
        """Return the bits of the next LEB128 number, and how many there are: seven a byte."""
        result = width = 0
        while True:
            byte = self.byte()
            result |= (byte & 0x7F) << width
            width += 7
            if byte < 0x80:
                return result, width
            if width >= bits:
                raise self.fault("a number is too long")

    def count(self, what: str, most: int = 1 << 32, *, least_bytes: int = 1) -> int:
        """Read a count of items that take at least `least_bytes` each, so that it cannot ask for more than is there."""
        found = self.unsigned()
        if found > most or found * least_bytes > self.end - self.position:
            raise self.fault(f"{found} {what} cannot be here")
        return found

    def vector[T](self, what: str, item: Callable[[], T], most: int = 1_000_000) -> tuple[T, ...]:
        """Read a count and that many items."""
        return tuple(item() for _ in range(self.count(what, most)))

    def name(self) -> str:
        """Read a name: UTF-8 text with its length."""
        text = self.take(self.unsigned())
        try:
            return text.decode("utf-8")
        except UnicodeDecodeError:
            raise self.fault("a name is not UTF-8") from None

    def heap(self) -> str | int:
        """Read a heap type."""
        start = self.position
        value = self.signed(33)
        if value >= 0:
            return value
        found = HEAPS.get(value & 0x7F)
        if found is None:
            self.position = start
            raise self.fault(f"heap type {value & 0x7F:#x} is left out (garbage-collected types, exceptions)")
        return found

    def value_type(self) -> ValueType:
        """Read a value type."""
        byte = self.byte()
        if byte in NUMBERS:
            return NUMBERS[byte]
        if byte in HEAPS:
            return ValueType("ref", True, HEAPS[byte])
        if byte in (0x63, 0x64):
            return ValueType("ref", byte == 0x63, self.heap())
        raise self.fault(f"value type {byte:#x} is left out: {LEFT_OUT.get(byte, 'garbage-collected types')}")

    def function_type(self) -> FuncType:
        """Read a function type with its form."""
        form = self.byte()
        if form != 0x60:
            raise self.fault(f"type form {form:#x} is left out: only function types are read")
        params = self.vector("parameters", self.value_type, 1000)
        return FuncType(params, self.vector("results", self.value_type, 1000))

    def limits(self, most: int) -> Limits:
        """Read limits."""
        flags = self.byte()
        if flags > 1:
            raise self.fault(f"limits of kind {flags} are left out: shared or 64-bit memories")
        minimum = self.unsigned()
        maximum = self.unsigned() if flags else None
        if minimum > most or (maximum is not None and not minimum <= maximum <= max(most, 0xFFFFFFFF)):
            raise self.fault(f"limits {minimum}, {maximum} are out of range")
        return Limits(minimum, maximum)

    def memory(self) -> Limits:
        """Read the limits of a memory."""
        found = self.limits(MOST_PAGES)
        if found.maximum is not None and found.maximum > MOST_PAGES:
            raise self.fault("a memory may have 65,536 pages")
        return found

    def table_type(self) -> TableType:
        """Read a table type."""
        element = self.value_type()
        if element.kind != "ref":
            raise self.fault("a table holds references")
        return TableType(element, self.limits(MOST_ELEMENTS))

    def global_type(self) -> GlobalType:
        """Read a global type."""
        value = self.value_type()
        mutable = self.byte()
        if mutable > 1:
            raise self.fault("a global is mutable (1) or not (0)")
        return GlobalType(value, bool(mutable))


# -- writing


def unsigned(value: int) -> bytes:
    """Return a non-negative number in the shortest LEB128 form.

    >>> unsigned(624485).hex()
    'e58e26'
    """
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> bytes:
    """Return a number in the shortest signed LEB128 form.

    >>> signed(-123456).hex()
    'c0bb78'
    """
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def sized(content: bytes) -> bytes:
    """Return content behind its length."""
    return unsigned(len(content)) + content


def vector(items: Iterable[bytes]) -> bytes:
    """Return encoded items behind their number."""
    parts = list(items)
    return unsigned(len(parts)) + b"".join(parts)


def name(text: str) -> bytes:
    """Return a name."""
    return sized(text.encode("utf-8"))


def heap(value: str | int) -> bytes:
    """Return a heap type."""
    return signed(value) if isinstance(value, int) else bytes((_BYTE_OF_HEAP[value],))


def value_type(kind: ValueType) -> bytes:
    """Return a value type."""
    if kind.kind != "ref":
        return bytes((_BYTE_OF[kind],))
    if kind.nullable and isinstance(kind.heap, str):
        return heap(kind.heap)
    return (b"\x63" if kind.nullable else b"\x64") + heap(kind.heap)


def function_type(found: FuncType) -> bytes:
    """Return a function type with its form."""
    return b"\x60" + vector(map(value_type, found.params)) + vector(map(value_type, found.results))


def limits(found: Limits) -> bytes:
    """Return limits."""
    if found.maximum is None:
        return b"\x00" + unsigned(found.minimum)
    return b"\x01" + unsigned(found.minimum) + unsigned(found.maximum)


def table_type(found: TableType) -> bytes:
    """Return a table type."""
    return value_type(found.element) + limits(found.limits)


def global_type(found: GlobalType) -> bytes:
    """Return a global type."""
    return value_type(found.value) + (b"\x01" if found.mutable else b"\x00")
