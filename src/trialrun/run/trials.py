"""The trials of `doctor`: small hostile programs, each against one wall, as data.

Leaves out: running and judging them (`doctor.py`).
"""

import os
from dataclasses import dataclass

from trialrun.core.execution import Limits, Network, Outcome
from trialrun.run.cgroups import CPU, MEMORY, PIDS
from trialrun.run.limits import ENVIRONMENT, PROCESSES

LIMITS = Limits(cpu_s=1.0, wall_s=3.0, memory_mb=512, file_mb=1, output_kb=16)
"""What most trials may use."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One wall, and a program that tries to get over it."""

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

TRIALS = (
    Trial(
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
    Trial(
        "files, writing",
        "a job writes to its scratch directory only",
        "read-only mounts, Landlock",
        "import os\ndef actions(secret):\n"
        "    for path in ('/x', '/usr/lib/x', os.path.dirname(os.__file__) + '/x', '/dev/x', '/scratch/x'):\n"
        "        yield path, lambda: open(path, 'w')\n"
        "    yield secret, lambda: open(secret, 'w').write('x') < 0\n"  # what came of it is looked at outside
        "    yield 'device', lambda: os.mknod('device', 0o20666, os.makedev(1, 1))\n" + _TRY_ALL,
    ),
    Trial(
        "processes",
        "a job starts no process",
        "seccomp filter",
        "import os\ndef actions(_):\n"
        "    yield 'fork', lambda: os.fork()\n"
        "    yield 'exec', lambda: os.execv('/usr/bin/true', ['true'])\n"
        "    yield 'spawn', lambda: os.posix_spawn('/usr/bin/true', ['true'], {})\n" + _TRY_ALL,
    ),
    Trial(
        "network",
        "a job opens no socket",
        "network namespace, seccomp filter, Landlock",
        "import socket\ndef actions(_):\n"
        "    for family in ('AF_INET', 'AF_INET6', 'AF_UNIX', 'AF_NETLINK', 'AF_VSOCK'):\n"
        "        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):\n"
        "            yield family, lambda: socket.socket(getattr(socket, family), kind)\n" + _TRY_ALL,
    ),
    Trial(
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
    Trial(
        "privileges",
        "a job has no capability and gets no namespace",
        "capset, no_new_privs, seccomp filter",
        "import ctypes, os\nlibc = ctypes.CDLL(None)\ndef actions(_):\n"
        "    yield 'user namespace', lambda: libc.unshare(0x10000000) >= 0\n"
        "    yield 'mount', lambda: libc.mount(b'none', b'/dev', b'tmpfs', 0, b'') >= 0\n"
        "    yield 'chroot', lambda: os.chroot('/')\n"
        "    yield 'user id', lambda: os.setuid(0) if os.getuid() else False\n" + _TRY_ALL,
    ),
    Trial(
        "inheritance",
        "a job inherits no variable and no descriptor of the caller",
        "exec with an empty environment, close_range",
        f"import os\nKNOWN = {sorted({*ENVIRONMENT, 'HOME', 'TMPDIR', 'LC_CTYPE', 'LD_LIBRARY_PATH', 'PYTHONHOME'})}\n"
        "def actions(_):\n"
        "    for name in os.environ: yield name, lambda: name not in KNOWN\n"
        "    for number in range(4, 256): yield 'descriptor %d' % number, lambda: os.fstat(number)\n"
        + _TRY_ALL,
    ),
    Trial(
        "CPU time",
        "a job that computes for ever is stopped at its CPU limit",
        "the kernel's clock of the job, read by the supervisor; RLIMIT_CPU",
        "import itertools\ndef attempt(_): return [sum(itertools.repeat(1))]",
        Outcome.TIMEOUT,
    ),
    Trial(
        "blocking",
        "a job that only blocks is stopped by the wall guard",
        "supervisor",
        "import time\ndef attempt(_):\n    time.sleep(1e6)\n    return ['slept']",
        Outcome.TIMEOUT,
    ),
    Trial(
        "memory",
        "a job gets no more memory than its limit",
        "RLIMIT_AS",
        "def attempt(_): return [len(bytearray(1 << 30))]",
        Outcome.MEMORY,
    ),
    Trial(
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


@dataclass(frozen=True, slots=True)
class Together:
    """What the processes of one job use together, and a whole program that splits too much of it over several."""

    name: str
    controller: str
    """Of a control group."""
    promised: str
    source: str
    expected: Outcome
    """How the program ends where the limit holds,"""
    sign: str
    """and what the message, or the exception's name, then says."""
    otherwise: str
    """What bounds processes where no control group can be made."""


MANY = Limits(cpu_s=1.0, wall_s=20.0, memory_mb=128, processes=True)
"""What those programs may use."""

TOGETHER = (
    Together(
        "memory of several processes",
        MEMORY,
        "the processes of a job have no more memory together than its limit",
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n"
        "        held = bytearray(60 << 20)\n        time.sleep(600)\ntime.sleep(600)\n",
        Outcome.MEMORY,
        "together",
        "RLIMIT_AS bounds each process alone",
    ),
    Together(
        "number of processes",
        PIDS,
        f"a job that may start processes has no more than {PROCESSES} at a time",
        f"import os, time\nfor _ in range({PROCESSES} + 1):\n    if os.fork() == 0: time.sleep(600)\n",
        Outcome.RAISED,
        "BlockingIOError",
        "RLIMIT_NPROC bounds all processes of one user",
    ),
    Together(
        "CPU time of several processes",
        CPU,
        "the CPU limit counts all that a job starts",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    while True: pass\ntime.sleep(600)\n",
        Outcome.TIMEOUT,
        "CPU time",
        "the clock of a job's first process decides, and the wall guard ends the rest",
    ),
)

DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1e6)
    os._exit(0)
os.wait()
"""

REACHING = """
import socket
OTHERS = ("AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_BLUETOOTH", "AF_ALG", "AF_CAN", "AF_XDP")
def own_server():
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")):
        try: server = socket.create_server((address, 0), family=family)
        except OSError:
            if family == socket.AF_INET6 and not socket.has_dualstack_ipv6(): continue  # a machine without it
            raise
        client = socket.create_connection(server.getsockname()[:2], timeout=5)
        client.sendall(b"x")
        if server.accept()[0].recv(1) != b"x": return False
def datagram(name):
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    pair[0].sendto(b"x", name)
def attempt(argument):
    port, stream, letters = argument
    tries = {
        "a server of its own": own_server,
        "a server of this machine": lambda: socket.create_connection(("127.0.0.1", port), timeout=5),
        "an abstract socket": lambda: socket.socket(socket.AF_UNIX).connect("\\0" + stream),
        "an abstract datagram socket": lambda: datagram("\\0" + letters),
        "raw packets": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
    }
    for name in OTHERS:
        for kind in (1, 2, 3):
            tries[name + " %d" % kind] = lambda name=name, kind=kind: socket.socket(getattr(socket, name), kind)
    reached = []
    for name, act in tries.items():
        try:
            if act() is not False: reached.append(name)
        except (OSError, AttributeError): pass
    return reached
"""
"""Its argument: the number of a port and the names of two abstract sockets that the caller listens on."""

LEVELS = (
    (Network.NONE, "a program that is given no network reaches nothing by sockets", ()),
    (
        Network.LOOPBACK,
        "a program that is given a loopback of its own reaches servers of its own and no other",
        ("a server of its own",),
    ),
    (
        Network.ALLOWED,
        "a program that is given this machine's network reaches it by TCP and UDP alone",
        ("a server of its own", "a server of this machine"),
    ),
)
"""Network levels: what is promised, and all that `REACHING` may and must reach."""
