"""The interpreter tier: a WebAssembly machine with a view into every frame, and probes that come and go while it runs.

A probe replaces the closure of its instruction, as Wizard overwrites the opcode's byte: what is not probed pays
nothing. Probes at one place fire in the order of their insertion, before the instruction. What fires is the list as
it was when the place was reached, so probes that are inserted or removed meanwhile count from the next time on. A
probe may read and write the locals and operands of its frame, and may raise `Trap`. Global probes fire before every
instruction.

Leaves out: speed (it is the reference for `wasm_rewrite.py`); host functions that call back into the program.
Source: "Flexible Non-intrusive Dynamic Instrumentation for WebAssembly" (2024).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from trialrun.lang.wasm_types import FuncType, Module, Space, WasmError
from trialrun.observe.wasm_instance import Bounds, Function, Imports, Instance, Step
from trialrun.observe.wasm_numbers import Trap
from trialrun.observe.wasm_probe import Code, Location
from trialrun.observe.wasm_steps import SWITCH, compile_steps


class Exhausted(Exception):
    """The program took more turns than it was given; no fault of WebAssembly's."""


@dataclass(eq=False, slots=True)
class Frame:
    """One open call. Locals and stack are the machine's own: what a probe writes, the program sees."""

    function: Function
    locals: list[Any]
    caller: "Frame | None"
    depth: int
    stack: list[Any] = field(default_factory=list)
    place: int = 0
    """Index of the instruction that is next, or that fires."""

    @property
    def location(self) -> Location:
        """Return where the frame is."""
        assert self.function.typed is not None
        return Location(self.function.index, self.function.typed.code[self.place].offset)


Action = Callable[[Frame], object]
"""What a probe does."""


@dataclass(eq=False, frozen=True, slots=True)
class LocalProbe:
    """A probe in its place: what `remove` takes. The same object may be inserted once."""

    location: Location
    action: Action


class Machine:
    """One instance that can be observed. `start` runs the start function: insert probes before it."""

    def __init__(self, module: Module, imports: Imports | None = None, bounds: Bounds | None = None) -> None:
        """Raises `WasmError` for a module or an import that is wrong, `Trap` where a segment does not fit."""
        self.instance = Instance(module, imports, bounds)
        self.code = Code(module)
        self.frame: Frame | None = None
        self._turns = self.instance.bounds.turns
        self._plain: dict[int, list[Step]] = {}
        self._local: dict[tuple[int, int], tuple[LocalProbe, ...]] = {}
        self._global: tuple[Action, ...] = ()
        self._counters: dict[tuple[int, int], Step] = {}
        self._entries: dict[int, Callable[[], object]] = {}

    # -- running

    def start(self) -> None:
        """Run the start function, if there is one."""
        if self.instance.module.start is not None:
            self.call(self.instance.module.start)

    def invoke(self, name: str, *arguments: Any) -> list[Any]:
        """Call an exported function with bit patterns; return its results. Raises `Trap` and `Exhausted`."""
        return self.call(self.instance.exported(name, Space.FUNCTION), *arguments)

    def call(self, number: int, *arguments: Any) -> list[Any]:
        """Call a function by its number."""
        function = self.instance.functions[number]
        if len(arguments) != len(function.type.params):
            raise WasmError(f"function {number} takes {len(function.type.params)} arguments")
        bottom = Frame(_BOTTOM, [], self.frame, 0)
        stack = bottom.stack
        stack.extend(arguments)
        if self.enter(function, stack, bottom, back=0) == SWITCH:
            try:
                self._run(bottom)
            finally:
                self.frame = bottom.caller
        return stack

    def _run(self, bottom: Frame) -> None:
        """Run the present frame until control comes back to `bottom`."""
        while self.frame is not bottom:
            frame = self.frame
            assert frame is not None
            steps, stack, local, place = frame.function.steps, frame.stack, frame.locals, frame.place
            try:
                while True:
                    following = steps[place](stack, local, frame)
                    if following is None:
                        place += 1
                    elif following >= 0:
                        place = following
                    else:
                        break
            except Trap:
                frame.place = place
                raise

    # -- what steps call

    def enter(self, function: Function, stack: list[Any], frame: Frame, *, back: int) -> int | None:
        """Begin a call with the arguments on the stack; `back` is where the caller goes on."""
        taken = len(function.type.params)
        arguments = stack[len(stack) - taken :]
        if function.host is not None:
            self._host(function, arguments, frame, stack, taken)
            return None
        if frame.depth >= self.instance.bounds.frames:
            raise Trap("call stack exhausted")
        del stack[len(stack) - taken :]
        frame.place = back
        self._open(function, arguments, frame, frame.depth + 1)
        return SWITCH

    def leave(self, frame: Frame) -> int:
        """End a call: the results are on top of the frame's stack."""
        caller = frame.caller
        assert caller is not None
        count = len(frame.function.type.results)
        if count:
            caller.stack.extend(frame.stack[-count:])
        self.frame = caller
        return SWITCH

    def tail(self, function: Function, stack: list[Any], frame: Frame) -> int:
        """Replace a call by another."""
        arguments = stack[len(stack) - len(function.type.params) :]
        caller = frame.caller
        assert caller is not None
        if function.host is not None:
            self._host(function, arguments, frame, caller.stack, 0)
            self.frame = caller
            return SWITCH
        self._open(function, arguments, caller, frame.depth)
        return SWITCH

    def turn(self) -> None:
        """Count an iteration of a loop. Raises `Exhausted`."""
        self._turns -= 1
        if self._turns < 0:
            raise Exhausted(f"more than {self.instance.bounds.turns:,} calls and iterations")

    def _open(self, function: Function, arguments: list[Any], caller: Frame, depth: int) -> None:
        self.turn()
        typed = function.typed
        assert typed is not None
        if not function.steps:
            self._prepare(function)
        if function.index in self._entries:
            self._entries[function.index]()
        zeros = [None if kind.kind == "ref" else 0 for kind in typed.locals[len(arguments) :]]
        self.frame = Frame(function, arguments + zeros, caller, depth)

    def _host(
        self, function: Function, arguments: list[Any], frame: Frame, stack: list[Any], taken: int
    ) -> None:
        assert function.host is not None
        found = function.host(*arguments)
        results = () if found is None else found if isinstance(found, tuple) else (found,)
        if len(results) != len(function.type.results):
            raise WasmError(f"the host's function {function.index} gave {len(results)} results")
        if taken:
            del stack[len(stack) - taken :]
        stack.extend(results)

    # -- probes

    def insert(self, location: Location, action: Action) -> LocalProbe:
        """Insert a probe before an instruction, after those that are there. Raises `WasmError` for no such place."""
        probe = LocalProbe(location, action)
        key = (location.function, self.code.place(location))
        self._local[key] = (*self._local.get(key, ()), probe)
        self._renew(*key)
        return probe

    def remove(self, probe: LocalProbe) -> None:
        """Remove a probe; nothing happens where it is gone already."""
        key = (probe.location.function, self.code.place(probe.location))
        kept = tuple(other for other in self._local.get(key, ()) if other is not probe)
        if kept:
            self._local[key] = kept
        else:
            self._local.pop(key, None)
        self._renew(*key)

    def insert_global(self, action: Action) -> None:
        """Let a probe fire before every instruction, before local probes."""
        self._global = (*self._global, action)
        self._renew_all()

    def remove_global(self, action: Action) -> None:
        """Remove a global probe."""
        self._global = tuple(other for other in self._global if other is not action)
        self._renew_all()

    def on_entry(self, function: int, action: Callable[[], object]) -> None:
        """Do something each time that a function is entered: a loop at its beginning does not enter it again."""
        self._entries[function] = action

    def count_all(self) -> dict[int, list[int]]:
        """Count every instruction from now on; return the counts, which go on growing: by function, by instruction."""
        counts = {number: [0] * len(self.code.of(number).code) for number in self.code.functions()}
        for number, row in counts.items():
            for place in range(len(row)):
                self._counters[number, place] = _counter(row, place)
        self._renew_all()
        return counts

    def _prepare(self, function: Function) -> None:
        assert function.typed is not None
        plain = compile_steps(self, function.typed)
        self._plain[function.index] = plain
        function.steps.extend(plain)
        for place in range(len(plain)):
            self._renew(function.index, place)

    def _renew_all(self) -> None:
        for number, plain in self._plain.items():
            for place in range(len(plain)):
                self._renew(number, place)

    def _renew(self, number: int, place: int) -> None:
        """Give an instruction the step that fires its probes; frames that are running see it at once."""
        if number not in self._plain:
            return  # made when the function is first entered
        step = self._plain[number][place]
        counter = self._counters.get((number, place))
        local = self._local.get((number, place), ())
        if counter is not None:
            step = _both(counter, step)
        if local or self._global:
            step = _firing(tuple(probe.action for probe in local), self._global, step, place)
        self.instance.functions[number].steps[place] = step


_BOTTOM = Function(-1, FuncType(), -1)


def _counter(row: list[int], place: int) -> Step:
    def count(stack: list[Any], local: list[Any], frame: Any) -> None:
        row[place] += 1

    return count


def _both(first: Step, then: Step) -> Step:
    def step(stack: list[Any], local: list[Any], frame: Any) -> int | None:
        first(stack, local, frame)
        return then(stack, local, frame)

    return step


def _firing(local: tuple[Action, ...], everywhere: tuple[Action, ...], step: Step, place: int) -> Step:
    def fire(stack: list[Any], local_values: list[Any], frame: Frame) -> int | None:
        frame.place = place
        for action in everywhere + local:
            action(frame)
        return step(stack, local_values, frame)

    return fire
