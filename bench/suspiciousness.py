"""Spectra on known faults: where the formulas rank the changed line of a mutant, and whether its block is shown.

    python -m bench.suspiciousness [--mutants N]

Programs are the references of HumanEval+ of at least eight statements (in shorter ones there is nothing to rank) with
one mistake each (`lang/mutants.py`), traced in the sandbox on the first base inputs; an input fails where the outcome
is not the reference's. Counted are mutants that fail somewhere. For lines: EXAM and the share of faults at rank 1, 3
and 5, ties at their average rank, beside a random order. For blocks: whether the faulty one is among the ten that are
shown of the first failing trace, by suspiciousness and by LDB's first and last.

Leaves out: faults of several lines, faults by omission.
"""

import argparse
import ast
import statistics
from collections.abc import Iterator
from typing import Any

from bench.measuring import circumstances, store
from trialrun.core.execution import Execution, Limits
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.core.trace import Level, Trace
from trialrun.lang.mutants import Mutant, mutants
from trialrun.observe.blocks import blocks, runs
from trialrun.observe.spectra import FORMULAS, Spectrum, exam, first_faulty, spectrum, suspiciousness
from trialrun.observe.tracer import Recording, trace_case
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import registry

CASES = 20
"""Base inputs of a task that are run."""
STATEMENTS = 8
"""Statements that a reference has at least."""
A_TASK = 3
"""Mutants of one task."""
SHOWN = 10
"""Blocks shown, as in LDB."""
_RECORDING = Recording(level=Level.IDS, lines=True, first=20_000, last=5_000)
_LIMITS = Limits(cpu_s=2.0)


def ended(execution: Execution) -> tuple[Any, ...]:
    """Return what tells two executions apart."""
    return execution.outcome, execution.value, execution.exception


def faults(sandbox: Sandbox, most: int) -> Iterator[tuple[Mutant, list[tuple[Trace, bool]]]]:
    """Yield mutants that fail on some input, with their traces and whether each failed."""
    count = 0
    for task in registry.load("humaneval+").tasks:
        if count >= most:
            return
        cases = _cases(task)
        if task.reference is None or not cases:
            continue
        if sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(task.reference))) < STATEMENTS:
            continue
        wanted = [ended(_traced(sandbox, task.reference, task.entry, case).execution) for case in cases]
        for mutant in mutants(task.reference, task.entry, limit=A_TASK, seed=1):
            traces = [_traced(sandbox, mutant.source, task.entry, case) for case in cases]
            judged = [
                (trace, ended(trace.execution) != right) for trace, right in zip(traces, wanted, strict=True)
            ]
            if any(failed for _, failed in judged):
                count += 1
                yield mutant, judged


def _cases(task: Task) -> tuple[Case, ...]:
    checks = [one for one in task.hidden_checks if isinstance(one, CaseCheck) and one.name == "base"]
    return checks[0].cases[:CASES] if checks else ()


def _traced(sandbox: Sandbox, source: str, entry: str, case: Case) -> Trace:
    return trace_case(sandbox, Program.from_source(source, entry=entry), case, _LIMITS, _RECORDING)


def statement_of(trace: Trace, line: int) -> int:
    """Return the first line of the statement that a line lies in, 0 for none."""
    found = [pair for block in trace.blocks for pair in block.lines if pair[0] <= line <= pair[1]]
    return min(found, key=lambda pair: pair[1] - pair[0])[0] if found else 0


def faulty_blocks(trace: Trace, line: int) -> set[int]:
    """Return the blocks that hold a line."""
    return {
        number
        for number, block in enumerate(trace.blocks)
        if any(first <= line <= last for first, last in block.lines)
    }


def shown(judged: list[tuple[Trace, bool]], mutant: Mutant, scores: dict[int, float] | None) -> bool:
    """Say whether a faulty block is among those shown of the first failing trace."""
    trace = next(trace for trace, failed in judged if failed)
    chosen = blocks(trace, max_blocks=SHOWN, suspiciousness=scores)
    faulty = faulty_blocks(trace, mutant.line)
    ran = {run.block for call in chosen.calls for run in call.blocks}
    # A test has no event of its own: it is shown with the lines of the run behind it.
    lines = {line for call in chosen.calls for run in call.blocks for line in run.lines}
    return bool(faulty & ran) or mutant.line in lines


def _order(formula: str, spectra: list[tuple[Spectrum, int]]) -> dict[str, Any]:
    rows = []
    for number, (found, line) in enumerate(spectra):
        scores = suspiciousness(found, formula, seed=number)
        rows.append((exam(scores, {line}).average, first_faulty(scores, {line}).average))
    return {
        "exam": statistics.fmean(share for share, _ in rows),
        **{f"top {k}": sum(rank <= k for _, rank in rows) / len(rows) for k in (1, 3, 5)},
    }


def main() -> int:
    """Print and store the table; exit 0 where each formula is better than chance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutants", type=int, default=120)
    where = circumstances()
    spectra: list[tuple[Spectrum, int]] = []
    cut = {"by suspiciousness": 0, "first and last": 0, "of": 0}
    left_out = 0
    with Sandbox() as sandbox:
        for mutant, judged in faults(sandbox, parser.parse_args().mutants):
            line = statement_of(judged[0][0], mutant.line)
            by_line = spectrum(judged, "line")
            if line not in by_line.counts:
                left_out += 1
                continue
            spectra.append((by_line, line))
            if len(runs(next(trace for trace, failed in judged if failed))) > SHOWN:
                scores = suspiciousness(spectrum(judged, "block"))
                cut["of"] += 1
                cut["by suspiciousness"] += shown(judged, mutant, scores)
                cut["first and last"] += shown(judged, mutant, None)
    table = {formula: _order(formula, spectra) for formula in [*FORMULAS, "random"]}
    print(
        f"{len(spectra)} mutants, {left_out} left out; lines: {'EXAM':>10}{'top 1':>8}{'top 3':>8}{'top 5':>8}"
    )
    for formula, row in table.items():
        print(f"{formula:<34}" + "".join(f"{value:>8.1%}" for value in row.values()))
    print(f"the faulty block is among the {SHOWN} shown of a longer trace:", cut)
    better = all(table[formula]["exam"] < table["random"]["exam"] for formula in FORMULAS)
    result = {"mutants": len(spectra), "left_out": left_out, "lines": table, "blocks": cut, "better": better}
    print(store("suspiciousness", result, where=where))
    return 0 if better else 1


if __name__ == "__main__":
    raise SystemExit(main())
