"""Fresh problems from a solved one: drawn from a generator that passed every check, each answer found twice.

`build` takes one's own generator, or else what number lifting makes of the seed; it examines the generator
(`verify/efa.py`) and draws problems until there are enough different ones, none of them the seed. Each comes with its
answer, on which the generator and the independent solver agree. `keep` searches: of many draws those that a score calls
hardest, or easiest; `numbers_written` scores by how much there is to calculate with, `missed_by` by how often a model
is wrong. The same seed gives the same problems, byte for byte.

Leaves out: problems of generators that do not pass; writing generators with a model (`generate/efagen.py`).
Source: arXiv:2504.09763.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from trialrun.core.errors import UsageError
from trialrun.core.program import Program
from trialrun.core.task import Task
from trialrun.lang.families import Solved
from trialrun.lang.lifted_program import ENTRY, program_of
from trialrun.lang.lifting import NotLifted, lift
from trialrun.lang.math_answer import answer_text, same_answer
from trialrun.models.protocol import Message, Model, Request
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import content_key
from trialrun.tasks.efa import problem_task
from trialrun.tasks.questions import KINDS
from trialrun.verify.efa import examine
from trialrun.verify.generator_bits import Report, Settings
from trialrun.verify.independent import Independent, Variant
from trialrun.verify.number_answers import said_answer

ROUNDS = 20
"""How often draws are made again where too few are new."""
Score = Callable[[Variant], float]
"""How hard a problem is: more is harder."""


class NoGenerator(ValueError):
    """Why there are no fresh problems, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A generator that passed every check, and problems of it."""

    program: Program
    report: Report
    variants: tuple[Variant, ...]
    """Different problems, none of them the seed, in the order of their draws."""


def build(
    sandbox: Sandbox,
    solved: Solved,
    count: int,
    *,
    seed: int = 0,
    generator: Program | None = None,
    solver: Independent | None = None,
    alike: bool = True,
    ambiguous: bool = False,
) -> Family:
    """Return a family with up to `count` problems. Raises `NoGenerator` where no generator passes.

    Where the seed's solution can be read in two ways with other answers, nothing is lifted unless `ambiguous` is set.
    """
    program = generator or _lifted(solved, ambiguous=ambiguous)
    settings = Settings(seed=_first_draw(seed, 0))
    report = examine(sandbox, program, solved, settings=settings, solver=solver, alike=alike)
    if not report.strong_valid:
        failed = [f"{bit}: {report.reasons[bit]}" for bit, holds in report.bits.items() if holds is not True]
        raise NoGenerator(f"the generator does not pass: {'; '.join(failed)}"[:400])
    found: dict[str, Variant] = {}
    more = report
    for turn in range(1, ROUNDS + 1):
        for variant in more.variants:
            if " ".join(variant.text.split()) != " ".join(solved.problem.split()):
                found.setdefault(variant.text, variant)
        if len(found) >= count or not more.strong_valid:
            break
        settings = Settings(seed=_first_draw(seed, turn), mutants=0)
        more = examine(
            sandbox, program, solved, settings=settings, solver=solver, alike=alike, until_rejected=True
        )
    return Family(program=program, report=report, variants=tuple(found.values())[:count])


def keep(variants: Sequence[Variant], count: int, score: Score, *, easiest: bool = False) -> list[Variant]:
    """Return the `count` hardest problems, the hardest first (or the easiest ones); ties keep their order."""
    scored = [(score(variant), place) for place, variant in enumerate(variants)]
    scored.sort(key=lambda one: (one[0] if easiest else -one[0], one[1]))
    return [variants[place] for _, place in scored[:count]]


def numbers_written(variant: Variant) -> float:
    """Score a problem by the digits of its numbers that are not zeros at an end, its answer's included.

    >>> from fractions import Fraction
    >>> numbers_written(Variant({}, "12 boxes of 300", Fraction(3600)))
    5.0
    """
    numbers = re.findall(r"\d[\d,]*\.?\d*", f"{variant.text} {answer_text(variant.answer)}")
    return float(sum(len(re.sub(r"\D", "", number).strip("0")) for number in numbers))


def missed_by(model: Model, *, samples: int = 4, seed: int = 0) -> Score:
    """Return a score by how often a model answers wrongly, 0 to 1; a call that the budget refuses counts as 0."""

    def score(variant: Variant) -> float:
        asked = f"{variant.text.strip()}\n\n{KINDS['number'].asks}"
        request = Request(messages=(Message("user", asked),), n=samples, temperature=0.8, seed=seed)
        said = model.complete(request).texts
        return sum(not same_answer(said_answer(text), variant.answer) for text in said) / max(1, len(said))

    return score


def tasks_of(family: Family, variants: Sequence[Variant], *, suite: str) -> Iterator[Task]:
    """Yield the problems as questions that `eval` asks and grades."""
    for variant in variants:
        yield problem_task(
            variant.text,
            variant.parameters,
            family.program.source,
            answer_text(variant.answer),
            id=f"{suite}/{content_key(family.program.id, variant.text)[:12]}",
            suite=suite,
            entry=family.program.entry or ENTRY,
        )


def _lifted(solved: Solved, *, ambiguous: bool) -> Program:
    try:
        family = lift(solved)
    except NotLifted as error:
        raise NoGenerator(f"cannot be lifted: {error}") from None
    if family.ambiguous and not ambiguous:
        raise NoGenerator("its solution can be read in two ways, since numbers in it are equal")
    return Program.from_source(program_of(family), entry=ENTRY, maker="lang/lifting")


def _first_draw(seed: int, turn: int) -> int:
    """Return the first seed of a round of draws; rounds do not overlap."""
    if seed < 0:
        raise UsageError(f"a seed is not negative: {seed}")
    return (seed * (ROUNDS + 1) + turn) * 1_000
