r"""Where a simulated execution leaves the real one: the lines that were said, against the lines that were printed.

A reasoner that simulates a program writes what it would print, then its final answer. The answer can be right though
the simulation is wrong, and the other way round; both are told apart here. Lines are compared one by one, blanks at the
ends and between words drawn together; the first that differs, is missing or is one too many is the divergence.

Leaves out: running, whether the answer is right (`stated_answers.py`), which value in a line is wrong.
Source: Chae et al. 2024, "Language Models as Compilers", counts answers alone.
"""

import re
from dataclasses import dataclass
from itertools import zip_longest

_ANSWER = re.compile(r"final answer\s*:", re.I)
LONGEST = 100_000
"""Characters of a text that are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The first step at which a simulation is not what happened."""

    step: int
    """Number of the printed line, from 1."""
    steps: int
    """Lines that were really printed."""
    printed: str
    """The real line; empty where the simulation goes on and the program was over."""
    said: str
    """The simulated line; empty where the simulation had ended."""


def first_divergence(printed: str, said: str) -> Divergence | None:
    r"""Return where a simulation diverges from what a program printed; None where every line is the same.

    >>> first_divergence("x 1\nx 2\n", "x 1\nx  2\nFinal answer: 2")
    >>> first_divergence("x 1\nx 2\n", "x 1\nx 3\nFinal answer: 3")
    Divergence(step=2, steps=2, printed='x 2', said='x 3')
    """
    real, told = printed_lines(printed), said_lines(said)
    for step, (one, other) in enumerate(zip_longest(real, told, fillvalue=""), 1):
        if one != other:
            return Divergence(step=step, steps=len(real), printed=one, said=other)
    return None


def printed_lines(text: str) -> list[str]:
    """Return the lines of an output, empty ones left out."""
    return [joined for line in text[:LONGEST].splitlines() if (joined := " ".join(line.split()))]


def said_lines(text: str) -> list[str]:
    """Return the lines that a simulation says are printed: all above the last final answer, fences left out."""
    text = text[:LONGEST]
    signs = [found.start() for found in _ANSWER.finditer(text)]
    above = text[: signs[-1]] if signs else text
    return [line for line in printed_lines(above) if not line.startswith("```") and line.strip("*# ")]
