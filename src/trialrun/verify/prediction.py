"""Judges an answer to a question about an execution by what the program really does.

A question is an ordinary task whose hidden check names an oracle of `ORACLES`; a candidate is the text of an answer.
Each program, and each answer that is code, runs in a job of its own, so that no answer reaches what it is compared
with; an oracle then compares outside. What it compared by stands in the judgement, with a score where there is one.

Leaves out: shares and strata over questions (`measure/reasoning.py`); making questions (`learn/builders/`).
Sources: CRUXEval (2024), CodeMind (2024), CoCoNUT (2025), SURGE (2025).
"""

from collections.abc import Callable
from typing import Any

from trialrun.core import values
from trialrun.core.errors import UsageError, nearest
from trialrun.core.execution import Execution, Limits
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.core.task import Case, PredictionCheck
from trialrun.core.trace import Trace
from trialrun.lang.literal_calls import Arguments, expression, read_arguments, read_literal
from trialrun.lang.literals import OwnClasses, Unsayable, Writer
from trialrun.observe.tracer import Recording, trace_case
from trialrun.run.expressions import run_expression
from trialrun.run.sandbox import Sandbox
from trialrun.run.whole import run_program
from trialrun.store.cache import BlobCache
from trialrun.verify.answers import Asked, Graded, graded
from trialrun.verify.cases import SHOWN
from trialrun.verify.number_answers import grade_number
from trialrun.verify.stated_answers import grade_stated
from trialrun.verify.text_answers import grade_text
from trialrun.verify.trace_answers import grade_final_values, grade_lines, grade_symbols
from trialrun.verify.value_answers import grade_input, grade_output, grade_printed

JUDGE = "verify/prediction"
ORACLES: dict[str, Callable[[Asked], Graded]] = {
    "output": grade_output,
    "input": grade_input,
    "printed": grade_printed,
    "lines": grade_lines,
    "symbols": grade_symbols,
    "final-values": grade_final_values,
    "text": grade_text,
    "number": grade_number,
    "stated": grade_stated,
}
"""Execution oracles by name: what a question may ask for."""


def judge_prediction(
    sandbox: Sandbox,
    check: PredictionCheck,
    answer: str,
    limits: Limits,
    *,
    strict: bool = False,
    cache: BlobCache | None = None,
) -> Judgement:
    """Judge one answer. Raises `UsageError` for an oracle that there is not."""
    oracle = ORACLES.get(check.oracle)
    if oracle is None:
        raise UsageError(f"no execution oracle {check.oracle!r}{nearest(check.oracle, ORACLES)}")
    runs = _Runs(sandbox, check, limits, cache)
    asked = Asked(
        check=check, text=answer, strict=strict, run=runs.expression, whole=runs.whole, trace=runs.trace
    )
    try:
        found = oracle(asked)
    except _NoCall as error:
        found = graded(None, check.oracle, message=str(error))
    right = found.verdict is Verdict.PASS
    evidence = Evidence(
        case=0,
        outcome=found.outcome,
        input=check.call[:SHOWN],
        expected=found.expected[:SHOWN],
        got=found.got[:SHOWN],
        message=found.message[:SHOWN],
    )
    return Judgement(
        check=check.name,
        verdict=found.verdict,
        outcome=found.outcome,
        strength=Strength.WEAK if found.weak_because else Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge=JUDGE,
        cases=1,
        evidence=() if right else (evidence,),
        cpu_s=runs.cpu_s,
        weak_because=found.weak_because,
        score=found.score,
        comparator=found.comparator,
    )


def arguments_of(check: PredictionCheck) -> Arguments | None:
    """Return the arguments of a question's call where all are literals."""
    node = expression(f"{check.entry}({check.call})")
    return read_arguments(node) if node is not None and hasattr(node, "args") else None  # type: ignore[arg-type]


class _NoCall(Exception):
    """The question's call cannot be traced; the text says why."""


class _Runs:
    """Runs what an oracle asks for, and counts what it cost."""

    def __init__(
        self, sandbox: Sandbox, check: PredictionCheck, limits: Limits, cache: BlobCache | None
    ) -> None:
        self._sandbox, self._check, self._limits, self._cache = sandbox, check, limits, cache
        self.cpu_s = 0.0

    def expression(self, text: str) -> Execution:
        found = run_expression(self._sandbox, self._check.source, text, self._limits, self._cache)
        self.cpu_s += found.cpu_s
        return found

    def whole(self) -> Execution:
        case = self._check.case
        program = Program.from_source(self._check.source)
        found = run_program(
            self._sandbox, program, self._limits, stdin=case.stdin or "", argv=case.argv, files=case.files
        )
        self.cpu_s += found.cpu_s
        return found

    def trace(self) -> Trace:
        program = Program.from_source(self._check.source, entry=self._check.entry)
        case = Case(args=self._arguments())
        found = trace_case(self._sandbox, program, case, self._limits, Recording(lines=True))
        self.cpu_s += found.execution.cpu_s
        return found

    def _arguments(self) -> tuple[Any, ...]:
        """Return the call's arguments: its literals, or else what they are when they are evaluated."""
        found = arguments_of(self._check)
        if found is not None and not found.named:
            return tuple(found.positional)
        execution = self.expression(f"({self._check.call},)")
        read = read_literal(_literal(execution.value)) if execution.value is not None else None
        if read is None or type(read.value) is not tuple:
            raise _NoCall("the call has arguments that no literals say")
        return read.value


def _literal(data: bytes) -> str:
    """Return a canonical value as a literal; no text where none says it."""
    try:
        low = parse(data)
        return Writer(low, OwnClasses(module="", prefix="")).write(low)
    except (values.Malformed, Unsayable):
        return ""
