"""Which names a piece of Python text defines, needs and calls, without running it.

Scopes come from the interpreter's own symbol tables (`symtable`), so comprehensions, closures, `global`,
walrus targets and type parameters are resolved as the compiler resolves them. Text may be hostile: its
length is bounded and every way in which parsing can fail becomes a value, `Unparseable`.

Leaves out: order of execution (a name used before it is bound counts as bound), names made by `exec`,
`globals()` or a star import, attributes, and every language but Python.
"""

import ast
import builtins
import symtable
import threading
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

MAX_SOURCE = 1_000_000
"""Longest text that is parsed, in characters."""

_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__builtins__"}
_warnings_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Unparseable:
    """Why a text could not be parsed."""

    reason: str
    """One line, bounded; may quote the hostile text only by position."""
    line: int | None = None
    """Number, from 1, of the line where parsing failed; None where it failed for another reason."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one text, each in sorted order."""

    defined: tuple[str, ...]
    """Bound at top level: functions, classes, imports, assignments."""
    functions: tuple[str, ...]
    """Defined at top level by `def`."""
    classes: tuple[str, ...]
    """Defined at top level by `class`."""
    reads: tuple[str, ...]
    """Read somewhere from module scope and bound nowhere at top level, builtins among them."""

    @property
    def free(self) -> tuple[str, ...]:
        """What `reads` holds beside builtins."""
        return tuple(name for name in self.reads if name not in _BUILTINS)


def parse(source: str) -> ast.Module | Unparseable:
    """Parse Python text into a syntax tree, or say why that is impossible."""
    return guarded(source, lambda: ast.parse(source))


def names(source: str) -> Names | Unparseable:
    """Return the names that a text defines and needs.

    >>> names("import math\\ndef area(r): return math.pi * square(r)").free
    ('square',)
    """
    table = guarded(source, lambda: symtable.symtable(source, "<text>", "exec"))
    if isinstance(table, Unparseable):
        return table
    bound, functions, classes, used = set[str](), set[str](), set[str](), set[str]()
    for symbol in table.get_symbols():
        if symbol.is_assigned() or symbol.is_imported():
            bound.add(symbol.get_name())
        if symbol.is_referenced():
            used.add(symbol.get_name())
    for child in table.get_children():
        kind = str(child.get_type())
        if kind in ("function", "class") and child.get_name() in bound:
            (functions if kind == "function" else classes).add(child.get_name())
    for inner in _descendants(table):
        for symbol in inner.get_symbols():
            if symbol.is_global():
                if symbol.is_referenced():
                    used.add(symbol.get_name())
                if symbol.is_declared_global() and symbol.is_assigned():
                    bound.add(symbol.get_name())
    return Names(
        defined=tuple(sorted(bound)),
        functions=tuple(sorted(functions)),
        classes=tuple(sorted(classes)),
        reads=tuple(sorted(used - bound)),
    )


def called_names(source: str) -> tuple[str, ...] | Unparseable:
    """Return the plain names that a text calls, in the order of their first call.

    >>> called_names("assert f(g(1)) == h and m.k()")
    ('f', 'g')
    """
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return tree
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    calls.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.func.id for node in calls if isinstance(node.func, ast.Name)))


def imports_of(source: str, wanted: Collection[str]) -> str | Unparseable:
    """Return the top-level imports of a text that bind wanted names, one a line and no other.

    >>> imports_of("import math, sys\\nfrom os import path as p", {"sys", "p"})
    'import sys\\nfrom os import path as p\\n'
    """
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return tree
    lines = []
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            kept = [name for name in node.names if (name.asname or name.name.split(".")[0]) in wanted]
            if kept:
                node.names = kept
                lines.append(ast.unparse(node) + "\n")
    return "".join(dict.fromkeys(lines))


def _descendants(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    waiting = list(table.get_children())
    while waiting:
        inner = waiting.pop()
        yield inner
        waiting.extend(inner.get_children())


def guarded[T](source: str, read: Callable[[], T]) -> T | Unparseable:
    """Call a parser of the standard library so that no text can raise, warn or take long."""
    if len(source) > MAX_SOURCE:
        return Unparseable(f"longer than {MAX_SOURCE:,} characters")
    try:
        # Python warns of odd escapes while it parses; the text is not ours, so neither is the warning.
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read()
    except SyntaxError as error:
        reason = f"syntax error in line {error.lineno}: {str(error.msg)[:200]!a}"
        return Unparseable(reason, error.lineno)
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return Unparseable(f"{type(error).__name__}: {str(error)[:200]!a}")
