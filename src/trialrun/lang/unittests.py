"""What test classes a source holds, and what ties them to the process of the program they test; nothing is run.

Tests are counted as unittest's loader finds them: methods `test*` of top-level classes that derive from a TestCase,
those inherited from classes of the same file included, in alphabetical order.

Leaves out: classes made in functions or by decorators, methods added from outside the class, `load_tests`.
"""

import ast
from collections.abc import Iterator

from trialrun.lang.scopes import Unparseable, parse

_PATCHING = frozenset({"patch", "monkeypatch"})
_SHARED = frozenset({"glob", "logging", "os", "pathlib", "shutil", "sqlite3", "subprocess", "tempfile"})
"""Modules through which a test and a program meet in files, processes or handlers."""


def test_ids(source: str) -> tuple[str, ...] | Unparseable:
    """Return `Class.method` of every test.

    >>> test_ids("class T(unittest.TestCase):\\n    def test_b(self): pass\\n    def test_a(self): pass")
    ('T.test_a', 'T.test_b')
    """
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return tree
    classes: dict[str, ast.ClassDef] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            classes.pop(node.name, None)  # one defined again stands where it was defined last
            classes[node.name] = node
    return tuple(
        f"{name}.{method}"
        for name in classes
        if _is_case(name, classes, frozenset())
        for method in sorted(_tests_of(name, classes, frozenset()))
    )


def ties(source: str) -> str | None:
    """Return why test code must run in the process of the program, where the text alone shows it, or None.

    >>> ties("from unittest.mock import patch\\n@patch('random.shuffle')\\ndef test(): pass")
    'the tests patch what the program uses'
    """
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return None
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    if _PATCHING & (names | attributes):
        return "the tests patch what the program uses"
    if shared := sorted(_SHARED & names):
        return f"the tests share the program's files and processes ({', '.join(shared)})"
    return "the tests share the program's files (open)" if "open" in names else None


def _bases(node: ast.ClassDef) -> Iterator[str]:
    for base in node.bases:
        if isinstance(base, ast.Name):
            yield base.id
        elif isinstance(base, ast.Attribute):
            yield base.attr


def _is_case(name: str, classes: dict[str, ast.ClassDef], seen: frozenset[str]) -> bool:
    if name not in classes or name in seen:
        return name.endswith("TestCase")
    return any(_is_case(base, classes, seen | {name}) for base in _bases(classes[name]))


def _tests_of(name: str, classes: dict[str, ast.ClassDef], seen: frozenset[str]) -> set[str]:
    if name not in classes or name in seen:
        return set()
    found = {
        node.name
        for node in classes[name].body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    }
    for base in _bases(classes[name]):
        found |= _tests_of(base, classes, seen | {name})
    return found
