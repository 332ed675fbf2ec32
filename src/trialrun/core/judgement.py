"""`Judgement`: what was decided about a program, by whom, and how much that is worth."""

import enum

import msgspec

from trialrun.core.execution import Outcome


class Verdict(enum.StrEnum):
    """Pass, fail, or unknown where the evidence does not decide."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


class Strength(enum.StrEnum):
    """`strong`: formed where the program cannot reach. `weak`: shares the program's process."""

    STRONG = "strong"
    WEAK = "weak"


class Visibility(enum.StrEnum):
    """`hidden` evidence goes to measure and report only, never to a method."""

    PUBLIC = "public"
    HIDDEN = "hidden"


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One case that speaks against the program. All text is bounded; hostile text stays text."""

    case: int
    """Index of the case or of the call within the check."""
    outcome: Outcome
    input: str = ""
    expected: str = ""
    got: str = ""
    message: str = ""


class TestStatus(enum.StrEnum):
    """How one test of a test class ended. Only `ok` is a pass."""

    OK = "ok"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    EXPECTED_FAILURE = "expected failure"
    UNEXPECTED_SUCCESS = "unexpected success"
    MISSING = "missing"
    """It gave no report."""


class TestResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one test of a test class said. The text is bounded and hostile."""

    name: str
    """`Class.method`."""
    status: TestStatus
    message: str = ""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The decision of one check about one program."""

    check: str
    """Name of the check: `base`, `plus`, `tests`."""
    verdict: Verdict
    outcome: Outcome
    """Outcome that decided: `returned` for a pass, or a wrong value."""
    strength: Strength
    visibility: Visibility
    judge: str
    """Who judged: `verify/tests`."""
    cases: int
    """Cases (or calls) with a completion message bound to this run."""
    evidence: tuple[Evidence, ...] = ()
    """Up to three cases that failed."""
    cpu_s: float = 0.0
    """CPU seconds of the candidate's jobs."""
    tester_cpu_s: float = 0.0
    """CPU seconds of the tester's jobs."""
    peak_mb: float = 0.0
    tests: tuple[TestResult, ...] = ()
    """Every test, where the check consists of test classes."""
    weak_because: str = ""
    """Why the verdict is weak, where the check itself does not say."""
    score: float | None = None
    """How good an answer is that is neither right nor wrong alone, 0 to 1; None where there is no such thing."""
    comparator: str = ""
    """What answers were compared by, where the run's comparator does not say."""
