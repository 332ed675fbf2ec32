"""The guard against false repairs: what a repair changed, on inputs that no check states.

A repair that passes all public checks may still be false in two ways. It may change what was right; and it may fit the
stated inputs alone. Both programs run on the stated cases and on held-out probes near them (`held_out.py`). A probe is
*like* a stated case where the original takes the same branches on both.

    overfitted  one of the signals of `overfitting_signals.py` decides so
    changed     the repair differs on probes that are like passing cases and like no failing one
    kept        it does not, on enough probes
    not told    too few probes, programs that do not do the same twice, an original that does not load

No list of inputs shows that a repair is right. What a probe should give is unknown: a difference on inputs like the
failing ones is what a repair is for. A special case for a border input (empty, 0, 1) is not told from an honest one.

Leaves out: whole programs that read stdin, making repairs, several repairs against each other (`disagreement.py`).
Sources: Smith et al. (2015) for overfitting of repairs to tests; Xiong et al. (2018) for judging by likeness of paths.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from trialrun.compare.held_out import HeldOut, Near, Probe, Stated, probes_near
from trialrun.compare.overfitting_signals import Seen, Signal, signals, untested
from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.task import Case
from trialrun.lang.added_code import added_code
from trialrun.lang.drivers import function_subject
from trialrun.lang.parts import Parser
from trialrun.lang.sketch import Pair
from trialrun.lang.subject import Subject
from trialrun.lang.trim import trimmed
from trialrun.probe.neighbours import Neighbourhood
from trialrun.run.sandbox import Sandbox

LIMITS = Limits(cpu_s=1.0, wall_s=4.0, memory_mb=1024, output_kb=256)
"""Limits of one run of a probe."""
_SHOWN = 200


class Finding(enum.StrEnum):
    """What the guard says of a repair."""

    KEPT = "kept"
    CHANGED = "changed"
    OVERFITTED = "overfitted"
    NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What the guard found."""

    finding: Finding
    why: str = ""
    """Why nothing can be told, where that is so."""
    stated: tuple[Stated, ...] = ()
    signals: tuple[Signal, ...] = ()
    differences: tuple[Probe, ...] = ()
    """Probes on which the two differ: those like passing cases first, then by size."""
    kept_like_passing: int = 0
    """Probes like passing cases alone on which nothing changed."""
    changed_like_passing: int = 0
    """And on which something did."""
    probes: tuple[Probe, ...] = ()
    """All probes, in the order tried."""
    untested: tuple[int, ...] = ()
    """Lines of the repaired function with a branch that no stated case takes."""
    cpu_s: float = 0.0
    """CPU seconds of all runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Settings of the guard; `examine` may be called often."""

    seed: int = 0
    near_failing: int = 120
    """Probes near cases that the original fails."""
    near_passing: int = 40
    around: int = 40
    stated: int = 30
    """Stated cases that are looked at, the failing ones first."""
    least: int = 12
    """Probes of a kind below which nothing is concluded from them."""
    limits: Limits = field(default=LIMITS)

    def examine(
        self, sandbox: Sandbox, original: str, repaired: str, entry: str, pairs: Sequence[Pair]
    ) -> Examined:
        """Examine a repaired program text beside the original one; `pairs` are the stated cases of `entry`."""
        if not pairs:
            return _untold("no check states an input with its result")
        try:
            old, new = (function_subject(text, entry) for text in (_without_tests(original, entry), repaired))
        except UsageError as error:
            return _untold(str(error)[:_SHOWN])
        if entry not in (old.program.entry, new.program.entry):
            return _untold(f"the parameters of {entry} are not plain ones")
        with HeldOut(sandbox, (old, new), self.limits) as held_out:
            return _Examination(self, held_out, (old, new)).run(pairs)


def _untold(why: str) -> Examined:
    return Examined(finding=Finding.NOT_TOLD, why=why)


def _without_tests(source: str, entry: str) -> str:
    """Return a program without tests of its own, one wrong assert of which would keep it from loading."""
    parsed = Parser().parsed(source)
    return source if parsed is None else trimmed(parsed, entry)


class _Examination:
    """One examination."""

    def __init__(self, guard: Guard, held_out: HeldOut, subjects: tuple[Subject, Subject]) -> None:
        self.guard, self.held_out = guard, held_out
        self.old, self.new = subjects

    def run(self, pairs: Sequence[Pair]) -> Examined:
        """Run both programs and weigh what they did."""
        stated = self.held_out.stated(pairs)
        failing = [one for one in stated if not one.old_right]
        passing = [one for one in stated if one.old_right]
        why = self._why_not(stated, failing, passing)
        if why:
            return Examined(
                finding=Finding.NOT_TOLD, why=why, stated=tuple(stated), cpu_s=self.held_out.cpu_s
            )
        seen = Seen(
            failing=tuple(failing),
            passing=tuple(passing),
            probes=tuple(self._probes([*failing, *passing][: self.guard.stated])),
            added=added_code(self.old.source, self.new.source),
            reached=self.held_out.reached,
            source=self.new.program.source,
            least=self.guard.least,
        )
        return self._weighed(seen, stated)

    def _why_not(self, stated: Sequence[Stated], failing: Sequence[Stated], passing: Sequence[Stated]) -> str:
        """Return why nothing can be told of two programs, or nothing."""
        loads = {Outcome.SYNTAX, Outcome.LOAD}
        if all(one.old.execution.outcome in loads for one in stated):
            return "the original does not load"
        if not all(one.new_right for one in stated):
            return "the repaired program fails a stated case"
        if not self.held_out.steady([*failing[:2], *passing[:1]]):
            return "a program does not do the same twice"
        return ""

    def _probes(self, stated: Sequence[Stated]) -> list[Probe]:
        guard = self.guard
        neighbourhood = Neighbourhood(
            [Case(args=one.pair.args) for one in stated],
            self.old.signature,
            [self.old.source, self.new.source],
            seed=guard.seed,
        )
        counts = {Near.FAILING: guard.near_failing, Near.PASSING: guard.near_passing, Near.ALL: guard.around}
        return probes_near(self.held_out, neighbourhood, stated, counts)

    def _weighed(self, seen: Seen, stated: Sequence[Stated]) -> Examined:
        found = signals(seen)
        differences = sorted(
            (probe for probe in seen.probes if probe.differs),
            key=lambda probe: (not seen.is_like_passing(probe), len(repr(probe.case.args))),
        )
        kept = sum(seen.is_like_passing(probe) and not probe.differs for probe in seen.probes)
        changed = sum(map(seen.is_like_passing, differences))
        few = len(seen.probes) < seen.least
        finding = Finding.KEPT
        if any(signal.decides for signal in found):
            finding = Finding.OVERFITTED
        elif changed:
            finding = Finding.CHANGED
        elif few or (seen.passing and not kept):
            finding = Finding.NOT_TOLD
        return Examined(
            finding=finding,
            why="few inputs are like the stated ones" if few and finding is Finding.NOT_TOLD else "",
            stated=tuple(stated),
            signals=found,
            differences=tuple(differences),
            kept_like_passing=kept,
            changed_like_passing=changed,
            probes=seen.probes,
            untested=untested(stated, seen.source, self.new.program.entry or ""),
            cpu_s=self.held_out.cpu_s,
        )
