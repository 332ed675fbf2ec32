"""Reads the sentences of a monologue back into claims: a small grammar, read from left to right, without guessing.

What does not write back to the very same sentence is refused, so that there is one sentence for a claim and one claim
for a sentence. Leaves out: holding claims against a trace (`replay.py`).
"""

import re

from trialrun.observe.monologue import FUNCTION, Claim, Direction, Pairs, sentence
from trialrun.observe.value_text import read, read_name

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,18})(?![0-9])")


class Reader:
    """Takes the parts of one sentence; every method raises `ValueError` where its part does not come next."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0

    def has(self, wanted: str) -> bool:
        """Take a text if it comes next."""
        found = self.text.startswith(wanted, self.place)
        self.place += len(wanted) if found else 0
        return found

    def take(self, wanted: str) -> None:
        """Take a text."""
        if not self.has(wanted):
            raise ValueError(f"{wanted!r} is missing at {self.place} of {self.text[:200]!r}")

    def number(self) -> int:
        """Take a number."""
        found = _NUMBER.match(self.text, self.place)
        if found is None:
            raise ValueError(f"no number at {self.place} of {self.text[:200]!r}")
        self.place = found.end()
        return int(found[1])

    def call(self) -> int:
        """Take the number of a call, or the sign of an unknown one."""
        return -1 if self.has("?") else self.number()

    def function(self) -> str:
        """Take the name of a function."""
        found = FUNCTION.match(self.text, self.place)
        if found is not None:
            self.place = found.end()
            return found[0]
        name, self.place = read_name(self.text, self.place)
        return name

    def value(self) -> str:
        """Take the text of a value."""
        text, self.place = read(self.text, self.place)
        return text

    def lines(self) -> tuple[int, int]:
        """Take `line 3`, `lines 3-4`, or `the end` of a code that has no line there."""
        if self.has("the end"):
            return 0, 0
        if self.has("lines "):
            first = self.number()
            self.take("-")
            return first, self.number()
        self.take("line ")
        first = self.number()
        return first, first

    def pairs(self, between: str) -> Pairs:
        """Take names with values; `nothing` for none."""
        if self.text.startswith("nothing", self.place) and not self.text.startswith(between, self.place + 7):
            self.place += len("nothing")
            return ()
        found: list[tuple[str, str]] = []
        while True:
            name, self.place = read_name(self.text, self.place)
            self.take(between)
            found.append((name, self.value()))
            rest = self.text[self.place :]
            if not rest.startswith(", ") or rest.startswith(", it must have had "):
                return tuple(found)
            self.place += 2


def parse(line: str, direction: Direction) -> Claim:
    """Return the claim of a sentence. Raises `ValueError` for what `sentence` cannot have written."""
    reader = Reader(line)
    claim = _read_forward(reader) if direction == "forward" else _read_backward(reader)
    if reader.place != len(line) or sentence(claim, direction) != line:
        raise ValueError(f"not a sentence of a monologue: {line[:200]!r}")
    return claim


def _read_skip(reader: Reader) -> Claim:
    count = reader.number()
    reader.take(" events are not told")
    return Claim("skip", lines=(count, 0))


def _read_forward(reader: Reader) -> Claim:
    if reader.has("… "):
        return _read_skip(reader)
    reader.take("Call ")
    call, caller = reader.call(), -1
    if reader.has(", made by call "):
        caller = reader.number()
        reader.take(",")
    if reader.has(" runs "):
        function = reader.function()
        reader.take(" with ")
        return Claim("call", call, caller, function, after=reader.pairs(" = "))
    if reader.has(" is left"):
        return Claim("leave", call)
    for verb, kind in ((" raises ", "raise"), (" catches ", "catch")):
        if reader.has(verb):
            result = reader.value()
            reader.take(" from line ")
            line = reader.number()
            return Claim(kind, call, lines=(line, line), result=result)
    reader.take(", ")
    lines = reader.lines()
    reader.take(": ")
    after: Pairs = () if reader.has("nothing changes") else reader.pairs(" becomes ")
    if reader.has("; returns "):
        return Claim("return", call, lines=lines, after=after, result=reader.value())
    return Claim("change", call, lines=lines, after=after)


def _read_backward(reader: Reader) -> Claim:
    if reader.has("… "):
        return _read_skip(reader)
    if reader.text.startswith(("Line", "The end")):
        return _read_lines(reader)
    if reader.has("For call "):
        return _read_result(reader)
    if reader.has("For "):
        after = reader.pairs(" = ")
        reader.take(" after ")
        lines = reader.lines()
        reader.take(" of call ")
        call = reader.call()
        return Claim("change", call, lines=lines, after=after, before=_read_before(reader))
    reader.take("Call ")
    call, caller = reader.call(), -1
    if reader.has(" was left"):
        return Claim("leave", call)
    reader.take(" of ")
    function = reader.function()
    if reader.has(", made by call "):
        caller = reader.number()
        reader.take(",")
    reader.take(" must have been given ")
    return Claim("call", call, caller, function, after=reader.pairs(" = "))


def _read_lines(reader: Reader) -> Claim:
    reader.text = reader.text[0].lower() + reader.text[1:]
    pair = reader.lines()
    reader.take(" of call ")
    call = reader.call()
    if reader.has(" must have changed nothing"):
        return Claim("change", call, lines=pair)
    reader.take(" must have led to line ")
    return Claim("path", call, lines=(pair[0], reader.number()))


def _read_result(reader: Reader) -> Claim:
    call = reader.call()
    for verb, kind in ((" to raise ", "raise"), (" to catch ", "catch")):
        if reader.has(verb):
            result = reader.value()
            reader.take(", line ")
            line = reader.number()
            reader.take(" must have raised it")
            return Claim(kind, call, lines=(line, line), result=result)
    reader.take(" to return ")
    result = reader.value()
    reader.take(" at ")
    lines = reader.lines()
    after = reader.pairs(" = ") if reader.has(" with ") else ()
    return Claim("return", call, lines=lines, after=after, before=_read_before(reader), result=result)


def _read_before(reader: Reader) -> Pairs:
    reader.take(", it must have had ")
    return reader.pairs(" = ")
