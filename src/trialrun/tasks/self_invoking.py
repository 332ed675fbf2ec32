"""HumanEval Pro and MBPP Pro: a solved base problem, and a harder one that should call it.

A task's program is the base problem with its solution, followed by the new function; the asserts call the
new function alone. A `completion` continues the base problem's stub (upstream prepends `raw_problem`); a
`solution` is complete. Upstream's rows have traits that become `defect`: in some, the new problem shows the
stub of another function than the one that the asserts call; in three the asserts expect the last digit of
float sums as CPython before 3.12 adds them; and in some the asserts use modules without importing them
(trialrun takes the import from the row's own code).

Leaves out: upstream's rewriting of tabs to blanks, its other prompts, and the question whether a new
solution really calls its base function.

Source: Yu et al. 2024, "HumanEval Pro and MBPP Pro"; files of CodeEval-Pro/CodeEval-Pro.
"""

import re
from typing import Any

import msgspec

from trialrun.core.task import Task
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Function
from trialrun.tasks.asserts import Plan, plan
from trialrun.tasks.suites import Suite

OLD_SUMS = ("MbppPro/36", "MbppPro/117", "MbppPro/260")
"""Tasks whose own solution fails its asserts since CPython 3.12, where `sum` adds floats more exactly."""


class Row(msgspec.Struct, frozen=True):
    """One row of `humaneval_pro.json` or `mbpp_pro.json`."""

    id: int
    raw_problem: str
    raw_solution: str
    new_problem: str
    new_solution: str
    test_code: str


def tasks(rows: list[dict[str, Any]], suite: Suite) -> tuple[Task, ...]:
    """Make tasks of the rows of either file."""
    return tuple(_task(row, suite) for row in msgspec.convert(rows, list[Row]))


def _task(row: Row, suite: Suite) -> Task:
    reference = row.raw_problem + row.raw_solution + row.new_problem + row.new_solution
    tests = row.test_code.strip("\n") + "\n"
    how = plan(tests, reference)
    return Task(
        id=f"{suite.prefix}/{row.id}",
        suite=suite.name,
        statement=f"{row.raw_problem}\n{row.new_problem}",
        entry=how.entry,
        prefix=row.raw_problem,
        context=how.shared_context,
        hidden_checks=(how.check("tests", tests),),
        reference=reference,
        defect=_defect(row, how, suite),
        source=suite.source,
        licence=suite.licence,
    )


def base_of(task: Task) -> str | None:
    """Return the name of the function that a task's own solution is meant to call: the last one of the base problem."""
    tree = parse(task.reference or "")
    if isinstance(tree, Unparseable):
        return None
    lines = task.prefix.count("\n") + (not task.prefix.endswith("\n"))
    names = [node.name for node in tree.body if isinstance(node, Function) and node.lineno <= lines]
    return names[-1] if names else None


def _defect(row: Row, how: Plan, suite: Suite) -> str | None:
    found = []
    if f"{suite.prefix}/{row.id}" in OLD_SUMS:
        found.append(
            "the asserts expect float sums as CPython before 3.12 adds them; later the reference fails"
        )
    if how.entry is not None and not re.search(rf"^def {how.entry}\b", row.new_problem, re.MULTILINE):
        found.append(f"the new problem shows no stub of {how.entry}, which the asserts call")
    if how.borrowed:
        found.append(
            f"the asserts use {', '.join(how.borrowed)} without an import; trialrun imports it for them"
        )
    return "; ".join(found) or None
