"""Where the fault of a failing program may lie: its lines, blocks and functions, ranked by what ran when it failed.

A line's suspicion is a formula over the runs (`observe/spectra.py`). In a short program most lines share one score,
since all of them ran each time. Ties are broken by a static slice from where the failing value left the program: the
line that returned it, or that the exception came from, is at distance 0; a line that writes what such a line reads, or
decides whether it runs, one further. A nearer line is more suspicious; nearness never outweighs a score.

Lines that no recorded run shows (of the module's top level, which ran at import, and of functions that nothing called)
have a low suspicion of their own, so that they come last and are not lost. `random` is the control: scores by a seed,
no slice; `none` knows nothing, all lines are alike.

Leaves out: faults by omission (a neighbour of what is missing is all that a line can be), slices through objects.
Sources: `observe/spectra.py`; Weiser (1981) for slices.
"""

import ast
import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from trialrun.core.trace import Event, Trace
from trialrun.lang.scopes import Unparseable, parse
from trialrun.observe.spectra import suspiciousness
from trialrun.repair.evidence import Evidence

Formula = Literal["ochiai", "dstar", "op2", "tarantula", "random", "none"]
UNSEEN = 0.05
"""Suspicion of a line that no run can show, beside 1 for the most suspicious one."""
_STEP = 0.9
"""What is left of a line's suspicion one step further away from the failing value, within its score."""
_FAR = 8


@dataclass(frozen=True)
class Suspicion:
    """How suspicious the parts of a program are: 0 to 1, the most suspicious one 1."""

    lines: Mapping[int, float]
    """Line → suspicion, for every line that a statement begins on."""
    blocks: Mapping[int, float]
    """Block of the traces → suspicion."""
    functions: Mapping[str, float]
    """Qualified name of a code → suspicion: that of its most suspicious line."""

    def of(self, line: int) -> float:
        """Return the suspicion of a line; inside a statement of several lines, that of the statement."""
        place = bisect.bisect_right(self._starts, line)
        return self.lines[self._starts[place - 1]] if place else UNSEEN

    @cached_property
    def _starts(self) -> list[int]:
        return sorted(self.lines)


def localise(source: str, evidence: Evidence, formula: Formula = "ochiai", *, seed: int = 0) -> Suspicion:
    """Return how suspicious the lines of a failing program are; all alike where nothing is known of its runs."""
    starts = statement_lines(source)
    if formula == "none" or not evidence.failing:
        return Suspicion(dict.fromkeys(starts, 1.0), {}, {})
    by_line = scaled(suspiciousness(evidence.spectrum("line"), formula, seed=seed))
    blocks = scaled(suspiciousness(evidence.spectrum("block"), formula, seed=seed))
    if formula != "random":
        trace = evidence.traces[evidence.failing[0]]
        by_line = _nearer_first(by_line, distances(source, trace))
    lines = {line: by_line.get(line, UNSEEN) for line in starts}
    functions: dict[str, float] = {}
    for code in evidence.traces[0].codes[1:]:
        own = [score for line, score in lines.items() if code.first_line <= line <= code.last_line]
        functions[code.name] = max(own, default=0.0)
    return Suspicion(lines, blocks, functions)


def scaled(scores: Mapping[int, float]) -> dict[int, float]:
    """Return scores as 0 to 1: by their share of the largest; infinite ones are 1 and the others below a half."""
    finite = [score for score in scores.values() if score not in (float("inf"), float("-inf"))]
    lowest = min([0.0, *finite])
    most = max((score - lowest for score in finite), default=0.0)
    infinite = len(finite) < len(scores)
    return {
        part: 1.0 if score == float("inf") else (score - lowest) / (most or 1.0) / (2 if infinite else 1)
        for part, score in scores.items()
    }


def statement_lines(source: str) -> list[int]:
    """Return the lines on which statements begin, decorators and docstrings apart, sorted; none without a tree."""
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return []
    return sorted({node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)})


def _nearer_first(scores: Mapping[int, float], distance: Mapping[int, int]) -> dict[int, float]:
    """Return scores lowered with the distance, no line passing one of another score."""
    ordered = sorted(set(scores.values()))
    below = {score: (ordered[place - 1] if place else 0.0) for place, score in enumerate(ordered)}
    found = {}
    for line, score in scores.items():
        kept = _STEP ** min(distance.get(line, _FAR), _FAR)
        found[line] = below[score] + (score - below[score]) * kept
    most = max(found.values(), default=0.0) or 1.0
    return {line: score / most for line, score in found.items()}


# -- the slice


def distances(source: str, trace: Trace) -> dict[int, int]:
    """Return how many steps each line is away from where the failing value, or the exception, left the program."""
    reads, writes, above = _uses(source)
    ran = {place for kind, place in zip(trace.kind, trace.place, strict=True) if kind == Event.LINE}
    found: dict[int, int] = {}
    near = _ends(trace)
    step = 0
    while near and step <= _FAR:
        for line in near:
            found.setdefault(line, step)
        wanted = {name for line in near for name in reads.get(line, ())}
        following = {line for line, names in writes.items() if names & wanted and (not ran or line in ran)}
        following |= {above[line] for line in near if line in above}
        near = sorted(following - found.keys())
        step += 1
    return found


def _ends(trace: Trace) -> list[int]:
    """Return the lines that the run left the program from: of the exception, or before the last return."""
    raised = [
        place
        for kind, place in zip(trace.kind, trace.place, strict=True)
        if kind == Event.RAISE and place > 0
    ]
    if raised:
        return list(dict.fromkeys(raised))
    lines = trace.lines()
    return lines[-1:]


def _uses(source: str) -> tuple[dict[int, set[str]], dict[int, set[str]], dict[int, int]]:
    """Return, by line of each statement: names read, names written, and the line of the statement around it."""
    reads: dict[int, set[str]] = {}
    writes: dict[int, set[str]] = {}
    above: dict[int, int] = {}
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return reads, writes, above
    for statement, around in _statements(tree):
        line = statement.lineno
        if around is not None:
            above.setdefault(line, around.lineno)
        for node in _own(statement):
            match node:
                case ast.Name(id=name, ctx=ast.Load()):
                    reads.setdefault(line, set()).add(name)
                case ast.Name(id=name):
                    writes.setdefault(line, set()).add(name)
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name))):
                    writes.setdefault(line, set()).add(name)  # a method may change its object
                case ast.Call(func=ast.Name(id=name)):
                    reads.setdefault(line, set()).add(name)
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                    writes.setdefault(line, set()).add(name)
                case ast.AugAssign(target=ast.Name(id=name)):
                    reads.setdefault(line, set()).add(name)
        if isinstance(statement, ast.Return | ast.Yield):
            function = _function_around(tree, line)
            if function is not None:
                writes.setdefault(line, set()).add(function)
    return reads, writes, above


def _statements(tree: ast.Module) -> Iterator[tuple[ast.stmt, ast.stmt | None]]:
    """Yield each statement with the compound statement, not the definition, that decides whether it runs."""
    waiting: list[tuple[ast.AST, ast.stmt | None]] = [(tree, None)]
    while waiting:
        node, around = waiting.pop()
        deciding = node if isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.With) else around
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            deciding = None
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                yield child, deciding
            if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
                waiting.append((child, deciding))


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a statement without those of the statements in it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)
        ]


def _function_around(tree: ast.Module, line: int) -> str | None:
    """Return the name of the innermost function around a line."""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= line <= (node.end_lineno or line)
    ]
    return max(found, key=lambda node: node.lineno).name if found else None
