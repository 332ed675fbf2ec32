"""Spectra: which parts of a program ran in passing and in failing runs, and how suspicious that makes each.

Of a part, e_f failing and e_p passing runs ran it, n_f and n_p did not:

    ochiai      e_f / sqrt((e_f + n_f) (e_f + e_p))
    dstar       e_f^2 / (e_p + n_f)
    tarantula   (e_f / F) / (e_f / F + e_p / P)
    jaccard     e_f / (e_f + n_f + e_p)
    op2         e_f - e_p / (P + 1)
    random      a control: the same seed gives the same order

Ties are not broken by the order of the text: a part has a best, an average and a worst rank. EXAM is the share of the
parts that are looked at until the first faulty one is met. Traces are the programs' own word, so ranks are hints.

Leaves out: slices, weights by how often a part ran, choosing tests. Sources: Abreu et al. (2007), Wong et al. (2014),
Jones and Harrold (2005), Naish et al. (2011); Pearson et al. (2017) for ranks and EXAM.
"""

import hashlib
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from trialrun.core.trace import Trace
from trialrun.observe.coverage import block_counts, executable_lines, line_counts, recorded_blocks

Part = Literal["line", "block"]


class Counts(NamedTuple):
    """In how many runs a part ran and did not."""

    ef: int
    ep: int
    nf: int
    np: int


@dataclass(frozen=True, slots=True)
class Spectrum:
    """What ran in which runs of one program."""

    counts: Mapping[int, Counts]
    """Part (a line's number, or a block's) → its counts, for every part of the program."""
    failing: int
    passing: int
    flagged: int = 0
    """Traces in which something was flagged, or events were missing: their parts may have run unseen."""


def spectrum(runs: Iterable[tuple[Trace, bool]], part: Part = "block") -> Spectrum:
    """Count over (trace, whether the run failed) pairs of one program. Raises `ValueError` for different programs."""
    ran: dict[int, list[int]] = {}
    total = [0, 0]
    flagged = 0
    sources = None
    for trace, failed in runs:
        if sources not in (None, trace.sources):
            raise ValueError("a spectrum is of one program")
        sources = trace.sources
        total[failed] += 1
        flagged += bool(trace.flags or trace.dropped)
        parts = executable_lines(trace) if part == "line" else recorded_blocks(trace)
        for one in parts:
            ran.setdefault(one, [0, 0])
        seen = line_counts(trace) if part == "line" else block_counts(trace)
        for one in seen:
            ran.setdefault(one, [0, 0])[failed] += 1
    passing, failing = total
    counts = {
        one: Counts(ef=failed, ep=passed, nf=failing - failed, np=passing - passed)
        for one, (passed, failed) in sorted(ran.items())
    }
    return Spectrum(counts=counts, failing=failing, passing=passing, flagged=flagged)


def ochiai(counts: Counts) -> float:
    """Return 0 to 1: the cosine of the part's runs and the failing runs."""
    below = (counts.ef + counts.nf) * (counts.ef + counts.ep)
    return counts.ef / math.sqrt(below) if below else 0.0


def dstar(counts: Counts, star: int = 2) -> float:
    """Return 0 to infinity; infinite where all failing runs and no passing one ran the part."""
    below = counts.ep + counts.nf
    if below:
        return float(counts.ef**star) / below
    return math.inf if counts.ef else 0.0


def tarantula(counts: Counts) -> float:
    """Return 0 to 1: the share of failing runs against that of passing ones."""
    failing, passing = counts.ef + counts.nf, counts.ep + counts.np
    share = counts.ef / failing if failing else 0.0
    other = counts.ep / passing if passing else 0.0
    return share / (share + other) if share + other else 0.0


def jaccard(counts: Counts) -> float:
    """Return 0 to 1: runs that failed and ran the part, of those that did one of both."""
    below = counts.ef + counts.nf + counts.ep
    return counts.ef / below if below else 0.0


def op2(counts: Counts) -> float:
    """Return -1 to the number of failing runs; made for programs with one fault."""
    return counts.ef - counts.ep / (counts.ep + counts.np + 1)


FORMULAS: Mapping[str, Callable[[Counts], float]] = {
    "ochiai": ochiai,
    "dstar": dstar,
    "tarantula": tarantula,
    "jaccard": jaccard,
    "op2": op2,
}


def suspiciousness(found: Spectrum, formula: str = "ochiai", *, seed: int = 0) -> dict[int, float]:
    """Return each part's score by a formula of the module, or `random`. Raises `KeyError` for another name."""
    if formula == "random":
        return {part: _chance(part, seed) for part in found.counts}
    score = FORMULAS[formula]
    return {part: score(counts) for part, counts in found.counts.items()}


def _chance(part: int, seed: int) -> float:
    digest = hashlib.sha256(f"{seed}:{part}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / float(1 << 56)


class Rank(NamedTuple):
    """Places of a part from 1, by descending score: if it comes first, midway or last among those of its score."""

    best: int
    average: float
    worst: int


def ranks(scores: Mapping[int, float]) -> dict[int, Rank]:
    """Return the ranks of all parts."""
    groups: dict[float, list[int]] = {}
    for part, score in scores.items():
        groups.setdefault(score, []).append(part)
    found: dict[int, Rank] = {}
    before = 0
    for score in sorted(groups, reverse=True):
        size = len(groups[score])
        rank = Rank(before + 1, before + (size + 1) / 2, before + size)
        found.update(dict.fromkeys(groups[score], rank))
        before += size
    return found


def first_faulty(scores: Mapping[int, float], faulty: Collection[int]) -> Rank:
    """Return the rank at which the first of several faulty parts is met; ties are in random order on average.

    Raises `ValueError` where none of them has a score.
    """
    known = [part for part in faulty if part in scores]
    if not known:
        raise ValueError("none of the faulty parts has a score")
    highest = max(scores[part] for part in known)
    size = sum(score == highest for score in scores.values())
    wanted = sum(scores[part] == highest for part in known)
    before = sum(score > highest for score in scores.values())
    # The first of `wanted` in a random order of `size` is expected at (size + 1) / (wanted + 1).
    return Rank(before + 1, before + (size + 1) / (wanted + 1), before + size - wanted + 1)


def exam(scores: Mapping[int, float], faulty: Collection[int]) -> Rank:
    """Return EXAM as shares of the parts (0 to 1), best, average and worst. Raises `ValueError` as `first_faulty`."""
    rank = first_faulty(scores, faulty)
    return Rank(*(one / len(scores) for one in rank))  # type: ignore[arg-type]
