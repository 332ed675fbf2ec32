"""EFAGen at small scale: checks filter what a model proposes; the published five alone let a constant through."""

import json

import pytest

from trialrun import evaluate
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.judgement import Visibility
from trialrun.core.task import Task
from trialrun.generate.efagen import EFAGen
from trialrun.lang.families import Solved
from trialrun.making import PublicRunner
from trialrun.models.scripted import Scripted
from trialrun.models.wrap import Metered
from trialrun.run.sandbox import Sandbox
from trialrun.tasks.efa import generator_task
from trialrun.verify.tests import Judge, Rules

SEED = Solved(
    problem="Ann has 12 figs and gives away 5 of them. How many are left?",
    solution="She has 12-5=<<12-5=7>>7 left.",
    answer="7",
)
HIDDEN = Solved(problem="Solve 3x + 7 = 22 for x.", solution="So x is 5.", answer="5")
LINEAR = """import random
from fractions import Fraction

class Problem:
    def original(self):
        return {"a": 3, "b": 7, "c": 22}

    def sample(self, seed):
        r = random.Random(seed)
        a, x, b = r.randint(2, 12), r.randint(2, 30), r.randint(2, 40)
        return {"a": a, "b": b, "c": a * x + b}

    def render(self, p):
        return f"Solve {p['a']}x + {p['b']} = {p['c']} for x."

    def solve(self, p):
        return ANSWER
"""
RIGHT = LINEAR.replace("ANSWER", 'Fraction(p["c"] - p["b"], p["a"])')
CONSTANT = LINEAR.replace("ANSWER", "5")
WRONG = LINEAR.replace("ANSWER", 'p["c"] - p["b"]')
SOLVER = "def accepts(p, answer):\n    return p['a'] * answer + p['b'] == p['c']\n"


def fenced(source: str) -> str:
    return f"Here it is.\n```python\n{source}```\n"


@pytest.fixture(scope="module")
def judge():
    with Sandbox() as sandbox:
        yield Judge(sandbox, Rules())


def proposed(judge: Judge, task: Task, answers, **settings):
    model, budget = Scripted(answers), Budget()
    ctx = Context(
        model=Metered(model, budget), runner=PublicRunner(judge, task, budget), budget=budget, seed=3
    )
    return list(EFAGen(**settings).generate(task.public(), ctx)), model, budget


def test_what_passes_is_kept_and_nothing_else(judge):
    task = generator_task(HIDDEN, id="t", solver=SOLVER)
    answers = [fenced(source) for source in (WRONG, CONSTANT, RIGHT, RIGHT)]
    programs, model, budget = proposed(judge, task, answers, n=4)
    assert [program.source.strip() for program in programs] == [RIGHT.strip()]
    assert programs[0].maker == "generate/efagen" and programs[0].entry == "Problem"
    assert len(model.requests) == 1 and budget.spent()["cpu_s"] > 0
    asked = model.requests[0].messages[-1].content
    assert HIDDEN.problem in asked and "`Problem`" in asked and SOLVER not in asked


def test_where_nothing_passes_the_nearest_is_given(judge):
    task = generator_task(HIDDEN, id="t", solver=SOLVER)
    programs, _, _ = proposed(judge, task, [fenced(WRONG), fenced(CONSTANT), "no idea"], n=3)
    assert [program.source.strip() for program in programs] == [CONSTANT.strip()]


def test_number_lifting_needs_no_model(judge):
    task = generator_task(SEED, id="t")
    programs, model, _ = proposed(judge, task, [])
    assert len(programs) == 1 and not model.requests and programs[0].source == task.reference
    (found,) = judge.judge(task, programs[0])
    assert found.verdict == "pass" and found.score == 1.0
    programs, model, _ = proposed(judge, task, ["none"], n=1, lift=False)
    assert len(model.requests) == 1 and "none" in programs[0].source


def test_a_method_sees_public_evidence(judge):
    task = generator_task(HIDDEN, id="t", solver=SOLVER)
    runner = PublicRunner(judge, task, Budget())
    programs, _, _ = proposed(judge, task, [fenced(WRONG)], n=1)
    (found,) = runner.check(programs[0])
    assert found.visibility is Visibility.PUBLIC and found.evidence[0].input == "original"


def test_eval_reads_solved_problems_and_resumes(tmp_path):
    rows = [
        {"id": "figs", "problem": SEED.problem, "solution": SEED.solution, "answer": SEED.answer},
        {"id": "linear", "problem": HIDDEN.problem, "answer": HIDDEN.answer, "solver": SOLVER},
    ]
    file = tmp_path / "solved.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    model = Scripted(lambda request, index: fenced(RIGHT if index else CONSTANT))
    run = evaluate(str(file), method=EFAGen(n=2), model=model, output=tmp_path / "run")
    assert {record.task_id: record.verdict for record in run.records} == {"figs": "pass", "linear": "pass"}
    again = evaluate(str(file), method=EFAGen(n=2), model=model, output=tmp_path / "run", resume=True)
    assert len(model.requests) == 1, "the figs were lifted, and what was answered is kept"
    assert [record.program for record in again.records] == [record.program for record in run.records]
