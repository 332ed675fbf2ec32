"""A trace as one JSON document: executed lines in order, and blocks with the values that they wrote.

    lines    line numbers, in the order in which they ran
    blocks   one object for each other event, in order: kind, function, block (its number), lines ([first, last] pairs),
             line (for catch and raise), frame, values (name → text), types (name → type), cut (names shown in part)
    frames   for each frame its parent, or null
    unshown  how many values are `…`, since those before took all the room

Leaves out: what was dropped; `dropped` and `gap` say how much and where.
"""

import json
from typing import Any

from trialrun.core.parse_values import render as render_value
from trialrun.core.trace import Event, Trace

SHOWN = 2_000
"""Characters of a value that are shown."""
ROOM = 32 << 20
"""Characters of all values together: a value that is kept once may be named by every block."""


def render(trace: Trace) -> str:
    """Return the document as one line of JSON text."""
    return json.dumps(document(trace), ensure_ascii=True) + "\n"


def document(trace: Trace) -> dict[str, Any]:
    """Return the document as plain objects."""
    shown = _Shown([render_value(value.data, limit=SHOWN) for value in trace.values])
    execution = trace.execution
    return {
        "outcome": str(execution.outcome),
        "value": None if execution.value is None else render_value(execution.value, limit=SHOWN),
        "exception": execution.exception,
        "message": execution.message,
        "python": trace.python,
        "level": str(trace.level),
        "strength": str(trace.strength),
        "lines": trace.lines(),
        "blocks": [
            _block(trace, event, shown) for event, kind in enumerate(trace.kind) if kind != Event.LINE
        ],
        "frames": [None if parent < 0 else parent for parent in trace.parents],
        "dropped": trace.dropped,
        "gap": trace.gap if trace.dropped else None,
        "unshown": shown.unshown,
        "flags": list(trace.flags),
        "cpu_s": execution.cpu_s,
    }


class _Shown:
    """Texts of values, as long as there is room."""

    def __init__(self, texts: list[str]) -> None:
        self._texts, self._room = texts, ROOM
        self.unshown = 0

    def text(self, value: int) -> str:
        """Return the text of a value, or `…` where no room is left."""
        text = self._texts[value]
        if len(text) > self._room:
            self.unshown += 1
            return "…"
        self._room -= len(text)
        return text


def _block(trace: Trace, event: int, shown: _Shown) -> dict[str, Any]:
    kind, place = Event(trace.kind[event]), trace.place[event]
    found: dict[str, Any] = {
        "kind": kind.name.lower(),
        "function": trace.codes[trace.code[event]].name,
        "frame": trace.frame[event],
    }
    if kind in (Event.BLOCK, Event.RETURN):
        found |= {"block": place, "lines": [list(pair) for pair in trace.blocks[place].lines]}
    elif kind in (Event.CATCH, Event.RAISE, Event.CALL):
        found["line"] = place
    bindings = list(trace.bindings(event))
    if bindings:
        rows = range(trace.first[event], trace.first[event + 1])
        texts = [shown.text(trace.value[row]) for row in rows if trace.value[row] >= 0]
        found["values"] = {one.name: text for one, text in zip(bindings, texts, strict=True)}
        found["types"] = {one.name: one.value.type_name for one in bindings}
        cut = [one.name for one in bindings if not one.value.is_whole]
        if cut:
            found["cut"] = cut
    return found
