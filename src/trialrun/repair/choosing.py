"""Which of several plausible repairs is likely to be right, by what they do on inputs that no check states.

The public checks do not tell plausible repairs apart; probes do, inputs made of the checks' own by mutation. Repairs
that do the same on all of them are one *behaviour*. Its support is the sum of its repairs' weights, and grows with the
share of the program's own answers that they keep: most of a program is right, and so is a behaviour that many likely
edits have in common.

Nothing here is a verdict; the probes' runs share a process (`run/screen.py`). Leaves out: expected results for probes.
"""

from collections.abc import Sequence

from trialrun.compare.clusters import clusters
from trialrun.core.behaviour import behaviour_key
from trialrun.core.context import Context
from trialrun.core.execution import Execution, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import read_signature
from trialrun.lang.sketch import Pair
from trialrun.probe.domain import domains_of
from trialrun.probe.evalplus import EvalPlus
from trialrun.probe.proposer import Seed, unguided
from trialrun.repair.search import Candidate

_CHANGED = 0.25
"""What is left of a behaviour's support where it answers no probe as the program did, against 1 + this."""


def probes_of(program: Program, pairs: Sequence[Pair], count: int, seed: int) -> list[Case]:
    """Return inputs near those of the cases, at most `count`, the same for the same seed."""
    tree = parse(program.source)
    signature = None if isinstance(tree, Unparseable) else read_signature(tree, program.entry or "")
    seeds = [Seed(case=Case(args=pair.args)) for pair in pairs]
    if not seeds:
        return []
    return unguided(EvalPlus(domains=tuple(domains_of(seeds, signature)), seed=seed), seeds, count)


def chosen(
    ctx: Context, program: Program, found: Sequence[Candidate], probes: Sequence[Case], *, cpu_s: float
) -> list[Candidate]:
    """Return plausible repairs of `program`, the likeliest first: the best one of each behaviour, then the others."""
    if len(found) < 2 or not probes:
        return sorted(found, key=_order)
    columns = [
        ctx.runner.screen([program, *(one.program for one in found)], probe, cpu_s=cpu_s) for probe in probes
    ]
    # A probe that most of them do not end tells nothing; one that hangs where the others end is alone with that.
    columns = [column for column in columns if 2 * _hung(column) < len(column)]
    if not columns:
        return sorted(found, key=_order)
    before, *after = (tuple(column[place] for column in columns) for place in range(len(found) + 1))
    ranked: list[tuple[float, list[Candidate]]] = []
    for cluster in clusters([behaviour_key(row) for row in after]):
        members = sorted((found[place] for place in cluster.members), key=_order)
        kept = _CHANGED + _kept(before, after[cluster.members[0]])
        ranked.append((kept * sum(one.weight for one in members), members))
    ranked.sort(key=lambda one: (-one[0], _order(one[1][0])))
    best = [members[0] for _, members in ranked]
    return best + [one for _, members in ranked for one in members[1:]]


def _hung(column: Sequence[Execution]) -> int:
    return sum(one.outcome is Outcome.TIMEOUT for one in column)


def _kept(before: Sequence[Execution], after: Sequence[Execution]) -> float:
    """Return the share of the program's answers to probes that stay as they were; 1 where it gave none."""
    same = [
        one.value == two.value
        for one, two in zip(before, after, strict=True)
        if one.outcome is Outcome.RETURNED
    ]
    return sum(same) / len(same) if same else 1.0


def _order(one: Candidate) -> tuple[float, int, str]:
    return -one.weight, one.size, one.program.id
