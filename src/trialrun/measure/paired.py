"""Paired statistics: two runs over the same tasks, compared sample by sample.

Two runs that share their tasks are not two independent draws, so their intervals may overlap while the difference is
certain. Here only what differs counts. Of n pairs, b passed in A alone and c in B alone: McNemar's exact test asks
how likely a split at least as uneven is if both were equally likely, in whole numbers up to one division. The
interval of the difference in pass@1 resamples tasks, which are the units that were drawn, by the same seeded
bootstrap as pass@k's own interval.

Where every task has the same difference a bootstrap would claim certainty; the interval is then as wide as an exact
97.5 % bound on the share of tasks that could have had another one (rule of three, exactly), at the worst value.

With several samples a task McNemar's pairs are not independent within a task; `sign_test`, over tasks, is valid
then too and equals it for one sample a task.

Leaves out: more than two runs (no correction for comparing many), pass@k for k above 1.

Source: McNemar 1947; Clopper and Pearson 1934; Efron and Tibshirani 1993, chapter 13.
"""

import math
from collections.abc import Iterable, Sequence

import msgspec

from trialrun.measure.pass_at_k import LEVEL, interval


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs over common (task, sample) pairs."""

    pairs: int
    """(task, sample) pairs with a verdict in both runs."""
    tasks: int
    both: int
    """Pairs that passed in both runs."""
    only_a: int
    only_b: int
    neither: int
    mcnemar_p: float
    """Two-sided exact p-value over pairs."""
    tasks_a_better: int
    """Tasks of which more samples passed in A."""
    tasks_b_better: int
    sign_p: float
    """Two-sided exact p-value over tasks; equals `mcnemar_p` with one sample a task."""
    pass_at_1_a: float
    """Mean over common tasks of the share of passed samples."""
    pass_at_1_b: float
    difference: float
    """pass@1 of B minus that of A."""
    difference_ci: tuple[float, float]
    """95 % interval, paired bootstrap over tasks."""


def exact_p(only_a: int, only_b: int) -> float:
    """Return the two-sided exact p-value of a split of discordant pairs.

    >>> exact_p(0, 5), exact_p(3, 3), exact_p(0, 0)
    (0.0625, 1.0, 1.0)
    """
    discordant = only_a + only_b
    ways, tail = 1, 0
    for k in range(min(only_a, only_b) + 1):  # ways = C(discordant, k)
        tail += ways
        ways = ways * (discordant - k) // (k + 1)
    return min(1.0, 2 * tail / (1 << discordant))


def difference_interval(differences: Sequence[float], *, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the mean of per-task differences, each from -1 to 1.

    >>> low, high = difference_interval([0.0] * 164)
    >>> round(low, 3), round(high, 3)
    (-0.022, 0.022)
    """
    first = differences[0]
    if any(value != first for value in differences):
        return interval(differences, seed=seed)
    unseen = 1.0 - ((1.0 - LEVEL) / 2.0) ** (1.0 / len(differences))
    return first - unseen * (first + 1.0), first + unseen * (1.0 - first)


def compare_pairs(pairs: Iterable[tuple[str, bool, bool]], *, seed: int = 0) -> Paired | None:
    """Compare (task id, passed in A, passed in B), one per common sample; None where there is none."""
    by_task: dict[str, list[tuple[bool, bool]]] = {}
    for task, a, b in pairs:
        by_task.setdefault(task, []).append((a, b))
    if not by_task:
        return None
    everything = [pair for found in by_task.values() for pair in found]
    only_a = everything.count((True, False))
    only_b = everything.count((False, True))
    shares = [
        (sum(a for a, _ in found) / len(found), sum(b for _, b in found) / len(found))
        for _, found in sorted(by_task.items())
    ]
    differences = [b - a for a, b in shares]
    a_better, b_better = sum(d < 0 for d in differences), sum(d > 0 for d in differences)
    return Paired(
        pairs=len(everything),
        tasks=len(by_task),
        both=everything.count((True, True)),
        only_a=only_a,
        only_b=only_b,
        neither=everything.count((False, False)),
        mcnemar_p=exact_p(only_a, only_b),
        tasks_a_better=a_better,
        tasks_b_better=b_better,
        sign_p=exact_p(a_better, b_better),
        pass_at_1_a=math.fsum(a for a, _ in shares) / len(shares),
        pass_at_1_b=math.fsum(b for _, b in shares) / len(shares),
        difference=math.fsum(differences) / len(differences),
        difference_ci=difference_interval(differences, seed=seed),
    )
