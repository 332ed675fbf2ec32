"""Assertions of `unittest` as plain asserts: `self.assertEqual(f(1), 2)` as `assert f(1) == 2`.

Leaves out: assertions whose meaning is more than one comparison (`assertRaises`, `assertAlmostEqual`, `subTest`), and
calls with a message that is computed.
"""

import ast

_EQUAL = frozenset(
    (
        "assertEqual",
        "assertEquals",
        "assertListEqual",
        "assertTupleEqual",
        "assertDictEqual",
        "assertSetEqual",
        "assertMultiLineEqual",
        "assertSequenceEqual",
    )
)


def as_assert(node: ast.stmt) -> ast.Assert | None:
    """Return the assert that a statement stands for, or None where it is no such assertion.

    >>> ast.unparse(as_assert(ast.parse("self.assertEqual(f(1), 2)").body[0]))
    'assert f(1) == 2'
    """
    match node:
        case ast.Assert():
            return None if _uses_self(node) else node
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=args, keywords=[])
        ) if not any(map(_uses_self, args)):
            test = _test(name, [one for one in args if not _is_message(one, args)])
            return None if test is None else ast.copy_location(ast.Assert(test=test, msg=None), node)
    return None


def _test(name: str, args: list[ast.expr]) -> ast.expr | None:
    match name, args:
        case ("assertTrue", [value]):
            return value
        case ("assertFalse", [value]):
            return ast.UnaryOp(op=ast.Not(), operand=value)
        case ("assertIsNone", [value]):
            return ast.Compare(left=value, ops=[ast.Is()], comparators=[ast.Constant(value=None)])
        case ("assertIs", [one, other]):
            return ast.Compare(left=one, ops=[ast.Is()], comparators=[other])
        case (_, [one, other]) if name in _EQUAL:
            return ast.Compare(left=one, ops=[ast.Eq()], comparators=[other])
    return None


def _is_message(node: ast.expr, args: list[ast.expr]) -> bool:
    """Say whether an argument is a third one that says what failed."""
    return (
        len(args) > 2 and node is args[-1] and isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _uses_self(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "self" for one in ast.walk(node))
