"""Which of many candidate repairs give what is expected, found cheaply and then made sure of.

    candidates ──▶ smallest failing case ──▶ other cases, one after the other ──▶ the public checks ──▶ plausible
                   (all in one job)          (what is left, in one job)          (a job for each)

Nearly all candidates are wrong on the first case. What passes all of them is judged by the checks, in jobs of its own:
nothing that shares a process with other candidates forms a verdict. A candidate may take a small multiple of the CPU
time that the program took itself. Cases with floats are let pass if they are near: tolerance is the checks' matter.

Leaves out: which candidates there are and in what order (`templates.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import thread_time

from trialrun.compare.part_checks import agrees, passes
from trialrun.core import compare_values, values
from trialrun.core.context import Context
from trialrun.core.execution import Execution, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.sketch import Pair

_LEAST_S, _MOST_S, _FACTOR = 0.01, 1.0, 20
"""CPU seconds of a candidate on a case: at least, at most, and as a multiple of the program's own."""
_NOTHING_S = 1e-3
_PATIENT_S, _HURRIED_S, _HANGS = 0.1, 0.02, 2
"""CPU seconds that the program itself may take on a case: at first, and after so many cases that did not end."""
TRACED_S = 0.1
"""CPU seconds of a traced run."""
_STAGES = 6
"""Cases that candidates are screened on before they are checked."""
_NEAR = compare_values.Comparator(name="upstream", atol=1e-3, rtol=1e-3)


@dataclass(slots=True)
class Meter:
    """CPU seconds that a search has used: its own thread's, and those of its jobs."""

    ctx: Context
    limit_s: float
    own: float = field(default_factory=thread_time)
    jobs: float = 0.0

    def __post_init__(self) -> None:
        self.jobs = self.ctx.budget.spent().get("cpu_s", 0.0)

    @property
    def cpu_s(self) -> float:
        """Seconds so far."""
        return thread_time() - self.own + self.ctx.budget.spent().get("cpu_s", 0.0) - self.jobs

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left, of this search's seconds or of the task's."""
        return self.cpu_s >= self.limit_s or self.ctx.budget.left("cpu_s") < _NOTHING_S


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one candidate."""

    place: int
    """Its place among those that were screened together."""
    plausible: bool
    """Whether the public checks pass."""
    failed: int | None
    """Place of the case that it failed, where it passed an earlier one."""


@dataclass(slots=True)
class Screening:
    """Screens candidates on the cases of a failing program."""

    ctx: Context
    pairs: Sequence[Pair]
    order: tuple[int, ...]
    """Places of the cases to screen on: failing ones first, the smallest of them leading."""
    limit_s: float
    """CPU seconds of one candidate on one case."""

    def run(self, programs: Sequence[Program], first: int | None = None) -> Iterator[Found]:
        """Yield what came of those that passed the first case (`first`, or that of `order`), in their order."""
        order = self.order if first is None else (first, *(one for one in self.order if one != first))
        left = list(range(len(programs)))
        ended: dict[int, int] = {}
        for stage, case in enumerate(order):
            if not left:
                break
            done = self.ctx.runner.screen(
                [programs[place] for place in left], Case(args=self.pairs[case].args), cpu_s=self.limit_s
            )
            expected = self.pairs[case].expected
            known: dict[bytes | None, bool] = {None: False}
            for one in done:
                if one.value not in known:
                    known[one.value] = gives(one, expected)
            right = [known[one.value] for one in done]
            if stage:
                ended |= {place: case for place, good in zip(left, right, strict=True) if not good}
            left = [place for place, good in zip(left, right, strict=True) if good]
        for place in sorted({*left, *ended}):
            plausible = place in left and passes(self.ctx.runner.check(programs[place]))
            yield Found(place, plausible, ended.get(place))


def endings(ctx: Context, program: Program, pairs: Sequence[Pair]) -> list[Execution]:
    """Return what a program does on each case. One that takes long counts as not ending; after a few, so do others."""
    found: list[Execution] = []
    hung = 0
    for pair in pairs:
        limit_s = _PATIENT_S if hung < _HANGS else _HURRIED_S
        found += ctx.runner.screen([program], Case(args=pair.args), cpu_s=limit_s)
        hung += found[-1].outcome is Outcome.TIMEOUT
    return found


def screening_of(
    ctx: Context, pairs: Sequence[Pair], failed: Sequence[bool], executions: Sequence[Execution]
) -> Screening:
    """Return the screening for a program that did `executions` on `pairs`, some of which it failed."""
    took = [one.cpu_s for one in executions if one.outcome is Outcome.RETURNED]
    limit_s = min(_MOST_S, max(_LEAST_S, _FACTOR * max(took, default=0.0)))
    by_size = sorted(range(len(pairs)), key=lambda place: (len(repr(pairs[place].args)), place))
    hung = [place for place in by_size if executions[place].outcome is Outcome.TIMEOUT]
    failing = [place for place in by_size if failed[place] and place not in hung] + hung
    passing = [place for place in by_size if not failed[place]]
    order = failing[:1]
    results = [repr(pair.expected) for pair in pairs]
    for place in (*failing, *passing):  # results that differ tell more candidates apart than more of the same
        if results[place] not in [results[one] for one in order]:
            order.append(place)
    order += [place for place in (*failing, *passing) if place not in order]
    return Screening(ctx, pairs, tuple(order[:_STAGES]), limit_s)


def gives(execution: Execution, expected: object) -> bool:
    """Say whether a screened call gave what is expected, floats about."""
    if agrees(execution, expected):
        return True
    if execution.value is None or "." not in repr(expected):
        return False
    try:
        return compare_values.equal(execution.value, values.encode(expected), _NEAR) is True
    except values.Malformed:
        return False
