"""How well a log was abstracted: grouping accuracy, parsing accuracy, and precision and recall of each category.

Grouping accuracy (GA) is the share of lines whose group holds just the lines of a true group; one wrong merge of a
large group moves it far, so parsing accuracy (PA), the share of lines whose template has the true text, always stands
beside it. True groups are lines with the same true template.

Leaves out: agreement of annotators.
Source: VALB (2023); Zhu and others, "Tools and Benchmarks for Automated Log Parsing" (2019).
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """GA and PA, always together."""

    grouping: float
    """0 to 1."""
    parsing: float
    """0 to 1."""
    lines: int


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of one category; 0 where nothing was found or nothing was there."""

    precision: float
    recall: float
    f1: float
    support: int
    """Tokens that are of this category."""


def agreement(groups: Sequence[Hashable], texts: Sequence[str], truth: Sequence[str]) -> Agreement:
    """Compare the groups and template texts of lines with their true templates; all have one entry per line.

    >>> agreement([0, 0, 1], ["a <*>", "a <*>", "b"], ["a <*>", "a <*>", "b <*>"])
    Agreement(grouping=1.0, parsing=0.6666666666666666, lines=3)
    """
    if not len(groups) == len(texts) == len(truth):
        raise ValueError("groups, texts and truth have one entry for each line")
    found: dict[Hashable, set[int]] = defaultdict(set)
    true: dict[str, set[int]] = defaultdict(set)
    for line, (group, template) in enumerate(zip(groups, truth, strict=True)):
        found[group].add(line)
        true[template].add(line)
    right = sum(len(lines) for lines in found.values() if true[truth[min(lines)]] == lines)
    same = sum(text == template for text, template in zip(texts, truth, strict=True))
    total = len(truth)
    return Agreement(right / total if total else 0.0, same / total if total else 0.0, total)


def pairwise_f1(groups: Sequence[Hashable], truth: Sequence[Hashable]) -> Score:
    """Compare which pairs of items are together with which should be; `support` is the number of true pairs."""
    both = _pairs(Counter(zip(groups, truth, strict=True)).values())
    found, true = _pairs(Counter(groups).values()), _pairs(Counter(truth).values())
    return _score(both, found, true)


def by_category(found: Sequence[str], truth: Sequence[str]) -> dict[str, Score]:
    """Return the score of each label that the truth has, by label."""
    hits = Counter(one for one, other in zip(found, truth, strict=True) if one == other)
    guessed, there = Counter(found), Counter(truth)
    return {label: _score(hits[label], guessed[label], there[label]) for label in sorted(there)}


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def _score(hits: int, found: int, true: int) -> Score:
    precision = hits / found if found else 0.0
    recall = hits / true if true else 0.0
    return Score(precision, recall, 2 * hits / (found + true) if found + true else 0.0, true)
