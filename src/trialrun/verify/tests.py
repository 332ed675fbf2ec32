"""Judges a program by a task's checks. The verdict is formed here, outside every sandbox.

Plain cases: inputs go to the program, its canonical values come back, and are compared here with expected values
that never left this side. Test code: a tester process asserts, the program answers calls from another process.
Where neither is possible the test shares the program's process and the judgement is weak. A tester that breaks is
tried once more alone; after that it is the program's outcome. A fault of the machine, proven by a control program,
raises `Unscored`: no verdict, never a fail.

Leaves out: counting (`measure/`), which tasks and samples there are (`flow.py`).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from trialrun.compare import oracle as oracles
from trialrun.core import compare_values, values
from trialrun.core.errors import BoundaryError, SandboxError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.parse_values import render
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, CaseCheck, Check, Task
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.dialogue import TestReport, run_test
from trialrun.run.reference import Expected, expected_outcomes
from trialrun.run.sandbox import Sandbox
from trialrun.run.whole import run_program
from trialrun.store.cache import BlobCache

JUDGE = "verify/tests"
_PREPARED = 32
_SHOWN = 300
_READ = 1 << 20
"""Largest value that is read for its text, in bytes."""
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


@dataclass(slots=True)
class _Account:
    """Cost of the candidate's jobs in one check."""

    cpu_s: float = 0.0
    peak_mb: float = 0.0

    def add(self, cpu_s: float, peak_mb: float) -> None:
        self.cpu_s += cpu_s
        self.peak_mb = max(self.peak_mb, peak_mb)


class Judge:
    """Judges programs by checks, in one sandbox. Safe to share between threads."""

    def __init__(self, sandbox: Sandbox, rules: Rules, cache: BlobCache | None = None) -> None:
        self._sandbox = sandbox
        self._rules = rules
        self._cache = cache or BlobCache()
        self._prepared: OrderedDict[tuple[str, str], _Prepared] = OrderedDict()
        self._lock = threading.Lock()

    def judge(self, task: Task, program: Program) -> tuple[Judgement, ...]:
        """Return one judgement per hidden check. Raises `Unscored`, or `ReferenceFailed` for a broken task."""
        checks = [c for c in task.hidden_checks if not (self._rules.base_only and c.name == "plus")]
        return tuple(self._surely(task, check, program) for check in checks)

    def _surely(self, task: Task, check: Check, program: Program) -> Judgement:
        try:
            judgement, doubtful = self._check(self._sandbox, task, check, program)
            if not doubtful and not _crowded(judgement):
                return judgement
        except SandboxError:
            if self._sandbox.closed:
                raise  # the run is being stopped
        # Once more, alone, in zygotes that nothing else has touched.
        with Sandbox(self._sandbox.isolation) as alone:
            try:
                return self._check(alone, task, check, program)[0]
            except SandboxError as error:
                cause = error
        with Sandbox(self._sandbox.isolation) as control:
            fault = control.healthy()
        if fault is not None:
            raise Unscored(f"{cause}; {fault}")
        return _ended(check, Execution(outcome=Outcome.KILLED, message=f"broke its sandbox twice: {cause}"))

    def _check(self, sandbox: Sandbox, task: Task, check: Check, program: Program) -> tuple[Judgement, bool]:
        """Return the judgement, and whether it must be confirmed by a run alone."""
        if isinstance(check, CaseCheck):
            return self._cases(sandbox, task, check, program), False
        if check.same_process is not None:
            return self._same_process(sandbox, task, check, program), False
        report = run_test(sandbox, program, task.context, check, self._rules.limits, seed=self._rules.seed)
        if report.outcome is Outcome.EXITED:
            _demand_control(sandbox)
        return _from_report(check, report), report.tester_failed

    # -- plain cases

    def _prepare(self, task: Task, check: CaseCheck) -> "_Prepared":
        key = (task.hash, check.name)
        with self._lock:
            prepared = self._prepared.get(key)
            if prepared is None:
                prepared = self._prepared[key] = _Prepared()
                if len(self._prepared) > _PREPARED:
                    self._prepared.popitem(last=False)
        with prepared.lock:
            if not prepared.ready:
                prepared.fill(encode_calls(task.entry or "", check.cases), self._expected(task, check))
        return prepared

    def _expected(self, task: Task, check: CaseCheck) -> tuple[Expected, ...]:
        if check.expected is not None:
            return tuple(Expected(Outcome.RETURNED, values.encode(value), None) for value in check.expected)
        if task.reference is None:
            raise Unscored(f"{task.id} has neither expected values nor a reference")
        reference = Program.from_source(task.reference, entry=task.entry, maker="reference")
        calls = encode_calls(task.entry or "", check.cases)
        return expected_outcomes(self._sandbox, reference, calls, self._cache)

    def _cases(self, sandbox: Sandbox, task: Task, check: CaseCheck, program: Program) -> Judgement:
        prepared = self._prepare(task, check)
        agrees = self._agreement(check)
        account = _Account()
        number = 0
        verdict, outcome = Verdict.PASS, Outcome.RETURNED
        evidence: tuple[Evidence, ...] = ()
        for execution in run_cases(sandbox, program, prepared.calls, self._rules.limits, account=account.add):
            same = agrees(prepared.numbers[number], execution, prepared.expected[number])
            if same is not True:
                verdict = Verdict.FAIL if same is False else Verdict.UNKNOWN
                outcome = execution.outcome
                evidence = (_evidence(number, execution, prepared, check),)
                break
            number += 1
        if verdict is Verdict.PASS and number != len(prepared.calls):
            verdict = Verdict.FAIL
        if outcome is Outcome.EXITED:
            _demand_control(sandbox)
        weak = check.oracle in oracles.WEAK_ORACLES
        return Judgement(
            check=check.name,
            verdict=verdict,
            outcome=outcome,
            strength=Strength.WEAK if weak else Strength.STRONG,
            visibility=Visibility.HIDDEN,
            judge=JUDGE,
            cases=number,
            evidence=evidence,
            cpu_s=account.cpu_s,
            peak_mb=account.peak_mb,
        )

    def _agreement(self, check: CaseCheck) -> Callable[[int, Execution, Expected], bool | None]:
        comparator = compare_values.Comparator(name=self._rules.comparator, atol=check.atol)

        def equal(got: bytes, expected: bytes) -> bool | None:
            return compare_values.equal(got, expected, comparator, limit=self._rules.limits.value_kb << 10)

        def agrees(number: int, execution: Execution, expected: Expected) -> bool | None:
            if execution.outcome is not expected.outcome:
                return False
            if execution.value is None or expected.value is None:
                return execution.exception == expected.exception
            try:
                if check.oracle is not None:
                    args = check.cases[number].args
                    return oracles.judge(
                        check.oracle, args, execution.value, expected.value, equal=equal, atol=check.atol
                    )
                return equal(execution.value, expected.value)
            except values.Malformed:
                return False

        return agrees

    # -- in the candidate's own process

    def _same_process(self, sandbox: Sandbox, task: Task, check: AssertCheck, program: Program) -> Judgement:
        test = f"{task.context}\n{check.code}"
        execution = run_program(sandbox, program, self._rules.limits, test=test)
        passed = execution.outcome is Outcome.RETURNED
        wrong = execution.exception == "AssertionError"
        message = f"{execution.exception or ''}: {execution.message}".strip(": ")
        return Judgement(
            check=check.name,
            verdict=Verdict.PASS if passed else Verdict.FAIL,
            outcome=Outcome.RETURNED if passed or wrong else execution.outcome,
            strength=Strength.WEAK,
            visibility=Visibility.HIDDEN,
            judge=JUDGE,
            cases=1,
            evidence=()
            if passed
            else (Evidence(case=0, outcome=execution.outcome, message=message[:_SHOWN]),),
            cpu_s=execution.cpu_s,
            peak_mb=execution.peak_mb,
        )


class _Prepared:
    """Encoded inputs and expected outcomes of one check."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ready = False
        self.numbers: list[int] = []
        """Which case of the check each of these is: those whose expected outcome can be compared with."""
        self.calls: list[bytes] = []
        self.expected: list[Expected] = []

    def fill(self, calls: list[bytes], expected: tuple[Expected, ...]) -> None:
        """Keep the cases that can be compared; an answer too large for the reference is none."""
        self.numbers = [number for number, outcome in enumerate(expected) if outcome.comparable]
        self.calls = [calls[number] for number in self.numbers]
        self.expected = [expected[number] for number in self.numbers]
        self.ready = True


def _crowded(judgement: Judgement) -> bool:
    return any(sign in shown.message for shown in judgement.evidence for sign in _CROWDED)


def _demand_control(sandbox: Sandbox) -> None:
    """Tell a program that exits at once from a sandbox in which nothing starts."""
    fault = sandbox.healthy()
    if fault is not None:
        raise SandboxError(fault)


def _evidence(number: int, execution: Execution, prepared: _Prepared, check: CaseCheck) -> Evidence:
    expected = prepared.expected[number]
    return Evidence(
        case=prepared.numbers[number],
        outcome=execution.outcome,
        input=repr(check.cases[prepared.numbers[number]].args)[:_SHOWN],
        expected=_text(expected.value) if expected.value is not None else (expected.exception or ""),
        got=_text(execution.value) if execution.value is not None else (execution.exception or ""),
        message=execution.message[:_SHOWN],
    )


def _text(value: bytes) -> str:
    if len(value) > _READ:
        # Reading it all, to show its beginning, would take this process many seconds.
        return f"(a value of {len(value):,} bytes)"
    try:
        return render(value, limit=_SHOWN)
    except values.Malformed:
        return "(malformed)"


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
                input=_text(report.call)[:_SHOWN] if report.call is not None else "",
                expected=_line_of(check.code, report.line),
                got=_text(report.answer)[:_SHOWN] if report.answer is not None else "",
                message=message[:_SHOWN],
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
    return lines[line - 1].strip()[:_SHOWN] if 0 < line <= len(lines) else ""


def _ended(check: Check, execution: Execution) -> Judgement:
    return Judgement(
        check=check.name,
        verdict=Verdict.FAIL,
        outcome=execution.outcome,
        strength=Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge=JUDGE,
        cases=0,
        evidence=(Evidence(case=0, outcome=execution.outcome, message=execution.message[:_SHOWN]),),
    )
