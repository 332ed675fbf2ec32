"""Algorithmic tasks of BIG-Bench Hard: questions in plain words that one piece of logic per task answers.

A row is an input and its published answer, which decides (`verify/stated_answers.py`). Each task of a set carries three
other rows as examples, always the first three that it is not itself: so what a method asks about the kind of task, and
not about the instance, is asked once for the whole set.

Leaves out: the published few-shot prompts, the sets whose logic is knowledge (`date_understanding` and its like).
Source: Suzgun et al. 2022, "Challenging BIG-Bench Tasks and Whether Chain-of-Thought Can Solve Them"; used as in
Chae et al. 2024, "Language Models as Compilers".
"""

from typing import Any

import msgspec

from trialrun.core.errors import UsageError
from trialrun.core.task import ANSWER, Example, PredictionCheck, Task
from trialrun.tasks.datafiles import Found
from trialrun.tasks.suites import Suite

EXAMPLES = 3
ASKS = "End with `Final answer:` and the answer alone."
_FAMILIES = {
    "boolean_expressions": "word",
    "dyck_languages": "brackets",
    "navigate": "word",
    "object_counting": "number",
    "web_of_lies": "word",
}
"""How answers are written; of the others by the letter of an option."""


class Row(msgspec.Struct, frozen=True):
    """One instance."""

    input: str
    target: str


class _File(msgspec.Struct, frozen=True):
    canary: str
    examples: list[Row]


def read_rows(found: Found) -> list[dict[str, Any]]:
    """Return the rows of a file, which is one object: a notice, and the instances."""
    try:
        document = msgspec.json.decode(found.data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{found.path} is no file of BIG-Bench Hard: {error}") from error
    return [{"input": row.input, "target": row.target} for row in document.examples]


def tasks(rows: list[dict[str, Any]], suite: Suite) -> tuple[Task, ...]:
    """Make tasks of the rows of one file."""
    read = msgspec.convert(rows, list[Row])
    return tuple(_task(read, number, suite) for number in range(len(read)))


def _task(rows: list[Row], number: int, suite: Suite) -> Task:
    row = rows[number]
    others = [other for place, other in enumerate(rows[: EXAMPLES + 1]) if place != number][:EXAMPLES]
    family = _FAMILIES.get(suite.prefix, "option")
    check = PredictionCheck(name=family, oracle="stated", source="", expected=row.target, family=family)
    return Task(
        id=f"{suite.prefix}/{number}",
        suite=suite.name,
        statement=_stated(row),
        entry=None,
        language=ANSWER,
        hidden_checks=(check,),
        examples=tuple(Example(statement=_stated(other), answer=other.target) for other in others),
        reference=f"Final answer: {row.target}",
        source=suite.source,
        licence=suite.licence,
    )


def _stated(row: Row) -> str:
    return f"{row.input}\n\n{ASKS}"
