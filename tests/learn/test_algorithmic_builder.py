"""Algorithmic tasks that are made: answers that another logic finds too, seeded, none of them much too frequent."""

import contextlib
import io
import runpy
from collections import Counter
from pathlib import Path

import pytest

from trialrun.learn.builders.algorithmic import KINDS, chance, instances

pytestmark = pytest.mark.fast
PLANS = Path(__file__).resolve().parent.parent.parent / "bench" / "algorithmic_plans"


@pytest.mark.parametrize("size", [2, 6, 12])
@pytest.mark.parametrize("kind", KINDS)
def test_a_program_that_reads_the_text_finds_the_same_answer(kind: str, size: int) -> None:
    solve = runpy.run_path(str(PLANS / f"{kind}.py"))["solve"]
    tasks = instances(kind, 60, seed=size, size=size)
    assert len({task.statement for task in tasks}) == len(tasks) == 60
    for task in tasks:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            assert f"Final answer: {solve(task.statement)}" == task.reference, task.statement
        assert printed.getvalue(), "a plan shows what it does"


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_is_much_more_frequent_than_chance(kind: str) -> None:
    for seed in range(3):
        tasks = instances(kind, 100, seed=seed, size=8)
        most = max(Counter(task.reference for task in tasks).values()) / len(tasks)
        assert most <= sum(chance(task.statement) for task in tasks) / len(tasks) + 0.10


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides_and_the_size_makes_it_harder(kind: str) -> None:
    assert instances(kind, 8, seed=5) == instances(kind, 8, seed=5)
    assert instances(kind, 8, seed=5) != instances(kind, 8, seed=6)
    if kind != "geometric_shapes":
        small, large = (sum(len(task.statement) for task in instances(kind, 30, size=n)) for n in (3, 9))
        assert large > small


def test_they_are_tasks_with_examples() -> None:
    task = instances("web_of_lies", 6)[4]
    assert task.hidden_checks[0].family == "word" and len(task.examples) == 3
    assert task.statement not in {one.statement for one in task.examples}
