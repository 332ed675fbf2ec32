"""What every benchmark needs: the CPU time of a whole process tree, intervals of ratios, results on disk.

`measure` runs a command and reads, from the kernel, what it and everything it started and waited for have used:
supervisor, zygotes, jobs and start-up alike. `store` writes a result with the machine, versions and date.

Leaves out: what processes use that outlive the command (those of its session are ended with it).
"""

import contextlib
import json
import math
import os
import platform
import signal
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from trialrun.measure.machine import describe

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"

_T95 = {1: 12.71, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
"""Student's t, 97.5 %, by degrees of freedom; from 10 on the value of 10 is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one command and everything below it used."""

    cpu_s: float
    """User and system time of the whole tree."""
    own_s: float
    """The part of the command's own process (in steps of the kernel's clock tick)."""
    wall_s: float
    status: int
    """Exit code, or minus the signal number."""
    output: str
    """Standard output and error."""
    faults: int = 0
    """Page faults of the whole tree that were served from memory."""


def measure(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    timeout_s: float = 3600,
) -> Usage:
    """Run a command to its end and return what its process tree used, as the kernel counted it.

    Interpreters keep byte code, as they do for users: a setting of this shell that forbids it is not passed on.
    """
    began = datetime.now(UTC)
    given = {**os.environ, **(env or {})}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={name: value for name, value in given.items() if name != "PYTHONDONTWRITEBYTECODE"},
            start_new_session=True,
        )
        try:
            process_end = _wait_unreaped(process.pid, timeout_s)
        except BaseException:
            _end_group(process.pid)
            process.wait()
            raise
        own_s = own_cpu(process_end)
        _end_group(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = (datetime.now(UTC) - began).total_seconds()
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    return Usage(
        cpu_s=usage.ru_utime + usage.ru_stime,
        own_s=own_s,
        wall_s=wall_s,
        status=process.returncode,
        output=text,
        faults=usage.ru_minflt,
    )


def _end_group(pid: int) -> None:
    """Kill what a command left behind: a peer's worker would use the CPU that the next measurement counts on.

    The command itself is not collected yet, so its number is still that of its group.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _wait_unreaped(pid: int, timeout_s: float) -> int:
    """Wait until a child has ended but leave it a zombie, whose counters can still be read."""
    import select

    descriptor = os.pidfd_open(pid)
    try:
        ready = select.poll()
        ready.register(descriptor, select.POLLIN)
        if not ready.poll(timeout_s * 1000):
            raise TimeoutError(f"process {pid} did not end within {timeout_s:g} s")
    finally:
        os.close(descriptor)
    return pid


def own_cpu(pid: int) -> float:
    """Return user and system time of a process without its children, from the fields of proc_pid_stat(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int
    """Repeats behind it."""

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f}, n={self.n})"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Interval:
    """Return the geometric mean of paired ratios and its t-interval on the logarithms.

    >>> str(ratio([1.0, 1.1, 0.9], [2.0, 2.2, 1.8]))
    '0.500 (0.500–0.500, n=3)'
    """
    logs = [math.log(a / b) for a, b in zip(ours, theirs, strict=True)]
    centre = statistics.fmean(logs)
    half = 0.0
    if len(logs) > 1:
        t = _T95.get(len(logs) - 1, 2.228)
        half = t * statistics.stdev(logs) / math.sqrt(len(logs))
    return Interval(
        value=math.exp(centre), low=math.exp(centre - half), high=math.exp(centre + half), n=len(logs)
    )


def circumstances(*packages: str) -> dict[str, Any]:
    """Return the machine, the versions of trialrun and `packages`, and the date."""
    versions = {"trialrun": metadata.version("trialrun"), "commit": _commit()}
    versions |= {package: metadata.version(package) for package in packages}
    machine = describe()
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": {name: getattr(machine, name) for name in machine.__struct_fields__},
        "libc": " ".join(platform.libc_ver()),
        "versions": versions,
        "load_before": round(os.getloadavg()[0], 2),
    }


def _commit() -> str:
    """Return the commit of the working tree, with a `+` where it has changes to what is measured."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "--", "src") else "")


def store(name: str, result: Mapping[str, Any], *, where: dict[str, Any]) -> Path:
    """Write `bench/results/NAME.json`: the result with its circumstances. Returns the path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    text = json.dumps({**where, **result}, indent=2, ensure_ascii=False, default=_plain)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _plain(value: Any) -> Any:
    return asdict(value)
