"""Paired statistics against brute force, textbook values and what must hold for any data."""

import itertools
import math
import random

import pytest

from trialrun.measure.paired import compare_pairs, difference_interval, exact_p

pytestmark = pytest.mark.fast


def brute_force_p(only_a: int, only_b: int) -> float:
    """Enumerate every way the discordant pairs could have fallen; count those at least as uneven."""
    n = only_a + only_b
    uneven = abs(only_a - only_b)
    splits = [sum(coins) for coins in itertools.product((0, 1), repeat=n)]
    return sum(abs(2 * ones - n) >= uneven for ones in splits) / len(splits)


def test_exact_p_is_the_share_of_all_splits_at_least_as_uneven() -> None:
    for only_a in range(8):
        for only_b in range(8):
            assert exact_p(only_a, only_b) == pytest.approx(brute_force_p(only_a, only_b), abs=1e-12)


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [
        (0, 6, 2 / 2**6),
        (1, 9, 2 * 11 / 2**10),
        (2, 10, (12 * 12 + 12 + 2) / 2**12),
        (8, 8, 1.0),
        # scipy.stats.binomtest (1.18.1) of only_a among all, p = 0.5:
        (10, 20, 0.09873714670538905),
        (6, 59, 4.964650327128616e-12),
        (4900, 5100, 0.04658552770494645),
    ],
)
def test_exact_p_at_known_values(only_a: int, only_b: int, p: float) -> None:
    assert exact_p(only_a, only_b) == pytest.approx(p, rel=1e-9)
    assert exact_p(only_a, only_b) == exact_p(only_b, only_a)


def test_exact_p_below_the_smallest_float_is_zero() -> None:
    assert exact_p(0, 10_000) == 0.0


def pairs(both: int, only_a: int, only_b: int, neither: int) -> list[tuple[str, bool, bool]]:
    kinds = (
        [(True, True)] * both
        + [(True, False)] * only_a
        + [(False, True)] * only_b
        + [(False, False)] * neither
    )
    return [(f"t/{number}", a, b) for number, (a, b) in enumerate(kinds)]


def test_counts_and_figures() -> None:
    found = compare_pairs(pairs(50, 5, 15, 30))
    assert found is not None
    assert (found.pairs, found.tasks, found.both, found.only_a, found.only_b, found.neither) == (
        100,
        100,
        50,
        5,
        15,
        30,
    )
    assert (found.pass_at_1_a, found.pass_at_1_b, round(found.difference, 12)) == (0.55, 0.65, 0.1)
    assert found.mcnemar_p == found.sign_p == exact_p(5, 15)
    assert compare_pairs([]) is None


def test_the_sign_of_the_difference_is_b_minus_a() -> None:
    better_b, better_a = compare_pairs(pairs(0, 0, 9, 1)), compare_pairs(pairs(0, 9, 0, 1))
    assert better_b is not None and better_a is not None
    assert better_b.difference == 0.9 == -better_a.difference
    assert better_b.difference_ci[0] > 0.5 and better_a.difference_ci[1] < -0.5


def test_several_samples_of_a_task_are_one_unit() -> None:
    """Ten samples of each of four tasks, all of one task changed: many pairs, but one task."""
    rows = [(f"t/{task}", task != 0, True) for task in range(4) for _ in range(10)]
    found = compare_pairs(rows)
    assert found is not None
    assert (found.pairs, found.tasks, found.only_b) == (40, 4, 10)
    assert found.mcnemar_p == exact_p(0, 10) < 0.01
    assert (found.tasks_a_better, found.tasks_b_better, found.sign_p) == (0, 1, 1.0)
    assert found.difference == 0.25 and found.difference_ci[0] == 0.0


def test_the_interval_is_the_bootstrap_of_the_paired_differences() -> None:
    """Against every resample of five tasks there is (5**5), and against the normal interval for many."""
    differences = [1.0, 0.0, 0.0, -1.0, 1.0]
    means = sorted(math.fsum(drawn) / 5 for drawn in itertools.product(differences, repeat=5))
    exact = means[round(len(means) * 0.025)], means[-1 - round(len(means) * 0.025)]
    assert difference_interval(differences) == pytest.approx(exact, abs=0.2001)  # one step of the mean
    many = [1.0] * 150 + [-1.0] * 50 + [0.0] * 800
    half = 1.96 * math.sqrt((0.2 - 0.1**2) / 1000)
    assert difference_interval(many) == pytest.approx((0.1 - half, 0.1 + half), abs=0.003)


def test_pairing_narrows_the_interval() -> None:
    """Independent intervals would be ± 0.14 wide here; what both runs share cancels."""
    found = compare_pairs(pairs(48, 0, 4, 48))
    assert found is not None
    low, high = found.difference_ci
    assert 0.0 <= low < 0.04 < high < 0.09


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = random.Random(7)
    hits = 0
    for seed in range(200):
        drawn = [rng.choices((1.0, -1.0, 0.0), (0.15, 0.05, 0.8))[0] for _ in range(100)]
        low, high = difference_interval(drawn, seed=seed)
        hits += low <= 0.1 <= high
    assert hits >= 180  # 95 % of 200 is 190; 180 is three standard deviations below


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 0.5])
def test_equal_differences_claim_no_certainty(value: float) -> None:
    low, high = difference_interval([value] * 100)
    assert low <= value <= high and high - low == pytest.approx(2 * (1 - 0.025 ** (1 / 100)))
    assert low >= -1.0 and high <= 1.0


def test_the_seed_fixes_the_interval() -> None:
    rows = pairs(30, 10, 15, 45)
    assert compare_pairs(rows, seed=1) == compare_pairs(list(reversed(rows)), seed=1)
