"""`Sandbox`: where the jobs of one run come from, shared by all threads.

Zygotes are started when they are first needed (`pools.py`), one kind for candidates and one for testers.
`importing` gives the same sandbox with modules imported once for all jobs. `healthy` runs a control program: only
when that fails too is a fault the machine's and not the candidate's (trust rule 7).

Leaves out: what jobs do (`batch.py`, `dialogue.py`, `whole.py`).
"""

import copy
import marshal
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from trialrun.core.errors import SandboxError
from trialrun.core.execution import Limits, Network
from trialrun.run.channel import Kind
from trialrun.run.job import Ended, Job
from trialrun.run.pools import JOBS_PER_ZYGOTE, MOST_JOBS, Pools, Recipe
from trialrun.run.streams import Streams
from trialrun.run.supervisor import Isolation, Zygote

PRELOAD = ("collections", "functools", "itertools", "math", "re", "typing")
"""Modules that most programs import; every zygote has them."""
FROZEN = ("datetime", "random", "uuid")
"""Modules that freezing clock and chance touches."""
FOR_TESTS = ("copy", "random")
"""Modules that test code imports more often than programs do; the zygotes of testers have them."""


class Sandbox:
    """Where jobs come from. Use as a context manager: leaving ends every process it started."""

    def __init__(
        self,
        isolation: Isolation | None = None,
        *,
        preload: Iterable[str] = PRELOAD,
        most_jobs: int = MOST_JOBS,
        jobs_per_zygote: int = JOBS_PER_ZYGOTE,
    ) -> None:
        self.isolation = isolation or Isolation()
        self._modules = frozenset(preload)
        self._frozen = False
        self._pools = Pools(self.isolation, _control, most_jobs=most_jobs, jobs_per_zygote=jobs_per_zygote)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def importing(self, modules: Iterable[str]) -> Self:
        """Return this sandbox, with jobs in which `modules` are imported already; it is closed where this one is.

        Each new set of modules starts a zygote of its own: worth it for what takes long to import.
        """
        wanted = self._modules.union(modules)
        if wanted == self._modules:
            return self
        other = copy.copy(self)
        other._modules = wanted
        return other

    def frozen(self) -> Self:
        """Return this sandbox, with jobs in which clock and chance are the same for every call (`child/frozen.py`)."""
        if self._frozen:
            return self
        other = copy.copy(self.importing(FROZEN))
        other._frozen = True
        return other

    @property
    def modules(self) -> frozenset[str]:
        """Modules that jobs find imported."""
        return self._modules

    @property
    def closed(self) -> bool:
        """Whether it was closed, perhaps by another thread that stops the run."""
        return self._pools.closed

    @property
    def tier(self) -> str:
        """What confines the jobs: `root`, `userns`, `landlock` or `unsafe`."""
        return self.describe()[0]

    def describe(self) -> tuple[str, list[str]]:
        """Return the tier and what the kernel refused."""
        return self._pools.facts(self._recipe(tester=False))

    def job(
        self, limits: Limits, *, tester: bool = False, cases: int = 1, streams: Streams | None = None
    ) -> Job:
        """Clone a job as soon as there is room for one."""
        # Test code is the task's own and compares; it needs no network, whatever its program has.
        network = Network.NONE if tester else limits.network
        return self._pools.job(
            self._recipe(tester=tester, network=network), limits, cases=cases, streams=streams
        )

    def _recipe(self, *, tester: bool, network: Network = Network.NONE) -> Recipe:
        modules = self._modules.union(FOR_TESTS) if tester else self._modules
        frozen = self._frozen and not tester
        return Recipe(tester=tester, modules=tuple(sorted(modules)), network=network, frozen=frozen)

    def healthy(self) -> str | None:
        """Run a control program in each role; return what is wrong with this machine, or None."""
        for tester in (False, True):
            try:
                with self.job(_CONTROL, tester=tester) as job:
                    _demand_ready(job)
            except SandboxError as error:
                return f"a control program that does nothing did not run: {error}"
        return None

    def close(self, *, wait: bool = False) -> None:
        """End all zygotes and their jobs; `wait` lets the running jobs end first. No job starts any more."""
        self._pools.close(wait=wait)


_CONTROL = Limits(cpu_s=30.0, wall_s=60.0)


def _control(zygote: Zygote) -> None:
    """Raise `SandboxError` where a new zygote's jobs do not even load a program that does nothing."""
    try:
        with zygote.spawn(_CONTROL) as job:
            _demand_ready(job)
    except SandboxError as error:
        raise SandboxError(f"a new sandbox does not run a program that does nothing: {error}") from None


def _demand_ready(job: Job) -> None:
    plan = load_plan("def control(): pass", entries=["control"], mode="value")
    job.send(Kind.LOAD, 0, plan)
    try:
        ready = job.receive().kind is Kind.READY
    except Ended as error:
        raise SandboxError(f"{error.outcome}: {error.message}") from None
    if not ready:
        raise SandboxError("it did not load")


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
