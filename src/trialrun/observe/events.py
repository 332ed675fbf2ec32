"""Reads the packed record of a traced job: from hostile bytes to a `Trace`, with what is impossible in it flagged.

The layout of the program (codes, blocks, sites) is worked out here from its text, not taken from the job. Events are
replayed on a stack of frames: functions nest; generators and coroutines name their frame in each event. What no honest
record can hold is cut off or flagged: unknown numbers, values missing or left over, blocks that cannot follow each
other, returns from what was not entered.

Leaves out: deciding anything by it: the whole record is the program's word.
"""

import itertools
import sys
from array import array
from collections.abc import Sequence

from trialrun.core import values
from trialrun.core.execution import Execution, Outcome
from trialrun.core.parse_values import parse
from trialrun.core.trace import CodeInfo, Event, Level, Trace, Value
from trialrun.lang.blocks import Site, first_line
from trialrun.lang.regions import Facts
from trialrun.run.child.tracing import EMPTIED, FORMAT, MISALIGNED, MOST_VALUES, REPLACED, THREADS

MOST_BYTES = 256 << 20
MOST_OF_VALUE = 1 << 20
"""Bytes of one value; a note is smaller."""
_NOTICED = {
    REPLACED: "the line tracer was replaced",
    EMPTIED: "events were lost: somebody was at the recorder, or the recursion limit was",
    MISALIGNED: "values and events do not match",
    THREADS: "threads: frames cannot be told apart",
}
UNKNOWN = "events of blocks that there are not"
ORDER = "blocks that cannot follow one another"
STACK = "events of calls that were not made"
LOST = "values are missing"
_SEEN_BEFORE = 1 << 20
_FAR = 200
"""Frames on the stack among which that of a line is looked for."""
_ATOMS = (bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes)


def absence(outcome: Outcome) -> str:
    """Return why no record came of a run that ended in a certain way."""
    if outcome in (Outcome.LOAD, Outcome.SYNTAX):
        return "the program did not load"
    if outcome in (Outcome.RETURNED, Outcome.RAISED):
        return "it did not arrive"
    return "the process ended before it was sent"


class Unreadable(Exception):
    """The record has no form that an honest job writes."""


class Record:
    """The columns of a record, checked for form and not for sense."""

    def __init__(self, data: bytes, most: int | None = None) -> None:
        """Raises `Unreadable`, too where there are more than `most` events."""
        try:
            tree = parse(data, limit=MOST_BYTES)
        except values.Malformed as error:
            raise Unreadable(str(error)) from None
        kinds = (str, bool, int, int, int, *_ATOMS, tuple, tuple)
        fields = tree[1:] if type(tree) is tuple and tree[0] == values.TUPLE else ()
        if len(fields) != len(kinds) or any(
            type(one) is not kind for one, kind in zip(fields, kinds, strict=True)
        ):
            raise Unreadable("other fields")
        if fields[0] != FORMAT or min(fields[2:5]) < 0 or max(fields[2:5]) >= 1 << 62:
            raise Unreadable("another format")
        _, self.finished, self.gap, self.dropped, self.noticed = fields[:5]
        self.events, self.lines = _column("i", fields[5]), _column("i", fields[6])
        if most is not None and len(self.events) > most:
            raise Unreadable("more events than were asked for")
        self.frames = _column("q", fields[7])
        self.refs, self.identities = _column("i", fields[8]), _column("q", fields[9])
        lengths, row_types = _column("q", fields[10]), _column("i", fields[11])
        whole, types, rows = fields[12], fields[13][1:], fields[14][1:]
        if fields[13][0] != values.LIST or fields[14][0] != values.LIST:
            raise Unreadable("no lists")
        if any(type(one) is not str for one in types) or any(type(one) is not bytes for one in rows):
            raise Unreadable("a value of another kind")
        if len(rows) > MOST_VALUES or any(len(one) > MOST_OF_VALUE for one in rows):
            raise Unreadable("more values, or larger ones, than a job keeps")
        if not len(lengths) == len(row_types) == len(whole) == len(rows) or len(self.refs) != len(
            self.identities
        ):
            raise Unreadable("columns of different lengths")
        if row_types and not 0 <= min(row_types) <= max(row_types) < len(types):
            raise Unreadable("a type that there is not")
        if self.refs and not -1 <= min(self.refs) <= max(self.refs) < len(rows):
            raise Unreadable("a value that there is not")
        self.values = tuple(
            Value(types[kind][: values.NAME], length, data, bool(is_whole))
            for kind, length, data, is_whole in zip(row_types, lengths, rows, whole, strict=True)
        )


def _column(kind: str, data: bytes) -> "array[int]":
    column = array(kind)
    if len(data) % column.itemsize:
        raise Unreadable("a column that ends in the middle of a number")
    column.frombytes(data)
    if sys.byteorder != "little":
        column.byteswap()
    return column


def read_trace(
    record: bytes | None,
    execution: Execution,
    sources: tuple[tuple[str, str], ...],
    facts: Facts,
    *,
    level: Level,
    python: str,
    most: int | None = None,
) -> Trace:
    """Return the trace of a run. Where the record is missing or malformed it has no events, and a flag that says so.

    `most` is how many events an honest record can hold, None for any number.
    """
    codes, blocks = facts.infos()
    flags: list[str] = []
    try:
        if record is None:
            raise Unreadable(absence(execution.outcome))
        read = Record(record, most)
    except Unreadable as error:
        read = None
        flags.append(f"no record: {error}")
    replay = _Replay(facts, codes, level)
    if read is not None:
        replay.run(read)
        flags += [text for bit, text in _NOTICED.items() if read.noticed & bit]
        flags += replay.flags
    return Trace(
        sources=sources,
        python=python,
        level=level,
        execution=execution,
        codes=codes,
        blocks=blocks,
        kind=replay.kind,
        code=replay.code,
        place=replay.place,
        frame=replay.frame,
        first=replay.first,
        name=replay.name,
        value=replay.value,
        identity=replay.identity,
        version=replay.version,
        names=tuple(replay.names),
        values=read.values if read is not None else (),
        parents=replay.parents,
        dropped=read.dropped if read is not None else 0,
        gap=min(read.gap, len(replay.kind)) if read is not None and read.dropped else len(replay.kind),
        flags=tuple(dict.fromkeys(flags)),
    )


class _Frame:
    """A call that is under way."""

    __slots__ = ("allowed", "code", "number", "on_stack")

    def __init__(self, number: int, code: int, allowed: frozenset[int] | None) -> None:
        self.number, self.code, self.allowed = number, code, allowed
        self.on_stack = True


class _Replay:
    """Gives each event its frame and its bindings."""

    def __init__(self, facts: Facts, codes: Sequence[CodeInfo], level: Level) -> None:
        self.facts, self.codes, self.level = facts, codes, level
        self.sites = facts.layout.sites
        self.blocks = facts.infos()[1]
        self.has_values = level in (Level.REFERENCES, Level.SUMMARIES)
        self.kind, self.code, self.place, self.frame = array("b"), array("i"), array("i"), array("i")
        self.first, self.parents = array("i", [0]), array("i")
        self.name, self.value = array("i"), array("i")
        self.identity, self.version = array("i"), array("i")
        self.names: dict[str, int] = {}
        self.flags: list[str] = []
        self._stack: list[_Frame] = []
        self._suspended: dict[int, _Frame] = {}
        """Frames of generators and coroutines by the number that their events carry."""
        self._suspended_of: dict[int, dict[int, _Frame]] = {}
        """The same, by code."""
        self._numbers: dict[int, int] = {}
        self._versions: dict[int, tuple[int, int]] = {}
        self._entered = {code: facts.runs_from(first) for code, first in enumerate(facts.entries)}
        self._caught = {site: facts.runs_from(first) for site, first in facts.caught.items()}
        self._next = {index: frozenset(block.successors) for index, block in enumerate(self.blocks)}
        self._lines = _codes_by_line(facts)

    def run(self, record: Record) -> None:
        """Replay all events."""
        self._frames, self._where = iter(record.frames), iter(record.lines)
        self._refs = zip(record.refs, record.identities, strict=True)
        in_order = not record.noticed & (THREADS | MISALIGNED)
        for number, event in enumerate(record.events):
            if record.dropped and number == record.gap:
                self._stack, in_order = [], False
                self._suspended.clear()
                self._suspended_of.clear()
            if event < 0:
                self._line(-event)
            elif event < len(self.sites):
                self._site(event, self.sites[event], in_order)
            else:
                self.flags.append(UNKNOWN)
        if next(self._refs, None) is not None or next(self._frames, None) is not None:
            self.flags.append(LOST)

    def _line(self, line: int) -> None:
        code = self._lines[line] if line < len(self._lines) else -1
        self._add(Event.LINE, code, line, self._frame_at(code))

    def _frame_at(self, code: int) -> int:
        """Return the frame that a line of a code belongs to, −1 where that is not known."""
        for frame in itertools.islice(reversed(self._stack), _FAR):
            if frame.code == code:
                return frame.number
            if not self.codes[frame.code].suspends:
                break
        resumed = self._suspended_of.get(code, {})
        return next(iter(resumed.values())).number if len(resumed) == 1 else -1

    def _add(self, kind: Event, code: int, place: int, frame: int) -> None:
        self.kind.append(kind)
        self.code.append(code)
        self.place.append(place)
        self.frame.append(frame)
        self.first.append(len(self.name))

    def _site(self, number: int, site: Site, in_order: bool) -> None:
        kind, code = Event(site.kind), self.codes[site.code]
        key = next(self._frames, None) if code.suspends else None
        if code.suspends and key is None:
            self.flags.append(LOST)
        place = code.first_line if kind is Event.CALL else site.block
        if kind in (Event.CATCH, Event.RAISE):
            place = next(self._where, 0)
        frame = self._frame_of(kind, site.code, key, in_order)
        if kind in (Event.CATCH, Event.RAISE):
            self._bind("exception")
        elif self.has_values:
            for name in site.names:
                self._bind(name)
            if site.has_value:
                self._bind("return")
        self._add(kind, site.code, place, frame.number)
        self._flow(kind, number, site, frame, in_order)
        if kind is Event.LEAVE or (
            kind in (Event.RETURN, Event.RAISE) and self.facts.layout.codes[site.code].leave < 0
        ):
            self._leave(frame, key)

    def _bind(self, name: str) -> None:
        ref, identity = next(self._refs, (-1, 0))
        if ref < 0:
            self.flags.append(LOST)
        number, version = 0, 0
        if identity:
            number = self._numbers.setdefault(identity, len(self._numbers) + 1)
            seen, version = self._versions.get(number, (ref, 0))
            if seen != ref:
                version += 1
            self._versions[number] = ref, version
        self.name.append(self.names.setdefault(name, len(self.names)))
        self.value.append(ref)
        self.identity.append(number)
        self.version.append(version)

    def _frame_of(self, kind: Event, code: int, key: int | None, in_order: bool) -> _Frame:
        """Return the frame that an event belongs to; it is on top of the stack then."""
        stack = self._stack
        if key is not None and kind is not Event.CALL and key in self._suspended:
            frame = self._suspended[key]
            while stack and stack[-1] is not frame and self.codes[stack[-1].code].suspends:
                stack.pop().on_stack = False
            if not frame.on_stack:
                stack.append(frame)
                frame.on_stack = True
            return frame
        if kind is not Event.CALL:
            while stack and stack[-1].code != code and self.codes[stack[-1].code].suspends:
                stack.pop().on_stack = False
            if stack and stack[-1].code == code:
                return stack[-1]
            if in_order:
                self.flags.append(STACK)
        frame = _Frame(len(self.parents), code, self._entered[code] if kind is Event.CALL else None)
        self.parents.append(stack[-1].number if stack else -1)
        stack.append(frame)
        if key is not None and len(self._suspended) < _SEEN_BEFORE:
            self._suspend(key, frame)
        return frame

    def _suspend(self, key: int, frame: _Frame) -> None:
        """Keep a frame by its key, in the place of another that had it."""
        before = self._suspended.get(key)
        if before is not None:
            del self._suspended_of[before.code][key]
        self._suspended[key] = frame
        self._suspended_of.setdefault(frame.code, {})[key] = frame

    def _flow(self, kind: Event, number: int, site: Site, frame: _Frame, in_order: bool) -> None:
        """Look whether the event may follow what the frame did before, and note what may follow it."""
        if kind in (Event.BLOCK, Event.RETURN):
            if in_order and frame.allowed is not None and site.block not in frame.allowed:
                self.flags.append(ORDER)
            frame.allowed = self._next[site.block]
        elif kind is Event.CATCH:
            frame.allowed = self._caught[number]

    def _leave(self, frame: _Frame, key: int | None) -> None:
        if self._stack and self._stack[-1] is frame:
            self._stack.pop().on_stack = False
        found = self._suspended.pop(key, None) if key is not None else None
        if key is not None and found is not None:
            del self._suspended_of[found.code][key]


def _codes_by_line(facts: Facts) -> list[int]:
    """Return, for each line, the innermost code whose body it lies in."""
    codes = facts.layout.codes
    found = [0] * (max((code.end_line for code in codes), default=0) + 1)
    for code in codes[1:]:
        start = max(code.node.lineno, first_line(code.node.body[0]))
        found[start : code.end_line + 1] = [code.index] * (code.end_line - start + 1)
    return found
