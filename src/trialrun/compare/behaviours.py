"""What a program does on a sequence of cases, and the key of that, for those who tell programs apart by behaviour.

A program runs on the cases twice, in two jobs of its own, clock and chance frozen alike. One that does not agree with
itself takes its chances from elsewhere: it is *unsteady*, and has no key. Limits are tight, since a case that a program
does not end leaves the key undefined.

Leaves out: what to do with keys (`clusters.py`, `functional_hashing.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trialrun.compare.pair import encode
from trialrun.core.behaviour import behaviour_key
from trialrun.core.execution import Execution, Limits
from trialrun.core.task import Case
from trialrun.core.truncation import Truncation
from trialrun.lang.subject import Subject
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving

TIGHT = Limits(cpu_s=0.5, memory_mb=512)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What one program did."""

    executions: tuple[Execution, ...]
    """One a case, of the first run."""
    key: str | None
    """Behaviour key; None where it is undefined or the program unsteady."""
    steady: bool
    """Whether the second run was as the first. A program that hangs is not asked twice."""
    cpu_s: float
    """CPU seconds of the jobs."""


def observe(
    sandbox: Sandbox,
    subject: Subject,
    cases: Sequence[Case],
    *,
    limits: Limits = TIGHT,
    floats: Truncation | None = None,
) -> Behaviour:
    """Return what a program does on cases; `floats` says how floats count in the key."""
    calls = encode(subject, cases)
    runs: list[tuple[Execution, ...]] = []
    keys: list[str | None] = []
    cpu_s = 0.0
    while len(runs) < 2 and None not in keys:
        with Serving(sandbox, subject.program, limits) as served:
            runs.append(tuple(reply.execution for reply in served.call(calls)))
            keys.append(behaviour_key(runs[-1], floats=floats))
        cpu_s += served.spent
    steady = len(runs) < 2 or keys[0] == keys[1]
    return Behaviour(executions=runs[0], key=keys[0] if steady else None, steady=steady, cpu_s=cpu_s)
