"""`open_session`: a sketch file and its tests, ready to be compiled and worked on (`repair/session.py`).

Leaves out: talking to a person (`cli/anpl.py`).
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.discovery import find
from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits
from trialrun.core.method import Generator
from trialrun.core.settings import from_table
from trialrun.core.task import AssertCheck, Task
from trialrun.core.text_files import read_text
from trialrun.lang.known_cases import known_cases
from trialrun.lang.scopes import Unparseable, called_names, names
from trialrun.lang.sketch import read_sketch
from trialrun.making import PublicRunner
from trialrun.models.absent import NoModel
from trialrun.models.open import ModelOptions, open_model
from trialrun.models.wrap import Metered
from trialrun.repair.session import Session
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchWork:
    """A sketch and how it is to be compiled."""

    sketch: Path
    """Python file whose stubs are the holes."""
    tests: Path
    """Asserts that call the entry point."""
    entry: str | None = None
    """Function that the tests call; default: the first function of the sketch that they call."""
    method: str = "anpl"
    """Method that fills holes."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Settings of that method."""
    model: str | None = None
    """Model that it asks; None where it asks none."""
    model_options: ModelOptions = field(default_factory=ModelOptions)
    limits: Limits = field(default_factory=Limits)
    call_budget: int | None = None
    """Model calls at most."""
    seed: int = 0


@contextlib.contextmanager
def open_session(work: SketchWork) -> Iterator[Session]:
    """Give a session; nothing is filled yet. Raises `UsageError` for what cannot be read, or has no entry point."""
    text, tests = read_text(work.sketch), read_text(work.tests)
    sketch = read_sketch(text)
    task = _task(work, text, tests)
    if not known_cases(task.public_checks):
        raise UsageError(
            f"{work.tests}: write asserts such as `assert {task.entry}([1]) == 2`, and nothing else"
        )
    fill = from_table(find(work.method, Generator), work.settings)  # type: ignore[type-abstract]
    limits = {} if work.call_budget is None else {"model_calls": float(work.call_budget)}
    budget = Budget(**limits)
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox())
        if work.model is None:
            model: Any = NoModel()
        else:
            model = stack.enter_context(open_model(work.model, work.model_options))
        judge = Judge(sandbox, Rules(limits=work.limits, comparator="strict"))
        runner = PublicRunner(judge, task, budget)
        ctx = Context(model=Metered(model, budget), runner=runner, budget=budget, seed=work.seed)
        yield Session(task=task.public(), ctx=ctx, sketch=sketch, fill=fill)


def _task(work: SketchWork, text: str, tests: str) -> Task:
    called, given = called_names(tests), names(text)
    for path, found in ((work.tests, called), (work.sketch, given)):
        if isinstance(found, Unparseable):
            raise UsageError(f"{path}: {found.reason}")
    assert not isinstance(called, Unparseable) and not isinstance(given, Unparseable)
    entry = work.entry or next((name for name in called if name in given.functions), None)
    if entry is None or entry not in given.functions:
        raise UsageError(
            f"{work.tests} calls no function of {work.sketch}; say which one is meant: --entry NAME"
        )
    check = AssertCheck(name="tests", code=tests, remote=(entry,))
    return Task(
        id=work.sketch.name,
        suite="sketch",
        statement="",
        entry=entry,
        prefix=text,
        public_checks=(check,),
    )
