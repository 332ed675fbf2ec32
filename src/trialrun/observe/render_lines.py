"""A trace as the lines that ran, in order: number and text, and below them the values that blocks wrote.

Source and values are hostile: both are escaped and cut. Leaves out: frames (`render_json.py` has them).
"""

from trialrun.core.parse_values import render as render_value
from trialrun.core.printable import printable
from trialrun.core.trace import Event, Trace
from trialrun.observe.headings import headings

SHOWN = 120
"""Characters of a line or a value that are shown."""
_WITH_PLACE = (Event.CATCH, Event.RAISE)


def render(trace: Trace) -> str:
    """Return one text line for each line that ran, and one for each value, where the trace has values.

    Tamperings that were noticed come first.
    """
    texts = trace.sources[0][1].split("\n") if trace.sources else []
    known: dict[int, str] = {}
    """Texts of values, by the identity of the value: a large one may stand at every event."""
    found = [line for line in headings(trace) if line.startswith("flag: ")]
    for event, kind in enumerate(trace.kind):
        if event == trace.gap and trace.dropped:
            found.append(f"   … {trace.dropped:,} events are missing here")
        if kind == Event.LINE:
            line = trace.place[event]
            text = texts[line - 1] if 0 < line <= len(texts) else ""
            found.append(f"{line:>4}  {printable(text, SHOWN)}".rstrip())
            continue
        note = f" (line {trace.place[event]})" if kind in _WITH_PLACE else ""
        for binding in trace.bindings(event):
            value = binding.value
            if id(value) not in known:
                known[id(value)] = render_value(value.data, limit=SHOWN) + shown_length(value)
            found.append(f"      · {printable(binding.name, 60)} = {known[id(value)]}{note}")
    return "\n".join(found) + ("\n" if found else "")


def shown_length(value: object) -> str:
    """Return how long a value is of which only a part is shown, as text to put behind it."""
    is_whole, length = getattr(value, "is_whole", True), getattr(value, "length", -1)
    return "" if is_whole or length < 0 else f" … ({length:,} in all)"
