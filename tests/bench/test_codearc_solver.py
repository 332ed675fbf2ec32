"""The benchmark of the solver: which functions are drawn, what counts as solved, and that no game is played twice."""

import dataclasses

import msgspec
import pytest
from bench.codearc_solver import DRAWN, FIRST, Budgets, Row, State, drawn, play, summary
from tests.systems.codearc_tasks import tasks

from bench import codearc_solver
from trialrun.core.errors import Missing
from trialrun.core.judgement import Verdict
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import codearc

SPLIT = Budgets(name="splitting", calls=20, ask="split")


def row(**changes):
    known = {
        "budgets": "a", "id": 50, "entry": "f", "held": True, "confirmed": True, "first": True, "calls": 30,
        "checks": 1, "tries": 0, "cpu_s": 1.0, "submitted_s": 0.4, "oracle_s": 0.5, "program": "def f(x): return x",
    }  # fmt: skip
    return Row(**known | changes)


def test_those_drawn_are_committed_and_none_is_for_development():
    try:
        functions = codearc.functions()
    except Missing as missing:
        pytest.skip(str(missing))
    ids = drawn(functions)
    assert len(ids) == len(set(ids)) == DRAWN and min(ids) >= FIRST and not set(ids) & codearc.EXCLUDED.keys()
    assert ids == drawn(functions) and ids[:3] == (41, 49, 52)


@pytest.mark.fast
def test_only_what_is_confirmed_counts():
    rows = [
        row(),
        row(id=51, first=False, checks=2, submitted_s=3.0),
        row(id=52, confirmed=False, first=False),
        row(id=53, held=False, confirmed=False, program="", checks=0, calls=16, first=False),
    ]
    figures = summary(rows)
    assert (figures["functions"], figures["solved"], figures["solved_with_one_check"]) == (4, 2, 1)
    assert (figures["held_in_the_game_alone"], figures["submitted_anything"]) == (1, 3)
    assert figures["solved_within_cpu_s"]["0.5"] == 1 and figures["solved_within_cpu_s"]["4"] == 2
    assert (figures["calls_mean"], figures["checks_most"]) == (26.5, 2)


@pytest.mark.fast
def test_finished_games_are_kept_under_their_effort(tmp_path):
    path = tmp_path / "runs" / "state.jsonl"
    State(path, 5).add(row())
    assert State(path, 5).rows == {("a", 50): row()}
    assert State(path, 6).rows == {} and State(path, 5).rows == {}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def test_a_game_is_counted_exactly(sandbox, tmp_path):
    task = tasks(tmp_path).tasks[0]
    came = play(sandbox, task, SPLIT, 300_000)
    assert (came.held, came.confirmed, came.first, came.checks, came.tries) == (True, True, True, 1, 0)
    assert came.calls == 20 and came.entry == "triple" and "def triple" in came.program
    assert 0 < came.submitted_s <= came.cpu_s and came.oracle_s > 0
    assert play(sandbox, task, Budgets(name="x", calls=4, ask="none"), 300_000).calls == 4


def test_what_holds_in_the_game_and_not_in_the_second_search_is_not_solved(sandbox, tmp_path, monkeypatch):
    task = tasks(tmp_path).tasks[0]
    true = codearc_solver.judge_equivalence

    def doubtful(*asked, **more):
        return msgspec.structs.replace(true(*asked, **more), verdict=Verdict.FAIL)

    monkeypatch.setattr(codearc_solver, "judge_equivalence", doubtful)
    came = play(sandbox, task, SPLIT, 300_000)
    assert came.held and not came.confirmed


def test_one_check_leads_to_the_same_first_submission(sandbox, tmp_path):
    """So that the figures for one check can be read off games with two."""
    task = tasks(tmp_path).tasks[1]
    one_check = dataclasses.replace(
        task, hidden_checks=(dataclasses.replace(task.hidden_checks[0], checks=1),)
    )
    both = [play(sandbox, one, SPLIT, 400_000) for one in (task, one_check)]
    assert both[0].first == both[1].first and (not both[0].first or both[0].program == both[1].program)
    assert both[1].checks == 1
