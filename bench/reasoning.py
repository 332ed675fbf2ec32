"""Published answers about executions, checked by executing; stored answers graded again; baselines that read nothing.

    TRIALRUN_CODEMIND=… TRIALRUN_SURGE=… python -m bench.reasoning [--coconut DIRECTORY]

*CodeMind*: the stored outputs of the HumanEval and ClassEval sets as answers; every disagreement is listed with what
the call gives. *SURGE*: the Python programs of its ML and CL subsets that read no input, run, beside the published
answer; baselines of every subset under the published rules: the most frequent answer of the other items, and the last
literal of the program.

*CoCoNUT*: `DIRECTORY` is `Results` of a checkout. The stored answers about HumanEval (files `*NoReps.csv`:
consecutive duplicates drawn together on both sides) are graded again: exactness and similarity are compared with the
stored columns, and Acc Hard, Acc Mean, Sim and False Sim printed as in the paper's table.

What is absent is left out and said. Leaves out: programs in other languages (no recipe runs them here), models.
"""

import argparse
import csv
import re
import sys
from pathlib import Path
from typing import Any

from bench.cruxeval import check_of
from bench.measuring import circumstances, store
from trialrun.core.errors import Missing
from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import Task
from trialrun.measure.reasoning import echo, most_frequent, traces
from trialrun.run.sandbox import Sandbox
from trialrun.run.whole import run_program
from trialrun.tasks import registry
from trialrun.tasks.surge import SUBSETS
from trialrun.verify.prediction import judge_prediction
from trialrun.verify.text_answers import SCORES
from trialrun.verify.trace_answers import published_similarity, read_lines
from trialrun.verify.value_answers import same_answer

LIMITS = Limits(cpu_s=10.0)


def codemind(sandbox: Sandbox, name: str) -> dict[str, Any]:
    """Judge the stored outputs of one set by running its calls; what needs an absent library is counted apart."""
    tasks = registry.load(name).tasks
    differing, absent = {}, []
    for task in tasks:
        judgement = judge_prediction(sandbox, check_of(task), task.reference or "", LIMITS)
        if judgement.verdict is Verdict.PASS:
            continue
        shown = judgement.evidence[0]
        if "ModuleNotFoundError" in shown.message + shown.expected:
            absent.append(task.id)
        else:
            differing[task.id] = {
                "published": task.reference,
                "run": shown.expected or shown.message,
                "cause": _cause(task, shown.expected + shown.message),
            }
    run = len(tasks) - len(absent)
    return {
        "of": len(tasks),
        "run": run,
        "agree": run - len(differing),
        "absent": absent,
        "differing": differing,
    }


def _cause(task: Task, seen: str) -> str:
    """Say why a stored output is not what the call gives, as far as its form shows."""
    published, check = task.reference or "", check_of(task)
    if check.call and f"{check.entry}({check.call})" in published:
        return "the stored output is the call itself"
    if re.search(r"20\d\d-\d\d-\d\d|\b\d\d:\d\d:\d\d\b", published):
        return "depends on the time of day"
    if " at 0x" in published:
        return "the stored output holds an address"
    if "NameError" in seen:
        return "the stored program lacks a name"
    if "TypeError" in seen or "RecursionError" in seen:
        return "program and call do not belong together"
    if "FileNotFoundError" in seen or re.search(r"DB|Database|Cookies|Processor", task.id):
        return "depends on files that earlier runs left"
    return "other"


def surge_runs(sandbox: Sandbox, tasks: list[Task]) -> dict[str, Any]:
    """Run the Python programs of a subset and compare what they print with the published answer."""
    differing, agree, run = {}, 0, 0
    for task in tasks:
        check = check_of(task)
        if not check.source:
            continue
        run += 1
        execution = run_program(sandbox, Program.from_source(check.source), LIMITS)
        printed = execution.stdout.decode("utf-8", "replace")
        if same_answer(printed, check.expected or "")[0]:
            agree += 1
        else:
            differing[task.id] = {
                "published": (check.expected or "")[:200],
                "run": printed[:200],
                "ending": execution.ending[:200],
            }
    return {"run": run, "of": len(tasks), "agree": agree, "differing": differing}


def surge_baselines(tasks: list[Task]) -> dict[str, float]:
    """Return the mean score, times 100, of two guesses under the published rules."""
    guesses = {"most frequent": most_frequent([task.reference or "" for task in tasks])}
    guesses["echo"] = [echo(task.statement) for task in tasks]
    found = {}
    for name, texts in guesses.items():
        scores = [
            SCORES[check_of(task).family](text, task.reference or "", False)
            for task, text in zip(tasks, texts, strict=True)
        ]
        found[name] = 100 * sum(scores) / len(scores)
    return found


def stored_traces(path: Path) -> dict[str, Any]:
    """Grade the stored answers of one file again and compare with its columns."""
    csv.field_size_limit(1 << 24)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    answers, other_match, other_distance = [], 0, 0
    for row in rows:
        right = read_lines(row["Predicted"]) == read_lines(row["Actual"])
        score = published_similarity(row["Predicted"], row["Actual"])
        other_match += str(right) != row["Matched"]
        other_distance += abs(score - float(row["Distance"])) > 1e-9
        answers.append((row["HumanEval_ID"], right, score))
    return {
        "rows": len(rows),
        "figures": traces(answers),
        "other_match": other_match,
        "other_distance": other_distance,
    }


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--coconut", type=Path)
    arguments = parser.parse_args()
    where = circumstances()
    result: dict[str, Any] = {"left_out": []}
    with Sandbox() as sandbox:
        for name in ("codemind-humaneval", "codemind-classeval"):
            try:
                found = result[name] = codemind(sandbox, name)
            except Missing as missing:
                result["left_out"].append(missing.what.splitlines()[0])
                continue
            absent = f", {len(found['absent'])} need an absent library" if found["absent"] else ""
            print(f"{name}: {found['agree']} of {found['run']} stored outputs agree{absent}")
            for id, row in found["differing"].items():
                print(f"  {id}: {row['cause']}: {row['published']!r}, run {row['run']!r}"[:250])
        for subset in SUBSETS:
            try:
                tasks = list(registry.load(f"surge-{subset}").tasks)
            except Missing as missing:
                result["left_out"].append(missing.what.splitlines()[0])
                break
            row: dict[str, Any] = {"baselines": surge_baselines(tasks)}
            if any(check_of(task).source for task in tasks):
                row["runs"] = surge_runs(sandbox, tasks)
            result[f"surge-{subset}"] = row
            runs = row.get("runs")
            ran = f"; run {runs['run']}, {runs['agree']} agree" if runs else ""
            print(f"surge-{subset}: " + ", ".join(f"{k} {v:.1f}" for k, v in row["baselines"].items()) + ran)
            for id, differing in (runs or {}).get("differing", {}).items():
                print(f"  {id}: {differing}")
    for path in sorted(arguments.coconut.rglob("*NoReps.csv")) if arguments.coconut else ():
        if path.parent.name != "HumanEval":
            continue
        name = path.relative_to(arguments.coconut).as_posix()
        found = result.setdefault("coconut", {})[name] = stored_traces(path)
        figures = found["figures"]
        print(
            f"{name}: Acc Hard {figures.acc_hard:.1%}, Acc Mean {figures.acc_mean:.1%}, Sim {figures.sim:.2f}, "
            f"False Sim {figures.false_sim:.2f}; of {found['rows']} rows {found['other_match']} are stored as "
            f"otherwise exact, {found['other_distance']} with another similarity"
        )
    print(*result["left_out"], sep="\n")
    print(store("reasoning", result, where=where))
    return 0


if __name__ == "__main__":
    sys.exit(main())
