"""What graders of predicted answers share: what they are given, and what they say.

Leaves out: the graders (`value_answers.py`, `trace_answers.py`, `text_answers.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from trialrun.core.execution import Execution, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.task import PredictionCheck
from trialrun.core.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An answer, the question, and the means to find out."""

    check: PredictionCheck
    text: str
    """All that was said."""
    strict: bool
    """Whether the run's comparator is `strict`; else the data set's own rules hold."""
    run: Callable[[str], Execution]
    """Runs an expression after the program, confined."""
    whole: Callable[[], Execution]
    """Runs the program as a whole on the check's case."""
    trace: Callable[[], Trace]
    """Runs the check's call and tells its lines and values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """What a grader says."""

    verdict: Verdict
    score: float
    """0 to 1."""
    comparator: str
    """What the answer was compared by."""
    expected: str = ""
    got: str = ""
    message: str = ""
    outcome: Outcome = Outcome.RETURNED
    weak_because: str = ""
    """Why the verdict is weak: how the answer could reach what decides."""


def graded(right: bool | None, comparator: str, **details: str) -> Graded:
    """Return a verdict that is right or wrong, or unknown for None, and nothing between."""
    verdict = Verdict.UNKNOWN if right is None else Verdict.PASS if right else Verdict.FAIL
    return Graded(
        verdict=verdict,
        score=1.0 if right else 0.0,
        comparator=comparator,
        expected=details.get("expected", ""),
        got=details.get("got", ""),
        message=details.get("message", ""),
        weak_because=details.get("weak_because", ""),
    )
