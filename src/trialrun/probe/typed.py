"""Making inputs from shapes alone: small first, boundaries, magnitudes, mined constants, special sequences.

Differences sit at borders: one item, two items, all equal, sorted, reversed, ties, palindromes, one letter repeated,
the first and last letter of an alphabet, powers and their neighbours. `Maker.make` draws from these styles more often
than chance would; `size` bounds lengths and, mostly, numbers. Counts are drawn first and what they count follows, so
that links hold; `keeping.repair` sees to the rest.

Leaves out: exhaustive enumeration (`small.py`), changing what exists (`mutate.py`).
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from trialrun.lang.constants import NOTHING, Constants
from trialrun.probe.grammars import GRAMMARS
from trialrun.probe.shapes import (
    EVERY,
    Bool,
    Const,
    Float,
    Int,
    Path,
    Record,
    Rule,
    Seq,
    Shape,
    Text,
    at,
)

Lengths = dict[Path, int]
"""Path below a shape → the length that a link asks for there."""

LETTERS = "abz"
"""Letters where nothing is known of an alphabet."""
MAGNITUDES = tuple(
    sorted({10**k for k in range(1, 19)} | {2**k + d for k in range(1, 64) for d in (-1, 0, 1)})
)
"""Powers of ten and of two, and the neighbours of the latter."""
MODEST = tuple(number for number in MAGNITUDES if number <= 1025)


@dataclass(slots=True)
class Maker:
    """Makes working trees of shapes, with constants as ingredients."""

    constants: Constants = NOTHING
    """What the programs under comparison compare with."""
    ceiling: int = 10**18
    """Largest number to make on purpose; lowered when programs take long on large ones."""
    longest: int = 2000
    """Longest sequence to make on purpose; lowered likewise."""

    def make(self, shape: Shape, rng: Random, size: int = 4, lengths: Lengths | None = None) -> Any:
        """Return a new working tree whose sequences have `size` items at most, or as `lengths` says."""
        if isinstance(shape, Int):
            return self.integer(shape, rng, size)
        if isinstance(shape, Text):
            return self.text(shape, rng, size, None if lengths is None else lengths.get(()))
        if isinstance(shape, Seq):
            return self._sequence(shape, rng, size, lengths or {})
        if isinstance(shape, Record):
            return self._record(shape, rng, size, lengths or {})
        if isinstance(shape, Float):
            return self.real(shape, rng, size)
        if isinstance(shape, Bool):
            return rng.random() < 0.5
        if isinstance(shape, Const):
            return rng.choice(shape.values)
        if not shape.options:
            return None
        index = rng.randrange(len(shape.options))
        return [index, self.make(shape.options[index], rng, size, lengths)]

    def integer(self, shape: Int, rng: Random, size: int = 4) -> int:
        """Return a number in the shape's range: mostly small, or like those seen, or a constant; rarely large."""
        low = shape.low if shape.low is not None else -size
        dice = rng.random()
        if dice < 0.6:
            value = rng.randint(low, low + size + (size if shape.low is None else 0))
        elif dice < 0.72 and self.constants.ints:
            value = rng.choice(self.constants.ints)
        elif dice < 0.87 and shape.seen:
            value = rng.randint(min(low, shape.seen[0]), max(low, shape.seen[-1]) + 1)
        elif dice < 0.97:
            value = rng.choice(MODEST)
        else:
            value = rng.choice(MAGNITUDES[: 2 + 3 * size])
        return self.fit(shape, value)

    def fit(self, shape: Int, value: int) -> int:
        """Return the number, mirrored or wrapped into the shape's range and below the ceiling."""
        low, high = shape.low, shape.high
        if abs(value) > self.ceiling and low != value:
            value = value % self.ceiling
        if low is not None and value < low:
            value = low + (low - value) % 1000
        if high is not None and value > high:
            least = low if low is not None else 0
            value = least + value % (high - least + 1)
        return value

    def real(self, shape: Float, rng: Random, size: int = 4) -> float:
        """Return a float: small, halves, a constant, one seen, or a magnitude; never NaN or infinite."""
        dice = rng.random()
        if dice < 0.4:
            value = float(rng.randint(-size, size))
        elif dice < 0.6:
            value = rng.randint(-4 * size, 4 * size) / 4
        elif dice < 0.75 and self.constants.floats:
            value = rng.choice(self.constants.floats)
        elif dice < 0.9 and shape.seen:
            value = rng.choice(shape.seen) + rng.choice((0.0, 0.5, -0.5, 1e-9))
        else:
            value = rng.uniform(-1, 1) * float(rng.choice(MODEST))
        if shape.low is not None and value < shape.low:
            value = shape.low + abs(value)
        return value if shape.places is None else round(value, shape.places)

    def text(self, shape: Text, rng: Random, size: int = 4, length: int | None = None) -> str:
        """Return a string over the shape's alphabet: one letter, two, a palindrome, a period, sorted, or any."""
        if shape.grammar:
            return GRAMMARS[shape.grammar].make(rng, size if length is None else length)
        if length is None:
            least = shape.least
            length = max(least, size) if rng.random() < 0.2 else rng.randint(least, max(least, size))
            if self.constants.texts and rng.random() < 0.1:
                fitting = [text for text in self.constants.texts if fits(shape, text)]
                if fitting:
                    return rng.choice(fitting)
        letters = self.letters(shape, rng)
        style = rng.random()
        if style < 0.15:
            return rng.choice(letters) * length
        if style < 0.4 and len(letters) > 2:
            letters = "".join(rng.sample(letters, 2))
        drawn = [rng.choice(letters) for _ in range(length)]
        if 0.4 <= style < 0.5:
            drawn[length - length // 2 :] = drawn[: length // 2][::-1]
        elif 0.5 <= style < 0.58 and length > 2:
            period = rng.randint(1, max(1, length // 2))
            drawn = [drawn[index % period] for index in range(length)]
        elif 0.58 <= style < 0.64:
            drawn.sort(reverse=style < 0.61)
        return "".join(drawn)

    def letters(self, shape: Text, rng: Random) -> str:
        """Return the characters to draw from: those seen, with borders of their classes and constants."""
        if not shape.alphabet:
            return shape.wide or LETTERS
        dice = rng.random()
        if dice < 0.6 or shape.wide == shape.alphabet:
            return shape.alphabet
        extra = [char for char in self.constants.chars if char in shape.wide]
        if dice < 0.75 and extra:
            return shape.alphabet + "".join(extra)
        if dice < 0.9:
            return shape.alphabet[:2] + shape.wide[0] + shape.wide[-1]
        return shape.wide

    def _sequence(self, shape: Seq, rng: Random, size: int, lengths: Lengths) -> list[Any]:
        length = lengths.get(())
        if length is None:
            length = (
                max(shape.least, size)
                if rng.random() < 0.2
                else rng.randint(shape.least, max(shape.least, size))
            )
        inner = below(lengths, EVERY)
        if shape.first is not None:
            items = list(range(shape.first, shape.first + length))
            rng.shuffle(items)
            return items
        item = shape.item
        if not isinstance(item, Int | Text | Float):
            smaller = max(1, min(size, 60 // (length or 1) + 1))
            return [self.make(item, rng, smaller, inner) for _ in range(length)]
        style = rng.random()
        if style < 0.12 and length:
            return [self.make(item, rng, size, inner)] * length
        if style < 0.3 and length > 1 and not inner:
            pair = [self.make(item, rng, size) for _ in range(2)]
            return [rng.choice(pair) for _ in range(length)]
        if style < 0.4 and isinstance(item, Int):
            start, step = self.integer(item, rng, size), rng.choice((1, 1, 2, -1))
            return [self.fit(item, start + step * index) for index in range(length)]
        narrow = rng.choice((1, 2, 4, size, size))
        items = [
            self.make(item, rng, narrow if isinstance(item, Int) else size, inner) for _ in range(length)
        ]
        if style > 0.85:
            items.sort(reverse=style > 0.93)
        return items

    def _record(self, shape: Record, rng: Random, size: int, lengths: Lengths) -> list[Any]:
        counted = [link for link in shape.links if link.rule is Rule.COUNT]
        lengths = dict(lengths)
        fixed: dict[Path, int] = {}
        for link in counted:
            source: Any = at(shape, link.source)
            if isinstance(source, Int):
                if link.source not in fixed:
                    low = max(source.low or 0, -(link.offset // link.factor))
                    fixed[link.source] = self.fit(
                        source, rng.choice((max(low, size), *(rng.randint(low, max(low, size)),) * 4))
                    )
                lengths[link.target] = max(0, link.wanted(fixed[link.source]))
        tree = [
            self.make(field, rng, size, below(lengths, index)) for index, field in enumerate(shape.fields)
        ]
        for path, number in fixed.items():
            holder: Any = tree
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = number
        return tree


def below(lengths: Lengths, step: int) -> Lengths:
    """Return the lengths that hold below one step."""
    return {path[1:]: length for path, length in lengths.items() if path and path[0] == step}


def fits(shape: Text, text: str) -> bool:
    """Say whether a string has plausible characters only and is long enough."""
    if len(text) < shape.least or shape.grammar:
        return False
    return not shape.wide or all(char in shape.wide for char in text)
