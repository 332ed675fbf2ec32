"""Texts as lines of tokens, with what separates them.

A line is split at white space, or at commas where it has commas and nothing else to split at. Lines that differ in
their separators from one of the usual ones are kept as one token, so that nothing is lost.

Leaves out: what tokens and lines mean (`formats.py`), tabs (they become blanks), blanks at the end of lines.
"""

import re
from dataclasses import dataclass

INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,39})")
DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]{1,18}")
LONGEST = 4000
"""Tokens of a text that is taken apart; longer ones stay as they are."""


@dataclass(frozen=True, slots=True)
class Line:
    """The tokens of one line and what stands between them."""

    tokens: tuple[str, ...]
    sep: str = " "


def tokenise(text: str) -> list[Line]:
    """Return the lines of a text without empty ones at its end.

    >>> tokenise("2\\n1, 2\\nab cd\\n")
    [Line(tokens=('2',), sep=' '), Line(tokens=('1', '2'), sep=', '), Line(tokens=('ab', 'cd'), sep=' ')]
    """
    return [_line(line) for line in text.rstrip().split("\n")]


def _line(text: str) -> Line:
    text = text.rstrip()
    for sep in (", ", ",", " "):
        tokens = tuple(text.split(sep))
        if len(tokens) > 1 and all(token and " " not in token and "," not in token for token in tokens):
            return Line(tokens, sep)
    words = tuple(text.split())
    if words and all(map(_number, words)):
        return Line(words)  # numbers are read the same whatever the blanks
    return Line((text,)) if text else Line(())


def _number(token: str) -> bool:
    return INTEGER.fullmatch(token) is not None


def kind_of(token: str) -> str:
    """Return `i`, `f` or `w`: a whole number, a decimal fraction, or a word."""
    if INTEGER.fullmatch(token):
        return "i"
    return "f" if DECIMAL.fullmatch(token) else "w"
