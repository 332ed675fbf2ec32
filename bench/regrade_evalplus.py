"""`trialrun regrade` on results that evalplus 0.3.1 makes: every verdict that flips, with its reason.

    python -m bench.regrade_evalplus [--python EVALPLUS_PYTHON] [--keep DIR] [--workers 2]

HumanEval+, four kinds of samples for each task: the canonical solution, the stored GPT-3.5 answer, one mutant of
the canonical solution, and on some tasks a program made to show one cause: a forged verdict, chance, a slow input,
what the grader's guard takes away. evalplus judges them as published, on the data file that trialrun reads; then
`trialrun regrade` judges them again. Exit 0 where every flip has a reason that names its evidence and the planted
programs have the reason they were made for.

Leaves out: MBPP+, and models. `--keep` keeps samples and both sides' results; evalplus is not run again on them.
"""

import argparse
import ast
import gzip
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from bench.measuring import circumstances, store
from bench.peers import evalplus
from trialrun.core.errors import Missing
from trialrun.core.task import Task
from trialrun.tasks import registry
from trialrun.tasks.datafiles import DataFile, locate

SEEDS = DataFile(
    path="ldb/humaneval_gpt35_seed.jsonl.gz",
    sha256="",
    version="",
    url="https://github.com/FloridSleeves/LLMDebugger",
)
GRADE = """
from evalplus.evaluate import evaluate
if __name__ == "__main__":
    evaluate("humaneval", samples=sys.argv[1], parallel=int(sys.argv[2]))
"""

FRAMES = """
import sys
def {entry}(*args):
    frame = sys._getframe()
    while frame is not None:
        if "details" in frame.f_locals and "progress" in frame.f_locals and "stat" in frame.f_locals:
            import os
            inside = frame.f_locals
            for i in range(len(inside["inputs"])):
                inside["details"][i] = True
            inside["progress"].value = len(inside["inputs"])
            inside["stat"].value = 0
            os._exit(0)
        frame = frame.f_back
"""
EQUAL = """
class Anything:
    def __eq__(self, other):
        return True
def {entry}(*args):
    return Anything()
"""
CHANCE = """
{source}
import random
_right = {entry}
def {entry}(*args):
    return _right(*args) if random.random() < {share} else None
"""
SLOW = """
{source}
import time as _time
_right, _calls = {entry}, [0]
def {entry}(*args):
    _calls[0] += 1
    if _calls[0] == 3:
        end = _time.process_time() + {seconds}
        while _time.process_time() < end:
            pass
    return _right(*args)
"""
GUARDED = """
import os
{source}
_right = {entry}
def {entry}(*args):
    os.getcwd()
    return _right(*args)
"""
PLANTED: dict[str, list[tuple[str, str, str]]] = {
    "HumanEval/23": [("forged", "frames", FRAMES), ("forged", "always equal", EQUAL)],
    "HumanEval/53": [("forged", "frames", FRAMES), ("forged", "always equal", EQUAL)],
    "HumanEval/2": [("their limit", "slow input", SLOW.replace("{seconds}", "2.5"))],
    "HumanEval/45": [("their limit", "slow input", SLOW.replace("{seconds}", "2.5"))],
    "HumanEval/27": [("nondeterminism", "chance", CHANCE.replace("{share}", "0.9995"))] * 6,
    "HumanEval/34": [("their guard", "uses what the guard takes away", GUARDED)],
}
"""Task → programs made to show one cause: (reason it should get, what it is, source)."""


def main() -> int:
    """Make samples, grade with evalplus, regrade, print, store; exit 1 where a flip lacks its reason."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", help="interpreter that has evalplus 0.3.1")
    parser.add_argument("--keep", type=Path, help="directory for samples and results")
    parser.add_argument("--workers", type=int, default=2, help="processes on either side")
    options = parser.parse_args()
    where = circumstances()
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = (options.keep or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        samples = folder / "samples.jsonl"
        rows = sample_rows()
        samples.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        results = folder / "samples_eval_results.json"
        if not results.exists():
            evalplus(GRADE, str(samples), str(options.workers), python=options.python)
        document = regrade(samples, results, folder, options.workers)
    problems = report(document, rows)
    path = store("regrade_evalplus", stored(document, rows, problems), where=where)
    print(f"stored in {path.name}")
    return 1 if problems else 0


def sample_rows() -> list[dict[str, str]]:
    """Return every sample as {task_id, solution, kind, expected}; the last two are for the report."""
    seeds = {row["task_id"]: row["solution"] for row in _seeds()}
    rows = []
    for task in registry.load("humaneval+").tasks:
        assert task.reference is not None and task.entry is not None
        sources = [("canonical", "", task.reference)]
        if task.id in seeds:
            sources.append(("GPT-3.5", "", seeds[task.id]))
        sources.append(("mutant", "", mutant(task)))
        for expected, what, text in PLANTED.get(task.id, []):
            source = text.replace("{source}", task.reference).replace("{entry}", task.entry)
            sources.append((what, expected, source))
        for kind, expected, source in sources:
            rows.append({"task_id": task.id, "solution": source, "kind": kind, "expected": expected})
    return rows


def mutant(task: Task) -> str:
    """Return the canonical solution with its first comparison, operation or number changed."""
    assert task.reference is not None
    tree = ast.parse(task.reference)
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
            node.ops[0] = _COMPARISONS[type(node.ops[0])]()
            break
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
            node.op = _OPERATIONS[type(node.op)]()
            break
        if isinstance(node, ast.Constant) and type(node.value) is int:
            node.value += 1
            break
    return ast.unparse(tree) + "\n"


_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
_OPERATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Mod: ast.FloorDiv, ast.FloorDiv: ast.Mod,
}  # fmt: skip


def _seeds() -> list[dict[str, Any]]:
    place = locate(SEEDS)
    if place is None:
        raise Missing(
            "the stored GPT-3.5 answers are not on this machine", f"fetch {SEEDS.path} from {SEEDS.url}"
        )
    with gzip.open(place, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def regrade(samples: Path, results: Path, folder: Path, workers: int) -> dict[str, Any]:
    """Run the command as a user types it; return its JSON document."""
    command = Path(sys.executable).parent / "trialrun"
    with tempfile.TemporaryDirectory(dir=folder) as run:
        where = ["--workers", str(workers), "--output", str(Path(run) / "run")]
        done = subprocess.run(
            [command, "regrade", samples, "--against", results, *where, "--json"],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise SystemExit(f"trialrun regrade exited with {done.returncode}:\n{done.stdout[-2000:]}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _kinds(rows: list[dict[str, str]]) -> dict[tuple[str, int], dict[str, str]]:
    counts: Counter[str] = Counter()
    kinds = {}
    for row in rows:
        kinds[row["task_id"], counts[row["task_id"]]] = row
        counts[row["task_id"]] += 1
    return kinds


def report(document: dict[str, Any], rows: list[dict[str, str]]) -> list[str]:
    """Print flips by kind and reason; return what is not as it should be."""
    kinds = _kinds(rows)
    flips = document["flips"]
    print(f"{document['compared']} verdicts compared; {len(flips)} flips")
    table = Counter((kinds[flip["task_id"], flip["sample"]]["kind"], flip["reason"]) for flip in flips)
    for (kind, reason), count in sorted(table.items()):
        print(f"  {kind:<32}{reason:<18}{count:>4}")
    problems = [
        f"{f['task_id']} #{f['sample']} {f['check']}: {f['why']}" for f in flips if f["reason"] == "other"
    ]
    reasons: dict[tuple[str, int], set[str]] = {}
    for flip in flips:
        reasons.setdefault((flip["task_id"], flip["sample"]), set()).add(flip["reason"])
    for key, row in kinds.items():
        if row["expected"] and row["expected"] not in reasons.get(key, {row["expected"]}):
            problems.append(f"{key} should be {row['expected']}, is {reasons[key]}")
    for problem in problems:
        print(f"  unexplained: {problem}")
    return problems


def stored(document: dict[str, Any], rows: list[dict[str, str]], problems: list[str]) -> dict[str, Any]:
    """Return what is kept: counts, every flip with its kind, and what is unexplained."""
    kinds = _kinds(rows)
    flips = [
        {name: flip[name] for name in ("task_id", "sample", "check", "old", "new", "reason", "why")}
        | {"kind": kinds[flip["task_id"], flip["sample"]]["kind"]}
        for flip in document["flips"]
    ]
    return {
        "peer": "evalplus 0.3.1",
        "samples": len(rows),
        "compared": document["compared"],
        "unexplained": problems,
        "flips": flips,
    }


if __name__ == "__main__":
    raise SystemExit(main())
