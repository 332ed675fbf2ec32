"""Self-invoking tasks: every one is solved by its own solution, depends on its base, and is like no other."""

import json

import pytest

from trialrun.cli import execute
from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.flow import evaluate
from trialrun.learn.bases import Base, base_of, bases_of, distinct
from trialrun.learn.builders.self_invoking import row_of, self_invoking
from trialrun.learn.builders.self_invoking import test_lines as lines_for
from trialrun.learn.builders.self_invoking_model import Asking, read_answer, written
from trialrun.models.scripted import Scripted
from trialrun.run.sandbox import Sandbox
from trialrun.verify.dependence import prove
from trialrun.verify.tests import Judge, Rules

SOURCES = {
    "digits": ("def digits(n):\n    return sum(int(c) for c in str(n))\n", [(12,), (7,), (305,), (99,)]),
    "larger": ("def larger(a, b):\n    return a if a > b else b\n", [(1, 2), (5, 3), (4, 4), (0, -1)]),
    "even": ("def even(n):\n    return n % 2 == 0\n", [(1,), (2,), (7,), (8,)]),
    "drain": (
        "def drain(xs):\n    n = 0\n    while xs:\n        n += xs.pop()\n    return n\n",
        [([1, 2],), ([],), ([5],)],
    ),
}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def problem(name, source=None, inputs=None):
    text, given = SOURCES.get(name, ("", []))
    check = CaseCheck(
        name="cases", cases=tuple(Case(args=args) for args in (given if inputs is None else inputs))
    )
    return Task(
        id=name, suite="own", statement=name, entry=name, hidden_checks=(check,), reference=source or text
    )


@pytest.fixture(scope="module")
def bases(sandbox):
    return list(bases_of(sandbox, [problem(name) for name in SOURCES]))


@pytest.fixture(scope="module")
def built(sandbox, bases):
    return self_invoking(sandbox, bases, seed=3)


def test_a_base_is_what_was_seen_of_it(bases):
    assert [(base.part.arguments, base.part.result, base.part.mutates) for base in bases] == [
        (("int",), "int", False),
        (("int", "int"), "int", False),
        (("int",), "bool", False),
        (("list[int]",), "int", True),
    ]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import random\ndef f(n):\n    return random.getrandbits(64) * id(object())\n", "unsteady"),
        ("def f(n):\n    raise ValueError\n", "too few"),
        ("def f(n):\n    while True: pass\n", "slow"),
        ("def f(n, *, m=1):\n    return n\n", "without a place"),
        ("def f(n):\n    yield n\n", "no plain function"),
        ("def f(n):\n    print(n)\n    return n\n", "too few"),
        ("def f(n):\n    return 0\n", "constant"),
        ("def g(n):\n    return n\n", "no plain function"),
    ],
)
def test_what_is_no_base_says_why(sandbox, source, why):
    found = base_of(sandbox, problem("f", source, [(1,), (2,), (3,)]))
    assert isinstance(found, str) and why in found


def test_bases_that_do_the_same_count_once(sandbox):
    twin = "def twin(n):\n    return sum(map(int, list(str(n))))\n"
    other = "def other(n):\n    return sum(map(int, list(str(n)))) % 9\n"
    tasks = [
        problem("digits"),
        problem("twin", twin, [(4,), (5,), (6,)]),
        problem("other", other, [(4,), (5,), (6,)]),
    ]
    found = [base for base in bases_of(sandbox, tasks) if isinstance(base, Base)]
    assert [base.id for base in distinct(sandbox, found)] == ["digits", "other"]


def test_what_is_emitted_is_solved_depends_and_differs(sandbox, built):
    assert len(built.tasks) >= 20
    names = {task.source.split()[0] for task in built.tasks}
    assert {"each", "kept", "folded", "best", "grouped", "summed", "runs", "neighbours", "piped"} <= names
    judge = Judge(sandbox, Rules(limits=Limits(cpu_s=1.0)))
    for task in built.tasks:
        program = Program.from_source(task.reference, entry=task.entry)
        assert all(found.verdict is Verdict.PASS for found in judge.judge(task, program)), task.id
        assert task.reference.startswith(task.prefix) and task.hidden_checks[0].same_process is None
    assert len({task.id for task in built.tasks}) == len(built.tasks)
    codes = {task.hidden_checks[0].code.replace(task.entry, "") for task in built.tasks}
    assert len(codes) == len(built.tasks), "no two ask for the same"
    sample = built.tasks[:: len(built.tasks) // 5]
    for task in sample:
        base = task.source.split(";")[0].split(" of ")[1].split(" and ")[0]
        program = Program.from_source(task.reference, entry=task.entry)
        assert prove(sandbox, judge, task, program, base).rate == 1.0
    assert all("calls of the base" in task.source for task in built.tasks)


def test_the_same_seed_gives_the_same_tasks_and_another_gives_others(sandbox, bases, built):
    again = self_invoking(sandbox, bases, seed=3, count=8)
    assert again.tasks == built.tasks[:8]
    others = self_invoking(sandbox, bases, seed=4, count=8)
    assert [task.hidden_checks for task in others.tasks] != [task.hidden_checks for task in again.tasks]


def test_compositions_with_constant_results_are_refused(sandbox):
    even = base_of(sandbox, problem("even", SOURCES["even"][0], [(1,), (3,), (5,), (8,)]))
    alone = self_invoking(
        sandbox, [Base(id="even", source=even.source, part=even.part, cases=even.cases[:1])]
    )
    assert not [task for task in alone.tasks if task.source.startswith("kept")]
    assert any("constant" in why for why in alone.refused)


def test_what_comes_near_the_limit_is_refused(sandbox):
    """Most of a limit is used on every machine: the program itself counts its CPU time."""
    source = (
        "import resource\n\ndef used():\n    return resource.getrusage(resource.RUSAGE_SELF).ru_utime\n\n\n"
        "def spin(n):\n    end = used() + 0.3\n    while used() < end:\n        pass\n    return n\n"
    )
    program = Program.from_source(source, entry="spin")
    cases = [Case(args=(n,)) for n in (1, 2, 3)]
    assert "slow" in lines_for(sandbox, program, cases, limits=Limits(cpu_s=1.0))
    assert len(lines_for(sandbox, program, cases, limits=Limits(cpu_s=10.0)).lines) == 3


def test_eval_reads_what_is_written(built, tmp_path):
    path = tmp_path / "fresh.jsonl"
    path.write_text("".join(json.dumps(row_of(task)) + "\n" for task in built.tasks[:6]))
    run = evaluate(str(path), method="reference", output=tmp_path / "run")
    assert [record.verdict for record in run.records] == [Verdict.PASS] * 6 and not any(
        record.weak for record in run.records
    )


# -- with a model

RIGHT = '''Here it is.
```python
def digit_gaps(numbers):
    """Return the differences of the digit sums, as `digits` gives them, of each two neighbours."""
    sums = [digits(n) for n in numbers]
    return [b - a for a, b in zip(sums, sums[1:])]

INPUTS = [([12, 7],), ([99, 1, 305],), ([7],), ([305, 99, 12],)]
```
'''
CHEAT = RIGHT.replace("digits(n) for", "sum(map(int, str(n))) for")


def test_a_model_writes_a_task_that_is_proven(sandbox, bases):
    model = Scripted([RIGHT])
    task = written(sandbox, model, bases[0])
    assert isinstance(task, Task) and task.entry == "digit_gaps"
    assert "def digits(n)" in task.prefix and "sums =" not in task.prefix
    assert "digit_gaps([12, 7]) == [4]" in task.hidden_checks[0].code
    assert "must" not in task.reference and "digits" in model.requests[0].messages[0].content


def test_a_model_is_told_what_is_wrong_and_asked_again(sandbox, bases):
    model = Scripted(["I cannot.", CHEAT, RIGHT])
    assert isinstance(written(sandbox, model, bases[0]), Task)
    told = [request.messages[-1].content for request in model.requests[1:]]
    assert "no Python" in told[0] and "not dependent" in told[1]


def test_a_model_that_never_does_gives_no_task(sandbox, bases):
    model = Scripted([CHEAT] * 2)
    assert "not dependent" in written(sandbox, model, bases[0], Asking(attempts=2))
    assert len(model.requests) == 2


@pytest.mark.parametrize(
    "answer",
    ["", "(" * 100_000, "```python\nINPUTS = [(1,)]\n```", RIGHT.replace("[([12", "[open('x'), ([12"), "\0"],
)
def test_hostile_answers_are_no_tasks(bases, answer):
    assert isinstance(read_answer(answer, bases[0]), str)


def test_the_base_in_an_answer_does_not_replace_the_given_one(sandbox, bases):
    own = RIGHT.replace("```python\n", "```python\ndef digits(n):\n    return 0\n\n")
    task = written(sandbox, Scripted([own]), bases[0])
    assert isinstance(task, Task) and "return 0" not in task.reference


# -- the command


def test_the_command_writes_tasks(tmp_path, capsys):
    own = tmp_path / "own.jsonl"
    rows = [
        {"id": name, "entry": name, "reference": source, "cases": [{"args": list(args)} for args in inputs]}
        for name, (source, inputs) in SOURCES.items()
    ]
    own.write_text("".join(json.dumps(row) + "\n" for row in rows))
    output = tmp_path / "harder.jsonl"
    assert execute(["compose", str(own), "--output", str(output), "--count", "5", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tasks"] == 5 == len(output.read_text().splitlines()) and told["bases"] == 4
    assert execute(["compose", str(own), "--output", str(tmp_path / "harder.txt")]) == 2
    assert execute(["compose", str(own), "--output", str(output), "--count", "0"]) == 2
