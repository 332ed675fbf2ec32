"""System calls that the standard library does not wrap: namespaces, mounts, clone, Landlock, seccomp.

Runs inside the sandbox's processes, so: standard library only, Python 3.9 syntax, nothing imported from trialrun.
Each function is one kernel mechanism and raises OSError where the kernel refuses it.

Leaves out: which mechanism is used when (`zygote.py`), and the filter program itself (built by the supervisor).
Source: clone(2), unshare(2), mount_setattr(2), landlock(7), seccomp(2), capabilities(7).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Callable, Iterable

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
CLONE_PIDFD = 0x00001000
_SIGCHLD = 17

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38

_ARM = os.uname().machine == "aarch64"
_CLONE = 220 if _ARM else 56
_PIVOT_ROOT = 41 if _ARM else 155
_CAPSET = 91 if _ARM else 126
_SECCOMP = 277 if _ARM else 317
_MOUNT_SETATTR = 442
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_CLOSE_RANGE = 436

_libc = ctypes.CDLL(None, use_errno=True)
_held = ctypes.PyDLL(None, use_errno=True)  # calls with the interpreter lock held, which a fork needs
_before_fork = ctypes.pythonapi.PyOS_BeforeFork
_after_fork_child = ctypes.pythonapi.PyOS_AfterFork_Child
_after_fork_parent = ctypes.pythonapi.PyOS_AfterFork_Parent


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, what + ": " + os.strerror(code))
    return result


def _long(value: int) -> ctypes.c_long:
    return ctypes.c_long(value)


def unshare(flags: int) -> None:
    """Leave the namespaces that `flags` name."""
    _check(_libc.unshare(flags), "unshare")


def clone_process(flags: int) -> tuple[int, int]:
    """Fork with namespace `flags`; return (0, -1) in the child and (pid, pidfd) in the parent.

    The raw call stands between the interpreter's own fork hooks: `unshare(CLONE_NEWPID)` followed by `os.fork`
    works only once in a process.
    """
    pidfd = ctypes.c_int(-1)
    flags |= CLONE_PIDFD | _SIGCHLD
    _before_fork()
    pid = _held.syscall(_long(_CLONE), ctypes.c_ulong(flags), None, ctypes.byref(pidfd), None, None)
    if pid == 0:
        _after_fork_child()
        return 0, -1
    code = ctypes.get_errno()
    _after_fork_parent()
    if pid < 0:
        raise OSError(code, "clone: " + os.strerror(code))
    return pid, pidfd.value


def prctl(option: int, value: int) -> None:
    """Set one attribute of this process."""
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), "prctl")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """Mount a file system, or bind or re-flag one."""
    result = _libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()
    )
    _check(result, "mount " + target)


def prepared_mount(source: str, target: str, kind: str, flags: int, data: str) -> Callable[[], int]:
    """Return a function that mounts, with all that can be done beforehand done."""
    arguments = (source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())
    what = "mount " + target
    return lambda: _check(_libc.mount(*arguments), what)


def unmount(target: str) -> None:
    """Take a mount away, at the latest when nothing in it is used any more."""
    _check(_libc.umount2(target.encode(), MNT_DETACH), "umount2 " + target)


def make_read_only(target: str, extra: int = 0) -> None:
    """Make a mount and all below it read-only, without set-uid programs (`extra`: more MOUNT_ATTR bits)."""
    attributes = struct.pack("<QQQQ", MS_RDONLY | MS_NOSUID | extra, 0, 0, 0)
    at_fdcwd, at_recursive = -100, 0x8000
    result = _libc.syscall(
        _long(_MOUNT_SETATTR), _long(at_fdcwd), target.encode(), _long(at_recursive), attributes, _long(32)
    )
    _check(result, "mount_setattr " + target)


def pivot_root(new_root: str) -> None:
    """Make `new_root` the root directory and let go of the old one."""
    os.chdir(new_root)
    _check(_libc.syscall(_long(_PIVOT_ROOT), b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", MNT_DETACH), "umount2")
    os.chdir("/")


def raise_loopback() -> None:
    """Bring up the loopback device of this process's network namespace."""
    set_flags, up, running = 0x8914, 0x1, 0x40
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sH22x", b"lo", up | running))


def drop_capabilities() -> None:
    """Give up every capability of this process, for good (with no_new_privs)."""
    header = struct.pack("<Ii", 0x20080522, 0)
    _check(_libc.syscall(_long(_CAPSET), header, bytes(24)), "capset")


def close_from(first: int) -> None:
    """Close every descriptor from `first` on."""
    if _libc.syscall(_long(_CLOSE_RANGE), ctypes.c_uint(first), ctypes.c_uint(0xFFFFFFFF), _long(0)) < 0:
        os.closerange(first, 65536)


class Filter:
    """A seccomp program kept ready, so that loading it is one system call."""

    def __init__(self, program: bytes) -> None:
        self._code = ctypes.create_string_buffer(program, len(program))
        self._header = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(self._code))

    def load(self) -> None:
        """Put this process, and all it starts, under the filter. Needs no_new_privs."""
        set_mode_filter = 1
        _check(_libc.syscall(_long(_SECCOMP), _long(set_mode_filter), _long(0), self._header), "seccomp")


FS_EXECUTE, FS_WRITE_FILE, FS_READ_FILE, FS_READ_DIR = 1, 2, 4, 8
FS_READ = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR
_FS_RIGHTS_BY_ABI = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}


def landlock_abi() -> int:
    """Return the kernel's Landlock version, 0 where there is none."""
    abi: int = _libc.syscall(_long(_LANDLOCK_CREATE), None, _long(0), _long(1))
    return max(0, abi)


def landlock_ruleset(
    readable: Iterable[str],
    writable: Iterable[str],
    device_files: Iterable[str] = (),
    network: bool = False,
) -> int:
    """Return a descriptor of a ruleset: read below `readable`, read and write below `writable`, nothing else.

    From ABI 4 on TCP is refused too, unless `network` is given; from ABI 6 on abstract sockets and signals that leave
    the ruleset's domain.
    """
    abi = landlock_abi()
    if abi < 1:
        raise OSError(38, "no Landlock in this kernel")
    all_rights = _FS_RIGHTS_BY_ABI[min(abi, 5)]
    attributes = struct.pack("<QQQ", all_rights, 3 if abi >= 4 and not network else 0, 3 if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _check(
        _libc.syscall(_long(_LANDLOCK_CREATE), attributes, _long(size), _long(0)), "landlock_create_ruleset"
    )
    ioctl_device = 1 << 15
    for paths, rights in (
        (readable, FS_READ),
        (writable, all_rights & ~ioctl_device),
        (device_files, FS_WRITE_FILE | FS_READ_FILE),
    ):
        for path in paths:
            _allow_below(ruleset, path, rights)
    # A job puts its own descriptors at the low numbers.
    high = fcntl.fcntl(ruleset, fcntl.F_DUPFD_CLOEXEC, 100)
    os.close(ruleset)
    return high


def _allow_below(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):
            rights &= FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE
        rule = struct.pack("<Qi", rights, descriptor)
        path_beneath = 1
        _check(
            _libc.syscall(_long(_LANDLOCK_ADD), _long(ruleset), _long(path_beneath), rule, _long(0)),
            "landlock_add_rule " + path,
        )
    finally:
        os.close(descriptor)


def landlock_enter(ruleset: int) -> None:
    """Put this process, and all it starts, under a ruleset. Needs no_new_privs."""
    _check(_libc.syscall(_long(_LANDLOCK_RESTRICT), _long(ruleset), _long(0)), "landlock_restrict_self")
