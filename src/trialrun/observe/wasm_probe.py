"""Where a WebAssembly program is observed, and what is known after a run; shared by both tiers.

A place is (function, offset): the function's number and the bytes from the start of its body, as in Wizard.
`Observed` is what the tiers report and the monitors render: how often each instruction began, which way each
`br_table` went, whom each indirect call reached, what memory was touched.

Leaves out: how that is found out (`wasm_interpreter.py`, `wasm_rewrite.py`).
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import Flag, StrEnum, auto
from typing import NamedTuple

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm_typer import Typed
from trialrun.lang.wasm_types import Module, Space, WasmError
from trialrun.lang.wasm_validate import validate


class Location(NamedTuple):
    """One instruction."""

    function: int
    """Number of the function, imported ones first."""
    offset: int
    """Bytes from the start of the function's body."""


class Kind(StrEnum):
    """What a probe finds out about its instruction."""

    COUNT = "count"
    """How often it began."""
    COVERAGE = "coverage"
    """Whether it ever began."""
    BRANCH = "branch"
    """How often each outcome was: not taken and taken, or each entry of a `br_table`."""
    OPERAND = "operand"
    """How often the operand on top of the stack (an i32) had each value below a limit."""
    CALL = "call"
    """How often each function was reached from here."""


class Capability(Flag):
    """What a tier can do."""

    KINDS = auto()
    """Every `Kind` of probe."""
    FULL_SPEED = auto()
    """The program runs compiled."""
    ACTIONS = auto()
    """A probe may be a function of the host's, and may trap."""
    FRAMES = auto()
    """Actions read and write locals and operands of every open call."""
    GLOBAL = auto()
    """A probe before every instruction."""
    LIVE = auto()
    """Probes come and go while functions run."""
    NEXT_ENTRY = auto()
    """Probes go, and come back, from the next entry of their function on."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One way of observing."""

    name: str
    can: Capability


_C = Capability
INTERPRETER = Tier("interpreter", _C.KINDS | _C.ACTIONS | _C.FRAMES | _C.GLOBAL | _C.LIVE | _C.NEXT_ENTRY)
REWRITE = Tier("rewrite", _C.KINDS | _C.FULL_SPEED | _C.NEXT_ENTRY)


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing to be known of one instruction; `Answers` tells it after the run."""

    location: Location
    kind: Kind
    limit: int = 256
    """Values of an operand that are told apart: those below this."""


class Code:
    """A valid module with its functions typed, and the way from places to instructions."""

    def __init__(self, module: Module) -> None:
        """Raises `WasmError` for a module that is not valid."""
        self.module = module
        self.typed: list[Typed] = validate(module)
        self.first = len(module.imported(Space.FUNCTION))
        """Number of the first function that has code here."""

    def functions(self) -> range:
        """Return the numbers of the functions that have code here."""
        return range(self.first, self.first + len(self.typed))

    def of(self, function: int) -> Typed:
        """Return a function by its number."""
        if function not in self.functions():
            raise WasmError(f"function {function} has no code here; those from {self.first} on have")
        return self.typed[function - self.first]

    def place(self, location: Location) -> int:
        """Return the index of the instruction at a place. Raises `WasmError` where none begins."""
        for index, instr in enumerate(self.of(location.function).code):
            if instr.offset == location.offset:
                return index
        raise WasmError(f"no instruction begins at +{location.offset} of function {location.function}")


@dataclass(slots=True)
class MemoryUse:
    """What was done with one memory. Addresses are counted in chunks of 64 KiB, by where an access begins."""

    reads: Counter[int] = field(default_factory=Counter)
    writes: Counter[int] = field(default_factory=Counter)
    copies: list[int] = field(default_factory=lambda: [0, 0])
    """Number and bytes of `memory.copy` into it."""
    inits: list[int] = field(default_factory=lambda: [0, 0])
    fills: list[int] = field(default_factory=lambda: [0, 0])
    grows: int = 0
    most_pages: int = 0
    """Pages that the largest growth asked for."""


@dataclass(slots=True)
class Observed:
    """What was seen of one run."""

    counts: dict[int, list[int]] = field(default_factory=dict)
    """How often each instruction began, by function."""
    tables: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    """How often each entry of a `br_table` was taken, the default last; by function and index of the instruction."""
    targets: dict[tuple[int, int], dict[int, int]] = field(default_factory=dict)
    """Functions reached by each indirect call and how often, in the order in which they were first reached."""
    memories: dict[int, MemoryUse] = field(default_factory=dict)

    operands: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    """How often the operand on top had each value below a limit, the rest last; by function and index."""
    covered: dict[int, list[bool]] = field(default_factory=dict)
    """Whether each instruction began, by function, where only that was asked."""
    entries: dict[int, int] = field(default_factory=dict)
    """How often each function was entered."""
    fallen: dict[tuple[int, int], int] = field(default_factory=dict)
    """How often execution went on right behind a two-way branch; by function and index of the branch."""

    def ran(self, function: int) -> list[bool]:
        """Return for each instruction of a function whether it ever began."""
        if function in self.covered:
            return self.covered[function]
        return [count > 0 for count in self.counts[function]]

    def branches(self, code: Code, function: int, index: int) -> list[int]:
        """Return how often a branch went each way: not taken and taken, or by entry of a `br_table`."""
        if (function, index) in self.tables:
            return self.tables[function, index]
        counts, typed = self.counts[function], code.of(function)
        total, straight = counts[index], self.fallen.get((function, index))
        if straight is None:
            return [0, total]
        taken = straight if typed.code[index].op == ops.IF else total - straight
        return [total - taken, taken]
