"""A trace in the Trace Event Format (JSON), which Perfetto and Chrome's `about:tracing` open.

Calls and blocks are slices, exceptions instants; a block's slice has the values that it wrote. A trace has no clock, so
time is the ordinal of the event, one microsecond an event: what looks long did much, not long. The file says so, beside
what was noticed and what is missing. Generators and coroutines do not nest, so each has a track of its own.

Leaves out: lines. Source: Trace Event Format (Google, "Trace Event Format" document), Perfetto's importer of it.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from trialrun.core.printable import printable
from trialrun.core.trace import Event, Trace
from trialrun.observe.blocks import function_name
from trialrun.observe.headings import headings
from trialrun.observe.steps import RESULTS, Step, code_of_frame, steps
from trialrun.observe.value_text import Texts, shortened

MOST_SLICES = 300_000
"""Events of the file; calls come before blocks where there are more."""
_PROCESS, _THREAD = 1, 1
_CLOCK = "time is the ordinal of the event, 1 µs each; not a clock"


class _Slice(NamedTuple):
    start: int
    end: int
    event: int
    name: str
    category: str
    args: dict[str, str]


def render(trace: Trace) -> str:
    """Return the file's text: one JSON object on one line. It is UTF-8: Perfetto shows escapes as they stand."""
    return json.dumps(document(trace), ensure_ascii=False, separators=(",", ":")) + "\n"


def document(trace: Trace) -> dict[str, Any]:
    """Return the file as plain objects; `otherData` holds what must be known of the trace."""
    slices, alone = _calls(trace)
    inner = list(_blocks(trace, alone))
    room = max(0, MOST_SLICES - len(slices))
    kept = _nested(sorted(slices[:MOST_SLICES] + inner[:room], key=lambda one: (one.start, -one.end)))
    events = [*_names(trace), *(_complete(one) for one in kept), *_separate(trace, alone), *_instants(trace)]
    return {
        "traceEvents": events,
        "displayTimeUnit": "ms",
        "otherData": {
            "clock": _CLOCK,
            "told": headings(trace),
            "flags": [printable(flag, 200) for flag in trace.flags[:100]],
            "dropped": trace.dropped,
            "left_out": len(slices) + len(inner) - len(kept),
        },
    }


def _names(trace: Trace) -> Iterator[dict[str, Any]]:
    name = printable(trace.sources[0][0], 100) if trace.sources else "program"
    for kind, text in (("process_name", f"{name}: {_CLOCK}"), ("thread_name", "calls")):
        yield {"ph": "M", "name": kind, "pid": _PROCESS, "tid": _THREAD, "args": {"name": text}}
    if trace.flags:
        labels = "; ".join(printable(flag, 100) for flag in trace.flags[:5])
        args = {"labels": f"flag: {labels}"}
        yield {"ph": "M", "name": "process_labels", "pid": _PROCESS, "tid": _THREAD, "args": args}


def _calls(trace: Trace) -> tuple[list[_Slice], dict[int, _Slice]]:
    """Return the slices of calls that nest, and by frame those that may not."""
    codes, texts = code_of_frame(trace), Texts(trace)
    count = len(codes)
    start, end = [-1] * count, [-1] * count
    given: list[dict[str, str]] = [{} for _ in range(count)]
    for event, kind in enumerate(trace.kind):
        frame = trace.frame[event]
        if not 0 <= frame < count:
            continue
        if start[frame] < 0:
            start[frame] = event
        if kind == Event.CALL:
            given[frame] = _args(trace, event, texts)
        if kind in (Event.RETURN, Event.RAISE, Event.LEAVE):
            end[frame] = event + 1
            given[frame].update(_result(trace, event, texts))
    nested: list[_Slice] = []
    alone: dict[int, _Slice] = {}
    for frame in range(count):
        if start[frame] < 0:
            continue
        # A call that is still open where events are missing ends there, as far as anybody knows.
        limit = trace.gap if trace.dropped and start[frame] < trace.gap else len(trace)
        until = end[frame] if end[frame] > start[frame] else limit
        name = function_name(trace, codes[frame])
        made = _Slice(
            start[frame],
            max(until, start[frame] + 1),
            frame,
            name,
            "call",
            {"call": str(frame), **given[frame]},
        )
        code = codes[frame]
        if 0 <= code < len(trace.codes) and trace.codes[code].suspends:
            alone[frame] = made
        else:
            nested.append(made)
    return nested, alone


def _blocks(trace: Trace, alone: dict[int, _Slice]) -> Iterator[_Slice]:
    texts = Texts(trace)
    for step in steps(trace):
        if step.kind in (Event.BLOCK, Event.RETURN) and step.frame >= 0 and step.frame not in alone:
            yield _Slice(
                step.begin,
                step.event + 1,
                step.event,
                _where(trace, step),
                "block",
                _args(trace, step.event, texts),
            )


def _where(trace: Trace, step: Step) -> str:
    lines = trace.blocks[step.block].lines if step.block >= 0 else ()
    if not lines:
        return "end"
    first, last = lines[0][0], lines[-1][1]
    return f"line {first}" if first == last else f"lines {first}-{last}"


def _args(trace: Trace, event: int, texts: Texts) -> dict[str, str]:
    rows = range(trace.first[event], trace.first[event + 1])
    names = {row: trace.names[trace.name[row]] for row in rows if trace.value[row] >= 0}
    # A leading sign keeps a variable of the program from taking the place of a field of ours.
    return {
        f"={printable(name, 60)}": shortened(texts.of(row))
        for row, name in names.items()
        if name not in RESULTS
    }


def _result(trace: Trace, event: int, texts: Texts) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in range(trace.first[event], trace.first[event + 1]):
        name = trace.names[trace.name[row]]
        if name in RESULTS and trace.value[row] >= 0:
            found[name] = shortened(texts.of(row))
    return found


def _nested(slices: list[_Slice]) -> list[_Slice]:
    """Return slices, sorted by start and the longest first, cut so that each lies inside the one it begins in."""
    found: list[_Slice] = []
    open_ends: list[int] = []
    for one in slices:
        while open_ends and open_ends[-1] <= one.start:
            open_ends.pop()
        if open_ends and open_ends[-1] < one.end:
            one = one._replace(end=open_ends[-1])
        open_ends.append(one.end)
        found.append(one)
    return found


def _complete(one: _Slice) -> dict[str, Any]:
    return {
        "ph": "X", "name": one.name, "cat": one.category, "pid": _PROCESS, "tid": _THREAD, "ts": one.start,
        "dur": one.end - one.start, "args": one.args,
    }  # fmt: skip


def _separate(trace: Trace, alone: dict[int, _Slice]) -> Iterator[dict[str, Any]]:
    """Yield the calls that may be interrupted, each on a track of its own, with the ends of their blocks."""
    texts = Texts(trace)
    for frame, one in alone.items():
        shared = {"cat": "generator", "id": str(frame), "pid": _PROCESS, "tid": _THREAD}
        yield {"ph": "b", "name": one.name, "ts": one.start, "args": one.args, **shared}
        yield {"ph": "e", "name": one.name, "ts": one.end, **shared}
    for step in steps(trace):
        if step.kind in (Event.BLOCK, Event.RETURN) and step.frame in alone:
            yield {
                "ph": "n", "name": _where(trace, step), "ts": step.event, "cat": "generator", "id": str(step.frame),
                "pid": _PROCESS, "tid": _THREAD, "args": _args(trace, step.event, texts),
            }  # fmt: skip


def _instants(trace: Trace) -> Iterator[dict[str, Any]]:
    shared = {"ph": "i", "pid": _PROCESS, "tid": _THREAD}
    texts = Texts(trace)
    for event, kind in enumerate(trace.kind):
        if kind in (Event.RAISE, Event.CATCH):
            what = _result(trace, event, texts).get("exception", "an exception").strip("'\"")
            verb = "raised" if kind == Event.RAISE else "caught"
            args = {"line": trace.place[event], "call": trace.frame[event]}
            yield {
                "name": f"{verb} {what}",
                "cat": "exception",
                "ts": event,
                "s": "t",
                "args": args,
                **shared,
            }
    if trace.dropped:
        yield {
            "name": f"{trace.dropped:,} events are missing here",
            "cat": "gap",
            "ts": trace.gap,
            "s": "g",
            **shared,
        }
