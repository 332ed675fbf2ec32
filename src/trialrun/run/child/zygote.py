"""The zygote: one process per (role, interpreter) that is walled in once and then only clones jobs.

Set-up, in order: leave the caller's namespaces, build a root directory that holds the standard library, the shared
libraries and four device files and nothing else, give up the caller's user id where it is root, become init of a PID
namespace. Where the kernel refuses namespaces, Landlock alone confines files. Then a loop: clone a job on request and
send back its pidfd; reap a dead job and send back its status and the kernel's counters. When the supervisor's end
of the control socket closes, the zygote ends, and with it (its PID namespace) every job.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: time-keeping and killing, which
are the supervisor's.
"""

from __future__ import annotations

import array
import fcntl
import gc
import marshal
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from trialrun.core import values
from trialrun.core.build_values import load_trusted
from trialrun.run.child import files, frozen, kernel, sharing
from trialrun.run.child.job import PLACES, SCRATCH, start
from trialrun.run.child.peer import describe_exception

SPAWN, REAP = 1, 2
NO_NETWORK, OWN_NETWORK, ALL_NETWORK = "none", "loopback", "allowed"
_NAMESPACES = (
    kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
)
_RLIMITS = 16
"""Resource limits that Linux has, by number."""
_MOUNT_POINTS = ("/mnt", "/media", "/srv", "/run", "/var/tmp", "/tmp")


class Zygote:
    """State that every job starts from."""

    def __init__(self, control: socket.socket, config: dict[str, Any]) -> None:
        self.control = control
        self.config = config
        self.namespaces = False
        self.ruleset = -1
        self.filters: dict[str, kernel.Filter] = {}
        self.refused: list[str] = []
        """What the kernel refused, in words, for `doctor`."""
        self.directories: dict[int, str] = {}
        """Scratch directories by process id, where there is no mount namespace."""
        self.jobs = 0
        self.complaints = _high(2)
        """Where a job that cannot be set up says why; closed before any program runs."""
        os.set_blocking(self.complaints, False)
        self.null = -1
        """What a job has in place of a descriptor that it was not given."""
        self.hard: dict[int, int] = {}
        """The highest values that limits can have here."""
        self.clone_flags = 0
        self.mount_scratch: Callable[[], int] | None = None

    # -- walls

    def confine(self) -> None:
        """Leave the caller's namespaces, root directory and user id, as far as the kernel allows."""
        config = self.config
        if config["namespaces"]:
            try:
                self._enter_namespaces()
                self.namespaces = True
            except OSError as error:
                self.refused.append("namespaces: %s" % error)
        if config["landlock"]:
            readable = ["/"] if self.namespaces else config["uncovered"]
            try:
                self.ruleset = kernel.landlock_ruleset(
                    readable,
                    ["/scratch"] if self.namespaces else [],
                    config["devices"],
                    network=config["network"] != NO_NETWORK,
                )
            except OSError as error:
                self.refused.append("landlock: %s" % error)
        for name, program in config["filters"].items():
            self.filters[name] = kernel.Filter(program)

    def _enter_namespaces(self) -> None:
        config = self.config
        if os.geteuid() == 0:
            # Root first builds the walls with its own rights (the interpreter may lie where only root can look),
            # then becomes a user id that owns nothing, then does what an ordinary user does.
            own = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
            kernel.unshare(kernel.CLONE_NEWNS)
            self._build_root()
            os.setgroups([])
            os.setresgid(config["uid"], config["uid"], config["uid"])
            os.setresuid(config["uid"], config["uid"], config["uid"])
            kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
            self._enter_user_namespace(own)
        else:
            self._enter_user_namespace(os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY))
            self._build_root()

    def _enter_user_namespace(self, own: int) -> None:
        """Map the present user id, alone, into a new user namespace; `own` is this process's directory in /proc."""
        uid, gid = os.geteuid(), os.getegid()
        flags = kernel.CLONE_NEWUSER | _NAMESPACES
        if self.config["network"] == ALL_NETWORK:
            flags &= ~kernel.CLONE_NEWNET
        kernel.unshare(flags)
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", "%d %d 1" % (uid, uid)),
            ("gid_map", "%d %d 1" % (gid, gid)),
        ):
            descriptor = os.open(name, os.O_WRONLY, dir_fd=own)
            os.write(descriptor, text.encode())
            os.close(descriptor)
        os.close(own)

    def _build_root(self) -> None:
        config = self.config
        kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
        root = next(
            point
            for point in _MOUNT_POINTS
            if os.path.isdir(point)
            and not any((path + "/").startswith(point + "/") for path in config["readable"])
        )
        kernel.mount("tmpfs", root, "tmpfs", kernel.MS_NOSUID, "size=1m,mode=755")
        for path in config["readable"]:
            self._show(root, path)
        for path in config["hidden"]:
            if os.path.isdir(root + path):
                kernel.mount(
                    "tmpfs", root + path, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=4k,mode=755"
                )
        for path in ("/scratch/tmp", "/dev"):
            os.makedirs(root + path)
        if not os.path.lexists(root + "/tmp"):  # it is there where the interpreter lies below /tmp
            os.symlink("scratch/tmp", root + "/tmp")
        for path, text in config["files"].items():
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            with open(root + path, "w") as file:
                file.write(text)
        for path in config["devices"]:
            open(root + path, "w").close()
            kernel.mount(path, root + path, "", kernel.MS_BIND)
        kernel.pivot_root(root)
        kernel.make_read_only("/")

    def _show(self, root: str, path: str) -> None:
        """Bind one directory or file at the same place in the new root; links stay links."""
        if os.path.islink(path):
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            os.symlink(os.readlink(path), root + path)
        elif os.path.isdir(path):
            os.makedirs(root + path, mode=0o755, exist_ok=True)
            kernel.mount(path, root + path, "", kernel.MS_BIND | kernel.MS_REC)
            kernel.make_read_only(root + path, kernel.MS_NODEV)
        elif os.path.exists(path):
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            open(root + path, "w").close()
            kernel.mount(path, root + path, "", kernel.MS_BIND)

    # -- what all jobs share

    def settle(self) -> None:
        """Set what is the same for every job, so that no job has to: descriptors, limits, variables, rights."""
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        for name in self.config["unseen"]:
            os.environ.pop(name, None)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.null = _high(os.open("/dev/null", os.O_RDWR))
        for place in PLACES:
            os.dup2(self.null, place)
        self.hard = {number: _bounded(resource.getrlimit(number)[1]) for number in range(_RLIMITS)}
        for number, value in self.config["rlimits"]:
            value = min(value, self.hard[number])
            resource.setrlimit(number, (value, value))
        if self.namespaces:
            os.environ["HOME"] = os.environ["TMPDIR"] = SCRATCH
            self.clone_flags = kernel.CLONE_NEWPID | kernel.CLONE_NEWNS
            if self.config["network"] == OWN_NETWORK:
                self.clone_flags |= kernel.CLONE_NEWNET
            self.mount_scratch = kernel.prepared_mount(
                "tmpfs", SCRATCH, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, self.config["scratch"]
            )

    def complain(self, error: BaseException) -> None:
        """Say why something failed, where the supervisor's log can have it."""
        os.write(self.complaints, ("%s: %s\n" % (type(error).__name__, error)).encode()[:1000])

    def preload(self) -> None:
        """Import modules once for all jobs, behind the walls; what cannot be imported is left to the program.

        Some libraries write caches when they are imported: they get a directory that no job sees.
        """
        directory = SCRATCH if self.namespaces else self.config["within"]
        if self.namespaces:
            kernel.mount("tmpfs", directory, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=64m,mode=700")
        else:
            os.mkdir(directory, 0o700)
        os.environ["HOME"] = os.environ["TMPDIR"] = directory
        for name in self.config["preload"]:
            try:
                __import__(name)
            except Exception:
                sys.modules.pop(name, None)
        if self.namespaces:
            kernel.unmount(directory)
        if self.config["frozen"]:
            frozen.freeze()

    # -- service

    def loop(self) -> None:
        """Answer the supervisor until it goes away."""
        gc.collect()
        gc.disable()
        gc.freeze()
        while True:
            data, ancillary, _, _ = self.control.recvmsg(65536, socket.CMSG_SPACE(4 * 4))
            if not data:
                os._exit(0)
            request = marshal.loads(data)
            if request["do"] == SPAWN:
                self._spawn(request, ancillary)
            else:
                self._reap(request["pid"])

    def _spawn(self, spec: dict[str, Any], ancillary: list[Any]) -> None:
        places = self._lay_out(spec["passed"], ancillary)
        spec["rlimits"] = [(number, min(value, self.hard[number])) for number, value in spec["rlimits"]]
        ruleset, why = self.ruleset, ""
        try:
            if not self.namespaces:
                ruleset = self._own_directory(spec)
            pid, pidfd = kernel.clone_process(self.clone_flags)
        except OSError as error:
            pid, pidfd, why = -1, -1, str(error)
        if pid == 0:
            try:
                start(spec, ruleset, self)
            except BaseException as error:
                self.complain(error)
            finally:
                os._exit(111)
        for place in places:
            os.dup2(self.null, place)
        if ruleset != self.ruleset:
            os.close(ruleset)
        if "directory" in spec:
            self.directories[pid] = spec["directory"]
        rights = array.array("i", [pidfd] if pid > 0 else [])
        self.control.sendmsg([marshal.dumps((pid, why), 2)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        if pid > 0:
            os.close(pidfd)
        else:
            self._remove_directory(pid)

    def _lay_out(self, wanted: list[bool], ancillary: list[Any]) -> list[int]:
        """Put the job's descriptors where it inherits them: here the code for it is warm. Return the places."""
        passed = array.array("i")
        for _, _, payload in ancillary:
            passed.frombytes(payload[: len(payload) - len(payload) % 4])
        places = [place for place, is_wanted in zip(PLACES, wanted) if is_wanted]
        for descriptor, place in zip(passed, places):
            os.dup2(descriptor, place)
            os.close(descriptor)
        return places

    def _own_directory(self, spec: dict[str, Any]) -> int:
        """Make a scratch directory in the caller's file system; return the ruleset that lets the job write there."""
        self.jobs += 1
        directory = os.path.join(self.config["within"], "job%d" % self.jobs)
        os.mkdir(directory, 0o700)
        spec["directory"] = directory
        if self.ruleset < 0:
            return -1
        return kernel.landlock_ruleset(
            self.config["uncovered"],
            [directory],
            self.config["devices"],
            network=self.config["network"] != NO_NETWORK,
        )

    def _remove_directory(self, pid: int) -> None:
        directory = self.directories.pop(pid, None)
        if directory is not None:
            files.remove_tree(directory)

    def _reap(self, pid: int) -> None:
        _, status, usage = os.wait4(pid, 0)
        self._remove_directory(pid)
        answer = (status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
        self.control.send(marshal.dumps(answer, 2))


def main(control_descriptor: int) -> None:
    """Set the walls up, say what holds, and serve."""
    control = socket.socket(fileno=_high(control_descriptor))
    os.close(control_descriptor)
    sharing.share_code()
    zygote = Zygote(control, marshal.loads(control.recv(1 << 20)))
    sys.path += zygote.config["packages"]
    zygote.confine()
    if zygote.namespaces:
        child = os.fork()  # the first child is init of the PID namespace
        if child:
            control.close()
            os.waitpid(child, 0)
            os._exit(0)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
    zygote.preload()
    resemble_a_script()
    zygote.settle()
    warm_up()
    sharing.share_objects("trialrun", [zygote])
    control.send(marshal.dumps((zygote.namespaces, zygote.ruleset >= 0, zygote.refused), 2))
    try:
        zygote.loop()
    except BaseException as error:
        zygote.complain(error)
        os._exit(1)


def _high(descriptor: int) -> int:
    """Return a copy of a descriptor out of the way of those that jobs get."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 100)


def _bounded(hard: int) -> int:
    """Return a hard limit as a number that can be compared with others."""
    return (1 << 63) - 1 if hard == resource.RLIM_INFINITY else hard


def resemble_a_script() -> None:
    """Give jobs what the interpreter gives a script: arguments of its own, and the functions that `site` adds."""
    import _sitebuiltins
    import builtins

    sys.argv[:] = ["solution.py"]
    for name in ("exit", "quit"):
        setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D (i.e. EOF)"))


_SAMPLE = """
import math
from typing import List

class C:
    def f(self, xs: List[int], *, n=1) -> str:
        'text'
        try:
            return ", ".join(f"{x:.2f}" for x in xs if x > n) or str({x: [x] for x in xs})
        except (ValueError, KeyError) as error:
            raise TypeError from error
"""


def warm_up() -> None:
    """Do once what every job does first: the compiler, for one, sets itself up when it is first used (0.9 ms)."""
    exec(compile(_SAMPLE, "sample", "exec", dont_inherit=True), {"__name__": "sample"})
    load_trusted(values.encode_graph(["f", None, ([1, 2.0, "a"], {"k": (1,)}), {}])[0])
    values.encode([1, {"a": {2}}, (None, True)])
    try:
        raise ValueError
    except ValueError as error:
        describe_exception(error)
