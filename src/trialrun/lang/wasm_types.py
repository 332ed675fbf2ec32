"""What a WebAssembly module consists of, as frozen data: value types, function types, sections.

A `Module` holds what the binary format says, section by section and in order; nothing is resolved. Code stays as the
bytes of the body, since whoever rewrites it copies most of them unchanged (`wasm_code.py` reads them). A reference
type is `ValueType("ref", nullable, heap)`, where the heap is `func`, `extern` or the index of a function type.

Leaves out: vectors, garbage-collected types, exceptions, threads, 64-bit memories: the reader refuses them by name.
Source: WebAssembly Core Specification 2.0, with tail calls, typed function references and multiple memories of 3.0.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from trialrun.core.errors import UsageError


class WasmError(UsageError):
    """A module is malformed, not valid, or uses a feature that is left out."""


class ValueType(NamedTuple):
    """Type of a value; equal types are equal tuples."""

    kind: str
    nullable: bool = False
    heap: str | int = ""

    def __str__(self) -> str:
        if self.kind != "ref":
            return self.kind
        if self.nullable and isinstance(self.heap, str):
            return f"{self.heap}ref"
        return f"(ref {'null ' if self.nullable else ''}{self.heap})"


I32, I64, F32, F64 = (ValueType(kind) for kind in ("i32", "i64", "f32", "f64"))
FUNCREF = ValueType("ref", True, "func")
EXTERNREF = ValueType("ref", True, "extern")


class FuncType(NamedTuple):
    """Parameters and results of a function or block."""

    params: tuple[ValueType, ...] = ()
    results: tuple[ValueType, ...] = ()


class Limits(NamedTuple):
    """Size of a memory in pages of 64 KiB, or of a table in elements."""

    minimum: int
    maximum: int | None = None


class TableType(NamedTuple):
    """Elements and size of a table."""

    element: ValueType
    limits: Limits


class GlobalType(NamedTuple):
    """Type of a global, and whether it can be written."""

    value: ValueType
    mutable: bool = False


class Space(IntEnum):
    """What an import or export names; the numbers are those of the format."""

    FUNCTION = 0
    TABLE = 1
    MEMORY = 2
    GLOBAL = 3


class Import(NamedTuple):
    """One import; `of` is a type index, a `TableType`, the `Limits` of a memory, or a `GlobalType`."""

    module: str
    name: str
    space: Space
    of: "int | TableType | Limits | GlobalType"


class Export(NamedTuple):
    """One export."""

    name: str
    space: Space
    of: int


class Table(NamedTuple):
    """A table of the module; `init` is a constant expression with its `end`, or None for null."""

    type: TableType
    init: bytes | None = None


class Global(NamedTuple):
    """A global of the module and its constant expression."""

    type: GlobalType
    init: bytes


class Element(NamedTuple):
    """An element segment. `flags` are those of the format (0 to 7); `items` are function indices or expressions."""

    flags: int
    table: int
    offset: bytes
    kind: ValueType
    items: "tuple[int | bytes, ...]"


class Data(NamedTuple):
    """A data segment; passive where `flags` is 1."""

    flags: int
    memory: int
    offset: bytes
    content: bytes


class Body(NamedTuple):
    """Code of one function."""

    locals: tuple[tuple[int, ValueType], ...]
    """Runs of locals, as declared."""
    code: bytes
    """Instructions, the final `end` among them."""
    header: int
    """Bytes before the first instruction: offsets of instructions count from the start of the body."""


class Custom(NamedTuple):
    """A custom section and the id of the known section that it follows; 0 at the start."""

    after: int
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One module. Index spaces begin with the imports, as in the format."""

    types: tuple[FuncType, ...] = ()
    imports: tuple[Import, ...] = ()
    functions: tuple[int, ...] = ()
    """Type index of each function that has code here."""
    tables: tuple[Table, ...] = ()
    memories: tuple[Limits, ...] = ()
    globals: tuple[Global, ...] = ()
    exports: tuple[Export, ...] = ()
    start: int | None = None
    elements: tuple[Element, ...] = ()
    data_count: int | None = None
    code: tuple[Body, ...] = ()
    data: tuple[Data, ...] = ()
    customs: tuple[Custom, ...] = field(default=())

    def imported(self, space: Space) -> list[Import]:
        """Return the imports of one index space, in order."""
        return [item for item in self.imports if item.space == space]

    def function_types(self) -> list[FuncType]:
        """Return the type of every function, imported ones first. Raises `WasmError` for a type that is not there."""
        indices = [item.of for item in self.imported(Space.FUNCTION)] + list(self.functions)
        for index in indices:
            if not isinstance(index, int) or index >= len(self.types):
                raise WasmError(f"a function has type {index}, but there are {len(self.types)} types")
        return [self.types[index] for index in indices if isinstance(index, int)]

    def table_types(self) -> list[TableType]:
        """Return the type of every table, imported ones first."""
        own = [table.type for table in self.tables]
        return [item.of for item in self.imported(Space.TABLE) if isinstance(item.of, TableType)] + own

    def memory_limits(self) -> list[Limits]:
        """Return the limits of every memory, imported ones first."""
        return [item.of for item in self.imported(Space.MEMORY) if isinstance(item.of, Limits)] + list(
            self.memories
        )

    def global_types(self) -> list[GlobalType]:
        """Return the type of every global, imported ones first."""
        own = [item.type for item in self.globals]
        return [item.of for item in self.imported(Space.GLOBAL) if isinstance(item.of, GlobalType)] + own
