"""Runs one program on many cases in one job: inputs go in, values come out, nothing is judged here.

Cases are streamed ahead of the answers, so that a case costs no round trip. The CPU budget is re-armed whenever
answers were read; a case that ends the job (time, memory, exit) is recorded as that, and the rest goes on in a fresh
job. Nearly all answers are the very bytes that are expected: these are told by their number, and nothing is made of
them.

A job does not wait for this process: on a busy machine several answers are read together, and the job is well into
the next case by then. What it has used counts for the first of them. Each took at most what the job used since a time
when none of the answers before had been sent whole; where that is near the limit, all are marked as near, and
`metered` runs, which send each case only when the clock was read, tell.

Leaves out: comparison, but for equal bytes. Expected values stay in this process: no frame to a job is made of them.
"""

import contextlib
import marshal
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from trialrun.core import values
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.channel import Kind
from trialrun.run.failures import ended_execution, load_execution, read_failure
from trialrun.run.job import Ended, Job, ZygoteDied
from trialrun.run.sandbox import Sandbox, load_plan
from trialrun.store.cache import BlobCache, content_key

_MANY = 100
"""Cases from which on their encoding is kept."""
_FORMAT = "calls-2"
_AHEAD = 256
"""Cases sent before the first of them is answered."""
_FEW = 16
"""Cases under way that are not worth waiting for together."""
_QUICK_S, _GATHER_S = 0.0001, 0.0005
"""CPU seconds of a case that takes less than being woken for it costs, and for how long such are left to gather."""


def encode_calls(entry: str, cases: Iterable[Case]) -> list[bytes]:
    """Return the frame bodies that call `entry` with each case's arguments.

    Those that are lists, tuples, dicts and atoms, each met once, travel as such; all others as a graph.
    """
    calls = []
    for case in cases:
        graph = values.encode_graph([entry, None, case.args, {}], limit=1 << 30)[0]
        calls.append(marshal.dumps([entry, case.args], 2) if _is_plain(case.args) else graph)
    return calls


def _is_plain(value: Any) -> bool:
    """Say whether `marshal` writes a value as it is: of builtin types, and nothing in it twice."""
    waiting, seen = [value], set()
    while waiting:
        item = waiting.pop()
        kind = type(item)
        if kind in _ATOMS or (kind is tuple and not item):
            continue
        if kind not in _NESTED or id(item) in seen:
            return False
        seen.add(id(item))
        waiting += item if kind is not dict else [*item.keys(), *item.values()]
    return True


_ATOMS = frozenset((type(None), bool, int, float, complex, str, bytes))
_NESTED = frozenset((list, tuple, dict))


def kept_calls(entry: str, cases: Sequence[Case], cache: BlobCache, *identity: str) -> list[bytes]:
    """Return what `encode_calls` does; of many cases it is kept in the cache, under what identifies them.

    Cases that are no tuple, since nobody has looked at them, are kept too.
    """
    if type(cases) is tuple and len(cases) < _MANY:
        return encode_calls(entry, cases)
    key = content_key(_FORMAT, entry, *identity)
    kept = cache.get(key)
    if kept is not None:
        return msgspec.msgpack.decode(kept, type=list[bytes])
    calls = encode_calls(entry, cases)
    cache.put(key, msgspec.msgpack.encode(calls))
    return calls


_Frame = tuple[Kind, int, bytes]


@dataclass(slots=True)
class Exact:
    """Answers that are right as they are, byte by byte; and how many calls gave theirs."""

    answers: Sequence[bytes | None]
    """The canonical bytes of what each call should return; None where an answer has to be looked at."""
    met: int = 0
    marks: Sequence[int] = ()
    """Counts of calls, growing, after which it is worth knowing what the job has used."""
    spent: list[float] = field(default_factory=list)
    """CPU seconds of the job when the answers up to each mark had been read, some behind it perhaps among them."""


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

    The options are those of `numbered_cases`, but that each call has its execution.
    """
    running = numbered_cases(
        sandbox,
        program,
        calls,
        limits,
        entries=entries,
        arguments=arguments,
        until=until,
        account=account,
        metered=metered,
        cancel=cancel,
    )
    with contextlib.closing(running):
        for _, execution in running:
            yield execution


def numbered_cases(
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
    exact: Exact | None = None,
) -> Generator[tuple[int, Execution], None, None]:
    """Yield (number, execution) of the calls in order; stop after one for which `until` is true.

    `entries` are the names that the calls use, by default the program's entry point. `arguments` asks for the
    arguments after each call. `metered` makes the CPU time of each case exact, at the price of a round trip.
    `account` is told CPU seconds and peak MiB of each job. Of calls that answer as `exact` has it, well within their
    limit, `exact` is told the number; they yield nothing. A program that does not load
    yields one execution that says so, and nothing more. Raises `Cancelled` once the descriptor `cancel` is readable.
    """
    at = _Place()
    answers = _metered if metered else _answers
    while at.done < len(calls):
        loaded = False
        with sandbox.job(limits, cases=len(calls) - at.done) as job:
            try:
                if cancel is not None:
                    job.watch(cancel)
                job.send(Kind.LOAD, 0, _plan(program, entries, limits, arguments=arguments))
                at.sent = at.done
                if not metered:
                    _send_ahead(job, calls, at)
                ready = job.receive()
                if ready.kind is Kind.RAISE:
                    yield at.done, load_execution(read_failure(ready.body))
                    return
                loaded = True
                for execution in answers(job, calls, at, limits, exact):
                    yield at.done - 1, execution
                    if until is not None and until(execution):
                        return
            except Ended as ended:
                at.done += 1
                execution = ended_execution(ended)
                yield at.done - 1, execution
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


@dataclass(slots=True)
class _Place:
    """How far a run is."""

    done: int = 0
    """Calls that were answered, or ended their job."""
    sent: int = 0


def _plan(program: Program, entries: Sequence[str] | None, limits: Limits, *, arguments: bool) -> bytes:
    names = list(entries or [program.entry or ""])
    return load_plan(program.source, mode="value", limits=limits, entries=names, after=arguments)


def _send_ahead(job: Job, calls: Sequence[bytes], at: _Place) -> None:
    """Send calls, as far ahead of the answers as is good."""
    while at.sent < min(len(calls), at.done + _AHEAD) and not job.channel.unsent:
        at.sent += job.channel.send_ahead(Kind.CALL, at.sent, calls[at.sent : at.done + _AHEAD])


def _answers(
    job: Job, calls: Sequence[bytes], at: _Place, limits: Limits, exact: Exact | None
) -> Iterator[Execution]:
    after: bytes | None = None
    since, quick = job.cpu_before, True
    job.begin_case()
    while at.done < len(calls):
        if at.sent - at.done < _AHEAD // 2:  # many at once, so that they go out together
            _send_ahead(job, calls, at)
        if quick and at.sent - at.done > _FEW:
            time.sleep(_GATHER_S)
        frames = iter(job.receive_all())
        spent = job.spent()
        at_most, first = job.cpu_seen - since, at.done
        known = exact if at_most < limits.near_s else None
        while at.done < len(calls):
            frame = next(frames, None) if known is None or after is not None else _unmet(frames, at, known)
            if frame is None or at.done == len(calls):
                break
            kind, number, body = frame
            _demand_answer(kind, number, job, at)
            if kind is Kind.AFTER:
                after = body
                continue
            at.done += 1
            cpu_s = spent if number == first else 0.0
            yield _execution(kind, body, after, cpu_s, limits, at_most=at_most)
            after = None
        if exact is not None:
            for mark in exact.marks[len(exact.spent) :]:
                if at.done >= mark:
                    exact.spent.append(job.cpu_seen)
        if at.done > first:
            since = job.cpu_before
            quick = spent < _QUICK_S * (at.done - first)
            job.begin_case()


def _unmet(frames: Iterator[_Frame], at: _Place, exact: Exact) -> _Frame | None:
    """Count frames as far as they are the answers that are due, right byte by byte; return the first other one."""
    answers, returned, number, sent = exact.answers, Kind.RETURN, at.done, at.sent
    found = None
    for frame in frames:
        kind, answered, body = frame
        if answered != number or number >= sent or kind is not returned or body != answers[number]:
            found = frame
            break
        number += 1
    exact.met += number - at.done
    at.done = number
    return found


def _metered(
    job: Job, calls: Sequence[bytes], at: _Place, limits: Limits, exact: Exact | None
) -> Iterator[Execution]:
    for number in range(at.done, len(calls)):
        after: bytes | None = None
        job.begin_case()
        job.send(Kind.CALL, number, calls[number])
        at.sent = number + 1
        while True:
            kind, answered, body = job.receive()
            _demand_answer(kind, answered, job, at)
            if kind is not Kind.AFTER:
                break
            after = body
        spent = job.spent()
        at.done += 1
        yield _execution(kind, body, after, spent, limits, at_most=spent)


def _demand_answer(kind: Kind, number: int, job: Job, at: _Place) -> None:
    """End the job where a frame does not belong to the answer that is due."""
    if number != at.done or number >= at.sent or kind not in _ANSWERS:
        raise Ended(Outcome.PROTOCOL, "an answer to a case that was not asked", job.stop())


_ANSWERS = (Kind.RETURN, Kind.RAISE, Kind.AFTER)


def _execution(
    kind: Kind, body: bytes, after: bytes | None, cpu_s: float, limits: Limits, *, at_most: float
) -> Execution:
    near = limits.is_near(cpu_s) or (at_most > cpu_s and at_most >= limits.near_s)
    if cpu_s >= limits.cpu_s:
        message = f"used {cpu_s:.2f} s of CPU time"
        return Execution(outcome=Outcome.TIMEOUT, message=message, cpu_s=cpu_s, near_limit=near)
    if kind is Kind.RETURN:
        return Execution(outcome=Outcome.RETURNED, value=body, arguments=after, cpu_s=cpu_s, near_limit=near)
    failure = read_failure(body)
    return Execution(
        outcome=failure.outcome,
        exception=failure.type_name,
        message=failure.message,
        arguments=after,
        cpu_s=cpu_s,
        near_limit=near,
    )
