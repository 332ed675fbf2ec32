"""What a program and its repair do on inputs that no check states: each run in a job of its own, branches noted.

`Stated` are the cases of the public checks; held-out probes lie near them (`probe/neighbours.py`): near those that the
original failed, near those that it passed, and around all. Of each run there is the execution, read outside, and the
set of branches that it took, which is the program's own word and says only how an input was handled.

Where a limit stops one of the programs a few times, no more is tried: what is like these inputs is as dear.

Leaves out: what the differences mean (`overfitting.py`).
"""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from trialrun.compare.outcomes import Rules, are_alike, compare_executions
from trialrun.compare.pair import encode
from trialrun.compare.part_checks import agrees
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.task import Case
from trialrun.lang.sketch import Pair
from trialrun.lang.subject import Subject
from trialrun.probe.neighbours import Neighbourhood
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import FRESH, Branch, Serving

RULES = Rules(wrong_types=False)
"""When two runs are the same; which error a value of a wrong type meets first is chance."""
_HANGS = 3
"""Probes near one case that a limit stops before no more are tried there; twice as many in all, before none is."""
_STOPPED = {Outcome.TIMEOUT, Outcome.MEMORY}
_SLOW = 0.2
"""Share of the limit beyond which one program is merely slower than another that ends in time."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one program."""

    execution: Execution
    path: frozenset[Branch]
    """Branches that were taken."""


class Near(enum.StrEnum):
    """What a probe is near to."""

    FAILING = "failing"
    """A stated case that the original fails."""
    PASSING = "passing"
    """A stated case that it passes."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Probe:
    """An input and what both programs did on it."""

    case: Case
    near: Near
    old: Run
    new: Run

    @property
    def differs(self) -> bool:
        """Whether the two did different things, as far as can be seen."""
        one, two = self.old.execution, self.new.execution
        return compare_executions(one, two, RULES).kind is not None


@dataclass(frozen=True, slots=True)
class Stated:
    """A stated case, what both programs did on it, and whether that was right."""

    pair: Pair
    old: Run
    new: Run
    old_right: bool
    new_right: bool


class HeldOut:
    """Two programs under examination."""

    def __init__(self, sandbox: Sandbox, subjects: tuple[Subject, Subject], limits: Limits) -> None:
        """Take the original and the repaired one."""
        self._subjects, self._limits = subjects, limits
        self._serving = [Serving(sandbox, subject.program, limits, subject.watch) for subject in subjects]
        self._stopped = 0
        self.cpu_s = 0.0
        """CPU seconds of all jobs."""

    def stated(self, pairs: Iterable[Pair]) -> list[Stated]:
        """Run both programs on stated cases."""
        found = []
        for pair in pairs:
            old, new = (self._run(which, Case(args=pair.args)) for which in (0, 1))
            right = [agrees(run.execution, pair.expected) for run in (old, new)]
            found.append(Stated(pair, old, new, *right))
        return found

    def steady(self, stated: Sequence[Stated]) -> bool:
        """Say whether both programs do the same again on stated cases."""
        return all(
            are_alike(run.execution, self._run(which, Case(args=one.pair.args)).execution, RULES)
            for one in stated
            for which, run in enumerate((one.old, one.new))
        )

    def probes(self, cases: Iterable[Case], near: Near) -> list[Probe]:
        """Run both programs on probes; stop where one of them was stopped by a limit too often."""
        found: list[Probe] = []
        here = 0
        for case in cases:
            if here >= _HANGS or self._stopped >= 2 * _HANGS:
                break
            old, new = (self._run(which, case) for which in (0, 1))
            stopped = _STOPPED & {old.execution.outcome, new.execution.outcome}
            here += bool(stopped)
            self._stopped += bool(stopped)
            if not self._is_merely_slower(old.execution, new.execution):
                found.append(Probe(case, near, old, new))
        return found

    def _run(self, which: int, case: Case) -> Run:
        serving = replace(self._serving[which], **FRESH)
        with serving:
            (reply,) = serving.call(encode(self._subjects[which], [case]))
        self.cpu_s += serving.cpu_s
        return Run(reply.execution, frozenset(reply.branches))

    def _is_merely_slower(self, old: Execution, new: Execution) -> bool:
        outcomes = [old.outcome, new.outcome]
        if outcomes.count(Outcome.TIMEOUT) != 1:
            return False
        other = new if old.outcome is Outcome.TIMEOUT else old
        return other.cpu_s > _SLOW * self._limits.cpu_s


def probes_near(
    held_out: HeldOut, neighbourhood: Neighbourhood, stated: Sequence[Stated], counts: dict[Near, int]
) -> list[Probe]:
    """Return probes near the smallest stated cases, and around all; `counts` of each kind at most."""
    found: list[Probe] = []
    for near in (Near.FAILING, Near.PASSING):
        of = [one.pair for one in stated if one.old_right is (near is Near.PASSING)]
        chosen = sorted(of, key=lambda pair: len(repr(pair.args)))[:_CASES]
        for pair in chosen:
            cases = neighbourhood.near(Case(args=pair.args), counts[near] // len(chosen))
            found += held_out.probes(cases, near)
    return found + held_out.probes(neighbourhood.around(counts[Near.ALL]), Near.ALL)


_CASES = 4
"""Stated cases of one kind whose neighbours are looked at."""
