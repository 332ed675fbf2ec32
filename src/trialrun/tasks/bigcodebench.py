"""BigCodeBench: write a function that uses several libraries; a unittest class decides.

Three published forms of rows are read: the benchmark's own (`task_id`, `complete_prompt`, `code_prompt`, …), the same
as one JSON object (by id), and the sample rows of SandboxFusion (`id`, `content`, `labels`), whose code
prompt is their prompt without its docstring. The statement is the Complete prompt. The judged program of a samples file
is *calibrated* as upstream: code prompt, `pass`, then the model's text (`tasks/attempts.py`), so that a forgotten
import is no error.

A task requires the distributions that its solution and tests import, at upstream's pins (its evaluation image:
Python 3.10). In the tester's namespace stand the code prompt, and `os`, `sys` and `environ`, which upstream's harness
puts there.

Leaves out: the Instruct prompts as statements, upstream's replacement of `kill`, `ps` and `subprocess`, its network.

Source: Zhuo et al. 2024, "BigCodeBench: Benchmarking Code Generation with Diverse Function Calls and Complex
Instructions"; bigcodebench 0.2.5 `eval/__init__.py`, `Requirements/requirements-eval.txt`.
"""

import ast
import json
from typing import Any

import msgspec

from trialrun.core.errors import UsageError
from trialrun.core.task import Task, UnittestCheck
from trialrun.lang.imports import imported_modules, third_party, top_level
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.unittests import test_ids
from trialrun.tasks.bigcodebench_pins import requirements_of
from trialrun.tasks.suites import Suite

_HARNESS = "import os, sys\nfrom os import environ\n"
"""What upstream's harness defines beside the program."""
NETWORK = frozenset(f"BigCodeBench/{number}" for number in (101, 1005, 1006, 1012))
"""Tasks of the sample that download a file from the internet: no solution passes where there is no network."""


class Published(msgspec.Struct, frozen=True):
    """One row of the benchmark's own file."""

    task_id: str
    complete_prompt: str
    code_prompt: str
    canonical_solution: str
    test: str
    entry_point: str


class Sampled(msgspec.Struct, frozen=True):
    """One row of SandboxFusion's sample."""

    id: str
    content: str
    canonical_solution: str
    test: str
    labels: str | dict[str, Any]


def tasks(rows: list[dict[str, Any]], suite: Suite) -> tuple[Task, ...]:
    """Make tasks of the rows of any published form."""
    if len(rows) == 1 and "test" not in rows[0]:
        rows = list(rows[0].values())
    if rows and "content" in rows[0]:
        return tuple(_task(_as_published(row), suite) for row in msgspec.convert(rows, list[Sampled]))
    return tuple(_task(row, suite) for row in msgspec.convert(rows, list[Published]))


def _as_published(row: Sampled) -> Published:
    labels = json.loads(row.labels) if isinstance(row.labels, str) else row.labels
    return Published(
        task_id=row.id,
        complete_prompt=row.content,
        code_prompt=without_docstring(row.content),
        canonical_solution=row.canonical_solution,
        test=row.test,
        entry_point=str(labels["entry_point"]),
    )


def without_docstring(prompt: str) -> str:
    """Return a prompt up to its last function's docstring.

    >>> without_docstring('import os\\n\\ndef f(x):\\n    \"\"\"Return x.\"\"\"\\n')
    'import os\\n\\ndef f(x):\\n'
    """
    tree = parse(prompt.rstrip() + "\n    pass\n")
    function = tree.body[-1] if not isinstance(tree, Unparseable) and tree.body else None
    if not isinstance(function, ast.FunctionDef):
        raise UsageError("a prompt of BigCodeBench does not end in a function")
    first = function.body[0].lineno
    return "".join(prompt.splitlines(keepends=True)[: first - 1])


def _task(row: Published, suite: Suite) -> Task:
    code_prompt = row.code_prompt.rstrip() + "\n"
    reference = f"{row.complete_prompt.rstrip()}\n{row.canonical_solution}\n"
    expected = test_ids(row.test)
    if isinstance(expected, Unparseable) or not expected:
        raise UsageError(f"{row.task_id}: its test code holds no test class")
    check = UnittestCheck(name="tests", code=row.test, expected=expected, remote=(row.entry_point,))
    modules = imported_modules(reference) | imported_modules(row.test)
    return Task(
        id=row.task_id,
        suite=suite.name,
        statement=row.complete_prompt,
        entry=row.entry_point,
        prefix=code_prompt,
        context=f"{_HARNESS}{code_prompt}    pass\n",
        hidden_checks=(check,),
        reference=reference,
        requires=requirements_of(top_level(third_party(modules))),
        defect="it downloads a file from the internet" if row.task_id in NETWORK else None,
        source=suite.source,
        licence=suite.licence,
    )
