"""Very many jobs of one supervisor, honest and hostile: no wrong verdict, no growth, nothing left behind.

    python -m bench.soak [--jobs 200000] [--workers 4] [--hostile 0.05] [--seed 0] [--sample-every 2000]

This process is the supervisor: one judge and one sandbox shared by `--workers` threads, which take programs from a
seeded mixture (`mixture.py`) until `--jobs` processes were cloned. A job is one process that a zygote cloned to run
code: a program judged by cases takes one, one judged by test code takes two; control jobs count too. Every verdict is
compared with what the program must get. Every `--sample-every` jobs the memory of this process and of its largest
zygote is read, with the blocks that its objects hold, descriptors, threads, processes, mounts, control groups and
temporary files. Flat means: the mean of the last quarter of the samples is at most a tenth (blocks: a twentieth)
above the second quarter's; the allocator's fragments need some time to settle. Ctrl-C prints what was found so far.

Leaves out: data sets and run directories (`kill_resume.py`), faults of the machine (`chaos.py`).
"""

import argparse
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.leftovers import COUNTED, Footprint, Started, counting, footprint, left_behind, own_temporary_files
from bench.measuring import circumstances, store
from bench.mixture import Bench, Item, Seen, draw, honest_items, hostile_items
from trialrun.run.sandbox import Sandbox

_PROGRESS_S = 5.0
_WRONG_SHOWN = 20
MEMORY = {"rss_mb": 0.1, "zygote_mb": 0.1, "blocks": 0.05}
"""What must not grow, and by what share it may."""


@dataclass(slots=True)
class Found:
    """What a soak has shown so far."""

    programs: Counter[str] = field(default_factory=Counter)
    """Programs judged, by `honest` or `hostile` and verdict."""
    wrong: list[str] = field(default_factory=list)
    samples: list[tuple[int, Footprint]] = field(default_factory=list)
    """(jobs so far, footprint)."""
    bugs: list[BaseException] = field(default_factory=list)
    """What was raised out of the judge and should not have been."""

    def note(self, item: Item, seen: Seen) -> None:
        """Count one verdict."""
        self.programs[f"{'honest' if item.honest else 'hostile'} {seen.verdict}"] += 1
        if not seen.is_right(item):
            self.wrong.append(f"{item.name} on {item.task.id}: {seen.verdict} {seen.evidence[:300]}")


class Soak:
    """Threads that judge a mixture until enough jobs were started."""

    def __init__(self, items: Iterator[Item], started: Started, *, jobs: int, workers: int) -> None:
        self.found = Found()
        self._items, self._started, self._jobs = items, started, jobs
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]

    def run(self, bench: Bench, sample_every: int) -> bool:
        """Judge until enough jobs were started; return False where Ctrl-C came first."""
        self._bench = bench
        began = shown = time.monotonic()
        for thread in self._threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in self._threads):
                time.sleep(0.05)
                jobs = self._started.jobs
                if jobs >= len(self.found.samples) * sample_every:
                    self.found.samples.append((jobs, footprint()))
                if time.monotonic() - shown > _PROGRESS_S:
                    shown = time.monotonic()
                    print(self._progress(shown - began), flush=True)
        except KeyboardInterrupt:
            return False
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()
        return True

    def _work(self) -> None:
        try:
            while not self._stop.is_set() and self._started.jobs < self._jobs:
                with self._lock:
                    item = next(self._items)
                seen = self._bench.judge(item)
                with self._lock:
                    self.found.note(item, seen)
        except BaseException as error:
            self.found.bugs.append(error)
            self._stop.set()

    def _progress(self, wall_s: float) -> str:
        last = self.found.samples[-1][1]
        return (
            f"{wall_s:6.0f} s {self._started.jobs:>8} jobs {self._started.jobs / wall_s:6.0f}/s "
            f"{self.found.programs.total():>8} programs  {len(self.found.wrong)} wrong  rss {last.rss_mb:.1f} MiB  "
            f"zygote {last.zygote_mb:.1f} MiB  {last.descriptors} descriptors  {last.processes} processes"
        )


def growth(values: Sequence[float]) -> tuple[float, float]:
    """Return the means of the second and of the last quarter of a series.

    >>> growth([9, 9, 1, 1, 3, 3, 2, 2])
    (1, 2)
    """
    quarter = len(values) // 4
    if not quarter:
        return (values[0], values[-1]) if values else (0.0, 0.0)
    return statistics.fmean(values[quarter : 2 * quarter]), statistics.fmean(values[-quarter:])


def is_flat(values: Sequence[float], share: float) -> bool:
    """Say whether the last quarter is no higher than the second one by more than a share."""
    before, after = growth(values)
    return after <= before * (1 + share)


def slope(points: Sequence[tuple[int, float]]) -> float:
    """Return how much more there is per 100,000 jobs over the later three quarters, by least squares."""
    later = points[len(points) // 4 :]
    if len(later) < 2:
        return 0.0
    return statistics.linear_regression([x for x, _ in later], [y for _, y in later]).slope * 1e5


def main() -> int:
    """Run, print, store; exit 1 for a wrong verdict, growth, or anything left."""
    options = _options()
    where = circumstances()
    began = time.monotonic()
    items = draw(honest_items(), hostile_items(), options.hostile, options.seed)
    with own_temporary_files():
        before = footprint()
        with counting() as started, Sandbox() as sandbox:
            tier = sandbox.tier
            soak = Soak(items, started, jobs=options.jobs, workers=options.workers)
            finished = soak.run(Bench(sandbox), options.sample_every)
            sandbox.close(wait=True)
        left = left_behind(before)
    wall_s = time.monotonic() - began
    result: dict[str, Any] = {
        "tier": tier,
        "asked": vars(options),
        "finished": finished,
        "jobs": started.jobs,
        "zygotes": started.zygotes,
        "wall_s": round(wall_s, 1),
        "jobs_per_s": round(started.jobs / wall_s, 1),
        **_judged(soak.found),
        "memory": _memory(soak.found),
        "most": _most(soak.found),
        "left": left,
        "samples": [{"jobs": jobs, **asdict(seen)} for jobs, seen in soak.found.samples],
    }
    return _report(result, soak.found, where)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=200_000, help="processes to clone")
    parser.add_argument("--workers", type=int, default=4, help="programs judged at the same time")
    parser.add_argument("--hostile", type=float, default=0.05, help="share of the programs that is hostile")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--sample-every", type=int, default=2000, help="jobs between two looks at what is held"
    )
    parser.add_argument("--name", default="soak", help="name of the result file")
    return parser.parse_args()


def _judged(found: Found) -> dict[str, Any]:
    return {
        "programs": found.programs.total(),
        "verdicts": dict(sorted(found.programs.items())),
        "wrong": len(found.wrong),
        "wrong_shown": found.wrong[:_WRONG_SHOWN],
        "bugs": [repr(error) for error in found.bugs],
    }


def _memory(found: Found) -> dict[str, Any]:
    rows = {}
    for name, share in MEMORY.items():
        points = [(jobs, float(getattr(seen, name))) for jobs, seen in found.samples]
        values = [value for _, value in points]
        before, after = growth(values)
        rows[name] = {
            "second_quarter": round(before, 2),
            "last_quarter": round(after, 2),
            "per_100000_jobs": round(slope(points), 2),
            "flat": is_flat(values, share),
        }
    return rows


def _most(found: Found) -> dict[str, int]:
    return {name: max((getattr(seen, name) for _, seen in found.samples), default=0) for name in COUNTED}


def _report(result: dict[str, Any], found: Found, where: dict[str, Any]) -> int:
    print(
        f"{result['jobs']} jobs of {result['programs']} programs in {result['wall_s']} s, tier {result['tier']}"
    )
    for name, row in result["memory"].items():
        print(f"  {name}: second quarter {row['second_quarter']}, last {row['last_quarter']}", end="")
        print(f", {row['per_100000_jobs']:+} per 100,000 jobs: {'flat' if row['flat'] else 'GROWS'}")
    print(f"  verdicts {result['verdicts']}, wrong {result['wrong']}")
    print(f"  most at one moment {result['most']}; left {result['left'] or 'nothing'}")
    for line in [*found.wrong[:_WRONG_SHOWN], *result["bugs"]]:
        print(f"  {line}")
    flat = all(row["flat"] for row in result["memory"].values())
    if result["finished"]:
        store(result["asked"].pop("name"), result, where=where)
    else:
        print("interrupted: nothing is stored")
    right = not (found.wrong or found.bugs or result["left"])
    return 130 if not result["finished"] else 0 if flat and right else 1


if __name__ == "__main__":
    raise SystemExit(main())
