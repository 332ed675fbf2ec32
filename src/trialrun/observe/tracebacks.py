"""Several lines that are one message: tracebacks of Python, Java, JavaScript and sanitizers, drawn together.

A folded traceback is one line: the function and the line of code where it was raised, the type and the message of the
exception (the last, where several are chained). Files, line numbers and the calls on the way differ between runs of one
defect and stay out; type, message and the code that raised do not. `Folder` takes lines one by one and keeps the parts
of one message, whatever its length.

Leaves out: tracebacks that several threads write at the same time, exception groups, messages of several lines.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST = 10_000
"""Characters of a message from which on no further causes are added."""

_HEAD = re.compile(r"(?P<prefix>.*?)Traceback \(most recent call last\):\s*$")
_FRAME = re.compile(r"\s+File \"[^\"]*\", line \d+(?:, in (?P<function>.*))?$")
_CHAINED = re.compile(r"(?:During handling of the above exception|The above exception was the direct cause)")
_CALL = re.compile(r"\s+at (?P<function>[^\s(]+)|\s+\.{3} \d+ more|Caused by: (?P<cause>.*)")
_NUMBERED = re.compile(r"\s+#\d+ (?:0x[0-9a-fA-F]+ )?(?:in )?(?P<function>[^\s(]+)")


@dataclass(slots=True)
class Message:
    """One message: its text, and the lines that it was written in."""

    text: str
    first: int
    """Number of its first line, from 1."""
    lines: int = 1


@dataclass(slots=True)
class _Traceback:
    """What is kept of a Python traceback."""

    prefix: str
    first: int
    lines: int = 1
    function: str = ""
    code: str = ""
    raised: str = ""
    at_frame: bool = False
    """Whether the line before named a frame: this one is its code."""
    blank: int = 0
    """Empty lines since the exception, which belong to it only if another follows."""
    chained: bool = False

    def take(self, line: str) -> bool:
        """Take the next line; return False where it is not part of the traceback any more."""
        if self.raised:
            if not line.strip():
                self.blank += 1
                return True
            linked = self.chained and _HEAD.match(line) is not None
            self.chained = _CHAINED.match(line) is not None
            if not (linked or self.chained):
                return False
            self.lines, self.blank = self.lines + self.blank, 0
            if linked:
                self.function = self.code = self.raised = ""
        elif frame := _FRAME.match(line):
            self.function, self.code, self.at_frame = frame["function"] or "?", "", True
            self.lines += 1
            return True
        elif line[:1].isspace() or not line:
            if self.at_frame:
                self.code = line.strip()
        else:
            self.raised = line.strip()
        self.at_frame = False
        self.lines += 1
        return True

    def message(self) -> Message:
        """Return the line that stands for it."""
        where = f" in {self.function}" if self.function else ""
        code = f": `{self.code}`" if self.code else ""
        return Message(
            f"{self.prefix}Traceback{where}{code} raised {self.raised or '?'}", self.first, self.lines
        )


@dataclass(slots=True)
class Folder:
    """Draws the lines of a traceback together; `end` gives what is left when the lines are over.

    >>> folder = Folder()
    >>> lines = ['Traceback (most recent call last):', '  File "a.py", line 7, in f', '    x[3]', 'IndexError: no']
    >>> [done for line in lines for done in folder.add(line)]
    []
    >>> next(folder.end())
    Message(text='Traceback in f: `x[3]` raised IndexError: no', first=1, lines=4)
    """

    _number: int = 0
    _open: Message | None = None
    _traceback: _Traceback | None = field(default=None)

    def add(self, line: str) -> Iterator[Message]:
        """Take a line and yield the messages that are complete now."""
        self._number += 1
        if self._traceback is not None and self._traceback.take(line):
            return
        if head := _HEAD.match(line):
            yield from self.end()
            self._traceback = _Traceback(head["prefix"], self._number)
            return
        call = _CALL.match(line) or _NUMBERED.match(line)
        if call is not None and self._open is not None:
            self._call(call.groupdict())
            return
        yield from self.end()
        self._open = Message(line, self._number)

    def end(self) -> Iterator[Message]:
        """Yield what is still open."""
        if self._traceback is not None:
            yield self._traceback.message()
        if self._open is not None:
            yield self._open
        self._open = self._traceback = None

    def _call(self, parts: dict[str, str | None]) -> None:
        """Add one call of a stack to the message above it: the innermost is told, the others are counted."""
        assert self._open is not None
        self._open.lines += 1
        if len(self._open.text) > LONGEST:
            return
        if cause := parts.get("cause"):
            self._open.text += f" caused by {cause}"
        elif self._open.lines == 2 and parts["function"]:
            self._open.text += f" at {parts['function']}"
