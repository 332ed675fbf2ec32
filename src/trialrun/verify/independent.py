"""Second opinions on a generator's answers, that owe nothing to its program.

`Replay` reads the rendered text and works it out by the seed's own annotated solution, in exact arithmetic, here.
`Reference` asks another program, in a job of its own: `solve(parameters)` gives an answer by another way (counting,
trying all), `accepts(parameters, answer)` says whether an answer fits (put into the equation, scaled, turned round).

Leaves out: what an opinion is worth where the solution itself was misread (`lang/lifting.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

from trialrun.core import values
from trialrun.core.execution import Execution, Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.families import Lifted, Replayed, Solved
from trialrun.lang.lifting import NotLifted, lift
from trialrun.lang.math_answer import Answer, same_answer
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.sandbox import Sandbox
from trialrun.verify.generator_runs import MODULES, Parameters, Unreadable, read_solved, returned


@dataclass(frozen=True, slots=True)
class Variant:
    """One problem that a generator made."""

    parameters: Parameters
    text: str
    answer: Answer


class Independent(Protocol):
    """Says whether answers are right, without the generator."""

    def agreement(self, variants: Sequence[Variant]) -> list[bool | None]:
        """Say of each variant whether its answer is right; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The seed's annotated solution, worked out again for another text."""

    family: Lifted
    _known: dict[str, Replayed | None] = field(default_factory=dict, repr=False, compare=False)

    def replay(self, text: str) -> Replayed | None:
        """Return what the solution makes of a text; None for a text of another family."""
        if text not in self._known:
            self._known[text] = self.family.replay(text)
        return self._known[text]

    def agreement(self, variants: Sequence[Variant]) -> list[bool | None]:
        """Say of each variant whether its answer is what the solution gives for its text."""
        found: list[bool | None] = []
        for variant in variants:
            replayed = self.replay(variant.text)
            if replayed is None:
                found.append(None)
            else:
                found.append(replayed.answer is not None and same_answer(variant.answer, replayed.answer))
        return found


def replay_of(seed: Solved) -> Replay | None:
    """Return the replay of a solved problem, or None where its solution cannot be lifted."""
    try:
        return Replay(lift(seed)) if seed.solution else None
    except NotLifted:
        return None


@dataclass(slots=True)
class Reference:
    """Another program's opinion; `program.entry` is `solve` or `accepts`."""

    sandbox: Sandbox
    program: Program
    limits: Limits
    cpu_s: float = 0.0
    _known: dict[bytes, Answer | None] = field(default_factory=dict, repr=False)

    def agreement(self, variants: Sequence[Variant]) -> list[bool | None]:
        """Say of each variant whether its answer is right by the other program; None where that fails."""
        if self.program.entry == "accepts":
            executions = self._run([(one.parameters, _plain(one.answer)) for one in variants])
            return [_truth(execution) for execution in executions]
        keys = [values.encode(one.parameters) for one in variants]
        new = {key: one for key, one in zip(keys, variants, strict=True) if key not in self._known}
        for key, execution in zip(new, self._run([(one.parameters,) for one in new.values()]), strict=True):
            try:
                self._known[key] = read_solved(execution)
            except Unreadable:
                self._known[key] = None
        found: list[bool | None] = []
        for key, one in zip(keys, variants, strict=True):
            right = self._known[key]
            found.append(None if right is None else same_answer(one.answer, right))
        return found

    def _run(self, calls: Sequence[tuple[Any, ...]]) -> list[Execution]:
        def spent(cpu_s: float, peak_mb: float) -> None:
            self.cpu_s += cpu_s

        encoded = encode_calls(self.program.entry or "", [Case(args=call) for call in calls])
        place = self.sandbox.importing(MODULES)
        done = list(run_cases(place, self.program, encoded, self.limits, account=spent))
        return done + [done[-1]] * (len(calls) - len(done)) if done else []


def _plain(answer: Answer) -> Any:
    """Return an answer as a value that goes to another program: whole numbers as int."""
    if isinstance(answer, Fraction):
        return int(answer) if answer.denominator == 1 else answer
    if isinstance(answer, tuple):
        return tuple(map(_plain, answer))
    if isinstance(answer, frozenset):
        return frozenset(map(_plain, answer))
    return answer


def _truth(execution: Execution) -> bool | None:
    try:
        told = returned(execution)
    except Unreadable:
        return None
    return told if type(told) is bool else None
