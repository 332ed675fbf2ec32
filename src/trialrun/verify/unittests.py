"""Judges a program by test classes: one verdict a test, and a rule for which form of running them is used.

Strong form: the classes run in the tester, the program answers from another process. Weak form: both share a process.
The strong form is used where the task's *reference* passes that way, twice; otherwise (mocks, objects of libraries,
files that both sides use) the weak one, with the reason. The candidate has no say in it: it is decided once a task and
kept by content. What the test's text already shows (`lang/unittests.py`) is not tried.

A pass needs a completion message after the last fixture and `ok` from every test that was counted in the source.
Skipped tests, expected failures and tests that are missing are no passes; a class without tests is unknown.

Leaves out: retries and limits (`verify/tests.py`).
"""

import threading

from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import (
    Evidence,
    Judgement,
    Strength,
    TestResult,
    TestStatus,
    Verdict,
    Visibility,
)
from trialrun.core.program import Program
from trialrun.core.task import Task, UnittestCheck
from trialrun.lang.unittests import ties
from trialrun.run.beside import run_beside
from trialrun.run.dialogue import Reported, TestReport, run_test
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import BlobCache, content_key

JUDGE = "verify/unittests"
_FORMAT = "unittest-form-1"
_TRIES = 2
"""How often the reference must pass through the call channel: random numbers may spare it once."""
_LIMITS = Limits(cpu_s=120.0, memory_mb=8192)
"""For references: slow at worst, not hostile."""
_SHOWN = 3
_TEXT = 300


class UnittestJudge:
    """Judges by test classes. Safe to share between threads."""

    def __init__(self, cache: BlobCache) -> None:
        """Keep in `cache` which tests go through the call channel."""
        self._cache = cache
        self._reasons: dict[tuple[str, str], _Reason] = {}
        self._lock = threading.Lock()

    def judge(
        self, sandbox: Sandbox, task: Task, check: UnittestCheck, program: Program, limits: Limits, seed: int
    ) -> tuple[Judgement, TestReport]:
        """Return the judgement, and the report it rests on."""
        reason = self.why_weak(sandbox, task, check)
        if reason:
            report = run_beside(sandbox, program, task.context, check, limits)
        else:
            report = run_test(sandbox, program, task.context, check, limits, seed=seed)
        return judgement_of(check, report, reason), report

    def why_weak(self, sandbox: Sandbox, task: Task, check: UnittestCheck) -> str:
        """Return why a check must share the program's process; empty where the call channel carries it."""
        key = (task.hash, check.name)
        with self._lock:
            slot = self._reasons.setdefault(key, _Reason())
        with slot.lock:
            if slot.text is None:
                slot.text = check.same_process or ties(check.code) or self._tried(sandbox, task, check)
        return slot.text

    def _tried(self, sandbox: Sandbox, task: Task, check: UnittestCheck) -> str:
        if task.reference is None:
            return "the task has no reference to try the call channel with"
        key = content_key(_FORMAT, task.hash, check.name, sandbox.isolation.python.fingerprint)
        kept = self._cache.get(key)
        if kept is not None:
            return kept.decode()
        reference = Program.from_source(task.reference, entry=task.entry, maker="reference")
        reason = ""
        for _ in range(_TRIES):
            found = judgement_of(check, run_test(sandbox, reference, task.context, check, _LIMITS), "")
            if found.verdict is Verdict.FAIL:
                why = found.evidence[0] if found.evidence else None
                told = f" ({why.input}: {why.message})" if why is not None else ""
                reason = f"the reference does not pass through the call channel{told}"
                break
        self._cache.put(key, reason.encode("utf-8", "replace"))
        return reason


class _Reason:
    """A place for the form of one check, filled by the first thread that needs it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.text: str | None = None


def judgement_of(check: UnittestCheck, report: TestReport, weak_because: str) -> Judgement:
    """Form the verdict of what was reported; `weak_because` is empty for the strong form."""
    tests, failing = _results(check, report)
    verdict = Verdict.PASS if report.passed and not failing else Verdict.FAIL
    outcome = _outcome(report, failing)
    evidence = tuple(
        Evidence(
            case=number,
            outcome=outcome if told is None else _outcome_of(told),
            input=tests[number].name,
            expected=_line_of(check.code, told.line) if told is not None else "",
            got=str(tests[number].status),
            message=tests[number].message or _ending(report),
        )
        for number, told in failing[:_SHOWN]
    )
    if not report.passed and not evidence:
        evidence = (Evidence(case=len(tests), outcome=outcome, message=_ending(report)),)
    if verdict is Verdict.PASS and (not check.expected or (not weak_because and not report.calls)):
        # What holds no test, or never calls the program, says nothing about it.
        verdict = Verdict.UNKNOWN
        evidence = (Evidence(case=0, outcome=outcome, message="no test calls the program"),)
    return Judgement(
        check=check.name,
        verdict=verdict,
        outcome=outcome,
        strength=Strength.WEAK if weak_because else Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge=JUDGE,
        cases=len(report.tests),
        evidence=evidence,
        cpu_s=report.cpu_s,
        tester_cpu_s=report.tester_cpu_s,
        peak_mb=report.peak_mb,
        tests=tests,
        weak_because=weak_because,
    )


def _results(
    check: UnittestCheck, report: TestReport
) -> tuple[tuple[TestResult, ...], list[tuple[int, Reported | None]]]:
    """Return every test that was expected or reported, and the places of those that are no pass.

    A test counts once: one that is reported again, whatever it says then, is no pass.
    """
    told: dict[str, Reported] = {}
    twice: list[Reported] = []
    for reported in report.tests:
        if told.setdefault(reported.name, reported) is not reported:
            twice.append(reported)
    absent = [name for name in check.expected if name not in told]
    rows: list[tuple[TestResult, Reported | None]] = [
        *((_result(told[name]), told[name]) for name in check.expected if name in told),
        *((_result(one), one) for name, one in told.items() if name not in check.expected),
        *((TestResult(name=name, status=TestStatus.MISSING), None) for name in absent),
        *((_result(one, status=TestStatus.ERROR, message="reported twice"), one) for one in twice),
    ]
    failing = [(place, told) for place, (test, told) in enumerate(rows) if test.status is not TestStatus.OK]
    return tuple(test for test, _ in rows), failing


def _result(told: Reported, *, status: TestStatus | None = None, message: str = "") -> TestResult:
    if status is None:
        known = {str(value): value for value in TestStatus}
        status = known.get(told.status, TestStatus.ERROR)
        message = f"{told.exception}: {told.message}".strip(": ")
    return TestResult(name=told.name[:_TEXT], status=status, message=message[:_TEXT])


def _outcome(report: TestReport, failing: list[tuple[int, Reported | None]]) -> Outcome:
    """Return what decided: the first test that failed, or how it all ended."""
    told = next((told for _, told in failing if told is not None), None)
    return _outcome_of(told) if told is not None else report.outcome


def _outcome_of(told: Reported) -> Outcome:
    if told.exception == "MemoryError":
        return Outcome.MEMORY
    return Outcome.RAISED if told.status == TestStatus.ERROR else Outcome.RETURNED


def _ending(report: TestReport) -> str:
    return f"{report.exception or ''}: {report.message}".strip(": ")[:_TEXT]


def _line_of(code: str, line: int) -> str:
    lines = code.splitlines()
    return lines[line - 1].strip()[:_TEXT] if 0 < line <= len(lines) else ""
