"""Whom indirect calls reach, counted by the program itself.

Before an indirect call its number goes into an added global; the function that is entered finds it there, counts the
pair and clears it. Functions that nobody can reach indirectly are left alone. The order in which pairs first occur is
kept.

Leaves out: functions of the host that are called indirectly: they cannot be told apart, and are not counted.
"""

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm_code import write
from trialrun.lang.wasm_scope import Scope
from trialrun.lang.wasm_types import I32, Global, GlobalType
from trialrun.observe.wasm_cells import SIZE, Cells
from trialrun.observe.wasm_edit import Edit
from trialrun.observe.wasm_probe import Code

INDIRECT = frozenset((ops.CALL_INDIRECT, ops.CALL_REF, ops.RETURN_CALL_INDIRECT, ops.RETURN_CALL_REF))


class Targets:
    """Cells for each pair of an indirect call and a function that may be its target: a count, and when it first was."""

    def __init__(self, code: Code, cells: Cells, site: int) -> None:
        """`site` is the number of the global that is added."""
        self._cells = cells
        self._site = site
        self._sites: list[tuple[int, int]] = []
        for number in code.functions():
            typed = code.of(number)
            for place, instr in enumerate(typed.code):
                if instr.op in INDIRECT and typed.heights[place] >= 0:
                    self._sites.append((number, place))
        declared = Scope(code.module).declared
        self._callees = {n: row for row, n in enumerate(sorted(declared & set(code.functions())))}
        self._clock = cells.take_row(1)
        size = len(self._sites) * len(self._callees)
        self._counts, self._first = cells.take_row(size), cells.take_row(size)

    def site_global(self) -> Global:
        """Return the global to add."""
        return Global(GlobalType(I32, True), write(ops.I32_CONST, 0) + write(ops.END))

    def probe(self, edit: Edit, number: int) -> None:
        """Mark the indirect calls of a function, and let it count its own indirect entries."""
        for row, (function, place) in enumerate(self._sites):
            if function == number:
                edit.before[place].append(write(ops.I32_CONST, row + 1) + write(ops.GLOBAL_SET, self._site))
                if edit.typed.code[place].op not in ops.TAIL_CALLS:
                    # A target of the host's did not clear it.
                    edit.after[place].append(write(ops.I32_CONST, 0) + write(ops.GLOBAL_SET, self._site))
        column = self._callees.get(number)
        if column is not None and self._sites:
            edit.first.append(self._entry(column, edit.temporary(I32)))

    def _entry(self, column: int, scratch: int) -> bytes:
        """Count the pair of the calling site and this function; keep the time of its first occurrence."""
        width = len(self._callees)
        row = write(ops.GLOBAL_GET, self._site) + write(ops.I32_CONST, 1) + write(_I32_SUB)
        address = (
            row + write(ops.I32_CONST, width * SIZE) + write(ops.I32_MUL) + write(ops.LOCAL_TEE, scratch)
        )
        get = write(ops.LOCAL_GET, scratch)
        count = (3, (self._counts + column) * SIZE, self._cells.memory)
        first = (3, (self._first + column) * SIZE, self._cells.memory)
        clock = (3, self._clock * SIZE, self._cells.memory)
        one = write(ops.I64_CONST, 1) + write(ops.I64_ADD)
        bump = address + get + write(ops.I64_LOAD, count) + one + write(ops.I64_STORE, count)
        tick = self._cells.bump(self._clock)
        now = write(ops.I32_CONST, 0) + write(ops.I64_LOAD, clock)
        is_new = get + write(ops.I64_LOAD, first) + write(_I64_EQZ)
        note = write(ops.IF) + tick + get + now + write(ops.I64_STORE, first) + write(ops.END)
        clear = write(ops.I32_CONST, 0) + write(ops.GLOBAL_SET, self._site)
        return (
            write(ops.GLOBAL_GET, self._site) + write(ops.IF) + bump + is_new + note + clear + write(ops.END)
        )

    def read(self, values: tuple[int, ...]) -> dict[tuple[int, int], dict[int, int]]:
        """Return the targets of each indirect call and how often each was reached, in the order of first calls."""
        width = len(self._callees)
        found: dict[tuple[int, int], dict[int, int]] = {}
        for row, site in enumerate(self._sites):
            pairs = []
            for number, column in self._callees.items():
                place = row * width + column
                if values[self._counts + place]:
                    pairs.append((values[self._first + place], number, values[self._counts + place]))
            found[site] = {number: count for _, number, count in sorted(pairs)}
        return found


_I32_SUB, _I64_EQZ = 0x6B, 0x50
