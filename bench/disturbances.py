"""Ways to disturb a run from outside, each bounded and undone: what a machine does to a run on a bad day.

Kills and stops strike one zygote, and so do shortages of processes and memory, in its control group. Only zygotes that
are older than a retry alone takes are struck: what fails twice, the second time alone and with a healthy machine
after it, is by the trust rules the program's outcome, and two strikes on one program would be told as that.

Leaves out: when they happen and what is claimed (`chaos.py`), power cuts, and anything that other people would notice.
"""

import contextlib
import os
import random
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.kill_resume import descendants
from bench.leftovers import parent
from trialrun.run import channel, supervisor
from trialrun.run.cgroups import MEMORY, PIDS, find_places

OLD_S = 3.0
"""Zygotes of retries alone are younger."""
DISK_MB = 16
_HELD_S = 0.3
_DESCRIPTORS = 1024


def old_zygotes(supervisor_pid: int, besides: int = 0) -> list[int]:
    """Return the zygotes of one supervisor that are old enough to be struck; none of those below `besides`."""
    below = descendants(supervisor_pid)
    parents = {pid: parent(pid) for pid in below}
    first = {pid for pid in below if parents[pid] == supervisor_pid and pid != besides}
    return [pid for pid in below if parents[pid] in first and _age_s(pid) > OLD_S]


def _age_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        up_s = float(Path("/proc/uptime").read_text().split()[0])
    except OSError:
        return 0.0
    return up_s - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def kill(zygote: int, generator: random.Random) -> None:
    """Kill a zygote, and with it all its jobs."""
    os.kill(zygote, signal.SIGKILL)


def stop(zygote: int, generator: random.Random) -> None:
    """Stop a zygote for a while."""
    os.kill(zygote, signal.SIGSTOP)
    try:
        time.sleep(generator.uniform(0.1, 1.0))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(zygote, signal.SIGCONT)


def few_processes(zygote: int, generator: random.Random) -> None:
    """Let a zygote clone nothing for a while."""
    _tighten(zygote, PIDS, {1: "pids.max", 2: "pids.max"}, lambda directory: 1)


def little_memory(zygote: int, generator: random.Random) -> None:
    """Leave a zygote and its jobs little more memory than they have at the moment."""
    names = {1: "memory.usage_in_bytes", 2: "memory.current"}
    place = find_places().get(MEMORY)
    if place is not None:
        usage = names[place.version]
        _tighten(
            zygote,
            MEMORY,
            {1: "memory.limit_in_bytes", 2: "memory.max"},
            lambda directory: int((directory / usage).read_text()) + (generator.randrange(1, 8) << 20),
        )


def _tighten(zygote: int, controller: str, names: dict[int, str], limit: Callable[[Path], int]) -> None:
    place = find_places().get(controller)
    if place is None:
        return
    for top in place.directory.glob("trialrun-*"):
        for directory in top.iterdir():
            with contextlib.suppress(OSError):  # it may go at any time
                if directory.is_dir() and str(zygote) in (directory / "cgroup.procs").read_text().split():
                    file = directory / names[place.version]
                    before = file.read_text().strip()
                    file.write_text(str(limit(directory)))
                    try:
                        time.sleep(_HELD_S)
                    finally:
                        file.write_text(before)
                    return


ON_ZYGOTES = {
    "zygote killed": kill,
    "zygote stopped": stop,
    "no processes": few_processes,
    "little memory": little_memory,
}


def no_descriptors() -> None:
    """Leave this process no free descriptor for a while."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_DESCRIPTORS, hard), hard))
    taken: list[int] = []
    end = time.monotonic() + _HELD_S
    try:
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC))
            time.sleep(0.01)  # what others close is taken as well
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def fill_disk(directory: Path) -> None:
    """Fill the small disk of `small_disk`, then free it."""
    ballast = directory / "ballast"
    try:
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            for _ in range(DISK_MB * 64):
                file.write(bytes(1 << 14))
            while True:
                file.write(b"\0")
        time.sleep(_HELD_S)
    finally:
        ballast.unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(directory: Path) -> Iterator[bool]:
    """Mount a disk of a few MiB there; say whether this machine lets us."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=700", "trialrun-chaos", str(directory)]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(directory)], capture_output=True, check=True)


# -- noise on the channel


class Noise(threading.local):
    """Whether the jobs that this thread starts have a channel that corrupts what arrives."""

    generator: random.Random | None = None


NOISE = Noise()


class NoisyChannel(channel.Channel):
    """A channel on which bytes change, get lost, or come twice on their way to the supervisor.

    The first frame is left as it is: it is all that control programs send, and those have minutes to answer.
    """

    _clean = 0
    """Bytes that are still to be left as they are; known with the first header."""
    _head = b""
    """What has arrived until the first header is whole."""
    _started = False

    def fill(self) -> bool:
        """Read what has arrived, and spoil some of it."""
        before = len(self._arrived)
        alive = super().fill()
        new = len(self._arrived) - before
        if not self._started:
            self._head += self._arrived[before:]
            if len(self._head) < channel.HEADER.size:
                return alive
            self._started = True
            first = channel.HEADER.size + channel.HEADER.unpack_from(self._head)[0]
            self._clean = first - (len(self._head) - new)
        clean = max(0, self._clean)
        self._clean = clean - new
        arrived = bytes(self._arrived[before + clean :])
        generator = NOISE.generator
        if generator is not None and arrived and generator.random() < 0.5:
            self._arrived[before + clean :] = spoilt(arrived, generator)
        return alive


def spoilt(data: bytes, generator: random.Random) -> bytes:
    """Return data with one piece of it changed, cut out, repeated, or preceded by what does not belong there."""
    start = generator.randrange(len(data))
    end = min(len(data), start + generator.randrange(1, 32))
    piece = {
        "changed": generator.randbytes(end - start),
        "lost": b"",
        "twice": data[start:end] * 2,
        "more": generator.randbytes(generator.randrange(1, 64)) + data[start:end],
    }
    return data[:start] + piece[generator.choice(list(piece))] + data[end:]


@contextlib.contextmanager
def noisy_channels() -> Iterator[None]:
    """Give jobs that are started under `NOISE` a channel with noise."""
    plain = supervisor.Channel
    try:
        supervisor.Channel = NoisyChannel  # type: ignore[misc]
        yield
    finally:
        supervisor.Channel = plain  # type: ignore[misc]
