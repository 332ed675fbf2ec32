"""CRUXEval: 800 short functions, each with one call and its result: predict the output, or an input.

One row gives two tasks, one of each direction; `cruxeval` has the outputs, `cruxeval-input` the inputs. What the call
really returns decides, not the published text. The set's own file of generations (an object of lists by id) can be
given as samples.

Leaves out: the prompts of the paper.
Source: Gu and others (2024), "CRUXEval: A Benchmark for Code Reasoning, Understanding and Execution".
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from trialrun.core.errors import UsageError
from trialrun.core.task import Task
from trialrun.tasks import attempts
from trialrun.tasks.attempts import Attempt, Form
from trialrun.tasks.questions import question
from trialrun.tasks.suites import Suite

ENTRY = "f"


class Row(msgspec.Struct, frozen=True):
    """One row of the data set."""

    id: str
    code: str
    input: str
    output: str


def tasks(rows: Iterable[dict[str, Any]], suite: Suite) -> tuple[Task, ...]:
    """Return one task a row, of the direction that the suite's name says."""
    kind = "input" if suite.name.endswith("-input") else "output"
    return tuple(_task(msgspec.convert(row, Row), kind, suite) for row in rows)


def _task(row: Row, kind: str, suite: Suite) -> Task:
    return question(
        kind,
        id=row.id.replace("_", "/"),
        suite=suite.name,
        program=row.code,
        entry=ENTRY,
        call=row.input,
        output=row.output,
        answer=row.output if kind == "output" else f"{ENTRY}({row.input})",
        source=suite.source,
        licence=suite.licence,
    )


def read_generations(place: Path) -> Iterator[Attempt]:
    """Yield the answers of a file of generations: `{"sample_0": ["1", ...], ...}`."""
    for name, texts in attempts.document(place).items():
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise UsageError(f"{place}: {name[:60]!r} is not a list of texts")
        for text in texts:
            yield Attempt(name[:60], name, text, Form.WHOLE)
