"""Replay: every sentence of a monologue is held against the trace that it tells of.

The sentences are read back and compared, one event after the other, with the columns of the trace: the call, the
function, the lines, the values that the event carries, and that nothing else changed. Every event has to be told or
counted as left out, so a sentence that is wrong, out of place, repeated or missing is refused.

Leaves out: sentences in other words (a paraphrase is no sentence), reasons.
"""

import itertools
from typing import NamedTuple

from trialrun.core.printable import printable
from trialrun.core.trace import Event, Level, Trace
from trialrun.observe.facts import NAME, Fact, facts
from trialrun.observe.monologue import Claim, Direction
from trialrun.observe.sentences import parse
from trialrun.observe.steps import last_line
from trialrun.observe.value_text import text_of


class Refusal(NamedTuple):
    """The first sentence that the trace does not bear out."""

    line: int
    """Line of the text, from 1; one after the last where sentences are missing."""
    sentence: str
    why: str


def refusal(text: str, trace: Trace, direction: Direction = "forward") -> Refusal | None:
    """Return the first sentence that is not true of a trace, or None where all are and nothing is missing.

    Lines of `#` and empty lines above the first sentence are passed over. A trace at another level than `summaries`
    bears nothing out.
    """
    if trace.level is not Level.SUMMARIES:
        return Refusal(0, "", f"a trace at level {trace.level} bears out nothing")
    replay = _Replay(trace, direction)
    lines = text.split("\n")
    began = False
    for number, line in enumerate(lines, 1):
        if not began and (not line or line.startswith("# ")):
            continue
        if not line and number == len(lines):
            break
        began = True
        try:
            why = replay.take(parse(line, direction))
        except (ValueError, RecursionError) as error:
            why = str(error)
        if why:
            return Refusal(number, line, why)
    left = replay.left()
    return Refusal(len(lines), "", f"{left:,} events are not told") if left else None


class _Replay:
    """The events that are still to be told."""

    def __init__(self, trace: Trace, direction: Direction) -> None:
        self.trace = trace
        self.events = [event for event, kind in enumerate(trace.kind) if kind != Event.LINE]
        self.changed = self._changes()
        self.reads: dict[int, Fact] = {}
        if direction == "backward":
            self.events.reverse()
            self.reads = {fact.event: fact for fact in facts(trace)}
        self.place = 0
        self.jumps: list[tuple[int, int]] = []
        """Jumps that led to the event told last, those that come next in the text first."""

    def left(self) -> int:
        """Return how many events were not told."""
        return len(self.events) - self.place

    def take(self, claim: Claim) -> str:
        """Compare a claim with the next event; return what is wrong, or nothing."""
        if claim.kind == "path":
            if self.jumps and self.jumps[0] == claim.lines and self._last_call() == claim.call:
                self.jumps.pop(0)
                return ""
            return "the call did not go that way"
        if self.jumps:
            return "a jump is not told"
        if claim.kind == "skip":
            if not 0 < claim.lines[0] <= self.left():
                return f"{self.left():,} events are left"
            self.place += claim.lines[0]
            return ""
        if not self.left():
            return "the run has no more events"
        event = self.events[self.place]
        self.place += 1
        self.jumps = self._jumps(event) if self.reads else []
        return self._compare(claim, event)

    def _compare(self, claim: Claim, event: int) -> str:
        trace, kind = self.trace, Event(self.trace.kind[event])
        words = {"call": Event.CALL, "change": Event.BLOCK, "return": Event.RETURN, "leave": Event.LEAVE}
        words |= {"raise": Event.RAISE, "catch": Event.CATCH}
        if words[claim.kind] is not kind:
            return f"the event is a {kind.name.lower()}"
        if claim.call != trace.frame[event]:
            return f"the event is one of call {trace.frame[event]}"
        bound = {one.name: text_of(one.value) for one in trace.bindings(event)}
        if kind is Event.CALL:
            return self._compare_call(claim, event, bound)
        if kind is Event.LEAVE:
            return ""
        if kind in (Event.RAISE, Event.CATCH):
            right = claim.lines[0] == trace.place[event] and claim.result == bound.get(
                "exception", "?"
            ).strip("'\"")
            return "" if right else "another exception, or another line"
        place = trace.place[event]
        own = trace.blocks[place].lines if 0 <= place < len(trace.blocks) else ()
        end = last_line(trace, place)
        lines = (own[0][0] if own else end, end)
        if claim.lines != lines:
            return f"the lines are {lines[0]} to {lines[1]}"
        if kind is Event.RETURN and claim.result != bound.get("return", "None"):
            return f"it returned {bound.get('return', 'None')}"
        if sorted(claim.after) != sorted(
            (printable(name, NAME), bound[name]) for name in self.changed[event]
        ):
            return "other values changed"
        if self.reads and claim.before != self.reads[event].read:
            return "other values were known before"
        return ""

    def _compare_call(self, claim: Claim, event: int, bound: dict[str, str]) -> str:
        trace, code, frame = self.trace, self.trace.code[event], self.trace.frame[event]
        name = printable(trace.codes[code].name, NAME) if 0 <= code < len(trace.codes) else "?"
        if claim.function != name:
            return f"the call runs {name}"
        if claim.caller != (trace.parents[frame] if 0 <= frame < len(trace.parents) else -1):
            return "another call made it"
        given = sorted(
            (printable(one, NAME), text) for one, text in bound.items() if one not in ("return", "exception")
        )
        return "" if sorted(claim.after) == given else "other values were given"

    def _changes(self) -> dict[int, list[str]]:
        """Return, for each event, the names whose values are not those that the call had shown before."""
        trace, found = self.trace, dict[int, list[str]]()
        last: dict[tuple[int, int], int] = {}
        for event, kind in enumerate(trace.kind):
            if kind == Event.LINE:
                continue
            own = found.setdefault(event, [])
            rows = {trace.name[row]: row for row in range(trace.first[event], trace.first[event + 1])}
            rows = {name: row for name, row in rows.items() if trace.value[row] >= 0}
            for name, row in rows.items():
                key = trace.frame[event], name
                if trace.names[name] in ("return", "exception") or last.get(key) == trace.value[row]:
                    continue
                last[key] = trace.value[row]
                own.append(trace.names[name])
        return found

    def _last_call(self) -> int:
        return self.trace.frame[self.events[self.place - 1]] if self.place else -1

    def _jumps(self, event: int) -> list[tuple[int, int]]:
        """Return the jumps between lines that the call ran just before an event, the last one first."""
        trace, ran = self.trace, list[int]()
        frame = trace.frame[event]
        for number in range(event - 1, -1, -1):
            if trace.dropped and number + 1 == trace.gap:
                break
            if trace.frame[number] != frame:
                continue
            if trace.kind[number] != Event.LINE:
                break
            if frame >= 0 and (not ran or ran[-1] != trace.place[number]):
                ran.append(trace.place[number])
        jumps = [(one, two) for two, one in itertools.pairwise(ran) if two != one + 1]
        return jumps[:20]
