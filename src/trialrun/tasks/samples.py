"""Read samples: attempts at tasks, as JSON lines or as a directory of programs.

A line is `{"task_id": ..., "completion": ...}` (continues the task's prefix, human-eval) or `{"task_id":
..., "solution": ...}` (a complete program, EvalPlus; it wins where both stand). Either may be a list of
texts. A directory holds `TASK/N.py` with complete programs, where `HumanEval_0` stands for `HumanEval/0`.
Files may be gzipped. The texts are hostile: lines are bounded, nothing is evaluated, and text that no
interpreter accepts (NUL, lone surrogates) is passed on for the sandbox to reject.

Leaves out: extraction of code from prose (`solution` must be a program).
"""

import gzip
import json
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from trialrun.core.errors import UsageError, nearest
from trialrun.core.task import Sample, Task, TaskSet
from trialrun.lang.splice import complete
from trialrun.tasks.registry import resolve
from trialrun.tasks.suites import SUITES

MAX_BYTES = 64 * 1024 * 1024
"""Longest line of a samples file and longest program of a directory."""
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """What a samples file holds for a task set."""

    samples: tuple[Sample, ...]
    """In the order of the file."""
    missing: tuple[str, ...]
    """Ids of tasks without a sample, in the set's order."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One attempt before its task is known: where it stands, what it says."""

    where: str
    task: str
    text: str
    whole: bool


def read_samples(path: Path | str, task_set: TaskSet, *, only: Collection[str] | None = None) -> Samples:
    """Read the samples of a task set from a file or a directory.

    `task_set` must be whole; `only` keeps the samples of these task ids. Raises `UsageError` for a file
    that is not there, a broken line (with its number) and for ids that the set does not have (all listed,
    once).
    """
    place = Path(path)
    if not place.exists():
        beside = [str(p) for p in place.parent.glob("*")] if place.parent.is_dir() else []
        raise UsageError(f"no samples at {place}{nearest(str(place), beside)}")
    entries = _from_directory(place) if place.is_dir() else _from_file(place)
    tasks = {task.id: task for task in task_set.tasks}
    prefix = SUITES[task_set.name].prefix if task_set.name in SUITES else ""
    samples: list[Sample] = []
    counts: dict[str, int] = {}
    unknown: dict[str, str] = {}
    for entry in entries:
        known = resolve(entry.task, tasks, prefix)
        if known is None:
            unknown.setdefault(entry.task, entry.where)
        elif only is None or known in only:
            index = counts.get(known, 0)
            counts[known] = index + 1
            samples.append(Sample(task_id=known, index=index, source=_program(entry, tasks[known])))
    if unknown:
        raise UsageError(_unknown_tasks(place, unknown, task_set))
    wanted = [task.id for task in task_set.tasks if only is None or task.id in only]
    return Samples(samples=tuple(samples), missing=tuple(name for name in wanted if name not in counts))


def reference_samples(task_set: TaskSet) -> Samples:
    """Return the task set's own solutions as samples, one a task."""
    samples = [
        Sample(task_id=task.id, index=0, source=task.reference)
        for task in task_set.tasks
        if task.reference is not None
    ]
    missing = tuple(task.id for task in task_set.tasks if task.reference is None)
    return Samples(samples=tuple(samples), missing=missing)


def _program(entry: _Entry, task: Task) -> str:
    return entry.text if entry.whole else complete(task.prefix, entry.text)


def _unknown_tasks(place: Path, unknown: dict[str, str], task_set: TaskSet) -> str:
    lines = [f"{place}: {len(unknown)} task ids that {task_set.name} does not have:"]
    known = [task.id for task in task_set.tasks]
    for task, where in list(unknown.items())[:_SHOWN]:
        lines.append(f"  {where}: {task[:100]!r}{nearest(task[:100], known)}")
    if len(unknown) > _SHOWN:
        lines.append(f"  and {len(unknown) - _SHOWN} more")
    return "\n".join(lines)


def _from_file(place: Path) -> Iterator[_Entry]:
    try:
        with _open(place) as stream:
            number = 0
            while line := stream.readline(MAX_BYTES + 1):
                number += 1
                where = f"line {number}"
                if len(line) > MAX_BYTES:
                    raise UsageError(f"{place}, {where}: longer than {MAX_BYTES // 2**20} MiB")
                if line.strip():
                    yield from _from_line(line, f"{place}, {where}", where)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"cannot read {place}: {error}") from error
    if number == 0:
        raise UsageError(f"{place} is empty")


def _open(place: Path) -> IO[bytes]:
    with open(place, "rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    if zipped:
        return cast(IO[bytes], gzip.open(place, "rb"))
    return open(place, "rb")


def _from_line(line: bytes, full: str, where: str) -> Iterator[_Entry]:
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{full}: not JSON: {str(error)[:200]}") from error
    if not isinstance(row, dict):
        raise UsageError(f"{full}: expected a JSON object")
    task = row.get("task_id")
    if isinstance(task, bool) or not isinstance(task, str | int):
        raise UsageError(f"{full}: lacks `task_id`, a text or a number")
    field = "solution" if "solution" in row else "completion"
    texts = row.get(field)
    if isinstance(texts, str):
        texts = [texts]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise UsageError(f"{full}: needs `completion` or `solution`, a text or a list of texts")
    for text in texts:
        yield _Entry(where, str(task), text, field == "solution")


def _from_directory(place: Path) -> Iterator[_Entry]:
    found = False
    for folder in sorted(entry for entry in place.iterdir() if entry.is_dir()):
        for file in sorted(folder.glob("*.py"), key=_number):
            if file.is_file():
                found = True
                yield _Entry(str(file), folder.name, _text(file), True)
    if not found:
        raise UsageError(f"{place} holds no TASK/N.py, for example HumanEval_0/0.py")


def _number(file: Path) -> tuple[int, str]:
    return (int(file.stem) if file.stem.isascii() and file.stem.isdigit() else 10**9, file.name)


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UsageError(f"{file}: longer than {MAX_BYTES // 2**20} MiB")
        return file.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror or error}") from error
