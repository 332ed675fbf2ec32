"""Counters of a rewritten module: 64-bit globals and cells in a memory of their own, and the code that changes them.

The program's memories keep their numbers and never see the cells: the added memory comes last, and no instruction of
the program names it. Snippets leave the operand stack as they find it.

Single counters live in globals, which engines reach in one step; `flush_all` copies them into their cells, so that the
host reads one memory. Rows of counters live in the memory.

Leaves out: where snippets go (`wasm_rewrite.py`).
"""

from dataclasses import dataclass, field

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm_code import write
from trialrun.lang.wasm_types import I64, Global, GlobalType

PAGE = 1 << 16
SIZE = 8
"""Bytes of one cell."""
MOST_CELLS = 1 << 26
"""Half a GiB; a module that wants more is refused."""
CHUNK_SHIFT = 16
CHUNKS = 1 << 16
"""Chunks of 64 KiB in a memory."""


@dataclass(slots=True)
class Cells:
    """Hands out cells of one memory."""

    memory: int
    """Number of the added memory."""
    first_global: int
    """Number of the first added global."""
    used: int = 0
    globals: dict[int, int] = field(default_factory=dict)
    """Number of the global that holds a cell's counter until it is flushed."""

    def take(self) -> int:
        """Return a new single counter."""
        cell = self.take_row(1)
        self.globals[cell] = self.first_global + len(self.globals)
        return cell

    def take_row(self, count: int) -> int:
        """Return the first of `count` new cells of the memory."""
        first = self.used
        self.used += count
        return first

    @property
    def pages(self) -> int:
        """Return the pages that hold all cells."""
        return -(-self.used * SIZE // PAGE) or 1

    def _at(self, cell: int) -> tuple[int, int, int]:
        return 3, cell * SIZE, self.memory

    def add(self, cell: int, amount: bytes) -> bytes:
        """Add what `amount` leaves on the stack, an i64, to a cell."""
        if cell in self.globals:
            number = self.globals[cell]
            return write(ops.GLOBAL_GET, number) + amount + write(ops.I64_ADD) + write(ops.GLOBAL_SET, number)
        zero = write(ops.I32_CONST, 0)
        load = write(ops.I64_LOAD, self._at(cell))
        return zero + zero + load + amount + write(ops.I64_ADD) + write(ops.I64_STORE, self._at(cell))

    def bump(self, cell: int) -> bytes:
        """Add one to a cell."""
        return self.add(cell, write(ops.I64_CONST, 1))

    def new_globals(self) -> list[Global]:
        """Return the globals to add."""
        zero = write(ops.I64_CONST, 0) + write(ops.END)
        return [Global(GlobalType(I64, True), zero)] * len(self.globals)

    def flush_all(self) -> bytes:
        """Copy the counters that globals hold into their cells."""
        zero = write(ops.I32_CONST, 0)
        return b"".join(
            zero + write(ops.GLOBAL_GET, number) + write(ops.I64_STORE, self._at(cell))
            for cell, number in self.globals.items()
        )

    def mark(self, cell: int) -> bytes:
        """Set a single counter to one."""
        return write(ops.I64_CONST, 1) + write(ops.GLOBAL_SET, self.globals[cell])

    def flush(self, cell: int, local: int) -> bytes:
        """Add a local counter to its cell."""
        return self.add(cell, write(ops.LOCAL_GET, local))

    def set_to_most(self, cell: int, amount: bytes) -> bytes:
        """Raise a cell to what `amount` leaves on the stack, an i64, where that is more; `amount` runs twice."""
        zero = write(ops.I32_CONST, 0)
        load = zero + write(ops.I64_LOAD, self._at(cell))
        compare = amount + load + write(_I64_GT_U)
        return zero + amount + load + compare + write(ops.SELECT) + write(ops.I64_STORE, self._at(cell))

    def bump_row(self, first: int, count: int, value: bytes, scratch: int) -> bytes:
        """Add one to the cell of a row that `value`, an i32, numbers; to the last where it is too large.

        `scratch` is an i32 local.
        """
        last = write(ops.I32_CONST, count - 1)
        get = write(ops.LOCAL_GET, scratch)
        bounded = get + last + get + last + write(ops.I32_LT_U) + write(ops.SELECT)
        address = bounded + write(ops.I32_CONST, 3) + write(ops.I32_SHL)
        # The first address stays on the stack for the store.
        place = value + write(ops.LOCAL_SET, scratch) + address + write(ops.LOCAL_TEE, scratch) + get
        load = write(ops.I64_LOAD, self._at(first))
        one = write(ops.I64_CONST, 1) + write(ops.I64_ADD)
        return place + load + one + write(ops.I64_STORE, self._at(first))


_I64_GT_U = 0x56


def bump_local(local: int) -> bytes:
    """Add one to a local counter."""
    one = write(ops.I64_CONST, 1)
    return write(ops.LOCAL_GET, local) + one + write(ops.I64_ADD) + write(ops.LOCAL_SET, local)


def chunk_of(address: int, offset: int) -> bytes:
    """Leave the chunk, an i32, of an address in an i32 local plus an offset; added in 64 bits, as engines do."""
    wide = write(ops.LOCAL_GET, address) + write(_EXTEND_U)
    moved = wide + (write(ops.I64_CONST, offset) + write(ops.I64_ADD) if offset else b"")
    return moved + write(ops.I64_CONST, CHUNK_SHIFT) + write(_I64_SHR_U) + write(_WRAP)


_EXTEND_U, _I64_SHR_U, _WRAP = 0xAD, 0x88, 0xA7
