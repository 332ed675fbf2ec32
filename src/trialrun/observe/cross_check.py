"""The same observation by another back end: what is to be a label is believed when two of them agree.

Lines: `sys.monitoring` and `sys.settrace` (the same one twice before Python 3.12). The result: the plain run and the
rewritten one. Final values: the rewritten program and `sys.settrace`, which copies the variables of the first frame of
the function as it is left. What the two say is compared with consecutive duplicates of lines drawn together.

Leaves out: any judgement on a program; a program that notices tracing may deceive both.
"""

import itertools
from collections.abc import Sequence

from trialrun.core import compare_values, values
from trialrun.core.execution import Execution, Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Level, Trace
from trialrun.lang.regions import facts_of
from trialrun.lang.scopes import Unparseable
from trialrun.observe.events import read_trace
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.sandbox import Sandbox
from trialrun.run.traced import run_traced

_DRIVER = "__trialrun_variables__"
_SOURCE = """

def {driver}(*args):
    import sys
    wanted, found = {entry}.__code__, []
    def leave(frame, event, arg):
        if event == "return" and not found:
            found.append(dict(frame.f_locals))
        return leave
    def enter(frame, event, arg):
        if frame.f_code is wanted and not entered:
            entered.append(1)
            return leave
    entered = []
    sys.settrace(enter)
    try:
        {entry}(*args)
    finally:
        sys.settrace(None)
    return found[0]
"""


def drawn_together(lines: Sequence[int]) -> list[int]:
    """Return lines without consecutive duplicates.

    >>> drawn_together([1, 2, 2, 3, 2])
    [1, 2, 3, 2]
    """
    return [line for line, _ in itertools.groupby(lines)]


def lines_by_settrace(sandbox: Sandbox, program: Program, case: Case, limits: Limits) -> Trace | None:
    """Return the trace of lines that `sys.settrace` gives; None for a program that does not parse."""
    name, source = program.files[0]
    facts = facts_of(source)
    if isinstance(facts, Unparseable):
        return None
    settings = {"level": str(Level.LINES), "lines": "settrace", "first": 100_000, "last": 20_000}
    call = encode_calls(program.entry or "", [case])[0]
    recorded = run_traced(sandbox, program, limits, settings, call=call)
    python = sandbox.isolation.python.version
    return read_trace(
        recorded.record, recorded.execution, ((name, source),), facts, level=Level.LINES, python=python
    )


def variables_by_settrace(sandbox: Sandbox, program: Program, case: Case, limits: Limits) -> Execution:
    """Return an execution whose value is a dict: the variables of the function's first frame as it is left."""
    source = program.source + _SOURCE.format(driver=_DRIVER, entry=program.entry)
    asking = Program.from_source(source, entry=_DRIVER)
    (found,) = list(run_cases(sandbox, asking, encode_calls(_DRIVER, [case]), limits))
    return found


def same(one: bytes, two: bytes) -> bool:
    """Tell whether two canonical values are surely equal."""
    try:
        return compare_values.equal(one, two, compare_values.Comparator(name="python")) is True
    except values.Malformed:
        return False
