"""What a process holds of the machine: memory, descriptors, threads, processes, mounts, control groups, files.

`footprint` counts them for the calling process; `left_behind` says what of it is there now and was not before. Jobs
come and go, so a footprint of a process at work is a snapshot: only memory, and what stays when the work is done, mean
anything by themselves.

Leaves out: what other processes on the machine hold, unless it bears trialrun's name.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from bench.kill_resume import descendants
from trialrun.run.cgroups import find_places
from trialrun.run.supervisor import Zygote

_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)
COUNTED = ("descriptors", "threads", "processes", "mounts", "groups", "files")
GRACE_S = 10.0
"""How long what ends may take to be gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What this process holds at one moment."""

    rss_mb: float
    zygote_mb: float
    """Resident memory of the largest zygote."""
    blocks: int
    """Pieces of memory that the interpreter's objects hold: grows by a leak alone, not by fragments."""
    descriptors: int
    threads: int
    processes: int
    mounts: int
    groups: int
    files: int
    """Temporary files and directories that bear trialrun's name."""


def footprint() -> Footprint:
    """Return what this process and those below it hold now."""
    below = list(descendants(os.getpid()))
    return Footprint(
        rss_mb=round(_rss_mb(os.getpid()), 2),
        zygote_mb=round(max(map(_rss_mb, zygotes(below)), default=0.0), 2),
        blocks=sys.getallocatedblocks(),
        descriptors=len(list(Path("/proc/self/fd").iterdir())) - 1,
        threads=threading.active_count(),
        processes=len(below),
        mounts=Path("/proc/self/mountinfo").read_text().count("\n"),
        groups=len(own_groups(os.getpid())),
        files=len(temporary_files()),
    )


def left_behind(before: Footprint) -> dict[str, int]:
    """Return what is here now and was not `before`, by name, once it has had time to go."""
    end = time.monotonic() + GRACE_S
    while True:
        now = asdict(footprint())
        counted = {name: now[name] - getattr(before, name) for name in COUNTED}
        more = {name: count for name, count in counted.items() if count > 0}
        if not more or time.monotonic() > end:
            return more
        time.sleep(0.1)


def zygotes(below: list[int]) -> list[int]:
    """Return those of the processes below this one that clone jobs: the children of its children."""
    parents = {pid: parent(pid) for pid in below}
    children = {pid for pid in below if parents[pid] == os.getpid()}
    return [pid for pid in below if parents[pid] in children]


def own_groups(pid: int | None = None) -> list[Path]:
    """Return the control groups that bear the name of trialrun in this PID namespace, or of one of its processes."""
    namespace = Path("/proc/self/ns/pid").stat().st_ino
    pattern = f"trialrun-{namespace}-{'*' if pid is None else pid}-*"
    directories = {place.directory for place in find_places().values()}
    return [group for directory in directories for group in directory.glob(pattern)]


def temporary_files() -> list[Path]:
    """Return what lies in the directory of temporary files under trialrun's name."""
    return list(Path(tempfile.gettempdir()).glob("trialrun-*"))


def _rss_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB
    except (OSError, IndexError):
        return 0.0  # it has ended


def parent(pid: int) -> int:
    """Return the parent of a process; 0 where it has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


@contextmanager
def own_temporary_files() -> Iterator[Path]:
    """Let this process, and what it starts, put temporary files where nobody else does."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as place,
        mock.patch.object(tempfile, "tempdir", place),
        mock.patch.dict(os.environ, {"TMPDIR": place}),
    ):
        yield Path(place)


# -- how much was started


class Started:
    """How many jobs and zygotes this process has started, control jobs among them."""

    def __init__(self) -> None:
        self.jobs = self.zygotes = 0
        self._lock = threading.Lock()

    def add(self, *, jobs: int = 0, zygotes: int = 0) -> None:
        """Count some more."""
        with self._lock:
            self.jobs += jobs
            self.zygotes += zygotes


@contextmanager
def counting() -> Iterator[Started]:
    """Count jobs and zygotes while this lasts."""
    started = Started()
    spawn, start = Zygote.spawn, Zygote.__init__

    def spawn_counted(self: Zygote, *positional: Any, **named: Any) -> Any:
        job = spawn(self, *positional, **named)
        started.add(jobs=1)
        return job

    def start_counted(self: Zygote, *positional: Any, **named: Any) -> None:
        start(self, *positional, **named)
        started.add(zygotes=1)

    with (
        mock.patch.object(Zygote, "spawn", spawn_counted),
        mock.patch.object(Zygote, "__init__", start_counted),
    ):
        yield started
