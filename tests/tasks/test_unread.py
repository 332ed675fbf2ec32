"""Inputs that are read when somebody asks for one."""

import json

import msgspec
import pytest

from trialrun.core.errors import UsageError
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.run.batch import kept_calls
from trialrun.store.cache import BlobCache
from trialrun.tasks import humaneval_plus, registry
from trialrun.tasks.suites import SUITES
from trialrun.tasks.unread import UnreadCases

pytestmark = pytest.mark.fast

TEXT = b'[[1, 2.5, "a"], [[[1], {"k": null}], true], []]'
CASES = (Case(args=(1, 2.5, "a")), Case(args=([[1], {"k": None}], True)), Case(args=()))


def test_unread_cases_are_those_that_the_text_holds():
    unread = UnreadCases(TEXT, "here")
    assert len(unread) == 3 and tuple(unread) == CASES and unread[1] == CASES[1] and unread[1:] == CASES[1:]
    assert unread == CASES and unread == UnreadCases(TEXT, "there") and unread != CASES[:2]


@pytest.mark.parametrize("text", [b"[", b"{}", b"[1]", b'[["\xff"]]', b"[" * 100_000])
def test_text_that_holds_no_cases_is_a_users_error(text):
    with pytest.raises(UsageError, match="plus inputs of T/1"):
        len(UnreadCases(text, "plus inputs of T/1"))


def hash_of(cases):
    check = CaseCheck(name="plus", cases=cases)
    return Task(id="T/0", suite="t", statement="", entry="f", hidden_checks=(check,)).hash


def test_a_task_is_identified_by_the_text_of_its_inputs():
    assert hash_of(UnreadCases(TEXT, "a")) == hash_of(UnreadCases(TEXT, "b"))
    assert hash_of(UnreadCases(TEXT, "a")) != hash_of(UnreadCases(TEXT.replace(b"true", b"false"), "a"))


def test_kept_calls_leave_the_cases_unread(tmp_path, monkeypatch):
    cache = BlobCache(tmp_path)
    calls = kept_calls("f", UnreadCases(TEXT, "a"), cache, "task", "plus")
    assert calls == kept_calls("f", CASES, cache, "task", "other")
    monkeypatch.setattr(UnreadCases, "_cases", property(lambda self: pytest.fail("it was read")))
    assert kept_calls("f", UnreadCases(TEXT, "a"), cache, "task", "plus") == calls


ROW = {
    "task_id": "HumanEval/0",
    "prompt": "def f(x):\n",
    "entry_point": "f",
    "canonical_solution": "    return x\n",
    "base_input": [[1]],
    "plus_input": [[2], [[3]]],
    "contract": "",
}


@pytest.mark.parametrize("form", [json.dumps(ROW) + "\n" + json.dumps(ROW), json.dumps([ROW, ROW], indent=1)])
def test_the_plus_inputs_of_humaneval_are_read_late(tmp_path, form):
    file = tmp_path / "HumanEvalPlus.jsonl"
    file.write_text(form)
    task, other = registry.load("humaneval+", path=file).tasks
    base, plus = task.hidden_checks
    assert base.cases == (Case(args=(1,)),) and plus.cases == (Case(args=(2,)), Case(args=([3],)))
    assert task.hash == other.hash


def test_a_file_that_is_no_humaneval_plus_is_refused(tmp_path):
    file = tmp_path / "HumanEvalPlus.jsonl"
    for text in ("{", '{"task_id": 3}', "[1]", '{"task_id": "\udc80"}'):
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(UsageError, match=r"is not the data of humaneval\+"):
            registry.load("humaneval+", path=file)


def test_rows_are_small_until_they_are_read():
    row = msgspec.json.decode(json.dumps(ROW), type=humaneval_plus.Row)
    (task,) = humaneval_plus.tasks([row], SUITES["humaneval+"])
    assert "_cases" not in vars(task.hidden_checks[1].cases)
