"""Fuzz4All: autoprompting, then batches of test programs whose prompt follows from what the last batch did.

    1. Distil the documentation four times: once greedily, three times by chance.
    2. Score each of the four prompts by one batch: programs that the system accepts, that pass the content filter, and
       that are distinct without their comments and blank lines. Keep the best.
    3. Loop: generate a batch, clean it, have it run. The last program that is safe, passes the filter and is not the
       last example becomes the next example; the next prompt is the best one with a strategy drawn from those enabled.
       Where nothing was safe, the prompt stays as it is.

Written as a generator, as all that proposes inputs: it yields a `Batch`, is sent one `Answer` a program, and runs
nothing. Every choice follows from the seed, the number of the batch and the answers, so that a run that is given its
recorded rounds goes on with the same sequence. Ours, since the paper knows texts only: among safe programs those that
behaved in a new way are preferred as examples, engines are shown all such programs, and no text is run twice.

Leaves out: the engines, running (`compare/fuzzing.py`), what is a bug beyond what the system says itself.

Source: Xia, Paltenghi, Tian, Pradel, Zhang, "Fuzz4All: Universal Fuzzing with Large Language Models", ICSE 2024.
"""

import enum
import functools
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import msgspec

from trialrun.lang.comments import without_comments
from trialrun.probe.engine import Engine, Prompt, Strategy, Target


class Reaction(enum.StrEnum):
    """What the system under test made of a program."""

    SAFE = "safe"
    """Accepted."""
    INVALID = "invalid"
    """Refused, in the way that the system refuses."""
    BUG = "bug"
    """A crash or an internal error: potentially a bug."""
    TIMEOUT = "timeout"
    """No answer within the limits on time and memory."""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of one program."""

    reaction: Reaction
    error: str = ""
    """Class of the error, where it was not safe."""
    novel: bool = True
    """Whether it behaved in a way (outcome, error class, branches) that no program before it did."""
    differs: bool = False
    """Whether another system disagreed on it."""


class Batch(msgspec.Struct, frozen=True):
    """Programs to run."""

    number: int
    prompt: Prompt
    scoring: bool
    """Whether it is there to score its prompt."""
    texts: tuple[str, ...]
    """The programs, cleaned; none is empty or a duplicate of one before it."""
    generated: int
    """How many the engine wrote, duplicates among them."""


class Round(msgspec.Struct, frozen=True):
    """A batch and its answers: what a run records, and is resumed from."""

    batch: Batch
    answers: tuple[Answer, ...]

    def pairs(self) -> Iterator[tuple[str, Answer]]:
        """Yield each program with its answer."""
        return zip(self.batch.texts, self.answers, strict=True)

    def accepted(self, target: Target) -> list[tuple[str, Answer]]:
        """Return the programs that are safe and pass the target's filter, each with its answer."""
        return [
            (text, answer)
            for text, answer in self.pairs()
            if answer.reaction is Reaction.SAFE and target.passes(text)
        ]


Batches = Generator[Batch, Sequence[Answer], Prompt | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzz4All:
    """Write programs for a system under test, from documentation, a corpus or a grammar."""

    batch: int = 30
    """Programs a batch."""
    sampled: int = 3
    """Prompts that are distilled by chance, beside the greedy one."""
    strategies: tuple[Strategy, ...] = (Strategy.NEW, Strategy.MUTATE, Strategy.EQUIVALENT)
    """Strategies that are drawn from, all with the same probability."""
    most: int = 100_000
    """Programs to write at most."""
    kept: int = 500
    """Programs that behaved in a new way that engines are shown, the last of them."""
    stall: int = 100
    """Batches in a row without a program that is new, after which there is nothing left to write."""
    seed: int = 0
    """Every choice by chance derives from it."""

    def propose(
        self, engine: Engine, target: Target, documentation: str = "", recorded: Iterable[Round] = ()
    ) -> Batches:
        """Yield batches, the recorded ones left out; end when there are enough. Returns the best prompt."""
        past = iter(recorded)
        best = yield from self._autoprompt(engine, target, documentation, past)
        if best is not None:
            yield from self._loop(engine, target, best, past)
        return best

    def _autoprompt(
        self, engine: Engine, target: Target, documentation: str, past: Iterator[Round]
    ) -> Batches:
        """Return the prompt whose batch has most programs that are accepted, wanted and distinct."""
        scores: list[tuple[int, Prompt]] = []
        for draw in range(1 + self.sampled):
            make = functools.partial(self._scoring, engine, target, documentation, draw)
            round_ = yield from _round(past, make)
            if round_ is None:
                break
            scores.append((len(round_.accepted(target)), round_.batch.prompt))
        return max(scores, key=lambda score: score[0])[1] if scores else None

    def _loop(self, engine: Engine, target: Target, best: Prompt, past: Iterator[Round]) -> Batches:
        """Generate, see what became of it, choose the next prompt."""
        prompt, previous, example = best, "", ""
        seen: set[str] = set()
        kept: list[str] = []
        number, written, idle = 1 + self.sampled, self.batch * (1 + self.sampled), 0
        while written < self.most and idle < self.stall:
            examples = (*kept, *(text for text in (previous, example) if text))
            make = functools.partial(self._made, engine, target, number, prompt, examples, seen)
            round_ = yield from _round(past, make)
            if round_ is None:
                break
            seen.update(without_comments(text, target.language) for text in round_.batch.texts)
            written += round_.batch.generated
            idle = 0 if round_.batch.texts else idle + 1
            usable = [(text, answer) for text, answer in round_.accepted(target) if text != example]
            kept = [*kept, *(text for text, answer in usable if answer.novel)][-self.kept :]
            if usable:
                previous, example = example, _chosen(usable)
            if usable or not round_.batch.texts:  # a batch of duplicates says nothing against its examples
                prompt = Prompt(best.distilled, self._strategy(number, previous, example))
            number += 1
        return best

    def _scoring(self, engine: Engine, target: Target, documentation: str, draw: int) -> Batch | None:
        """Distil once, and generate the batch that scores the prompt."""
        distilled = engine.distil(documentation, draw, self._seed("distil", draw))
        return None if distilled is None else self._made(engine, target, draw, Prompt(distilled), (), set())

    def _strategy(self, number: int, *examples: str) -> Strategy:
        """Draw a strategy; one that wants more examples than there are is a new program instead."""
        drawn = Random(f"strategy {self.seed} {number}").choice(self.strategies)
        return drawn if drawn.wants <= sum(map(bool, examples)) else Strategy.NEW

    def _made(
        self,
        engine: Engine,
        target: Target,
        number: int,
        prompt: Prompt,
        examples: tuple[str, ...],
        seen: set[str],
    ) -> Batch | None:
        """Generate a batch: what is new in it, cleaned. None where the engine's budget has run out."""
        written = engine.generate(prompt, examples, self.batch, self._seed("batch", number))
        if not written:
            return None
        fresh: dict[str, str] = {}
        for text in map(target.clean, written):
            bare = without_comments(text, target.language)
            if bare and bare not in seen:
                fresh.setdefault(bare, text)
        scoring = number <= self.sampled
        return Batch(number, prompt, scoring, tuple(fresh.values()), len(written))

    def _seed(self, what: str, number: int) -> int:
        return Random(f"{what} {self.seed} {number}").getrandbits(31)


def _round(
    past: Iterator[Round], make: Callable[[], Batch | None]
) -> Generator[Batch, Sequence[Answer], Round | None]:
    """Return the next recorded round, or else one that is made now and answered by whoever drives the generator."""
    for round_ in past:
        return round_
    batch = make()
    if batch is None:
        return None
    return Round(batch, tuple((yield batch)))


def _chosen(usable: Sequence[tuple[str, Answer]]) -> str:
    """Return the last of those that behaved in a new way, or else the last."""
    novel = [text for text, answer in usable if answer.novel]
    return novel[-1] if novel else usable[-1][0]
