"""The page of findings is what its commands say, and the commands that need no peer reproduce their defects."""

import importlib
import json

import pytest
from bench.audits.__main__ import PAGE, names, render
from bench.audits.finding import Finding, Seen, show
from bench.measuring import RESULTS

from trialrun.core.errors import Missing

ALONE = (
    "coconut_evaluated_text",
    "coconut_repeats",
    "enamel_references",
    "humaneval_plus_contract",
    "mbpp_classes",
    "mbpp_constant",
    "mbpp_plus_assertion",
    "mbpp_plus_size",
    "mbpp_undefined_module",
    "pro_imports",
    "pro_stubs",
)
"""Audits that need neither evalplus nor a second interpreter."""


@pytest.mark.fast
def test_the_page_is_fresh() -> None:
    stored = json.loads((RESULTS / "audits.json").read_text("utf-8"))
    assert PAGE.read_text("utf-8") == render(stored), "run: python -m bench.audits --write-only"
    assert sorted(stored["audits"]) == names()
    assert all(seen["reproduced"] for seen in stored["audits"].values())


@pytest.mark.fast
@pytest.mark.parametrize("name", names())
def test_every_audit_says_where_what_and_what_trialrun_does(name: str) -> None:
    finding = importlib.import_module(f"bench.audits.{name}").FINDING
    assert finding.where and finding.what and finding.here and finding.upstream
    assert "\n" not in finding.where + finding.what + finding.here + finding.upstream


@pytest.mark.data
@pytest.mark.parametrize("name", ALONE)
def test_defects_are_still_there(name: str) -> None:
    try:
        seen = importlib.import_module(f"bench.audits.{name}").see()
    except Missing as missing:
        pytest.skip(missing.what.splitlines()[0])
    assert seen.reproduced, seen.lines


@pytest.mark.fast
@pytest.mark.parametrize(("reproduced", "status"), [(True, 0), (False, 1)])
def test_the_exit_code_tells_whether_a_defect_was_seen(
    reproduced: bool, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    finding = Finding(where="here", what="a thing", here="nothing")
    assert show(finding, lambda: Seen(reproduced=reproduced, lines=("evidence",))) == status
    assert "evidence" in capsys.readouterr().out


@pytest.mark.fast
def test_a_missing_peer_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    def see() -> Seen:
        raise Missing("evalplus is not here", "how to bring it")

    assert show(Finding(where="here", what="a thing", here="nothing"), see) == 2
    assert "how to bring it" in capsys.readouterr().out
