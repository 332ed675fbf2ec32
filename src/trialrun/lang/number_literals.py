"""Numbers in the text of a problem: where they stand, how they are written, and the text with others in their place.

Digits keep their decimal places and thousands' commas, words their case; what cannot be written back (`3rd`, `7 am`,
`2 1/2`, `one`, `twice`) has a value and is fixed. A `Template` is a text with some of its numbers free: it renders
values, and reads them again from a text that differs from its own in nothing but those numbers.

Leaves out: what the numbers mean (`lifting.py`), languages other than English, negative numbers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from trialrun.lang.math_answer import decimal_text

_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen"""
IN_ONES = tuple(_ONES.split())
IN_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
MOST_IN_WORDS = 99
_WORDS: dict[str, int] = {word: value for value, word in enumerate(IN_ONES)}
_WORDS |= {word: 10 * (place + 2) for place, word in enumerate(IN_TENS)}
_WORDS |= {
    f"{ten}-{one}": 10 * (place + 2) + unit
    for place, ten in enumerate(IN_TENS)
    for unit, one in enumerate(IN_ONES[1:10], 1)
}
_HALF, _THIRD, _QUARTER = Fraction(1, 2), Fraction(1, 3), Fraction(1, 4)
MEANT: dict[str, tuple[Fraction, ...]] = {
    "twice|double[sd]?|doubling|pairs?|couples?|both|twins?|second|other": (Fraction(2),),
    "half|halves|halved|halfway": (_HALF, Fraction(2)),
    "thrice|triple[sd]?|tripling|triplets": (Fraction(3),),
    "thirds?": (_THIRD, Fraction(3)),
    "two-thirds|two thirds": (Fraction(2, 3),),
    "quadruple[sd]?": (Fraction(4),),
    "quarters?": (_QUARTER, Fraction(4), Fraction(25)),
    "fourths?": (_QUARTER, Fraction(4)),
    "three-quarters|three-fourths|three quarters|three fourths": (Fraction(3, 4),),
    "fifths?": (Fraction(1, 5), Fraction(5)),
    "sixths?": (Fraction(1, 6), Fraction(6)),
    "sevenths?": (Fraction(1, 7), Fraction(7)),
    "eighths?": (Fraction(1, 8), Fraction(8)),
    "tenths?": (Fraction(1, 10), Fraction(10)),
    "dozens?": (Fraction(12),),
    "one|once|an?|single": (Fraction(1),),
    "hundreds?": (Fraction(100),),
    "thousands?": (Fraction(1000),),
    "dimes?": (Fraction(10), Fraction(1, 10)),
    "nickels?": (Fraction(5), Fraction(1, 20)),
    "penn(?:y|ies)": (Fraction(1, 100),),
}
"""Words that state a number without being one that other words could take the place of."""
_STRONG = re.compile(r"\b(?:twice|doubl\w+|half|halves|halved|thrice|tripl\w+|quadrupl\w+|dozens?)\b")
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_NUMBER = re.compile(
    rf"(?<![\w.,/:])\d+ \d+/\d+(?![\w/])|(?<![\w,:])(?<!\d\.){_DIGITS}|\b[A-Za-z]+(?:-[a-z]+)?\b"
)
_FIXED_BEHIND = re.compile(
    r"(?:st|nd|rd|th)\b|:\d|\s*(?:[ap]\.?m\b|o'clock)|[- ](?:thirds?|fourths?|fifths?|quarters?|halves|tenths?)\b",
    re.I,
)
_NEXT = re.compile(r"[\s$%-]*(?:of |the |more |other |such )*([A-Za-z]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """One number of a text."""

    start: int
    end: int
    value: Fraction
    places: int = 0
    """Decimal places that it is written with."""
    commas: bool = False
    words: bool = False
    capital: bool = False
    free: bool = True
    """Whether another number could be written there."""
    percent: bool = False
    """Whether per cent, or cents, stand behind it: a hundredth of it counts."""
    behind: str = ""
    """The word that follows, in lower case."""
    divides: bool = False
    """Whether it stands behind the bar of a fraction whose top is the literal before."""

    def written(self, value: Fraction) -> str | None:
        """Return another value in this literal's style; None where it cannot be written so."""
        if self.words:
            text = in_words(value)
            return text.capitalize() if text is not None and self.capital else text
        text = decimal_text(value)
        if text is None or value < 0 or ("." in text and len(text.partition(".")[2]) > self.places):
            return None
        whole, _, part = text.partition(".")
        if self.commas:
            whole = f"{int(whole):,}"
        return f"{whole}.{part.ljust(self.places, '0')}" if self.places else whole

    def read(self, text: str) -> Fraction | None:
        """Return the value that a text in this literal's place has; None where it is none in its style."""
        if self.words:
            found = _WORDS.get(text.lower())
            value = None if found is None else Fraction(found)
        else:
            value = (
                Fraction(text.replace(",", "")) if re.fullmatch(_DIGITS, text) and len(text) < 60 else None
            )
        return value if value is not None and self.written(value) == text else None


def in_words(value: Fraction) -> str | None:
    """Return a small whole number in words, or None.

    >>> in_words(Fraction(42)), in_words(Fraction(1, 2))
    ('forty-two', None)
    """
    if value.denominator != 1 or not 0 <= value <= MOST_IN_WORDS:
        return None
    number = int(value)
    if number < 20:
        return IN_ONES[number]
    tens, ones = divmod(number, 10)
    return IN_TENS[tens - 2] + (f"-{IN_ONES[ones]}" if ones else "")


def literals(text: str) -> tuple[Literal, ...]:
    """Return the numbers of a text in order, those in digits and those in words.

    >>> [str(found.value) for found in literals("In 3 hours, two men walk 4.5 miles, 1/2 of them twice.")]
    ['3', '2', '9/2', '1', '2']
    """
    found: list[Literal] = []
    for match in _NUMBER.finditer(text):
        literal = _literal(text, match, found[-1] if found else None)
        if literal is not None:
            found.append(literal)
    return tuple(found)


def meant(text: str, *, strongly: bool = False) -> tuple[Fraction, ...]:
    """Return the numbers that other words of a text state: `twice`, `half`, `a dozen`; `strongly`, by such words alone.

    >>> [str(value) for value in meant("Twice as long as the other one", strongly=True)]
    ['2']
    """
    lower = " ".join(_STRONG.findall(text.lower())) if strongly else text.lower()
    values = [
        value for words, values in MEANT.items() if re.search(rf"\b(?:{words})\b", lower) for value in values
    ]
    return tuple(dict.fromkeys(values))


def _literal(text: str, match: re.Match[str], before: Literal | None) -> Literal | None:
    word, start, end = match[0], match.start(), match.end()
    following = _NEXT.match(text, end)
    behind = following[1].lower() if following else ""
    fixed = _FIXED_BEHIND.match(text, end) is not None
    if word[0].isalpha():
        value = _WORDS.get(word.lower())
        if value is None or value < 2:
            return None
        return Literal(
            start=start, end=end, value=Fraction(value), words=True, capital=word[0].isupper(),
            free=not fixed and behind != "hundred", behind=behind,
        )  # fmt: skip
    if " " in word:
        whole, _, part = word.partition(" ")
        top, _, bottom = part.partition("/")
        if not int(bottom):
            return None
        return Literal(start=start, end=end, value=int(whole) + Fraction(int(top), int(bottom)), free=False)
    places = len(word.partition(".")[2])
    if len(word) > 40:
        return None
    return Literal(
        start=start,
        end=end,
        value=Fraction("0" + word if word[0] == "." else word.replace(",", "")),
        places=places,
        commas="," in word,
        free=not fixed and word[0] != "." and not word.startswith("00"),
        percent=re.match(r"\s*(?:%|percent|per cent|cents?\b|-cent)", text[end : end + 12]) is not None,
        behind=behind,
        divides=before is not None and not before.words and text[before.end : start] == "/",
    )


@dataclass(frozen=True)
class Template:
    """A text with some of its numbers free."""

    text: str
    slots: tuple[tuple[Literal, str], ...]
    """(literal, name of the value that it shows), in the order of the text; two may show one value."""
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces = self.pieces()
        pieces[0], pieces[-1] = pieces[0].lstrip(), pieces[-1].rstrip()
        spaced = [_spaced(piece) for piece in pieces]
        numbers = [
            r"([A-Za-z]+(?:-[a-z]+)?)" if literal.words else rf"({_DIGITS})" for literal, _ in self.slots
        ]
        pattern = spaced[0] + "".join(number + part for number, part in zip(numbers, spaced[1:], strict=True))
        object.__setattr__(self, "_pattern", re.compile(pattern))

    def pieces(self) -> list[str]:
        """Return the fixed texts around the free numbers; one more than there are slots."""
        ends = [0, *(literal.end for literal, _ in self.slots)]
        starts = [*(literal.start for literal, _ in self.slots), len(self.text)]
        return [self.text[end:start] for end, start in zip(ends, starts, strict=True)]

    def render(self, values: Mapping[str, Fraction]) -> str | None:
        """Return the text with these values; None where one cannot be written in its place."""
        written = [literal.written(values[name]) for literal, name in self.slots]
        if None in written:
            return None
        pieces = self.pieces()
        return pieces[0] + "".join(
            f"{number}{piece}" for number, piece in zip(written, pieces[1:], strict=True)
        )

    def read(self, text: str) -> dict[str, Fraction] | None:
        """Return the values that a text shows; None where it differs in more than its numbers, blanks apart."""
        if len(text) > 4 * len(self.text) + 200:
            return None
        match = self._pattern.fullmatch(" ".join(text.split()))
        if match is None:
            return None
        values: dict[str, Fraction] = {}
        for (literal, name), shown in zip(self.slots, match.groups(), strict=True):
            value = literal.read(shown)
            if value is None or values.setdefault(name, value) != value:
                return None
        return values


def _spaced(piece: str) -> str:
    """Return the pattern of a piece: runs of blanks are one blank, also where they part it from a number."""
    if not piece.strip():
        return r"\ " if piece else ""
    bare = re.escape(" ".join(piece.split()))
    return (r"\ " if piece[0].isspace() else "") + bare + (r"\ " if piece[-1].isspace() else "")


def shown_forms(value: Fraction) -> Sequence[str]:
    """Return the ways in which a text may show a number: digits, with commas, a fraction, per cent, words."""
    forms = [f"{value.numerator}/{value.denominator}"] if value.denominator != 1 else []
    decimal = decimal_text(value)
    if decimal is not None:
        whole, dot, part = decimal.partition(".")
        forms += [decimal, f"{int(whole):,}{dot}{part}"]
        zeros = [part.ljust(places, "0") for places in range(len(part) + 1, 5)]
        forms += [f"{number}.{padded}" for number in (whole, f"{int(whole):,}") for padded in zeros]
        forms += [decimal.lstrip("0")] if dot else []
    words = in_words(value)
    return tuple(dict.fromkeys([*forms, *([words] if words else [])]))


def shows(text: str, value: object) -> bool:
    """Say whether a text shows a value, or all that a collection holds; what has no look (a truth value) is shown.

    >>> shows("3 of 12 apples, half price", [3, Fraction(12), 0.5]), shows("12 apples", 2), shows("x - 5", -5)
    (True, False, True)
    """
    match value:
        case bool() | None:
            return True
        case str():
            return value in text
        case list() | tuple() | frozenset():
            return all(shows(text, item) for item in value)
        case dict():
            return all(shows(text, item) for pair in value.items() for item in pair)
        case float() if not abs(value) < float("inf"):
            return False
        case int() | Fraction() | float() | Decimal():
            lower = text.lower()
            number = abs(Fraction(str(value)) if isinstance(value, float) else Fraction(value))
            forms = [*shown_forms(number), *(f"{form}%" for form in shown_forms(number * 100))]
            if isinstance(value, float):
                forms += shown_forms(Fraction(f"{abs(value):.2f}"))  # as prices are written
            written = any(form.lower() in lower and re.search(_apart(form), text, re.I) for form in forms)
            return written or (number != 1 and number in meant(text))
    return False


def _apart(form: str) -> str:
    """Return the pattern of a number that is not a part of a longer one."""
    letters = form[0].isalpha()
    before, behind = ("(?<![a-z])", "(?![a-z])") if letters else (r"(?<!\d)(?<!\d[.,])", r"(?!\d)(?![.,]\d)")
    return before + re.escape(form) + behind
