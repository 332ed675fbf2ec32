"""`Pools`: the zygotes of one run, by what they are for, and the jobs that come from them.

Jobs of one recipe (role and imported modules) start from the same zygotes, so a heavy import is paid once per zygote
and never per job. A zygote is tried with a control program before it is used, gives way to a new one after some
thousand jobs or when it dies, and ends when its last job has. More callers than there is room for wait their turn.

Leaves out: what jobs do, how a zygote is walled in (`supervisor.py`, `child/zygote.py`).
"""

import functools
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from trialrun.core.errors import SandboxError
from trialrun.core.execution import Limits, Network
from trialrun.run.job import Job, ZygoteDied
from trialrun.run.starved import Starved
from trialrun.run.streams import Streams
from trialrun.run.supervisor import Isolation, Zygote

MOST_JOBS = 128
"""Jobs of one role at the same time; whoever wants one more waits."""
JOBS_PER_ZYGOTE = 10_000
"""Jobs after which a zygote is replaced, so that nothing that it gathers can grow without end."""
MOST_RECIPES = 8
"""Recipes whose zygotes are kept; beyond that, those of the recipe not used for longest end when they are idle."""
_CPUS_PER_ZYGOTE = 4
"""One zygote clones jobs for about this many CPUs; on larger machines a recipe gets more of them."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a zygote is made for."""

    tester: bool
    """Whether its jobs run test code; testers and candidates never share a zygote."""
    modules: tuple[str, ...]
    """Modules that it imports before it clones; sorted. What cannot be imported is left to the program."""
    network: Network = Network.NONE
    frozen: bool = False
    """Whether clock and chance are the same for all its jobs (`child/frozen.py`)."""


@dataclass(slots=True, eq=False)
class _Member:
    """One zygote of a pool."""

    zygote: Zygote
    given: int = 0
    live: int = 0
    retired: bool = False


@dataclass(slots=True, eq=False)
class _Pool:
    """The zygotes of one recipe."""

    starting: threading.Lock = field(default_factory=threading.Lock)
    """Held while a zygote is started, by whichever caller came first."""
    members: list[_Member] = field(default_factory=list)
    used: int = 0
    """When it was last used, as a count of all jobs."""


class Pools:
    """Safe to share between threads."""

    def __init__(
        self,
        isolation: Isolation,
        control: Callable[[Zygote], None],
        *,
        most_jobs: int = MOST_JOBS,
        jobs_per_zygote: int = JOBS_PER_ZYGOTE,
    ) -> None:
        """Start nothing yet. `control` raises `SandboxError` for a zygote that does not do its work."""
        self._isolation, self._control = isolation, control
        self._most_jobs, self._jobs_per_zygote = most_jobs, jobs_per_zygote
        self._zygotes_each = max(1, (os.cpu_count() or 1) // _CPUS_PER_ZYGOTE)
        self._pools: dict[Recipe, _Pool] = {}
        self._live = {False: 0, True: 0}
        self._count = 0
        self._facts: tuple[str, list[str]] | None = None
        self._changed = threading.Condition(threading.RLock())
        self.closed = False
        """Whether no more jobs are given, perhaps because another thread stops the run."""

    def job(self, recipe: Recipe, limits: Limits, *, cases: int, streams: Streams | None) -> Job:
        """Clone a job as soon as there is room, from a new zygote if the present one has died."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or self._live[recipe.tester] < self._most_jobs)
            self._refuse_if_closed()
            self._live[recipe.tester] += 1
        try:
            try:
                return self._spawn(recipe, limits, cases, streams)
            except ZygoteDied:
                return self._spawn(recipe, limits, cases, streams)
        except BaseException:
            self._leave(recipe.tester)
            raise

    def _spawn(self, recipe: Recipe, limits: Limits, cases: int, streams: Streams | None) -> Job:
        member = self._take(recipe)
        try:
            ended = functools.partial(self._ended, recipe, member)
            return member.zygote.spawn(limits, cases=cases, streams=streams, ended=ended)
        except BaseException as error:
            with self._changed:
                member.live -= 1
                member.retired |= isinstance(error, ZygoteDied)
            self._sweep()
            raise

    def facts(self, recipe: Recipe) -> tuple[str, list[str]]:
        """Return the tier and what the kernel refused, as the first zygote found it."""
        if self._facts is None:
            member = self._take(recipe)
            with self._changed:
                member.live -= 1
        assert self._facts is not None
        return self._facts

    def _take(self, recipe: Recipe) -> _Member:
        """Return the member with the fewest jobs, counted as having one more; start one where that is due."""
        with self._changed:
            pool = self._pools.setdefault(recipe, _Pool())
            self._count += 1
            pool.used = self._count
            member = self._free_member(pool)
        if member is None:
            with pool.starting:
                with self._changed:
                    member = self._free_member(pool)
                member = member or self._start(recipe, pool)
        return member

    def _free_member(self, pool: _Pool) -> _Member | None:
        present = [member for member in pool.members if not member.retired]
        if not present:
            return None
        member = min(present, key=lambda member: member.live)
        if member.live >= _CPUS_PER_ZYGOTE and len(present) < self._zygotes_each:
            return None
        member.live += 1
        member.given += 1
        member.retired = member.given >= self._jobs_per_zygote
        return member

    def _start(self, recipe: Recipe, pool: _Pool) -> _Member:
        zygote = self._tried(recipe)
        try:
            with self._changed:
                self._refuse_if_closed()
                self._facts = self._facts or (zygote.tier, list(zygote.refused))
                member = _Member(zygote, given=1, live=1)
                pool.members.append(member)
                self._retire_unused()
        except BaseException:
            zygote.close()
            raise
        self._sweep()
        return member

    def _tried(self, recipe: Recipe) -> Zygote:
        """Start a zygote and try it. No program has been near it, so its fault is the machine's."""
        try:
            zygote = Zygote(
                tester=recipe.tester,
                isolation=self._isolation,
                preload=recipe.modules,
                network=recipe.network,
                frozen=recipe.frozen,
            )
            try:
                self._control(zygote)
            except BaseException:
                zygote.close()
                raise
        except SandboxError as error:
            raise Starved(str(error)) from None
        return zygote

    def _retire_unused(self) -> None:
        """Where there are too many recipes, retire the zygotes of the idle one that was not used for longest."""
        started = [pool for pool in self._pools.values() if pool.members]
        idle = [pool for pool in started if not any(member.live for member in pool.members)]
        if len(started) > MOST_RECIPES and idle:
            for member in min(idle, key=lambda pool: pool.used).members:
                member.retired = True

    # -- ends

    def _ended(self, recipe: Recipe, member: _Member) -> None:
        """Note that a job has ended and was collected."""
        with self._changed:
            member.live -= 1
            over = member.retired and not member.live
        self._leave(recipe.tester)
        if over:
            self._sweep()

    def _leave(self, tester: bool) -> None:
        with self._changed:
            self._live[tester] -= 1
            self._changed.notify_all()

    def _sweep(self) -> None:
        """Close the retired zygotes whose last job has ended."""
        with self._changed:
            over = [member for member in self._members() if member.retired and not member.live]
            for pool in self._pools.values():
                pool.members = [member for member in pool.members if member not in over]
        for member in over:
            member.zygote.close()

    def _members(self) -> Iterator[_Member]:
        for pool in self._pools.values():
            yield from pool.members

    def _refuse_if_closed(self) -> None:
        if self.closed:
            raise SandboxError("the sandbox is closed")

    def close(self, *, wait: bool = False) -> None:
        """Give no more jobs and end all zygotes, and with them their jobs; `wait` lets running jobs end first."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()
            if wait:
                self._changed.wait_for(lambda: not any(self._live.values()))
            members = list(self._members())
            self._pools.clear()
        for member in members:
            member.zygote.close()
