"""Samples files: both conventions, directories, errors with line numbers, hostile text."""

import gzip
import json

import pytest

from trialrun.core.errors import UsageError
from trialrun.core.program import Program
from trialrun.tasks import attempts, registry
from trialrun.tasks.samples import read_samples, reference_samples

pytestmark = pytest.mark.fast
STARTER = registry.load("starter")
PREFIX = STARTER.tasks[0].prefix


def write(tmp_path, *rows, name="samples.jsonl"):
    path = tmp_path / name
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def test_completion_continues_and_solution_stands_alone(tmp_path):
    whole = "def add(a, b):\n    return a + b\n"
    path = write(
        tmp_path,
        {"task_id": "Starter/1", "completion": "    return a + b\n"},
        {"task_id": "Starter/1", "completion": whole},
        {"task_id": "Starter/1", "solution": whole},
        {"task_id": "Starter/1", "solution": whole, "completion": "x", "anything": [1]},
    )
    found = read_samples(path, STARTER)
    assert [sample.source for sample in found.samples] == [
        PREFIX + "    return a + b\n",
        PREFIX + whole,
        whole,
        whole,
    ]
    assert [sample.index for sample in found.samples] == [0, 1, 2, 3]
    assert found.missing == tuple(task.id for task in STARTER.tasks[1:])


def test_forms_of_ids_and_lists_of_texts(tmp_path):
    path = write(
        tmp_path,
        {"task_id": "Starter_2", "solution": "a"},
        {"task_id": 2, "solution": ["b", "c"]},
        "",
        {"task_id": "2", "solution": "d"},
    )
    found = read_samples(path, STARTER)
    assert [(s.task_id, s.index, s.source) for s in found.samples] == [
        ("Starter/2", index, text) for index, text in enumerate("abcd")
    ]


def test_only_keeps_chosen_tasks(tmp_path):
    path = write(tmp_path, {"task_id": "1", "solution": "a"}, {"task_id": "2", "solution": "b"})
    found = read_samples(path, STARTER, only={"Starter/2", "Starter/3"})
    assert [sample.task_id for sample in found.samples] == ["Starter/2"]
    assert found.missing == ("Starter/3",)


def test_gzip(tmp_path):
    path = tmp_path / "samples.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"task_id": "1", "solution": "a"}\n'))
    assert len(read_samples(path, STARTER).samples) == 1
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UsageError, match="cannot read"):
        read_samples(path, STARTER)


def test_directory(tmp_path):
    for place, text in (("Starter_1/10.py", "c"), ("Starter_1/2.py", "b"), ("Starter_2/0.py", "d")):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(text)
    (tmp_path / "Starter_1" / "notes.txt").write_text("no sample")
    (tmp_path / "stray.py").write_text("no sample")
    found = read_samples(tmp_path, STARTER)
    assert [(s.task_id, s.index, s.source) for s in found.samples] == [
        ("Starter/1", 0, "b"),
        ("Starter/1", 1, "c"),
        ("Starter/2", 0, "d"),
    ]


def test_directory_errors(tmp_path):
    with pytest.raises(UsageError, match=r"holds no TASK/N\.py"):
        read_samples(tmp_path, STARTER)
    (tmp_path / "Startr_1").mkdir()
    (tmp_path / "Startr_1" / "0.py").write_text("x")
    with pytest.raises(UsageError, match=r"'Startr_1' \(did you mean 'Starter/1'"):
        read_samples(tmp_path, STARTER)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{broken", "line 2: not JSON"),
        ('{"task_id": "1", "solution": "\n', "line 2: not JSON"),
        ("[1]", "line 2: expected a JSON object"),
        ('{"solution": "x"}', "line 2: lacks `task_id`"),
        ('{"task_id": true, "solution": "x"}', "line 2: lacks `task_id`"),
        ('{"task_id": "1"}', "line 2: needs `completion` or `solution`"),
        ('{"task_id": "1", "solution": 3}', "line 2: needs"),
        ('{"task_id": "1", "solution": ["x", null]}', "line 2: needs"),
        ("[" * 1_000_000, "line 2: not JSON"),
        ('{"task_id": 1' + "0" * 5000 + "}", "line 2: not JSON"),
    ],
)
def test_broken_lines_are_numbered(tmp_path, line, message):
    path = write(tmp_path, {"task_id": "1", "solution": "x"}, line)
    with pytest.raises(UsageError, match=message):
        read_samples(path, STARTER)


def test_unknown_tasks_are_listed_once(tmp_path):
    rows = [{"task_id": f"Started/{number}", "solution": "x"} for number in range(30) for _ in range(2)]
    with pytest.raises(UsageError) as caught:
        read_samples(write(tmp_path, *rows), STARTER)
    text = str(caught.value)
    assert "30 task ids that starter does not have" in text and "and 20 more" in text
    assert "line 1: 'Started/0' (did you mean 'Starter/" in text
    assert len(text.splitlines()) == 12


def test_missing_and_empty_files(tmp_path):
    write(tmp_path, "", name="samples.jsonl")
    with pytest.raises(UsageError, match=r"no samples at .*sample\.jsonl \(did you mean .*samples\.jsonl"):
        read_samples(tmp_path / "sample.jsonl", STARTER)
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(UsageError, match="is empty"):
        read_samples(tmp_path / "empty.jsonl", STARTER)


def test_long_lines_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(attempts, "MAX_BYTES", 1000)
    path = write(tmp_path, {"task_id": "1", "solution": "x"}, {"task_id": "1", "solution": "x" * 2000})
    with pytest.raises(UsageError, match="line 2: longer than"):
        read_samples(path, STARTER)


@pytest.mark.parametrize("text", ["(" * 1_000_000, "a\x00b", "\ud800", "\x1b[31m", "\r\n\u2028\x0b"])
def test_hostile_text_is_passed_on_as_it_is(tmp_path, text):
    path = write(tmp_path, {"task_id": "1", "solution": text})
    (sample,) = read_samples(path, STARTER).samples
    assert sample.source == text
    assert Program.from_source(sample.source).id


def test_hostile_file_names_and_bytes(tmp_path):
    folder = tmp_path / "Starter_1"
    folder.mkdir()
    (folder / "0.py").write_bytes(b"x = '\xff\xfe'\n")
    (folder / ("9" * 200 + ".py")).write_text("y")
    (folder / "sub.py").mkdir()
    found = read_samples(tmp_path, STARTER)
    assert [sample.source for sample in found.samples] == ["x = '\udcff\udcfe'\n", "y"]


def test_reference_samples():
    found = reference_samples(STARTER)
    assert len(found.samples) == 24 and found.missing == ()
    assert found.samples[0].source == STARTER.tasks[0].reference
