"""The benchmark of functional hashing: evolution follows its seed; a cache changes what it costs, not its course."""

import math
import random

import pytest
from bench.functional_hashing import (
    PROBES,
    counterfactual,
    evolve,
    fitness,
    functional_key,
    mutated,
    probes,
    retried,
    textual_key,
    usual_key,
    value,
)

from trialrun.compare.functional_hashing import FunctionalCache
from trialrun.core.truncation import Truncation

pytestmark = pytest.mark.fast

TWICE = (("+", 0, 0, 0.0),)
ALSO_TWICE = (("c", 0, 0, 2.0), ("*", 1, 0, 0.5))
INVERSE = (("-", 0, 0, 0.0), ("/", 0, 1, 0.0))


def test_programs_run_and_failures_are_no_numbers():
    assert value(TWICE, 0.25) == value(ALSO_TWICE, 0.25) == 0.5 and math.isnan(value(INVERSE, 1.0))
    assert fitness(TWICE) == -1.0 and fitness(INVERSE) == -math.inf  # 2x is 0 where 2**x is 1


def test_keys_meet_where_texts_do_not():
    key_of = usual_key()
    assert key_of(TWICE) == key_of(ALSO_TWICE) is not None and textual_key(TWICE) != textual_key(ALSO_TWICE)
    assert key_of(INVERSE) is None
    square = (("*", 0, 0, 0.0),)
    ends = [0.0, 1.0]
    assert functional_key(square, ends, Truncation()) == functional_key(
        (("c", 0, 0, 1.0), ("*", 0, 1, 0.0)), ends, Truncation()
    )
    assert len(set(probes(max(PROBES)))) == max(PROBES) and probes(2) == probes(3)[:2]


def test_a_cache_changes_the_cost_and_not_the_course():
    cache = FunctionalCache(usual_key(), fitness)
    on, off = evolve(3, 200, cache), evolve(3, 200, fitness)
    assert on.children == off.children and on.best == off.best
    assert cache.counts.evaluations + cache.counts.hits + cache.counts.unhashable == len(off.children) == 260
    assert cache.counts.hits > 50


def test_counterfactual_collisions_vanish_with_more_probes():
    swept = counterfactual([evolve(1, 300, fitness)])
    rates = [row["collision_rate"] for row in swept["by_probes"].values()]
    assert rates[0] > 0.02 and rates[-1] == 0.0


def test_mutants_of_a_program_are_programs():
    rng = random.Random(0)
    program = TWICE
    for _ in range(500):
        program = mutated(program, rng)
        assert 1 <= len(program) <= 9
        assert all(one <= place and two <= place for place, (_, one, two, _) in enumerate(program))
    found = retried(1, 60)
    assert found["tries_mean"] > 1 and found["unchanged"] == 0
