"""Reads test code that only compares calls with constants, so that it need not be run at all.

Most published tests are lists of `assert f(1, [2]) == 3`. Such a test is data: inputs, a relation, an expected value.
Read as data, its inputs can be batched and the comparison made outside every sandbox. Understood are module-level
asserts and those of a `check(candidate)` function that the test calls; equality with a constant, identity with True,
False or None, `abs(f(x) - c) < t`, and bare truth. What an assert says when it fails is left aside. Everything else,
and every doubt, gives None: the test has to be run.

Leaves out: evaluating anything but constants (nothing of the test is executed), and statements of any other kind.
"""

import ast
import builtins
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

_LONGEST = 1 << 20
_BITS = 4096


@dataclass(frozen=True, slots=True)
class PlainAssert:
    """One call and what the test demands of its value."""

    args: tuple[Any, ...]
    relation: Literal["equal", "is", "near", "true", "false"]
    expected: Any = None
    tolerance: float = 0.0
    """For `near`: the value's distance from `expected` must be below this."""
    name: str = ""
    """The candidate's name that is called."""
    line: int = 0


class _NotPlain(Exception):
    pass


def read_plain_asserts(
    code: str, remote: tuple[str, ...], context: str = ""
) -> tuple[PlainAssert, ...] | None:
    """Return the asserts of test code, in order, if it consists of nothing else; None if it must be run.

    `remote` are the candidate's names; `context` is code that runs before the test and might redefine builtins.

    >>> read_plain_asserts("assert f([1], 2) == 3", ("f",))
    (PlainAssert(args=([1], 2), relation='equal', expected=3, tolerance=0.0, name='f', line=1),)
    >>> read_plain_asserts("for x in range(3): assert f(x) == x", ("f",)) is None
    True
    """
    if len(code) > _LONGEST:
        return None
    try:
        tree, before = ast.parse(code), ast.parse(context)
        reader = _Reader(set(remote), _bound(before) - set(remote))
        found = tuple(reader.module(tree))
    except (_NotPlain, SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError, TypeError):
        return None
    return found or None


def _bound(tree: ast.Module) -> set[str]:
    """Return every name that code binds anywhere: what it might redefine."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            names |= {"abs", *_CONTAINERS} if node.module != "typing" else set()
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
    return names


class _Reader:
    def __init__(self, remote: set[str], redefined: set[str]) -> None:
        self._remote = remote
        self._redefined = redefined

    def module(self, tree: ast.Module) -> Iterator[PlainAssert]:
        checks: dict[str, ast.FunctionDef] = {}
        for statement in tree.body:
            match statement:
                case ast.FunctionDef(decorator_list=[]) if statement.name not in self._remote:
                    checks[statement.name] = statement
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper():
                    constant(value, self._redefined)  # METADATA and its kind
                case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=[ast.Name(id=entry)], keywords=[])):
                    if name not in checks or entry not in self._remote:
                        raise _NotPlain
                    yield from self._check(checks[name], entry)
                case _:
                    yield from self._statement(statement, {remote: remote for remote in self._remote})

    def _check(self, function: ast.FunctionDef, entry: str) -> Iterator[PlainAssert]:
        match function.args:
            case ast.arguments(
                posonlyargs=[], args=[ast.arg(arg=name)], vararg=None, kwonlyargs=[], kwarg=None
            ):
                names = {remote: remote for remote in self._remote} | {name: entry}
                for statement in function.body:
                    yield from self._statement(statement, names)
            case _:
                raise _NotPlain

    def _statement(self, statement: ast.stmt, names: dict[str, str]) -> Iterator[PlainAssert]:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                return
            case ast.Assert(test=ast.Constant(value=value)) if value:
                return
            case ast.Expr(value=ast.Name(id=name)) if name in vars(builtins) and name not in self._redefined:
                return
            case ast.Assert(test=test, msg=message) if message is None or _only_told(message):
                yield self._demand(test, names, statement.lineno)
            case _:
                raise _NotPlain

    def _demand(self, test: ast.expr, names: dict[str, str], line: int) -> PlainAssert:
        match test:
            case ast.Compare(
                left=ast.Call(func=ast.Name(id=called)) as call, ops=[ast.Eq()], comparators=[right]
            ) if called in names:
                name, args = self._call(call, names)
                return PlainAssert(args, "equal", constant(right, self._redefined), 0.0, name, line)
            case ast.Compare(
                left=ast.Call(func=ast.Name(id=called)) as call,
                ops=[ast.Is()],
                comparators=[ast.Constant(value=True | False | None as expected)],
            ) if called in names:
                name, args = self._call(call, names)
                return PlainAssert(args, "is", expected, 0.0, name, line)
            case ast.Compare(
                left=ast.Call(
                    func=ast.Name(id="abs"),
                    args=[ast.BinOp(left=ast.Call() as call, op=ast.Sub(), right=middle)],
                    keywords=[],
                ),
                ops=[ast.Lt()],
                comparators=[right],
            ) if "abs" not in self._redefined:
                name, args = self._call(call, names)
                expected, tolerance = constant(middle, self._redefined), constant(right, self._redefined)
                if type(expected) not in (int, float) or type(tolerance) not in (int, float):
                    raise _NotPlain
                return PlainAssert(args, "near", expected, tolerance, name, line)
            case ast.Call() as call:
                name, args = self._call(call, names)
                return PlainAssert(args, "true", None, 0.0, name, line)
            case ast.UnaryOp(op=ast.Not(), operand=ast.Call() as call):
                name, args = self._call(call, names)
                return PlainAssert(args, "false", None, 0.0, name, line)
        raise _NotPlain

    def _call(self, call: ast.Call, names: dict[str, str]) -> tuple[str, tuple[Any, ...]]:
        match call:
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in names:
                return names[name], tuple(constant(argument, self._redefined) for argument in args)
        raise _NotPlain


def _only_told(message: ast.expr) -> bool:
    """Say whether a message matters to no verdict: it is evaluated when its assert has failed already."""
    return not any(
        isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr)) for node in ast.walk(message)
    )


_CONTAINERS: dict[str, Callable[..., Any]] = {
    "set": set,
    "tuple": tuple,
    "list": list,
    "frozenset": frozenset,
}
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


def constant(node: ast.expr, redefined: set[str]) -> Any:
    """Return the value of a constant expression: literals, arithmetic on small numbers, `set([...])` and its kin."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items):
            return [constant(item, redefined) for item in items]
        case ast.Tuple(elts=items):
            return tuple(constant(item, redefined) for item in items)
        case ast.Set(elts=items):
            return {constant(item, redefined) for item in items}
        case ast.Dict(keys=keys, values=values):
            if None in keys:
                raise _NotPlain
            return {
                constant(k, redefined): constant(v, redefined) for k, v in zip(keys, values, strict=True) if k
            }
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = constant(operand, redefined)
            if type(value) in (int, float, complex):
                return -value
        case ast.BinOp(left=left, op=op, right=right):
            return _arithmetic(constant(left, redefined), op, constant(right, redefined))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _CONTAINERS:
            if name not in redefined and len(args) <= 1:
                values_ = [constant(argument, redefined) for argument in args]
                if not values_ or type(values_[0]) in (list, tuple, set, str):
                    return _CONTAINERS[name](*values_)
    raise _NotPlain


def _arithmetic(left: Any, op: ast.operator, right: Any) -> Any:
    kinds = {type(left), type(right)}
    if type(op) not in _OPERATORS or not kinds <= {int, float, complex}:
        if kinds == {str} and isinstance(op, ast.Add):
            return left + right
        raise _NotPlain
    if isinstance(op, ast.Pow) and (
        kinds != {int} or abs(right) > _BITS or abs(left).bit_length() * right > _BITS
    ):
        raise _NotPlain
    result = _OPERATORS[type(op)](left, right)
    if type(result) is int and result.bit_length() > _BITS:
        raise _NotPlain
    return result
