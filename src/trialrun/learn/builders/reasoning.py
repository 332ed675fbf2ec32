"""Fresh questions about executions, from any program and inputs for it; no model is asked, and none is needed to grade.

Nothing that a model has read can hold the answers to programs that were never published. Every answer comes from a
run and is kept only where a second back end says the same: the result of the plain run and of the rewritten one, the
lines of `sys.monitoring` and of `sys.settrace`, the variables of the rewritten program and of `sys.settrace`
(`observe/cross_check.py`); where the two disagree, or the answer is no short literal, the question is refused and why
is told. A result that another of the inputs has too makes no `input` question harder, so nothing is refused for that.

`from_run` asks a model about programs that it wrote itself and that passed (CodeMind's dependent reasoning).

Leaves out: writing programs, choosing inputs (`probe/` does), paraphrase.
Sources: CRUXEval (2024), CoCoNUT (2025), CodeMind (2024).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trialrun.core import values
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.core.trace import Trace
from trialrun.lang.literal_calls import read_literal
from trialrun.lang.literals import OwnClasses, Unsayable, Writer
from trialrun.learn.built import Built
from trialrun.observe.cross_check import drawn_together, lines_by_settrace, same, variables_by_settrace
from trialrun.observe.tracer import Recording, trace_case
from trialrun.run.expressions import run_expression
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import content_key
from trialrun.tasks.questions import numbered, question
from trialrun.verify.trace_answers import final_values, symbols_of

KINDS = ("output", "input", "lines", "symbols", "final-values")
"""Kinds of questions that are made."""
LIMITS = Limits(cpu_s=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Which answers are short enough to be asked for."""

    literal: int = 300
    """Characters of a value or of the arguments."""
    lines: int = 200
    """Lines of a trace."""


def questions(
    sandbox: Sandbox,
    program: Program,
    cases: Iterable[Case],
    *,
    kinds: Sequence[str] = KINDS,
    suite: str = "fresh",
    limits: Limits = LIMITS,
    bounds: Bounds | None = None,
) -> Built:
    """Return questions of some kinds about calls of a program's entry point."""
    built = Built()
    for case in cases:
        maker = _Maker(sandbox, program, case, suite, limits, bounds or Bounds())
        for kind in kinds:
            built.keep(maker.make(kind))
    return built


def from_run(
    sandbox: Sandbox,
    tasks: Iterable[Task],
    records: Iterable[Record],
    programs: dict[str, Program],
    *,
    per_program: int = 1,
    limits: Limits = LIMITS,
) -> Built:
    """Return `output` questions about the programs of a run that passed, on inputs of their tasks' cases.

    `programs` are those of the run directory, by content id. The number of distinct records is DER's denominator.
    """
    known = {task.id: task for task in tasks}
    built = Built()
    for record in records:
        task, program = known.get(record.task_id), programs.get(record.program)
        if record.verdict is not Verdict.PASS or task is None or program is None:
            continue
        cases = [case for check in task.hidden_checks if isinstance(check, CaseCheck) for case in check.cases]
        if not cases:
            built.keep("the task has no plain cases")
        made = questions(
            sandbox, program, cases[:per_program], kinds=("output",), suite=f"own-{task.suite}", limits=limits
        )
        built.tasks += made.tasks
        built.refused.update(made.refused)
    return built


class _Refused(Exception):
    """There is no question here; the text says why."""


class _Maker:
    """Makes questions about one call; what one kind has observed another uses."""

    def __init__(
        self, sandbox: Sandbox, program: Program, case: Case, suite: str, limits: Limits, bounds: Bounds
    ) -> None:
        self._sandbox, self._program, self._case = sandbox, program, case
        self._suite, self._limits, self._bounds = suite, limits, bounds
        self._traced: Trace | None = None

    def make(self, kind: str) -> Task | str:
        """Return a question, or why there is none."""
        try:
            call = ", ".join(self._literal(values.encode(argument)) for argument in self._case.args)
            if kind in ("output", "input"):
                output = self._output(call, allow_raised=kind == "output")
                answer = output if kind == "output" else f"{self._program.entry}({call})"
                return self._task(kind, call, answer, output=output)
            if kind == "final-values":
                return self._task(kind, call, self._final_values())
            lines = self._lines()
            signs = str(lines) if kind == "lines" else symbols_of(lines)
            if signs is None:
                return "more lines than there are symbols"
            return self._task(kind, call, signs, shown=self._shown(kind))
        except _Refused as why:
            return str(why)

    def _task(self, kind: str, call: str, answer: str, output: str = "", shown: str | None = None) -> Task:
        key = content_key(self._program.source, self._program.entry or "", call, kind)[:12]
        return question(
            kind,
            id=f"{self._suite}/{key}",
            suite=self._suite,
            program=self._program.source,
            entry=self._program.entry,
            call=call,
            output=output,
            shown=shown,
            answer=answer,
            source="made by executing",
        )

    def _shown(self, kind: str) -> str:
        if kind == "lines":
            return numbered(self._program.source)
        lines = self._program.source.rstrip("\n").split("\n")
        return "\n".join(f"{line}  # {symbols_of([number]) or ''}" for number, line in enumerate(lines, 1))

    def _trace(self) -> Trace:
        if self._traced is None:
            recording = Recording(lines=True)
            self._traced = trace_case(self._sandbox, self._program, self._case, self._limits, recording)
        if not self._traced.is_complete or self._traced.flags:
            raise _Refused("the trace has gaps, or was tampered with")
        return self._traced

    def _output(self, call: str, *, allow_raised: bool) -> str:
        plain = run_expression(
            self._sandbox, self._program.source, f"{self._program.entry}({call})", self._limits
        )
        again = self._trace().execution
        if plain.outcome is Outcome.RAISED and again.outcome is Outcome.RAISED and allow_raised:
            if plain.exception != again.exception:
                raise _Refused("two runs raise different exceptions")
            return plain.exception or ""
        self._demand_returned(plain, again)
        if not same(plain.value or b"", again.value or b""):
            raise _Refused("two runs return different values")
        return self._literal(plain.value or b"")

    def _lines(self) -> list[int]:
        first = self._trace()
        second = lines_by_settrace(self._sandbox, self._program, self._case, self._limits)
        if second is None:
            raise _Refused("the program does not parse")
        self._demand_returned(first.execution, second.execution)
        lines = first.lines()
        if len(lines) > self._bounds.lines or not lines:
            raise _Refused("a trace of too many lines, or none")
        if drawn_together(lines) != drawn_together(second.lines()):
            raise _Refused("two back ends tell different lines")
        return lines

    def _final_values(self) -> str:
        trace = self._trace()
        other = variables_by_settrace(self._sandbox, self._program, self._case, self._limits)
        self._demand_returned(trace.execution, other)
        found = final_values(trace)
        if not found:
            raise _Refused("no variables, or none that are known whole")
        text = "{" + ", ".join(f"{name!r}: {self._literal(data)}" for name, data in found.items()) + "}"
        from_text = run_expression(self._sandbox, "", text, self._limits)
        if from_text.value is None or not same(from_text.value, other.value or b""):
            raise _Refused("two back ends tell different variables")
        return text

    def _demand_returned(self, *executions: Execution) -> None:
        for execution in executions:
            if execution.outcome is not Outcome.RETURNED:
                raise _Refused(f"a run ended with {execution.outcome}")

    def _literal(self, data: bytes) -> str:
        """Return a canonical value as a literal. Raises `_Refused`."""
        try:
            low = parse(data)
            writer = Writer(low, OwnClasses(module="", prefix=""))
            text = writer.write(low)
        except (Unsayable, values.Malformed):
            raise _Refused("a value that no literal says") from None
        if writer.imports or writer.strict or read_literal(text) is None:
            raise _Refused("a value that no literal says")
        if len(text) > self._bounds.literal:
            raise _Refused("a value that is too long")
        return text


def contamination_free(tasks: Iterable[Task], published: Iterable[str]) -> Iterator[Task]:
    """Yield the questions whose program is none of some published ones, white space and comments apart."""
    known = {_bare(text) for text in published}
    for task in tasks:
        check = task.hidden_checks[0]
        if _bare(getattr(check, "source", "")) not in known:
            yield task


def _bare(source: str) -> str:
    return "".join(line.partition("#")[0].strip() for line in source.splitlines())
