"""Runs one program on many cases in one job: inputs go in, values come out, nothing is judged here.

Cases are streamed ahead of the answers, so that a case costs no round trip. The CPU budget is re-armed at every
answer; a case that ends the job (time, memory, exit) is recorded as that, and the rest goes on in a fresh job.

A job does not wait for this process: on a busy machine it is well into the next case when an answer is read here, and
what it has used by then counts for the wrong case. So a case whose CPU time may have been near the limit, by all that
the job used since the answer before the last, is marked as near; `metered` runs, which send each case only when the
clock was read, tell.

Leaves out: expected values, which never come near a job, and comparison.
"""

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from trialrun.core import values
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.channel import Frame, Kind
from trialrun.run.failures import ended_execution, load_execution, read_failure
from trialrun.run.job import Ended, Job, ZygoteDied
from trialrun.run.sandbox import Sandbox, load_plan
from trialrun.store.cache import BlobCache, content_key

_MANY = 100
"""Cases from which on their encoding is kept."""
_FORMAT = "calls-1"
_AHEAD = 256
"""Cases sent before the first of them is answered."""


def encode_calls(entry: str, cases: Iterable[Case]) -> list[bytes]:
    """Return the frame bodies that call `entry` with each case's arguments."""
    return [values.encode_graph([entry, None, case.args, {}], limit=1 << 30)[0] for case in cases]


def kept_calls(entry: str, cases: Sequence[Case], cache: BlobCache, *identity: str) -> list[bytes]:
    """Return what `encode_calls` does; of many cases it is kept in the cache, under what identifies them."""
    if len(cases) < _MANY:
        return encode_calls(entry, cases)
    key = content_key(_FORMAT, entry, *identity)
    kept = cache.get(key)
    if kept is not None:
        return msgspec.msgpack.decode(kept, type=list[bytes])
    calls = encode_calls(entry, cases)
    cache.put(key, msgspec.msgpack.encode(calls))
    return calls


def run_cases(
    sandbox: Sandbox,
    program: Program,
    calls: Sequence[bytes],
    limits: Limits,
    *,
    entries: Sequence[str] | None = None,
    arguments: bool = False,
    until: Callable[[Execution], bool] | None = None,
    account: Callable[[float, float], Any] | None = None,
    metered: bool = False,
    cancel: int | None = None,
) -> Generator[Execution, None, None]:
    """Yield one execution per call, in order; stop after one for which `until` is true.

    `entries` are the names that the calls use, by default the program's entry point. `arguments` asks for the
    arguments after each call. `metered` makes the CPU time of each case exact, at the price of a round trip.
    `account` is told CPU seconds and peak MiB of each job. A program that does not load
    yields one execution that says so, and nothing more. Raises `Cancelled` once the descriptor `cancel` is readable.
    """
    done = 0
    while done < len(calls):
        loaded = False
        with sandbox.job(limits, cases=len(calls) - done) as job:
            try:
                if cancel is not None:
                    job.watch(cancel)
                job.send(Kind.LOAD, 0, _plan(program, entries, limits, arguments=arguments))
                sent = done if metered else _send_ahead(job, calls, done, done)
                ready = job.receive()
                if ready.kind is Kind.RAISE:
                    yield load_execution(read_failure(ready.body))
                    return
                loaded = True
                answers = _metered if metered else _answers
                for execution in answers(job, calls, done, sent, limits):
                    done += 1
                    yield execution
                    if until is not None and until(execution):
                        return
            except Ended as ended:
                done += 1
                execution = ended_execution(ended)
                yield execution
                if not loaded or (until is not None and until(execution)):
                    return
            except GeneratorExit:
                # The caller wants no more; that the zygote is gone with the job is nothing to it.
                with contextlib.suppress(ZygoteDied):
                    job.stop()
                raise
            finally:
                end = job.stop()
                if account is not None:
                    account(end.cpu_s, end.peak_mb)


def _plan(program: Program, entries: Sequence[str] | None, limits: Limits, *, arguments: bool) -> bytes:
    names = list(entries or [program.entry or ""])
    return load_plan(program.source, mode="value", limits=limits, entries=names, after=arguments)


def _send_ahead(job: Job, calls: Sequence[bytes], sent: int, done: int) -> int:
    """Send calls, as far ahead of the answers as is good; return how many are sent."""
    while sent < len(calls) and sent - done < _AHEAD and not job.channel.unsent:
        job.send(Kind.CALL, sent, calls[sent])
        sent += 1
    return sent


def _answers(job: Job, calls: Sequence[bytes], done: int, sent: int, limits: Limits) -> Iterator[Execution]:
    after: bytes | None = None
    before, last = 0.0, job.cpu()
    """The job's CPU time at the answer before the last, and at the last."""
    job.begin_case()
    while done < len(calls):
        if sent - done < _AHEAD // 2:  # many at once, so that they go out together
            sent = _send_ahead(job, calls, sent, done)
        frame = _answer(job, done)
        if frame.kind is Kind.AFTER:
            after = frame.body
            continue
        done += 1
        spent = job.spent()
        total = job.cpu_seen
        yield _execution(frame, after, spent, limits, at_most=total - before)
        before, last = last, total
        after = None
        job.begin_case()


def _metered(job: Job, calls: Sequence[bytes], done: int, sent: int, limits: Limits) -> Iterator[Execution]:
    for number in range(done, len(calls)):
        after: bytes | None = None
        job.begin_case()
        job.send(Kind.CALL, number, calls[number])
        while (frame := _answer(job, number)).kind is Kind.AFTER:
            after = frame.body
        spent = job.spent()
        yield _execution(frame, after, spent, limits, at_most=spent)


def _answer(job: Job, number: int) -> Frame:
    frame = job.receive()
    if frame.number != number or frame.kind not in (Kind.RETURN, Kind.RAISE, Kind.AFTER):
        raise Ended(Outcome.PROTOCOL, "an answer to a case that was not asked", job.stop())
    return frame


def _execution(
    frame: Frame, after: bytes | None, cpu_s: float, limits: Limits, *, at_most: float
) -> Execution:
    near = limits.is_near(cpu_s) or (at_most > cpu_s and at_most >= limits.near_s)
    if cpu_s >= limits.cpu_s:
        message = f"used {cpu_s:.2f} s of CPU time"
        return Execution(outcome=Outcome.TIMEOUT, message=message, cpu_s=cpu_s, near_limit=near)
    if frame.kind is Kind.RETURN:
        return Execution(
            outcome=Outcome.RETURNED, value=frame.body, arguments=after, cpu_s=cpu_s, near_limit=near
        )
    failure = read_failure(frame.body)
    return Execution(
        outcome=failure.outcome,
        exception=failure.type_name,
        message=failure.message,
        arguments=after,
        cpu_s=cpu_s,
        near_limit=near,
    )
