"""`examine`: all phases of a partial execution, and what is left to say about the snippet.

Leaves out: the search (`selfpico.py`), types (`partial_types.py`), values by a model (`partial_model.py`).
"""

from dataclasses import dataclass

from trialrun.models.protocol import Model
from trialrun.observe.partial_model import Proposed, propose
from trialrun.observe.partial_types import Typed, find_type_faults
from trialrun.observe.selfpico import Explored, Settings, begin, explore
from trialrun.run.holes import Failure, PartialRun
from trialrun.run.sandbox import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What is known of a snippet after all phases."""

    explored: Explored
    errors: tuple[Failure, ...]
    """What still failed in the best run."""
    typed: Typed
    """What phase 2 found."""
    proposed: Proposed | None = None
    """What a model proposed, where one was asked."""
    cpu_s: float
    """CPU seconds of all runs, from the kernel."""

    @property
    def best(self) -> PartialRun:
        """The run that hit most statement markers."""
        assert self.explored.best is not None
        return self.explored.best


def examine(
    sandbox: Sandbox,
    source: str,
    settings: Settings | None = None,
    *,
    model: Model | None = None,
    cancel: int | None = None,
) -> Partial:
    """Run a snippet through all phases, the third where there is a model.

    Raises `Cancelled` once the descriptor `cancel` is readable, and `ModelError`.
    """
    search = begin(sandbox, source, settings, cancel=cancel)
    if isinstance(search, str):
        return Partial(explored=explore(sandbox, source), errors=(), typed=Typed(), cpu_s=0.0)
    search.go()
    typed = find_type_faults(search)
    proposed = propose(search, model) if model is not None and search.best is not None else None
    explored = search.explored()
    cpu_s = sum(run.execution.cpu_s for run in (*explored.runs, *typed.runs))
    if proposed is not None and proposed.run is not None and not proposed.kept:
        cpu_s += proposed.run.execution.cpu_s
    errors = tuple(explored.best.report.failures) if explored.best is not None else ()
    return Partial(explored=explored, errors=errors, typed=typed, proposed=proposed, cpu_s=cpu_s)
