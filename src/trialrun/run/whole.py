"""Runs a whole program: stdin in, stdout out. Also the one way to run test code in the candidate's own process.

A program counts as finished only with its completion message; `os._exit(0)` after the right output is an exit, not
a completion. In mode `same` the completion message lies in the program's reach, so what follows from it is weak.

Leaves out: judging outputs (`verify/programs.py`).
"""

import marshal
import os
import time
from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace

from trialrun.core import values
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.filenames import fault_among
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.run.channel import Frame, Kind
from trialrun.run.failures import ended_execution, fields, load_execution, read_failure
from trialrun.run.job import TOO_MUCH, Ended, Job, JobEnd
from trialrun.run.limits import SCRATCH_FILES, SCRATCH_MB
from trialrun.run.sandbox import Sandbox, load_plan
from trialrun.run.streams import Streams

_STEPS = 3
_INPUT_MB = SCRATCH_MB // 2
"""Room for input files; the program's own files need some too."""
MOST_INPUTS = SCRATCH_FILES // 4
MOST_FILES = 1000
"""Files that are read back at most, where all are asked for."""
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
        plan |= {"room": room, "most": MOST_FILES if collect == "all" else SCRATCH_FILES}
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
                execution = _collected(job, collect, dict(files))
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
        return completion(job.receive())
    except Ended as ended:
        return ended_execution(ended)


def completion(frame: Frame) -> Execution:
    """Return how a whole program ended, by its completion message."""
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


def _collected(job: Job, collect: Sequence[str] | Literal["all"], given: dict[str, bytes]) -> Execution:
    """Return the completed execution with the files that the job sends now: of all, those that it made or changed.

    The job first says which there are, so that it is never told a name that it had not thought of.
    """
    try:
        there = _file_list(job.receive(), paired=False)
        chosen = [name for name in there if collect == "all" or os.fsdecode(name) in collect]
        job.send(Kind.FILES, 0, marshal.dumps(chosen, 2))
        found = _file_list(job.receive(), paired=True)
    except Ended as ended:
        return ended_execution(ended)
    asked = set(chosen)
    kept = {name: content for name, content in zip(found[::2], found[1::2], strict=True) if name in asked}
    files = [(os.fsdecode(name), content) for name, content in kept.items()]
    if collect == "all":
        files = [(name, content) for name, content in files if given.get(name) != content]
    return Execution(outcome=Outcome.RETURNED, files=tuple(sorted(files)))


def _file_list(frame: Frame, *, paired: bool) -> tuple[bytes, ...]:
    """Return what a frame of files holds behind its fault: names, or names and contents. Raises `Ended`."""
    try:
        tree = parse(frame.body, limit=len(frame.body)) if frame.kind is Kind.FILES else None
    except values.Malformed:
        tree = None
    fault, *rest = tree[1:] if type(tree) is tuple and tree[0] == values.TUPLE and len(tree) > 1 else (None,)
    if type(fault) is not str or (paired and len(rest) % 2) or not all(type(item) is bytes for item in rest):
        raise Ended(Outcome.PROTOCOL, "a malformed list of files")
    if fault:
        raise Ended(Outcome.OUTPUT, fault[:200])
    return tuple(rest)


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
    if execution.outcome is Outcome.RETURNED and streams.full:
        # The rest was still in the pipe when it completed, and has not been looked at.
        execution = replace(execution, outcome=Outcome.OUTPUT, message=TOO_MUCH, value=None, files=())
    return replace(
        execution,
        stdout=streams.stdout,
        stderr=streams.stderr,
        cpu_s=end.cpu_s,
        wall_s=wall_s,
        peak_mb=end.peak_mb,
    )
