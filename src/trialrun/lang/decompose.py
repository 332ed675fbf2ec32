"""Mechanical decomposition: a program whose loops, branches and long runs of statements are functions of their own.

Every function of the top level is taken apart from the inside out: bodies of loops, branches, whole loops where more
stands beside them, long runs of simple statements (`decompose_region.py` cuts one of them out, or says why it stays).
What results behaves as the program did, is a program of its own, and has more places at which values can be watched:
each part's parameters and results. A *node* is a part or one of the program's own functions, callees before callers.

`Decomposition.replaced` puts another text in place of a node, if it has the same signature; `decompose_join.py` is the
way back to the original text. Source: MGDebugger (2024), where a model decomposes. Leaves out: methods and nested
functions as nodes, functions that are decorated or define classes, programs that look at themselves (`exec`, …).
"""

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

from trialrun.lang.decompose_exits import Kind, Place
from trialrun.lang.decompose_flow import Flow
from trialrun.lang.decompose_lists import StatementList, says_nothing, statement_lists, weight_of
from trialrun.lang.decompose_region import Cut, cut
from trialrun.lang.decomposition import Decomposition, Node, Refusal, functions_of, lines_of
from trialrun.lang.scopes import Unparseable, guarded
from trialrun.lang.statement_names import Function, mentioned, scope_of

_LARGEST = 200
"""Statements of a function that is taken apart."""
_LOOPS = (ast.While, ast.For, ast.AsyncFor)
# fmt: off
_SELF = frozenset((
    "locals", "vars", "exec", "eval", "dir", "globals", "compile", "super", "breakpoint", "inspect", "traceback", "gc",
    "weakref", "builtins", "__builtins__", "__import__", "importlib",
))
"""Names of what shows a program its own functions, frames or references."""
_SELF_ATTRIBUTES = frozenset((
    "__class__", "_getframe", "currentframe", "__code__", "__closure__", "__globals__", "getrefcount", "settrace",
    "setprofile", "f_back", "tb_frame", "f_locals", "getsource", "__dict__", "__annotations__", "__builtins__",
))
# fmt: on
"""The same, of any object: `re.compile` is none of them."""


def decompose(source: str, *, least: int = 2, run: int = 4) -> Decomposition:
    """Take a program apart; what does not parse has no nodes.

    A region has at least `least` statements of its own, a run of simple ones at least `run`.

    >>> text = "def f(xs):\\n    s = 0\\n    for x in xs:\\n        x = x * 2\\n        s += x\\n    return s\\n"
    >>> made = decompose(text)
    >>> print(made.source)
    def f__body_3(s, x):
        x = x * 2
        s += x
        return s
    <BLANKLINE>
    def f(xs):
        s = 0
        for x in xs:
            s = f__body_3(s, x)
        return s
    <BLANKLINE>
    >>> [(node.name, node.lines) for node in made.nodes]
    [('f__body_3', (4, 5)), ('f', (1, 6))]
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    tree = guarded(source, lambda: _compiled(source))
    if isinstance(tree, Unparseable):
        return _whole(source, f"it does not parse: {tree.reason}")
    imported = {part for module in _imported(tree) for part in module.split(".")}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names = set(mentioned([tree])) | imported
    seen = sorted((names & (_SELF | _SELF_ATTRIBUTES)) | (attributes & _SELF_ATTRIBUTES))
    if seen:
        bare = _whole(source, f"it uses {seen[0]}")
        return replace(bare, nodes=_nodes(source, {}, {}))
    return _Decomposer(source, tree, least, run).decomposition()


def as_it_is(source: str) -> Decomposition:
    """Return a program with its own functions for nodes, nothing cut out: one that was taken apart by somebody else."""
    return Decomposition(original=source, base=source, source=source, nodes=_nodes(source, {}, {}))


def _whole(source: str, reason: str) -> Decomposition:
    count = source.count("\n") + 1
    refusal = Refusal(function="", kind="program", lines=(1, count), reason=reason)
    return Decomposition(original=source, base=source, source=source, refused=(refusal,))


def _compiled(source: str) -> ast.Module:
    tree = ast.parse(source)
    compile(tree, "<program>", "exec", dont_inherit=True)
    return tree


def _imported(tree: ast.AST) -> set[str]:
    """Return the names of modules, and of what is taken from them, in all imports of a text."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def _every_name(tree: ast.AST) -> set[str]:
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return attributes | mentioned([tree]) | _imported(tree)


@dataclass(slots=True)
class _Parts:
    """What became of one function."""

    function: Function
    parts: list[tuple[Cut, Node]]
    statements: dict[int, ast.stmt]
    """id of a statement → the statement, for all that were there before anything was cut out."""
    flow: Flow | None = None
    """Of the function as it is; None where it has changed."""

    def own(self, statements: Sequence[ast.stmt]) -> int:
        """Return how many of its statements are left in some, calls of parts apart."""
        inside = [one for one in scope_of(statements) if id(one) in self.statements]
        return sum(isinstance(one, ast.stmt) and not says_nothing(one) for one in inside)


class _Decomposer:
    """Takes one program apart."""

    def __init__(self, source: str, tree: ast.Module, least: int, run: int) -> None:
        self.source, self.tree, self.least, self.run = source, tree, least, run
        self.taken = _every_name(tree)
        self.temporary = (self._fresh("way"), self._fresh("result"))
        self.refused: list[Refusal] = []
        self.leading = _leading(tree)

    def _fresh(self, name: str) -> str:
        made, count = name, 1
        while made in self.taken:
            count += 1
            made = f"{name}_{count}"
        self.taken.add(made)
        return made

    def decomposition(self) -> Decomposition:
        """Return the decomposed program."""
        lines = self.source.split("\n")
        cuts: dict[str, Node] = {}
        texts: list[tuple[int, int, str]] = []
        for statement in self.tree.body:
            if not isinstance(statement, Function):
                continue
            reason = _function_fault(statement)
            if reason:
                self._refuse(statement.name, "function", [statement], reason)
                continue
            made = self._taken_apart(statement)
            if made is None or not made.parts:
                continue
            first, last = lines_of(statement)
            texts.append((first, last, _text_of(made)))
            cuts.update((node.name, node) for _, node in made.parts)
        for first, last, text in reversed(texts):
            lines[first:last] = text.split("\n")
        source = "\n".join(lines)
        checked = guarded(source, lambda: _compiled(source))
        if isinstance(checked, Unparseable):  # `return` in `except*`, say
            return replace(
                _whole(self.source, "its parts would not compile"), nodes=_nodes(self.source, {}, {})
            )
        spans = {one.name: lines_of(one) for one in self.tree.body if isinstance(one, Function)}
        own = {name: (first + 1, last) for name, (first, last) in spans.items()}
        return Decomposition(
            original=self.source,
            base=source,
            source=source,
            nodes=_nodes(source, cuts, own),
            refused=tuple(self.refused),
        )

    def _taken_apart(self, function: Function) -> _Parts | None:
        try:
            copied = copy.deepcopy(function)
            made = _Parts(
                copied, [], {id(one): one for one in scope_of(copied.body) if isinstance(one, ast.stmt)}
            )
            for body in statement_lists(copied, copied.body, tail=True, kind="", in_loop=False):
                self._list(made, body)
        except RecursionError:
            self._refuse(function.name, "function", [function], "nested too deeply")
            return None
        return made

    def _list(self, made: _Parts, found: "StatementList") -> None:
        """Cut regions out of one statement list, and then the list itself."""
        for statement in list(found.body):
            if isinstance(statement, _LOOPS) and self._stands_beside(made, found.body, statement):
                place = found.body.index(statement)
                self._cut(made, found, place, place + 1, "loop")
        start = 0
        while start < len(found.body):
            stop = start
            while stop < len(found.body) and _is_simple(found.body[stop]) and made.own([found.body[stop]]):
                stop += 1
            if stop - start >= self.run and stop - start < len(found.body):
                stop = start + 1 if self._cut(made, found, start, stop, "run") else stop
            start = stop + 1
        if found.kind and made.own(found.body) >= self.least:
            self._cut(made, found, 0, len(found.body), found.kind)

    def _stands_beside(self, made: _Parts, body: list[ast.stmt], loop: ast.stmt) -> bool:
        """Say whether a loop is worth a function of its own: it holds enough, and enough stands beside it."""
        beside = made.own([one for one in body if one is not loop])
        return made.own([loop]) >= self.least <= beside

    def _cut(self, made: _Parts, found: "StatementList", start: int, stop: int, kind: Kind) -> bool:
        statements = found.body[start:stop]
        function = made.function
        if start == 0 and found.body is function.body and says_nothing(statements[0]):
            start, statements = 1, statements[1:]  # the docstring
            if stop - start < (self.run if kind == "run" else 1):
                return False
        span = _span_of(statements)
        name = self._fresh(f"{function.name}__{kind}_{span[0] if kind != 'body' else found.line}")
        flow = made.flow = made.flow or Flow(function)
        last = stop == len(found.body)
        place = Place(found.body, start, stop, kind, found.in_loop, found.is_tail and last)
        leading = self.leading.get(function.name, frozenset())
        result = cut(flow, place, name, self.temporary, leading)
        if isinstance(result, str):
            self.taken.discard(name)
            self._refuse(function.name, kind, statements, result)
            return False
        for one in result.call:
            for inner in ast.walk(one):
                if isinstance(inner, ast.stmt | ast.expr):
                    inner.lineno, inner.end_lineno = span
                    inner.col_offset = inner.end_col_offset = 0
        found.body[start:stop] = result.call
        made.flow = None
        node = Node(
            name=name,
            kind=kind,
            origin=function.name,
            lines=span,
            parameters=result.parameters,
            results=result.results,
            mode=result.mode,
            goes_on=result.goes_on,
            call="\n".join(map(ast.unparse, result.call)),
        )
        made.parts.append((result, node))
        return True

    def _refuse(self, function: str, kind: str, statements: Sequence[ast.stmt], reason: str) -> None:
        span = _span_of(statements)
        self.refused.append(Refusal(function=function, kind=kind, lines=span, reason=reason))


def _function_fault(node: Function) -> str:
    """Say why nothing is cut out of a function; empty where something may be."""
    if node.decorator_list:
        return "it is decorated"
    if node.type_params:
        return "it is generic"
    if any(isinstance(one, ast.ClassDef) for one in ast.walk(node)):
        return "it defines a class"
    return "it is too long" if weight_of(node.body) > _LARGEST else ""


def _is_simple(node: ast.stmt) -> bool:
    leaves = isinstance(node, ast.Return | ast.Raise | ast.Break | ast.Continue | ast.Global | ast.Nonlocal)
    return not leaves and not hasattr(node, "body") and not hasattr(node, "cases")


def _span_of(statements: Sequence[ast.stmt]) -> tuple[int, int]:
    first = min(
        min([one.lineno, *(d.lineno for d in getattr(one, "decorator_list", ()))]) for one in statements
    )
    return first, max(int(one.end_lineno or one.lineno) for one in statements)


def _text_of(made: _Parts) -> str:
    functions = [*(result.function for result, _ in made.parts), made.function]
    return "\n\n".join(ast.unparse(ast.fix_missing_locations(one)) for one in functions)


def _leading(tree: ast.Module) -> dict[str, frozenset[str]]:
    """Return, for each function, the functions and classes of the program from which control may come back to it."""
    direct: dict[str, set[str]] = {}
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            names = {node.name}
            names |= {one.name for one in ast.walk(node) if isinstance(one, Function)}
            read = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            read |= {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
            for name in names:
                direct.setdefault(name, set()).update(read)
    found: dict[str, frozenset[str]] = {}
    for name in direct:
        callers, waiting = {name}, [name]
        while waiting:
            one = waiting.pop()
            more = {other for other, read in direct.items() if one in read} - callers
            callers |= more
            waiting += more
        found[name] = frozenset(callers)
    return found


def _nodes(source: str, cuts: dict[str, Node], own: dict[str, tuple[int, int]]) -> tuple[Node, ...]:
    """Return the nodes of a program, callees first; `own` are the lines that its functions had before."""
    defined = functions_of(source)
    found: dict[str, Node] = {}
    for name, definition in defined.items():
        names = mentioned(definition.body) - {name}
        calls = tuple(other for other in defined if other in names)
        if name in cuts:
            found[name] = replace(cuts[name], calls=calls)
            continue
        first, last = lines_of(definition)
        parameters = tuple(one.arg for one in ast.walk(definition.args) if isinstance(one, ast.arg))
        found[name] = Node(
            name=name,
            kind="function",
            origin=name,
            lines=own.get(name, (first + 1, last)),
            parameters=parameters,
            calls=calls,
        )
    ordered: dict[str, Node] = {}

    def visit(name: str, above: frozenset[str]) -> None:
        if name in ordered or name in above:
            return
        for other in found[name].calls:
            visit(other, above | {name})
        ordered.setdefault(name, found[name])

    for name in found:
        visit(name, frozenset())
    return tuple(ordered.values())
