"""Fresh questions: right by two back ends, refused where these disagree, graded without a model."""

import json
import re
from pathlib import Path

import pytest

from trialrun.cli import execute
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Judgement, Strength, Verdict, Visibility
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.flow import evaluate
from trialrun.learn.builders import reasoning
from trialrun.learn.builders.reasoning import KINDS, LIMITS, Bounds, contamination_free, from_run, questions
from trialrun.run.sandbox import Sandbox
from trialrun.verify.prediction import judge_prediction

SOURCE = """def f(items, k=0):
    total = 0
    for item in items:
        if item > k:
            total += item
    names = {i: str(i) for i in items}
    return [total, names]
"""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


CALL = (Case(args=([1, 2, 3], 1)),)


def build(sandbox, source=SOURCE, cases=CALL, **settings):
    return questions(sandbox, Program.from_source(source, entry="f"), cases, **settings)


def test_every_kind_is_made_and_its_answer_passes(sandbox):
    built = build(sandbox)
    assert [task.hidden_checks[0].name for task in built.tasks] == list(KINDS) and not built.refused
    for task in built.tasks:
        found = judge_prediction(sandbox, task.hidden_checks[0], task.reference, LIMITS)
        assert found.verdict is Verdict.PASS and found.strength is Strength.STRONG
        assert judge_prediction(sandbox, task.hidden_checks[0], "[0]", LIMITS).verdict is Verdict.FAIL
    asked = {task.hidden_checks[0].name: task for task in built.tasks}
    assert asked["lines"].reference == "[2, 3, 4, 3, 4, 5, 3, 4, 5, 3, 6, 6, 6, 6, 7]"
    assert asked["final-values"].reference.startswith("{'items': [1, 2, 3], 'k': 1, 'item': 3, 'total': 5,")
    assert "# 7" in asked["lines"].statement and "# g" in asked["symbols"].statement
    assert "[5, {" not in asked["output"].statement and "[5, {" in asked["input"].statement


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import random\ndef f(n):\n    return random.random()\n", "different values"),
        ("def f(n):\n    while True:\n        pass\n", "ended with timeout|gaps"),
        ("def f(n):\n    return object()\n", "no literal|different values"),
        ("def f(n):\n    return 'x' * 1000\n", "too long"),
        ("def f(n):\n    return float('nan')\n", "different values|no literal"),
    ],
)
def test_what_no_answer_can_be_told_of_is_refused(sandbox, source, why):
    built = build(sandbox, source, [Case(args=(1,))], kinds=("output",))
    assert not built.tasks
    assert re.search(why, next(iter(built.refused)))


def test_arguments_that_no_literal_says_give_no_question(sandbox):
    built = build(sandbox, "def f(n):\n    return 1\n", [Case(args=(1 + 2j,))])
    assert not built.tasks and built.refused["a value that no literal says"] == 5


def test_a_function_that_only_returns_has_its_parameters_as_final_values(sandbox):
    built = build(sandbox, "def f(n):\n    return n\n", [Case(args=(3,))], kinds=("final-values",))
    assert [task.reference for task in built.tasks] == ["{'n': 3}"]


def test_an_exception_is_an_answer_and_no_input_question(sandbox):
    built = build(sandbox, cases=[Case(args=("x",))])
    assert [task.reference for task in built.tasks] == ["TypeError"]
    assert built.refused["a run ended with raised"] == 4


def test_two_back_ends_that_disagree_refuse_the_question(sandbox, monkeypatch):
    real = reasoning.lines_by_settrace

    def other(box, program, case, limits):
        return real(box, Program.from_source(program.source.replace("> k", "< k"), entry="f"), case, limits)

    monkeypatch.setattr(reasoning, "lines_by_settrace", other)
    built = build(sandbox, kinds=("lines",))
    assert not built.tasks and built.refused["two back ends tell different lines"] == 1
    values = reasoning.variables_by_settrace

    def wrong(box, program, case, limits):
        return values(
            box, Program.from_source(program.source.replace("= 0\n", "= 1\n"), entry="f"), case, limits
        )

    monkeypatch.setattr(reasoning, "variables_by_settrace", wrong)
    built = build(sandbox, kinds=("final-values",))
    assert built.refused["two back ends tell different variables"] == 1


def test_traces_that_are_too_long_are_refused(sandbox):
    built = build(sandbox, cases=[Case(args=(list(range(60)),))], kinds=("lines",), bounds=Bounds(lines=50))
    assert built.refused["a trace of too many lines, or none"] == 1


def test_ids_are_content_and_published_programs_are_left_out(sandbox):
    one, two = build(sandbox).tasks, build(sandbox).tasks
    assert [task.id for task in one] == [task.id for task in two] and len({task.id for task in one}) == 5
    assert list(contamination_free(one, ["def g(): pass"])) == one
    assert not list(contamination_free(one, [SOURCE.replace("\n", "  # 1\n")]))


def test_questions_about_a_models_own_programs_that_passed(sandbox):
    program = Program.from_source("def f(x):\n    return x + 1\n", entry="f")
    wrong = Program.from_source("def f(x):\n    return x\n", entry="f")
    check = CaseCheck(name="cases", cases=(Case(args=(1,)),), expected=(2,))
    task = Task(id="t", suite="s", statement="", entry="f", hidden_checks=(check,))
    judgement = Judgement(
        check="cases", verdict=Verdict.PASS, outcome=Outcome.RETURNED, strength=Strength.STRONG,
        visibility=Visibility.HIDDEN, judge="", cases=1,
    )  # fmt: skip

    def record(verdict, candidate):
        return Record(
            key=candidate.id, task_id="t", sample=0, program=candidate.id, verdict=verdict, outcome=Outcome.RETURNED,
            weak=False, unscored=None, judgements=(judgement,), cpu_s=0, wall_s=0, tier="", version="",
        )  # fmt: skip

    records = [record(Verdict.PASS, program), record(Verdict.FAIL, wrong)]
    built = from_run(sandbox, [task], records, {program.id: program, wrong.id: wrong})
    assert [(task.suite, task.reference) for task in built.tasks] == [("own-s", "2")]


def test_the_command_writes_tasks_that_eval_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "a.py").write_text(SOURCE)
    (tmp_path / "cases.jsonl").write_text('{"args": [[1, 2, 3], 1]}\n{"args": ["x"]}\n')
    out = tmp_path / "fresh.jsonl"
    command = [
        "questions",
        f"{tmp_path}/a.py:f",
        "--cases",
        str(tmp_path / "cases.jsonl"),
        "--output",
        str(out),
    ]
    assert execute([*command, "--kind", "output", "--kind", "lines", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["questions"] == 3
    run = evaluate(str(out), method="reference", output=tmp_path / "run")
    assert [record.verdict for record in run.records] == ["pass"] * 3
    assert execute([*command, "--kind", "outptu"]) == 2
    assert "did you mean 'output'" in capsys.readouterr().err
