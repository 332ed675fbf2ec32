"""Token grammars: strings that are more than their alphabet, such as brackets, expressions and clock times.

A grammar recognises the strings of the seeds and makes new ones of about a size. A changed string that is no longer in
the grammar is replaced by a made one where facts are kept.

Leaves out: grammars that no seed shows; nesting beyond what a size allows.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Grammar:
    """A set of strings, by a test and a maker."""

    holds: Callable[[str], bool]
    make: Callable[[Random, int], str]
    """Make a string of about `size` tokens."""


def recognised(texts: list[str]) -> str:
    """Return the name of the first grammar that all the strings are in, or an empty name."""
    if not texts:
        return ""
    return next((name for name, grammar in GRAMMARS.items() if all(map(grammar.holds, texts))), "")


# ----------------------------------------------------------------------------------------------- brackets

_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}


def _balanced(text: str) -> bool:
    stack = []
    for char in text:
        if char in _PAIRS:
            stack.append(_PAIRS[char])
        elif not stack or stack.pop() != char:
            return False
    return not stack and len(text) >= 2


def _brackets(rng: Random, size: int) -> str:
    half = max(1, size // 2)
    text, depth, left = "", 0, half
    while left or depth:
        if left and (not depth or rng.random() < 0.5):
            text, depth, left = text + "(", depth + 1, left - 1
        else:
            text, depth = text + ")", depth - 1
    return text


# -------------------------------------------------------------------------------------------- expressions

_EXPRESSION = re.compile(r"\(*[0-9]+\)*(?:[-+*/]\(*[0-9]+\)*)+")


def _is_expression(text: str) -> bool:
    return len(text) < 500 and _EXPRESSION.fullmatch(text) is not None and text.count("(") == text.count(")")


def _expression(rng: Random, size: int) -> str:
    if size <= 1:
        return str(rng.choice((0, 1, 2, 3, 5, 9, 10, rng.randrange(100))))
    left = rng.randint(1, size - 1)
    text = _expression(rng, left) + rng.choice("+-*") + _expression(rng, size - left)
    return f"({text})" if rng.random() < 0.3 else text


def _sum(rng: Random, size: int) -> str:
    numbers = [str(rng.choice((1, 2, 3, rng.randrange(1, 100)))) for _ in range(max(1, size))]
    return "+".join(numbers)


_SUM = re.compile(r"[0-9]+(?:\+[0-9]+)+")

# -------------------------------------------------------------------------------------- times and dates

_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_DATE = re.compile(r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")


def _clock(rng: Random, size: int) -> str:
    hour = rng.choice((0, 1, 9, 10, 11, 12, 13, 19, 20, 22, 23, rng.randrange(24)))
    minute = rng.choice((0, 1, 9, 10, 29, 30, 31, 50, 58, 59, rng.randrange(60)))
    return f"{hour:02d}:{minute:02d}"


def _date(rng: Random, size: int) -> str:
    year = rng.choice((1900, 1999, 2000, 2001, 2004, 2023, 2024, rng.randrange(1900, 2100)))
    return f"{year}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"


GRAMMARS: dict[str, Grammar] = {
    "clock": Grammar(lambda text: _CLOCK.fullmatch(text) is not None, _clock),
    "date": Grammar(lambda text: _DATE.fullmatch(text) is not None, _date),
    "brackets": Grammar(_balanced, _brackets),
    "sum": Grammar(lambda text: _SUM.fullmatch(text) is not None, _sum),
    "expression": Grammar(_is_expression, _expression),
}
"""Name → grammar; the first that fits is taken."""
