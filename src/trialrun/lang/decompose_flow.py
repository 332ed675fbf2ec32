"""Control flow and names of one function, statement by statement: what is certainly bound where, and what is live.

A graph of *points* is made from the tree. At a point names are read, bound or deleted; from it control goes on, or an
exception leads to handlers, to `finally` or, swallowed, behind a `with`. Every doubt adds an edge, so that `bound` (on
all ways) names too few and `live` (on some way) names too many. What nested functions, lambdas and generator
expressions read counts as read where they are made; whether they may run later, after the name was bound anew, is told
apart (`Capture`).

Blocks of `lang/blocks.py` are coarser and their facts are upper bounds for display; a region that is to become a
function needs "certainly bound". Leaves out: names behind `exec` and `locals()`, classes inside the function, which
`decompose.py` refuses.
"""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from trialrun.lang.statement_names import (
    Function,
    captured_by,
    captures,
    evaluated,
    names_of,
    stored_in,
)

_NONE: frozenset[int] = frozenset()


@dataclass(slots=True)
class Point:
    """One step of control."""

    reads: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    """Names that are certainly bound behind it."""
    maybe: frozenset[str] = frozenset()
    """Names that it may bind."""
    deletes: frozenset[str] = frozenset()
    to: set[int] = field(default_factory=set)
    thrown: frozenset[int] = _NONE
    """Where an exception in it leads."""


@dataclass(frozen=True, slots=True)
class _Ways:
    thrown: frozenset[int]
    by_return: frozenset[int]
    by_break: frozenset[int] = _NONE
    by_continue: frozenset[int] = _NONE


class Flow:
    """The points of one function."""

    def __init__(self, function: Function) -> None:
        """Read a function of the top level. Deep nesting raises `RecursionError`."""
        self.function = function
        self.locals, self.globals = names_of(function)
        """Names that are local to it, and those that it declares global."""
        self.points: list[Point] = []
        self.of: dict[int, tuple[int, int]] = {}
        """id of a statement → (first, behind last) of the points made for it and what lies in it."""
        self.entry_of: dict[int, int] = {}
        """id of a statement → point where it begins."""
        self.exit = self._point()
        ways = _Ways(thrown=_NONE, by_return=frozenset((self.exit,)))
        start = self._list(function.body, frozenset((self.exit,)), ways)
        given = function.args
        every = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        every += [one for one in (given.vararg, given.kwarg) if one is not None]
        self.parameters = tuple(one.arg for one in every)
        self.start = self._point(Point(binds=frozenset(self.parameters), to=set(start)))
        self.captures = tuple(captures(function, self.locals))
        self.bound = self._bound()
        """Point → names certainly bound before it."""
        self.live = self._live()
        """Point → names that may be read from it on before they are bound anew."""

    def _point(self, point: Point | None = None) -> int:
        self.points.append(point or Point())
        return len(self.points) - 1

    def _step(
        self, node: ast.AST | None, follow: frozenset[int], ways: _Ways, binds: Iterable[str] = ()
    ) -> int:
        """Add the point at which an expression is evaluated, and then names are bound."""
        reads, certain, maybe = evaluated(node)
        return self._point(
            Point(
                reads=reads & self.locals,
                binds=(certain | frozenset(binds)) & self.locals,
                maybe=maybe & self.locals,
                to=set(follow),
                thrown=ways.thrown,
            )
        )

    def _list(self, body: Sequence[ast.stmt], follow: frozenset[int], ways: _Ways) -> frozenset[int]:
        """Add the points of a statement list, the last first; return where it begins."""
        for statement in reversed(body):
            first = len(self.points)
            entry = self._statement(statement, follow, ways)
            self.of[id(statement)] = (first, len(self.points))
            self.entry_of[id(statement)] = entry
            follow = frozenset((entry,))
        return follow

    def _statement(self, node: ast.stmt, follow: frozenset[int], ways: _Ways) -> int:
        match node:
            case ast.If():
                after = self._list(node.body, follow, ways) | self._list(node.orelse, follow, ways)
                return self._step(node.test, after, ways)
            case ast.While() | ast.For() | ast.AsyncFor():
                return self._loop(node, follow, ways)
            case ast.With() | ast.AsyncWith():
                swallowed = self._point(Point(to=set(follow)))
                inside = replace(ways, thrown=ways.thrown | {swallowed})
                after = self._list(node.body, follow, inside)
                for item in reversed(node.items):
                    if item.optional_vars is not None:
                        after = self._target(item.optional_vars, after, inside)
                    after = frozenset((self._step(item.context_expr, after, inside),))
                return next(iter(after))
            case ast.Try() | ast.TryStar():
                return self._try(node, follow, ways)
            case ast.Match():
                return self._match(node, follow, ways)
            case ast.Return():
                return self._step(node.value, ways.by_return, ways)
            case ast.Raise():
                made = self._step(node.exc, _NONE, ways)
                self.points[made].reads |= evaluated(node.cause)[0] & self.locals
                return made
            case ast.Break():
                return self._step(None, ways.by_break, ways)
            case ast.Continue():
                return self._step(None, ways.by_continue, ways)
        return self._simple(node, follow, ways)

    def _simple(self, node: ast.stmt, follow: frozenset[int], ways: _Ways) -> int:
        match node:
            case ast.Assign():
                after = follow
                for target in reversed(node.targets):
                    after = self._target(target, after, ways)
                return self._step(node.value, after, ways)
            case ast.AnnAssign():
                if node.value is None:
                    return self._step(None, follow, ways)
                return self._step(node.value, self._target(node.target, follow, ways), ways)
            case ast.AugAssign():
                stored = self._target(node.target, follow, ways)
                made = self._step(node.value, stored, ways)
                if isinstance(node.target, ast.Name):
                    self.points[made].reads |= {node.target.id} & self.locals
                return made
            case ast.Delete():
                after = follow
                for target in reversed(node.targets):
                    reads, _, _ = evaluated(target)
                    names = stored_in(target) & self.locals
                    point = Point(reads=(reads & self.locals) | names, to=set(after), thrown=ways.thrown)
                    point.deletes = names
                    after = frozenset((self._point(point),))
                return next(iter(after))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._step(node, follow, ways, [node.name])
            case ast.Import() | ast.ImportFrom():
                found = [one.asname or one.name.partition(".")[0] for one in node.names]
                return self._step(None, follow, ways, found)
            case ast.Assert():
                made = self._step(node.test, follow, ways)
                self.points[made].reads |= evaluated(node.msg)[0] & self.locals
                return made
        return self._step(node, follow, ways)

    def _target(self, target: ast.expr, follow: frozenset[int], ways: _Ways) -> frozenset[int]:
        """Add the point at which something is assigned to a target."""
        reads, _, _ = evaluated(target)
        names = stored_in(target) & self.locals
        point = Point(reads=reads & self.locals, binds=names, to=set(follow), thrown=ways.thrown)
        return frozenset((self._point(point),))

    def _loop(self, node: ast.While | ast.For | ast.AsyncFor, follow: frozenset[int], ways: _Ways) -> int:
        ends = self._list(node.orelse, follow, ways)
        head = self._step(node.test if isinstance(node, ast.While) else None, _NONE, ways)
        here = frozenset((head,))
        after = self._list(node.body, here, replace(ways, by_break=follow, by_continue=here))
        if isinstance(node, ast.While):
            test = node.test
            endless = isinstance(test, ast.Constant) and bool(test.value)
            self.points[head].to |= after | (_NONE if endless else ends)
            return head
        self.points[head].to |= self._target(node.target, after, ways) | ends
        return self._step(node.iter, here, ways)

    def _try(self, node: ast.Try | ast.TryStar, follow: frozenset[int], ways: _Ways) -> int:
        behind = follow
        if node.finalbody:
            # Whatever led here may go on behind it.
            anywhere = follow | ways.thrown | ways.by_return | ways.by_break | ways.by_continue
            behind = self._list(node.finalbody, anywhere, ways)
            ways = _Ways(behind, behind, behind, behind)
        handlers: set[int] = set()
        for handler in node.handlers:
            own, after = ways, behind
            if handler.name:
                own, after = self._forgetting(handler.name, ways, behind)
            entry = self._list(handler.body, after, own)
            handlers.add(self._step(handler.type, entry, ways, [handler.name] if handler.name else ()))
        inside = replace(ways, thrown=ways.thrown | frozenset(handlers))
        otherwise = self._list(node.orelse, behind, ways) if node.orelse else behind
        return self._step(None, self._list(node.body, otherwise, inside), inside)

    def _forgetting(self, name: str, ways: _Ways, after: frozenset[int]) -> tuple[_Ways, frozenset[int]]:
        """Return ways out of a handler; on each of them its name is deleted."""

        def through(to: frozenset[int]) -> frozenset[int]:
            return frozenset((self._point(Point(deletes=frozenset((name,)), to=set(to))),))

        return (
            _Ways(*map(through, (ways.thrown, ways.by_return, ways.by_break, ways.by_continue))),
            through(after),
        )

    def _match(self, node: ast.Match, follow: frozenset[int], ways: _Ways) -> int:
        otherwise = follow
        for case in reversed(node.cases):
            names = frozenset(captured_by(case.pattern)) & self.locals
            after = self._list(case.body, follow, ways)
            if case.guard is not None:
                after = frozenset((self._step(case.guard, after | otherwise, ways),))
            matched = self._point(Point(binds=names, to=set(after), thrown=ways.thrown))
            tried = self._step(case.pattern, frozenset((matched,)) | otherwise, ways)
            self.points[tried].maybe |= names
            otherwise = frozenset((tried,))
        return self._step(node.subject, otherwise, ways)

    # -- data flow

    def _bound(self) -> list[frozenset[str]]:
        found: list[frozenset[str] | None] = [None] * len(self.points)
        found[self.start] = frozenset()
        waiting = [self.start]
        while waiting:
            index = waiting.pop()
            point, before = self.points[index], found[index]
            assert before is not None
            for to, state in (
                *((one, (before | point.binds) - point.deletes) for one in point.to),
                *((one, before - point.deletes) for one in point.thrown),
            ):
                known = found[to]
                merged = state if known is None else known & state
                if merged != known:
                    found[to] = merged
                    waiting.append(to)
        # What no way reaches is never left: nothing is unbound there.
        return [one if one is not None else self.locals for one in found]

    def _live(self, inside: frozenset[int] | None = None) -> list[frozenset[str]]:
        """Return what is live before each point; `inside` keeps to some points, behind which nothing is read."""
        found: list[frozenset[str]] = [frozenset()] * len(self.points)
        every = range(len(self.points)) if inside is None else sorted(inside)
        changed = True
        while changed:
            changed = False
            for index in every:
                point = self.points[index]
                behind = frozenset[str]().union(*(found[one] for one in point.to))
                caught = frozenset[str]().union(*(found[one] for one in point.thrown))
                now = point.reads | (behind - point.binds) | caught
                if now != found[index]:
                    found[index], changed = now, True
        return found

    def read_first(self, inside: frozenset[int], entry: int) -> frozenset[str]:
        """Return the names that some way inside a set of points reads before it binds them."""
        return self._live(inside)[entry]

    def surely_bound(self, inside: frozenset[int], entry: int) -> dict[int, frozenset[str]]:
        """Return, for the points that some way inside reaches, the names bound before each since `entry`."""
        found: dict[int, frozenset[str]] = {entry: frozenset()}
        waiting = [entry]
        while waiting:
            index = waiting.pop()
            point, before = self.points[index], found[index]
            for to, state in (
                *((one, (before | point.binds) - point.deletes) for one in point.to),
                *((one, before - point.deletes) for one in point.thrown),
            ):
                if to in inside and to != entry and (to not in found or not found[to] <= state):
                    found[to] = found.get(to, state) & state
                    waiting.append(to)
        return found
