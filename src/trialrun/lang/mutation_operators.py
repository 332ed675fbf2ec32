"""Mutation operators: for one node of a syntax tree, the nodes that a slip of the pen might have put there.

`changes(node)` yields `Change`s: a node to replace, what stands there instead, the operator's name. Operators are those
of the field (arithmetic, relational and logical replacement, unary insertion and deletion, constants, statement
deletion, …), with the swaps of like-named functions and methods that tools for Python have. What could only raise a
`TypeError` (subtraction from a text, say) is left out where the source shows it: such mutants die on any input.

Leaves out: which nodes are looked at, and how a change becomes source (`mutants.py`).

Source: Jia & Harman 2011, "An Analysis and Survey of the Development of Mutation Testing".
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv, ast.Mult),
    ast.Pow: (ast.Mult,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitOr,),
    ast.MatMult: (),
}
_RELATIONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_PAIRS = """
min max, any all, floor ceil, lower upper, lstrip rstrip, find rfind, index rindex, ljust rjust, split rsplit,
partition rpartition, startswith endswith, removeprefix removesuffix, islower isupper, isalpha isdigit,
appendleft append, popleft pop, add discard, union intersection, union difference, issubset issuperset, keys values,
bisect_left bisect_right, insort_left insort_right
"""
_TWINS: dict[str, list[str]] = {}
for _pair in _PAIRS.split(","):
    _one, _other = _pair.split()
    _TWINS.setdefault(_one, []).append(_other)
    _TWINS.setdefault(_other, []).append(_one)
# Lists have `append` and `pop` alone: there the other end would only ever be an error.
_TWINS["append"].remove("appendleft")
_TWINS["pop"].remove("popleft")
_WRAPPERS = frozenset(("abs", "sorted", "reversed", "set", "round", "int", "list", "tuple", "str"))
"""Functions of one argument whose call may be replaced by the argument."""
_ORDERED_BY_TYPE = frozenset(
    ("isinstance", "issubclass", "getattr", "hasattr", "setattr", "map", "filter", "reduce", "enumerate")
)
"""Functions whose arguments cannot change places without an error of types."""
_EMPTY: dict[type[ast.expr], str] = {
    ast.List: "[]",
    ast.ListComp: "[]",
    ast.Tuple: "()",
    ast.Dict: "{}",
    ast.DictComp: "{}",
    ast.Set: "set()",
    ast.SetComp: "set()",
    ast.JoinedStr: "''",
}
_EMPTY_OF_CALL = {
    "list": "[]",
    "sorted": "[]",
    "tuple": "()",
    "dict": "{}",
    "set": "set()",
    "str": "''",
    "join": "''",
}
_NUMERIC_CALLS = frozenset(
    ("len", "sum", "abs", "int", "float", "round", "pow", "sqrt", "count", "gcd", "floor", "ceil")
)
_NOT_DELETED = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom),
    *(ast.Global, ast.Nonlocal, ast.Pass, ast.TypeAlias),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to write in place of another."""

    operator: str
    """Name of the mutation operator."""
    node: ast.expr | ast.stmt
    """What is replaced."""
    new: ast.expr | ast.stmt
    """What stands there instead; parts that stay are shared with the old tree."""
    what: str = ""
    """What changes, where that is shorter than the two sources: `< -> <=`."""


def changes(node: ast.AST) -> Iterator[Change]:
    """Yield every change of one node; of its children only those that depend on where they stand in it."""
    if isinstance(node, ast.stmt):
        yield from _statement(node)
    match node:
        case ast.BinOp():
            yield from _arithmetic(node)
        case ast.Compare():
            yield from _comparison(node)
        case ast.BoolOp():
            yield from _connector(node)
        case ast.UnaryOp():
            operator = "not-deletion" if isinstance(node.op, ast.Not) else "unary-deletion"
            yield Change(operator, node, node.operand)
        case ast.Constant():
            for value in _other_values(node.value):
                yield Change("constant", node, ast.Constant(value))
        case ast.Subscript():
            yield from _subscript(node)
        case ast.Call():
            yield from _call(node)
        case ast.IfExp():
            yield from _condition(node.test)
            yield Change("conditional-swap", node, ast.IfExp(node.test, node.orelse, node.body))
        case ast.comprehension():
            for test in node.ifs:
                yield from _condition(test)


# -- expressions


def _arithmetic(node: ast.BinOp) -> Iterator[Change]:
    if is_sequence(node.left) or is_sequence(node.right):
        if isinstance(node.op, ast.Add):
            yield Change("operand-swap", node, ast.BinOp(node.right, node.op, node.left))
        return
    for other in _ARITHMETIC[type(node.op)]:
        new = ast.BinOp(node.left, other(), node.right)
        yield Change("arithmetic", node, new, f"{sign_of(node.op)} -> {sign_of(other())}")
    if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod | ast.Pow):
        yield Change("operand-swap", node, ast.BinOp(node.right, node.op, node.left))
    for operand in (node.left, node.right):
        if isinstance(operand, ast.Name) and not isinstance(
            node.op, ast.Add | ast.Sub
        ):  # there it is `arithmetic`
            yield Change("unary-insertion", operand, ast.UnaryOp(ast.USub(), operand))


def _comparison(node: ast.Compare) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        for other in _RELATIONS[type(operator)]:
            ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            new = ast.Compare(node.left, ops, node.comparators)
            yield Change("comparison", node, new, f"{sign_of(operator)} -> {sign_of(other())}")


def _connector(node: ast.BoolOp) -> Iterator[Change]:
    other: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield Change("connector", node, ast.BoolOp(other, node.values), f"{sign_of(node.op)} -> {sign_of(other)}")
    for place in range(len(node.values)):
        rest = node.values[:place] + node.values[place + 1 :]
        yield Change("operand-deletion", node, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))


def _other_values(value: object) -> list[bool | int | float | str | bytes]:
    match value:
        case bool():
            return [not value]
        case int():
            return [other for other in dict.fromkeys((value + 1, value - 1, 0)) if other != value]
        case float():
            return [other for other in dict.fromkeys((value + 1.0, -value, 0.0)) if other != value]
        case str():
            return [other for other in ("", "XX") if other != value]
        case bytes():
            return [b""] if value else [b"XX"]
    return []


def _subscript(node: ast.Subscript) -> Iterator[Change]:
    if not isinstance(node.slice, ast.Slice):
        if not isinstance(node.slice, ast.Constant | ast.Tuple | ast.UnaryOp | ast.JoinedStr):
            yield from _shifted("index", node.slice)
        return
    lower, upper, step = node.slice.lower, node.slice.upper, node.slice.step
    for bound in (lower, upper):
        if bound is not None and not isinstance(bound, ast.Constant):
            yield from _shifted("slice", bound)
    fewer: list[tuple[ast.expr | None, ast.expr | None, ast.expr | None]] = []
    if lower is not None:
        fewer.append((None, upper, step))
    if upper is not None:
        fewer.append((lower, None, step))
    if step is not None:
        fewer.append((lower, upper, None))
    for bounds in fewer:
        if any(bounds) or step is not None:  # not `xs[1:]` as `xs[:]`, which mostly differs in identity alone
            yield Change("slice", node, ast.Subscript(node.value, ast.Slice(*bounds), node.ctx))


def _shifted(operator: str, node: ast.expr) -> Iterator[Change]:
    for sign in (ast.Add(), ast.Sub()):
        yield Change(operator, node, ast.BinOp(node, sign, ast.Constant(1)))


def _call(node: ast.Call) -> Iterator[Change]:
    name = _name(node.func)
    plain = not any(isinstance(argument, ast.Starred) for argument in node.args)
    for twin in _TWINS.get(name, ()):
        yield Change("call-swap", node.func, _renamed(node.func, twin), f"{name} -> {twin}")
    if plain and name not in _ORDERED_BY_TYPE:
        for place in range(len(node.args) - 1):
            swapped = [*node.args[:place], node.args[place + 1], node.args[place], *node.args[place + 2 :]]
            if ast.dump(swapped[place]) != ast.dump(swapped[place + 1]):
                yield Change("argument-swap", node, ast.Call(node.func, swapped, node.keywords))
    if name in _WRAPPERS and isinstance(node.func, ast.Name) and len(node.args) == 1 and plain:
        yield Change("call-deletion", node, node.args[0])
    if name == "range" and plain:
        for argument in node.args[:2]:
            if not isinstance(argument, ast.Constant):
                yield from _shifted("range", argument)
    yield from _order_of_call(node, name, plain=plain)


def _order_of_call(node: ast.Call, name: str, *, plain: bool) -> Iterator[Change]:
    """Yield changes of the end that a list grows or shrinks at, and of the order of sorting."""
    method = isinstance(node.func, ast.Attribute)
    if method and name == "append" and len(node.args) == 1 and plain:
        front = [ast.Constant(0), node.args[0]]
        yield Change(
            "call-swap", node, ast.Call(_renamed(node.func, "insert"), front, []), "append -> insert(0)"
        )
    if method and name == "insert" and len(node.args) == 2 and plain:
        yield Change(
            "call-swap", node, ast.Call(_renamed(node.func, "append"), node.args[1:], []), "insert -> append"
        )
    if method and name == "pop" and plain and len(node.args) < 2:
        other: list[ast.expr] = [] if node.args else [ast.Constant(0)]
        yield Change("call-swap", node, ast.Call(node.func, other, []))
    if name not in ("sorted", "sort", "min", "max"):
        return
    for keyword in node.keywords:
        if keyword.arg in ("reverse", "key"):
            rest = [other for other in node.keywords if other is not keyword]
            yield Change("ordering", node, ast.Call(node.func, node.args, rest), f"without {keyword.arg}")
    if name in ("sorted", "sort") and not any(keyword.arg == "reverse" for keyword in node.keywords):
        turned = [*node.keywords, ast.keyword("reverse", ast.Constant(True))]
        yield Change("ordering", node, ast.Call(node.func, node.args, turned), "reverse=True")


def _condition(test: ast.expr, *, loop: bool = False) -> Iterator[Change]:
    """Yield a condition negated, and constant. A loop's is never made True: it would only run out of time."""
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    if not negated and not _has_opposite(test):
        yield Change("not-insertion", test, ast.UnaryOp(ast.Not(), test))
    for value in (True, False):
        if not isinstance(test, ast.Constant) and not (loop and value):
            yield Change("condition", test, ast.Constant(value))


def _has_opposite(test: ast.expr) -> bool:
    """Say whether `comparison` makes the opposite of a condition, so that `not` before it would be the same again."""
    opposite = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
    return isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], opposite)


# -- statements


def _statement(node: ast.stmt) -> Iterator[Change]:
    match node:
        case ast.If() | ast.Assert():
            yield from _condition(node.test)
        case ast.While():
            yield from _condition(node.test, loop=True)
        case ast.Return(value=ast.expr() as value):
            yield from _returned(node, value)
        case ast.AugAssign():
            for other in _ARITHMETIC[type(node.op)] if not is_sequence(node.value) else ():
                new = ast.AugAssign(node.target, other(), node.value)
                yield Change("augmented-assignment", node, new, f"{sign_of(node.op)}= -> {sign_of(other())}=")
            yield Change("augmented-assignment", node, ast.Assign([node.target], node.value, lineno=0))
        case ast.Break():
            yield Change("break-continue", node, ast.Continue())
        case ast.Continue():
            yield Change("break-continue", node, ast.Break())
    declared = isinstance(node, ast.AnnAssign) and node.value is None
    if not declared and not isinstance(node, _NOT_DELETED):
        yield Change("statement-deletion", node, ast.Pass(), "statement deleted")


def _returned(node: ast.Return, value: ast.expr) -> Iterator[Change]:
    nothing = isinstance(value, ast.Constant) and value.value is None
    if not nothing:
        yield Change("return", node, ast.Return(ast.Constant(None)))
    called = _name_of_call(value)
    if isinstance(value, ast.Compare | ast.BoolOp) or called in ("any", "all", "bool", "isinstance"):
        yield Change("return", value, ast.UnaryOp(ast.Not(), value))
    elif called in _NUMERIC_CALLS or (isinstance(value, ast.BinOp) and not is_sequence(value)):
        yield Change("return", value, ast.UnaryOp(ast.USub(), value))
    empty = _EMPTY.get(type(value)) or _EMPTY_OF_CALL.get(called)
    if empty is not None and ast.unparse(value) != empty:
        yield Change("return", value, ast.parse(empty, mode="eval").body)


# -- reading nodes


def is_sequence(node: ast.expr) -> bool:
    """Say whether an expression is, on its face, a text, a list or a tuple."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult | ast.Mod):
        if not isinstance(node.op, ast.Mod) and is_sequence(node.right):
            return True
        node = node.left
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    sequences = (ast.JoinedStr, ast.List, ast.Tuple, ast.ListComp)
    return isinstance(node, sequences) or _name_of_call(node) in ("str", "list", "sorted", "join", "tuple")


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _name_of_call(node: ast.expr) -> str:
    return _name(node.func) if isinstance(node, ast.Call) else ""


def _renamed(function: ast.expr, name: str) -> ast.expr:
    if isinstance(function, ast.Attribute):
        return ast.Attribute(function.value, name, ast.Load())
    return ast.Name(name, ast.Load())


def sign_of(operator: ast.AST) -> str:
    """Return how an operator is written.

    >>> sign_of(ast.LtE()), sign_of(ast.NotIn()), sign_of(ast.FloorDiv()), sign_of(ast.And())
    ('<=', 'not in', '//', 'and')
    """
    a, b = ast.Name("a"), ast.Name("b")
    match operator:
        case ast.cmpop():
            text = ast.unparse(ast.Compare(a, [operator], [b]))
        case ast.boolop():
            text = ast.unparse(ast.BoolOp(operator, [a, b]))
        case ast.operator():
            text = ast.unparse(ast.BinOp(a, operator, b))
        case _:
            raise TypeError(type(operator).__name__)
    return text[1:-1].strip()
