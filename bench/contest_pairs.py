"""Pairs of a right and a wrong program of the contest set, mutants of right programs among the wrong ones.

A wrong program is paired with one right program, in turn, so that programs written alike and written differently both
occur. A mutant counts where it does what the right programs do on the sample, and not on some valid input; it is paired
with a right program other than its parent every second time.

Leaves out: searching for what tells them apart (`bench/differential.py`).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bench.contest_forms import ENTRY, function_form
from bench.contest_inputs import draw
from bench.contest_set import Problem
from trialrun.compare.mutants import screen
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.mutants import mutants
from trialrun.run.sandbox import Sandbox

DRAWS = 60
TRIED = 8
"""Mutants that are drawn for each that is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two programs that do the same on a problem's sample, and not on every valid input."""

    problem: Problem
    mistake: str
    right: str
    wrong: str
    mutant: bool = False


def written_pairs(problem: Problem, *, every: bool = False) -> Iterator[Pair]:
    """Yield a problem's wrong programs with a right one each, or with `every` right one."""
    for place, (mistake, wrong) in enumerate(problem.wrong.items()):
        rights = problem.accepted if every else (problem.accepted[place % len(problem.accepted)],)
        for right in rights:
            yield Pair(problem=problem, mistake=mistake, right=right, wrong=wrong)


def mutant_pairs(sandbox: Sandbox, problem: Problem, count: int) -> list[Pair]:
    """Return up to `count` mutants of a problem's right programs, each with a right one."""
    rng = random.Random(f"mutants of {problem.name}")
    texts = [problem.sample, *problem.extra, *(draw(problem.describe, rng) for _ in range(DRAWS))]
    cases = [Case(args=(text.split("\n")[:-1],)) for text in texts]
    pairs: list[Pair] = []
    for turn, parent in enumerate(problem.accepted[:2]):
        wanted = (count + 1) // 2 if turn == 0 else count - len(pairs)
        made = mutants(parent, limit=TRIED * wanted, seed=rng.randrange(1 << 30)) if wanted > 0 else []
        programs = [Program.from_source(function_form(mutant.source), entry=ENTRY) for mutant in made]
        original = Program.from_source(function_form(parent), entry=ENTRY)
        fates = screen(sandbox, original, programs, cases).fates
        kept = [
            mutant
            for mutant, fate in zip(made, fates, strict=True)
            if fate.killed_by and 0 not in fate.killed_by
        ][:wanted]
        for mutant in kept:
            right = problem.accepted[(turn + len(pairs)) % 2]
            mistake = f"mutant of {turn}, {mutant.description}"
            pairs.append(
                Pair(problem=problem, mistake=mistake, right=right, wrong=mutant.source, mutant=True)
            )
    return pairs
