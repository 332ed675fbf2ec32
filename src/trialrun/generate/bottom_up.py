"""Bottom-up enumeration: a program from examples alone, for functions that may be asked, without a model.

Expressions of a small typed language are enumerated from the cheapest, one for each behaviour on the known inputs;
those that fit all examples are told apart by asking the hidden function where they differ, and the cheapest is
submitted. `enumerative/` has the language and the search, its `game.py` the rules of play.

Leaves out: tasks without a hidden function (no program is made), loops with state, recursion, classes.

Sources: Udupa et al. 2013 (TRANSIT), Alur et al. 2017 (EUSolver), Jha et al. 2010 (distinguishing inputs).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from trialrun.core.context import Context
from trialrun.core.method import Generator, method
from trialrun.core.oracle import Check, Refused
from trialrun.core.program import Program
from trialrun.core.task import PublicTask
from trialrun.generate.enumerative.game import Game, submissions


@method(title="Bottom-up enumeration with distinguishing inputs")
@dataclass(frozen=True, slots=True, kw_only=True)
class BottomUp(Generator):
    """Enumerate expressions that fit a hidden function's calls, and ask it where they differ."""

    asks: ClassVar[bool] = False
    effort: Annotated[int, Meta(ge=1)] = 2_000_000
    """Values that may be computed for one task; a CPU second makes about a million."""
    ask: Literal["split", "random", "none"] = "split"
    """How the calls to ask for are chosen: where the expressions differ, at random, or none at all."""
    first: Annotated[int, Meta(ge=0)] = 6
    """Calls to ask for before the first search."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield the program that was submitted last; a stub that raises where nothing fits."""
        oracle = ctx.oracle
        if oracle is None or task.entry is None:
            return
        game = Game(
            oracle=oracle,
            budget=ctx.budget,
            entry=task.entry,
            effort=self.effort,
            ask=self.ask,
            first=self.first,
            seed=ctx.seed,
        )

        def check(source: str) -> Check | Refused:
            return oracle.check(self._program(source, task))

        # Where nothing fits a program that fails is the answer: without one the task would be missing from the score.
        last = f"def {task.entry}(*args):\n    raise NotImplementedError\n"
        for source in submissions(game, check):
            ctx.progress(f"submitted: {source.strip().splitlines()[-1]}")
            last = source
        yield self._program(last, task)

    def _program(self, source: str, task: PublicTask) -> Program:
        return Program.from_source(source, entry=task.entry, maker=self.declared.id)
