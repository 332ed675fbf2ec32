"""`Finding`: what an audit says about a defect, and how one is shown.

Leaves out: judgement. A finding says what, where and how to see it; numbers come from the run.
"""

from collections.abc import Callable
from dataclasses import dataclass

from trialrun.core.errors import Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One defect."""

    where: str
    """Data set or grader with its version, and the place in it."""
    what: str
    """The defect, in one sentence."""
    here: str
    """What trialrun does about it."""
    upstream: str = "not known to be reported"
    """Issue or fix upstream, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an audit saw."""

    reproduced: bool
    lines: tuple[str, ...]
    """The evidence, for people."""


See = Callable[[], Seen]


def show(finding: Finding, see: See) -> int:
    """Print a finding and its evidence; return the exit code of its command."""
    print(f"where:    {finding.where}")
    print(f"what:     {finding.what}")
    print(f"upstream: {finding.upstream}")
    print(f"trialrun: {finding.here}")
    try:
        seen = see()
    except Missing as missing:
        print(f"cannot be shown here: {missing}")
        return 2
    for line in seen.lines:
        print(f"  {line}")
    print("reproduced" if seen.reproduced else "NOT reproduced")
    return 0 if seen.reproduced else 1
