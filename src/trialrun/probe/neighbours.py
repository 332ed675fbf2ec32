"""Inputs near given ones: each a stated case, changed in one or two places within what all stated cases have in common.

A neighbour has the types, letters, digits and lengths of the cases, and keeps the relations that hold in them, so that
it is most likely meant to be given. Constants of program texts are among the ingredients. No neighbour is a stated
case, and none comes twice.

Leaves out: inputs far away (`staged.py`), running anything.
"""

import itertools
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from trialrun.core.task import Case
from trialrun.lang.constants import mine
from trialrun.lang.signatures import Signature
from trialrun.probe.closeness import close
from trialrun.probe.domain import Domain, domains_of, key_of
from trialrun.probe.facts import without_trust
from trialrun.probe.keeping import repair
from trialrun.probe.mutate import Mutator
from trialrun.probe.proposer import Origin, Seed
from trialrun.probe.shapes import Shape, copied
from trialrun.probe.staged import Staged
from trialrun.probe.typed import Maker

_TRIES = 20
"""Draws for one new neighbour, on average, after which there are no more."""
_LONGEST = 40
_CHANGES = (1, 1, 1, 2)
"""Mutations of a neighbour, drawn from these."""


class Neighbourhood:
    """Where stated cases lie."""

    def __init__(
        self, cases: Sequence[Case], signature: Signature | None, sources: Sequence[str], *, seed: int = 0
    ) -> None:
        """Learn what the cases have in common; `sources` are texts whose constants are ingredients."""
        self._seeds = [Seed(case=case, origin=Origin.EXAMPLE) for case in cases]
        self._domains = tuple(domains_of(self._seeds, signature, sources))
        self._constants = mine(sources)
        self._seed = seed
        self._given = {key_of(case) for case in cases}
        self._mutators: dict[int, tuple[Shape, Mutator]] = {}

    def near(self, case: Case, count: int) -> Iterator[Case]:
        """Yield up to `count` new neighbours of one of the stated cases; none where nothing is known of its form."""
        found = self._place_of(case)
        if found is None:
            return
        index, tree = found
        domain = self._domains[index]
        shape, mutator = self._mutator(index)
        rng = Random(f"neighbours {self._seed} {key_of(case)!r}")
        left = count
        for _ in range(_TRIES * count):
            if not left:
                return
            changed = copied(tree)
            for _ in range(rng.choice(_CHANGES)):
                changed = mutator.mutate(shape, changed, rng)
            made = domain.case(repair(shape, changed, rng, mutator.maker.make))
            if self._is_new(made):
                left -= 1
                yield made

    def around(self, count: int) -> Iterator[Case]:
        """Yield up to `count` new inputs that are small, or close to all of the cases."""
        proposer = Staged(
            domains=self._domains, constants=self._constants, seed=self._seed, sources=("near", "small")
        )
        drawn = (seed.case for batch in proposer.propose(self._seeds) for seed in batch)
        new = (case for case in itertools.islice(drawn, _TRIES * count) if self._is_new(case))
        yield from itertools.islice(new, count)

    def _is_new(self, case: Case) -> bool:
        key = key_of(case)
        if key in self._given:
            return False
        self._given.add(key)
        return True

    def _place_of(self, case: Case) -> tuple[int, Any] | None:
        """Return the domain that a case is in, and its working tree."""
        key = key_of(case)
        for index, domain in enumerate(self._domains):
            for tree in domain.trees:
                if key_of(domain.case(tree)) == key:
                    return index, tree
        return None

    def _mutator(self, index: int) -> tuple[Shape, Mutator]:
        if index not in self._mutators:
            domain: Domain = self._domains[index]
            mutator = Mutator(Maker(self._constants, longest=_LONGEST))
            for tree in domain.trees:
                mutator.learn(tree)
            self._mutators[index] = without_trust(close(domain.shape)), mutator
        return self._mutators[index]
