"""What has to be said above every rendering of a trace: how sure it is, what was noticed, what is missing."""

from trialrun.core.printable import printable
from trialrun.core.trace import Level, Trace

_FLAGS = 20
"""Flags that are told; a record that says more says no more."""


def headings(trace: Trace) -> list[str]:
    """Return lines of text without a line break: level, strength, outcome, flags, and what is missing.

    A rendering that leaves them out would let a forged or a cut record pass for a plain one.
    """
    ending = str(trace.execution.outcome)
    if trace.execution.exception:
        ending += f" {printable(trace.execution.exception, 100)}"
    found = [
        f"level {trace.level} · Python {printable(trace.python, 20)} · {ending} · "
        f"{trace.strength}: the program's own process recorded it"
    ]
    if trace.level is Level.REFERENCES:
        found.append("values of objects are as they were when the run was over, not at the event")
    found += [f"flag: {printable(flag, 200)}" for flag in trace.flags[:_FLAGS]]
    if len(trace.flags) > _FLAGS:
        found.append(f"flag: {len(trace.flags) - _FLAGS:,} more flags")
    if trace.dropped:
        found.append(f"missing: {trace.dropped:,} events after the first {trace.gap:,}")
    return found
