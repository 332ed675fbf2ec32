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
_READERS = ("open", "input")
_SURROUNDINGS = ("argv", "environ", "stdin")
"""What reads the surroundings of a program: they are not here, so what is read is invented."""


class Facts:
    """What is known of a snippet before it runs."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self.guarded: set[tuple[int, ...]] = set()
        """Places of expressions whose results are invented where they fail."""
        self.better: dict[int, bool] = {}
        """Which way of an `if`, by the identity of its node, leads to more statements."""
        self.late: dict[int, bool] = {}
        """Whether an `if` in a loop whose block leaves the loop is to be taken when the loop comes to it again."""
        self.attributes: set[str] = set()
        self.invented: set[str] = set()
        self.is_body = False
        """Whether `exit(…)` stands for `return` and `yield`, as in the published bodies of functions."""
        self.yields: set[int] = set()
        """Such statements that stand for `yield`, by their identity."""
        self._find_names(tree)
        self._spread(tree)
        self._find_exits(tree)
        self._count(tree.body, 0)
        if self.is_body or needs_function(tree):
            self.late.update(dict.fromkeys(map(id, ast.walk(tree)), True))  # it may be called again
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._count(node.body, 0)
                self.late.update(dict.fromkeys(map(id, ast.walk(node)), True))  # it is called again

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
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and (part.id in self.invented or part.id in _READERS):
                return True
            if isinstance(part, ast.Attribute) and part.attr in _SURROUNDINGS:
                return True
            if self.guarded and tuple(getattr(part, name, 0) for name in PLACE) in self.guarded:
                return True
        return False

    def guard(self, places: Iterable[tuple[int, int, int, int]]) -> None:
        """Take the results of more expressions for invented, and what is assigned from them."""
        fresh = set(places) - self.guarded
        if fresh:
            self.guarded |= fresh
            self._spread(self._tree)

    # -- exits that were returns

    def _find_exits(self, tree: ast.Module) -> None:
        """Tell exits that were `return` or `yield`: programs exit with numbers and texts, not inside expressions."""
        statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _named_exit(node) and node.args:
                value = node.args[0]
                told = isinstance(value, ast.Constant) and type(value.value) in (int, str)
                self.is_body |= not told or id(node) not in statements
        if self.is_body:
            inner = [
                node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            ]
            for body in (tree.body, *(function.body for function in inner)):
                self.yields.update(map(id, self._yields_in(body)))

    def _yields_in(self, body: list[ast.stmt]) -> list[Any]:
        """Return the exits of a function if one of them was a `yield`: it has statements behind it in its block."""
        found: list[Any] = []
        was_yield = False
        waiting = [body]
        while waiting:
            block = waiting.pop()
            for place, node in enumerate(block):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    continue
                calls = [
                    part for part in _own_parts(node) if isinstance(part, ast.Call) and _named_exit(part)
                ]
                if calls and is_exit(node):
                    was_yield |= place + 1 < len(block)
                    found += [node] if calls[0].args else []
                elif calls:
                    was_yield = True
                waiting += _blocks(node)
        return found if was_yield else []

    # -- ways

    def ends(self, body: list[ast.stmt]) -> bool:
        """Say whether control never gets past a block."""
        for node in body:
            if isinstance(node, (ast.Return, ast.Raise, ast.Break, ast.Continue)) or self._leaves(node):
                return True
            if isinstance(node, ast.If) and node.orelse and self.ends(node.body) and self.ends(node.orelse):
                return True
            if isinstance(node, (ast.With, ast.AsyncWith)) and self.ends(node.body):
                return True
        return False

    def leaves(self, body: list[ast.stmt]) -> bool:
        """Say whether a block leaves the function (or the module)."""
        last = body[-1]
        return isinstance(last, (ast.Return, ast.Raise)) or self._leaves(last)

    def _leaves(self, node: ast.stmt) -> bool:
        return is_exit(node) and not self.passes_over(node)

    def passes_over(self, node: Any) -> bool:
        """Say whether an exit stands for a `yield`, so that control goes on behind it."""
        return id(node) in self.yields

    def _count(self, body: list[ast.stmt], after: int, behind: int | None = None) -> int:
        """Return how many statements the best way through a block and what follows it runs.

        `behind` is what follows the loop around the block, None outside of loops.
        """
        for node in reversed(body):
            after = self._count_one(node, after, behind)
        return after

    def _count_one(self, node: Any, after: int, behind: int | None) -> int:
        if isinstance(node, ast.If):
            return self._count_if(node, after, behind)
        if isinstance(node, (ast.Return, ast.Raise, ast.Break, ast.Continue)) or self._leaves(node):
            return 1
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            following = self._count(node.orelse, after, behind)
            return 1 + self._count(node.body, 0, following + (behind or 0)) + following
        if isinstance(node, (ast.With, ast.AsyncWith)):
            return 1 + self._count(node.body, after, behind)
        if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            for handler in node.handlers:
                self._count(handler.body, after, behind)
            following = self._count(node.finalbody, after, behind)
            return 1 + self._count(node.body, self._count(node.orelse, following, behind), behind)
        if type(node).__name__ == "Match":
            return after + max(1 + self._count(case.body, 0, behind) for case in node.cases)
        if isinstance(node, ast.ClassDef):
            return 1 + self._count(node.body, after)
        return 1 + after

    def _count_if(self, node: ast.If, after: int, behind: int | None) -> int:
        yes, no = 1 + self._count(node.body, after, behind), self._count(node.orelse, after, behind)
        ends = self.ends(node.body)
        self.better[id(node)] = yes > no or (yes == no and not ends)
        if behind is None or (node.orelse and self.ends(node.orelse)):
            return max(yes, no)
        if not ends:  # a loop comes here again, and goes the other way then
            return yes + no - after
        self.better[id(node)] = False
        self.late[id(node)] = not self.leaves(node.body) or yes > behind
        return no + (yes if self.late[id(node)] else 0)


def _named_exit(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == "exit"


def _blocks(node: Any) -> list[list[ast.stmt]]:
    """Return the blocks of a compound statement."""
    found = [getattr(node, name, None) or [] for name in ("body", "orelse", "finalbody")]
    found += [part.body for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ()))]
    return [block for block in found if block and isinstance(block[0], ast.stmt)]


def _own_parts(node: ast.stmt) -> list[Any]:
    """Return the nodes of a statement without its blocks and without lambdas."""
    found: list[Any] = []
    waiting: list[Any] = [node]
    while waiting:
        part = waiting.pop()
        found.append(part)
        inside = [one for one in ast.iter_child_nodes(part) if not isinstance(one, (ast.stmt, ast.Lambda))]
        waiting += [one for one in inside if type(one).__name__ not in ("ExceptHandler", "match_case")]
    return found


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
