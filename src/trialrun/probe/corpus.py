"""`Corpus`: the inputs of one domain that are mutated: the seeds, and what took new branches.

A pick, half the time among the newest entries, is copied, mutated one to four times, and its relations are repaired.
A few draws in a hundred break ranges and relations on purpose; those are `Origin.FUZZED`.

Leaves out: which inputs took new branches: whoever runs them tells.

Source: Mokav (2024), part A.
"""

from random import Random
from typing import Any

from trialrun.probe.domain import Domain
from trialrun.probe.keeping import repair
from trialrun.probe.mutate import Fixed, Mutator
from trialrun.probe.proposer import Origin
from trialrun.probe.shapes import copied, size_of
from trialrun.probe.typed import Maker

NEWEST = 10
"""Newest entries that half of the picks are among."""
_ENTRIES = 400
"""Entries that are kept."""
_LARGEST = 2000
"""Size of a working tree that is kept, at most."""


class Corpus:
    """Working trees of one domain, to be mutated."""

    def __init__(self, domain: Domain, maker: Maker, rng: Random) -> None:
        self.shape = domain.shape
        self.mutator = Mutator(maker)
        self.entries: list[Any] = []
        for tree in domain.trees or [maker.make(domain.shape, rng)]:
            self.keep(tree)

    def keep(self, tree: Any) -> None:
        """Take a tree into the corpus; the oldest but one goes where there are too many."""
        if size_of(tree) < _LARGEST or not self.entries:
            self.entries.append(tree)
            self.mutator.learn(tree)
            if len(self.entries) > _ENTRIES:
                del self.entries[1]

    def draw(self, rng: Random, fuzzed: float) -> tuple[Any, Origin]:
        """Return a mutated copy of an entry; with probability `fuzzed` not everything is kept."""
        tree = copied(rng.choice(self.entries[-NEWEST:] if rng.random() < 0.5 else self.entries))
        breaks = rng.random() < fuzzed
        fixed: Fixed = None if breaks and rng.random() < 0.3 else frozenset()
        for _ in range(rng.choice((1, 1, 2, 3, 4))):
            tree = self.mutator.mutate(self.shape, tree, rng, fixed)
        if fixed is not None:
            tree = repair(self.shape, tree, rng, self.mutator.maker.make, strict=not breaks)
        return tree, Origin.FUZZED if breaks else Origin.VALID
