"""Judges a part of a program, a hole, by pairs of its own; where it has none, the whole by the task's public checks.

The pairs are known to the method that asks (a user gave them, or the text's examples): nothing hidden is near.

Leaves out: what a part does to its arguments, exceptions as expected results.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trialrun.core import compare_values, values
from trialrun.core.context import Runner
from trialrun.core.execution import Execution, Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Level, Trace
from trialrun.lang.sketch import Pair, cases_of

_COMPARATOR = compare_values.Comparator(name="python")
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class PartRunner:
    """A runner whose checks are those of one part."""

    whole: Runner
    part: str
    """Name of the function that is the part."""
    pairs: tuple[Pair, ...]

    def check(self, program: Program) -> tuple[Judgement, ...]:
        """Judge the part by its pairs; without any, the program by the task's public checks."""
        if self.pairs:
            return (judge_part(self.whole, program, self.part, self.pairs),)
        return self.whole.check(program)

    def run(
        self, program: Program, cases: Sequence[Case], *, cpu_s: float | None = None
    ) -> tuple[Execution, ...]:
        """Run a program as the whole's runner does."""
        return self.whole.run(program, cases, cpu_s=cpu_s)

    def screen(self, programs: Sequence[Program], case: Case, *, cpu_s: float) -> tuple[Execution, ...]:
        """Screen programs as the whole's runner does."""
        return self.whole.screen(programs, case, cpu_s=cpu_s)

    def trace(
        self, program: Program, case: Case, level: Level = Level.SUMMARIES, *, cpu_s: float | None = None
    ) -> Trace:
        """Trace a program as the whole's runner does."""
        return self.whole.trace(program, case, level, cpu_s=cpu_s)


def judge_part(runner: Runner, program: Program, part: str, pairs: tuple[Pair, ...]) -> Judgement:
    """Judge one function of a program by pairs of arguments and results, compared outside the sandbox by `==`."""
    cases, expected = cases_of(pairs)
    executions = runner.run(replace(program, entry=part), cases)
    failed = [
        _evidence(place, pair, execution)
        for place, (pair, execution) in enumerate(zip(pairs, executions, strict=True))
        if not agrees(execution, expected[place])
    ]
    return Judgement(
        check=part,
        verdict=Verdict.FAIL if failed else Verdict.PASS,
        outcome=failed[0].outcome if failed else Outcome.RETURNED,
        strength=Strength.STRONG,
        visibility=Visibility.PUBLIC,
        judge="compare/part_checks",
        cases=len(executions),
        evidence=tuple(failed[:3]),
        cpu_s=sum(execution.cpu_s for execution in executions),
    )


def passes(judgements: Sequence[Judgement]) -> bool:
    """Say whether there are judgements and all of them are passes."""
    return bool(judgements) and all(found.verdict is Verdict.PASS for found in judgements)


def passed(found: Sequence[Judgement]) -> int:
    """Return how many checks a program passes."""
    return sum(one.verdict is Verdict.PASS for one in found)


def agrees(execution: Execution, expected: object) -> bool:
    """Say whether a call gave back what was expected, by `==` between values outside the sandbox."""
    if execution.outcome is not Outcome.RETURNED or execution.value is None:
        return False
    try:
        return compare_values.equal(execution.value, values.encode(expected), _COMPARATOR) is True
    except values.Malformed:
        return False


def _evidence(place: int, pair: Pair, execution: Execution) -> Evidence:
    return Evidence(
        case=place,
        outcome=execution.outcome,
        input=repr(pair.args)[:_SHOWN],
        expected=repr(pair.expected)[:_SHOWN],
        got=execution.exception or "",
        message=execution.message[:_SHOWN],
    )
