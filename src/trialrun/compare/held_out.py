"""What a program and its repair do on inputs that no check states.

`Stated` are the cases of the public checks; held-out probes lie near them (`probe/neighbours.py`): near those that the
original failed, near those that it passed, and around all. Of a run there is the execution, read outside, and, where it
was looked at, the set of branches that it took, which is the program's own word and says only how an input was handled.

Stated cases run in jobs of their own. Probes run in one job for each program, which is cheap; where the two differ it
may be state that is kept from call to call, so the first such, and a few on which they do not, run in jobs of their own
again, with their branches. Where a limit stops a program a few times, no more is tried: what is like that is as dear.

Leaves out: what the differences mean (`overfitting.py`).
"""

import enum
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

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
_AT_ONCE = 32
"""Calls that are made before anybody looks at their answers."""
_HANGS = 3
"""Probes near one case that a limit stops before no more are tried there; twice as many in all, before none is."""
_STOPPED = {Outcome.TIMEOUT, Outcome.MEMORY}
_SLOW = 0.2
"""Share of the limit beyond which one program is merely slower than another that ends in time."""
_CASES = 4
"""Stated cases of one kind whose neighbours are looked at."""
_CONFIRMED = 30
"""Differing probes that run again in jobs of their own."""
_UNCONFIRMED = 0.2
"""Share of these that may come to nothing before no other difference is believed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one program."""

    execution: Execution
    path: frozenset[Branch] | None = None
    """Branches that were taken; None where nobody looked."""


class Near(enum.StrEnum):
    """What a probe is near to."""

    FAILING = "failing"
    """A stated case that the original fails."""
    PASSING = "passing"
    """A stated case that it passes."""
    ALL = "all"


_LOOKED_AT = {Near.FAILING: 24, Near.PASSING: 16, Near.ALL: 8}
"""Probes of each kind that do not differ whose branches are looked at."""


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


@dataclass(slots=True)
class HeldOut:
    """Two programs under examination. Use as a context manager: leaving ends their jobs."""

    sandbox: Sandbox
    subjects: tuple[Subject, Subject]
    """The original and the repaired one."""
    limits: Limits
    _serving: list[Serving] = field(init=False)
    _stopped: int = 0
    _alone_s: float = 0.0

    def __post_init__(self) -> None:
        self._serving = [
            Serving(self.sandbox, subject.program, self.limits, subject.watch) for subject in self.subjects
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as stack:
            for serving in self._serving:
                stack.push(serving)

    @property
    def cpu_s(self) -> float:
        """CPU seconds of all jobs so far."""
        return self._alone_s + sum(serving.spent for serving in self._serving)

    @property
    def reached(self) -> frozenset[Branch]:
        """Branches that the repaired program took on probes, in the job for all of them."""
        return frozenset(self._serving[1].taken)

    def stated(self, pairs: Iterable[Pair]) -> list[Stated]:
        """Run both programs on stated cases."""
        found = []
        for pair in pairs:
            old, new = (self._alone(which, Case(args=pair.args)) for which in (0, 1))
            right = [agrees(run.execution, pair.expected) for run in (old, new)]
            found.append(Stated(pair, old, new, *right))
        return found

    def steady(self, stated: Sequence[Stated]) -> bool:
        """Say whether both programs do the same again on stated cases."""
        return all(
            are_alike(run.execution, self._alone(which, Case(args=one.pair.args)).execution, RULES)
            for one in stated
            for which, run in enumerate((one.old, one.new))
        )

    def probes(self, cases: Iterable[Case], near: Near) -> list[Probe]:
        """Run both programs on probes, as far as limits let them."""
        waiting, found, here = list(cases), list[Probe](), 0
        while waiting and here < _HANGS and self._stopped < 2 * _HANGS:
            some = waiting[:_AT_ONCE]
            old = self._together(0, some)
            new = self._together(1, some[: len(old)])
            for case, one, two in zip(some, old, new, strict=False):
                stopped = bool(_STOPPED & {one.outcome, two.outcome})
                here += stopped
                self._stopped += stopped
                if not _is_merely_slower(one, two, self.limits):
                    found.append(Probe(case, near, Run(one), Run(two)))
            waiting = waiting[max(1, min(len(old), len(new))) :]
        return found

    def confirmed(self, probes: Sequence[Probe]) -> list[Probe]:
        """Return probes with their branches where they were looked at, and differences that are there alone too."""
        differing = _smallest([probe for probe in probes if probe.differs])
        checked = {id(probe): self._again(probe) for probe in differing[:_CONFIRMED]}
        lost = sum(not probe.differs for probe in checked.values())
        believed = lost <= _UNCONFIRMED * len(checked)
        left = dict(_LOOKED_AT)
        found = []
        for probe in probes:
            if id(probe) in checked:
                found.append(checked[id(probe)])
            elif not probe.differs:
                left[probe.near] -= 1
                looked = left[probe.near] >= 0
                old = self._alone(0, probe.case) if looked else probe.old
                found.append(replace(probe, old=Run(probe.old.execution, old.path)))
            elif believed:
                found.append(probe)
        return found

    def _again(self, probe: Probe) -> Probe:
        return replace(probe, old=self._alone(0, probe.case), new=self._alone(1, probe.case))

    def _alone(self, which: int, case: Case) -> Run:
        serving = replace(self._serving[which], **FRESH)
        with serving:
            (reply,) = serving.call(encode(self.subjects[which], [case]))
        self._alone_s += serving.cpu_s
        return Run(reply.execution, frozenset(reply.branches))

    def _together(self, which: int, cases: Sequence[Case]) -> list[Execution]:
        """Return what a program does on cases up to the first that hangs it."""
        calls = encode(self.subjects[which], cases)
        return [reply.execution for reply in self._serving[which].call(calls, stop_at_hang=True)]


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
            found += held_out.probes(_others(cases, stated), near)
    around = _others(neighbourhood.around(counts[Near.ALL]), stated)
    return held_out.confirmed(found + held_out.probes(around, Near.ALL))


def _others(cases: Iterable[Case], stated: Sequence[Stated]) -> Iterator[Case]:
    """Yield cases that no stated one equals: a dict in another order is none."""
    for case in cases:
        if not any(case.args == one.pair.args for one in stated):
            yield case


def _smallest(probes: Sequence[Probe]) -> list[Probe]:
    return sorted(probes, key=lambda probe: len(repr(probe.case.args)))


def _is_merely_slower(old: Execution, new: Execution, limits: Limits) -> bool:
    """Say whether one program ran into the limit and the other took a good part of it."""
    outcomes = [old.outcome, new.outcome]
    if outcomes.count(Outcome.TIMEOUT) != 1:
        return False
    other = new if old.outcome is Outcome.TIMEOUT else old
    return other.cpu_s > _SLOW * limits.cpu_s
