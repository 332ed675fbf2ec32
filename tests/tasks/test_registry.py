"""Loading by name: selection, unknown names, absent data, own files."""

import gzip
import json

import pytest

from trialrun.core.errors import Missing, UsageError
from trialrun.tasks import datafiles, registry
from trialrun.tasks.suites import SUITES

pytestmark = pytest.mark.fast
ROW = {
    "task_id": "HumanEval/0",
    "prompt": "def one():\n",
    "entry_point": "one",
    "canonical_solution": "    return 1\n",
    "test": "def check(candidate):\n    assert candidate() == 1\n",
}


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A machine without any data."""
    monkeypatch.delenv(datafiles.ENVIRONMENT, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(datafiles, "_in_package", lambda *where: [])
    return tmp_path


def put(path, rows, pack=True):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if pack else text)


def test_unknown_name_names_the_nearest():
    with pytest.raises(UsageError, match=r"no task set 'humanevl' \(did you mean 'humaneval'"):
        registry.load("humanevl")


def test_absent_data_says_what_brings_it(nowhere):
    with pytest.raises(Missing) as caught:
        registry.load("humaneval+")
    assert "trialrun data get humaneval+" in caught.value.install
    assert datafiles.ENVIRONMENT in caught.value.install
    assert str(nowhere / "cache" / "trialrun" / "data" / "humaneval-plus") in caught.value.what


def test_places_are_searched_in_order(nowhere, monkeypatch):
    put(nowhere / "cache" / "trialrun" / "data" / "humaneval" / "HumanEval.jsonl.gz", [ROW])
    assert len(registry.load("humaneval").tasks) == 1
    monkeypatch.setenv(datafiles.ENVIRONMENT, str(nowhere / "mine"))
    put(nowhere / "mine" / "humaneval" / "HumanEval.jsonl.gz", [ROW, {**ROW, "task_id": "HumanEval/1"}])
    assert len(registry.load("humaneval").tasks) == 2
    put(nowhere / "plain.jsonl", [ROW] * 3, pack=False)
    assert len(registry.load("humaneval", path=nowhere / "plain.jsonl").tasks) == 3


def test_another_file_has_another_version(nowhere):
    put(nowhere / "h.jsonl", [ROW])
    assert registry.load("humaneval", path=nowhere / "h.jsonl").version.startswith("sha256:")


def test_available_reports_presence(nowhere):
    states = {state.name: state for state in registry.available()}
    assert list(states) == list(SUITES)
    assert states["starter"].present and states["starter"].get is None
    assert not states["mbpp"].present and states["mbpp"].get == "trialrun data get mbpp"
    assert len(states["mbpp"].looked_for) == 2
    assert all(state.licence and state.source and state.tasks for state in states.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"task_id": 1}\n{oops\n', "line 2: not JSON"),
        ('{"task_id": "HumanEval/0"}\n', "is not the data of humaneval"),
        ("[1, 2]", "item 1: expected a JSON object"),
        ("[" * 100_000, "not JSON"),
        ('{"a": ' * 100_000, "line 1: not JSON"),
        ("7\n", "line 1: expected a JSON object"),
    ],
)
def test_broken_data_files(tmp_path, text, message):
    path = tmp_path / "broken.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        registry.load("humaneval", path=path)


def test_broken_gzip(tmp_path):
    path = tmp_path / "broken.gz"
    path.write_bytes(gzip.compress(b"x" * 1000)[:-20])
    with pytest.raises(UsageError, match="broken gzip"):
        registry.load("humaneval", path=path)


def test_selection_keeps_the_order_of_the_set():
    chosen = registry.load("starter", ids=["Starter/3", "1", "Starter_2"])
    assert [task.id for task in chosen.tasks] == ["Starter/1", "Starter/2", "Starter/3"]
    assert [task.id for task in registry.load("starter", limit=2).tasks] == ["Starter/1", "Starter/2"]
    assert [task.id for task in registry.load("starter", ids=["9", "8"], limit=1).tasks] == ["Starter/8"]


def test_unknown_ids_and_limits():
    with pytest.raises(UsageError, match=r"no task 'Starter/99' \(did you mean 'Starter/9'"):
        registry.load("starter", ids=["Starter/99"])
    with pytest.raises(UsageError, match="at least 1"):
        registry.load("starter", limit=0)


def test_a_data_file_of_every_published_set_is_pinned():
    for suite in SUITES.values():
        if suite.file is not None and suite.file.url:
            assert suite.file.url.startswith("https://") and len(suite.file.sha256) == 64
            assert suite.file.url.rpartition("/")[2] == suite.file.path.rpartition("/")[2]
