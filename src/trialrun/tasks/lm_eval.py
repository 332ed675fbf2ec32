"""Samples and verdicts of lm-evaluation-harness: `samples_TASK_DATE.jsonl`, written by `--log_samples`.

A line is one (document, filter): `doc` is the data set's row, `resps` the raw answers, `filtered_resps` what the
filter made of them and what was judged; so the filtered text is the program, and where it does not begin with
the document's prompt it continues it. Where a file has several filters, the first other than `none` is read.
Verdicts are the metrics `pass@1` and `pass_at_1`, which speak of one sample only where a document has one.

Leaves out: documents other than HumanEval's and MBPP's (no `doc.task_id`), and verdicts of several samples, of
which the file keeps only the share.

Source: lm-evaluation-harness 0.4.13, its evaluation tracker and the tasks humaneval and mbpp.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trialrun.core.errors import UsageError
from trialrun.tasks import attempts
from trialrun.tasks.attempts import Attempt, Form

_METRICS = ("pass@1", "pass_at_1", "pass@1,create_test", "pass_at_k")


def read_samples(place: Path) -> Iterator[Attempt]:
    """Yield the attempts of a samples file, in the order of its documents."""
    for attempt, _ in read_judged(place):
        yield attempt


def read_judged(place: Path) -> Iterator[tuple[Attempt, bool | None]]:
    """Yield (attempt, passed); `passed` is None where the file does not say it of this sample."""
    chosen = _filter(place)
    for where, row in attempts.rows(place):
        full = f"{place}, {where}"
        document = row.get("doc")
        if not isinstance(document, dict) or "filtered_resps" not in row:
            raise UsageError(
                f"{full}: lacks `doc` or `filtered_resps`: not a samples file of lm-evaluation-harness"
            )
        if row.get("filter") != chosen:
            continue
        task = attempts.task_id(document, f"{full}, doc")
        texts = _texts(row["filtered_resps"], full)
        passed = _passed(row) if len(texts) == 1 else None
        for text in texts:
            yield Attempt(where, task, text, _form(document, text)), passed


def is_plus(document: dict[str, Any], file_name: str) -> bool:
    """Tell whether a document is of EvalPlus's sets: by the file's name, or by tests that are a table of inputs."""
    if "plus" in file_name:
        return True
    test = document.get("test")
    return isinstance(test, str) and "inputs = " in test and "results = " in test


def _filter(place: Path) -> object:
    """Return the name of the filter to read; each document has one line for each."""
    first: object = None
    for number, (_, row) in enumerate(attempts.rows(place)):
        name = row.get("filter")
        if name != "none":
            return name
        first = name if number == 0 else first
    return first


def _form(document: dict[str, Any], text: str) -> Form:
    prompt = document.get("prompt")
    if "entry_point" in document and isinstance(prompt, str) and not text.startswith(prompt):
        return Form.COMPLETION
    return Form.WHOLE


def _texts(value: Any, where: str) -> list[str]:
    """Return the texts of `filtered_resps`: a list whose items are texts, or lists of them."""
    found: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        found += item if isinstance(item, list) else [item]
    if not all(isinstance(text, str) for text in found):
        raise UsageError(f"{where}: `filtered_resps` must be texts or lists of texts")
    return found


def _passed(row: dict[str, Any]) -> bool | None:
    for name in _METRICS:
        value = row.get(name)
        if isinstance(value, dict):
            value = value.get("pass@1")
        if isinstance(value, int | float) and value in (0, 1):
            return bool(value)
    return None
