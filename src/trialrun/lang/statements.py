"""Facts about the top-level statements of a Python program: what each binds, reads and calls, what it is for.

A statement's reads are the names that it takes from module scope, as the compiler resolves them; locals of a
function do not count.

Leaves out: the order in which statements run.
"""

import ast
from dataclasses import dataclass

from trialrun.lang.scopes import Unparseable, names

_OUTPUT = frozenset(("print", "pprint", "input", "help", "display", "breakpoint", "exit", "quit"))
_TESTERS = frozenset(("unittest", "doctest", "pytest", "timeit"))
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Statement:
    """One top-level statement and where it stands."""

    node: ast.stmt
    start: int
    """Index of its first line, decorators included."""
    stop: int
    """Index after its last line."""
    text: str
    binds: frozenset[str]

    @property
    def is_definition(self) -> bool:
        """Whether it is a `def` or a class."""
        return isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)

    @property
    def is_import(self) -> bool:
        """Whether it is an import."""
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    def reads(self) -> frozenset[str]:
        """Return the names that it takes from module scope, builtins included."""
        found = names(self.text + "\n")
        if not isinstance(found, Unparseable):
            return frozenset(found.reads)
        walked = (inner for inner in ast.walk(self.node) if isinstance(inner, ast.Name))  # shares a line
        return frozenset(inner.id for inner in walked if isinstance(inner.ctx, ast.Load))

    def calls(self) -> set[str]:
        """Return the names that it calls, or whose attributes it calls, and those attributes."""
        found = set()
        for inner in ast.walk(self.node):
            if isinstance(inner, ast.Call):
                function = inner.func
                if isinstance(function, ast.Attribute):
                    found.add(function.attr)
                while isinstance(function, ast.Attribute):
                    function = function.value
                if isinstance(function, ast.Name):
                    found.add(function.id)
        return found


def statements(source: str, tree: ast.Module) -> list[Statement]:
    """Return the top-level statements of a program, in order."""
    lines = source.split("\n")
    found = []
    for node in tree.body:
        decorators = getattr(node, "decorator_list", [])
        start = min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1
        stop = node.end_lineno or node.lineno
        found.append(Statement(node, start, stop, "\n".join(lines[start:stop]), frozenset(bound(node))))
    return found


def bound(node: ast.stmt) -> set[str]:
    """Return the names that a top-level statement binds in module scope."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.split(".")[0] for alias in node.names}
    waiting: list[ast.AST] = [node]
    found = set()
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(inner.name)
        elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            found.add(inner.id)
        elif not isinstance(inner, _SCOPES):
            waiting.extend(ast.iter_child_nodes(inner))
    return found


def returns(node: ast.stmt) -> bool:
    """Tell whether a statement returns or yields, functions inside it apart."""
    waiting: list[ast.AST] = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, ast.Return | ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(found))
    return False


def is_stub(node: ast.stmt) -> bool:
    """Tell whether a definition has no body to speak of: docstring, `pass`, `...`, `raise NotImplementedError`."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    return all(map(_says_nothing, node.body))


def _says_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def is_main(node: ast.stmt) -> bool:
    """Tell whether a statement is `if __name__ == …`."""
    return isinstance(node, ast.If) and any(
        isinstance(inner, ast.Name) and inner.id == "__name__" for inner in ast.walk(node.test)
    )


def is_usage(statement: Statement, entry: str, *, after: bool) -> bool:
    """Tell whether a statement only uses the program: asserts, prints, calls the entry point, is `__main__`.

    `after` says that it follows the entry point; what precedes it may be needed while it is defined.
    """
    node = statement.node
    if entry in statement.binds or statement.is_definition or statement.is_import:
        return False
    if isinstance(node, ast.Assert) or is_main(node):
        return True
    uses = {entry, *_OUTPUT}
    if isinstance(node, ast.Expr):
        idle = isinstance(node.value, ast.Name | ast.Compare | ast.BinOp | ast.Tuple | ast.List)
        if after and isinstance(node.value, ast.Constant | ast.JoinedStr):
            return True
        return idle or not statement.calls().isdisjoint(uses | _TESTERS)
    if not after or any(isinstance(target, ast.Attribute) for target in getattr(node, "targets", ())):
        return False  # `f.cache = {}` is part of f
    return not statement.calls().isdisjoint(uses)


def is_test(statement: Statement) -> bool:
    """Tell whether a definition is named like a test or like a script's main function."""
    node = statement.node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    return node.name.lower().startswith("test") or node.name in (
        "main",
        "check",
        "check_solution",
        "run_tests",
    )
