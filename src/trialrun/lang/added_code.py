"""What one text of a program has that an earlier one has not: decisions, and constants, with their lines.

A decision is a comparison, a condition, a handler, a lookup in a table that the text spells out, or a call that turns a
value into something to compare by (`hash`, `repr`, `id`). They are counted by kind, so that `<` in place of `<=` adds
none. A constant is a literal, nested ones included; one that the earlier text has as often is not new.

Docstrings, and statements at the top level that bind nothing (prints, asserts, what runs under `__main__`), are left
aside: repairs often bring their own examples along, and these decide nothing.

Leaves out: what is computed, what the difference means (`compare/overfitting.py`).
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.statements import is_main

_NODES = 20_000
"""Nodes of a text that are looked at."""
_KEYS = frozenset(("hash", "repr", "id", "str", "type", "ascii", "md5", "sha1", "sha256", "crc32", "dumps"))
"""Functions that make something of a value that tells it from others."""
_LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp)


@dataclass(frozen=True, slots=True)
class Decision:
    """A place that treats inputs differently."""

    line: int
    kind: str
    """`comparison`, `condition`, `handler`, `table`, or the name of the function that is called."""
    text: str
    """The source of it, as Python writes it."""


@dataclass(frozen=True, slots=True)
class Added:
    """What the later text has more."""

    decisions: tuple[Decision, ...] = ()
    constants: tuple[tuple[int, Any], ...] = ()
    """(line, value), in the order of the text."""


def added_code(old: str, new: str) -> Added:
    """Return what `new` has and `old` has not; nothing where one of them does not parse.

    >>> found = added_code("def f(x): return x", "def f(x):\\n    if x == [1, 2]: return 3\\n    return x")
    >>> [one.text for one in found.decisions], found.constants
    (['x == [1, 2]', 'x == [1, 2]'], ((2, [1, 2]), (2, 1), (2, 2), (2, 3)))
    """
    before, after = _live_nodes(old), _live_nodes(new)
    if before is None or after is None:
        return Added()
    return Added(tuple(_decisions(before, after)), tuple(_constants(before, after)))


def _live_nodes(source: str) -> list[ast.AST] | None:
    """Return the nodes that can matter, in the order of the text; None for a text that does not parse."""
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return None
    todo: list[ast.AST] = [node for node in reversed(tree.body) if not _is_inert(node)]
    found: list[ast.AST] = []
    while todo and len(found) < _NODES:
        node = todo.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        found.append(node)
        todo += reversed(list(ast.iter_child_nodes(node)))
    return found


def _is_inert(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr | ast.Assert) or is_main(node)


def _decisions(before: list[ast.AST], after: list[ast.AST]) -> Iterator[Decision]:
    """Yield decisions of kinds of which there are more now: those whose text is new."""
    old = [one for node in before if (one := _decision(node)) is not None]
    new = [one for node in after if (one := _decision(node)) is not None]
    more = Counter(one.kind for one in new)
    more.subtract(Counter(one.kind for one in old))
    known = Counter((one.kind, one.text) for one in old)
    for one in new:
        known[one.kind, one.text] -= 1
        if more[one.kind] > 0 and known[one.kind, one.text] < 0:
            yield one


def _decision(node: ast.AST) -> Decision | None:
    kind, shown = "", node
    match node:
        case ast.Compare():
            kind = "comparison"
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            kind, shown = "condition", test
        case ast.match_case(pattern=pattern):
            kind, shown = "condition", pattern
        case ast.comprehension(ifs=[first, *_]):
            kind, shown = "condition", first
        case ast.ExceptHandler(type=ast.expr() as caught):
            kind, shown = "handler", caught
        case ast.Dict(keys=[_, *_]):
            kind = "table"
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _KEYS:
            kind = name
    if not kind:
        return None
    return Decision(getattr(shown, "lineno", 0), kind, _written(shown))


def _written(node: ast.AST) -> str:
    try:
        return ast.unparse(node)[:200]
    except (RecursionError, ValueError):
        return "…"


def _constants(before: list[ast.AST], after: list[ast.AST]) -> Iterator[tuple[int, Any]]:
    known = Counter(key for node in before if (key := _literal_key(node)) is not None)
    for node in after:
        key = _literal_key(node)
        if key is None:
            continue
        known[key] -= 1
        if known[key] < 0:
            yield getattr(node, "lineno", 0), ast.literal_eval(key)


def _literal_key(node: ast.AST) -> str | None:
    """Return the text of a literal, by which equal ones of one type are found; None for what is none."""
    if not isinstance(node, _LITERALS) or (
        isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.USub)
    ):
        return None
    try:
        return repr(ast.literal_eval(node))[:100_000] if not _is_wide(node) else None
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _is_wide(node: ast.AST) -> bool:
    return any(place > 500 for place, _ in enumerate(ast.walk(node)))
