"""Expected outcomes that a data set does not ship: its reference solution, run in its own sandbox, once.

Kept in the user's cache under (reference, inputs, interpreter, format), so that a second evaluation starts at once. Of
a large value the digest is kept: nearly all answers have the same bytes. For one that has not, the reference runs again
(`recalled`).

Leaves out: comparison with them (`verify/cases.py`).
"""

import contextlib
import hashlib
from collections.abc import Sequence

import msgspec

from trialrun.core import values
from trialrun.core.compare_values import bytes_decide
from trialrun.core.errors import BoundaryError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case, Output
from trialrun.run.batch import run_cases
from trialrun.run.row import content_of, run_row
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import BlobCache, content_key

_FORMAT = "expected-2"
_PRINTED = "printed-1"
_LIMITS = Limits(cpu_s=120.0, memory_mb=4096, value_kb=256 * 1024)
"""Generous: a reference is slow at worst, not hostile."""
_LARGE = 1 << 16
"""Bytes of a value from which on its digest is kept in its place."""


class ReferenceFailed(BoundaryError):
    """A task set's own solution did not give an outcome that others can be compared with."""


class Expected(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the reference did on one case."""

    outcome: Outcome
    value: bytes | None
    exception: str | None
    digest: bytes = b""
    """sha256 of a returned value that is not at hand; what has the same bytes is equal to it."""

    @property
    def comparable(self) -> bool:
        """Whether other programs can be compared with this: not where the answer was too large to leave the job."""
        return self.exception is None or not self.exception.startswith("TooLarge")


_OUTCOMES = msgspec.msgpack.Decoder(tuple[Expected, ...])


def expected_outcomes(
    sandbox: Sandbox, program: Program, calls: Sequence[bytes], cache: BlobCache, *, whole: bool = False
) -> tuple[Expected, ...]:
    """Return the reference's outcome on each call, with large values at hand too where `whole` asks for them.

    Raises `ReferenceFailed` where it neither returns nor raises.
    """
    python = sandbox.isolation.python.fingerprint
    key = content_key(_FORMAT, str(whole), python, program.id, msgspec.msgpack.encode(calls))
    kept = cache.get(key)
    if kept is not None:
        return _OUTCOMES.decode(kept)
    running = run_cases(sandbox, program, calls, _LIMITS)
    with contextlib.closing(running):
        outcomes = tuple(_expected(execution, number, whole) for number, execution in enumerate(running))
    if len(outcomes) != len(calls):
        raise ReferenceFailed(f"the reference answered {len(outcomes)} of {len(calls)} cases")
    cache.put(key, msgspec.msgpack.encode(outcomes))
    return outcomes


def recalled(sandbox: Sandbox, program: Program, call: bytes, expected: Expected) -> bytes:
    """Return a value that is not at hand, by running the reference once more.

    Raises `ReferenceFailed` where it gives another one.
    """
    running = run_cases(sandbox, program, [call], _LIMITS)
    with contextlib.closing(running):
        value = next(running).value
    if value is None or hashlib.sha256(value).digest() != expected.digest:
        raise ReferenceFailed("the reference does not give the same answer again")
    return value


def expected_outputs(
    sandbox: Sandbox, program: Program, cases: Sequence[Case], cache: BlobCache
) -> tuple[Output, ...]:
    """Return what the reference prints on each case, as a whole program. Raises as `expected_outcomes` does."""
    python = sandbox.isolation.python.fingerprint
    key = content_key(_PRINTED, python, program.id, *(content_of(case) for case in cases))
    kept = cache.get(key)
    if kept is None:
        executions = [execution for _, execution in run_row(sandbox, program, cases, _LIMITS)]
        for number, execution in enumerate(executions):
            if execution.outcome is not Outcome.RETURNED:
                raise ReferenceFailed(
                    f"the reference ended with {execution.outcome} on case {number}: {execution.message}"
                )
        kept = msgspec.msgpack.encode([execution.stdout for execution in executions])
        cache.put(key, kept)
    return tuple(Output(stdout=printed) for printed in msgspec.msgpack.decode(kept, type=list[bytes]))


def _expected(execution: Execution, number: int, whole: bool) -> Expected:
    if execution.outcome not in (Outcome.RETURNED, Outcome.RAISED):
        raise ReferenceFailed(
            f"the reference ended with {execution.outcome} on case {number}: {execution.message}"
        )
    value = execution.value
    if whole or value is None or len(value) < _LARGE or not _decides(value):
        return Expected(execution.outcome, value, execution.exception)
    return Expected(execution.outcome, None, None, hashlib.sha256(value).digest())


def _decides(value: bytes) -> bool:
    try:
        return bytes_decide(value, limit=len(value))
    except values.Malformed:
        return False
