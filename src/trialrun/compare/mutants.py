"""Which inputs tell the mutants of a program from the program itself, and which mutants none of them does.

The program runs twice on every input; where it does not agree with itself, or leaves something of unknown equality, an
input tells nothing. A mutant is killed by an input on which it ends otherwise, returns or prints something else, leaves
other arguments, or raises another type of exception; running far longer than the program counts too. A mutant that no
input kills may be equivalent, or the inputs may be poor: nobody can tell, so it is called *alive on N inputs*. Mutants
with one behaviour key did the same on all inputs, and count as one where behaviours are counted.

Leaves out: making mutants (`lang/mutants.py`) and inputs (`probe/`); files; programs whose state from earlier calls
matters (program and mutant see the same calls in the same order, but a mutant that ends its job starts afresh).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trialrun.core.behaviour import behaviour_key
from trialrun.core.execution import NOT_RUN, Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import encode_calls
from trialrun.run.row import NEVER_LOADS
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving

_SLOWER = 20
"""A mutant may take this many times the CPU time of the program's slowest input."""
_LEAST_S = 0.2
_AT_ONCE = 64
"""Calls that are made before anybody looks at their answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of one mutant."""

    killed_by: tuple[int, ...]
    """Places of the inputs that tell it from the program, in order; empty while it is alive."""
    tried: int
    """Inputs that it ran on."""
    key: str | None
    """Behaviour key over all inputs; None where it did not run on all of them, or something is of unknown equality."""

    @property
    def alive(self) -> bool:
        """Whether no input tells it from the program."""
        return not self.killed_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What came of a program's mutants on some inputs."""

    fates: tuple[Fate, ...]
    """One a mutant, in order."""
    original: tuple[Execution, ...]
    """What the program itself did, one an input; fewer where it does not load."""
    unsteady: tuple[int, ...]
    """Places of the inputs that tell nothing: the program does not agree with itself there, or its answer is opaque."""
    cpu_s: float
    """CPU seconds of all jobs."""

    @property
    def killed(self) -> int:
        """Number of mutants that some input kills."""
        return sum(not fate.alive for fate in self.fates)

    @property
    def behaviours(self) -> int:
        """Number of different behaviours among the mutants whose key is defined."""
        return len({fate.key for fate in self.fates if fate.key is not None})


def screen(
    sandbox: Sandbox,
    program: Program,
    mutants: Sequence[Program],
    cases: Sequence[Case],
    *,
    limits: Limits | None = None,
    every: bool = True,
) -> Screening:
    """Run a program and its mutants on cases (calls of the entry point) and say which case kills which mutant.

    Without `every`, a mutant is held to the first case that kills it. A mutant that ends its job (by time, memory,
    leaving) runs no further in any way. Clock and chance are frozen.
    """
    limits = limits or Limits(cpu_s=2.0, memory_mb=1024)
    calls = encode_calls(program.entry or "", cases)
    spent: list[float] = []
    original = tuple(_answers(Serving(sandbox, program, limits), calls, spent))
    again = _answers(Serving(sandbox, program, limits), calls, spent)
    keys = [key_of(execution) for execution in original]
    steady = [key is not None and key == key_of(other) for key, other in zip(keys, again, strict=True)]
    slowest = max((execution.cpu_s for execution in original), default=0.0)
    within = replace(limits, cpu_s=min(limits.cpu_s, max(_LEAST_S, _SLOWER * slowest)))
    loads = not any(execution.outcome in NEVER_LOADS for execution in original)
    fates = []
    for mutant in mutants:
        answers = _answers(Serving(sandbox, mutant, within), calls if loads else [], spent, past_end=False)
        fates.append(_fate(answers, keys, steady, every=every))
    return Screening(
        fates=tuple(fates),
        original=original,
        unsteady=tuple(place for place, holds in enumerate(steady) if not holds),
        cpu_s=sum(spent),
    )


def _answers(
    served: Serving, calls: Sequence[bytes], spent: list[float], *, past_end: bool = True
) -> Iterator[Execution]:
    """Yield what a program does on each call, few at first; without `past_end` a call that ends the job is the last."""
    done = 0
    try:
        with served:
            while done < len(calls):
                some = calls[done : done + min(_AT_ONCE, max(4, done))]
                replies = served.call(some, stop_at_hang=not past_end)
                done += len(some)
                for reply in replies:
                    yield reply.execution
                if len(replies) < len(some):
                    return
    finally:
        spent.append(served.spent)


def _fate(
    executions: Iterator[Execution], keys: Sequence[str | None], steady: Sequence[bool], *, every: bool
) -> Fate:
    killed: list[int] = []
    seen: list[Execution] = []
    for place, execution in enumerate(executions):
        seen.append(execution)
        if execution.outcome in NEVER_LOADS:  # and so on every input
            killed = [place for place, holds in enumerate(steady) if holds]
            break
        if steady[place] and kills(execution, keys[place]):
            killed.append(place)
            if not every:
                break
    key = behaviour_key(seen) if seen and len(seen) == len(keys) else None
    return Fate(killed_by=tuple(killed), tried=len(seen), key=key)


def kills(execution: Execution, key: str | None) -> bool:
    """Say whether a mutant's execution is certainly another one than the program's, which has this key."""
    if execution.outcome in NOT_RUN:
        return False
    own = key_of(execution)
    # The program's key is defined, so it did not time out: whoever did behaves otherwise.
    return own != key if own is not None else execution.outcome is Outcome.TIMEOUT


def key_of(execution: Execution) -> str | None:
    """Return the behaviour key of one execution."""
    return behaviour_key([execution])
