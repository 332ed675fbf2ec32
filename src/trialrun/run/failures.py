"""Reads what a job says of an exception: hostile bytes to bounded facts.

Leaves out: whether that decides anything (`verify/`).
"""

from dataclasses import dataclass

from trialrun.core import values
from trialrun.core.execution import Execution, Outcome
from trialrun.core.parse_values import parse
from trialrun.run.job import Ended

_TEXT = 500


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception that left a call."""

    type_name: str
    message: str
    line: int
    """Line of the program, 0 if unknown."""

    @property
    def outcome(self) -> Outcome:
        """`memory` for a MemoryError, else `raised`."""
        return Outcome.MEMORY if self.type_name == "MemoryError" else Outcome.RAISED


def fields(body: bytes, *kinds: type) -> tuple[object, ...] | None:
    """Return the items of an encoded tuple of atoms if they have just these types, else None."""
    try:
        tree = parse(body, limit=1 << 16)
    except values.Malformed:
        return None
    if type(tree) is not tuple or len(tree) != len(kinds) + 1 or tree[0] != values.TUPLE:
        return None
    items = tree[1:]
    return items if all(type(item) is kind for item, kind in zip(items, kinds, strict=True)) else None


def read_failure(body: bytes) -> Failure:
    """Return the exception that a RAISE frame describes."""
    facts = fields(body, bool, str, str, int, str)
    if facts is None:
        return Failure("MalformedFailure", "", 0)
    own, name, text, line, _ = facts
    assert isinstance(name, str) and isinstance(text, str) and isinstance(line, int)
    return Failure(name if own else f"{name} (the program's own)", text[:_TEXT], line)


def load_execution(failure: Failure) -> Execution:
    """Return the execution of a program whose top level failed."""
    outcome = Outcome.LOAD
    if failure.outcome is Outcome.MEMORY:
        outcome = Outcome.MEMORY
    elif failure.type_name in ("SyntaxError", "IndentationError", "TabError"):
        outcome = Outcome.SYNTAX
    return Execution(outcome=outcome, exception=failure.type_name, message=failure.message)


def ended_execution(ended: Ended) -> Execution:
    """Return the execution of a case during which the job ended."""
    end = ended.end
    return Execution(outcome=ended.outcome, message=ended.message, cpu_s=end.cpu_s, peak_mb=end.peak_mb)
