"""One instruction as text, in the form of Wizard's reports: `i32.load[align=4,offset=8]`.

Leaves out: the text format of the specification. Source: titzer/wizard-engine, the reports of its monitors.
"""

from collections.abc import Callable
from typing import Any

from trialrun.lang.wasm_code import Instr, block_signature
from trialrun.lang.wasm_opcodes import OPS, Imm
from trialrun.lang.wasm_types import FuncType, Module, ValueType
from trialrun.observe.wasm_numbers import signed


def render(instr: Instr, module: Module) -> str:
    """Return an instruction with its immediates."""
    op = OPS[instr.op]
    if op.imm is Imm.NONE or (op.imm is Imm.TYPES and instr.imm is None):
        return op.name
    return f"{op.name}[{_FORMS[op.imm](instr.imm, module)}]"


def _signature(kind: FuncType, module: Module) -> str:
    sides = (" ".join(_value(item, module) for item in side) for side in (kind.params, kind.results))
    return " -> ".join(f"[{side}]" for side in sides)


def _value(kind: ValueType, module: Module) -> str:
    if kind.kind != "ref":
        return kind.kind
    if isinstance(kind.heap, int):
        return f"(ref {_signature(module.types[kind.heap], module)})"
    return f"{kind.heap}ref" if kind.nullable else f"(ref {kind.heap})"


def _block(kind: Any, module: Module) -> str:
    found = block_signature(kind, module.types)
    if not found.params and len(found.results) <= 1:
        return _value(found.results[0], module) if found.results else ""
    return _signature(found, module)


def _heap(heap: str | int, module: Module) -> str:
    return _signature(module.types[heap], module) if isinstance(heap, int) else heap


def _memarg(imm: tuple[int, int, int], module: Module) -> str:
    # Wizard halves the exponent; so do we, to be comparable line by line.
    align, offset, memory = imm
    return f"{f'memory={memory},' if memory else ''}align={1 << (align >> 1)},offset={offset}"


def _named(*names: str) -> Callable[[Any, Module], str]:
    def form(imm: Any, module: Module) -> str:
        numbers = imm if isinstance(imm, tuple) else (imm,)
        return ",".join(f"{name}={number}" for name, number in zip(names, numbers, strict=True))

    return form


_FORMS: dict[Imm, Callable[[Any, Module], str]] = {
    Imm.BLOCK: _block,
    Imm.LABEL: _named("depth"),
    Imm.LABELS: lambda imm, module: f"{len(imm)}...",
    Imm.FUNCTION: _named("func"),
    Imm.TYPE: _named("sig"),
    Imm.CALL_INDIRECT: _named("sig", "table"),
    Imm.LOCAL: lambda imm, module: str(imm),
    Imm.GLOBAL: lambda imm, module: str(imm),
    Imm.TABLE: _named("table"),
    Imm.MEMORY: _named("mem"),
    Imm.MEMARG: _memarg,
    Imm.I32: lambda imm, module: str(signed(imm, 32)),
    Imm.I64: lambda imm, module: str(signed(imm, 64)),
    Imm.F32: lambda imm, module: f"{imm:#x}",
    Imm.F64: lambda imm, module: f"{imm:#x}",
    Imm.TYPES: lambda imm, module: " ".join(_value(kind, module) for kind in imm),
    Imm.HEAP: _heap,
    Imm.DATA_MEMORY: _named("data", "mem"),
    Imm.DATA: _named("data"),
    Imm.MEMORIES: _named("mem", "mem"),
    Imm.ELEM_TABLE: _named("elem", "table"),
    Imm.ELEM: _named("elem"),
    Imm.TABLES: _named("table", "table"),
}
