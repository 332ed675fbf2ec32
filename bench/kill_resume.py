"""`kill -9` at random moments, then `--resume`: the records must equal an undisturbed run's, and nothing survive.

    python -m bench.kill_resume [--tasks mbpp] [--kills 20] [--seed 0] [--limit N]

Starts `trialrun eval … --resume`, kills its process at a moment drawn from the seed, looks for processes of that run
that are still alive a moment later (all orphans come to this process), and starts it again, until the kills are
spent; the last start runs to its end. A quarter of the moments lie in the start-up, the others where a random number
of records is written, so that every kill meets a run that is going. Then the same with Ctrl-C (SIGINT): exit 130,
records kept.

Leaves out: power cuts, and kills of single sandboxed processes (those are in `tests/attacks/`).
"""

import argparse
import contextlib
import ctypes
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measuring import circumstances, measure, store

TIMING = {"cpu_s", "tester_cpu_s", "wall_s", "peak_mb"}
GRACE_S = 10.0
"""How long the kernel may take to end what a killed run had started."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When to stop a run: once so many records are written, and then a little later."""

    records: int
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What one kill left."""

    after_s: float
    status: int
    records: int
    """Whole lines in records.jsonl afterwards."""
    unfinished_bytes: int
    """Length of an unfinished last line."""
    processes: int
    """Processes of the run that were alive just before."""
    survivors: tuple[str, ...]
    """What the run had started, then or later, that was still alive after the grace."""


def main() -> int:
    """Run, print, store; exit 1 where records differ or a process survives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tasks", default="mbpp")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    where = circumstances()
    limit = ["--limit", str(options.limit)] if options.limit else []
    with tempfile.TemporaryDirectory() as scratch:
        undisturbed = Path(scratch) / "undisturbed"
        used = measure(evaluate(options.tasks, undisturbed, *limit))
        if used.status != 0:
            raise SystemExit(f"the undisturbed run ended with {used.status}:\n{used.output[-2000:]}")
        whole = len(_records(undisturbed))
        moments = draw_moments(options.kills, whole, options.seed)
        killed, final = kill_and_resume(options.tasks, Path(scratch) / "killed", moments, *limit)
        difference = compare(undisturbed, Path(scratch) / "killed")
        interrupted = interrupt(options.tasks, Path(scratch) / "interrupted", Moment(whole // 2, 0.0), *limit)
        difference += compare(undisturbed, Path(scratch) / "interrupted")
    return _report(options, where, killed, final, difference, interrupted)


def _report(
    options: argparse.Namespace,
    where: dict[str, Any],
    killed: list[Killed],
    final: int,
    difference: list[str],
    interrupted: Killed,
) -> int:
    print(
        f"{'kill':>4}{'after s':>9}{'status':>8}{'records':>9}{'cut bytes':>11}{'processes':>11}  survivors"
    )
    for number, kill in enumerate([*killed, interrupted], start=1):
        name = str(number) if kill is not interrupted else "^C"
        print(
            f"{name:>4}{kill.after_s:>9.2f}{kill.status:>8}{kill.records:>9}{kill.unfinished_bytes:>11}"
            f"{kill.processes:>11}  {'; '.join(kill.survivors) or 'none'}"
        )
    survivors = sum(len(kill.survivors) for kill in [*killed, interrupted])
    midway = sum(1 for kill in killed if kill.status == -signal.SIGKILL)
    print(f"{len(killed)} kills, {midway} of them while the run was going; last start exits {final}")
    print(f"records against the undisturbed run's: {'equal' if not difference else 'DIFFERENT'}")
    for line in difference[:20]:
        print(f"  {line}")
    store(
        "kill_resume",
        {
            "tasks": options.tasks,
            "seed": options.seed,
            "kills": killed,
            "interrupt": interrupted,
            "final status": final,
            "survivors": survivors,
            "differences": difference,
        },
        where=where,
    )
    return 0 if not difference and not survivors and final == 0 and interrupted.status == 130 else 1


def draw_moments(kills: int, records: int, seed: int) -> list[Moment]:
    """Draw when to kill: a quarter during start-up, the rest spread over the run's records, in order."""
    generator = random.Random(seed)
    starting = set(generator.sample(range(kills), kills // 4))
    levels = iter(sorted(generator.randrange(1, records) for _ in range(kills - len(starting))))
    return [
        Moment(0, generator.uniform(0.0, 0.6))
        if number in starting
        else Moment(next(levels), generator.uniform(0, 0.02))
        for number in range(kills)
    ]


def evaluate(tasks: str, output: Path, *more: str) -> list[str | Path]:
    """Return the command that starts or continues a run."""
    command = Path(sys.executable).parent / "trialrun"
    return [command, "eval", tasks, "--method", "reference", "--output", output, "--resume", *more]


def kill_and_resume(tasks: str, output: Path, moments: list[Moment], *more: str) -> tuple[list[Killed], int]:
    """Kill a run at each of `moments`, resuming in between; return what was seen and the last status."""
    killed = [stop(evaluate(tasks, output, *more), output, moment, signal.SIGKILL) for moment in moments]
    return killed, measure(evaluate(tasks, output, *more)).status


def interrupt(tasks: str, output: Path, moment: Moment, *more: str) -> Killed:
    """Send SIGINT to a run at `moment`, then let it finish."""
    stopped = stop(evaluate(tasks, output, *more), output, moment, signal.SIGINT)
    if measure(evaluate(tasks, output, *more)).status != 0:
        raise SystemExit("the interrupted run cannot be resumed")
    return stopped


def stop(command: list[str | Path], output: Path, moment: Moment, number: int) -> Killed:
    """Start a run, send it one signal at a moment, and look what stays alive.

    While this lasts, orphans below this process become its children (a subreaper), so that nothing the run has
    started can hide, not even what it starts while it is being killed.
    """
    before = descendants(os.getpid())
    began = time.monotonic()
    adopt_orphans(True)
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and count_records(output) < moment.records:
            time.sleep(0.002)
        time.sleep(moment.delay_s)
        after_s = time.monotonic() - began
        below = descendants(process.pid)
        process.send_signal(number)
        status = process.wait(timeout=60)
        survivors = survivors_of(before)
    finally:
        adopt_orphans(False)
    return Killed(
        after_s=after_s,
        status=status,
        records=count_records(output),
        unfinished_bytes=len(_written(output).rpartition(b"\n")[2]),
        processes=len(below),
        survivors=survivors,
    )


def adopt_orphans(adopt: bool) -> None:
    """Let orphans below this process become its children, or no longer."""
    pr_set_child_subreaper = 36
    if ctypes.CDLL(None, use_errno=True).prctl(pr_set_child_subreaper, ctypes.c_ulong(adopt), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def survivors_of(before: dict[int, str]) -> tuple[str, ...]:
    """Wait for processes below this one that were not there `before`; return those that do not end in time."""
    end = time.monotonic() + GRACE_S
    while True:
        now = descendants(os.getpid())
        # What others of this process's children start meanwhile, a browser for one, is not the run's.
        others = {child for pid, name in before.items() if now.get(pid) == name for child in descendants(pid)}
        left = {pid: name for pid, name in now.items() if before.get(pid) != name and pid not in others}
        for pid in left:
            with contextlib.suppress(ChildProcessError):  # only an adopted orphan is ours to collect
                os.waitpid(pid, os.WNOHANG)
        left = {pid: name for pid, name in left.items() if _lives(pid, name)}
        if not left or time.monotonic() > end:
            return tuple(f"{pid} {name}" for pid, name in left.items())
        time.sleep(0.02)


def count_records(output: Path) -> int:
    """Return how many whole lines a run's records file has by now."""
    return _written(output).count(b"\n")


def _written(output: Path) -> bytes:
    try:
        return (output / "records.jsonl").read_bytes()
    except FileNotFoundError:
        return b""


def descendants(pid: int) -> dict[int, str]:
    """Return the living processes below one, by id, each with its start time and name (ids are used again)."""
    parents: dict[int, list[int]] = {}
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))) is not None:
            parents.setdefault(int(fields[2]), []).append(int(entry.name))
            found[int(entry.name)] = _identity(fields)
    below: list[int] = []
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        below += children
        waiting += children
    return {child: found[child] for child in below}


def _lives(pid: int, identity: str) -> bool:
    fields = _stat(pid)
    return fields is not None and fields[1] not in ("Z", "X") and _identity(fields) == identity


def _stat(pid: int) -> list[str] | None:
    """Return [name, state, parent, …] of proc_pid_stat(5)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    return [name, *rest.split()]


def _identity(fields: list[str]) -> str:
    start_time = fields[20]
    return f"{fields[0]}@{start_time}"


def compare(one: Path, other: Path) -> list[str]:
    """Say where two runs' records differ in anything but cost; duplicates are named too."""
    left, right = _records(one), _records(other)
    lines = [f"{other.name}: key {key} stands there twice" for key, rows in right.items() if len(rows) > 1]
    for key in sorted(left.keys() | right.keys()):
        a, b = left.get(key), right.get(key)
        if a is None or b is None:
            lines.append(f"{other.name}: record {key} only in {'the undisturbed run' if a else other.name}")
        elif a[0] != b[0]:
            lines.append(f"{other.name}: record {key} differs: {a[0]} / {b[0]}")
    return lines


def _records(run: Path) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for line in (run / "records.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["key"], []).append(without_cost(row))
    return found


def without_cost(value: Any) -> Any:
    """Return a record without the fields that measure time and memory."""
    if isinstance(value, dict):
        return {name: without_cost(item) for name, item in value.items() if name not in TIMING}
    if isinstance(value, list):
        return [without_cost(item) for item in value]
    return value


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    raise SystemExit(main())
