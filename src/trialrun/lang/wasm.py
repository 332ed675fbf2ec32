"""WebAssembly's binary format: `decode` reads a module, `encode` writes it, byte for byte where it was canonical.

All sections are kept, custom ones in their places. Reading is bounded by the bytes that are there: every count is
checked against what is left, nesting and numbers have limits, and whatever is wrong or left out is a `WasmError` that
names the place. Decoding checks form only; `wasm_validate.validate` checks types.

Leaves out: the text format (`run/wasm.py` asks wasmtime), what `wasm_types.py` and `wasm_opcodes.py` leave out.
Source: WebAssembly Core Specification, chapter 5.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from trialrun.lang import wasm_bytes as out
from trialrun.lang.wasm_bytes import Reader
from trialrun.lang.wasm_code import read_expression
from trialrun.lang.wasm_types import (
    FUNCREF,
    Body,
    Custom,
    Data,
    Element,
    Export,
    Global,
    GlobalType,
    Import,
    Limits,
    Module,
    Space,
    Table,
    TableType,
    ValueType,
    WasmError,
)

MAGIC = b"\0asm\x01\0\0\0"
MOST_BYTES = 4 << 20
"""A larger module is refused: to instrument one takes about 10 µs and 560 bytes for each of its bytes."""
MOST_LOCALS = 50_000
MOST_CODE = 8 << 20
"""Bytes of one function."""

_FIELDS = {
    1: "types", 2: "imports", 3: "functions", 4: "tables", 5: "memories", 6: "globals", 7: "exports",
    8: "start", 9: "elements", 12: "data_count", 10: "code", 11: "data",
}  # fmt: skip
"""Sections in the order of the format."""
_ORDER = {section: place for place, section in enumerate(_FIELDS)}


def decode(data: bytes) -> Module:
    """Return the module in these bytes. Raises `WasmError` where they are no module of the format."""
    if len(data) > MOST_BYTES:
        raise WasmError(
            f"the module is larger than {MOST_BYTES >> 20} MiB (debug information can be stripped)"
        )
    if data[:4] != MAGIC[:4]:
        raise WasmError("this is no WebAssembly module: it does not begin with \\0asm")
    if data[4:8] != MAGIC[4:]:
        raise WasmError(f"version {data[4:8].hex()} of the format is left out (components are)")
    fields: dict[str, Any] = {}
    customs: list[Custom] = []
    last = 0
    reader = Reader(data, 8)
    while reader.position < reader.end:
        section = reader.byte()
        size = reader.unsigned()
        inner = Reader(data, reader.position, reader.position + size)
        reader.take(size)
        if section == 0:
            name = inner.name()
            customs.append(Custom(last, name, inner.take(inner.end - inner.position)))
            continue
        if section not in _FIELDS:
            raise inner.fault(f"section {section} is left out or unknown")
        if last and _ORDER[section] <= _ORDER[last]:
            raise inner.fault(f"the section of {_FIELDS[section]} is out of order")
        last = section
        fields[_FIELDS[section]] = _SECTIONS[section](inner)
        if inner.position != inner.end:
            raise inner.fault(f"the section of {_FIELDS[section]} is longer than what it holds")
    module = Module(**fields, customs=tuple(customs))
    if len(module.functions) != len(module.code):
        raise WasmError(f"{len(module.functions)} functions are declared, and {len(module.code)} have code")
    if module.data_count is not None and module.data_count != len(module.data):
        raise WasmError("the count of data segments is not their number")
    return module


def encode(module: Module) -> bytes:
    """Return the bytes of a module, every number in its shortest form."""
    parts = [MAGIC]
    customs = {after: list(group) for after, group in groupby(module.customs, key=lambda item: item.after)}
    parts += _custom_sections(customs.pop(0, []))
    for section, field in _FIELDS.items():
        content = _content(module, section, getattr(module, field))
        if content is not None:
            parts.append(bytes((section,)) + out.sized(content))
        parts += _custom_sections(customs.pop(section, []))
    return b"".join(parts)


def _custom_sections(customs: list[Custom]) -> Iterator[bytes]:
    for custom in customs:
        yield b"\0" + out.sized(out.name(custom.name) + custom.content)


def function_names(module: Module) -> dict[int, str]:
    """Return what the name section calls functions; nothing where it is malformed."""
    for custom in module.customs:
        if custom.name == "name":
            try:
                return _function_names(Reader(custom.content))
            except WasmError:
                return {}
    return {}


def _function_names(reader: Reader) -> dict[int, str]:
    while reader.position < reader.end:
        kind = reader.byte()
        size = reader.unsigned()
        if kind == 1:
            return dict(reader.vector("names", lambda: (reader.unsigned(), reader.name())))
        reader.take(size)
    return {}


# -- reading sections


def _import(reader: Reader) -> Import:
    module, name, space = reader.name(), reader.name(), reader.byte()
    if space == Space.FUNCTION:
        return Import(module, name, Space.FUNCTION, reader.unsigned())
    if space == Space.TABLE:
        return Import(module, name, Space.TABLE, reader.table_type())
    if space == Space.MEMORY:
        return Import(module, name, Space.MEMORY, reader.memory())
    if space == Space.GLOBAL:
        return Import(module, name, Space.GLOBAL, reader.global_type())
    raise reader.fault(f"imports of kind {space} are left out (tags of exceptions)")


def _table(reader: Reader) -> Table:
    if reader.data[reader.position : reader.position + 2] == b"\x40\x00":
        reader.take(2)
        kind = reader.table_type()
        return Table(kind, read_expression(reader))
    return Table(reader.table_type())


def _global(reader: Reader) -> Global:
    return Global(reader.global_type(), read_expression(reader))


def _export(reader: Reader) -> Export:
    name, space = reader.name(), reader.byte()
    if space > Space.GLOBAL:
        raise reader.fault(f"exports of kind {space} are left out (tags of exceptions)")
    return Export(name, Space(space), reader.unsigned())


def _element(reader: Reader) -> Element:
    flags = reader.unsigned()
    if flags > 7:
        raise reader.fault(f"an element segment of kind {flags}")
    table, offset, kind = 0, b"", FUNCREF
    if not flags & 1:
        table = reader.unsigned() if flags & 2 else 0
        offset = read_expression(reader)
    if flags & 3:
        if flags & 4:
            kind = reader.value_type()
        elif reader.byte() != 0:
            raise reader.fault("an element segment holds functions")
    items: tuple[int | bytes, ...]
    if flags & 4:
        items = reader.vector("elements", lambda: read_expression(reader))
    else:
        items = reader.vector("elements", reader.unsigned)
    return Element(flags, table, offset, kind, items)


def _body(reader: Reader) -> Body:
    size = reader.unsigned()
    if size > MOST_CODE:
        raise reader.fault("a function is too long")
    inner = Reader(reader.data, reader.position, reader.position + size)
    start = reader.position
    reader.take(size)
    runs: list[tuple[int, ValueType]] = []
    for _ in range(inner.count("runs of locals", MOST_LOCALS, least_bytes=2)):
        runs.append((inner.unsigned(), inner.value_type()))
    if sum(count for count, _ in runs) > MOST_LOCALS:
        raise inner.fault(f"a function has more than {MOST_LOCALS:,} locals")
    header = inner.position - start
    return Body(tuple(runs), inner.take(inner.end - inner.position), header)


def _data(reader: Reader) -> Data:
    flags = reader.unsigned()
    if flags > 2:
        raise reader.fault(f"a data segment of kind {flags}")
    memory = reader.unsigned() if flags == 2 else 0
    offset = b"" if flags == 1 else read_expression(reader)
    return Data(flags, memory, offset, reader.take(reader.unsigned()))


def _list_of(what: str, item: Callable[[Reader], Any]) -> Callable[[Reader], Any]:
    return lambda reader: reader.vector(what, lambda: item(reader))


_SECTIONS: dict[int, Callable[[Reader], Any]] = {
    1: _list_of("types", Reader.function_type),
    2: _list_of("imports", _import),
    3: _list_of("functions", Reader.unsigned),
    4: _list_of("tables", _table),
    5: _list_of("memories", Reader.memory),
    6: _list_of("globals", _global),
    7: _list_of("exports", _export),
    8: Reader.unsigned,
    9: _list_of("elements", _element),
    10: _list_of("functions", _body),
    11: _list_of("data segments", _data),
    12: Reader.unsigned,
}


# -- writing sections


def _content(module: Module, section: int, value: Any) -> bytes | None:
    """Return the content of a section, or None where there is nothing to write."""
    if section in (8, 12):
        return None if value is None else out.unsigned(value)
    return out.vector(map(_ITEMS[section], value)) if value else None


def _write_import(item: Import) -> bytes:
    head = out.name(item.module) + out.name(item.name) + bytes((item.space,))
    of = item.of
    if isinstance(of, TableType):
        return head + out.table_type(of)
    if isinstance(of, GlobalType):
        return head + out.global_type(of)
    return head + (out.limits(of) if isinstance(of, Limits) else out.unsigned(of))


def _write_table(table: Table) -> bytes:
    kind = out.table_type(table.type)
    return kind if table.init is None else b"\x40\x00" + kind + table.init


def _write_element(element: Element) -> bytes:
    parts = [out.unsigned(element.flags)]
    if not element.flags & 1:
        parts += [out.unsigned(element.table)] if element.flags & 2 else []
        parts.append(element.offset)
    if element.flags & 3:
        parts.append(out.value_type(element.kind) if element.flags & 4 else b"\0")
    items = (item if isinstance(item, bytes) else out.unsigned(item) for item in element.items)
    return b"".join(parts) + out.vector(items)


def _write_body(body: Body) -> bytes:
    runs = out.vector(out.unsigned(count) + out.value_type(kind) for count, kind in body.locals)
    return out.sized(runs + body.code)


def _write_data(data: Data) -> bytes:
    memory = out.unsigned(data.memory) if data.flags == 2 else b""
    return out.unsigned(data.flags) + memory + data.offset + out.sized(data.content)


_ITEMS: dict[int, Callable[[Any], bytes]] = {
    1: out.function_type,
    2: _write_import,
    3: out.unsigned,
    4: _write_table,
    5: out.limits,
    6: lambda item: out.global_type(item.type) + item.init,
    7: lambda item: out.name(item.name) + bytes((item.space,)) + out.unsigned(item.of),
    9: _write_element,
    10: _write_body,
    11: _write_data,
}
