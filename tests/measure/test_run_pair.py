"""Comparing two run directories: what is paired, what is said beside it, what is refused."""

import json
from pathlib import Path

import pytest

from trialrun.cli import execute
from trialrun.core.errors import UsageError
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.record import Record
from trialrun.measure.run_pair import compare_runs
from trialrun.store.config import RunConfig, Setting, write_config
from trialrun.store.json_text import to_json
from trialrun.store.run_dir import CONFIG, RECORDS

pytestmark = pytest.mark.fast

VERDICT: dict[str, Setting] = {
    "tasks": "starter", "tasks_sha256": "aa", "comparator": "upstream", "base_only": False, "seed": 0,
    "version": "0.1.0", "python": "3.13.0", "tier": "root", "limit_cpu_s": 10.0,
}  # fmt: skip


def record(task: str, passed: bool, *, sample: int = 0, program: str = "p", **more: object) -> Record:
    verdict, outcome = (Verdict.PASS, Outcome.RETURNED) if passed else (Verdict.FAIL, Outcome.TIMEOUT)
    fields = {
        "key": f"{task}-{sample}", "task_id": task, "sample": sample, "program": program, "verdict": verdict,
        "outcome": outcome, "weak": False, "unscored": None, "judgements": (), "cpu_s": 0.0, "wall_s": 0.0,
        "tier": "root", "version": "0.1.0",
    }  # fmt: skip
    return Record(**(fields | more))  # type: ignore[arg-type]


def run(path: Path, *records: Record, **settings: Setting) -> Path:
    path.mkdir()
    write_config(path / CONFIG, RunConfig(verdict=VERDICT | settings, asked={"samples": path.name}))
    (path / RECORDS).write_bytes(b"".join(to_json(one) + b"\n" for one in records))
    return path


def test_pairs_are_common_scored_samples(tmp_path: Path) -> None:
    a = run(
        tmp_path / "a", record("t/1", True), record("t/2", True), record("t/10", False), record("t/3", True),
        record("t/4", True, unscored="the machine failed"),
        record("t/7", True), record("t/5", False), record("t/6", True),
    )  # fmt: skip
    b = run(
        tmp_path / "b", record("t/10", True), record("t/2", False), record("t/1", True, program="q"),
        record("t/4", True),
        record("t/7", True, unscored="the machine failed"), record("t/5", False), record("t/6", True, sample=1),
    )  # fmt: skip
    found = compare_runs(a, b)
    paired = found.paired
    assert (paired.both, paired.only_a, paired.only_b, paired.neither) == (1, 1, 1, 1)
    assert (found.only_in_a, found.only_in_b, found.unscored, found.same_programs) == (2, 1, 2, 3)
    assert [(one.task_id, one.a, one.b) for one in found.flipped] == [
        ("t/2", "pass", "fail (timeout)"),
        ("t/10", "fail (timeout)", "pass"),
    ]
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("comparator", "strict", "comparator"),
        ("limit_cpu_s", 3.0, "limit cpu_s"),
        ("limit_memory_mb", 64, "limit memory_mb"),
        ("tasks_sha256", "bb", "data of the task set"),
        ("tasks", "starter+", "task set"),
        ("tier", "landlock", "isolation"),
        ("base_only", True, "--base-only"),
        ("python", "3.12.0", "interpreter of the programs"),
    ],
)
def test_what_else_could_explain_a_difference_is_said(
    tmp_path: Path, setting: str, value: Setting, said: str
) -> None:
    a = run(tmp_path / "a", record("t/1", True))
    b = run(tmp_path / "b", record("t/1", True), **{setting: value})
    (warning,) = compare_runs(a, b).warnings
    assert (warning.setting, warning.b) == (said, str(value))


def test_what_is_no_setting_of_the_judge_is_no_warning(tmp_path: Path) -> None:
    a = run(tmp_path / "a", record("t/1", True), model="x")
    b = run(tmp_path / "b", record("t/1", True), model="y")
    assert compare_runs(a, b).warnings == ()


def test_runs_without_a_common_sample_are_refused(tmp_path: Path) -> None:
    a = run(tmp_path / "a", record("t/1", True))
    with pytest.raises(UsageError, match="no judged sample in common"):
        compare_runs(a, run(tmp_path / "b", record("t/2", True), tasks="mbpp"))
    with pytest.raises(UsageError, match="not a run directory"):
        compare_runs(a, tmp_path)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "t/\x1b[31m[red]"
    a = run(tmp_path / "a", record(hostile, True), record("t/2", True))
    b = run(tmp_path / "b", record(hostile, False), record("t/2", True), tier="\x1b]0;x\x07")
    assert execute(["diff", str(a), str(b)]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown and "[red]" in shown and "warning: isolation differs" in shown
    assert execute(["diff", str(a), str(b), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["paired"]["only_a"] == 1 and document["flipped"][0]["task_id"] == hostile
    assert execute(["diff", str(a)]) == 2
    assert execute(["diff", str(a), str(tmp_path / "none")]) == 2
