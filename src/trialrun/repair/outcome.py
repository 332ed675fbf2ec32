"""`Repaired`: what came of repairing a file, with the evidence for and against it.

Leaves out: repairing (`repairing.py`), how it is shown (`report/repairs.py`).
"""

import enum
from dataclasses import dataclass, field

from trialrun.compare.disagreement import Disagreement
from trialrun.compare.overfitting import Examined, Finding
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.program import Program
from trialrun.lang.source_files import SourceFile
from trialrun.repair.evidence import Evidence


class Status(enum.StrEnum):
    """How a repair ended."""

    PASSES = "passes"
    """The program passes its tests as it is."""
    REPAIRED = "repaired"
    NO_REPAIR = "no repair"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A line that ran in failing runs more than in others."""

    line: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What came of it."""

    status: Status
    source: SourceFile
    """The file as it was read."""
    entry: str
    method: str
    """Id of the method."""
    before: tuple[Judgement, ...]
    """What the tests said of the program as it was."""
    after: tuple[Judgement, ...] = ()
    """And of the repaired one, in the same order."""
    program: Program | None = None
    """The repaired one."""
    evidence: Evidence = field(default_factory=Evidence)
    """What the program did on the stated cases before."""
    suspects: tuple[Suspect, ...] = ()
    examined: Examined | None = None
    plausible: int = 0
    """Different programs of the method that pass the public tests."""
    disagreements: tuple[Disagreement, ...] = ()
    """Probes on which they differ."""
    why: str = ""
    """Why there is no repair."""
    spent: dict[str, float] = field(default_factory=dict)

    @property
    def objected(self) -> bool:
        """Whether the guard takes the repair for a false one, or other tests fail that passed before."""
        overfitted = self.examined is not None and self.examined.finding is Finding.OVERFITTED
        return overfitted or bool(self.broken)

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of checks that passed before and do not now."""
        return tuple(
            old.check
            for old, new in zip(self.before, self.after, strict=False)
            if old.verdict is Verdict.PASS and new.verdict is not Verdict.PASS
        )
