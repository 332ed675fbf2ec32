"""Test functions of pytest with their parameters put in: one body a set of literal values.

Leaves out: fixtures, values that are computed, `ids` and marks (they decide nothing).
"""

import ast
from collections.abc import Iterator

from trialrun.core.errors import UsageError

SUPPORTED = (
    "supported are asserts, test_* without fixtures, parametrize with literal values, and TestCase classes"
)
"""What of a test file is understood, for messages."""


def bodies(node: ast.FunctionDef) -> Iterator[list[ast.stmt]]:
    """Yield a test function's body, once a set of parameters. Raises `UsageError` for fixtures and other decorators."""
    sets: list[dict[str, ast.expr]] = [{}]
    for decorator in reversed(node.decorator_list):
        given = _parameters(decorator)
        if given is None:
            raise UsageError(f"{node.name} has a decorator that is not understood; {SUPPORTED}")
        sets = [one | other for one in sets for other in given]
    wanted = {one.arg for one in node.args.args}
    if any(wanted != set(one) for one in sets):
        raise UsageError(f"{node.name} takes fixtures; {SUPPORTED}")
    for one in sets:
        body = without_docstring(node.body)
        yield [_Replacing(one).visit(ast.parse(ast.unparse(part)).body[0]) for part in body] if one else body


def _parameters(decorator: ast.expr) -> list[dict[str, ast.expr]] | None:
    """Return the sets of arguments of `pytest.mark.parametrize("a, b", [(1, 2), …])`, or None."""
    match decorator:
        case ast.Call(
            func=ast.Attribute(attr="parametrize"),
            args=[names, ast.List(elts=rows) | ast.Tuple(elts=rows)],
        ):
            match names:
                case ast.Constant(value=str() as text):
                    listed = [name.strip() for name in text.split(",")]
                case ast.List(elts=parts) | ast.Tuple(elts=parts):
                    listed = [str(one.value) for one in parts if isinstance(one, ast.Constant)]
                case _:
                    return None
            found = []
            for row in rows:
                values = row.elts if len(listed) > 1 and isinstance(row, ast.Tuple | ast.List) else [row]
                if len(values) != len(listed) or not all(map(_is_literal, values)):
                    return None
                found.append(dict(zip(listed, values, strict=True)))
            return found
    return None


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


class _Replacing(ast.NodeTransformer):
    """Puts values in place of names."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Replace a name that is read."""
        return self.values.get(node.id, node) if isinstance(node.ctx, ast.Load) else node


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements without those that do nothing: constants and `pass`."""
    return [
        one
        for one in body
        if not isinstance(one, ast.Pass)
        and not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
    ]
