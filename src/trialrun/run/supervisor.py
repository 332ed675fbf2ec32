"""The trusted side of the sandbox: starts zygotes and asks them for jobs.

`Zygote` is the handle of a walled-in process that clones jobs. It is started with an empty environment and no
descriptor but its control socket and the code that it runs; when that socket closes, it ends, and every job
with it. It hands out jobs as pidfds, and, once they are dead, their status and cost by the kernel's account.

Leaves out: waiting for jobs and killing them (`job.py`), the walls themselves (`child/zygote.py`).
"""

import array
import contextlib
import functools
import marshal
import os
import platform
import secrets
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

from trialrun.core.errors import SandboxError, UsageError
from trialrun.core.execution import Limits, Network
from trialrun.run import limits as limiting
from trialrun.run.cgroups import GROUPS, Group
from trialrun.run.channel import Channel
from trialrun.run.child.files import remove_tree
from trialrun.run.child.kernel import landlock_abi
from trialrun.run.interpreter import Interpreter, find_interpreter
from trialrun.run.job import Job, JobEnd, ZygoteDied
from trialrun.run.seccomp import build_filter
from trialrun.run.starved import Starved, refusal
from trialrun.run.streams import Streams

_PACKAGE = Path(__file__).resolve().parent.parent
_CHILD_MODULES = (
    "trialrun.core.values",
    "trialrun.core.build_values",
    "trialrun.core.parse_values",
    "trialrun.run.child.kernel",
    "trialrun.run.child.peer",
    "trialrun.run.child.files",
    "trialrun.run.child.unittests",
    "trialrun.run.child.frozen",
    "trialrun.run.child.watch",
    "trialrun.lang.blocks",
    "trialrun.run.child.code_tree",
    "trialrun.run.child.notes",
    "trialrun.run.child.event_log",
    "trialrun.run.child.rewrite",
    "trialrun.run.child.tracing",
    "trialrun.run.child.counting",
    "trialrun.run.child.job",
    "trialrun.run.child.sharing",
    "trialrun.run.child.zygote",
)
_LATER_MODULES = (
    "trialrun.run.child.routes",
    "trialrun.run.child.markers",
    "trialrun.run.child.holes",
    "trialrun.run.child.typed",
    "trialrun.run.child.lacking",
    "trialrun.run.child.failing",
    "trialrun.run.child.calling",
    "trialrun.run.child.partial",
)
"""What only partial runs need: a zygote has the code and runs it when it is first imported."""
_BOOT = """
import marshal, os, sys, types
with os.fdopen(int(sys.argv[2]), "rb") as modules: modules, later = marshal.load(modules)
sys.path[:] = [p for p in sys.path if p]
for name in ("trialrun", "trialrun.core", "trialrun.lang", "trialrun.run", "trialrun.run.child"):
    sys.modules[name] = types.ModuleType(name); sys.modules[name].__path__ = []
for name, code in modules:
    module = sys.modules[name] = types.ModuleType(name)
    setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module)
    if isinstance(code, str): code = compile(code, name, "exec", dont_inherit=True)
    exec(code, module.__dict__)
class Later:
    def find_spec(self, name, path=None, target=None): return type(sys.__spec__)(name, self) if name in later else None
    def create_module(self, spec): return None
    def exec_module(self, module):
        code = later[module.__name__]
        if isinstance(code, str): code = compile(code, module.__name__, "exec", dont_inherit=True)
        exec(code, module.__dict__)
sys.meta_path.append(Later())
sys.modules["trialrun.run.child.zygote"].main(int(sys.argv[1]))
"""
SCOPED = 6
"""Landlock version from which on it keeps a job from abstract sockets and from processes outside."""
_HELLO_S = 600.0
"""Long enough for heavy imports on a machine that is busy with other things."""


@functools.cache
def _child_modules(version: str) -> bytes:
    """Return what a zygote of that Python version loads: code as this interpreter keeps it, or sources for another."""

    def code(name: str) -> Any:
        path = _PACKAGE / Path(*name.split(".")[1:]).with_suffix(".py")
        if version == platform.python_version():
            return SourceFileLoader(name, str(path)).get_code(name)
        return path.read_text("utf-8")

    modules = [(name, code(name)) for name in _CHILD_MODULES]
    return marshal.dumps(
        (modules, {name: code(name) for name in _LATER_MODULES}), 4
    )  # every Python from 3.9 on reads this


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """Which walls to put up. The defaults are all of them; fewer only for `doctor`, tests and `--unsafe`."""

    namespaces: bool = True
    landlock: bool = True
    unsafe: bool = False
    """Run even where neither namespaces nor Landlock hold."""
    cgroups: bool = True
    """Use control groups where this machine lets us."""
    python: Interpreter = field(default_factory=find_interpreter)
    """The interpreter of the jobs."""
    places: tuple[str, ...] = ()
    """Directories that jobs may read and import from, before installed packages; absolute."""

    def readable(self) -> list[str]:
        """Return what a job may read. Raises `UsageError` for a place that is no directory, or is all of them."""
        for place in self.places:
            if place != os.path.realpath(place) or place == "/" or not Path(place).is_dir():
                raise UsageError(f"{place} cannot be shown to jobs: it must be the real path of a directory")
        kept: list[str] = []
        for path in sorted({*self.python.readable(), *self.places}):
            if not any(path.startswith(other + "/") for other in kept):
                kept.append(path)
        return kept


WALLED = ("root", "userns")
"""Tiers with namespaces: there a job may start processes."""


class Zygote:
    """A process that clones jobs. Safe to share between threads."""

    def __init__(
        self,
        *,
        tester: bool,
        isolation: Isolation,
        preload: tuple[str, ...] = (),
        network: Network = Network.NONE,
        frozen: bool = False,
    ) -> None:
        """Start one for candidates or testers; all its jobs have the same modules, the same network, the same clock."""
        self._lock = threading.Lock()
        self._tester = tester
        # Where the kernel gives no namespaces, scratch directories need a place in the caller's file system.
        self._directory = Path(tempfile.gettempdir(), f"trialrun-{secrets.token_hex(8)}")
        self._isolation, self._network, self._frozen = isolation, network, frozen
        self._group: Group | None = None
        self._oom_kills = 0
        try:
            self._control, self._process = self._start(isolation)
        except OSError as error:
            raise refusal(error) from None
        try:
            self._group = self._open_group(None, limiting.ZYGOTE_PROCESSES)
            if self._group is not None:
                self._group.attach(self._process.pid)
            self._greet(isolation, preload)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise refusal(error) from None
            raise

    def _start(self, isolation: Isolation) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        """Return the control socket and the process; nothing stays open where the kernel refuses either."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with (
            contextlib.ExitStack() as undo,
            theirs,
            _memory_file(_child_modules(isolation.python.version)) as modules,
        ):
            undo.callback(ours.close)
            process = subprocess.Popen(
                [
                    isolation.python.executable,
                    "-S",
                    "-s",
                    "-B",
                    "-c",
                    _BOOT,
                    str(theirs.fileno()),
                    str(modules),
                ],
                env=limiting.ENVIRONMENT | limiting.ALLOCATOR | dict(isolation.python.environment),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(), modules),
                start_new_session=True,
            )
            undo.pop_all()
        return ours, process

    def _open_group(self, memory: int | None, processes: int) -> Group | None:
        return GROUPS.open(memory=memory, processes=processes) if self._isolation.cgroups else None

    def _crowded(self) -> bool:
        """Say whether the kernel killed a job for the memory of all; each kill explains one dead job."""
        with self._lock:
            if self._group is None or self._group.oom_kills() <= self._oom_kills:
                return False
            self._oom_kills += 1
            return True

    def _greet(self, isolation: Isolation, preload: tuple[str, ...]) -> None:
        readable, hidden = isolation.readable(), isolation.python.hidden()
        if self._network is Network.ALLOWED:
            readable += limiting.network_files()
        config = {
            "namespaces": isolation.namespaces,
            "landlock": isolation.landlock,
            "readable": readable,
            "uncovered": limiting.without(readable, hidden),
            "hidden": hidden,
            "packages": [*isolation.places, *isolation.python.packages],
            "devices": list(limiting.DEVICES),
            "uid": 1_000_000 + secrets.randbelow(1_000_000_000),
            "preload": list(preload),
            "within": str(self._directory),
            "scratch": limiting.scratch_options(),
            "rlimits": list(limiting.FIXED_RLIMITS),
            "network": str(self._network),
            "frozen": self._frozen,
            "unseen": list(limiting.ALLOCATOR),
            "files": limiting.OWN_NETWORK if self._network is Network.LOOPBACK else {},
            "filters": self._filters(),
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
        why = "; ".join(self.refused) or "they were not asked for"
        if not self.namespaces and os.geteuid() == 0 and not isolation.unsafe:
            raise SandboxError(
                f"without namespaces ({why}) a program would keep root's user id, which Landlock does not take away. "
                "Run trialrun as an ordinary user; `--unsafe` runs anyway"
            )
        if not (self.namespaces or self.landlock or isolation.unsafe):
            raise SandboxError(
                "this machine offers neither user namespaces nor Landlock, so programs cannot be confined "
                f"({why}). `trialrun doctor` says more; `--unsafe` runs without walls"
            )

        self._refuse_leaks()

    def _filters(self) -> dict[str, bytes]:
        """Return the filters of this zygote's jobs, by kind of job."""
        machine, network = os.uname().machine, self._network is not Network.NONE
        scoped = self._isolation.landlock and landlock_abi() >= SCOPED
        # In the machine's own network only Landlock keeps abstract sockets away.
        local = self._network is not Network.ALLOWED or scoped
        return {
            "closed": build_filter(machine, network=network, local=local),
            "processes": build_filter(machine, network=network, local=local, processes=True),
            "exposed": build_filter(machine, network=network, local=False, exposed=True, scoped=scoped),
        }

    def _refuse_leaks(self) -> None:
        """Raise `SandboxError` where the walls around a network level do not stand."""
        if self._network is Network.LOOPBACK and not self.namespaces:
            raise SandboxError("a network of its own for each program (loopback) needs user namespaces")
        if self._network is Network.ALLOWED and not (self.landlock or self._isolation.unsafe):
            raise SandboxError(
                "the machine's network is given to programs behind Landlock only; here is none"
            )

    @property
    def tier(self) -> str:
        """What confines the jobs: `root`, `userns`, `landlock` or `unsafe`."""
        if self.namespaces:
            return "root" if os.geteuid() == 0 else "userns"
        return "landlock" if self.landlock else "unsafe"

    def spawn(
        self,
        limits: Limits,
        *,
        cases: int = 1,
        streams: Streams | None = None,
        ended: Callable[[], None] = lambda: None,
    ) -> Job:
        """Clone a job; `ended` is called once it is dead and collected.

        Raises `ZygoteDied`, or `SandboxError` where the kernel refuses a process, then with nothing left of it.
        """
        if limits.processes and not self.namespaces:
            raise SandboxError(
                "a program that starts processes needs user namespaces: a daemon could outlive it"
            )
        group = self._open_group(limits.memory_mb << 20, limiting.PROCESSES) if limits.processes else None
        with contextlib.ExitStack() as undo:
            if group is not None:
                undo.callback(group.remove)
            try:
                ours, theirs = socket.socketpair()
                undo.callback(ours.close)
                pid, pidfds = self._clone(limits, cases, theirs, streams)
                undo.callback(self._discard, pid, pidfds, ours)
                if not pidfds:
                    raise Starved("there is no descriptor for a new job")
                job = Job(
                    functools.partial(self.reap, pid),
                    pidfds[0],
                    Channel(ours, limits.value_kb << 10),
                    limits,
                    streams,
                    ended,
                    group=group,
                    crowded=self._crowded,
                )
            except OSError as error:
                raise refusal(error) from None
            undo.pop_all()
        return job

    def _discard(self, pid: int, pidfds: list[int], channel: socket.socket) -> None:
        """End a job that nobody has taken over: without a program, it also ends by itself when its channel does."""
        channel.close()
        for descriptor in pidfds:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            os.close(descriptor)
        with contextlib.suppress(ZygoteDied):
            self.reap(pid)

    def _clone(
        self, limits: Limits, cases: int, theirs: socket.socket, streams: Streams | None
    ) -> tuple[int, list[int]]:
        """Return a job's process id, as the zygote sees it, and its pidfd. Closes the job's end of the channel.

        There is no pidfd where this process had no free descriptor as it arrived.
        """
        given = [theirs.fileno(), *(streams.theirs if streams else (-1, -1, -1))]
        spec = {
            "do": 1,
            "passed": [descriptor >= 0 for descriptor in given],
            "tester": self._tester,
            "rlimits": limiting.rlimits(limits, cases=cases),
            "filter": "processes" if limits.processes else "closed" if self.namespaces else "exposed",
        }
        rights = array.array("i", [descriptor for descriptor in given if descriptor >= 0])
        try:
            answer, received = self._ask(spec, [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        finally:
            theirs.close()
        pid, why = answer
        if pid < 0:
            raise Starved(f"the kernel refused a process: {why}")
        return pid, received

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
        if self._group is not None:
            self._group.remove()
        remove_tree(str(self._directory))


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
