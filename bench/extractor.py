"""The extractor against EvalPlus's sanitizer, on the same answers, in one run: which right answers does each lose?

    python -m bench.extractor [--python EVALPLUS_PYTHON] [--run RUN_DIRECTORY] [--workers 4]

Four kinds of answers. *Written by hand*: `tests/lang/answers.toml`, each with a call that tells a right program.
*Stored*: what GPT-3.5 answered to HumanEval (LDB's seeds and repairs), asserts of its own included. *Wrapped*: the
stored seeds as chat models would send them. *Made by a model*: the answers that a run directory keeps (`--run`).
Programs are run in trialrun's sandbox, HumanEval's by its tests. An answer is right if a person's reading of it passes
(stored and wrapped: the program without its asserts; by hand: the expected extraction; a model's: either tool's
reading), and lost by a tool whose own reading fails then. A kind of failure is the outcome of that failing program.

EvalPlus 0.3.1 gets what its own code generator would give it: the text, after the prompt where a model continued it.
It needs `tree_sitter` and `tree_sitter_python` beside evalplus in its interpreter.

Leaves out: languages other than Python, answers of several files.
"""

import argparse
import ast
import gzip
import json
import sqlite3
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.measuring import ROOT, circumstances, store
from bench.peers import evalplus
from trialrun.core.errors import Missing, UsageError
from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Check, Task
from trialrun.lang.extract import extract
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import registry
from trialrun.tasks.datafiles import DataFile, locate
from trialrun.verify.tests import Judge, Rules

STORED = DataFile(
    path="ldb/humaneval_gpt35_ldb_results.jsonl.gz",
    sha256="",
    version="",
    url="https://github.com/FloridSleeves/LLMDebugger",
)
SANITIZE = """
import json, time
from concurrent.futures import ProcessPoolExecutor
from evalplus.sanitize import sanitize

def one(item):
    began = time.process_time()
    try:
        text = sanitize(code=item["text"], entrypoint=item["entry"])
    except Exception as error:
        text = f"raise {type(error).__name__}"
    return [text, time.process_time() - began]

if __name__ == "__main__":
    items = json.load(open(sys.argv[1]))
    with ProcessPoolExecutor(int(sys.argv[2])) as pool:
        print(json.dumps(list(pool.map(one, items, chunksize=8))))
"""
PROSE = "As an AI model, I'd say: it's easy (really).\n\n"
WRAPPINGS = {
    "fence and prose": PROSE + "```python\n{code}```\n" + PROSE,
    "fence never closed": PROSE + "```python\n{code}",
    "prose before": PROSE + "{code}",
    "prose after": "{code}\n" + PROSE,
    "wrong attempt first": "```python\ndef {entry}(*args):\n    return None\n```\nBetter:\n```python\n{code}```\n",
    "usage in a second block": "```python\n{code}```\nExample:\n```python\nprint({entry}())\n```\n",
    "main and input": "{code}\n\nif __name__ == '__main__':\n    print({entry}(int(input())))\n",
    "cut in the next function": "{code}\n\n\ndef another(x):\n    return [y for y in (1, 2",
    "transcript": "{transcript}",
    "indented": "{indented}",
}


@dataclass(slots=True)
class Answer:
    """One answer, and what each reading of it does."""

    kind: str
    text: str
    task: Task
    raw: bool = False
    person: str | None = None
    """What a person would take; None where nobody has said."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """`pass` or how it fails, by reader."""

    @property
    def right(self) -> bool:
        """Whether some program in it passes."""
        return self.outcomes.get("person") == "pass" or (
            self.person is None and "pass" in self.outcomes.values()
        )


def by_hand() -> Iterator[Answer]:
    """Yield the hand-written answers."""
    document = tomllib.loads((ROOT / "tests" / "lang" / "answers.toml").read_text(encoding="utf-8"))
    for answer in document["answers"]:
        stated = document["tasks"][answer["task"]]
        call = ast.parse(stated["call"], mode="eval").body
        assert isinstance(call, ast.Call)
        arguments = tuple(ast.literal_eval(argument) for argument in call.args)
        check = CaseCheck(
            name="call", cases=(Case(args=arguments),), expected=(ast.literal_eval(stated["gives"]),)
        )
        task = _task(answer["task"], stated["entry"], stated["prefix"], (check,))
        yield Answer("by hand", answer["text"], task, answer.get("raw", False), answer["want"])


def stored() -> Iterator[Answer]:
    """Yield GPT-3.5's answers as they are stored, then the seeds in every wrapping."""
    path = locate(STORED)
    if path is None:
        raise Missing(
            "the stored GPT-3.5 answers are not on this machine", f"fetch {STORED.path} from {STORED.url}"
        )
    tasks = {task.id: task for task in registry.load("humaneval").tasks}
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    for row in rows:
        for text in (row["seed"], *row["implementations"]):
            yield Answer("stored", text, tasks[row["task_id"]], person=without_asserts(text))
    for kind, form in WRAPPINGS.items():
        for row in rows:
            code = without_asserts(row["seed"])
            lines = code.rstrip("\n").split("\n")
            text = form.replace("{entry}", row["entry_point"]).replace("{code}", code)
            text = text.replace("{transcript}", ">>> " + "\n... ".join(lines) + "\n...\n")
            text = text.replace("{indented}", "".join(f"    {line}\n" for line in lines))
            yield Answer(kind, text, tasks[row["task_id"]], person=code)


def made(directory: Path) -> Iterator[Answer]:
    """Yield the answers that a run directory keeps."""
    config = tomllib.loads((directory / "config.toml").read_text(encoding="utf-8"))["verdict"]
    tasks = {task.id: task for task in registry.load(config["tasks"]).tasks}
    database = sqlite3.connect(f"file:{directory / 'answers.sqlite'}?mode=ro", uri=True)
    for line in (directory / "samples.jsonl").read_text(encoding="utf-8").splitlines():
        sample = json.loads(line)
        (answer,) = database.execute(
            "select response from answers where key = ?", sample["requests"][-1:]
        ).fetchone()
        text = json.loads(answer)["samples"][sample["index"]]["text"]
        raw = bool(config.get("method.raw"))
        yield Answer(f"{config['model']} {'raw' if raw else 'chat'}", text, tasks[sample["task_id"]], raw)


def without_asserts(text: str) -> str:
    """Return a program without its top-level asserts, by lines; independent of what is measured here."""
    tree = ast.parse(text)
    lines = text.split("\n")
    for node in tree.body:
        if isinstance(node, ast.Assert):
            for at in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[at] = ""
    return "\n".join(lines).rstrip() + "\n"


def _task(name: str, entry: str, prefix: str, checks: tuple[Check, ...]) -> Task:
    return Task(id=name, suite="by hand", statement="", entry=entry, prefix=prefix, hidden_checks=checks)


def read_all(answers: list[Answer], python: str | None, workers: int, work: Path) -> dict[str, list[str]]:
    """Return what each reader takes from each answer; print the CPU time of both tools."""
    began = time.process_time()
    ours = [
        extract(answer.text, entry=answer.task.entry, prefix=answer.task.prefix, raw=answer.raw).source
        for answer in answers
    ]
    cpu = time.process_time() - began
    items = [
        {"text": (answer.task.prefix if answer.raw else "") + answer.text, "entry": answer.task.entry}
        for answer in answers
    ]
    work.write_text(json.dumps(items), encoding="utf-8")
    theirs = json.loads(evalplus(SANITIZE, str(work), str(workers), python=python))
    spent = sum(seconds for _, seconds in theirs)
    print(
        f"CPU per answer: trialrun {1e3 * cpu / len(answers):.1f} ms, EvalPlus {1e3 * spent / len(answers):.1f} ms"
    )
    return {
        "person": [a.person or "" for a in answers],
        "trialrun": ours,
        "evalplus": [text for text, _ in theirs],
    }


def judge_all(answers: list[Answer], readings: dict[str, list[str]], workers: int) -> None:
    """Run every reading and note how it ends."""
    with Sandbox() as sandbox, ThreadPoolExecutor(workers) as pool:
        judge = Judge(sandbox, Rules(limits=Limits(cpu_s=3.0)))

        def run(job: tuple[Answer, str, str]) -> None:
            answer, reader, source = job
            found = judge.judge(
                answer.task, Program.from_source(source, entry=answer.task.entry, maker=reader)
            )
            worst = next((judgement for judgement in found if judgement.verdict is not Verdict.PASS), None)
            ended = "pass" if worst is None else str(worst.outcome)
            answer.outcomes[reader] = "wrong" if ended == "returned" else ended

        jobs = [
            (answer, reader, texts[at])
            for reader, texts in readings.items()
            for at, answer in enumerate(answers)
            if reader != "person" or answer.person is not None
        ]
        list(pool.map(run, jobs))


def table(answers: list[Answer]) -> list[dict[str, Any]]:
    """Print, for each kind of answer, how many are right and how many each tool loses, and how; return the rows."""
    rows = []
    print(f"{'answers':<36}{'all':>6}{'right':>7}{'lost: trialrun':>16}{'lost: EvalPlus':>16}")
    for kind in [*dict.fromkeys(answer.kind for answer in answers), "all"]:
        mine = [answer for answer in answers if kind in (answer.kind, "all")]
        right = [answer for answer in mine if answer.right]
        row: dict[str, Any] = {"answers": kind, "all": len(mine), "right": len(right)}
        for tool in ("trialrun", "evalplus"):
            row[tool] = dict(
                Counter(a.outcomes[tool] for a in right if a.outcomes[tool] != "pass").most_common()
            )
        lost = [sum(row[tool].values()) for tool in ("trialrun", "evalplus")]
        print(f"{kind:<36}{row['all']:>6}{row['right']:>7}{lost[0]:>16}{lost[1]:>16}")
        rows.append(row)
    for tool in ("trialrun", "evalplus"):
        kinds = ", ".join(f"{name} {count}" for name, count in rows[-1][tool].items()) or "none"
        print(f"kinds of failure, {tool}: {kinds}")
    return rows


def main() -> int:
    """Run the comparison; exit with 1 where trialrun loses an answer that a person would have taken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", help="interpreter that has evalplus 0.3.1; default: $EVALPLUS_PYTHON")
    parser.add_argument(
        "--run", type=Path, action="append", default=[], help="run directory with a model's answers"
    )
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--show", action="store_true", help="show the answers that trialrun loses")
    asked = parser.parse_args()
    where = circumstances()
    answers = [*by_hand(), *stored(), *(answer for directory in asked.run for answer in made(directory))]
    with tempfile.TemporaryDirectory() as work:
        readings = read_all(answers, asked.python, asked.workers, Path(work) / "answers.json")
    judge_all(answers, readings, asked.workers)
    rows = table(answers)
    lost = [answer for answer in answers if answer.right and answer.outcomes["trialrun"] != "pass"]
    if asked.show:
        for answer in lost:
            print(f"--- {answer.kind}, {answer.task.id}: {answer.outcomes}\n{answer.text}")
    print(f"stored in {store('extractor', {'peer': 'evalplus 0.3.1', 'rows': rows}, where=where)}")
    return 1 if lost else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Missing, UsageError) as error:
        sys.exit(f"error: {error}")
