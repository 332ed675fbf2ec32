"""`Oracle`: a hidden function that a method may call, and submit programs against, so often and no more.

What is told of the hidden function is its behaviour: values, output and the types of exceptions. Calls, checks and
malformed requests are counters of the task's `Budget`; a request that would overdraw one is refused and costs a try.

Leaves out: who answers (`compare/oracle_service.py`), reading what a model asks (`tasks/codearc.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from trialrun.core.execution import Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case

CALLS, CHECKS, TRIES, CPU = "calls", "checks", "tries", "cpu_s"
"""Names of the budget's counters."""


class Holds(StrEnum):
    """What a check says of a submission."""

    DIFFERENT = "different"
    EQUAL = "equal"
    """No difference on the inputs that were tried."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call did, so far as it is told."""

    outcome: Outcome
    value: bytes | None = None
    """Canonical bytes of the returned value."""
    exception: str | None = None
    """Type of the exception."""
    stdout: bytes = b""


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that is not met."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What came of one submission."""

    holds: Holds
    case: Case | None = None
    """The counterexample,"""
    expected: Answer | None = None
    """what the hidden function does there"""
    got: Answer | None = None
    """and what the submission does."""
    minimal: bool = False
    """Whether no single step of the shrinker makes the counterexample smaller."""
    inputs: int = 0
    """Inputs that both ran on."""
    why: str = ""
    """Why it is unknown."""


class Oracle(Protocol):
    """Answers for one hidden function until its budget is used up or a submission holds."""

    @property
    def ended(self) -> str:
        """Why the game is over; empty while it is on."""

    def recorded(self) -> tuple[tuple[Case, Answer], ...]:
        """Return the calls that are known from the start, at no charge."""

    def query(self, cases: Sequence[Case]) -> tuple[Answer, ...] | Refused:
        """Call the hidden function on each case, or refuse them all where fewer calls are left."""

    def malformed(self, why: str) -> Refused:
        """Charge one try, for a request that cannot be met or read, and refuse it."""

    def check(self, program: Program) -> Check | Refused:
        """Say whether a program behaves like the hidden function, with a counterexample where it does not."""
