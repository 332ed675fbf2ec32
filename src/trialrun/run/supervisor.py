"""The trusted side of the sandbox: starts zygotes, asks them for jobs, waits, keeps time, kills, reads the kernel.

`Zygote` is the handle of a walled-in process that clones jobs; `Job` is one clone. A job is waited for with two
budgets: CPU time, read from the kernel's clock of that process, decides; a loose wall guard, from which the time
spent waiting for a CPU is taken off, ends jobs that only block. Nothing that a job sends is trusted beyond being
bytes; its end is known from a pidfd, its cost from the kernel.

Leaves out: what is sent and what it means (`batch.py`, `dialogue.py`), the walls themselves (`child/zygote.py`).
"""

import array
import contextlib
import functools
import marshal
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from trialrun.core.errors import SandboxError
from trialrun.core.execution import Limits, Outcome
from trialrun.run import limits as limiting
from trialrun.run.channel import BrokenChannel, Channel, Frame, Kind
from trialrun.run.interpreter import Interpreter, find_interpreter
from trialrun.run.seccomp import build_filter

_PACKAGE = Path(__file__).resolve().parent.parent
_CHILD_MODULES = (
    "trialrun.core.values",
    "trialrun.core.parse_values",
    "trialrun.run.child.kernel",
    "trialrun.run.child.peer",
    "trialrun.run.child.job",
    "trialrun.run.child.zygote",
)
_BOOT = """
import marshal, os, sys, types
with os.fdopen(int(sys.argv[2]), "rb") as sources: sources = marshal.load(sources)
sys.path[:] = [p for p in sys.path if p]
for name in ("trialrun", "trialrun.core", "trialrun.run", "trialrun.run.child"):
    sys.modules[name] = types.ModuleType(name); sys.modules[name].__path__ = []
for name, source in sources:
    module = sys.modules[name] = types.ModuleType(name)
    setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module)
    exec(compile(source, name, "exec", dont_inherit=True), module.__dict__)
sys.modules["trialrun.run.child.zygote"].main(int(sys.argv[1]))
"""
_HELLO_S = 60.0
_PATIENCE = 10
"""How often a job may block as long as the wall guard lets it; then it is stopped, however many cases it has."""


@functools.cache
def _child_sources() -> list[tuple[str, str]]:
    return [
        (name, (_PACKAGE / Path(*name.split(".")[1:]).with_suffix(".py")).read_text("utf-8"))
        for name in _CHILD_MODULES
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """Which walls to put up. The defaults are all of them; fewer only for `doctor`, tests and `--unsafe`."""

    namespaces: bool = True
    landlock: bool = True
    unsafe: bool = False
    """Run even where neither namespaces nor Landlock hold."""
    python: Interpreter = field(default_factory=find_interpreter)
    """The interpreter of the jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnd:
    """How a job ended, by the kernel's account."""

    status: int
    """Exit code, or minus the signal number."""
    cpu_s: float
    peak_mb: float


class ZygoteDied(SandboxError):
    """The zygote is gone; its jobs are gone with it."""


class Zygote:
    """A process that clones jobs. Safe to share between threads."""

    def __init__(self, *, tester: bool, isolation: Isolation, preload: tuple[str, ...] = ()) -> None:
        self._lock = threading.Lock()
        self._tester = tester
        self._directory = tempfile.mkdtemp(prefix="trialrun-")
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, _memory_file(marshal.dumps(_child_sources(), 2)) as sources:
            self._process = subprocess.Popen(
                [
                    isolation.python.executable,
                    "-S",
                    "-s",
                    "-B",
                    "-c",
                    _BOOT,
                    str(theirs.fileno()),
                    str(sources),
                ],
                env=limiting.ENVIRONMENT | dict(isolation.python.environment),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(), sources),
                start_new_session=True,
            )
        try:
            self._greet(isolation, preload)
        except BaseException:
            self.close()
            raise

    def _greet(self, isolation: Isolation, preload: tuple[str, ...]) -> None:
        machine = os.uname().machine
        readable, hidden = isolation.python.readable(), isolation.python.hidden()
        config = {
            "namespaces": isolation.namespaces,
            "landlock": isolation.landlock,
            "readable": readable,
            "uncovered": limiting.without(readable, hidden),
            "hidden": hidden,
            "devices": list(limiting.DEVICES),
            "directory": self._directory,
            "uid": 1_000_000 + secrets.randbelow(1_000_000_000),
            "preload": list(preload),
            "filters": {
                "closed": build_filter(machine),
                "processes": build_filter(machine, processes=True),
            },
        }
        self._control.settimeout(_HELLO_S)
        try:
            self._control.send(marshal.dumps(config, 2))
            hello = self._control.recv(65536)
        except OSError:
            hello = b""
        if not hello:
            self._process.kill()
            assert self._process.stderr is not None
            last = self._process.stderr.read().decode("utf-8", "replace").strip().splitlines()[-1:]
            raise SandboxError(f"the sandbox could not be set up: {last[0] if last else 'no answer'}")
        self.namespaces, self.landlock, self.refused = marshal.loads(hello)
        self._control.settimeout(None)
        if not (self.namespaces or self.landlock or isolation.unsafe):
            raise SandboxError(
                "this machine offers neither user namespaces nor Landlock, so programs cannot be confined "
                f"({'; '.join(self.refused)}). `trialrun doctor` says more; `--unsafe` runs without walls"
            )

    @property
    def tier(self) -> str:
        """What confines the jobs: `root`, `userns`, `landlock` or `unsafe`."""
        if self.namespaces:
            return "root" if os.geteuid() == 0 else "userns"
        return "landlock" if self.landlock else "unsafe"

    def spawn(self, limits: Limits, *, cases: int = 1, streams: "Streams | None" = None) -> "Job":
        """Clone a job. Raises `ZygoteDied`, or `SandboxError` where the kernel refuses a process."""
        if limits.processes and not self.namespaces:
            raise SandboxError(
                "a program that starts processes needs user namespaces: a daemon could outlive it"
            )
        ours, theirs = socket.socketpair()
        given = [theirs.fileno(), *(streams.theirs if streams else (-1, -1, -1))]
        spec = {
            "do": 1,
            "passed": [descriptor >= 0 for descriptor in given],
            "tester": self._tester,
            "rlimits": limiting.rlimits(limits, cases=cases),
            "scratch": limiting.scratch_options(),
            "filter": "processes" if limits.processes else "closed",
        }
        rights = array.array("i", [descriptor for descriptor in given if descriptor >= 0])
        try:
            answer, received = self._ask(spec, [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        pid, why = answer
        if pid < 0:
            ours.close()
            raise SandboxError(f"the kernel refused a process: {why}")
        return Job(self, pid, received[0], Channel(ours, limits.value_kb << 10), limits, streams)

    def reap(self, pid: int) -> JobEnd:
        """Collect a job that has ended."""
        (status, cpu_s, peak_kb), _ = self._ask({"do": 2, "pid": pid})
        return JobEnd(status=os.waitstatus_to_exitcode(status), cpu_s=cpu_s, peak_mb=peak_kb / 1024)

    def _ask(self, request: dict[str, Any], ancillary: list[Any] | None = None) -> tuple[Any, list[int]]:
        with self._lock:
            try:
                self._control.sendmsg([marshal.dumps(request, 2)], ancillary or [])
                data, received, _, _ = self._control.recvmsg(65536, socket.CMSG_SPACE(4))
            except OSError as error:
                raise ZygoteDied(f"the zygote does not answer: {error}") from None
        if not data:
            raise ZygoteDied("the zygote has ended")
        descriptors = array.array("i")
        for _, _, payload in received:
            descriptors.frombytes(payload)
        return marshal.loads(data), list(descriptors)

    def close(self) -> None:
        """End the zygote and, with it, every job it started."""
        self._control.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()
        shutil.rmtree(self._directory, ignore_errors=True)


@contextlib.contextmanager
def _memory_file(data: bytes) -> Any:
    descriptor = os.memfd_create("trialrun")
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


class Streams:
    """Standard streams of one job: text in, captured output out. Reading stops at the limit."""

    def __init__(self, limit: int, stdin: bytes | None = None) -> None:
        self.limit = limit
        self.captured: dict[int, bytearray] = {}
        self.theirs: tuple[int, int, int] = (-1, -1, -1)
        self._ours: list[int] = []
        source = -1
        if stdin is not None:
            source = os.memfd_create("stdin")
            with open(os.dup(source), "wb") as file:
                file.write(stdin)
            os.lseek(source, 0, os.SEEK_SET)
        ends = [source]
        for _ in range(2):
            ours, theirs = os.pipe2(os.O_CLOEXEC)
            os.set_blocking(ours, False)
            self._ours.append(ours)
            self.captured[ours] = bytearray()
            ends.append(theirs)
        self.theirs = (ends[0], ends[1], ends[2])

    def started(self) -> list[int]:
        """Close the job's ends on this side; return the descriptors to poll."""
        self._close_theirs()
        return list(self._ours)

    def _close_theirs(self) -> None:
        for descriptor in self.theirs:
            if descriptor >= 0:
                os.close(descriptor)
        self.theirs = (-1, -1, -1)

    def read(self, descriptor: int) -> bool:
        """Read what is there; return False at the end of the stream. Raises OverflowError at the limit."""
        try:
            data = os.read(descriptor, 1 << 16)
        except BlockingIOError:
            return True
        buffer = self.captured[descriptor]
        buffer += data[: self.limit - len(buffer)]
        if len(buffer) >= self.limit and data:
            raise OverflowError
        return bool(data)

    def at_end(self) -> bool:
        """Say whether both output pipes are at their end: no process is left that could write to them."""
        self.drain()
        ends = select.poll()
        for descriptor in self._ours:
            ends.register(descriptor, 0)
        return len(ends.poll(1000)) == len(self._ours)

    def drain(self) -> None:
        """Read what a dead job left in its pipes."""
        for descriptor in self._ours:
            with contextlib.suppress(OverflowError, OSError):
                while self.read(descriptor) and select.select([descriptor], [], [], 0)[0]:
                    pass

    @property
    def stdout(self) -> bytes:
        """What the job printed."""
        return bytes(self.captured[self._ours[0]])

    @property
    def stderr(self) -> bytes:
        """What the job printed on stderr."""
        return bytes(self.captured[self._ours[1]])

    def close(self) -> None:
        """Close all descriptors."""
        self._close_theirs()
        for descriptor in self._ours:
            os.close(descriptor)
        self._ours = []


@dataclass(slots=True)
class Ended(Exception):
    """The job will send nothing more: it ended, or was stopped."""

    outcome: Outcome
    message: str
    end: JobEnd = field(default_factory=lambda: JobEnd(status=0, cpu_s=0.0, peak_mb=0.0))


class Job:
    """One sandboxed process and its channel. Use as a context manager: leaving kills it."""

    def __init__(
        self, zygote: Zygote, pid: int, pidfd: int, channel: Channel, limits: Limits, streams: Streams | None
    ) -> None:
        self._zygote, self._pid, self._pidfd = zygote, pid, pidfd
        self._limits, self._streams = limits, streams
        self._waited = 0.0
        self.channel = channel
        host_pid = _host_pid(pidfd)
        self._clock = (
            ~host_pid << 3
        ) | 2  # the process CPU clock of another process, see clock_getcpuclockid(3)
        self._schedstat = f"/proc/{host_pid}/schedstat"
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        if streams is not None:
            for descriptor in streams.started():
                self._poll.register(descriptor, select.POLLIN)
        self.end: JobEnd | None = None
        self.begin_case()

    def __enter__(self) -> "Job":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def cpu(self) -> float:
        """CPU seconds the job has used, from the kernel."""
        try:
            return time.clock_gettime(self._clock)
        except OSError:  # ended and reaped
            return self.end.cpu_s if self.end else 0.0

    def begin_case(self) -> None:
        """Re-arm both budgets."""
        self._cpu_before = self.cpu()
        self._wall_before = self._paused = time.monotonic()

    def pause(self) -> None:
        """Stop the wall clock: it is another job's turn."""
        self._paused = time.monotonic()

    def resume(self) -> None:
        """Let the wall clock go on from where it was paused."""
        self._wall_before += time.monotonic() - self._paused

    def send(self, kind: Kind, number: int, body: bytes) -> None:
        """Queue a frame for the job."""
        self.channel.send(kind, number, body)

    def receive(self) -> Frame:
        """Wait for the next frame. Raises `Ended` when the job ends, breaks the channel or exhausts a budget."""
        try:
            while (frame := self.channel.next()) is None:
                self._wait()
            return frame
        except BrokenChannel as error:
            raise Ended(Outcome.PROTOCOL, str(error), self.stop()) from None
        except OverflowError:
            raise Ended(Outcome.OUTPUT, "wrote more than the output limit", self.stop()) from None

    def _wait(self) -> None:
        budget = self._check_budgets() if self.channel.closed is False else 0.0
        if self.channel.unsent:
            self._poll.modify(self.channel, select.POLLIN | select.POLLOUT)
        began = time.monotonic()
        events = self._poll.poll(budget * 1000)
        self._waited += time.monotonic() - began
        for descriptor, event in events:
            if descriptor != self.channel.fileno():
                assert self._streams is not None
                if not self._streams.read(descriptor):
                    self._poll.unregister(descriptor)
                continue
            if event & select.POLLOUT:
                self.channel.flush()
                if not self.channel.unsent:
                    self._poll.modify(self.channel, select.POLLIN)
            if event & ~select.POLLOUT and not self.channel.fill():
                raise self._gone()

    def _check_budgets(self) -> float:
        """Return how long to wait before looking again; raise `Ended` once a budget is exhausted."""
        used = self.cpu() - self._cpu_before
        cpu_left = self._limits.cpu_s - used
        if cpu_left <= 0:
            raise Ended(Outcome.TIMEOUT, f"used {used:.2f} s of CPU time", self.stop())
        wall = time.monotonic() - self._wall_before
        guard_left = self._limits.guard_s - wall
        if guard_left <= 0:
            # Under load a job waits for a CPU without any fault of its own.
            guard_left = self._limits.guard_s - (wall - used - self._starved())
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

    def _gone(self) -> Ended:
        """Explain a channel that was closed by the job's side."""
        ready = select.poll()
        ready.register(self._pidfd, select.POLLIN)
        if not ready.poll(1000):
            return Ended(Outcome.PROTOCOL, "closed its channel", self.stop())
        end = self.stop()
        if end.status >= 0:
            return Ended(Outcome.EXITED, f"exited with code {end.status} without completing the case", end)
        number = -end.status
        if number == signal.SIGKILL and end.cpu_s > self._limits.cpu_s:
            return Ended(Outcome.TIMEOUT, "used up its CPU backstop", end)
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
            self.end = self._zygote.reap(self._pid)
        except ZygoteDied:
            self.end = JobEnd(status=-signal.SIGKILL, cpu_s=0.0, peak_mb=0.0)
            raise
        finally:
            os.close(self._pidfd)
            self.channel.close()
            if self._streams is not None:
                self._streams.drain()
        return self.end


def _host_pid(pidfd: int) -> int:
    """Return the process id, as this process sees it, behind a pidfd: the kernel's word, not the job's."""
    descriptor = os.open(f"/proc/self/fdinfo/{pidfd}", os.O_RDONLY)
    try:
        text = os.read(descriptor, 4096)
    finally:
        os.close(descriptor)
    return int(text.partition(b"Pid:")[2].split(None, 1)[0])
