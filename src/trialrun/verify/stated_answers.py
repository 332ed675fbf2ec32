r"""Graders of answers in plain words, by the answer that the data set states: an option, a word, a number, brackets.

What was meant as the answer follows the last `Final answer:` (`lang/final_answer.py`); of a text without one the last
line that says anything. It counts where it names one answer and no other: a text that lists all options names none.

    option    one letter in brackets, or a letter alone
    word      one of the two words that such a question has (yes/no, true/false)
    number    one whole number, in digits
    brackets  brackets and blanks, nothing else, in their order

Leaves out: whether the reasoning was right (`simulation.py` looks at that), numbers as words.
Source: BIG-Bench Hard compares the text after "the answer is" with the target; the rule above is stricter.
"""

import re

from trialrun.lang.final_answer import LONGEST, last_part
from trialrun.verify.answers import Asked, Graded, graded
from trialrun.verify.cases import SHOWN

_SIGN = re.compile(r"final answer\s*:", re.I)
_PAIRS = (frozenset(("yes", "no")), frozenset(("true", "false")))
_BRACKETS = "()[]{}<>"


def grade_stated(asked: Asked) -> Graded:
    """Grade an answer by the rule of its family."""
    wanted = asked.check.expected or ""
    said = stated_answer(asked.text)
    found = READERS[asked.check.family](said)
    return graded(
        found is not None and found == READERS[asked.check.family](wanted),
        f"stated: {asked.check.family}",
        expected=wanted[:SHOWN],
        got=said[:SHOWN],
        message="" if found is not None else "no answer, or more than one",
    )


def stated_answer(text: str) -> str:
    r"""Return the part of a text that is meant as the answer.

    >>> stated_answer("First (A), no.\nFinal answer: **(B)**\n"), stated_answer("Let me see.\n\n(C)\n")
    ('(B)', '(C)')
    """
    text = text[:LONGEST]
    if _SIGN.search(text):
        return last_part(text[[found.start() for found in _SIGN.finditer(text)][-1] :])
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].replace("**", "") if lines else ""


def option(text: str) -> str | None:
    """Return the one option that a text names.

    >>> option("(B) 2pm to 7pm"), option("b."), option("(A) or (B)"), option("A B C")
    ('B', 'B', None, None)
    """
    named = {letter.upper() for letter in re.findall(r"\(([A-Za-z])\)", text)}
    if not named:
        alone = re.fullmatch(r"\W*([A-Za-z])\W*", text)
        named = {alone[1].upper()} if alone else set()
    return named.pop() if len(named) == 1 else None


def word(text: str) -> str | None:
    """Return the one word of a pair that a text names.

    >>> word("No, she lies."), word("Yes or no"), word("not False, so True"), word("perhaps")
    ('no', None, None, None)
    """
    words = set(re.findall(r"[a-z]+", text.lower()))
    named = [pair & words for pair in _PAIRS if pair & words]
    return min(named[0]) if len(named) == 1 and len(named[0]) == 1 else None


def number(text: str) -> str | None:
    """Return the one whole number that a text names.

    >>> number("there are 8 of them"), number("3 + 5 = 8"), number("2.5")
    ('8', None, None)
    """
    named = re.findall(r"-?\d+(?:\.\d+)?", text)
    return named[0] if len(named) == 1 and "." not in named[0] else None


def brackets(text: str) -> str | None:
    """Return brackets without blanks, where a text holds nothing else.

    >>> brackets("] ) >"), brackets("the rest is ]")
    ('])>', None)
    """
    bare = "".join(text.strip("`'. ").split())
    return bare if bare and all(sign in _BRACKETS for sign in bare) else None


READERS = {"option": option, "word": word, "number": number, "brackets": brackets}
"""Families by name: text → the one answer that it names, or None."""
