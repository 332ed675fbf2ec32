"""CoCoNUT: the question, the published grader and ours, and its figures, on rows of our own."""

from pathlib import Path

import pytest

from trialrun.core.task import TaskSet
from trialrun.flow import evaluate
from trialrun.measure.reasoning import trace_answers, traces
from trialrun.models.scripted import Scripted
from trialrun.tasks.coconut import tasks
from trialrun.tasks.suites import SUITES

SOURCE = "def f(n):\n    while n:\n        n -= 1\n    return [n for n in range(2)]"
NUMBERED = "\n".join(f"{line}  # {number}" for number, line in enumerate(SOURCE.split("\n"), 1))
SIGNS = "\n".join(f"{line}  # {sign}" for line, sign in zip(SOURCE.split("\n"), "abcd", strict=True))
FIELDS = (
    "HumanEval_ID",
    "Name",
    "FunctionCall",
    "ExecutedLines",
    "ExecutedLines_Symbols",
    "Code_Indices",
    "Code_Symbols",
)
ROWS = [
    dict(zip(FIELDS, ("HumanEval/0", "f", "1", "[2, 3, 2, 4, 4]", "bcbdd", NUMBERED, SIGNS), strict=True)),
    dict(zip(FIELDS, ("HumanEval/0", "f", "(0,)", "[2, 4, 4]", "bdd", NUMBERED, SIGNS), strict=True)),
    dict(zip(FIELDS, ("HumanEval/1", "f", "2", "[2, 3, 2, 3, 2, 4, 4]", "bcbcbdd", NUMBERED, SIGNS), strict=True)),
]  # fmt: skip


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, **_: object) -> TaskSet:
        return TaskSet(name=name, version="rows", sha256="0", tasks=tasks(ROWS, SUITES[name]))

    monkeypatch.setattr("trialrun.flow.registry.load", load)


def script(request, _):
    text = request.messages[-1].content
    if "`f(0)`" in text:
        return "It is short. [ANSWER][2, 4][/ANSWER]"
    return "[ANSWER][2, 3, 2, 4, 4][/ANSWER]"


def test_published_lists_decide_exactly_and_traces_drawn_together(small: None, tmp_path: Path) -> None:
    published = evaluate("coconut", model=Scripted(script), output=tmp_path / "one")
    assert [record.verdict for record in published.records] == ["pass", "fail", "fail"]
    traced = evaluate("coconut", model=Scripted(script), comparator="strict", output=tmp_path / "two")
    assert [record.verdict for record in traced.records] == ["pass", "pass", "fail"]
    figures = traces(trace_answers(traced.records))
    assert (figures.acc_mean, figures.acc_hard, figures.programs) == (0.5, 0.5, 2)
    assert 0.5 < figures.wrong_sim < 1 and figures.false_sim == pytest.approx(figures.wrong_sim / 2)


def test_the_symbol_form(small: None, tmp_path: Path) -> None:
    run = evaluate("coconut-symbols", method="reference", output=tmp_path / "run")
    assert [record.verdict for record in run.records] == ["pass"] * 3
    strict = evaluate("coconut-symbols", method="reference", comparator="strict", output=tmp_path / "strict")
    assert [record.verdict for record in strict.records] == ["pass"] * 3
