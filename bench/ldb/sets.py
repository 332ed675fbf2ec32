"""What the parts of the benchmark share: tasks, seeds and runs by task id, and inputs for every task.

Leaves out: judging, tracing.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, Task
from trialrun.lang.known_cases import known_cases
from trialrun.lang.literal_calls import read_literal
from trialrun.repair.ldb import without_tests
from trialrun.tasks import registry
from trialrun.tasks.ldb import NAME, Seed, StoredRun, load_runs, load_seeds

PRELUDE = "from typing import *\n"
"""Import that the authors' judge runs before every program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One task with its seed and its repair."""

    task: Task
    seed: Seed
    run: StoredRun

    def program(self, source: str) -> Program:
        """Return a text as a program of the task."""
        return Program.from_source(source, entry=self.task.entry)

    def bare(self, source: str) -> Program:
        """Return a text as a program, behind the prelude and without tests of its own."""
        return without_tests(self.program(PRELUDE + source))


def subjects(limit: int | None = None) -> list[Subject]:
    """Return all tasks of the set, or the first ones."""
    seeds = {seed.task_id: seed for seed in load_seeds()}
    runs = {run.task_id: run for run in load_runs()}
    return [
        Subject(task=task, seed=seeds[task.id], run=runs[task.id])
        for task in registry.load(NAME, limit=limit).tasks
    ]


def inputs(task: Task) -> list[Case]:
    """Return inputs of a task: those of its visible tests; where these state none, literals that stand in them."""
    known = known_cases(task.public_checks)
    if known:
        return [Case(args=pair.args) for pair in known]
    codes = [check.code for check in task.public_checks if isinstance(check, AssertCheck)]
    return [found for code in codes for found in _literals(code)][:3]


def _literals(code: str) -> Sequence[Case]:
    found = []
    for node in ast.walk(ast.parse(code)):
        if (
            isinstance(node, ast.Call)
            and len(node.args) == 1
            and (value := read_literal(ast.unparse(node.args[0]))) is not None
        ):
            found.append(Case(args=(value.value,)))
    return found
