"""Index spaces and subtypes of one module: what its code may refer to, and which reference fits where.

Function types are compared by structure: each gets a canonical number, so that two equal declarations are one type.

Leaves out: recursive types and everything of garbage collection; heaps are `func`, `extern` and function types.
"""

from collections.abc import Sequence
from typing import Any

from trialrun.lang.wasm_code import read_code
from trialrun.lang.wasm_opcodes import END, GLOBAL_GET, OPS, REF_FUNC
from trialrun.lang.wasm_types import (
    FuncType,
    GlobalType,
    Limits,
    Module,
    Space,
    TableType,
    ValueType,
    WasmError,
)

BOTTOM = ValueType("bottom")
"""Type of what unreachable code pops: it fits everywhere."""


class Scope:
    """What the code of a module refers to by number."""

    def __init__(self, module: Module) -> None:
        """Raises `WasmError` for a reference in a declaration to something that is not there."""
        self.module = module
        self._canonical = _canonical_types(module.types)
        self.functions: list[FuncType] = module.function_types()
        self.type_of: list[int] = [
            item.of for item in module.imported(Space.FUNCTION) if isinstance(item.of, int)
        ] + list(module.functions)
        """Type index of every function."""
        self.tables: list[TableType] = module.table_types()
        self.memories: list[Limits] = module.memory_limits()
        self.globals: list[GlobalType] = module.global_types()
        self.imported_globals = len(module.imported(Space.GLOBAL))
        self.work = 0
        """Operands that were looked at in all functions together."""
        self.declared = _declared(module)
        """Functions that `ref.func` in code may name."""

    def at(self, items: Sequence[Any], index: int, what: str) -> Any:
        """Return one item of an index space. Raises `WasmError` where there is none."""
        if index >= len(items):
            raise WasmError(f"{what} {index} is not there: there are {len(items)}")
        return items[index]

    def function_type(self, index: int) -> FuncType:
        """Return a declared function type. Raises `WasmError` where there is none."""
        found: FuncType = self.at(self.module.types, index, "type")
        return found

    def known(self, kind: ValueType) -> ValueType:
        """Return the type. Raises `WasmError` where it names a function type that is not there."""
        if isinstance(kind.heap, int) and kind.heap >= len(self.module.types):
            raise WasmError(f"type {kind.heap} is not there: there are {len(self.module.types)}")
        return kind

    def fits(self, found: ValueType, wanted: ValueType) -> bool:
        """Say whether a value of one type may stand where another is wanted."""
        if found == wanted or found is BOTTOM:
            return True
        if found.kind != "ref" or wanted.kind != "ref" or (found.nullable and not wanted.nullable):
            return False
        one, two = found.heap, wanted.heap
        if isinstance(one, int):
            same = isinstance(two, int) and self._canonical[one] == self._canonical[two]
            return two == "func" or same or one == two
        return one == two

    def same_type(self, one: int, two: int) -> bool:
        """Say whether two declared function types are the same type."""
        return self._canonical[one] == self._canonical[two]


def _canonical_types(types: tuple[FuncType, ...]) -> list[int]:
    numbers: dict[Any, int] = {}
    canonical: list[int] = []

    def plain(kind: ValueType, own: int) -> Any:
        if not isinstance(kind.heap, int):
            return kind
        if kind.heap > own:
            raise WasmError(f"type {own} names type {kind.heap}, which comes later")
        return kind.nullable, canonical[kind.heap] if kind.heap < own else "itself"

    for own, found in enumerate(types):
        key = tuple(tuple(plain(kind, own) for kind in side) for side in found)
        canonical.append(numbers.setdefault(key, own))
    return canonical


def _declared(module: Module) -> set[int]:
    """Return the functions that are named outside of code."""
    found = {export.of for export in module.exports if export.space is Space.FUNCTION}
    expressions = [item.init for item in module.globals] + [item.init for item in module.tables if item.init]
    for element in module.elements:
        found |= {item for item in element.items if isinstance(item, int)}
        expressions += [item for item in element.items if isinstance(item, bytes)]
    for expression in expressions:
        found |= {instr.imm for instr in read_code(expression) if instr.op == REF_FUNC}
    return found


_CONSTANT = frozenset(
    (0x41, 0x42, 0x43, 0x44, 0x6A, 0x6B, 0x6C, 0x7C, 0x7D, 0x7E, 0xD0, GLOBAL_GET, REF_FUNC, END)
)


def constant_type(scope: Scope, expression: bytes, globals_seen: int) -> ValueType:
    """Return the type of a constant expression. Raises `WasmError` where it is none, or not valid."""
    stack: list[ValueType] = []
    for instr in read_code(expression):
        op = OPS[instr.op]
        if instr.op not in _CONSTANT:
            raise WasmError(f"{op.name} in a constant expression")
        if instr.op == END:
            break
        if instr.op == GLOBAL_GET:
            if instr.imm >= globals_seen or scope.globals[instr.imm].mutable:
                raise WasmError(f"global {instr.imm} is no constant here")
            stack.append(scope.globals[instr.imm].value)
        elif instr.op == REF_FUNC:
            scope.at(scope.functions, instr.imm, "function")
            stack.append(ValueType("ref", False, scope.type_of[instr.imm]))
        elif op.type is None:
            stack.append(scope.known(ValueType("ref", True, instr.imm)))
        else:
            for wanted in reversed(op.type.params):
                if not stack or stack.pop() != wanted:
                    raise WasmError(f"{op.name} in a constant expression lacks an operand")
            stack += op.type.results
    if len(stack) != 1:
        raise WasmError("a constant expression leaves one value")
    return stack[0]
