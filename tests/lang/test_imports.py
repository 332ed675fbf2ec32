"""Modules that a source imports: wherever the statement stands, and nothing that only looks like one."""

import ast
from pathlib import Path

import pytest

import trialrun
from trialrun.lang.imports import imported_modules

PLACES = {
    "top level": "import m",
    "function": "def f():\n    import m",
    "async function": "async def f():\n    import m",
    "class": "class C:\n    import m",
    "if": "if x:\n    import m",
    "else": "if x:\n    pass\nelse:\n    import m",
    "elif": "if x:\n    pass\nelif y:\n    import m",
    "for": "for x in y:\n    import m",
    "for else": "for x in y:\n    pass\nelse:\n    import m",
    "while": "while x:\n    import m",
    "with": "with x:\n    import m",
    "try": "try:\n    import m\nexcept E:\n    pass",
    "except": "try:\n    pass\nexcept E:\n    import m",
    "try else": "try:\n    pass\nexcept E:\n    pass\nelse:\n    import m",
    "finally": "try:\n    pass\nfinally:\n    import m",
    "except group": "try:\n    pass\nexcept* E:\n    import m",
    "match": "match x:\n    case 1:\n        import m",
    "nested": "def f():\n    for x in y:\n        if x:\n            with z:\n                import m",
    "behind a semicolon": "x = 1; import m",
}


@pytest.mark.parametrize("source", PLACES.values(), ids=PLACES)
def test_an_import_is_found_wherever_it_stands(source):
    assert imported_modules(source) == {"m"}


@pytest.mark.parametrize(
    "source", ["x = 'import m'", "# import m", "from . import m", "from .a import m", "import m ="]
)
def test_what_is_no_import_is_none(source):
    assert imported_modules(source) == frozenset()


def test_our_own_sources_import_what_their_trees_say():
    for path in Path(trialrun.__file__).parent.rglob("*.py"):
        source = path.read_text("utf-8")
        wanted = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                wanted |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                wanted.add(node.module)
        assert imported_modules(source) == wanted, path
