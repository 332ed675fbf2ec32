"""Whether two executions of one case are the same behaviour, and if not, in what.

Compared are how the call ended, the value, the arguments after the call, what was printed, the files left behind, and
exceptions as far as the rules say. What cannot be compared (an object known by its type's name alone) is neither the
same nor different: it is told as not observed.

Leaves out: running anything; cost.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from trialrun.compare.difference import Kind
from trialrun.core import values
from trialrun.core.compare_values import STRICT, Comparator, equal
from trialrun.core.execution import NOT_RUN, Execution, Outcome, require_real
from trialrun.core.parse_values import parse

Exceptions = Literal["all", "type", "message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Which differences matter."""

    comparator: Comparator = STRICT
    """For values and for arguments after the call."""
    exceptions: Exceptions = "type"
    """When two exceptions are alike: `all` are, those of one `type`, or those of one type and `message`."""
    wrong_types: bool = True
    """Whether exceptions count on inputs that the old program refuses by TypeError or AttributeError: mostly these are
    values of a type that no caller gives, and which error they meet first is chance."""
    arguments: bool = True
    """Whether the arguments after the call count."""
    stdout: bool = True
    """Whether what was printed counts."""
    refused: bool = True
    """Whether inputs count on which the old program raises and the new one does not: otherwise they are outside of what
    the old one is for."""


class Finding(NamedTuple):
    """What comparing two executions says."""

    kind: Kind | None
    """None where they are the same, or it cannot be known."""
    what: str = ""
    """What differs or could not be compared; empty where all is the same."""


SAME = Finding(None)
_OF_TYPES = ("TypeError", "AttributeError")


def compare_executions(old: Execution, new: Execution, rules: Rules) -> Finding:
    """Return how two executions of one case differ."""
    if require_real(old).outcome in NOT_RUN or require_real(new).outcome in NOT_RUN:
        return Finding(None, "a fault of the machine")
    done = old.outcome is Outcome.RETURNED, new.outcome is Outcome.RETURNED
    if done == (True, True):
        return _compare_effects(old, new, rules)
    if old.outcome is Outcome.RAISED and not rules.refused:
        return SAME
    if old.outcome is not new.outcome:
        return Finding(Kind.CRASH, "outcome")
    if old.outcome is not Outcome.RAISED or rules.exceptions == "all":
        return SAME
    if not rules.wrong_types and old.exception in _OF_TYPES:
        return SAME
    if old.exception != new.exception or (rules.exceptions == "message" and old.message != new.message):
        return Finding(Kind.CRASH, "exception")
    return SAME


def are_alike(one: Execution, other: Execution, rules: Rules) -> bool:
    """Say whether two executions of one program are the same, so far as anybody can see."""
    return one.outcome is other.outcome and compare_executions(one, other, rules).kind is None


def _compare_effects(old: Execution, new: Execution, rules: Rules) -> Finding:
    """Compare two calls that both completed."""
    unknown = ""
    for what in ("value", "arguments"):
        if what == "arguments" and not rules.arguments:
            continue
        one, two = getattr(old, what), getattr(new, what)
        if one is None or two is None:
            continue
        try:
            same = equal(two, one, rules.comparator)
        except values.Malformed:
            same = False
        if same is False:
            return Finding(Kind.REPRESENTATION if _alike(one, two) else Kind.STRICT, what)
        if same is None:
            unknown = unknown or f"a {what} that cannot be compared"
    if rules.stdout and old.stdout != new.stdout:
        alike = _plain(old.stdout) == _plain(new.stdout)
        return Finding(Kind.REPRESENTATION if alike else Kind.STRICT, "stdout")
    if old.files != new.files:
        return Finding(Kind.STRICT, "files")
    return Finding(None, unknown)


def _alike(one: bytes, two: bytes) -> bool:
    """Say whether two values are equal by Python's `==`, or but for letter case and white space."""
    try:
        if equal(two, one, Comparator(name="python")):
            return True
        return bool(_normal(parse(one)) == _normal(parse(two)))
    except (values.Malformed, RecursionError):
        return False


def _normal(low: Any) -> Any:
    """Return a lowered tree with its texts in lower case and their blanks as one."""
    if isinstance(low, str):
        return " ".join(low.lower().split())
    return tuple(map(_normal, low)) if type(low) is tuple else low


def _plain(printed: bytes) -> bytes:
    return b" ".join(printed.lower().split())
