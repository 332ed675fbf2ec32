"""A dynamic slice backwards from the outcome: which of the blocks that ran, what came out at the end depends on.

From the last block of the outermost call backwards a block is kept where it wrote a name that a kept block of the same
call needed, where it is the last one of a call that a kept block made, or where it caught an exception. What a kept
block needs are the names that it read, and those that the tests around it read. Names that a call does not have itself
are looked for in the call that made it. A name that was only changed (an item, a method that mutates) is still needed
before.

Leaves out: aliases (one object under two names of one call), blocks that would have mattered had they run, which block
of several instances a test belongs to. So it is a hint where to look and no proof. Source: Korel and Laski (1988),
"Dynamic program slicing".
"""

import ast
from collections.abc import Iterable

from trialrun.core.trace import Event, Trace
from trialrun.lang.regions import Facts, known_facts
from trialrun.lang.scopes import Unparseable
from trialrun.observe.steps import Step, steps

_RUNS = (Event.BLOCK, Event.RETURN, Event.CATCH, Event.RAISE)


def dynamic_slice(trace: Trace) -> frozenset[int]:
    """Return the events of the block runs that the end of the run depends on; none where that cannot be told.

    A trace that lacks events is sliced as far as they go, which may be too little.
    """
    facts = known_facts(trace.sources[0][1]) if trace.sources else Unparseable("no source")
    walked = [step for step in steps(trace) if step.kind in (*_RUNS, Event.CALL)]
    ends = [step for step in walked if step.kind in _RUNS]
    if isinstance(facts, Unparseable) or not ends:
        return frozenset()
    return _Slicer(trace, _Names(facts), walked).back_from(ends[-1])


class _Names:
    """What each block reads, binds and changes."""

    def __init__(self, facts: Facts) -> None:
        blocks = facts.layout.blocks
        self.bound = facts.definitions
        self.changed = [facts.writes[one.index] | (set(one.names) - _kept(one.statements)) for one in blocks]
        around: list[set[int]] = [set() for _ in blocks]
        for test in facts.layout.tests.values():
            first, last = test.statements[0].lineno, test.statements[0].end_lineno
            for one in blocks:
                lines = one.lines()
                if one.code == test.code and lines and first <= lines[0][0] and lines[-1][1] <= last:
                    around[one.index].add(test.index)
        self.needed = [
            facts.uses[one.index].union(*(facts.uses[test] for test in around[one.index])) for one in blocks
        ]


def _kept(statements: Iterable[ast.stmt]) -> set[str]:
    """Return the names that statements give to methods for the effect on something else: `x` in `ys.append(x)`.

    What a function is given may be changed by it, and counts as changed.
    """
    calls = [one.value for one in statements if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)]
    given = [argument for call in calls if isinstance(call.func, ast.Attribute) for argument in call.args]
    return {one.id for one in given if isinstance(one, ast.Name)}


class _Slicer:
    def __init__(self, trace: Trace, names: _Names, walked: list[Step]) -> None:
        self.trace, self.names, self.walked = trace, names, walked
        self.made: dict[int, list[Step]] = {}
        """Frame → beginnings of the calls that it made."""
        for step in walked:
            if step.kind is Event.CALL:
                self.made.setdefault(self._parent(step.frame), []).append(step)
        self.wanted: dict[int, set[str]] = {}
        """Frame → names whose values are needed before the present step."""
        self.alive: set[int] = set()
        """Frames whose results are needed."""

    def _parent(self, frame: int) -> int:
        return self.trace.parents[frame] if 0 <= frame < len(self.trace.parents) else -1

    def back_from(self, last: Step) -> frozenset[int]:
        self.alive.add(last.frame)
        kept: set[int] = set()
        ended: set[int] = set()
        for step in reversed(self.walked):
            if step.event > last.event:
                continue
            if step.kind is Event.CALL:
                self._passed_on(step)
                continue
            is_last = step.frame in self.alive and step.frame not in ended
            ended.add(step.frame)
            caught = step.kind is Event.CATCH and step.frame in self.alive
            wanted = self.wanted.get(step.frame, set())
            if is_last or caught or (step.block >= 0 and self.names.changed[step.block] & wanted):
                kept.add(step.event)
                self._keep(step)
        return frozenset(kept)

    def _keep(self, step: Step) -> None:
        """Need what a step needed, and the results of the calls that it made."""
        wanted = self.wanted.setdefault(step.frame, set())
        if step.block >= 0:
            wanted -= self.names.bound[step.block]
            wanted |= self.names.needed[step.block]
        began = [one for one in self.made.get(step.frame, ()) if step.begin <= one.event <= step.event]
        self.alive.update(one.frame for one in began)

    def _passed_on(self, call: Step) -> None:
        """Look for names that a call does not get as arguments in the call that made it."""
        code = self.trace.code[call.event]
        own = self.trace.codes[code].parameters if 0 <= code < len(self.trace.codes) else ()
        left = self.wanted.pop(call.frame, set()).difference(own)
        parent = self._parent(call.frame)
        if left and parent >= 0:
            self.wanted.setdefault(parent, set()).update(left)
