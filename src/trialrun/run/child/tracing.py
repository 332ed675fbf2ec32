"""Traces one job: compiles its program with probes, begins and ends the record, and packs it for the supervisor.

Lines come from `sys.monitoring` (3.12 and newer) or `sys.settrace`, for the codes of the program's own text alone;
blocks and values from rewriting. The record begins with the call, or with the program, and not with what comes
before. When the CPU limit is near, a signal ends it: an endless loop leaves its trace.

All this shares the program's process and could be forged; what can be noticed of that is counted. Packing comes after
the answer, so its cost is no case's. Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out:
frames and meaning (`observe/events.py`), code that the program makes by `exec`.
"""

from __future__ import annotations

import marshal
import signal
import sys
from array import array
from collections.abc import Sequence
from time import process_time
from typing import Any

from trialrun.core import values
from trialrun.lang.blocks import CATCH, RAISE, Layout
from trialrun.run.child import event_log, notes
from trialrun.run.child.code_tree import line_at, nested, qualified
from trialrun.run.child.event_log import EventLog
from trialrun.run.child.rewrite import IDS, REFERENCES, instrument

TOOL = 4
FORMAT = "trace-1"
REPLACED, EMPTIED, MISALIGNED, THREADS = 1, 2, 4, 8
"""What was noticed: the line tracer is not ours any more; somebody was at the log; values are missing; threads ran."""
MOST_VALUES = 1 << 20
"""Different values that are kept."""


class Tracing:
    """The record of one job."""

    def __init__(self, settings: dict[str, Any], filename: str, last_word: Any) -> None:
        """`settings`: level, lines, first, last, cpu_s. `last_word(bytes)` ends the process at the CPU limit."""
        self.level, self.lines = settings["level"], settings["lines"]
        self.functions = frozenset(settings.get("functions", ()))
        self.cpu_s, self.filename, self.last_word = settings["cpu_s"], filename, last_word
        self.log = EventLog(settings["first"], settings["last"], self.level == REFERENCES)
        self.layout: Any = None
        self.codes: list[Any] = []
        self.chunks: list[Any] = []
        self.before_gap = self.dropped = self.noticed = 0
        self.is_on = False

    def compile(self, source: Any) -> Any:
        """Return the code of the program, with probes where the level wants some."""
        if self.level == "lines":
            code = compile(source, self.filename, "exec", dont_inherit=True)
            self.beyond = 1 << 30
        else:
            code, self.layout = instrument(source, self.filename, self.level, self.log, self.functions)
            self.beyond = self.layout.beyond
        self.codes = list(nested(code))
        if self.functions:
            self.codes = [one for one in self.codes if qualified(one) in self.functions]
        return code

    def begin(self) -> None:
        """Start the record; what was noted before is forgotten."""
        self.threads = _threads()
        if self.cpu_s:
            self.ends_at = process_time() + self.cpu_s
            signal.signal(signal.SIGPROF, self._expired)
            signal.setitimer(signal.ITIMER_PROF, self.cpu_s)
        self.log.restart()
        self.is_on = True
        if self.lines == "monitoring":
            self._monitor(sys.monitoring)
        elif self.lines == "settrace":
            self._settrace()

    def end(self) -> None:
        """Stop the record. What is noted later is not looked at. Idempotent."""
        if not self.is_on:
            return
        self.is_on = False
        if self.lines == "monitoring":
            self._release(sys.monitoring)
        elif self.lines == "settrace":
            if sys.gettrace() is not self.global_trace:
                self.noticed |= REPLACED
            sys.settrace(None)
        self.chunks, self.before_gap, self.dropped = self.log.take()
        if self.cpu_s:
            signal.setitimer(signal.ITIMER_PROF, 0)
        if self.log.broken:
            self.noticed |= EMPTIED
        if _threads() != self.threads:
            self.noticed |= THREADS

    def _expired(self, number: int, frame: Any) -> None:
        left = self.ends_at - process_time()
        if left > 0:  # the timer counts ticks, and on a busy machine more of them than there were
            signal.setitimer(signal.ITIMER_PROF, left)
            return
        for _ in range(5):
            if frame is not None and frame.f_globals is vars(event_log):
                signal.setitimer(signal.ITIMER_PROF, 0.001)  # the log is being moved: a little later
                return
            frame = frame and frame.f_back
        if self.is_on:
            self.end()
            self.last_word(self.pack(False))

    # -- lines

    def _monitor(self, monitoring: Any) -> None:
        event, beyond, off = self.log.event, self.beyond, monitoring.DISABLE
        within: dict[tuple[int, int], int] = {}

        def line(code: Any, number: int) -> Any:
            if number >= beyond:
                return off
            event(-number)
            return None

        def jump(code: Any, start: int, target: int) -> Any:
            """A loop within one line begins that line anew, as `sys.settrace` has it; of other jumps one is enough."""
            number = within.get((id(code), start))
            if number is None:
                number = line_at(code, target)
                if target > start or not 0 < number < beyond or number != line_at(code, start):
                    return off
                within[id(code), start] = number
            event(-number)
            return None

        self.callbacks = {monitoring.events.LINE: line, monitoring.events.JUMP: jump}
        monitoring.use_tool_id(TOOL, "trialrun trace")
        for kind, callback in self.callbacks.items():
            monitoring.register_callback(TOOL, kind, callback)
        for code in self.codes:
            monitoring.set_local_events(TOOL, code, monitoring.events.LINE | monitoring.events.JUMP)

    def _release(self, monitoring: Any) -> None:
        wanted = monitoring.events.LINE | monitoring.events.JUMP
        try:
            kept = all(monitoring.get_local_events(TOOL, code) == wanted for code in self.codes)
            for code in self.codes:
                monitoring.set_local_events(TOOL, code, 0)
            for kind, callback in self.callbacks.items():
                kept = monitoring.register_callback(TOOL, kind, None) is callback and kept
            if not kept:
                self.noticed |= REPLACED
            monitoring.free_tool_id(TOOL)
        except ValueError:  # the tool is not in use any more
            self.noticed |= REPLACED

    def _settrace(self) -> None:
        event, beyond = self.log.event, self.beyond
        own = dict.fromkeys(map(id, self.codes))

        def local(frame: Any, kind: str, argument: Any) -> Any:
            if kind == "line" and frame.f_lineno < beyond:
                event(-frame.f_lineno)
            return local

        def enter(frame: Any, kind: str, argument: Any) -> Any:
            return local if id(frame.f_code) in own else None

        self.global_trace = enter
        sys.settrace(enter)

    # -- packing

    def pack(self, finished: bool) -> bytes:
        """Return the record as canonical bytes; `observe/events.py` reads them."""
        packer = _Packer(self.layout, self.level)
        for events, noted in self.chunks:
            left = packer.add(events, noted)
            is_cut = (
                not finished and events is self.chunks[-1][0]
            )  # the signal may come between value and event
            if left < 0 or (left and not is_cut):
                self.noticed |= MISALIGNED
        before = sum(len(events) for events, _ in self.chunks[: self.before_gap])
        head = (FORMAT, finished, before, self.dropped, self.noticed)
        return values.encode((*head, *packer.columns()), limit=1 << 30)


def _threads() -> int:
    """Return a number that grows when the program starts a thread by `threading`, or 0 where it has none of that."""
    module = sys.modules.get("threading")
    counter = getattr(module, "_counter", None)
    reduce = getattr(counter, "__self__", None)
    return hash(str(reduce)) if reduce is not None else 0


class _Packer:
    """Turns chunks of events and notes into columns and a table of different values."""

    def __init__(self, layout: Any, level: str) -> None:
        self.by_reference = level == REFERENCES
        self.plans: list[tuple[int, bool, int]] = []
        """For each site: values that an event has, whether a frame comes before them, and the kind of the site."""
        if layout is not None:
            self.plans = [_plan(layout, site, level) for site in layout.sites]
        self.events, self.lines = array("i"), array("i")
        self.frames, self.identities = array("q"), array("q")
        self.refs = array("i")
        self.table: dict[Any, int] = {}
        self.rows: list[bytes] = []
        self.lengths, self.whole = array("q"), bytearray()
        self.types: dict[str, int] = {}
        self.row_types = array("i")

    def add(self, events: Sequence[Any], noted: Sequence[Any]) -> int:
        """Add a chunk; return how many values are left over, or −1 where its events want others."""
        place, most, plans = 0, len(noted), self.plans
        aligned = True
        for event in events:
            if type(event) is not int or event >= len(plans):
                aligned = False
                continue
            self.events.append(event if event > -(1 << 31) else 0)
            if event < 0:
                continue
            count, has_frame, kind = plans[event]
            try:
                if has_frame:
                    frame, place = noted[place], place + 1
                    self.frames.append(frame if type(frame) is int else 0)
                if kind in (RAISE, CATCH):
                    line, error = noted[place : place + 2]
                    place += 2
                    self.lines.append(line if type(line) is int and 0 < line < 1 << 31 else 0)
                    self._ref(notes._name_of(error) if isinstance(error, type) else "")
                elif count:
                    place = self._add_values(noted, place, count)
            except (IndexError, ValueError, TypeError):
                aligned, place = False, most
        return most - place if aligned else -1

    def _add_values(self, noted: Sequence[Any], place: int, count: int) -> int:
        """Add the values of one event, which begin at a place; return the place behind them."""
        known, refs, identities = self.table.get, self.refs.append, self.identities.append
        for _ in range(count):
            one = noted[place]
            kind = type(one)
            row = known(one) if kind is int or kind is str else None
            if row is not None:  # most values are ints and texts that were seen before
                refs(row)
                identities(0)
                place += 1
            elif self.by_reference:
                self._ref(self._noted(one))
                place += 1
            else:
                one, place = notes.next_note(noted, place)
                self._ref(one)
        return place

    @staticmethod
    def _noted(value: Any) -> Any:
        """Return the note of a value that was kept by reference."""
        noted: list[Any] = []
        notes.note_maker(noted.append, noted.extend)(value)
        return notes.next_note(noted, 0)[0]

    def _ref(self, noted: Any) -> None:
        """Add one value: a reference into the table, and the identity."""
        if type(noted) is int or type(noted) is str:
            key: Any = noted
            identity = 0
        elif type(noted) is tuple:
            identity = noted[0]
            key = (marshal.dumps(noted[1:], 2),)
        else:
            identity = 0
            key = (marshal.dumps(noted, 2), 0)
        row = self.table.get(key)
        if row is None:
            row = self._row(key, noted)
        self.refs.append(row)
        self.identities.append(identity)

    def _row(self, key: Any, noted: Any) -> int:
        if len(self.rows) >= MOST_VALUES:
            return -1
        row = self.table[key] = len(self.rows)
        name, length = "", -1
        if type(noted) is tuple:
            length = noted[1]
            if noted[2] is None:
                name = notes._name_of(notes.classes[noted[4]]) if noted[4] >= 0 else "?"
        elif type(noted) is str:
            length = len(noted)
        lowered = notes.lowered(noted, name)
        self.rows.append(marshal.dumps(lowered, 2))
        self.lengths.append(length)
        self.whole.append(notes.is_whole(noted))
        name = name or _type_of(lowered, notes.tag_of(noted))
        self.row_types.append(self.types.setdefault(name, len(self.types)))
        return row

    def columns(self) -> tuple[Any, ...]:
        """Return what was added, as bytes and lists."""
        numbers = (
            self.events,
            self.lines,
            self.frames,
            self.refs,
            self.identities,
            self.lengths,
            self.row_types,
        )
        if sys.byteorder != "little":
            for one in numbers:
                one.byteswap()
        return (*(one.tobytes() for one in numbers), bytes(self.whole), list(self.types), self.rows)


def _plan(layout: Layout, site: Any, level: str) -> tuple[int, bool, int]:
    has_frame = layout.codes[site.code].suspends
    if site.kind in (RAISE, CATCH):
        return 1, has_frame, site.kind
    count = 0 if level == IDS else len(site.names) + site.has_value
    return count, has_frame, site.kind


def _type_of(lowered: Any, tag: int) -> str:
    if tag >= 0:
        return str(values.SHAPES[tag][0]) if tag != values.OPAQUE else "int"
    if type(lowered) is not tuple:
        return type(lowered).__name__
    return str(values.SHAPES[lowered[0]][0])
