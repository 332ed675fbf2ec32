"""Which hole of a failing program to look at first, by what the holes did in passing and in failing runs.

First come holes that the failing output depends on, or that the run's exception left: a hole is *muted* (it gives back
an object that is equal to nothing), and what the program does then is another thing or it is not. That is a dynamic
slice by experiment, at one run a hole. Then by Ochiai's suspiciousness over all cases, then the hole called last. A
hole that no failing run reaches is reported as such, and comes at the end: nothing is known of it.

Source: ANPL (2023) shows holes with their inputs and outputs and leaves the choice to the user; order without a user by
Abreu et al. (2007). Leaves out: values that pass through globals, cases that no public check states.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trialrun.core.context import Runner
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.sketch import Pair, cases_of
from trialrun.observe.call_values import Call, CallRun, Ending, recorded_calls
from trialrun.observe.spectra import Counts, ochiai


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A hole, and what is known against it."""

    hole: str
    reached: bool
    """Whether some run with a wrong result, or with none, called it; without any such run, whether any run did."""
    matters: bool
    """Whether the first failing run does something else without it."""
    score: float
    """Ochiai's suspiciousness, 0 to 1."""
    calls: tuple[tuple[Call, ...], ...]
    """Its calls, by case."""


def suspects(
    runner: Runner, program: Program, holes: Sequence[str], pairs: Sequence[Pair], open_: Sequence[str] = ()
) -> tuple[Suspect, ...]:
    """Return the holes in the order in which to look at them.

    `pairs` are cases of the entry point; a run ends where it reaches one of the holes `open_`.
    """
    cases, expected = cases_of(tuple(pairs))
    runs = recorded_calls(runner, program, cases, holes, open_=open_)
    failing = [not is_right(run, wanted) for run, wanted in zip(runs, expected, strict=True)]
    first = failing.index(True) if True in failing else None
    found = []
    for hole in holes:
        calls = tuple(run.of(hole) for run in runs)
        ran = [bool(own) for own in calls]
        counts = Counts(
            ef=sum(a and b for a, b in zip(ran, failing, strict=True)),
            ep=sum(a and not b for a, b in zip(ran, failing, strict=True)),
            nf=sum(b and not a for a, b in zip(ran, failing, strict=True)),
            np=sum(not a and not b for a, b in zip(ran, failing, strict=True)),
        )
        matters = False
        if first is not None and ran[first]:
            ended = any(call.ending is not Ending.RETURNED for call in calls[first])
            matters = ended or _matters(runner, program, cases[first], holes, hole, runs[first], open_)
        reached = counts.ef > 0 if first is not None else any(ran)
        found.append(Suspect(hole=hole, reached=reached, matters=matters, score=ochiai(counts), calls=calls))
    last = {call.function: place for place, call in enumerate(runs[first].calls if first is not None else ())}
    return tuple(
        sorted(found, key=lambda one: (not one.reached, not one.matters, -one.score, -last.get(one.hole, -1)))
    )


def is_right(run: CallRun, expected: object) -> bool:
    """Say whether a recorded run gave what was expected. A hint, as the run's own word is; no verdict."""
    return run.ending is Ending.RETURNED and bool(run.value == expected)


def _matters(
    runner: Runner,
    program: Program,
    case: Case,
    holes: Sequence[str],
    hole: str,
    before: CallRun,
    open_: Sequence[str],
) -> bool:
    (run,) = recorded_calls(runner, program, [case], holes, open_=open_, muted=hole)
    return (run.ending, run.value, run.exception) != (before.ending, before.value, before.exception)
