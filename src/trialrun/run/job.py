"""`Job`: the supervisor's handle of one sandboxed process: its channel, its two clocks, its end.

A job is waited for with two budgets: CPU time, read from the kernel's clock of that process, decides; a loose wall
guard, from which the time spent waiting for a CPU is taken off, ends jobs that only block. Its end is known from a
pidfd, its cost from the kernel's account.

Leaves out: where jobs come from (`supervisor.py`), what is sent and what it means (`batch.py`, `dialogue.py`).
"""

import contextlib
import math
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

from trialrun.core.errors import SandboxError
from trialrun.core.execution import Limits, Outcome
from trialrun.run.cgroups import CPU, Group
from trialrun.run.channel import BrokenChannel, Channel, Frame, Kind
from trialrun.run.starved import refusal
from trialrun.run.streams import Streams

_SHARED = "died by SIGKILL: the memory that all jobs share was used up"
TOO_MUCH = "wrote more than the output limit"
_AT_ONCE_S = 0.001
"""A case that begins so soon after the last answer begins where that one's CPU time ended."""
_ABSENT_S = 0.5
"""Looking again so much later than a wait was to end at the latest: the supervisor was not there."""
_DELAY_S = 1.0
"""How old may be what is known of this thread's own waiting when a case begins; to ask costs a few microseconds."""
_PATIENCE = 10
"""How often a job may block as long as the wall guard lets it; then it is stopped, however many cases it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnd:
    """How a job ended, by the kernel's account."""

    status: int
    """Exit code, or minus the signal number."""
    cpu_s: float
    peak_mb: float
    out_of_memory: bool = False
    """Whether the kernel killed a process of the job because all of them together reached the memory limit."""


class ZygoteDied(SandboxError):
    """The zygote is gone; its jobs are gone with it."""


@dataclass(slots=True)
class Ended(Exception):
    """The job will send nothing more: it ended, or was stopped."""

    outcome: Outcome
    message: str
    end: JobEnd = field(default_factory=lambda: JobEnd(status=0, cpu_s=0.0, peak_mb=0.0))


class Cancelled(Exception):
    """The run that the job belongs to was given up."""


class Job:
    """One sandboxed process and its channel. Use as a context manager: leaving kills it."""

    def __init__(
        self,
        reap: Callable[[], JobEnd],
        pidfd: int,
        channel: Channel,
        limits: Limits,
        streams: Streams | None,
        ended: Callable[[], None],
        *,
        group: Group | None = None,
        crowded: Callable[[], bool] = lambda: False,
    ) -> None:
        """`reap` collects the dead process; `ended` is called once, after that.

        `group` holds this job alone; `crowded` says whether all jobs together ran out of memory.
        """
        self._reap, self._pidfd, self._ended = reap, pidfd, ended
        self._group, self._crowded = group, crowded
        self._limits, self._streams = limits, streams
        self._waited = 0.0
        self.channel = channel
        host_pid = _host_pid(pidfd)
        self._clock = (
            ~host_pid << 3
        ) | 2  # the process CPU clock of another process, see clock_getcpuclockid(3)
        self._schedstat = f"/proc/{host_pid}/schedstat"
        self._before_group = 0.0
        if group is not None:
            self._before_group = time.clock_gettime(self._clock)
            try:
                group.attach(host_pid)
            except ProcessLookupError:  # it has ended already
                pass
            except OSError as error:
                raise SandboxError(f"a control group does not take the job: {error}") from None
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        if streams is not None:
            for descriptor in streams.started():
                self._poll.register(descriptor, select.POLLIN)
        self.end: JobEnd | None = None
        self._cancel = -1
        self._delay_before: float | None = None
        self._delay_at = -math.inf
        """What `own_delay` said last, and when it was asked."""
        self.cpu_seen, self._seen_at = 0.0, -math.inf
        """The CPU clock as it was last read for a case, in seconds, and when that was."""
        self.cpu_before, self._cpu_at_fill = 0.0, 0.0
        """The CPU clock when no frame that the last reading completed had been sent whole, and just before that
        reading."""
        self._looked_again = False
        self.begin_case()

    def __enter__(self) -> "Job":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def watch(self, cancel: int) -> None:
        """Raise `Cancelled` out of every wait once the descriptor `cancel` is readable."""
        self._cancel = cancel
        self._poll.register(cancel, select.POLLIN)

    def cpu(self) -> float:
        """CPU seconds that the job has used, from the kernel: all its processes where they have a group."""
        if self.end is not None:
            return self.end.cpu_s
        if self._group is not None and self._group.has(CPU):
            return self._before_group + self._group.cpu_s()
        try:
            return time.clock_gettime(self._clock)
        except OSError:  # gone with its zygote
            return 0.0

    def begin_case(self) -> None:
        """Re-arm both budgets. A caller that held the last answer for a while is charged to no case."""
        now = time.monotonic()
        if now - self._seen_at >= _AT_ONCE_S:
            self.cpu_seen = self.cpu()
        self._cpu_before = self.cpu_seen
        self._wall_before = self._paused = self._wait_began = self._due = now
        self._looked_again = False
        if now - self._delay_at >= _DELAY_S:
            self._delay_before, self._delay_at = own_delay(), now

    def grant(self, cpu_s: float) -> None:
        """Give the present case so much CPU time, and ten times that to block, beyond its limits."""
        self._cpu_before += cpu_s
        self._wall_before += 10.0 * cpu_s

    def spent(self) -> float:
        """CPU seconds used since the budgets were armed."""
        self.cpu_seen, self._seen_at = self.cpu(), time.monotonic()
        return self.cpu_seen - self._cpu_before

    def pause(self) -> None:
        """Stop the wall clock: it is another job's turn."""
        self._paused = time.monotonic()

    def resume(self) -> None:
        """Let the wall clock go on from where it was paused."""
        now = time.monotonic()
        self._wall_before += now - self._paused
        self._wait_began = self._due = now

    def send(self, kind: Kind, number: int, body: bytes) -> None:
        """Queue a frame for the job."""
        self.channel.send(kind, number, body)

    def receive(self) -> Frame:
        """Wait for the next frame. Raises `Ended` when the job ends, breaks the channel or exhausts a budget."""
        return self._heard(self.channel.next)

    def receive_all(self) -> list[tuple[Kind, int, bytes]]:
        """Wait for a frame; return all that have arrived by then, as `Channel.take` does. Raises as `receive`."""
        return self._heard(self.channel.take)

    def _heard[Found](self, look: Callable[[], Found | None]) -> Found:
        try:
            while not (found := look()):
                self._wait()
            self._refuse_overdraft()
            return found
        except BrokenChannel as error:
            raise Ended(Outcome.PROTOCOL, str(error), self.stop()) from None
        except OverflowError:
            raise Ended(Outcome.OUTPUT, TOO_MUCH, self.stop()) from None
        except OSError as error:  # the job's own faults come as frames, or as its end
            raise refusal(error) from None

    def _refuse_overdraft(self) -> None:
        """End a job that goes on after one of its processes was killed for the memory that all of them had."""
        if self._group is not None and self.end is None and self._group.oom_kills():
            raise self._overdrawn(self.stop())

    def _overdrawn(self, end: JobEnd) -> Ended:
        if end.peak_mb < 0.9 * self._limits.memory_mb:
            return Ended(Outcome.MEMORY, _SHARED, end)
        return Ended(
            Outcome.MEMORY, f"its processes together used more than {self._limits.memory_mb} MiB", end
        )

    def _wait(self) -> None:
        self.channel.flush()
        budget = self._check_budgets() if self.channel.closed is False else 0.0
        if self.channel.unsent:
            self._poll.modify(self.channel, select.POLLIN | select.POLLOUT)
        self._wait_began = time.monotonic()
        self._due = self._wait_began + budget
        events = self._poll.poll(budget * 1000)
        self._waited += min(budget, time.monotonic() - self._wait_began)
        for descriptor, event in events:
            if descriptor == self._cancel:
                raise Cancelled
            if descriptor != self.channel.fileno():
                assert self._streams is not None
                if not self._streams.read(descriptor):
                    self._poll.unregister(descriptor)
                continue
            if event & select.POLLOUT:
                self.channel.flush()
                if not self.channel.unsent:
                    self._poll.modify(self.channel, select.POLLIN)
            if event & ~select.POLLOUT:
                self._fill()

    def _fill(self) -> None:
        cpu = self.cpu()
        if not self.channel.fill():
            raise self._gone()
        if self.channel.pushed:
            # The job was waiting to be read, for however long this process did not come to it.
            self._wall_before = max(self._wall_before, time.monotonic())
        if self.channel.drained:  # else there may be whole frames that were sent and not seen
            self.cpu_before, self._cpu_at_fill = self._cpu_at_fill, cpu

    def _check_budgets(self) -> float:
        """Return how long to wait before looking again; raise `Ended` once a budget is exhausted."""
        self._refuse_overdraft()
        now = time.monotonic()
        if now > self._due + _ABSENT_S:
            # This process was stopped or starved, perhaps the job too: that is not the job's blocking.
            self._wall_before += now - self._wait_began
        used = self.cpu() - self._cpu_before
        cpu_left = self._limits.stop_s - used
        if cpu_left <= 0:
            if not self._looked_again:  # its answer may have come while this process had to wait for a CPU
                self._looked_again = True
                return 0.0
            raise Ended(Outcome.TIMEOUT, f"used {used:.2f} s of CPU time", self.stop())
        wall = now - self._wall_before
        guard_left = self._limits.guard_s - wall
        if guard_left <= 0:
            # Under load a job waits for a CPU without any fault of its own, and for this thread to read what it sends.
            guard_left = self._limits.guard_s - (wall - used - self._starved() - self._delayed())
            if guard_left <= 0:
                raise Ended(Outcome.TIMEOUT, f"blocked for {wall:.0f} s", self.stop())
        if self._waited > _PATIENCE * self._limits.guard_s:
            idle = self._waited - self.cpu() - self._starved()
            if idle > _PATIENCE * self._limits.guard_s:
                raise Ended(Outcome.TIMEOUT, f"blocked for {idle:.0f} s in all", self.stop())
        # Several threads may use several CPUs; then CPU time passes faster than wall time.
        return max(0.002, min(cpu_left / (os.cpu_count() or 1) if used > wall else cpu_left, guard_left))

    def _starved(self) -> float:
        try:
            return int(Path(self._schedstat).read_text().split()[1]) / 1e9
        except (OSError, IndexError, ValueError):
            return 0.0

    def _delayed(self) -> float:
        """Return how long this thread waited for a CPU since about when the case began."""
        delay = own_delay()
        return delay - self._delay_before if delay is not None and self._delay_before is not None else 0.0

    def _gone(self) -> Ended:
        """Explain a channel that was closed by the job's side."""
        ready = select.poll()
        ready.register(self._pidfd, select.POLLIN)
        if not ready.poll(1000):
            return Ended(Outcome.PROTOCOL, "closed its channel", self.stop())
        end = self.stop()
        if end.out_of_memory:
            return self._overdrawn(end)
        if end.status >= 0:
            return Ended(Outcome.EXITED, f"exited with code {end.status} without completing the case", end)
        number = -end.status
        if number == signal.SIGKILL and end.cpu_s > self._limits.stop_s:
            return Ended(Outcome.TIMEOUT, "used up its CPU backstop", end)
        if number == signal.SIGKILL and self._crowded():
            return Ended(Outcome.MEMORY, _SHARED, end)
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = f"signal {number}"
        return Ended(Outcome.KILLED, f"died by {name}", end)

    def stop(self) -> JobEnd:
        """Kill the job and all it started; return the kernel's account. Idempotent."""
        if self.end is not None:
            return self.end
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        ended = select.poll()
        ended.register(self._pidfd, select.POLLIN)
        ended.poll(60_000)
        try:
            self.end = self._with_group(self._reap())
        except ZygoteDied:
            self.end = JobEnd(status=-signal.SIGKILL, cpu_s=0.0, peak_mb=0.0)
            raise
        finally:
            os.close(self._pidfd)
            self.channel.close()
            if self._group is not None:
                self._group.remove()
            if self._streams is not None:
                self._streams.drain()
            self._ended()
        return self.end

    def _with_group(self, end: JobEnd) -> JobEnd:
        """Return the account of a job that is dead, with what its group counted of its other processes."""
        group = self._group
        if group is None:
            return end
        cpu_s = self._before_group + group.cpu_s() if group.has(CPU) else 0.0
        return replace(
            end,
            cpu_s=max(end.cpu_s, cpu_s),
            peak_mb=max(end.peak_mb, group.peak_mb()),
            out_of_memory=group.oom_kills() > 0,
        )


def _host_pid(pidfd: int) -> int:
    """Return the process id, as this process sees it, behind a pidfd: the kernel's word, not the job's."""
    descriptor = os.open(f"/proc/self/fdinfo/{pidfd}", os.O_RDONLY)
    try:
        text = os.read(descriptor, 4096)
    finally:
        os.close(descriptor)
    return int(text.partition(b"Pid:")[2].split(None, 1)[0])


def own_delay() -> float | None:
    """Return how many seconds this thread has waited for a CPU in all; None where the kernel does not tell."""
    try:
        descriptor = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return int(os.read(descriptor, 100).split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return None
    finally:
        os.close(descriptor)
