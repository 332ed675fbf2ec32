"""`Sandbox`: the zygotes of one run, one for candidates and one for testers, shared by all threads.

Starts a zygote when it is first needed and a new one when one has died. `healthy` runs a control program: only
when that fails too is a fault the machine's and not the candidate's (trust rule 7).

Leaves out: what jobs do (`batch.py`, `dialogue.py`, `whole.py`).
"""

import marshal
import threading
from types import TracebackType
from typing import Any

from trialrun.core.errors import SandboxError
from trialrun.core.execution import Limits
from trialrun.run.channel import Kind
from trialrun.run.job import Ended, Job, ZygoteDied
from trialrun.run.streams import Streams
from trialrun.run.supervisor import Isolation, Zygote

PRELOAD = (
    "bisect", "cmath", "collections", "copy", "datetime", "decimal", "enum", "fractions", "functools", "hashlib",
    "heapq", "itertools", "json", "math", "operator", "random", "re", "statistics", "string", "typing",
)  # fmt: skip
"""Modules that most candidates import: paid once per zygote, shared by every job."""


class Sandbox:
    """Where jobs come from. Use as a context manager: leaving ends every process it started."""

    def __init__(self, isolation: Isolation | None = None, *, preload: tuple[str, ...] = PRELOAD) -> None:
        self.isolation = isolation or Isolation()
        self._preload = preload
        self._zygotes: dict[bool, Zygote] = {}
        self._lock = threading.Lock()
        self.closed = False
        """Whether it was closed, perhaps by another thread that stops the run."""

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def tier(self) -> str:
        """What confines the jobs: `root`, `userns`, `landlock` or `unsafe`."""
        return self._zygote(tester=False).tier

    def describe(self) -> tuple[str, list[str]]:
        """Return the tier and what the kernel refused."""
        zygote = self._zygote(tester=False)
        return zygote.tier, list(zygote.refused)

    def job(
        self, limits: Limits, *, tester: bool = False, cases: int = 1, streams: Streams | None = None
    ) -> Job:
        """Clone a job, from a new zygote if the present one has died."""
        zygote = self._zygote(tester=tester)
        try:
            return zygote.spawn(limits, cases=cases, streams=streams)
        except ZygoteDied:
            self.replace(zygote)
            return self._zygote(tester=tester).spawn(limits, cases=cases, streams=streams)

    def _zygote(self, *, tester: bool) -> Zygote:
        with self._lock:
            if self.closed:
                raise SandboxError("the sandbox is closed")
            if tester not in self._zygotes:
                self._zygotes[tester] = Zygote(tester=tester, isolation=self.isolation, preload=self._preload)
            return self._zygotes[tester]

    def replace(self, zygote: Zygote) -> None:
        """Drop a zygote; the next job gets a new one."""
        with self._lock:
            self._zygotes = {role: kept for role, kept in self._zygotes.items() if kept is not zygote}
        zygote.close()

    def refresh(self) -> None:
        """Drop all zygotes, for a retry that must not depend on what happened in them."""
        with self._lock:
            dropped, self._zygotes = list(self._zygotes.values()), {}
        for zygote in dropped:
            zygote.close()

    def healthy(self) -> str | None:
        """Run a control program in each role; return what is wrong with this machine, or None."""
        for tester in (False, True):
            try:
                with self.job(Limits(cpu_s=30.0), tester=tester) as job:
                    job.send(
                        Kind.LOAD, 0, load_plan("def control(): pass", entries=["control"], mode="value")
                    )
                    if job.receive().kind is not Kind.READY:
                        return "a control program that does nothing did not load"
            except (Ended, SandboxError) as error:
                return f"a control program that does nothing failed: {error}"
        return None

    def close(self) -> None:
        """End all zygotes and their jobs."""
        with self._lock:
            self.closed = True
            zygotes, self._zygotes = list(self._zygotes.values()), {}
        for zygote in zygotes:
            zygote.close()


def load_plan(source: str, *, mode: str, limits: Limits | None = None, **more: Any) -> bytes:
    """Return the body of the frame that tells a job what to load. It carries no expected value."""
    value_limit = (limits or Limits()).value_kb << 10
    plan = {
        "source": source,
        "mode": mode,
        "value_limit": value_limit,
        "after": False,
        "flush": False,
        "entries": [],
    }
    return marshal.dumps(plan | more, 2)
