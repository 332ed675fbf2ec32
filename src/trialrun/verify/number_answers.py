r"""Answers to problems of mathematics, graded by value: `1/2`, `0.5` and `\frac12` are one answer.

The right answer is what the problem's generator gives for its parameters, in a job of its own. Of what was said the
marked answer counts, else the last number.

Leaves out: partial credit, expressions with unknowns.
"""

import re

from trialrun.core.execution import require_real
from trialrun.lang.final_answer import final_answer
from trialrun.lang.math_answer import Answer, answer_text, read_answer, same_answer
from trialrun.verify.answers import Asked, Graded, graded
from trialrun.verify.cases import SHOWN
from trialrun.verify.generator_runs import Unreadable, read_solved

_NUMBER = re.compile(r"-?\$?(?:\d[\d,]*\.?\d*|\.\d+)(?:/\d+)?%?")
_LONGEST = 100_000
HOW = "mathematical"


def grade_number(asked: Asked) -> Graded:
    """Grade an answer by the value of the generator's own."""
    check = asked.check
    real = require_real(asked.run(f"{check.entry}().solve({check.call})"))
    try:
        wanted = read_solved(real)
    except Unreadable as error:
        return graded(None, HOW, message=f"the generator itself: {error}"[:SHOWN])
    said = said_answer(asked.text)
    return graded(
        same_answer(said, wanted), HOW, expected=answer_text(wanted)[:SHOWN], got=answer_text(said)[:SHOWN]
    )


def said_answer(text: str) -> Answer:
    """Return the answer in what a model said: the marked one, or else the last number.

    >>> answer_text(said_answer("3 + 4 is [ANSWER]$7[/ANSWER]")), answer_text(said_answer("So she has 1,250 left."))
    ('7', '1250')
    """
    marked = read_answer(final_answer(text))
    numbers = _NUMBER.findall(text[-_LONGEST:])
    if isinstance(marked, str) and numbers and "[answer]" not in text.lower():
        return read_answer(numbers[-1].rstrip(",."))
    return marked
