"""pass@k: the chance that at least one of k samples of a task passes, averaged over tasks, with an interval.

Of n samples of one task, c pass. `pass_at_k` is the unbiased estimator 1 − C(n−c, k) / C(n, k) = 1 − Π (1 −
k/i) over i = n−c+1 … n, in whole numbers up to one division, so that nothing rounds on the way. A score is
its mean over tasks; tasks are the units that were drawn, so the interval resamples tasks: a seeded percentile
bootstrap. Tasks with the same value are interchangeable, so one resample is one multinomial draw over the
distinct values, and 2,000 of them cost milliseconds however many tasks there are.

Where all tasks have the same value a bootstrap has nothing to resample and would claim certainty; the Wilson
score interval with tasks as trials is given instead (164 of 164 passed is 0.977 to 1, not 1 to 1).

Leaves out: comparing two runs (paired), and the spread between samples of one task, which n > k already
averages.

Source: Chen et al., Evaluating Large Language Models Trained on Code, arXiv:2107.03374, section 2.1.
"""

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

RESAMPLES = 2_000
LEVEL = 0.95
Z = 1.959963984540054
"""Two-sided normal quantile of `LEVEL`."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """pass@k over some tasks."""

    k: int
    value: float
    """Mean over tasks, 0 to 1."""
    ci: tuple[float, float]
    """95 % interval for the mean."""
    tasks: int
    """Tasks with at least k scored samples; the others are not in `value`."""


def pass_at_k(n: int, c: int, k: int) -> float:
    """Estimate the chance that one of `k` samples passes, from `c` passes among `n` samples of one task.

    >>> pass_at_k(10, 3, 1)
    0.3
    >>> pass_at_k(2, 1, 2)
    1.0
    """
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"pass@{k} of {c} passes among {n} samples is not defined")
    ways = math.comb(n, k)
    return (ways - math.comb(n - c, k)) / ways


def estimate(counts: Iterable[tuple[int, int]], k: int, *, seed: int = 0) -> Estimate | None:
    """Estimate pass@k over tasks given as (samples, passes); None where no task has `k` samples.

    >>> estimate([(1, 1), (1, 0), (1, 1), (1, 0)], 1)
    Estimate(k=1, value=0.5, ci=(0.0, 1.0), tasks=4)
    """
    values = [pass_at_k(n, c, k) for n, c in counts if n >= k]
    if not values:
        return None
    return Estimate(
        k=k, value=math.fsum(values) / len(values), ci=interval(values, seed=seed), tasks=len(values)
    )


def interval(values: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES) -> tuple[float, float]:
    """Return the 95 % interval for the mean of per-task values (0 to 1); the seed fixes it."""
    tally = Counter(values)
    if len(tally) == 1:
        return wilson(values[0], len(values))
    rng = random.Random(seed)
    distinct = sorted(tally.items())
    means = sorted(_resampled_mean(distinct, len(values), rng) for _ in range(resamples))
    tail = round(resamples * (1.0 - LEVEL) / 2.0)
    return means[tail], means[-1 - tail]


def wilson(share: float, trials: int) -> tuple[float, float]:
    """Return the Wilson 95 % score interval of a share seen in `trials`.

    >>> [round(end, 3) for end in wilson(1.0, 164)]
    [0.977, 1.0]
    """
    z2 = Z * Z / trials
    middle = (share + z2 / 2.0) / (1.0 + z2)
    half = Z / (1.0 + z2) * math.sqrt(share * (1.0 - share) / trials + z2 / (4.0 * trials))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return (0.0 if share == 0.0 else low), (1.0 if share == 1.0 else high)


def _resampled_mean(distinct: list[tuple[float, int]], total: int, rng: random.Random) -> float:
    """Draw `total` tasks with replacement and return their mean: one multinomial, as a chain of binomials."""
    draws_left, tasks_left = total, total
    parts = []
    for value, tasks in distinct:
        drawn = draws_left if tasks == tasks_left else rng.binomialvariate(draws_left, tasks / tasks_left)
        parts.append(value * drawn)
        draws_left -= drawn
        tasks_left -= tasks
    return math.fsum(parts) / total
