"""A log of events that stays bounded without a test per event: the first and the last of them, and how many there were.

An event is the number of its site, appended to a ring of fixed length by the ring's own `append`; its values were
appended to another ring just before. A ring holds a sentinel in front: the item that finds the ring full pushes the
sentinel out, the sentinel dies, and its `__del__` carries the items off and puts a new one in. So a program pays for
one C call an item, for Python once in `CHUNK` of them, and for no tuple that the garbage collector would look at.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: text of any kind (nothing is rendered
while the program runs), notes of values (`notes.py`), what the numbers mean (`rewrite.py`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Optional

from trialrun.run.child.notes import without_large_ints

CHUNK = 2048
"""Items that are carried off together."""


class _Full:
    """The sentinel in front of the items of a ring."""

    __slots__ = ("carry_off",)

    def __init__(self, carry_off: Callable[[], None]) -> None:
        self.carry_off: Optional[Callable[[], None]] = carry_off

    def __del__(self) -> None:
        if self.carry_off is not None:
            self.carry_off()


class Ring:
    """Items in front of which a sentinel lies."""

    def __init__(self, carry_off: Callable[[], None]) -> None:
        self.items: deque[Any] = deque(maxlen=CHUNK)
        self.append = self.items.append
        self._carry_off = carry_off
        self.broken = 0
        """How often the sentinel was not where it must be: somebody else was at the ring."""
        self.append(_Full(carry_off))

    def carried(self) -> list[Any]:
        """Take out all items, the sentinel having been pushed out, and put a new one in."""
        found = list(self.items)
        self.items.clear()
        self.append(_Full(self._carry_off))
        if len(found) != CHUNK:
            self.broken += 1
        return found

    def rest(self) -> list[Any]:
        """Take out all items; the sentinel stays."""
        found = list(self.items)
        if not found or type(found[0]) is not _Full:
            self.broken += 1
            return found
        self.items.clear()
        self.append(found[0])
        del found[0]
        return found


class EventLog:
    """The first `first` and the last `last` events with their values, in chunks."""

    def __init__(self, first: int, last: int) -> None:
        self._first = max(1, -(-first // CHUNK))
        self._head: list[tuple[list[int], list[Any]]] = []
        self._tail: deque[tuple[list[int], list[Any]]] = deque(maxlen=max(1, -(-last // CHUNK)))
        self._chunks = 0
        self._values: list[Any] = []
        """Values of events that are in the ring still."""
        self._event_ring = Ring(self._carry_events)
        self._value_ring = Ring(self._carry_values)
        self.event = self._event_ring.append
        self.value = self._value_ring.append

    def _carry_values(self) -> None:
        self._values += self._value_ring.carried()

    def _carry_events(self) -> None:
        events = self._event_ring.carried()
        values = self._values + self._value_ring.rest()
        self._values = []
        chunk = events, without_large_ints(values)
        self._chunks += 1
        if len(self._head) < self._first:
            self._head.append(chunk)
        else:
            self._tail.append(chunk)

    @property
    def broken(self) -> int:
        """How often somebody else was found to have been at the rings."""
        return self._event_ring.broken + self._value_ring.broken

    def restart(self) -> None:
        """Forget all events."""
        self.take()
        self._head, self._values, self._chunks = [], [], 0
        self._tail.clear()

    def take(self) -> tuple[list[tuple[list[int], list[Any]]], int, int]:
        """Return the chunks of (events, values), how many of them came first, and how many events lie behind those.

        Events that come later are in another log.
        """
        last = self._event_ring.rest(), self._values + self._value_ring.rest()
        dropped = (self._chunks - len(self._head) - len(self._tail)) * CHUNK
        return [*self._head, *self._tail, last], len(self._head), dropped
