"""Partial execution: run a snippet whose imports, names and callees are missing, and see how far it gets.

Phase 1 *reaches*. The first run has universal dummies everywhere. What it raises on invented values leads to the next
plan: the type that the message suggests for the operands of the failing expression, or, where none helps, an invented
result for that expression. Then one block at a time that has not run: the tests, handlers and empty loops on the way
to it are turned. A change is kept if more statements run. It ends when all has run, when nothing adds anything, or
after `max_runs`. Phases 2 and 3 are in `partial_types.py` and `partial_model.py`.

Coverage is the number of distinct statement markers hit by the number inserted (`run/child/markers.py`). What a run
says of itself is weak: the snippet shares its process.

Leaves out: hooking every read, swallowing what a call raises (`int("x")` stays a ValueError), languages but Python.
Source: SelfPiCo (2024), LExecutor (2023), Treefix (2025); the search is our own.
"""

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from trialrun.core.execution import Limits, Outcome
from trialrun.observe.suggest import Suggested, suggest
from trialrun.run.child import routes
from trialrun.run.child.markers import Snippet, instrument, parse
from trialrun.run.holes import LIMITS, SECONDS, Failure, PartialRun, Plan, counted, run_partial
from trialrun.run.sandbox import Sandbox

MAX_RUNS = 16
_FRUITLESS = 4
"""Runs in a row that add nothing, after which the search ends."""
_MENDS = 4
"""Runs that may follow one turned block in order to mend what fails there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a snippet is explored."""

    max_runs: int = MAX_RUNS
    """Runs of phase 1 at most."""
    limits: Limits = LIMITS
    """Limits of one run."""
    body_calls: int = 4
    """Times that the body of a function is run in one run, at most; 1 to compare with systems that run it once."""
    call: bool = True
    """Whether functions that nobody calls are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """What phase 1 found."""

    source: str
    snippet: Snippet
    runs: tuple[PartialRun, ...]
    """All runs, in order; none where the text is no program."""
    best: PartialRun | None
    """The run that hit most statement markers, the earliest of them."""
    syntax: str = ""
    """Why the text is no program."""

    @property
    def union(self) -> frozenset[int]:
        """Marks that some run hit."""
        return frozenset().union(*(run.hits for run in self.runs))

    def coverage(self, hits: frozenset[int]) -> float:
        """Return statement markers hit by markers inserted; 1 where there is none."""
        total = self.snippet.total
        return counted(self.snippet, hits) / total if total else 1.0

    def lines(self, hits: frozenset[int]) -> list[int]:
        """Return the lines that ran."""
        return sorted({self.snippet.lines[number] for number in hits})

    def missed(self, hits: frozenset[int]) -> list[int]:
        """Return the lines of statements that did not run."""
        ran = set(self.lines(hits))
        snippet = self.snippet
        lines = {
            line
            for number, line in enumerate(snippet.lines)
            if snippet.counted[number] and number not in hits and line not in ran
        }
        return sorted(lines)


def explore(
    sandbox: Sandbox, source: str, settings: Settings | None = None, *, cancel: int | None = None
) -> Explored:
    """Run a snippet up to `max_runs` times; each run may reach more. Raises `Cancelled` once `cancel` is readable."""
    search = begin(sandbox, source, settings, cancel=cancel)
    if isinstance(search, str):
        nothing = Snippet(ast.Module(body=[], type_ignores=[]))
        return Explored(source=source, snippet=nothing, runs=(), best=None, syntax=search)
    search.go()
    return search.explored()


def begin(
    sandbox: Sandbox, source: str, settings: Settings | None = None, *, cancel: int | None = None
) -> "Search | str":
    """Return a search that has not run anything yet, or why the text is no program."""
    try:
        snippet = instrument(source)
        compile(snippet.tree, "solution.py", "exec", dont_inherit=True)
        return Search(sandbox, source, snippet, settings or Settings(), cancel)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return explain(error, source)


def explain(error: BaseException, source: str) -> str:
    """Say why a text is no program, and what it looks like instead.

    >>> explain(SyntaxError("invalid syntax", ("x", 1, 1, "", 1, 1)), ">>> 1 + 1")
    'line 1: invalid syntax (an interactive session: take the prompts >>> and the answers out)'
    """
    line = getattr(error, "lineno", None)
    text = getattr(error, "msg", None) or str(error) or type(error).__name__
    lines = source.splitlines()
    there = lines[line - 1].strip() if line and line <= len(lines) else ""
    hint = ""
    if any(part.lstrip().startswith((">>>", "In [")) for part in lines):
        hint = " (an interactive session: take the prompts >>> and the answers out)"
    elif (
        there.startswith(("print ", "exec "))
        or "`" in there
        or "<>" in there
        or re.search("[Mm]issing parenth|must be parenthesized", text)
    ):
        hint = " (Python 2)"
    elif there.startswith(("$", "pip ", "sudo ", "%", "!")):
        hint = " (a shell command)"
    return (f"line {line}: " if line else "") + text.partition("\n")[0] + hint


@dataclass(slots=True)
class Search:
    """One exploration, under way or done."""

    sandbox: Sandbox
    source: str
    snippet: Snippet
    settings: Settings
    cancel: int | None
    runs: list[PartialRun] = field(default_factory=list)
    best: PartialRun | None = None
    union: set[int] = field(default_factory=set)
    fruitless: int = 0
    proposed: dict[Any, int] = field(default_factory=dict)
    """Candidates used up so far, by failure."""
    turned: set[Any] = field(default_factory=set)
    tree: ast.Module = field(init=False)
    """The text as it was, for its names and places."""
    facts: routes.Facts = field(init=False)
    nodes: dict[tuple[int, ...], list[Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.tree = parse(self.source)
        self.facts = routes.Facts(self.tree)
        self.nodes = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.expr | ast.stmt):
                place = tuple(getattr(node, name, 0) or 0 for name in routes.PLACE)
                self.nodes.setdefault(place, []).append(node)

    def go(self) -> None:
        """Run until there is nothing more to try."""
        settings = self.settings
        seconds = min(SECONDS, settings.limits.cpu_s / 2)
        first = Plan(call=settings.call, body_calls=settings.body_calls, seconds=seconds)
        base = self.mend(self.run(first))
        while not self.over():
            plan = self.turn(base)
            if plan is None:
                break
            found = self.mend(self.run(plan), most=_MENDS)
            if self.score(found) > self.score(base):
                base = found
        while len(self.runs) < self.settings.max_runs and (plan := self.with_handlers(base)) is not None:
            found = self.run(plan)
            if self.score(found) > self.score(base):
                base = found

    def explored(self) -> Explored:
        """Return what was found so far."""
        return Explored(source=self.source, snippet=self.snippet, runs=tuple(self.runs), best=self.best)

    def over(self) -> bool:
        """Say whether all has run, or no more runs are to be made."""
        return (
            len(self.runs) >= self.settings.max_runs
            or self.fruitless >= _FRUITLESS
            or counted(self.snippet, self.union) == self.snippet.total
        )

    def score(self, run: PartialRun) -> int:
        """Return how many statement markers a run hit."""
        return counted(self.snippet, run.hits)

    def run(self, plan: Plan) -> PartialRun:
        """Make one run and remember it."""
        self.facts.guard(plan.guards)
        made = run_partial(
            self.sandbox, self.source, self.snippet, plan, limits=self.settings.limits, cancel=self.cancel
        )
        self.runs.append(made)
        before = counted(self.snippet, self.union)
        self.union |= made.hits
        better = self.best is None or self.score(made) > self.score(self.best)
        if better:
            self.best = made
        self.fruitless = 0 if better or counted(self.snippet, self.union) > before else self.fruitless + 1
        return made

    def extra(self, plan: Plan) -> PartialRun:
        """Make one run that is not part of the search."""
        return run_partial(
            self.sandbox, self.source, self.snippet, plan, limits=self.settings.limits, cancel=self.cancel
        )

    def adopt(self, run: PartialRun) -> None:
        """Take an extra run for the best one."""
        self.runs.append(run)
        self.union |= run.hits
        self.best = run

    def names(self) -> Iterator[tuple[bool, str]]:
        """Yield the names that are read, each with whether an attribute of it is."""
        dotted = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                dotted.add(id(node.value))
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name):
                yield id(node) in dotted, node.id

    # -- failures

    def mend(self, run: PartialRun, most: int = MAX_RUNS) -> PartialRun:
        """Repeat a run with what its failures suggest, for as long as that leads further."""
        while most > 0 and len(self.runs) < self.settings.max_runs and self.score(run) < self.snippet.total:
            plan = run.plan
            for change in self.changes(run):
                plan = merge(plan, change)
            if plan == run.plan:
                break
            most -= 1
            again = self.run(plan)
            if self.score(again) > self.score(run) or (
                self.score(again) == self.score(run) and _places(again) != _places(run)
            ):
                run = again
        return run

    def changes(self, run: PartialRun) -> Iterator[Plan]:
        """Yield the next untried change for each failure of a run."""
        if (
            run.execution.outcome not in (Outcome.RETURNED, Outcome.RAISED, Outcome.EXITED)
            and not run.report.values
        ):
            yield from self._next(("ended",), [Plan(leave=self._loops(0))])
        for failure in run.report.failures:
            key = (failure.type, failure.message[:60], *failure.place, failure.line)
            yield from self._next(key, self.candidates(failure))

    def _next(self, key: Any, candidates: list[Plan]) -> Iterator[Plan]:
        done = self.proposed.get(key, 0)
        if done < len(candidates):
            self.proposed[key] = done + 1
            yield candidates[done]

    def candidates(self, failure: Failure) -> list[Plan]:
        """Return the changes that a failure suggests, in the order in which they are tried."""
        if failure.type == "OutOfTime":
            return [Plan(leave=self._loops(failure.line))]
        if failure.type == "AssertionError":
            tests = [
                (number, True)
                for number, test in enumerate(self.snippet.tests)
                if test["kind"] == "assert" and test["line"] == failure.line
            ]
            return [Plan(tests=tuple(tests))] if tests else []
        found = [Plan(attributes=(pair,)) for pair in self._attributes(failure)]
        nodes = self.nodes.get(tuple(failure.place), [])
        found += [Plan(missing=names) for names in [_shadowed(failure, nodes)] if names]
        lines = self.source.splitlines()
        text = lines[failure.line - 1] if 0 < failure.line <= len(lines) else ""
        operands = [origin for origin in failure.operands if "@" not in origin]
        for kind in suggest(failure.type, failure.message, text):
            why = f"{failure.type}: {failure.message}"[:80]
            if "sequence item" in failure.message:
                found.append(_typed([origin + "[]" for origin in operands], kind, why))
            found.append(_typed(operands, kind, why))
            if len(operands) > 1:
                found.append(_typed(operands[:1], kind, why))
            if failure.below or not operands:  # a library has gone on from what it was given
                found.append(_typed(failure.recent[-1:], kind, why))
        if self._may_guard(failure, nodes):
            line, column, end_line, end_column = failure.place
            found.append(Plan(guards=((line, column, end_line, end_column),)))
        loops = tuple(number for number, line in enumerate(self.snippet.loops) if line == failure.line)
        if loops and failure.type == "TypeError":
            found.append(Plan(items=loops))
        return [plan for plan in found if plan != Plan()]

    def _may_guard(self, failure: Failure, nodes: list[Any]) -> bool:
        """Say whether a failing expression's result may be invented: it was about invented values, or surroundings."""
        expressions = [node for node in nodes if isinstance(node, ast.expr) and routes.can_wait(node)]
        if not expressions:
            return False
        return failure.surroundings or any(self.facts.about_invented(node) for node in expressions)

    def _attributes(self, failure: Failure) -> Iterator[tuple[str, str]]:
        if failure.type != "AttributeError":
            return
        words = failure.message.split("'")
        if len(words) >= 4 and "has no attribute" in failure.message:
            classes = {
                node.name for found in self.nodes.values() for node in found if isinstance(node, ast.ClassDef)
            }
            if failure.message.startswith("module") or words[1] in classes:
                yield words[1], words[3]

    def _loops(self, line: int) -> tuple[int, ...]:
        """Return the `while` loops around a line, or all."""
        lines = self.snippet.lines
        found = []
        for number, test in enumerate(self.snippet.tests):
            last = max([test["line"], *(lines[mark] for mark in range(*test["body"]))])
            if test["kind"] == "while" and (not line or test["line"] <= line <= last):
                found.append(number)
        return tuple(found)

    # -- blocks that have not run

    def turn(self, base: PartialRun) -> Plan | None:
        """Return the plan that leads to the largest blocks that have not run, one in each function; None for none."""
        snippet = self.snippet
        gains: dict[tuple[int, Any], int] = {}
        for number, ways in enumerate(snippet.ways):
            if number not in self.union and snippet.counted[number]:
                for length in range(1, len(ways) + 1):
                    key = (snippet.owner[number], ways[:length])
                    gains[key] = gains.get(key, 0) + 1
        plan, owners = base.plan, set()
        for owner, ways in sorted(gains, key=lambda key: (-gains[key], -len(key[1]))):
            if owner in owners or (owner, ways) in self.turned:
                continue
            self.turned.add((owner, ways))
            changed = merge(plan, self._way(ways))
            if changed != plan:
                owners.add(owner)
                plan = changed
        if plan != base.plan:
            return plan
        return self._with_imports(base) or self._past_exits(base)

    def _way(self, ways: Any) -> Plan:
        """Return the decisions of a way as a plan."""
        made: dict[str, list[Any]] = {"tests": [], "raises": [], "items": [], "leave": [], "passes": []}
        for what, number, value in ways:
            if what == "test":
                made["tests"].append((number, value))
            elif what == "raise":
                first, last = self.snippet.tries[number]["body"]
                made["raises"].append((number, value, last - 1 in self.union or first not in self.union))
            else:
                made[{"items": "items", "leave": "leave", "pass": "passes"}[what]].append(number)
        decisions: dict[str, Any] = {name: tuple(values) for name, values in made.items()}
        return Plan(**decisions)

    def with_handlers(self, base: PartialRun) -> Plan | None:
        """Return the plan in which `try` bodies that ran to their end raise there: so one run has body and handler."""
        raised = {number for number, _, _ in base.plan.raises}
        raises = []
        for number, told in enumerate(self.snippet.tries):
            ran = all(mark in base.hits for mark in range(*told["body"]))
            open_ = [place for place, marks in enumerate(told["handlers"]) if marks[0] not in base.hits]
            if ran and open_ and number not in raised and ("handlers", number) not in self.turned:
                self.turned.add(("handlers", number))
                largest = max(
                    open_, key=lambda place: told["handlers"][place][1] - told["handlers"][place][0]
                )
                raises.append((number, largest, True))
        return merge(base.plan, Plan(raises=tuple(raises))) if raises else None

    def _with_imports(self, base: PartialRun) -> Plan | None:
        """Return the plan in which imports that may fail, inside a `try`, do not."""
        lines = {
            self.snippet.lines[number]
            for number in range(len(self.snippet.lines))
            if number not in self.union
        } & self.snippet.guarded_imports
        if not lines or ("imports", *lines) in self.turned:
            return None
        self.turned.add(("imports", *lines))
        return merge(base.plan, Plan(imports=tuple(sorted(lines))))

    def _past_exits(self, base: PartialRun) -> Plan | None:
        """Return the plan that passes over the exits at which runs ended."""
        lines = sorted(
            {line for run in self.runs for line in run.report.exits if line not in base.plan.passes}
        )
        for line in lines:
            if ("exit", line) not in self.turned:
                self.turned.add(("exit", line))
                return merge(base.plan, Plan(passes=tuple(lines)))
        return None


def _typed(origins: list[str], kind: Suggested, why: str) -> Plan:
    return Plan(types=tuple((origin, kind, why) for origin in origins))


def _places(run: PartialRun) -> list[Any]:
    return [(failure.type, failure.place or failure.line) for failure in run.report.failures]


def _shadowed(failure: Failure, nodes: list[Any]) -> tuple[str, ...]:
    """Return the builtins that a failing expression uses as if they were something else."""
    if failure.type not in ("TypeError", "AttributeError"):
        return ()
    if not re.search(r"builtin_function_or_method|type object|'type'|'function'|'method'", failure.message):
        return ()
    parts = [part for node in nodes for part in ast.walk(node)]
    called = {
        part.func.id for part in parts if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
    }
    names = {part.id for part in parts if isinstance(part, ast.Name) and hasattr(builtins, part.id)}
    return tuple(sorted(names - called or names))


def merge(plan: Plan, change: Plan) -> Plan:
    """Return a plan with the decisions of another added; where both decide, the other does."""
    types = {origin: (origin, kind, why) for origin, kind, why in (*plan.types, *change.types)}
    tests = dict((*plan.tests, *change.tests))
    raises = {number: (number, handler, end) for number, handler, end in (*plan.raises, *change.raises)}
    sets = {
        name: tuple(dict.fromkeys((*getattr(plan, name), *getattr(change, name))))
        for name in ("guards", "items", "leave", "passes", "imports", "modules", "missing", "attributes")
    }
    return replace(
        plan,
        types=tuple(types.values()),
        tests=tuple(sorted(tests.items())),
        raises=tuple(sorted(raises.values())),
        **sets,
    )
