"""Mutation operators whose mutants are hard to tell: an operator becomes any other one, a name any other name.

Beside those of `mutation_operators.py` they are many, and more of them behave as the program does. They serve where a
suite has to stand against mistakes of any kind: each is one more family of mistakes that some input shows.

Leaves out: what `mutation_operators.py` makes of the same node (`mutants.py` drops what is made twice).

Source: Offutt et al. 1996, "An Experimental Determination of Sufficient Mutant Operators" (AOR, ROR, SVR).
"""

import ast
from collections.abc import Iterator, Sequence

from trialrun.lang.mutation_operators import Change, is_sequence, sign_of

_ARITHMETIC: tuple[type[ast.operator], ...] = (
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
    *(ast.LShift, ast.RShift, ast.BitOr, ast.BitXor, ast.BitAnd),
)
_RELATIONS: tuple[type[ast.cmpop], ...] = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def subtle_changes(node: ast.AST, names: Sequence[str]) -> Iterator[Change]:
    """Yield changes of one node; `names` are the arguments and variables that its function has."""
    match node:
        case ast.BinOp() if not is_sequence(node.left) and not is_sequence(node.right):
            for other in _others(node.op):
                what = f"{sign_of(node.op)} -> {sign_of(other)}"
                yield Change("any-arithmetic", node, ast.BinOp(node.left, other, node.right), what)
        case ast.AugAssign() if not is_sequence(node.value):
            for other in _others(node.op):
                what = f"{sign_of(node.op)}= -> {sign_of(other)}="
                yield Change("any-arithmetic", node, ast.AugAssign(node.target, other, node.value), what)
        case ast.UnaryOp(op=ast.USub()):
            for sign in (ast.Invert(), ast.Not()):
                yield Change("any-arithmetic", node, ast.UnaryOp(sign, node.operand))
        case ast.Constant(value=float() as value):
            yield Change("any-constant", node, ast.Constant(value - 1.0))
        case ast.Compare():
            yield from _comparison(node)
        case ast.For() | ast.comprehension():
            yield from _iteration(node.iter)
        case ast.Call(func=ast.Attribute()) if node.args and not isinstance(node.args[-1], ast.Starred):
            yield Change("argument-deletion", node, ast.Call(node.func, node.args[:-1], node.keywords))
        case ast.Name(ctx=ast.Load()) if node.id in names:
            for name in names:
                if name != node.id:
                    yield Change("any-name", node, ast.Name(name, ast.Load()))


def _others(operator: ast.operator) -> Iterator[ast.operator]:
    return (other() for other in _ARITHMETIC if not isinstance(operator, other))


def _comparison(node: ast.Compare) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        if not isinstance(operator, _RELATIONS):
            continue
        sides = (node.left, *node.comparators)[place : place + 2]
        others: list[ast.cmpop] = [other() for other in _RELATIONS if not isinstance(operator, other)]
        if not any(isinstance(side, ast.Constant) for side in sides):  # constants are mostly one object
            others += [ast.Is()] if isinstance(operator, ast.Eq) else []
            others += [ast.IsNot()] if isinstance(operator, ast.NotEq) else []
        for other in others:
            ops = [*node.ops[:place], other, *node.ops[place + 1 :]]
            new = ast.Compare(node.left, ops, node.comparators)
            yield Change("any-comparison", node, new, f"{sign_of(operator)} -> {sign_of(other)}")


def _iteration(node: ast.expr) -> Iterator[Change]:
    """Yield what a loop goes over as nothing, from the end, without the first, without the last."""
    yield Change("other-iteration", node, ast.List([], ast.Load()))
    items = ast.Call(ast.Name("list", ast.Load()), [node], [])
    for bounds in ((None, None, -1), (1, None, None), (None, -1, None)):
        lower, upper, step = (None if bound is None else ast.Constant(bound) for bound in bounds)
        yield Change("other-iteration", node, ast.Subscript(items, ast.Slice(lower, upper, step), ast.Load()))
