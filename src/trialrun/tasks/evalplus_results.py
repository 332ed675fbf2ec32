"""EvalPlus's `*_eval_results.json`: verdicts by check, failing inputs, and the programs that were judged.

The file is `{"date", "hash", "eval": {task: [{solution, base_status, plus_status, base_fail_tests,
plus_fail_tests}]}}`. A status is `pass`, `fail`, `timeout`, or null where the check was not run. `hash` is the MD5
of the data file as EvalPlus read it, so it tells the version of the tests.

Leaves out: the shape of evalplus 0.1 (lists without names), and BigCodeBench's file of the same name, which has one
`status` instead of two: its verdicts are read as one check.

Source: evalplus 0.3.1 `evaluate.py`; bigcodebench 0.2.5 `evaluate.py`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from trialrun.core.errors import UsageError
from trialrun.tasks import attempts
from trialrun.tasks.attempts import Attempt, Form

DATA_MD5 = {
    "fe585eb4df8c88d844eeb463ea4d0302": ("humaneval+", "v0.1.10"),
    "924d06df44399bb3c99d9196cb43018f": ("humaneval+", "v0.1.10"),
    "401e75ad986361dccc7afecb4121e295": ("humaneval+", "v0.1.10 Mini"),
    "634325a97d63d51de7901e21f1120117": ("humaneval+", "v0.1.10 Mini"),
    "ee43ecabebf20deef4bb776a405ac5b1": ("mbpp+", "v0.2.0"),
    "7bc89eca53cb2a8b4476182b922b1bd4": ("mbpp+", "v0.2.0"),
}
"""MD5 of a published data file, plain and gzipped → task set and version."""


class Row(msgspec.Struct, frozen=True):
    """One sample of the file."""

    solution: str
    base_status: str | None = None
    plus_status: str | None = None
    base_fail_tests: list[Any] | None = None
    plus_fail_tests: list[Any] | None = None
    status: str | None = None
    """BigCodeBench's one status."""

    def statuses(self) -> dict[str, str]:
        """Return the status of each check that was run."""
        found = {"base": self.base_status, "plus": self.plus_status, "all": self.status}
        return {check: status for check, status in found.items() if status is not None}

    def failing(self, check: str) -> tuple[Any, ...]:
        """Return the inputs that a check failed on, as the file lists them."""
        return tuple((self.base_fail_tests if check == "base" else self.plus_fail_tests) or ())


class File(msgspec.Struct, frozen=True, rename={"tasks": "eval"}):
    """The whole file."""

    tasks: dict[str, list[Row]]
    date: str = ""
    hash: str = ""


def read(place: Path) -> File:
    """Read the file. Raises `UsageError` where it is not one."""
    found = attempts.document(place)
    try:
        return msgspec.convert(found, File)
    except msgspec.ValidationError as error:
        raise UsageError(f"{place} is not an *_eval_results.json of EvalPlus: {error}") from error


def read_samples(place: Path) -> Iterator[Attempt]:
    """Yield the programs of the file, so that a results file can be judged again by itself."""
    for task, rows in read(place).tasks.items():
        for number, row in enumerate(rows):
            yield Attempt(f"{task[:100]} #{number}", task, row.solution, Form.WHOLE)
