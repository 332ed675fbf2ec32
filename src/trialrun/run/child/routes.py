"""What a tree says before it runs: which way of a test leads to more statements, and what is about invented values.

Three walks: `Facts` (undefined names and everything assigned from them, so that a test or a failing expression is
known to be about what was invented; the better way of each `if`, by the number of statements that it leads to),
`needs_function` (what only a function may hold) and `bound_names`.

Insensitive to flow, so a name that is invented in one place counts as invented in all. Runs on both sides of the
sandbox: standard library only, Python 3.9 syntax.

Leaves out: types.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable
from typing import Any

PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_KNOWN = frozenset(dir(builtins)) | {"__name__", "__file__", "exit", "quit"}
_LIBRARY = frozenset(getattr(sys, "stdlib_module_names", sys.builtin_module_names))
"""Modules that are there; before Python 3.10 only the few that are built in are known by name."""
_DECORATED_ONLY = ("staticmethod", "classmethod", "property")


class Facts:
    """What is known of a snippet before it runs."""

    def __init__(self, tree: ast.Module) -> None:
        self.better: dict[int, bool] = {}
        """Which way of an `if`, by the identity of its node, leads to more statements."""
        self.attributes: set[str] = set()
        self.invented: set[str] = set()
        self._find_names(tree)
        self._spread(tree)
        self._count(tree.body, 0)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._count(node.body, 0)

    # -- invented values

    def _find_names(self, tree: ast.Module) -> None:
        bound: set[str] = set()
        read: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                bound.add(node.name)
                self.attributes.add(node.name)
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
                self.invented.add(node.arg)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                self._find_imports(node, bound)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                bound.add(node.name)
            elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                self.attributes.add(node.attr)
            elif isinstance(node, ast.ClassDef):
                bound.add(node.name)
        self.invented |= read - bound - _KNOWN
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self.attributes |= bound_names(node.body, set())

    def _find_imports(self, node: Any, bound: set[str]) -> None:
        for alias in node.names:
            name = (alias.asname or alias.name).partition(".")[0]
            bound.add(name)
            module = getattr(node, "module", None) or alias.name
            if getattr(node, "level", 0) or module.partition(".")[0] not in _LIBRARY:
                self.invented.add(name)

    def _spread(self, tree: ast.Module) -> None:
        """Add every name that is assigned from an invented one, until there is none more."""
        flows: list[tuple[Any, Any]] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                flows += [(target, node.value) for target in node.targets]
            elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
                flows.append((node.target, node.value))
            elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
                flows.append((node.target, node.iter))
            elif isinstance(node, ast.withitem) and node.optional_vars is not None:
                flows.append((node.optional_vars, node.context_expr))
        changed = True
        while changed:
            changed = False
            for target, value in flows:
                names = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
                if not names <= self.invented and self.about_invented(value):
                    self.invented |= names
                    changed = True

    def about_invented(self, node: ast.AST) -> bool:
        """Say whether an expression reads something that may be invented."""
        return any(isinstance(part, ast.Name) and part.id in self.invented for part in ast.walk(node))

    # -- ways

    def ends(self, body: list[ast.stmt]) -> bool:
        """Say whether control never gets past a block."""
        for node in body:
            if isinstance(node, (ast.Return, ast.Raise, ast.Break, ast.Continue)) or is_exit(node):
                return True
            if isinstance(node, ast.If) and node.orelse and self.ends(node.body) and self.ends(node.orelse):
                return True
            if isinstance(node, (ast.With, ast.AsyncWith)) and self.ends(node.body):
                return True
        return False

    def leaves(self, body: list[ast.stmt]) -> bool:
        """Say whether a block leaves the function (or the module)."""
        last = body[-1]
        return isinstance(last, (ast.Return, ast.Raise)) or is_exit(last)

    def _count(self, body: list[ast.stmt], after: int) -> int:
        """Return how many statements the best way through a block and what follows it runs."""
        for node in reversed(body):
            after = self._count_one(node, after)
        return after

    def _count_one(self, node: Any, after: int) -> int:
        if isinstance(node, ast.If):
            yes, no = 1 + self._count(node.body, after), self._count(node.orelse, after)
            self.better[id(node)] = yes > no or (yes == no and not self.ends(node.body))
            return max(yes, no)
        if isinstance(node, (ast.Return, ast.Raise, ast.Break, ast.Continue)) or is_exit(node):
            return 1
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            return 1 + self._count(node.body, 0) + self._count(node.orelse, after)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            return 1 + self._count(node.body, after)
        if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            for handler in node.handlers:
                self._count(handler.body, after)
            return 1 + self._count(node.body, self._count(node.orelse, self._count(node.finalbody, after)))
        if type(node).__name__ == "Match":
            return after + max(1 + self._count(case.body, 0) for case in node.cases)
        if isinstance(node, ast.ClassDef):
            return 1 + self._count(node.body, after)
        return 1 + after


def is_exit(node: Any) -> bool:
    """Say whether a statement is a call of `exit` or `quit`, by whatever name they have."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    function = node.value.func
    if isinstance(function, ast.Name):
        return function.id in ("exit", "quit")
    return isinstance(function, ast.Attribute) and function.attr in ("exit", "quit", "_exit")


def has_break(body: list[ast.stmt]) -> bool:
    """Say whether a loop's body breaks out of that loop."""
    waiting: list[Any] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Break):
            return True
        if not isinstance(node, (*_SCOPES, ast.For, ast.AsyncFor, ast.While)):
            waiting.extend(ast.iter_child_nodes(node))
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            waiting.extend(node.orelse)
    return False


def catches_import(handler: ast.ExceptHandler) -> bool:
    """Say whether a handler catches an import that fails."""
    if handler.type is None:
        return True
    names = [getattr(part, "id", getattr(part, "attr", "")) for part in ast.walk(handler.type)]
    return any(name in ("ImportError", "ModuleNotFoundError", "Exception", "BaseException") for name in names)


def can_wait(node: ast.expr) -> bool:
    """Say whether an expression means the same inside a lambda."""
    later = (ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr, ast.Starred)
    return not any(isinstance(part, later) for part in ast.walk(node))


def needs_function(tree: ast.Module) -> str:
    """Return what alone may hold the top level: `function`, `generator`, `coroutine` or `both`; empty for a module."""
    found: set[str] = set()
    waiting: list[Any] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, _SCOPES):
            waiting.extend(getattr(node, "decorator_list", ()))
            continue
        if isinstance(node, ast.Return):
            found.add("function")
        elif isinstance(node, (ast.Yield, ast.YieldFrom)):
            found.add("generator")
        elif isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) or (
            isinstance(node, ast.comprehension) and node.is_async
        ):
            found.add("coroutine")
        waiting.extend(ast.iter_child_nodes(node))
    if {"generator", "coroutine"} <= found:
        return "both"
    return next((kind for kind in ("coroutine", "generator", "function") if kind in found), "")


def bound_names(body: Iterable[ast.stmt], names: set[str], everywhere: bool = False) -> set[str]:
    """Return `names` and those that statements bind in their own scope, less what they declare global or nonlocal.

    With `everywhere` those as well.
    """
    found, elsewhere = set(names), set()
    waiting: list[Any] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
            waiting.extend(node.decorator_list)
            continue
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, _COMPREHENSIONS):
            walrus = [part.target.id for part in ast.walk(node) if isinstance(part, ast.NamedExpr)]
            found.update(walrus)
            continue
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(
                (item.asname or item.name).partition(".")[0] for item in node.names if item.name != "*"
            )
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            elsewhere.update(node.names)
        elif type(node).__name__ in ("MatchAs", "MatchStar") and node.name:
            found.add(node.name)
        elif type(node).__name__ == "MatchMapping" and node.rest:
            found.add(node.rest)
        waiting.extend(ast.iter_child_nodes(node))
    return found | elsewhere if everywhere else found - elsewhere
