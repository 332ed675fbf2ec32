"""What a WebAssembly module is while it runs under our interpreter: functions, memories, tables, globals.

References are the objects themselves (`Function`, or whatever the host gave), null is None. Growth is bounded by a
limit of the caller's beside the module's own.

Leaves out: running (`wasm_interpreter.py`). Source: WebAssembly Core Specification, chapter 4.5.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trialrun.lang.wasm_code import read_code
from trialrun.lang.wasm_opcodes import END, GLOBAL_GET, OPS, REF_FUNC, REF_NULL
from trialrun.lang.wasm_scope import Scope
from trialrun.lang.wasm_typer import Typed
from trialrun.lang.wasm_types import FuncType, GlobalType, Limits, Module, Space, TableType, WasmError
from trialrun.lang.wasm_validate import validate
from trialrun.observe.wasm_numbers import NUMERIC, Trap

PAGE = 1 << 16
FAILED = 0xFFFFFFFF
"""What growing returns where it fails: -1."""

Step = Callable[[list[Any], list[Any], Any], int | None]
"""One instruction: takes operand stack, locals and frame; returns where to go on, None for the next one."""


@dataclass(eq=False, slots=True)
class Memory:
    """One memory; `data` is always the same object, so that it may be kept."""

    data: bytearray
    maximum: int
    """Pages."""

    def grow(self, pages: int) -> int:
        """Return the pages before growing, or `FAILED`."""
        before = len(self.data) // PAGE
        if before + pages > self.maximum:
            return FAILED
        self.data.extend(bytes(pages * PAGE))
        return before


@dataclass(eq=False, slots=True)
class Table:
    """One table."""

    elements: list[Any]
    maximum: int

    def grow(self, value: Any, count: int) -> int:
        """Return the size before growing, or `FAILED`."""
        before = len(self.elements)
        if before + count > self.maximum:
            return FAILED
        self.elements.extend([value] * count)
        return before


@dataclass(eq=False, slots=True)
class Cell:
    """A global variable."""

    value: Any


@dataclass(eq=False, slots=True)
class Function:
    """A function of the module, or one that the host gave."""

    index: int
    type: FuncType
    kind: int
    """Index of its type in the module."""
    typed: Typed | None = None
    host: Callable[..., Any] | None = None
    """Takes the arguments; returns None, a value, or a tuple of values."""
    steps: list[Step] = field(default_factory=list)
    """One per instruction, made when the function is first entered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a program may use under the interpreter."""

    pages: int = 4096
    """Pages of each memory."""
    elements: int = 1_000_000
    """Elements of each table."""
    frames: int = 10_000
    """Calls that are open at a time."""
    turns: int = 100_000_000
    """Calls and iterations of loops, all together."""


Imports = Mapping[tuple[str, str], Any]
"""What the host gives: a callable for a function, or a `Memory`, `Table` or `Cell`."""


class Instance:
    """A module with its state. Raises `WasmError` for a wrong module or import, `Trap` where a segment does not fit."""

    def __init__(self, module: Module, imports: Imports | None = None, bounds: Bounds | None = None) -> None:
        self.module = module
        self.bounds = bounds or Bounds()
        typed = validate(module)
        self.scope = Scope(module)
        given = imports or {}
        self.functions = self._functions(typed, given)
        self.memories: list[Memory] = self._imported(Space.MEMORY, given, Memory)
        self.memories += [self._memory(limits) for limits in module.memories]
        self.globals: list[Cell] = self._imported(Space.GLOBAL, given, Cell)
        for item in module.globals:
            self.globals.append(Cell(self.evaluate(item.init)))
        self.tables: list[Table] = self._imported(Space.TABLE, given, Table)
        for table in module.tables:
            self.tables.append(
                self._table(table.type, None if table.init is None else self.evaluate(table.init))
            )
        self.data: list[bytes] = [item.content for item in module.data]
        self.elements: list[list[Any]] = [
            [self.functions[item] if isinstance(item, int) else self.evaluate(item) for item in segment.items]
            for segment in module.elements
        ]
        self._fill()

    def evaluate(self, expression: bytes) -> Any:
        """Return the value of a constant expression that is valid."""
        stack: list[Any] = []
        for instr in read_code(expression):
            if instr.op == END:
                break
            if instr.op == GLOBAL_GET:
                stack.append(self.globals[instr.imm].value)
            elif instr.op == REF_FUNC:
                stack.append(self.functions[instr.imm])
            elif instr.op == REF_NULL:
                stack.append(None)
            elif instr.op in NUMERIC:
                right = stack.pop()
                stack.append(NUMERIC[instr.op](stack.pop(), right))
            else:
                assert OPS[instr.op].name.endswith(".const")
                stack.append(instr.imm)
        return stack[0]

    def exported(self, name: str, space: Space = Space.FUNCTION) -> int:
        """Return the index of an export. Raises `WasmError` where there is none of that kind."""
        for export in self.module.exports:
            if export.name == name and export.space is space:
                return export.of
        raise WasmError(f"the module exports no {space.name.lower()} {name!r}")

    def init_memory(self, memory: Memory, data: bytes, to: int, start: int, count: int) -> None:
        """Copy part of a data segment into a memory, or trap."""
        if start + count > len(data) or to + count > len(memory.data):
            raise Trap("out of bounds memory access")
        memory.data[to : to + count] = data[start : start + count]

    def init_table(self, table: Table, elements: list[Any], to: int, start: int, count: int) -> None:
        """Copy part of an element segment into a table, or trap."""
        if start + count > len(elements) or to + count > len(table.elements):
            raise Trap("out of bounds table access")
        table.elements[to : to + count] = elements[start : start + count]

    def _functions(self, typed: list[Typed], given: Imports) -> list[Function]:
        found: list[Function] = []
        for item in self.module.imported(Space.FUNCTION):
            host = given.get((item.module, item.name))
            if not callable(host):
                raise WasmError(f"the module imports {item.module}.{item.name}, which is not given")
            assert isinstance(item.of, int)
            found.append(Function(len(found), self.module.types[item.of], item.of, host=host))
        for kind, function in zip(self.module.functions, typed, strict=True):
            found.append(Function(len(found), function.type, kind, typed=function))
        return found

    def _imported(self, space: Space, given: Imports, cls: type[Any]) -> list[Any]:
        found = []
        for item in self.module.imported(space):
            value = given.get((item.module, item.name))
            if not isinstance(value, cls):
                raise WasmError(f"the module imports {item.module}.{item.name}, which is not given")
            if isinstance(item.of, GlobalType):
                found.append(value)
                continue
            limits = item.of.limits if isinstance(item.of, TableType) else item.of
            size = len(value.data) // PAGE if isinstance(value, Memory) else len(value.elements)
            if not isinstance(limits, Limits) or size < limits.minimum:
                raise WasmError(f"{item.module}.{item.name} is smaller than the module wants")
            found.append(value)
        return found

    def _memory(self, limits: Limits) -> Memory:
        most = min(65_536 if limits.maximum is None else limits.maximum, self.bounds.pages)
        if limits.minimum > most:
            raise WasmError(f"a memory wants {limits.minimum} pages; {most} are allowed")
        return Memory(bytearray(limits.minimum * PAGE), most)

    def _table(self, kind: TableType, value: Any) -> Table:
        most = min(self.bounds.elements, 0xFFFFFFFF if kind.limits.maximum is None else kind.limits.maximum)
        if kind.limits.minimum > most:
            raise WasmError(f"a table wants {kind.limits.minimum} elements; {most} are allowed")
        return Table([value] * kind.limits.minimum, most)

    def _fill(self) -> None:
        for number, element in enumerate(self.module.elements):
            if element.offset:
                values, to = self.elements[number], self.evaluate(element.offset)
                self.init_table(self.tables[element.table], values, to, 0, len(values))
            if element.offset or element.flags & 3 == 3:
                self.elements[number] = []  # active and declarative segments are gone from here on
        for number, data in enumerate(self.module.data):
            if data.offset:
                self.init_memory(
                    self.memories[data.memory], data.content, self.evaluate(data.offset), 0, len(data.content)
                )
                self.data[number] = b""
