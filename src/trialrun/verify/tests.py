"""Judges a program by a task's checks. The verdict is formed here, outside every sandbox.

Plain cases, and test code that only compares calls with constants: inputs go to the program, its canonical values
come back, and are compared here with expected values that never left this side. Such checks, one behind the other,
share a job (`verify/rows.py`). Other test code: a program that
answers all that the test asks just as the reference does passes as it does (`run/transcript.py`); else a tester process
asserts, and the program answers calls from another process.
Where neither is possible the test shares the program's process and the judgement is weak. A tester that breaks is
tried once more alone; after that it is the program's outcome. A case near its CPU limit is run twice more with nothing
beside it; what still wavers is unknown. A fault of the machine, proven by a control program,
raises `Unscored`: no verdict, never a fail.

Leaves out: counting (`measure/`), which tasks and samples there are (`flow.py`).
"""

import enum
import itertools
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from trialrun.core import values
from trialrun.core.errors import BoundaryError, SandboxError
from trialrun.core.execution import Execution, Limits, Network, Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.program import Program
from trialrun.core.task import (
    AssertCheck,
    CaseCheck,
    Check,
    EquivalenceCheck,
    GeneratorCheck,
    Output,
    PredictionCheck,
    ProgramCheck,
    Task,
    UnittestCheck,
)
from trialrun.lang.plain_asserts import read_plain_asserts
from trialrun.run.batch import kept_calls
from trialrun.run.dialogue import TestReport, run_test
from trialrun.run.reference import Expected, expected_outcomes, expected_outputs, recalled
from trialrun.run.row import Isolate
from trialrun.run.sandbox import Sandbox
from trialrun.run.starved import Starved
from trialrun.run.transcript import Transcript, answers_alike, transcript_of
from trialrun.run.turns import Turns
from trialrun.run.whole import run_program
from trialrun.store.cache import BlobCache
from trialrun.verify.cases import SHOWN, PreparedCases, prepare_asserts, prepare_cases, text_of
from trialrun.verify.programs import prepare_runs
from trialrun.verify.rows import JUDGE, Part, demand_control, judge_row
from trialrun.verify.unittests import UnittestJudge

_PREPARED = 32
_Prepared = AssertCheck | UnittestCheck | CaseCheck | ProgramCheck
_CROWDED = ("can't start new thread", "died by SIGKILL")
"""How a job fails because of others beside it: threads are counted per zygote, memory per machine."""


class Unscored(BoundaryError):
    """No verdict can be formed; the text is the evidence that the machine is at fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Settings that can change a verdict."""

    comparator: str = "upstream"
    limits: Limits = field(default_factory=Limits)
    base_only: bool = False
    """Leave out the checks named `plus`."""
    seed: int = 0
    isolate: Isolate = "program"
    """Whether calls of one program share its job, or each case has a job of its own."""
    shuffle: int | None = None
    """Seed of the order of cases; None: as the check has them."""


class Judge:
    """Judges programs by checks, in one sandbox. Safe to share between threads."""

    def __init__(self, sandbox: Sandbox, rules: Rules, cache: BlobCache | None = None) -> None:
        self._sandbox = sandbox
        self._rules = rules
        self._cache = cache or BlobCache()
        self._unittests = UnittestJudge(self._cache)
        self._prepared: OrderedDict[tuple[str, str], _Slot] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = Turns()

    @property
    def sandbox(self) -> Sandbox:
        """Where it runs programs."""
        return self._sandbox

    @property
    def limits(self) -> Limits:
        """What a program is allowed on each case."""
        return self._rules.limits

    @property
    def tier(self) -> str:
        """What confines the programs, with the network that they were given."""
        network = self._rules.limits.network
        return self._sandbox.tier + ("" if network is Network.NONE else f", network {network}")

    def judge(self, task: Task, program: Program) -> tuple[Judgement, ...]:
        """Return one judgement per hidden check. Raises `Unscored`, or `ReferenceFailed` for a broken task."""
        checks = [c for c in task.hidden_checks if not (self._rules.base_only and c.name == "plus")]
        judged: list[Judgement] = []
        while len(judged) < len(checks):
            judged += self._surely(task, checks[len(judged) :], program)
        return tuple(judged)

    def _surely(self, task: Task, checks: Sequence[Check], program: Program) -> list[Judgement]:
        """Return the judgements of the first checks, of one at least."""
        check, doubt = checks[0], _Doubt.BROKEN
        try:
            with self._turns.together():
                found = self._row(self._sandbox, task, checks, program)
            sure = [judgement for judgement, _ in itertools.takewhile(_is_sure, found)]
            if sure:
                return sure
            doubt = found[0][1]
        except SandboxError:
            if self._sandbox.closed:
                raise  # the run is being stopped
        with self._turns.alone():
            again = self._alone(task, check, program)
            if doubt is not _Doubt.NEAR:
                return [again]
            third = self._alone(task, check, program)
        if (again.verdict, again.outcome) == (third.verdict, third.outcome):
            return [again]
        return [_wavering(again)]

    def _row(
        self, sandbox: Sandbox, task: Task, checks: Sequence[Check], program: Program
    ) -> list[tuple[Judgement, "_Doubt"]]:
        """Judge the first checks in one job as far as they can share it, else the first alone."""
        parts: list[Part] = []
        if self._rules.isolate == "program" and self._rules.shuffle is None:
            for check in checks:
                prepared = self._prepare(task, check) if isinstance(check, CaseCheck) else None
                if prepared is None or not prepared.inputs:
                    break
                parts.append((check, prepared))
        if len(parts) < 2:
            return [self._check(sandbox, task, checks[0], program)]
        judged = judge_row(sandbox, parts, program, self._rules.limits)
        return [(judgement, _near(near)) for judgement, near in judged]

    def _alone(self, task: Task, check: Check, program: Program) -> Judgement:
        """Judge once more with nothing beside, in zygotes that nothing else has touched."""
        with Sandbox(self._sandbox.isolation, preload=self._sandbox.modules) as alone:
            try:
                return self._check(alone, task, check, program, metered=True)[0]
            except Starved as error:
                raise Unscored(str(error)) from None
            except SandboxError as error:
                cause = error
        with Sandbox(self._sandbox.isolation) as control:
            fault = control.healthy()
        if fault is not None:
            raise Unscored(f"{cause}; {fault}")
        return _ended(check, Execution(outcome=Outcome.KILLED, message=f"broke its sandbox twice: {cause}"))

    def _check(
        self, sandbox: Sandbox, task: Task, check: Check, program: Program, *, metered: bool = False
    ) -> tuple[Judgement, "_Doubt"]:
        """Return the judgement, and whether it must be confirmed by a run alone, which is `metered`."""
        if isinstance(check, PredictionCheck):
            return self._answer(sandbox, check, program.source), _Doubt.NONE
        if isinstance(check, GeneratorCheck):
            from trialrun.verify.efa import judge_generator  # rare, and dear to import, like the two below

            rules = self._rules
            return judge_generator(sandbox, check, program, rules.limits, rules.seed), _Doubt.NONE
        if isinstance(check, EquivalenceCheck):
            from trialrun.verify.equivalence import judge_equivalence

            return judge_equivalence(sandbox, task, check, program, seed=self._rules.seed), _Doubt.NONE
        prepared = self._prepare(task, check)
        if prepared is not None:
            rules = self._rules
            ((judgement, near),) = judge_row(
                sandbox,
                [(check, prepared)],
                program,
                rules.limits,
                isolate=rules.isolate,
                shuffle=rules.shuffle,
                metered=metered,
            )
            if not isinstance(check, AssertCheck) or judgement.verdict is not Verdict.UNKNOWN:
                return judgement, _near(near)
        if isinstance(check, UnittestCheck):
            rules = self._rules
            judgement, report = self._unittests.judge(sandbox, task, check, program, rules.limits, rules.seed)
            return judgement, _doubt(sandbox, report)
        assert isinstance(check, AssertCheck)
        if check.same_process is not None:
            return self._same_process(sandbox, task, check, program)
        rules = self._rules
        transcript = None if metered else self._transcript(task, check)
        if transcript is not None:
            alike = answers_alike(sandbox, program, check, transcript, rules.limits)
            if alike is not None:
                return _from_report(check, alike), _Doubt.NONE
        report = run_test(sandbox, program, task.context, check, rules.limits, seed=rules.seed)
        return _from_report(check, report), _doubt(sandbox, report)

    # -- cases that need no test code to run

    def _prepare(self, task: Task, check: _Prepared) -> PreparedCases | None:
        """Return a check as cases, made once per task; None where its test code has to be run."""
        slot = self._slot(task, check)
        with slot.lock:
            if not slot.ready:
                slot.prepared, slot.ready = self._cases_of(task, check), True
        return slot.prepared

    def _transcript(self, task: Task, check: AssertCheck) -> Transcript | None:
        """Return what a test asks of the reference, made once per task; None where that decides nothing."""
        if task.reference is None:
            return None
        slot = self._slot(task, check)
        with slot.lock:
            if not slot.asked:
                slot.transcript = transcript_of(
                    self._sandbox,
                    task.hash,
                    task.context,
                    check,
                    _reference(task),
                    self._cache,
                    self._rules.seed,
                )
                slot.asked = True
        return slot.transcript

    def _slot(self, task: Task, check: Check) -> "_Slot":
        key = (task.hash, check.name)
        with self._lock:
            slot = self._prepared.get(key)
            if slot is None:
                slot = self._prepared[key] = _Slot()
                if len(self._prepared) > _PREPARED:
                    self._prepared.popitem(last=False)
            return slot

    def _cases_of(self, task: Task, check: _Prepared) -> PreparedCases | None:
        if isinstance(check, ProgramCheck):
            outputs = self._outputs(task, check)
            return prepare_runs(check, outputs, self._rules.comparator, self._rules.limits)
        if isinstance(check, CaseCheck):
            entry = task.entry or ""
            calls = kept_calls(entry, check.cases, self._cache, task.hash, check.name)
            expected = self._expected(task, check, calls)

            def recall(number: int) -> bytes:
                return recalled(self._sandbox, _reference(task), calls[number], expected[number])

            return prepare_cases(check, entry, calls, expected, self._rules.comparator, recall)
        if isinstance(check, UnittestCheck) or check.same_process is not None:
            return None
        asserts = read_plain_asserts(check.code, check.remote, task.context)
        return prepare_asserts(asserts, check.code) if asserts else None

    def _expected(self, task: Task, check: CaseCheck, calls: list[bytes]) -> tuple[Expected, ...]:
        if check.expected is not None:
            return tuple(Expected(Outcome.RETURNED, values.encode(value), None) for value in check.expected)
        # A named oracle looks at every value.
        whole = check.oracle is not None
        return expected_outcomes(self._sandbox, _reference(task), calls, self._cache, whole=whole)

    def _outputs(self, task: Task, check: ProgramCheck) -> tuple[Output, ...]:
        if check.expected is not None:
            return check.expected
        return expected_outputs(self._sandbox, _reference(task), check.cases, self._cache)

    def _answer(self, sandbox: Sandbox, check: PredictionCheck, answer: str) -> Judgement:
        from trialrun.verify.prediction import judge_prediction

        strict = self._rules.comparator == "strict"
        return judge_prediction(sandbox, check, answer, self._rules.limits, strict=strict, cache=self._cache)

    # -- in the candidate's own process

    def _same_process(
        self, sandbox: Sandbox, task: Task, check: AssertCheck, program: Program
    ) -> tuple[Judgement, "_Doubt"]:
        test = f"{task.context}\n{check.code}"
        execution = run_program(sandbox, program, self._rules.limits, test=test)
        passed = execution.outcome is Outcome.RETURNED
        wrong = execution.exception == "AssertionError"
        message = f"{execution.exception or ''}: {execution.message}".strip(": ")
        judgement = Judgement(
            check=check.name,
            verdict=Verdict.PASS if passed else Verdict.FAIL,
            outcome=Outcome.RETURNED if passed or wrong else execution.outcome,
            strength=Strength.WEAK,
            visibility=Visibility.HIDDEN,
            judge=JUDGE,
            cases=1,
            evidence=()
            if passed
            else (Evidence(case=0, outcome=execution.outcome, message=message[:SHOWN]),),
            cpu_s=execution.cpu_s,
            peak_mb=execution.peak_mb,
        )
        return judgement, _Doubt.NEAR if execution.near_limit else _Doubt.NONE


class _Doubt(enum.Enum):
    """Why a judgement must be confirmed."""

    NONE = enum.auto()
    BROKEN = enum.auto()
    """The tester's process broke."""
    NEAR = enum.auto()
    """A case's CPU time was near its limit."""


class _Slot:
    """A place for what one check is prepared to, filled by the first thread that needs it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ready = False
        self.prepared: PreparedCases | None = None
        self.asked = False
        self.transcript: Transcript | None = None


def _reference(task: Task) -> Program:
    if task.reference is None:
        raise Unscored(f"{task.id} has neither expected values nor a reference")
    return Program.from_source(task.reference, entry=task.entry, maker="reference")


def _doubt(sandbox: Sandbox, report: TestReport) -> _Doubt:
    """Return what of a report has to be confirmed."""
    if report.outcome is Outcome.EXITED:
        demand_control(sandbox)
    return _Doubt.BROKEN if report.tester_failed else _Doubt.NEAR if report.near_limit else _Doubt.NONE


def _near(near: bool) -> _Doubt:
    return _Doubt.NEAR if near else _Doubt.NONE


def _is_sure(found: tuple[Judgement, _Doubt]) -> bool:
    judgement, doubt = found
    return doubt is _Doubt.NONE and not _crowded(judgement)


def _crowded(judgement: Judgement) -> bool:
    return any(sign in shown.message for shown in judgement.evidence for sign in _CROWDED)


def _from_report(check: AssertCheck, report: TestReport) -> Judgement:
    verdict = Verdict.PASS if report.passed else Verdict.FAIL
    message = f"{report.exception or ''}: {report.message}".strip(": ")
    if report.passed and report.calls == 0:
        # A test that never calls the program says nothing about it.
        verdict, message = Verdict.UNKNOWN, "the test made no call"
    evidence: tuple[Evidence, ...] = ()
    if verdict is not Verdict.PASS:
        evidence = (
            Evidence(
                case=report.calls,
                outcome=report.outcome,
                input=text_of(report.call)[:SHOWN] if report.call is not None else "",
                expected=_line_of(check.code, report.line),
                got=text_of(report.answer)[:SHOWN] if report.answer is not None else "",
                message=message[:SHOWN],
            ),
        )
    return Judgement(
        check=check.name,
        verdict=verdict,
        outcome=report.outcome,
        strength=Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge=JUDGE,
        cases=report.calls,
        evidence=evidence,
        cpu_s=report.cpu_s,
        tester_cpu_s=report.tester_cpu_s,
        peak_mb=report.peak_mb,
    )


def _line_of(code: str, line: int) -> str:
    lines = code.splitlines()
    return lines[line - 1].strip()[:SHOWN] if 0 < line <= len(lines) else ""


def _wavering(judgement: Judgement) -> Judgement:
    """Return the judgement of a program that is now within its CPU limit and now not, alone on the machine."""
    return msgspec.structs.replace(
        judgement,
        verdict=Verdict.UNKNOWN,
        outcome=Outcome.TIMEOUT,
        evidence=(Evidence(case=0, outcome=Outcome.TIMEOUT, message="wavers around the CPU limit"),),
    )


def _ended(check: Check, execution: Execution) -> Judgement:
    return Judgement(
        check=check.name,
        verdict=Verdict.FAIL,
        outcome=execution.outcome,
        strength=Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge=JUDGE,
        cases=0,
        evidence=(Evidence(case=0, outcome=execution.outcome, message=execution.message[:SHOWN]),),
    )
