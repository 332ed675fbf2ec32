"""Repairs of statements: one put in, moved, swapped with its neighbour, taken out of its block or into the one before.

`patches(scope)` yields `Patch`es, each some pieces of the text and what to write there. What is put in is made of the
function's own names and statements: a guard with a result that is expected somewhere, an assignment, a growing list, a
return, a copy of another statement. Only statements that have their lines to themselves are moved.

Leaves out: expressions (`repair_expressions.py`), statements of more than one line that would be put in.
"""

import ast
import itertools
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trialrun.lang.repair_scope import CONTAINERS, Scope

Piece = tuple[int, int, str]
"""Where a part of the text begins and ends, in bytes, and what to write in its place."""
_COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith, ast.Match)
_LOOPS = (ast.For, ast.While, ast.AsyncFor)
_LEAVES = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_GENERIC = ("None", "False", "True", "0", "1", "[]", "''", "-1")
_MOST_RESULTS, _LONGEST_RESULT = 6, 24
_MOST_COPIED = 30


@dataclass(frozen=True, slots=True)
class Patch:
    """A change of statements."""

    operator: str
    line: int
    what: str
    pieces: tuple[Piece, ...]


def patches(scope: Scope) -> Iterator[Patch]:
    """Yield the changes of statements of one function, or of the module's top level."""
    blocks = list(_blocks(scope.node))
    for block in blocks:
        for place, statement in enumerate(block):
            if _has_its_lines(statement, scope):
                following = block[place + 1] if place + 1 < len(block) else None
                yield from _swapped(statement, following, scope)
                yield from _inserted(statement, scope)
                yield from _turned(statement, scope)
                yield from _moved(block, place, scope)
    if not isinstance(scope.node, ast.Module):
        yield from _guards(scope)
        yield from _returned(scope)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the statement lists of a function, without those of functions and classes in it."""
    waiting = [node]
    while waiting:
        holder = waiting.pop()
        for _, value in ast.iter_fields(holder):
            if not isinstance(value, list) or not value:
                continue
            if isinstance(value[0], ast.stmt):
                yield value
            if isinstance(value[0], ast.stmt | ast.ExceptHandler | ast.match_case):
                inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
                waiting += [one for one in value if not isinstance(one, inner)]


# -- the text of statements


def _lines(statement: ast.stmt, scope: Scope) -> tuple[int, int]:
    """Return where the lines of a statement begin and end, in bytes."""
    decorators = getattr(statement, "decorator_list", ())
    first = min([statement.lineno, *(one.lineno for one in decorators)])
    return scope.text.line_start(first), scope.text.line_start((statement.end_lineno or first) + 1)


def _has_its_lines(statement: ast.stmt, scope: Scope) -> bool:
    first, last = _lines(statement, scope)
    begin, end = scope.text.span(statement)
    data = scope.text.data
    behind = data[end:last].strip()
    return not data[first:begin].strip() and (not behind or behind.startswith(b"#"))


def _indent(statement: ast.stmt) -> str:
    return " " * statement.col_offset


def _full(statement: ast.stmt, scope: Scope) -> str:
    first, last = _lines(statement, scope)
    text = scope.text.data[first:last].decode()
    return text if text.endswith("\n") else text + "\n"


def _put(scope: Scope, operator: str, code: str, beside: ast.stmt, *, after: bool) -> Patch:
    """Return the patch that writes one line before or after a statement, as its neighbour."""
    first, last = _lines(beside, scope)
    place = last if after else first
    line = f"{_indent(beside)}{code}\n"
    if after and not scope.text.data[:last].endswith(b"\n"):
        line = "\n" + line
    side = "after" if after else "before"
    return Patch(operator, beside.lineno, f"{side} it: {code}", ((place, place, line),))


def _first(scope: Scope) -> ast.stmt | None:
    """Return the first statement of the function behind its docstring."""
    body = scope.node.body
    documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    rest = body[1:] if documented else body
    return rest[0] if rest else None


# -- what is there already


def _swapped(statement: ast.stmt, following: ast.stmt | None, scope: Scope) -> Iterator[Patch]:
    if following is None or not _has_its_lines(following, scope) or isinstance(statement, _LEAVES):
        return
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return
    (begin, middle), (start, end) = _lines(statement, scope), _lines(following, scope)
    pieces = ((begin, middle, _full(following, scope)), (start, end, _full(statement, scope)))
    yield Patch("statement-swap", following.lineno, "swapped with the statement before it", pieces)


def _moved(block: list[ast.stmt], place: int, scope: Scope) -> Iterator[Patch]:
    """Yield a statement behind a block moved into it, and the last one of a block moved out of it."""
    statement = block[place]
    before = block[place - 1] if place else None
    inner: ast.AST | None = before
    while isinstance(inner, (*_COMPOUND,)) and not isinstance(inner, ast.Match):
        last: ast.stmt = (getattr(inner, "orelse", None) or inner.body)[-1]
        if _has_its_lines(last, scope):
            yield _shifted(statement, last.col_offset, "indentation", scope)
        inner = last
    for holder in scope.statements:
        ends = holder.end_lineno == statement.end_lineno and holder.lineno < statement.lineno
        if isinstance(holder, _COMPOUND) and ends and holder.col_offset < statement.col_offset and place:
            yield _shifted(statement, holder.col_offset, "dedentation", scope)


def _shifted(statement: ast.stmt, column: int, operator: str, scope: Scope) -> Patch:
    text = textwrap.indent(textwrap.dedent(_full(statement, scope)), " " * column)
    return Patch(operator, statement.lineno, operator, ((*_lines(statement, scope), text),))


def _turned(statement: ast.stmt, scope: Scope) -> Iterator[Patch]:
    """Yield a statement as another kind of statement with the same parts."""
    begin, _ = scope.text.span(statement)
    word = scope.text.data[begin : begin + 5].decode("utf-8", "ignore")
    match statement:
        case ast.If() if word.startswith("if"):
            yield _head(scope, statement, begin, begin + 2, "while")
            if not statement.orelse and _has_its_lines(statement.body[0], scope):
                yield _unblocked(statement, scope)
        case ast.If() if word.startswith("elif"):
            yield _head(scope, statement, begin, begin + 4, "if")
        case ast.While(orelse=[]):
            yield _head(scope, statement, begin, begin + 5, "if")
        case ast.Assign(targets=[ast.Name() as target], value=value):
            yield _head(scope, statement, *_between(target, value, scope), " += ")
            if isinstance(value, ast.Call):
                start, _ = scope.text.span(value)
                yield _head(scope, statement, begin, start, "")
        case ast.Expr(value=ast.Call() as call):
            of = [call.func.value] if isinstance(call.func, ast.Attribute) else []
            for changed in (*of, *call.args[:1]):
                if isinstance(changed, ast.Name) and changed.id in scope.names:
                    yield _head(scope, statement, begin, begin, f"{changed.id} = ")
        case ast.Return(value=None):
            for name in scope.own:
                yield _head(scope, statement, begin + 6, begin + 6, f" {name}")


def _head(scope: Scope, statement: ast.stmt, begin: int, end: int, new: str) -> Patch:
    old = scope.text.data[begin:end].decode().strip()
    return Patch("statement-form", statement.lineno, f"{old!r} -> {new.strip()!r}", ((begin, end, new),))


def _between(target: ast.expr, value: ast.expr, scope: Scope) -> tuple[int, int]:
    (_, end), (begin, _) = scope.text.span(target), scope.text.span(value)
    brackets = scope.text.data[end:begin].decode().partition("=")[2].lstrip()
    return end, begin - len(brackets)


def _unblocked(statement: ast.If, scope: Scope) -> Patch:
    first, last = _lines(statement, scope)
    body, _ = _lines(statement.body[0], scope)
    text = textwrap.dedent(scope.text.data[body:last].decode())
    new = textwrap.indent(text, _indent(statement))
    return Patch("unconditional", statement.lineno, "without its condition", ((first, last, new),))


# -- what is put in


def _inserted(statement: ast.stmt, scope: Scope) -> Iterator[Patch]:
    """Yield statements put before each statement, and after one that ends its block without leaving it."""
    if isinstance(scope.node, ast.Module) or isinstance(
        statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
    ):
        return
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return
    sides = [False] if isinstance(statement, _LEAVES) else [False, True]
    if scope.text.data[scope.text.span(statement)[0] :].startswith(b"elif"):
        return
    for after in sides:
        for operator, code in _codes(scope):
            yield _put(scope, operator, code, statement, after=after)
    loop = _loop_around(statement, scope)
    if loop is not None and loop.body[0] is statement:
        for condition in scope.conditions:
            for word in ("continue", "break"):
                yield _put(scope, "loop-guard", f"if {condition}: {word}", statement, after=False)


def _codes(scope: Scope) -> Iterator[tuple[str, str]]:
    for simple in scope.simple[:_MOST_COPIED]:
        text = scope.text.of(simple)
        if "\n" not in text:
            yield "statement-copy", text
    for one, other in itertools.permutations(scope.few, 2):
        kind, kinds = scope.kinds.get(one, ""), scope.kinds
        if not kind or not kinds.get(other, "") or kind == kinds.get(other):
            yield "assignment", f"{one} = {other}"
        if kind == "list":
            yield "growth", f"{one}.append({other})"
        if kind == "set":
            yield "growth", f"{one}.add({other})"
    for name in scope.own:
        if scope.kinds.get(name) == "number":
            yield "step", f"{name} += 1"
            yield "step", f"{name} -= 1"


def _loop_around(statement: ast.stmt, scope: Scope) -> ast.For | ast.While | ast.AsyncFor | None:
    found = [one for one in scope.statements if isinstance(one, _LOOPS) and statement in one.body]
    return found[0] if found else None


def _results(scope: Scope) -> Sequence[str]:
    """Return what a guard may give back, as text: plain values of a type that is expected, parameters."""
    types = {type(value).__name__ for value in scope.values}
    generic = [text for text in _GENERIC if not types or type(ast.literal_eval(text)).__name__ in types]
    own = [*scope.parameters, *(f"[{name}]" for name in scope.parameters)]
    return tuple(dict.fromkeys((*generic, "[]", *own)))


def _examples(scope: Scope) -> Sequence[str]:
    """Return short results that are expected of some case, as text."""
    short = [text for text in dict.fromkeys(map(repr, scope.values)) if len(text) <= _LONGEST_RESULT]
    return [text for text in short if text not in _results(scope)][:_MOST_RESULTS]


def _guards(scope: Scope) -> Iterator[Patch]:
    """Yield a base case before the first statement: a condition on the parameters, and what to return then."""
    first = _first(scope)
    if first is None or not _has_its_lines(first, scope):
        return
    conditions: list[str] = []
    for name in scope.parameters:
        kind = scope.kinds.get(name, "")
        if kind == "number":
            conditions += [f"{name} {test}" for test in ("== 0", "<= 0", "< 0", "== 1", "<= 1", "== 2")]
        elif kind in CONTAINERS:
            conditions += [f"not {name}", *(f"len({name}) {test}" for test in ("== 1", "<= 1") if kind)]
        if not kind or kind not in ("number", *CONTAINERS):
            conditions.append(f"{name} is None")
    numbers = [name for name in scope.parameters if scope.kinds.get(name) == "number"]
    for one, other in itertools.combinations(numbers, 2):
        conditions += [f"{one} {sign} {other}" for sign in ("<", ">", "==")]
    for condition in conditions:
        for value in _results(scope):
            yield _put(scope, "guard", f"if {condition}: return {value}", first, after=False)
        for value in _examples(scope):
            yield _put(scope, "example-guard", f"if {condition}: return {value}", first, after=False)


def _returned(scope: Scope) -> Iterator[Patch]:
    """Yield a return behind the function's last statement."""
    last = scope.node.body[-1]
    if isinstance(last, _LEAVES) or not _has_its_lines(last, scope):
        return
    for value in (*scope.own, *_results(scope)):
        yield _put(scope, "return-insertion", f"return {value}", last, after=True)
