"""Probes that can be taken out of a running program: each function twice, behind a slot that the host may change.

The functions of the program stay where they are, byte for byte: these are the pristine variants, and call one another
directly. The armed variants come last; among themselves they call through a table of slots, one for each function,
and so do exports, the start function and what element segments name, by way of a small trampoline. When a slot is
changed, the next entry goes to the other variant; frames that are running stay what they are. In the pristine world
nothing is left of the probes but the trampoline of the export that was called.

A pristine function calls pristine ones. So a function's slot changes only when no function that it reaches has a probe
left; until then the armed variant runs on, and what it counts after the removal is not looked at.

Leaves out: `ref.func` in pristine code, which gives a pristine function for good.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm_code import read_code, write
from trialrun.lang.wasm_types import FUNCREF, Body, Element, Export, Limits, Space, Table, TableType
from trialrun.observe.wasm_edit import Edit
from trialrun.observe.wasm_probe import Code
from trialrun.observe.wasm_rewrite import Rewriting, Rewritten, Wanted, new_name


@dataclass(frozen=True, slots=True)
class Switchable:
    """A rewritten module whose probes can be removed and put back."""

    rewritten: Rewritten
    slots: str
    """Exported table: the variant that each function is entered by."""
    variants: str
    """Exported table: all armed variants, then all pristine ones."""

    def wanted_slots(self, removed: Iterable[int]) -> dict[int, int]:
        """Return which variant belongs into each slot, once the probes of these functions are removed."""
        code = self.rewritten.code
        armed = set(code.functions()) - set(removed)
        count, found = len(code.typed), {}
        for number in code.functions():
            slot = number - code.first
            found[slot] = slot if reached_from(code, number) & armed else count + slot
        return found

    def apply(self, store: Any, exports: Mapping[str, Any], removed: Iterable[int]) -> None:
        """Change the slots of an instance under wasmtime; the next entry of each function sees it."""
        slots, variants = exports[self.slots], exports[self.variants]
        for slot, variant in self.wanted_slots(removed).items():
            slots.set(store, slot, variants.get(store, variant))


def reached_from(code: Code, function: int) -> set[int]:
    """Return the functions with code here that a function reaches by direct calls, itself among them."""
    found, waiting = {function}, [function]
    while waiting:
        for instr in code.of(waiting.pop()).code:
            direct = instr.op in (ops.CALL, ops.RETURN_CALL, ops.REF_FUNC)
            if direct and instr.imm in code.functions() and instr.imm not in found:
                found.add(instr.imm)
                waiting.append(instr.imm)
    return found


def make_switchable(code: Code, wanted: Wanted) -> Switchable:
    """Return the module with both variants of each function; at first all slots hold the armed ones."""
    making = Rewriting(code, wanted)
    return _Switching(code, making).make()


class _Switching:
    def __init__(self, code: Code, making: Rewriting) -> None:
        self.code = code
        self.making = making
        self.count = len(code.typed)
        self.armed = code.first + self.count
        """Number of the first armed variant."""
        self.trampolines = self.armed + self.count
        self.slots = len(code.module.table_types())
        """Number of the table of slots."""

    def make(self) -> Switchable:
        code, making, module = self.code, self.making, self.code.module
        for number in code.functions():
            making.add(self._kind(number), making.body(number, self._retarget))
        for number in code.functions():
            making.add(self._kind(number), self._trampoline(number))
        slots, variants = new_name(module, "trialrun.slots"), new_name(module, "trialrun.variants")
        tables = [Table(TableType(FUNCREF, Limits(size, size))) for size in (self.count, 2 * self.count)]
        exports = [
            export._replace(of=self._entry(export.of)) if export.space is Space.FUNCTION else export
            for export in module.exports
        ]
        exports.append(Export(slots, Space.TABLE, self.slots))
        exports.append(Export(variants, Space.TABLE, self.slots + 1))
        rewritten = making.finish(
            module.code,
            exports=tuple(exports),
            start=None if module.start is None else self._entry(module.start),
            tables=(*(self._table(table) for table in module.tables), *tables),
            globals=tuple(item._replace(init=self._expression(item.init)) for item in module.globals),
            elements=(*(self._element(element) for element in module.elements), *self._filling()),
        )
        return Switchable(rewritten, slots, variants)

    def _kind(self, number: int) -> int:
        return self.code.module.functions[number - self.code.first]

    def _entry(self, number: int) -> int:
        """Return the trampoline of a function; imported ones are left as they are."""
        return number if number < self.code.first else number - self.code.first + self.trampolines

    def _trampoline(self, number: int) -> Body:
        params = len(self.code.of(number).type.params)
        arguments = b"".join(write(ops.LOCAL_GET, n) for n in range(params))
        slot = write(ops.I32_CONST, number - self.code.first)
        call = write(ops.RETURN_CALL_INDIRECT, (self._kind(number), self.slots))
        return Body((), arguments + slot + call + write(ops.END), 0)

    def _retarget(self, edit: Edit) -> None:
        """Let an armed variant call through the slots."""
        through = {ops.CALL: ops.CALL_INDIRECT, ops.RETURN_CALL: ops.RETURN_CALL_INDIRECT}
        for place, instr in enumerate(edit.typed.code):
            if instr.op in through and instr.imm >= self.code.first:
                slot = write(ops.I32_CONST, instr.imm - self.code.first)
                call = write(through[instr.op], (self._kind(instr.imm), self.slots))
                edit.replaced[place] = slot + call
            elif instr.op == ops.REF_FUNC:
                edit.replaced[place] = write(ops.REF_FUNC, self._entry(instr.imm))

    def _expression(self, expression: bytes) -> bytes:
        """Return a constant expression that names the trampoline instead of a function."""
        code = read_code(expression)
        if any(instr.op == ops.REF_FUNC for instr in code):
            return write(ops.REF_FUNC, self._entry(code[0].imm)) + write(ops.END)
        return expression

    def _table(self, table: Table) -> Table:
        return table if table.init is None else table._replace(init=self._expression(table.init))

    def _element(self, element: Element) -> Element:
        items = tuple(
            self._entry(item) if isinstance(item, int) else self._expression(item) for item in element.items
        )
        return element._replace(items=items)

    def _filling(self) -> list[Element]:
        zero = write(ops.I32_CONST, 0) + write(ops.END)
        armed = tuple(range(self.armed, self.armed + self.count))
        declared = (*self.code.functions(), *range(self.trampolines, self.trampolines + self.count))
        return [
            Element(2, self.slots, zero, FUNCREF, armed),
            Element(2, self.slots + 1, zero, FUNCREF, (*armed, *self.code.functions())),
            Element(3, 0, b"", FUNCREF, declared),
        ]
