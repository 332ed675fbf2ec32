"""A suite of a given size, chosen from many inputs of a program by the mutants that they kill.

Mutants that several of the given inputs kill say little about others, and are left out. The rest run on candidates (the
inputs that tell most, `Growth.best`), each on all of them; those that live run on further inputs until one kills them,
and that one becomes a candidate, too. The suite is then the one that is likely to find most of what nobody has made:
each mutant stands for a family of mistakes (`probe/reduce.spread`), and so does each branch.

Leaves out: growing inputs (`augment.py`), making mutants (`lang/mutants.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trialrun.compare.augment import Growth
from trialrun.compare.mutants import screen
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.probe.reduce import Taken, spread
from trialrun.run.sandbox import Sandbox

CANDIDATES = 250
"""Inputs that every mutant runs on."""
MORE = 1000
"""Inputs that mutants run on further, which live on all candidates."""
SCREENING_S = 4.0
"""CPU seconds that the calls of mutants on candidates are about to take at most."""
SURE = 4
"""Given inputs that kill a mutant from which on it is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """What candidates for a suite kill."""

    places: tuple[int, ...]
    """Of the candidates among the inputs, the given ones first."""
    killed: tuple[frozenset[int], ...]
    """Mutants that each of them kills, by their places."""
    cpu_s: float


def matrix_of(
    sandbox: Sandbox,
    program: Program,
    growth: Growth,
    mutants: Sequence[Program],
    *,
    given: int = 0,
    limits: Limits,
) -> Matrix:
    """Return which candidates among a growth's inputs kill which mutants. The first `given` are candidates."""
    cases = [one.seed.case for one in growth.inputs]
    spent: list[float] = []

    def kills(places: Sequence[int], numbers: Sequence[int], *, every: bool = True) -> dict[int, set[int]]:
        """Return the mutants that each place kills."""
        found: dict[int, set[int]] = {place: set() for place in places}
        chosen: list[Case] = [cases[place] for place in places]
        table = screen(
            sandbox, program, [mutants[number] for number in numbers], chosen, limits=limits, every=every
        )
        spent.append(table.cpu_s)
        for number, fate in zip(numbers, table.fates, strict=True):
            for place in fate.killed_by:
                found[places[place]].add(number)
        return found

    first = kills(range(given), range(len(mutants)))
    deaths = [sum(number in found for found in first.values()) for number in range(len(mutants))]
    weak = [number for number, count in enumerate(deaths) if count < SURE]
    found = {place: killed & set(weak) for place, killed in first.items()}
    best = affordable(growth, growth.best(CANDIDATES, given), len(weak))
    found |= kills(best, weak)
    alive = [number for number in weak if not any(number in killed for killed in found.values())]
    others = [place for place in growth.best(CANDIDATES + MORE, given) if place not in found]
    others = affordable(growth, others, len(alive))
    killers = [place for place, killed in kills(others, alive, every=False).items() if killed]
    found |= kills(killers, weak)
    return Matrix(places=tuple(found), killed=tuple(map(frozenset, found.values())), cpu_s=sum(spent))


def affordable(growth: Growth, places: Sequence[int], mutants: int) -> list[int]:
    """Return the places without those whose calls by so many mutants would take too long."""
    left = SCREENING_S / max(1, mutants)
    kept = []
    for place in places:
        cost = growth.inputs[place].execution.cpu_s
        if cost <= left / 10:
            left -= cost
            kept.append(place)
    return kept


def suite_of(
    sandbox: Sandbox,
    program: Program,
    growth: Growth,
    mutants: Sequence[Program],
    *,
    size: int,
    given: int = 0,
    limits: Limits,
) -> list[Taken]:
    """Return, in the order taken, at most `size` inputs beside the first `given`."""
    table = matrix_of(sandbox, program, growth, mutants, given=given, limits=limits)
    branches = [growth.inputs[place].branches for place in table.places]
    chosen = spread(size, table.killed, branches, given=given)
    return [taken._replace(place=table.places[taken.place]) for taken in chosen]
