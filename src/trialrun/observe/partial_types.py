"""Phase 2 of partial execution: invented values become plain values of the narrowest type, to show what breaks.

A universal dummy hides type errors: `"a" + f()` always works. So every origin whose uses allow it gets a value of the
narrowest builtin type (`narrow.py`), without anything beside, and the snippet runs again, the way its best run went.
What raises a TypeError, or an AttributeError of a builtin value, is reported with the assumptions that it rests on. A
second round lets names decide (`port` is an int); what only that shows is marked so. An error that is found is passed
over in the next run, so that the ones behind it show too.

Leaves out: proving that a real value would do the same; an error holds under its assumptions.
"""

import ast
import re
from dataclasses import dataclass, field

from msgspec.structs import replace

from trialrun.observe.narrow import SAMPLES, Assumption, assume, last_name, supports
from trialrun.observe.selfpico import Search, merge
from trialrun.run.holes import Failure, PartialRun, Plan, Value

MOST_RUNS = 6
"""Runs of one round at most."""
_OURS = re.compile(r"'?\b(Hole|Text|Whole|Real|Row|Group|Table|Bag|Beside|Super|Invented)\b'?")
"""Names of our own classes: a message that has one tells of a dummy, not of the snippet."""


_OF_DUMMIES = re.compile(
    r"arguments? for format string|must be (a )?(str|bytes|string)|first arg|expected (str|bytes)|bytes-like|"
    r"keywords must"
)
"""Messages that a universal value among the operands can bring about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFault:
    """A type error that phase 2 found."""

    failure: Failure
    assumptions: tuple[Assumption, ...]
    """What the values in the failing expression were taken for."""
    by: str
    """`uses` where the uses of values suffice, `names` where the type rests on a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What phase 2 found."""

    assumptions: tuple[Assumption, ...] = ()
    faults: tuple[TypeFault, ...] = ()
    runs: tuple[PartialRun, ...] = ()


def find_type_faults(search: Search) -> Typed:
    """Run a snippet that was explored with typed values. The runs come on top of those of phase 1."""
    best = search.best
    if best is None:
        return Typed()
    phase = _Phase(search, best)
    values = [value for run in search.runs for value in run.report.values]
    by_uses = phase.round(assume(search.tree, values), "uses")
    by_names = assume(search.tree, [*values, *phase.values()], names=True)
    if any(made.by == "name" for made in by_names):
        phase.round(by_names, "names")
    return Typed(assumptions=tuple(by_uses), faults=tuple(phase.faults.values()), runs=tuple(phase.runs))


@dataclass(slots=True)
class _Phase:
    search: Search
    best: PartialRun
    runs: list[PartialRun] = field(default_factory=list)
    faults: dict[tuple[str, int, str], TypeFault] = field(default_factory=dict)

    def values(self) -> list[Value]:
        """Return the values of this phase's runs."""
        return [value for run in self.runs for value in run.report.values]

    def round(self, assumptions: list[Assumption], by: str) -> list[Assumption]:
        """Run with assumptions, passing over each fault that is found; return those that the runs used."""
        plan = self._plan(assumptions)
        known = {made.origin: made for made in assumptions}
        tried: list[Plan] = []
        run = None
        while len(tried) < MOST_RUNS and plan not in tried:
            tried.append(plan)
            run = self.search.extra(plan)
            self.runs.append(run)
            for failure in run.report.failures:
                if self._is_fault(failure):
                    self._add(failure, known, by)
                    if failure.place and failure.line:
                        line, column, end_line, end_column = failure.place
                        plan = merge(plan, Plan(guards=((line, column, end_line, end_column),)))
                else:
                    for change in self.search.candidates(failure)[:1]:
                        plan = merge(change, plan) if change.types else merge(plan, change)
        met = {value.origin for value in run.report.values} if run is not None else set()
        return [made for made in assumptions if made.origin in met]

    def _plan(self, assumptions: list[Assumption]) -> Plan:
        """Return the best run's plan with typed values, and without what hid errors."""
        reached = self.best.plan
        types = tuple((made.origin, made.kind, f"{made.by}: {made.why}"[:80]) for made in assumptions)
        kept = tuple(told for told in reached.types if self._fits(told[0], told[1]))
        plan = replace(reached, types=kept, guards=(), plain=True, modules=_modules(self.search))
        return merge(plan, Plan(types=types))

    def _fits(self, origin: str, kind: str | list[str]) -> bool:
        """Say whether a type that a message suggested has the attributes that the snippet uses."""
        runs = self.search.runs
        uses = [
            use for run in runs for value in run.report.values if value.origin == origin for use in value.uses
        ]
        attributes = [use for use in uses if use.startswith(("attr:", "call"))]
        return (
            not isinstance(kind, str) or kind not in SAMPLES or all(supports(kind, use) for use in attributes)
        )

    def _is_fault(self, failure: Failure) -> bool:
        if _OURS.search(failure.message) or failure.surroundings:
            return False
        if failure.operands and _OF_DUMMIES.search(failure.message):
            return False
        nodes = self.search.nodes.get(tuple(failure.place), [])
        if any(isinstance(node, ast.Raise) for node in nodes) and "must derive from" not in failure.message:
            return False  # the snippet's own check of a value that we made up
        if failure.type == "TypeError":
            return not failure.message.startswith("invented")
        return failure.type == "AttributeError" and bool(
            re.match(
                r"'(NoneType|str|int|float|bytes|list|dict|tuple|set|bool)' object has no", failure.message
            )
        )

    def _add(self, failure: Failure, known: dict[str, Assumption], by: str) -> None:
        key = (failure.type, failure.line, failure.where)
        if any(key[:2] == other[:2] for other in self.faults):
            return
        about = tuple(made for made in known.values() if self._concerns(made.origin, failure))
        self.faults[key] = TypeFault(failure=failure, assumptions=about, by=by)

    def _concerns(self, origin: str, failure: Failure) -> bool:
        """Say whether a failing expression reads an origin, by its names: plain values do not know theirs."""
        nodes = self.search.nodes.get(tuple(failure.place), [])
        parts = [part for node in nodes for part in ast.walk(node)]
        names = {part.id for part in parts if isinstance(part, ast.Name)}
        names |= {part.attr for part in parts if isinstance(part, ast.Attribute)}
        return last_name(origin) in names or origin in failure.operands


def _modules(search: Search) -> tuple[str, ...]:
    """Return missing names that are standard modules by the way they are used: only with a dot behind them."""
    dotted: set[str] = set()
    bare: set[str] = set()
    for attribute, name in search.names():
        (dotted if attribute else bare).add(name)
    return tuple(sorted((dotted - bare) & _MODULES & search.facts.invented))


_MODULES = frozenset({
    "argparse", "base64", "binascii", "bisect", "codecs", "collections", "configparser", "contextlib", "copy", "csv",
    "dataclasses", "decimal", "fnmatch", "fractions", "functools", "glob", "gzip", "hashlib", "heapq", "inspect", "io",
    "itertools", "json", "logging", "math", "operator", "os", "pickle", "platform", "pprint", "random", "re", "shutil",
    "statistics", "string", "struct", "subprocess", "sys", "tempfile", "textwrap", "threading", "time", "traceback",
    "types", "urllib", "uuid", "warnings", "zlib",
})  # fmt: skip
"""Standard modules whose names are hardly used for anything else."""
