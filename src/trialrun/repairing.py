"""`repair`: a Python file and tests that it fails, to a program that passes them, with the evidence for and against it.

    file, tests ──▶ which function fails ──▶ a method of repair ──▶ plausible programs ──▶ the guard ──▶ `Repaired`

The method sees the tests of the function that is repaired; tests of the file's other functions are kept back, and
judge the result beside them. Every program that the method yields is checked anew before it counts. Of several
plausible ones the last that the guard does not object to is taken; on what inputs they differ is told.

Nothing is written, but for answers of the model, which are kept where that is asked for: a repeated command gets them
from there. Leaves out: files of several modules, whole programs that read stdin, how results are shown (`report/`).
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trialrun.compare.disagreement import Disagreement, disagreements
from trialrun.compare.overfitting import LIMITS as PROBED
from trialrun.compare.overfitting import Finding, Guard
from trialrun.compare.part_checks import passes
from trialrun.compare.tested_calls import tested_calls
from trialrun.core.budget import Budget
from trialrun.core.context import Context, silent
from trialrun.core.errors import UsageError, nearest
from trialrun.core.execution import Limits
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.method import Repairer
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Task
from trialrun.lang.drivers import functions_of
from trialrun.lang.known_cases import known_cases
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import read_signature
from trialrun.lang.sketch import Pair
from trialrun.lang.source_files import SourceFile
from trialrun.lang.stated_tests import Stated, read_tests
from trialrun.making import PublicRunner, kept_in
from trialrun.models.absent import NoModel
from trialrun.models.open import ModelOptions, open_model
from trialrun.models.protocol import Model
from trialrun.models.wrap import Metered
from trialrun.observe.spectra import suspiciousness
from trialrun.repair.evidence import Evidence, evidence_of
from trialrun.repair.outcome import Repaired, Status, Suspect
from trialrun.repair.timed import OutOfTime, TimedRunner
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules

LIMITS = Limits(cpu_s=2.0, memory_mb=1024)
"""Limits of one run of the program."""
_EXAMINED = 4
"""Plausible programs that the guard looks at, from the last one back."""
_SUSPECTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairWork:
    """What is to be repaired, and how."""

    file: Path
    tests: Path
    method: Repairer
    entry: str | None = None
    """Function to repair; None: the first whose tests fail."""
    model: str | None = None
    """Model that the method asks; None where it asks none."""
    model_options: ModelOptions = field(default_factory=ModelOptions)
    limits: Limits = LIMITS
    cpu_s: float = 60.0
    """CPU seconds of programs that the method may have run."""
    call_budget: int | None = None
    """Model calls at most."""
    seed: int = 0
    keep: Path | None = None
    """Directory in which answers of the model are kept; it is made."""


def repair(work: RepairWork, tell: Callable[[str], None] = silent) -> Repaired:
    """Repair a file; `tell` takes lines about what is going on.

    Raises `UsageError` for files that cannot be read, for tests that call nothing of it, and where a model is needed.
    """
    source = SourceFile.read(work.file)
    stated = _stated(work, source)
    with Sandbox() as sandbox:
        return _Repair(
            work, source, stated, Judge(sandbox, Rules(limits=work.limits, comparator="strict")), tell
        ).run()


def _stated(work: RepairWork, source: SourceFile) -> tuple[Stated, ...]:
    tree = parse(source.text)
    if isinstance(tree, Unparseable):
        raise UsageError(f"{work.file} is no Python that can be read: {tree.reason}")
    functions = functions_of(source.text)
    if not functions:
        raise UsageError(f"{work.file} defines no function at its top level; whole programs are not repaired")
    if work.entry is not None and work.entry not in functions:
        raise UsageError(f"{work.file} defines no function {work.entry!r}{nearest(work.entry, functions)}")
    tests = SourceFile.read(work.tests)
    try:
        stated = read_tests(tests.text, work.file.stem, functions)
    except UsageError as error:
        raise UsageError(f"{work.tests}: {error}") from None
    if work.entry is not None and not any(work.entry in one.names for one in stated):
        raise UsageError(f"{work.tests} never calls {work.entry}")
    return stated


class _Repair:
    """One repair."""

    def __init__(
        self,
        work: RepairWork,
        source: SourceFile,
        stated: Sequence[Stated],
        judge: Judge,
        tell: Callable[[str], None],
    ) -> None:
        self.work, self.source, self.stated, self.judge, self.tell = work, source, stated, judge, tell
        calls = {} if work.call_budget is None else {"model_calls": float(work.call_budget)}
        self.budget = Budget(cpu_s=work.cpu_s, **calls)

    def run(self) -> Repaired:
        """Say what fails, have it repaired, and examine what comes of it."""
        self.tell("running the tests")
        first = self.work.entry or self.stated[0].names[0]
        before = self._judged(self._program(first))
        failing = [
            one for one, said in zip(self.stated, before, strict=True) if said.verdict is not Verdict.PASS
        ]
        if self.work.entry is not None:
            failing = [one for one in failing if self.work.entry in one.names]
        entry = self.work.entry or (failing[0].names[0] if failing else first)
        common: dict[str, Any] = {
            "source": self.source,
            "entry": entry,
            "method": self.work.method.declared.id,
            "before": before,
        }
        if not failing:
            return Repaired(status=Status.PASSES, spent=self.budget.spent(), **common)
        if self.work.method.asks and self.work.model is None:
            raise UsageError(f"{self.work.method.declared.id} asks a model: say which, --model MODEL")
        self.task, self.program = self._task(entry), self._program(entry)
        self.runner = TimedRunner(PublicRunner(self.judge, self.task, self.budget), self.work.cpu_s)
        self.tell(f"{entry} fails; looking where")
        evidence, plausible, why = Evidence(), list[Program](), ""
        try:
            evidence = evidence_of(self.runner, self.task.public(), self.program)
            for program in self._plausible():
                plausible.append(program)
        except OutOfTime:
            why = f"the {self.work.cpu_s:g} CPU seconds of --time are used up"
        common |= {"evidence": evidence, "suspects": tuple(_suspects(evidence)), "plausible": len(plausible)}
        if not plausible:
            why = why or f"{self.work.method.declared.id} found none"
            return Repaired(status=Status.NO_REPAIR, why=why, spent=self.budget.spent(), **common)
        return self._examined(plausible, common)

    def _plausible(self) -> Iterator[Program]:
        """Yield the different programs of the method that pass the public tests."""
        seen = {self.program.id}
        with self._model() as model:
            ctx = Context(
                model=Metered(model, self.budget),
                runner=self.runner,
                budget=self.budget,
                seed=self.work.seed,
                progress=self.tell,
            )
            judgements = self.runner.check(self.program)
            self.tell(f"repairing by {self.work.method.declared.id}")
            for program in self.work.method.repair(self.task.public(), self.program, judgements, ctx):
                if program.id not in seen and passes(self.runner.check(program)):
                    self.tell("a program passes the tests")
                    yield program
                seen.add(program.id)

    def _examined(self, plausible: Sequence[Program], common: dict[str, Any]) -> Repaired:
        self.tell("examining the repair")
        pairs = self._pairs(plausible[-1])
        guard = Guard(seed=self.work.seed)
        chosen, examined = plausible[-1], None
        for program in reversed(plausible[-_EXAMINED:]):
            found = guard.examine(
                self.judge.sandbox, self.source.text, program.source, self.task.entry or "", pairs
            )
            self.budget.spend("guard_cpu_s", found.cpu_s)
            if examined is None or found.finding is not Finding.OVERFITTED:
                chosen, examined = program, found
            if found.finding is not Finding.OVERFITTED:
                break
        assert examined is not None
        differ: tuple[Disagreement, ...] = ()
        if len(plausible) > 1:
            cases = [probe.case for probe in examined.probes]
            differ, cpu_s = disagreements(self.judge.sandbox, plausible[-_EXAMINED:], cases, PROBED)
            self.budget.spend("guard_cpu_s", cpu_s)
        return Repaired(
            status=Status.REPAIRED,
            program=chosen,
            after=self._judged(chosen),
            examined=examined,
            disagreements=differ,
            spent=self.budget.spent(),
            **common,
        )

    def _pairs(self, plausible: Program) -> tuple[Pair, ...]:
        """Return the stated cases; where the tests state none, the calls that they make of a program that passes."""
        pairs = known_cases(self.task.public_checks)
        checks = [one for one in self.task.public_checks if isinstance(one, AssertCheck)]
        if pairs or not checks:
            return pairs
        found = [tested_calls(self.judge.sandbox, one, plausible, self.work.limits) for one in checks]
        return tuple(itertools.chain.from_iterable(found))

    def _judged(self, program: Program) -> tuple[Judgement, ...]:
        """Judge by all tests, those that the method sees and those that it does not."""
        task = Task(
            id=self.work.file.name,
            suite="file",
            statement="",
            entry=program.entry,
            hidden_checks=tuple(one.check for one in self.stated),
        )
        return self.judge.judge(task, program)

    def _program(self, entry: str) -> Program:
        return Program.from_source(self.source.text, entry=entry, maker="file")

    def _task(self, entry: str) -> Task:
        """Return the task that the method sees: the tests that call the function, and what its docstring says."""
        tree = parse(self.source.text)
        signature = None if isinstance(tree, Unparseable) else read_signature(tree, entry)
        told = signature.docstring.strip() if signature is not None else ""
        return Task(
            id=self.work.file.name,
            suite="file",
            statement=f"The function {entry} of {self.work.file.name}.\n\n{told}".strip(),
            entry=entry,
            public_checks=tuple(one.check for one in self.stated if entry in one.names),
        )

    @contextlib.contextmanager
    def _model(self) -> Iterator[Model]:
        if self.work.model is None:
            yield NoModel()
            return
        with contextlib.closing(open_model(self.work.model, self.work.model_options)) as model:
            if self.work.keep is None:
                yield model
                return
            self.work.keep.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(kept_in(self.work.keep, model)) as kept:
                yield kept


def _suspects(evidence: Evidence) -> Iterator[Suspect]:
    """Yield the most suspicious lines by Ochiai; none without failing runs."""
    if not any(evidence.failed):
        return
    scores = suspiciousness(evidence.spectrum("line"))
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    for line, score in ranked[:_SUSPECTS]:
        if score > 0:
            yield Suspect(line=line, score=score)
