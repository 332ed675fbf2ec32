"""The rewrite tier: a module with its counters inside, run at the engine's full speed.

What is wanted becomes WebAssembly instructions that write to added globals and an added second memory
(`wasm_cells.py`); the host reads them after the run, also after a trap. Everything added comes last in its index
space, so no number that the program knows moves; its own memories, globals and exports stay as they were. Counters of
loops are kept in locals while their call lasts and are added to the memory on its way out.

Counting is `exact` or not (`wasm_flow.py`). Not exact is fast and right where every call returned; after a trap or an
exit from within, the caller runs an `exact` module instead, on the same input.

Leaves out: host callbacks, edits of locals and operands, probes that come during a run (`wasm_interpreter.py` has
them).
"""

import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm import encode
from trialrun.lang.wasm_code import write
from trialrun.lang.wasm_types import (
    I32,
    I64,
    Body,
    Export,
    FuncType,
    Limits,
    Module,
    Space,
    WasmError,
)
from trialrun.observe.wasm_cells import MOST_CELLS, SIZE, Cells, bump_local
from trialrun.observe.wasm_coverage import Marks, place_marks
from trialrun.observe.wasm_edit import Edit, Types
from trialrun.observe.wasm_flow import Flow, Placement, build_flow, place_counters
from trialrun.observe.wasm_memory_probes import MemoryCells, probe_memories
from trialrun.observe.wasm_probe import Code, Location, Observed
from trialrun.observe.wasm_targets import Targets

MOST_MARKED = 2000
"""Blocks of a function beyond which its coverage is told by counts: dominators would take long."""
MOST_LOCAL_COUNTERS = 16
"""Local counters of one function: registers are few."""
MOST_IN_LOOP = 4
"""Counters in one loop, inner loops aside, beyond which they are not kept in locals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a run is to show."""

    counts: frozenset[int] | None = None
    """Functions whose instructions are counted; None for all."""
    coverage: bool = False
    """Note only whether instructions ran, unless `exact`; costs less than counting."""
    tables: bool = False
    """Count which way each `br_table` went."""
    targets: bool = False
    """Count whom indirect calls reach."""
    memories: bool = False
    """Count accesses of memory by chunk."""
    operands: tuple[tuple[Location, int], ...] = ()
    """Count the values of i32 operands before these instructions: those below a limit, and the rest."""
    exact: bool = False
    """Right even where a call does not return."""


@dataclass(slots=True)
class _Counted:
    """Counters of one function."""

    flow: Flow
    placement: Placement | Marks | None = None
    """None where counting is exact."""
    cells: dict[int, int] = field(default_factory=dict)
    """Cell of each counted block, or of each stretch by its first instruction when exact; -1 − n for empty block n."""


@dataclass(slots=True)
class Rewritten:
    """A module to run, and how to read what it counted."""

    binary: bytes
    memory: str
    """Export that holds the counters."""
    flush: str
    """Export to call before the memory is read."""
    start: str | None
    """Export to call first: what was the start function. The host calls it, so that counts survive its trap."""
    code: Code
    cells: Cells
    counted: dict[int, _Counted]
    tables: dict[tuple[int, int], tuple[int, int]]
    """First cell and number of entries of each `br_table`."""
    targets: Targets | None
    memories: MemoryCells | None
    operands: dict[tuple[int, int], tuple[int, int]]
    """First cell and number of cells of each operand's row."""

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
        for key, (first, count) in self.operands.items():
            found.operands[key] = list(values[first : first + count])
        if self.targets is not None:
            found.targets = self.targets.read(values)
        if self.memories is not None:
            found.memories = self.memories.read(values)
        return found

    def _read_counts(self, number: int, counted: _Counted, values: tuple[int, ...], found: Observed) -> None:
        typed, flow = self.code.of(number), counted.flow
        row = [0] * len(typed.code)
        if isinstance(counted.placement, Marks):
            hit = [block for block, cell in counted.cells.items() if values[cell]]
            covered = counted.placement.solve(hit, len(flow.blocks))
            for block, ran in zip(flow.blocks, covered, strict=True):
                row[block.first : block.last] = [ran] * (block.last - block.first)
            found.covered[number] = [bool(ran) for ran in row]
            return
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
    making = Rewriting(code, wanted)
    return making.finish([making.body(number) for number in code.functions()])


class Rewriting:
    """A module in the making. What is added comes last in its index space."""

    def __init__(self, code: Code, wanted: Wanted) -> None:
        self.code = code
        self.wanted = wanted
        module = code.module
        site = len(module.global_types())
        self._cells = Cells(len(module.memory_limits()), site + wanted.targets)
        self.types = Types(list(module.types))
        self._targets = Targets(code, self._cells, site) if wanted.targets else None
        self._memories = MemoryCells(code, self._cells) if wanted.memories else None
        self._chosen = set(code.functions()) if wanted.counts is None else set(wanted.counts)
        self._counted: dict[int, _Counted] = {}
        self._tables: dict[tuple[int, int], tuple[int, int]] = {}
        self._operands: dict[tuple[int, int], tuple[int, int]] = {}
        self._added: list[tuple[int, Body]] = []

    def body(self, number: int, retarget: Callable[[Edit], None] | None = None) -> Body:
        """Return the body of a function with its counters, after what `retarget` does to it; once for each function."""
        edit = Edit(self.code.of(number), self.code.module.code[number - self.code.first])
        if number in self._chosen:
            counting = _mark if self.wanted.coverage and not self.wanted.exact else _count
            self._counted[number] = counting(edit, self._cells, exact=self.wanted.exact)
        if self.wanted.tables:
            rows = _count_tables(edit, self._cells)
            self._tables |= {(number, place): row for place, row in rows.items()}
        if self._targets is not None:
            self._targets.probe(edit, number)
        if self._memories is not None:
            probe_memories(edit, self._memories)
        for location, limit in self.wanted.operands:
            if location.function == number:
                place = self.code.place(location)
                self._operands[number, place] = _count_operand(edit, self._cells, place, limit)
        if retarget is not None:
            retarget(edit)
        return edit.finish(self.types) if edit.changed else edit.body

    def add(self, kind: int, body: Body) -> int:
        """Add a function of a type by its number; return the function's number."""
        self._added.append((kind, body))
        return self.code.first + len(self.code.typed) + len(self._added) - 1

    def finish(self, bodies: Sequence[Body], **changes: Any) -> Rewritten:
        """Return the module with these bodies in the places of its own; `changes` are fields of the new module."""
        module, cells = self.code.module, self._cells
        if cells.used > MOST_CELLS:
            raise WasmError(f"{cells.used:,} counters are wanted; {MOST_CELLS:,} fit")
        flushing = self.add(self.types.number(FuncType()), Body((), cells.flush_all() + write(ops.END), 0))
        memory, flush = new_name(module, "trialrun.counters"), new_name(module, "trialrun.flush")
        exports = [*changes.pop("exports", module.exports), Export(memory, Space.MEMORY, cells.memory)]
        exports.append(Export(flush, Space.FUNCTION, flushing))
        begin, start = changes.pop("start", module.start), None
        if begin is not None:
            start = new_name(module, "trialrun.start")
            exports.append(Export(start, Space.FUNCTION, begin))
        own = changes.pop("globals", module.globals)
        site = () if self._targets is None else (self._targets.site_global(),)
        changed = replace(
            module,
            types=tuple(self.types.all),
            functions=(*module.functions, *(kind for kind, _ in self._added)),
            memories=(*module.memories, Limits(cells.pages, cells.pages)),
            globals=(*own, *site, *cells.new_globals()),
            exports=tuple(exports),
            start=None,
            code=(*bodies, *(body for _, body in self._added)),
            **changes,
        )
        return Rewritten(
            encode(changed), memory, flush, start, self.code, cells, self._counted, self._tables, self._targets,
            self._memories, self._operands,
        )  # fmt: skip


def new_name(module: Module, name: str) -> str:
    """Return the name for an export, changed where the module has one of that name."""
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
    placement = place_counters(flow)
    counted, chosen = _Counted(flow, placement), placement.counted
    in_locals = _in_locals(flow, chosen)
    for number in chosen:
        cell = counted.cells[number] = cells.take()
        if number in in_locals:
            local = edit.local(I64)
            _put(edit, flow, number, bump_local(local))
            edit.leaving.append(cells.flush(cell, local))
        else:
            _put(edit, flow, number, cells.bump(cell))
    return counted


def _mark(edit: Edit, cells: Cells, *, exact: bool) -> _Counted:
    """Note which blocks run; in a function of too many blocks, count."""
    flow = build_flow(edit.typed)
    if len(flow.blocks) > MOST_MARKED:
        return _count(edit, cells, exact=exact)
    marks = place_marks(flow)
    counted = _Counted(flow, marks)
    for number in marks.marked:
        counted.cells[number] = cells.take()
        _put(edit, flow, number, cells.mark(counted.cells[number]))
    return counted


def _in_locals(flow: Flow, chosen: Sequence[int]) -> set[int]:
    """Return the blocks whose counters are kept in locals: those of tight loops, the innermost first.

    There a register is free and a store is dear; in a loop of many branches it is the other way round.
    """
    loops = Counter(flow.blocks[number].loop for number in chosen)
    tight = [number for number in chosen if 0 < loops[flow.blocks[number].loop] <= MOST_IN_LOOP]
    inside = [number for number in tight if flow.blocks[number].loop >= 0]
    inside.sort(key=lambda number: -flow.blocks[number].weight)
    return set(inside[:MOST_LOCAL_COUNTERS])


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


def _count_operand(edit: Edit, cells: Cells, place: int, limit: int) -> tuple[int, int]:
    if edit.typed.heights[place] == 0:
        raise WasmError(f"no operand is there before {edit.typed.code[place].name}")
    first = cells.take_row(limit + 1)
    value = edit.temporary(I32)
    row = cells.bump_row(first, limit + 1, write(ops.LOCAL_GET, value), edit.temporary(I32, 1))
    if edit.typed.heights[place] > 0:
        edit.before[place].append(write(ops.LOCAL_TEE, value) + row)
    return first, limit + 1


def _count_tables(edit: Edit, cells: Cells) -> dict[int, tuple[int, int]]:
    found = {}
    for place, instr in enumerate(edit.typed.code):
        if instr.op != ops.BR_TABLE or edit.typed.heights[place] < 0:
            continue
        first = cells.take_row(len(instr.imm))
        found[place] = (first, len(instr.imm))
        value = edit.temporary(I32)
        keep = write(ops.LOCAL_TEE, value)
        row = cells.bump_row(first, len(instr.imm), write(ops.LOCAL_GET, value), edit.temporary(I32, 1))
        edit.before[place].append(keep + row)
    return found
