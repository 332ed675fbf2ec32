"""Runs test classes in the program's own process, for tests that patch it or share objects and files with it.

Every test reports when it ends; the completion message follows the last fixture. The program can reach all of this,
so what follows is weak; still a process that leaves early, or a test that is not there, is never a pass.

Leaves out: the verdict (`verify/unittests.py`).
"""

from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import UnittestCheck
from trialrun.run.channel import Kind
from trialrun.run.dialogue import TestReport, conclude, note_test
from trialrun.run.failures import ended_execution
from trialrun.run.job import Ended, Job
from trialrun.run.sandbox import Sandbox, load_plan


def run_beside(
    sandbox: Sandbox, program: Program, context: str, check: UnittestCheck, limits: Limits
) -> TestReport:
    """Run the program, then the check's test classes after it in one namespace. Limits hold for each test."""
    report = TestReport()
    plan = load_plan(
        program.source, mode="same", unittest=True, limits=limits, context=context, code=check.code
    )
    with sandbox.job(limits, cases=len(check.expected) + 1) as job:
        job.send(Kind.LOAD, 0, plan)
        try:
            _listen(report, job, check, limits)
        except Ended as ended:
            execution = ended_execution(ended)
            report.passed, report.outcome, report.message = False, execution.outcome, execution.message
        end = job.stop()
    report.cpu_s, report.peak_mb = end.cpu_s, end.peak_mb
    return report


def _listen(report: TestReport, job: Job, check: UnittestCheck, limits: Limits) -> None:
    """Take in reports until the completion message. Raises `Ended`."""
    due = set(check.expected)
    while True:
        frame = job.receive()
        spent = job.spent()
        report.near_limit = report.near_limit or limits.is_near(spent)
        if spent >= limits.cpu_s:
            raise Ended(Outcome.TIMEOUT, f"used {spent:.2f} s of CPU time", job.stop())
        if frame.kind is Kind.DONE:
            conclude(report, frame)
            return
        if frame.kind is not Kind.TEST:
            raise Ended(Outcome.PROTOCOL, f"an unbidden {frame.kind.name} frame", job.stop())
        note_test(report, frame)
        if report.tests[-1].name in due:  # a report buys time once a test, so that made-up ones buy none
            due.remove(report.tests[-1].name)
            job.begin_case()
