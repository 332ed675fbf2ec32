"""Runs a program on cases, each in a job of its own, clock and chance frozen alike in all of them.

So that programs can be compared by what they did: no case sees what another left behind, and a program that takes its
chances from the usual places does the same each time. A whole program (no entry point) reads `Case.stdin`.

A case that was stopped for blocking, not for what it used, is run once more: it may have been the machine.

Leaves out: branches and speed (`serving.py` keeps one job for many calls), many programs at once (`matrix.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import encode_calls
from trialrun.run.row import NEVER_LOADS
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving
from trialrun.run.whole import run_program


@dataclass(frozen=True, slots=True)
class Fresh:
    """What one program did."""

    executions: tuple[Execution, ...]
    """One a case, with the arguments after the call."""
    cpu_s: float
    """CPU seconds of all jobs, loading included."""
    ran: int
    """Cases that were run; the executions of the others say what was to be expected."""


def run_fresh(
    sandbox: Sandbox, program: Program, cases: Sequence[Case], limits: Limits, *, patience: int | None = None
) -> Fresh:
    """Run a program on cases; one that does not load is tried once, and every further case says so.

    One that was stopped on `patience` cases, one at least, is not run on the others: these are said to be stopped too.
    """
    found: list[Execution] = []
    cpu_s, stopped = 0.0, 0
    for case in cases:
        execution, failed, spent = _run(sandbox, program, case, limits)
        cpu_s += spent
        if execution.outcome is Outcome.TIMEOUT and execution.cpu_s < limits.near_s:
            execution, failed, spent = _run(sandbox, program, case, limits)
            cpu_s += spent
        found.append(execution)
        if failed:
            return _filled(found, execution, len(cases), cpu_s)
        if execution.outcome is Outcome.TIMEOUT:
            stopped += 1
            if stopped == patience:
                text = f"not run: it was stopped on {stopped} cases before"
                return _filled(found, replace(execution, message=text, cpu_s=0.0), len(cases), cpu_s)
    return Fresh(tuple(found), cpu_s, len(cases))


def _filled(found: list[Execution], rest: Execution, count: int, cpu_s: float) -> Fresh:
    return Fresh((*found, *[rest] * (count - len(found))), cpu_s, len(found))


def _run(sandbox: Sandbox, program: Program, case: Case, limits: Limits) -> tuple[Execution, bool, float]:
    """Return what happened, whether it would happen on every case, and the CPU seconds of the job."""
    if program.entry is None:
        done = run_program(sandbox, program, limits, stdin=case.stdin or "", argv=case.argv, files=case.files)
        return done, done.outcome in NEVER_LOADS, done.cpu_s
    with Serving(sandbox, program, limits) as served:
        (reply,) = served.call(encode_calls(program.entry, [case]))
        served.close()
        return reply.execution, served.failed is not None, served.cpu_s
