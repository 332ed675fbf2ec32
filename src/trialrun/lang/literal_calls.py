"""Literals in Python text that may be anybody's, as values: an expression, or the arguments of a call.

Nothing is run and nothing raises: what is no literal, or too much for the parser, gives None.

Leaves out: literals in the other direction (`literals.py` writes them).
"""

import ast
from dataclasses import dataclass, field
from typing import Any

from trialrun.lang.scopes import Unparseable, parse

_REFUSALS = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError)
"""How `ast.literal_eval` says no: `{[]: 1}` is a literal of an unhashable key."""


@dataclass(frozen=True, slots=True)
class Read:
    """A value that was read; None is one, too."""

    value: Any


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments of a call, all of them literals."""

    positional: list[Any]
    named: dict[str, Any] = field(default_factory=dict)


def read_literal(text: str) -> Read | None:
    """Return the value of a text that is one literal.

    >>> read_literal(" (1, 'a') "), read_literal("f(1)"), read_literal("{[]: 1}")
    (Read(value=(1, 'a')), None, None)
    """
    node = expression(text)
    try:
        return None if node is None else Read(ast.literal_eval(node))
    except _REFUSALS:
        return None


def expression(text: str) -> ast.expr | None:
    """Return the syntax tree of a text that is one expression, or None."""
    tree = parse(text.strip())
    if isinstance(tree, Unparseable):
        return None
    match tree.body:
        case [ast.Expr(value=value)]:
            return value
    return None


def read_arguments(call: ast.Call) -> Arguments | None:
    """Return the arguments of a call, or None where one is no literal, or is spread by a star.

    >>> read_arguments(expression("f(1, [2], k=3)")), read_arguments(expression("f(x)"))
    (Arguments(positional=[1, [2]], named={'k': 3}), None)
    """
    try:
        positional = [ast.literal_eval(argument) for argument in call.args]
        named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    except _REFUSALS:
        return None
    known = {name: value for name, value in named.items() if name is not None}
    return Arguments(positional, known) if len(known) == len(call.keywords) else None
