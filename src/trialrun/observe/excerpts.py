"""An excerpt of a trace for whoever is to find the fault: numbered blocks with the values before and after them.

    block     a block as it ran: the state before, its lines, the state after, what it returned or raised
    line      a line as it ran; states stand where the trace has them, at the ends of blocks
    function  the outermost call as one part: arguments, the lines that ran, the result

Of many parts at most `most` are shown: `ends`, the first and last half, as LDB publishes it, or `relevant`: each block
once, those on the dynamic slice of the outcome (`slices.py`) before the others and by suspiciousness where there are
scores, and then further times that they ran. What is left out is said where it is missing, and so is what is cut from a
value.

Source: LDB (2024), section 3.1 and its code for the numbers. Leaves out: what the model is asked (`repair/ldb.py`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from trialrun.core.printable import printable
from trialrun.core.trace import Event, Trace
from trialrun.observe.blocks import Ran, function_name, runs, select
from trialrun.observe.slices import dynamic_slice
from trialrun.observe.steps import Step, Variables, code_of_frame, steps
from trialrun.observe.value_text import Texts

Granularity = Literal["block", "line", "function"]
Choice = Literal["relevant", "ends"]
MOST: Mapping[Granularity, int] = {"block": 10, "line": 30, "function": 1}
"""Parts that are shown, as published."""
VALUE = 100
"""Characters of a value that are shown."""
_READ = 2000
_VARIABLES, _LINES, _END_LINES = 12, 60, 15
_LINE = 200


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Parts of a trace, as text."""

    text: str
    """The parts, `[BLOCK-0]` the first."""
    lines: frozenset[int]
    """Lines that are shown."""
    shown: int
    """Parts that are shown."""
    count: int
    """Parts that there are."""


def cut(text: str, most: int = VALUE) -> str:
    """Return a text; of one that is longer than `most` characters both halves and how much lies between.

    >>> cut("x" * 60 + "y" * 60, 10)
    'xxxxx … 110 characters left out … yyyyy'
    """
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} characters left out … {text[-half:]}"


def chosen(
    trace: Trace, most: int, choice: Choice, scores: Mapping[int, float] | None = None
) -> tuple[Ran, ...]:
    """Return at most `most` of the block runs of a trace, in their order; `scores` are of blocks.

    By relevance each block that ran has one place before any has two, so that no loop takes all of them.
    """
    ran = runs_once(trace)
    if len(ran) <= most or choice == "ends":
        return select(ran, most)
    kept, scores = dynamic_slice(trace), scores or {}
    times: dict[int, list[Ran]] = {}
    # Of one block those on the slice first, of these the last: it is nearest to the failure.
    for one in sorted(ran, key=lambda one: (one.event not in kept, -one.event)):
        times.setdefault(one.block, []).append(one)
    ranked = [
        (turn > 0, one.event not in kept, -scores.get(one.block, 0.0) / (turn + 1), -one.event, one)
        for own in times.values()
        for turn, one in enumerate(own)
    ]
    return tuple(sorted(one for *_, one in sorted(ranked)[:most]))


def runs_once(trace: Trace) -> list[Ran]:
    """Return which block ran when; one that ends in `raise` counts once, though it is over and then left."""
    again: set[int] = set()
    last: dict[int, Step] = {}
    for step in steps(trace):
        before = last.get(step.frame)
        if step.kind in (Event.CATCH, Event.RAISE) and before is not None and before.kind is Event.BLOCK:
            firsts = tuple(first for first, _ in trace.blocks[step.block].lines) if step.block >= 0 else ()
            if before.block == step.block and step.lines == firsts:
                again.add(before.event)
        last[step.frame] = step
    return [one for one in runs(trace) if one.event not in again]


def excerpt(
    trace: Trace,
    granularity: Granularity = "block",
    choice: Choice = "relevant",
    scores: Mapping[int, float] | None = None,
) -> Excerpt | None:
    """Return the parts that are shown of a trace; None where no block of the program was over.

    `scores` are the suspiciousness of blocks, for granularity `line` too.
    """
    reader = _Reader(trace)
    if not reader.ran:
        return None
    most = MOST[granularity]
    if granularity == "function":
        found = reader.function()
    elif granularity == "line":
        found = reader.by_line(most, choice, scores)
    else:
        found = reader.by_block(chosen(trace, most, choice, scores))
    if not trace.dropped:
        return found
    return replace(found, text=f"{found.text}\n(The record lacks {trace.dropped:,} events in its middle.)")


class _Run(NamedTuple):
    """A block as it ran; of each state name → row of the binding that shows the value."""

    step: Step
    before: dict[str, int]
    bound: dict[str, int]
    after: dict[str, int]


def _walked(trace: Trace, wanted: Collection[int]) -> Iterator[_Run]:
    """Yield the block runs that end at the wanted events, in their order."""
    every = list(steps(trace))
    starting = sorted((one for one in every if one.event in wanted), key=lambda one: one.begin)
    before: dict[int, dict[str, int]] = {}
    variables = Variables(trace)
    upcoming = 0
    for step in every:
        while upcoming < len(starting) and starting[upcoming].begin <= step.event:
            before[starting[upcoming].event] = variables.of(starting[upcoming].frame)
            upcoming += 1
        bound = variables.note(step.event)
        if step.event in before:
            yield _Run(step, before.pop(step.event), bound, variables.of(step.frame))
        if step.kind in (Event.LEAVE, Event.RAISE):
            variables.forget(step.frame)


class _Reader:
    """Walks a trace once, and writes parts of it."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.whole, self.begun = Texts(trace, limit=_READ), Texts(trace, limit=VALUE)
        self.ran = [one.event for one in runs_once(trace)]
        self.source = trace.sources[0][1].split("\n") if trace.sources else []
        self.codes = code_of_frame(trace)
        self.many = len({frame for frame in trace.frame if frame >= 0}) > 1

    def by_block(self, taken: Sequence[Ran]) -> Excerpt:
        wanted = {one.event for one in taken}
        place = {event: number for number, event in enumerate(self.ran)}
        parts = [
            (place[one.step.event], self._block(one), one.step.lines) for one in _walked(self.trace, wanted)
        ]
        return _joined(parts, len(self.ran), "blocks")

    def by_line(self, most: int, choice: Choice, scores: Mapping[int, float] | None) -> Excerpt:
        every: list[tuple[Ran, _Run, int]] = []
        for one in _walked(self.trace, frozenset(self.ran)):
            every += [
                (Ran(len(every) + number, one.step.block), one, line)
                for number, line in enumerate(one.step.lines)
            ]
        taken = set(select([ran for ran, _, _ in every], most, scores if choice == "relevant" else None))
        parts = []
        for ran, one, line in every:
            if ran in taken:
                first, last = line == one.step.lines[0], line == one.step.lines[-1]
                text = "\n".join(
                    [
                        *(self._before(one) if first else ()),
                        self._line(line),
                        *(self._after(one) if last else ()),
                    ]
                )
                parts.append((ran.event, text, (line,)))
        return _joined(parts, len(every), "lines")

    def function(self) -> Excerpt:
        outer = self.trace.frame[self.ran[-1]]
        own = [one for one in _walked(self.trace, frozenset(self.ran)) if one.step.frame == outer]
        lines = [line for one in own for line in one.step.lines]
        body = [self._line(line) for line in lines]
        if len(body) > 2 * _END_LINES:
            left = len(body) - 2 * _END_LINES
            body = [*body[:_END_LINES], f"    … {left:,} lines left out …", *body[-_END_LINES:]]
            lines = [*lines[:_END_LINES], *lines[-_END_LINES:]]
        text = "\n".join([*self._before(own[0]), *body, *self._after(own[-1])])
        return _joined([(0, text, tuple(lines))], 1, "functions")

    def _block(self, one: _Run) -> str:
        lines = [self._line(line) for line in one.step.lines]
        if len(lines) > _LINES:
            lines = [
                *lines[: _LINES // 2],
                f"    … {len(lines) - _LINES:,} lines left out …",
                *lines[-_LINES // 2 :],
            ]
        return "\n".join([*self._before(one), *lines, *self._after(one)])

    def _line(self, line: int) -> str:
        return printable(self.source[line - 1], _LINE) if 0 < line <= len(self.source) else ""

    def _value(self, row: int) -> str:
        """Return a value as text; of one that the trace has the beginning of, that and the length of all of it."""
        value = self.trace.values[self.trace.value[row]]
        return cut(self.whole.of(row)) if value.is_whole else self.begun.of(row)

    def _before(self, one: _Run) -> Iterator[str]:
        frame = one.step.frame
        if self.many and 0 <= frame < len(self.codes):
            yield f"    # call {frame} of {function_name(self.trace, self.codes[frame])}"
        yield from self._state(one.before)

    def _after(self, one: _Run) -> Iterator[str]:
        if one.step.kind in (Event.CATCH, Event.RAISE):
            what = "raises" if one.step.kind is Event.RAISE else "is left by"
            raised = (
                self.whole.of(one.bound["exception"]).strip("'\"")
                if "exception" in one.bound
                else "an exception"
            )
            yield f"    # line {one.step.line} {what} {cut(raised)}"
            return
        yield from self._state(one.after)
        if "return" in one.bound:
            yield f"    # returns {self._value(one.bound['return'])}"

    def _state(self, rows: Mapping[str, int]) -> Iterator[str]:
        shown = [f"{printable(name, 60)}={self._value(row)}" for name, row in list(rows.items())[:_VARIABLES]]
        if len(rows) > _VARIABLES:
            shown.append(f"… {len(rows) - _VARIABLES} variables left out …")
        if shown:
            yield "    # " + "    ".join(shown)


def _joined(parts: Sequence[tuple[int, str, tuple[int, ...]]], count: int, unit: str) -> Excerpt:
    """Number the parts; say where some are missing. Each is (place among all, text, lines)."""
    out: list[str] = []
    expected = 0
    for number, (place, text, _) in enumerate(parts):
        if place > expected:
            out.append(f"… {place - expected:,} {unit} left out …")
        out += [f"[BLOCK-{number}]", text]
        expected = place + 1
    if expected < count:
        out.append(f"… {count - expected:,} {unit} left out …")
    lines = frozenset(line for _, _, own in parts for line in own)
    return Excerpt(text="\n".join(out), lines=lines, shown=len(parts), count=count)
