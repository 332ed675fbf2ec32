"""Stored repairs: the programs of a file go through the loop of a repair, and what is no such file is refused."""

import gzip
import json

import pytest

from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.errors import Missing, UsageError
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Task
from trialrun.making import PublicRunner
from trialrun.models.scripted import Scripted
from trialrun.repair.replay import Replay
from trialrun.tasks import datafiles, registry, stored_runs
from trialrun.tasks.ldb import load_runs
from trialrun.tasks.stored_runs import read_runs
from trialrun.tasks.suites import LDB_RUNS_FILE
from trialrun.verify.tests import Judge, Rules

TASK = Task(
    id="own/1",
    suite="own",
    statement="The number itself.",
    entry="f",
    public_checks=tuple(
        AssertCheck(name=f"visible {number}", code=f"assert f({number}) == {number}\n", remote=("f",))
        for number in (1, 2, 3)
    ),
    hidden_checks=(AssertCheck(name="tests", code="assert f(9) == 9\n", remote=("f",)),),
)
NONE, ONE, TWO = (f"def f(n):\n    return n if n < {number} else 0\n" for number in (1, 2, 3))
OTHER = "def f(n):\n    return -n\n"
ALL = "def f(n):\n    return n\n"
SHOWN = "def f(n):\n    return n if n < 4 else 0\n"


def put(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def replayed(sandbox, path, program=NONE, task=TASK, **settings):
    judge, budget = Judge(sandbox, Rules()), Budget()
    model = Scripted([])
    ctx = Context(model=model, runner=PublicRunner(judge, task, budget), budget=budget)
    made = list(
        Replay(runs=path, **settings).repair(
            task.public(), Program.from_source(program, entry=task.entry), (), ctx
        )
    )
    assert not model.requests
    return made, judge


@pytest.mark.parametrize("field", ["programs", "implementations"])
def test_programs_that_are_better_are_given_and_the_first_right_one_ends_it(sandbox, tmp_path, field):
    path = put(tmp_path / "runs", {"task_id": "own/1", field: [NONE, OTHER, ONE, NONE, TWO, ONE, SHOWN, ALL]})
    made, judge = replayed(sandbox, path)
    assert [one.source for one in made] == [ONE, TWO, SHOWN]
    assert all(one.maker == "repair/replay" and one.parents and one.entry == "f" for one in made)
    # What passes the public checks is judged by the hidden ones afterwards.
    assert [judge.judge(TASK, one)[0].verdict for one in made] == [Verdict.FAIL] * 3


def test_the_program_that_a_run_ended_with_is_given_or_not(sandbox, tmp_path):
    path = put(tmp_path / "runs", {"task_id": "own/1", "programs": [TWO, ONE]})
    assert [one.source for one in replayed(sandbox, path)[0]] == [TWO, ONE]
    assert [one.source for one in replayed(sandbox, path, final=False)[0]] == [TWO]
    only = put(tmp_path / "only", {"task_id": "own/1", "programs": [NONE]})
    assert replayed(sandbox, only)[0] == []


def test_nothing_is_given_for_what_passes_or_has_no_run(sandbox, tmp_path):
    path = put(tmp_path / "runs", {"task_id": "own/2", "programs": [ALL]})
    assert replayed(sandbox, path)[0] == [] and replayed(sandbox, None)[0] == []
    mine = put(tmp_path / "mine", {"task_id": "own/1", "programs": [ALL]})
    assert replayed(sandbox, mine, SHOWN)[0] == []
    assert [one.source for one in replayed(sandbox, mine)[0]] == [ALL]


def test_a_file_that_changed_is_read_again(sandbox, tmp_path):
    put(tmp_path / "runs", {"task_id": "own/1", "programs": [ONE]})
    assert len(replayed(sandbox, str(tmp_path / "runs"))[0]) == 1
    path = put(tmp_path / "runs", {"task_id": "own/1", "programs": [ONE, TWO]})
    assert len(replayed(sandbox, path)[0]) == 2


@pytest.mark.data
def test_published_repairs_are_what_they_were(sandbox):
    """Of LDB's stored runs on HumanEval: two repairs that hold, one that does not, and a right seed that is lost."""
    try:
        tasks = {task.id: task for task in registry.load("humaneval-ldb").tasks}
        runs = {run.task_id: run for run in load_runs()}
    except Missing as missing:
        pytest.skip(missing.what.splitlines()[0])
    path = datafiles.locate(LDB_RUNS_FILE)
    for number, holds in ((54, True), (127, True), (108, False), (118, False)):
        task = tasks[f"HumanEval/{number}"]
        stored = runs[task.id]
        made, judge = replayed(sandbox, str(path), stored.programs[0], task)
        last = made[-1].source if made else stored.programs[0]
        assert last == stored.programs[-1]
        (found,) = judge.judge(task, Program.from_source(last, entry=task.entry))
        assert (found.verdict is Verdict.PASS) == holds == stored.is_solved, task.id


ROW = {"task_id": "own/1", "programs": [ALL]}


@pytest.mark.fast
@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"task_id": "own/2"}, "line 2: lacks `programs`"),
        ({"task_id": "own/2", "programs": "text"}, "line 2: lacks `programs`"),
        ({"task_id": "own/2", "programs": [1]}, "line 2: lacks `programs`"),
        ({"programs": [ALL]}, "line 2: lacks `task_id`"),
        ({"task_id": "own/2", "programs": [""] * 1001}, "line 2: more than 1,000 programs"),
        ({"task_id": "own/2", "programs": ["x" * ((1 << 20) + 1)]}, "line 2: more than"),
        (ROW, "line 2: a second row of 'own/1'"),
        ([1], "line 2: expected a JSON object"),
    ],
)
def test_rows_of_another_form_are_refused_with_their_line(tmp_path, row, message):
    with pytest.raises(UsageError, match=message):
        read_runs(tmp_path / "runs" if put(tmp_path / "runs", ROW, row) else None)


@pytest.mark.fast
def test_all_programs_together_are_bounded_and_gzip_is_read(tmp_path, monkeypatch):
    path = tmp_path / "runs"
    path.write_bytes(gzip.compress((json.dumps(ROW) + "\n").encode()))
    assert read_runs(path) == {"own/1": (ALL,)}
    monkeypatch.setattr(stored_runs, "MOST_IN_ALL", 10)
    with pytest.raises(UsageError, match="more than 10 characters"):
        read_runs(path)


def test_a_file_that_is_not_there_is_named(sandbox, tmp_path):
    with pytest.raises(UsageError, match=r"cannot read the stored runs .*nowhere"):
        replayed(sandbox, str(tmp_path / "nowhere"))
