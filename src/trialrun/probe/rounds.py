"""What proposers share: batches that grow, no case twice, and what feedback teaches all of them.

A proposer is an iterator of trials; `in_batches` turns it into the generator of the protocol. `Learner` holds what is
learnt on the way: which domains programs accept inputs of, and how large numbers may be before programs get slow.

Leaves out: where trials come from (`staged.py`, `evalplus.py`), running anything.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from trialrun.lang.constants import NOTHING, Constants
from trialrun.probe.domain import Domain, key_of
from trialrun.probe.proposer import Batches, Feedback, Origin, Seed
from trialrun.probe.shapes import size_of
from trialrun.probe.typed import Maker

_PATIENCE = 300
"""Trials in a row that are not new after which nothing new is expected."""
_EARLY = 500
"""Cases in which the most plausible domain has precedence."""
_SLOW = 0.01
"""CPU seconds of a case from which on its numbers are too large."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A case under way, and the working tree that it came from."""

    domain: int
    """Index among the domains."""
    tree: Any
    origin: Origin = Origin.VALID


@dataclass(slots=True)
class Learner:
    """Domains with what feedback has taught of them."""

    domains: tuple[Domain, ...]
    constants: Constants = NOTHING
    maker: Maker = field(init=False)
    taken: list[int] = field(init=False)
    given: list[int] = field(init=False)
    total: int = 0

    def __post_init__(self) -> None:
        self.maker = Maker(self.constants)
        self.taken = [1] * len(self.domains)
        self.given = [1] * len(self.domains)

    def draw(self, rng: Random) -> int:
        """Return the index of a domain, by its plausibility and by how many of its cases programs took."""
        if len(self.domains) == 1:
            return 0
        rates = [self.rate(index) for index in range(len(self.domains))]
        return rng.choices(range(len(rates)), rates)[0]

    def rate(self, index: int) -> float:
        """Return how plausible a domain is by now: at first the best one almost alone, later the others too."""
        sharpness = 3.0 if self.total < _EARLY else 2.0 if self.total < 4 * _EARLY else 1.0
        accepted = self.taken[index] / self.given[index]
        return float(self.domains[index].weight ** sharpness * accepted**2)

    def learn(self, trial: Trial, told: Feedback) -> None:
        """Take note of what became of a trial."""
        self.given[trial.domain] += 1
        self.taken[trial.domain] += told.valid
        self.total += 1
        if told.cpu_s > _SLOW:
            self._slow_down(trial.tree)

    def _slow_down(self, tree: Any) -> None:
        """Lower the largest number and the longest sequence to make, where a case had large ones."""
        top, size = largest(tree), size_of(tree)
        if top > 1000:
            self.maker.ceiling = max(100, min(self.maker.ceiling, top // 4))
        elif size > 50:
            self.maker.longest = max(10, min(self.maker.longest, size // 4))


def largest(tree: Any) -> int:
    """Return the largest absolute whole number of a working tree."""
    if type(tree) is list:
        return max(map(largest, tree), default=0)
    return abs(tree) if type(tree) is int else 0


def batch_sizes(most: int = 64) -> Iterator[int]:
    """Yield 1, 2, 4, … up to a size, then that size for ever."""
    size = 1
    while True:
        yield size
        size = min(most, 2 * size)


def in_batches(
    trials: Iterable[Trial],
    domains: Sequence[Domain],
    seeds: Sequence[Seed],
    learn: Callable[[Trial, Feedback], None],
) -> Batches:
    """Yield new trials in growing batches and hand each its feedback; end with the trials, or where they repeat."""
    seen = {key_of(seed.case) for seed in seeds}
    source = iter(trials)
    for size in batch_sizes():
        batch: list[tuple[Trial, Seed]] = []
        repeats = 0
        for trial in source:
            case = domains[trial.domain].case(trial.tree)
            key = key_of(case)
            if key in seen:
                repeats += 1
                if repeats > _PATIENCE:
                    break
                continue
            seen.add(key)
            repeats = 0
            batch.append((trial, Seed(case=case, origin=trial.origin)))
            if len(batch) == size:
                break
        if not batch:
            return
        feedback = yield [seed for _, seed in batch]
        for (trial, _), told in zip(batch, feedback or (), strict=False):
            learn(trial, told)
