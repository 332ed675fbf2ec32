"""`examine`: says what confines programs on this machine, by trying to break each mechanism.

Each trial is a small hostile program run as a candidate is; it reports what it could reach, and the judgement is
made here. A mechanism that this machine does not offer is reported as missing, with what takes its place.

Leaves out: attacks on verdicts (`tests/attacks`), and any claim about bugs of the kernel, which is shared.
"""

import os
import platform
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from trialrun.core import values
from trialrun.core.errors import SandboxError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import parse, render
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.languages import LANGUAGES
from trialrun.run.batch import encode_calls
from trialrun.run.channel import Kind
from trialrun.run.job import Ended
from trialrun.run.limits import ENVIRONMENT
from trialrun.run.sandbox import Sandbox, load_plan
from trialrun.run.streams import Streams
from trialrun.run.supervisor import Isolation
from trialrun.run.whole import run_call, run_program

_LIMITS = Limits(cpu_s=1.0, wall_s=3.0, memory_mb=512, file_mb=1, output_kb=16)


class Mechanism(msgspec.Struct, frozen=True, kw_only=True):
    """One promise, and what came of breaking it."""

    name: str
    promised: str
    enforced_by: str
    tried: str
    held: bool | None
    """None where it could not be tried."""
    note: str = ""


class LanguageState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a language's tool is installed (trialrun runs Python programs; others follow)."""

    available: bool
    version: str
    install: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What holds on this machine."""

    tier: str
    """`root`, `userns`, `landlock`, or `none` where programs cannot be confined."""
    kernel: str
    missing: tuple[str, ...]
    """What the kernel refused."""
    mechanisms: tuple[Mechanism, ...]
    languages: dict[str, LanguageState]


@dataclass(frozen=True, slots=True)
class _Trial:
    name: str
    promised: str
    enforced_by: str
    source: str
    """Defines `attempt(argument)`, which returns what it reached: an empty list where the wall held."""
    expected: Outcome = Outcome.RETURNED
    """Outcome of a wall that held; `returned` means: an empty list."""


_TRY_ALL = """
def attempt(argument):
    reached = []
    for name, act in actions(argument):
        try:
            if act() is not False: reached.append(name)
        except (OSError, MemoryError, ValueError): pass
    return reached
"""

_TRIALS = (
    _Trial(
        "files, reading",
        "a job sees its interpreter, shared libraries and its scratch directory",
        "mount namespace with a root of its own, Landlock",
        "import os\ndef actions(secret):\n"
        "    for path in (secret, '/etc/passwd', '/etc/shadow', '/proc/self/status', '/proc/1/environ'):\n"
        "        yield path, lambda: open(path, 'rb').read(1)\n"
        "    for path in ('/home', '/sys/kernel', '/proc'): yield path, lambda: os.listdir(path)\n"
        "    yield 'installed packages', lambda: bool(os.listdir(os.path.dirname(os.__file__) + '/site-packages'))\n"
        + _TRY_ALL,
    ),
    _Trial(
        "files, writing",
        "a job writes to its scratch directory only",
        "read-only mounts, Landlock",
        "import os\ndef actions(secret):\n"
        "    for path in ('/x', '/usr/lib/x', os.path.dirname(os.__file__) + '/x', '/dev/x', '/scratch/x'):\n"
        "        yield path, lambda: open(path, 'w')\n"
        "    yield secret, lambda: open(secret, 'w').write('x') < 0\n"  # what came of it is looked at outside
        "    yield 'device', lambda: os.mknod('device', 0o20666, os.makedev(1, 1))\n" + _TRY_ALL,
    ),
    _Trial(
        "processes",
        "a job starts no process",
        "seccomp filter",
        "import os\ndef actions(_):\n"
        "    yield 'fork', lambda: os.fork()\n"
        "    yield 'exec', lambda: os.execv('/usr/bin/true', ['true'])\n"
        "    yield 'spawn', lambda: os.posix_spawn('/usr/bin/true', ['true'], {})\n" + _TRY_ALL,
    ),
    _Trial(
        "network",
        "a job opens no socket",
        "network namespace, seccomp filter, Landlock",
        "import socket\ndef actions(_):\n"
        "    for family in ('AF_INET', 'AF_INET6', 'AF_UNIX', 'AF_NETLINK', 'AF_VSOCK'):\n"
        "        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):\n"
        "            yield family, lambda: socket.socket(getattr(socket, family), kind)\n" + _TRY_ALL,
    ),
    _Trial(
        "other processes",
        "a job cannot signal, trace or read another process",
        "PID namespace, seccomp filter, Landlock scope",
        "import ctypes, os\nlibc = ctypes.CDLL(None)\ndef actions(_):\n"
        f"    for pid in ({os.getpid()}, {os.getppid()}, os.getppid()):\n"
        "        if pid > 0: yield 'signal to %d' % pid, lambda: os.kill(pid, 0)\n"
        f"    yield 'ptrace', lambda: libc.ptrace(16, {os.getpid()}, 0, 0) >= 0\n"
        f"    yield 'memory', lambda: libc.syscall(310, {os.getpid()}, None, 0, None, 0, 0) >= 0\n"
        + _TRY_ALL,
    ),
    _Trial(
        "privileges",
        "a job has no capability and gets no namespace",
        "capset, no_new_privs, seccomp filter",
        "import ctypes, os\nlibc = ctypes.CDLL(None)\ndef actions(_):\n"
        "    yield 'user namespace', lambda: libc.unshare(0x10000000) >= 0\n"
        "    yield 'mount', lambda: libc.mount(b'none', b'/dev', b'tmpfs', 0, b'') >= 0\n"
        "    yield 'chroot', lambda: os.chroot('/')\n"
        "    yield 'user id', lambda: os.setuid(0) if os.getuid() else False\n" + _TRY_ALL,
    ),
    _Trial(
        "inheritance",
        "a job inherits no variable and no descriptor of the caller",
        "exec with an empty environment, close_range",
        f"import os\nKNOWN = {sorted({*ENVIRONMENT, 'HOME', 'TMPDIR', 'LC_CTYPE', 'LD_LIBRARY_PATH', 'PYTHONHOME'})}\n"
        "def actions(_):\n"
        "    for name in os.environ: yield name, lambda: name not in KNOWN\n"
        "    for number in range(4, 256): yield 'descriptor %d' % number, lambda: os.fstat(number)\n"
        + _TRY_ALL,
    ),
    _Trial(
        "CPU time",
        "a job that computes for ever is stopped at its CPU limit",
        "the kernel's clock of the job, read by the supervisor; RLIMIT_CPU",
        "import itertools\ndef attempt(_): return [sum(itertools.repeat(1))]",
        Outcome.TIMEOUT,
    ),
    _Trial(
        "blocking",
        "a job that only blocks is stopped by the wall guard",
        "supervisor",
        "import time\ndef attempt(_):\n    time.sleep(1e6)\n    return ['slept']",
        Outcome.TIMEOUT,
    ),
    _Trial(
        "memory",
        "a job gets no more memory than its limit",
        "RLIMIT_AS",
        "def attempt(_): return [len(bytearray(1 << 30))]",
        Outcome.MEMORY,
    ),
    _Trial(
        "file size and scratch space",
        "a job fills neither a disk nor the memory by files",
        "RLIMIT_FSIZE, size of the scratch file system",
        "import os\ndef attempt(_):\n"
        "    written = 0\n"
        "    try:\n"
        "        for number in range(200):\n"
        "            with open(str(number), 'wb') as file: written += file.write(bytes(1 << 20))\n"
        "        return ['200 MiB of files']\n"
        "    except OSError: pass\n"
        "    try:\n"
        "        with open('0', 'wb') as file: file.write(bytes(2 << 20))\n"
        "        return ['a file over the limit']\n"
        "    except OSError: return []\n",
    ),
)


def examine(isolation: Isolation | None = None) -> Report:
    """Try every mechanism and return what held. Never raises for a machine that confines nothing."""
    kernel = platform.release()
    languages = dict(_languages())
    try:
        with Sandbox(isolation) as sandbox:
            tier, refused = sandbox.describe()
            mechanisms = (*_trials(sandbox), _output(sandbox), _survivors(sandbox), _cgroups())
    except SandboxError as error:
        return Report(tier="none", kernel=kernel, missing=(str(error),), mechanisms=(), languages=languages)
    return Report(
        tier=tier, kernel=kernel, missing=tuple(refused), mechanisms=mechanisms, languages=languages
    )


def _trials(sandbox: Sandbox) -> Iterator[Mechanism]:
    with tempfile.NamedTemporaryFile(prefix="trialrun-secret-") as secret:
        Path(secret.name).chmod(0o666)  # so that only the walls keep a job from it
        call = encode_calls("attempt", [Case(args=(secret.name,))])[0]
        for trial in _TRIALS:
            program = Program.from_source(trial.source, entry="attempt")
            execution = run_call(sandbox, program, call, _LIMITS)
            held, note = _assess(trial, execution)
            if Path(secret.name).stat().st_size:
                held, note = False, "wrote to a file of the caller"
                Path(secret.name).write_bytes(b"")
            yield Mechanism(
                name=trial.name,
                promised=trial.promised,
                enforced_by=trial.enforced_by,
                tried="run as a candidate",
                held=held,
                note=note,
            )


def _assess(trial: _Trial, execution: Execution) -> tuple[bool | None, str]:
    if execution.outcome is not trial.expected:
        return (
            False,
            f"ended with {execution.outcome}: {execution.exception or ''} {execution.message}".strip(),
        )
    if trial.expected is not Outcome.RETURNED:
        return True, ""
    assert execution.value is not None
    nothing = parse(execution.value) == (values.LIST,)
    return nothing, "" if nothing else f"reached {render(execution.value, limit=200)}"


def _output(sandbox: Sandbox) -> Mechanism:
    endless = Program.from_source("while True: print('x' * 1000)")
    execution = run_program(sandbox, endless, _LIMITS)
    held = execution.outcome is Outcome.OUTPUT and len(execution.stdout) <= _LIMITS.output_kb << 10
    return Mechanism(
        name="output",
        promised="a job that prints for ever is stopped at the output limit",
        enforced_by="supervisor",
        tried="run as a program",
        held=held,
        note="" if held else f"ended with {execution.outcome}",
    )


_DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1e6)
    os._exit(0)
os.wait()
"""


def _survivors(sandbox: Sandbox) -> Mechanism:
    """Let a program leave a daemon behind: its output pipes end only once every process that holds them is dead."""
    limits = Limits(cpu_s=1.0, wall_s=3.0, processes=True)
    streams = Streams(limits.output_kb << 10)
    held, note = False, "the daemon lived on"
    try:
        with sandbox.job(limits, streams=streams) as job:
            job.send(Kind.LOAD, 0, load_plan(_DAEMON, mode="main", limits=limits))
            job.receive()
        held, note = streams.at_end(), ""
    except (Ended, SandboxError) as error:
        held, note = isinstance(error, SandboxError), str(error)
    finally:
        streams.close()
    return Mechanism(
        name="survivors",
        promised="nothing that a job starts outlives it",
        enforced_by="PID namespace; without one no job may start a process",
        tried="a daemon by double fork, where processes are allowed",
        held=held,
        note=note,
    )


def _cgroups() -> Mechanism:
    return Mechanism(
        name="cgroups",
        promised="memory and processes of a job counted together",
        enforced_by="not used yet: RLIMIT_AS bounds each process, the seccomp filter allows one",
        tried="",
        held=None,
    )


def _languages() -> Iterator[tuple[str, LanguageState]]:
    for language in LANGUAGES.values():
        tool = language.tool()
        version = _version(tool, language.version) if tool else ""
        yield language.name, LanguageState(available=bool(version), version=version, install=language.install)


def _version(tool: str, arguments: tuple[str, ...]) -> str:
    try:
        done = subprocess.run([tool, *arguments], capture_output=True, timeout=30, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = (done.stdout or done.stderr).decode("utf-8", "replace").strip().splitlines()
    return lines[0][:100] if lines and done.returncode == 0 else ""
