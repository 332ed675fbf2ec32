"""Types of one function's code: the validation algorithm of the specification, with what it finds kept.

Beside the verdict it gives, for each instruction, the height of the operand stack before it (-1 where it is never
reached), and for each block where its `else` and `end` are: what an interpreter and a rewriter need.

Leaves out: everything outside of code (`wasm_validate.py`).
Source: WebAssembly Core Specification, appendix "Validation Algorithm".
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm_code import Instr, block_signature, locals_of, read_code
from trialrun.lang.wasm_opcodes import OPS, Imm
from trialrun.lang.wasm_scope import BOTTOM, Scope
from trialrun.lang.wasm_types import I32, Body, FuncType, ValueType, WasmError

MOST_WORK = 50_000_000
"""Operands of a module: far more than programs have, unless branches carry hundreds of values."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A function whose types are right."""

    type: FuncType
    locals: tuple[ValueType, ...]
    """Parameters, then declared locals."""
    code: tuple[Instr, ...]
    heights: tuple[int, ...]
    """Operand stack before each instruction; -1 in code that nothing reaches."""
    ends: dict[int, int]
    """Index of each block's `end`, by the index of its start."""
    elses: dict[int, int]
    """Index of each `else`, by the index of its `if`."""


@dataclass(slots=True)
class _Frame:
    """An open block."""

    op: int
    start: int
    signature: FuncType
    height: int
    set_before: int
    """Locals that were set as the block began."""
    unreachable: bool = False

    @property
    def label(self) -> tuple[ValueType, ...]:
        return self.signature.params if self.op == ops.LOOP else self.signature.results


@dataclass(slots=True)
class Typer:
    """Checks one function; use once."""

    scope: Scope
    type: FuncType
    body: Body
    stack: list[ValueType] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)
    set_locals: list[int] = field(default_factory=list)
    unset: set[int] = field(default_factory=set)
    """Locals without a default that nothing has set yet."""
    ends: dict[int, int] = field(default_factory=dict)
    elses: dict[int, int] = field(default_factory=dict)
    locals: list[ValueType] = field(default_factory=list)
    place: int = 0

    def run(self) -> Typed:
        """Return the typed function. Raises `WasmError` with the offset of the first fault."""
        code = read_code(self.body.code, self.body.header)
        declared = [self.scope.known(kind) for kind in locals_of(self.body.locals)]
        self.locals = [*self.type.params, *declared]
        first = len(self.type.params)
        self.unset = {
            first + n for n, kind in enumerate(declared) if kind.kind == "ref" and not kind.nullable
        }
        self._open(ops.BLOCK, FuncType((), self.type.results))
        heights = []
        for self.place, instr in enumerate(code):
            heights.append(-1 if self.frames[-1].unreachable else len(self.stack))
            try:
                self._step(instr)
            except WasmError as error:
                raise WasmError(f"+{instr.offset} {instr.name}: {error}") from None
        return Typed(self.type, tuple(self.locals), tuple(code), tuple(heights), self.ends, self.elses)

    # -- the two stacks

    def pop(self, wanted: ValueType | None = None) -> ValueType:
        """Take the top operand, of any type or of one that fits."""
        frame = self.frames[-1]
        if len(self.stack) == frame.height:
            if not frame.unreachable:
                raise WasmError("an operand is missing")
            return BOTTOM if wanted is None else wanted
        found = self.stack.pop()
        if wanted is not None and not self.scope.fits(found, wanted):
            raise WasmError(f"{found} where {wanted} is wanted")
        return found

    def pops(self, wanted: tuple[ValueType, ...]) -> None:
        """Take operands, the last first."""
        self._work(len(wanted))
        for kind in reversed(wanted):
            self.pop(kind)

    def _work(self, operands: int) -> None:
        """Count operands that are pushed or taken. Raises `WasmError` where a module has too many."""
        self.scope.work += operands
        if self.scope.work > MOST_WORK:
            raise WasmError(f"more than {MOST_WORK:,} operands have to be looked at")

    def _open(self, op: int, signature: FuncType) -> None:
        self.frames.append(_Frame(op, self.place, signature, len(self.stack), len(self.set_locals)))
        self.stack += signature.params

    def _close(self) -> _Frame:
        frame = self.frames[-1]
        self.pops(frame.signature.results)
        if len(self.stack) != frame.height:
            raise WasmError("operands are left at the end of a block")
        self.unset.update(self.set_locals[frame.set_before :])
        del self.set_locals[frame.set_before :]
        return self.frames.pop()

    def _stop(self) -> None:
        """What follows is never reached."""
        frame = self.frames[-1]
        del self.stack[frame.height :]
        frame.unreachable = True

    def _label(self, depth: int) -> tuple[ValueType, ...]:
        if depth >= len(self.frames):
            raise WasmError(f"a branch to depth {depth} in {len(self.frames)} blocks")
        return self.frames[-1 - depth].label

    # -- instructions

    def _step(self, instr: Instr) -> None:
        op = OPS[instr.op]
        special = _SPECIAL.get(instr.op)
        if special is not None:
            special(self, instr)
            return
        if op.imm is Imm.MEMARG:
            self._memarg(op.name, instr.imm)
        elif op.imm in _CHECKS:
            _CHECKS[op.imm](self, instr.imm)
        assert op.type is not None
        self.pops(op.type.params)
        self.stack += op.type.results

    def _memarg(self, name: str, imm: tuple[int, int, int]) -> None:
        align, _, memory = imm
        self.scope.at(self.scope.memories, memory, "memory")
        family, _, rest = name.partition(".")
        digits = "".join(c for c in rest if c.isdigit()) or family[1:]
        if 1 << align > int(digits) // 8:
            raise WasmError("an alignment beyond the natural one")

    def _block(self, instr: Instr) -> None:
        signature = block_signature(instr.imm, self.scope.module.types)
        for kind in (*signature.params, *signature.results):
            self.scope.known(kind)
        if instr.op == ops.IF:
            self.pop(I32)
        self.pops(signature.params)
        self._open(instr.op, signature)

    def _else(self, instr: Instr) -> None:
        frame = self._close()
        self.elses[frame.start] = self.place
        start, self.place = self.place, frame.start
        self._open(ops.ELSE, frame.signature)
        self.place = start

    def _end(self, instr: Instr) -> None:
        frame = self._close()
        if frame.op == ops.IF and frame.signature.params != frame.signature.results:
            raise WasmError("an if without else gives what it takes")
        if self.frames:
            self.ends[frame.start] = self.place
            self.stack += frame.signature.results

    def _br(self, instr: Instr) -> None:
        self.pops(self._label(instr.imm))
        self._stop()

    def _br_if(self, instr: Instr) -> None:
        self.pop(I32)
        label = self._label(instr.imm)
        self.pops(label)
        self.stack += label

    def _br_table(self, instr: Instr) -> None:
        self.pop(I32)
        arity = len(self._label(instr.imm[-1]))
        for depth in set(instr.imm):
            label = self._label(depth)
            if len(label) != arity:
                raise WasmError("targets of a br_table take different numbers of values")
            self._work(arity)
            taken = [self.pop(kind) for kind in reversed(label)]
            self.stack += reversed(taken)
        self._stop()

    def _br_on(self, instr: Instr) -> None:
        label = self._label(instr.imm)
        found = self.pop()
        if found.kind not in ("ref", "bottom"):
            raise WasmError(f"{found} where a reference is wanted")
        solid = found if found is BOTTOM else found._replace(nullable=False)
        if instr.op == ops.BR_ON_NON_NULL:
            if not label or label[-1].kind != "ref" or not self.scope.fits(solid, label[-1]):
                raise WasmError("the target does not take the reference")
            label = label[:-1]
        self.pops(label)
        self.stack += label
        if instr.op == ops.BR_ON_NULL:
            self.stack.append(solid)

    def _return(self, instr: Instr) -> None:
        self.pops(self.type.results)
        self._stop()

    def _call(self, instr: Instr) -> None:
        imm: Any = instr.imm
        if instr.op in (ops.CALL, ops.RETURN_CALL):
            signature = self.scope.at(self.scope.functions, imm, "function")
        elif instr.op in (ops.CALL_REF, ops.RETURN_CALL_REF):
            signature = self.scope.function_type(imm)
            self.pop(ValueType("ref", True, imm))
        else:
            signature = self.scope.function_type(imm[0])
            table = self.scope.at(self.scope.tables, imm[1], "table")
            if not self.scope.fits(table.element, ValueType("ref", True, "func")):
                raise WasmError("a call through a table that does not hold functions")
            self.pop(I32)
        self.pops(signature.params)
        if instr.op not in ops.TAIL_CALLS:
            self._work(len(signature.results))
            self.stack += signature.results
            return
        found, wanted = signature.results, self.type.results
        if len(found) != len(wanted) or not all(map(self.scope.fits, found, wanted)):
            raise WasmError("a tail call to a function with other results")
        self._stop()

    def _unreachable(self, instr: Instr) -> None:
        self._stop()

    def _drop(self, instr: Instr) -> None:
        self.pop()

    def _select(self, instr: Instr) -> None:
        self.pop(I32)
        if instr.imm is not None:
            if len(instr.imm) != 1:
                raise WasmError("select names one type")
            kind = self.scope.known(instr.imm[0])
            self.pops((kind, kind))
            self.stack.append(kind)
            return
        one, two = self.pop(), self.pop()
        if "ref" in (one.kind, two.kind):
            raise WasmError("select of references names its type")
        if one != two and BOTTOM not in (one, two):
            raise WasmError(f"select between {two} and {one}")
        self.stack.append(two if one is BOTTOM else one)

    def _local(self, instr: Instr) -> None:
        kind = self.scope.at(self.locals, instr.imm, "local")
        if instr.op == ops.LOCAL_GET:
            if instr.imm in self.unset:
                raise WasmError(f"local {instr.imm} has no value yet")
            self.stack.append(kind)
            return
        self.pop(kind)
        if instr.imm in self.unset:
            self.unset.discard(instr.imm)
            self.set_locals.append(instr.imm)
        if instr.op == ops.LOCAL_TEE:
            self.stack.append(kind)

    def _global(self, instr: Instr) -> None:
        found = self.scope.at(self.scope.globals, instr.imm, "global")
        if instr.op == ops.GLOBAL_GET:
            self.stack.append(found.value)
            return
        if not found.mutable:
            raise WasmError(f"global {instr.imm} cannot be written")
        self.pop(found.value)

    def _table(self, instr: Instr) -> None:
        element = self.scope.at(self.scope.tables, instr.imm, "table").element
        wanted, given = {
            ops.TABLE_GET: ((I32,), (element,)),
            ops.TABLE_SET: ((I32, element), ()),
            ops.TABLE_GROW: ((element, I32), (I32,)),
            ops.TABLE_FILL: ((I32, element, I32), ()),
        }[instr.op]
        self.pops(wanted)
        self.stack += given

    def _reference(self, instr: Instr) -> None:
        if instr.op == ops.REF_NULL:
            self.stack.append(self.scope.known(ValueType("ref", True, instr.imm)))
        elif instr.op == ops.REF_FUNC:
            self.scope.at(self.scope.functions, instr.imm, "function")
            if instr.imm not in self.scope.declared:
                raise WasmError(f"function {instr.imm} is not declared for references")
            self.stack.append(ValueType("ref", False, self.scope.type_of[instr.imm]))
        else:
            found = self.pop()
            if found.kind not in ("ref", "bottom"):
                raise WasmError(f"{found} where a reference is wanted")
            solid = found if found is BOTTOM else found._replace(nullable=False)
            self.stack.append(I32 if instr.op == ops.REF_IS_NULL else solid)

    # -- immediates of instructions with a fixed type

    def _in_memory(self, index: int) -> None:
        self.scope.at(self.scope.memories, index, "memory")

    def _in_table(self, index: int) -> None:
        self.scope.at(self.scope.tables, index, "table")

    def _data(self, index: int) -> None:
        if self.scope.module.data_count is None or index >= self.scope.module.data_count:
            raise WasmError(f"data segment {index} is not announced")

    def _data_memory(self, imm: tuple[int, int]) -> None:
        self._data(imm[0])
        self._in_memory(imm[1])

    def _memories(self, imm: tuple[int, int]) -> None:
        self._in_memory(imm[0])
        self._in_memory(imm[1])

    def _element(self, index: int) -> ValueType:
        kind: ValueType = self.scope.at(self.scope.module.elements, index, "element segment").kind
        return kind

    def _element_table(self, imm: tuple[int, int]) -> None:
        self._in_table(imm[1])
        if not self.scope.fits(self._element(imm[0]), self.scope.tables[imm[1]].element):
            raise WasmError("a segment whose elements do not fit the table")

    def _tables(self, imm: tuple[int, int]) -> None:
        self._in_table(imm[0])
        self._in_table(imm[1])
        if not self.scope.fits(self.scope.tables[imm[1]].element, self.scope.tables[imm[0]].element):
            raise WasmError("elements of one table do not fit the other")


_CHECKS: dict[Imm, Callable[[Typer, Any], object]] = {
    Imm.MEMORY: Typer._in_memory,
    Imm.TABLE: Typer._in_table,
    Imm.DATA: Typer._data,
    Imm.DATA_MEMORY: Typer._data_memory,
    Imm.MEMORIES: Typer._memories,
    Imm.ELEM: Typer._element,
    Imm.ELEM_TABLE: Typer._element_table,
    Imm.TABLES: Typer._tables,
}
_SPECIAL: dict[int, Callable[[Typer, Instr], None]] = {
    **dict.fromkeys(ops.STARTS, Typer._block),
    **dict.fromkeys(ops.CALLS, Typer._call),
    **dict.fromkeys((ops.BR_ON_NULL, ops.BR_ON_NON_NULL), Typer._br_on),
    **dict.fromkeys((ops.LOCAL_GET, ops.LOCAL_SET, ops.LOCAL_TEE), Typer._local),
    **dict.fromkeys((ops.GLOBAL_GET, ops.GLOBAL_SET), Typer._global),
    **dict.fromkeys((ops.TABLE_GET, ops.TABLE_SET, ops.TABLE_GROW, ops.TABLE_FILL), Typer._table),
    **dict.fromkeys((ops.REF_NULL, ops.REF_FUNC, ops.REF_IS_NULL, ops.REF_AS_NON_NULL), Typer._reference),
    **dict.fromkeys((ops.SELECT, ops.SELECT_TYPED), Typer._select),
    ops.ELSE: Typer._else,
    ops.END: Typer._end,
    ops.BR: Typer._br,
    ops.BR_IF: Typer._br_if,
    ops.BR_TABLE: Typer._br_table,
    ops.RETURN: Typer._return,
    ops.UNREACHABLE: Typer._unreachable,
    ops.DROP: Typer._drop,
}
