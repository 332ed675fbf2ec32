"""Functional equivalence caching: a search evaluates no behaviour twice, whatever the source looks like.

Candidates with one key share an entry. *Caching* returns the stored fitness. *Aggregation*, for noisy fitness, returns
a running mean and evaluates while the entry is young, or ever more seldom. *Counterfactual* evaluates always and counts
how often the cache would have lied: it measures the key. A candidate whose key is undefined gets the worst fitness,
unevaluated, and never enters the cache. Entries are bounded, the least recently used go first; with `forget_every` an
entry seen that often is dropped, so that a collision cannot live for ever.

Equal keys are evidence of equality on the probes of the key and no proof: fitness from the cache may be another's.

Source: Unified Functional Hashing in Automatic Machine Learning (2023, arXiv:2302.05433); policies as in
`graph_evolver_spec.proto` of google-deepmind/autonumerics_zero.

Leaves out: computing keys (`behaviours.py`), the search that uses them.
"""

import math
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Policy = Literal["caching", "aggregation", "counterfactual"]


@dataclass(slots=True)
class Counts:
    """What a cache did."""

    lookups: int = 0
    hits: int = 0
    """Look-ups whose key was there."""
    evaluations: int = 0
    unhashable: int = 0
    """Candidates of undefined key: neither looked up nor evaluated."""
    collisions: int = 0
    """Counterfactual hits whose fitness was not the stored one."""
    forgotten: int = 0
    """Entries dropped since they were seen often."""
    evicted: int = 0
    """Entries dropped for want of room."""
    key_s: float = 0.0
    """CPU seconds of this process for keys,"""
    evaluation_s: float = 0.0
    """and for evaluations."""

    @property
    def hit_rate(self) -> float:
        """Share of look-ups that hit; 0 without any."""
        return self.hits / self.lookups if self.lookups else 0.0

    @property
    def collision_rate(self) -> float:
        """Share of counterfactual hits that lied; 0 without any."""
        return self.collisions / self.hits if self.hits else 0.0


@dataclass(slots=True)
class _Entry:
    fitness: float
    evaluated: int = 1
    seen: int = 1


class FunctionalCache[T]:
    """Fitness by behaviour: call it with a candidate."""

    def __init__(
        self,
        key_of: Callable[[T], str | None],
        evaluate: Callable[[T], float],
        *,
        policy: Policy = "caching",
        worst: float = -math.inf,
        capacity: int = 100_000,
        forget_every: int | None = None,
        max_num_repeats: int = 1,
        one_over_r_decay: bool = False,
        epsilon: float = 0.0,
        seed: int = 0,
    ) -> None:
        """`worst` is the fitness of what has no key.

        `max_num_repeats` and `one_over_r_decay` belong to aggregation: an entry is evaluated that often, or with
        probability 1/r after r evaluations. `epsilon` belongs to counterfactual: how far fitness may be off.
        """
        self.counts = Counts()
        self._key_of, self._evaluate = key_of, evaluate
        self._policy, self._worst = policy, worst
        self._capacity, self._forget_every = capacity, forget_every
        self._max_num_repeats, self._one_over_r_decay = max_num_repeats, one_over_r_decay
        self._epsilon, self._rng = epsilon, random.Random(seed)
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __call__(self, candidate: T) -> float:
        """Return the fitness of a candidate, from its behaviour's entry where the policy says so."""
        began = time.process_time()
        key = self._key_of(candidate)
        self.counts.key_s += time.process_time() - began
        if key is None:
            self.counts.unhashable += 1
            return self._worst
        self.counts.lookups += 1
        entry = self._entries.get(key)
        if entry is None:
            entry = self._store(key, self._measured(candidate))
            return entry.fitness
        self.counts.hits += 1
        entry.seen += 1
        self._entries.move_to_end(key)
        fitness = self._on_hit(entry, candidate)
        if self._forget_every is not None and entry.seen >= self._forget_every:
            del self._entries[key]
            self.counts.forgotten += 1
        return fitness

    def _on_hit(self, entry: _Entry, candidate: T) -> float:
        if self._policy == "caching":
            return entry.fitness
        if self._policy == "counterfactual":
            fitness = self._measured(candidate)
            self.counts.collisions += not _near(fitness, entry.fitness, self._epsilon)
            entry.fitness = fitness
            return fitness
        if self._repeats(entry.evaluated):
            new = self._measured(candidate)
            entry.fitness = (entry.evaluated * entry.fitness + new) / (entry.evaluated + 1)
            entry.evaluated += 1
        return entry.fitness

    def _repeats(self, evaluated: int) -> bool:
        if self._one_over_r_decay:
            return self._rng.random() < 1 / evaluated
        return evaluated < self._max_num_repeats

    def _measured(self, candidate: T) -> float:
        began = time.process_time()
        fitness = self._evaluate(candidate)
        self.counts.evaluation_s += time.process_time() - began
        self.counts.evaluations += 1
        return fitness

    def _store(self, key: str, fitness: float) -> _Entry:
        entry = self._entries[key] = _Entry(fitness)
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
            self.counts.evicted += 1
        return entry


def _near(one: float, two: float, epsilon: float) -> bool:
    return one == two or (math.isnan(one) and math.isnan(two)) or abs(one - two) <= epsilon


@dataclass(frozen=True, slots=True)
class Changed[T]:
    """What came of mutating until the behaviour changed."""

    candidate: T
    """The child; the parent where no change was found."""
    tries: int
    """Mutations that were made."""
    changed: bool


def until_functional_change[T](
    parent: T,
    mutate: Callable[[T], T],
    key_of: Callable[[T], str | None],
    *,
    key: str | None = None,
    limit: int = 1_000_000,
) -> Changed[T]:
    """Mutate again and again, each time what the last time gave, until the key is not the parent's.

    `key` is the parent's, where it is known. An undefined key equals no other, so it is a change.
    """
    own = key_of(parent) if key is None else key
    child = parent
    for tries in range(1, limit + 1):
        child = mutate(child)
        new = key_of(child)
        if new is None or new != own:
            return Changed(child, tries, True)
    return Changed(parent, limit, False)
