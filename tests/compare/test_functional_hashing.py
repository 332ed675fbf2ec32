"""The policies of functional equivalence caching, on candidates whose key and fitness the test decides."""

import math
import random
import statistics

import pytest

from trialrun.compare.functional_hashing import FunctionalCache, until_functional_change

pytestmark = pytest.mark.fast


class Evaluator:
    """Fitness of pairs (key, fitness); counts how often it is asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, candidate):
        self.asked.append(candidate)
        return candidate[1]


def made(**settings):
    evaluate = Evaluator()
    return FunctionalCache(lambda candidate: candidate[0], evaluate, **settings), evaluate


def test_caching_hits():
    """The released code's look-up is a stub, which never does."""
    cache, evaluate = made()
    assert [cache(("a", 1.0)), cache(("b", 2.0)), cache(("a", 9.0)), cache(("a", 8.0))] == [
        1.0,
        2.0,
        1.0,
        1.0,
    ]
    assert evaluate.asked == [("a", 1.0), ("b", 2.0)]
    counts = cache.counts
    assert (counts.lookups, counts.hits, counts.evaluations, counts.hit_rate) == (4, 2, 2, 0.5)
    assert counts.collisions == 0 and counts.collision_rate == 0.0


def test_a_candidate_without_a_key_is_worst_unevaluated_and_not_kept():
    cache, evaluate = made(worst=-7.0)
    assert [cache((None, 1.0)), cache((None, 2.0))] == [-7.0, -7.0]
    assert evaluate.asked == [] and len(cache) == 0
    assert (cache.counts.unhashable, cache.counts.lookups, cache.counts.hit_rate) == (2, 0, 0.0)


def test_entries_are_bounded_and_the_least_recently_used_goes():
    cache, evaluate = made(capacity=2)
    for name in "abaca":  # c takes the place of b
        cache((name, 0.0))
    assert [name for name, _ in evaluate.asked] == ["a", "b", "c"] and len(cache) == 2
    cache(("b", 0.0))
    assert cache.counts.evicted == 2
    assert [name for name, _ in evaluate.asked] == ["a", "b", "c", "b"]


def test_what_is_seen_often_is_forgotten():
    cache, evaluate = made(forget_every=3)
    fitness = [cache(("a", float(n))) for n in range(7)]
    assert fitness == [0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 6.0] and cache.counts.forgotten == 2
    assert len(evaluate.asked) == 3


def test_aggregation_returns_the_running_mean():
    cache, evaluate = made(policy="aggregation", max_num_repeats=3)
    assert [cache(("a", x)) for x in (1.0, 3.0, 8.0, 100.0, 100.0)] == [1.0, 2.0, 4.0, 4.0, 4.0]
    assert len(evaluate.asked) == 3


def test_aggregation_evaluates_once_by_default():
    cache, evaluate = made(policy="aggregation")
    assert [cache(("a", x)) for x in (1.0, 3.0)] == [1.0, 1.0] and len(evaluate.asked) == 1


def test_with_decay_evaluations_become_ever_rarer():
    cache, evaluate = made(policy="aggregation", one_over_r_decay=True, seed=1)
    for _ in range(2000):
        cache(("a", 0.0))
    # r grows by one with probability 1/r: after n look-ups it is about the root of 2n.
    assert 40 <= len(evaluate.asked) <= 90
    again, other = made(policy="aggregation", one_over_r_decay=True, seed=1)
    for _ in range(2000):
        again(("a", 0.0))
    assert len(other.asked) == len(evaluate.asked)


def test_the_mean_of_a_noisy_fitness_is_within_two_standard_errors():
    means, repeats = [], 64
    for seed in range(20):
        rng = random.Random(seed)
        cache = FunctionalCache(
            lambda _: "a",
            lambda _, rng=rng: rng.gauss(5.0, 2.0),
            policy="aggregation",
            max_num_repeats=repeats,
        )
        for _ in range(repeats):
            mean = cache(None)
        means.append(mean)
    assert abs(statistics.fmean(means) - 5.0) <= 2 * 2.0 / math.sqrt(repeats * len(means))


def test_counterfactual_evaluates_always_and_counts_collisions():
    cache, evaluate = made(policy="counterfactual", epsilon=0.5)
    fitness = [cache(("a", x)) for x in (1.0, 1.4, 1.6, 3.0, math.nan, math.nan, math.inf, math.inf)]
    assert fitness[:4] == [1.0, 1.4, 1.6, 3.0] and len(evaluate.asked) == 8
    assert (cache.counts.hits, cache.counts.collisions) == (7, 3)  # 1.6 → 3, 3 → NaN, NaN → infinity
    assert cache.counts.collision_rate == pytest.approx(3 / 7)
    cache(("b", 1.0)), cache(("b", 1.5))
    assert cache.counts.collisions == 3  # as far off as may be


def test_times_are_metered_apart():
    def spend(_):
        x = 0
        while x < 200_000:
            x += 1
        return 0.0

    cache = FunctionalCache(lambda candidate: candidate, spend)
    for name in "abab":
        cache(name)
    assert cache.counts.evaluation_s > 10 * cache.counts.key_s > 0.0


def test_mutations_accumulate_until_the_behaviour_changes():
    found = until_functional_change(0, lambda x: x + 1, lambda x: str(x // 5))
    assert (found.candidate, found.tries, found.changed) == (5, 5, True)
    assert until_functional_change(7, lambda x: x + 1, lambda x: str(x // 5), key="1").candidate == 10


def test_after_the_limit_the_parent_comes_back():
    found = until_functional_change("p", lambda x: x + "!", lambda x: "same", limit=50)
    assert (found.candidate, found.tries, found.changed) == ("p", 50, False)


def test_an_undefined_key_equals_no_other():
    keys = {"p": None, "q": "a", "r": None}
    assert until_functional_change("p", lambda x: "r", keys.get).changed
    assert until_functional_change("q", lambda x: "r", keys.get).candidate == "r"
