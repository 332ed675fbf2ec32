"""Template repair: small edits of a failing program, the likeliest first, each judged by the public checks. No model.

    edits (`lang/repair_operators.py`)  ×  where the fault may lie (`localisation.py`)  ──▶ candidates in order
      ──▶ screened on the smallest failing case, then on others, then checked (`screening.py`) ──▶ plausible ones
      ──▶ the likeliest of them by what they do on probes (`choosing.py`)

A candidate's weight is the suspicion of its line times the prior of its edit (`search.py` tries them in this order).
What is tried follows from program, checks and seed; only where CPU time runs out first does the machine have a say.

Leaves out: checks that state no cases (there each candidate is checked, without localisation), edits in other files.
Sources: Debroy and Wong (2010), mutation for repair; Liu et al. (2019), TBar; Weimer et al. (2013), AE.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Annotated

from msgspec import Meta

from trialrun.compare.part_checks import agrees, passes
from trialrun.core.context import Context
from trialrun.core.judgement import Judgement
from trialrun.core.method import Repairer, method
from trialrun.core.program import Program
from trialrun.core.task import CaseCheck, PublicTask
from trialrun.lang.known_cases import known_cases
from trialrun.lang.repair_operators import Edit, repairs
from trialrun.lang.sketch import Pair, cases_of
from trialrun.repair.choosing import chosen, probes_of
from trialrun.repair.evidence import MOST_CASES, Evidence, evidence_of
from trialrun.repair.ingredients import strings_of, types_of
from trialrun.repair.localisation import Formula, localise
from trialrun.repair.screening import TRACED_S, Meter, Screening, endings, screening_of
from trialrun.repair.search import Candidate, Search
from trialrun.repair.timed import OutOfTime

_CHECKED_S = 1.0


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the failing program."""

    pairs: tuple[Pair, ...] = ()
    screening: Screening | None = None
    """None where the checks state no cases."""
    evidence: Evidence = field(default_factory=Evidence)


@method(title="Template repair")
@dataclass(frozen=True, slots=True, kw_only=True)
class Templates(Repairer):
    """Try small edits of a failing program, the likeliest first, without a model."""

    asks = False

    localise: Formula = "ochiai"
    """Formula that says which lines to edit first; `random` is a control, `none` takes all lines alike."""
    priors: bool = True
    """Whether likelier edits come first; without this and without localisation, edits are drawn at random."""
    most: Annotated[int, Meta(ge=1)] = 20_000
    """Candidates that are tried at most."""
    cpu_s: Annotated[float, Meta(gt=0)] = 20.0
    """CPU seconds of the search and of all that it runs, looked at between groups of candidates."""
    pairs: bool = True
    """Whether two edits at once are tried where no single one is plausible."""
    answers: Annotated[int, Meta(ge=1)] = 1
    """Plausible programs that are given, the likeliest last."""
    beside: Annotated[int, Meta(ge=1)] = 32
    """Plausible programs that are found before one is chosen."""
    probes: Annotated[int, Meta(ge=0)] = 16
    """Inputs on which plausible programs are compared; 0: the heaviest one is chosen."""
    traced: Annotated[int, Meta(ge=1)] = 8
    """Cases that are traced to see where the fault may lie."""

    def repair(
        self, task: PublicTask, program: Program, judgements: Sequence[Judgement], ctx: Context
    ) -> Iterator[Program]:
        """Yield plausible programs, the likeliest last; none where no candidate passes the public checks."""
        if task.language != "python" or not task.public_checks:
            return
        meter = Meter(ctx, self.cpu_s)
        if passes(judgements or ctx.runner.check(program)):
            return
        known = self._known(task, program, ctx)
        search = Search(
            program=program,
            edits=self._weighted(task, program, known, ctx.seed),
            screening=known.screening,
            ctx=ctx,
            meter=meter,
            most=self.most,
            maker=self.declared.id,
        )
        found: list[Candidate] = []
        try:
            for one in islice(search.plausible(pairs=self.pairs), self.beside):
                found.append(one)
            probes = probes_of(program, known.pairs, self.probes, ctx.seed) if len(found) > 1 else []
            limit_s = _CHECKED_S if known.screening is None else known.screening.limit_s
            best = chosen(ctx, program, found, probes, cpu_s=limit_s)
        except OutOfTime:
            best = chosen(ctx, program, found, [], cpu_s=0.0)
        for one in reversed(best[: self.answers]):
            ctx.progress(one.description)
            yield one.program

    def _known(self, task: PublicTask, program: Program, ctx: Context) -> _Known:
        """Run the program on the cases of its checks, and trace it on some that fail and some that do not."""
        pairs = known_cases(task.public_checks)[:MOST_CASES] if program.entry is not None else ()
        if not pairs:
            return _Known()
        done = endings(ctx, program, pairs)
        failed = [not agrees(one, pair.expected) for one, pair in zip(done, pairs, strict=True)]
        screening = screening_of(ctx, pairs, failed, done)
        failing = [place for place in screening.order if failed[place]][: (self.traced + 1) // 2]
        passing = [place for place in range(len(pairs)) if not failed[place]]
        shown = [*failing, *passing[: self.traced - len(failing)]]
        cases, expected = cases_of(tuple(pairs[place] for place in shown))
        checks = (CaseCheck(name="traced", cases=cases, expected=expected),)
        shown_task = replace(task, public_checks=checks)
        return _Known(pairs, screening, evidence_of(ctx.runner, shown_task, program, cpu_s=TRACED_S))

    def _weighted(
        self, task: PublicTask, program: Program, known: _Known, seed: int
    ) -> list[tuple[float, Edit]]:
        """Return the edits with their weights, the heaviest first, equals in an order by chance."""
        edits = repairs(
            program.source,
            runs=types_of(known.evidence),
            values=[pair.expected for pair in known.pairs],
            strings=strings_of(task, known.pairs),
        )
        where = localise(program.source, known.evidence, self.localise, seed=seed)
        random.Random(seed).shuffle(edits)
        weighted = [(where.of(edit.line) * (edit.prior if self.priors else 1.0), edit) for edit in edits]
        return sorted(weighted, key=lambda one: -one[0])
