"""A log line as words, each fixed, variable, or perhaps variable, and what stands between them.

`read` finds the variables that show by their form (`log_patterns.py`), splits what is left at white space and
punctuation, and calls a word variable where it holds a digit that no name would hold. A word of the language stays what
it is until the miner has seen it vary; a word that looks made up (mixed case, dots, a digit at the end), or that stands
where values stand (after `=`, in quotes, after "user"), needs less evidence.

Leaves out: what a variable means (`log_categories.py`).
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from trialrun.observe.log_patterns import Category, spans

VARIABLE = "<*>"

LONGEST = 4_000
"""Characters of a line that are read; the rest is cut off."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


CUES = word_set("user username account hostname interface principal named called")
"""Words after which a name stands and next to nothing else."""
SUBJECTS = word_set(
    "host server client peer node device dev service process thread daemon driver module partition volume disk queue"
    " topic channel job task session container pod table column database schema key name domain realm zone region group"
    " cluster broker owner"
)
"""Words after which a name stands, or what happens to the thing that they name."""

_GAP = re.compile(r"(?:[\s,!;:=|\"'`\[\](){}<>]|\.{2,})+")
_KEPT_DIGIT = re.compile(r"[A-Za-z]+\d")
"""Words that may hold a digit and be fixed all the same: ssh2, L3, eth0."""
_NUMBERED = re.compile(r"(?P<stem>[A-Za-z_-]+[.#])\d+")
"""A fixed stem and a number: core.2605."""
_MIXED = re.compile(r"[a-z][A-Z]|\w[._@$\\*]\w|_")
_EXCEPTION = re.compile(r"(?:[\w$]+\.)*[A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt|Failure)")
_EMPTY = re.compile(r"(?<=\s)([(\[])\s*([)\]])")


class Kind(IntEnum):
    """How a word of a line is taken at first sight."""

    KEY = 0
    """Names the value that follows, or the type of an exception; never a variable."""
    WORD = 1
    """A word like those of a language."""
    NAME = 2
    """A word that looks made up, or follows the word for a thing that has a name."""
    VALUE = 3
    """A word that stands where values stand."""
    VARIABLE = 4
    """A variable."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line with what stands before it."""

    text: str
    kind: Kind
    gap: str
    """Text between the word before and this one: white space, punctuation."""
    category: Category | None = None
    """What its form says a variable is."""

    @property
    def stem(self) -> str:
        """The fixed text that a variable begins with: `core.` of `core.2605`."""
        match = _NUMBERED.fullmatch(self.text) if self.kind is Kind.VARIABLE else None
        return match["stem"] if match else ""


@dataclass(frozen=True, slots=True)
class Line:
    """The words of a line."""

    words: tuple[Word, ...]
    tail: str
    """Text after the last word."""


@dataclass(slots=True)
class _Part:
    """A stretch of text that is one thing: a gap, or a word with what its form says."""

    start: int
    end: int
    gap: bool = False
    form: bool = False
    category: Category | None = None


def read(text: str) -> Line:
    """Split a line into words and say of each how it is taken."""
    text = _EMPTY.sub(r"\1<>\2", text[:LONGEST])
    words: list[Word] = []
    gap = ""
    for part in _parts(text):
        if part.gap:
            gap += text[part.start : part.end]
            continue
        before = words[-1].text.lower() if words else ""
        words.append(_word(text, part, gap, before))
        gap = ""
    return Line(tuple(words), gap)


def _parts(text: str) -> list[_Part]:
    """Return gaps and words by position; words and forms that touch are one word."""
    parts: list[_Part] = []
    at = 0
    for span in spans(text):
        _split(parts, text, at, span.start)
        _append(parts, _Part(span.start, span.end, form=True, category=span.category))
        at = span.end
    _split(parts, text, at, len(text))
    return parts


def _split(parts: list[_Part], text: str, start: int, end: int) -> None:
    at = start
    for match in _GAP.finditer(text, start, end):
        if match.start() > at:
            _append(parts, _Part(at, match.start()))
        parts.append(_Part(match.start(), match.end(), gap=True))
        at = match.end()
    if at < end:
        _append(parts, _Part(at, end))


def _append(parts: list[_Part], part: _Part) -> None:
    """Add a word, as one with the word before where nothing stands between them."""
    if parts and not parts[-1].gap and parts[-1].end == part.start:
        last = parts[-1]
        last.end, last.form = part.end, last.form or part.form
        last.category = last.category or part.category
    else:
        parts.append(part)


def _word(line: str, part: _Part, gap: str, before: str) -> Word:
    """Say how a word is taken, by itself, by what stands around it, and by the word before."""
    text, after = line[part.start : part.end], line[part.end : part.end + 2]
    if part.form:
        return Word(text, Kind.VARIABLE, gap, part.category)
    if after.strip()[:1] == "=" or _EXCEPTION.fullmatch(text):
        return Word(text, Kind.KEY, gap)
    if any(letter.isdigit() for letter in text) and after[:1] != "(":
        return Word(text, Kind.NAME if _KEPT_DIGIT.fullmatch(text) else Kind.VARIABLE, gap)
    if after[:1] in (":", "(") or not before:
        return Word(text, Kind.WORD, gap)
    quoted = gap[-1:] in ("'", '"', "[") and after[:1] in ("'", '"', "]")
    if gap.endswith("=") or quoted or (gap.isspace() and before in CUES):
        return Word(text, Kind.VALUE, gap)
    if (gap.isspace() and before in SUBJECTS) or _MIXED.search(text):
        return Word(text, Kind.NAME, gap)
    return Word(text, Kind.WORD, gap)
