"""Recorded calls are a stranger's files: bounded in number, size and nesting, and never followed elsewhere."""

import base64
import json

import pytest

from trialrun.core.values import encode_graph
from trialrun.store import calls as module
from trialrun.store.calls import read_calls

pytestmark = pytest.mark.fast


def line(*args, function="a.py::f", made=None):
    one = {"function": function, "args": base64.b64encode(encode_graph(args)[0]).decode()}
    if made is not None:
        one["made"] = base64.b64encode(encode_graph(made)[0]).decode()
    return json.dumps(one) + "\n"


def test_one_call_is_one_call_however_often_it_is_there(tmp_path):
    (tmp_path / "a.jsonl").write_text(line(1) + line(1) + line(2))
    (tmp_path / "b.jsonl").write_text(line(1) + line(1, made=(7,)) + line(1, made=(8,)))
    calls = read_calls(tmp_path)
    assert calls.arguments == {"a.py::f": [(1,), (2,), ((7,), 1), ((8,), 1)]}
    assert (calls.count, calls.unread) == (4, 0)


def test_no_link_is_followed(tmp_path):
    (tmp_path / "elsewhere.txt").write_text(line(1))
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "a.jsonl").symlink_to(tmp_path / "elsewhere.txt")
    assert read_calls(tmp_path / "calls").count == 0


def test_large_files_and_lines_beyond_the_limit_are_not_read(tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.jsonl").write_text("".join(line(name, number) for number in range(10)))
    monkeypatch.setattr(module, "_LINES", 15)
    assert read_calls(tmp_path).count == 15
    monkeypatch.setattr(module, "_FILES", 1)
    assert read_calls(tmp_path).count == 10
    monkeypatch.setattr(module, "_ALL_BYTES", 100)
    assert read_calls(tmp_path).count == 0


def test_large_values_are_not_read(tmp_path):
    (tmp_path / "a.jsonl").write_text(line("x" * (200 << 10)) + line("x" * (300 << 10)))
    calls = read_calls(tmp_path)
    assert (calls.count, calls.unread) == (1, 1)


def test_what_was_not_kept_is_added_up(tmp_path):
    told = json.dumps({"skipped": {"a.py::f": {"too large": 2}}}) + "\n"
    (tmp_path / "a.jsonl").write_text(told + told)
    assert read_calls(tmp_path).skipped == {"a.py::f": {"too large": 4}}
