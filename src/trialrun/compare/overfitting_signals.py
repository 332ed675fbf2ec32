"""What speaks for a repair that fits the stated cases alone, each thing with its evidence.

    stated only  of many probes like the failing cases, none is treated otherwise than before (or very few, and these
                 are given what the failing checks state), and the repair has more decisions than the original
    one answer   wherever it differs, it gives results that the failing checks state, where the original's vary
    lost         on nearly all probes on which the original gives a result it gives none, or None, which no check states
    copied       constants of failing inputs or of their results stand in the new code, and a branch is taken there
                 alone; or a text of a whole input stands there
    own branch   branches are taken on failing cases and on no probe

A probe is *like* a stated case where the original takes the same branches on both. The first three are seen in values
that were read outside the sandbox. The text, and the branches, which are the program's own word, decide together only.

Leaves out: the finding (`overfitting.py`), running anything (`held_out.py`).
"""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trialrun.compare.copied_values import LIGHT, Copied, copied, input_weight, is_made_of, shared, weight
from trialrun.compare.held_out import Near, Probe, Run, Stated
from trialrun.core import values
from trialrun.core.execution import Execution, Outcome
from trialrun.lang.added_code import Added
from trialrun.lang.branches import branch_lines
from trialrun.run.serving import Branch

_FEW = 4
"""Differing probes from which on their results can be seen to be few."""
_VARIED = 2
"""Results that the original gives more than the repair does, where the repair's are few and the original's vary."""
_MANY = 4
"""Times as many probes near the failing cases are needed where few are known to be like them."""
_RARE = 0.05
"""Share of the probes like failing cases that may hit a special case by chance."""
_FOREIGN = 0.25
"""Share of the differing probes that get parts of a stated input that they have not."""
_LEFT = 0.1
"""Share of the results that is left where nearly all are lost."""
_NONE = values.encode(None)
_LIGHT_RESULT = 1
"""Weight up to which a result (a truth value, 0, 1, nothing, what is empty) may well be right for many inputs."""


class SignalKind(enum.StrEnum):
    """What speaks for overfitting."""

    STATED_ONLY = "stated only"
    ONE_ANSWER = "one answer"
    LOST = "lost"
    COPIED = "copied"
    OWN_BRANCH = "own branch"


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
class Seen:
    """All that was seen of a program and its repair."""

    failing: tuple[Stated, ...]
    """Stated cases that the original fails."""
    passing: tuple[Stated, ...]
    probes: tuple[Probe, ...]
    added: Added
    reached: frozenset[Branch]
    """Branches that the repaired program took on probes."""
    source: str
    """Text of the repaired program as it ran."""
    least: int
    """Probes of a kind below which nothing is concluded from them."""

    def is_like_failing(self, probe: Probe) -> bool:
        """Say whether the original takes the branches on a probe that it takes on a case that it fails."""
        return probe.old.path is not None and any(one.old.path == probe.old.path for one in self.failing)

    def is_like_passing(self, probe: Probe) -> bool:
        """Say whether it takes those of a case that it passes, and not those of one that it fails."""
        if probe.old.path is None or self.is_like_failing(probe):
            return False
        return any(one.old.path == probe.old.path for one in self.passing)


def signals(seen: Seen) -> tuple[Signal, ...]:
    """Return what speaks for overfitting; nothing where the original failed no stated case."""
    if not seen.failing:
        return ()
    own = own_branches(seen)
    found = [_stated_only(seen, own=bool(own)), _one_answer(seen), _lost(seen)]
    found += _copied(seen, own=bool(own))
    if own:
        lines = lines_of(own, seen.source)
        where = f" in line {', '.join(map(str, lines))}" if lines else ""
        count = f"{len(own)} branch{'es are' if len(own) > 1 else ' is'}"
        evidence = f"{count} taken on failing stated cases and on none of the probes{where}"
        found.append(Signal(kind=SignalKind.OWN_BRANCH, evidence=evidence, decides=False, lines=lines))
    return tuple(signal for signal in found if signal is not None)


def _stated_only(seen: Seen, *, own: bool) -> Signal | None:
    like = [probe for probe in seen.probes if seen.is_like_failing(probe)]
    near = [probe for probe in seen.probes if probe.near is Near.FAILING]
    hit = [probe for probe in seen.probes if probe.differs]
    # A case whose way no neighbour goes: then that it has a branch of its own has to stand in for the likeness.
    if len(like) < seen.least and not (own and not hit and len(near) >= _MANY * seen.least):
        return None
    if len(hit) > _RARE * len(like):
        return None
    if not {_did(probe.new.execution) for probe in hit} <= _stated_results(seen):
        return None
    heavy = any(
        input_weight(one.pair) > LIGHT and not (hit and weight(one.pair.expected) <= _LIGHT_RESULT)
        for one in seen.failing
    )
    treated = f"all but {len(hit)} are" if hit else "all are"
    return Signal(
        kind=SignalKind.STATED_ONLY,
        evidence=f"of {len(near)} inputs near the failing ones, {len(like)} of them known to go their way, "
        f"{treated} treated as before",
        decides=bool(seen.added.decisions) and heavy,
        lines=tuple(dict.fromkeys(one.line for one in seen.added.decisions)),
    )


def _one_answer(seen: Seen) -> Signal | None:
    changed = [probe for probe in seen.probes if probe.differs]
    new, old = ({_did(run.execution) for run in runs} for runs in _sides(changed))
    heavy = [one for one in seen.failing if weight(one.pair.expected) > _LIGHT_RESULT]
    if len(changed) < _FEW or not new <= _stated_results(seen) or not heavy:
        return None
    foreign = _foreign(changed, heavy)
    if len(old) < _VARIED + len(new) and foreign < max(_FEW, _FOREIGN * len(changed)):
        return None
    evidence = f"on all {len(changed)} probes where it differs it gives what the failing checks state"
    if foreign:
        evidence += (
            f", on {foreign} of them what is made of parts that the stated input has and they have not"
        )
    return Signal(kind=SignalKind.ONE_ANSWER, evidence=evidence, decides=True)


def _foreign(changed: Sequence[Probe], failing: Sequence[Stated]) -> int:
    """Return how many probes get the result of a failing case that is made of parts of its input which they lack."""
    made = {
        _did(one.new.execution): one.pair for one in failing if is_made_of(one.pair.args, one.pair.expected)
    }
    count = 0
    for probe in changed:
        pair = made.get(_did(probe.new.execution))
        if pair is not None:
            count += not shared(pair.args, pair.expected) <= shared(probe.case.args, pair.expected)
    return count


def _lost(seen: Seen) -> Signal | None:
    if any(one.pair.expected is None for one in (*seen.failing, *seen.passing)):
        return None
    given = [probe for probe in seen.probes if _gives(probe.old)]
    left = sum(_gives(probe.new) for probe in given)
    if len(given) < seen.least or left > _LEFT * len(given):
        return None
    evidence = f"of {len(given)} probes on which the original gave a result it gives one on {left}"
    return Signal(kind=SignalKind.LOST, evidence=evidence, decides=True)


def _copied(seen: Seen, *, own: bool) -> Iterator[Signal]:
    found: dict[int, list[Copied]] = {}
    for one in copied(seen.added, [one.pair for one in seen.failing]):
        found.setdefault(one.line, []).append(one)
    whole = any(one.is_whole for shown in found.values() for one in shown)
    # A border case with a result of its own (`if n == 0: return "zero"`) is an honest repair.
    heavy = any(input_weight(one.pair) > LIGHT for one in seen.failing)
    for line, shown in found.items():
        told = ", ".join(f"{repr(one.value)[:60]} ({one.what})" for one in shown[:3])
        yield Signal(
            kind=SignalKind.COPIED,
            evidence=f"line {line} has constants of failing checks: {told}",
            decides=whole or (own and heavy),
            lines=(line,),
        )


# ------------------------------------------------------------------------------------------------- branches


def own_branches(seen: Seen) -> set[Branch]:
    """Return the branches of the repaired program that failing stated cases take and no other input does."""
    taken = set[Branch]().union(*(one.new.path or () for one in seen.failing))
    others = (*(probe.new for probe in seen.probes), *(one.new for one in seen.passing))
    elsewhere = set(seen.reached).union(*(run.path or () for run in others))
    return {one for one in taken - elsewhere if one[3] >= 0}


def lines_of(branches: set[Branch], source: str) -> tuple[int, ...]:
    """Return the lines of branches, as far as this interpreter knows them."""
    known = branch_lines(source)
    found = {known.get((name, first, offset)) for _, name, first, offset, _ in branches}
    return tuple(sorted(line for line in found if line is not None))


def untested(stated: Sequence[Stated], source: str, entry: str) -> tuple[int, ...]:
    """Return lines of the repaired function with a branch of which the stated cases take one way at most."""
    ways: dict[tuple[str, int, int], set[int]] = {}
    for one in stated:
        for _, name, first, offset, way in one.new.path or ():
            ways.setdefault((name, first, offset), set()).add(way)
    if not ways:
        return ()
    inside = f"{entry}."
    found = {
        line
        for place, line in branch_lines(source).items()
        if len(ways.get(place, ())) < 2 and (place[0] == entry or place[0].startswith(inside))
    }
    return tuple(sorted(found))


def _gives(run: Run) -> bool:
    """Say whether a run gave a result other than None."""
    return run.execution.outcome is Outcome.RETURNED and run.execution.value != _NONE


def _sides(probes: Sequence[Probe]) -> tuple[list[Run], list[Run]]:
    """Return what the repaired program did, and what the original did."""
    return [probe.new for probe in probes], [probe.old for probe in probes]


def _stated_results(seen: Seen) -> set[tuple[Outcome, bytes | str | None]]:
    return {_did(one.new.execution) for one in seen.failing}


def _did(execution: Execution) -> tuple[Outcome, bytes | str | None]:
    return execution.outcome, execution.value if execution.value is not None else execution.exception
