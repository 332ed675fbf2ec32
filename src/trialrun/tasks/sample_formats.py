"""Which format a samples file has, by its content, and the reader of each.

A format is one row of `FORMATS`: a name for `--format`, what it is, and a function from a path to `Attempt`s.
`detect` looks at the first bytes and at the fields of the first line, never at the name, so that a renamed or
gzipped file is read all the same.

Leaves out: reading the attempts themselves (one module per format).
"""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from trialrun.core.errors import UsageError, nearest
from trialrun.tasks.attempts import Attempt, open_file, readable

_HEAD = 1 << 20
_FIRST_KEY = re.compile(rb'\s*\{\s*"(\w+)"')


@dataclass(frozen=True, slots=True)
class Format:
    """One format of samples."""

    name: str
    """What `--format` takes."""
    about: str
    module: str
    """Module below `trialrun.tasks`."""
    reader: str
    """Function of it: path → attempts."""

    def read(self, place: Path) -> Iterator[Attempt]:
        """Yield the attempts of a file or directory."""
        reader = getattr(import_module(f"trialrun.tasks.{self.module}"), self.reader)
        return cast(Callable[[Path], Iterator[Attempt]], reader)(place)


FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        Format("jsonl", "lines of human-eval or EvalPlus", "sample_files", "read_lines"),
        Format("directory", "programs TASK/N.py", "sample_files", "read_directory"),
        Format("bigcodebench", "BigCodeBench's sanitized lines", "sample_files", "read_bigcodebench"),
        Format("lm-eval", "samples_*.jsonl of lm-evaluation-harness", "lm_eval", "read_samples"),
        Format("inspect", "log of Inspect AI, .eval or .json", "inspect_log", "read_samples"),
        Format("cruxeval", "generations.json of CRUXEval", "cruxeval", "read_generations"),
        Format("evalplus", "*_eval_results.json of EvalPlus", "evalplus_results", "read_samples"),
    )
}


def find(name: str) -> Format:
    """Return a format by name, or raise `UsageError` with the nearest names."""
    if name not in FORMATS:
        known = ", ".join(FORMATS)
        raise UsageError(f"no samples format {name[:50]!r}{nearest(name[:50], FORMATS)}; there are {known}")
    return FORMATS[name]


def detect(place: Path) -> Format:
    """Return the format of a file or directory; what is like none of them counts as `jsonl`, whose reader says why."""
    if place.is_dir():
        return FORMATS["directory"]
    with readable(place):
        if zipfile.is_zipfile(place):
            return FORMATS["inspect"]
        with open_file(place) as stream:
            head = stream.readline(_HEAD)
            if not head.strip(b" \t\r\n{"):  # a document over several lines
                head += stream.read(_HEAD)
    return FORMATS[_by_content(head)]


def _by_content(head: bytes) -> str:
    if head[:2] == b"PK":
        return "inspect"  # a zip file that is cut off; its reader says so
    row = _row(head)
    if row is None:
        key = _FIRST_KEY.match(head)
        first = key.group(1) if key else b""
        if first.startswith(b"sample_"):
            return "cruxeval"
        known = {b"date": "evalplus", b"hash": "evalplus", b"version": "inspect", b"status": "inspect"}
        return known.get(first, "jsonl" if first != b"eval" else _by_eval(head))
    if row and all(name.startswith("sample_") for name in row):
        return "cruxeval"
    if "task_id" in row:
        return "bigcodebench" if str(row["task_id"]).startswith("BigCodeBench/") else "jsonl"
    if "doc" in row and ("resps" in row or "filtered_resps" in row):
        return "lm-eval"
    if isinstance(row.get("eval"), dict):
        return "inspect" if row.keys() & {"samples", "plan", "version", "status"} else "evalplus"
    return "jsonl"


def _by_eval(head: bytes) -> str:
    return "evalplus" if b'"base_status"' in head or b'"solution"' in head else "inspect"


def _row(head: bytes) -> dict[str, Any] | None:
    """Return the first line as an object, or None where it is none, or not a whole one."""
    try:
        row = json.loads(head)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
