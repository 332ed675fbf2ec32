"""`Mutation`: seeds changed again and again, and what took new branches changed further.

The corpus starts with the seeds. A pick, half the time among the newest entries, is copied, mutated one to four times,
its relations repaired, and yielded if it is new. A case that its feedback calls novel joins the corpus. Three in
a hundred draws break ranges and relations on purpose, more of them the longer the search lasts; they are
`Origin.FUZZED`. Domains that programs refuse are drawn less often, and numbers that they are slow on get a ceiling.

Leaves out: deciding what a difference is (`compare/differential.py`).

Source: Mokav (2024), part A.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from trialrun.lang.constants import NOTHING, Constants
from trialrun.probe.domain import Domain
from trialrun.probe.facts import repair
from trialrun.probe.mutate import Fixed, Mutator
from trialrun.probe.proposer import Batches, Feedback, Origin, Seed
from trialrun.probe.rounds import Learner, Trial, in_batches
from trialrun.probe.shapes import copied, size_of

NEWEST = 10
"""Newest entries that half of the picks are among."""
_CORPUS = 400
"""Entries that are kept, a domain."""
_LARGEST = 2000
"""Size of a working tree that is kept, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """Mutates seeds and what came of them, by branches; the loop of Mokav's part A."""

    domains: tuple[Domain, ...]
    constants: Constants = NOTHING
    seed: int = 0

    def propose(self, seeds: Sequence[Seed]) -> Batches:
        """Yield batches of mutated seeds; end where nothing new comes any more."""
        rng = Random(f"mutation {self.seed}")
        learner = Learner(self.domains, self.constants)
        herds = [_Herd(domain, learner, rng) for domain in self.domains]

        def learn(trial: Trial, told: Feedback) -> None:
            learner.learn(trial, told)
            if told.novel and told.valid:
                herds[trial.domain].keep(trial.tree)

        def trials() -> Iterator[Trial]:
            for drawn in itertools.count():
                index = learner.draw(rng)
                tree, origin = herds[index].draw(rng, 0.03 if drawn < 1000 else 0.1)
                yield Trial(index, tree, origin)

        if self.domains:
            yield from in_batches(trials(), self.domains, seeds, learn)


class _Herd:
    """The corpus of one domain."""

    def __init__(self, domain: Domain, learner: Learner, rng: Random) -> None:
        self.shape = domain.shape
        self.mutator = Mutator(learner.maker)
        self.corpus: list[Any] = []
        for tree in domain.trees or [learner.maker.make(domain.shape, rng)]:
            self.keep(tree)

    def keep(self, tree: Any) -> None:
        """Take a tree into the corpus; the oldest but one goes where there are too many."""
        if size_of(tree) < _LARGEST or not self.corpus:
            self.corpus.append(tree)
            self.mutator.learn(tree)
            if len(self.corpus) > _CORPUS:
                del self.corpus[1]

    def draw(self, rng: Random, fuzzed: float) -> tuple[Any, Origin]:
        """Return a mutated copy of an entry; with probability `fuzzed` not everything is kept."""
        tree = copied(rng.choice(self.corpus[-NEWEST:] if rng.random() < 0.5 else self.corpus))
        breaks = rng.random() < fuzzed
        fixed: Fixed = None if breaks and rng.random() < 0.3 else frozenset()
        for _ in range(rng.choice((1, 1, 2, 3, 4))):
            tree = self.mutator.mutate(self.shape, tree, rng, fixed)
        if fixed is not None:
            tree = repair(self.shape, tree, rng, self.mutator.maker.make, strict=not breaks)
        return tree, Origin.FUZZED if breaks else Origin.VALID
