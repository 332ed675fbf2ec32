"""Verdicts must not depend on how busy the machine is: the sets' own solutions, run again and again under load.

    python -m bench.load [--sets humaneval,mbpp,…] [--busy 0,4,20] [--runs 3] [--workers 2]
        [--heaviest 13] [--heavy-runs 10] [--apart] [--name load]

Runs `trialrun eval SET --method reference` `--runs` times beside each number of busy loops, and the set's heaviest
tasks (by CPU time of the first run) `--heavy-runs` times, and compares every record's task, sample, verdict and
outcome, and the same of every check, with the first run's. Exit 0 where all runs agree.

Loops of one session are one group to a kernel that schedules by session (autogroup): twenty of them then take no more
from a run than four. `--apart` gives each a session of its own, so that a run gets what one of them gets.

Leaves out: other people's machines; the number of busy loops is stored with the cores that there were.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.measuring import RESULTS, Usage, circumstances, measure, store

SETS = ("humaneval", "humaneval-pro", "mbpp-pro", "mbpp", "humaneval+", "mbpp+")
TIMEOUT_S = 4 * 3600

_LOOP = """
import os
parent = os.getppid()
while os.getppid() == parent:  # ends by itself if the benchmark is killed
    for _ in range(1_000_000): pass
"""

Verdicts = dict[tuple[str, int], tuple[Any, ...]]


def main() -> int:
    """Run, compare, print a table, store; exit 1 where two runs disagree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS), help="task sets, with commas")
    parser.add_argument("--busy", default="0,4,20", help="numbers of busy loops beside the runs")
    parser.add_argument("--runs", type=int, default=3, help="runs of each set beside each number of loops")
    parser.add_argument("--workers", type=int, default=2, help="programs judged at the same time")
    parser.add_argument(
        "--heaviest", type=int, default=13, help="so many tasks of each set are run more often"
    )
    parser.add_argument("--heavy-runs", type=int, default=10, help="runs of those")
    parser.add_argument("--apart", action="store_true", help="each loop in a session of its own")
    parser.add_argument("--name", default="load", help="name of the result file")
    options = parser.parse_args()
    where = circumstances()
    result: dict[str, Any] = {"sets": _earlier(options.name)}
    print(f"{'set':<24}{'busy':>5}{'samples':>9}  {'passed':<14}{'identical':<11}CPU s")
    agree = True
    for name in options.sets.split(","):
        found = _one_set(name, [int(busy) for busy in options.busy.split(",")], options)
        how = {"measured": where["date"], "workers": options.workers, "apart": options.apart}
        result["sets"][name] = {**how, **found}
        agree &= found["identical"]
        store(options.name, result, where=where)
    return 0 if agree else 1


def _earlier(name: str) -> dict[str, Any]:
    """Return the sets that are stored already, so that a run of some sets keeps the others."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        stored: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))["sets"]
        return stored
    return {}


def _one_set(name: str, levels: list[int], options: argparse.Namespace) -> dict[str, Any]:
    first = _Run(name, (), options.workers)
    heavy = first.heaviest(options.heaviest)
    found: dict[str, Any] = {"samples": len(first.verdicts), "heaviest tasks": heavy, "levels": {}}
    differing: list[str] = []
    for busy in levels:
        with busy_loops(busy, apart=options.apart):
            whole = [_Run(name, (), options.workers) for _ in range(options.runs)]
            _line(name, busy, whole, first)
            often = [
                _Run(name, tuple(heavy), options.workers) for _ in range(options.heavy_runs if heavy else 0)
            ]
            _line(f"  its {len(heavy)} heaviest", busy, often, first)
        runs = whole + often
        differing += [f"{busy} busy loops: {line}" for run in runs for line in run.differences(first)]
        found["levels"][str(busy)] = {
            "runs": len(whole),
            "runs of the heaviest": len(often),
            "passed": sorted({run.passed for run in whole}),
            "unknown": sum(run.unknown for run in runs),
            "cpu_s": [round(run.usage.cpu_s, 1) for run in whole],
            "wall_s": [round(run.usage.wall_s, 1) for run in whole],
        }
    not_passed = {key[0]: list(row[:2]) for key, row in first.verdicts.items() if row[0] != "pass"}
    return {**found, "not passed": not_passed, "identical": not differing, "differing": differing}


class _Run:
    """One evaluation of a set's own solutions."""

    def __init__(self, name: str, tasks: tuple[str, ...], workers: int) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            self.usage = _evaluate(name, Path(scratch) / "run", tasks, workers)
            records = Path(scratch) / "run" / "records.jsonl"
            self.verdicts = read_verdicts(records)
            rows = [json.loads(line) for line in records.read_text("utf-8").splitlines()]
        self._cpu = {row["task_id"]: row["cpu_s"] for row in rows}
        self.passed = sum(row[0] == "pass" for row in self.verdicts.values())
        self.unknown = sum(row[0] == "unknown" for row in self.verdicts.values())

    def heaviest(self, count: int) -> list[str]:
        """Return the tasks that used most CPU time."""
        return sorted(self._cpu, key=lambda task: -self._cpu[task])[:count]

    def differences(self, first: "_Run") -> list[str]:
        """Say where this run disagrees with the first."""
        expected = {key: first.verdicts.get(key) for key in self.verdicts}
        return differences([{key: row for key, row in expected.items() if row is not None}, self.verdicts])


def _line(name: str, busy: int, runs: list[_Run], first: _Run) -> None:
    if not runs:
        return
    lines = [line for run in runs for line in run.differences(first)]
    passed = _join(sorted({run.passed for run in runs}))
    cpu = f"{min(run.usage.cpu_s for run in runs):.1f}–{max(run.usage.cpu_s for run in runs):.1f}"
    print(
        f"{name:<24}{busy:>5}{len(runs[0].verdicts):>9}  {passed:<14}{'NO' if lines else 'yes':<11}"
        f"{cpu} in {len(runs)} runs",
        flush=True,
    )
    for line in lines:
        print(f"  {line}", flush=True)


def _join(values: Any) -> str:
    return ", ".join(str(value) for value in values)


def _evaluate(name: str, run: Path, tasks: tuple[str, ...], workers: int) -> Usage:
    trialrun = Path(sys.executable).parent / "trialrun"
    command = [str(trialrun), "eval", name, "--method", "reference", "--output", str(run)]
    command += ["--workers", str(workers)]
    for task in tasks:
        command += ["--task", task]
    used = measure(command, timeout_s=TIMEOUT_S)
    if used.status != 0:
        raise SystemExit(f"eval {name} ended with {used.status}:\n{used.output[-2000:]}")
    return used


@contextlib.contextmanager
def busy_loops(count: int, *, apart: bool = False) -> Iterator[list[int]]:
    """Keep `count` processes spinning, each in a session of its own where they are `apart`; yields their ids."""
    command = [sys.executable, "-S", "-c", _LOOP]
    loops = [subprocess.Popen(command, cwd="/", start_new_session=apart) for _ in range(count)]
    try:
        yield [loop.pid for loop in loops]
    finally:
        for loop in loops:
            loop.kill()
        for loop in loops:
            loop.wait()


def read_verdicts(records: Path) -> Verdicts:
    """Return (task, sample) → (verdict, outcome, the same of every check) of a records file."""
    found: Verdicts = {}
    for line in records.read_text("utf-8").splitlines():
        row = json.loads(line)
        checks = tuple((j["check"], j["verdict"], j["outcome"], j["cases"]) for j in row["judgements"])
        key = (row["task_id"], row["sample"])
        if key in found:
            raise SystemExit(f"{records}: {key} stands there twice")
        found[key] = (row["verdict"], row["outcome"], row["weak"], row["unscored"], checks)
    return found


def differences(runs: list[Verdicts]) -> list[str]:
    """Say, a line each, where runs disagree with the first."""
    lines = []
    for number, run in enumerate(runs[1:], start=2):
        for key in runs[0].keys() | run.keys():
            first, this = runs[0].get(key), run.get(key)
            if first != this:
                lines.append(f"{key[0]} sample {key[1]}: run 1 {first}, run {number} {this}")
    return sorted(lines)


if __name__ == "__main__":
    print(f"{len(os.sched_getaffinity(0))} cores")
    raise SystemExit(main())
