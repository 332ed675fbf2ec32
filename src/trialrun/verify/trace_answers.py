"""Predicted traces, graded against what really ran: executed lines, their symbols, final values.

*Lines* are compared in order. Under the data set's rules the published list decides, exactly; without one, and under
`strict`, a trace does, consecutive duplicates drawn together on both sides, since interpreters differ in how often they
enter one line (comprehensions are calls of their own before Python 3.12). The score is a similarity of the two lists as
`difflib.SequenceMatcher` has it. *Final values* are those of a function's own variables when its call is over.

Leaves out: shares over several questions (`measure/reasoning.py`).
Source: CoCoNUT (2025), "CoCoNUT: Structural Code Understanding does not fall out of a tree".
"""

import difflib
import itertools
import re
from collections.abc import Sequence

from trialrun.core import compare_values, values
from trialrun.core.execution import Outcome, require_real
from trialrun.core.judgement import Verdict
from trialrun.core.trace import Event, Trace
from trialrun.lang.final_answer import final_answer
from trialrun.lang.literal_calls import read_literal
from trialrun.observe.cross_check import drawn_together
from trialrun.verify.answers import Asked, Graded, graded
from trialrun.verify.cases import SHOWN, text_of
from trialrun.verify.value_answers import PYTHON, STRICT, encoded

SYMBOLS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()-_=+[]{}|;:'\",.<>?/"
"""What lines are called in the symbol form, from the first on: letters, then 29 signs."""
LONGEST = 20_000
"""Lines of a trace or of an answer that are compared."""


def read_lines(text: str) -> list[int] | None:
    """Return the line numbers of an answer: a list of whole numbers, or numbers apart by commas or blanks.

    >>> read_lines("[3, 4, 4]"), read_lines("3, 4"), read_lines("lines three and four")
    ([3, 4, 4], [3, 4], None)
    """
    found = read_literal(text)
    value = found.value if found is not None else None
    if isinstance(value, list | tuple) and all(type(item) is int for item in value):
        return list(value)[:LONGEST]
    if type(value) is int:
        return [value]
    if re.fullmatch(r"[\s\[(]*\d+(?:[\s,]+\d+)*[\s,\])]*", text):
        return [int(number) for number in re.findall(r"\d{1,9}", text)][:LONGEST]
    return None


def symbols_of(lines: Sequence[int]) -> str | None:
    """Return lines as symbols; None where a program is too long to have one for each of its lines."""
    if any(not 0 < line <= len(SYMBOLS) for line in lines):
        return None
    return "".join(SYMBOLS[line - 1] for line in lines)


def similarity(got: Sequence[object], wanted: Sequence[object]) -> float:
    """Return how alike two traces are, 0 to 1: their items joined by commas, by `difflib.SequenceMatcher`."""
    left, right = (",".join(map(str, items[:LONGEST])) for items in (wanted, got))
    return difflib.SequenceMatcher(None, left, right).ratio()


def published_similarity(got: str, wanted: str) -> float:
    """Return CoCoNUT's own similarity of two texts of lists: it joins their characters, not their numbers, by commas.

    >>> round(published_similarity("[18]", "[18, 18, 18, 18, 18]"), 4)
    0.3043
    """
    left, right = (",".join(text[: 8 * LONGEST]) for text in (wanted, got))
    return difflib.SequenceMatcher(None, left, right).ratio()


def grade_lines(asked: Asked) -> Graded:
    """Grade the lines that a call executes, in order."""
    answer = final_answer(asked.text)
    got = read_lines(answer)
    if asked.check.expected is not None and not asked.strict:
        wanted = read_lines(asked.check.expected) or []
        score = published_similarity(answer if got is None else str(got), str(wanted))
        return _lines(got, wanted, got == wanted, "lines: published, exact", answer, score)
    trace = asked.trace()
    if fault := _fault(trace):
        return graded(None, "lines: drawn together", message=fault)
    wanted = trace.lines()[:LONGEST]
    right = got is not None and drawn_together(got) == drawn_together(wanted)
    return _lines(got, wanted, right, "lines: drawn together", answer, similarity(got or [], wanted))


def grade_symbols(asked: Asked) -> Graded:
    """Grade the executed lines where each line is called by one sign."""
    answer = "".join(final_answer(asked.text).split())
    if asked.check.expected is not None and not asked.strict:
        wanted: str | None = asked.check.expected
    else:
        trace = asked.trace()
        if fault := _fault(trace):
            return graded(None, "symbols", message=fault)
        wanted = symbols_of(trace.lines()[:LONGEST])
    if wanted is None:
        return graded(None, "symbols", message="the program has more lines than there are symbols")
    right = answer == wanted
    if asked.check.expected is None or asked.strict:
        right = [sign for sign, _ in itertools.groupby(answer)] == [
            sign for sign, _ in itertools.groupby(wanted)
        ]
    return Graded(
        verdict=Verdict.PASS if right else Verdict.FAIL,
        score=1.0 if right else similarity(answer, wanted),
        comparator="symbols",
        expected=wanted[:SHOWN],
        got=answer[:SHOWN],
    )


def grade_final_values(asked: Asked) -> Graded:
    """Grade the values that a function's variables have when its call is over, as a dict literal."""
    answer = final_answer(asked.text)
    trace = asked.trace()
    how = STRICT if asked.strict else PYTHON
    if fault := _fault(trace):
        return graded(None, f"values: {how.name}", message=fault)
    wanted = final_values(trace)
    found = read_literal(answer)
    shown = ", ".join(f"{name} = {text_of(data)}" for name, data in wanted.items())[:SHOWN]
    if found is None or type(found.value) is not dict:
        return graded(
            False, f"values: {how.name}", expected=shown, got=answer[:SHOWN], message="no dict literal"
        )
    right = 0
    for name, data in wanted.items():
        got = encoded(found.value[name]) if name in found.value else None
        right += got is not None and compare_values.equal(got, data, how) is True
    complete = right == len(wanted) and not found.value.keys() - wanted.keys()
    return Graded(
        verdict=Verdict.PASS if complete else Verdict.FAIL,
        score=right / len(wanted) if wanted else 0.0,
        comparator=f"values: {how.name}",
        expected=shown,
        got=answer[:SHOWN],
    )


def final_values(trace: Trace) -> dict[str, bytes]:
    """Return the last value of each variable of the outermost call, where the whole value is known."""
    found: dict[str, bytes] = {}
    outermost = min((frame for frame in trace.frame if frame >= 0), default=-1)
    for event, kind in enumerate(trace.kind):
        if trace.frame[event] != outermost or kind not in (Event.CALL, Event.BLOCK, Event.RETURN):
            continue
        for binding in trace.bindings(event):
            if binding.name == "return":
                continue
            found.pop(binding.name, None)
            if binding.value.is_whole:
                found[binding.name] = binding.value.data
    return {name: data for name, data in found.items() if _certain(data)}


def _certain(data: bytes) -> bool:
    try:
        return compare_values.equal(data, data) is True
    except values.Malformed:
        return False


def _fault(trace: Trace) -> str:
    """Say why a trace decides nothing."""
    execution = require_real(trace.execution)
    if execution.outcome not in (Outcome.RETURNED, Outcome.RAISED):
        return f"the call itself ended with {execution.ending[:SHOWN]}"
    return "" if trace.is_complete else "the trace is too long"


def _lines(
    got: list[int] | None, wanted: list[int], right: bool, comparator: str, answer: str, score: float
) -> Graded:
    return Graded(
        verdict=Verdict.PASS if right else Verdict.FAIL,
        score=1.0 if right else score,
        comparator=comparator,
        expected=str(wanted)[:SHOWN],
        got=answer[:SHOWN],
        message="" if got is not None else "no list of line numbers",
    )
