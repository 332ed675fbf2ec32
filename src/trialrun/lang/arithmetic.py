"""A closed grammar of arithmetic over exact rationals: text → expression → value, or Python source.

Sums, differences, products, quotients, signs, brackets and per cent of decimal numbers, as worked solutions write them
(`3*20`, `60/100 * 5`, `200*40%`, `1,200 ÷ .5`). An expression keeps its shape apart from its numbers: its leaves are
counted from left to right, so that each can be bound to something. Nothing is evaluated by Python and nothing is a
float.

Leaves out: powers, roots, functions, names; what a leaf stands for (`lifting.py`).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

LONGEST = 400
"""Characters of an expression that are read."""
_TOKEN = re.compile(r"\s*(\d[\d,]*\.?\d*|\.\d+|[-+*/()%])")
_SIGNS = str.maketrans({"×": "*", "x": "*", "X": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "$": " "})


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number of the expression."""

    place: int
    """Which one, from 0."""


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and `+`, `-`, `*` or `/`."""

    sign: str
    left: "Shape"
    right: "Shape"


@dataclass(frozen=True, slots=True)
class Negative:
    """A sign before an operand."""

    operand: "Shape"


Shape = Leaf | Binary | Negative


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, and the numbers that it was written with."""

    shape: Shape
    numbers: tuple[Fraction, ...]
    """One a leaf."""
    percent: frozenset[int] = frozenset()
    """Leaves that were not written: the 100 that a per cent sign divides by."""


class NoArithmetic(ValueError):
    """A text that the grammar does not cover."""


def read_number(text: str) -> Fraction:
    """Return a decimal number as it is written, with or without thousands' commas.

    >>> read_number("1,250.50"), read_number(".5")
    (Fraction(2501, 2), Fraction(1, 2))
    """
    plain = text.replace(",", "").rstrip(".")
    if not re.fullmatch(r"\d+(?:\.\d+)?|\.\d+", plain) or len(plain) > 60:
        raise NoArithmetic(f"no number: {text[:40]!r}")
    return Fraction("0" + plain if plain.startswith(".") else plain)


def read_expression(text: str) -> Expression:
    """Return the expression that a text is. Raises `NoArithmetic` for anything else.

    >>> read_expression("200*40%").numbers
    (Fraction(200, 1), Fraction(40, 1), Fraction(100, 1))
    """
    if len(text) > LONGEST:
        raise NoArithmetic("too long")
    return _Reader(_tokens(text.translate(_SIGNS))).read()


def value_of(shape: Shape, leaves: Sequence[Fraction]) -> Fraction:
    """Return the value of an expression with numbers for its leaves. Raises `ZeroDivisionError`.

    >>> value_of(read_expression("(1+2)/4").shape, [Fraction(2), Fraction(3), Fraction(10)])
    Fraction(1, 2)
    """
    match shape:
        case Leaf(place):
            return leaves[place]
        case Negative(operand):
            return -value_of(operand, leaves)
        case Binary(sign, left, right):
            return _OPERATIONS[sign](value_of(left, leaves), value_of(right, leaves))


def differences(shape: Shape) -> Iterator[Binary]:
    """Yield every difference in an expression, outer ones first."""
    match shape:
        case Binary(sign, left, right):
            if sign == "-":
                yield shape
            yield from differences(left)
            yield from differences(right)
        case Negative(operand):
            yield from differences(operand)


def quotients(shape: Shape) -> Iterator[Binary]:
    """Yield every quotient in an expression, outer ones first."""
    match shape:
        case Binary(sign, left, right):
            if sign == "/":
                yield shape
            yield from quotients(left)
            yield from quotients(right)
        case Negative(operand):
            yield from quotients(operand)


def as_python(shape: Shape, leaves: Sequence[str]) -> str:
    """Return the source of an expression with names for its leaves; quotients are exact.

    >>> as_python(read_expression("(1+2)/4").shape, ["a", "b", "c"])
    'Fraction(a + b) / c'
    """
    return _written(shape, leaves)[0]


def _written(shape: Shape, leaves: Sequence[str]) -> tuple[str, int]:
    """Return source and how tightly it binds: 0 for sums, 1 for products, 2 for what needs no brackets."""
    match shape:
        case Leaf(place):
            return leaves[place], 2
        case Negative(operand):
            text, tight = _written(operand, leaves)
            return f"-{text if tight == 2 else f'({text})'}", 1
        case Binary(sign, left, right):
            level = 0 if sign in "+-" else 1
            first, tight = _written(left, leaves)
            if sign == "/":
                first = f"Fraction({first})"
            elif tight < level:
                first = f"({first})"
            second, tight = _written(right, leaves)
            if tight < level or (tight == level and sign in "-/"):
                second = f"({second})"
            return f"{first} {sign} {second}", level


_OPERATIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise NoArithmetic(f"not arithmetic: {text[place : place + 40]!r}")
        found.append(match[1])
        place = match.end()
    return found


class _Reader:
    """Reads tokens by recursive descent."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._place = tokens, 0
        self._numbers: list[Fraction] = []
        self._percent: set[int] = set()

    def read(self) -> Expression:
        shape = self._sum()
        if self._place != len(self._tokens):
            raise NoArithmetic(f"not expected: {self._tokens[self._place]!r}")
        return Expression(shape, tuple(self._numbers), frozenset(self._percent))

    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self._place += 1
        return token

    def _sum(self) -> Shape:
        shape = self._product()
        while self._next() in ("+", "-"):
            sign = self._take()
            shape = Binary(sign, shape, self._product())
        return shape

    def _product(self) -> Shape:
        shape = self._signed()
        while self._next() in ("*", "/"):
            sign = self._take()
            shape = Binary(sign, shape, self._signed())
        return shape

    def _signed(self) -> Shape:
        if self._next() in ("+", "-"):
            return Negative(self._signed()) if self._take() == "-" else self._signed()
        shape = self._primary()
        while self._next() == "%":
            self._take()
            self._percent.add(len(self._numbers))
            shape = Binary("/", shape, self._leaf(Fraction(100)))
        return shape

    def _primary(self) -> Shape:
        token = self._take()
        if token == "(":
            shape = self._sum()
            if self._take() != ")":
                raise NoArithmetic("a bracket is not closed")
            return shape
        if not token or token in "+-*/)%":
            raise NoArithmetic("a number is missing")
        return self._leaf(read_number(token))

    def _leaf(self, value: Fraction) -> Leaf:
        self._numbers.append(value)
        return Leaf(len(self._numbers) - 1)
