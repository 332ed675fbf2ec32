"""Control groups: memory, process count and CPU time of several processes, counted together by the kernel.

This process makes one group for itself, with a fuse that keeps all its jobs together from bringing the machine down;
in it stands one group for each zygote, which jobs inherit at no cost, and one for each job that may start processes.
Where a controller can be used is found out for each alone: a machine may have some in version 1, some in version 2,
and some not at all. Names carry the process that made a group, so that what a killed supervisor left is swept.

Leaves out: moving this process itself (a version 2 group that holds processes delegates no controller to children, so
the nearest group above that does is used), and what the limits are (`limits.py`).
Source: the kernel's admin-guide/cgroup-v1 and cgroup-v2.rst; proc_pid_mountinfo(5).
"""

import contextlib
import itertools
import os
import re
import signal
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trialrun.core.errors import SandboxError

MEMORY, PIDS, CPU = "memory", "pids", "cpu"
CONTROLLERS = (MEMORY, PIDS, CPU)
_V1_NAMES = {MEMORY: "memory", PIDS: "pids", CPU: "cpuacct"}
_numbers = itertools.count()
_BUSY_S = 5.0
"""How long a group is given to become empty after its processes were killed."""


@dataclass(frozen=True, slots=True)
class Place:
    """A directory of the cgroup file system that has one controller."""

    directory: Path
    version: int

    def below(self, name: str) -> "Place":
        """Return the place of a group in this one."""
        return Place(self.directory / name, self.version)


Places = Mapping[str, Place]
"""By controller; what is missing cannot be used."""


# -- where groups can be made


def find_places(proc: Path = Path("/proc/self"), root: Path = Path("/")) -> Places:
    """Return where this process can make groups, by controller. `root` stands before the paths that `proc` names."""
    try:
        mounts = list(_mounts((proc / "mountinfo").read_text()))
        own = dict(_own_groups((proc / "cgroup").read_text()))
    except OSError:
        return {}
    places: dict[str, Place] = {}
    for kind, mount_root, point, options in mounts:
        for controller, name in _V1_NAMES.items():
            if kind == "cgroup" and name in options and name in own:
                directory = _inside(root, point, mount_root, own[name])
                if _takes_children(directory):
                    places.setdefault(controller, Place(directory, 1))
    for kind, mount_root, point, _ in mounts:
        if kind == "cgroup2" and "" in own:
            start, top = _inside(root, point, mount_root, own[""]), root / point.lstrip("/")
            missing = [controller for controller in CONTROLLERS if controller not in places]
            places |= _delegated(start, top, missing)
    return places


def _mounts(mountinfo: str) -> Iterable[tuple[str, str, str, set[str]]]:
    """Yield (file system, directory of it that is mounted, where, its own options)."""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, described = before.split(), after.split()
        if len(fields) >= 5 and len(described) >= 3:
            plain = [re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), text) for text in fields[3:5]]
            yield described[0], plain[0], plain[1], set(described[2].split(","))


def _own_groups(text: str) -> Iterable[tuple[str, str]]:
    """Yield (controller, group of this process); the name of version 2 is empty."""
    for line in text.splitlines():
        _, names, path = line.split(":", 2)
        for name in names.split(","):
            yield name, path


def _inside(root: Path, point: str, mount_root: str, group: str) -> Path:
    """Return where a group is seen; a mount that does not hold it (a container's) counts as the group itself."""
    path = PurePosixPath(group)
    inner = path.relative_to(mount_root) if path.is_relative_to(mount_root) else PurePosixPath()
    return root / point.lstrip("/") / inner


def _takes_children(directory: Path) -> bool:
    return os.access(directory, os.W_OK | os.X_OK) and os.access(directory / "cgroup.procs", os.W_OK)


def _delegated(start: Path, top: Path, wanted: list[str]) -> Places:
    """Return the version 2 group, from `start` upwards, whose children get the most of the wanted controllers.

    A process has one place in version 2, so one group serves all. CPU time is counted in every group.
    """
    best: Path | None = None
    most: set[str] = set()
    for directory in (start, *start.parents):
        if not directory.is_relative_to(top):
            break
        try:
            given = set((directory / "cgroup.subtree_control").read_text().split())
        except OSError:
            continue
        found = (given | {CPU}) & set(wanted)
        if len(found) > len(most) and _takes_children(directory):
            best, most = directory, found
    return {controller: Place(best, 2) for controller in wanted if controller in most and best is not None}


# -- one group


class Group:
    """A group, in each hierarchy that has one of its controllers."""

    def __init__(self, places: Places, owner: "Groups | None" = None) -> None:
        """Make the directories. Raises OSError where that is refused."""
        self.places = places
        self._owner = owner
        made: list[Path] = []
        try:
            for directory in self._directories():
                directory.mkdir()
                made.append(directory)
        except OSError:
            for directory in made:
                directory.rmdir()
            raise

    def _directories(self) -> list[Path]:
        return list(dict.fromkeys(place.directory for place in self.places.values()))

    def has(self, controller: str) -> bool:
        """Say whether the kernel counts this for the group."""
        return controller in self.places

    def limit(self, *, memory: int | None, processes: int) -> None:
        """Bound the bytes of memory and the number of processes and threads, as far as there are controllers."""
        place = self.places.get(MEMORY) if memory is not None else None
        if place is not None and place.version == 1:
            _write(place.directory / "memory.limit_in_bytes", memory)
            _write_if_there(place.directory / "memory.memsw.limit_in_bytes", memory)
        elif place is not None:
            _write(place.directory / "memory.max", memory)
            _write_if_there(place.directory / "memory.swap.max", 0)
        if PIDS in self.places:
            _write(self.places[PIDS].directory / "pids.max", processes)

    def pass_on(self) -> None:
        """Let groups in this one have its controllers (version 1 does so by itself)."""
        for directory in {place.directory for place in self.places.values() if place.version == 2}:
            names = [f"+{name}" for name in (MEMORY, PIDS) if self.places.get(name) == Place(directory, 2)]
            if names:
                _write(directory / "cgroup.subtree_control", " ".join(names))

    def attach(self, pid: int) -> None:
        """Move a process, with all its threads, into the group; what it starts will be there too."""
        for directory in self._directories():
            _write(directory / "cgroup.procs", pid)

    def cpu_s(self) -> float:
        """CPU seconds of all processes, dead ones too, since they came in."""
        place = self.places[CPU]
        if place.version == 1:
            return int((place.directory / "cpuacct.usage").read_text()) / 1e9
        return _field(place.directory / "cpu.stat", "usage_usec") / 1e6

    def peak_mb(self) -> float:
        """Return the most memory that all processes had together, MiB, their files in memory too; 0 if unknown."""
        place = self.places.get(MEMORY)
        if place is None:
            return 0.0
        name = "memory.max_usage_in_bytes" if place.version == 1 else "memory.peak"  # the latter from 5.19 on
        try:
            return int((place.directory / name).read_text()) / (1 << 20)
        except OSError:
            return 0.0

    def oom_kills(self) -> int:
        """Return how many processes of this very group the kernel killed because a memory limit was reached."""
        place = self.places.get(MEMORY)
        if place is None:
            return 0
        name = "memory.oom_control" if place.version == 1 else "memory.events"
        return _field(place.directory / name, "oom_kill")

    def remove(self) -> None:
        """Take the group away, and whoever is still in it. Never raises; what stays is swept at the next start."""
        for directory in self._directories():
            _remove(directory)
        if self._owner is not None:
            self._owner.closed(self)


def _write(path: Path, value: object) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def _write_if_there(path: Path, value: object) -> None:
    """Limit swap where the kernel counts it; where it does not, there is nothing to limit."""
    with contextlib.suppress(OSError):
        _write(path, value)


def _field(path: Path, name: str) -> int:
    for line in path.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


def _remove(directory: Path) -> None:
    deadline = time.monotonic() + _BUSY_S
    while True:
        try:
            directory.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError:  # busy: a process is on its way out
            if time.monotonic() > deadline:
                return
        with contextlib.suppress(OSError):
            for pid in (directory / "cgroup.procs").read_text().split():
                os.kill(int(pid), signal.SIGKILL)
        time.sleep(0.005)


# -- all groups of this process


class Groups:
    """The groups of this process, below one that bounds them all. Safe to share between threads."""

    def __init__(self, places: Places | None = None) -> None:
        self._lock = threading.Lock()
        self._found = places
        self._top: Group | None = None
        self._open: set[Group] = set()
        self._pid = 0

    @property
    def places(self) -> Places:
        """Where groups can be made, by controller."""
        if self._found is None:
            self._found = find_places()
        return self._found

    def open(self, *, memory: int | None, processes: int) -> Group | None:
        """Make a group with limits, in bytes (None: the fuse alone) and processes; None where nothing can be counted.

        Raises `SandboxError` where the kernel refuses what it offered.
        """
        with self._lock:
            if self._pid != os.getpid():  # a fork's copy owns nothing of what its parent made
                self._pid, self._top = os.getpid(), None
                self._open = set()
            if not self.places:
                return None
            try:
                if self._top is None:
                    self._top = self._make_top()
                group = Group(_below(self._top.places, str(next(_numbers))), self)
                self._open.add(group)
            except OSError as error:
                raise SandboxError(f"no control group could be made: {error}") from None
        try:
            group.limit(memory=memory, processes=processes)
        except OSError as error:
            group.remove()
            raise SandboxError(f"a control group takes no limit: {error}") from None
        return group

    def _make_top(self) -> Group:
        for directory in {place.directory for place in self.places.values()}:
            sweep(directory)
            # A service manager gives each session a group of its own: what an earlier one left is beside this one's.
            for sibling in directory.parent.glob("*/trialrun-*"):
                sweep(sibling.parent)
        top = Group(_below(self.places, f"{_own_name()}-{next(_numbers)}"))
        try:
            top.limit(memory=fuse(), processes=FUSE_PROCESSES)
            top.pass_on()
        except OSError:
            top.remove()
            raise
        return top

    def closed(self, group: Group) -> None:
        """Forget a group that is gone; with the last one, the group above goes."""
        with self._lock:
            self._open.discard(group)
            if not self._open and self._top is not None and self._pid == os.getpid():
                self._top.remove()
                self._top = None


GROUPS = Groups()
"""Those of this process."""

FUSE_PROCESSES = 8192
"""Processes and threads of all jobs together."""


def fuse() -> int:
    """Return the bytes that all jobs of this process may use together: three quarters of what is free now."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024 * 3 // 4
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _below(places: Places, name: str) -> Places:
    return {controller: place.below(name) for controller, place in places.items()}


_NAME = re.compile(r"trialrun-(\d+)-(\d+)-(\d+)-\d+")


def _own_name() -> str:
    pid = os.getpid()
    return f"trialrun-{_pid_namespace()}-{pid}-{_started(pid)}"


def _pid_namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino


def _started(pid: int) -> str | None:
    """Return when a process was started, in the kernel's ticks: a number that is used again has another time."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
    except OSError:
        return None


def sweep(directory: Path) -> list[str]:
    """Remove the groups in a directory whose makers are gone; return their names. Others' namespaces are left alone."""
    swept = []
    for entry in _directories_in(directory):
        match = _NAME.fullmatch(entry.name)
        if match is None or int(match[1]) != _pid_namespace() or _started(int(match[2])) == match[3]:
            continue
        for inner in _directories_in(entry):
            _remove(inner)
        _remove(entry)
        swept.append(entry.name)
    return swept


def _directories_in(directory: Path) -> list[Path]:
    """Return the directories in one, none where another supervisor is sweeping it away at this moment."""
    with contextlib.suppress(OSError):
        return [entry for entry in directory.iterdir() if entry.is_dir() and not entry.is_symlink()]
    return []
