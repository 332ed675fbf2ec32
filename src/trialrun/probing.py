"""`probe`: a Python file, or a function of it, and inputs that tell it from its mutants.

    for found in probe("stats.py:median"): print(found.name, found.killed, found.alive)

Inputs are grown with the mutants as feedback, then reduced: what is kept takes every branch that was taken and kills
every mutant that was killed, with few inputs; a suite of a given size is chosen by mutants of more kinds. What the
program does on them, in jobs of its own, is what tests expect; inputs on which it does otherwise when clock and chance
run free are left out. The program is taken to be right: tests made of it hold its behaviour, not its purpose.

Leaves out: writing tests and cases to files (`cli/probe.py`, `lang/emit_test.py`), methods as roots of a search over
several calls.
"""

import dataclasses
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from trialrun.compare.afterwards import load_failure
from trialrun.compare.augment import LIMITS, Augmentation, Growth
from trialrun.compare.difference import Coverage, Kind
from trialrun.compare.mutants import Screening, screen
from trialrun.compare.outcomes import Rules, are_alike, compare_executions
from trialrun.compare.pair import encode
from trialrun.compare.suite import suite_of
from trialrun.comparing import Target, predicate, seeds_from
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.branches import branch_points
from trialrun.lang.drivers import function_subject, functions_of
from trialrun.lang.mutants import Mutant, mutants
from trialrun.lang.subject import Subject
from trialrun.probe.domain import domains_of
from trialrun.probe.examples import examples_of
from trialrun.probe.portfolio import Portfolio, growing_for
from trialrun.probe.proposer import Seed
from trialrun.probe.reduce import joint
from trialrun.run.interpreter import find_interpreter
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving
from trialrun.run.supervisor import Isolation

_TEXTS = ("a bc def", "Ab 1", " x ", "a,b", "A", "12", "-3", "a b a", "é", "a\nb")
"""Texts beside those of the program: words, blanks, capitals, digits, separators."""
_RULES = Rules(exceptions="type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How inputs are looked for."""

    cpu_s: float = 10.0
    """CPU seconds for all functions together."""
    inputs: int = 2000
    """Valid inputs tried at most, for each function."""
    mutants: int = 300
    """Mutants of a function at most; more are drawn by the seed."""
    suite: int | None = None
    """Inputs to keep of each function; None: the fewest that kill all that was killed and take all branches taken."""
    seed: int = 0
    limits: Limits = LIMITS
    """Limits of one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An input of the reduced suite."""

    case: Case
    did: Execution
    """What the program does on it."""
    kills: tuple[Mutant, ...]
    """Mutants that it kills and no earlier input of the suite does; none where it is kept for a branch."""
    others: tuple[Execution, ...]
    """What these do on it, one of each way to differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What came of probing one function."""

    name: str
    subject: Subject
    suite: tuple[Kept, ...]
    mutants: int
    killed: int
    alive: tuple[Mutant, ...]
    """Those that nothing told from the program; some may be equivalent to it."""
    inputs: int
    """Valid inputs that were tried."""
    refused: dict[str, int]
    """Inputs that were not valid, by reason."""
    left_out: tuple[tuple[Case, str], ...]
    """Inputs that would have been kept, and why they are not."""
    coverage: Coverage
    cpu_s: float
    why: str
    """Why the search ended."""


def probe(
    target: str | Target,
    *,
    samples: Sequence[Path] = (),
    assume: str | None = None,
    python: str | None = None,
    settings: Settings | None = None,
) -> Generator[Probed, None, None]:
    """Yield what came of each function of a file, or of the one that is named.

    `samples` are files of cases to start from, beside the examples of the docstrings; `assume` names a predicate that
    inputs have to meet. Raises `UsageError` for what cannot be meant.
    """
    target = Target.parse(target) if isinstance(target, str) else target
    settings = settings or Settings()
    source = target.source()
    names = [target.name] if target.name else functions_of(source)
    if not names:
        raise UsageError(f"{target.path} defines no function at its top level")
    subjects = [function_subject(source, name, f"{target.path}:{name}") for name in names]
    assumed = predicate(assume)
    left = settings.cpu_s
    with Sandbox(Isolation(python=find_interpreter(python))) as sandbox:
        for place, subject in enumerate(subjects):
            seeds = seeds_from(samples, subject.form)
            assert subject.signature is not None
            seeds += examples_of(subject.signature, source)
            now = dataclasses.replace(settings, cpu_s=left / (len(subjects) - place))
            found = _Probe(sandbox, subject, now).run(seeds, assumed)
            left = max(0.0, left - found.cpu_s)
            yield found


class _Probe:
    """Probing one function."""

    def __init__(self, sandbox: Sandbox, subject: Subject, settings: Settings) -> None:
        self.sandbox, self.subject, self.settings = sandbox, subject, settings
        assert subject.signature is not None
        self.qualname = subject.signature.name
        self.mutants: list[Mutant] = []
        self.programs: list[Program] = []
        for mutant in mutants(subject.source, self.qualname, limit=settings.mutants, seed=settings.seed):
            self.mutants.append(mutant)
            self.programs.append(function_subject(mutant.source, self.qualname).program)

    def run(self, seeds: Sequence[Seed], assumed: Subject | None) -> Probed:
        """Grow inputs, reduce them, and run what is kept alone."""
        settings = self.settings
        growth = Augmentation(
            inputs=settings.inputs, cpu_s=settings.cpu_s, errors=True, limits=settings.limits
        ).grow(
            self.sandbox, self.subject, seeds, self._proposer(seeds), mutants=self.programs, assume=assumed
        )
        if not growth.loads:
            why = load_failure(self.sandbox, self.subject, settings.limits)
            raise UsageError(f"{self.subject.name} does not load in the sandbox: {why or 'not each time'}")
        alive = set(growth.alive)
        fallen = [place for place in range(len(self.mutants)) if place not in alive]
        suite, left_out, cpu_s = self._reduce(growth, fallen)
        return Probed(
            name=self.qualname,
            subject=self.subject,
            suite=tuple(suite),
            mutants=len(self.mutants),
            killed=len(fallen),
            alive=tuple(self.mutants[place] for place in growth.alive),
            inputs=len(growth.inputs),
            refused=growth.refused,
            left_out=tuple(left_out),
            coverage=self._coverage(growth),
            cpu_s=growth.cpu_s + cpu_s,
            why=growth.why,
        )

    def _proposer(self, seeds: Sequence[Seed]) -> Portfolio:
        """Return what grows inputs, those that the types allow and no example shows among them."""
        typed = domains_of([], self.subject.signature, [self.subject.source])
        return growing_for(self.subject, seeds, seed=self.settings.seed, texts=_TEXTS, beside=typed)

    def _coverage(self, growth: Growth) -> Coverage:
        points = branch_points(self.subject.source, self.qualname)
        taken = sum(
            offset >= 0 and (name == self.qualname or str(name).startswith(f"{self.qualname}."))
            for one in growth.inputs
            for _, name, _, offset, _ in one.branches
        )
        return Coverage(taken=min(taken, 2 * points), total=2 * points)

    # -- the reduced suite

    def _reduce(
        self, growth: Growth, fallen: Sequence[int]
    ) -> tuple[list[Kept], list[tuple[Case, str]], float]:
        """Return the suite, what is left out of it and why, and what that cost."""
        kernel = [growth.inputs[place] for place in self._candidates(growth)]
        cases = [one.seed.case for one in kernel]
        table = screen(
            self.sandbox,
            self.subject.program,
            [self.programs[place] for place in fallen],
            cases,
            limits=self.settings.limits,
        )
        left_out = [(cases[place], "it does not do the same twice") for place in table.unsteady]
        chosen: Sequence[int] = range(len(kernel))
        if self.settings.suite is None:
            chosen = self._chosen(table, [one.branches for one in kernel])
        suite: list[Kept] = []
        credited: set[int] = set()
        with Serving(self.sandbox, self.subject.program, self.settings.limits, frozen=False) as free:
            for place in chosen:
                execution = table.original[place]
                if not are_alike(execution, free.alone(encode(self.subject, [cases[place]])[0]), _RULES):
                    left_out.append((cases[place], "it depends on the clock or on chance"))
                    continue
                kills = [
                    number
                    for number, fate in enumerate(table.fates)
                    if place in fate.killed_by and number not in credited
                ]
                credited.update(kills)
                places = [fallen[number] for number in kills]
                suite.append(
                    Kept(
                        case=cases[place],
                        did=execution,
                        kills=tuple(self.mutants[one] for one in places),
                        others=tuple(self._others(cases[place], execution, places)),
                    )
                )
            return suite, left_out, table.cpu_s + free.spent

    def _candidates(self, growth: Growth) -> list[int]:
        """Return places of the inputs that did something new, or, where a suite has a size, of the whole suite."""
        if self.settings.suite is None:
            return growth.kernel
        settings, source = self.settings, self.subject.source
        subtle = mutants(source, self.qualname, limit=settings.mutants, seed=settings.seed, subtle=True)
        chosen = suite_of(
            self.sandbox,
            self.subject.program,
            growth,
            [function_subject(mutant.source, self.qualname).program for mutant in subtle],
            size=self.settings.suite,
            limits=settings.limits,
        )
        return [taken.place for taken in chosen]

    def _chosen(self, table: Screening, branches: Sequence[frozenset[tuple[object, ...]]]) -> list[int]:
        """Return, in the order tried, places of cases that cover all mutants and branches."""
        unsteady = set(table.unsteady)
        killed: list[set[int]] = [set() for _ in branches]
        for number, fate in enumerate(table.fates):
            for place in fate.killed_by:
                killed[place].add(number)
        taken = [set() if place in unsteady else set(found) for place, found in enumerate(branches)]
        return sorted(joint(killed, taken))

    def _others(self, case: Case, did: Execution, places: Sequence[int]) -> list[Execution]:
        """Return what mutants do on a case, one of each way to differ from the program."""
        ways: dict[tuple[object, ...], Execution] = {}
        call = encode(self.subject, [case])
        for place in places:
            with Serving(self.sandbox, self.programs[place], self.settings.limits) as served:
                replies = served.call(call, stop_at_hang=True)
            other = replies[0].execution if replies else Execution(outcome=Outcome.TIMEOUT)
            found = compare_executions(did, other, _RULES)
            ended = other.outcome if other.outcome is not Outcome.RAISED else Outcome.RETURNED
            ways.setdefault((ended, found.what, found.kind is Kind.REPRESENTATION), other)
        return list(ways.values())
