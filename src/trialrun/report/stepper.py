"""A trace as one HTML page that steps through it: source beside values, forwards and backwards, offline.

The page is made as the report is (`html.py`): a fixed skeleton around one block of JSON, a policy that admits its own
style sheet and script alone, hostile text in text nodes only. Columns are embedded as base64 of the smallest integers
that hold them; each value that the events refer to is one text. The script keeps only the rows in sight, and works out
variables when an event is shown.

Leaves out: events beyond `MOST_EVENTS` (told in the page), values beyond `MOST_TEXT` characters in all.
"""

import base64
import html
import re
import sys
from array import array
from typing import Any

from trialrun.core.printable import printable
from trialrun.core.trace import Level, Trace
from trialrun.observe.headings import headings
from trialrun.observe.steps import RESULTS
from trialrun.observe.value_text import Texts
from trialrun.report.html import asset, embedded_text, policy

MOST_EVENTS = 500_000
MOST_TEXT = 20_000_000
"""Characters of values in one page."""
SOURCE_CHARACTERS = 200_000
NAME = 100
SCRIPTS = ("dom.js", "highlight.js", "trace_model.js", "stepper.js", "trace_main.js")
STYLES = ("report.css", "stepper.css")


def render(trace: Trace) -> str:
    """Return the whole page."""
    style = "".join(map(asset, STYLES))
    script = "(() => {\n'use strict';\n" + "\n".join(map(asset, SCRIPTS)) + "})();\n"
    found = data(trace)
    fields = {
        "POLICY": policy(style, script),
        "TITLE": html.escape(printable(str(found["title"]), 200)),
        "STYLE": style,
        "SCRIPT": script,
        "DATA": embedded_text(found),
    }
    return re.sub("@@([A-Z]+)@@", lambda one: fields[one[1]], asset("trace.html"))


def data(trace: Trace) -> dict[str, Any]:
    """Return what the stepper's script takes, as plain objects."""
    count = min(len(trace), MOST_EVENTS)
    rows = trace.first[count]
    told = headings(trace)
    if count < len(trace):
        told.append(f"missing: this page holds the first {count:,} of {len(trace):,} events")
    places, texts, cut = _texts(trace, rows)
    if cut:
        told.append(f"missing: {cut:,} values, for the size of this page")
    name, source = trace.sources[0] if trace.sources else ("", "")
    return {
        "title": f"{printable(name, NAME)} · trace",
        "told": told,
        "source": source[:SOURCE_CHARACTERS],
        "dropped": trace.dropped,
        "gap": trace.gap,
        "has_values": trace.level in (Level.SUMMARIES, Level.REFERENCES),
        "columns": {
            "kind": packed(trace.kind[:count]),
            "code": packed(trace.code[:count]),
            "place": packed(trace.place[:count]),
            "frame": packed(trace.frame[:count]),
            "first": packed(trace.first[: count + 1]),
            "name": packed(trace.name[:rows]),
            "value": packed(places),
            "parents": packed(trace.parents),
        },
        "names": [printable(one, NAME) for one in trace.names],
        "results": [place for place, one in enumerate(trace.names) if one in RESULTS],
        "texts": texts,
        "codes": [[printable(code.name, NAME), code.first_line] for code in trace.codes],
        "blocks": [[list(pair) for pair in block.lines[:_PAIRS]] for block in trace.blocks],
    }


_PAIRS = 1_000


def _texts(trace: Trace, rows: int) -> tuple["array[int]", list[str], int]:
    """Return the place of each binding's text, the texts, and how many values have none for lack of room."""
    texts, room, cut = Texts(trace), MOST_TEXT, 0
    found: dict[str, int] = {}
    places = array("i")
    for row in range(rows):
        if trace.value[row] < 0:
            places.append(-1)
            continue
        text = texts.of(row)
        if text not in found:
            if room < len(text):
                cut += 1
                text = "(not in this page)"
            room -= len(text)
        places.append(found.setdefault(text, len(found)))
    return places, list(found), cut


def packed(column: "array[int]") -> tuple[int, str]:
    """Return a column as (bytes a number, base64 of little-endian numbers) in the smallest width that holds it."""
    low, high = min(column, default=0), max(column, default=0)
    code, width = next(
        (code, width)
        for code, width in (("b", 1), ("h", 2), ("i", 4))
        if -(1 << 8 * width - 1) <= low and high < 1 << 8 * width - 1
    )
    small = array(code, column)
    if sys.byteorder != "little":
        small.byteswap()
    return width, base64.b64encode(small.tobytes()).decode("ascii")
