"""Where a file of a tree is imported from: the directory above its topmost package, and its dotted name there.

Walks up from the file as long as there is an `__init__.py`; a folder called `src` without one is a root wherever the
file lies below it, so that packages without `__init__.py` (PEP 420) are found there too.

Leaves out: what build systems map elsewhere (`package_dir`), editable installs.
"""

import keyword
import sys
from collections.abc import Collection
from dataclasses import dataclass

SOURCE_FOLDER = "src"


@dataclass(frozen=True, slots=True)
class ImportedAs:
    """How a file is imported."""

    root: str
    """Directory on the search path, relative to the tree; empty for the tree itself."""
    path: str
    """The file, relative to that."""
    module: str
    """Dotted name."""


def imported_as(path: str, files: Collection[str]) -> ImportedAs | str:
    """Return how a file of a tree is imported, or why it cannot be.

    >>> imported_as("src/pkg/sub/mod.py", {"src/pkg/__init__.py", "src/pkg/sub/__init__.py"})
    ImportedAs(root='src', path='pkg/sub/mod.py', module='pkg.sub.mod')
    >>> imported_as("tool.py", set()).module
    'tool'
    """
    folders = path.split("/")[:-1]
    depth = len(folders)
    while depth and "/".join([*folders[:depth], "__init__.py"]) in files:
        depth -= 1
    if SOURCE_FOLDER in folders[:depth]:
        depth = folders.index(SOURCE_FOLDER) + 1
    below = path.split("/")[depth:]
    steps = [*below[:-1], below[-1].removesuffix(".py")]
    if steps[-1] == "__init__" and len(steps) > 1:
        steps.pop()
    if not all(step.isidentifier() and not keyword.iskeyword(step) for step in steps):
        return "its file has no name that can be imported"
    if steps[0] in sys.stdlib_module_names:
        return f"a module of Python's own is called {steps[0]} too, and is imported in its place"
    return ImportedAs("/".join(folders[:depth]), "/".join(below), ".".join(steps))


def is_test(path: str) -> bool:
    """Say whether a file is part of a project's tests, documentation or set-up, by where it is and what it is called.

    >>> [is_test(path) for path in ("tests/a.py", "pkg/test_a.py", "conftest.py", "docs/conf.py", "pkg/a.py")]
    [True, True, True, True, False]
    """
    *folders, name = path.split("/")
    if set(folders) & {"test", "tests", "testing", "docs", "doc", "examples", "benchmarks", "bench"}:
        return True
    return (
        name.startswith("test_")
        or name.endswith("_test.py")
        or name in ("conftest.py", "setup.py", "noxfile.py")
    )
