"""The events of a trace as steps of calls: which lines each call ran, what it wrote, and what its variables hold.

A step is an event other than LINE, with the lines that its call ran since the step before. `Variables` holds what is
known of each call's variables at a point of the run: the values it was given and wrote; an object that was seen to
change under another name shows its new value. Everything is made while walking, nothing is text.

Leaves out: variables that a call reads and does not write (globals, closures), deletions.
"""

from collections.abc import Iterator
from typing import NamedTuple

from trialrun.core.trace import Event, Level, Trace


class Step(NamedTuple):
    """An event, and what its call did since the call's step before."""

    event: int
    kind: Event
    frame: int
    """−1 where that is not known."""
    block: int
    """Block that is over or was interrupted; −1 where there is none."""
    line: int
    """Where it ended: the last line of the block, the line of an exception, the first line of a call."""
    lines: tuple[int, ...]
    """Lines that the call ran since its step before, without immediate repetitions; the first lines of the block's
    statements where lines were not recorded."""
    begin: int
    """Event at which it began: the one after the call's step before."""


def steps(trace: Trace) -> Iterator[Step]:
    """Yield the steps of all calls in the order of their events."""
    ran: dict[int, list[int]] = {}
    last: dict[int, int] = {}
    where = BlockAt(trace)
    for event, number in enumerate(trace.kind):
        if trace.dropped and event == trace.gap:
            ran.clear()
            last.clear()
        kind, place, frame = Event(number), trace.place[event], trace.frame[event]
        if kind is Event.LINE:
            if frame >= 0:
                lines = ran.setdefault(frame, [])
                if not lines or lines[-1] != place:
                    lines.append(place)
            continue
        block, line = -1, place
        if kind in (Event.BLOCK, Event.RETURN):
            block = place if 0 <= place < len(trace.blocks) else -1
            line = last_line(trace, block)
        elif kind in (Event.CATCH, Event.RAISE):
            block = where.find(trace.code[event], place)
        seen = tuple(ran.pop(frame, ()))
        if not seen and block >= 0:
            seen = tuple(line for line, _ in trace.blocks[block].lines)
        yield Step(event, kind, frame, block, line, seen, last.get(frame, event - 1) + 1)
        last[frame] = event


def last_line(trace: Trace, block: int) -> int:
    """Return the last line of a block; of an empty one, that of its code."""
    if block < 0:
        return 0
    info = trace.blocks[block]
    if info.lines:
        return info.lines[-1][1]
    return trace.codes[info.code].last_line if 0 <= info.code < len(trace.codes) else 0


class BlockAt:
    """Finds the block of a line."""

    def __init__(self, trace: Trace) -> None:
        self._by_code: dict[int, list[tuple[int, int, int]]] = {}
        """Code → (first line, last line, block), in the order of the text."""
        for number, block in enumerate(trace.blocks):
            found = self._by_code.setdefault(block.code, [])
            found += [(first, last, number) for first, last in block.lines]
        self._known: dict[tuple[int, int], int] = {}

    def find(self, code: int, line: int) -> int:
        """Return the block of a code that a line lies in, the first of several; −1 where there is none."""
        known = self._known.get((code, line))
        if known is None:
            found = [one for one in self._by_code.get(code, ()) if one[0] <= line <= one[1]]
            known = min(found, key=lambda one: one[1] - one[0])[2] if found else -1
            self._known[code, line] = known
        return known


class Variables:
    """What is known of each call's variables, event after event."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.frames: dict[int, dict[str, int]] = {}
        """Frame → name → row of the binding that gave it its value; `return` and `exception` are no variables."""
        self._latest: dict[int, int] = {}
        """Identity → row of the binding that last showed the object."""
        self._follows = trace.level is Level.SUMMARIES

    def note(self, event: int) -> dict[str, int]:
        """Take in an event; return what it binds: name → row."""
        trace = self.trace
        bound: dict[str, int] = {}
        for row in range(trace.first[event], trace.first[event + 1]):
            if trace.value[row] < 0:
                continue
            bound[trace.names[trace.name[row]]] = row
            if trace.identity[row]:
                self._latest[trace.identity[row]] = row
        own = self.frames.setdefault(trace.frame[event], {})
        own.update({name: row for name, row in bound.items() if name not in RESULTS})
        return bound

    def of(self, frame: int) -> dict[str, int]:
        """Return a call's variables: name → row of the binding that shows the value."""
        return {name: self._shown(row) for name, row in self.frames.get(frame, {}).items()}

    def forget(self, frame: int) -> None:
        """Drop the variables of a call that is over."""
        self.frames.pop(frame, None)

    def _shown(self, row: int) -> int:
        identity = self.trace.identity[row]
        if not identity or not self._follows:
            return row
        latest = self._latest.get(identity, row)
        values, places = self.trace.values, self.trace.value
        # An identity may have been given again, to another object.
        is_alike = values[places[latest]].type_name == values[places[row]].type_name
        return latest if is_alike else row


class Walked(NamedTuple):
    """A step with what was known around it."""

    step: Step
    bound: dict[str, int]
    """What the event carries: name → row."""
    before: dict[str, int]
    """Variables of the call as the step began: name → row of the binding that shows the value then."""


def walk(trace: Trace) -> Iterator[Walked]:
    """Yield all steps with the variables of their calls, in the order of their events."""
    walked = list(steps(trace))
    order = sorted(range(len(walked)), key=lambda place: walked[place].begin)
    began: dict[int, dict[str, int]] = {}
    variables = Variables(trace)
    upcoming = 0
    for place, step in enumerate(walked):
        while upcoming < len(order) and walked[order[upcoming]].begin <= step.event:
            began[order[upcoming]] = variables.of(walked[order[upcoming]].frame)
            upcoming += 1
        before = began.pop(place, {})
        yield Walked(step, variables.note(step.event), before)


RESULTS = ("return", "exception")
"""Names under which events carry what is no variable."""


def code_of_frame(trace: Trace) -> list[int]:
    """Return the code that each frame runs, −1 where no event says it."""
    found = [-1] * len(trace.parents)
    for kind, code, frame in zip(trace.kind, trace.code, trace.frame, strict=True):
        if kind != Event.LINE and 0 <= frame < len(found) and found[frame] < 0:
            found[frame] = code
    return found


def depths(trace: Trace) -> list[int]:
    """Return how many calls each frame is inside of. A parent's number is smaller than its frame's."""
    found: list[int] = []
    for frame, parent in enumerate(trace.parents):
        found.append(found[parent] + 1 if 0 <= parent < frame else 0)
    return found
