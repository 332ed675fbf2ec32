"""Instructions of WebAssembly: code read into a list, and single instructions written.

`read_code` checks form only: known opcodes, immediates that can be read, blocks that are closed. Offsets count from
the start of the function's body, as in Wizard's reports, so that (function, offset) names an instruction.

Leaves out: types and index spaces (`wasm_validate.py`).
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from trialrun.lang import wasm_bytes
from trialrun.lang.wasm_bytes import HEAPS, NUMBERS, Reader, signed, unsigned
from trialrun.lang.wasm_opcodes import ELSE, END, IF, OPS, STARTS, Imm
from trialrun.lang.wasm_types import FuncType, ValueType, WasmError

MOST_LABELS = 65_520
MOST_NESTED = 2_000
"""Depth of blocks; deeper code is refused, so that nobody who recurses over blocks is taken down."""

BlockType = ValueType | int | None
"""Result type, index of a function type, or nothing."""


class Instr(NamedTuple):
    """One instruction in its place."""

    offset: int
    """Bytes from the start of the body."""
    op: int
    imm: Any = None
    """A number, a tuple of numbers, a block type …, as its `Imm` says; floats as their bits."""

    @property
    def name(self) -> str:
        """Return the mnemonic."""
        return OPS[self.op].name


def read_code(code: bytes, base: int = 0) -> list[Instr]:
    """Return the instructions of a body, the final `end` included. Raises `WasmError`."""
    reader = Reader(code)
    found: list[Instr] = []
    open_blocks: list[int] = []
    while True:
        start = reader.position
        instr = _instruction(reader, base + start)
        found.append(instr)
        if instr.op in STARTS:
            open_blocks.append(instr.op)
            if len(open_blocks) > MOST_NESTED:
                raise reader.fault(f"blocks are nested more than {MOST_NESTED:,} deep")
        elif instr.op == ELSE:
            if not open_blocks or open_blocks[-1] != IF:
                raise reader.fault("an else without its if")
            open_blocks[-1] = ELSE
        elif instr.op == END:
            if not open_blocks:
                break
            open_blocks.pop()
    if reader.position != len(code):
        raise reader.fault("code goes on after the end of the function")
    return found


def read_expression(reader: Reader) -> bytes:
    """Read a constant expression up to its `end`; return its bytes."""
    start = reader.position
    while _instruction(reader, 0).op != END:
        pass
    return reader.data[start : reader.position]


def _instruction(reader: Reader, offset: int) -> Instr:
    op = reader.byte()
    if op == 0xFC:
        op = 0xFC00 | min(reader.unsigned(), 0xFF)
    known = OPS.get(op)
    if known is None:
        raise reader.fault(f"opcode {op:#x} is left out or unknown")
    read = _READERS.get(known.imm)
    return Instr(offset, op, read(reader) if read is not None else None)


def _block_type(reader: Reader) -> BlockType:
    byte = reader.data[reader.position] if reader.position < reader.end else reader.byte()
    if byte == 0x40:
        reader.byte()
        return None
    if byte in NUMBERS or byte in HEAPS or byte in (0x63, 0x64):
        return reader.value_type()
    index = reader.signed(33)
    if index < 0:
        raise reader.fault("a block type that is left out: vectors or garbage-collected types")
    return index


def _labels(reader: Reader) -> tuple[int, ...]:
    labels = reader.vector("labels", reader.unsigned, MOST_LABELS)
    return (*labels, reader.unsigned())


def _memarg(reader: Reader) -> tuple[int, int, int]:
    flags = reader.unsigned()
    memory = reader.unsigned() if flags & 0x40 else 0
    if flags & ~0x40 > 32:
        raise reader.fault("an alignment that is too large")
    return flags & ~0x40, reader.unsigned(), memory


def _pair(reader: Reader) -> tuple[int, int]:
    return reader.unsigned(), reader.unsigned()


_READERS: dict[Imm, Callable[[Reader], Any]] = {
    Imm.BLOCK: _block_type,
    Imm.LABELS: _labels,
    Imm.MEMARG: _memarg,
    Imm.I32: lambda reader: reader.signed(32) & 0xFFFFFFFF,
    Imm.I64: lambda reader: reader.signed(64) & 0xFFFFFFFFFFFFFFFF,
    Imm.F32: lambda reader: struct.unpack("<I", reader.take(4))[0],
    Imm.F64: lambda reader: struct.unpack("<Q", reader.take(8))[0],
    Imm.TYPES: lambda reader: reader.vector("types", reader.value_type, 1000),
    Imm.HEAP: Reader.heap,
}
_INDICES = (
    Imm.LABEL,
    Imm.FUNCTION,
    Imm.TYPE,
    Imm.LOCAL,
    Imm.GLOBAL,
    Imm.TABLE,
    Imm.MEMORY,
    Imm.DATA,
    Imm.ELEM,
)
_PAIRS = (Imm.CALL_INDIRECT, Imm.DATA_MEMORY, Imm.MEMORIES, Imm.ELEM_TABLE, Imm.TABLES)
_READERS |= dict.fromkeys(_INDICES, Reader.unsigned) | dict.fromkeys(_PAIRS, _pair)


def locals_of(body_locals: Sequence[tuple[int, ValueType]]) -> list[ValueType]:
    """Return the declared locals, one by one."""
    return [kind for count, kind in body_locals for _ in range(count)]


def block_signature(kind: BlockType, types: Sequence[FuncType]) -> FuncType:
    """Return what a block takes and gives. Raises `WasmError` for a type that is not there."""
    if kind is None:
        return FuncType()
    if isinstance(kind, ValueType):
        return FuncType((), (kind,))
    if kind >= len(types):
        raise WasmError(f"a block has type {kind}, but there are {len(types)} types")
    return types[kind]


# -- writing


def write(op: int, imm: Any = None) -> bytes:
    """Return one instruction; `imm` as `Instr` holds it, integer constants also as signed numbers.

    >>> write(0x41, -1).hex(), write(0x29, (3, 8, 1)).hex()
    ('417f', '29430108')
    """
    head = bytes((op,)) if op <= 0xFF else b"\xfc" + unsigned(op & 0xFF)
    kind = OPS[op].imm
    writer = _WRITERS.get(kind)
    if writer is not None:
        return head + writer(imm)
    if imm is None:
        return head
    return head + (unsigned(imm) if isinstance(imm, int) else b"".join(map(unsigned, imm)))


def _write_block(kind: BlockType) -> bytes:
    if kind is None:
        return b"\x40"
    return wasm_bytes.value_type(kind) if isinstance(kind, ValueType) else signed(kind)


def _write_memarg(imm: tuple[int, int, int]) -> bytes:
    align, offset, memory = imm
    where = unsigned(align | 0x40) + unsigned(memory) if memory else unsigned(align)
    return where + unsigned(offset)


def _wrapped(bits: int) -> Callable[[int], bytes]:
    def write_constant(value: int) -> bytes:
        return signed(value - (1 << bits) if value >> (bits - 1) == 1 else value)

    return write_constant


_WRITERS: dict[Imm, Callable[[Any], bytes]] = {
    Imm.BLOCK: _write_block,
    Imm.LABELS: lambda imm: wasm_bytes.vector(map(unsigned, imm[:-1])) + unsigned(imm[-1]),
    Imm.MEMARG: _write_memarg,
    Imm.I32: _wrapped(32),
    Imm.I64: _wrapped(64),
    Imm.F32: lambda imm: struct.pack("<I", imm),
    Imm.F64: lambda imm: struct.pack("<Q", imm),
    Imm.TYPES: lambda imm: wasm_bytes.vector(map(wasm_bytes.value_type, imm)),
    Imm.HEAP: wasm_bytes.heap,
}
