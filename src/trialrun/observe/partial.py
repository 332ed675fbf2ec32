"""`examine`: all phases of a partial execution, and what is left to say about the snippet.

Leaves out: the search itself (`selfpico.py`).
"""

from dataclasses import dataclass

from trialrun.observe.selfpico import Explored, Settings, explore
from trialrun.run.holes import Failure, PartialRun
from trialrun.run.sandbox import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What is known of a snippet after all phases."""

    explored: Explored
    errors: tuple[Failure, ...]
    """What still failed in the best run."""
    cpu_s: float
    """CPU seconds of all runs, from the kernel."""

    @property
    def best(self) -> PartialRun:
        """The run that hit most statement markers."""
        assert self.explored.best is not None
        return self.explored.best


def examine(
    sandbox: Sandbox, source: str, settings: Settings | None = None, *, cancel: int | None = None
) -> Partial:
    """Run a snippet through all phases. Raises `Cancelled` once the descriptor `cancel` is readable."""
    explored = explore(sandbox, source, settings, cancel=cancel)
    cpu_s = sum(run.execution.cpu_s for run in explored.runs)
    errors = tuple(explored.best.report.failures) if explored.best is not None else ()
    return Partial(explored=explored, errors=errors, cpu_s=cpu_s)
