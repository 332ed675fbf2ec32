"""Which modules a source imports, read from its text.

Leaves out: imports by `__import__` or `importlib`, relative ones, and whether they would succeed.
"""

import ast
import sys
from collections.abc import Iterable, Iterator

from trialrun.lang.scopes import Unparseable, parse


def imported_modules(source: str) -> frozenset[str]:
    """Return the full names of the modules that a source imports anywhere in it; none where it does not parse.

    What `from a import b` brings may be a module `a.b` or a name in `a`: only `a` is returned.

    >>> sorted(imported_modules("import os.path, numpy as np\\nfrom matplotlib import pyplot"))
    ['matplotlib', 'numpy', 'os.path']
    """
    if "import" not in source:
        return frozenset()
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return frozenset()
    found: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return frozenset(found)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield all statements, and what holds some, in no order; expressions, most of a tree, are not looked at."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            waiting += getattr(node, name, ())
        yield node


def top_level(modules: Iterable[str]) -> frozenset[str]:
    """Return the top-level packages of modules.

    >>> sorted(top_level(["os.path", "os", "numpy"]))
    ['numpy', 'os']
    """
    return frozenset(name.partition(".")[0] for name in modules)


def third_party(modules: Iterable[str]) -> frozenset[str]:
    """Return those modules that are not of the standard library."""
    return frozenset(name for name in modules if name.partition(".")[0] not in sys.stdlib_module_names)
