"""Runs attacks and honest programs through the judge, many at a time, and keeps what came of each.

A result that is `accepted`, `unscored`, or raised out of the judge is a hole. Blocking programs cost wall time only,
so many wait side by side; verdicts do not depend on that, since CPU time decides.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from trialrun.core.errors import BoundaryError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import Task
from trialrun.run.sandbox import Sandbox
from trialrun.run.whole import run_program
from trialrun.verify.tests import Judge, Rules

HOSTILE = Limits(cpu_s=0.5, wall_s=1.5, memory_mb=256, output_kb=256)
"""Tight, so that hangs and bombs end soon."""

WIDE = Limits(cpu_s=5.0)

SIDE_BY_SIDE = 16


@dataclass(frozen=True, slots=True)
class Result:
    """What the judge said of one program."""

    accepted: bool
    unscored: str | None
    outcomes: tuple[str, ...]
    """One a check."""
    evidence: str

    @property
    def unknown(self) -> bool:
        """Whether no check failed and not all passed."""
        return not self.accepted and self.unscored is None and not self.outcomes


def judge(sandbox: Sandbox, task: Task, source: str, limits: Limits = HOSTILE) -> Result:
    """Judge one program by a task's hidden checks."""
    program = Program.from_source(source, entry=task.entry)
    try:
        judgements = Judge(sandbox, Rules(limits=limits)).judge(task, program)
    except BoundaryError as error:
        return Result(False, str(error), (), "")
    accepted = bool(judgements) and all(found.verdict is Verdict.PASS for found in judgements)
    text = "; ".join(f"{found.verdict} {found.outcome} {list(found.evidence)}" for found in judgements)
    return Result(accepted, None, tuple(str(found.outcome) for found in judgements), text)


def run_whole(sandbox: Sandbox, source: str, expected: str, limits: Limits = HOSTILE) -> Result:
    """Judge a whole program: it must complete and print just what is expected."""
    execution = run_program(sandbox, Program.from_source(source), limits, stdin="5\n")
    right = execution.stdout.decode("utf-8", "replace").strip() == expected
    evidence = (
        f"{execution.exception} {execution.message} {execution.stdout[:200]!r} {execution.stderr[-300:]!r}"
    )
    return Result(right and execution.outcome is Outcome.RETURNED, None, (str(execution.outcome),), evidence)


def judge_all(
    sandbox: Sandbox, work: Iterable[tuple[str, Task | str, str]], limits: Limits = HOSTILE
) -> dict[tuple[str, str], Result]:
    """Judge (name, task or expected output, source) triples side by side; return results by (name, task id)."""

    def one(item: tuple[str, Task | str, str]) -> tuple[tuple[str, str], Result]:
        name, task, source = item
        if isinstance(task, str):
            return (name, "stdin"), run_whole(sandbox, source, task, limits)
        return (name, task.id), judge(sandbox, task, source, limits)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return dict(pool.map(one, work))
