"""Predicted outputs, graded as text by the rules of SURGE's families, and by ours where those are known to be wrong.

`exact`: equal text. `numeric`: 1 less the mean relative error of the numbers in both texts, missing ones read as 0,
surplus ones cut; `last-number`: after the last colon. `order`: Spearman's rank correlation of two lists of numbers.
`jaccard`: of the lower-cased words. `ratio`: `difflib`'s; `board`: the better of two readings. `lean`: messages of a
proof checker by line. Scores lie between 0 and 1. The published rules hold unless the run is `strict`, whose rules
differ in three: numbers near 0 have an absolute floor, numbers are found in any text, and a fenced answer of JSON is
read without its fence.

Leaves out: running the programs (`value_answers.grade_printed`).
Source: SURGE (2025), `eval/` of its repository, rewritten.
"""

import difflib
import json
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from trialrun.core.judgement import Verdict
from trialrun.verify.answers import Asked, Graded
from trialrun.verify.cases import SHOWN

FLOOR = 1e-3
"""Absolute value below which an expected number counts as this, in our relative error."""
_PUBLISHED_FLOOR = 1e-10
LONGEST = 100_000
"""Characters of a text that are compared."""
_RULED = "------- 0 -------"
"""The line below the last board of a game."""
_WHOLE = ("lean", "board")
"""Families whose rules read all that was said."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def grade_text(asked: Asked) -> Graded:
    """Grade an answer by the rule of its family."""
    wanted = (asked.check.expected or "")[:LONGEST]
    family = asked.check.family or "exact"
    said = asked.text[:LONGEST]
    answer = said if family in _WHOLE else published_answer(said) or ""
    score = SCORES[family](answer, wanted, asked.strict)
    return Graded(
        verdict=Verdict.PASS if score >= 1.0 else Verdict.FAIL,
        score=score,
        comparator=f"text: {family}, {'ours' if asked.strict else 'published'}",
        expected=wanted[:SHOWN],
        got=answer[:SHOWN],
    )


def published_answer(text: str) -> str | None:
    """Return the answer in a model's text by SURGE's rule; None where there is none.

    What follows the first `Output:`, bold marks and what they enclose dropped; of it the first fenced block, else the
    first inline code, else the first paragraph.
    """
    text = text.strip()
    if sign := re.search(r"Output:\s*(.*)", text, re.DOTALL):
        text = sign[1].strip()
    text = re.sub(r"\*\*.*?\*\*\s*", "", text)
    if fenced := re.search(r"```\w*\n(.*?)\n```", text, re.DOTALL):
        return fenced[1].strip()
    if inline := re.search(r"`([^`]+)`", text):
        return inline[1].strip()
    return text.split("\n\n")[0].strip() or None


def exact(answer: str, wanted: str, strict: bool) -> float:
    """Return 1 for the same text, blanks at both ends apart."""
    return float(answer.strip() == wanted.strip())


def numeric(answer: str, wanted: str, strict: bool) -> float:
    """Return 1 less the mean relative error, not below 0.

    >>> numeric("[1e-6, 1]", "[0, 1]", False), numeric("[1e-6, 1]", "[0, 1]", True) > 0.99
    (0.0, True)
    """
    if strict:
        got, expected = numbers(answer), numbers(wanted)
        if not expected:
            return exact(answer, wanted, strict)
    else:
        try:
            got, expected = published_numbers(answer), published_numbers(wanted)
        except ValueError:
            return 0.0
    got = (got + [0.0] * len(expected))[: len(expected)]
    sizes = [max(abs(g), FLOOR) if strict else abs(g) + _PUBLISHED_FLOOR for g in expected]
    errors = [abs(o - g) / size for o, g, size in zip(got, expected, sizes, strict=True)]
    return _clip(1.0 - sum(errors) / len(errors)) if errors else 0.0


def last_number(answer: str, wanted: str, strict: bool) -> float:
    """Return the same for what follows the last colon of both texts."""
    return numeric(answer.split(":")[-1].strip(), wanted.split(":")[-1].strip(), strict)


def order(answer: str, wanted: str, strict: bool) -> float:
    """Return Spearman's correlation of two lists of numbers, not below 0; 0 where their lengths differ.

    >>> order("[1, 2, 3]", "[10, 20, 30]", False), order("[3, 2, 1]", "[1, 2, 3]", False)
    (1.0, 0.0)
    """
    try:
        got, expected = (
            (numbers(answer), numbers(wanted))
            if strict
            else (published_numbers(answer), published_numbers(wanted))
        )
    except ValueError:
        return 0.0
    if not all(map(math.isfinite, got)):
        return 0.0  # what has no order, or stands above all, would be ranked as it was written
    if strict and got == expected:
        return 1.0
    if len(got) != len(expected) or len(got) < 2:
        return 0.0
    return _clip(spearman(got, expected))


def jaccard(answer: str, wanted: str, strict: bool) -> float:
    """Return the shared words over all words, in lower case.

    >>> jaccard("Error: no file", "error: no such file", False)
    0.75
    """
    one, two = set(answer.lower().split()), set(wanted.lower().split())
    return len(one & two) / len(one | two) if one | two else 1.0


def ratio(answer: str, wanted: str, strict: bool) -> float:
    """Return `difflib`'s similarity of two texts."""
    return difflib.SequenceMatcher(None, wanted, answer).ratio()


def board(said: str, wanted: str, strict: bool) -> float:
    """Return the better similarity of two readings of a game of sudoku: the answer, and the last board drawn."""
    readings = [published_answer(said) or ""]
    drawn = [found.start() for found in re.finditer(re.escape(_RULED), said)]
    if drawn:
        readings.append(
            published_answer(said[max(0, drawn[-1] - 18 * 9 - 2) : drawn[-1] + len(_RULED)]) or ""
        )
    return max(ratio(reading, wanted, strict) for reading in readings)


def lean(answer: str, wanted: str, strict: bool) -> float:
    """Return how well the messages of a proof checker were foretold: 1 where both pass, 0 where one alone does.

    Else the mean, over the true errors, of the word similarity of the message foretold for the same line.
    """
    true, told = _json(wanted), _json((published_answer(answer) or "") if strict else answer)
    if true is None or told is None or bool(true.get("pass")) != bool(told.get("pass")):
        return 0.0
    if true.get("pass"):
        return 1.0
    errors, foretold = _errors(true), _errors(told)
    if not errors:
        return float(not foretold)
    by_line = dict(reversed(foretold))
    return sum(jaccard(by_line[line], text, strict) for line, text in errors if line in by_line) / len(errors)


SCORES: dict[str, Callable[[str, str, bool], float]] = {
    "exact": exact,
    "numeric": numeric,
    "last-number": last_number,
    "order": order,
    "jaccard": jaccard,
    "ratio": ratio,
    "board": board,
    "lean": lean,
}
"""Rules by name: (answer, expected, ours) → 0 to 1."""


def published_numbers(text: str) -> list[float]:
    """Return the numbers of a text as the published grader reads them. Raises `ValueError` where it reads none."""
    text = text.replace("\n", " ").strip()
    scientific = "e+" in text or "e-" in text
    if "," in text and scientific:
        parts = text.split(",")
    elif scientific:
        parts = re.sub(r"['\[\]]", "", text).split()
    elif "[[" in text and "]]" in text:
        parts = [part.rstrip(".") for part in re.sub(r"[\[\]]", "", text).split()]
    elif text.startswith("[") and text.endswith("]"):
        inside = text.strip("[]")
        parts = [part for part in inside.split("," if "," in inside else None) if part.strip()]
    else:
        parts = text.split(",")
    return [float(part) for part in parts]


def numbers(text: str) -> list[float]:
    """Return the numbers of a text in order.

    >>> numbers("x = 1.5e3, then -2")
    [1500.0, -2.0]
    """
    return [float(number) for number in _NUMBER.findall(text[:LONGEST])]


def spearman(one: Sequence[float], two: Sequence[float]) -> float:
    """Return Spearman's rank correlation of two sequences of one length, ties by mean ranks; 0 where one is constant.

    >>> spearman([1, 2, 3, 4], [1, 2, 4, 3])
    0.8
    """
    ranks = [_ranks(one), _ranks(two)]
    means = [sum(rank) / len(rank) for rank in ranks]
    moves = [[rank - mean for rank in some] for some, mean in zip(ranks, means, strict=True)]
    spread = [sum(move * move for move in some) for some in moves]
    if not all(spread):
        return 0.0
    both = sum(a * b for a, b in zip(*moves, strict=True))
    return float(round(both / (spread[0] * spread[1]) ** 0.5, 12))


def _ranks(items: Sequence[float]) -> list[float]:
    order_ = sorted(range(len(items)), key=lambda place: items[place])
    ranks = [0.0] * len(items)
    start = 0
    while start < len(order_):
        end = start
        while end + 1 < len(order_) and items[order_[end + 1]] == items[order_[start]]:
            end += 1
        for place in order_[start : end + 1]:
            ranks[place] = (start + end) / 2
        start = end + 1
    return ranks


def _clip(score: float) -> float:
    return max(0.0, min(1.0, score)) if score == score else 0.0


def _json(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _errors(document: dict[str, Any]) -> list[tuple[Any, str]]:
    """Return (line, message) of each error."""
    listed = document.get("errors")
    found = []
    for error in listed if isinstance(listed, list) else []:
        if isinstance(error, dict):
            position = error.get("pos")
            line = position.get("line") if isinstance(position, dict) else None
            found.append((line if isinstance(line, int) else None, str(error.get("data", ""))))
    return found
