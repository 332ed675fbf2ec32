"""CoCoNUT, CodeMind and SURGE: readers, and what their data gets wrong."""

import ast
import csv
import io
import json
from pathlib import Path

import pytest

from trialrun.core.errors import Missing, UsageError
from trialrun.lang.literal_calls import expression
from trialrun.tasks import datafiles, registry
from trialrun.tasks.coconut import faulty, read_rows, tasks
from trialrun.tasks.datafiles import Found
from trialrun.tasks.suites import COCONUT_FILE, SUITES

pytestmark = pytest.mark.fast


def coconut_file(rows: list[tuple[str, ...]]) -> Found:
    text = io.StringIO(newline="")
    names = [
        "HumanEval_ID",
        "Name",
        "FunctionCall",
        "ExecutedLines",
        "ExecutedLines_Symbols",
        "Code_Indices",
        "Code_Symbols",
    ]
    csv.writer(text).writerows([names, *rows])
    return Found(path=Path("x.csv"), data=text.getvalue().encode(), sha256="")


CODE = "def f(s):  # 1\n    return s  # 2", "def f(s):  # a\n    return s  # b"
ROWS = [
    ("HumanEval/0", "f", "'a'", "[2]", "b", *CODE),
    ("HumanEval/0", "f", "('( ) x',)", "[2]", "b", *CODE),
    ("HumanEval/160", "f", "['+'], [2]", "[2, 1]", "b", *CODE),
]


def test_rows_become_questions_of_two_forms() -> None:
    rows = read_rows(coconut_file(ROWS))
    lines = tasks(rows, SUITES["coconut"])
    assert [task.id for task in lines] == ["HumanEval/0/1", "HumanEval/0/2", "HumanEval/160/1"]
    assert [task.hidden_checks[0].call for task in lines] == ["'a'", "'( ) x'", "['+'], [2]"]
    assert "# 2" in lines[0].statement and "#" not in lines[0].hidden_checks[0].source
    symbols = tasks(rows, SUITES["coconut-symbols"])
    assert [task.id for task in symbols] == ["HumanEval/0/1", "HumanEval/0/2"] and "# b" in symbols[
        0
    ].statement
    assert faulty(rows) == ["HumanEval/160"]


@pytest.mark.data
def test_the_published_coconut_rows() -> None:
    try:
        rows = read_rows(datafiles.read(COCONUT_FILE, name="coconut"))
    except Missing as missing:
        pytest.skip(missing.what.splitlines()[0])
    lines = tasks(rows, SUITES["coconut"])
    assert len(lines) == 1083 and faulty(rows) == ["HumanEval/160"] * 3
    assert len(tasks(rows, SUITES["coconut-symbols"])) == 1080
    calls = {(task.hidden_checks[0].source, task.hidden_checks[0].call) for task in lines}
    assert len(calls) == 1040
    for task in lines:
        assert isinstance(expression(f"f({task.hidden_checks[0].call})"), ast.Call), task.id


def item(subset_field: str, **features: object) -> dict:
    return {
        "question": "print(1)",
        "gt": "1",
        "sys_0shot": "What?",
        subset_field: "1",
        "custom_features": features,
    }


def test_surge_has_a_category_however_it_is_spelt_and_a_family(tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    (folder / "ml.json").write_text(
        json.dumps([item("custom_categoey", language="Python"), item("custom_category")])
    )
    (folder / "tc.json").write_text(
        json.dumps([item("custom_category", fid=name) for name in ("lu_u.py", "mc_1.py")])
    )
    for name in ("cl", "rl", "sc", "bg", "dr", "fl"):
        (folder / f"{name}.json").write_text("[]")
    loaded = registry.load("surge", path=tmp_path)
    assert [task.id for task in loaded.tasks] == ["ML/0", "ML/1", "TC/0", "TC/1"]
    assert [task.hidden_checks[0].family for task in loaded.tasks] == [
        "exact",
        "exact",
        "numeric",
        "last-number",
    ]
    assert all("category 1" in task.source for task in loaded.tasks)
    assert (
        loaded.tasks[0].hidden_checks[0].source == "print(1)" and not loaded.tasks[1].hidden_checks[0].source
    )
    assert len(registry.load("surge-tc", path=tmp_path).tasks) == 2
    (folder / "ml.json").write_text("[1]")
    with pytest.raises(UsageError, match="not SURGE's data"):
        registry.load("surge", path=tmp_path)


def test_codemind_reads_programs_calls_and_outputs(tmp_path: Path) -> None:
    for name, main, call in (
        ("HumanEval_10", "def f(x):\n    return math.sqrt(x)\n", "f(4, k=2) "),
        ("HumanEval_2", "def g() -> List[int]:\n    return []\n", "g()"),
        ("HumanEval_3", "def h(): ...\n", "no call"),
    ):
        folder = tmp_path / "dataset" / "humaneval" / name
        folder.mkdir(parents=True)
        for file, text in (("main.py", main), ("input.txt", call), ("output.txt", " '2' ")):
            (folder / file).write_text(text)
    (tmp_path / "dataset" / "humaneval" / "empty").mkdir()
    loaded = registry.load("codemind-humaneval", path=tmp_path)
    assert [task.id for task in loaded.tasks] == ["HumanEval/2", "HumanEval/3", "HumanEval/10"]
    check = loaded.tasks[2].hidden_checks[0]
    assert (check.entry, check.call, check.expected) == ("f", "4, k=2", "'2'")
    assert loaded.tasks[1].defect == "not a call: no call" and loaded.tasks[0].defect is None
    assert "import" not in loaded.tasks[0].statement
    with pytest.raises(UsageError, match="classeval"):
        registry.load("codemind-classeval", path=tmp_path)
