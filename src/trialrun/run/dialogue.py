"""Runs test code in its own sandboxed process against a candidate in another; the supervisor carries the calls.

Strictly one side runs at a time: each frame hands the turn to the other. What the candidate sends can only be an
answer or a callback; the completion message counts only from the tester. Expected values stay in the tester, the
program stays in the candidate's job, and every call passes through here, counted and on the clock.

Leaves out: the verdict's worth and retries (`verify/tests.py`).
"""

from dataclasses import dataclass, field

from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, UnittestCheck
from trialrun.run.channel import Frame, Kind
from trialrun.run.failures import ended_execution, fields, load_execution, read_failure
from trialrun.run.job import Ended, Job
from trialrun.run.sandbox import Sandbox, load_plan

_NESTING = 200
"""Deepest nesting of calls and callbacks."""


MOST_TESTS = 10_000
"""Most tests that a test class may report."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One test of a test class, as the process that ran it tells."""

    name: str
    status: str
    exception: str
    message: str
    line: int
    from_candidate: bool
    """Whether the exception came from the candidate."""


@dataclass(slots=True)
class TestReport:
    """What a test run showed. `passed` comes from the tester alone."""

    passed: bool = False
    outcome: Outcome = Outcome.RETURNED
    """How the candidate's last step ended; `returned` with `passed` false is a wrong value."""
    exception: str | None = None
    message: str = ""
    line: int = 0
    """Line of the test code that failed, 0 if unknown."""
    calls: int = 0
    """Calls that the candidate completed."""
    call: bytes | None = None
    """The last call's frame body."""
    answer: bytes | None = None
    """The last answer's graph, if it was a value."""
    near_limit: bool = False
    """Whether some call's CPU time was so near the limit that the outcome has to be confirmed by a run alone."""
    tests: list[Reported] = field(default_factory=list)
    """Tests of test classes, in the order in which they ended."""
    tester_failed: bool = False
    """Whether the tester's process ended without a completion message."""
    cpu_s: float = 0.0
    tester_cpu_s: float = 0.0
    peak_mb: float = 0.0


def run_test(
    sandbox: Sandbox,
    program: Program,
    context: str,
    check: AssertCheck | UnittestCheck,
    limits: Limits,
    *,
    seed: int = 0,
    frames: list[Frame] | None = None,
) -> TestReport:
    """Run one check and report. The candidate's faults are data; a fault of the machine raises `SandboxError`.

    `frames`, where given, gets the calls and answers that passed, in order.
    """
    report = TestReport()
    steps = backstop(limits)
    with (
        sandbox.job(limits, cases=steps) as candidate,
        sandbox.job(limits, tester=True, cases=steps) as tester,
    ):
        names = list(check.remote)
        candidate.send(Kind.LOAD, 0, load_plan(program.source, mode="graph", limits=limits, entries=names))
        plan = load_plan(
            "",
            mode="test",
            limits=limits,
            context=context,
            code=check.code,
            remote=names,
            seed=seed,
            unittest=isinstance(check, UnittestCheck),
        )
        tester.send(Kind.LOAD, 0, plan)
        try:
            ready = candidate.receive()
            if ready.kind is Kind.RAISE:
                execution = load_execution(read_failure(ready.body))
                report.outcome, report.exception = execution.outcome, execution.exception
                report.message = execution.message
            else:
                _converse(report, candidate, tester, limits, frames)
        except Ended as ended:
            execution = ended_execution(ended)
            report.outcome, report.message = execution.outcome, execution.message
            report.tester_failed = tester.end is not None
        end, tester_end = candidate.stop(), tester.stop()
    report.cpu_s, report.tester_cpu_s, report.peak_mb = end.cpu_s, tester_end.cpu_s, end.peak_mb
    return report


def backstop(limits: Limits) -> int:
    """Return the case limits after which the kernel stops a job of a test, whatever is counted here."""
    return max(20, limits.calls // 1000)


def _converse(
    report: TestReport, candidate: Job, tester: Job, limits: Limits, passed: list[Frame] | None
) -> None:
    """Carry frames between the two until the tester's completion message. Raises `Ended`."""
    speaker, listener = tester, candidate
    callers: list[Job] = []
    frames = 0
    tester.begin_case()
    while True:
        frame = speaker.receive()
        if frame.kind is Kind.DONE and speaker is tester:
            conclude(report, frame)
            return
        if frame.kind is Kind.TEST and speaker is tester:
            note_test(report, frame)
            continue
        if frame.kind is Kind.CALL:
            frames += 1
            if frames > limits.calls or len(callers) > _NESTING:
                raise Ended(Outcome.PROTOCOL, f"more than {limits.calls} calls", speaker.stop())
            callers.append(speaker)
        elif frame.kind in (Kind.RETURN, Kind.RAISE) and callers and callers[-1] is listener:
            callers.pop()
        else:
            raise Ended(Outcome.PROTOCOL, f"an unbidden {frame.kind.name} frame", speaker.stop())
        if passed is not None:
            passed.append(frame)
        _note(report, frame, from_tester=speaker is tester)
        if speaker is candidate and frame.kind is not Kind.CALL:
            _keep_time(report, candidate, limits)
        speaker.pause()
        if len(callers) == (frame.kind is Kind.CALL):
            listener.begin_case()
        else:
            listener.resume()  # a callback is part of the case around it and buys neither side new time
        listener.send(frame.kind, frame.number, frame.body)
        speaker, listener = listener, speaker


def _keep_time(report: TestReport, candidate: Job, limits: Limits) -> None:
    """Note a call near the CPU limit; end one that was answered past it."""
    spent = candidate.spent()
    report.near_limit = report.near_limit or limits.is_near(spent)
    if spent >= limits.cpu_s:
        raise Ended(Outcome.TIMEOUT, f"used {spent:.2f} s of CPU time", candidate.stop())


def _note(report: TestReport, frame: Frame, *, from_tester: bool) -> None:
    if from_tester and frame.kind is Kind.CALL:
        report.call, report.answer = frame.body, None
    elif not from_tester and frame.kind is not Kind.CALL:
        report.calls += 1
        report.answer = _graph_of(frame.body) if frame.kind is Kind.RETURN else None


def _graph_of(body: bytes) -> bytes:
    """Return the graph [result, arguments, …] of a RETURN body, past the origins before it."""
    return body[4 + int.from_bytes(body[:4], "little") :]


def note_test(report: TestReport, frame: Frame) -> None:
    """Take in the report of one test."""
    facts = fields(frame.body, str, str, str, str, int, bool)
    if facts is None or len(report.tests) >= MOST_TESTS:
        raise Ended(Outcome.PROTOCOL, "a malformed report of a test")
    name, status, exception, message, line, foreign = facts
    assert isinstance(name, str) and isinstance(status, str) and isinstance(exception, str)
    assert isinstance(message, str) and isinstance(line, int)
    report.tests.append(Reported(name, status, exception, message, line, foreign is True))


def conclude(report: TestReport, frame: Frame) -> None:
    """Take in the completion message."""
    facts = fields(frame.body, bool, bool, str, str, int)
    if facts is None:
        raise Ended(Outcome.PROTOCOL, "a malformed completion message")
    passed, from_candidate, name, message, line = facts
    assert isinstance(name, str) and isinstance(message, str) and isinstance(line, int)
    report.passed, report.line = passed is True, line
    if not report.passed:
        report.exception, report.message = name, message
        if from_candidate:
            report.outcome = Outcome.MEMORY if name == "MemoryError" else Outcome.RAISED
