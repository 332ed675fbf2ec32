"""`Staged`: several sources of inputs in turn, in stages: first close to the seeds, then small, mutated, made, large.

- `near`: mutated and made inputs with as many digits as the seeds, their letters, at most about their lengths. What is
  found there is most likely meant to be given.
- `small`: all small inputs, by size. Where an input is a list of independent groups (test cases, queries), one input
  holds many small groups, so that thousands of them cost what dozens do.
- `mutated`: seeds changed again and again, and what took new branches changed further.
- `made`: inputs made from shapes, small ones more often than large ones.
- `swept`: one number at a time at powers and their neighbours, lengths up to 100.
- `beyond`: made and mutated with the signs of numbers given up: zero and below where no seed has any. `Origin.FUZZED`.

All sources share what feedback teaches (`rounds.Learner`). Leaves out: when to stop.

Source: Mokav (2024), part A, for the loop; what is beside mutation is ours.
"""

import dataclasses
import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from trialrun.lang.constants import NOTHING, Constants
from trialrun.probe.closeness import close
from trialrun.probe.corpus import Corpus
from trialrun.probe.domain import Domain, Layout
from trialrun.probe.facts import without_trust
from trialrun.probe.keeping import repair
from trialrun.probe.proposer import Batches, Feedback, Origin, Seed
from trialrun.probe.rounds import Learner, Trial, in_batches
from trialrun.probe.shapes import EVERY, Int, Path, Record, Rule, Seq, Shape, at
from trialrun.probe.small import trees_by_size
from trialrun.probe.sweep import swept
from trialrun.probe.typed import Maker

SIZES = (1, 2, 3, 2, 4, 5, 3, 8, 1, 6, 12, 2, 4, 25, 3, 7, 5, 100)
"""Sizes of made inputs, again and again: mostly small ones, now and then a large one."""
STAGES: tuple[tuple[int, dict[str, int]], ...] = (
    (50, {"near": 6, "small": 1}),
    (300, {"near": 4, "small": 4, "mutated": 4, "made": 4, "swept": 1}),
    (700, {"near": 1, "small": 3, "mutated": 4, "made": 3, "swept": 2}),
    (10**9, {"small": 1, "mutated": 5, "made": 3, "swept": 2, "beyond": 2}),
)
"""(inputs up to which a stage lasts, how often each source is drawn)."""
_PACK = 20
"""Groups in one input of many small groups."""
_NEAR = 8
"""Size of made inputs near the seeds, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """Draws inputs from several sources."""

    domains: tuple[Domain, ...]
    constants: Constants = NOTHING
    seed: int = 0
    sources: tuple[str, ...] = ("near", "small", "mutated", "made", "swept", "beyond")
    """Which sources there are; for measuring what each brings."""

    def propose(self, seeds: Sequence[Seed]) -> Batches:
        """Yield batches of inputs; end where nothing new comes any more."""
        if self.domains:
            run = _Run(self)
            yield from in_batches(run.trials(), self.domains, seeds, run.learn)


class _Run:
    """One run of the sources."""

    def __init__(self, settings: Staged) -> None:
        self.settings = settings
        self.domains = settings.domains
        self.rng = Random(f"staged {settings.seed}")
        self.learner = Learner(settings.domains, settings.constants)
        self.corpora = [Corpus(domain, self.learner.maker, self.rng) for domain in settings.domains]
        makers: dict[str, Callable[[], Iterator[Trial]]] = {
            "near": self._near,
            "small": self._small,
            "mutated": self._mutated,
            "made": self._made,
            "swept": self._swept,
            "beyond": self._beyond,
        }
        self.sources = {name: makers[name]() for name in settings.sources}

    def trials(self) -> Iterator[Trial]:
        """Yield trials by stage; a source that ends is left out."""
        drawn = 0
        for until, weights in STAGES:
            while drawn < until:
                names = [name for name in weights if name in self.sources]
                if not names:
                    break
                name = self.rng.choices(names, [weights[name] for name in names])[0]
                trial = next(self.sources[name], None)
                if trial is None:
                    del self.sources[name]
                    continue
                drawn += 1
                yield trial

    def learn(self, trial: Trial, told: Feedback) -> None:
        """Take note of what became of a trial."""
        self.learner.learn(trial, told)
        if told.novel and told.valid and trial.origin is not Origin.FUZZED:
            self.corpora[trial.domain].keep(trial.tree)

    def _near(self) -> Iterator[Trial]:
        """Yield inputs close to the seeds, of the most plausible domain that is not refused."""
        maker = Maker(self.settings.constants, longest=20)
        shapes = [without_trust(close(domain.shape)) for domain in self.domains]
        corpora = self._corpora(shapes, maker)
        for size in itertools.cycle(range(1, _NEAR + 1)):
            index = max(range(len(self.domains)), key=self.learner.rate)
            maker.ceiling = self.learner.maker.ceiling
            yield Trial(index, corpora[index].draw(self.rng, 0.0)[0])
            yield Trial(index, made(shapes[index], maker, self.rng, size))

    def _corpora(self, shapes: list[Shape], maker: Maker) -> list[Corpus]:
        """Return corpora of the seeds under other shapes than their domains'."""
        return [
            Corpus(dataclasses.replace(domain, shape=shape), maker, self.rng)
            for domain, shape in zip(self.domains, shapes, strict=True)
        ]

    def _mutated(self) -> Iterator[Trial]:
        for drawn in itertools.count():
            index = self.learner.draw(self.rng)
            tree, origin = self.corpora[index].draw(self.rng, 0.03 if drawn < 1000 else 0.1)
            yield Trial(index, tree, origin)

    def _made(self) -> Iterator[Trial]:
        for size in itertools.cycle(SIZES):
            index = self.learner.draw(self.rng)
            maker = self.learner.maker
            yield Trial(index, made(self.domains[index].shape, maker, self.rng, min(size, maker.longest)))

    def _small(self) -> Iterator[Trial]:
        sources = [_small_trees(domain, self.settings.constants) for domain in self.domains]
        heap = [(1 / max(self.learner.rate(index), 1e-9), index) for index in range(len(sources))]
        while heap:
            when, index = heapq.heappop(heap)
            tree = next(sources[index], None)
            if tree is not None:
                yield Trial(index, tree)
                heapq.heappush(heap, (when + 1 / max(self.learner.rate(index), 1e-9), index))

    def _swept(self) -> Iterator[Trial]:
        for index, domain in enumerate(self.domains[:2]):
            for tree in swept(domain, self.learner.maker, self.rng):
                yield Trial(index, tree)

    def _beyond(self) -> Iterator[Trial]:
        shapes = [beyond(domain.shape, signed=domain.layout is Layout.ARGUMENTS) for domain in self.domains]
        corpora = self._corpora(shapes, self.learner.maker)
        for size in itertools.cycle(SIZES[:11]):
            index = self.learner.draw(self.rng)
            yield Trial(index, corpora[index].draw(self.rng, 0.0)[0], Origin.FUZZED)
            tree = made(shapes[index], self.learner.maker, self.rng, size)
            if self.rng.random() < 0.3:
                tree = repair(shapes[index], negated(shapes[index], tree), self.rng, self.learner.maker.make)
            yield Trial(index, tree, Origin.FUZZED)


def made(shape: Shape, maker: Maker, rng: Random, size: int) -> Any:
    """Return a new working tree that keeps the facts of its shape; of independent groups there are up to `_PACK`."""
    path = groups_of(shape)
    if path is None or rng.random() < 0.3:
        return repair(shape, maker.make(shape, rng, size), rng, maker.make)
    block: Any = at(shape, path)
    items = [
        maker.make(block.item, rng, rng.choice((1, 2, size, size)))
        for _ in range(rng.choice((1, 3, 10, _PACK)))
    ]
    return repair(shape, [[len(items)], items], rng, maker.make)


def negated(shape: Shape, tree: Any) -> Any:
    """Return the tree with the numbers of all sequences negated."""
    if isinstance(shape, Record):
        return [negated(part, inner) for part, inner in zip(shape.fields, tree, strict=True)]
    if isinstance(shape, Seq):
        return [-item if isinstance(shape.item, Int) else negated(shape.item, item) for item in tree]
    return tree


def beyond(shape: Shape, *, signed: bool = False) -> Shape:
    """Return the shape with items of sequences that may be zero or negative; single numbers may be zero.

    `signed`: those too may be negative. In a text of lines they mostly count what follows; an argument is a number.
    """
    if isinstance(shape, Record):
        counting = {link.source[0] for link in shape.links if link.rule is Rule.COUNT}
        fields = [
            part if index in counting else beyond(part, signed=signed)
            for index, part in enumerate(shape.fields)
        ]
        return dataclasses.replace(shape, fields=tuple(fields))
    if isinstance(shape, Seq):
        if isinstance(shape.item, Int):
            return dataclasses.replace(shape, item=dataclasses.replace(shape.item, low=None), first=None)
        return dataclasses.replace(shape, item=beyond(shape.item, signed=signed))
    if isinstance(shape, Int) and (signed or shape.low):
        return dataclasses.replace(shape, low=None if signed else 0)
    return shape


def _small_trees(domain: Domain, constants: Constants) -> Iterator[Any]:
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
    return (1,) if alone and not inner and not isinstance(block.item, Int) else None


def _packed(shape: Shape, path: Path, constants: Constants) -> Iterator[Any]:
    block: Any = at(shape, path)
    groups = trees_by_size(block.item, constants)
    for size in itertools.chain((4, 10), itertools.repeat(_PACK)):
        items = list(itertools.islice(groups, size))
        if not items:
            return
        yield [[len(items)], items]
