"""CodeMind: reasoning about given programs and about the model's own, with rates that have their own denominators."""

import json
from pathlib import Path

import pytest

from trialrun.cli import execute
from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.flow import evaluate
from trialrun.learn.builders.reasoning import from_run
from trialrun.measure.reasoning import Rates, Share, share_of, strata
from trialrun.run.sandbox import Sandbox
from trialrun.store.programs import read_programs
from trialrun.tasks import registry
from trialrun.verify.prediction import judge_prediction


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = {
        "HumanEval_0": ("def f(xs: List[int]) -> int:\n    return max(xs)\n", "f([3, 1, 2])", "3"),
        "HumanEval_1": ("def f(s):\n    for c in s:\n        s = c + s\n    return s\n", "f('ab')", "'baab'"),
        "HumanEval_2": ("def f(x):\n    return {x, x + 1, x + 2}\n", "f(1)", "{3, 1, 2}"),
    }
    for name, texts in rows.items():
        folder = tmp_path / "dataset" / "humaneval" / name
        folder.mkdir(parents=True)
        for file, text in zip(("main.py", "input.txt", "output.txt"), texts, strict=True):
            (folder / file).write_text(text)
    monkeypatch.setenv("TRIALRUN_CODEMIND", str(tmp_path))
    return tmp_path


def test_independent_reasoning(checkout: Path, tmp_path: Path) -> None:
    samples = tmp_path / "samples.jsonl"
    samples.write_text(
        '{"task_id": "HumanEval/0", "solution": "3"}\n{"task_id": "HumanEval/1", "solution": "\'abab\'"}\n'
        '{"task_id": "HumanEval/2", "solution": "The set. Output: {1, 2, 3}"}\n'
    )
    run = evaluate("codemind-humaneval", samples=samples, output=tmp_path / "run")
    assert [record.verdict for record in run.records] == ["pass", "fail", "pass"]
    table = strata(run.records, registry.load("codemind-humaneval").tasks)
    assert table["all"] == Share(2, 3) and table["for"] == Share(0, 1) and table["gives set"] == Share(1, 1)
    reference = evaluate("codemind-humaneval", method="reference", output=tmp_path / "reference")
    assert share_of(reference.records) == Share(3, 3)


def test_the_command_shows_strata(checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate("codemind-humaneval", method="reference", output=tmp_path / "run")
    assert execute(["strata", str(tmp_path / "run"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["strata"]["all"]["n"] == 3 and found["strata"]["for"]["few"] and found["traces"] is None
    assert execute(["strata", str(tmp_path / "run")]) == 0
    shown = capsys.readouterr().out
    assert "nesting 1" in shown and "most frequent answer: 0.0%" in shown


def test_dependent_reasoning_asks_about_what_the_model_solved(tmp_path: Path) -> None:
    tasks = tmp_path / "own.jsonl"
    tasks.write_text(
        '{"id": "double", "entry": "f", "cases": [{"args": [2], "expected": 4}]}\n'
        '{"id": "square", "entry": "f", "cases": [{"args": [3], "expected": 9}]}\n'
    )
    written = tmp_path / "written.jsonl"
    body = '"solution": "def f(x):\\n    return x + x\\n"'
    written.write_text(f'{{"task_id": "double", {body}}}\n{{"task_id": "square", {body}}}\n')
    solved = evaluate(str(tasks), samples=written, output=tmp_path / "sr")
    programs = read_programs(tmp_path / "sr")
    with Sandbox() as sandbox:
        built = from_run(sandbox, solved.tasks.tasks, solved.records, programs)
        assert [task.reference for task in built.tasks] == ["4"]
        right = [
            judge_prediction(sandbox, task.hidden_checks[0], "4", Limits(cpu_s=2.0)) for task in built.tasks
        ]
    rates = Rates(
        ier=Share(0, 0),
        der=Share(sum(one.verdict is Verdict.PASS for one in right), len(built.tasks)),
        sr=share_of(solved.records),
    )
    assert rates.der == Share(1, 1) and rates.sr == Share(1, 2)
