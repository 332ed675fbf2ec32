"""Blocks of a Python program: where each begins and ends, and which names it writes, from the syntax tree alone.

A *run* is a longest sequence of simple statements of one statement list; it is left at its end, by its last statement
or by an exception. What decides where to go next (the test of an `if`, the head of a loop, …) is a *test*, a block of
its own. Both sides number blocks by the same walk over the same text: the job, which puts a probe at the end of each
run (`run/child/rewrite.py`), and whoever reads the events (`lang/regions.py`, `observe/events.py`); so a job sends
numbers only. Functions, class bodies and the module are *codes*, in the order of their text.

Standard library only, Python 3.9 syntax: the source is sent to the sandboxed child. Leaves out: codes of lambdas and
comprehensions (they belong to the block that holds them), names that a call may change unseen.
"""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

CALL, RAISE, LEAVE, CATCH, BLOCK, RETURN = range(6)
"""Kinds of sites: a code is entered, left by an exception, left at last; a handler begins; a run ends, or returns."""

RUN, TEST = "run", "test"
MOST_NAMES = 12
"""Names that one event carries at most."""

# fmt: off
_MUTATORS = frozenset((
    "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "add", "discard", "update", "setdefault",
    "popitem", "appendleft", "popleft", "extendleft", "rotate", "difference_update", "intersection_update",
    "symmetric_difference_update", "move_to_end", "subtract", "fill", "put", "write", "writelines",
))
# fmt: on
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPOUND = tuple(
    getattr(ast, name)
    for name in ("If", "While", "For", "AsyncFor", "With", "AsyncWith", "Try", "TryStar", "Match")
    if hasattr(ast, name)
)
_TRIES = tuple(getattr(ast, name) for name in ("Try", "TryStar") if hasattr(ast, name))
_LEAVES = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Site(NamedTuple):
    """One place from which events come; its number is its place in `Layout.sites`."""

    kind: int
    code: int
    block: int
    """−1 where the site belongs to a code and to no block."""
    names: tuple[str, ...]
    """Names whose values an event carries, in order; a returned value follows them."""
    has_value: bool
    """Whether a returned value follows the names."""


class Block:
    """A run or a test."""

    def __init__(
        self, index: int, code: int, role: str, statements: list[Any], names: tuple[str, ...]
    ) -> None:
        self.index, self.code, self.role = index, code, role
        self.statements = statements
        """Statements of a run; of a test the one compound statement that it begins."""
        self.names = names
        """Names that the run has certainly bound or changed when it is over, at most `MOST_NAMES`."""
        self.site = -1
        """Site at its end, −1 for a test."""
        self.owner: Any = None
        """Compound statement, or handler, whose body it begins."""
        self.leading: tuple[str, ...] = ()
        """Names that are bound as it begins: a loop's target, a handler's name, what a pattern captures."""
        self.returns = False
        """Whether the code is left after it."""

    def lines(self) -> tuple[tuple[int, int], ...]:
        """Return its lines as (first, last) pairs: without bodies, which are blocks of their own.

        A run without statements has those of the statement whose body it begins.
        """
        return tuple(map(head_lines, self.statements or ([self.owner] if self.owner is not None else ())))


class Code:
    """The module, a function or a class body."""

    def __init__(self, index: int, name: str, node: Any, kind: str) -> None:
        self.index, self.name, self.node, self.kind = index, name, node, kind
        """`kind` is `module`, `function` or `class`; `name` is the qualified name."""
        self.line = 0 if kind == "module" else first_line(node)
        self.end_line = int(getattr(node, "end_lineno", None) or 0)
        self.suspends = kind == "function" and _suspends(node)
        """Whether it is a generator or a coroutine: then its events say which frame they are from."""
        self.guarded = kind == "function" and _guarded(node.body, False)
        """Whether code may run in it after a `return`: then only the site `LEAVE` ends it."""
        self.blocks: list[Block] = []
        self.call = self.error = self.leave = -1
        """Numbers of its sites."""
        self.parameters: tuple[str, ...] = parameters(node) if kind == "function" else ()
        self.prefix = _prefix(node)
        """Statements at its beginning that have to stay there: the docstring, imports from `__future__`."""


class Layout:
    """All codes, blocks and sites of one text."""

    def __init__(self, tree: ast.Module) -> None:
        """Walk a parsed module. Deep nesting raises `RecursionError`, as it does in `compile`."""
        self.codes: list[Code] = []
        self.blocks: list[Block] = []
        self.sites: list[Site] = []
        self.bodies: dict[int, list[Any]] = {}
        """id of a statement list → its segments: a `Block`, or a compound statement, in order."""
        self.tests: dict[int, Block] = {}
        """id of a compound statement → its test."""
        self.catches: dict[int, int] = {}
        """id of an exception handler → its site."""
        self.beyond = 0
        """Line of the probes, where there are some: after the last one of the text."""
        self._code(tree, "<module>", "module")

    def _site(self, kind: int, code: Code, block: int, names: tuple[str, ...], has_value: bool) -> int:
        self.sites.append(Site(kind, code.index, block, names, has_value))
        return len(self.sites) - 1

    def _code(self, node: Any, name: str, kind: str) -> None:
        code = Code(len(self.codes), name, node, kind)
        self.codes.append(code)
        code.call = self._site(CALL, code, -1, code.parameters[:MOST_NAMES], False)
        code.error = self._site(RAISE, code, -1, (), False)
        if code.guarded:
            code.leave = self._site(LEAVE, code, -1, (), False)
        segments = self._body(node.body, code, (), code.prefix)
        last = segments[-1] if segments else None
        if not isinstance(last, Block):
            segments.append(self._run(code, [], (), True))
        elif not last.returns and not (last.statements and isinstance(last.statements[-1], _LEAVES)):
            last.returns = True
            self.sites[last.site] = self.sites[last.site]._replace(kind=RETURN)

    def _body(
        self, body: list[Any], code: Code, leading: tuple[str, ...], skip: int = 0, owner: Any = None
    ) -> list[Any]:
        """Split a statement list; `leading` are names bound before it begins, by its `owner`.

        The body of a compound statement begins with a run, if need be an empty one.
        """
        segments: list[Any] = []
        self.bodies[id(body)] = segments
        run: list[Any] = []
        is_open = owner is not None
        for statement in body[skip:]:
            if isinstance(statement, _COMPOUND):
                if run or is_open:
                    segments.append(self._run(code, run, leading, False))
                run, leading, is_open = [], (), False
                segments.append(statement)
                self._compound(statement, code)
                continue
            if run and _indices(run).intersection(_rebound(statement)):
                segments.append(self._run(code, run, leading, False))
                run, leading, is_open = [], (), False
            run.append(statement)
            if isinstance(statement, _LEAVES):
                segments.append(self._run(code, run, leading, isinstance(statement, ast.Return)))
                run, leading, is_open = [], (), False
        if run or is_open:
            segments.append(self._run(code, run, leading, False))
        if owner is not None:
            segments[0].owner = owner
        return segments

    def _run(self, code: Code, statements: list[Any], leading: tuple[str, ...], returns: bool) -> Block:
        names = () if code.kind == "class" and not statements else written(statements, leading)
        block = Block(len(self.blocks), code.index, RUN, statements, names)
        block.leading, block.returns = leading, returns
        self.blocks.append(block)
        code.blocks.append(block)
        has_value = (
            bool(statements) and isinstance(statements[-1], ast.Return) and statements[-1].value is not None
        )
        block.site = self._site(RETURN if returns else BLOCK, code, block.index, names, has_value)
        for statement in statements:
            if isinstance(statement, _DEFINITIONS):
                outer = (
                    ""
                    if code.kind == "module"
                    else code.name + ("." if code.kind == "class" else ".<locals>.")
                )
                kind = "class" if isinstance(statement, ast.ClassDef) else "function"
                self._code(statement, outer + statement.name, kind)
        return block

    def _compound(self, node: Any, code: Code) -> None:
        test = Block(len(self.blocks), code.index, TEST, [node], ())
        self.blocks.append(test)
        code.blocks.append(test)
        self.tests[id(node)] = test
        for body, leading, handler in bodies_of(node):
            if handler is not None:
                self.catches[id(handler)] = self._site(CATCH, code, -1, (), False)
            self._body(body, code, leading, owner=handler or node)


def bodies_of(node: Any) -> list[tuple[list[Any], tuple[str, ...], Any]]:
    """Return (statement list, names bound as it begins, its handler or None) of a compound statement, in order."""
    if isinstance(node, (ast.For, ast.AsyncFor)):
        found = [(node.body, _targets(node.target), None), (node.orelse, (), None)]
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        names: list[str] = []
        for item in node.items:
            names += _targets(item.optional_vars) if item.optional_vars is not None else ()
        found = [(node.body, tuple(dict.fromkeys(names)), None)]
    elif isinstance(node, _TRIES):
        found = [(node.body, (), None)]
        found += [(one.body, (one.name,) if one.name else (), one) for one in node.handlers]
        found += [(node.orelse, (), None), (node.finalbody, (), None)]
    elif hasattr(node, "cases"):
        found = [(case.body, _captures(case.pattern), None) for case in node.cases]
    else:
        found = [(node.body, (), None), (node.orelse, (), None)]
    return [one for one in found if one[0]]


def first_line(node: Any) -> int:
    """Return the first line of a statement, decorators included."""
    return int(min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))]))


def head_lines(node: Any) -> tuple[int, int]:
    """Return the first and the last line of a statement without its bodies."""
    if hasattr(node, "body") or hasattr(node, "cases"):
        first: Any = node.cases[0].pattern if hasattr(node, "cases") else node.body[0]
        last = max(node.lineno, min(first_line(first) - 1, int(node.end_lineno or node.lineno)))
        return first_line(node), last
    return int(node.lineno), int(node.end_lineno or node.lineno)


def parameters(node: Any) -> tuple[str, ...]:
    """Return the names of a function's parameters as its signature lists them."""
    given = node.args
    found = [*given.posonlyargs, *given.args, *([given.vararg] if given.vararg else []), *given.kwonlyargs]
    return tuple(one.arg for one in found + ([given.kwarg] if given.kwarg else []))


def written(statements: list[Any], leading: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the names that simple statements have certainly bound or changed once they are over."""
    names: dict[str, None] = dict.fromkeys(leading)
    for node in statements:
        if isinstance(node, ast.Delete):
            for target in node.targets:
                for name in _targets(target):
                    if isinstance(target, ast.Name):
                        names.pop(name, None)
                    else:
                        names[name] = None
            continue
        for expression in _expressions(node):
            _certain(expression, names)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            if not (isinstance(function, ast.Name) and function.id == "print"):
                names.update(dict.fromkeys(arg.id for arg in node.value.args if isinstance(arg, ast.Name)))
        targets: list[Any] = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if not (isinstance(node, ast.AnnAssign) and node.value is None):
            for bound in targets:
                if bound is not None:
                    names.update(dict.fromkeys(_targets(bound)))
    return tuple(names)[:MOST_NAMES]


def written_items(statements: list[Any]) -> dict[str, Any]:
    """Return, for each container that a run changes in one statement alone, the key of the item that it writes.

    A key is a constant or the read of a name; after `append` it is −1. No statement behind binds the name anew.
    """
    found: dict[str, Any] = {}
    for node in statements:
        names = written([node])
        key: Any = None
        targets: list[Any] = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if len(targets) == 1 and isinstance(targets[0], (ast.Subscript, ast.Attribute)):
            target: Any = targets[0]
            while isinstance(target.value, (ast.Subscript, ast.Attribute)):
                target = target.value
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                key = _simple(target.slice)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Attribute) and function.attr == "append":
                key = ast.Constant(value=-1, kind=None)
        for name in names:
            found[name] = key if name not in found and len(names) == 1 else None
    return {name: key for name, key in found.items() if key is not None}


def _simple(index: Any) -> Any:
    """Return a copy of an index that can be read again without any effect, or None."""
    if isinstance(index, ast.Name):
        return ast.Name(id=index.id, ctx=ast.Load())
    if isinstance(index, ast.Constant) and type(index.value) in (int, str):
        return ast.Constant(value=index.value, kind=None)
    return None


def _indices(statements: list[Any]) -> set[str]:
    """Return the names that are keys of items which a run has written."""
    return {key.id for key in written_items(statements).values() if isinstance(key, ast.Name)}


def _rebound(statement: Any) -> set[str]:
    """Return the names that a statement binds anew or deletes."""
    deleted = statement.targets if isinstance(statement, ast.Delete) else ()
    return {*written([statement]), *(one.id for one in deleted if isinstance(one, ast.Name))}


def _expressions(node: Any) -> list[Any]:
    """Return the expressions that a simple statement evaluates, but for annotations."""
    if isinstance(node, _DEFINITIONS):
        return []
    fields = [getattr(node, name, None) for name in ("value", "test", "exc")]
    return [one for one in fields if isinstance(one, ast.expr)]


def _certain(node: Any, names: dict[str, None]) -> None:
    """Add the names that evaluating an expression certainly binds or changes."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.BoolOp):
            waiting.append(node.values[0])
        elif isinstance(node, ast.IfExp):
            waiting.append(node.test)
        elif isinstance(node, ast.Compare):
            waiting += [node.comparators[0], node.left]
        elif isinstance(node, ast.Lambda):
            pass
        elif isinstance(node, _COMPREHENSIONS):
            waiting.append(node.generators[0].iter)
        else:
            if isinstance(node, ast.NamedExpr):
                names[node.target.id] = None
            elif isinstance(node, ast.Call):
                names.update(dict.fromkeys(_mutated(node.func)))
            waiting += reversed([one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)])
            waiting += [one.value for one in getattr(node, "keywords", ())]


def _mutated(function: Any) -> tuple[str, ...]:
    """Return the name of the variable whose object changes when this method of it is called."""
    is_method = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    return (function.value.id,) if is_method and function.attr in _MUTATORS else ()


def _targets(node: Any) -> tuple[str, ...]:
    """Return the names that an assignment to a target binds, or whose object it changes."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        return _targets(node.value)
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(dict.fromkeys(name for one in node.elts for name in _targets(one)))
    return ()


def _captures(pattern: Any) -> tuple[str, ...]:
    """Return the names that a pattern binds."""
    names = []
    for node in ast.walk(pattern):
        for name in (getattr(node, "name", None), getattr(node, "rest", None)):
            if isinstance(name, str):
                names.append(name)
    return tuple(dict.fromkeys(names))


def _prefix(node: Any) -> int:
    body = node.body
    count = 0
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        count = int(isinstance(body[0].value.value, str))
    while (
        count < len(body) and isinstance(body[count], ast.ImportFrom) and body[count].module == "__future__"
    ):
        count += 1
    return count


def _suspends(node: Any) -> bool:
    """Say whether a function is a generator or a coroutine."""
    if isinstance(node, ast.AsyncFunctionDef):
        return True
    waiting: list[Any] = list(node.body)
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, (ast.Yield, ast.YieldFrom)):
            return True
        if isinstance(inner, _DEFINITIONS):
            waiting += inner.decorator_list
        elif not isinstance(inner, ast.Lambda):
            waiting += ast.iter_child_nodes(inner)
    return False


def _guarded(body: list[Any], inside: bool) -> bool:
    """Say whether a `return` lies where a `finally` or a context manager runs after it."""
    for node in body:
        if isinstance(node, ast.Return) and inside:
            return True
        if isinstance(node, _COMPOUND):
            within = (
                inside
                or isinstance(node, (ast.With, ast.AsyncWith))
                or bool(getattr(node, "finalbody", None))
            )
            if any(_guarded(inner, within) for inner, _, _ in bodies_of(node)):
                return True
    return False
