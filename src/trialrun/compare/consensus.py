"""Consensus: of several programs for one task, the one that most others behave like.

Two programs are as similar as the share of inputs on which both return and do the same, among the inputs on which at
least one of them returns. The winner has the largest sum of similarities to the others; the first one among equals.
Shares are exact fractions, so no rounding decides. A program that raises everywhere is similar to nobody, however many
raise with it; a case that timed out or gave a value of unknown equality speaks for nobody.

Source: functional consensus of FunCoder (arXiv:2405.20092), with ends other than a return out of a program's domain.

Leaves out: running the programs (`behaviours.py`), comparing with a tolerance: equality is the behaviour key's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from trialrun.core.behaviour import behaviour_key
from trialrun.core.execution import Execution, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """Who wins, and how everybody did."""

    winner: int
    """Place of the program that most others behave like."""
    scores: tuple[Fraction, ...]
    """Sum of similarities to the others, one a program."""
    agreeing: tuple[int, ...]
    """How many others return on some input and do the same on every one where either returns, one a program."""
    cases: int
    """Inputs that were looked at."""

    @property
    def found(self) -> bool:
        """Whether the winner agrees with anybody about anything."""
        return self.scores[self.winner] > 0


def consensus(
    executions: Sequence[Sequence[Execution]], *, arguments: bool = True, stdout: bool = True
) -> Consensus | None:
    """Return the consensus of programs by what they did on the same cases, one row a program; None of none.

    `arguments` and `stdout` say whether these count. Raises ValueError where rows are not equally long.
    """
    if not executions:
        return None
    cases = len(executions[0])
    if any(len(row) != cases for row in executions):
        raise ValueError("programs ran on different numbers of cases")
    rows = [[_answer(one, arguments, stdout) for one in row] for row in executions]
    similar = [[Fraction(0)] * len(rows) for _ in rows]
    for i, mine in enumerate(rows):
        for j in range(i):
            similar[i][j] = similar[j][i] = _similarity(mine, rows[j])
    scores = tuple(sum(row, Fraction(0)) for row in similar)
    return Consensus(
        winner=scores.index(max(scores)),
        scores=scores,
        agreeing=tuple(row.count(Fraction(1)) for row in similar),
        cases=cases,
    )


_Answer = tuple[bool, str | None]
"""(whether it returned, key of what it did or None)."""


def _answer(execution: Execution, arguments: bool, stdout: bool) -> _Answer:
    if execution.outcome is not Outcome.RETURNED:
        return False, None
    return True, behaviour_key([execution], arguments=arguments, stdout=stdout)


def _similarity(one: Sequence[_Answer], two: Sequence[_Answer]) -> Fraction:
    same = either = 0
    for (returned, key), (also, other) in zip(one, two, strict=True):
        either += returned or also
        same += key is not None and key == other
    return Fraction(same, either) if either else Fraction(0)
