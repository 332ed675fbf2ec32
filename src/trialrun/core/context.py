"""`Context`: the services that a method is given with each task.

A method asks the model and has programs checked through these, and through nothing else. Everything here is already
bounded, metered and recorded by whoever runs the method.

Leaves out: hidden checks, the reference, files, the network: a method has no way to reach them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from trialrun.core.budget import Budget
from trialrun.core.execution import Execution
from trialrun.core.judgement import Judgement
from trialrun.core.oracle import Oracle
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Level, Trace

if TYPE_CHECKING:
    # The one name that core takes from above, and only for the type checker: the model protocol is nothing but data
    # and lives beside its back ends.
    from trialrun.models.protocol import Model


PATIENCE = 3
"""Cases on which a program that is only looked at may be stopped; it is not run on more of them."""


class Runner(Protocol):
    """Runs programs of one task in the sandbox."""

    def check(self, program: Program) -> tuple[Judgement, ...]:
        """Judge a program by the task's public checks, one judgement each; none where the task has none."""

    def run(
        self, program: Program, cases: Sequence[Case], *, cpu_s: float | None = None
    ) -> tuple[Execution, ...]:
        """Return what a program does on cases, one execution each: every case alone, clock and chance frozen.

        `cpu_s`: CPU seconds after which a case is stopped, where the task's limit is more than knowing is worth. A
        program that is stopped on `PATIENCE` cases then counts as stopped on all that follow.
        """

    def screen(self, programs: Sequence[Program], case: Case, *, cpu_s: float) -> tuple[Execution, ...]:
        """Return what functions do on one case within `cpu_s` CPU seconds each, all in one process: hints, cheaply.

        A program that matters after that has to be checked: what others left behind may have reached it.
        """

    def trace(
        self, program: Program, case: Case, level: Level = Level.SUMMARIES, *, cpu_s: float | None = None
    ) -> Trace:
        """Run a program on one case and return what happened inside, as it tells it itself.

        `cpu_s`: CPU seconds after which it is stopped, where the task's limit is more than a look is worth; of such a
        look fewer events are kept.
        Raises `UsageError` for a text that does not parse.
        """


def silent(text: str) -> None:
    """Drop a progress note."""


def forget(program: Program) -> None:
    """Keep nothing of a program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a method may use for one task."""

    model: "Model"
    """Language model; it draws on `budget` and records what it answers."""
    runner: Runner
    """Runs programs, on the task's public checks or on cases that the method thinks of."""
    budget: Budget
    """Counters of this task, shared with `model`; running out is a value, never an exception."""
    oracle: Oracle | None = None
    """Answers for the hidden function of a task that has one, drawing on `budget`."""
    seed: int = 0
    """Seed of this task. Every random choice of a method derives from it."""
    run_seed: int | None = None
    """Seed of the run, for what is asked once for a whole task set and answered to all tasks alike; None: `seed`."""
    progress: Callable[[str], None] = silent
    """Takes one line about what is going on."""
    keep: Callable[[Program], None] = forget
    """Keeps a program that samples name as a parent, so that reports show it. What is checked or run is kept anyway."""
