"""One region of a function as a function of its own: what it takes, what it gives, how it is left, and the call.

A region is a run of statements of one statement list. Parameters are the names that it reads before it binds them;
results are those that it binds or changes and that are read behind it. How it is called: `decompose_exits.py`.

Where behaviour could change, the region is refused with a reason: a name that may be unbound on some way, a name that a
closure shares, `yield`, `await`, `global`, a `break` through `finally`, an exception behind which a binding is read, a
call that may lead back to the function (one more frame a level could pass the recursion limit).

Leaves out: programs that count frames or references, line numbers in tracebacks.
"""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trialrun.lang.blocks import written
from trialrun.lang.decompose_exits import Mode, Place, exits_of, written_call, written_part
from trialrun.lang.decompose_flow import Flow
from trialrun.lang.statement_names import free_names, mentioned, names_of, scope_of

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LOOPS = (ast.While, ast.For, ast.AsyncFor)
_SUSPENDING = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)


@dataclass(frozen=True, slots=True)
class Cut:
    """A region that became a function."""

    function: ast.FunctionDef
    call: list[ast.stmt]
    """Statements that stand in its place."""
    parameters: tuple[str, ...]
    results: tuple[str, ...]
    mode: Mode
    goes_on: bool
    """Whether control may come to the end of the region."""


def cut(
    flow: Flow, place: Place, name: str, temporary: tuple[str, str], leading_back: frozenset[str]
) -> Cut | str:
    """Return a region of the flow's function as a function `name`, or why it stays where it is.

    `temporary` are two names that occur nowhere in the program; `leading_back` are functions that may call this one.
    """
    region = _Region(flow, place)
    fault = region.fault(leading_back)
    if fault:
        return fault
    exits = list(exits_of(place.statements))
    kinds = {type(one.node) for one in exits}
    leaves = kinds & {ast.Break, ast.Continue}
    if place.kind == "body":
        leaves.discard(ast.Continue)  # the end of the body
    mode: Mode = "plain"
    if leaves or (ast.Return in kinds and region.goes_on and not place.is_tail):
        mode = "tagged"
    elif ast.Return in kinds or not region.goes_on:
        mode = "return"
    if mode != "return" and any(one.through_finally for one in exits if not isinstance(one.node, ast.Return)):
        return "`break` or `continue` through `finally`"
    results = () if mode == "return" else region.results()
    if isinstance(results, str):
        return results
    parameters = region.parameters(results)
    if isinstance(parameters, str):
        return parameters
    made = written_part(flow, place, name, parameters, results, mode)
    call = written_call(name, parameters, results, mode, temporary, kinds, is_body=place.kind == "body")
    fault = _scopes_fault(flow, place, made, call)
    return fault or Cut(made, call, parameters, results, mode, region.goes_on)


class _Region:
    """What the flow says of one region."""

    def __init__(self, flow: Flow, place: Place) -> None:
        self.flow, self.place = flow, place
        self.nodes = list(scope_of(place.statements))
        spans = [flow.of[id(one)] for one in place.statements]
        self.points = frozenset(point for first, stop in spans for point in range(first, stop))
        self.entry = flow.entry_of[id(place.statements[0])]
        points = [flow.points[one] for one in self.points]
        self.binds = frozenset[str]().union(*(one.binds | one.maybe | one.deletes for one in points))
        returning = {flow.entry_of[id(one)] for one in self.nodes if isinstance(one, ast.Return)}
        self.left_from = {
            (one, to)
            for one in self.points - returning
            for to in flow.points[one].to
            if to not in self.points
        }
        """Edges to what is behind it, but for those of `return`."""
        leaving = {
            flow.entry_of[id(one.node)]
            for one in exits_of(place.statements)
            if not isinstance(one.node, ast.Return)
        }
        self.goes_on = any(one not in leaving for one, _ in self.left_from)
        if place.kind == "body":
            self.goes_on = self.goes_on or bool(leaving)

    def fault(self, leading_back: frozenset[str]) -> str:
        """Return why the region stays, whatever it takes and gives; empty where nothing speaks against it."""
        for node in self.nodes:
            if isinstance(node, _SUSPENDING) or (isinstance(node, ast.comprehension) and node.is_async):
                return "`yield` or `await`"
            if isinstance(node, ast.Global | ast.Nonlocal | ast.TypeAlias):
                return "`global`, `nonlocal` or `type`"
        names = mentioned(self.place.statements)
        called = names | {one.attr for one in self.nodes if isinstance(one, ast.Attribute)}
        # An operator may call a method that does.
        if called & leading_back or any(one.startswith("__") for one in leading_back):
            return "it may call its function again"
        return self._closure(names) or self._exception()

    def _closure(self, names: frozenset[str]) -> str:
        inside = {id(one) for root in self.place.statements for one in ast.walk(root)}
        captures = self.flow.captures
        for name in sorted(frozenset[str]().union(*(one.names for one in captures))):
            if name not in names:
                continue
            within = [id(one.node) in inside for one in captures if name in one.names]
            is_own = all(within) and self._is_own(name, inside)
            rebound = any(name in one.rebinds for one in captures)
            if is_own:
                if self.place.in_loop:
                    return f"a closure shares it with later turns: {name}"
            elif name in self.binds or rebound:
                return f"a closure shares it: {name}"
            elif any(within) and not self._is_bound_once(name):
                return f"a closure reads it, and it is bound again: {name}"
        return ""

    def _is_own(self, name: str, inside: set[int]) -> bool:
        """Say whether a name occurs in the region alone."""
        if name in self.flow.parameters:
            return False
        return not any(
            name in mentioned([one]) and id(one) not in inside
            for one in ast.walk(self.flow.function)
            if isinstance(
                one, ast.Name | ast.arg | ast.alias | ast.ExceptHandler | ast.MatchAs | ast.MatchStar
            )
            or (isinstance(one, _FUNCTIONS) and getattr(one, "name", "") == name)
            or isinstance(one, ast.MatchMapping | ast.Nonlocal)
        )

    def _is_bound_once(self, name: str) -> bool:
        """Say whether a name keeps the value that it has."""
        sites = [one for one in self.flow.points if name in one.binds | one.maybe | one.deletes]
        if len(sites) != 1:
            return False
        first = min((place for place, one in enumerate(self.flow.points) if one is sites[0]), default=-1)
        loops = [one for one in ast.walk(self.flow.function) if isinstance(one, _LOOPS)]
        return not any(
            self.flow.of[id(one)][0] <= first < self.flow.of[id(one)][1]
            for one in loops
            if id(one) in self.flow.of
        )

    def _exception(self) -> str:
        """Say which binding of the region could be read behind an exception in it, or behind a `return`."""
        points = self.flow.points
        targets = {to for one in self.points for to in points[one].thrown} - self.points
        for node in self.nodes:
            if isinstance(node, ast.Return):
                targets |= points[self.flow.entry_of[id(node)]].to - self.points
        lost = self.binds & frozenset[str]().union(*(self.flow.live[one] for one in targets))
        return f"an exception would lose it: {min(lost)}" if lost else ""

    def results(self) -> tuple[str, ...] | str:
        """Return the names that the region gives, or why it cannot."""
        flow = self.flow
        behind = frozenset[str]().union(*(flow.live[to] for _, to in self.left_from))
        needed = self.binds & behind & flow.locals
        unbound = [name for name in sorted(needed) if not self._is_bound_when_left(name)]
        if unbound:
            return f"it may be unbound: {unbound[0]}"
        captured = frozenset[str]().union(*(one.names for one in flow.captures))
        changed = {
            name
            for node in self.nodes
            if isinstance(node, ast.stmt) and not hasattr(node, "body")
            for name in written([node])
            if name not in self.binds | captured
            and name in flow.bound[self.entry]
            and self._is_bound_when_left(name)
        }
        return self._ordered(needed | (changed & flow.locals))

    def _is_bound_when_left(self, name: str) -> bool:
        points = self.flow.points
        return all(
            name in (self.flow.bound[one] | points[one].binds) - points[one].deletes
            for one, _ in self.left_from
        )

    def parameters(self, results: Sequence[str]) -> tuple[str, ...] | str:
        """Return the names that the region takes, or why it cannot."""
        flow = self.flow
        needed = flow.read_first(self.points, self.entry) & flow.locals
        own = flow.surely_bound(self.points, self.entry)
        for name in results:
            for one, _ in self.left_from:
                point = flow.points[one]
                if one in own and name not in (own[one] | point.binds) - point.deletes:
                    needed |= {name}
        unbound = sorted(needed - flow.bound[self.entry])
        return f"it may be unbound: {unbound[0]}" if unbound else self._ordered(needed)

    def _ordered(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return names in the order of the parameters, then of the text."""
        given = self.flow.parameters
        stored = [one.id for one in ast.walk(self.flow.function) if isinstance(one, ast.Name)]
        order = {name: place for place, name in reversed(list(enumerate([*given, *stored])))}
        return tuple(sorted(names, key=lambda name: (order.get(name, len(order)), name)))


def _scopes_fault(flow: Flow, place: Place, made: ast.FunctionDef, call: list[ast.stmt]) -> str:
    """Say which name would change its scope: local before and global afterwards, or the other way round."""
    kept = place.statements
    place.body[place.start : place.stop] = call
    try:
        left, _ = names_of(flow.function)
        around = free_names(flow.function)
    finally:
        place.body[place.start : place.start + len(call)] = kept
    own, _ = names_of(made)
    inside = free_names(made)
    changed = {name for name in flow.locals if name in around and name not in left}
    changed |= {name for name in flow.locals if name not in own and name in inside}
    changed |= {name for name in own if name not in flow.locals}
    return f"it would change its scope: {min(changed)}" if changed else ""
