"""What makes inputs: seeds, proposers, and what a proposer is told of its inputs.

A proposer yields batches of cases and is sent, for each batch, one `Feedback` a case. It runs nothing and decides
nothing: whoever asked runs the cases (`compare/differential.py`) and stops when it has seen enough. Batches start small
and grow, since many differences show within a few inputs.

Leaves out: the proposers themselves, one a module.
"""

import enum
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from trialrun.core.task import Case


class Origin(enum.StrEnum):
    """Where a case comes from; the first is the strongest evidence that it is meant to be given."""

    RECORDED = "recorded"
    """A call that real code made."""
    EXAMPLE = "example"
    """A sample input, a docstring's or a test's example."""
    USER = "user"
    """Made by a strategy of the user's."""
    VALID = "valid"
    """Made by us; its types, relations and preconditions are those of the seeds."""
    FUZZED = "fuzzed"
    """Made by us, with a relation or a range of the seeds broken on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A case and where it comes from."""

    case: Case
    origin: Origin = Origin.EXAMPLE


@dataclass(frozen=True, slots=True)
class Feedback:
    """What became of one case."""

    novel: bool = False
    """Whether a program took a branch that no earlier case took, or behaved in a class of its own."""
    valid: bool = True
    """Whether the precondition held and not all of the programs refused the case by an exception."""
    cpu_s: float = 0.0
    """CPU seconds that all programs together used."""


Batches = Generator[Sequence[Seed], Sequence[Feedback], None]


class Proposer(Protocol):
    """Makes inputs from seeds; the same seeds, seed number and feedback give the same inputs."""

    def propose(self, seeds: Sequence[Seed]) -> Batches:
        """Yield batches of new cases, never one twice; end when there is nothing new to propose."""


def unguided(proposer: Proposer, seeds: Sequence[Seed], count: int) -> list[Case]:
    """Return the first `count` cases that a proposer makes where nobody runs them; fewer where it ends before."""
    proposing = proposer.propose(seeds)
    found: list[Case] = []
    batch = next(proposing, None)
    while batch and len(found) < count:
        found += [one.case for one in batch]
        try:
            batch = proposing.send([Feedback() for _ in batch])
        except StopIteration:
            break
    proposing.close()
    return found[:count]
