"""A bad day: zygotes die and stop, disks fill, processes and descriptors run out, channels lie, and the run is killed.

    python -m bench.chaos [--minutes 10] [--seed 0] [--every 1.0]

Two runs are disturbed at random, seeded moments (`disturbances.py`). One is this process: threads that judge the
seeded mixture of `mixture.py`, a part of it over channels that corrupt what the job sends. The other is `trialrun eval
--resume` on honest and hostile samples, its run directory on a disk of 16 MiB: it is killed and its disk is filled as
well, and it is started again until it finishes; then a new run begins. Claimed: no hostile program is accepted and no
honest one fails; where the machine was at fault a program is unscored, and judged again in quiet it gets what it must
(over a lying channel an honest program may fail: it sent what no honest one sends); every finished run's records are
those of an undisturbed one in all but time and wording; in the end no process, mount, control group or file is left.

Leaves out: shortages for the whole machine, which other people would notice; Ctrl-C ends it and undoes what it did.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.attacks.honest import HONEST, Honest
from tests.attacks.programs import ATTACKS
from tests.attacks.programs.attack import Attack

from bench import disturbances
from bench.disturbances import NOISE, ON_ZYGOTES, fill_disk, no_descriptors, noisy_channels, old_zygotes
from bench.kill_resume import adopt_orphans, survivors_of
from bench.leftovers import footprint, left_behind, own_groups, own_temporary_files
from bench.load import Verdicts, differences, read_verdicts
from bench.measuring import circumstances, store
from bench.mixture import NARROW, SLOW, Bench, Item, Seen, draw, honest_items, hostile_items
from trialrun.run.sandbox import Sandbox

WORKERS = 2
HOSTILE = 0.1
NOISY = 0.1
"""Share of the programs of this process that are judged over a lying channel."""
LYING = replace(NARROW, output_kb=1024)
"""Limits of those, whose jobs are waited for where a frame was lost."""
TASKS, HOSTILE_SAMPLES = 180, 4
_BY_CHANCE = 0.01
"""Share of the samples that may be hostile and right all the same, such as one that answers its argument."""
"""Tasks of the run in the other process, and hostile samples of each, beside an honest one."""
_SHOWN = 20
_PAUSE_S = 0.1
"""After an unscored program, so that a shortage does not go through the mixture in a moment."""
_QUICK = frozenset({"returned", "raised", "exited", "killed", "protocol"})
LIMITS = ("--cpu-limit", "2", "--wall-limit", "4")


@dataclass(slots=True)
class Found:
    """What was seen."""

    done: Counter[str] = field(default_factory=Counter)
    """Disturbances that struck, by name."""
    verdicts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    unscored: list[Item] = field(default_factory=list)
    starts: Counter[str] = field(default_factory=Counter)
    """Starts of the run in the other process, by how they ended."""
    runs: int = 0
    """Runs that were finished and compared."""
    bugs: list[str] = field(default_factory=list)

    def note(self, item: Item, seen: Seen, *, noisy: bool) -> None:
        """Count one verdict of this process."""
        kind = ("noisy " if noisy else "") + ("honest" if item.honest else "hostile")
        self.verdicts[f"{kind} {seen.verdict}"] += 1
        if seen.verdict == "unscored":
            self.unscored.append(item)
        elif not seen.is_right(item) and not (noisy and item.honest):
            self.wrong.append(f"{kind} {item.name} on {item.task.id}: {seen.verdict} {seen.evidence[:300]}")


class Chaos:
    """Both runs, and the thread of this process that disturbs them."""

    def __init__(self, place: Path, disk: Path | None, seed: int, every_s: float) -> None:
        """Work in `place`, with the run directories on the small `disk` where there is one."""
        self.found = Found()
        self._place, self._disk = place, disk or place
        self._fills = disk is not None
        self._seed, self._every_s = seed, every_s
        self._stop = threading.Event()
        self._own_files = threading.Lock()
        """Held while this benchmark opens files of its own, which must not meet its own disturbance."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._items = draw(honest_items(), hostile_items(), HOSTILE, seed)

    def run(self, sandbox: Sandbox, expected: Verdicts, seconds: float) -> bool:
        """Disturb both for so long; return False where Ctrl-C came first."""
        bench, noisy = Bench(sandbox), Bench(sandbox, honest=LYING)
        threads = [
            threading.Thread(target=self._guarded, args=(self._judge, bench, noisy, number))
            for number in range(WORKERS)
        ]
        threads.append(threading.Thread(target=self._guarded, args=(self._evaluate, expected)))
        for thread in threads:
            thread.start()
        try:
            self._disturb(time.monotonic() + seconds)
        except KeyboardInterrupt:
            return False
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
        self._again(bench)
        return True

    def _guarded(self, work: Any, *given: Any) -> None:
        try:
            work(*given)
        except BaseException as error:
            self.found.bugs.append("".join(traceback.format_exception(error))[-1500:])
            self._stop.set()

    # -- this process

    def _judge(self, quiet: Bench, lying: Bench, number: int) -> None:
        generator = random.Random(self._seed * 1000 + number)
        while not self._stop.is_set():
            with self._lock:
                item = next(self._items)
            noisy = generator.random() < NOISY
            NOISE.generator = generator if noisy else None
            seen = (lying if noisy else quiet).judge(item)
            with self._lock:
                self.found.note(item, seen, noisy=noisy)
            if seen.verdict == "unscored":
                time.sleep(_PAUSE_S)

    def _again(self, bench: Bench) -> None:
        """Judge what is unscored once more, in quiet."""
        for item in self.found.unscored:
            seen = bench.judge(item)
            if not seen.is_right(item):
                self.found.wrong.append(f"in quiet, {item.name}: {seen.verdict} {seen.evidence[:300]}")

    # -- the other process

    def _evaluate(self, expected: Verdicts) -> None:
        while not self._stop.is_set():
            output = self._disk / f"run{self.found.runs}"
            while (status := self._start(output)) != 0 and not self._stop.is_set():
                self.found.starts[f"status {status}"] += 1
            if status != 0:  # the time is up: the last start is not disturbed
                status = self._start(output)
            self.found.starts[f"status {status}"] += 1
            self.found.runs += 1
            with self._own_files:
                lines = differences([expected, read_verdicts(output / "records.jsonl")])
                self.found.wrong += [f"run {self.found.runs}: {line}" for line in lines]
                subprocess.run(["rm", "-rf", str(output)], check=True)

    def _start(self, output: Path) -> int:
        log = self._place / "log"
        with self._own_files, log.open("wb") as file:
            self._process = subprocess.Popen(
                command(self._place, output), stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        status = self._process.wait()
        if status not in (0, 3, -signal.SIGKILL):
            self.found.bugs.append(f"eval ended with {status}: {log.read_text('utf-8', 'replace')[-1500:]}")
            self._stop.set()
        return status

    # -- what happens to them

    def _disturb(self, end: float) -> None:
        generator = random.Random(self._seed)
        kinds = [*ON_ZYGOTES, "no descriptors", "run killed", *(["disk filled"] if self._fills else [])]
        shown = time.monotonic()
        while time.monotonic() < end and not self._stop.is_set():
            self._stop.wait(generator.expovariate(1 / self._every_s))
            kind, ours = generator.choice(kinds), generator.random() < 0.5
            try:
                struck = self._strike(kind, ours, generator)
            except (ProcessLookupError, FileNotFoundError):
                struck = ""  # it had ended
            if struck:
                self.found.done[struck] += 1
            if time.monotonic() - shown > 5:
                shown = time.monotonic()
                print(f"{end - shown:5.0f} s left  {summary(self.found)}", flush=True)

    def _strike(self, kind: str, ours: bool, generator: random.Random) -> str:
        """Do one thing; return what it was, or nothing where there was nobody to do it to."""
        process = self._process
        other = process.pid if process is not None and process.poll() is None else 0
        if kind == "no descriptors":
            with self._own_files:
                no_descriptors()
        elif kind == "disk filled":
            fill_disk(self._disk)
        elif kind == "run killed":
            if process is None:
                return ""
            process.kill()
        else:
            found = old_zygotes(os.getpid(), other) if ours else old_zygotes(other) if other else []
            if not found:
                return ""
            ON_ZYGOTES[kind](generator.choice(found), generator)
            return f"{kind}, {'here' if ours else 'in the run'}"
        return kind


def summary(found: Found) -> str:
    """Return one line of what was seen so far."""
    return (
        f"{found.done.total()} disturbances  {found.verdicts.total()} programs here, {len(found.unscored)} unscored  "
        f"{found.runs} runs, {found.starts.total()} starts  {len(found.wrong)} wrong  {len(found.bugs)} bugs"
    )


def write_tasks(place: Path) -> None:
    """Write the task set and the samples of the run in the other process; the first of each task is honest."""
    hostile = [a for a in ATTACKS if not a.only and a.name not in SLOW and a.outcomes <= _QUICK]
    hostile = [a for a in hostile if not _throws_dice(a)]
    with (place / "tasks.jsonl").open("w") as tasks, (place / "samples.jsonl").open("w") as samples:
        chosen = [program for program in HONEST if program.name not in SLOW and _is_telling(program)]
        for number, program in enumerate(chosen[:TASKS]):
            name = f"Chaos/{number}"
            (task, *_) = program.tasks()
            attacks = [hostile[(number * HOSTILE_SAMPLES + i) % len(hostile)] for i in range(HOSTILE_SAMPLES)]
            tasks.write(json.dumps({"id": name, "entry": "f", "tests": program.test}) + "\n")
            for source in (program.source, *(attack.source(task) for attack in attacks)):
                samples.write(json.dumps({"task_id": name, "solution": source}) + "\n")


def _throws_dice(attack: Attack) -> bool:
    """Say whether what it answers is chance: such a sample has no verdict that a disturbed run could be held to."""
    (task, *_) = HONEST[0].tasks()
    return "random" in attack.source(task)


def _is_telling(program: Honest) -> bool:
    """Say whether its task tells right from wrong: some attacks answer True to everything, some their argument."""
    plain = (True, False, None)
    return program.source.isascii() and any(
        result not in plain and result not in arguments for arguments, result in program.calls
    )


def command(place: Path, output: Path) -> list[str]:
    """Return the command that starts or continues the run in the other process."""
    trialrun = str(Path(sys.executable).parent / "trialrun")
    files = [str(place / "tasks.jsonl"), "--samples", str(place / "samples.jsonl")]
    return [trialrun, "eval", *files, "--output", str(output), "--resume", "--workers", str(WORKERS), *LIMITS]


def undisturbed(place: Path) -> Verdicts:
    """Run the other process's run in quiet; its honest samples pass, its hostile ones hardly ever."""
    done = subprocess.run(command(place, place / "quiet"), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"the undisturbed run ended with {done.returncode}:\n{done.stderr[-2000:]}")
    verdicts = read_verdicts(place / "quiet" / "records.jsonl")
    rejected = [key for key, row in verdicts.items() if key[1] == 0 and row[0] != "pass"]
    by_chance = [key for key, row in verdicts.items() if key[1] != 0 and row[0] == "pass"]
    if rejected or len(by_chance) > _BY_CHANCE * len(verdicts):
        raise SystemExit(f"the undisturbed run rejects {rejected} and accepts {by_chance}")
    print(f"hostile samples whose answer happens to be right: {by_chance}")
    return verdicts


@contextmanager
def _adopted() -> Iterator[None]:
    adopt_orphans(True)
    try:
        yield
    finally:
        adopt_orphans(False)


def main() -> int:
    """Run, print, store; exit 1 where anything that is claimed does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between disturbances, on average")
    parser.add_argument("--name", default="chaos", help="name of the result file")
    options = parser.parse_args()
    where = circumstances()
    with ExitStack() as stack:
        place = stack.enter_context(own_temporary_files())
        stack.enter_context(_adopted())
        write_tasks(place)
        expected = undisturbed(place)
        before = footprint()
        groups = set(own_groups())
        disk = Path(tempfile.mkdtemp(prefix="disk", dir=place))
        with disturbances.small_disk(disk) as mounted, noisy_channels(), Sandbox() as sandbox:
            tier = sandbox.tier
            chaos = Chaos(place, disk if mounted else None, options.seed, options.every)
            finished = chaos.run(sandbox, expected, 60 * options.minutes)
        survivors = survivors_of({})
        left = {**left_behind(before), **({"survivors": survivors} if survivors else {})}
        more = [str(path) for path in set(own_groups()) - groups if _maker_is_gone(path)]
        left |= {"groups of killed runs": more} if more else {}
    return _report(options, chaos.found, left, finished, {"tier": tier, "small disk": mounted}, where)


def _maker_is_gone(group: Path) -> bool:
    return not Path("/proc", group.name.split("-")[2]).exists()


def _report(
    options: argparse.Namespace,
    found: Found,
    left: dict[str, Any],
    finished: bool,
    more: dict[str, Any],
    where: dict[str, Any],
) -> int:
    print(summary(found))
    for title, counts in (("struck", found.done), ("verdicts", found.verdicts), ("starts", found.starts)):
        print(f"  {title}: {dict(sorted(counts.items()))}")
    print(f"  left: {left or 'nothing'}")
    for line in [*found.wrong[:_SHOWN], *found.bugs]:
        print(f"  {line}")
    held = not (found.wrong or found.bugs or left) and found.runs > 0
    if not finished:
        print("interrupted: nothing is stored")
        return 130
    result = {
        **more,
        "minutes": options.minutes,
        "seed": options.seed,
        "disturbances": dict(sorted(found.done.items())),
        "verdicts": dict(sorted(found.verdicts.items())),
        "unscored, right in quiet": len(found.unscored),
        "starts": dict(sorted(found.starts.items())),
        "runs compared": found.runs,
        "wrong": found.wrong[:_SHOWN],
        "bugs": found.bugs,
        "left": left,
        "held": held,
    }
    store(options.name, result, where=where)
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
