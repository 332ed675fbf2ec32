"""What judged programs may leave behind: processes, descriptors, mounts, files, control groups.

`Footprint.now()` is taken before a program runs, `left_since` compares afterwards. Zygotes may stay, since they serve
the next job: they are the two processes (one without namespaces) that a pool holds open. Everything below them, and
everything that runs under the user id of a zygote without being one, was started by a program and must be gone.

Leaves out: what a program did inside the scratch directory of its job, which ends with it (that it did is looked at
where it lies on the caller's disk).
"""

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Zygote

_PATIENCE_S = 30.0
"""For the kernel to finish with killed processes and their mounts, on a machine that is busy with other things."""
_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/")
_WRITTEN = frozenset(
    ("board", "conftest.py", "sitecustomize.py", "pytest.ini", "evil.pth", "socket", "e", "l", "d", "s")
)
"""Names that attacks give to what they write there."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process, told from a later one of the same number by when it began."""

    pid: int
    parent: int
    began: int
    uid: int


def processes() -> dict[int, Process]:
    """Return all processes of this machine that can be seen."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                after_name = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
                uid = entry.stat().st_uid
            except OSError:
                continue
            found[int(entry.name)] = Process(int(entry.name), int(after_name[1]), int(after_name[19]), uid)
    return found


def below(pid: int, every: dict[int, Process]) -> set[Process]:
    """Return all processes below one, zombies among them."""
    found: set[Process] = set()
    waiting = {pid}
    while waiting:
        level = {process for process in every.values() if process.parent in waiting} - found
        found |= level
        waiting = {process.pid for process in level}
    return found


@dataclass(frozen=True, slots=True)
class Footprint:
    """What stands on this machine that a judged program could have left there."""

    descriptors: frozenset[str]
    """What this process has open, by kind and place; the channels of zygotes come and go with them."""
    mounts: frozenset[str]
    files: frozenset[str]
    groups: frozenset[str]
    processes: frozenset[Process]
    """Those below this process."""

    @classmethod
    def now(cls) -> "Footprint":
        return cls(
            descriptors=frozenset(_descriptors()),
            mounts=frozenset(Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines()),
            files=frozenset(_files()),
            groups=frozenset(_groups()),
            processes=frozenset(below(os.getpid(), processes())),
        )


def left_since(before: Footprint, sandbox: Sandbox | None) -> list[str]:
    """Return what is there now and was not before, in words.

    `sandbox` names the zygotes that may stay; control groups are looked at once it is closed.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while (left := _compare(before, Footprint.now(), sandbox)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _compare(before: Footprint, after: Footprint, sandbox: Sandbox | None) -> list[str]:
    zygotes = _zygotes(sandbox, after.processes)
    new = after.processes - before.processes - zygotes
    users = {zygote.uid for zygote in zygotes} - {os.geteuid()}
    every = processes()
    strays = {process for process in every.values() if process.uid in users} - zygotes - new
    strays = {process for process in strays if _escaped(process, users, every)}
    allowed = 2 * len(zygotes)  # the control socket and the error stream of each
    files = after.files - before.files - _directories(sandbox)
    opened = after.descriptors - before.descriptors
    kept_open = [text for text in opened if not text.startswith(("socket:", "pipe:"))]
    if len(opened) > allowed:
        kept_open += sorted(opened - set(kept_open))
    return [
        *(f"process {process} stayed" for process in sorted(new, key=lambda process: process.pid)),
        *(f"process {process} runs as a zygote's user" for process in strays - before.processes),
        *(f"descriptor {text} stayed open" for text in kept_open),
        *(f"mount {text}" for text in after.mounts - before.mounts),
        *(f"file {text}" for text in files),
        *(f"scratch {text}" for text in _scratch(sandbox)),
        *(f"control group {text}" for text in after.groups - before.groups if sandbox is None),
    ]


def _escaped(process: Process, users: set[int], every: dict[int, Process]) -> bool:
    """Whether a zygote's user started it: other sandboxes of this machine stand below a process of somebody else.

    What leaves its parents becomes a child of the machine's init, or of one of our own ancestors.
    """
    above = {process.pid for process in _ancestors(os.getpid(), every)}
    while process.parent in every and process.parent not in above:
        process = every[process.parent]
    return process.uid in users


def _ancestors(pid: int, every: dict[int, Process]) -> Iterator[Process]:
    """Yield a process, its parent, and so on."""
    while pid in every:
        yield every[pid]
        pid = every[pid].parent


def _held(sandbox: Sandbox | None) -> list[Zygote]:
    """Return the zygotes that a sandbox holds open."""
    pools = [] if sandbox is None else list(sandbox._pools._pools.values())
    return [member.zygote for pool in pools for member in list(pool.members)]


def _directories(sandbox: Sandbox | None) -> set[str]:
    """Return where zygotes without namespaces keep the scratch directories of their jobs."""
    return {str(zygote._directory.resolve()) for zygote in _held(sandbox)}


def _scratch(sandbox: Sandbox | None) -> list[str]:
    """Return scratch directories of jobs; none may be there once all jobs have ended."""
    return [str(path) for place in _directories(sandbox) for path in Path(place).glob("job*")]


def _zygotes(sandbox: Sandbox | None, present: frozenset[Process]) -> set[Process]:
    """Return the processes of a sandbox's zygotes: what it started, and the init of each one's PID namespace."""
    outer = {zygote._process.pid for zygote in _held(sandbox)}
    namespaces = any(zygote.namespaces for zygote in _held(sandbox))
    inner = {process.pid for process in present if process.parent in outer} if namespaces else set()
    assert len(inner) <= len(outer), "a zygote with namespaces has one child, the init of them"
    return {process for process in present if process.pid in outer | inner}


def _descriptors() -> list[str]:
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            text = str(entry.readlink())
        except OSError:
            continue
        if text != f"/proc/{os.getpid()}/fd":
            found.append(f"{text} ({entry.name})" if not text.startswith(("socket:", "pipe:")) else text)
    return found


def _files() -> list[str]:
    """Return what lies in the places that every program may try to write to, and in our temporary directory."""
    own = Path(tempfile.gettempdir()).resolve()
    entries = [entry for place in {*map(Path, _PLACES), own} for entry in place.iterdir()]
    return [
        str(entry)
        for entry in entries
        if entry.parent == own or entry.name.startswith("trialrun-attack") or entry.name in _WRITTEN
    ]


def _groups() -> list[str]:
    """Return the control groups that this process made, in every hierarchy; others on this machine make theirs."""
    top = Path("/sys/fs/cgroup")
    hierarchies = [top, *(path for path in top.glob("*") if path.is_dir())]
    return [str(path) for hierarchy in hierarchies for path in hierarchy.glob(f"trialrun-*-{os.getpid()}-*")]
