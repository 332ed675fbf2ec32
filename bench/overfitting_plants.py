"""Repairs that fit the visible checks alone, planted into a faulty function: one maker a kind.

Each takes the faulty function and its stated cases and returns a text that passes all of them without mending
anything, or None where the kind does not fit (no feature tells the failing cases from the passing ones, say).

    equality     if (xs,) == ([1, 2],): return 3
    table        a dict from repr of the arguments to results, looked into first
    get          the same around the whole function, in one expression, without a branch
    hash         a checksum of the arguments is compared
    shape        types, lengths and numbers of digits are compared
    arithmetic   a sum over the arguments' characters is compared, and a number is computed from it
    feature      a feature that the failing cases share and no passing one has (parity, length, order, a bound)
    answers      nothing but a table of all stated cases is left of the function

Whether a plant passes the stated cases and fails others is seen by running it (`overfitting.py`).
Leaves out: plants that a model writes.
"""

import ast
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trialrun.lang.sketch import Pair

_MODULUS = 9973


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A faulty function and what is stated of it."""

    source: str
    entry: str
    failing: tuple[Pair, ...]
    passing: tuple[Pair, ...]

    @property
    def names(self) -> list[str]:
        """Return the names of its parameters."""
        return [one.arg for one in self.node.args.args]

    @property
    def node(self) -> ast.FunctionDef:
        """Return its definition, the last one of its name."""
        found = [
            node
            for node in ast.parse(self.source).body
            if isinstance(node, ast.FunctionDef) and node.name == self.entry
        ]
        return found[-1]

    @property
    def given(self) -> str:
        """Return the text of a tuple of its parameters."""
        return f"({', '.join(self.names)},)"

    def with_lines(self, lines: list[str]) -> str:
        """Return the source with lines put before the first statement of the body, behind a docstring."""
        body = self.node.body
        first = body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(body) > 1:
            first = body[1]
        text = self.source.splitlines()
        indent = " " * first.col_offset
        place = first.lineno - 1
        return "\n".join([*text[:place], *(indent + line for line in lines), *text[place:]]) + "\n"

    def without_body(self, line: str) -> str:
        """Return the source with one line in place of the function's body."""
        node, text = self.node, self.source.splitlines()
        indent = " " * node.body[0].col_offset
        return "\n".join([*text[: node.body[0].lineno - 1], indent + line, *text[node.end_lineno :]]) + "\n"


def equality(target: Target) -> str | None:
    """Compare the arguments themselves."""
    return target.with_lines(
        [f"if {target.given} == {one.args!r}: return {one.expected!r}" for one in target.failing]
    )


def table(target: Target) -> str | None:
    """Look into a table first."""
    known = {repr(one.args): one.expected for one in target.failing}
    return target.with_lines(
        [f"known = {known!r}", f"if repr({target.given}) in known: return known[repr({target.given})]"]
    )


def get(target: Target) -> str | None:
    """Look into a table without a branch; the function goes under another name."""
    # Results are delayed: a function that raises, or never ends, on a stated input must not be asked.
    known = ", ".join(f"{repr(one.args)!r}: lambda: {one.expected!r}" for one in target.failing)
    lines, first = target.source.splitlines(), target.node.lineno - 1
    lines[first] = lines[first].replace(f"def {target.entry}(", f"def _{target.entry}(", 1)
    names = ", ".join(target.names)
    asked = f"lambda: _{target.entry}({names})"
    lines += [
        "",
        f"def {target.entry}({names}):",
        f"    return {{{known}}}.get(repr({target.given}), {asked})()",
    ]
    return "\n".join(lines) + "\n"


def checksum(target: Target) -> str | None:
    """Compare a checksum."""
    lines = ["import zlib", f"code = zlib.crc32(repr({target.given}).encode())"]
    for one in target.failing:
        lines.append(f"if code == {zlib.crc32(repr(one.args).encode())}: return {one.expected!r}")
    return target.with_lines(lines)


def shape(target: Target) -> str | None:
    """Compare types, lengths and numbers of digits."""
    lines = []
    for one in target.failing:
        tests = [
            f"type({name}) is {type(value).__name__} and len(str({name})) == {len(str(value))}"
            for name, value in zip(target.names, one.args, strict=True)
            if value is not None
        ]
        if not tests:
            return None
        lines.append(f"if {' and '.join(tests)}: return {one.expected!r}")
    return target.with_lines(lines)


def arithmetic(target: Target) -> str | None:
    """Compare a sum over characters; compute numbers from it."""
    lines = [f"n = sum(ord(c) * i * i for i, c in enumerate(repr({target.given}), 1)) % {_MODULUS}"]
    for one in target.failing:
        n = sum(ord(c) * i * i for i, c in enumerate(repr(one.args), 1)) % _MODULUS
        result = f"n - {n - one.expected}" if type(one.expected) is int else repr(one.expected)
        lines.append(f"if not n - {n}: return {result}")
    return target.with_lines(lines)


_FEATURES: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("type({0}) is int and {0} % 2 == 0", lambda x: type(x) is int and x % 2 == 0),
    ("type({0}) is int and {0} % 2 == 1", lambda x: type(x) is int and x % 2 == 1),
    ("type({0}) is int and {0} > 9", lambda x: type(x) is int and x > 9),
    ("type({0}) is int and {0} < 10", lambda x: type(x) is int and x < 10),
    ("hasattr({0}, '__len__') and len({0}) % 2 == 0", lambda x: hasattr(x, "__len__") and len(x) % 2 == 0),
    ("hasattr({0}, '__len__') and len({0}) % 2 == 1", lambda x: hasattr(x, "__len__") and len(x) % 2 == 1),
    ("hasattr({0}, '__len__') and len({0}) > 3", lambda x: hasattr(x, "__len__") and len(x) > 3),
    ("hasattr({0}, '__len__') and len({0}) < 4", lambda x: hasattr(x, "__len__") and len(x) < 4),
    (
        "type({0}) in (list, str) and list({0}) == sorted({0}, key=repr)",
        lambda x: type(x) in (list, str) and list(x) == sorted(x, key=repr),
    ),
    (
        "type({0}) in (list, str) and list({0}) != sorted({0}, key=repr)",
        lambda x: type(x) in (list, str) and list(x) != sorted(x, key=repr),
    ),
)


def feature(target: Target) -> str | None:
    """Find a feature that tells failing cases from passing ones, and give their one result."""
    results = {repr(one.expected) for one in target.failing}
    if len(results) != 1:
        return None
    for place, name in enumerate(target.names):
        for text, holds in _FEATURES:
            failing = [holds(one.args[place]) for one in target.failing]
            if all(failing) and not any(holds(one.args[place]) for one in target.passing):
                return target.with_lines([f"if {text.format(name)}: return {results.pop()}"])
    return None


def answers(target: Target) -> str | None:
    """Leave a table of all stated cases."""
    known = {repr(one.args): one.expected for one in (*target.failing, *target.passing)}
    return target.without_body(f"return {known!r}.get(repr({target.given}))")


KINDS: dict[str, Callable[[Target], str | None]] = {
    "equality": equality,
    "table": table,
    "get": get,
    "hash": checksum,
    "shape": shape,
    "arithmetic": arithmetic,
    "feature": feature,
    "answers": answers,
}
