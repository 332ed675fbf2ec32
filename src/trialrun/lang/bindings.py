"""What a number in a worked solution can stand for: an earlier step, a number of the problem's text, a constant.

`sources` lists all that have the number's value, what is likelier first.

Leaves out: choosing among them (`lifting.py`).
"""

import enum
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from trialrun.lang.number_literals import Literal, meant

UNITS: dict[int, str] = {
    2: "twice|both|half|pair|couple|average|mean|middle|rectang|perimeter|round trip|every other|every second",
    3: "yard|triangle|thrice|triple",
    4: "month|square|quarter|gallon|season",
    5: "weekday|workday|work week|school|nickel",
    7: "week|day|daily",
    10: "dime|decade|centimeter|millimeter",
    12: "dozen|month|year|annual|foot|feet|inch",
    16: "ounce|gallon",
    24: "hour|day|daily",
    25: "quarter",
    26: "letter|alphabet|biweek|every two weeks",
    28: "month|februar",
    29: "month|februar",
    30: "month|april|june|september|november",
    31: "month|januar|march|may|july|august|october|december",
    36: "yard|inch",
    52: "week|year|card",
    60: "hour|minute|second",
    90: "right angle|degree",
    100: "percent|%|cent|meter|dollar|\\$",
    180: "degree|angle|triangle",
    360: "degree|angle|circle",
    365: "year|day|annual",
    366: "leap",
    1000: "kilo|km|kg|gram|liter|litre|meter|milli|ml|thousand",
    3600: "hour|second",
    5280: "mile|feet|foot",
}
"""Constants of everyday units, and words of the text without which they are not meant."""


class Reading(enum.StrEnum):
    """How a number of the text enters a calculation."""

    ITSELF = "itself"
    HUNDREDTH = "hundredth"
    """40% as 0.4; 25 cents as 0.25."""
    LESS = "less"
    """40% off as 0.6."""
    MORE = "more"
    """40% more as 1.4."""

    def of(self, value: Fraction) -> Fraction:
        """Return what a value is read as."""
        if self is Reading.ITSELF:
            return value
        part = value / 100
        return part if self is Reading.HUNDREDTH else 1 - part if self is Reading.LESS else 1 + part


@dataclass(frozen=True, slots=True)
class NodeValue:
    """The value of an earlier step."""

    node: int


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """A number of the text."""

    literal: int
    """Its place among the text's numbers."""
    reading: Reading = Reading.ITSELF
    name: str = ""
    """The parameter's name, once it has one."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A fraction of the text, `2/3`: top and bottom by name (or place, as text) where they are free, else by value."""

    top: str | Fraction
    bottom: str | Fraction


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that stays."""

    value: Fraction


Source = NodeValue | ParameterValue | Ratio | Constant


def sources(
    number: Fraction,
    earlier: Sequence[Fraction],
    found: Sequence[Literal],
    text: str,
    used: Mapping[int, int],
    here: Collection[int],
    *,
    percent: bool = False,
    hundredths: bool = False,
) -> list[Source]:
    """Return what a number can stand for, likelier things first; nothing where it comes from nowhere.

    `earlier` are the values of earlier steps, `found` the numbers of the text, `used` how often each was taken, and
    `here` those that this step has taken already. `percent` says that it is the 100 of a per cent sign, `hundredths`
    that the step divides by 100: only there is 40% taken as 40 while 40 could be anything else.
    """
    if percent:
        return [Constant(number)]
    options: list[Source] = []
    nodes = [place for place, value in enumerate(earlier) if value == number]
    if nodes:
        options.append(NodeValue(nodes[-1]))
    spans = [place for place, literal in enumerate(found) if literal.value == number and literal.free]
    plain = [place for place in spans if found[place].percent == hundredths]
    spans = plain or ([] if nodes and not hundredths else spans)
    spans.sort(key=lambda place: (place in here, used.get(place, 0)))
    options += [ParameterValue(place) for place in spans]
    for place, literal in enumerate(found):
        if literal.percent and literal.free and number != literal.value:
            options += [
                ParameterValue(place, reading)
                for reading in (Reading.HUNDREDTH, Reading.LESS, Reading.MORE)
                if reading.of(literal.value) == number
            ]
        if literal.divides and literal.value and found[place - 1].value / literal.value == number:
            options.append(Ratio(*(_part(found, where) for where in (place - 1, place))))
    in_words = spans and all(found[place].words for place in spans) and number in meant(text, strongly=True)
    if in_words or (not spans and _is_constant(number, found, text)):
        options.append(Constant(number))
    return options


def _part(found: Sequence[Literal], place: int) -> str | Fraction:
    return str(place) if found[place].free else found[place].value


def _is_constant(number: Fraction, found: Sequence[Literal], text: str) -> bool:
    """Say whether a number may stand for itself: the text says it in other words, or is about a unit that has it."""
    if number in (0, 1) or any(literal.value == number and not literal.free for literal in found):
        return True
    if number in meant(text):
        return True
    lower = text.lower()
    if number == Fraction(1, 100) or (number.denominator == 1 and int(number) in UNITS):
        words = UNITS[100 if number < 1 else int(number)]
        return re.search(words, lower) is not None
    return False
