"""Proposers that need no feedback: `Typed` (made from shapes), `Small` (all small inputs), `Sweep` (magnitudes).

`Small` enumerates by size; where inputs are a list of independent groups (test cases, queries), one input holds many
small groups, so that thousands of them cost what dozens do. `Sweep` takes the seeds and sets one number at a time to
powers and their neighbours, and one length at a time to 1, 2, … 100, with items that are equal, ascending, or any.

Leaves out: what feedback says of branches (`mutation.py`).
"""

import heapq
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from trialrun.lang.constants import NOTHING, Constants
from trialrun.probe.domain import Domain
from trialrun.probe.facts import repair
from trialrun.probe.proposer import Batches, Seed
from trialrun.probe.rounds import Learner, Trial, in_batches
from trialrun.probe.shapes import EVERY, Int, Path, Record, Rule, Seq, Shape, Text, at, copied
from trialrun.probe.small import trees_by_size
from trialrun.probe.typed import Maker, clamped

SIZES = (1, 2, 3, 2, 4, 5, 3, 8, 1, 6, 12, 2, 4, 25, 3, 7, 5, 100)
"""Sizes of made inputs, again and again: mostly small ones, now and then a large one."""
_PACK = 20
"""Groups in one input of many small groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Makes inputs from shapes alone, small ones more often than large ones."""

    domains: tuple[Domain, ...]
    constants: Constants = NOTHING
    seed: int = 0

    def propose(self, seeds: Sequence[Seed]) -> Batches:
        """Yield batches of made inputs; end where nothing new comes any more."""
        rng = Random(f"typed {self.seed}")
        learner = Learner(self.domains, self.constants)

        def trials() -> Iterator[Trial]:
            for size in itertools.cycle(SIZES):
                index = learner.draw(rng)
                shape = self.domains[index].shape
                yield Trial(index, made(shape, learner.maker, rng, size))

        if self.domains:
            yield from in_batches(trials(), self.domains, seeds, learner.learn)


def made(shape: Shape, maker: Maker, rng: Random, size: int) -> Any:
    """Return a new working tree that keeps the facts of its shape."""
    return repair(shape, maker.make(shape, rng, size), rng, maker.make)


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """Gives all small inputs, by size."""

    domains: tuple[Domain, ...]
    constants: Constants = NOTHING
    most: int = 1500
    """Inputs to give."""

    def propose(self, seeds: Sequence[Seed]) -> Batches:
        """Yield batches of the smallest inputs of all domains; plausible domains come sooner."""
        learner = Learner(self.domains, self.constants)
        yield from in_batches(
            itertools.islice(self._trials(learner), self.most), self.domains, seeds, learner.learn
        )

    def _trials(self, learner: Learner) -> Iterator[Trial]:
        sources = [(index, _small(domain, self.constants)) for index, domain in enumerate(self.domains)]
        heap = [(0.0, index, source) for index, source in sources]
        while heap:
            when, index, source = heapq.heappop(heap)
            tree = next(source, None)
            if tree is not None:
                yield Trial(index, tree)
                rate = self.domains[index].weight * (learner.taken[index] / learner.given[index]) ** 2
                heapq.heappush(heap, (when + 1 / max(rate, 1e-6), index, source))


def _small(domain: Domain, constants: Constants) -> Iterator[Any]:
    """Yield small trees; where groups are independent, inputs of many small groups in turn with small inputs."""
    single = trees_by_size(domain.shape, constants)
    block = groups_of(domain.shape)
    if block is None:
        yield from single
        return
    packed = _packed(domain.shape, block, constants)
    for one, many in itertools.zip_longest(single, packed):
        if many is not None:
            yield many
        if one is not None:
            yield one


def groups_of(shape: Shape) -> Path | None:
    """Return the path of the last field's block of groups that a first line's only number counts, if there is one."""
    if not isinstance(shape, Record) or len(shape.fields) != 2:
        return None
    block = shape.fields[1]
    counts = [link for link in shape.links if link.target == (1,) and link.rule is Rule.COUNT]
    if not isinstance(block, Seq) or not counts or counts[0].source != (0, 0) or counts[0].offset:
        return None
    inner = any(link.target[:2] == (1, EVERY) for link in shape.links)
    alone = isinstance(shape.fields[0], Record) and len(shape.fields[0].fields) == 1
    return (1,) if alone and not inner else None


def _packed(shape: Shape, path: Path, constants: Constants) -> Iterator[Any]:
    block: Any = at(shape, path)
    groups = trees_by_size(block.item, constants)
    for size in itertools.chain((4, 10), itertools.repeat(_PACK)):
        items = list(itertools.islice(groups, size))
        if not items:
            return
        yield [[len(items)], items]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Sets one number or length of a seed at a time to magnitudes and borders."""

    domains: tuple[Domain, ...]
    constants: Constants = NOTHING
    seed: int = 0

    def propose(self, seeds: Sequence[Seed]) -> Batches:
        """Yield batches of swept seeds."""
        learner = Learner(self.domains, self.constants)
        yield from in_batches(self._trials(learner), self.domains, seeds, learner.learn)

    def _trials(self, learner: Learner) -> Iterator[Trial]:
        rng = Random(f"sweep {self.seed}")
        for index, domain in enumerate(self.domains[:2]):
            for tree in swept(domain, learner.maker, rng):
                yield Trial(index, tree)


_NUMBERS = (
    0,
    1,
    2,
    3,
    5,
    7,
    10,
    11,
    12,
    16,
    31,
    32,
    64,
    99,
    100,
    101,
    127,
    255,
    256,
    365,
    999,
    1000,
    1001,
    1023,
    1024,
)
_LARGE = tuple(10**k + d for k in (4, 5, 6, 9, 12, 15, 18) for d in (-1, 0, 1)) + tuple(
    2**k + d for k in (15, 16, 31, 32, 53, 60, 63) for d in (-1, 0, 1)
)
_LENGTHS = (1, 2, 3, 4, 5, 7, 10, 16, 26, 50, 100)


def swept(domain: Domain, maker: Maker, rng: Random) -> Iterator[Any]:
    """Yield the seeds of a domain with one number or length changed."""
    shape = domain.shape
    counting = (
        {link.source for link in shape.links if link.rule is Rule.COUNT}
        if isinstance(shape, Record)
        else set()
    )
    numbers = [
        path for path in _paths(shape, ()) if path not in counting and isinstance(at(shape, path), Int)
    ]
    for tree in domain.trees[:2]:
        for value in (*_NUMBERS, *_LARGE):
            if value > maker.ceiling:
                break
            for path in numbers[:8]:
                yield _with_number(shape, tree, path, value, maker, rng)
            if len(numbers) > 1:
                changed = tree
                for path in numbers[:8]:
                    changed = _with_number(shape, changed, path, value, maker, rng)
                yield changed
    for length, style in itertools.product(_LENGTHS, range(4)):
        tree = maker.make(shape, Random(rng.random()), length)
        yield repair(shape, _styled(shape, tree, style, rng, maker), rng, maker.make)


def _paths(shape: Shape, path: Path) -> Iterator[Path]:
    """Yield the paths of numbers: those of records, and one item of each sequence."""
    if isinstance(shape, Int):
        yield path
    elif isinstance(shape, Record):
        for index, part in enumerate(shape.fields):
            yield from _paths(part, (*path, index))
    elif isinstance(shape, Seq):
        yield from _paths(shape.item, (*path, EVERY))


def _with_number(shape: Shape, tree: Any, path: Path, value: int, maker: Maker, rng: Random) -> Any:
    tree = copied(tree)
    holder = tree
    for step in path[:-1]:
        if not holder:
            return tree
        holder = holder[step if step >= 0 else rng.randrange(len(holder))]
    if holder:
        number: Any = at(shape, path)
        holder[path[-1] if path[-1] >= 0 else rng.randrange(len(holder))] = clamped(
            number, value, maker.ceiling
        )
    return repair(shape, tree, rng, maker.make)


def _styled(shape: Shape, tree: Any, style: int, rng: Random, maker: Maker) -> Any:
    """Return the tree with all its sequences of numbers and strings equal, ascending, descending, or as they are."""
    if isinstance(shape, Record):
        return [
            _styled(part, inner, style, rng, maker) for part, inner in zip(shape.fields, tree, strict=True)
        ]
    if isinstance(shape, Text) and style < 3 and tree:
        return tree[0] * len(tree) if style == 0 else "".join(sorted(tree, reverse=style == 2))
    if isinstance(shape, Seq):
        if not isinstance(shape.item, Int | Text):
            return [_styled(shape.item, inner, style, rng, maker) for inner in tree]
        if style == 0 and tree:
            return [tree[0]] * len(tree)
        if isinstance(shape.item, Int) and style < 3:
            low = shape.item.low if shape.item.low is not None else 0
            rising = [clamped(shape.item, low + index, maker.ceiling) for index in range(len(tree))]
            return rising if style == 1 else rising[::-1]
    return tree
