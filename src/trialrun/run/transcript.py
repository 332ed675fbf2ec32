"""What a test asked of the reference, and what it was answered: a program that answers the same passes the same.

A tester with a fixed seed that gets the same answers does the same things, so where each call of the transcript brings
the very bytes that the reference's did, the test would pass, and needs no process of its own. A call is sent only once
the one before was answered rightly: what a test asks may depend on what it was told, and no program shall read an
answer out of a question. Whatever differs, comes near a limit or ends early is no verdict: then the test has to be run.

No transcript is made of a test that could see more than answers (it imports a clock, say), that the reference does not
pass, that is called back, or in which objects stay on their side of the channel.

Leaves out: the verdict (`verify/tests.py`).
"""

import marshal

import msgspec

from trialrun.core import values
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck
from trialrun.lang.imports import imported_modules
from trialrun.run.channel import Frame, Kind
from trialrun.run.dialogue import TestReport, backstop, run_test
from trialrun.run.job import Ended
from trialrun.run.sandbox import Sandbox, load_plan
from trialrun.store.cache import BlobCache, content_key

_FORMAT = "transcript-1"
_LIMITS = Limits(cpu_s=60.0, memory_mb=4096)
"""Of the reference, which is slow at worst."""
_PURE = {
    "bisect",
    "collections",
    "copy",
    "functools",
    "heapq",
    "itertools",
    "math",
    "operator",
    "random",
    "re",
}
_PURE |= {"string", "typing"}
"""Modules whose functions depend on their arguments and the seed alone."""
_LARGEST = 4 << 20
_MOST = 10_000
_OPAQUE = marshal.dumps((values.OPAQUE, 0, ""), 2)[:10]
"""How an object that stays on its side begins; it may occur by chance, and then costs a transcript."""


class _Kept(list[Frame]):
    """The frames of a test while they are few and small; later ones make it no transcript, and are not kept."""

    size = 0

    def append(self, frame: Frame) -> None:
        """Keep one frame."""
        if self.size <= _LARGEST and len(self) <= 2 * _MOST:
            self.size += len(frame.body)
            super().append(frame)


class Transcript(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Calls of a test, in order, and the reference's answers."""

    calls: tuple[bytes, ...]
    answers: tuple[tuple[int, bytes], ...]
    """(kind of frame, body)."""


_KEPT = msgspec.msgpack.Decoder(Transcript | None)


def transcript_of(
    sandbox: Sandbox,
    task_hash: str,
    context: str,
    check: AssertCheck,
    reference: Program,
    cache: BlobCache,
    seed: int,
) -> Transcript | None:
    """Return what a test asks of the reference, or None where that does not tell how it ends. Kept in the cache."""
    if not imported_modules(f"{context}\n{check.code}") <= _PURE:
        return None
    key = content_key(_FORMAT, task_hash, check.name, str(seed), sandbox.isolation.python.fingerprint)
    kept = cache.get(key)
    if kept is None:
        frames = _Kept()
        report = run_test(sandbox, reference, context, check, _LIMITS, seed=seed, frames=frames)
        found = _transcript(frames) if report.passed and report.calls else None
        kept = msgspec.msgpack.encode(found)
        cache.put(key, kept)
    read: Transcript | None = _KEPT.decode(kept)
    return read


def _transcript(frames: list[Frame]) -> Transcript | None:
    """Read the frames that both sides sent; None where they are no plain questions and answers."""
    calls, answers = frames[::2], frames[1::2]
    size = sum(len(frame.body) for frame in frames)
    if len(calls) != len(answers) or len(calls) > _MOST or size > _LARGEST:
        return None
    if any(frame.kind is not Kind.CALL for frame in calls) or any(_OPAQUE in frame.body for frame in frames):
        return None
    if any(frame.kind not in (Kind.RETURN, Kind.RAISE) for frame in answers):
        return None
    return Transcript(
        tuple(frame.body for frame in calls), tuple((int(frame.kind), frame.body) for frame in answers)
    )


def answers_alike(
    sandbox: Sandbox, program: Program, check: AssertCheck, transcript: Transcript, limits: Limits
) -> TestReport | None:
    """Return the report of a test that passes since a program gives the transcript's answers; None where it does not.

    None too where a call comes near its CPU limit, or there are more calls than may be made. A fault of the machine
    raises `SandboxError`.
    """
    if len(transcript.calls) > limits.calls:
        return None
    plan = load_plan(program.source, mode="graph", limits=limits, entries=list(check.remote))
    with sandbox.job(limits, cases=backstop(limits)) as job:
        try:
            job.send(Kind.LOAD, 0, plan)
            if job.receive().kind is not Kind.READY:
                return None
            for number, (call, (kind, body)) in enumerate(
                zip(transcript.calls, transcript.answers, strict=True)
            ):
                job.begin_case()
                job.send(Kind.CALL, number, call)
                answer = job.receive()
                if (answer.kind, answer.number, answer.body) != (kind, number, body):
                    return None
                if job.spent() >= limits.near_s:
                    return None
        except Ended:
            return None
        end = job.stop()
    return TestReport(passed=True, calls=len(transcript.calls), cpu_s=end.cpu_s, peak_mb=end.peak_mb)
