"""`TimedRunner`: a runner that stops a method where the CPU seconds of its programs are used up.

What a method had yielded until then counts. A method that looks at its budget stops by itself before.

Leaves out: time that a model takes (model calls have a budget).
"""

from collections.abc import Sequence

from trialrun.core.context import Runner
from trialrun.core.execution import Execution
from trialrun.core.judgement import Judgement
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Level, Trace


class OutOfTime(Exception):
    """The CPU seconds of a repair are used up."""


class TimedRunner:
    """Runs programs as another runner does, until they have used their time."""

    def __init__(self, inner: Runner, cpu_s: float) -> None:
        """Allow `cpu_s` CPU seconds; what is under way then is let to its end."""
        self._inner, self._left = inner, cpu_s

    def check(self, program: Program) -> tuple[Judgement, ...]:
        """Judge a program by the public checks. Raises `OutOfTime`, as all do."""
        self._require_time()
        found = self._inner.check(program)
        self._left -= sum(one.cpu_s for one in found)
        return found

    def run(
        self, program: Program, cases: Sequence[Case], *, cpu_s: float | None = None
    ) -> tuple[Execution, ...]:
        """Run a program on cases."""
        self._require_time()
        return self._paid(self._inner.run(program, cases, cpu_s=cpu_s))

    def screen(self, programs: Sequence[Program], case: Case, *, cpu_s: float) -> tuple[Execution, ...]:
        """Run functions on one case in one process."""
        self._require_time()
        return self._paid(self._inner.screen(programs, case, cpu_s=cpu_s))

    def trace(
        self, program: Program, case: Case, level: Level = Level.SUMMARIES, *, cpu_s: float | None = None
    ) -> Trace:
        """Run a program on one case, traced."""
        self._require_time()
        found = self._inner.trace(program, case, level, cpu_s=cpu_s)
        self._paid([found.execution])
        return found

    def _paid[Runs: Sequence[Execution]](self, executions: Runs) -> Runs:
        self._left -= sum(one.cpu_s for one in executions)
        return executions

    def _require_time(self) -> None:
        if self._left <= 0:
            raise OutOfTime
