"""The rewrite tier: a module with its counters inside, run at the engine's full speed.

What is wanted becomes WebAssembly instructions that write to an added second memory (`wasm_cells.py`); the host reads
it after the run, also after a trap. Everything added comes last in its index space, so no number that the program
knows moves; its own memories, globals and exports stay as they were. Counters of loops are kept in locals while their
call lasts and are added to the memory on its way out.

Counting is `exact` or not (`wasm_flow.py`). Not exact is fast and right where every call returned; after a trap or an
exit from within, the caller runs an `exact` module instead, on the same input.

Leaves out: host callbacks, edits of locals and operands, probes that come during a run (`wasm_interpreter.py` has
them).
"""

import struct
from dataclasses import dataclass, field, replace

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm import encode
from trialrun.lang.wasm_code import write
from trialrun.lang.wasm_types import (
    I32,
    I64,
    Export,
    Limits,
    Module,
    Space,
    WasmError,
)
from trialrun.observe.wasm_cells import MOST_CELLS, SIZE, Cells, bump_local
from trialrun.observe.wasm_edit import Edit, Types
from trialrun.observe.wasm_flow import Flow, Placement, build_flow, place_counters
from trialrun.observe.wasm_memory_probes import MemoryCells, probe_memories
from trialrun.observe.wasm_probe import Code, Observed
from trialrun.observe.wasm_targets import Targets

MOST_LOCAL_COUNTERS = 24
"""Local counters of one function; the engine spills more than that anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a run is to show."""

    counts: frozenset[int] | None = None
    """Functions whose instructions are counted; None for all."""
    tables: bool = False
    """Count which way each `br_table` went."""
    targets: bool = False
    """Count whom indirect calls reach."""
    memories: bool = False
    """Count accesses of memory by chunk."""
    exact: bool = False
    """Right even where a call does not return."""


@dataclass(slots=True)
class _Counted:
    """Counters of one function."""

    flow: Flow
    placement: Placement | None = None
    """None where counting is exact."""
    cells: dict[int, int] = field(default_factory=dict)
    """Cell of each counted block, or of each stretch by its first instruction when exact; -1 − n for empty block n."""


@dataclass(slots=True)
class Rewritten:
    """A module to run, and how to read what it counted."""

    binary: bytes
    memory: str
    """Export that holds the counters."""
    start: str | None
    """Export to call first: what was the start function. The host calls it, so that counts survive its trap."""
    code: Code
    cells: Cells
    counted: dict[int, _Counted]
    tables: dict[tuple[int, int], tuple[int, int]]
    """First cell and number of entries of each `br_table`."""
    targets: Targets | None
    memories: MemoryCells | None

    def read(self, content: bytes) -> Observed:
        """Return what was counted, from the exported memory's content. Raises `WasmError` where it is too short."""
        if len(content) < self.cells.used * SIZE:
            raise WasmError("the memory of counters is too short")
        values = struct.unpack_from(f"<{self.cells.used}Q", content)
        found = Observed()
        for number, counted in self.counted.items():
            self._read_counts(number, counted, values, found)
        for key, (first, count) in self.tables.items():
            found.tables[key] = list(values[first : first + count])
        if self.targets is not None:
            found.targets = self.targets.read(values)
        if self.memories is not None:
            found.memories = self.memories.read(values)
        return found

    def _read_counts(self, number: int, counted: _Counted, values: tuple[int, ...], found: Observed) -> None:
        typed, flow = self.code.of(number), counted.flow
        row = [0] * len(typed.code)
        if counted.placement is not None:
            measured = {block: values[cell] for block, cell in counted.cells.items()}
            blocks = counted.placement.solve(measured, len(flow.blocks))
            for block, count in zip(flow.blocks, blocks, strict=True):
                row[block.first : block.last] = [count] * (block.last - block.first)
        else:
            blocks = _read_exact(flow, counted.cells, values, row)
        found.counts[number] = row
        found.entries[number] = blocks[0]
        for place, instr in enumerate(typed.code):
            if instr.op in ops.TWO_WAY and typed.heights[place] >= 0:
                found.fallen[number, place] = blocks[flow.fallen(place)]


def _read_exact(flow: Flow, cells: dict[int, int], values: tuple[int, ...], row: list[int]) -> list[int]:
    blocks = [0] * len(flow.blocks)
    for number, block in enumerate(flow.blocks):
        if number not in flow.reached:
            continue
        if block.first == block.last:
            blocks[number] = values[cells[-1 - number]]
            continue
        count = 0
        for place in range(block.first, block.last):
            count = values[cells[place]] if place in cells else count
            row[place] = count
        blocks[number] = row[block.first]
    return blocks


def rewrite(code: Code, wanted: Wanted) -> Rewritten:
    """Return the module with counters. Raises `WasmError` where they would not fit."""
    module = code.module
    cells = Cells(len(module.memory_limits()))
    types = Types(list(module.types))
    targets = Targets(code, cells, len(module.global_types())) if wanted.targets else None
    memories = MemoryCells(code, cells) if wanted.memories else None
    chosen = set(code.functions()) if wanted.counts is None else set(wanted.counts)
    counted: dict[int, _Counted] = {}
    tables: dict[tuple[int, int], tuple[int, int]] = {}
    bodies = []
    for number in code.functions():
        edit = Edit(code.of(number), module.code[number - code.first])
        if number in chosen:
            counted[number] = _count(edit, cells, exact=wanted.exact)
        if wanted.tables:
            tables |= {(number, place): row for place, row in _count_tables(edit, cells).items()}
        if targets is not None:
            targets.probe(edit, number)
        if memories is not None:
            probe_memories(edit, memories)
        bodies.append(edit.finish(types) if edit.changed else edit.body)
    if cells.used > MOST_CELLS:
        raise WasmError(f"{cells.used:,} counters are wanted; {MOST_CELLS:,} fit")
    memory = _new_name(module, "trialrun.counters")
    exports = [*module.exports, Export(memory, Space.MEMORY, cells.memory)]
    start = None
    if module.start is not None:
        start = _new_name(module, "trialrun.start")
        exports.append(Export(start, Space.FUNCTION, module.start))
    changed = replace(
        module,
        types=tuple(types.all),
        memories=(*module.memories, Limits(cells.pages, cells.pages)),
        globals=module.globals if targets is None else (*module.globals, targets.site_global()),
        exports=tuple(exports),
        start=None,
        code=tuple(bodies),
    )
    return Rewritten(encode(changed), memory, start, code, cells, counted, tables, targets, memories)


def _new_name(module: Module, name: str) -> str:
    taken = {export.name for export in module.exports}
    while name in taken:
        name += "'"
    return name


# -- counting instructions


def _count(edit: Edit, cells: Cells, *, exact: bool) -> _Counted:
    flow = build_flow(edit.typed)
    if exact:
        counted = _Counted(flow)
        _count_exactly(edit, cells, counted)
        return counted
    counted = _Counted(flow, place_counters(flow))
    assert counted.placement is not None
    chosen = counted.placement.counted
    inside = sorted((n for n in chosen if flow.blocks[n].loops), key=lambda n: -flow.blocks[n].weight)
    in_locals = set(inside[:MOST_LOCAL_COUNTERS])
    for number in chosen:
        cell = counted.cells[number] = cells.take()
        if number in in_locals:
            local = edit.local(I64)
            _put(edit, flow, number, bump_local(local))
            edit.leaving.append(cells.flush(cell, local))
        else:
            _put(edit, flow, number, cells.bump(cell))
    return counted


def _put(edit: Edit, flow: Flow, number: int, snippet: bytes) -> None:
    """Insert a snippet where a block begins."""
    block = flow.blocks[number]
    (edit.after if block.label else edit.before)[block.first].append(snippet)


def _count_exactly(edit: Edit, cells: Cells, counted: _Counted) -> None:
    """Count every stretch up to an instruction that may end the run."""
    code = edit.typed.code
    for number in sorted(counted.flow.reached):
        block = counted.flow.blocks[number]
        cell = counted.cells[block.first if block.first < block.last else -1 - number] = cells.take()
        _put(edit, counted.flow, number, cells.bump(cell))
        for place in range(block.first, block.last - 1):
            if code[place].op in ops.MAY_TRAP:
                counted.cells[place + 1] = cells.take()
                edit.before[place + 1].append(cells.bump(counted.cells[place + 1]))


def _count_tables(edit: Edit, cells: Cells) -> dict[int, tuple[int, int]]:
    found = {}
    for place, instr in enumerate(edit.typed.code):
        if instr.op != ops.BR_TABLE or edit.typed.heights[place] < 0:
            continue
        first = cells.take(len(instr.imm))
        found[place] = (first, len(instr.imm))
        value = edit.temporary(I32)
        keep = write(ops.LOCAL_TEE, value)
        row = cells.bump_row(first, len(instr.imm), write(ops.LOCAL_GET, value), edit.temporary(I32, 1))
        edit.before[place].append(keep + row)
    return found
