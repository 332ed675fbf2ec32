"""Names in functions, as the compiler takes them: what is local, what statements and expressions read and bind, what
a closure shares.

Comprehensions run where they stand; functions, lambdas and generator expressions may run later (`Capture`), unless they
are used up at once by the function that they are given to.

Leaves out: what a class inside a function keeps from it, names behind `exec` and `locals()`.
"""

import ast
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEFERRED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_CONSUMERS = frozenset(
    ("sum", "any", "all", "min", "max", "sorted", "list", "tuple", "set", "frozenset", "dict", "join")
)
"""Functions that use up a generator expression before they return."""
_ORDERERS = frozenset(("sorted", "min", "max", "sort"))
"""Functions that are done with their `key` when they return."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A function, lambda or generator expression inside the function that may run after the statement it is in."""

    node: ast.AST
    names: frozenset[str]
    """Local names of the function around it that it reads."""
    rebinds: frozenset[str]
    """Those that it binds, by `nonlocal`."""


def names_of(function: Function) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that the compiler takes for local in a function, and those that it declares global."""
    table = symtable.symtable(ast.unparse(function), "<function>", "exec").get_children()[-1]
    symbols = table.get_symbols()
    # The table of a function has the variables of its comprehensions, too.
    bound = bound_by(function.body) | {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
    return (
        frozenset(one.get_name() for one in symbols if one.is_local() and one.get_name() in bound),
        frozenset(one.get_name() for one in symbols if one.is_declared_global()),
    )


def mentioned(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Return every name that occurs in some nodes, whatever it means there."""
    found: set[str] = set()
    for root in nodes:
        for node in ast.walk(root):
            for value in (
                getattr(node, "id", None),
                getattr(node, "name", None),
                getattr(node, "rest", None),
            ):
                if isinstance(value, str):
                    found.add(value)
            if isinstance(node, ast.arg):
                found.add(node.arg)
            elif isinstance(node, ast.alias):
                found.add(node.asname or node.name.partition(".")[0])
            elif isinstance(node, ast.Global | ast.Nonlocal):
                found.update(node.names)
    return frozenset(found)


def scope_of(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield nodes and what lies in them, but for the insides of functions and lambdas."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, _DEFERRED):
            waiting += _at_once(node)
        else:
            waiting += ast.iter_child_nodes(node)


def _at_once(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.expr]:
    """Return what is evaluated where a function is made: defaults and decorators."""
    given = [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]
    return given if isinstance(node, ast.Lambda) else [*given, *node.decorator_list]


# -- expressions


def evaluated(node: ast.AST | None) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the names that evaluating a node reads, certainly binds, and may bind; rather too many."""
    if node is None:
        return frozenset(), frozenset(), frozenset()
    reads = free_names(node)
    certain: set[str] = set()
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.BoolOp):
            waiting.append(one.values[0])
        elif isinstance(one, ast.IfExp):
            waiting.append(one.test)
        elif isinstance(one, ast.Compare):
            waiting += [one.left, one.comparators[0]]
        elif isinstance(one, _COMPREHENSIONS):
            waiting.append(one.generators[0].iter)
        elif isinstance(one, _DEFERRED):
            waiting += _at_once(one)
        else:
            if isinstance(one, ast.NamedExpr):
                certain.add(one.target.id)
            waiting += ast.iter_child_nodes(one)
    every = {one.target.id for one in scope_of([node]) if isinstance(one, ast.NamedExpr)}
    return reads, frozenset(certain), frozenset(every)


def free_names(node: ast.AST) -> frozenset[str]:
    """Return the names that a node reads from around it: what nested functions read and do not bind among them."""
    match node:
        case ast.Name():
            return frozenset((node.id,)) if isinstance(node.ctx, ast.Load) else frozenset()
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            return _union([*_at_once(node), *_annotations(node)]) | _run_later(node)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            bound = {
                one.id
                for generator in node.generators
                for one in ast.walk(generator.target)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            }
            first = free_names(node.generators[0].iter)
            return first | (_union(ast.iter_child_nodes(node)) - bound)
    return _union(ast.iter_child_nodes(node))


def _run_later(node: ast.AST) -> frozenset[str]:
    """Return the names that a function or generator expression reads when it runs."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            own = node.body if isinstance(node.body, list) else [node.body]
            return _inner_names(own, {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)})
    return free_names(node)


def _union(nodes: Iterable[ast.AST]) -> frozenset[str]:
    return frozenset[str]().union(*(free_names(one) for one in nodes))


def _inner_names(body: Sequence[ast.AST], parameters: set[str]) -> frozenset[str]:
    """Return what the body of a nested function reads and does not bind, or binds by `nonlocal`."""
    outer, not_ours = set[str](), set[str]()
    for node in scope_of(body):
        if isinstance(node, ast.Nonlocal):
            outer.update(node.names)
        elif isinstance(node, ast.Global):
            not_ours.update(node.names)
    return (_union(body) - parameters - bound_by(body) - not_ours) | outer


def bound_by(body: Sequence[ast.AST], *, walrus: bool = True) -> frozenset[str]:
    """Return the names that statements bind or delete; what comprehensions bind for themselves is not among them.

    Without `walrus` what `:=` binds is left out.
    """
    found: set[str] = set()
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Name():
                found |= set() if isinstance(node.ctx, ast.Load) else {node.id}
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.alias():
                found.add(node.asname or node.name.partition(".")[0])
            case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar():
                found |= {node.name} if node.name else set()
            case ast.MatchMapping():
                found |= {node.rest} if node.rest else set()
        if isinstance(node, ast.comprehension):
            waiting += [node.iter, *node.ifs]
        elif isinstance(node, ast.NamedExpr) and not walrus:
            waiting.append(node.value)
        elif isinstance(node, _DEFERRED):
            waiting += _at_once(node)
        elif isinstance(node, ast.ClassDef):
            waiting += [*node.bases, *node.keywords, *node.decorator_list]
        else:
            waiting += ast.iter_child_nodes(node)
    return frozenset(found)


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    for one in ast.walk(getattr(node, "args", ast.arguments())):
        if isinstance(one, ast.arg) and one.annotation is not None:
            yield one.annotation
    returns = getattr(node, "returns", None)
    if returns is not None:
        yield returns


def stored_in(target: ast.AST) -> frozenset[str]:
    """Return the names that an assignment to a target binds."""
    return frozenset(
        one.id for one in ast.walk(target) if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)
    )


def captured_by(pattern: ast.pattern) -> Iterator[str]:
    """Yield the names that a pattern binds where it matches."""
    for node in ast.walk(pattern):
        for name in (getattr(node, "name", None), getattr(node, "rest", None)):
            if isinstance(name, str):
                yield name


# -- what may run later


def captures(function: Function, local: frozenset[str]) -> Iterator[Capture]:
    """Yield what lies in a function and may run after the statement that made it."""
    at_once: set[int] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in _CONSUMERS and name not in local:
                at_once.update(id(one) for one in node.args if isinstance(one, ast.GeneratorExp))
            if name in _ORDERERS and name not in local:
                at_once.update(id(one.value) for one in node.keywords if one.arg == "key")
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (*_DEFERRED, ast.GeneratorExp)):
            walrus = any(isinstance(one, ast.NamedExpr) for one in ast.walk(node))
            if id(node) not in at_once or walrus:
                rebinds = {
                    name for one in ast.walk(node) if isinstance(one, ast.Nonlocal) for name in one.names
                }
                yield Capture(node, _run_later(node) & local, frozenset(rebinds) & local)
        waiting += ast.iter_child_nodes(node)
