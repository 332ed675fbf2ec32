"""A summary counts what the records say, and says what it could not count."""

import json

import msgspec
import pytest

from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Judgement, Strength, Verdict, Visibility
from trialrun.core.record import Record
from trialrun.measure.summary import DataSet, Setting, Summary, summarise
from trialrun.store.json_text import to_json

pytestmark = pytest.mark.fast

SETTING = Setting(
    data_set=DataSet(name="starter", version="1", sha256="0" * 64),
    comparator="upstream",
    limits=Limits(),
    version="0.1.0",
    k=(1, 2),
)


def judged(check: str, passed: bool) -> Judgement:
    return Judgement(
        check=check,
        verdict=Verdict.PASS if passed else Verdict.FAIL,
        outcome=Outcome.RETURNED,
        strength=Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge="verify/tests",
        cases=1,
    )


def record(task: str, sample: int, verdict: str, **changes: object) -> Record:
    fields: dict[str, object] = {
        "key": f"{task}-{sample}",
        "task_id": task,
        "sample": sample,
        "program": "0" * 16,
        "verdict": Verdict(verdict),
        "outcome": Outcome.RETURNED,
        "weak": False,
        "unscored": None,
        "judgements": (judged("tests", verdict == "pass"),),
        "cpu_s": 0.25,
        "wall_s": 0.5,
        "tier": "root",
        "version": "0.1.0",
    }
    return Record(**(fields | changes))  # type: ignore[arg-type]


RECORDS = [
    record("a", 0, "pass"),
    record("a", 1, "fail"),
    record("b", 0, "fail", outcome=Outcome.TIMEOUT),
    record("b", 1, "unknown"),
    record("c", 0, "pass", weak=True),
    record("c", 1, "unknown", unscored="zygote died: ENOMEM", outcome=Outcome.INFRASTRUCTURE),
    record("d", 0, "unknown", unscored="run-queue delay 31 s", outcome=Outcome.INFRASTRUCTURE),
]


def test_counts() -> None:
    summary = summarise(RECORDS, tasks=["a", "b", "c", "d", "e"], setting=SETTING, wall_s=2.5)
    assert (summary.tasks, summary.samples, summary.passed) == (5, 5, 2)
    assert summary.pass_at_1 == pytest.approx((0.5 + 0.0 + 1.0) / 3)
    assert [(found.k, found.tasks) for found in summary.pass_at] == [(1, 3), (2, 2)]
    assert summary.pass_at[1].value == 0.5
    assert summary.outcomes == {"passed": 2, "timeout": 1, "unknown": 1, "wrong": 1}
    assert summary.unscored.count == 2
    assert [(s.task_id, s.reason) for s in summary.unscored.samples] == [
        ("c", "zygote died: ENOMEM"),
        ("d", "run-queue delay 31 s"),
    ]
    assert summary.without_samples == ("e",)
    assert (summary.weak.count, summary.weak.share, summary.weak.tasks) == (1, 0.2, ("c",))
    assert (summary.cpu_s, summary.wall_s, summary.tier) == (1.75, 2.5, "root")
    assert summary.machine.cores >= 1


def test_base_and_plus_are_split() -> None:
    records = [
        record("a", 0, "pass", judgements=(judged("base", True), judged("plus", True))),
        record("b", 0, "fail", judgements=(judged("base", True), judged("plus", False))),
        record("c", 0, "fail", judgements=(judged("base", False),)),
    ]
    summary = summarise(records, tasks=["a", "b", "c"], setting=SETTING)
    assert [(check.name, check.passed) for check in summary.checks] == [("base", 2), ("plus", 1)]
    assert summary.checks[0].pass_at[0].value == pytest.approx(2 / 3)
    assert summary.pass_at_1 == pytest.approx(1 / 3)
    assert summarise(RECORDS, tasks=[], setting=SETTING).checks == ()


def test_the_order_of_records_changes_nothing_but_lists() -> None:
    forwards = summarise(RECORDS, tasks=["a", "b", "c"], setting=SETTING)
    backwards = summarise(reversed(RECORDS), tasks=["a", "b", "c"], setting=SETTING)
    assert forwards.pass_at == backwards.pass_at
    assert forwards.outcomes == backwards.outcomes


def test_nothing_scored_is_no_score() -> None:
    summary = summarise(RECORDS[-1:], tasks=["d"], setting=SETTING)
    assert (summary.pass_at_1, summary.pass_at_1_ci, summary.samples) == (None, None, 0)
    assert summarise([], tasks=["d"], setting=SETTING).without_samples == ("d",)


def test_the_json_has_the_names_that_readers_look_for() -> None:
    summary = summarise(RECORDS, tasks=["a"], setting=SETTING)
    document = json.loads(to_json(summary))
    expected = {"tasks", "samples", "passed", "pass@1", "pass@1_ci", "pass@k", "checks", "outcomes"}
    expected |= {"unscored", "weak", "cpu_s", "wall_s", "data_set", "comparator", "limits", "tier", "version"}
    assert expected <= document.keys()
    assert document["data_set"] == {"name": "starter", "version": "1", "sha256": "0" * 64}
    assert document["limits"]["cpu_s"] == 10.0
    assert document["machine"].keys() == {"cpu", "cores", "kernel", "python"}
    assert msgspec.convert(document, Summary) == summary
