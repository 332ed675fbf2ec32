"""JUnit XML: every verdict is there, a pass is only a pass, and hostile text cannot break the document."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialrun.cli import execute
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.printable import printable
from trialrun.core.record import Record
from trialrun.report import junit
from trialrun.report.document import read_document
from trialrun.store.config import RunConfig
from trialrun.store.run_dir import RunDirectory

pytestmark = pytest.mark.fast

HOSTILE = "]]><!--</failure>\"'&amp;\x00\x1b[2J\ud800\ufffe\u202e\r\n<script>"


def judgement(check: str, verdict: Verdict, text: str = "", *, weak: bool = False) -> Judgement:
    evidence = Evidence(case=4, outcome=Outcome.RAISED, input=text, expected=text, got=text, message=text)
    return Judgement(
        check=check,
        verdict=verdict,
        outcome=Outcome.RETURNED if verdict is Verdict.PASS else Outcome.RAISED,
        strength=Strength.WEAK if weak else Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge="verify/tests",
        cases=4,
        evidence=() if verdict is Verdict.PASS else (evidence,),
        cpu_s=0.25,
        tester_cpu_s=0.25,
    )


def record(number: int, *judgements: Judgement, **changed: Any) -> Record:
    fields: dict[str, Any] = {
        "key": str(number), "task_id": f"T/{number}", "sample": 0, "program": "0" * 16, "verdict": Verdict.FAIL,
        "outcome": Outcome.RAISED, "weak": False, "unscored": None, "judgements": judgements, "cpu_s": 0.5,
        "wall_s": 0.5, "tier": "root", "version": "0.1.0",
    }  # fmt: skip
    return Record(**{**fields, **changed})


def write_run(path: Path, *records: Record) -> Path:
    with RunDirectory.create(
        path, RunConfig(verdict={"tasks": "set <&>"}, asked={"method": HOSTILE.replace("\ud800", "")})
    ) as directory:
        for one in records:
            directory.append(one)
    return path


def test_every_verdict_is_there_and_only_a_pass_passes(tmp_path: Path) -> None:
    passed, weak = judgement("base", Verdict.PASS), judgement("plus", Verdict.PASS, weak=True)
    failed, unknown = judgement("plus", Verdict.FAIL, "boom"), judgement("plus", Verdict.UNKNOWN, "opaque")
    path = write_run(
        tmp_path / "run",
        record(1, passed, weak),
        record(2, passed, failed),
        record(3, unknown),
        record(4, unscored="the control failed"),
        record(5),
    )
    root = ET.fromstring(junit.render(read_document(path)))
    (suite,) = root
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "7",
        "failures": "1",
        "errors": "3",
    }
    told = {
        (case.get("classname"), case.get("name")): [(inner.tag, inner.get("message")) for inner in case]
        for case in suite.iter("testcase")
    }
    assert told == {
        ("T/1", "sample 0 · base"): [],
        ("T/1", "sample 0 · plus"): [("properties", None)],
        ("T/2", "sample 0 · base"): [],
        ("T/2", "sample 0 · plus"): [("failure", "boom")],
        ("T/3", "sample 0 · plus"): [("error", "opaque")],
        ("T/4", "sample 0"): [("error", "the control failed")],
        ("T/5", "sample 0"): [("error", "no verdict")],
    }
    assert suite.find("testcase").get("time") == "0.500000"  # type: ignore[union-attr]
    assert "case 4: raised\ninput: boom" in str(suite.find(".//failure").text)  # type: ignore[union-attr]


@given(st.text(alphabet=st.characters(codec=None)) | st.just(HOSTILE))
def test_hostile_text_cannot_break_the_document(text: str) -> None:
    plain = junit._told(judgement("x", Verdict.FAIL, text).evidence[0])
    document = f"<r a={junit.attribute(text)}>{junit.problem('failure', text, text, plain)}</r>"
    root = ET.fromstring(document.encode("utf-8"))
    assert root.get("a") == printable(text, junit.TEXT)
    assert [element.tag for element in root.iter()] == ["r", "failure"]


def test_the_command_writes_it_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_run(tmp_path / "run", record(1, judgement("base", Verdict.FAIL, HOSTILE), task_id=HOSTILE))
    xml = tmp_path / "verdicts.xml"
    assert execute(["view", str(path), "--junit", str(xml)]) == 0
    assert f"junit: {xml}" in capsys.readouterr().out
    ET.fromstring(xml.read_bytes())
    assert not (path / "report.html").exists()
    assert execute(["view", str(path), "--no-source", "--json"]) == 0
    assert "report.html" in capsys.readouterr().out and (path / "report.html").exists()
    assert execute(["view", str(tmp_path)]) == 2
    assert "not a run directory" in capsys.readouterr().err
