"""One's own tasks: what a file may say, and that every error names its line."""

import json

import pytest

from trialrun.core.errors import UsageError
from trialrun.core.task import AssertCheck, CaseCheck
from trialrun.tasks import registry

pytestmark = pytest.mark.fast
GOOD = {"id": "add", "entry": "add", "statement": "Add.", "tests": "assert add(1, 2) == 3"}


def write(tmp_path, *rows):
    path = tmp_path / "mine.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return str(path)


def test_a_full_task(tmp_path):
    row = {
        **GOOD,
        "cases": [{"args": [1, 2], "expected": 3}, {"args": [[1], [2]], "expected": [1, 2]}],
        "atol": 0.5,
        "public_tests": "assert add(0, 0) == 0",
        "prefix": "def add(a, b):\n",
        "context": "import math\ndef twice(x): return 2 * x\n",
        "tests": "assert add(1, 1) == twice(1) == math.floor(2.5)",
        "reference": "def add(a, b):\n    return a + b\n",
        "licence": "CC0",
    }
    task_set = registry.load(write(tmp_path, row, "", {**GOOD, "id": "plus"}))
    task = task_set.tasks[0]
    assert (task_set.name, len(task_set.tasks)) == ("mine", 2)
    cases, tests = task.hidden_checks
    assert isinstance(cases, CaseCheck) and cases.expected == (3, [1, 2]) and cases.atol == 0.5
    assert isinstance(tests, AssertCheck) and tests.remote == ("add",)
    assert task.public_checks[0].name == "public_tests" and task.context.startswith("import math")
    assert [t.id for t in registry.load(write(tmp_path, row, GOOD | {"id": "b"}), ids=["b"]).tasks] == ["b"]


def test_results_from_the_reference(tmp_path):
    row = {"id": "f", "entry": "f", "cases": [{"args": [1]}], "reference": "def f(x):\n    return x\n"}
    assert registry.load(write(tmp_path, row)).tasks[0].hidden_checks[0].expected is None


def test_null_is_an_expected_result(tmp_path):
    row = {"id": "f", "entry": "f", "cases": [{"args": [1], "expected": None}]}
    assert registry.load(write(tmp_path, row)).tasks[0].hidden_checks[0].expected == (None,)


def test_one_array_instead_of_lines(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps([GOOD, {**GOOD, "id": "b"}], indent=1))
    assert len(registry.load(str(path)).tasks) == 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{broken", "line 2: not JSON"),
        ("[]", "line 2: expected a JSON object"),
        ({**GOOD, "id": 5}, "line 2: .*Expected `str`"),
        ({"id": "x", "entry": "f"}, "line 2: needs `tests` or `cases`"),
        ({**GOOD, "id": "b", "refrence": ""}, r"line 2: no field 'refrence' \(did you mean 'reference'"),
        ({**GOOD, "id": "add"}, "line 2: `id`: 'add' stands on an earlier line too"),
        ({**GOOD, "id": "b", "tests": "assert add(1"}, "line 2: `tests`: syntax error in line 1"),
        ({**GOOD, "id": "b", "tests": "assert add(1) == helper()"}, "line 2: `tests` uses helper"),
        ({**GOOD, "id": "b", "cases": [{"args": [1]}]}, "line 2: `cases` state no `expected`"),
        (
            {**GOOD, "id": "b", "cases": [{"args": [1]}, {"args": [1], "expected": 1}]},
            "line 2: `cases`: 1 of 2 state `expected`",
        ),
        ({**GOOD, "id": "b", "tests": "(" * 2_000_000}, "line 2: `tests`: longer than"),
    ],
)
def test_errors_name_the_line(tmp_path, row, message):
    with pytest.raises(UsageError, match=message):
        registry.load(write(tmp_path, GOOD, row))


def test_same_process_must_be_asked_for(tmp_path):
    row = {"id": "f", "entry": "f", "tests": "assert f(Pair(1, 2)) == 3", "same_process": True}
    assert registry.load(write(tmp_path, row)).tasks[0].hidden_checks[0].same_process == "the task says so"


def test_missing_and_empty_files(tmp_path):
    with pytest.raises(UsageError, match=r"cannot read .*No such file"):
        registry.load(str(tmp_path / "absent.jsonl"))
    with pytest.raises(UsageError, match="holds no task"):
        registry.load(write(tmp_path, ""))
