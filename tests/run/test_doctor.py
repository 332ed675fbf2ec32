"""`doctor`: every row is a trial that was made, and a wall that is missing is found out."""

import os

import pytest

from trialrun.core.execution import Execution, Outcome
from trialrun.run import doctor
from trialrun.run.cgroups import CPU, GROUPS, MEMORY, PIDS
from trialrun.run.doctor import examine
from trialrun.run.supervisor import Isolation
from trialrun.run.trials import TOGETHER

ordinary = pytest.mark.skipif(
    os.geteuid() == 0, reason="as root the trials would reach this machine: nothing but namespaces holds root"
)
"""Run by `tests/attacks/test_ordinary_user.py`."""
TOGETHER_NAMES = {trial.name for trial in TOGETHER}


def states(report):
    return {found.name: found.held for found in report.mechanisms}


def test_all_that_this_machine_offers_holds():
    report = examine()
    held = states(report)
    assert report.tier in ("root", "userns")
    for trial in TOGETHER:
        assert held.pop(trial.name) is (True if trial.controller in GROUPS.places else None), report
    assert set(held.values()) == {True}, [found for found in report.mechanisms if not found.held]


def test_without_control_groups_nothing_is_claimed_for_them():
    report = examine(Isolation(cgroups=False))
    for found in report.mechanisms:
        if found.name in TOGETHER_NAMES:
            assert found.held is None and not found.tried
            assert "no control group" in found.note and "control group" not in found.enforced_by
        else:
            assert found.held, found


@ordinary
def test_landlock_alone_starts_no_processes():
    report = examine(Isolation(namespaces=False))
    assert report.tier == "landlock"
    held = states(report)
    assert {held[name] for name in TOGETHER_NAMES} == {None}
    assert held["processes"] is held["survivors"] is True


def test_a_machine_that_confines_nothing_is_told_as_that():
    report = examine(Isolation(namespaces=False, landlock=False))
    assert (report.tier, report.mechanisms) == ("none", ())
    assert any("--unsafe" in why for why in report.missing)


@ordinary
def test_walls_that_are_not_there_are_found_missing():
    report = examine(Isolation(namespaces=False, landlock=False, unsafe=True))
    held = states(report)
    assert held["files, reading"] is False
    assert held["network"] is True, "the filter alone"


@pytest.mark.skipif(set(GROUPS.places) != {MEMORY, PIDS, CPU}, reason="no control groups here")
def test_a_limit_on_all_processes_that_does_not_hold_is_found(monkeypatch):
    monkeypatch.setattr(
        doctor, "run_program", lambda *_: Execution(outcome=Outcome.TIMEOUT, message="blocked for 20 s")
    )
    report = examine()
    found = {found.name: found for found in report.mechanisms if found.name in TOGETHER_NAMES}
    assert len(found) == 3
    assert not any(mechanism.held for mechanism in found.values())
    assert "blocked" in found["memory of several processes"].note
