"""What a program did on the cases that its public checks state: traces of right and of wrong runs.

Every method of repair starts here: which cases fail, what happened inside, and which parts ran in failing runs
more than in others. A whole program and test code that states no cases have no evidence of this kind; their judgements
are all there is.

Whether a run was right is decided outside the sandbox, from the value that came back; traces are the program's own word
and only ever say where to look. Leaves out: choosing a repair (the methods), what is not stated as a case.
"""

from dataclasses import dataclass

from trialrun.compare.part_checks import agrees
from trialrun.core.context import Runner
from trialrun.core.errors import UsageError
from trialrun.core.program import Program
from trialrun.core.task import Case, PublicTask
from trialrun.core.trace import Level, Trace
from trialrun.lang.known_cases import known_cases
from trialrun.lang.sketch import Pair
from trialrun.observe.spectra import Part, Spectrum, spectrum

MOST_CASES = 50
"""Cases that are traced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The runs of one program on stated cases."""

    pairs: tuple[Pair, ...] = ()
    """Cases with what is expected, in the order of the checks."""
    traces: tuple[Trace, ...] = ()
    """One a case."""
    failed: tuple[bool, ...] = ()
    """Whether the run of each case gave something else than expected."""

    @property
    def failing(self) -> tuple[int, ...]:
        """Places of the cases that fail, the smallest input first."""
        found = [place for place, failed in enumerate(self.failed) if failed]
        return tuple(sorted(found, key=lambda place: (len(repr(self.pairs[place].args)), place)))

    @property
    def passing(self) -> tuple[int, ...]:
        """Places of the cases that do not fail."""
        return tuple(place for place, failed in enumerate(self.failed) if not failed)

    def spectrum(self, part: Part = "block") -> Spectrum:
        """Return which parts ran in failing and in passing runs."""
        return spectrum(zip(self.traces, self.failed, strict=True), part)


def evidence_of(
    runner: Runner,
    task: PublicTask,
    program: Program,
    level: Level = Level.SUMMARIES,
    *,
    cpu_s: float | None = None,
) -> Evidence:
    """Trace a program on the cases of its task's public checks, at most `MOST_CASES`, for `cpu_s` CPU seconds each.

    There is none where no check states a case, and none of a text that does not parse or has no entry point.
    """
    pairs = known_cases(task.public_checks)[:MOST_CASES]
    if program.entry is None:
        return Evidence()
    try:
        traces = tuple(runner.trace(program, Case(args=pair.args), level, cpu_s=cpu_s) for pair in pairs)
    except UsageError:
        return Evidence()
    failed = tuple(
        not agrees(trace.execution, pair.expected) for trace, pair in zip(traces, pairs, strict=True)
    )
    return Evidence(pairs=pairs, traces=traces, failed=failed)
