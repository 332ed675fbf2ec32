"""Statement markers: a snippet rewritten so that it tells which statements ran and asks which way to go.

One marker a statement, hit when the statement has ended: at the start of its block for a compound one, before the
jump for `return`, `raise`, `break`, `continue` and `exit(…)`. Docstrings and `from __future__` have none. Beside them
stand questions to the runtime (`partial.py`): tests of `if`, `while` and `assert`, what a `for` runs over, the end of
a `try` body, the classes of an `except`. What only a function may hold (a `return`, `yield` or `await` at the top
level, as in a function's body without its head) is put into a function whose names are all global.

`instrument` is deterministic: both sides of the sandbox run it on the same text and get the same numbers, so a job
says numbers only and what they mean is known outside. Standard library only, Python 3.9 syntax.

Leaves out: hooks at reads, and blocks with values (tracing does that).
"""

from __future__ import annotations

import ast
from typing import Any

from trialrun.run.child import routes

JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BODY = "·body"
"""Name of the function around a snippet that could not stand by itself. No name in a program has such letters."""

Way = Any
"""A decision: ("test", number, which way), ("raise", number of the try, handler), ("items", number of the loop, True),
("leave", number of the test, True) for a loop, ("pass", line, True) for an exit that is passed over."""


class Snippet:
    """What `instrument` made of a text."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.lines: list[int] = []
        """Line of each mark, by its number."""
        self.counted: list[bool] = []
        """Whether a mark is a statement's marker; others say only that a line was reached."""
        self.ways: list[tuple[Way, ...]] = []
        """Decisions that lead to each mark, from the start of the function (or the module) around it."""
        self.owner: list[int] = []
        """Function around each mark, −1 for the module."""
        self.tests: list[dict[str, Any]] = []
        """Tests by number: line, kind, whether about invented values, the better way, marks of both ways."""
        self.tries: list[dict[str, Any]] = []
        self.loops: list[int] = []
        """Line of each `for`."""
        self.functions: list[dict[str, Any]] = []
        """Functions by number: name, line, first mark and the one after the last."""
        self.body = ""
        """`function`, `generator`, `coroutine` or `both` where the whole was put into a function."""
        self.assigned_attributes: set[str] = set()
        """Names of attributes that the text assigns or defines somewhere."""
        self.guarded_imports: set[int] = set()
        """Lines of imports inside a `try` that catches their failure."""

    @property
    def total(self) -> int:
        """Number of statement markers."""
        return sum(self.counted)


def instrument(source: str, guards: Any = ()) -> Snippet:
    """Return the rewritten snippet. `guards`: (line, column, end line, end column) of expressions to run guarded.

    Raises SyntaxError, ValueError (null bytes) or RecursionError for what is no program.
    """
    tree = parse(source)
    facts = routes.Facts(tree)
    return _Rewriter(tree, facts, {tuple(guard) for guard in guards}).snippet()


def parse(source: str) -> ast.Module:
    """Return the tree of a text; one that is indented as a whole is taken without the indentation."""
    try:
        return ast.parse(source)
    except IndentationError:
        import textwrap

        lines = textwrap.dedent(source)
        if lines == source:
            raise
        return ast.parse(lines)


class _Rewriter:
    """One walk over a tree; marks are numbered in the order of the text."""

    def __init__(self, tree: ast.Module, facts: routes.Facts, guards: set[tuple[int, ...]]) -> None:
        self.out = Snippet(tree)
        self.facts, self.guards = facts, guards
        self.route: tuple[Way, ...] = ()
        self.function = -1
        self.loop_depth = 0
        self.scopes: list[set[str]] = []
        """Names bound by each function around the present place."""
        self.class_body = ""
        self.top: str = routes.needs_function(tree) or ("function" if facts.is_body else "")

    def snippet(self) -> Snippet:
        out, tree = self.out, self.out.tree
        out.body = self.top
        out.assigned_attributes = self.facts.attributes
        future = [node for node in tree.body if _is_future(node)]
        body = self.block([node for node in tree.body if not _is_future(node)], docstring=True)
        if self.top:
            body = [self._wrapped(body)]
        out.tree = ast.Module(body=[*future, *body], type_ignores=[])
        ast.fix_missing_locations(out.tree)
        return out

    def _wrapped(self, body: list[ast.stmt]) -> ast.stmt:
        """Return the function that holds the whole snippet; its names are the module's."""
        names = sorted(routes.bound_names(self.out.tree.body, set(), everywhere=True))
        head: list[ast.stmt] = [ast.Global(names=names)] if names else []
        arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        kind = ast.AsyncFunctionDef if self.top in ("coroutine", "both") else ast.FunctionDef
        made: Any = kind(name=BODY, args=arguments, body=[*head, *body] or [ast.Pass()], decorator_list=[])
        made.type_params = []
        made.lineno, made.col_offset, made.end_lineno, made.end_col_offset = 1, 0, 1, 0
        node: ast.stmt = made
        return node

    # -- marks

    def mark(self, line: int, counted: bool = True) -> int:
        """Number a new mark at the present place."""
        out = self.out
        out.lines.append(line)
        out.counted.append(counted)
        out.ways.append(self.route)
        out.owner.append(self.function)
        return len(out.lines) - 1

    def call(self, node: ast.AST, name: str, *arguments: Any) -> ast.Call:
        """Return a call of the runtime, placed where `node` is."""
        made = ast.Call(
            func=ast.Name(id=name, ctx=ast.Load()),
            args=[item if isinstance(item, ast.expr) else ast.Constant(value=item) for item in arguments],
            keywords=[],
        )
        for part in (made, made.func, *made.args):
            if not hasattr(part, "lineno"):
                ast.copy_location(part, node)
        return made

    def say(self, node: ast.AST, counted: bool = True) -> ast.stmt:
        """Return a statement that hits a new mark."""
        return self.statement(node, "·m", self.mark(_line(node), counted))

    def statement(self, node: ast.AST, name: str, *arguments: Any) -> ast.stmt:
        """Return a call of the runtime as a statement."""
        return ast.copy_location(ast.Expr(value=self.call(node, name, *arguments)), node)

    # -- blocks

    def block(self, body: list[ast.stmt], docstring: bool = False) -> list[ast.stmt]:
        """Rewrite statements in order; each decision that keeps control here leads to those behind it."""
        before, out = self.route, []
        for place, node in enumerate(body):
            if docstring and place == 0 and _is_text(node):
                out.append(node)
            else:
                out += self.one(node)
                self.route += self._way_past(node)
        self.route = before
        return out

    def _way_past(self, node: ast.stmt) -> tuple[Way, ...]:
        """Return the decisions without which control does not get past a statement."""
        number = getattr(node, "_test", None)
        if isinstance(node, ast.If):
            ends, other = self.facts.ends(node.body), bool(node.orelse) and self.facts.ends(node.orelse)
            if ends != other:
                return (("test", number, not ends),)
        if isinstance(node, ast.While) and number is not None and self.out.tests[number]["constant"]:
            return () if routes.has_break(node.body) else (("leave", number, True),)
        if routes.is_exit(node) and id(node) not in self.facts.yields:
            return (("pass", _line(node), True),)
        return ()

    def one(self, node: ast.stmt) -> list[ast.stmt]:
        """Rewrite one statement."""
        made = getattr(self, "_" + type(node).__name__.lower(), None)
        if made is not None:
            found: list[ast.stmt] = made(node)
            return found
        if _is_text(node):
            return [node]
        if routes.is_exit(node):
            return self._exit(node)
        return [self.expressions(node), self.say(node)]

    def inner(self, node: Any, body: list[ast.stmt], *ways: Way, docstring: bool = False) -> list[ast.stmt]:
        """Rewrite a block that begins with the marker of the statement that it belongs to."""
        before = self.route
        self.route += ways
        head = [body[0]] if docstring and body and _is_text(body[0]) else []
        found = [*head, self.say(node), *self.block(body[len(head) :])]
        self.route = before
        return found

    def rest(self, body: list[ast.stmt], *ways: Way) -> list[ast.stmt]:
        """Rewrite a block without a marker of its own (`else`)."""
        before = self.route
        self.route += ways
        found = self.block(body)
        self.route = before
        return found

    # -- simple statements

    def _pass(self, node: ast.stmt) -> list[ast.stmt]:
        return [self.say(node), node]

    def _jump(self, node: ast.stmt) -> list[ast.stmt]:
        return [self.say(node), node if self.loop_depth else ast.copy_location(ast.Pass(), node)]

    _break = _continue = _jump

    def _global(self, node: ast.Global) -> list[ast.stmt]:
        if self.top and not self.scopes:  # all names of the function around the snippet are global already
            return [self.say(node)]
        return [node, self.say(node)]

    def _nonlocal(self, node: ast.Nonlocal) -> list[ast.stmt]:
        outer = set().union(*self.scopes[:-1]) if len(self.scopes) > 1 else set()
        kept = [name for name in node.names if name in outer]
        moved = [name for name in node.names if name not in outer]
        found: list[ast.stmt] = []
        if kept:
            found.append(ast.copy_location(ast.Nonlocal(names=kept), node))
        if moved and self.scopes:  # the function that bound them is not here: then they are the module's
            found.append(ast.copy_location(ast.Global(names=moved), node))
        return [*found, self.say(node)]

    def _return(self, node: ast.Return) -> list[ast.stmt]:
        if node.value is None:
            return [self.say(node), node]
        value = self.call(node, "·v", self.mark(_line(node)), self.expression(node.value))
        if self.top == "both" and not self.scopes:  # an asynchronous generator returns nothing
            return [ast.copy_location(ast.Expr(value=value), node), ast.copy_location(ast.Return(), node)]
        node.value = value
        return [node]

    def _raise(self, node: ast.Raise) -> list[ast.stmt]:
        number = self.mark(_line(node))
        if node.exc is None:
            return [self.statement(node, "·m", number), node]
        node.exc = self.call(node, "·r", -1 if node.cause else number, self.expression(node.exc))
        if node.cause is not None:
            node.cause = self.call(node, "·r", number, self.expression(node.cause))
        return [node]

    def _exit(self, node: Any) -> list[ast.stmt]:
        call = node.value
        if id(node) in self.facts.yields:
            value = self.expression(call.args[0])
            node.value = self.call(call, "·q", self.call(call, "·v", self.mark(_line(node)), value))
            return [node]
        if self.facts.is_body and isinstance(call.func, ast.Name) and len(call.args) < 2:
            return self._return(
                ast.copy_location(ast.Return(value=call.args[0] if call.args else None), node)
            )
        if len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Starred):
            value = self.expression(call.args[0])
            call.args = [self.call(call, "·v", self.mark(_line(node)), value)]
            return [node]
        said = self.say(node)
        return [said, self.expressions(node)]

    def _delete(self, node: ast.Delete) -> list[ast.stmt]:
        # A name that nothing defines has to be there before it can be deleted.
        found: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Name) and not any(target.id in scope for scope in self.scopes):
                load = ast.copy_location(ast.Name(id=target.id, ctx=ast.Load()), node)
                store = ast.copy_location(ast.Name(id=target.id, ctx=ast.Store()), node)
                found.append(ast.copy_location(ast.Assign(targets=[store], value=load), node))
        return [*found, node, self.say(node)]

    def _annassign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        if self.top and not self.scopes and isinstance(node.target, ast.Name):
            if node.value is None:
                return [self.say(node)]
            plain = ast.Assign(targets=[node.target], value=self.expression(node.value))
            return [ast.copy_location(plain, node), self.say(node)]
        return [self.expressions(node), self.say(node)]

    def _importfrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        if self.top and not self.scopes and node.names[0].name == "*":
            return [self.statement(node, "·s", node.module or "", node.level), self.say(node)]
        return [node, self.say(node)]

    def _assert(self, node: ast.Assert) -> list[ast.stmt]:
        node.test = self.test(node, "assert")
        self.out.tests[-1]["better"] = True
        return [node, self.say(node)]

    # -- compound statements

    def test(self, node: Any, kind: str) -> ast.expr:
        """Return the test of a statement as a question to the runtime."""
        number = node._test = len(self.out.tests)
        facts = self.facts
        self.out.tests.append(
            {
                "line": _line(node),
                "kind": kind,
                "constant": isinstance(node.test, ast.Constant),
                "invented": facts.about_invented(node.test),
                "better": facts.better.get(id(node), True),
                "late": facts.late.get(id(node), True),
                "leaves": facts.leaves(node.body) if kind == "if" else False,
                "body": (0, 0),
                "rest": (0, 0),
                "owner": self.function,
            }
        )
        return self.call(node.test, "·t", number, self.expression(node.test))

    def _if(self, node: ast.If) -> list[ast.stmt]:
        seen = self.say(node, counted=False)
        node.test = self.test(node, "if")
        number = len(self.out.tests) - 1
        first = len(self.out.lines)
        node.body = self.inner(node, node.body, ("test", number, True))
        second = len(self.out.lines)
        node.orelse = self.rest(node.orelse, ("test", number, False))
        self.out.tests[number].update(body=(first, second), rest=(second, len(self.out.lines)))
        return [seen, node]

    def _while(self, node: ast.While) -> list[ast.stmt]:
        seen = self.say(node, counted=False)
        node.test = self.test(node, "while")
        number = len(self.out.tests) - 1
        first = len(self.out.lines)
        self.loop_depth += 1
        node.body = self.inner(node, node.body, ("test", number, True))
        self.loop_depth -= 1
        self.out.tests[number]["body"] = (first, len(self.out.lines))
        node.orelse = self.rest(node.orelse)
        return [seen, self.statement(node, "·w", number), node]

    def _for(self, node: Any) -> list[ast.stmt]:
        seen = self.say(node, counted=False)
        number = len(self.out.loops)
        self.out.loops.append(_line(node))
        node.iter = self.expression(node.iter)
        if isinstance(node, ast.For):
            node.iter = self.call(node.iter, "·i", number, node.iter)
        self.loop_depth += 1
        node.body = self.inner(node, node.body, ("items", number, True))
        self.loop_depth -= 1
        node.orelse = self.rest(node.orelse)
        return [seen, node]

    _asyncfor = _for

    def _with(self, node: Any) -> list[ast.stmt]:
        seen = self.say(node, counted=False)
        for item in node.items:
            item.context_expr = self.expression(item.context_expr)
        node.body = self.inner(node, node.body)
        return [seen, node]

    _asyncwith = _with

    def _try(self, node: Any) -> list[ast.stmt]:
        number = len(self.out.tries)
        told: dict[str, Any] = {"line": _line(node), "handlers": [], "body": (0, 0), "owner": self.function}
        self.out.tries.append(told)
        catching = [handler for handler in node.handlers if routes.catches_import(handler)]
        if catching and not self.facts.ends(catching[0].body):  # else a stand-in leads further
            for part in node.body:
                if isinstance(part, (ast.Import, ast.ImportFrom)):
                    self.out.guarded_imports.add(part.lineno)
        first = len(self.out.lines)
        body = self.inner(node, node.body)
        told["body"] = (first, len(self.out.lines))
        if node.handlers:
            node.body = self._with_ends(node, body, number)
        else:
            node.body = body
        for place, handler in enumerate(node.handlers):
            first = len(self.out.lines)
            if handler.type is not None:
                handler.type = self.call(handler, "·e", number, place, self.expression(handler.type))
            handler.body = self.inner(handler, handler.body, ("raise", number, place))
            told["handlers"].append((first, len(self.out.lines)))
        node.orelse = self.rest(node.orelse)
        if node.finalbody:
            node.finalbody = [self.say(node.finalbody[0]), *self.block(node.finalbody)]
        return [node]

    _trystar = _try

    def _with_ends(self, node: ast.AST, body: list[ast.stmt], number: int) -> list[ast.stmt]:
        """Put the places at which an invented operation may raise at both ends of a `try` body."""
        last = body[-1]
        start = self.statement(node, "·x", number, False)
        if isinstance(last, ast.Return) and last.value is not None:
            last.value = self.call(last, "·y", number, last.value)
            return [start, *body]
        if routes.is_exit(last) and last.value.args:  # type: ignore[attr-defined]
            call = last.value  # type: ignore[attr-defined]
            call.args[-1] = self.call(last, "·y", number, call.args[-1])
            return [start, *body]
        end = self.statement(last, "·x", number, True)
        if isinstance(last, JUMPS) or routes.is_exit(last):
            return [start, *body[:-1], end, last]
        return [start, *body, end]

    def _match(self, node: Any) -> list[ast.stmt]:
        seen = self.say(node, counted=False)
        node.subject = self.expression(node.subject)
        for case in node.cases:
            case.body = self.inner(case.body[0], case.body)
        return [seen, node]

    # -- definitions

    def _functiondef(self, node: Any) -> list[ast.stmt]:
        seen = self.say(node, counted=False)
        node.decorator_list = [self.call(item, "·d", self.expression(item)) for item in node.decorator_list]
        number = len(self.out.functions)
        name = "%s.%s" % (self.class_body, node.name) if self.class_body else node.name
        told = {"name": name, "line": _line(node), "marks": (0, 0)}
        self.out.functions.append(told)
        node.decorator_list.append(self.call(node, "·f", number))
        before = self.route, self.function, self.loop_depth, self.class_body
        self.route, self.function, self.loop_depth, self.class_body = (), number, 0, ""
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        arguments += [item for item in (node.args.vararg, node.args.kwarg) if item is not None]
        self.scopes.append(routes.bound_names(node.body, {item.arg for item in arguments}))
        first = len(self.out.lines)
        node.body = self.inner(node, node.body, docstring=True)
        told["marks"] = (first, len(self.out.lines))
        self.scopes.pop()
        self.route, self.function, self.loop_depth, self.class_body = before
        return [seen, node]

    _asyncfunctiondef = _functiondef

    def _classdef(self, node: ast.ClassDef) -> list[ast.stmt]:
        seen = self.say(node, counted=False)
        node.decorator_list = [self.call(item, "·d", self.expression(item)) for item in node.decorator_list]
        before, depth = self.class_body, self.loop_depth
        self.class_body, self.loop_depth = node.name, 0
        node.body = self.inner(node, node.body, docstring=True)
        self.class_body, self.loop_depth = before, depth
        return [seen, node]

    # -- expressions

    def expressions(self, node: Any) -> Any:
        """Guard what is to be guarded in the expressions of a simple statement."""
        return _Guards(self).visit(node) if self.guards else node

    def expression(self, node: ast.expr) -> ast.expr:
        """Guard what is to be guarded in one expression."""
        found: ast.expr = _Guards(self).visit(node) if self.guards else node
        return found


class _Guards(ast.NodeTransformer):
    """Puts the expressions that failed on an invented value into a call that may invent their result."""

    def __init__(self, rewriter: _Rewriter) -> None:
        self.rewriter = rewriter

    def visit(self, node: Any) -> Any:
        place = tuple(getattr(node, name, -1) for name in routes.PLACE)
        wanted = isinstance(node, ast.expr) and place in self.rewriter.guards
        if wanted and routes.can_wait(node) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            text = ast.unparse(node)[:60]
            node = self.generic_visit(node)
            arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
            later = ast.copy_location(ast.Lambda(args=arguments, body=node), node)
            return self.rewriter.call(node, "·g", node.lineno, text, later)
        return self.generic_visit(node)


def _line(node: Any) -> int:
    line: int = getattr(node, "lineno", 1)
    return line


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
