"""Runs the four operations of a problem generator in the sandbox, and reads what they return.

A generator is a program with a class: `original()` and `sample(seed)` return parameters (a dict of plain values;
`sample` returns None where a draw was of no use), `render(parameters)` the problem's text, `solve(parameters)` its
answer. Every value comes out as canonical bytes and is read with bounds: parameters are built from plain values only,
an answer becomes a value of mathematics. Chance and clock are not frozen: who is not the same twice is to be found out.

Leaves out: what follows from the answers (`efa.py`).
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from trialrun.core import values
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.math_answer import Answer, read_answer
from trialrun.lang.scopes import Unparseable
from trialrun.lang.scopes import parse as parse_source
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.sandbox import Sandbox

OPERATIONS = ("original", "sample", "render", "solve")
MODULES = ("fractions", "random")
"""Modules that generators import more often than other programs do."""
_DRIVER = "__trialrun_generator__"
_LONGEST_TEXT = 20_000
_MOST_ITEMS = 2_000
_DEEPEST = 6
_MOST_BITS = 4_096

Parameters = dict[str, Any]


class Unreadable(ValueError):
    """What an operation returned is not what it should return."""


@dataclass(slots=True)
class Operations:
    """One generator's operations; each batch of calls has a job of its own."""

    sandbox: Sandbox
    program: Program
    limits: Limits
    cpu_s: float = 0.0
    """CPU seconds of all jobs so far."""
    _driven: Program = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.sandbox = self.sandbox.importing(MODULES)
        source = (
            f"{self.program.source}\n\n\ndef {_DRIVER}(operation, *arguments):\n"
            f"    return getattr({self.program.entry}(), operation)(*arguments)\n"
        )
        self._driven = Program.from_source(source, entry=_DRIVER)

    def missing(self) -> list[str]:
        """Return what the source lacks: the class, or operations in its body; all where it does not compile."""
        tree = parse_source(self.program.source)
        if isinstance(tree, Unparseable) or not str(self.program.entry).isidentifier():
            return ["a program"]
        found = [
            node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == self.program.entry
        ]
        if not found:
            return [f"class {self.program.entry}"]
        defined = {node.name for node in found[-1].body if isinstance(node, ast.FunctionDef)}
        return [name for name in OPERATIONS if name not in defined]

    def call(self, calls: Sequence[tuple[Any, ...]]) -> list[Execution]:
        """Make calls (operation, arguments…) in one job, in order; one that ends the job ends all after it too."""
        if not calls:
            return []
        encoded = encode_calls(_DRIVER, [Case(args=call) for call in calls])

        def spent(cpu_s: float, peak_mb: float) -> None:
            self.cpu_s += cpu_s

        done = list(
            run_cases(
                self.sandbox,
                self._driven,
                encoded,
                self.limits,
                until=lambda execution: execution.outcome not in (Outcome.RETURNED, Outcome.RAISED),
                account=spent,
            )
        )
        return done + [done[-1]] * (len(calls) - len(done))


def returned(execution: Execution) -> Any:
    """Return the lowered value of an execution. Raises `Unreadable` where it has none."""
    if execution.outcome is not Outcome.RETURNED or execution.value is None:
        raise Unreadable(execution.ending[:200])
    try:
        return parse(execution.value, limit=1 << 20)
    except values.Malformed as error:
        raise Unreadable(str(error)) from None


def read_parameters(execution: Execution) -> Parameters | None:
    """Return parameters; None where a draw was rejected. Raises `Unreadable`."""
    low = returned(execution)
    if low is None:
        return None
    found = _Plain().build(low)
    if type(found) is not dict or not found:
        raise Unreadable("parameters are no dict with names")
    return found


def read_text(execution: Execution) -> str:
    """Return a rendered text. Raises `Unreadable`."""
    low = returned(execution)
    if type(low) is not str or not low.strip() or len(low) > _LONGEST_TEXT:
        raise Unreadable("a text is no text, empty, or too long")
    return low


def read_solved(execution: Execution) -> Answer:
    """Return an answer as a value of mathematics. Raises `Unreadable`."""
    return _answer(_Plain().build(returned(execution)))


def _answer(value: Any) -> Answer:
    match value:
        case bool() | None:
            return str(value).lower()
        case int() | Fraction():
            return Fraction(value)
        case Decimal():
            return Fraction(value) if value.is_finite() else float(value)
        case float():
            return Fraction(int(value)) if value.is_integer() and abs(value) < 2**53 else value
        case str():
            return read_answer(value)
        case list() | tuple():
            return tuple(map(_answer, value))
        case frozenset():
            return frozenset(map(_answer, value))
    raise Unreadable("an answer of another type")


class _Plain:
    """Builds plain values from a lowered tree, few and small: what a hostile program chose is hashed nowhere else."""

    def __init__(self) -> None:
        self._left = _MOST_ITEMS

    def build(self, low: Any, depth: int = 0) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise Unreadable("too many values, or nested too deeply")
        if type(low) is not tuple:
            return self._atom(low)
        tag, *rest = low
        if tag == values.DICT:
            if not all(type(key) is str and len(key) <= 100 for key in rest[::2]):
                raise Unreadable("a name that is no text, or too long")
            return {key: self.build(item, depth + 1) for key, item in zip(rest[::2], rest[1::2], strict=True)}
        if tag in (values.LIST, values.TUPLE):
            items = [self.build(item, depth + 1) for item in rest]
            return items if tag == values.LIST else tuple(items)
        if tag in (values.SET, values.FROZENSET):
            if not all(type(item) in (int, str) or _is_fraction(item) for item in rest):
                raise Unreadable("a set of what is neither number nor text")
            return frozenset(self.build(item, depth + 1) for item in rest)
        if tag == values.FRACTION and self._atom(rest[0]) is not None and self._atom(rest[1]) > 0:
            return Fraction(*rest)
        if tag == values.DECIMAL and type(rest[2]) is int and abs(rest[2]) < 400 and len(rest[1]) < 400:
            return Decimal(
                (rest[0] & 1, tuple(int(digit) for digit in rest[1] if digit.isdecimal()), rest[2])
            )
        raise Unreadable("a value that is not plain")

    def _atom(self, value: Any) -> Any:
        if type(value) is int and value.bit_length() > _MOST_BITS:
            raise Unreadable("a number of too many digits")
        if type(value) is str and len(value) > _LONGEST_TEXT:
            raise Unreadable("a text that is too long")
        if type(value) not in (type(None), bool, int, float, str):
            raise Unreadable("a value that is not plain")
        return value


def _is_fraction(low: Any) -> bool:
    return type(low) is tuple and low[0] == values.FRACTION
