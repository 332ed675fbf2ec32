"""Consensus: of several programs for one task, the one that most others behave like. No expected output is needed.

For each case a program gets one point for every other program that returns and does the same, and part of a point for
one whose value is nearly the same: where wrong programs differ from each other, the right one lies in their middle.
A program that does the same on every case counts somewhat more. What raises, hangs or gives a value of unknown equality
agrees with nobody. A program that returns one and the same value whatever it is given (a truth value apart, since many
predicates hold for all that one thinks of) has no vote and cannot win where two others agree on values that vary.
Neither has one that does not agree with itself. A case on which the machine failed for one program is left out for all.

`Consensus.funcoder()` is the published score: JSON text is equality, every other end than a return costs 100 points.

Points are whole thousandths, so no rounding decides. Equals are told apart by a seed, or the first one wins.

Source: functional consensus of FunCoder (arXiv:2405.20092); the published score as in its code
(`methods/funcoder/gen.py` of cometeme/funcoder). Near values, twins and constants are ours (`bench/consensus.py`).

Leaves out: running the programs.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from trialrun.compare.likeness import json_text, nearness
from trialrun.core.behaviour import behaviour_key
from trialrun.core.execution import NOT_RUN, Execution, Outcome, require_real
from trialrun.core.truncation import Truncation
from trialrun.core.values import Malformed, encode

ENOUGH_S = 2.0
"""CPU seconds that a case is worth: a program that takes longer agrees with nobody there."""
_POINT = 1000
_LEAST = 3
"""Cases from which on one value for all of them means something."""
_TRUTH = (encode(False), encode(True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """How programs are scored by what others did."""

    equality: Literal["behaviour", "json"] = "behaviour"
    """What makes two executions the same: the behaviour key, or the JSON text of the value alone."""
    near: int = 250
    """Thousandths of a point for a value that is all but the same as another's."""
    twins: int = 100
    """Thousandths of a point for each case of a program that does the same on all of them."""
    crash: int = 0
    """Points that every end of a case other than a return costs."""
    failed: int = 10_000
    """Points that failing a check with a known answer costs, once."""
    constants: bool = False
    """Whether programs that return the same whatever they are given vote and win like others."""
    arguments: bool = True
    """Whether the arguments after the call count, under `behaviour`."""
    stdout: bool = True
    """Whether what was printed counts, under `behaviour`."""
    floats: Truncation | None = None
    """How many digits of floats count, under `behaviour`; None: all."""

    @classmethod
    def funcoder(cls) -> "Consensus":
        """Return the published score. Values that JSON cannot say count as crashes there."""
        return cls(equality="json", near=0, twins=0, crash=100, constants=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who wins, and how everybody did."""

    winner: int
    """Place of the program that most others behave like."""
    equals: tuple[int, ...]
    """Places of all programs that do as well as the winner, itself among them."""
    scores: tuple[Fraction, ...]
    """Points, one a program."""
    agreeing: tuple[int, ...]
    """How many others return on some case and do the same on every one, one a program."""
    constant: tuple[bool, ...]
    """Which programs return one value, and no truth value, on all of at least three cases."""
    cases: int
    """Cases that counted."""

    @property
    def found(self) -> bool:
        """Whether the winner agrees with anybody about anything."""
        return self.scores[self.winner] > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Who agrees with whom, among programs that ran on the same cases; a vote may be held among any of them."""

    rule: Consensus
    cases: int
    points: tuple[tuple[int, ...], ...]
    """Thousandths of a point that each program gets by each other (and by a copy of itself)."""
    twins: tuple[tuple[bool, ...], ...]
    """Which programs do the same on every case, and return on some."""
    varied: tuple[tuple[bool, ...], ...]
    """Which programs agree on at least two different values."""
    crashes: tuple[int, ...]
    """Cases on which each program does not return."""
    constant: tuple[bool, ...]

    def vote(
        self,
        members: Sequence[int] | None = None,
        *,
        failed: Sequence[bool] = (),
        steady: Sequence[bool] = (),
        seed: int | None = None,
    ) -> Choice:
        """Return the choice among `members`, places of programs, of which one may stand several times; by default all.

        `failed` says which members fail a check with a known answer, `steady` which agree with themselves. Places in
        the result are places among the members.
        """
        places = range(len(self.points)) if members is None else members
        count = len(places)
        voice = [not steady or steady[at] for at in range(count)]
        if not self.rule.constants and self._varied([place for at, place in enumerate(places) if voice[at]]):
            voice = [has and not self.constant[place] for has, place in zip(voice, places, strict=True)]
        scores, agreeing = [], []
        for at, place in enumerate(places):
            others = [other for by, other in enumerate(places) if by != at and voice[by]]
            total = sum(self.points[place][other] for other in others)
            total -= _POINT * self.rule.crash * self.crashes[place]
            if failed and failed[at]:
                total -= _POINT * self.rule.failed
            scores.append(total)
            agreeing.append(sum(self.twins[place][other] for other in others))
        standing = [at for at in range(count) if voice[at]] or list(range(count))
        best = max(scores[at] for at in standing)
        equals = tuple(at for at in standing if scores[at] == best)
        return Choice(
            winner=equals[0] if seed is None else random.Random(f"consensus {seed}").choice(equals),
            equals=equals,
            scores=tuple(Fraction(score, _POINT) for score in scores),
            agreeing=tuple(agreeing),
            constant=tuple(self.constant[place] for place in places),
            cases=self.cases,
        )

    def _varied(self, places: Sequence[int]) -> bool:
        """Say whether two of the programs that are not constant agree on values that vary."""
        free = [place for place in places if not self.constant[place]]
        return any(self.varied[one][other] for at, one in enumerate(free) for other in free[:at])


def consensus(
    executions: Sequence[Sequence[Execution]],
    rule: Consensus | None = None,
    *,
    failed: Sequence[bool] = (),
    steady: Sequence[bool] = (),
    seed: int | None = None,
) -> Choice | None:
    """Return the consensus of programs by what they did on the same cases, one row a program; None of none.

    Raises ValueError where rows are not equally long.
    """
    if not executions:
        return None
    return agreement(executions, rule).vote(failed=failed, steady=steady, seed=seed)


def agreement(executions: Sequence[Sequence[Execution]], rule: Consensus | None = None) -> Agreement:
    """Return who agrees with whom, by what each program did on the same cases, one row a program.

    Raises ValueError where rows are not equally long.
    """
    rule = rule or Consensus()
    cases = len(executions[0]) if executions else 0
    if any(len(row) != cases for row in executions):
        raise ValueError("programs ran on different numbers of cases")
    counted = [
        at for at in range(cases) if not any(require_real(row[at]).outcome in NOT_RUN for row in executions)
    ]
    key_of = _json_key if rule.equality == "json" else _behaviour_key(rule)
    rows = [[_Answer(row[at], key_of(row[at])) for at in counted] for row in executions]
    compared = [[_compared(mine, other, rule) for other in rows] for mine in rows]
    return Agreement(
        rule=rule,
        cases=len(counted),
        points=tuple(tuple(one.points for one in row) for row in compared),
        twins=tuple(tuple(one.twins for one in row) for row in compared),
        varied=tuple(tuple(one.varied for one in row) for row in compared),
        crashes=tuple(sum(not answer.counts(rule) for answer in row) for row in rows),
        constant=tuple(map(_is_constant, rows)),
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one program did on one case."""

    execution: Execution
    key: str | None
    """Equal for executions that are the same; None for what equals nothing."""

    @property
    def returned(self) -> bool:
        """Whether the case ended by a return."""
        return self.execution.outcome is Outcome.RETURNED

    def counts(self, rule: Consensus) -> bool:
        """Whether it is no crash: a return, of a value that JSON can say where that is what counts."""
        return self.returned and (rule.equality == "behaviour" or self.key is not None)


def _json_key(execution: Execution) -> str | None:
    if execution.outcome is not Outcome.RETURNED or execution.value is None:
        return None
    try:
        return json_text(execution.value)
    except Malformed:
        return None


def _behaviour_key(rule: Consensus) -> Callable[[Execution], str | None]:
    def key_of(execution: Execution) -> str | None:
        return behaviour_key([execution], arguments=rule.arguments, stdout=rule.stdout, floats=rule.floats)

    return key_of


@dataclass(frozen=True, slots=True)
class _Compared:
    """What one program gets by another."""

    points: int
    twins: bool
    varied: bool


def _compared(mine: Sequence[_Answer], other: Sequence[_Answer], rule: Consensus) -> _Compared:
    same, near, alike, values = 0, 0, bool(mine), set[bytes | None]()
    for one, two in zip(mine, other, strict=True):
        alike = alike and one.key is not None and one.key == two.key
        if not (one.returned and two.returned):
            continue
        if one.key is not None and one.key == two.key:
            same += 1
            values.add(one.execution.value)
        elif rule.near and one.execution.value is not None and two.execution.value is not None:
            near += nearness(one.execution.value, two.execution.value)
    twins = alike and same > 0
    points = _POINT * same + near * rule.near // _POINT + (rule.twins * len(mine) if twins else 0)
    return _Compared(points, twins, len(values) > 1)


def _is_constant(answers: Sequence[_Answer]) -> bool:
    if len(answers) < _LEAST or not all(answer.returned for answer in answers):
        return False
    first = answers[0].execution.value
    return first not in _TRUTH and all(answer.execution.value == first for answer in answers)
