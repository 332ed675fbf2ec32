"""One row of the matrix: one program on many inputs, in a given order, sharing a job or with a job for each.

Inputs are encoded calls (`batch.encode_calls`) or `Case`s for a whole program, each of which has a job to itself
anyway. With `isolate="case"` a call has one too, so that nothing a program keeps between calls can matter.

Leaves out: several programs (`matrix.py`), judging.
"""

import contextlib
import random
from collections.abc import Callable, Generator, Sequence
from typing import Any, Literal, TypeGuard

from trialrun.core import values
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import Exact, numbered_cases
from trialrun.run.sandbox import Sandbox
from trialrun.run.whole import run_program

Inputs = Sequence[bytes] | Sequence[Case]
Isolate = Literal["program", "case"]
Collect = Sequence[str] | Literal["all"]
Account = Callable[[float, float], Any]
NEVER_LOADS = frozenset({Outcome.LOAD, Outcome.SYNTAX})
"""Outcomes that are the same for every input."""


def are_calls(inputs: Inputs) -> TypeGuard[Sequence[bytes]]:
    """Say whether inputs are encoded calls."""
    return bool(inputs) and isinstance(inputs[0], bytes)


def shuffled(count: int, seed: int | None) -> Sequence[int]:
    """Return the places 0 … count − 1 in the order of a seed; as they are where it is None."""
    if seed is None:
        return range(count)
    places = list(range(count))
    random.Random(seed).shuffle(places)
    return places


def run_row(
    sandbox: Sandbox,
    program: Program,
    inputs: Inputs,
    limits: Limits,
    *,
    order: Sequence[int] | None = None,
    isolate: Isolate = "program",
    entries: Sequence[str] | None = None,
    collect: Collect = (),
    account: Account | None = None,
    metered: bool = False,
    cancel: int | None = None,
    exact: Exact | None = None,
) -> Generator[tuple[int, Execution], None, None]:
    """Yield (place, execution) for the inputs at the places of `order`, by default all; closing it ends the job.

    The options are those of `numbered_cases` and `run_program`. The answers of `exact` are in that order; of calls
    that have a job each it is told nothing. A program that does not load yields one pair.
    """
    places = range(len(inputs)) if order is None else order
    together = isolate == "program"
    for group in [places] if are_calls(inputs) and together else ([place] for place in places):
        if are_calls(inputs):
            calls = inputs if group == range(len(inputs)) else [inputs[place] for place in group]
            answers = numbered_cases(
                sandbox,
                program,
                calls,
                limits,
                entries=entries,
                account=account,
                metered=metered,
                cancel=cancel,
                exact=exact if together else None,
            )
        else:
            answers = _run_whole(sandbox, program, inputs[group[0]], limits, collect, account, cancel)
        with contextlib.closing(answers):
            for number, execution in answers:
                yield group[number], execution
                if execution.outcome in NEVER_LOADS:
                    return


def _run_whole(
    sandbox: Sandbox,
    program: Program,
    case: Any,
    limits: Limits,
    collect: Collect,
    account: Account | None,
    cancel: int | None,
) -> Generator[tuple[int, Execution], None, None]:
    assert isinstance(case, Case)
    execution = run_program(
        sandbox,
        program,
        limits,
        stdin=case.stdin or "",
        argv=case.argv,
        files=case.files,
        collect=collect,
        cancel=cancel,
    )
    if account is not None:
        account(execution.cpu_s, execution.peak_mb)
    yield 0, execution


def content_of(given: bytes | Case) -> bytes:
    """Return bytes that stand for an input in the key of a cache."""
    if isinstance(given, bytes):
        return given
    return values.encode((given.stdin, given.argv, given.files), limit=1 << 30)
