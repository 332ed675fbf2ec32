"""`Difference` and `Comparison`: what the search for a difference found.

A comparison is `fail` with the smallest difference that was found, or `unknown` with what was tried: never `pass`,
since no number of inputs shows that two programs are the same.

Leaves out: finding differences (`differential.py`), what counts as one (`outcomes.py`).
"""

import enum
from dataclasses import dataclass

from trialrun.core.execution import Execution
from trialrun.core.judgement import Verdict
from trialrun.core.task import Case
from trialrun.probe.proposer import Origin


class Kind(enum.StrEnum):
    """How two executions differ; the first is the strongest."""

    STRICT = "strict"
    """Both completed, with different values, arguments after the call, output or files."""
    CRASH = "crash"
    """Only one completed, and the other raised, hung, or was stopped by a limit; or neither did, each in its way."""
    REPRESENTATION = "representation"
    """Equal under Python's `==`, or but for letter case or white space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An input on which two programs differ, and what each did, in fresh jobs."""

    case: Case
    kind: Kind
    origin: Origin
    """Rank of the input: recorded before valid before fuzzed."""
    old: Execution
    new: Execution
    what: str
    """Which part differs: `value`, `arguments`, `stdout`, `files`, `exception`, `outcome`."""
    agreement: tuple[int, int] | None = None
    """How many other accepted programs do on it as the old one does, of how many; None without any."""
    shrunk: bool = False
    """Whether no single step of the shrinker makes it smaller."""

    @property
    def doubted(self) -> bool:
        """Whether another accepted program does otherwise: then the input may be none that is meant to be given."""
        return self.agreement is not None and self.agreement[0] < self.agreement[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Branches of a program that the inputs took."""

    taken: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of comparing two programs."""

    verdict: Verdict
    """`fail` or `unknown`."""
    difference: Difference | None = None
    """The best by kind, then by rank, then by size."""
    inputs: int = 0
    """Distinct inputs that both programs ran on."""
    refused: int = 0
    """Of these, the inputs that neither completed, or that say nothing since the old program refused them."""
    undecided: int = 0
    """Of these, the inputs on which nothing differed and something could not be compared."""
    outside: int = 0
    """Inputs that the precondition refused: they ran on neither."""
    cpu_s: float = 0.0
    """CPU seconds of all processes that ran the programs."""
    old_coverage: Coverage | None = None
    new_coverage: Coverage | None = None
    seed: int = 0
    why: str = ""
    """Why it is unknown: budget, nothing left to try, nondeterministic, does not load."""
    unobserved: tuple[str, ...] = ()
    """What was not looked at: opaque values, sockets, files outside the scratch directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One function or program that was compared, and where it stands."""

    name: str
    """Qualified name, or the file's name for a whole program."""
    file: str
    """Path of the new one."""
    line: int
    comparison: Comparison
