"""Judges one program by prepared cases: one row of the matrix, in which several checks may follow each other.

Checks that share a row share the program's job, as the cases of one check do: of a task with hundreds of cases most of
the cost is then the calls. The row ends at the first case that is not right; the checks behind that one's are not
judged here.

Leaves out: which checks may share a row, confirming what came near a limit (`verify/tests.py`).
"""

import bisect
import contextlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from trialrun.compare import named_oracles as oracles
from trialrun.core.errors import SandboxError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.program import Program
from trialrun.core.task import CaseCheck, Check
from trialrun.run.batch import Exact
from trialrun.run.row import Isolate, run_row, shuffled
from trialrun.run.sandbox import Sandbox
from trialrun.verify.cases import SHOWN, PreparedCases

JUDGE = "verify/tests"
Part = tuple[Check, PreparedCases]
"""A check, and what it was prepared to."""


@dataclass(slots=True)
class _Row:
    """What is known of a row so far."""

    parts: Sequence[Part]
    ends: list[int]
    """Where each part ends in the row."""
    exact: Exact | None
    near: list[bool]
    """Of each part, whether a case came near its CPU limit."""
    verdict: Verdict = Verdict.PASS
    outcome: Outcome = Outcome.RETURNED
    done: int = 0
    """Cases that are right."""
    completed: int = 0
    """Cases that came to an end of their own."""
    evidence: tuple[Evidence, ...] = ()
    cpu_s: float = 0.0
    peak_mb: float = 0.0

    def charge(self, cpu_s: float, peak_mb: float) -> None:
        """Take the cost of a job that has ended."""
        self.cpu_s += cpu_s
        self.peak_mb = max(self.peak_mb, peak_mb)

    def take(self, place: int, execution: Execution) -> bool:
        """Look at one case; return whether it is right."""
        at = bisect.bisect_right(self.ends, place)
        prepared = self.parts[at][1]
        own = place - (self.ends[at] - len(prepared.inputs))
        self.near[at] = self.near[at] or execution.near_limit
        self.completed += execution.outcome in (Outcome.RETURNED, Outcome.RAISED)
        same = prepared.agrees(own, execution)
        if same is True:
            self.done += 1
            return True
        self.verdict = Verdict.FAIL if same is False else Verdict.UNKNOWN
        self.outcome = execution.outcome
        self.evidence = (_evidence(own, execution, prepared),)
        return False

    def close(self) -> None:
        """Count what was right as it came; a row that ended early is no pass."""
        if self.exact is not None:
            self.done, self.completed = self.done + self.exact.met, self.completed + self.exact.met
        if self.verdict is Verdict.PASS and self.done != self.ends[-1]:
            self.verdict = Verdict.FAIL
        if not self.ends[-1]:
            self.verdict = Verdict.UNKNOWN  # what was not tried is not known to be right

    def judgements(self) -> list[tuple[Judgement, bool]]:
        """Return one of each part, up to that which ended the row."""
        passed = self.verdict is Verdict.PASS
        last = len(self.parts) - 1
        if not passed:
            last = min(last, bisect.bisect_right(self.ends, self.done))
        spent = self.exact.spent[:last] if self.exact is not None else []
        # Where the row ended with answers that were read together, all that they cost is the earlier part's.
        seen = [0.0, *spent, *[self.cpu_s] * (last + 1 - len(spent))]
        return [
            (
                Judgement(
                    check=check.name,
                    verdict=self.verdict if at == last else Verdict.PASS,
                    outcome=self.outcome if at == last else Outcome.RETURNED,
                    strength=_strength(check),
                    visibility=Visibility.HIDDEN,
                    judge=JUDGE,
                    cases=(self.completed if at == last else self.ends[at])
                    - (self.ends[at - 1] if at else 0),
                    evidence=self.evidence if at == last else (),
                    cpu_s=max(0.0, seen[at + 1] - seen[at]),
                    peak_mb=self.peak_mb,
                ),
                self.near[at],
            )
            for at, (check, _) in enumerate(self.parts[: last + 1])
        ]


def judge_row(
    sandbox: Sandbox,
    parts: Sequence[Part],
    program: Program,
    limits: Limits,
    *,
    isolate: Isolate = "program",
    shuffle: int | None = None,
    metered: bool = False,
) -> list[tuple[Judgement, bool]]:
    """Return the judgements up to the first that is no pass, each with whether a case of it came near its CPU limit.

    Several parts are of plain calls, each with an input at least; neither `shuffle` nor a job for each case then.
    """
    prepared = [part for _, part in parts]
    first = prepared[0]
    ends = list(itertools.accumulate(len(part.inputs) for part in prepared))
    order = shuffled(ends[-1], shuffle)
    row = _Row(parts, ends, _exact(prepared, order, ends), [False] * len(parts))
    running = run_row(
        sandbox,
        program,
        first.inputs if len(prepared) == 1 else [call for part in prepared for call in part.calls],
        limits,
        order=order,
        isolate=isolate,
        entries=first.entries,
        collect=first.collect,
        account=row.charge,
        metered=metered,
        exact=row.exact,
    )
    with contextlib.closing(running):
        for place, execution in running:
            if not row.take(place, execution):
                break
    row.close()
    if row.outcome is Outcome.EXITED:
        demand_control(sandbox)
    return row.judgements()


def demand_control(sandbox: Sandbox) -> None:
    """Tell a program that exits at once from a sandbox in which nothing starts."""
    fault = sandbox.healthy()
    if fault is not None:
        raise SandboxError(fault)


def _exact(prepared: Sequence[PreparedCases], order: Sequence[int], ends: Sequence[int]) -> Exact | None:
    answers: list[bytes | None] = []
    for part in prepared:
        if part.exact is None:
            return None
        answers += part.exact
    return Exact([answers[place] for place in order], marks=ends[:-1])


def _strength(check: Check) -> Strength:
    weak = isinstance(check, CaseCheck) and check.oracle in oracles.WEAK_ORACLES
    return Strength.WEAK if weak else Strength.STRONG


def _evidence(place: int, execution: Execution, prepared: PreparedCases) -> Evidence:
    shown, expected, got = prepared.shown(place, execution)
    return Evidence(
        case=prepared.numbers[place],
        outcome=execution.outcome,
        input=shown,
        expected=expected,
        got=got,
        message=execution.message[:SHOWN],
    )
