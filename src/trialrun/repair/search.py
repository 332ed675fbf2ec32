"""The search of template repair: candidates made of edits, in order of their weights, until what may be spent is spent.

Single edits come first. Where none of them is plausible, pairs: an edit that mends the smallest failing case but not
all others (it is *promising*) together with any other, and then the heaviest edits two by two. No text is tried twice.

Leaves out: weights (`templates.py`), what a candidate does (`screening.py`), the choice among plausible ones
(`choosing.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from trialrun.compare.part_checks import passes
from trialrun.core.context import Context
from trialrun.core.program import Program
from trialrun.lang.repair_operators import Edit, applied
from trialrun.repair.screening import Meter, Screening

TOGETHER = 64
"""Candidates that are screened in one job."""
_PROMISING, _HEAVY = 24, 150
"""Promising edits, and heaviest ones, that pairs are made of."""

Weighted = tuple[float, tuple[Edit, ...]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program that one or two edits make."""

    program: Program
    weight: float
    """Suspicion times prior, of each edit."""
    edits: tuple[Edit, ...]

    @property
    def description(self) -> str:
        """Return what was edited, line by line."""
        return "; ".join(edit.description for edit in self.edits)

    @property
    def size(self) -> int:
        """Return how much was written and taken away, in bytes."""
        return sum(edit.size for edit in self.edits)


@dataclass(slots=True)
class Search:
    """One search for repairs of one program."""

    program: Program
    edits: Sequence[tuple[float, Edit]]
    """Edits with their weights, the heaviest first."""
    screening: Screening | None
    """None where the checks state no cases: each candidate is checked then."""
    ctx: Context
    meter: Meter
    most: int
    """Candidates at most."""
    maker: str
    tried: set[str] = field(default_factory=set)
    """Texts that candidates had, the program's own among them."""

    def plausible(self, *, pairs: bool) -> Iterator[Candidate]:
        """Yield candidates that pass the public checks, as they are found; of two edits only where `pairs` says so."""
        self.tried.add(self.program.source)
        promising: list[tuple[Candidate, int]] = []
        found = False
        for candidate, failed in self._run(((weight, (edit,)) for weight, edit in self.edits), None):
            if failed is not None:
                promising.append((candidate, failed))
                continue
            found = True
            yield candidate
        if found or not pairs:
            return
        for first, both in self._pairs(promising):
            for candidate, failed in self._run(both, first):
                if failed is None:
                    yield candidate

    def _pairs(
        self, promising: Sequence[tuple[Candidate, int]]
    ) -> Iterator[tuple[int | None, list[Weighted]]]:
        """Yield the case to screen on first, and two edits each, the heaviest first."""
        for candidate, failed in islice(promising, _PROMISING):
            (one,) = candidate.edits
            both = [(candidate.weight * weight, (one, edit)) for weight, edit in self.edits]
            yield failed, [(weight, pair) for weight, pair in both if not pair[1].touches(one)]
        heavy = self.edits[:_HEAVY]
        rest = [
            (weight * other, (edit, second))
            for place, (weight, edit) in enumerate(heavy)
            for other, second in heavy[place + 1 :]
            if not edit.touches(second)
        ]
        yield None, sorted(rest, key=lambda one: -one[0])

    def _run(self, edits: Iterable[Weighted], first: int | None) -> Iterator[tuple[Candidate, int | None]]:
        """Yield plausible candidates, with None, and promising ones, with the place of a case that they fail."""
        for group in self._groups(edits):
            if self.screening is not None:
                for found in self.screening.run([one.program for one in group], first):
                    if found.plausible or found.failed is not None:
                        yield group[found.place], found.failed
                continue
            for candidate in group:
                if not self.meter.is_empty and passes(self.ctx.runner.check(candidate.program)):
                    yield candidate, None

    def _groups(self, edits: Iterable[Weighted]) -> Iterator[list[Candidate]]:
        group: list[Candidate] = []
        for weight, several in edits:
            source = applied(self.program.source, *several)
            if source in self.tried:
                continue
            if len(self.tried) > self.most:
                break
            self.tried.add(source)
            (main, _), *others = self.program.files
            made = replace(
                self.program,
                files=((main, source), *others),
                maker=self.maker,
                parents=(self.program.id,),
            )
            group.append(Candidate(made, weight, several))
            if len(group) == TOGETHER:
                if self.meter.is_empty:
                    return
                yield group
                group = []
        if group and not self.meter.is_empty:
            yield group
