"""CRUXEval: rows, answers by a scripted model and by files, all judged by executing."""

import json
from pathlib import Path

import pytest

from trialrun.core.errors import Missing
from trialrun.core.task import TaskSet
from trialrun.flow import evaluate
from trialrun.models.scripted import Scripted
from trialrun.tasks import registry, sample_formats
from trialrun.tasks.cruxeval import tasks
from trialrun.tasks.suites import SUITES

ROWS = [
    {"id": "sample_0", "code": "def f(n):\n    return [n] * n", "input": "2", "output": "[2, 2]"},
    {
        "id": "sample_1",
        "code": "def f(s, k):\n    return {c for c in s if c > k}",
        "input": "'abc', 'a'",
        "output": "{'b', 'c'}",
    },
]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put two rows of our own in the place of the data set."""

    def load(name: str, **_: object) -> TaskSet:
        return TaskSet(name=name, version="two rows", sha256="0", tasks=tasks(ROWS, SUITES[name]))

    monkeypatch.setattr("trialrun.flow.registry.load", load)


def test_a_question_shows_the_call_and_hides_the_answer() -> None:
    output, _ = tasks(ROWS, SUITES["cruxeval"])
    assert "f(2)" in output.statement and "[2, 2]" not in output.statement
    given, _ = tasks(ROWS, SUITES["cruxeval-input"])
    assert "[2, 2]" in given.statement and "f(2)" not in given.statement
    assert given.public().public_checks == () and "[2, 2]" not in repr(output.public())


def test_a_scripted_model_is_judged_by_executing(small: None, tmp_path: Path) -> None:
    answers = {"f(2)": "Easy.\n[ANSWER][2, 2][/ANSWER]", "f('abc', 'a')": "[ANSWER]{'c', 'b'}[/ANSWER]"}
    model = Scripted(
        lambda request, _: next(a for call, a in answers.items() if call in request.messages[-1].content)
    )
    run = evaluate("cruxeval", model=model, output=tmp_path / "run")
    assert [record.verdict for record in run.records] == ["pass", "pass"]
    assert all("one block of code" not in request.messages[-1].content for request in model.requests)
    kept = [json.loads(line) for line in (tmp_path / "run" / "records.jsonl").read_text().splitlines()]
    assert {row["judgements"][0]["comparator"] for row in kept} == {"values: python"}


def test_samples_in_the_sets_own_form_and_as_lines(small: None, tmp_path: Path) -> None:
    own = tmp_path / "generations.json"
    own.write_text(
        json.dumps({"sample_0": ["[2, 2]", "[2]"], "sample_1": ["set('bc')", "f('abc', 'a')"]}, indent=4)
    )
    assert sample_formats.detect(own).name == "cruxeval"
    run = evaluate("cruxeval", samples=own, output=tmp_path / "one")
    assert [record.verdict for record in run.records] == ["pass", "fail", "pass", "fail"]
    lines = tmp_path / "samples.jsonl"
    lines.write_text(
        '{"task_id": "sample/0", "solution": "f(2)"}\n{"task_id": "1", "solution": "f(\'cab\', \'a\')"}\n'
    )
    run = evaluate("cruxeval-input", samples=lines, output=tmp_path / "two")
    assert [record.verdict for record in run.records] == ["pass", "pass"]


@pytest.mark.data
def test_the_published_rows() -> None:
    try:
        whole = registry.load("cruxeval")
    except Missing as missing:
        pytest.skip(missing.what.splitlines()[0])
    assert len(whole.tasks) == len({task.id for task in whole.tasks}) == 800 and whole.version == "190faf1"
