"""What the attack benchmark says of a tier: refused, absent, never tried, and what counts as wrong."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bench import attacks, measuring
from trialrun.run.sandbox import Sandbox


def test_too_few_walls_are_refused() -> None:
    said = attacks.refusals()
    assert len(said) == (2 if os.geteuid() == 0 else 1)
    assert all("`--unsafe`" in text for text in said.values()), said


def test_a_sandbox_that_runs_all_the_same_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox() as sandbox:
        monkeypatch.setattr(attacks, "Sandbox", lambda isolation: sandbox)
        found = attacks.try_here("none", 1, first=False)
    assert found["wrong"] and attacks.is_bad(found)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the ordinary user of those tiers")
def test_root_tries_no_attack_without_namespaces() -> None:
    with pytest.raises(ValueError, match="root's user id"):
        attacks.try_here("landlock", 1, first=False)


def test_a_tier_that_this_machine_does_not_give_is_said_to_be_absent() -> None:
    other = "userns" if os.geteuid() == 0 else "root"
    found = attacks.try_here(other, 1, first=False)
    assert found["absent"].startswith("this machine gives ") and "matrix" not in found


@pytest.mark.fast
@pytest.mark.parametrize(
    "result",
    [
        {"wrong": ["root, no namespaces"]},
        {"first_slice": {"accepted": 1}},
        {"first_slice": {"honest_rejected": 1}},
        {"matrix": {"accepted": 0, "unknown": 1}},
        {"matrix": {"false_alarms": 1}},
        {"matrix": {"leaks": ["fork: process 1 stayed"]}},
        {"matrix": {"wrong": ["at the end: a control program did not run"]}},
    ],
)
def test_what_should_not_be_is_bad(result: dict[str, Any]) -> None:
    assert attacks.is_bad(result)
    assert not attacks.is_bad({"first_slice": {"accepted": 0}, "matrix": {"wrong": [], "leaks": []}})


@pytest.mark.fast
def test_tiers_are_kept_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacks, "RESULTS", tmp_path)
    monkeypatch.setattr(measuring, "RESULTS", tmp_path)
    attacks.keep("some", "none", {"refused": {"root": "no"}}, {})
    attacks.keep("some", "root", {"matrix": 1}, {})
    attacks.keep("some", "root", {"matrix": 2}, {})
    stored = json.loads((tmp_path / "some.json").read_text("utf-8"))["tiers"]
    assert list(stored) == ["root", "none"]
    assert stored == {"root": {"matrix": 2}, "none": {"refused": {"root": "no"}}}


@pytest.mark.fast
def test_stored_tiers_say_when_and_of_what() -> None:
    path = Path(__file__).parents[2] / "bench" / "results" / "attacks.json"
    stored = json.loads(path.read_text("utf-8"))["tiers"]
    assert stored.keys() <= set(attacks.TIERS) and stored["none"]["refused"]
    assert all("date" in tier and "commit" in tier for tier in stored.values())
