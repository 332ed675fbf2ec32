"""The calls that test code makes of a program, as cases: for tests that do not state theirs as plain asserts.

A program that passes is run under its tests once more, and the calls that cross the channel are read with bounds. What
it gives on them, in jobs of its own, stands for what is expected: it is as right as the tests can tell. Only calls
whose arguments and results are plain values count.

Leaves out: test classes that share the program's process, tests that look at more than answers (`run/transcript.py`),
arguments by keyword.
"""

from trialrun.core.execution import Limits
from trialrun.core.plain_values import read_plain
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case
from trialrun.lang.sketch import Pair
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox
from trialrun.run.transcript import transcript_of
from trialrun.store.cache import BlobCache

MOST = 50
"""Different calls that are read."""
_LARGEST = 20_000
"""Bytes of the arguments of one call, or of its result, that are read."""


def tested_calls(
    sandbox: Sandbox, check: AssertCheck, program: Program, limits: Limits, *, seed: int = 0
) -> tuple[Pair, ...]:
    """Return the calls of a program's entry point under a check that it passes; none where they cannot be told."""
    found = transcript_of(sandbox, f"{program.id} {check.code}", "", check, program, BlobCache(), seed)
    cases: dict[str, Case] = {}
    for call in found.calls if found is not None else ():
        args = _arguments(call, program.entry)
        if args is not None and len(cases) < MOST:
            cases.setdefault(repr(args), Case(args=args))
    pairs = []
    for case, done in zip(
        cases.values(), run_fresh(sandbox, program, list(cases.values()), limits).executions, strict=True
    ):
        try:
            pairs.append(Pair(args=case.args, expected=read_plain(done.value or b"", limit=_LARGEST)[0]))
        except ValueError:
            continue
    return tuple(pairs)


def _arguments(call: bytes, entry: str | None) -> tuple[object, ...] | None:
    """Return the positional arguments of an encoded call, or None where it is of another function or kind."""
    try:
        read = read_plain(call, limit=_LARGEST)
    except ValueError:
        return None
    match read:
        case (str() as name, None, tuple() as args, dict() as named) if name == entry and not named:
            return args
    return None
