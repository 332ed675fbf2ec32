"""A generator and a repairer, one after the other: so every repairer can be measured on task sets.

    trialrun eval humaneval --model local --method repaired --then repair/ldb

Each program that the first method makes and that the public checks refuse is given to the second; the last program
that it yields stands for the first one. Both draw on one budget, in one history, and ask through one kept model.

Leaves out: judging a repair (the hidden checks do), going back to the first program where a repair made it no better:
a repairer yields nothing worse than what it was given.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from trialrun.compare.part_checks import passes
from trialrun.core.context import Context
from trialrun.core.method import Generator, Repairer, method, use
from trialrun.core.program import Program
from trialrun.core.task import PublicTask


@method(title="A program, repaired where its public checks fail")
@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired(Generator):
    """Make programs by one method, and have those that the public checks refuse repaired by another."""

    first: Generator = use("generate/vanilla")
    """Method that makes the programs."""
    then: Repairer = use("repair/ldb")
    """Method that repairs those that fail."""

    @property
    def expected(self) -> int:
        """Return how many programs a task gets."""
        return self.first.expected

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield each program of the first method, or the last of its repairs."""
        for made in self.first.generate(task, ctx):
            judgements = ctx.runner.check(made)
            last = made
            if judgements and not passes(judgements):
                for repaired in self.then.repair(task, made, judgements, ctx):
                    last = repaired
            yield replace(last, maker=self.declared.id)
