"""Runs one program on one case in a job that traces itself, and brings back the execution and the packed record.

The answer comes first, so that it is timed as any other; then the record, whose packing has a budget of its own. A
program that is stopped at its CPU limit sends its record and no answer.

Leaves out: what the record says (`observe/events.py`), judging.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.run.channel import Frame, Kind
from trialrun.run.failures import ended_execution, load_execution, read_failure
from trialrun.run.job import Ended, Job
from trialrun.run.sandbox import Sandbox, load_plan
from trialrun.run.streams import Streams
from trialrun.run.whole import completion

PACKING_S = 20.0
"""CPU seconds that packing a record may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a traced run brought."""

    execution: Execution
    record: bytes | None
    """The packed record; hostile. None where none came."""


def run_traced(
    sandbox: Sandbox,
    program: Program,
    limits: Limits,
    settings: dict[str, Any],
    *,
    call: bytes | None = None,
    stdin: str = "",
    argv: Sequence[str] = (),
) -> Recorded:
    """Run a program, or one encoded call of its entry point, under the settings of `run/child/tracing.py`."""
    streams = Streams(limits.output_kb << 10, stdin.encode("utf-8", "surrogatepass"))
    began = time.monotonic()
    plan: dict[str, Any] = {"trace": {**settings, "cpu_s": limits.cpu_s}}
    if call is None:
        plan |= {"argv": list(argv)}
        body = load_plan(program.source, mode="main", limits=limits, **plan)
    else:
        plan |= {"entries": [program.entry], "after": True, "flush": True}
        body = load_plan(program.source, mode="value", limits=limits, **plan)
    record: bytes | None = None
    execution: Execution | None = None
    steps = 3 + math.ceil(PACKING_S / limits.stop_s)
    try:
        with sandbox.job(limits, cases=steps, streams=streams) as job:
            try:
                job.send(Kind.LOAD, 0, body)
                execution, record = _answer(job, call, limits)
                if record is None and execution.outcome not in (Outcome.LOAD, Outcome.PROTOCOL):
                    job.begin_case()
                    job.grant(PACKING_S)
                    frame = job.receive()
                    record = frame.body if frame.kind is Kind.NOTES else None
            except Ended as ended:
                execution = execution or ended_execution(ended)
            end = job.stop()
        return Recorded(
            execution=replace(
                execution,
                stdout=streams.stdout,
                stderr=streams.stderr,
                wall_s=time.monotonic() - began,
                peak_mb=end.peak_mb,
            ),
            record=record,
        )
    finally:
        streams.close()


def _answer(job: Job, call: bytes | None, limits: Limits) -> tuple[Execution, bytes | None]:
    """Return how the run ended, and the record where it came instead of an answer."""
    after: bytes | None = None
    if call is not None:
        ready = job.receive()
        if ready.kind is Kind.RAISE:
            return load_execution(read_failure(ready.body)), None
        job.begin_case()
        job.send(Kind.CALL, 0, call)
    job.grant(PACKING_S)  # the job ends itself at its limit, and then has to pack
    frame = job.receive()
    if frame.kind is Kind.AFTER:
        after, frame = frame.body, job.receive()
    cpu_s = job.spent() + PACKING_S
    if frame.kind is Kind.NOTES:
        if cpu_s < 0.9 * limits.cpu_s:
            return Execution(outcome=Outcome.PROTOCOL, message="a record and no answer"), frame.body
        message = f"used {limits.cpu_s:.2f} s of CPU time"
        return Execution(outcome=Outcome.TIMEOUT, message=message, cpu_s=limits.cpu_s), frame.body
    execution = _read(frame) if call is not None else completion(frame)
    if cpu_s >= limits.cpu_s:
        message = f"used {cpu_s:.2f} s of CPU time"
        execution = Execution(outcome=Outcome.TIMEOUT, message=message)
    return replace(execution, arguments=after, cpu_s=cpu_s), None


def _read(frame: Frame) -> Execution:
    if frame.kind is Kind.RETURN:
        return Execution(outcome=Outcome.RETURNED, value=frame.body)
    if frame.kind is not Kind.RAISE:
        return Execution(outcome=Outcome.PROTOCOL, message="not an answer")
    failure = read_failure(frame.body)
    return Execution(outcome=failure.outcome, exception=failure.type_name, message=failure.message)
