"""The ledger of a comparison of two versions: every function that changed, and what came of it.

Nothing is left out silently: `changed = compared + differ + skipped`, each line with its reason. A difference that was
announced (`lang/expected.py`) is a difference still; it only does not fail the run.

Leaves out: comparing (`comparing.py`, `revisions.py`), showing (`report/differences.py`).
"""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from trialrun.compare.difference import Compared, Comparison, Coverage, Difference
from trialrun.compare.differential import NOT_LOADED, UNSTEADY

LOW_COVERAGE = 0.5
"""Share of its branches below which a function that showed no difference counts as hardly tried."""

FailOn = Literal["differ", "skipped", "low-coverage"]


class State(enum.StrEnum):
    """What came of one changed function."""

    COMPARED = "compared"
    """No difference was found; that is no proof that there is none."""
    DIFFERS = "differs"
    SKIPPED = "skipped"
    """Not compared, or nothing was learned: see the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One changed function."""

    name: str
    """Qualified name, or the file's name for a whole program."""
    file: str
    """Path of the new one."""
    line: int
    state: State
    reason: str = ""
    """Why it was skipped, or why the search ended."""
    changed: tuple[str, ...] = ()
    """Why it counts as changed; empty where that was not asked."""
    intended: str | None = None
    """Why a difference is expected; None where nobody announced one."""
    comparison: Comparison | None = None
    """What the search found; None where there was none."""

    @property
    def difference(self) -> Difference | None:
        """What differs, if anything does."""
        return self.comparison.difference if self.comparison is not None else None

    @property
    def counts_against(self) -> bool:
        """Whether it differs and nobody announced that."""
        return self.state is State.DIFFERS and self.intended is None

    @property
    def coverage(self) -> float | None:
        """Share of branches that the inputs took, the lower one of the two versions; None where not known."""
        if self.comparison is None:
            return None
        both = self.comparison.old_coverage, self.comparison.new_coverage
        shares = [_share(covered) for covered in both if covered is not None]
        return min(shares) if len(shares) == len(both) else None


def _share(coverage: Coverage) -> float:
    return coverage.taken / coverage.total if coverage.total else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All changed functions of two versions."""

    lines: tuple[Line, ...]
    added: tuple[str, ...] = ()
    """Functions that are new: there is nothing to compare them with."""
    removed: tuple[str, ...] = ()
    """Functions that are gone: whoever called them fails."""
    unreadable: tuple[tuple[str, str], ...] = ()
    """(file, why) of files that are no Python that can be read."""
    notes: tuple[str, ...] = ()
    """What else has to be said: what was left out, expected changes that did not come."""
    facts: tuple[tuple[str, str], ...] = field(default=())
    """What the comparison was made with: revisions, seed, tier."""

    def count(self, state: State) -> int:
        """Return how many functions came to a state."""
        return sum(line.state is state for line in self.lines)

    @property
    def intended(self) -> int:
        """How many of those that differ were announced."""
        return sum(line.state is State.DIFFERS and line.intended is not None for line in self.lines)

    @property
    def hardly_tried(self) -> tuple[Line, ...]:
        """Functions without a difference of which fewer than half of the branches ran."""
        return tuple(
            line
            for line in self.lines
            if line.state is State.COMPARED and line.coverage is not None and line.coverage < LOW_COVERAGE
        )

    @property
    def sum(self) -> str:
        """The equation of the ledger, in words."""
        differ = self.count(State.DIFFERS)
        announced = f" ({self.intended} as announced)" if self.intended else ""
        return (
            f"{len(self.lines)} changed = {self.count(State.COMPARED)} without a difference found"
            f" + {differ} that differ{announced} + {self.count(State.SKIPPED)} skipped"
        )

    def fails(self, on: Iterable[FailOn] = ("differ",)) -> bool:
        """Say whether something happened on which the run is to fail."""
        happened = {
            "differ": any(line.counts_against for line in self.lines),
            "skipped": bool(self.count(State.SKIPPED) or self.unreadable),
            "low-coverage": bool(self.hardly_tried),
        }
        return any(happened[what] for what in on)


def line_of(compared: Compared, *, changed: Sequence[str] = (), intended: str | None = None) -> Line:
    """Return the line of a comparison. One that could run nothing has learned nothing, so it counts as skipped."""
    comparison = compared.comparison
    state, reason = State.COMPARED, comparison.why
    if comparison.difference is not None:
        state = State.DIFFERS
    elif reason.startswith((NOT_LOADED, UNSTEADY)):
        state = State.SKIPPED
    elif not comparison.inputs:
        state, reason = State.SKIPPED, reason or "no input could be made"
        if comparison.outside:
            reason = f"the predicate accepted none of {comparison.outside:,} inputs"
    elif comparison.refused >= comparison.inputs:
        state = State.SKIPPED
        reason = f"no input was accepted: both versions refused all {comparison.inputs:,}"
    elif comparison.refused + comparison.undecided >= comparison.inputs:
        state = State.SKIPPED
        reason = f"nothing that it does can be compared: {', '.join(comparison.unobserved)}"
    return Line(
        name=compared.name,
        file=compared.file,
        line=compared.line,
        state=state,
        reason=reason,
        changed=tuple(changed),
        intended=intended,
        comparison=comparison,
    )
