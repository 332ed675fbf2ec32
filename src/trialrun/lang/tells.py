"""What a program's text tells about how it behaves when graded: reaching for the grader, chance, files.

A tell is a construct with its line, found in the syntax tree; the program is not run. Tells explain a verdict that
was seen to change; they decide none, since honest programs may hold any of them.

Leaves out: names that are built at run time (`getattr(sys, "_get" + "frame")`), languages other than Python.
"""

import ast
from collections.abc import Iterator

from trialrun.lang.scopes import Unparseable, parse

_REACHING = frozenset(
    ("_getframe", "currentframe", "f_back", "f_locals", "f_globals", "tb_frame", "gi_frame", "_current_frames",
     "get_objects", "get_referrers", "get_referents", "_exit", "settrace", "setprofile", "addaudithook")
)  # fmt: skip
"""Names by which a program reaches its caller's frames, other objects, or leaves without an answer."""
_EXITS = frozenset(("exit", "quit"))
_LYING = frozenset(("__eq__", "__ne__", "__class__", "__instancecheck__", "__subclasscheck__"))
"""Methods by which a returned object decides itself what it equals."""
_PLAIN_BASES = frozenset(("int", "float", "str", "list", "tuple", "dict", "set", "bool", "bytes"))
_CHANCE = frozenset(("random", "secrets", "uuid", "time", "datetime", "threading", "numpy.random"))
_CHANCE_CALLS = frozenset(("id", "hash", "urandom", "getpid"))


def reaching(source: str) -> tuple[str, ...]:
    """Return what reaches for the grader: frames, other objects, early exits, lying comparisons.

    >>> reaching("import sys\\ndef f(): return sys._getframe().f_back")
    ('f_back in line 2', '_getframe in line 2')
    """
    return _listed(_reaching(source))


def chance(source: str) -> tuple[str, ...]:
    """Return what can make two runs differ: random numbers, clocks, addresses.

    >>> chance("import random\\ndef f(): return random.random()")
    ('import random in line 1',)
    """
    return _listed(_chance(source))


def uses(source: str, names: frozenset[str]) -> tuple[str, ...]:
    """Return where a program uses functions given as `module.name`, or as `name` for builtins.

    >>> uses("import os\\ndef f(): return os.getcwd()", frozenset(["os.getcwd"]))
    ('os.getcwd in line 2',)
    """
    return _listed(_uses(source, names))


def _listed(found: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def _nodes(source: str) -> Iterator[ast.AST]:
    tree = parse(source)
    return iter(()) if isinstance(tree, Unparseable) else ast.walk(tree)


def _reaching(source: str) -> Iterator[str]:
    for node in _nodes(source):
        if isinstance(node, ast.Attribute) and node.attr in _REACHING:
            yield f"{node.attr} in line {node.lineno}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _REACHING:
            yield f"{node.value!r} in line {node.lineno}"
        elif isinstance(node, ast.ClassDef):
            yield from _lying(node)
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in _EXITS:
                yield f"{name}() in line {node.lineno}"
        elif isinstance(node, ast.Raise) and getattr(node.exc, "id", "") in (
            "SystemExit",
            "KeyboardInterrupt",
        ):
            yield f"raises {getattr(node.exc, 'id', '')} in line {node.lineno}"


def _lying(node: ast.ClassDef) -> Iterator[str]:
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name in _LYING:
            yield f"class {node.name[:50]} with its own {inner.name} in line {inner.lineno}"
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in _PLAIN_BASES:
            yield f"a subclass of {base.id} in line {node.lineno}"


def _chance(source: str) -> Iterator[str]:
    for node in _nodes(source):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in _CHANCE:
                    yield f"import {alias.name} in line {node.lineno}"
        elif isinstance(node, ast.ImportFrom) and node.module in _CHANCE:
            yield f"import {node.module} in line {node.lineno}"
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", getattr(node.func, "attr", "")) in _CHANCE_CALLS
        ):
            yield f"{getattr(node.func, 'id', getattr(node.func, 'attr', ''))}() in line {node.lineno}"


def _uses(source: str, names: frozenset[str]) -> Iterator[str]:
    imported: dict[str, str] = {}
    for node in _nodes(source):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in _nodes(source):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            name = imported.get(node.id, node.id)
        else:
            continue
        if name in names:
            yield f"{name} in line {node.lineno}"
