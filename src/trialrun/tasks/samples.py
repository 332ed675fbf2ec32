"""Read samples: attempts at tasks, in the formats that people have them in.

`tasks/sample_formats.py` finds the format and its reader, which yields `Attempt`s; here each is given its task
and becomes a program. Ids may be written `HumanEval/0`, `HumanEval_0` or `0`. The texts are hostile: they are
bounded, nothing is evaluated, and text that no interpreter accepts (NUL, lone surrogates) is passed on for the
sandbox to reject.

Leaves out: extraction of code from prose (`solution` must be a program).
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from trialrun.core.errors import UsageError, nearest
from trialrun.core.task import Sample, TaskSet
from trialrun.tasks import sample_formats
from trialrun.tasks.registry import resolve
from trialrun.tasks.suites import SUITES

_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """What a samples file holds for a task set."""

    samples: tuple[Sample, ...]
    """In the order of the file."""
    missing: tuple[str, ...]
    """Ids of tasks without a sample, in the set's order."""


def read_samples(
    path: Path | str, task_set: TaskSet, *, only: Collection[str] | None = None, format: str | None = None
) -> Samples:
    """Read the samples of a task set from a file or a directory, in `format` or in the one it is found to have.

    `task_set` must be whole; `only` keeps the samples of these task ids. Raises `UsageError` for a file
    that is not there, a broken line (with its number) and for ids that the set does not have (all listed,
    once).
    """
    place = existing(Path(path))
    found = sample_formats.find(format) if format is not None else sample_formats.detect(place)
    tasks = {task.id: task for task in task_set.tasks}
    prefix = SUITES[task_set.name].prefix if task_set.name in SUITES else ""
    samples: list[Sample] = []
    counts: dict[str, int] = {}
    unknown: dict[str, str] = {}
    for attempt in found.read(place):
        known = resolve(attempt.task, tasks, prefix)
        if known is None:
            unknown.setdefault(attempt.task, attempt.where)
        elif only is None or known in only:
            index = counts.get(known, 0)
            counts[known] = index + 1
            samples.append(Sample(task_id=known, index=index, source=attempt.program(tasks[known])))
    if unknown:
        raise UsageError(_unknown_tasks(place, unknown, task_set))
    wanted = [task.id for task in task_set.tasks if only is None or task.id in only]
    return Samples(samples=tuple(samples), missing=tuple(name for name in wanted if name not in counts))


def existing(place: Path) -> Path:
    """Return the path, or raise `UsageError` with its nearest neighbours where nothing is there."""
    if not place.exists():
        beside = [str(p) for p in place.parent.glob("*")] if place.parent.is_dir() else []
        raise UsageError(f"no samples at {place}{nearest(str(place), beside)}")
    return place


def reference_samples(task_set: TaskSet) -> Samples:
    """Return the task set's own solutions as samples, one a task."""
    samples = [
        Sample(task_id=task.id, index=0, source=task.reference)
        for task in task_set.tasks
        if task.reference is not None
    ]
    missing = tuple(task.id for task in task_set.tasks if task.reference is None)
    return Samples(samples=tuple(samples), missing=missing)


def _unknown_tasks(place: Path, unknown: dict[str, str], task_set: TaskSet) -> str:
    lines = [f"{place}: {len(unknown)} task ids that {task_set.name} does not have:"]
    known = [task.id for task in task_set.tasks]
    for task, where in list(unknown.items())[:_SHOWN]:
        lines.append(f"  {where}: {task[:100]!r}{nearest(task[:100], known)}")
    if len(unknown) > _SHOWN:
        lines.append(f"  and {len(unknown) - _SHOWN} more")
    return "\n".join(lines)
