"""A scripted user who knows a right program with the same holes, and answers what one hole receives and returns.

Its answer to a question about a hole is the list of that hole's calls in the right program, on the public cases;
nothing else of the right program is told. Three orders of asking:

    guided   bisects the flow of values: where the right program gives the hole another argument than ours, the fault
             lies in what produced that argument; where the arguments agree, it lies nowhere before the hole
    ranked   as `suspects.py` ranks holes, without looking at answers
    random   by a seed

Who produced an argument is told by its value: a hole that returned an equal one before. Leaves out: values that pass
through globals or are changed on the way (the holes whose values reach it are suspected then).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from trialrun.core.program import Program
from trialrun.lang.sketch import Pair, cases_of
from trialrun.observe.call_values import CallRun, Ending, recorded_calls
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
    _suspected: list[str] | None = None
    """Holes that the fault may lie in, by the answers so far."""

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
        return self._guided(session, reached, left)

    def _guided(self, session: Session, reached: list[str], left: list[str]) -> str:
        """Return the hole whose answer leaves fewest suspects, whatever it is."""
        cases, _ = cases_of(session.cases)
        names = [hole.name for hole in session.sketch.holes]
        ours = recorded_calls(session.ctx.runner, session.program, cases, names)
        flow = Flow(ours, names)
        suspected = reached if self._suspected is None else self._suspected
        if self.asked:
            last = self.asked[-1]
            blamed = self._blamed(ours, last, flow)
            if blamed is None:
                suspected = [name for name in suspected if name not in flow.before(last) and name != last]
            else:
                suspected = [name for name in suspected if name in blamed]
        suspected = [name for name in suspected if name in left] or left
        self._suspected = suspected
        ended = [call.function for run in ours for call in run.calls if call.ending is not Ending.RETURNED]
        if not self.asked and ended and ended[-1] in suspected:
            return ended[-1]  # an exception left it

        def most_left(name: str) -> int:
            """Return how many suspects remain in the worse case."""
            behind = len(set(suspected) - flow.before(name) - {name})
            return max([behind, *(len(one & set(suspected)) for one in flow.through(name))])

        return min(suspected, key=lambda name: (most_left(name), -reached.index(name)))

    def _blamed(self, ours: Sequence[CallRun], hole: str, flow: "Flow") -> set[str] | None:
        """Return the holes that a hole has a wrong argument from; None where it has none."""
        for run, right in zip(ours, self._answers or (), strict=True):
            calls, wanted = run.of(hole), right.of(hole)
            for call, other in zip(calls, wanted, strict=False):
                for value, correct in zip(call.args, other.args, strict=False):
                    if value != correct:
                        producer = flow.producer(run, run.calls.index(call), value)
                        return flow.before(hole) if producer is None else flow.before(producer) | {producer}
            if len(calls) != len(wanted):
                return flow.before(hole)
        return None


class Flow:
    """Which hole's values reach which hole, by recorded runs."""

    def __init__(self, runs: Sequence[CallRun], names: Sequence[str]) -> None:
        """Read the calls of the named holes."""
        self._producers: dict[str, set[str]] = {name: set() for name in names}
        """Hole → holes that returned one of its arguments."""
        for run in runs:
            for place, call in enumerate(run.calls):
                for value in call.args:
                    producer = self.producer(run, place, value)
                    if producer is not None:
                        self._producers[call.function].add(producer)

    @staticmethod
    def producer(run: CallRun, place: int, value: object) -> str | None:
        """Return the hole that returned a value last before a call; None where none did."""
        for call in reversed(run.calls[:place]):
            if call.ending == "returned" and call.value == value:
                return call.function
        return None

    def through(self, name: str) -> list[set[str]]:
        """Return, for each argument of a hole that another one produced, all holes that it may depend on."""
        return [self.before(producer) | {producer} for producer in self._producers[name]]

    def before(self, name: str) -> set[str]:
        """Return all holes whose values may reach a hole."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            more = self._producers[waiting.pop()] - found
            waiting += more
            found |= more
        return found - {name}
