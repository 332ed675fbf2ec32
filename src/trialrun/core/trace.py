"""`Trace`: what happened inside a program while it ran on one case, as columns; nothing in it is rendered yet.

An event is a row of the columns `kind`, `code`, `place`, `frame`. Rows come in the order in which things happened:

    CALL    a code (the module, a function, a class body) is entered; its bindings are the parameters
    BLOCK   a run of simple statements is over; its bindings are the names that it wrote. Calls that it made come before
    RETURN  the same, and the code is left; a returned value is bound to the name `return`
    LINE    a line is about to run
    CATCH   a handler begins; `place` is the line, in this frame, where the exception came from
    RAISE   an exception leaves the code; `place` as for CATCH. Both bind the exception's type to the name `exception`
    LEAVE   a code is left at last whose `finally` or context managers ran after its RETURN or RAISE

A *binding* is a name and a value; those of event i are the rows `first[i]` to `first[i + 1]` of `name`, `value`,
`identity` and `version`. Values are bounded: type, length, and the canonical bytes of all of it or of its first items.
A trace holds the first and the last events of a long run: `dropped` are missing after event `gap`.

All this comes out of the program's own process, so it is `weak` (trust rule 8): `flags` names the tamperings that were
noticed; that there are none proves nothing. Leaves out: rendering (`report/traces.py`), collecting
(`observe/tracer.py`).
"""

import enum
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from trialrun.core.execution import Execution
from trialrun.core.judgement import Strength


class Event(enum.IntEnum):
    """Kind of a row; see the module."""

    CALL = 0
    RAISE = 1
    LEAVE = 2
    CATCH = 3
    BLOCK = 4
    RETURN = 5
    LINE = 6


class Level(enum.StrEnum):
    """What the events of a trace carry."""

    LINES = "lines"
    """Line numbers alone."""
    IDS = "ids"
    """Which code, which block."""
    REFERENCES = "references"
    """Values too, as they were when the run was over: a mutable object shows its last state. No evidence, no label."""
    SUMMARIES = "summaries"
    """Values as they were at the event."""


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """The module, a function or a class body."""

    name: str
    """Qualified name; `<module>` for the module."""
    kind: str
    """`module`, `function` or `class`."""
    first_line: int
    last_line: int
    blocks: tuple[int, ...]
    """Its blocks, in the order of the text."""
    parameters: tuple[str, ...] = ()
    suspends: bool = False
    """Whether it is a generator or a coroutine."""


@dataclass(frozen=True, slots=True)
class BlockInfo:
    """A basic block: a run of simple statements, or the test of a compound statement (which has no events)."""

    code: int
    lines: tuple[tuple[int, int], ...]
    """(first, last) of each statement, bodies left out."""
    names: tuple[str, ...]
    """Names whose values its events carry."""
    is_test: bool
    returns: bool
    """Whether the code is left after it."""
    successors: tuple[int, ...]
    """Runs that may come next in the same frame, in the order of their numbers, where no exception is raised."""


@dataclass(frozen=True, slots=True)
class Value:
    """A bounded summary of a value."""

    type_name: str
    length: int
    """Items or characters; bits of a large int; −1 where there is no such thing."""
    data: bytes
    """Canonical bytes of the value, or of its beginning; hostile. `core/parse_values.py` has a `render` for them."""
    is_whole: bool
    """Whether `data` holds all of the value."""


class Binding(NamedTuple):
    """A name and its value at an event."""

    name: str
    value: Value
    identity: int
    """Number of the object, from 1 in order of appearance; 0 for what has none. A freed object's may be given again."""
    version: int
    """How often the object was seen to have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One run, seen from inside. The columns are shared and not to be written to."""

    sources: tuple[tuple[str, str], ...]
    """(name, text) of the files that were watched."""
    python: str
    """Version of the interpreter that ran them."""
    level: Level
    execution: Execution
    """How the run ended, by the supervisor's account."""
    codes: tuple[CodeInfo, ...]
    blocks: tuple[BlockInfo, ...]
    kind: array[int]
    """`Event` of each row."""
    code: array[int]
    """Place in `codes`; −1 for a line of no code that was entered."""
    place: array[int]
    """Block of a BLOCK or RETURN, line of a LINE, CATCH or RAISE, first line of a CALL; −1 where there is none."""
    frame: array[int]
    """Number of the call that the event belongs to, from 0; −1 where that cannot be told."""
    first: array[int]
    """First binding of each event, and at the end the number of bindings."""
    name: array[int]
    """Place of each binding's name in `names`."""
    value: array[int]
    """Place of each binding's value in `values`; −1 where it was lost."""
    identity: array[int]
    version: array[int]
    names: tuple[str, ...]
    values: tuple[Value, ...]
    parents: array[int]
    """Frame from which each frame was called, −1 for none."""
    dropped: int = 0
    """Events that are missing in the middle."""
    gap: int = 0
    """Events before the missing ones."""
    flags: tuple[str, ...] = ()
    """What showed that the record was tampered with, or that parts of it mean less than they seem to."""
    strength: Strength = Strength.WEAK

    def __len__(self) -> int:
        return len(self.kind)

    def bindings(self, event: int) -> Iterator[Binding]:
        """Yield what an event carries."""
        for row in range(self.first[event], self.first[event + 1]):
            if self.value[row] >= 0:
                yield Binding(
                    self.names[self.name[row]],
                    self.values[self.value[row]],
                    self.identity[row],
                    self.version[row],
                )

    def lines(self) -> list[int]:
        """Return the executed lines in order, as events of kind LINE have them."""
        line = int(Event.LINE)
        return [place for kind, place in zip(self.kind, self.place, strict=True) if kind == line]

    @property
    def is_complete(self) -> bool:
        """Whether no event is missing."""
        return not self.dropped
