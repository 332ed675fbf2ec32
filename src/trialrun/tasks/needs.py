"""What a task set needs of the machine that runs it: requirements, limits, modules worth importing once.

Leaves out: bringing any of it (`run/`).
"""

from collections import Counter
from dataclasses import fields, replace

from trialrun.core.execution import Limits
from trialrun.core.task import Task, TaskSet
from trialrun.lang.imports import imported_modules

_RARE = 20
"""A module that less than one task in this many imports is not imported for all."""


def requirements(task_set: TaskSet) -> tuple[str, ...]:
    """Return the pinned requirements of all tasks, each once."""
    return tuple(sorted({text for task in task_set.tasks for text in task.requires}))


def limits_for(task_set: TaskSet, asked: Limits) -> Limits:
    """Return the limits of a run: each as asked for, or the task set's own where it is the usual one."""
    own, usual = task_set.limits, Limits()
    if own is None:
        return asked
    names = [
        field.name for field in fields(Limits) if getattr(asked, field.name) == getattr(usual, field.name)
    ]
    return replace(asked, **{name: getattr(own, name) for name in names})


def common_modules(task_set: TaskSet) -> frozenset[str]:
    """Return the modules that one task in twenty imports, or more.

    They are imported once, for all jobs; a rarer one would burden every job of the set with what it brings. What is
    not installed where the jobs run is left out there.
    """
    counts = Counter(module for task in task_set.tasks for module in _imported_by(task))
    return frozenset(name for name, count in counts.items() if _RARE * count >= len(task_set.tasks))


def _imported_by(task: Task) -> frozenset[str]:
    codes = [task.context, task.reference or "", *(getattr(c, "code", "") for c in task.hidden_checks)]
    return frozenset[str]().union(*map(imported_modules, codes))
