"""A generator and a repairer, one after the other: `--method repaired` measures any repairer on a task set."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trialrun import evaluate
from trialrun.cli import execute
from trialrun.core.context import Context
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.method import Repairer, method
from trialrun.core.program import Program
from trialrun.core.task import PublicTask
from trialrun.generate.repaired import Repaired
from trialrun.models.protocol import Request
from trialrun.models.scripted import Scripted, asked_text

WRONG = "```python\ndef double(x):\n    return x\n```\n"
RIGHT = "```python\ndef double(x):\n    return 2 * x\n```\n"
ROW = {
    "id": "Own/1",
    "entry": "double",
    "statement": "Write double(x): twice x.",
    "public_tests": "assert double(2) == 4\n",
    "tests": "assert double(21) == 42\n",
}


@method(title="In steps")
@dataclass(frozen=True, slots=True, kw_only=True)
class Steps(Repairer):
    """Yield two programs, the second of which is right; ask the model once before each."""

    def repair(
        self, task: PublicTask, program: Program, judgements: Sequence[Judgement], ctx: Context
    ) -> Iterator[Program]:
        """Go by what the checks said."""
        assert [one.verdict for one in judgements] == [Verdict.FAIL]
        for body in ("x + 1", "x + x"):
            if ctx.model.complete(Request(prompt=f"step {body}", n=1)).texts:
                yield Program.from_source(f"def double(x):\n    return {body}\n", entry=task.entry)


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(ROW) + "\n")
    return path


def made(tasks: Path, method: Repaired, answer: str, **flags: Any) -> tuple[Any, list[str]]:
    model = Scripted(lambda _request, _index: answer)
    run = evaluate(str(tasks), method=method, model=model, output=tasks.parent / "run", **flags)
    return run, [asked_text(request) for request in model.requests]


def test_the_last_repair_stands_for_the_program(tasks: Path) -> None:
    run, asked = made(tasks, Repaired(then=Steps()), WRONG)
    (record,) = run.records
    assert record.verdict is Verdict.PASS
    assert len(asked) == 3, "one program, two steps"
    row = json.loads((run.directory / "samples.jsonl").read_text())
    assert row["solution"] == "def double(x):\n    return x + x\n" and row["calls"] == 3
    assert row["method"].startswith("generate/repaired#")


def test_a_program_that_passes_is_left_alone(tasks: Path) -> None:
    run, asked = made(tasks, Repaired(then=Steps()), RIGHT)
    assert len(asked) == 1 and run.records[0].verdict is Verdict.PASS


def test_the_budget_is_one_for_both(tasks: Path) -> None:
    run, asked = made(tasks, Repaired(then=Steps()), WRONG, call_budget=2)
    assert len(asked) == 2 and run.records[0].verdict is Verdict.FAIL
    assert "x + 1" in json.loads((run.directory / "samples.jsonl").read_text())["solution"]


def test_without_public_checks_nothing_is_repaired(tasks: Path) -> None:
    tasks.write_text(json.dumps({name: value for name, value in ROW.items() if name != "public_tests"}))
    run, asked = made(tasks, Repaired(then=Steps()), WRONG)
    assert len(asked) == 1 and run.records[0].verdict is Verdict.FAIL


def test_any_repairer_can_be_named(tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([WRONG, RIGHT]))
    flags = ["--model", f"scripted:{script}", "--method", "repaired", "--then", "repair/anpl", "--json"]
    code = execute(["eval", str(tasks), *flags, "--output", str(tmp_path / "run")])
    assert code == 0 and json.loads(capsys.readouterr().out)["pass@1"] == 1.0
