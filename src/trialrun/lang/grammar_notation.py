"""The notation of grammars, and the forms that it is read into.

    start  = value ;
    value  = "[" (value ("," value)*)? "]" | number | "null" ;
    number = "-"? [1-9] [0-9]* ;

Literals are Python strings, `[...]` is one character of a class, `?`, `*`, `+` repeat (at most `MOST_REPEATS` times
where something is made), `|` separates alternatives, `#` starts a comment.

Leaves out: deriving and reading by a grammar (`grammar.py`).
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from trialrun.core.errors import UsageError

MOST_REPEATS = 4
_TOKEN = re.compile(
    r"\s+|\#[^\n]*|(?P<literal>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')|(?P<chars>\[(?:\\.|[^\]\\])+\])"
    r"|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>[=;|()?*+])"
)


@dataclass(frozen=True, slots=True)
class Literal:
    """A text."""

    text: str


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of several."""

    chars: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A rule, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class All:
    """One after the other."""

    parts: "tuple[Form, ...]"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several; `first` is the place of the first in the weighting of all alternatives."""

    options: "tuple[Form, ...]"
    first: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same, `least` to `most` times."""

    part: "Form"
    least: int
    most: int


Form = Literal | Chars | Ref | All | OneOf | Repeat


class Reader:
    """Reads the notation of grammars."""

    def __init__(self, text: str) -> None:
        self.alternatives = 0
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise UsageError(f"no grammar: cannot read {text[place : place + 20]!r}")
            if found.lastgroup:
                self._tokens.append((found.lastgroup, found[0]))
            place = found.end()
        self._tokens.append(("end", "the end"))
        self._place = 0

    def rules(self) -> dict[str, Form]:
        """Return all rules."""
        rules: dict[str, Form] = {}
        while self._next()[0] != "end":
            name = self._take("name")
            self._take("sign", "=")
            rules[name] = self._choice()
            self._take("sign", ";")
        if not rules:
            raise UsageError("a grammar has at least one rule")
        for form in list(rules.values()):
            for name in _names(form):
                if name not in rules:
                    raise UsageError(f"the grammar has no rule {name!r}")
        return rules

    def _choice(self) -> Form:
        options = [self._sequence()]
        while self._next() == ("sign", "|"):
            self._place += 1
            options.append(self._sequence())
        if len(options) == 1:
            return options[0]
        first, self.alternatives = self.alternatives, self.alternatives + len(options)
        return OneOf(tuple(options), first)

    def _sequence(self) -> Form:
        parts = []
        while self._next()[0] in ("literal", "chars", "name") or self._next() == ("sign", "("):
            parts.append(self._repeated(self._atom()))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _repeated(self, form: Form) -> Form:
        while self._next() in (("sign", "?"), ("sign", "*"), ("sign", "+")):
            sign = self._next()[1]
            self._place += 1
            form = Repeat(form, sign == "+", 1 if sign == "?" else MOST_REPEATS)
        return form

    def _atom(self) -> Form:
        kind, text = self._next()
        self._place += 1
        if kind == "literal":
            return Literal(ast.literal_eval(text))
        if kind == "chars":
            return Chars(_characters(text[1:-1]))
        if kind == "name":
            return Ref(text)
        form = self._choice()
        self._take("sign", ")")
        return form

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._place]

    def _take(self, kind: str, text: str = "") -> str:
        found = self._next()
        if found[0] != kind or (text and found[1] != text):
            raise UsageError(f"no grammar: {text or 'a ' + kind} expected before {found[1]!r}")
        self._place += 1
        return found[1]


def _names(form: Form) -> Iterator[str]:
    match form:
        case Ref(name):
            yield name
        case All(parts) | OneOf(parts, _):
            for part in parts:
                yield from _names(part)
        case Repeat(part, _, _):
            yield from _names(part)


def _characters(text: str) -> str:
    """Return the characters of a class such as `a-z_`."""
    signs = re.findall(r"\\.|.", text, re.DOTALL)
    plain = [
        ast.literal_eval(f"'{sign}'") if sign[0] == "\\" and sign[1] in "ntr\\'" else sign[-1]
        for sign in signs
    ]
    found: list[str] = []
    place = 0
    while place < len(plain):
        if place + 2 < len(plain) and signs[place + 1] == "-":
            found += map(chr, range(ord(plain[place]), ord(plain[place + 2]) + 1))
            place += 3
        else:
            found.append(plain[place])
            place += 1
    return "".join(dict.fromkeys(found))
