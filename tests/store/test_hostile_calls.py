"""Files of recorded calls that a stranger wrote: bounded in size, in what they unfold to, and never fatal."""

import base64
import json
import marshal

import pytest

from trialrun.core import values
from trialrun.store import calls
from trialrun.store.calls import read_calls


def line(*lowered):
    data = marshal.dumps((values.GRAPH, *lowered), 2)
    return json.dumps({"function": "f", "args": base64.b64encode(data).decode()})


def doubled(kind, times, first):
    """Return a value that holds one half of itself twice, so often; `first` is the number it gets."""
    made = (kind, (kind, 1, 2), 1)
    for number in range(first + times, first, -1):
        made = (kind, made, (values.REF, number))
    return made


def read(directory, text):
    (directory / "calls.jsonl").write_text(text)
    return read_calls(directory)


@pytest.mark.parametrize("kind", [values.TUPLE, values.LIST])
def test_what_unfolds_to_hours_of_work_is_not_read(tmp_path, kind):
    deep = doubled(kind, 40, 2 if kind == values.TUPLE else 1)
    found = read(tmp_path, line((values.LIST, (values.DICT, deep, 1) if kind == values.TUPLE else deep)))
    assert (found.count, found.unread) == (0, 1)


def test_a_little_sharing_is_read(tmp_path):
    found = read(tmp_path, line((values.LIST, doubled(values.LIST, 3, 1))))
    assert (found.count, found.unread) == (1, 0)


def test_a_line_nested_too_deeply_is_one_unread_line(tmp_path):
    found = read(tmp_path, '{"x":' + "[" * 100_000 + "]" * 100_000 + "}\n" + line((values.LIST, 1)))
    assert (found.count, found.unread) == (1, 1)


def test_all_files_together_are_bounded(tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.jsonl").write_text(line((values.LIST, name)))
    size = (tmp_path / "a.jsonl").stat().st_size
    monkeypatch.setattr(calls, "_ALL_BYTES", 2 * size)
    assert read_calls(tmp_path).count == 2
