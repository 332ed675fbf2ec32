"""The portfolio of searches, cheapest first: without a model, then CrossHair, then rounds with a model.

Each stage is asked only for what the ones before it left open. All inputs and CPU seconds are added up.

Leaves out: making sandboxes and models.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from trialrun.compare.crosshair import CrossHair
from trialrun.compare.difference import Comparison
from trialrun.compare.differential import Differential
from trialrun.compare.mokav import Mokav
from trialrun.lang.subject import Subject
from trialrun.models.protocol import Model
from trialrun.probe.proposer import Seed
from trialrun.run.sandbox import Sandbox

Sandboxes = Sandbox | tuple[Sandbox, Sandbox]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """What is done about a pair that the first search leaves open."""

    first: Differential = field(default_factory=Differential)
    symbolic: Callable[[], Sandbox] | None = None
    """Opens a sandbox that holds CrossHair; None: that stage is left out."""
    symbolic_s: float = 10.0
    """CPU seconds that CrossHair may think about one pair."""
    model: Model | None = None
    """Model of the last stage; None: it is left out."""

    def search(
        self,
        sandbox: Sandboxes,
        old: Subject,
        new: Subject,
        seeds: Sequence[Seed],
        *,
        assume: Subject | None = None,
    ) -> Comparison:
        """Return the difference that the first stage finds which finds one."""
        found = self.first.search(sandbox, old, new, seeds, assume=assume)
        if found.difference is None and self.symbolic is not None:
            with contextlib.closing(self.symbolic()) as symbolic:
                proposer = CrossHair(symbolic, old, new, self.symbolic_s)
                after = self.first.search(sandbox, old, new, seeds, assume=assume, proposer=proposer)
            found = _both(found, after, proposer.cpu_s)
        if found.difference is None and self.model is not None and seeds and not isinstance(sandbox, tuple):
            rounds = Mokav(first=self.first)
            found = _both(found, rounds.ask(sandbox, old, new, seeds, self.model, assume=assume), 0.0)
        return found


def _both(before: Comparison, after: Comparison, more_s: float) -> Comparison:
    """Add up two searches for one pair; what the second found counts."""
    return dataclasses.replace(
        after,
        inputs=before.inputs + after.inputs,
        refused=before.refused + after.refused,
        undecided=before.undecided + after.undecided,
        outside=before.outside + after.outside,
        cpu_s=before.cpu_s + after.cpu_s + more_s,
        why=after.why and before.why,
        old_coverage=before.old_coverage,
        new_coverage=before.new_coverage,
        unobserved=tuple(dict.fromkeys(before.unobserved + after.unobserved)),
    )
