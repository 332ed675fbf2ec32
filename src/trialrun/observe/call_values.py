"""The calls that a program made of some of its functions: caller, callee, arguments, and how each call ended.

A program is rewritten so that it keeps its calls and gives them back (`lang/call_recorder.py`), and is run like any
other: `recorded_calls` needs nothing but a runner. Calls come in the order of their beginnings; each names the call
that made it, so recursion and two calls on one line stay apart. Arguments are those at the call's beginning.

All of it comes out of the program's process: hints about where to look, never a verdict. It is read with bounds, and
what has another shape than an honest recorder's counts as nothing recorded. Leaves out: what the recorder leaves out.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trialrun.core.context import Runner
from trialrun.core.execution import Execution, Outcome
from trialrun.core.plain_values import read_plain
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.call_recorder import MOST, recording

_BYTES = 64 << 20
_PARTS = 4_000_000
_NAME = 200


class Ending(StrEnum):
    """How a call ended."""

    RETURNED = "returned"
    RAISED = "raised"
    OPEN = "open"
    """It was a call of a hole that is not filled; the run ended there."""
    UNFINISHED = "unfinished"
    """It was under way when the run was stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of one function."""

    function: str
    caller: int
    """Place of the call that made it, among the calls of the run; −1 where none of the recorded functions did."""
    args: tuple[Any, ...]
    """In the order of the parameters, as they were when it began; `...` stands for what is no plain value."""
    ending: Ending
    value: Any = None
    exception: str = ""
    """Name of the exception's type, where it raised."""

    @property
    def is_plain(self) -> bool:
        """Whether arguments and result are known entirely."""
        return not (_has_gap(self.args) or _has_gap(self.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRun:
    """One run of a program, with the calls that it made."""

    calls: tuple[Call, ...] = ()
    ending: Ending = Ending.UNFINISHED
    """How the call of the entry point ended; `unfinished` where nothing came back."""
    value: Any = None
    exception: str = ""
    fault: str = ""
    """Why nothing was recorded, where nothing was."""

    def of(self, function: str) -> tuple[Call, ...]:
        """Return the calls of one function."""
        return tuple(call for call in self.calls if call.function == function)


def recorded_calls(
    runner: Runner,
    program: Program,
    cases: Sequence[Case],
    functions: Sequence[str],
    *,
    open_: Sequence[str] = (),
    muted: str = "",
) -> tuple[CallRun, ...]:
    """Run a program on cases and return the calls of `functions` in each.

    `open_` and `muted` name functions that end the run or give nothing back, as the recorder has it.
    """
    recorder = recording(program, functions, open_=open_, muted=muted)
    if recorder is None:
        return tuple(CallRun(fault="the program does not parse, or has no entry point") for _ in cases)
    return tuple(read_calls(one, functions) for one in runner.run(recorder, cases))


def read_calls(execution: Execution, functions: Collection[str]) -> CallRun:
    """Return what a recording program gave back."""
    if execution.outcome is not Outcome.RETURNED or execution.value is None:
        return CallRun(fault=f"the recording run ended by {execution.ending}"[:_NAME])
    try:
        ((ending, exception, value, rows),) = read_plain(execution.value, limit=_BYTES, parts=_PARTS)
        if type(exception) is not str or type(rows) is not list or len(rows) > MOST:
            raise ValueError
        calls = tuple(_call(row, place, functions) for place, row in enumerate(rows))
        return CallRun(calls=calls, ending=Ending(ending), value=value, exception=exception[:_NAME])
    except (ValueError, TypeError):
        return CallRun(fault="the record has another form than a recorder writes")


def _call(row: Any, place: int, functions: Collection[str]) -> Call:
    """Return one row as a call. Raises `ValueError` or `TypeError` for a row of another form."""
    name, caller, args, ending, exception, value = row
    if type(name) is not str or name not in functions or type(args) is not list:
        raise ValueError
    if type(caller) is not int or not -1 <= caller < place or type(exception) is not str:
        raise ValueError
    return Call(
        function=name,
        caller=caller,
        args=tuple(args),
        ending=Ending(ending),
        value=value,
        exception=exception[:_NAME],
    )


def _has_gap(value: Any) -> bool:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if one is ...:
            return True
        if type(one) in (list, tuple, set, frozenset):
            waiting += one
        elif type(one) is dict:
            waiting += [*one, *one.values()]
    return False
