"""What a trace says, event after event, as plain facts in the words of the program: for scratchpads and monologues.

A fact is an event with the call it belongs to, the lines that led to it, the values that it changed (each with the line
that wrote it, from the statements of the block), the values that the block had read before, and what it returned or
raised. A value that is written again and is the same is no change.

Only traces at level `summaries` have facts: at others a value may be a later state, and nothing may be learnt from it.
Leaves out: wording (`scratchpad.py`, `monologue.py`), variables that the call did not write.
"""

from collections.abc import Iterator
from typing import NamedTuple

from trialrun.core.printable import printable
from trialrun.core.trace import Event, Level, Trace
from trialrun.lang.blocks import RUN, first_line, written
from trialrun.lang.regions import Facts, facts_of
from trialrun.observe.steps import RESULTS, Step, walk
from trialrun.observe.value_text import Texts

NAME = 100
"""Characters of a name that are shown."""


class Wrote(NamedTuple):
    """A value that a variable got."""

    name: str
    text: str
    line: int


class Fact(NamedTuple):
    """One event."""

    event: int
    kind: Event
    call: int
    """Frame; −1 where it is not known."""
    caller: int
    function: str
    first_line: int
    """Of the block, or where the exception came from; 0 where there is none."""
    last_line: int
    path: tuple[int, ...]
    """Lines that the call ran since its fact before."""
    wrote: tuple[Wrote, ...]
    """What changed; of a CALL all parameters."""
    read: tuple[tuple[str, str], ...]
    """Variables that the block reads before it writes them, as they were when it began; known ones alone."""
    result: str | None
    """Text of the returned value, or the name of the exception."""


def facts(trace: Trace) -> Iterator[Fact]:
    """Yield the facts of a trace in the order of its events; none at another level than `summaries`."""
    if trace.level is not Level.SUMMARIES:
        return
    program = _Program(trace)
    texts = Texts(trace)
    shown: dict[tuple[int, int], int] = {}
    for step, bound, before in walk(trace):
        yield _fact(trace, step, program, texts, bound, before, shown)


def _fact(
    trace: Trace,
    step: Step,
    program: "_Program",
    texts: Texts,
    bound: dict[str, int],
    before: dict[str, int],
    shown: dict[tuple[int, int], int],
) -> Fact:
    code, is_call = trace.code[step.event], step.kind is Event.CALL
    wrote: list[Wrote] = []
    result = None
    for name, row in bound.items():
        if name in RESULTS:
            text = texts.of(row)
            result = text if name == "return" else text.strip("'\"")
            continue
        if step.kind not in (
            Event.CALL,
            Event.BLOCK,
            Event.RETURN,
        ):  # these bind nothing else, in an honest record
            continue
        key = step.frame, trace.name[row]
        if not is_call and shown.get(key) == trace.value[row]:
            continue
        shown[key] = trace.value[row]
        line = step.line if is_call else program.line_of(step.block, name, step.line)
        wrote.append(Wrote(printable(name, NAME), texts.of(row), line))
    if result is None and step.kind is Event.RETURN:
        result = "None"
    if result is None and step.kind in (Event.RAISE, Event.CATCH):
        result = "?"
    lines = (
        trace.blocks[step.block].lines if step.block >= 0 and step.kind in (Event.BLOCK, Event.RETURN) else ()
    )
    reads = program.reads(step.block) if step.kind in (Event.BLOCK, Event.RETURN) else frozenset()
    return Fact(
        event=step.event,
        kind=step.kind,
        call=step.frame,
        caller=trace.parents[step.frame] if 0 <= step.frame < len(trace.parents) else -1,
        function=printable(trace.codes[code].name, NAME) if 0 <= code < len(trace.codes) else "?",
        first_line=lines[0][0] if lines else step.line,
        last_line=lines[-1][1] if lines else step.line,
        path=step.lines,
        wrote=tuple(sorted(wrote, key=lambda one: one.line)),
        read=tuple((printable(name, NAME), texts.of(row)) for name, row in before.items() if name in reads),
        result=result,
    )


class _Program:
    """Statements of the traced text, by block."""

    def __init__(self, trace: Trace) -> None:
        self._lines: dict[tuple[int, str], int] = {}
        self._reads: list[frozenset[str]] = []
        if not trace.sources:
            return
        known = facts_of(trace.sources[0][1])
        # Traces that were made otherwise than by our recorder may number blocks otherwise.
        if isinstance(known, Facts) and known.infos()[1] == trace.blocks:
            self._reads = known.uses
            self._find_lines(known)

    def _find_lines(self, known: Facts) -> None:
        for block in known.layout.blocks:
            if block.role != RUN:
                continue
            for name in block.leading:
                owner = getattr(block.owner, "lineno", 0)
                if owner:
                    self._lines[block.index, name] = owner
            for statement in block.statements:
                for name in written([statement]):
                    self._lines[block.index, name] = first_line(statement)

    def line_of(self, block: int, name: str, otherwise: int) -> int:
        """Return the line of the last statement of a block that writes a name."""
        return self._lines.get((block, name), otherwise)

    def reads(self, block: int) -> frozenset[str]:
        """Return the names that a block reads before it certainly binds them."""
        return self._reads[block] if 0 <= block < len(self._reads) else frozenset()
