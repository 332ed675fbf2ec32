"""Load a task set by name, and say which ones there are.

`load` finds the data file (`tasks/datafiles.py`), hashes it and hands its rows to the set's reader; nothing
is imported, read or kept before that. A name that ends in `.jsonl` or `.json` is the path of one's own
tasks.

Leaves out: fetching data (`tasks/download.py`), running anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import msgspec

from trialrun.core.errors import UsageError, nearest
from trialrun.core.task import Task, TaskSet
from trialrun.tasks import datafiles
from trialrun.tasks.suites import SUITES, Suite

OWN_SUFFIXES = (".jsonl", ".json", ".jsonl.gz", ".json.gz")
"""Names that end so are files of one's own tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """What `trialrun list` shows of one task set."""

    name: str
    about: str
    tasks: int
    present: bool
    """Whether its data is on this machine."""
    path: str | None
    """Where it was found; None where it ships with trialrun or is absent."""
    looked_for: tuple[str, ...]
    """Every place that is searched, in order."""
    get: str | None
    """Command that brings the data; None where none is needed."""
    licence: str
    source: str


def available() -> list[Availability]:
    """Return every task set with the state of its data on this machine; reads no data."""
    return [_availability(suite) for suite in SUITES.values()]


def load(
    name: str, *, limit: int | None = None, ids: Iterable[str] | None = None, path: Path | str | None = None
) -> TaskSet:
    """Read a task set, or the tasks of it that `ids` and `limit` choose.

    `path` reads that file, or checkout, in place of the one found. Raises `UsageError` for an unknown name or task,
    and `Missing`, with the command that brings it, where the data is not on this machine.
    """
    if name not in SUITES and name.endswith(OWN_SUFFIXES):
        from trialrun.tasks import own

        return select(own.load(Path(name)), limit=limit, ids=ids)
    suite = find(name)
    return select(_read(suite, None if path is None else Path(path)), limit=limit, ids=ids)


def find(name: str) -> Suite:
    """Return the row of a task set, or raise `UsageError` with the nearest names."""
    if name not in SUITES:
        known = ", ".join(SUITES)
        hint = nearest(name, SUITES)
        raise UsageError(f"no task set {name!r}{hint}; there are {known}, and files of your own (*.jsonl)")
    return SUITES[name]


def select(task_set: TaskSet, *, limit: int | None = None, ids: Iterable[str] | None = None) -> TaskSet:
    """Keep the tasks named by `ids` (in the set's order), then the first `limit` of them."""
    chosen = task_set.tasks
    if ids is not None:
        wanted = {task_id(text, task_set) for text in ids}
        chosen = tuple(task for task in chosen if task.id in wanted)
    if limit is not None:
        if limit < 1:
            raise UsageError(f"limit is {limit}; it must be at least 1")
        chosen = chosen[:limit]
    return replace(task_set, tasks=chosen)


def task_id(text: str, task_set: TaskSet) -> str:
    """Return the id of the task that a text names: `HumanEval/0`, `HumanEval_0` or `0`."""
    known = {task.id for task in task_set.tasks}
    found = resolve(text, known, _prefix(task_set.name))
    if found is None:
        raise UsageError(f"{task_set.name} has no task {text[:100]!r}{nearest(text[:100], known)}")
    return found


def resolve(text: str, known: Sequence[str] | set[str] | dict[str, Task], prefix: str) -> str | None:
    """Return the known id that a text stands for, or None.

    >>> resolve("HumanEval_7", {"HumanEval/7"}, "HumanEval"), resolve("7", {"HumanEval/7"}, "HumanEval")
    ('HumanEval/7', 'HumanEval/7')
    """
    for form in (text, text.replace("_", "/"), f"{prefix}/{text}"):
        if form in known:
            return form
    return None


def _prefix(name: str) -> str:
    return SUITES[name].prefix if name in SUITES else ""


def _read(suite: Suite, path: Path | None) -> TaskSet:
    reader = import_module(f"trialrun.tasks.{suite.reader}")
    task_set: TaskSet
    if suite.checkout is not None:
        task_set = reader.load(suite, datafiles.find_checkout(suite.checkout, name=suite.name, path=path))
        return task_set
    if suite.file is None:
        task_set = reader.load(suite)
        return task_set
    found = datafiles.read(suite.file, name=suite.name, path=path)
    rows = reader.read_rows(found) if hasattr(reader, "read_rows") else datafiles.rows(found)
    try:
        tasks: tuple[Task, ...] = reader.tasks(rows, suite)
    except msgspec.ValidationError as error:
        raise UsageError(f"{found.path} is not the data of {suite.name}: {error}") from error
    version = suite.file.version_of(found.sha256)
    return TaskSet(
        name=suite.name,
        version=version,
        sha256=found.sha256,
        tasks=tasks,
        python=suite.python,
        limits=suite.limits,
    )


def _availability(suite: Suite) -> Availability:
    if suite.checkout is not None:
        return _checkout_availability(suite, suite.checkout)
    file = suite.file
    place = None if file is None else datafiles.locate(file)
    return Availability(
        name=suite.name,
        about=suite.about,
        tasks=suite.size,
        present=file is None or place is not None,
        path=None if place is None else str(place),
        looked_for=() if file is None else tuple(str(where) for where in datafiles.candidates(file)),
        get=f"trialrun data get {suite.name}" if file is not None and file.url else None,
        licence=suite.licence,
        source=suite.source,
    )


def _checkout_availability(suite: Suite, checkout: datafiles.Checkout) -> Availability:
    place = datafiles.locate_checkout(checkout)
    return Availability(
        name=suite.name,
        about=suite.about,
        tasks=suite.size,
        present=place is not None,
        path=None if place is None else str(place),
        looked_for=(f"${checkout.variable}",),
        get=checkout.get,
        licence=suite.licence,
        source=suite.source,
    )
