"""Programs as trees over their own text, for taking parts out and putting others in: any language, one shape.

A `Node` is a kind and a span of the text; cutting and pasting spans keeps everything else as it was written. Python is
read by the standard library's `ast`, SMT-LIB by `lang/smtlib.py`; every other language by its tree-sitter grammar,
where the extra `langs` (or any wheel called `tree-sitter-LANGUAGE`) is installed.

Leaves out: changing trees (`probe/splice.py`), types: a kind is what the grammar calls it.
"""

import ast
import functools
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from trialrun.core.errors import Missing
from trialrun.lang.scopes import Unparseable, parse

_ALIASES = {"c++": "cpp"}
BRACKETED = "expr"
"""Family whose members stand for each other in brackets."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a text that can stand where another of its kind stands."""

    kind: str
    """What it is; the empty string for what can stand nowhere else."""
    start: int
    """First byte (UTF-8), and"""
    end: int
    """the byte after the last."""
    children: tuple["Node", ...] = ()
    runs: tuple[tuple[int, int], ...] = ()
    """Ranges of children of which any number may stand there."""
    family: str = ""
    """Wider kind within which it may stand too, in brackets where that is `BRACKETED`; empty for none."""
    is_name: bool = False
    """Whether it is an identifier, and nothing else."""

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all below it, parents first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


@dataclass(frozen=True, slots=True)
class Tree:
    """A text and its nodes."""

    data: bytes
    root: Node
    declares: Mapping[str, bytes] = field(default_factory=dict)
    """What has to be written before a name can be used, by name, where the language wants that."""
    prelude: int = 0
    """Where such declarations go."""

    def text(self, node: Node) -> bytes:
        """Return the bytes of a node."""
        return self.data[node.start : node.end]


Parse = Callable[[str], Tree | None]
"""Returns the tree of a text, or None for a text that has none."""


def parser_of(language: str) -> Parse:
    """Return the parser of a language. Raises `Missing` where its grammar is not installed."""
    if language == "python":
        return parse_python
    if language == "smtlib":
        from trialrun.lang.smtlib import parse_smtlib

        return parse_smtlib
    return functools.partial(_parse_by_grammar, _grammar(_ALIASES.get(language, language)))


# -- Python, by the standard library


def parse_python(source: str) -> Tree | None:
    """Return the tree of a Python program, or None where it does not parse."""
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return None
    try:
        data = source.encode()
        return Tree(data, _PythonNodes(data).node(tree, 0, len(data)))
    except (UnicodeEncodeError, RecursionError):
        return None


class _PythonNodes:
    """Makes nodes of an `ast`, whose positions are lines and bytes within them."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._lines = [0]
        for line in data.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def node(self, tree: ast.AST, start: int, end: int) -> Node:
        children: list[Node] = []
        runs: list[tuple[int, int]] = []
        for value in self._fields(tree):
            many = isinstance(value, list)
            first = len(children)
            for item in value if many else [value]:
                span = self._span(item) if isinstance(item, ast.AST) else None
                if span is not None:
                    children.append(self.node(item, *span))
            if many and len(children) > first:
                runs.append((first, len(children)))
        kind = self._kind(tree, start)
        family = ""
        if isinstance(tree, ast.expr) and type(tree) not in _ODD and _loads(tree):
            family = BRACKETED
        elif isinstance(tree, ast.stmt) and kind != "elif":
            family = "stmt"
        is_name = isinstance(tree, ast.Name)
        return Node(kind, start, end, tuple(children), tuple(runs), family, is_name)

    def _fields(self, tree: ast.AST) -> Iterator[Any]:
        if isinstance(
            tree, ast.JoinedStr
        ):  # the positions of its constants and formats are no spans of their own
            yield from (part.value for part in tree.values if isinstance(part, ast.FormattedValue))
            return
        if isinstance(
            tree, ast.Dict | ast.arguments | ast.Call | ast.ClassDef | ast.MatchMapping | ast.MatchClass
        ):
            # Their fields interleave in the text, so that no run of children is a run of the text.
            for child in ast.iter_child_nodes(tree):
                if isinstance(child, ast.arg | ast.expr | ast.keyword | ast.pattern):
                    yield child
            if isinstance(tree, ast.ClassDef):
                yield tree.body
            return
        for _, value in ast.iter_fields(tree):
            if isinstance(value, ast.arguments):
                yield from self._fields(value)
            else:
                yield value

    def _span(self, tree: ast.AST) -> tuple[int, int] | None:
        if getattr(tree, "end_lineno", None) is None:
            return None
        place: Any = tree
        line = min([place.lineno, *(part.lineno for part in getattr(tree, "decorator_list", ()))])
        return self._lines[line - 1] + place.col_offset, self._lines[
            place.end_lineno - 1
        ] + place.end_col_offset

    def _kind(self, tree: ast.AST, start: int) -> str:
        if isinstance(tree, ast.If) and self._data.startswith(b"elif", start):
            return "elif"
        context = "" if _loads(tree) else type(_context(tree)).__name__
        return type(tree).__name__ + context


_ODD = (ast.Starred, ast.Slice)
"""Expressions that brackets make no plain expressions of."""


def _loads(tree: ast.AST) -> bool:
    return isinstance(_context(tree), ast.Load)


def _context(tree: ast.AST) -> ast.expr_context:
    context: ast.expr_context = getattr(tree, "ctx", _LOAD)
    return context


_LOAD = ast.Load()


# -- any other language, by its tree-sitter grammar


def _grammar(language: str) -> Any:
    """Return a tree-sitter parser. Raises `Missing` where the library or the grammar is not installed."""
    try:
        tree_sitter = importlib.import_module("tree_sitter")
        module = importlib.import_module(f"tree_sitter_{language.replace('-', '_')}")
        return tree_sitter.Parser(tree_sitter.Language(module.language()))
    except ImportError as error:
        raise Missing(
            f"no tree-sitter grammar of {language!r} is installed ({error})",
            f"pip install 'trialrun[langs]'    (or tree-sitter tree-sitter-{language})",
        ) from error


def _parse_by_grammar(parser: Any, source: str) -> Tree | None:
    """Return the tree of a text; None where the grammar finds an error in it."""
    data = source.encode("utf-8", "replace")
    root = parser.parse(data).root_node
    return None if root.has_error else Tree(data, _from_grammar(root))


def _from_grammar(root: Any) -> Node:
    """Convert without recursion: fuzzed programs nest deeper than Python's own stack goes."""
    done: list[list[Node]] = [[]]
    waiting: list[tuple[Any, bool]] = [(root, False)]
    while waiting:
        node, left = waiting.pop()
        if not left:
            waiting.append((node, True))
            done.append([])
            waiting.extend((child, False) for child in reversed(node.named_children) if not child.is_extra)
            continue
        children, kind = tuple(done.pop()), node.type
        made = Node(
            kind, node.start_byte, node.end_byte, children, _runs(node), "", kind.endswith("identifier")
        )
        done[-1].append(made)
    return done[0][0]


def _runs(node: Any) -> tuple[tuple[int, int], ...]:
    """Return the ranges of named children without a field: grammars give a field to what stands there once."""
    runs: list[tuple[int, int]] = []
    place = 0
    first = -1
    for number in range(node.child_count):
        child = node.children[number]
        if not child.is_named or child.is_extra:
            continue
        if node.field_name_for_child(number) is not None:
            if first >= 0 and place - first > 1:
                runs.append((first, place))
            first = -1
        elif first < 0:
            first = place
        place += 1
    if first >= 0 and place - first > 1:
        runs.append((first, place))
    return tuple(runs)
