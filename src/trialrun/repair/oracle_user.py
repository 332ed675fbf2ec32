"""A scripted user who knows a right program with the same holes, and answers what one hole receives and returns.

Its answer to a question about a hole is the list of that hole's calls in the right program, on the public cases;
nothing else of the right program is told. Three orders of asking:

    guided   bisects: where the right program gives the hole other inputs than ours, the fault lies before it; where the
             inputs agree and our hole is right on them, behind it
    ranked   as `suspects.py` ranks holes, without looking at answers
    random   by a seed

Leaves out: values that pass through globals (a bisection then misses, and the rest is asked in order).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from trialrun.core.program import Program
from trialrun.lang.sketch import Pair, cases_of
from trialrun.observe.call_values import CallRun, recorded_calls
from trialrun.repair.session import Action, Give, Session

Order = Literal["guided", "ranked", "random"]


@dataclass(slots=True, kw_only=True)
class OracleUser:
    """Answers from a right program, hole after hole."""

    reference: Program
    """The right program; its entry point and holes are named as the session's."""
    order: Order = "guided"
    seed: int = 0
    asked: list[str] = field(default_factory=list)
    """Holes asked about so far."""
    _answers: tuple[CallRun, ...] | None = None
    _low: int = 0
    _high: int = -1
    _last: int = -1

    def act(self, session: Session) -> Action | None:
        """Return the right calls of the next hole; None where all have been asked about."""
        names = [hole.name for hole in session.sketch.holes]
        if self._answers is None:
            cases, _ = cases_of(session.cases)
            self._answers = recorded_calls(session.ctx.runner, self.reference, cases, names)
        reached = self.reached(names)
        hole = self._next(session, reached)
        if hole is None:
            return None
        self.asked.append(hole)
        return Give(hole, self.pairs(hole))

    def reached(self, names: Sequence[str]) -> list[str]:
        """Return the holes that the right program calls with plain values, in the order of their first calls."""
        calls = [call.function for run in self._answers or () for call in run.calls if call.is_plain]
        return [name for name in dict.fromkeys(calls) if name in names]

    def pairs(self, hole: str) -> tuple[Pair, ...]:
        """Return what a hole receives and returns in the right program, each input once."""
        found: list[Pair] = []
        for run in self._answers or ():
            for call in run.of(hole):
                pair = Pair(args=call.args, expected=call.value)
                if call.is_plain and call.ending == "returned" and pair not in found:
                    found.append(pair)
        return tuple(found)

    def _next(self, session: Session, reached: list[str]) -> str | None:
        left = [name for name in reached if name not in self.asked]
        if not left:
            return None
        if self.order == "random":
            return random.Random(f"{self.seed}:{len(self.asked)}").choice(left)
        if self.order == "ranked":
            ranked = [suspect.hole for suspect in session.suspects()]
            return min(left, key=ranked.index)
        return self._bisected(session, reached, left)

    def _bisected(self, session: Session, reached: list[str], left: list[str]) -> str:
        """Return the hole in the middle of those that may be wrong, by the answer to the question before."""
        if self._high < 0:
            self._low, self._high = 0, len(reached) - 1
        elif self._last >= 0:
            if self._inputs_differ(session, reached[self._last]):
                self._high = self._last - 1
            else:
                self._low = self._last + 1
        within = [place for place in range(self._low, self._high + 1) if reached[place] in left]
        if not within:  # another fault, or one that inputs do not show
            self._low, self._high = 0, len(reached) - 1
            within = [place for place, name in enumerate(reached) if name in left]
        self._last = within[len(within) // 2]
        return reached[self._last]

    def _inputs_differ(self, session: Session, hole: str) -> bool:
        cases, _ = cases_of(session.cases)
        runs = recorded_calls(session.ctx.runner, session.program, cases, reached_names(session))
        answers = self._answers or ()
        return any(
            [call.args for call in ours.of(hole)] != [call.args for call in right.of(hole)]
            for ours, right in zip(runs, answers, strict=True)
        )


def reached_names(session: Session) -> list[str]:
    """Return the names of a session's holes."""
    return [hole.name for hole in session.sketch.holes]
