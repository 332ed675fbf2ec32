"""The estimator equals counting all subsets; its interval is seeded, covers, and never claims certainty."""

import itertools
import random

import pytest

from trialrun.measure.pass_at_k import estimate, interval, pass_at_k, wilson

pytestmark = pytest.mark.fast


def test_equals_counting_every_subset() -> None:
    for n in range(1, 9):
        for c, k in itertools.product(range(n + 1), range(1, n + 1)):
            results = [True] * c + [False] * (n - c)
            subsets = list(itertools.combinations(results, k))
            counted = sum(any(subset) for subset in subsets) / len(subsets)
            assert pass_at_k(n, c, k) == counted


def test_equals_the_published_product() -> None:
    for n, c, k in [(200, 3, 100), (200, 150, 10), (1000, 1, 100), (100_000, 7, 1000)]:
        product = 1.0
        for i in range(n - c + 1, n + 1):
            product *= 1.0 - k / i
        assert pass_at_k(n, c, k) == pytest.approx(1.0 - product, rel=1e-9)


@pytest.mark.parametrize(("n", "c", "k"), [(1, 2, 1), (3, -1, 1), (3, 1, 4), (3, 1, 0), (0, 0, 1)])
def test_what_is_not_defined_is_refused(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="is not defined"):
        pass_at_k(n, c, k)


def test_is_unbiased_where_samples_differ_by_task() -> None:
    rng = random.Random(5)
    chances = [rng.random() for _ in range(40)]
    truth = sum(1 - (1 - p) ** 3 for p in chances) / len(chances)
    drawn = [pass_at_k(6, sum(rng.random() < p for _ in range(6)), 3) for p in chances for _ in range(500)]
    assert sum(drawn) / len(drawn) == pytest.approx(truth, abs=0.01)


def test_tasks_with_too_few_samples_are_left_out_and_counted() -> None:
    found = estimate([(10, 10), (9, 0), (10, 0)], 10)
    assert found is not None and (found.value, found.tasks) == (0.5, 2)
    assert estimate([(1, 1)], 2) is None
    assert estimate([], 1) is None


def test_the_seed_decides_the_interval() -> None:
    rng = random.Random(1)
    values = [rng.randrange(11) / 10 for _ in range(164)]
    assert interval(values, seed=3) == interval(values, seed=3)
    assert interval(values, seed=3) == interval(sorted(values), seed=3)
    assert len({interval(values, seed=seed) for seed in range(5)}) > 1


def test_the_interval_agrees_with_resampling_tasks_one_by_one() -> None:
    rng = random.Random(2)
    values = [rng.choice([0.0, 0.1, 0.5, 1.0, 1.0]) for _ in range(120)]
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(4000))
    low, high = interval(values, resamples=4000)
    assert low == pytest.approx(means[100], abs=0.012)
    assert high == pytest.approx(means[-101], abs=0.012)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = random.Random(3)
    covered = 0
    for trial in range(200):
        low, high = interval([float(rng.random() < 0.7) for _ in range(164)], seed=trial, resamples=400)
        covered += low <= 0.7 <= high
    assert 180 <= covered <= 200


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_equal_values_do_not_give_certainty(share: float) -> None:
    low, high = interval([share] * 20)
    assert low <= share <= high
    assert high - low > 0.1
    assert (low, high) == wilson(share, 20)


def test_wilson_is_the_published_interval() -> None:
    assert wilson(0.1, 10) == pytest.approx((0.01788, 0.40415), abs=1e-4)
    assert wilson(1.0, 1) == pytest.approx((0.20655, 1.0), abs=1e-4)
