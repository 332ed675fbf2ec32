"""The inputs of a contest problem, described once: read to check that a text is valid, or drawn at random.

A problem's `describe(io)` walks through its input from the first line to the last. With `Reading` every call takes the
next line of a text and refuses what the constraints forbid; with `Drawing` every call makes up a line that they allow,
small more often than large, edges more often than chance would give.

Leaves out: limits on sums over all test cases, which concern time only.
"""

import random
import re
from collections.abc import Callable
from typing import Protocol

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)$")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Invalid(Exception):
    """A text breaks the constraints, or a draw came to nothing."""


class Size(tuple[int, int]):
    """Bounds of a number that says how long something is: drawn small."""


def size(low: int, high: int) -> Size:
    """Return the bounds of a length."""
    return Size((low, high))


Bounds = tuple[int, int]


class Inputs(Protocol):
    """What `describe` walks with."""

    def line(self, *bounds: Bounds) -> list[int]:
        """One line of integers, each within its bounds."""

    def row(self, count: int, low: int, high: int, usual: int | None = None) -> list[int]:
        """One line of `count` integers within the same bounds; draws stay at or below `usual`."""

    def permutation(self, count: int) -> list[int]:
        """One line with the numbers 1 to `count` in some order."""

    def word(self, alphabet: str, low: int, high: int | None = None) -> str:
        """One line with a word of `low` to `high` letters (exactly `low` without `high`)."""

    def words(self, alphabet: str, counts: Bounds, lengths: Bounds) -> list[str]:
        """One line with several words, separated by single spaces."""

    def require(self, holds: bool) -> None:
        """Say what else must hold."""


Describe = Callable[[Inputs], None]


def number(io: Inputs, low: int, high: int) -> int:
    """One line with one integer."""
    return io.line((low, high))[0]


def length(io: Inputs, low: int, high: int) -> int:
    """One line with one integer that says how long something is."""
    return io.line(size(low, high))[0]


def cases(io: Inputs, high: int) -> range:
    """The line with the number of test cases."""
    return range(io.line(size(1, high))[0])


class Reading:
    """Takes the lines of a text."""

    def __init__(self, text: str) -> None:
        self._lines = text.rstrip("\n").split("\n")
        self._at = 0

    def next(self) -> str:
        """Take one line; blanks at its end do not matter."""
        if self._at == len(self._lines):
            raise Invalid
        self._at += 1
        return self._lines[self._at - 1].rstrip(" \r")

    def line(self, *bounds: Bounds) -> list[int]:
        """Take one line of integers."""
        parts = self.next().split(" ")
        if len(parts) != len(bounds) or not all(map(_INTEGER.match, parts)):
            raise Invalid
        found = [int(part) for part in parts]
        self.require(all(low <= value <= high for value, (low, high) in zip(found, bounds, strict=True)))
        return found

    def row(self, count: int, low: int, high: int, usual: int | None = None) -> list[int]:
        """Take one line of integers within the same bounds."""
        return self.line(*[(low, high)] * count)

    def permutation(self, count: int) -> list[int]:
        """Take one line with the numbers 1 to `count`."""
        found = self.row(count, 1, count)
        self.require(len(set(found)) == count)
        return found

    def word(self, alphabet: str, low: int, high: int | None = None) -> str:
        """Take one line with a word."""
        word = self.next()
        self.require(low <= len(word) <= (low if high is None else high) and set(word) <= set(alphabet))
        return word

    def words(self, alphabet: str, counts: Bounds, lengths: Bounds) -> list[str]:
        """Take one line with several words."""
        found = self.next().split(" ")
        self.require(counts[0] <= len(found) <= counts[1])
        for word in found:
            self.require(lengths[0] <= len(word) <= lengths[1] and set(word) <= set(alphabet))
        return found

    def require(self, holds: bool) -> None:
        """Refuse a text that breaks a constraint."""
        if not holds:
            raise Invalid

    def done(self) -> bool:
        """Say whether nothing is left."""
        return self._at == len(self._lines)


def valid(describe: Describe, text: str) -> bool:
    """Say whether a text obeys a problem's constraints."""
    reading = Reading(text)
    try:
        describe(reading)
    except Invalid:
        return False
    return reading.done()


class Drawing:
    """Makes up lines."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.lines: list[str] = []
        self._near = rng.choice((2, 3, 5, 10))  # inputs with few distinct values are as frequent as others

    def _value(self, low: int, high: int) -> int:
        kind = self._rng.random()
        if kind < 0.6:
            start = min(max(low, -self._near // 2), high)
            return self._rng.randint(start, min(high, start + self._near))
        if kind < 0.8:
            return self._rng.randint(max(low, -100), max(min(high, 100), max(low, -100)))
        if kind < 0.93:
            return self._rng.randint(low, high)
        return self._rng.choice((low, high, min(high, low + 1), max(low, high - 1)))

    def line(self, *bounds: Bounds) -> list[int]:
        """Make up one line of integers."""
        found = []
        for low, high in bounds:
            if isinstance(bounds[len(found)], Size):
                most = 6 if self._rng.random() < 0.9 else 25
                found.append(self._rng.randint(low, min(high, low + most)))
            else:
                found.append(self._value(low, high))
        self.lines.append(" ".join(map(str, found)))
        return found

    def row(self, count: int, low: int, high: int, usual: int | None = None) -> list[int]:
        """Make up one line of integers within the same bounds."""
        found = [self._value(low, high if usual is None else usual) for _ in range(count)]
        if self._rng.random() < 0.25:
            found.sort(reverse=self._rng.random() < 0.3)
        self.lines.append(" ".join(map(str, found)))
        return found

    def permutation(self, count: int) -> list[int]:
        """Make up one line with the numbers 1 to `count`."""
        found = list(range(1, count + 1))
        if self._rng.random() < 0.7:
            self._rng.shuffle(found)
        elif count > 1:
            i, j = self._rng.sample(range(count), 2)
            found[i], found[j] = found[j], found[i]
        self.lines.append(" ".join(map(str, found)))
        return found

    def _letters(self, alphabet: str, count: int) -> str:
        few = "".join(self._rng.sample(alphabet, min(len(alphabet), self._rng.randint(1, 4))))
        return "".join(self._rng.choice(few if self._rng.random() < 0.9 else alphabet) for _ in range(count))

    def word(self, alphabet: str, low: int, high: int | None = None) -> str:
        """Make up one line with a word."""
        word = self._letters(alphabet, low if high is None else self._rng.randint(low, min(high, low + 9)))
        self.lines.append(word)
        return word

    def words(self, alphabet: str, counts: Bounds, lengths: Bounds) -> list[str]:
        """Make up one line with several words."""
        count = self._rng.randint(counts[0], min(counts[1], counts[0] + 5))
        most = min(lengths[1], lengths[0] + 5)
        found = [self._letters(alphabet, self._rng.randint(lengths[0], most)) for _ in range(count)]
        self.lines.append(" ".join(found))
        return found

    def require(self, holds: bool) -> None:
        """Give up a draw that breaks a constraint."""
        if not holds:
            raise Invalid


def draw(describe: Describe, rng: random.Random, tries: int = 10_000) -> str:
    """Return a valid text drawn at random."""
    for _ in range(tries):
        drawing = Drawing(rng)
        try:
            describe(drawing)
        except Invalid:
            continue
        return "\n".join(drawing.lines) + "\n"
    raise RuntimeError("no draw obeys the constraints")
