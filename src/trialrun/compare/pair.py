"""Two programs side by side: both served, run on the same cases, and asked again in fresh jobs.

`run` is fast and may carry state from case to case; `confirm` gives each program two jobs of its own for the one case,
each of which has to agree with itself: programs that keep state or are not deterministic come to nothing there. A
case that hung is given several times the limit before it counts as hanging.

Leaves out: what to try next, when to stop (`differential.py`).
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from trialrun.compare.difference import Coverage, Difference
from trialrun.compare.outcomes import Finding, Rules, are_alike, compare_executions
from trialrun.core import values
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import is_certain, parse
from trialrun.core.task import Case
from trialrun.lang.branches import branch_points
from trialrun.lang.subject import Form, Subject
from trialrun.probe.proposer import Seed
from trialrun.run.batch import encode_calls
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import FRESH, Serving

_REPEATS = 16
"""Runs of one case in one job that have to agree before a difference is reported."""
_FRESH_REPEATS = 10
"""Runs in jobs of their own, where those in one job do not agree."""
HANG_FACTOR = 5
"""How many times the limit of the search a call is given before it counts as one that does not end, if the other
program ends within the limit itself: what takes a little longer is no difference in behaviour."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What both programs did on one case."""

    old: Execution
    new: Execution
    finding: Finding
    novel: bool
    """Whether one of them took a new branch or ended in a way that it had not ended in before."""

    @property
    def refused(self) -> bool:
        """Whether neither completed."""
        return Outcome.RETURNED not in (self.old.outcome, self.new.outcome)


@dataclass(slots=True)
class Side:
    """One of the programs, served."""

    subject: Subject
    serving: Serving
    endings: set[tuple[Outcome, str | None]] = field(default_factory=set)

    def run(self, cases: Sequence[Case]) -> list[tuple[Execution, bool]]:
        """Return, for each case up to the first that hangs, what happened and whether it was new."""
        found = []
        for reply in self.serving.call(encode(self.subject, cases), stop_at_hang=True):
            ending = (reply.execution.outcome, reply.execution.exception)
            novel = ending not in self.endings or bool(reply.branches)
            self.endings.add(ending)
            found.append((reply.execution, novel))
        return found

    def coverage(self) -> Coverage | None:
        """Return the branches of the function itself (of a whole program, of all of it) that were taken."""
        signature = self.subject.signature
        qualname = signature.name if signature is not None else None
        points = branch_points(self.subject.source, qualname)
        inside = f"{qualname}."
        taken = sum(
            offset >= 0 and (qualname is None or name == qualname or str(name).startswith(inside))
            for _, name, _, offset, _ in self.serving.taken
        )
        return Coverage(taken=min(taken, 2 * points), total=2 * points)


def encode(subject: Subject, cases: Sequence[Case]) -> list[bytes]:
    """Return the calls that give a subject its cases."""
    assert subject.program.entry is not None
    if subject.form is Form.STDIN:
        cases = [Case(args=(case.stdin or "",)) for case in cases]
    return encode_calls(subject.program.entry, cases)


class Pair:
    """Two subjects under comparison. Use as a context manager: leaving ends their jobs."""

    def __init__(
        self,
        sandboxes: tuple[Sandbox, Sandbox],
        subjects: tuple[Subject, Subject],
        rules: Rules,
        limits: Limits,
        *,
        frozen: bool = True,
        accepted: Sequence[Subject] = (),
    ) -> None:
        """Serve both; `accepted` are other programs that are right, asked about what is found."""
        self.rules, self.limits = rules, limits
        self._began = time.thread_time()
        self._extra_s = 0.0
        self.old, self.new = (
            Side(subject, Serving(sandbox, subject.program, limits, subject.watch, frozen))
            for sandbox, subject in zip(sandboxes, subjects, strict=True)
        )
        self.accepted = [
            Side(subject, Serving(sandboxes[0], subject.program, limits, frozen=frozen))
            for subject in accepted
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.ExitStack() as stack:
            stack.push(self.old.serving)
            stack.push(self.new.serving)

    def cpu_s(self) -> float:
        """CPU seconds since the pair was made: both programs' jobs and this thread, the one that made it."""
        jobs = sum(side.serving.spent for side in (self.old, self.new, *self.accepted))
        return time.thread_time() - self._began + jobs + self._extra_s

    def run(self, cases: Sequence[Case]) -> list[Trial]:
        """Run both programs on cases, up to the first that hangs one of them; what differs here is a suspicion."""
        old = self.old.run(cases)
        new = self.new.run(cases[: len(old)])
        return [
            Trial(one, two, compare_executions(one, two, self.rules), fresh or also)
            for (one, fresh), (two, also) in zip(old, new, strict=False)
        ]

    def confirm(self, seed: Seed) -> Difference | None:
        """Return the difference on one case, if there is one in fresh jobs too and both programs are steady."""
        executions = []
        for side in (self.old, self.new):
            call = encode(side.subject, [seed.case])[0]
            one = self._alone(side, call)
            stopped = one.outcome in (Outcome.TIMEOUT, Outcome.MEMORY)
            if not stopped and not self._agree([one, self._alone(side, call)]):
                return None
            executions.append(one)
        old, new = executions
        finding = compare_executions(old, new, self.rules)
        if finding.kind is None or is_merely_slower(old, new, self.limits):
            return None
        return Difference(
            case=seed.case,
            kind=finding.kind,
            what=finding.what,
            origin=seed.origin,
            old=old,
            new=new,
            agreement=self._agreement(seed.case, old),
        )

    def _agreement(self, case: Case, old: Execution) -> tuple[int, int] | None:
        """Return how many of the accepted programs do as the old one did, and how many there are."""
        if not self.accepted:
            return None
        runs = [self._alone(side, encode(side.subject, [case])[0]) for side in self.accepted]
        return sum(are_alike(old, run, self.rules) for run in runs), len(runs)

    def steady(self, case: Case) -> bool:
        """Say whether each program does the same on a case, again and again.

        First many times in one job, which is cheap; where that varies it may be state that is kept from call to call,
        which fresh jobs tell from chance.
        """
        for side in (self.old, self.new):
            call = encode(side.subject, [case])[0]
            together = replace(side.serving, watch=(), **FRESH)
            with together:
                runs = [reply.execution for reply in together.call([call] * _REPEATS, stop_at_hang=True)]
            self._extra_s += together.cpu_s
            if not self._agree(runs) and not self._agree(
                [self._alone(side, call) for _ in range(_FRESH_REPEATS)]
            ):
                return False
        return True

    def _agree(self, runs: Sequence[Execution]) -> bool:
        """Say whether all runs of one program came to the same."""
        return all(are_alike(runs[0], other, self.rules) for other in runs[1:])

    def _alone(self, side: Side, call: bytes) -> Execution:
        execution = side.serving.alone(call)
        if execution.outcome is Outcome.TIMEOUT:
            patient = replace(
                side.serving,
                limits=replace(self.limits, cpu_s=HANG_FACTOR * self.limits.cpu_s),
                **FRESH,
            )
            execution = patient.alone(call)
            self._extra_s += patient.cpu_s
        return execution


def is_merely_slower(old: Execution, new: Execution, limits: Limits) -> bool:
    """Say whether one program ran into the time that a hang is given, and the other took more than the limit itself."""
    outcomes = old.outcome, new.outcome
    if outcomes.count(Outcome.TIMEOUT) != 1:
        return False
    other = new if old.outcome is Outcome.TIMEOUT else old
    return other.cpu_s > limits.cpu_s


def can_be_sent(subject: Subject, case: Case) -> bool:
    """Say whether a case's values are of the kind that crosses into a job as what they are."""
    given = (case.stdin or "") if subject.form is Form.STDIN else case.args
    try:
        return is_certain(parse(values.encode(given)))
    except (values.TooLarge, TypeError, ValueError, RecursionError):
        return False
