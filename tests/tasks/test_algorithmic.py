"""BIG-Bench Hard: examples are never the task itself, and are the same for nearly all of a set."""

import json
from dataclasses import replace

import pytest

from trialrun.core.errors import Missing, UsageError
from trialrun.core.task import ANSWER
from trialrun.tasks import registry
from trialrun.tasks.algorithmic import read_rows, tasks
from trialrun.tasks.datafiles import Found
from trialrun.tasks.suites import SUITES

pytestmark = pytest.mark.fast
SUITE = SUITES["bbh-navigate"]


def found(document):
    from pathlib import Path

    return Found(path=Path("navigate.json"), data=json.dumps(document).encode(), sha256="")


def rows(count):
    return [{"input": f"Walk {number}.", "target": "No" if number % 2 else "Yes"} for number in range(count)]


def test_rows_become_questions_with_examples():
    made = tasks(read_rows(found({"canary": "c", "examples": rows(6)})), SUITE)
    assert [task.id for task in made[:2]] == ["navigate/0", "navigate/1"]
    first, last = made[0], made[5]
    assert (
        last.language == ANSWER and last.statement.startswith("Walk 5.") and "Final answer" in last.statement
    )
    assert [one.statement.split("\n")[0] for one in last.examples] == ["Walk 0.", "Walk 1.", "Walk 2."]
    assert [one.statement.split("\n")[0] for one in first.examples] == ["Walk 1.", "Walk 2.", "Walk 3."]
    assert [one.answer for one in last.examples] == ["Yes", "No", "Yes"]
    assert last.hidden_checks[0].expected == "No" and not last.public_checks
    for task in made:
        assert all(example.statement != task.statement for example in task.examples)
        assert task.public().examples == task.examples


def test_examples_do_not_change_what_a_verdict_hangs_on():
    task = tasks(rows(5), SUITE)[4]
    assert replace(task, examples=()).hash == task.hash


def test_a_file_of_another_form_is_refused():
    with pytest.raises(UsageError, match="BIG-Bench Hard"):
        read_rows(found([1]))
    with pytest.raises(UsageError, match="BIG-Bench Hard"):
        read_rows(replace(found({}), data=b"\xff"))


@pytest.mark.data
@pytest.mark.parametrize("name", [name for name in SUITES if name.startswith("bbh-")])
def test_published_files_are_read(name):
    try:
        read = registry.load(name).tasks
    except Missing as missing:
        pytest.skip(str(missing))
    assert len(read) == SUITES[name].size == 250
    families = {"bbh-dyck": "brackets", "bbh-counting": "number"}
    assert all(task.hidden_checks[0].family for task in read)
    assert families.get(name, read[0].hidden_checks[0].family) == read[0].hidden_checks[0].family
