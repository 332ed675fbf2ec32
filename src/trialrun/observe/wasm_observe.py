"""The reference for monitors: everything that `Observed` holds, seen by the interpreter's probes.

Nothing is derived here: each instruction is counted, each branch's operand is read as it fires, each memory operand
too.

Leaves out: speed.
"""

from collections.abc import Callable
from typing import Any

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm_code import Instr
from trialrun.lang.wasm_opcodes import OPS, Imm
from trialrun.observe.wasm_cells import CHUNK_SHIFT
from trialrun.observe.wasm_instance import PAGE, Function
from trialrun.observe.wasm_interpreter import Action, Frame, Machine
from trialrun.observe.wasm_probe import Location, MemoryUse, Observed


def observe(machine: Machine) -> Observed:
    """Insert probes for everything; what is returned fills while the program runs."""
    found = Observed(counts=machine.count_all())
    found.memories = {number: MemoryUse() for number in range(len(machine.instance.memories))}
    code = machine.code
    for function in code.functions():
        typed = code.of(function)
        found.entries[function] = 0
        machine.on_entry(function, _entered(found.entries, function))
        for index, instr in enumerate(typed.code):
            if typed.heights[index] < 0:
                continue
            action = _action(found, machine, (function, index), instr)
            if action is not None:
                machine.insert(Location(function, instr.offset), action)
    return found


def _entered(entries: dict[int, int], function: int) -> Callable[[], None]:
    def note() -> None:
        entries[function] += 1

    return note


def _action(found: Observed, machine: Machine, key: tuple[int, int], instr: Instr) -> Action | None:
    """Return what a probe at this instruction does, or None for none."""
    if instr.op in ops.TWO_WAY:
        return _two_way(found, key, instr.op)
    if instr.op == ops.BR_TABLE:
        row = found.tables[key] = [0] * len(instr.imm)
        return lambda frame: _bump(row, min(frame.stack[-1], len(row) - 1))
    if instr.op in (ops.CALL_INDIRECT, ops.RETURN_CALL_INDIRECT, ops.CALL_REF, ops.RETURN_CALL_REF):
        return _indirect(found, machine, key, instr)
    if OPS[instr.op].imm is Imm.MEMARG:
        return _access(found.memories[instr.imm[2]], instr)
    if instr.op == ops.MEMORY_GROW:
        data = machine.instance.memories[instr.imm].data
        return lambda frame: _grow(found.memories[instr.imm], len(data) // PAGE + frame.stack[-1])
    if instr.op in (ops.MEMORY_COPY, ops.MEMORY_INIT, ops.MEMORY_FILL):
        return lambda frame: _bulk(found, instr, frame)
    return None


def _bump(row: list[int], place: int) -> None:
    row[place] += 1


def _two_way(found: Observed, key: tuple[int, int], op: int) -> Action:
    found.fallen[key] = 0

    def note(frame: Frame) -> None:
        top: Any = frame.stack[-1]
        goes_on = {ops.IF: top != 0, ops.BR_IF: top == 0, ops.BR_ON_NULL: top is not None}.get(
            op, top is None
        )
        found.fallen[key] += goes_on

    return note


def _indirect(found: Observed, machine: Machine, key: tuple[int, int], instr: Instr) -> Action:
    seen = found.targets[key] = {}
    by_table = instr.op in (ops.CALL_INDIRECT, ops.RETURN_CALL_INDIRECT)
    elements = machine.instance.tables[instr.imm[1]].elements if by_table else []

    def note(frame: Frame) -> None:
        target: Function | None = frame.stack[-1]
        if by_table:
            target = elements[frame.stack[-1]] if frame.stack[-1] < len(elements) else None
            same = machine.instance.scope.same_type
            if target is not None and not same(target.kind, instr.imm[0]):
                return  # it traps
        if target is not None and target.typed is not None:
            seen[target.index] = seen.get(target.index, 0) + 1

    return note


def _access(use: MemoryUse, instr: Instr) -> Action:
    is_store, offset = "store" in instr.name, instr.imm[1]
    row, depth = (use.writes, -2) if is_store else (use.reads, -1)

    def note(frame: Frame) -> None:
        row[min((frame.stack[depth] + offset) >> CHUNK_SHIFT, 0xFFFF)] += 1

    return note


def _grow(use: MemoryUse, pages: int) -> None:
    use.grows += 1
    use.most_pages = max(use.most_pages, pages)


def _bulk(found: Observed, instr: Instr, frame: Frame) -> None:
    to, start, size = frame.stack[-3:]
    if instr.op == ops.MEMORY_COPY:
        use = found.memories[instr.imm[0]]
        found.memories[instr.imm[1]].reads[start >> CHUNK_SHIFT] += 1
        row = use.copies
    elif instr.op == ops.MEMORY_INIT:
        use = found.memories[instr.imm[1]]
        row = use.inits
    else:
        use = found.memories[instr.imm]
        row = use.fills
    use.writes[to >> CHUNK_SHIFT] += 1
    row[0] += 1
    row[1] += size
