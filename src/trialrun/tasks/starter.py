"""The starter set: 24 tasks of trialrun's own, from trivial to hard; always there, nothing to download.

They are written down in `starter.toml`. Between them they cover what a judge has to get right: results that
are sets, tuples, generators, floats and None; arguments changed in place and tests that look at them
afterwards; errors that must be raised; helpers in the prompt that the tests call. `cases` are compared with
the reference's results, `tests` are asserts.

Leaves out: other languages, programs that read stdin.
"""

import ast
import hashlib
import tomllib
from importlib import resources

import msgspec

from trialrun.core.task import AssertCheck, Case, CaseCheck, Check, Task, TaskSet
from trialrun.tasks.suites import Suite


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[task]]` of `starter.toml`."""

    entry: str
    level: str
    """`trivial`, `easy`, `medium` or `hard`."""
    prompt: str
    """Imports and helpers, signature and docstring."""
    body: str
    """What follows the prompt in the reference."""
    public: str
    """Asserts that a method may see."""
    tests: str = ""
    """Asserts that decide."""
    cases: str = ""
    """Inputs that decide, one a line: the arguments as a Python list literal."""
    atol: float = 0.0


def load(suite: Suite) -> TaskSet:
    """Read the tasks that ship with trialrun."""
    data = (resources.files("trialrun.tasks") / "starter.toml").read_bytes()
    entries = msgspec.convert(tomllib.loads(data.decode())["task"], list[Entry])
    return TaskSet(
        name=suite.name,
        version="1",
        sha256=hashlib.sha256(data).hexdigest(),
        tasks=tuple(_task(number, entry, suite) for number, entry in enumerate(entries, 1)),
    )


def _task(number: int, entry: Entry, suite: Suite) -> Task:
    remote = (entry.entry,)
    hidden: list[Check] = []
    if entry.cases:
        inputs = [ast.literal_eval(line) for line in entry.cases.strip().splitlines()]
        cases = tuple(Case(args=tuple(arguments)) for arguments in inputs)
        hidden.append(CaseCheck(name="cases", cases=cases, atol=entry.atol))
    if entry.tests:
        hidden.append(AssertCheck(name="tests", code=entry.tests, remote=remote))
    return Task(
        id=f"{suite.prefix}/{number}",
        suite=suite.name,
        statement=entry.prompt,
        entry=entry.entry,
        prefix=entry.prompt,
        context=entry.prompt,
        public_checks=(AssertCheck(name="public", code=entry.public, remote=remote),),
        hidden_checks=tuple(hidden),
        reference=entry.prompt + entry.body,
        source=suite.source,
        licence=suite.licence,
    )
