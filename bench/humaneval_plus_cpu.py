"""CPU time on HumanEval+ (124,253 inputs): trialrun as delivered against `evalplus` 0.3.1, in one run.

    EVALPLUS_PYTHON=… python -m bench.humaneval_plus_cpu [--repeats 3] [--workers 2]

Both judge the canonical solutions, one a task, each with its expected outputs computed and cached beforehand, as their
users have them from the second run on. The two take turns; all processes are counted. Beside them stands the raw floor:
the same calls in one unprotected process, without comparing anything. Both sides have the same interpreter: between two
builds of Python lies more than between the two harnesses.

Leaves out: the first run, in which both execute the references (both figures are printed, not compared).
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.measuring import Interval, Usage, circumstances, measure, ratio, store
from bench.peers import evalplus_command, evalplus_environment, evalplus_python
from trialrun.tasks import registry

BOUND = 0.6
"""Most that trialrun may use of what evalplus uses."""

EVALPLUS = """
from evalplus.evaluate import evaluate
evaluate(dataset="humaneval", samples=sys.argv[1], parallel=int(sys.argv[2]), i_just_wanna_run=True)
"""

FLOOR = """
import copy
from evalplus.data import get_human_eval_plus
done = 0
for problem in get_human_eval_plus().values():
    space = {}
    exec(problem["prompt"] + problem["canonical_solution"], space)
    function = space[problem["entry_point"]]
    for inputs in (problem["base_input"], problem["plus_input"]):
        for arguments in inputs:
            function(*copy.deepcopy(arguments))
            done += 1
print(done, "calls")
"""
"""The same calls without any protection, in one process; inputs are copied, since some solutions change them."""


def main() -> int:
    """Measure, print, store; exit 1 where the bound does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3, help="rounds in which each side runs once")
    parser.add_argument("--workers", type=int, default=2, help="programs judged at the same time, both sides")
    options = parser.parse_args()
    demand_one_interpreter()
    where = circumstances()
    with tempfile.TemporaryDirectory() as scratch:
        sides = _measure(Path(scratch), options.repeats, options.workers)
    result, bounded = _report(sides)
    path = store("humaneval_plus_cpu", {"workers": options.workers, **result}, where=where)
    holds = bounded.high <= BOUND
    print(f"bound: at most {BOUND} of evalplus, upper end of the interval: {'holds' if holds else 'FAILS'}")
    print(f"stored in {path.name}; load before: {where['load_before']}")
    return 0 if holds else 1


def demand_one_interpreter() -> None:
    """Stop where evalplus's environment has another Python, or another build of it, than this process."""
    command = [evalplus_python(), "-c", "import sys; print(sys.version, sys.base_prefix, sep=chr(10))"]
    theirs = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    ours = f"{sys.version}\n{sys.base_prefix}"
    if theirs != ours:
        raise SystemExit(
            f"evalplus has another interpreter:\n{theirs}\nthan trialrun:\n{ours}\nmake its environment with that"
        )


def _measure(scratch: Path, repeats: int, workers: int) -> dict[str, list[Usage]]:
    samples = scratch / "canonical.jsonl"
    rows = [{"task_id": t.id, "solution": t.reference} for t in registry.load("humaneval+").tasks]
    samples.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    cache = scratch / "cache"
    cache.mkdir()
    theirs = evalplus_environment(cache)
    ours = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    sides: dict[str, list[Usage]] = {"trialrun": [], "evalplus": [], "no protection (floor)": []}
    for number in range(repeats + 1):
        run = Path(tempfile.mkdtemp(dir=scratch))
        trialrun: list[str | Path] = [sys.executable, "-m", "trialrun", "eval", "humaneval+"]
        trialrun += ["--samples", samples]
        trialrun += ["--workers", str(workers), "--output", run / "run"]
        passed = measure(trialrun, cwd=scratch, env=ours)
        demand(passed, r"164/164")
        sides["trialrun"].append(passed)
        (scratch / "canonical_eval_results.json").unlink(missing_ok=True)  # it asks before it writes over one
        other = measure(evalplus_command(EVALPLUS, samples, str(workers)), cwd=scratch, env=theirs)
        demand(other, r"pass@1")
        sides["evalplus"].append(other)
        if number:
            sides["no protection (floor)"].append(measure(evalplus_command(FLOOR), cwd=scratch, env=theirs))
            demand(sides["no protection (floor)"][-1], r"^124253 calls")
    print(f"first run, references executed too: trialrun {sides['trialrun'].pop(0).cpu_s:.1f} s, ", end="")
    print(f"evalplus {sides['evalplus'].pop(0).cpu_s:.1f} s")
    return sides


def demand(used: Usage, good: str) -> None:
    """Stop where a run did not end as a measurement must."""
    if used.status != 0 or not re.search(good, used.output, re.MULTILINE):
        raise SystemExit(f"status {used.status}, no {good!r} in:\n{used.output[-2000:]}")


def _report(sides: dict[str, list[Usage]]) -> tuple[dict[str, Any], Interval]:
    print(f"164 canonical solutions, 124,253 inputs, {len(sides['trialrun'])} interleaved rounds")
    print(f"  {'':<24}{'CPU s':>8}  {'least–most':>14}   trialrun ÷ this (95 % interval)")
    result: dict[str, Any] = {}
    ours = [used.cpu_s for used in sides["trialrun"]]
    for name, usage in sides.items():
        each = [used.cpu_s for used in usage]
        quotient = ratio(ours, each)
        shown = "" if name == "trialrun" else str(quotient)
        print(f"  {name:<24}{statistics.fmean(each):>8.2f}  {min(each):>6.2f}–{max(each):<7.2f}  {shown}")
        scores = re.findall(r"pass@1:\s*([\d.]+)", usage[-1].output) if name == "evalplus" else []
        result[name] = {"cpu_s": [round(value, 2) for value in each], "ratio": quotient, "scores": scores}
    return result, ratio(ours, [used.cpu_s for used in sides["evalplus"]])


if __name__ == "__main__":
    raise SystemExit(main())
