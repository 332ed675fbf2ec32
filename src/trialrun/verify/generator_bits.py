"""The bits of a problem generator, and what is known of one: plain data.

Leaves out: forming them (`generator_examination.py`).
"""

import enum
from dataclasses import dataclass

from trialrun.verify.independent import Variant


class Bit(enum.StrEnum):
    """One property of a generator."""

    EXTRACTABLE = "extractable"
    EXECUTABLE = "executable"
    FREEDOM = "freedom"
    SINGLE_VALUED = "single-valued"
    ORIGINAL = "original"
    INFLUENCE = "influence"
    AGREES = "agrees"
    SHOWS = "shows"
    STEADY = "steady"
    SOUND = "sound"


PAPER = (Bit.EXTRACTABLE, Bit.EXECUTABLE, Bit.FREEDOM, Bit.SINGLE_VALUED, Bit.ORIGINAL)
"""The published checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is tried."""

    draws: int = 100
    paper_draws: int = 20
    """Draws that the published checks are held to."""
    mutants: int = 8
    """Mutants of `solve` that are made; with none, `influence` is about parameters alone."""
    most_rejected: float = 0.9
    """Share of draws that may be in vain."""
    seed: int = 0
    """First seed of the draws; their number follows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known of a generator."""

    bits: dict[Bit, bool | None]
    """Every bit; None where it could not be formed."""
    reasons: dict[Bit, str]
    """Why bits are not true, in words that may be hostile."""
    variants: tuple[Variant, ...] = ()
    """Problems that it made, the original one left out, in the order of their seeds."""
    drawn: int = 0
    mutants: tuple[int, int] = (0, 0)
    """Mutants of `solve` that were caught, and those that answer otherwise."""
    cpu_s: float = 0.0

    @property
    def paper_valid(self) -> bool:
        """Whether the five published checks hold."""
        return all(self.bits[bit] for bit in PAPER)

    @property
    def strong_valid(self) -> bool:
        """Whether all checks hold."""
        return all(self.bits.values())

    @property
    def score(self) -> float:
        """Share of the bits that hold: a reward."""
        return sum(value is True for value in self.bits.values()) / len(self.bits)
