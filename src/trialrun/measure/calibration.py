"""How far a confidence is to be trusted: reliability by bins, expected calibration error, Brier score.

Leaves out: making the confidence fit (recalibration).
"""

from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of similar confidence."""

    low: float
    high: float
    n: int
    confidence: float
    """Mean confidence; 0 where there is none."""
    right: float
    """Share that was right."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What confidences were worth."""

    bins: tuple[Bin, ...]
    brier: float
    """Mean squared difference of confidence and truth, 0 is best; always saying one half gives 0.25."""
    error: float
    """Expected calibration error: mean difference of confidence and share, by bin."""
    n: int


def calibration(judged: Sequence[tuple[float, bool]], bins: int = BINS) -> Calibration:
    """Return the calibration of (confidence, right) pairs; confidences lie between 0 and 1.

    >>> found = calibration([(1.0, True), (1.0, True), (0.5, False), (0.5, True)])
    >>> found.brier, found.error, [(one.low, one.n, one.right) for one in found.bins if one.n]
    (0.125, 0.0, [(0.5, 2, 0.5), (0.9, 2, 1.0)])
    """
    sorted_in: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, right in judged:
        if not 0.0 <= confidence <= 1.0:
            raise ValueError(f"a confidence of {confidence} is not between 0 and 1")
        sorted_in[min(int(confidence * bins), bins - 1)].append((confidence, right))
    total = len(judged) or 1
    made = [_bin(number / bins, (number + 1) / bins, some) for number, some in enumerate(sorted_in)]
    return Calibration(
        bins=tuple(made),
        brier=sum((confidence - right) ** 2 for confidence, right in judged) / total,
        error=sum(one.n * abs(one.confidence - one.right) for one in made) / total,
        n=len(judged),
    )


def _bin(low: float, high: float, some: list[tuple[float, bool]]) -> Bin:
    count = len(some) or 1
    return Bin(low, high, len(some), sum(c for c, _ in some) / count, sum(right for _, right in some) / count)
