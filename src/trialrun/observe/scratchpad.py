r"""SemCoder's scratchpad: the source with the values of one run beside its lines, and the way back from it.

    def f(n):
        while n > 1:
            n = n - 1  # [STATE-0] {n: 2} [/STATE-0] [STATE-1] {n: 1} [/STATE-1]
        return n  # [OUTPUT] 1 [/OUTPUT]

The first line that a call runs has its `[INPUT]`, a line that changes variables a `[STATE-k]` with all that it
changed, k being the rank of the change in the run; the last line has the `[OUTPUT]`, or `[RAISED]`. Where there are
several calls, each mark names its own (`call=2`), so that recursive calls stay apart. The concise form keeps, of more
than three marks of one kind on a line, the first two and the last. Lines of `#` above say what must be known.

`parse` reads a scratchpad back; `write(parse(text)) == text` and `parse(write(pad)) == pad` for all that `scratchpad`
makes, since no value may hold what ends it (`value_text.written`). Source: SemCoder (2024), without the faults of its
released builder, which are the tests. Leaves out: characters that a terminal cannot show (escaped in the source).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from trialrun.core.printable import printable
from trialrun.core.trace import Event, Trace
from trialrun.observe.facts import Fact, facts
from trialrun.observe.headings import headings
from trialrun.observe.value_text import read, read_name, written, written_name

MOST_MARKS = 5_000
"""Marks of a scratchpad; the rest is counted."""
_LINE = 2_000
_BEFORE = "  # "
_EMPTY = "[]"
_MARK = re.compile(r"\[(?:(STATE)-(0|[1-9][0-9]*)|(INPUT|OUTPUT|RAISED))(?: call=(0|[1-9][0-9]*))?\] ")
_LEFT_OUT = re.compile(r"# (0|[1-9][0-9]*) marks are left out")


class Mark(NamedTuple):
    """What stands beside a line for one event."""

    kind: str
    """`INPUT`, `STATE`, `OUTPUT`, `RAISED`; `...` for what the concise form leaves out."""
    number: int = -1
    """k of a state."""
    call: int = -1
    """The call, where there are several."""
    values: tuple[tuple[str, str], ...] = ()
    """(name, text); of an output or an exception one value without a name."""


class Scratchpad(NamedTuple):
    """Source lines with their marks."""

    headings: tuple[str, ...]
    lines: tuple[str, ...]
    marks: tuple[tuple[Mark, ...], ...]
    """For each line its marks, in the order of the run."""
    left_out: int = 0
    """Marks beyond `MOST_MARKS`."""


def scratchpad(trace: Trace, *, concise: bool = False) -> Scratchpad:
    """Return the scratchpad of a trace at level `summaries`; of another level one without marks."""
    text = trace.sources[0][1] if trace.sources else ""
    lines = tuple(printable(line, _LINE, lines=True) for line in text.split("\n"))
    beside: list[list[Mark]] = [[] for _ in lines]
    count = 0
    several = len(trace.parents) > 1
    for line, mark in _marks(trace, several):
        count += 1
        if count <= MOST_MARKS and lines:
            beside[min(max(line, 1), len(lines)) - 1].append(mark)
    marks = tuple(_concise(own) if concise else tuple(own) for own in beside)
    return Scratchpad(tuple(headings(trace)), lines, marks, max(0, count - MOST_MARKS))


def _marks(trace: Trace, several: bool) -> Iterator[tuple[int, Mark]]:
    """Yield (line, mark) in the order of the run."""
    found = list(facts(trace))
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for fact in found:
        if fact.kind is not Event.CALL and fact.path:
            first.setdefault(fact.call, fact.path[0])
    rank = 0
    for fact in found:
        call = fact.call if several else -1
        if fact.path:
            last[fact.call] = fact.path[-1]
        if fact.kind is Event.CALL:
            if _is_function(trace, fact):
                yield first.get(fact.call, fact.first_line), Mark("INPUT", -1, call, _pairs(fact))
            continue
        for line in dict.fromkeys(one.line for one in fact.wrote):
            own = tuple((one.name, one.text) for one in fact.wrote if one.line == line)
            yield line, Mark("STATE", rank, call, own)
            rank += 1
        if fact.kind in (Event.RETURN, Event.RAISE) and _is_function(trace, fact):
            kind = "OUTPUT" if fact.kind is Event.RETURN else "RAISED"
            line = last.get(fact.call, fact.last_line) if fact.kind is Event.RETURN else fact.last_line
            yield line, Mark(kind, -1, call, (("", fact.result or "?"),))


def _is_function(trace: Trace, fact: Fact) -> bool:
    code = trace.code[fact.event]
    return 0 <= code < len(trace.codes) and trace.codes[code].kind == "function"


def _pairs(fact: Fact) -> tuple[tuple[str, str], ...]:
    return tuple((one.name, one.text) for one in fact.wrote)


def _concise(own: list[Mark]) -> tuple[Mark, ...]:
    """Return the marks of a line; of more than three of one kind the first two and the last."""
    counts: dict[str, int] = {}
    for mark in own:
        counts[mark.kind] = counts.get(mark.kind, 0) + 1
    seen: dict[str, int] = {}
    kept: list[Mark] = []
    for mark in own:
        seen[mark.kind] = turn = seen.get(mark.kind, 0) + 1
        if counts[mark.kind] <= 3 or turn <= 2 or turn == counts[mark.kind]:
            kept.append(mark)
        elif turn == 3:
            kept.append(Mark("..."))
    return tuple(kept)


def write(pad: Scratchpad) -> str:
    """Return a scratchpad as text."""
    out = [f"# {heading}" for heading in pad.headings]
    if pad.left_out:
        out.append(f"# {pad.left_out} marks are left out")
    out.append("#")
    for line, marks in zip(pad.lines, pad.marks, strict=True):
        tail = " ".join(map(_written, marks))
        # A comment of the program that looks like marks gets an empty list behind it, so that it is not read as such.
        if not tail and _split(line)[1] is not None:
            tail = _EMPTY
        out.append(line + _BEFORE + tail if tail else line)
    return "\n".join(out) + "\n"


def _written(mark: Mark) -> str:
    if mark.kind == "...":
        return "..."
    name = f"STATE-{mark.number}" if mark.kind == "STATE" else mark.kind
    call = f" call={mark.call}" if mark.call >= 0 else ""
    if mark.kind in ("OUTPUT", "RAISED"):
        body = written(mark.values[0][1])
    else:
        body = "{" + ", ".join(f"{written_name(one)}: {written(text)}" for one, text in mark.values) + "}"
    return f"[{name}{call}] {body} [/{name}]"


def parse(text: str) -> Scratchpad:
    """Return the scratchpad that `write` wrote. Raises `ValueError` for what it cannot have written."""
    lines = text.split("\n")
    if lines[-1] or "#" not in lines:
        raise ValueError("no scratchpad")
    above, below = lines[: lines.index("#")], lines[lines.index("#") + 1 : -1]
    if any(not line.startswith("# ") for line in above):
        raise ValueError("no heading")
    left_out = _LEFT_OUT.fullmatch(above[-1]) if above else None
    if left_out:
        above = above[:-1]
    split = [_split(line) for line in below]
    return Scratchpad(
        headings=tuple(line[2:] for line in above),
        lines=tuple(line for line, _ in split),
        marks=tuple(marks or () for _, marks in split),
        left_out=int(left_out[1]) if left_out else 0,
    )


def _split(line: str) -> tuple[str, tuple[Mark, ...] | None]:
    """Return a line without its marks, and the marks; None where there are none."""
    source, between, tail = line.rpartition(_BEFORE)
    if not between:
        return line, None
    if tail == _EMPTY:
        return source, ()
    try:
        return source, tuple(_read_marks(tail))
    except ValueError:
        return line, None


def _read_marks(tail: str) -> Iterator[Mark]:
    place = 0
    while True:
        if tail.startswith("...", place):
            mark, place = Mark("..."), place + 3
        else:
            mark, place = _read_mark(tail, place)
        yield mark
        if place == len(tail):
            return
        place = _past(tail, place, " ")


def _read_mark(tail: str, place: int) -> tuple[Mark, int]:
    found = _MARK.match(tail, place)
    if found is None:
        raise ValueError(f"no mark at {place}")
    kind, place = found[1] or found[3], found.end()
    values: list[tuple[str, str]] = []
    if kind in ("OUTPUT", "RAISED"):
        text, place = read(tail, place)
        values.append(("", text))
    else:
        place = _past(tail, place, "{")
        while not tail.startswith("}", place):
            if values:
                place = _past(tail, place, ", ")
            name, place = read_name(tail, place)
            text, place = read(tail, _past(tail, place, ": "))
            values.append((name, text))
        place = _past(tail, place, "}")
    number = int(found[2]) if found[2] else -1
    name = f"STATE-{number}" if found[2] else kind
    place = _past(tail, place, f" [/{name}]")
    return Mark(kind, number, int(found[4]) if found[4] else -1, tuple(values)), place


def _past(text: str, place: int, wanted: str) -> int:
    if not text.startswith(wanted, place):
        raise ValueError(f"{wanted!r} is missing at {place}")
    return place + len(wanted)


def render(trace: Trace) -> str:
    """Return the scratchpad of a trace as text."""
    return write(scratchpad(trace))


def render_concise(trace: Trace) -> str:
    """Return the concise scratchpad of a trace as text."""
    return write(scratchpad(trace, concise=True))
