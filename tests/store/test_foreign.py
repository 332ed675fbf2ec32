"""Verdicts in the words of EvalPlus and human-eval, and back."""

import json
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from trialrun.cli import execute
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.store import foreign
from trialrun.tasks import registry
from trialrun.tasks.results import read_results
from trialrun.tasks.samples import read_samples

PREFIX = "def f(x):\n"
CASES = (Case(args=((1, 2), {3, 1})), Case(args=(2.5,)))
TASKS = {
    name: Task(
        id=name, suite="", statement="", entry="f", prefix=PREFIX,
        hidden_checks=tuple(CaseCheck(name=check, cases=CASES) for check in ("base", "plus")),
    )
    for name in ("HumanEval/2", "HumanEval/10")
}  # fmt: skip
PROGRAMS = {
    text: Program.from_source(text, entry="f") for text in (PREFIX + "    return 1\n", "f = abs\n", "\ud800")
}
BY_ID = {program.id: program for program in PROGRAMS.values()}
P, F, U = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN


def judgement(
    check: str, verdict: Verdict, outcome: Outcome = Outcome.RETURNED, *, case: int = 0
) -> Judgement:
    evidence = () if verdict is P else (Evidence(case=case, outcome=outcome, got="3", message="why"),)
    return Judgement(
        check=check, verdict=verdict, outcome=outcome, strength=Strength.STRONG, visibility=Visibility.HIDDEN,
        judge="", cases=1, evidence=evidence,
    )  # fmt: skip


def record(task: str, sample: int, source: str, *judged: Judgement) -> Record:
    whole = next((one for one in judged if one.verdict is not P), judged[0])
    return Record(
        key=f"{task}-{sample}", task_id=task, sample=sample, program=PROGRAMS[source].id, verdict=whole.verdict,
        outcome=whole.outcome, weak=False, unscored=None, judgements=judged, cpu_s=0.0, wall_s=0.0, tier="", version="",
    )  # fmt: skip


FIRST, SECOND, ODD = PROGRAMS
RECORDS = [
    record("HumanEval/10", 0, SECOND, judgement("base", P), judgement("plus", F, case=1)),
    record("HumanEval/2", 1, ODD, judgement("base", F, Outcome.TIMEOUT), judgement("plus", U)),
    record("HumanEval/2", 0, FIRST, judgement("base", P), judgement("plus", P)),
]


def evalplus(records: list[Record]) -> dict:
    text = foreign.evalplus_results(
        records, TASKS, BY_ID, data=("humaneval+", "v0.1.10"), when=datetime(2025, 1, 2, 3, 4)
    )
    return json.loads(text)


@pytest.mark.fast
def test_evalplus_file() -> None:
    document = evalplus(RECORDS)
    assert (document["date"], document["hash"]) == ("2025-01-02 03:04", "fe585eb4df8c88d844eeb463ea4d0302")
    assert list(document["eval"]) == ["HumanEval/2", "HumanEval/10"]
    first, second = document["eval"]["HumanEval/2"]
    assert (first["base_status"], first["plus_status"], first["base_fail_tests"]) == ("pass", "pass", [])
    assert (second["solution"], second["base_status"], second["plus_status"]) == ("\ud800", "timeout", "fail")
    assert second["base_fail_tests"] == [[[1, 2], [1, 3]]]
    (third,) = document["eval"]["HumanEval/10"]
    assert (third["plus_status"], third["plus_fail_tests"]) == ("fail", [[2.5]])


@pytest.mark.fast
def test_a_run_of_the_base_tests_alone_has_no_plus_status() -> None:
    (row,) = evalplus([record("HumanEval/2", 0, FIRST, judgement("base", P))])["eval"]["HumanEval/2"]
    assert (row["base_status"], row["plus_status"]) == ("pass", None)
    (row,) = evalplus([record("HumanEval/2", 0, FIRST, judgement("tests", F))])["eval"]["HumanEval/2"]
    assert (row["base_status"], row["plus_status"]) == ("fail", None)


@pytest.mark.fast
def test_unscored_records_are_left_out() -> None:
    unscored = msgspec.structs.replace(RECORDS[2], unscored="the machine failed")
    assert list(evalplus([unscored, RECORDS[0]])["eval"]) == ["HumanEval/10"]
    assert foreign.human_eval_results([unscored], TASKS, BY_ID) == b""


@pytest.mark.fast
def test_human_eval_lines() -> None:
    text = foreign.human_eval_results(RECORDS, TASKS, BY_ID)
    first, second, third = map(json.loads, text.splitlines())
    assert first == {
        "task_id": "HumanEval/2",
        "completion": "    return 1\n",
        "result": "passed",
        "passed": True,
    }
    assert (second["passed"], second["result"]) == (False, "timed out")
    assert (third["completion"], third["solution"], third["result"]) == (
        "\nf = abs\n",
        "f = abs\n",
        "failed: why",
    )


@pytest.mark.fast
def test_what_we_write_we_read(tmp_path: Path) -> None:
    data = ("humaneval+", "v0.1.10")
    texts = {
        "evalplus": foreign.evalplus_results(RECORDS, TASKS, BY_ID, data=data, when=datetime(2025, 1, 1)),
        "human-eval": foreign.human_eval_results(RECORDS, TASKS, BY_ID),
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.write_bytes(text)
        found = read_results(path)
        assert found.format == name
        said = [
            (item.task, item.sample, all(check.verdict is P for check in item.checks))
            for item in found.stated
        ]
        assert said == [("HumanEval/2", 0, True), ("HumanEval/2", 1, False), ("HumanEval/10", 0, False)]
        sources = [item.attempt.program(TASKS[item.task]) for item in found.stated if item.attempt]
        assert sources == [FIRST, ODD, SECOND]
    assert read_results(tmp_path / "evalplus").data == "humaneval+ v0.1.10"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, file = str(tmp_path / "run"), tmp_path / "out.json"
    assert execute(["eval", "starter", "--method", "reference", "--limit", "2", "--output", run]) == 0
    capsys.readouterr()
    assert execute(["export", run, str(file), "--format", "human-eval", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["samples"], told["unscored"], told["unknown"]) == (2, 0, 0)
    assert [item.checks[0].verdict for item in read_results(file).stated] == ["pass", "pass"]
    starter = registry.load("starter")
    assert [sample.source for sample in read_samples(file, starter).samples] == [
        task.reference for task in starter.tasks[:2]
    ]
    assert execute(["export", run, str(file), "--format", "human-eval"]) == 2
    assert "exists" in capsys.readouterr().err
    assert execute(["export", run, str(tmp_path / "x"), "--format", "evalpluss"]) == 2
    assert execute(["export", run, str(tmp_path / "no" / "x"), "--format", "evalplus"]) == 3
    (tmp_path / "run" / "programs.jsonl").unlink()
    assert execute(["export", run, str(tmp_path / "x"), "--format", "evalplus"]) == 2
    assert "lacks the programs of 2 records" in capsys.readouterr().err
