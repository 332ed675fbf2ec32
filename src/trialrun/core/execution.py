"""`Execution`: what one program did on one case. (`Limits`, what it was allowed, comes with it.)

A failing candidate is data. Values stay in their canonical bytes until somebody has to look at them.
"""

import enum

import msgspec

from trialrun.core.limits import Limits, Network

__all__ = ["NOT_RUN", "Execution", "Limits", "Network", "Outcome", "Provenance", "require_real"]


class Outcome(enum.StrEnum):
    """How a case ended. Only `returned` carries a value."""

    RETURNED = "returned"
    RAISED = "raised"
    """An exception left the call."""
    SYNTAX = "syntax"
    """The program does not compile."""
    LOAD = "load"
    """The program raised while its top level ran, or lacks the entry point."""
    TIMEOUT = "timeout"
    """CPU limit of the case, or the wall guard, was reached."""
    MEMORY = "memory"
    """Stopped by the memory limit."""
    OUTPUT = "output"
    """Wrote more than the output limit."""
    EXITED = "exited"
    """The process ended of its own will without completing the case."""
    KILLED = "killed"
    """The process died by a signal."""
    PROTOCOL = "protocol"
    """The process broke the channel: malformed, oversized or unbidden frames."""
    SKIPPED = "skipped"
    """Not run, since an earlier case already decided."""
    INFRASTRUCTURE = "infrastructure"
    """The machine failed, with positive evidence; never the candidate's doing."""


NOT_RUN = (Outcome.INFRASTRUCTURE, Outcome.SKIPPED)
"""Outcomes that say nothing of the program."""


class Provenance(enum.StrEnum):
    """Where an execution comes from."""

    RUN = "run"
    """The program ran."""
    PREDICTED = "predicted"
    """Somebody said what it would do. No judgement may be formed from this."""


class PredictedEvidence(ValueError):
    """A prediction was taken for an execution: a bug of ours, never a verdict."""


class Execution(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Program × case → what happened, read outside the program's process."""

    outcome: Outcome
    value: bytes | None = None
    """Canonical bytes of the returned value (`core/values.py`)."""
    arguments: bytes | None = None
    """Canonical bytes of the arguments after the call, where they were asked for."""
    exception: str | None = None
    """Exception type name, where the outcome is `raised` or `load`."""
    message: str = ""
    """Exception text or how the job ended; bounded, hostile."""
    stdout: bytes = b""
    stderr: bytes = b""
    files: tuple[tuple[str, bytes], ...] = ()
    """(name, content) of the files that a whole program left, sorted, where they were asked for and it completed."""
    cpu_s: float = 0.0
    """CPU seconds, from the kernel."""
    near_limit: bool = False
    """Whether the CPU time is so near the limit that the outcome has to be confirmed by a run alone."""
    wall_s: float = 0.0
    peak_mb: float = 0.0
    """Peak resident memory of the job, MiB, from the kernel; 0 where it was not read."""
    provenance: Provenance = Provenance.RUN

    @property
    def ending(self) -> str:
        """How it ended, in words that may be hostile: `ValueError: no digits`, or the outcome and why."""
        return ": ".join(part for part in (self.exception or self.outcome, self.message) if part)


def require_real(execution: Execution) -> Execution:
    """Return an execution that happened. Raises `PredictedEvidence` for a predicted one."""
    if execution.provenance is not Provenance.RUN:
        raise PredictedEvidence("a predicted execution is no evidence: run the program")
    return execution
