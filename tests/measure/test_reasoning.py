"""Strata with their numbers and intervals, rates, traces, baselines."""

import pytest

from trialrun.core.execution import Outcome
from trialrun.core.judgement import Judgement, Strength, Verdict, Visibility
from trialrun.core.record import Record
from trialrun.measure.reasoning import (
    Rates,
    Share,
    echo,
    most_frequent,
    properties,
    rank_correlations,
    share_of,
    strata,
    trace_answers,
    traces,
)
from trialrun.tasks.questions import question

pytestmark = pytest.mark.fast

NESTED = """def f(n):
    for i in range(n):
        while i:
            if n:
                i -= 1
    return [n]
"""
CHAINED = """def f(n):
    if n:
        return 1
    elif n > 2:
        return 2
    else:
        return n.real
"""


def asked(number: int, program: str = NESTED, answer: str = "[1]"):
    return question(
        "output", id=f"q/{number}", suite="s", program=program, entry="f", call="1", answer=answer
    )


def record(task: str, *, right: bool, score: float | None = None, unscored: str | None = None) -> Record:
    verdict = Verdict.PASS if right else Verdict.FAIL
    judgement = Judgement(
        check="output", verdict=verdict, outcome=Outcome.RETURNED, strength=Strength.STRONG,
        visibility=Visibility.HIDDEN, judge="", cases=1, score=score,
    )  # fmt: skip
    return Record(
        key=task, task_id=task, sample=0, program="", verdict=verdict, outcome=Outcome.RETURNED, weak=False,
        unscored=unscored, judgements=(judgement,), cpu_s=0, wall_s=0, tier="", version="",
    )  # fmt: skip


def test_properties_of_a_program() -> None:
    found = properties(asked(1))
    assert {"for", "while", "if", "nesting 3", "lines 6-10", "gives list"} <= set(found)
    flat = properties(asked(1, "def f(n):\n    return [x for x in range(n)]\n", "3"))
    assert {"comprehension", "nesting 0", "lines 1-5", "gives int"} <= set(flat)
    assert "nesting 1" in properties(asked(1, CHAINED)) and "calls methods" not in properties(
        asked(1, CHAINED)
    )


def test_each_stratum_has_its_number_and_small_ones_are_marked() -> None:
    tasks = [asked(number) for number in range(30)] + [asked(30, "def f(n):\n    return n\n", "'a'")]
    records = [record(task.id, right=number % 3 == 0) for number, task in enumerate(tasks)]
    table = strata([*records, record("q/1", right=True, unscored="the machine")], tasks)
    assert table["all"] == Share(11, 31) and table["while"] == Share(10, 30)
    assert table["gives str"].n == 1 and table["gives str"].is_small and not table["while"].is_small
    low, high = table["while"].interval
    assert low == pytest.approx(0.1923, abs=1e-3) and high == pytest.approx(0.5122, abs=1e-3)
    assert Share(0, 0).interval == (0.0, 1.0)


def test_figures_of_traces_from_records() -> None:
    records = [
        record("HumanEval/0/1", right=True, score=1.0),
        record("HumanEval/0/2", right=False, score=0.5),
        record("HumanEval/1/1", right=True, score=1.0),
        record("HumanEval/2/1", right=False, score=0.1),
    ]
    found = traces(trace_answers(records))
    assert (found.acc_calls, found.calls, found.programs) == (0.5, 4, 3)
    assert found.acc_mean == pytest.approx((0.5 + 1 + 0) / 3) and found.acc_hard == pytest.approx(1 / 3)
    assert found.sim == pytest.approx((0.75 + 1 + 0.1) / 3)
    assert found.false_sim == pytest.approx((0.5 + 0 + 0.1) / 3) and found.wrong_sim == pytest.approx(0.3)
    assert traces([]).false_sim == 0


def test_rates_have_their_own_denominators_and_correlate_by_rank() -> None:
    def model(ier: int, der: Share, sr: int) -> Rates:
        return Rates(ier=Share(ier, 100), der=der, sr=Share(sr, 100))

    models = {
        "a": model(10, Share(1, 4), 80),
        "b": model(20, Share(9, 12), 60),
        "c": model(30, Share(2, 4), 40),
    }
    found = rank_correlations(models)
    assert found["IER and SR"] == -1 and found["IER and DER"] == 0.5
    assert share_of([record("x", right=True), record("y", right=True, unscored="no")]) == Share(1, 1)


def test_baselines_read_no_question() -> None:
    assert most_frequent(["1", "1", "2", "1"]) == ["1", "1", "1", "1"]
    assert most_frequent(["x", "y", "y"])[1] in ("x", "y")
    assert echo("assert f([1, 22], 'a b')") == "a b" and echo("") == ""
