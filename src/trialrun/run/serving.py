"""A program that stays loaded and answers calls as they are thought of, for a search that learns from each answer.

One job serves many calls; each answer brings, beside the execution, what the call printed and the branches that no
earlier call of this job took (`child/watch.py`). A call that ends the job (time, memory, exit) is recorded as that,
and a fresh job serves the next one. Clock and chance are frozen (`child/frozen.py`) unless that is declined.

State may survive from call to call: what a search finds here is a suspicion, to be confirmed by `alone`, which gives
every call a job of its own.

Leaves out: deciding what to call, comparing.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from msgspec import structs

from trialrun.core import values
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.run.channel import Frame, Kind
from trialrun.run.failures import ended_execution, load_execution, read_failure
from trialrun.run.job import Ended, Job, ZygoteDied
from trialrun.run.sandbox import Sandbox, load_plan

_NOTES = 4 << 20
"""Bytes of one note that are read at most: twice what an honest one takes."""
MOST_BRANCHES = 1 << 16
"""Branches of one program that are remembered: notes lie in its reach, and it could make up any number."""

LOAD_S = 4.0
"""CPU seconds that loading may take beyond the limit of a call: a program may import a whole package."""

_FEW = 4
"""Calls under way that are not worth waiting for together."""
_GATHER_S = 0.0005
"""CPU seconds of a call that is quick, and for how long the answers of such are left to gather: being woken for each
of them costs more than they do."""

Branch = tuple[Any, ...]
"""(file, qualified name, its first line, offset, destination); destination −1 is the function's start."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What one call did."""

    execution: Execution
    branches: tuple[Branch, ...] = ()
    """Branches that no earlier call took."""


class _Slow(Exception):
    """A call ended, past its limit."""


class _Together(Exception):
    """Several calls ended, together past the limit of one."""


@dataclass(slots=True)
class Serving:
    """One program, ready to be called. Use as a context manager: leaving ends its job."""

    sandbox: Sandbox
    program: Program
    limits: Limits
    watch: tuple[str, ...] = ()
    """Beginnings of the names of the files whose branches are told."""
    frozen: bool = True
    cpu_s: float = 0.0
    """CPU seconds of jobs that have ended; `spent` adds the present one's."""
    failed: Execution | None = None
    """How loading failed, if it did: then every call is answered by this."""
    taken: set[Branch] = field(default_factory=set, init=False, repr=False)
    """Branches that some call took, in whatever job."""
    _job: Job | None = None
    _number: int = 0
    _before: float = 0.0
    """CPU seconds of the present job before the call that it is at."""
    _plan: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        if self.frozen:
            self.sandbox = self.sandbox.frozen()
        names = [self.program.entry or ""]
        self._plan = load_plan(
            self.program.source,
            mode="value",
            limits=self.limits,
            entries=names,
            after=True,
            flush=True,
            watch=list(self.watch),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # That the zygote is gone with the job is nothing to somebody who wants no more.
        with contextlib.suppress(ZygoteDied):
            self.close()

    @property
    def spent(self) -> float:
        """CPU seconds of all jobs so far."""
        return self.cpu_s + (self._job.cpu() if self._job is not None else 0.0)

    def call(self, calls: Sequence[bytes], *, stop_at_hang: bool = False) -> list[Reply]:
        """Make encoded calls (`batch.encode_calls`) in order; return one reply each.

        With `stop_at_hang` the call that runs into its time limit is the last: what follows may be as dear.
        """
        replies: list[Reply] = []
        ahead = len(calls)
        while len(replies) < len(calls) and self.failed is None:
            done, asked = len(replies), ahead
            ahead = len(calls)
            try:
                self._serve(calls[done : done + asked], replies)
            except _Slow:
                self.close()
                if stop_at_hang:
                    break
            except _Together:
                self.close()
                ahead = 1
            except Ended as ended:
                execution = ended_execution(ended)
                if self._job is not None and self._number == 0:
                    self.failed = structs.replace(execution, message=f"while loading: {execution.message}")
                else:
                    spent = max(0.0, ended.end.cpu_s - self._before)
                    replies.append(Reply(structs.replace(execution, cpu_s=spent)))
                self.close()
                if stop_at_hang and execution.outcome is Outcome.TIMEOUT and replies:
                    break
        if self.failed is not None:
            replies += [Reply(self.failed)] * (len(calls) - len(replies))
        return replies

    def alone(self, call: bytes) -> Execution:
        """Make one call in a job of its own, at its own speed: without looking at branches."""
        other = replace(self, watch=(), **FRESH)
        with other:
            execution = other.call([call])[0].execution
        self.cpu_s += other.cpu_s
        return execution

    def close(self) -> None:
        """End the present job."""
        job, self._job, self._number = self._job, None, 0
        if job is not None:
            self.cpu_s += job.stop().cpu_s

    def _serve(self, calls: Sequence[bytes], replies: list[Reply]) -> None:
        job = self._open()
        first = self._number
        for place, call in enumerate(calls):
            job.send(Kind.CALL, first + place, call)
        if first == 0:
            job.grant(LOAD_S)
            ready = job.receive()
            if ready.kind is Kind.RAISE:
                self.failed = load_execution(read_failure(ready.body))
                self.close()
                return
            self._number = 1
        job.begin_case()
        self._before = job.cpu()
        quick = True
        for place in range(len(calls)):
            if quick and len(calls) - place > _FEW and not job.channel.waiting:
                job.channel.flush()
                time.sleep(_GATHER_S)
            reply = self._reply(job, first + place)
            late = reply.execution.outcome is Outcome.TIMEOUT
            if late and job.channel.waiting and len(calls) > 1:
                # This process came late, and it may have been any of them: a call alone tells.
                raise _Together
            quick = reply.execution.cpu_s < _GATHER_S
            replies.append(reply)
            self._number = first + place + 1
            if late:
                # It came to an end after all; the calls behind it are in the job, and are made again in another.
                raise _Slow

    def _open(self) -> Job:
        if self._job is None:
            # The kernel's backstop for the whole job: enough for as many calls as a search makes.
            self._job = self.sandbox.job(self.limits, cases=1000)
            self._job.send(Kind.LOAD, 0, self._plan)
        return self._job

    def _reply(self, job: Job, number: int) -> Reply:
        after: bytes | None = None
        printed, branches, noted = b"", _NONE, False
        while True:
            frame = job.receive()
            if frame.number != number or frame.kind not in _ANSWERS:
                raise Ended(Outcome.PROTOCOL, "an answer to a call that was not made", job.stop())
            if frame.kind is Kind.AFTER and after is None:
                after = frame.body
            elif frame.kind is Kind.NOTES and not noted:
                printed, told = _notes(frame, job)
                branches, noted = self._new(told), True
            elif frame.kind in (Kind.RETURN, Kind.RAISE):
                break
            else:
                raise Ended(Outcome.PROTOCOL, "said something of a call twice", job.stop())
        cpu_s = job.spent()
        self._before += cpu_s
        job.begin_case()
        common: dict[str, Any] = {"arguments": after, "stdout": printed, "cpu_s": cpu_s}
        if cpu_s >= self.limits.cpu_s:
            execution = Execution(
                outcome=Outcome.TIMEOUT, message=f"used {cpu_s:.2f} s of CPU time", **common
            )
        elif frame.kind is Kind.RETURN:
            execution = Execution(outcome=Outcome.RETURNED, value=frame.body, **common)
        else:
            failure = read_failure(frame.body)
            execution = Execution(
                outcome=failure.outcome, exception=failure.type_name, message=failure.message, **common
            )
        return Reply(execution, branches)

    def _new(self, told: tuple[Branch, ...]) -> tuple[Branch, ...]:
        """Remember branches, as far as there is room; return those not known before."""
        fresh = tuple(branch for branch in told if branch not in self.taken)
        fresh = fresh[: MOST_BRANCHES - len(self.taken)]
        self.taken.update(fresh)
        return fresh


FRESH: dict[str, Any] = {"_job": None, "_number": 0, "_before": 0.0, "cpu_s": 0.0, "failed": None}
"""What `dataclasses.replace` has to set for another serving of the same program."""
_NONE: tuple[Branch, ...] = ()
_ANSWERS = (Kind.RETURN, Kind.RAISE, Kind.AFTER, Kind.NOTES)


def _notes(frame: Frame, job: Job) -> tuple[bytes, tuple[Branch, ...]]:
    """Return what was printed and the branches told. Raises `Ended` for what no honest job says."""
    try:
        read = _read_note(parse(frame.body, limit=_NOTES))
    except values.Malformed:
        read = None
    if read is None:
        raise Ended(Outcome.PROTOCOL, "a malformed note", job.stop())
    return read


def _read_note(tree: Any) -> tuple[bytes, tuple[Branch, ...]] | None:
    """Return what a note's tree says, or None where it has another form."""
    if type(tree) is not tuple or len(tree) != 5 or tree[0] != values.TUPLE:
        return None
    _, text, size, digest, told = tree
    if type(text) is not bytes or type(size) is not int or type(digest) is not int:
        return None
    if type(told) is not tuple or told[0] != values.LIST:
        return None
    if size > len(text):
        text += b"\n... (%d bytes, hash %x)" % (size, digest)
    branches = (branch[1:] for branch in told[1:] if type(branch) is tuple and len(branch) == 6)
    return text, tuple(branch for branch in branches if tuple(map(type, branch)) == _BRANCH)


_BRANCH = (str, str, int, int, int)
