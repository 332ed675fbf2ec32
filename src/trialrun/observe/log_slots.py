"""The places of a template: fixed words and openings, and what openings have been filled with.

Leaves out: which lines share a template (`log_miner.py`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from trialrun.observe.log_categories import categorise
from trialrun.observe.log_patterns import Category
from trialrun.observe.log_tokens import VARIABLE, Kind, Line, Word

KEPT = 50
"""Different values of one opening that are counted; beyond, the rarer half is dropped."""


class Slot(NamedTuple):
    """One word of a template: fixed text, or an opening."""

    gap: str
    """What stands before it, white space as one blank or none."""
    text: str
    """The word; for an opening `<*>`, after the fixed text that all its values begin with."""
    kind: Kind
    """What a word must be at least to fill the opening; for fixed text what the word is."""

    @property
    def open(self) -> bool:
        """Whether this is an opening."""
        return self.text.endswith(VARIABLE)

    @property
    def stem(self) -> str:
        """The fixed text before what varies."""
        return self.text.removesuffix(VARIABLE)


def slot(word: Word) -> Slot:
    """Return the slot that a word of a line is by itself."""
    gap = " ".join(word.gap.split())
    if gap:
        gap = " " * word.gap[0].isspace() + gap + " " * word.gap[-1].isspace()
    return Slot(
        gap or word.gap[:1], word.stem + VARIABLE if word.kind is Kind.VARIABLE else word.text, word.kind
    )


def tight(gap: str) -> str:
    """Return what stands between two words, by which it is compared: its punctuation, or one blank."""
    return "".join(gap.split()) or gap[:1]


def drawn_together(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Return slots with variables that follow each other, apart by blanks or commas, as one."""
    kept: list[Slot] = []
    for one in slots:
        if not (kept and kept[-1].text == one.text == VARIABLE and not one.gap.strip(" ,")):
            kept.append(one)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Value:
    """What a line has in one opening."""

    text: str
    """As it stands in the line; several words where the value has blanks or is a list."""
    category: Category


@dataclass(slots=True)
class Opening:
    """What an opening has been filled with over all lines of a template."""

    categories: Counter[Category] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    exact: bool = True
    """Whether every value is counted."""

    def note(self, text: str, category: Category, count: int = 1) -> None:
        """Count a value; the categories of all values are counted, of the values the more frequent ones."""
        self.categories[category] += count
        self.values[text] += count
        if len(self.values) > KEPT:
            self.values = Counter(dict(self.values.most_common(KEPT // 2)))
            self.exact = False

    def add(self, other: "Opening") -> None:
        """Count what another opening has counted."""
        self.categories.update(other.categories)
        self.exact = self.exact and other.exact
        for text, count in other.values.items():
            self.values[text] += count
        if len(self.values) > KEPT:
            self.values, self.exact = Counter(dict(self.values.most_common(KEPT // 2))), False


def fill(line: Line, slots: Sequence[Slot]) -> tuple[Value, ...]:
    """Return what a line has in each opening of its template, in order; none where the two do not go together.

    An opening takes one word, and more while what is left does not go on as the template does.
    """
    words = line.words
    taken: list[Value] = []
    at = 0
    for place, one in enumerate(slots):
        if at >= len(words) or not (one.open or words[at].text == one.text):
            return ()
        end = at + 1
        if one.open:
            following = slots[place + 1] if place + 1 < len(slots) else None
            while end < len(words) and not (following is not None and _goes_on(following, words[end])):
                end += 1
            taken.append(_value(words, at, end, one.stem))
        at = end
    return tuple(taken) if at == len(words) else ()


def _goes_on(one: Slot, word: Word) -> bool:
    return tight(one.gap) == tight(word.gap) if one.open else one.text == word.text


def _value(words: Sequence[Word], start: int, end: int, stem: str) -> Value:
    text = words[start].text + "".join(word.gap + word.text for word in words[start + 1 : end])
    kinds = [categorise(words, place) for place in range(start, end)]
    return Value(
        text.removeprefix(stem).strip(), max(kinds, key=lambda kind: (kinds.count(kind), -kinds.index(kind)))
    )


def carried(
    slots: Sequence[Slot],
    openings: Sequence[Opening],
    count: int,
    joined: Sequence[Slot],
    start: int,
    end: int,
) -> list[Opening]:
    """Return what `count` lines of a template fill the openings of another with that it has become part of.

    `start` and `end` bound the words that are one opening in the other; where they are equal, words open one by one.
    """
    if not count:
        return [Opening() for one in joined if one.open]
    before = iter(openings)
    each = [next(before, Opening()) if one.open else _fixed(one, count) for one in slots]
    if start < end:
        group = each[start:end]
        each[start:end] = group if len(group) == 1 else [_together(slots[start:end], group, count)]
    return [opening for opening, one in zip(each, joined, strict=True) if one.open]


def _fixed(one: Slot, count: int) -> Opening:
    category = categorise([Word(one.text, one.kind, one.gap)], 0)
    return Opening(Counter({category: count}), Counter({one.text: count}))


def _together(slots: Sequence[Slot], group: Sequence[Opening], count: int) -> Opening:
    """Return a value of several words, told where its words are fixed."""
    kinds = sum((opening.categories for opening in group), Counter[Category]())
    text = slots[0].text + "".join(one.gap + one.text for one in slots[1:])
    category = max(kinds, key=lambda kind: kinds[kind], default=Category.OTHER)
    return Opening(Counter({category: count}), Counter({text: count}), VARIABLE not in text)
