"""Runs a whole program: stdin in, stdout out. Also the one way to run test code in the candidate's own process.

A program counts as finished only with its completion message; `os._exit(0)` after the right output is an exit, not
a completion. In mode `same` the completion message lies in the program's reach, so what follows from it is weak.

Leaves out: judging outputs (`verify/programs.py`).
"""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from trialrun.core import values
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.filenames import fault_among
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.run.channel import Kind
from trialrun.run.failures import ended_execution, fields, load_execution, read_failure
from trialrun.run.job import Ended, Job, JobEnd
from trialrun.run.limits import SCRATCH_FILES, SCRATCH_MB
from trialrun.run.sandbox import Sandbox, load_plan
from trialrun.run.streams import Streams

_STEPS = 3
_INPUT_MB = SCRATCH_MB // 2
"""Room for input files; the program's own files need some too."""
MOST_INPUTS = SCRATCH_FILES // 4
_PAGE = 4096


def run_program(
    sandbox: Sandbox,
    program: Program,
    limits: Limits,
    *,
    stdin: str = "",
    argv: Sequence[str] = (),
    files: Sequence[tuple[str, bytes]] = (),
    collect: Sequence[str] | Literal["all"] = (),
    test: str | None = None,
    cancel: int | None = None,
) -> Execution:
    """Run a program to its end, or with `test` test code after it in the same process (a weak verdict).

    `files` lie in its working directory as it starts. `collect` names the files to bring back from there, `all` for
    every file that it made or changed. Raises `UsageError` for input files that cannot be put there, and `Cancelled`
    once the descriptor `cancel` is readable.
    """
    check_files(files, limits)
    streams = Streams(limits.output_kb << 10, stdin.encode("utf-8", "surrogatepass"))
    plan = {"argv": list(argv), "files": [(name, content) for name, content in files]}
    if collect:
        room = min(limits.file_mb << 20, (limits.value_kb << 10) - 64)
        plan |= {"collect": None if collect == "all" else list(collect), "room": room}
    began = time.monotonic()
    try:
        with sandbox.job(limits, cases=_STEPS, streams=streams) as job:
            if cancel is not None:
                job.watch(cancel)
            mode = "main" if test is None else "same"
            job.send(
                Kind.LOAD, 0, load_plan(program.source, mode=mode, limits=limits, code=test or "", **plan)
            )
            execution = _completion(job)
            if collect and execution.outcome is Outcome.RETURNED:
                execution = _collected(job, dict(files) if collect == "all" else {})
            end = job.stop()
        found = _with_account(execution, end, streams, time.monotonic() - began)
        return _in_time(found, limits)
    finally:
        streams.close()


def check_files(files: Sequence[tuple[str, bytes]], limits: Limits) -> None:
    """Raise `UsageError` for input files that a job could not be given."""
    fault = fault_among(name for name, _ in files)
    if fault is not None:
        raise UsageError(fault)
    if len(files) > MOST_INPUTS:
        raise UsageError(f"{len(files):,} input files; a program is given at most {MOST_INPUTS:,}")
    for name, content in files:
        if len(content) > limits.file_mb << 20:
            raise UsageError(
                f"the input file {name!r} is larger than the {limits.file_mb} MiB of --file-limit"
            )
    if sum(len(content) + _PAGE for _, content in files) > _INPUT_MB << 20:
        raise UsageError(f"the input files take more than {_INPUT_MB} MiB in all")


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
    facts = fields(frame.body, bool, bool, str, str, int) if frame.kind is Kind.DONE else None
    if facts is None:
        return Execution(outcome=Outcome.PROTOCOL, message="a malformed completion message")
    passed, _, name, message, _ = facts
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


def _collected(job: Job, given: dict[str, bytes]) -> Execution:
    """Return the completed execution with the files that the job sends now, but those that are as they were given."""
    try:
        frame = job.receive()
    except Ended as ended:
        return ended_execution(ended)
    try:
        tree = parse(frame.body, limit=len(frame.body)) if frame.kind is Kind.FILES else None
    except values.Malformed:
        tree = None
    fault, *rest = tree[1:] if type(tree) is tuple and tree[0] == values.TUPLE and len(tree) > 1 else (None,)
    if type(fault) is not str or len(rest) % 2 or not all(type(item) is bytes for item in rest):
        return Execution(outcome=Outcome.PROTOCOL, message="a malformed list of files")
    if fault:
        return Execution(outcome=Outcome.OUTPUT, message=fault[:200])
    names = [os.fsdecode(name) for name in rest[::2]]
    found = [
        (name, content) for name, content in zip(names, rest[1::2], strict=True) if given.get(name) != content
    ]
    return Execution(outcome=Outcome.RETURNED, files=tuple(sorted(found)))


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


def _in_time(execution: Execution, limits: Limits) -> Execution:
    """Return the execution as the CPU limit has it; a job is only stopped some way past it."""
    if execution.outcome in (Outcome.TIMEOUT, Outcome.OUTPUT):
        return execution
    near = limits.is_near(execution.cpu_s)
    if execution.cpu_s < limits.cpu_s:
        return replace(execution, near_limit=near)
    message = f"used {execution.cpu_s:.2f} s of CPU time"
    return replace(
        execution, outcome=Outcome.TIMEOUT, exception=None, message=message, files=(), near_limit=near
    )


def _with_account(execution: Execution, end: JobEnd, streams: Streams, wall_s: float) -> Execution:
    return replace(
        execution,
        stdout=streams.stdout,
        stderr=streams.stderr,
        cpu_s=end.cpu_s,
        wall_s=wall_s,
        peak_mb=end.peak_mb,
    )
