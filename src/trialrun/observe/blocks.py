"""A trace as blocks with values, the way LDB shows them: the state before, the lines, the state after.

A state is what is known of the variables of the call that the block belongs to; a value's text of more than 100
characters keeps its first and last 50. Each call has its own list of blocks, and calls are nested in the block that
made them, recursion included. Of many blocks `select` keeps `max_blocks`: the first and last, or those that a
suspiciousness names, where each further time that one block ran counts for less, so that one loop does not take all
places. Source: LDB (2024), section on profiling; its own selection is first and last.

Leaves out: the line and function levels of LDB, slices (`verify/localise.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trialrun.core.printable import printable
from trialrun.core.trace import Event, Level, Trace
from trialrun.observe.headings import headings
from trialrun.observe.steps import Step, Variables, code_of_frame, depths, steps
from trialrun.observe.value_text import Texts, shortened

SHOWN_BLOCKS = 200
"""Blocks of a trace that `render` shows."""
_DEEPEST = 12
"""Levels of calls that are indented; deeper ones say their depth."""
_LINE = 200
_ARGUMENTS = 12
State = tuple[tuple[str, str], ...]
"""Names and the texts of their values."""


class Ran(NamedTuple):
    """One time that a block ran."""

    event: int
    block: int


@dataclass(frozen=True, slots=True)
class BlockRun:
    """A block as it ran once."""

    event: int
    """Event that ended it."""
    begin: int
    """Event from which on it ran; calls that it made lie between."""
    block: int
    """Place in `Trace.blocks`; −1 where an exception came from no known block."""
    lines: tuple[int, ...]
    """Lines that ran, the tests before it among them."""
    before: State
    after: State
    """Empty where an exception ended it: what it had written by then is not known."""
    ending: str
    """What it returned or raised, as text; empty where control went on."""


@dataclass(frozen=True, slots=True)
class CallBlocks:
    """The blocks of one call, in the order in which they ran."""

    frame: int
    parent: int
    """Frame of the call that made it; −1 where there is none."""
    depth: int
    function: str
    arguments: State
    blocks: tuple[BlockRun, ...]
    left_out: int
    """Blocks of this call that were not selected."""


@dataclass(frozen=True, slots=True)
class BlockTrace:
    """The selected blocks of a trace, by call, and how they came about."""

    level: Level
    granularity: str
    """LDB's word for how fine the parts are: `block`."""
    selected_by: str
    """`all`, `first and last` or `suspiciousness`."""
    calls: tuple[CallBlocks, ...]
    """Calls that have selected blocks, in the order of their beginnings."""
    count: int
    """Blocks that ran and are in the trace."""
    dropped: int
    """Events that are missing in the middle of the trace."""
    flags: tuple[str, ...]
    """The trace's flags."""


def runs(trace: Trace) -> list[Ran]:
    """Return which block ran when, those that an exception interrupted among them."""
    return [Ran(step.event, step.block) for step in steps(trace) if _is_run(step)]


def _is_run(step: Step) -> bool:
    return step.kind in (Event.BLOCK, Event.RETURN, Event.CATCH, Event.RAISE)


def select(
    ran: Sequence[Ran], max_blocks: int, suspiciousness: Mapping[int, float] | None = None
) -> tuple[Ran, ...]:
    """Return at most `max_blocks` of them, in order: the first and last half, or the most suspicious.

    `suspiciousness` maps blocks to scores (`observe/spectra.py`). Where all are zero, first and last are taken.
    """
    if len(ran) <= max_blocks:
        return tuple(ran)
    scores = suspiciousness or {}
    if not any(scores.get(one.block, 0.0) > 0 for one in ran):
        head = (max_blocks + 1) // 2
        return (*ran[:head], *ran[len(ran) - (max_blocks - head) :])
    times: dict[int, list[Ran]] = {}
    for one in ran:
        times.setdefault(one.block, []).append(one)
    ranked: list[tuple[float, int, Ran]] = []
    for block, own in times.items():
        # The last time first: it is nearest to the failure.
        ordered = [own[-1], *own[:-1]][:max_blocks]
        ranked += [
            (-scores.get(block, 0.0) / (turn + 1), -one.event, one) for turn, one in enumerate(ordered)
        ]
    return tuple(sorted(one for *_, one in sorted(ranked)[:max_blocks]))


def blocks(
    trace: Trace, *, max_blocks: int | None = None, suspiciousness: Mapping[int, float] | None = None
) -> BlockTrace:
    """Return the blocks of a trace with their states, by call; `max_blocks` as for `select`, None for all.

    At level `ids` states are empty; at level `lines` there are no blocks.
    """
    ran = runs(trace)
    taken = ran if max_blocks is None else select(ran, max_blocks, suspiciousness)
    wanted = frozenset(one.event for one in taken)
    made = _Maker(trace, wanted)
    cut = len(taken) < len(ran)
    by_score = cut and any((suspiciousness or {}).get(one.block, 0.0) > 0 for one in ran)
    return BlockTrace(
        level=trace.level,
        granularity="block",
        selected_by="suspiciousness" if by_score else "first and last" if cut else "all",
        calls=made.calls(),
        count=len(ran),
        dropped=trace.dropped,
        flags=trace.flags,
    )


class _Maker:
    """Walks a trace once and keeps the wanted blocks."""

    def __init__(self, trace: Trace, wanted: frozenset[int]) -> None:
        self.trace, self.texts = trace, Texts(trace)
        self._runs: dict[int, list[BlockRun]] = {}
        self._left_out: dict[int, int] = {}
        self._arguments: dict[int, State] = {}
        starts: dict[int, list[Step]] = {}
        for one in steps(trace):
            if one.event in wanted:
                starts.setdefault(one.begin, []).append(one)
        variables = Variables(trace)
        before: dict[int, State] = {}
        walk = steps(trace)
        step: Step | None = next(walk, None)
        for event in range(len(trace)):
            for started in starts.get(event, ()):
                before[started.event] = self._state(variables.of(started.frame))
            if step is None or step.event != event:
                continue
            bound = variables.note(event)
            if step.kind is Event.CALL:
                self._arguments[step.frame] = self._state(bound)[:_ARGUMENTS]
            elif event in wanted:
                self._keep(step, before.pop(event, ()), variables, bound)
            elif _is_run(step):
                self._left_out[step.frame] = self._left_out.get(step.frame, 0) + 1
            if step.kind in (Event.LEAVE, Event.RAISE):
                variables.forget(step.frame)
            step = next(walk, None)

    def _state(self, rows: Mapping[str, int]) -> State:
        return tuple((printable(name, 60), shortened(self.texts.of(row))) for name, row in rows.items())

    def _keep(self, step: Step, before: State, variables: Variables, bound: Mapping[str, int]) -> None:
        after: State = ()
        ending = ""
        if step.kind in (Event.CATCH, Event.RAISE):
            raised = (
                self.texts.of(bound["exception"]).strip("'\"") if "exception" in bound else "an exception"
            )
            ending = f"{'raises' if step.kind is Event.RAISE else 'is left by'} {raised} at line {step.line}"
        else:
            after = self._state(variables.of(step.frame))
            if "return" in bound:
                ending = f"returns {shortened(self.texts.of(bound['return']))}"
            elif step.kind is Event.RETURN:
                ending = "returns"
        found = BlockRun(step.event, step.begin, step.block, step.lines, before, after, ending)
        self._runs.setdefault(step.frame, []).append(found)

    def calls(self) -> tuple[CallBlocks, ...]:
        trace, codes, deep = self.trace, code_of_frame(self.trace), depths(self.trace)
        return tuple(
            CallBlocks(
                frame=frame,
                parent=trace.parents[frame] if 0 <= frame < len(trace.parents) else -1,
                depth=deep[frame] if 0 <= frame < len(deep) else 0,
                function=function_name(trace, codes[frame] if 0 <= frame < len(codes) else -1),
                arguments=self._arguments.get(frame, ()),
                blocks=tuple(own),
                left_out=self._left_out.get(frame, 0),
            )
            for frame, own in sorted(self._runs.items())
        )


def function_name(trace: Trace, code: int) -> str:
    """Return the name of a code as text; a question mark where it is not known."""
    return printable(trace.codes[code].name, 100) if 0 <= code < len(trace.codes) else "?"


def render(trace: Trace) -> str:
    """Return the blocks of a trace as text, at most `SHOWN_BLOCKS` of them."""
    return text_of(trace, blocks(trace, max_blocks=SHOWN_BLOCKS))


def text_of(trace: Trace, found: BlockTrace) -> str:
    """Return selected blocks as text: each call's blocks, with the calls that a block made inside it."""
    shown = sum(len(call.blocks) for call in found.calls)
    out = headings(trace)
    out.append(f"{found.granularity} level · {shown:,} of {found.count:,} blocks, {found.selected_by}")
    if trace.level is Level.LINES:
        out.append("this trace has lines and no blocks: record it at another level")
    starts: dict[int, list[tuple[CallBlocks, BlockRun]]] = {}
    ends: dict[int, tuple[CallBlocks, BlockRun]] = {}
    for call in found.calls:
        for run in call.blocks:
            starts.setdefault(run.begin, []).append((call, run))
            ends[run.event] = call, run
    source = trace.sources[0][1].split("\n") if trace.sources else []
    in_order = sorted(ends, key=lambda event: (ends[event][1].begin, -event))
    numbers = {event: number for number, event in enumerate(in_order)}
    told: set[int] = set()
    opened: dict[int, int] = {}
    for event in sorted({*starts, *ends}):
        for call, run in sorted(starts.get(event, ()), key=lambda one: -one[1].event):
            if call.frame not in told:
                told.add(call.frame)
                out.append("")
                out.append(_pad(call) + _call_line(call))
            out += _head(call, run, numbers[run.event], source)
            opened[run.event] = len(out)
        if event in ends:
            call, run = ends[event]
            if opened.get(event) != len(out):  # calls that it made stand in between
                out.append(f"{_pad(call)}[/BLOCK-{numbers[event]}]")
            out += _tail(call, run)
    return "\n".join(out) + "\n"


def _pad(call: CallBlocks) -> str:
    return "  " * min(call.depth, _DEEPEST)


def _call_line(call: CallBlocks) -> str:
    arguments = ", ".join(f"{name}={text}" for name, text in call.arguments)
    made = f", made by call {call.parent}" if call.parent >= 0 else ""
    deep = f", depth {call.depth}" if call.depth > _DEEPEST else ""
    out = f", {call.left_out:,} blocks not shown" if call.left_out else ""
    return f"call {call.frame}: {call.function}({arguments}){made}{deep}{out}"


def _head(call: CallBlocks, run: BlockRun, number: int, source: Sequence[str]) -> Iterable[str]:
    pad = _pad(call)
    yield f"{pad}[BLOCK-{number}] call {call.frame}"
    yield from (f"{pad}  # {one}" for one in _state_lines(run.before))
    for line in run.lines[:_LINE]:
        text = source[line - 1] if 0 < line <= len(source) else ""
        yield f"{pad}  {line:>4} {printable(text, _LINE)}".rstrip()
    if len(run.lines) > _LINE:
        yield f"{pad}  … {len(run.lines) - _LINE:,} more lines"


def _tail(call: CallBlocks, run: BlockRun) -> Iterable[str]:
    pad = _pad(call)
    yield from (f"{pad}  # {one}" for one in _state_lines(run.after))
    if run.ending:
        yield f"{pad}  # {run.ending}"


def _state_lines(state: State) -> Iterable[str]:
    if state:
        yield " ".join(f"{name}={text}" for name, text in state)
