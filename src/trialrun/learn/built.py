"""`Built`: what a builder of tasks made, and what it refused to make, with reasons.

Leaves out: building (`builders/`).
"""

from collections import Counter
from dataclasses import dataclass, field

from trialrun.core.task import Task


@dataclass(slots=True)
class Built:
    """Tasks that were made, and those that were not."""

    tasks: list[Task] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    """Why tasks were refused, and how often."""
    known: set[str] = field(default_factory=set)
    """Keys by which a builder tells tasks that are alike."""

    def keep(self, made: "Task | str") -> None:
        """Keep a task, or count why there is none."""
        if isinstance(made, str):
            self.refused[made] += 1
        else:
            self.tasks.append(made)
