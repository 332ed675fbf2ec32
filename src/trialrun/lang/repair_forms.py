"""Repairs of an expression by its form: operands, constants, first values, calls, look-ups, what a generator yields.

Texts of the parts are kept as they are written. Leaves out: what suits any expression (`repair_expressions.py`).
"""

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from trialrun.lang.edited_text import ATOMS
from trialrun.lang.repair_scope import SEQUENCES, Scope

_PRODUCTS = (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_EMPTY = {"[]", "{}", "()", "set()", "list()", "dict()", "''", '""'}


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What to write in place of a node."""

    operator: str
    node: ast.expr | ast.stmt
    text: str
    atomic: bool = False
    """Whether the text needs no brackets anywhere."""
    is_sum: bool = False
    """Whether it is arithmetic, which needs brackets among arithmetic only."""


def held(node: ast.expr, scope: Scope, *, first: bool = False) -> str:
    """Return an expression as an operand; as the `first` one of a sum it needs fewer brackets."""
    text = scope.text.of(node)
    sums = (ast.Add, ast.Sub) if first else ()
    plain = isinstance(node, (*ATOMS, ast.ListComp)) or (
        isinstance(node, ast.BinOp) and isinstance(node.op, _PRODUCTS + sums)
    )
    return text if plain else f"({text})"


def by_form(node: ast.expr, scope: Scope) -> Iterator[Rewrite]:
    """Yield what might have been meant in place of an expression, by what it is made of."""
    match node:
        case ast.BinOp(left=left, right=right):
            for side in (left, right):
                yield Rewrite("operand-removal", node, scope.text.of(side), isinstance(side, ATOMS))
        case ast.Constant(value=value):
            yield from _constants(node, value, scope)
        case ast.List() | ast.Dict() | ast.Tuple() | ast.Call() if scope.text.of(node) in _EMPTY:
            yield from _initial(node, scope)
        case ast.Call():
            yield from _calls(node, scope)
        case ast.Subscript(value=value, slice=index) if scope.kind_of(value) in ("dict", ""):
            if not isinstance(index, ast.Slice | ast.UnaryOp):
                of, key = scope.text.of(value), scope.text.of(index)
                for default in ("0", "None", "[]", "''"):
                    yield Rewrite("default", node, f"{of}.get({key}, {default})", atomic=True)
        case ast.Yield(value=ast.expr() as value):
            yield Rewrite("yield", node, f"yield from {scope.text.of(value)}")
        case ast.YieldFrom(value=value):
            yield Rewrite("yield", node, f"yield {scope.text.of(value)}")


def _constants(node: ast.Constant, value: object, scope: Scope) -> Iterator[Rewrite]:
    if isinstance(value, str):
        for other in scope.strings:
            if other != value:
                yield Rewrite("text-constant", node, repr(other), atomic=True)
        return
    if isinstance(value, int | float) and not isinstance(value, bool):
        for name in scope.names:
            kind = scope.kinds.get(name, "")
            if kind == "number":
                yield Rewrite("initial", node, name, atomic=True)
            elif kind in SEQUENCES and kind:
                yield Rewrite("initial", node, f"len({name})", atomic=True)
                yield Rewrite("initial", node, f"{name}[0]", atomic=True)
        for new in ("2", "-1", "10", "float('inf')", "float('-inf')", "None"):
            yield Rewrite("initial", node, new, atomic=not new.startswith("-"))
    if value is None:
        yield from _initial(node, scope)


def _initial(node: ast.expr, scope: Scope) -> Iterator[Rewrite]:
    own = scope.text.of(node)
    for new in ("[]", "[[]]", "[0]", "[1]", "{}", "set()", "''", "0", "()", "None", "False"):
        if new != own:
            yield Rewrite("initial", node, new, atomic=True)
    for name in scope.names:
        yield Rewrite("initial", node, f"[{name}]", atomic=True)
        yield Rewrite("initial", node, name, atomic=True)


def _calls(node: ast.Call, scope: Scope) -> Iterator[Rewrite]:
    if any(isinstance(one, ast.Starred) for one in node.args):
        return
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    called, given = scope.text.of(node.func), [scope.text.of(one) for one in node.args]
    named = [f"{one.arg}={scope.text.of(one.value)}" for one in node.keywords if one.arg]
    if len(given) == 1 and not named:
        yield Rewrite("unwrap", node, given[0], isinstance(node.args[0], ATOMS))
    if isinstance(node.func, ast.Attribute):
        yield Rewrite("unwrap", node, scope.text.of(node.func.value), isinstance(node.func.value, ATOMS))
    for one, other in itertools.combinations(range(len(given)), 2):
        if given[one] != given[other]:
            order = [*given]
            order[one], order[other] = given[other], given[one]
            yield Rewrite("argument-swap", node, f"{called}({', '.join((*order, *named))})", atomic=True)
    if len(given) > 1:
        for place in range(len(given)):
            rest = ", ".join((*given[:place], *given[place + 1 :], *named))
            yield Rewrite("argument-removal", node, f"{called}({rest})", atomic=True)
    if name == "range" and len(given) == 1:
        yield Rewrite("range", node, f"range(1, {given[0]})", atomic=True)
        yield Rewrite("range", node, f"range(1, {given[0]} + 1)", atomic=True)
        yield Rewrite("range", node, f"range({given[0]} - 1, -1, -1)", atomic=True)
    if name in ("sorted", "sort", "max", "min") and not any(one.startswith("key=") for one in named):
        for key in ("len", "abs", "str"):
            arguments = ", ".join((*given, *named, f"key={key}"))
            yield Rewrite("keyword", node, f"{called}({arguments})", atomic=True)
    if name in ("max", "min") and len(given) == 1 and "default" not in "".join(named):
        arguments = ", ".join((*given, *named, "default=0"))
        yield Rewrite("keyword", node, f"{called}({arguments})", atomic=True)
