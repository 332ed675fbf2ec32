"""What is done with memories, counted by the program itself: operand probes on every instruction that touches one.

Reads and writes are counted by chunk of 64 KiB, copies and fills by number and bytes, growths by number and largest
size. An access counts when it begins, also where it then traps, in the last chunk if it is far out.

Leaves out: which bytes; alignment.
"""

from collections import Counter

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm_code import Instr, write
from trialrun.lang.wasm_opcodes import OPS, Imm
from trialrun.lang.wasm_types import I32
from trialrun.observe.wasm_cells import CHUNKS, Cells, chunk_of
from trialrun.observe.wasm_edit import Edit
from trialrun.observe.wasm_probe import Code, MemoryUse

_SINGLE = ("copies", "copied", "inits", "initialised", "fills", "filled", "grows", "most_pages")


class MemoryCells:
    """Cells for each memory."""

    def __init__(self, code: Code, cells: Cells) -> None:
        self.cells = cells
        self.reads: list[int] = []
        self.writes: list[int] = []
        self.single: list[int] = []
        for _ in code.module.memory_limits():
            self.reads.append(cells.take_row(CHUNKS))
            self.writes.append(cells.take_row(CHUNKS))
            self.single.append(cells.take_row(len(_SINGLE)))

    def cell(self, memory: int, name: str) -> int:
        """Return the cell of a single figure."""
        return self.single[memory] + _SINGLE.index(name)

    def read(self, values: tuple[int, ...]) -> dict[int, MemoryUse]:
        """Return the use of each memory."""
        found = {}
        for memory, first in enumerate(self.single):
            figure = dict(zip(_SINGLE, values[first : first + len(_SINGLE)], strict=True))
            found[memory] = MemoryUse(
                reads=_row(values, self.reads[memory]),
                writes=_row(values, self.writes[memory]),
                copies=[figure["copies"], figure["copied"]],
                inits=[figure["inits"], figure["initialised"]],
                fills=[figure["fills"], figure["filled"]],
                grows=figure["grows"],
                most_pages=figure["most_pages"],
            )
        return found


def _row(values: tuple[int, ...], first: int) -> Counter[int]:
    return Counter({chunk: values[first + chunk] for chunk in range(CHUNKS) if values[first + chunk]})


def probe_memories(edit: Edit, memories: MemoryCells) -> None:
    """Insert probes before the instructions of one function that touch a memory."""
    for place, instr in enumerate(edit.typed.code):
        if edit.typed.heights[place] < 0:
            continue
        if OPS[instr.op].imm is Imm.MEMARG:
            edit.before[place].append(_access(edit, memories, instr))
        elif instr.op == ops.MEMORY_GROW:
            edit.before[place].append(_grow(edit, memories, instr.imm))
        elif instr.op in (ops.MEMORY_COPY, ops.MEMORY_INIT, ops.MEMORY_FILL):
            edit.before[place].append(_bulk(edit, memories, instr))


def _access(edit: Edit, memories: MemoryCells, instr: Instr) -> bytes:
    kind = OPS[instr.op].type
    assert kind is not None
    _, offset, memory = instr.imm
    address, scratch = edit.temporary(I32), edit.temporary(I32, 1)
    chunk = chunk_of(address, offset)
    if len(kind.params) == 1:
        row = memories.cells.bump_row(memories.reads[memory], CHUNKS, chunk, scratch)
        return write(ops.LOCAL_TEE, address) + row
    value = edit.temporary(kind.params[1], 2)
    row = memories.cells.bump_row(memories.writes[memory], CHUNKS, chunk, scratch)
    return write(ops.LOCAL_SET, value) + write(ops.LOCAL_TEE, address) + row + write(ops.LOCAL_GET, value)


def _grow(edit: Edit, memories: MemoryCells, memory: int) -> bytes:
    pages, cells = edit.temporary(I32), memories.cells
    wide = write(0xAD)
    total = write(ops.LOCAL_GET, pages) + wide + write(ops.MEMORY_SIZE, memory) + wide + write(ops.I64_ADD)
    count = cells.bump(memories.cell(memory, "grows"))
    most = cells.set_to_most(memories.cell(memory, "most_pages"), total)
    return write(ops.LOCAL_TEE, pages) + count + most


def _bulk(edit: Edit, memories: MemoryCells, instr: Instr) -> bytes:
    names = {ops.MEMORY_COPY: ("copies", "copied"), ops.MEMORY_INIT: ("inits", "initialised")}
    number, volume = names.get(instr.op, ("fills", "filled"))
    to, scratch = edit.temporary(I32), edit.temporary(I32, 1)
    size, start = edit.temporary(I32, 2), edit.temporary(I32, 3)
    target = (
        instr.imm[0]
        if instr.op == ops.MEMORY_COPY
        else instr.imm[1]
        if instr.op == ops.MEMORY_INIT
        else instr.imm
    )
    cells = memories.cells
    taken = write(ops.LOCAL_SET, size) + write(ops.LOCAL_SET, start) + write(ops.LOCAL_TEE, to)
    seen = cells.bump_row(memories.writes[target], CHUNKS, chunk_of(to, 0), scratch)
    if instr.op == ops.MEMORY_COPY:
        seen += cells.bump_row(memories.reads[instr.imm[1]], CHUNKS, chunk_of(start, 0), scratch)
    seen += cells.bump(memories.cell(target, number))
    seen += cells.add(memories.cell(target, volume), write(ops.LOCAL_GET, size) + write(0xAD))
    return taken + seen + write(ops.LOCAL_GET, start) + write(ops.LOCAL_GET, size)
