"""Expected outcomes that a data set does not ship: its reference solution, run in its own sandbox, once.

Kept in the user's cache under (reference, inputs, interpreter, format), so that a second evaluation starts at once.

Leaves out: comparison with them (`verify/tests.py`).
"""

from collections.abc import Sequence

import msgspec

from trialrun.core.errors import BoundaryError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case, Output
from trialrun.run.batch import run_cases
from trialrun.run.row import content_of, run_row
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import BlobCache, content_key

_FORMAT = "expected-1"
_PRINTED = "printed-1"
_LIMITS = Limits(cpu_s=120.0, memory_mb=4096, value_kb=256 * 1024)
"""Generous: a reference is slow at worst, not hostile."""


class ReferenceFailed(BoundaryError):
    """A task set's own solution did not give an outcome that others can be compared with."""


class Expected(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the reference did on one case."""

    outcome: Outcome
    value: bytes | None
    exception: str | None

    @property
    def comparable(self) -> bool:
        """Whether other programs can be compared with this: not where the answer was too large to leave the job."""
        return self.exception is None or not self.exception.startswith("TooLarge")


_OUTCOMES = msgspec.msgpack.Decoder(tuple[Expected, ...])


def expected_outcomes(
    sandbox: Sandbox, program: Program, calls: Sequence[bytes], cache: BlobCache
) -> tuple[Expected, ...]:
    """Return the reference's outcome on each call. Raises `ReferenceFailed` where it neither returns nor raises."""
    key = content_key(_FORMAT, sandbox.isolation.python.fingerprint, program.id, *calls)
    kept = cache.get(key)
    if kept is not None:
        return _OUTCOMES.decode(kept)
    outcomes = tuple(
        _expected(execution, number) for number, execution in enumerate(_run(sandbox, program, calls))
    )
    if len(outcomes) != len(calls):
        raise ReferenceFailed(f"the reference answered {len(outcomes)} of {len(calls)} cases")
    cache.put(key, msgspec.msgpack.encode(outcomes))
    return outcomes


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


def _run(sandbox: Sandbox, program: Program, calls: Sequence[bytes]) -> list[Execution]:
    return list(run_cases(sandbox, program, calls, _LIMITS))


def _expected(execution: Execution, number: int) -> Expected:
    if execution.outcome not in (Outcome.RETURNED, Outcome.RAISED):
        raise ReferenceFailed(
            f"the reference ended with {execution.outcome} on case {number}: {execution.message}"
        )
    return Expected(execution.outcome, execution.value, execution.exception)
