"""What the blocks of a program do to each other: where control may go, which names are live, who calls whom.

Blocks are those of `lang/blocks.py`: runs of simple statements, and tests. An edge is *plain* where no exception is
raised in the block it leaves, else *exceptional*; both are upper bounds. A name is live where some way leads to a
use of it before it is bound anew. A *region* is a set of blocks of one code: what it needs from outside (live-in)
and what it gives (live-out) are its parameters and results, were it a function.

Leaves out: attributes and items as names of their own, what `exec` and `globals()` do to names, methods in the call
graph where more than one class has one of that name (all are called then).
"""

import ast
import functools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trialrun.core.trace import BlockInfo, CodeInfo
from trialrun.lang.blocks import RUN, Block, Layout, bodies_of
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.statement_names import bound_by, evaluated, free_names

_NONE: frozenset[int] = frozenset()
_LOOPS = (ast.While, ast.For, ast.AsyncFor)
_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class _Ways:
    """Where control goes by `break`, `continue` and `return`."""

    by_break: frozenset[int] = _NONE
    by_continue: frozenset[int] = _NONE
    by_return: frozenset[int] = _NONE


@dataclass(frozen=True, slots=True)
class Region:
    """Blocks of one code that are looked at as one."""

    blocks: tuple[int, ...]
    live_in: tuple[str, ...]
    """Names whose values the region uses and does not make."""
    live_out: tuple[str, ...]
    """Names that the region binds and something behind it uses."""


class Facts:
    """Control flow and data flow of one text."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        count = len(layout.blocks)
        self.plain: list[set[int]] = [set() for _ in range(count)]
        """Block → blocks that may follow it where it raises nothing."""
        self.exceptional: list[set[int]] = [set() for _ in range(count)]
        """Block → where an exception in it may lead: first blocks of handlers and of `finally`, the end of a `with`."""
        self.entries: list[frozenset[int]] = []
        """Code → first blocks."""
        self.caught: dict[int, frozenset[int]] = {}
        """Site of a handler → first blocks of it."""
        for code in layout.codes:
            self.entries.append(self._list(code.node.body, _NONE, _Ways(), _NONE))
        self._announced = set[int]().union(*self.caught.values())
        self.uses = [frozenset(_uses(block)) for block in layout.blocks]
        """Block → names that it reads before it certainly binds them."""
        self.definitions = [frozenset(_bound(block)) for block in layout.blocks]
        """Block → names that it certainly binds."""
        self.writes = [_written(block) for block in layout.blocks]
        """Block → names that it may bind."""
        self.live_in, self.live_out = self._liveness()

    def _list(
        self, body: list[Any], follow: frozenset[int], ways: _Ways, thrown: frozenset[int]
    ) -> frozenset[int]:
        """Add the edges of a statement list; return its first blocks. `thrown`: where exceptions lead."""
        for segment in reversed(self.layout.bodies[id(body)]):
            if isinstance(segment, Block):
                self.plain[segment.index] |= self._after(segment, follow, ways)
                self.exceptional[segment.index] |= thrown
                follow = frozenset((segment.index,))
            else:
                follow = self._compound(segment, follow, ways, thrown)
        return follow

    @staticmethod
    def _after(block: Block, follow: frozenset[int], ways: _Ways) -> frozenset[int]:
        last = block.statements[-1] if block.statements else None
        if isinstance(last, ast.Return):
            return ways.by_return
        if isinstance(last, ast.Raise):
            return _NONE
        if isinstance(last, ast.Break):
            return ways.by_break
        return ways.by_continue if isinstance(last, ast.Continue) else follow

    def _compound(
        self, node: Any, follow: frozenset[int], ways: _Ways, thrown: frozenset[int]
    ) -> frozenset[int]:
        test = self.layout.tests[id(node)].index
        self.exceptional[test] |= thrown
        here = frozenset((test,))
        if isinstance(node, _LOOPS):
            inside = _Ways(follow, here, ways.by_return)
            ends = self._list(node.orelse, follow, ways, thrown) if node.orelse else follow
            endless = (
                isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
            )
            self.plain[test] |= self._list(node.body, here, inside, thrown) | (_NONE if endless else ends)
        elif isinstance(node, ast.With | ast.AsyncWith):
            # A context manager may swallow what is raised in its body.
            self.exceptional[test] |= follow
            self.plain[test] |= self._list(node.body, follow, ways, thrown | follow)
        elif hasattr(node, "handlers"):
            self.plain[test] |= self._try(node, test, follow, ways, thrown)
        else:
            for body, _, _ in bodies_of(node):
                self.plain[test] |= self._list(body, follow, ways, thrown)
            if not getattr(node, "orelse", None):
                self.plain[test] |= follow
        return here

    def _try(
        self, node: Any, test: int, follow: frozenset[int], ways: _Ways, thrown: frozenset[int]
    ) -> frozenset[int]:
        after, outside = follow, thrown
        if node.finalbody:
            anywhere = follow | ways.by_break | ways.by_continue | ways.by_return | thrown
            after = self._list(node.finalbody, anywhere, ways, thrown)
            ways, outside = _Ways(after, after, after), after
        first = _NONE
        for handler in node.handlers:
            enters = self._list(handler.body, after, ways, outside)
            self.caught[self.layout.catches[id(handler)]] = enters
            first |= enters
        otherwise = self._list(node.orelse, after, ways, outside) if node.orelse else after
        self.exceptional[test] |= first | outside
        return self._list(node.body, otherwise, ways, first | outside)

    # -- what the reader of a trace asks

    def runs_from(self, blocks: Collection[int]) -> frozenset[int]:
        """Return the runs that may be the next to be over, if control is at one of these blocks."""
        found: set[int] = set()
        seen: set[int] = set()
        waiting = list(blocks)
        while waiting:
            index = waiting.pop()
            if index in seen:
                continue
            seen.add(index)
            if self.layout.blocks[index].role == RUN:
                found.add(index)
                waiting += self._silent(index)
            else:
                waiting += self.plain[index] | self._silent(index)
        return frozenset(found)

    def _silent(self, index: int) -> set[int]:
        """Return where an exception in a block leads without a handler's event: to a `finally`, or out of a `with`."""
        return self.exceptional[index] - self._announced

    def infos(self) -> tuple[tuple[CodeInfo, ...], tuple[BlockInfo, ...]]:
        """Return codes and blocks in the form that a trace carries."""
        codes = tuple(
            CodeInfo(
                name=code.name,
                kind=code.kind,
                first_line=code.line,
                last_line=code.end_line,
                blocks=tuple(block.index for block in code.blocks),
                parameters=code.parameters,
                suspends=code.suspends,
            )
            for code in self.layout.codes
        )
        blocks = tuple(
            BlockInfo(
                code=block.code,
                lines=block.lines(),
                names=block.names,
                is_test=block.role != RUN,
                returns=block.returns,
                successors=tuple(sorted(self.runs_from(self.plain[block.index] | self._silent(block.index)))),
            )
            for block in self.layout.blocks
        )
        return codes, blocks

    # -- data flow

    def _liveness(self) -> tuple[list[frozenset[str]], list[frozenset[str]]]:
        count = len(self.layout.blocks)
        came: list[frozenset[str]] = [frozenset() for _ in range(count)]
        went: list[frozenset[str]] = [frozenset() for _ in range(count)]
        changed = True
        while changed:
            changed = False
            for index in reversed(range(count)):
                behind = frozenset[str]().union(*(came[one] for one in self.plain[index]))
                thrown = frozenset[str]().union(*(came[one] for one in self.exceptional[index]))
                # An exception may come before the names are bound.
                before = self.uses[index] | (behind - self.definitions[index]) | thrown
                if before != came[index] or behind | thrown != went[index]:
                    came[index], went[index], changed = before, behind | thrown, True
        return came, went

    def region(self, blocks: Sequence[int]) -> Region:
        """Return what a set of blocks of one code needs and gives."""
        inside = frozenset(blocks)
        entered = {
            index
            for index in inside
            if not any(index in self.plain[one] for one in inside if one != index)
            or any(
                index in self.plain[one] | self.exceptional[one]
                for one in range(len(self.plain))
                if one not in inside
            )
        }
        bound = frozenset[str]().union(*(self.writes[one] for one in inside))
        left = {one for index in inside for one in self.plain[index] | self.exceptional[index]} - inside
        needed = frozenset[str]().union(*(self._needs(one, inside) for one in entered or inside))
        given = bound & frozenset[str]().union(*(self.live_in[one] for one in left))
        return Region(tuple(sorted(inside)), tuple(sorted(needed)), tuple(sorted(given)))

    def _needs(self, entry: int, inside: frozenset[int]) -> frozenset[str]:
        """Return the names that some way inside, from `entry`, uses before it binds them."""
        found: set[str] = set()
        seen: dict[int, frozenset[str]] = {}
        waiting: list[tuple[int, frozenset[str]]] = [(entry, frozenset())]
        while waiting:
            index, bound = waiting.pop()
            if index in seen and seen[index] <= bound:
                continue
            bound = seen[index] = seen.get(index, bound) & bound
            found |= self.uses[index] - bound
            after = bound | self.definitions[index]
            waiting += [(one, after) for one in self.plain[index] if one in inside]
            waiting += [(one, bound) for one in self.exceptional[index] if one in inside]
        return frozenset(found)

    def calls(self) -> dict[str, tuple[str, ...]]:
        """Return the call graph: qualified name of a code → names of the codes that it seems to call, sorted."""
        last: dict[str, list[str]] = {}
        for code in self.layout.codes[1:]:
            last.setdefault(code.name.rpartition(".")[2], []).append(code.name)
        found: dict[str, set[str]] = {code.name: set() for code in self.layout.codes}
        for block in self.layout.blocks:
            caller = self.layout.codes[block.code].name
            for node in (inner for one in _parts(block) for inner in _walk(one)):
                if isinstance(node, ast.Call):
                    called = node.func
                    name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                    found[caller].update(last.get(name, ()))
        return {name: tuple(sorted(called)) for name, called in found.items()}


def facts_of(source: str) -> Facts | Unparseable:
    """Return the facts of a text, or why it cannot be parsed.

    >>> facts = facts_of("def f(a):\\n    b = a\\n    while b:\\n        b -= 1\\n    return b\\n")
    >>> [block.names for block in facts.layout.blocks if block.role == "run"]
    [(), ('b',), ('b',), ()]
    """
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return tree
    try:
        return Facts(Layout(tree))
    except RecursionError:
        return Unparseable("RecursionError: nested too deeply")


@functools.lru_cache(maxsize=32)
def known_facts(source: str) -> Facts | Unparseable:
    """Return the facts of a text, made once for all who only read them: a program is traced case after case."""
    return facts_of(source)


def _parts(block: Block) -> list[Any]:
    """Return the nodes that a block evaluates itself."""
    if block.role == RUN:
        return block.statements
    node = block.statements[0]
    names = ("test", "iter", "subject", "items")
    found = [getattr(node, name) for name in names if hasattr(node, name)]
    return [inner for one in found for inner in (one if isinstance(one, list) else [one])]


def _walk(node: Any) -> Iterator[ast.AST]:
    """Yield a node and what lies in it, but for the bodies of functions and classes."""
    waiting: list[ast.AST] = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, _SCOPES):
            waiting += node.decorator_list
            if not isinstance(node, ast.ClassDef):
                waiting += [one for one in [*node.args.defaults, *node.args.kw_defaults] if one is not None]
            else:
                waiting += node.bases
        else:
            waiting += ast.iter_child_nodes(node)


def _uses(block: Block) -> set[str]:
    found: set[str] = set()
    bound: frozenset[str] = frozenset()
    for statement in _parts(block):
        reads = free_names(statement)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            reads |= {statement.target.id}
        elif isinstance(statement, ast.Delete):
            reads |= bound_by([statement])
        found |= reads - bound
        bound |= _stored(statement)
    return found


def _stored(statement: Any) -> frozenset[str]:
    """Return the names that a statement certainly binds."""
    if isinstance(statement, ast.AnnAssign) and statement.value is None:
        return frozenset()
    return bound_by([statement], walrus=False) | evaluated(statement)[1]


def _bound(block: Block) -> set[str]:
    found: set[str] = set(block.leading)
    for statement in block.statements if block.role == RUN else ():
        found |= _stored(statement)
    return found


def _written(block: Block) -> frozenset[str]:
    return frozenset(block.leading) | bound_by(_parts(block))
