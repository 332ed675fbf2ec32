"""What the augmentation and QuixBugs benchmarks count, on made-up rows."""

import pytest

from bench import augment, augment_peers, quixbugs
from trialrun.core.task import Case
from trialrun.run.sandbox import Sandbox


def row(**changes: object) -> augment_peers.Row:
    base = {
        "task_id": "T/0",
        "prompt": 'def f(xs, n):\n    """Doc."""\n',
        "entry_point": "f",
        "canonical_solution": "    return sum(xs) / n\n",
        "contract": "    assert n != 0\n",
        "base_input": [[[1, 2], 2], [[], 1]],
        "plus_input": [[[5], 3]],
        "atol": 1e-6,
    }
    return augment_peers.humaneval_row(base | changes, [[[5], 3]])


@pytest.mark.fast
@pytest.mark.parametrize(
    ("args", "odd"),
    [
        (([3], 4), 0),
        (([], 4), 0),
        (([True], 4), 1),
        (([1.5], 4), 1),
        (("", 4), 1),
        (({}, 4), 1),
        (([1], 4.0), 1),
    ],
)
def test_a_type_that_the_base_inputs_never_have_is_invalid(args, odd):
    assert augment.type_invalid(row(), [Case(args=args)]) == odd
    floats = row(base_input=[[[1.5], 2]])
    assert augment.type_invalid(floats, [Case(args=([1], 2))]) == 0
    assert augment.type_invalid(floats, [Case(args=([True], 2))]) == 1


def task(ours, theirs, **changes):
    return {
        "task": "T/0", "wrong": 9, "by_base": 2, "theirs_ended": True,
        "kills": {"ours": ours, "paired": ours, "theirs": theirs, "plus": 5, "mini": 4, "reduced": 5},
        "inputs": {"ours": 1000, "paired": 500, "theirs": 500, "plus": 700, "mini": 7, "reduced": 7},
        "suite": {"gains": [3.0, 1.0], "killed_by": [0, 0, 1]},
        "cpu_s": {"ours": 0.5, "theirs": 1.5}, "type_invalid": {"ours": 0, "theirs": 2, "reduced": 0},
    } | changes  # fmt: skip


@pytest.mark.fast
def test_rates_are_per_thousand_inputs_and_ratios_are_paired():
    found = augment.summary([task(6, 3), task(4, 2, theirs_ended=False)])
    assert found["kills_per_1000"] == {"ours": 5.0, "paired": 10.0, "theirs": 5.0}
    assert found["ratio"] == 1.0 and found["paired"]["ratio"] == 2.0
    assert found["type_invalid"] == {"ours": 0, "theirs": 4, "reduced": 0} and found[
        "theirs_without_end"
    ] == ["T/0"]
    assert found["kills"]["plus"] == found["kills"]["reduced"] == 10
    assert augment.summary([task(0, 0)])["ratio_95"] is None


@pytest.mark.fast
def test_a_suite_of_all_tasks_has_as_many_inputs_as_mini_and_takes_them_where_they_gain_most():
    hard, easy = (
        task(6, 3, inputs={"mini": size}, suite={"gains": gains, "killed_by": [0, 1, 1]})
        for size, gains in ((1, [5.0, 2.0]), (1, [1.0, 0.5]))
    )
    assert augment.shared([hard, easy]) == {"kills": 3, "inputs": 2, "most_of_a_task": 2}
    assert augment.shared([easy]) == {"kills": 1, "inputs": 1, "most_of_a_task": 1}


def test_wrong_programs_are_told_by_the_data_sets_own_comparison():
    wrong = [
        "def f(xs, n):\n    return sum(xs) / n + 1e-9\n",  # within the tolerance
        "def f(xs, n):\n    return sum(xs) // n\n",
        "def f(xs, n):\n    return sum(xs) / n if xs else None\n",
        "def f(xs, n):\n    while n == 3: pass\n    return sum(xs) / n\n",
        "def f(xs, n)",
    ]
    with Sandbox() as sandbox:
        judge = augment.Judge(sandbox, row(), wrong)
        assert judge.killed([Case(args=([1, 2], 2))], range(5)) == {1: 0, 4: 0}
        assert judge.killed([Case(args=([], 1)), Case(args=([6], 3))], range(5)) == {2: 0, 3: 1, 4: 0}
        assert judge.killed([Case(args=([1], 0))], range(4)) == {}  # the reference does not return
        growth = augment.grow(sandbox, row(), augment.Augmentation(inputs=60, cpu_s=5), 1)
        assert len(growth.inputs) == 62 and all(one.seed.case.args[1] != 0 for one in growth.inputs)
        assert len(augment.chosen(sandbox, row(), growth, 3, 1)) == 3
        refusing = augment.grow(
            sandbox, row(base_input=[[[1], 0], [[2], 1]]), augment.Augmentation(inputs=9), 1
        )
        assert augment.given(refusing) == 1 and len(refusing.inputs) == 10


@pytest.mark.fast
def test_quixbugs_counts_by_kind():
    def tried(kind, tries):
        return {"kind": kind, "tries": tries, "cpu_s": 0.5, "input": ""}

    found = [
        {"program": n, "trialrun": tried(*one)}
        for n, one in enumerate([("strict", 3), ("crash", 9), ("", 99)])
    ]
    assert quixbugs.summary(found, ["trialrun"])["trialrun"] == {
        "exposed": 2, "strict": 1, "crash": 1, "representation": 0, "median_tries": 9, "cpu_s": 1.5,
    }  # fmt: skip
