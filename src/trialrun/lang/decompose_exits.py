"""How a region is left, and how it is written as a function and as the call of it.

    plain     a, b = part(x, a)               control only ever goes on behind it
    return    return part(x)                  control never goes on, or there is nothing behind it
    tagged    way, result = part(x)           it is left by `return`, `break` or `continue` too: the part says how

Leaves out: whether a region may become a function (`decompose_region.py`).
"""

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from trialrun.lang.decompose_flow import Flow
from trialrun.lang.statement_names import scope_of

Mode = Literal["plain", "return", "tagged"]
Kind = Literal["loop", "body", "branch", "run"]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LOOPS = (ast.While, ast.For, ast.AsyncFor)
_TRIES = (ast.Try, ast.TryStar)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a region is."""

    body: list[ast.stmt]
    """Statement list that holds it."""
    start: int
    stop: int
    kind: Kind
    in_loop: bool
    """Whether a loop of the function is around it."""
    is_tail: bool
    """Whether nothing of the function comes behind it."""

    @property
    def statements(self) -> list[ast.stmt]:
        """The region's statements."""
        return self.body[self.start : self.stop]


@dataclass(frozen=True, slots=True)
class Exit:
    """A statement by which a region is left."""

    node: ast.stmt
    through_finally: bool


def exits_of(statements: Sequence[ast.AST], looped: bool = False, guarded: bool = False) -> Iterator[Exit]:
    """Yield the statements by which control leaves a statement list before its end."""
    for node in statements:
        if isinstance(node, ast.Return):
            yield Exit(node, guarded)
        elif isinstance(node, ast.Break | ast.Continue):
            if not looped:
                yield Exit(node, guarded)
        elif isinstance(node, _LOOPS):
            yield from exits_of(node.body, True, guarded)
            yield from exits_of(node.orelse, looped, guarded)
        elif not isinstance(node, _FUNCTIONS):
            within = guarded or (isinstance(node, _TRIES) and bool(node.finalbody))
            yield from exits_of(list(ast.iter_child_nodes(node)), looped, within)


class Exits(ast.NodeTransformer):
    """Writes other statements where control leaves a statement list."""

    looped = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Leave a nested function as it is."""
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Leave a nested function as it is."""
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """Leave a lambda as it is."""
        return node

    def _loop(self, node: ast.While | ast.For | ast.AsyncFor) -> ast.AST:
        self.looped += 1
        node.body = [self.visit(one) for one in node.body]
        self.looped -= 1
        node.orelse = [self.visit(one) for one in node.orelse]
        return node

    visit_While = visit_For = visit_AsyncFor = _loop


class _Tagging(Exits):
    """Writes `return` of what the caller needs in place of each exit."""

    def __init__(self, results: Sequence[str], mode: Mode, is_body: bool) -> None:
        self.results, self.mode, self.is_body = results, mode, is_body

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """Tag what is returned."""
        if self.mode != "tagged":
            return node
        return ast.Return(_tuple([ast.Constant("return"), node.value or ast.Constant(None)]))

    def visit_Break(self, node: ast.Break) -> ast.AST:
        """Say that the loop is left."""
        return node if self.looped else ast.Return(self.left("break"))

    def visit_Continue(self, node: ast.Continue) -> ast.AST:
        """Say that the next turn begins; of a whole body that is its end."""
        return node if self.looped else ast.Return(self.left("next" if self.is_body else "continue"))

    def left(self, tag: str) -> ast.expr | None:
        """Return what is given back where control goes on by a tag."""
        if self.mode == "tagged":
            return _tuple([ast.Constant(tag), _tuple([ast.Name(one, ast.Load()) for one in self.results])])
        return given(self.results) if self.mode == "plain" else None


def _tuple(parts: Sequence[ast.expr]) -> ast.Tuple:
    return ast.Tuple(list(parts), ast.Load())


def given(results: Sequence[str], store: bool = False) -> ast.expr | None:
    """Return the expression, or target, of the results of a plain call; None where there are none."""
    context: ast.expr_context = ast.Store() if store else ast.Load()
    names: list[ast.expr] = [ast.Name(one, context) for one in results]
    if len(names) < 2:
        return names[0] if names else None
    return ast.Tuple(names, context)


def written_part(
    flow: Flow,
    place: Place,
    name: str,
    parameters: Sequence[str],
    results: Sequence[str],
    mode: Mode,
) -> ast.FunctionDef:
    """Return a region as a function of its own."""
    tagging = _Tagging(results, mode, place.kind == "body")
    body: list[ast.stmt] = [tagging.visit(one) for one in copy.deepcopy(place.statements)]
    end = tagging.left("next")
    if end is not None and not isinstance(body[-1], ast.Return | ast.Raise):
        body.append(ast.Return(end))
    stored = {
        one.id
        for one in scope_of(place.statements)
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)
    }
    declared = sorted(stored & flow.globals)
    if declared:
        body.insert(0, ast.Global(declared))
    return ast.FunctionDef(
        name=name,
        args=ast.arguments(
            posonlyargs=[],
            args=[ast.arg(one) for one in parameters],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        ),
        body=body,
        decorator_list=[],
        returns=None,
        type_params=[],
        lineno=0,
    )


def written_call(
    name: str,
    parameters: Sequence[str],
    results: Sequence[str],
    mode: Mode,
    temporary: tuple[str, str],
    kinds: set[type[ast.stmt]],
    *,
    is_body: bool,
) -> list[ast.stmt]:
    """Return the statements that stand in a region's place."""
    called = ast.Call(ast.Name(name, ast.Load()), [ast.Name(one, ast.Load()) for one in parameters], [])
    if mode == "return":
        return [ast.Return(called)]
    if mode == "plain":
        target = given(results, store=True)
        return [ast.Expr(called) if target is None else ast.Assign([target], called, lineno=0)]
    way, result = temporary

    def where(tag: str, then: ast.stmt) -> ast.stmt:
        test = ast.Compare(ast.Name(way, ast.Load()), [ast.Eq()], [ast.Constant(tag)])
        return ast.If(test, [then], [])

    pair = ast.Tuple([ast.Name(way, ast.Store()), ast.Name(result, ast.Store())], ast.Store())
    call: list[ast.stmt] = [ast.Assign([pair], called, lineno=0)]
    if ast.Return in kinds:
        call.append(where("return", ast.Return(ast.Name(result, ast.Load()))))
    if results:
        names: list[ast.expr] = [ast.Name(one, ast.Store()) for one in results]
        call.append(ast.Assign([ast.Tuple(names, ast.Store())], ast.Name(result, ast.Load()), lineno=0))
    if ast.Break in kinds:
        call.append(where("break", ast.Break()))
    if ast.Continue in kinds and not is_body:
        call.append(where("continue", ast.Continue()))
    return call
