"""Think-and-Execute: one program per kind of task; running it is right where simulating it slips, and both are told."""

import contextlib
import gzip
import io
import json
import re
from pathlib import Path

import pytest

from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.errors import Missing
from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.core.task import ANSWER, Example, PublicTask, Task
from trialrun.flow import evaluate
from trialrun.generate.think_and_execute import ANALYSE, FILL, SIMULATE, WRITE, ThinkAndExecute
from trialrun.making import PublicRunner
from trialrun.models.scripted import Scripted, asked_text
from trialrun.models.wrap import Metered
from trialrun.run.sandbox import Sandbox
from trialrun.store.programs import read_programs
from trialrun.tasks import registry
from trialrun.tasks.algorithmic import EXAMPLES
from trialrun.tasks.suites import SUITES
from trialrun.verify.simulation import first_divergence
from trialrun.verify.tests import Judge, Rules

PLANS = Path(__file__).resolve().parent.parent.parent / "bench" / "algorithmic_plans"
PLAN = (PLANS / "navigate.py").read_text()
COUNT = 12


def walk(number):
    """Return an instance: out, and back by as much or by one less."""
    back = number + 2 - number % 2
    text = f"Do you return? Always face forward. Take {number + 2} steps left. Take 1 step forward. "
    return text + f"Take 1 step backward. Take {back} steps right.\nOptions:\n- Yes\n- No", back == number + 2


@pytest.fixture
def walks(tmp_path, monkeypatch):
    rows = [{"input": text, "target": "Yes" if home else "No"} for text, home in map(walk, range(COUNT))]
    (tmp_path / "bbh").mkdir()
    data = gzip.compress(json.dumps({"canary": "", "examples": rows}).encode())
    (tmp_path / "bbh" / "navigate.json.gz").write_bytes(data)
    monkeypatch.setenv("TRIALRUN_DATA", str(tmp_path))
    return tmp_path


def interpreted(request, plan=PLAN):
    """Simulate as a reasoner that makes no mistake: what the plan prints, and its answer."""
    text = asked_text(request).rpartition("```\n\n")[2]
    space, out = {}, io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(plan, space)
        answer = space["solve"](text)
    return f"{out.getvalue()}Final answer: {answer}"


def scripted(simulate=interpreted, plan=PLAN, fill="Final answer: None"):
    def answer(request, _index):
        text = asked_text(request)
        if text.startswith(ANALYSE[:20]):
            return "Keep a position, and look whether it is the first one."
        if text.startswith(WRITE[:20]):
            return f"Here it is.\n```python\n{plan}```\n"
        if text.startswith(SIMULATE[:20]):
            return simulate(request)
        return fill(request) if callable(fill) else fill

    return Scripted(answer, max_in_flight=1)


def sloppy(request):
    """Simulate with a slip: in instances that begin with an even number of steps, the third line."""
    said = interpreted(request)
    steps = int(re.search(r"Take (\d+) steps left", asked_text(request))[1])
    if steps % 2:
        return said
    lines = said.splitlines()
    lines[2] = "position 99 99 facing 0"
    return "\n".join(lines).replace("Final answer: No", "Final answer: Yes")


def judged(model, output, **settings):
    run = evaluate("bbh-navigate", method=ThinkAndExecute(**settings), model=model, output=output)
    programs = read_programs(run.directory)
    return [(record.verdict, dict(programs[record.program].files)) for record in run.records]


def test_one_program_answers_every_instance_and_is_asked_for_once(walks):
    model = scripted(simulate=lambda _: "Final answer: perhaps")
    found = judged(model, walks / "run")
    assert [verdict for verdict, _ in found] == [Verdict.PASS] * COUNT
    thought = 2 * (1 + EXAMPLES)  # the first three see other examples than the rest, which ask alike
    assert len(model.requests) == thought and not any(SIMULATE[:20] in asked_text(r) for r in model.requests)
    assert all("position" in files["printed.txt"] and "plan.py" in files for _, files in found)


def test_running_is_right_where_simulating_slips_and_the_first_slip_is_found(walks):
    found = judged(scripted(sloppy), walks / "run", execute="both")
    ran = [pair for pair in found if "simulated.txt" not in pair[1]]
    said = [pair for pair in found if "simulated.txt" in pair[1]]
    assert len(ran) == len(said) == COUNT
    right = [sum(verdict is Verdict.PASS for verdict, _ in part) for part in (ran, said)]
    assert right[0] == COUNT and right[0] >= right[1]
    slips = [first_divergence(files["printed.txt"], files["simulated.txt"]) for _, files in said]
    assert [slip is not None for slip in slips] == [number % 2 == 0 for number in range(COUNT)]
    assert {(slip.step, slip.said) for slip in slips if slip} == {(3, "position 99 99 facing 0")}
    wrong_trace_right_answer = sum(
        slip is not None and verdict is Verdict.PASS for (verdict, _), slip in zip(said, slips, strict=True)
    )
    assert wrong_trace_right_answer == COUNT // 2, "the answer was right all the same; only the trace tells"


def test_as_published_nothing_runs(walks):
    found = judged(scripted(), walks / "run", execute="simulate")
    assert all(verdict is Verdict.PASS and "printed.txt" not in files for verdict, files in found)


def test_a_program_that_holds_its_examples_answers_nothing_else(walks):
    table = {walk(number)[0]: "Yes" if walk(number)[1] else "No" for number in range(1, 1 + EXAMPLES)}
    cheat = (
        f"TABLE = {table!r}\n\ndef solve(text):\n    return TABLE.get(text.split('\\n\\n')[0], 'unknown')\n"
    )
    found = judged(scripted(plan=cheat), walks / "run")
    right = sum(verdict is Verdict.PASS for verdict, _ in found)
    assert right == EXAMPLES, "an honest plan is as good on instances that it was not shown"


# -- one instance at a time


@pytest.fixture(scope="module")
def judge():
    with Sandbox() as sandbox:
        yield Judge(sandbox, Rules(limits=Limits(cpu_s=1.0)))


ASKED = PublicTask(
    id="count/9",
    suite="count",
    statement="I have a yam and a lamp. How many vegetables?",
    entry=None,
    language=ANSWER,
    prefix="",
    public_checks=(),
    examples=(Example(statement="I have a pea. How many vegetables?", answer="1"),),
)
HOLED = (
    "def solve(text):\n    things = text.split('.')[0].split(' a ')[1:]\n    print(things)\n    return "
    + ("sum(is_vegetable(thing.split()[0]) for thing in things)\n")
)


def made(model, judge, **settings):
    limits = settings.pop("limits", {})
    budget = Budget(**limits)
    task = Task(id="count/9", suite="count", statement="", entry=None, language=ANSWER)
    runner = PublicRunner(judge, task, budget)
    ctx = Context(model=Metered(model, budget), runner=runner, budget=budget)
    return list(ThinkAndExecute(**settings).generate(ASKED, ctx))


def test_a_call_of_what_is_not_defined_is_a_question(judge):
    def fill(request):
        assert FILL[:20] in asked_text(request)
        call = asked_text(request).rpartition("The call: ")[2]
        return f"Final answer: {'yam' in call}"

    model = scripted(plan=HOLED, fill=fill)
    (sample,) = made(model, judge)
    assert sample.source == "Final answer: 1"
    assert [asked_text(request).rpartition("The call: ")[2] for request in model.requests[2:]] == [
        "`is_vegetable('yam')`",
        "`is_vegetable('lamp')`",
    ]
    assert "is_vegetable" in dict(sample.files)["plan.py"]


@pytest.mark.parametrize("fill", ["I cannot know.", "Final answer: open('x')", ""])
def test_a_question_without_an_answer_leaves_the_instance_to_the_reasoner(judge, fill):
    (sample,) = made(scripted(lambda _: "yam\nFinal answer: 7", HOLED, fill), judge)
    assert "simulated.txt" in dict(sample.files) and sample.source.endswith("7")
    assert "Final answer: 0" not in sample.source, "nothing was made up in place of what is unknown"


def test_questions_are_bounded(judge):
    asks = "def solve(text):\n    n = 0\n    while True:\n        n += 1 + more(n)\n"
    model = scripted(lambda _: "Final answer: 1", asks, "Final answer: 1")
    made(model, judge, holes=3)
    assert sum(FILL[:20] in asked_text(request) for request in model.requests) == 3


BROKEN = {
    "no plan": "I have none.",
    "syntax": "def solve(:",
    "raises": "def solve(text):\n    raise OSError('no')\n",
    "endless": "def solve(text):\n    while True: pass\n",
    "exits": "import os\ndef solve(text):\n    os._exit(0)\n",
    "gives no text": "def solve(text):\n    return [text]\n",
    "gives too much": "def solve(text):\n    return 'x' * 10**6\n",
    "forges a reply": "def solve(text):\n    return ('asks', 'f(1)')\n",
}


@pytest.mark.parametrize("plan", BROKEN)
def test_a_plan_that_does_not_run_leaves_the_instance_to_the_reasoner(judge, plan):
    (sample,) = made(scripted(lambda _: "Final answer: 4", BROKEN[plan] + "\n"), judge)
    assert sample.source == "Final answer: 4" and sample.language == ANSWER


@pytest.mark.parametrize("calls", range(4))
def test_the_budget_is_kept(judge, calls):
    model = scripted(lambda _: "Final answer: 1", HOLED, "Final answer: True")
    samples = made(model, judge, limits={"model_calls": calls})
    assert len(model.requests) == calls and not samples


@pytest.mark.data
@pytest.mark.parametrize(
    "suite", [one for one in SUITES.values() if one.reader == "algorithmic"], ids=lambda one: one.name
)
def test_plans_written_by_hand_answer_published_instances_by_running(judge, suite):
    try:
        tasks = registry.load(suite.name, limit=15).tasks
    except Missing as missing:
        pytest.skip(str(missing))
    model = scripted(plan=(PLANS / f"{suite.prefix}.py").read_text())
    for task in tasks:
        budget = Budget()
        ctx = Context(model=model, runner=PublicRunner(judge, task, budget), budget=budget)
        (sample,) = ThinkAndExecute().generate(task.public(), ctx)
        assert judge.judge(task, sample)[0].verdict is Verdict.PASS, (task.statement, sample.source)
