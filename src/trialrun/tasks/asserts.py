"""Decide how a list of assert lines is run: which names are the candidate's, which belong to the task.

Published asserts rely on sharing a namespace with the solution. Taken apart, every name they read from
module scope falls in one of four kinds: a function that the reference defines is the candidate's and
*remote* (even where it shadows a builtin, as `sum` in MBPP/126); a module that the reference imports, or
any standard module, goes into the task's *context*; a builtin is itself; and a class or a value that only
the solution defines cannot be taken apart: then the check is *same-process*, and weak.

Leaves out: test code that is more than asserts (`unittest` classes, mocks).
"""

import sys
from dataclasses import dataclass

from trialrun.core.task import AssertCheck
from trialrun.lang.scopes import Names, Unparseable, called_names, imports_of, names


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one task's asserts are run."""

    entry: str | None
    """The remote name that is called first."""
    remote: tuple[str, ...]
    """The candidate's functions, in the order of their first call."""
    context: str
    """Imports that the asserts need and lack, then the data set's own set-up code."""
    borrowed: tuple[str, ...]
    """Names that the asserts use and only `context`'s imports bind."""
    same_process: str | None
    """Why the asserts must share the candidate's process, or None."""

    def check(self, name: str, tests: str) -> AssertCheck:
        """Make the check that runs these asserts."""
        code = f"{self.context}{tests}" if self.same_process else tests
        return AssertCheck(name=name, code=code, remote=self.remote, same_process=self.same_process)

    @property
    def shared_context(self) -> str:
        """Code for `Task.context`: empty where the check carries it itself."""
        return "" if self.same_process else self.context


def plan(tests: str, reference: str, *, setup: str = "") -> Plan:
    """Sort the names of assert lines by what the reference makes of them.

    `tests` and `reference` are a data set's own text; raises ValueError where either is no Python.
    """
    wanted = _names(setup + tests)
    given = _names(reference)
    calls = called_names(setup + tests)
    order = () if isinstance(calls, Unparseable) else calls
    functions = set(wanted.reads) & set(given.functions)
    remote = tuple(
        sorted(functions, key=lambda name: (name not in order, order.index(name) if name in order else 0))
    )
    foreign = set(wanted.free) - functions
    imports = imports_of(reference, foreign)
    assert not isinstance(imports, Unparseable)
    borrowed = foreign & set(_names(imports).defined)
    modules = {name for name in foreign - borrowed if name in sys.stdlib_module_names}
    imports += "".join(f"import {name}\n" for name in sorted(modules))
    unresolved = sorted(foreign - borrowed - modules)
    return Plan(
        entry=remote[0] if remote else None,
        remote=remote,
        context=imports + setup,
        borrowed=tuple(sorted(borrowed | modules)),
        same_process=_reason(unresolved, given),
    )


def _reason(unresolved: list[str], given: Names) -> str | None:
    if not unresolved:
        return None
    kinds = [f"{'class' if name in given.classes else 'name'} {name}" for name in unresolved]
    return f"the tests use the {', '.join(kinds)}, which only the solution defines"


def _names(source: str) -> Names:
    found = names(source)
    if isinstance(found, Unparseable):
        raise ValueError(f"the data set's own code does not parse: {found.reason}")
    return found
