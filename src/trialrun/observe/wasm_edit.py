"""One function, edited: snippets before and after instructions, new locals, code on every way out.

Instructions are copied as they are, so depths of branches stay right: nothing is put between a branch and its target's
label but straight code. Where code has to run on every way out and branches leave the function, the body is wrapped in
a block; the function's own label had the same depth.

Leaves out: what the snippets do.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm_code import BlockType, write
from trialrun.lang.wasm_typer import Typed
from trialrun.lang.wasm_types import Body, FuncType, ValueType


@dataclass(slots=True)
class Types:
    """Function types of the new module: those of the old one, then what is added."""

    all: list[FuncType]

    def number(self, kind: FuncType) -> int:
        """Return the number of a type, added where it is new."""
        if kind not in self.all:
            self.all.append(kind)
        return self.all.index(kind)


@dataclass(slots=True)
class Edit:
    """Collects changes to one function; `finish` gives the new body."""

    typed: Typed
    body: Body
    added: list[ValueType] = field(default_factory=list)
    first: list[bytes] = field(default_factory=list)
    """Code at the entry."""
    leaving: list[bytes] = field(default_factory=list)
    """Code on every way out that is no trap; it must not touch the operand stack."""
    before: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    after: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    replaced: dict[int, bytes] = field(default_factory=dict)
    """Instructions in other words, by index: they take and give the same."""
    scratch: dict[ValueType, list[int]] = field(default_factory=lambda: defaultdict(list))

    @property
    def changed(self) -> bool:
        """Return whether anything was inserted."""
        return bool(self.first or self.leaving or self.before or self.after or self.replaced)

    def local(self, kind: ValueType) -> int:
        """Return the number of a new local."""
        self.added.append(kind)
        return len(self.typed.locals) + len(self.added) - 1

    def temporary(self, kind: ValueType, number: int = 0) -> int:
        """Return a local for use within one snippet."""
        known = self.scratch[kind]
        while len(known) <= number:
            known.append(self.local(kind))
        return known[number]

    def finish(self, types: Types) -> Body:
        """Return the edited body."""
        code, last = self.typed.code, len(self.typed.code) - 1
        leaving = b"".join(self.leaving)
        wrapped = (bool(leaving) or last in self.after) and _leaves_by_branch(self.typed)
        parts = list(self.first)
        if wrapped:
            parts.append(write(ops.BLOCK, _block_type(self.typed.type.results, types)))
        for place, instr in enumerate(code[:-1]):
            parts += self.before.get(place, ())
            if leaving and (instr.op == ops.RETURN or instr.op in ops.TAIL_CALLS):
                parts.append(leaving)
            parts.append(self.replaced.get(place) or self._bytes(place))
            parts += self.after.get(place, ())
        parts += self.before.get(last, ())
        if wrapped:
            parts.append(write(ops.END))
        parts += self.after.get(last, ())
        parts += [leaving, write(ops.END)]
        runs = [*self.body.locals, *((1, kind) for kind in self.added)]
        return Body(tuple(runs), b"".join(parts), 0)

    def _bytes(self, place: int) -> bytes:
        start = self.typed.code[place].offset - self.body.header
        return self.body.code[start : self.typed.code[place + 1].offset - self.body.header]


def _leaves_by_branch(typed: Typed) -> bool:
    """Say whether a branch goes to the end of the function itself."""
    depth = 0
    for instr in typed.code:
        if instr.op in ops.STARTS:
            depth += 1
        elif instr.op == ops.END:
            depth -= 1
        elif instr.op == ops.BR_TABLE:
            if max(instr.imm) >= depth:
                return True
        elif instr.op in (ops.BR, ops.BR_IF, ops.BR_ON_NULL, ops.BR_ON_NON_NULL) and instr.imm >= depth:
            return True
    return False


def _block_type(results: Sequence[ValueType], types: Types) -> BlockType:
    if not results:
        return None
    return results[0] if len(results) == 1 else types.number(FuncType((), tuple(results)))
