"""The guard against false repairs: what a repair changed, on inputs that no check states.

A repair that passes all public checks may still be false in two ways. It may change what was right; and it may fit the
stated inputs alone. Both programs run on the stated cases and on held-out probes near them (`held_out.py`). A probe is
*like* a stated case where the original takes the same branches on both.

    overfitted  one of these, each seen in values that came back or, where that cannot be, in the text and the branches:
                stated only  of many probes like the failing cases, none is treated otherwise than before, the repair
                             has more decisions than the original, and the failing inputs are no border cases
                one answer   wherever it differs, the repair gives results that the failing checks state, where the
                             original's results vary
                lost         it gives no result on nearly all probes on which the original gave one
                copied       constants of failing inputs or their results stand in the new code, and branches are taken
                             on failing inputs and on no probe
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

from trialrun.compare.copied_values import LIGHT, copied, input_weight, weight
from trialrun.compare.held_out import HeldOut, Near, Probe, Run, Stated, probes_near
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.task import Case
from trialrun.lang.added_code import Added, added_code
from trialrun.lang.branches import branch_lines
from trialrun.lang.drivers import function_subject
from trialrun.lang.sketch import Pair
from trialrun.lang.subject import Subject
from trialrun.probe.neighbours import Neighbourhood
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Branch

LIMITS = Limits(cpu_s=1.0, wall_s=4.0, memory_mb=1024, output_kb=256)
"""Limits of one run of a probe."""
_SHOWN = 200


class Finding(enum.StrEnum):
    """What the guard says of a repair."""

    KEPT = "kept"
    CHANGED = "changed"
    OVERFITTED = "overfitted"
    NOT_TOLD = "not told"


class SignalKind(enum.StrEnum):
    """What speaks for a repair that fits the stated cases alone."""

    STATED_ONLY = "stated only"
    ONE_ANSWER = "one answer"
    LOST = "lost"
    COPIED = "copied"
    OWN_BRANCH = "own branch"
    """A branch that failing cases take and no probe does: says where, decides nothing by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One thing that speaks for overfitting."""

    kind: SignalKind
    evidence: str
    """One sentence; may quote the program, which is hostile."""
    decides: bool
    """Whether the finding rests on it."""
    lines: tuple[int, ...] = ()
    """Lines of the repaired program that it is about."""


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
    near_failing: int = 48
    """Probes near cases that the original fails; twice as many more where none of them is treated otherwise."""
    near_passing: int = 24
    around: int = 24
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
            old, new = (function_subject(source, entry) for source in (original, repaired))
        except UsageError as error:
            return _untold(str(error)[:_SHOWN])
        if entry not in (old.program.entry, new.program.entry):
            return _untold(f"the parameters of {entry} are not plain ones")
        return _Examination(self, HeldOut(sandbox, (old, new), self.limits), (old, new)).run(pairs)


def _untold(why: str) -> Examined:
    return Examined(finding=Finding.NOT_TOLD, why=why)


class _Examination:
    """One examination."""

    def __init__(self, guard: Guard, held_out: HeldOut, subjects: tuple[Subject, Subject]) -> None:
        self.guard, self.held_out = guard, held_out
        self.old, self.new = subjects
        self.added: Added = added_code(self.old.source, self.new.source)

    def run(self, pairs: Sequence[Pair]) -> Examined:
        """Run both programs and weigh what they did."""
        all_stated = self.held_out.stated(pairs)
        self.failing = [one for one in all_stated if not one.old_right]
        self.passing = [one for one in all_stated if one.old_right]
        stated = (self.failing + self.passing)[: self.guard.stated]
        why = self._why_not(all_stated)
        if why:
            return Examined(
                finding=Finding.NOT_TOLD, why=why, stated=tuple(all_stated), cpu_s=self.held_out.cpu_s
            )
        self.probes = self._probes(stated)
        signals = self._signals()
        differences = sorted(
            (probe for probe in self.probes if probe.differs),
            key=lambda probe: (not self._like_passing(probe), len(repr(probe.case.args))),
        )
        kept = sum(self._like_passing(probe) and not probe.differs for probe in self.probes)
        changed = sum(map(self._like_passing, differences))
        return Examined(
            finding=self._finding(signals, kept, changed),
            why="" if len(self.probes) >= self.guard.least else "few inputs are like the stated ones",
            stated=tuple(all_stated),
            signals=tuple(signals),
            differences=tuple(differences),
            kept_like_passing=kept,
            changed_like_passing=changed,
            probes=tuple(self.probes),
            untested=self._untested(all_stated),
            cpu_s=self.held_out.cpu_s,
        )

    def _why_not(self, stated: Sequence[Stated]) -> str:
        """Return why nothing can be told of two programs, or nothing."""
        loads = {Outcome.SYNTAX, Outcome.LOAD}
        if all(one.old.execution.outcome in loads for one in stated):
            return "the original does not load"
        if not all(one.new_right for one in stated):
            return "the repaired program fails a stated case"
        if not self.held_out.steady(self.failing[:2] + self.passing[:1]):
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
        found = probes_near(self.held_out, neighbourhood, stated, counts)
        if self.failing and not any(probe.differs for probe in found):
            more = {Near.FAILING: 2 * guard.near_failing, Near.PASSING: 0, Near.ALL: 0}
            found += probes_near(self.held_out, neighbourhood, stated, more)
        return found

    def _finding(self, signals: Sequence[Signal], kept: int, changed: int) -> Finding:
        if any(signal.decides for signal in signals):
            return Finding.OVERFITTED
        if changed:
            return Finding.CHANGED
        if len(self.probes) < self.guard.least or not (kept or not self.passing):
            return Finding.NOT_TOLD
        return Finding.KEPT

    # -- likeness

    def _like_passing(self, probe: Probe) -> bool:
        """Say whether the original handles a probe as it does a case it passes, and no case it fails."""
        path = probe.old.path
        return any(one.old.path == path for one in self.passing) and not self._like_failing(probe)

    def _like_failing(self, probe: Probe) -> bool:
        return any(one.old.path == probe.old.path for one in self.failing)

    # -- signals

    def _signals(self) -> list[Signal]:
        if not self.failing:
            return []
        own = self._own_branches()
        found = [self._stated_only(), self._one_answer(), self._lost(), *self._copied(bool(own))]
        if own:
            lines = self._lines(own)
            where = f" in line {', '.join(map(str, lines))}" if lines else ""
            evidence = (
                f"{len(own)} branches{where} are taken on failing stated cases and on none of the probes"
            )
            found.append(Signal(kind=SignalKind.OWN_BRANCH, evidence=evidence, decides=False, lines=lines))
        return [signal for signal in found if signal is not None]

    def _stated_only(self) -> Signal | None:
        like = [probe for probe in self.probes if self._like_failing(probe)]
        if len(like) < self.guard.least or any(probe.differs for probe in self.probes):
            return None
        decides = bool(self.added.decisions) and any(input_weight(one.pair) > LIGHT for one in self.failing)
        return Signal(
            kind=SignalKind.STATED_ONLY,
            evidence=f"{len(like)} other inputs go the way of the failing ones, and all are treated as before",
            decides=decides,
            lines=tuple(dict.fromkeys(one.line for one in self.added.decisions)),
        )

    def _one_answer(self) -> Signal | None:
        changed = [probe for probe in self.probes if probe.differs]
        stated = {_did(one.new.execution) for one in self.failing}
        new = {_did(probe.new.execution) for probe in changed}
        old = {_did(probe.old.execution) for probe in changed}
        heavy = any(weight(one.pair.expected) > LIGHT for one in self.failing)
        if len(changed) < _FEW or not new <= stated or len(old) < 2 + len(new) or not heavy:
            return None
        evidence = f"on all {len(changed)} probes where it differs it gives what the failing checks state"
        return Signal(kind=SignalKind.ONE_ANSWER, evidence=evidence, decides=True)

    def _lost(self) -> Signal | None:
        given = [probe for probe in self.probes if _returned(probe.old) and probe.near is not Near.FAILING]
        left = sum(_returned(probe.new) for probe in given)
        if len(given) < self.guard.least or left > _LEFT * len(given):
            return None
        evidence = f"of {len(given)} probes on which the original gave a result it gives one on {left}"
        return Signal(kind=SignalKind.LOST, evidence=evidence, decides=True)

    def _copied(self, own: bool) -> list[Signal]:
        pairs = [one.pair for one in self.failing]
        found: dict[int, list[str]] = {}
        for line, value, what in copied(self.added, pairs):
            found.setdefault(line, []).append(f"{repr(value)[:60]} ({what})")
        return [
            Signal(
                kind=SignalKind.COPIED,
                evidence=f"line {line} has constants of failing checks: {', '.join(shown[:3])}",
                decides=own,
                lines=(line,),
            )
            for line, shown in found.items()
        ]

    # -- branches

    def _own_branches(self) -> set[Branch]:
        """Return the branches of the repaired program that failing stated cases take and no other input does."""
        taken = set[Branch]().union(*(one.new.path for one in self.failing))
        others = (*(probe.new for probe in self.probes), *(one.new for one in self.passing))
        return {one for one in taken - set[Branch]().union(*(run.path for run in others)) if one[3] >= 0}

    def _lines(self, branches: set[Branch]) -> tuple[int, ...]:
        known = branch_lines(self.new.program.source)
        found = {known.get((name, first, offset)) for _, name, first, offset, _ in branches}
        return tuple(sorted(line for line in found if line is not None))

    def _untested(self, stated: Sequence[Stated]) -> tuple[int, ...]:
        """Return lines of branches of which the stated cases take one way at most."""
        ways: dict[tuple[str, int, int], set[int]] = {}
        for one in stated:
            for _, name, first, offset, way in one.new.path:
                ways.setdefault((name, first, offset), set()).add(way)
        if not ways:
            return ()
        entry = self.new.program.entry or ""
        inside = f"{entry}."
        return tuple(
            sorted(
                {
                    line
                    for place, line in branch_lines(self.new.program.source).items()
                    if len(ways.get(place, ())) < 2 and (place[0] == entry or place[0].startswith(inside))
                }
            )
        )


_FEW = 4
"""Differing probes from which on their results can be seen to be few."""
_LEFT = 0.1
"""Share of the results that is left where nearly all are lost."""


def _did(execution: Execution) -> tuple[Outcome, bytes | str | None]:
    return execution.outcome, execution.value if execution.value is not None else execution.exception


def _returned(run: Run) -> bool:
    return run.execution.outcome is Outcome.RETURNED
