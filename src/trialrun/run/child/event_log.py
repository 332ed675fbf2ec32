"""A log of events that stays bounded without a test per event: the first and the last of them, and how many there were.

An event is the number of its site, appended to a ring of fixed length by the ring's own `append`; its values were
appended to a list just before. The ring holds a sentinel in front: the event that finds the ring full pushes the
sentinel out, the sentinel dies, and its `__del__` carries events and values off and puts a new one in. So a program
pays for one C call an event or value, for Python once in `CHUNK` events, and for nothing that the garbage collector
would look at.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: text of any kind (nothing is rendered
while the program runs), notes of values (`notes.py`), what the numbers mean (`rewrite.py`).
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from trialrun.run.child.notes import item_note_maker, note_maker, without_large_ints

CHUNK = 2048
"""Events that are carried off together."""
_ROOM = 20
"""Frames that carrying off may need beyond the recursion limit."""
_limit, _set_limit = sys.getrecursionlimit, sys.setrecursionlimit
Chunk = tuple[Sequence[int], Sequence[Any]]


class _Full:
    """The sentinel in front of the events of a ring."""

    __slots__ = ("carry_off",)

    def __init__(self, carry_off: Callable[[], None]) -> None:
        self.carry_off = carry_off

    def __del__(self) -> None:
        limit = _limit()
        _set_limit(limit + _ROOM)  # the program may be at its limit; this frame is the last that fits
        try:
            self.carry_off()
        finally:
            _set_limit(limit)


class EventLog:
    """The first `first` and the last `last` events with their values, in chunks."""

    def __init__(self, first: int, last: int, by_reference: bool = False) -> None:
        """`by_reference`: values are kept as they are, whatever their size."""
        self._by_reference = by_reference
        self._first = max(1, -(-first // CHUNK))
        self._head: list[Chunk] = []
        self._tail: deque[Chunk] = deque(maxlen=max(1, -(-last // CHUNK)))
        self._chunks = 0
        self.broken = 0
        """How often the sentinel was not where it must be: somebody else was at the ring."""
        self._ring: deque[Any] = deque(maxlen=CHUNK)
        self._values: list[Any] = []
        """Notes of the events in the ring."""
        self.event = self._ring.append
        self.value = self._values.append
        self.note = note_maker(self.value, self._values.extend)
        self.note_item = item_note_maker(self.note, self._values.extend)
        self.event(_Full(self._carry_off))

    def _carry_off(self) -> None:
        """Take away what is in the full ring, the sentinel having been pushed out, and put a new one in."""
        events = tuple(
            self._ring
        )  # tuples of atoms are visited by the garbage collector once, lists again and again
        self._ring.clear()
        self.event(_Full(self._carry_off))
        self._chunks += 1
        if len(events) != CHUNK:
            self.broken += 1
        noted = tuple(self._values)
        self._values.clear()
        chunk = events, noted if self._by_reference else without_large_ints(noted)
        if len(self._head) < self._first:
            self._head.append(chunk)
        else:
            self._tail.append(chunk)

    def _rest(self) -> Chunk:
        """Take away what is in the ring; the sentinel stays."""
        events, noted = list(self._ring), self._values[:]
        if not events or type(events[0]) is not _Full:
            self.broken += 1
            return events, noted
        self._ring.clear()
        self._values.clear()
        self.event(events[0])
        return events[1:], noted

    def restart(self) -> None:
        """Forget all events."""
        self._rest()
        self._head, self._chunks = [], 0
        self._tail.clear()

    def take(self) -> tuple[list[Chunk], int, int]:
        """Return the chunks, how many of them came first, and how many events are missing behind those.

        Events that come later are in the next chunks.
        """
        dropped = (self._chunks - len(self._head) - len(self._tail)) * CHUNK
        return [*self._head, *self._tail, self._rest()], len(self._head), dropped
