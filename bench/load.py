"""Verdicts must not depend on how busy the machine is: the sets' own solutions, three runs, one under load.

    python -m bench.load [--sets humaneval,mbpp,…] [--busy 20] [--runs 3]

Runs `trialrun eval SET --method reference` three times, the last with 20 busy loops beside it, and compares every
record's task, sample, verdict and outcome, and the same of every check. Exit 0 where all runs agree.

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
    parser.add_argument("--busy", type=int, default=20, help="busy loops beside the last run")
    parser.add_argument("--runs", type=int, default=3, help="runs of each set, the last one under load")
    options = parser.parse_args()
    where = circumstances()
    result: dict[str, Any] = {"busy loops": options.busy, "runs": options.runs, "sets": _earlier()}
    print(f"{'set':<14}{'samples':>8}  {'passed in each run':<22}{'identical':<11}{'CPU s':<22}wall s")
    agree = True
    for name in options.sets.split(","):
        found = _one_set(name, options.runs, options.busy)
        result["sets"][name] = {"measured": where["date"], **found}
        agree &= found["identical"]
        store("load", result, where=where)
    return 0 if agree else 1


def _earlier() -> dict[str, Any]:
    """Return the sets that are stored already, so that a run of some sets keeps the others."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        stored: dict[str, Any] = json.loads((RESULTS / "load.json").read_text("utf-8"))["sets"]
        return stored
    return {}


def _one_set(name: str, runs: int, busy: int) -> dict[str, Any]:
    usages: list[Usage] = []
    verdicts: list[Verdicts] = []
    for number in range(runs):
        loops = busy if number == runs - 1 else 0
        with tempfile.TemporaryDirectory() as scratch, busy_loops(loops):
            usages.append(_evaluate(name, Path(scratch) / "run"))
            verdicts.append(read_verdicts(Path(scratch) / "run" / "records.jsonl"))
    differing = differences(verdicts)
    passed = [sum(1 for row in run.values() if row[0] == "pass") for run in verdicts]
    line = {
        "samples": len(verdicts[0]),
        "passed": passed,
        "identical": not differing,
        "differing": differing,
        "not passed": {key[0]: list(row[:2]) for key, row in verdicts[0].items() if row[0] != "pass"},
        "cpu_s": [round(used.cpu_s, 1) for used in usages],
        "wall_s": [round(used.wall_s, 1) for used in usages],
    }
    print(
        f"{name:<14}{line['samples']:>8}  {_join(passed):<22}{'yes' if not differing else 'NO':<11}"
        f"{_join(line['cpu_s']):<22}{_join(line['wall_s'])}",
        flush=True,
    )
    for difference in differing:
        print(f"  {difference}")
    return line


def _join(values: Any) -> str:
    return ", ".join(str(value) for value in values)


def _evaluate(name: str, run: Path) -> Usage:
    trialrun = Path(sys.executable).parent / "trialrun"
    command = [str(trialrun), "eval", name, "--method", "reference", "--output", str(run)]
    used = measure(command, timeout_s=TIMEOUT_S)
    if used.status != 0:
        raise SystemExit(f"eval {name} ended with {used.status}:\n{used.output[-2000:]}")
    return used


@contextlib.contextmanager
def busy_loops(count: int) -> Iterator[list[int]]:
    """Keep `count` processes spinning; yields their ids."""
    loops = [subprocess.Popen([sys.executable, "-S", "-c", _LOOP], cwd="/") for _ in range(count)]
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
