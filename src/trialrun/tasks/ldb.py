"""LDB's files on HumanEval: its visible tests as public checks, its GPT-3.5 seeds, and what its repairs made of them.

`tasks` makes HumanEval's tasks with what LDB's method was allowed to see: each visible assert is a public check of its
own, the hidden test is HumanEval's. `load_seeds` gives the programs that the model wrote first, `load_runs` every
program of each repair, in order: the seed behind a prelude of imports and the prompt's docstring, then one rewrite
an iteration. What the authors' own runs said of them (`is_solved`, `is_passing`) stands beside; it is no verdict of
ours. Nothing is run here, and all texts are hostile. Both files are samples as well: `trialrun eval humaneval-ldb
--samples FILE` judges each row's `solution`, the last program of a run.

Leaves out: the other models and data sets of the repository, the text of the conversations (it is not published).

Source: Zhong et al. 2024, "Debug like a Human: A Large Language Model Debugger via Verifying Runtime Execution
Step-by-step" (arXiv:2402.16906); FloridSleeves/LLMDebugger at commit 49ac191, gzipped.
"""

from pathlib import Path
from typing import Annotated, Any

import msgspec

from trialrun.core.errors import UsageError
from trialrun.core.task import AssertCheck, Task
from trialrun.tasks import datafiles
from trialrun.tasks.datafiles import DataFile
from trialrun.tasks.suites import LDB_RUNS_FILE, LDB_SEEDS_FILE, Suite

NAME = "humaneval-ldb"
"""Task set that the seeds and runs are for."""

_Text = Annotated[str, msgspec.Meta(max_length=1 << 20)]
_Texts = Annotated[list[_Text], msgspec.Meta(max_length=1000)]


class Row(msgspec.Struct, frozen=True):
    """One line of the file of tests."""

    task_id: str
    prompt: _Text
    entry_point: str
    canonical_solution: _Text
    test: _Text
    given_tests: _Texts


class Seed(msgspec.Struct, frozen=True, kw_only=True, rename={"source": "solution"}):
    """The program that GPT-3.5 wrote for a task before any repair."""

    task_id: str
    entry_point: str
    source: _Text
    """As the model wrote it; 70 of them end in asserts of their own."""
    is_solved: bool
    """Whether the authors' run passed the hidden test."""


class StoredRun(msgspec.Struct, frozen=True, kw_only=True, rename={"programs": "implementations"}):
    """One repair: all programs that it went through."""

    task_id: str
    entry_point: str
    seed: _Text
    """The program that it began with, as `Seed.source`."""
    programs: Annotated[tuple[_Text, ...], msgspec.Meta(min_length=1, max_length=100)]
    """The seed behind its prelude, then each rewrite; the last one is the answer."""
    is_passing: bool
    """Whether the authors' run of the visible tests passed in the end."""
    is_solved: bool
    """Whether the authors' run passed the hidden test in the end."""
    debug_iter: int
    """Iterations; 0 where the seed passed the visible tests."""


def tasks(rows: list[dict[str, Any]], suite: Suite) -> tuple[Task, ...]:
    """Make tasks of the rows of the file of tests, in HumanEval's order."""
    found = sorted(msgspec.convert(rows, list[Row]), key=lambda row: _order(row.task_id))
    return tuple(_task(row, suite) for row in found)


def load_seeds(path: Path | None = None) -> tuple[Seed, ...]:
    """Read all seeds, in HumanEval's order. Raises `Missing` where they are not on this machine, or `UsageError`."""
    return tuple(sorted(_read(LDB_SEEDS_FILE, Seed, path), key=lambda seed: _order(seed.task_id)))


def load_runs(path: Path | None = None) -> tuple[StoredRun, ...]:
    """Read all stored runs, in HumanEval's order. Raises as `load_seeds`."""
    return tuple(sorted(_read(LDB_RUNS_FILE, StoredRun, path), key=lambda run: _order(run.task_id)))


def _read[R: Seed | StoredRun](file: DataFile, kind: type[R], path: Path | None) -> list[R]:
    found = datafiles.read(file, name=NAME, path=path)
    read: list[R] = []
    known: set[str] = set()
    for where, row in datafiles.numbered_rows(found):
        try:
            one = msgspec.convert(row, kind)
        except msgspec.ValidationError as error:
            raise UsageError(f"{where}: not a {kind.__name__} of LDB: {error}") from error
        if one.task_id in known:
            raise UsageError(f"{where}: a second row of {one.task_id[:100]!r}")
        known.add(one.task_id)
        read.append(one)
    return read


def _order(task_id: str) -> tuple[int, str]:
    number = task_id.rpartition("/")[2]
    return (int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 10**9, task_id)


def _task(row: Row, suite: Suite) -> Task:
    remote = (row.entry_point,)
    return Task(
        id=row.task_id,
        suite=suite.name,
        statement=row.prompt,
        entry=row.entry_point,
        prefix=row.prompt,
        context=row.prompt,
        public_checks=tuple(
            AssertCheck(name=f"visible {number}", code=f"{test}\n", remote=remote)
            for number, test in enumerate(row.given_tests, 1)
        ),
        hidden_checks=(
            AssertCheck(name="tests", code=f"{row.test}\ncheck({row.entry_point})\n", remote=remote),
        ),
        reference=row.prompt + row.canonical_solution,
        source=suite.source,
        licence=suite.licence,
    )
