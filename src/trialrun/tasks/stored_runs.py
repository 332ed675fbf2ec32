"""Stored runs of a repair: for each task the programs that somebody's repair went through, in their order.

JSON lines, perhaps gzipped: `{"task_id": "HumanEval/0", "programs": ["…", "…"]}`, or LDB's own result files, which call
the list `implementations`. Other fields are left alone. The file is hostile: lines, lists and texts are bounded, a
second row of a task is refused, every error names the line.

Leaves out: who made the programs, what was said of them; running anything (`repair/replay.py`).
"""

from pathlib import Path

from trialrun.core.errors import UsageError
from trialrun.tasks import attempts

FIELDS = ("programs", "implementations")
MOST_PROGRAMS, MOST_CHARACTERS = 1000, 1 << 20
"""Programs of one run, and characters of one program."""
MOST_IN_ALL = 1 << 28
"""Characters of all programs of a file."""


def read_runs(place: Path) -> dict[str, tuple[str, ...]]:
    """Return task id → programs. Raises `UsageError` for a file that cannot be read or is of another form."""
    found: dict[str, tuple[str, ...]] = {}
    left = MOST_IN_ALL
    for where, row in attempts.rows(place):
        full = f"{place}, {where}"
        task = attempts.task_id(row, full)
        programs = next((row[name] for name in FIELDS if name in row), None)
        if not isinstance(programs, list) or not all(isinstance(one, str) for one in programs):
            raise UsageError(f"{full}: lacks `programs`, a list of texts")
        if len(programs) > MOST_PROGRAMS or any(len(one) > MOST_CHARACTERS for one in programs):
            raise UsageError(
                f"{full}: more than {MOST_PROGRAMS:,} programs, or one of more than {MOST_CHARACTERS:,} characters"
            )
        if task in found:
            raise UsageError(f"{full}: a second row of {task[:100]!r}")
        left -= sum(map(len, programs))
        if left < 0:
            raise UsageError(f"{place}: more than {MOST_IN_ALL:,} characters of programs")
        found[task] = tuple(programs)
    return found
