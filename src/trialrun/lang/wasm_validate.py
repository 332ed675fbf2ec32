"""Whether a module is valid: every declaration and every function, as the specification has it.

`validate` gives the typed functions, in order, so that whoever runs or rewrites the module reads no code again.

Leaves out: what `wasm_types.py` leaves out. A valid module may still trap or run for ever.
Source: WebAssembly Core Specification, chapter 3.
"""

from trialrun.lang.wasm_scope import Scope, constant_type
from trialrun.lang.wasm_typer import Typed, Typer
from trialrun.lang.wasm_types import I32, FuncType, Module, Space, WasmError

MOST_TOTAL_LOCALS = 2_000_000
"""Locals of all functions together: five bytes can declare fifty thousand."""


def validate(module: Module) -> list[Typed]:
    """Return the functions that have code here, typed. Raises `WasmError` that says which is wrong, and where."""
    scope = Scope(module)
    for found in module.types:
        for kind in (*found.params, *found.results):
            scope.known(kind)
    if sum(count for body in module.code for count, _ in body.locals) > MOST_TOTAL_LOCALS:
        raise WasmError(f"the functions have more than {MOST_TOTAL_LOCALS:,} locals")
    _check_declarations(scope)
    _check_segments(scope)
    _check_exports(scope)
    imported = len(scope.functions) - len(module.code)
    typed = []
    for number, body in enumerate(module.code):
        try:
            typed.append(Typer(scope, scope.functions[imported + number], body).run())
        except WasmError as error:
            raise WasmError(f"function {imported + number} {error}") from None
    return typed


def _check_declarations(scope: Scope) -> None:
    module = scope.module
    for kind in scope.tables:
        scope.known(kind.element)
    for item in scope.globals:
        scope.known(item.value)
    for number, own in enumerate(module.globals):
        found = constant_type(scope, own.init, scope.imported_globals + number)
        if not scope.fits(found, own.type.value):
            raise WasmError(
                f"global {scope.imported_globals + number} is {own.type.value}, its value {found}"
            )
    for table in module.tables:
        if table.init is None:
            if not table.type.element.nullable:
                raise WasmError("a table of references that are never null needs a value")
        elif not scope.fits(constant_type(scope, table.init, scope.imported_globals), table.type.element):
            raise WasmError("a table's value is of another type")
    if module.start is not None:
        found_type: FuncType = scope.at(scope.functions, module.start, "start function")
        if found_type != FuncType():
            raise WasmError("the start function takes nothing and gives nothing")


def _check_segments(scope: Scope) -> None:
    module, seen = scope.module, len(scope.globals)
    for element in module.elements:
        scope.known(element.kind)
        for item in element.items:
            if isinstance(item, int):
                scope.at(scope.functions, item, "function")
            elif not scope.fits(constant_type(scope, item, seen), element.kind):
                raise WasmError("an element of another type than its segment")
        if element.offset:
            table = scope.at(scope.tables, element.table, "table")
            if not scope.fits(element.kind, table.element):
                raise WasmError("a segment whose elements do not fit the table")
            if constant_type(scope, element.offset, seen) != I32:
                raise WasmError("the offset of an element segment is an i32")
    for data in module.data:
        if data.offset:
            scope.at(scope.memories, data.memory, "memory")
            if constant_type(scope, data.offset, seen) != I32:
                raise WasmError("the offset of a data segment is an i32")


def _check_exports(scope: Scope) -> None:
    spaces = {
        Space.FUNCTION: len(scope.functions),
        Space.TABLE: len(scope.tables),
        Space.MEMORY: len(scope.memories),
        Space.GLOBAL: len(scope.globals),
    }
    names = set()
    for export in scope.module.exports:
        if export.name in names:
            raise WasmError(f"two exports are called {export.name[:60]!r}")
        names.add(export.name)
        if export.of >= spaces[export.space]:
            raise WasmError(f"export {export.name[:60]!r} names {export.space.name.lower()} {export.of}")
