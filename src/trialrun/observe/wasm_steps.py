"""Instructions of a typed function as Python closures: what our interpreter runs.

Branch targets and stack heights are known from the typer, so each closure holds them as constants. Code that nothing
reaches gets no closure. A closure returns the index of the next instruction where that is not simply the next one, and
`SWITCH` where another frame goes on.

Leaves out: frames and probes (`wasm_interpreter.py`).
"""

from collections.abc import Callable
from typing import Any, Protocol

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm_code import Instr, block_signature
from trialrun.lang.wasm_opcodes import OPS, Imm
from trialrun.lang.wasm_typer import Typed
from trialrun.observe.wasm_instance import Function, Instance, Step
from trialrun.observe.wasm_numbers import NUMERIC, UNARY, Trap
from trialrun.observe.wasm_plain_steps import SIMPLE, STATE, binary, load, store, unary

SWITCH = -1


class Calls(Protocol):
    """What steps need of the interpreter."""

    instance: Instance

    def enter(self, function: Function, stack: list[Any], frame: Any, *, back: int) -> int | None:
        """Begin a call with the arguments on the stack; `back` is where the caller goes on."""

    def leave(self, frame: Any) -> int:
        """End a call: the results are on top of the frame's stack."""

    def tail(self, function: Function, stack: list[Any], frame: Any) -> int:
        """Replace a call by another."""

    def turn(self) -> None:
        """Count an iteration of a loop. Raises where there were too many."""


def _unreached(stack: list[Any], local: list[Any], frame: Any) -> int | None:
    raise AssertionError("the typer says that nothing reaches this instruction")


def compile_steps(machine: Calls, typed: Typed) -> list[Step]:
    """Return one closure for each instruction."""
    return _Compiler(machine, typed).run()


class _Compiler:
    """Builds the steps of one function."""

    def __init__(self, machine: Calls, typed: Typed) -> None:
        self.machine = machine
        self.instance = machine.instance
        self.typed = typed
        self.open: list[int] = []
        """Starts of the blocks that are open, outermost first."""

    def run(self) -> list[Step]:
        steps: list[Step] = []
        for place, instr in enumerate(self.typed.code):
            if self.typed.heights[place] < 0 and instr.op not in (ops.END, ops.ELSE):
                step: Step = _unreached
            else:
                step = self._step(place, instr)
            if instr.op in ops.STARTS:
                self.open.append(place)
            elif instr.op == ops.END and self.open:
                self.open.pop()
            steps.append(step)
        return steps

    def _step(self, place: int, instr: Instr) -> Step:
        if instr.op in NUMERIC:
            return unary(NUMERIC[instr.op]) if instr.op in UNARY else binary(NUMERIC[instr.op])
        op = OPS[instr.op]
        if op.imm is Imm.MEMARG:
            return self._access(op.name, instr.imm)
        if instr.op in SIMPLE:
            return SIMPLE[instr.op](instr.imm)
        if instr.op in STATE:
            return STATE[instr.op](self.instance, instr.imm)
        return getattr(self, _METHODS[instr.op])(place, instr)  # type: ignore[no-any-return]

    # -- control

    def _jump(self, place: int, depth: int, popped: int) -> Step:
        """Return the jump of a branch at `place` whose condition took `popped` operands."""
        code, results = self.typed.code, self.typed.type.results
        base, arity, target = 0, len(results), len(code) - 1
        if depth < len(self.open):
            start = self.open[-1 - depth]
            op = code[start].op
            kind = block_signature(code[start].imm, self.instance.module.types)
            base = self.typed.heights[start] - len(kind.params) - (op == ops.IF)
            arity = len(kind.params if op == ops.LOOP else kind.results)
            target = start if op == ops.LOOP else self.typed.ends[start]
        if self.typed.heights[place] - popped == base + arity:
            return lambda stack, local, frame: target
        if arity == 0:

            def cut(stack: list[Any], local: list[Any], frame: Any) -> int:
                del stack[base:]
                return target

            return cut

        def move(stack: list[Any], local: list[Any], frame: Any) -> int:
            del stack[base:-arity]
            return target

        return move

    def _block(self, place: int, instr: Instr) -> Step:
        return lambda stack, local, frame: None

    def _loop(self, place: int, instr: Instr) -> Step:
        turn = self.machine.turn
        return lambda stack, local, frame: turn()

    def _if(self, place: int, instr: Instr) -> Step:
        otherwise = self.typed.elses.get(place)
        target = self.typed.ends[place] if otherwise is None else otherwise + 1
        return lambda stack, local, frame: None if stack.pop() else target

    def _else(self, place: int, instr: Instr) -> Step:
        target = self.typed.ends[self.open[-1]]
        return lambda stack, local, frame: target

    def _end(self, place: int, instr: Instr) -> Step:
        return self._block(place, instr) if self.open else self._return(place, instr)

    def _return(self, place: int, instr: Instr) -> Step:
        leave = self.machine.leave
        return lambda stack, local, frame: leave(frame)

    def _br(self, place: int, instr: Instr) -> Step:
        return self._jump(place, instr.imm, 0)

    def _br_if(self, place: int, instr: Instr) -> Step:
        jump = self._jump(place, instr.imm, 1)
        return lambda stack, local, frame: jump(stack, local, frame) if stack.pop() else None

    def _br_table(self, place: int, instr: Instr) -> Step:
        jumps = [self._jump(place, depth, 1) for depth in instr.imm]
        last = len(jumps) - 1
        return lambda stack, local, frame: jumps[min(stack.pop(), last)](stack, local, frame)

    def _br_on_null(self, place: int, instr: Instr) -> Step:
        jump = self._jump(place, instr.imm, 1)

        def branch(stack: list[Any], local: list[Any], frame: Any) -> int | None:
            if stack[-1] is not None:
                return None
            stack.pop()
            return jump(stack, local, frame)

        return branch

    def _br_on_non_null(self, place: int, instr: Instr) -> Step:
        jump = self._jump(place, instr.imm, 0)

        def branch(stack: list[Any], local: list[Any], frame: Any) -> int | None:
            if stack[-1] is not None:
                return jump(stack, local, frame)
            stack.pop()
            return None

        return branch

    def _unreachable(self, place: int, instr: Instr) -> Step:
        def stop(stack: list[Any], local: list[Any], frame: Any) -> int | None:
            raise Trap("unreachable")

        return stop

    # -- calls

    def _call(self, place: int, instr: Instr) -> Step:
        find = self._callee(instr)
        enter, tail = self.machine.enter, self.machine.tail
        if instr.op in ops.TAIL_CALLS:
            return lambda stack, local, frame: tail(find(stack), stack, frame)
        back = place + 1
        return lambda stack, local, frame: enter(find(stack), stack, frame, back=back)

    def _callee(self, instr: Instr) -> Callable[[list[Any]], Function]:
        if instr.op in (ops.CALL, ops.RETURN_CALL):
            function = self.instance.functions[instr.imm]
            return lambda stack: function
        if instr.op in (ops.CALL_REF, ops.RETURN_CALL_REF):

            def by_reference(stack: list[Any]) -> Function:
                found: Function | None = stack.pop()
                if found is None:
                    raise Trap("null function reference")
                return found

            return by_reference
        kind, table = instr.imm[0], self.instance.tables[instr.imm[1]]
        same = self.instance.scope.same_type

        def by_table(stack: list[Any]) -> Function:
            number = stack.pop()
            if number >= len(table.elements):
                raise Trap("undefined element")
            found: Function | None = table.elements[number]
            if found is None:
                raise Trap("uninitialized element")
            if not same(found.kind, kind):
                raise Trap("indirect call type mismatch")
            return found

        return by_table

    # -- memory

    def _access(self, name: str, imm: tuple[int, int, int]) -> Step:
        _, offset, number = imm
        memory = self.instance.memories[number]
        family, _, rest = name.partition(".")
        width = int("".join(c for c in rest if c.isdigit()) or family[1:]) // 8
        if "store" in rest:
            return store(memory, offset, width)
        bits = int(family[1:])
        return load(memory, offset, width, bits if rest.endswith("_s") else 0)


_METHODS = {
    ops.BLOCK: "_block",
    ops.LOOP: "_loop",
    ops.IF: "_if",
    ops.ELSE: "_else",
    ops.END: "_end",
    ops.RETURN: "_return",
    ops.BR: "_br",
    ops.BR_IF: "_br_if",
    ops.BR_TABLE: "_br_table",
    ops.BR_ON_NULL: "_br_on_null",
    ops.BR_ON_NON_NULL: "_br_on_non_null",
    ops.UNREACHABLE: "_unreachable",
    **dict.fromkeys(ops.CALLS, "_call"),
}
