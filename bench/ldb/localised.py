"""Where the block that a repair changed stands: first in our order, first in "first and last", among the ten shown.

Ground truth are the statements of a seed that its accepted repair changed or dropped; what the repair inserted is
charged to the statement before it. Statements are compared by their normal text, without comments and docstrings.
Traces are of the inputs that the visible tests state, as the method sees them. A block counts as shown where one of its
lines is.

    slice, then Ochiai   blocks on the dynamic slice of the failing value first, then by suspiciousness, the last to run
                         first: one order without ties
    Ochiai               by suspiciousness alone; ties count with their average rank
    first and last       the order in which LDB's choice takes them: first, last, second, last but one, …
    chance               the expected share of a random order

Leaves out: whether the model would have found it.
"""

import ast
import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.ldb.sets import Subject
from bench.suspiciousness import faults, statement_of
from trialrun.core.budget import Budget
from trialrun.core.trace import Trace
from trialrun.making import PublicRunner
from trialrun.measure.pass_at_k import wilson
from trialrun.observe.blocks import Ran, runs
from trialrun.observe.excerpts import MOST, Choice, chosen
from trialrun.observe.slices import dynamic_slice
from trialrun.observe.spectra import first_faulty, spectrum, suspiciousness
from trialrun.observe.steps import steps
from trialrun.repair.evidence import evidence_of
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge

CHOICES: tuple[Choice, ...] = ("relevant", "ends")
SEEN = 100
ORDERS = ("slice, then Ochiai", "Ochiai", "first and last", "chance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What came of one seed."""

    task: str
    blocks: int
    """Blocks that may be named."""
    changed: int
    """Of them those that the repair changed."""
    ran: int
    """Blocks that ran on the failing input."""
    ranks: Mapping[str, float]
    """Order → rank of the first changed block; infinite where it is not in the order."""
    chance: Mapping[int, float]
    """k → probability that a random order has a changed block among its first k."""
    shown: Mapping[str, bool]
    """Choice → whether a changed block is among those shown."""


def units(source: str) -> list[tuple[int, str]]:
    """Return (line, normal text) of each statement in order; of a compound one its head."""
    found: list[tuple[int, str]] = []
    waiting: list[ast.stmt] = list(reversed(ast.parse(source).body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        inner = [one for name in ("body", "orelse", "finalbody") for one in getattr(node, name, ())]
        inner += [one for handler in getattr(node, "handlers", ()) for one in handler.body]
        text = ast.unparse(node)
        found.append((node.lineno, text.split("\n")[0] if inner else text))
        waiting += reversed(inner)
    return found


def changed_lines(before: str, after: str) -> set[int]:
    """Return the first lines of the statements of a text that another text has otherwise.

    >>> changed_lines("x = 1\\ny = 2\\n", "x = 1\\ny = 3\\n"), changed_lines("x = 1\\n", "x = 1\\ny = 3\\n")
    ({2}, {1})
    """
    old, new = units(before), units(after)
    match = difflib.SequenceMatcher(
        None, [text for _, text in old], [text for _, text in new], autojunk=False
    )
    found: set[int] = set()
    for tag, begin, end, *_ in match.get_opcodes():
        if tag in ("replace", "delete"):
            found.update(line for line, _ in old[begin:end])
        elif tag == "insert" and old:
            found.add(old[max(0, begin - 1)][0])
    return found


def located(judge: Judge, one: Subject) -> Located | None:
    """Return where the blocks that a repair changed stand; None where no stated case fails or no block was changed."""
    seed, repair = one.bare(one.seed.source), one.bare(one.run.programs[-1])
    evidence = evidence_of(PublicRunner(judge, one.task, Budget()), one.task.public(), seed)
    if not evidence.failing:
        return None
    trace, scores = evidence.traces[evidence.failing[0]], suspiciousness(evidence.spectrum())
    return placed(one.task.id, trace, scores, changed_lines(seed.source, repair.source))


def mutated(sandbox: Sandbox, most: int) -> dict[str, list[Located]]:
    """Return where the changed block of mutants stands, those of `bench.suspiciousness`, on their base inputs.

    The first `SEEN` were looked at while the choice of blocks was made; the others were not.
    """
    found: dict[str, list[Located]] = {"mutants, looked at": [], "mutants, held": []}
    for number, (mutant, judged) in enumerate(faults(sandbox, most)):
        trace = next(trace for trace, failed in judged if failed)
        scores = suspiciousness(spectrum(judged, "block"))
        located = placed(mutant.operator, trace, scores, {statement_of(trace, mutant.line)})
        if located is not None:
            found["mutants, looked at" if number < SEEN else "mutants, held"].append(located)
    return found


def placed(name: str, trace: Trace, scores: Mapping[int, float], lines: set[int]) -> Located | None:
    """Return where the blocks with changed lines stand; None where no block that has a score has one."""
    faulty = {block for block in scores if any(first in lines for first, _ in trace.blocks[block].lines)}
    if not faulty:
        return None
    orders = {
        "slice, then Ochiai": _sliced(trace, scores),
        "first and last": _ends(trace),
    }
    ranks = {
        name: next((n for n, block in enumerate(order, 1) if block in faulty), math.inf)
        for name, order in orders.items()
    }
    ranks["Ochiai"] = first_faulty(scores, faulty).average
    size, count = len(scores), len(faulty)
    return Located(
        task=name,
        blocks=size,
        changed=count,
        ran=len(runs(trace)),
        ranks=ranks,
        chance={k: 1 - math.comb(size - count, k) / math.comb(size, k) if k <= size else 1.0 for k in (1, 3)},
        shown={
            choice: is_shown(trace, chosen(trace, MOST["block"], choice, scores), faulty, lines)
            for choice in CHOICES
        },
    )


def is_shown(trace: Trace, taken: Iterable[Ran], faulty: set[int], lines: set[int]) -> bool:
    """Say whether a faulty block is shown, itself or, a test, by its line before the run that follows it."""
    events = {one.event for one in taken}
    return any(
        step.block in faulty or lines & set(step.lines) for step in steps(trace) if step.event in events
    )


def _sliced(trace: Trace, scores: Mapping[int, float]) -> list[int]:
    """Return blocks: those on the slice first, a test as its lines are; then by score, then the last to run first."""
    kept = dynamic_slice(trace)
    last: dict[int, int] = {}
    inside: set[int] = set()
    by_line = {
        first: number
        for number, block in enumerate(trace.blocks)
        for first, _ in block.lines
        if block.is_test
    }
    for step in steps(trace):
        blocks = {step.block, *(by_line[line] for line in step.lines if line in by_line)}
        last.update(dict.fromkeys(blocks, step.event))
        if step.event in kept:
            inside |= blocks
    return sorted(scores, key=lambda block: (block not in inside, -scores[block], -last.get(block, -1)))


def _ends(trace: Trace) -> list[int]:
    """Return blocks in the order in which "first and last" takes them, tests with the run behind them."""
    by_line = {
        first: number
        for number, block in enumerate(trace.blocks)
        for first, _ in block.lines
        if block.is_test
    }
    events = {one.event for one in runs(trace)}
    ran = [step for step in steps(trace) if step.event in events]
    order = [ran[place // 2] if place % 2 == 0 else ran[-1 - place // 2] for place in range(len(ran))]
    return list(
        dict.fromkeys(block for step in order for block in (*_tests(step.lines, by_line), step.block))
    )


def _tests(lines: Iterable[int], by_line: Mapping[int, int]) -> list[int]:
    return [by_line[line] for line in lines if line in by_line]


def share(hits: int, of: int) -> dict[str, Any]:
    """Return a share with its Wilson interval."""
    if not of:
        return {"hits": 0, "of": 0}
    low, high = wilson(hits / of, of)
    return {"hits": hits, "of": of, "share": hits / of, "ci": [low, high]}


def table(found: Sequence[Located]) -> dict[str, Any]:
    """Return how often a changed block is first, among the first three, and among those shown."""
    rows: dict[str, Any] = {}
    for order in ORDERS:
        for k in (1, 3):
            name = f"{order}, top {k}"
            if order == "chance":
                rows[name] = {
                    "share": sum(one.chance[k] for one in found) / max(1, len(found)),
                    "of": len(found),
                }
            else:
                rows[name] = share(sum(one.ranks[order] <= k for one in found), len(found))
    longer = [one for one in found if one.ran > MOST["block"]]
    for choice in CHOICES:
        rows[f"shown, {choice}"] = share(sum(one.shown[choice] for one in found), len(found))
        rows[f"shown of more than ten, {choice}"] = share(
            sum(one.shown[choice] for one in longer), len(longer)
        )
    return rows
