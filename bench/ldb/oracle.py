"""Blocks and values of a trace against `sys.settrace`: another back end, on the same program and the same input.

A driver behind the program calls it under `sys.settrace` and returns, for every event of a function of the program,
which call it belongs to, its line, and the texts of the variables that changed. Compared are the lines in their order,
the runs of blocks call by call (but for blocks that share a line with another one, which lines cannot tell apart), and
each value that a block's end carries with the variable's value at the next event of the same call. Values of which the
trace has only the beginning, and those that are no plain data, are counted apart.

Leaves out: what the program prints and how long it takes; comprehensions and lambdas, which belong to their block.
"""

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, cast

from trialrun.core.execution import Limits, Outcome
from trialrun.core.parse_values import decode
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Event, Level, Trace
from trialrun.core.values import Malformed
from trialrun.observe.steps import steps
from trialrun.observe.tracer import Recording, trace_case
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.sandbox import Sandbox

_TEXT = """
def {text}(value, deep=0):
    kind = type(value)
    if deep > 8:
        return "?"
    if kind in (list, tuple):
        return kind.__name__ + "(" + ", ".join({text}(one, deep + 1) for one in value) + ")"
    if kind in (set, frozenset):
        return kind.__name__ + "(" + ", ".join(sorted({text}(one, deep + 1) for one in value)) + ")"
    if kind is dict:
        return "dict(" + ", ".join({text}(k, deep + 1) + ": " + {text}(v, deep + 1) for k, v in value.items()) + ")"
    return repr(value) if kind in (int, float, str, bool, bytes, complex, type(None)) else "?"
"""
_DRIVER = """
def {driver}(*args):
    import sys
    text, code = {text}, {entry}.__code__
    found, frames, told = [], {{}}, {{}}
    def note(frame, kind, value=None):
        number = frames[frame]
        last = told.setdefault(number, {{}})
        now = {{name: text(one) for name, one in frame.f_locals.items()}}
        changed = {{name: one for name, one in now.items() if last.get(name) != one}}
        last.update(changed)
        if len(found) < 20000:
            found.append((number, kind, frame.f_lineno, changed, text(value) if kind == "return" else None))
    def inside(frame, event, arg):
        if event == "line" or event == "return":
            note(frame, event, arg)
        return inside
    def enter(frame, event, arg):
        own = frame.f_code
        if event != "call" or own.co_filename != code.co_filename or own.co_name.startswith("<") or own in mine:
            return None
        if frame not in frames:
            frames[frame] = len(frames)
            kept.append(frame)
            names.append(own.co_name)
        return inside
    mine, kept, names = {{text.__code__, {driver}.__code__, note.__code__, inside.__code__}}, [], []
    ended = "returned"
    sys.settrace(enter)
    try:
        {entry}(*args)
    except BaseException as error:
        ended = type(error).__name__
    finally:
        sys.settrace(None)
    return ended, names, found
"""
_NAMES = {"driver": "__trialrun_oracle__", "text": "__trialrun_text__"}
_LIMITS = Limits(cpu_s=10.0)
_RECORDING = Recording(level=Level.SUMMARIES, lines=True)
_SCOPE: dict[str, Any] = {}
exec(_TEXT.format(**_NAMES), _SCOPE)  # ours, so that both sides write values alike


@dataclass(slots=True)
class Agreement:
    """What was compared, over many runs."""

    traces: int = 0
    complete: int = 0
    """Traces with no event missing, no flag, and the ending that the oracle saw."""
    lines: int = 0
    """Traces whose lines are the oracle's."""
    blocks: int = 0
    """Traces whose runs of blocks are the oracle's, call by call."""
    values: Counter[str] = field(default_factory=Counter)
    """How many values are `equal`, `different`, `partial` in the trace, or `no plain data`."""
    recursive: int = 0
    """Traces in which a function was called while it ran."""
    faults: list[str] = field(default_factory=list)


def compare(sandbox: Sandbox, name: str, program: Program, case: Case, total: Agreement) -> Trace:
    """Trace a program on a case by both ways and count where they agree; return our trace."""
    trace = trace_case(sandbox, program, case, _LIMITS, _RECORDING)
    source = program.source + _TEXT.format(**_NAMES) + _DRIVER.format(**_NAMES, entry=program.entry)
    asking = replace(program, files=((program.files[0][0], source),), entry=_NAMES["driver"])
    (asked,) = list(run_cases(sandbox, asking, encode_calls(_NAMES["driver"], [case]), _LIMITS))
    total.traces += 1
    if asked.outcome is not Outcome.RETURNED or asked.value is None:
        total.faults.append(f"{name}: the oracle ended as {asked.ending[:100]}")
        return trace
    ended, names, events = cast(tuple[str, list[str], list[Any]], decode(asked.value)[0][0])
    ours = trace.execution
    same_end = ended == ("returned" if ours.outcome is Outcome.RETURNED else ours.exception)
    complete = trace.is_complete and not trace.flags and same_end
    total.complete += complete
    if not complete:
        total.faults.append(
            f"{name}: {trace.dropped} events missing, {trace.flags}, ended {ours.ending[:60]}/{ended}"
        )
    total.recursive += len(names) != len(set(names)) and _nested(trace)
    drawn = [
        key
        for key, _ in itertools.groupby((number, line) for number, kind, line, *_ in events if kind == "line")
    ]
    own = [key for key, _ in itertools.groupby(_lines(trace))]
    if [line for _, line in own] == [line for _, line in drawn]:
        total.lines += 1
    else:
        total.faults.append(f"{name}: lines differ")
    blocks = _blocks_of(trace, drawn)
    if _blocks(trace) == blocks:
        total.blocks += 1
    else:
        total.faults.append(f"{name}: blocks differ")
    _values(trace, events, name, total)
    return trace


def _nested(trace: Trace) -> bool:
    codes = {}
    for kind, code, frame in zip(trace.kind, trace.code, trace.frame, strict=True):
        if kind == Event.CALL:
            codes[frame] = code
    for frame, code in codes.items():
        parent = trace.parents[frame]
        while parent >= 0:
            if codes.get(parent) == code:
                return True
            parent = trace.parents[parent]
    return False


def _order(trace: Trace) -> dict[int, int]:
    """Return frame → its place among the calls, as the oracle numbers them."""
    calls = [frame for kind, frame in zip(trace.kind, trace.frame, strict=True) if kind == Event.CALL]
    return {frame: place for place, frame in enumerate(dict.fromkeys(calls))}


def _lines(trace: Trace) -> list[tuple[int, int]]:
    order = _order(trace)
    return [
        (order.get(frame, -1), place)
        for kind, place, frame in zip(trace.kind, trace.place, trace.frame, strict=True)
        if kind == Event.LINE
    ]


def _starts(trace: Trace) -> dict[int, int]:
    """Return first line → block, of the runs of statements whose lines are no other block's."""
    lines = [
        (number, first, last) for number, block in enumerate(trace.blocks) for first, last in block.lines
    ]
    owners: dict[int, set[int]] = {}
    for number, first, last in lines:
        for line in range(first, last + 1):
            owners.setdefault(line, set()).add(number)
    return {
        block.lines[0][0]: number
        for number, block in enumerate(trace.blocks)
        if block.lines
        and not block.is_test
        and all(owners[line] == {number} for first, last in block.lines for line in range(first, last + 1))
    }


def _blocks_of(trace: Trace, drawn: list[tuple[int, int]]) -> dict[int, list[int]]:
    """Return the runs of blocks of each call as the oracle's lines tell them."""
    starts = _starts(trace)
    found: dict[int, list[int]] = {}
    for number, line in drawn:
        if line in starts:
            found.setdefault(number, []).append(starts[line])
    return found


def _blocks(trace: Trace) -> dict[int, list[int]]:
    """Return the runs of blocks of each call as the trace has them; one that was interrupted counts once."""
    known, order = set(_starts(trace).values()), _order(trace)
    found: dict[int, list[int]] = {}
    over: dict[int, int] = {}
    for step in steps(trace):
        interrupted = step.kind in (Event.CATCH, Event.RAISE)
        # A block that ends in `raise` is over, and then left, without another line.
        firsts = tuple(first for first, _ in trace.blocks[step.block].lines) if step.block >= 0 else ()
        if interrupted and over.get(step.frame) == step.block and step.lines == firsts:
            continue
        over[step.frame] = step.block
        if step.block in known and (interrupted or step.kind in (Event.BLOCK, Event.RETURN)):
            found.setdefault(order.get(step.frame, -1), []).append(step.block)
    return found


def _values(trace: Trace, events: list[Any], name: str, total: Agreement) -> None:
    """Compare what block ends carry with the oracle's variables at the next event of the same call."""
    order = _order(trace)
    states: dict[int, list[tuple[int, dict[str, str], str | None]]] = {}
    now: dict[int, dict[str, str]] = {}
    last, drawn = None, 0
    for number, kind, line, changed, value in events:
        now[number] = {**now.get(number, {}), **changed}
        states.setdefault(number, []).append((drawn, now[number], value))
        if kind == "line" and (number, line) != last:
            last, drawn = (number, line), drawn + 1
    previous, seen = None, 0
    reached = dict.fromkeys(states, 0)
    for event, (kind, place, frame) in enumerate(zip(trace.kind, trace.place, trace.frame, strict=True)):
        number = order.get(frame, -1)
        if kind == Event.LINE:
            if (number, place) != previous:
                previous, seen = (number, place), seen + 1
            continue
        if kind not in (Event.BLOCK, Event.RETURN) or number not in states:
            continue
        rows = states[number]
        at = reached[number]
        while at < len(rows) and rows[at][0] < seen:
            at += 1
        reached[number] = at
        if at == len(rows):
            continue
        for binding in trace.bindings(event):
            wanted = rows[at][2] if binding.name == "return" else rows[at][1].get(binding.name)
            total.values[_same(binding.value, wanted, f"{name}, event {event}, {binding.name}", total)] += 1


def _same(value: Any, wanted: str | None, where: str, total: Agreement) -> str:
    if not value.is_whole:
        return "partial"
    try:
        text = _SCOPE[_NAMES["text"]](decode(value.data)[0][0])
    except (Malformed, ValueError):
        return "no plain data"
    if wanted is None or "?" in text or "?" in wanted:
        return "no plain data"
    if text == wanted:
        return "equal"
    total.faults.append(f"{where}: {text[:80]} / {wanted[:80]}")
    return "different"
