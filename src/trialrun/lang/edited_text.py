"""Source text that is changed at a node of its syntax tree, and nowhere else: comments and layout stay as they were.

What needs brackets where it is written gets them, and words do not run together. Some parts of a program say nothing
of what it does and are not to be changed: `children` and `stays` pass over them.

Leaves out: what to write (`mutation_operators.py`, `repair_operators.py`).
"""

import ast
import re
from collections.abc import Iterator

STRINGS = (ast.JoinedStr, getattr(ast, "TemplateStr", ast.JoinedStr))
INTERPOLATIONS = (ast.FormattedValue, getattr(ast, "Interpolation", ast.FormattedValue))
_NOT_ENTERED = {
    "annotation": "the type of a name",
    "returns": "the type of what is returned",
    "type_params": "types",
    "decorator_list": "what a definition is made into",
    "format_spec": "layout",
}
"""Fields of nodes that are not changed, and what they are."""
_LOOSE = (ast.Call, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Slice)
"""Expressions that hold others between commas or colons, where these need no brackets."""
ATOMS = (
    ast.Name,
    ast.Constant,
    ast.Call,
    ast.Subscript,
    ast.Attribute,
    ast.List,
    ast.Tuple,
    ast.Dict,
    ast.Set,
)
"""Expressions that need no brackets anywhere."""


class Text:
    """A source, cut at the positions that nodes have: lines from 1, columns in bytes of UTF-8."""

    def __init__(self, source: str) -> None:
        self.data = source.encode()
        self._lines = [0, *(match.end() for match in re.finditer(b"\n", self.data))]

    def of(self, node: ast.stmt | ast.expr) -> str:
        """Return the text of a node."""
        first, last = self.span(node)
        return self.data[first:last].decode()

    def span(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        """Return where a node begins and ends, in bytes."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return (
            self._lines[node.lineno - 1] + node.col_offset,
            self._lines[node.end_lineno - 1] + node.end_col_offset,
        )

    def line_start(self, line: int) -> int:
        """Return where a line begins; the end of the text for one behind the last."""
        return self._lines[line - 1] if line <= len(self._lines) else len(self.data)

    def fitted(self, node: ast.stmt | ast.expr, new: str, *, brackets: bool) -> str:
        """Return what to write in place of a node: with brackets, unless it has some, and blanks, as it needs them."""
        begin, end = self.span(node)
        before, after = self.data[max(0, begin - 4) : begin], self.data[end : end + 4]
        left, right = before.decode("utf-8", "ignore"), after.decode("utf-8", "ignore")
        if brackets and not (left.endswith("(") and right.startswith(")")):
            new = f"({new})"
        return f"{_gap(left, new)}{new}{_gap(new, right)}"

    def edited(self, statement: ast.stmt, node: ast.stmt | ast.expr, new: str) -> str:
        """Return the text of a statement with `new`, fitted, in place of a node in it."""
        (first, last), (begin, end) = self.span(statement), self.span(node)
        return f"{self.data[first:begin].decode()}{new}{self.data[end:last].decode()}"

    def around(self, statement: ast.stmt, text: str) -> str:
        """Return the whole source with `text` in place of a statement."""
        first, last = self.span(statement)
        return f"{self.data[:first].decode()}{text}{self.data[last:].decode()}"


def _gap(left: str, right: str) -> str:
    """Return the blank that keeps two words apart: `return(a)or b` must not become `returnb`."""
    together = left[-1:] + right[:1]
    return " " if len(together) == 2 and all(sign == "_" or sign.isalnum() for sign in together) else ""


def children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield (field, node) of the parts of a node that may be changed."""
    for field, value in ast.iter_fields(node):
        if field in _NOT_ENTERED:
            continue
        for child in value if isinstance(value, list) else [value]:
            literal = isinstance(node, STRINGS) and isinstance(child, ast.Constant)
            if isinstance(child, ast.AST) and not literal:
                yield field, child


def stays(node: ast.AST) -> bool:
    """Say whether a node is left alone with all that is in it."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.TypeAlias():
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name in ("__all__", "__slots__")
    return False


def is_tight(holder: ast.AST, node: ast.AST) -> bool:
    """Say whether an expression stands in another so that what replaces it may need brackets."""
    if not isinstance(node, ast.expr) or not isinstance(holder, ast.expr | ast.comprehension):
        return False
    if isinstance(holder, ast.Call):
        return holder.func is node
    if isinstance(holder, ast.Subscript):
        return holder.value is node
    return not isinstance(holder, _LOOSE)
