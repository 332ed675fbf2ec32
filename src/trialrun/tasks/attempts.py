"""`Attempt`: one program for one task as a foreign file states it, before the task is known; and bounded reading.

A format's reader turns a path into `Attempt`s and no more: which task an id means and what the program is
decides `tasks/samples.py`, once for all formats. Files may be gzipped. They are hostile: lines and documents are
bounded, nothing is evaluated, every error names the file and the line.

Leaves out: which format a file has (`tasks/sample_formats.py`).
"""

import enum
import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from trialrun.core.errors import UsageError
from trialrun.core.task import Task
from trialrun.lang.splice import complete

MAX_BYTES = 64 * 1024 * 1024
"""Longest line of a samples file, and longest program of a directory."""
MAX_DOCUMENT = 1024 * 1024 * 1024
"""Longest file that is one JSON document."""


class Form(enum.Enum):
    """How the text of an attempt becomes a program."""

    WHOLE = "whole"
    """A complete program, used as it is."""
    COMPLETION = "completion"
    """Continues the task's prefix."""
    CALIBRATED = "calibrated"
    """Follows the task's prefix, whose function has an empty body then (BigCodeBench)."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: where it stands, which task it names, what it says."""

    where: str
    """Line or member of the file, for messages."""
    task: str
    text: str
    form: Form

    def program(self, task: Task) -> str:
        """Return the complete program that this is for a task."""
        if self.form is Form.COMPLETION:
            return complete(task.prefix, self.text)
        if self.form is Form.CALIBRATED and task.prefix:
            return f"{task.prefix}\n    pass\n{self.text}"
        return self.text


def open_file(place: Path) -> IO[bytes]:
    """Open a file for reading, through gzip where its first bytes say so."""
    with open(place, "rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    if zipped:
        return cast(IO[bytes], gzip.open(place, "rb"))
    return open(place, "rb")


@contextmanager
def readable(place: Path) -> Iterator[None]:
    """Turn what can go wrong while a file is read into a `UsageError` that names it."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"cannot read {place}: {error}") from error


def rows(place: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a JSON lines file, each with `line N`. Raises `UsageError` for what is none."""
    number = 0
    with readable(place), open_file(place) as stream:
        while line := stream.readline(MAX_BYTES + 1):
            number += 1
            if len(line) > MAX_BYTES:
                raise UsageError(f"{place}, line {number}: longer than {MAX_BYTES // 2**20} MiB")
            if line.strip():
                yield f"line {number}", _row(line, f"{place}, line {number}")
    if number == 0:
        raise UsageError(f"{place} is empty")


def document(place: Path) -> dict[str, Any]:
    """Read a file that is one JSON object."""
    with readable(place), open_file(place) as stream:
        data = stream.read(MAX_DOCUMENT + 1)
    if len(data) > MAX_DOCUMENT:
        raise UsageError(f"{place}: longer than {MAX_DOCUMENT // 2**20} MiB")
    return _row(data, str(place))


def task_id(row: dict[str, Any], where: str) -> str:
    """Return the `task_id` of a row, a text or a whole number."""
    task = row.get("task_id")
    if isinstance(task, bool) or not isinstance(task, str | int):
        raise UsageError(f"{where}: lacks `task_id`, a text or a number")
    return str(task)


def _row(data: bytes, where: str) -> dict[str, Any]:
    try:
        row: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where}: not JSON: {str(error)[:200]}") from error
    if not isinstance(row, dict):
        raise UsageError(f"{where}: expected a JSON object")
    return row
