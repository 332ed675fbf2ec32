"""Engines: what writes test programs for `fuzz4all.py`. One interface; a model, a corpus or a grammar stands behind it.

An engine distils documentation into a prompt, and generates a batch from a prompt and examples. It keeps no
state: the same arguments give the same texts (from a model: as far as the model does), which is what makes a run
resumable. For a model the prompt is prose; for a corpus or a grammar it is a weighting, written as JSON.

Leaves out: the engines (`model_engine.py`, `splice.py`, `grammar_engine.py`), running what they write.

Source: Xia et al., "Fuzz4All: Universal Fuzzing with Large Language Models", ICSE 2024.
"""

import enum
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

import msgspec

from trialrun.lang.comments import as_comment, comments_of


class Strategy(enum.IntEnum):
    """What a batch does with the examples; the numbers are the paper's."""

    NEW = 0
    """A new program, given the last example to be unlike."""
    MUTATE = 1
    """The last example, changed."""
    EQUIVALENT = 2
    """Another program that means the same as the last example."""
    COMBINE = 3
    """The last two examples, combined."""

    @property
    def wants(self) -> int:
        """How many examples there must be."""
        return (0, 1, 1, 2)[self]


class Prompt(msgspec.Struct, frozen=True):
    """What a batch is generated from, beside examples."""

    distilled: str
    """What autoprompting chose: prose for a model, a weighting for a corpus or a grammar."""
    strategy: Strategy = Strategy.NEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The input language of a system under test, and what its programs have to be."""

    name: str
    """For people: `SMT-LIB 2`."""
    language: str
    """As `lang/comments.py` and `lang/trees.py` know it."""
    trigger: str
    """Sentence that asks for one program."""
    begin: str = ""
    """First line of every program that a model writes; empty where there is no such line."""
    needs: str = ""
    """Content filter: a regular expression that has to match somewhere in a program."""
    sentences: tuple[str, str, str, str] = field(
        default=(
            "",
            "Change the program above into a mutated one:",
            "Write a different program that means the same as the one above:",
            "Combine the two programs above into one:",
        )
    )
    """What asks for each strategy; that of the first is the trigger."""

    def sentence(self, strategy: Strategy) -> str:
        """Return what asks for a strategy."""
        return self.sentences[strategy] or self.trigger

    def passes(self, text: str) -> bool:
        """Say whether a program passes the content filter."""
        return re.search(self.needs, text) is not None

    def stops(self) -> tuple[str, ...]:
        """Return what no program goes past: the trigger, the strategies' sentences, the opener of block comments."""
        block = comments_of(self.language).block
        return tuple(
            dict.fromkeys([self.trigger, *filter(None, self.sentences), *(block[:1] if block else ())])
        )

    def clean(self, text: str) -> str:
        """Return a generated text up to the first stop word, without the comment sign before that."""
        ends = [place for stop in self.stops() if (place := text.find(stop)) >= 0]
        kept = text[: min(ends)] if ends else text
        line = comments_of(self.language).line
        kept = kept.rstrip()
        if ends and line and kept.endswith(line):
            kept = kept.removesuffix(line).rstrip()
        return kept.strip("\n") + "\n" if kept.strip() else ""

    def comment(self, prose: str) -> str:
        """Return prose as a comment of the language."""
        return as_comment(prose, self.language)


class Engine(Protocol):
    """Writes programs. The same arguments give the same texts."""

    @property
    def id(self) -> str:
        """Return what decides the texts besides the arguments."""

    def distil(self, documentation: str, draw: int, seed: int) -> str | None:
        """Return a prompt: the greedy one for `draw` 0, else a sampled one; None where a budget has run out."""

    def generate(self, prompt: Prompt, examples: Sequence[str], n: int, seed: int) -> list[str]:
        """Return `n` programs, or fewer where a budget has run out.

        Of the examples the last two are those that strategies speak of; before them come programs that behaved in a
        new way, for engines that have a use for more.
        """


def draw_weights(count: int, draw: int, seed: int) -> str:
    """Return a weighting of `count` things as a prompt: equal for `draw` 0, else uniform over all weightings."""
    chance = Random(f"weights {seed} {draw}")
    weights = [1.0 if draw == 0 else chance.expovariate(1.0) for _ in range(count)]
    total = sum(weights) or 1.0
    return json.dumps([round(weight / total, 6) for weight in weights])


def read_weights(distilled: str, count: int) -> list[float]:
    """Return the weighting that a prompt holds; equal weights where it holds none for so many."""
    try:
        weights = msgspec.json.decode(distilled.encode("utf-8", "replace"), type=list[float])
    except msgspec.DecodeError:
        weights = []
    return weights if len(weights) == count and sum(weights) > 0 else [1.0] * count
