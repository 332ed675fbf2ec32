r"""Answers of mathematics as values: `1/2`, `0.5`, `50%`, `\frac12` and `$0.50` are one.

An answer is read to an exact rational where it is a number, to a tuple of answers where it is a list of them in some
order, to a set where the order says nothing (`{1, 2}`, `x = 1 or x = 2`), and is its plain text otherwise. Two answers
are the same where their values are; a decimal that came out of a float is compared within 1e-9.

Leaves out: algebra (`x + 1` against `1 + x` are texts here), numbers in words, units (dropped behind
a number).
"""

import math
import re
from fractions import Fraction

LONGEST = 2_000
"""Characters of an answer that are read."""
_MOST_DIGITS = 400
Answer = Fraction | float | str | tuple["Answer", ...] | frozenset["Answer"]
"""A number (a float only where it came as one, or is not finite), a text, a list, or a set."""

_WRAPPED = re.compile(r"\\(?:boxed|text|mathrm|displaystyle)\s*\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\s*(?:\{([^{}]+)\}|(\d))\s*(?:\{([^{}]+)\}|(\d))")
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d{1,3})?"
_RATIO = re.compile(rf"({_NUMBER})\s*(?:/\s*({_NUMBER}))?\s*(%|percent|per cent)?\s*(.*)", re.S)
_MIXED = re.compile(r"([-+]?\d+)\s+(\d+)\s*/\s*(\d+)")
_UNIT = re.compile(
    r"(?!(?:pi|sqrt|ln|log|sin|cos|tan|exp)\b)(?:[a-zA-Z°][a-zA-Z²³]+|[mgshlLcC°])(?:[ /-][a-zA-Z²³]+){0,3}(?:\^?[23])?"
)
_NAMED = re.compile(r"[a-zA-Z]\w{0,10}\s*=\s*(.+)", re.S)


def read_answer(text: str, *, depth: int = 10) -> Answer:
    r"""Return the value of an answer; a text that is no number, or lists nested deeper than `depth`, is itself.

    >>> read_answer(r"$\frac12$") == read_answer("0.5") == read_answer("50%")
    True
    >>> read_answer("1,250 dollars"), read_answer("x = -3"), read_answer("(1, 2)")
    (Fraction(1250, 1), Fraction(-3, 1), (Fraction(1, 1), Fraction(2, 1)))
    """
    text = _bare(text[:LONGEST])
    if depth == 0:
        return " ".join(text.split()).lower()
    if text[:1] in "([" and text[-1:] in ")]" and "," in text and _closes_last(text):
        return tuple(read_answer(part, depth=depth - 1) for part in _parts(text[1:-1]))
    if text[:1] == "{" and text[-1:] == "}" and _closes_last(text):
        return frozenset(read_answer(part, depth=depth - 1) for part in _parts(text[1:-1]))
    either = re.split(r"\s+(?:or|and)\s+|\s*\\text\{ or \}\s*", text)
    if len(either) > 1:
        return frozenset(read_answer(part, depth=depth - 1) for part in either)
    number = _number(text)
    if number is not None:
        return number
    named = _NAMED.fullmatch(text)
    return read_answer(named[1], depth=depth - 1) if named else " ".join(text.split()).lower()


def same_answer(one: Answer, other: Answer) -> bool:
    """Say whether two answers are equal as values; floats within 1e-9 of their size.

    >>> same_answer(Fraction(1, 10), 0.1), same_answer(frozenset({Fraction(1)}), Fraction(1))
    (True, True)
    """
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return len(one) == len(other) and all(any(same_answer(a, b) for b in other) for a in one)
    if isinstance(one, frozenset) or isinstance(other, frozenset):
        held, single = (one, other) if isinstance(one, frozenset) else (other, one)
        assert isinstance(held, frozenset)
        return len(held) == 1 and same_answer(next(iter(held)), single)
    if isinstance(one, tuple) or isinstance(other, tuple):
        if not (isinstance(one, tuple) and isinstance(other, tuple)) or len(one) != len(other):
            return False
        return all(map(same_answer, one, other))
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one == other
    try:
        left, right = float(one), float(other)
    except OverflowError:
        return False
    if not (math.isfinite(left) and math.isfinite(right)):
        return False  # what is no number equals nothing, not even itself
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)


def answer_text(answer: Answer) -> str:
    """Return an answer as a person would write it: whole, as a finite decimal, or as a fraction.

    >>> answer_text(Fraction(5, 2)), answer_text(Fraction(1, 3)), answer_text((Fraction(1), Fraction(-2)))
    ('2.5', '1/3', '(1, -2)')
    """
    if isinstance(answer, Fraction):
        return decimal_text(answer) or f"{answer.numerator}/{answer.denominator}"
    if isinstance(answer, tuple):
        return "(" + ", ".join(map(answer_text, answer)) + ")"
    if isinstance(answer, frozenset):
        return "{" + ", ".join(sorted(map(answer_text, answer))) + "}"
    return str(answer)


def decimal_text(value: Fraction) -> str | None:
    """Return a rational as a finite decimal of at most 30 places, or None."""
    places = decimals_of(value)
    if places is None or places > 30 or value.numerator.bit_length() > 1200:
        return None
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def decimals_of(value: Fraction) -> int | None:
    """Return how many decimal places a rational has; None where they do not end, or not within a thousand.

    >>> decimals_of(Fraction(5, 4)), decimals_of(Fraction(1, 3)), decimals_of(Fraction(7))
    (2, None, 0)
    """
    left, places = value.denominator, {2: 0, 5: 0}
    if left.bit_length() > 1000:
        return None
    for prime in places:
        while left % prime == 0:
            left //= prime
            places[prime] += 1
    return max(places.values()) if left == 1 else None


def _bare(text: str) -> str:
    """Return an answer without what is only layout."""
    text = text.replace("\\$", "").replace("$", "").replace("\\%", "%").replace("\\!", "").replace("\\,", "")
    for mark in ("\\left", "\\right", "£", "€", "**", "−"):
        text = text.replace(mark, "-" if mark == "−" else "")
    for _ in range(5):
        bare = _WRAPPED.sub(r"\1", text)
        bare = _FRACTION.sub(lambda m: f"({m[1] or m[2]})/({m[3] or m[4]})", bare)
        if bare == text:
            break
        text = bare
    return text.strip().rstrip(".").strip()


def _number(text: str) -> Fraction | float | None:
    """Return the number that a text is, a unit behind it apart."""
    text = re.sub(r"\(([-+]?[\d.,]+)\)", r"\1", text)
    text = re.sub(r"^([-+])\s+", r"\1", text)
    if text.lower() in ("inf", "-inf", "nan", "infinity", "-infinity"):
        return float(text)
    mixed = _MIXED.fullmatch(text)
    if mixed and int(mixed[3]) and max(map(len, mixed.groups())) < _MOST_DIGITS:
        part = Fraction(int(mixed[2]), int(mixed[3]))
        whole = int(mixed[1])
        return whole - part if text.startswith("-") else whole + part
    match = _RATIO.fullmatch(text)
    if match is None or (match[4] and not _UNIT.fullmatch(match[4])):
        return None
    above, below = _decimal(match[1]), _decimal(match[2] or "1")
    if above is None or not below:
        return None
    return above / below / (100 if match[3] else 1)


def _decimal(text: str) -> Fraction | None:
    if not re.search(r"\d", text) or len(text) > _MOST_DIGITS or text.lower().startswith(("e", "+e", "-e")):
        return None
    plain = text.replace(",", "")
    for bare, whole in ((".", "0."), ("-.", "-0."), ("+.", "0.")):
        if plain.startswith(bare):
            plain = whole + plain[len(bare) :]
    return Fraction(plain)


def _closes_last(text: str) -> bool:
    """Say whether the bracket that opens a text is closed by its last sign."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if depth <= 0:
            return place == len(text) - 1
    return False


def _parts(text: str) -> list[str]:
    """Return what commas outside of brackets part; none for nothing."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part for part in parts if part.strip()]
