"""Checks of a problem generator (an executable functional abstraction), each a named bit.

The paper's five, over the first 20 draws: the class and its operations are there (*extractable*); they run
(*executable*); draws differ (*freedom*); equal parameters have equal answers (*single-valued*); text and answer of the
original parameters are the seed's (*original*). A `solve` that returns the seed's answer whatever it is given passes
all five. Ours, over 100 draws: every number among the parameters *influences* the answer, and mutants of `solve` that
answer otherwise are caught by the other bits; an independent solver *agrees* (`independent.py`); the text *shows* every
parameter; drawing is *steady*, the same for a seed in any order and in vain nine times in ten at most; no draw raises,
and answers are *sound*: finite, of the seed's sign, whole where it is, within all conditions of its solution.

Everything of the generator runs in the sandbox; values come out, and bits are formed here. A bit that could not be
formed is None. Generators that read files, hang or break their job have bits that are false, never an exception.

Leaves out: whether the text reads well; a graph that was lifted wrongly (then solver and generator err alike).
Source: arXiv:2504.09763, section 3 (the five checks), rewritten.
"""

import re
from collections.abc import Collection
from dataclasses import replace

from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.program import Program
from trialrun.core.task import GeneratorCheck
from trialrun.lang.families import Solved
from trialrun.run.sandbox import Sandbox
from trialrun.verify.cases import SHOWN
from trialrun.verify.generator_bits import PAPER, Bit, Report, Settings
from trialrun.verify.generator_examination import Examination
from trialrun.verify.generator_runs import Operations
from trialrun.verify.independent import Independent, Reference, replay_of

JUDGE = "verify/efa"
LIMITS = Limits(cpu_s=2.0, memory_mb=512, output_kb=64, value_kb=1024)


def examine(
    sandbox: Sandbox,
    program: Program,
    seed: Solved,
    *,
    settings: Settings | None = None,
    limits: Limits = LIMITS,
    solver: Independent | None = None,
    alike: bool = True,
    idle: Collection[str] = (),
    until_rejected: bool = False,
) -> Report:
    """Return the bits of a generator; `program.entry` names its class.

    Without a `solver` it is the seed's own solution, where that can be lifted. With `alike` answers are of the
    seed's sign, and whole where that is. Parameters named in `idle` need neither be shown nor matter: distractors, and
    what follows from others. `until_rejected` stops at the first bit that does not hold.
    """
    if solver is None:
        solver = replay_of(seed)
    operations = Operations(sandbox, program, limits)
    made = Examination(operations, seed, settings or Settings(), solver, alike, idle)
    for step in made.steps():
        step()
        if made.stopped or (until_rejected and False in made.bits.values()):
            break
    return made.report()


def judge_generator(
    sandbox: Sandbox, check: GeneratorCheck, program: Program, limits: Limits, seed: int = 0
) -> Judgement:
    """Judge a generator by the bits that a check demands; its score is the share of all bits."""
    limits = replace(limits, cpu_s=min(limits.cpu_s, LIMITS.cpu_s), value_kb=LIMITS.value_kb)
    solver: Independent | None = None
    if check.solver:
        entry = "accepts" if re.search(r"^def accepts\b", check.solver, re.M) else "solve"
        solver = Reference(sandbox, Program.from_source(check.solver, entry=entry, maker="reference"), limits)
    told = Solved(problem=check.problem, solution=check.solution, answer=check.answer)
    report = examine(
        sandbox,
        program,
        told,
        settings=Settings(seed=seed * 1_000),
        limits=limits,
        solver=solver,
        alike=check.alike,
    )
    passed = report.strong_valid if check.strong else report.paper_valid
    wanted = tuple(Bit) if check.strong else PAPER
    evidence = tuple(
        Evidence(
            case=place, outcome=Outcome.RETURNED, input=str(bit), message=report.reasons.get(bit, "")[:SHOWN]
        )
        for place, bit in enumerate(Bit)
        if bit in wanted and report.bits[bit] is not True
    )
    return Judgement(
        check=check.name,
        verdict=Verdict.PASS if passed else Verdict.FAIL,
        outcome=Outcome.RETURNED,
        strength=Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge=JUDGE,
        cases=report.drawn,
        evidence=evidence,
        cpu_s=report.cpu_s,
        score=report.score,
        comparator="mathematical",
    )
