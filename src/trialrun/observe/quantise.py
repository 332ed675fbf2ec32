"""TRACED's labels: what kind of value each variable of the source has, in 17 classes, with its kind and its type.

    UNKNOWN        nothing is known: read before any write that the trace shows, or written again before the block ended
    NOT_REACHED    the statement did not run
    KNOWN          there is a value, and none of the other classes fits (a complex number, an int without a sign)
    NULL, NOT_NULL None, and any object that is no number, truth value or character
    ALPHA, NOT_ALPHA  a text of one character
    TRUE, FALSE, NAN, ZERO
    POSITIVE_ and NEGATIVE_ with VS, REG, VL   very small, regular and very large by absolute value

TRACED's bounds are not in its released code, so they are fields here. Its kinds and types are those of C; a Python
value takes the nearest: a text is an array of char, a list an array of its first item's type, None and instances are
pointers.
A label belongs to a variable where it stands in the source; of several times that it ran the last counts, or the first.

Leaves out: C and its debuggers, tokenising (labels carry line and column). Source: TRACED (2024).
"""

import enum
import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from trialrun.core import values
from trialrun.core.parse_values import parse
from trialrun.core.printable import printable
from trialrun.core.trace import Event, Level, Trace, Value
from trialrun.lang.blocks import TEST
from trialrun.lang.regions import Facts, facts_of
from trialrun.observe.headings import headings
from trialrun.observe.steps import walk
from trialrun.observe.tokens import Token, tokens_of


class ValueClass(enum.StrEnum):
    """TRACED's 17 value classes."""

    UNKNOWN = "UNKNOWN"
    KNOWN = "KNOWN"
    NULL = "NULL"
    NOT_NULL = "NOT_NULL"
    ALPHA = "ALPHA"
    NOT_ALPHA = "NOT_ALPHA"
    ZERO = "ZERO"
    POSITIVE_VS = "POSITIVE_VS"
    POSITIVE_REG = "POSITIVE_REG"
    POSITIVE_VL = "POSITIVE_VL"
    NEGATIVE_VS = "NEGATIVE_VS"
    NEGATIVE_REG = "NEGATIVE_REG"
    NEGATIVE_VL = "NEGATIVE_VL"
    NAN = "NAN"
    TRUE = "TRUE"
    FALSE = "FALSE"
    NOT_REACHED = "NOT_REACHED"


Kind = Literal["basic", "array", "pointer"]
Type = Literal["int", "float", "double", "char", "bool", "void"]
_ARRAYS = (
    values.LIST,
    values.TUPLE,
    values.SET,
    values.FROZENSET,
    values.DEQUE,
    values.RANGE,
    values.BYTEARRAY,
)


class Quantised(NamedTuple):
    """A value's three labels."""

    kind: Kind
    type: Type
    value: ValueClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiser:
    """Bounds of the sizes, and which of several times counts."""

    very_small: float = 10
    """Largest absolute value that is very small."""
    very_large: float = 10_000
    """Absolute value above which a number is very large."""
    when: Literal["first", "last"] = "last"
    """Which run of a statement its labels are from."""

    def of(self, value: Value) -> Quantised:
        """Return the labels of a value; of one that is no value by its bytes UNKNOWN."""
        try:
            tree = parse(value.data)
        except values.Malformed:
            return Quantised("pointer", "void", ValueClass.UNKNOWN)
        if type(tree) is tuple and tree[0] == values.OPAQUE and value.type_name == "int":
            return Quantised("basic", "int", ValueClass.KNOWN)  # so large that only its length was kept
        return self._of(tree)

    def _of(self, tree: Any) -> Quantised:
        if tree is None:
            return Quantised("pointer", "void", ValueClass.NULL)
        if isinstance(tree, bool):
            return Quantised("basic", "bool", ValueClass.TRUE if tree else ValueClass.FALSE)
        if isinstance(tree, int | float):
            return Quantised("basic", "int" if isinstance(tree, int) else "double", self._size(tree))
        if isinstance(tree, complex):
            return Quantised("basic", "double", ValueClass.KNOWN)
        if isinstance(tree, str) and len(tree) == 1:
            is_alpha = tree.isascii() and tree.isalpha()
            return Quantised("basic", "char", ValueClass.ALPHA if is_alpha else ValueClass.NOT_ALPHA)
        if isinstance(tree, str | bytes):
            return Quantised("array", "char", ValueClass.NOT_NULL)
        if type(tree) is tuple and tree[0] == values.SUBCLASS:
            inner = tree[2]
            if not (type(inner) is tuple and inner[0] in (values.DICT, values.OPAQUE)):
                return self._of(inner)
        if type(tree) is tuple and tree[0] in _ARRAYS:
            return Quantised("array", self._item_type(tree), ValueClass.NOT_NULL)
        return Quantised("pointer", "void", ValueClass.NOT_NULL)

    def _size(self, number: float) -> ValueClass:
        if isinstance(number, float) and math.isnan(number):
            return ValueClass.NAN
        if number == 0:
            return ValueClass.ZERO
        size = "VS" if abs(number) <= self.very_small else "VL" if abs(number) > self.very_large else "REG"
        return ValueClass(f"{'POSITIVE' if number > 0 else 'NEGATIVE'}_{size}")

    def _item_type(self, tree: tuple[Any, ...]) -> Type:
        if tree[0] == values.RANGE:
            return "int"
        if tree[0] == values.BYTEARRAY:
            return "char"
        items = values.children_of(tree)
        if not items or type(items[0]) is tuple:
            return "void"
        found = self._of(items[0])
        return found.type if found.kind == "basic" else "void"


class Label(NamedTuple):
    """A variable where it stands in the source, and what it held there."""

    line: int
    column: int
    """From 0, in characters of UTF-8 bytes as `ast` counts them."""
    name: str
    labels: Quantised


UNKNOWN = Quantised("pointer", "void", ValueClass.UNKNOWN)
NOT_REACHED = Quantised("pointer", "void", ValueClass.NOT_REACHED)


def labels(trace: Trace, quantiser: Quantiser | None = None) -> list[Label]:
    """Return a label for each variable in the traced source, in the order of the text.

    Empty where the trace is not at level `summaries`, or its source is not the one whose blocks it has.
    """
    quantiser = quantiser or Quantiser()
    known = facts_of(trace.sources[0][1]) if trace.sources else None
    if trace.level is not Level.SUMMARIES or not isinstance(known, Facts) or known.infos()[1] != trace.blocks:
        return []
    found = _States(trace, known, quantiser.when)
    made: list[Label] = []
    for token in tokens_of(known.layout):
        row = found.row(token)
        if row is None:
            reached = found.is_reached(token)
            made.append(Label(token.line, token.column, token.name, UNKNOWN if reached else NOT_REACHED))
        else:
            held = quantiser.of(trace.values[trace.value[row]])
            made.append(Label(token.line, token.column, token.name, held))
    return sorted(made, key=lambda one: one[:3])


class _States:
    """For each block the variables before and after it, of the run that counts."""

    def __init__(self, trace: Trace, known: Facts, when: str) -> None:
        self.before: dict[int, dict[str, int]] = {}
        self.after: dict[int, dict[str, int]] = {}
        self.given: dict[int, dict[str, int]] = {}
        """Code → what a call was given."""
        self.stopped: dict[int, int] = {}
        """Block → line of the exception that left it."""
        self.interrupted: dict[int, dict[str, int]] = {}
        """Block → variables before it, where an exception left it."""
        self.has_lines = Event.LINE in trace.kind
        self.lines = frozenset(trace.lines())
        self.first = when == "first"
        self._heads: dict[tuple[int, int], int] = {}
        for block in known.layout.blocks:
            for first, last in block.lines() if block.role == TEST else ():
                self._heads.update({(block.code, line): block.index for line in range(first, last + 1)})
        for step, bound, before in walk(trace):
            code = trace.code[step.event]
            if step.kind is Event.CALL:
                self._put(self.given, code, bound)
                continue
            for line in step.lines:
                if (code, line) in self._heads:
                    self._put(self.before, self._heads[code, line], before)
            if step.kind in (Event.BLOCK, Event.RETURN):
                self._put(self.before, step.block, before)
                self._put(self.after, step.block, {**before, **bound})
            elif step.block >= 0:
                self.stopped[step.block] = max(step.line, self.stopped.get(step.block, 0))
                self._put(self.interrupted, step.block, before)

    def _put(self, where: dict[int, dict[str, int]], key: int, rows: dict[str, int]) -> None:
        if not self.first or key not in where:
            where[key] = rows

    def row(self, token: Token) -> int | None:
        """Return the binding that shows what a variable held; None where that is not known."""
        if token.block < 0:
            return self.given.get(token.code, {}).get(token.name)
        where = self.before if token.when == "before" else self.after
        if token.block not in where and token.when == "before" and self.is_reached(token):
            where = self.interrupted
        return where.get(token.block, {}).get(token.name) if token.when != "between" else None

    def is_reached(self, token: Token) -> bool:
        """Say whether a statement ran, as far as the trace shows."""
        if token.block < 0:
            return token.code in self.given
        if token.block in self.after or token.block in self.before:
            return True
        if token.block in self.stopped:
            return token.statement_line <= self.stopped[token.block]
        return token.statement_line in self.lines if self.has_lines else token.is_test


def render(trace: Trace) -> str:
    """Return the source, below each line the labels of its variables."""
    found: dict[int, list[Label]] = {}
    for label in labels(trace):
        found.setdefault(label.line, []).append(label)
    out = headings(trace)
    if not found:
        out.append("no labels: they need values as they were (level summaries) and the source of the trace")
    out.append("")
    lines = trace.sources[0][1].split("\n") if trace.sources else []
    for number, text in enumerate(lines[:_LINES], 1):
        out.append(f"{number:>5}  {printable(text, 400)}".rstrip())
        own = found.get(number, [])[:_LABELS]
        if own:
            said = (f"{printable(one.name, 60)}: {' '.join(one.labels)}" for one in own)
            out.append("       ^ " + ", ".join(said))
    if len(lines) > _LINES:
        out.append(f"… {len(lines) - _LINES:,} more lines")
    return "\n".join(out) + "\n"


_LINES, _LABELS = 20_000, 50
