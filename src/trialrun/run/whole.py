"""Runs a whole program: stdin in, stdout out. Also the one way to run test code in the candidate's own process.

A program counts as finished only with its completion message; `os._exit(0)` after the right output is an exit, not
a completion. In mode `same` the completion message lies in the program's reach, so what follows from it is weak.

Leaves out: judging outputs (`verify/`).
"""

import time
from dataclasses import replace

from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.run.channel import Kind
from trialrun.run.failures import ended_execution, fields, load_execution, read_failure
from trialrun.run.job import Ended, Job, JobEnd
from trialrun.run.sandbox import Sandbox, load_plan
from trialrun.run.streams import Streams

_STEPS = 3


def run_program(
    sandbox: Sandbox, program: Program, limits: Limits, *, stdin: str = "", test: str | None = None
) -> Execution:
    """Run a program to its end; with `test`, test code after it in the same process (a weak verdict)."""
    streams = Streams(limits.output_kb << 10, stdin.encode("utf-8", "surrogatepass"))
    began = time.monotonic()
    try:
        with sandbox.job(limits, cases=_STEPS, streams=streams) as job:
            mode = "main" if test is None else "same"
            job.send(Kind.LOAD, 0, load_plan(program.source, mode=mode, limits=limits, code=test or ""))
            execution = _completion(job)
            end = job.stop()
        return _with_account(execution, end, streams, time.monotonic() - began)
    finally:
        streams.close()


def run_call(sandbox: Sandbox, program: Program, call: bytes, limits: Limits) -> Execution:
    """Load a program, make one call (`batch.encode_calls`), capture what it prints."""
    streams = Streams(limits.output_kb << 10)
    began = time.monotonic()
    try:
        with sandbox.job(limits, cases=_STEPS, streams=streams) as job:
            assert program.entry is not None
            plan = load_plan(
                program.source, mode="value", limits=limits, entries=[program.entry], after=True, flush=True
            )
            job.send(Kind.LOAD, 0, plan)
            execution = _one_call(job, call)
            end = job.stop()
        return _with_account(execution, end, streams, time.monotonic() - began)
    finally:
        streams.close()


def _completion(job: Job) -> Execution:
    try:
        frame = job.receive()
    except Ended as ended:
        return ended_execution(ended)
    facts = fields(frame.body, bool, bool, str, str, int, int) if frame.kind is Kind.DONE else None
    if facts is None:
        return Execution(outcome=Outcome.PROTOCOL, message="a malformed completion message")
    passed, _, name, message, _, _ = facts
    assert isinstance(name, str) and isinstance(message, str)
    if passed:
        return Execution(outcome=Outcome.RETURNED)
    outcome = (
        Outcome.EXITED
        if name == "SystemExit"
        else Outcome.MEMORY
        if name == "MemoryError"
        else Outcome.RAISED
    )
    if name in ("SyntaxError", "IndentationError", "TabError"):
        outcome = Outcome.SYNTAX
    return Execution(outcome=outcome, exception=name, message=message)


def _one_call(job: Job, call: bytes) -> Execution:
    after: bytes | None = None
    try:
        ready = job.receive()
        if ready.kind is Kind.RAISE:
            return load_execution(read_failure(ready.body))
        job.begin_case()
        job.send(Kind.CALL, 0, call)
        frame = job.receive()
        if frame.kind is Kind.AFTER:
            after = frame.body
            frame = job.receive()
    except Ended as ended:
        return ended_execution(ended)
    if frame.kind is Kind.RAISE:
        failure = read_failure(frame.body)
        return Execution(
            outcome=failure.outcome, exception=failure.type_name, message=failure.message, arguments=after
        )
    if frame.kind is not Kind.RETURN:
        return Execution(outcome=Outcome.PROTOCOL, message="not an answer")
    return Execution(outcome=Outcome.RETURNED, value=frame.body, arguments=after)


def _with_account(execution: Execution, end: JobEnd, streams: Streams, wall_s: float) -> Execution:
    return replace(
        execution,
        stdout=streams.stdout,
        stderr=streams.stderr,
        cpu_s=end.cpu_s,
        wall_s=wall_s,
        peak_mb=end.peak_mb,
    )
