"""Candidates in stages: the smallest failing case first, then others, then the checks; and the choice among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from trialrun.core import values
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.execution import Execution, Outcome
from trialrun.core.judgement import Judgement, Strength, Verdict, Visibility
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.repair_operators import Edit
from trialrun.lang.sketch import Pair
from trialrun.models.scripted import Scripted
from trialrun.repair.choosing import chosen, probes_of
from trialrun.repair.screening import Found, Meter, endings, gives, screening_of
from trialrun.repair.search import Candidate

HUNG = Execution(outcome=Outcome.TIMEOUT, cpu_s=1.0)


def returned(value: Any, cpu_s: float = 0.0) -> Execution:
    return Execution(outcome=Outcome.RETURNED, value=values.encode(value), cpu_s=cpu_s)


@dataclass
class Told:
    """A runner whose programs are texts of Python functions, evaluated here: they are ours."""

    screened: list[tuple[int, tuple[Any, ...], float]] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    passing: Callable[[str], bool] = lambda _: True

    def screen(self, programs: Sequence[Program], case: Case, *, cpu_s: float) -> tuple[Execution, ...]:
        self.screened.append((len(programs), case.args, cpu_s))
        return tuple(self._run(program.source, case) for program in programs)

    def _run(self, source: str, case: Case) -> Execution:
        if source == "hangs":
            return HUNG
        try:
            return returned(eval(source)(*case.args))
        except ArithmeticError as error:
            return Execution(outcome=Outcome.RAISED, exception=type(error).__name__)

    def check(self, program: Program) -> tuple[Judgement, ...]:
        self.checked.append(program.source)
        verdict = Verdict.PASS if self.passing(program.source) else Verdict.FAIL
        return (
            Judgement(
                check="all",
                verdict=verdict,
                outcome=Outcome.RETURNED,
                strength=Strength.STRONG,
                visibility=Visibility.PUBLIC,
                judge="test",
                cases=1,
            ),
        )

    def run(self, program: Program, cases: Sequence[Case]) -> Any:
        raise AssertionError("not asked for")

    trace = run


def context(runner: Told, **limits: float) -> Context:
    return Context(model=Scripted(lambda *_: ""), runner=runner, budget=Budget(**limits))  # type: ignore[arg-type]


def made(*sources: str) -> list[Program]:
    return [Program.from_source(source, entry="f") for source in sources]


PAIRS = [Pair(args=(5, 5), expected=10), Pair(args=(1, 2), expected=3), Pair(args=(0, 0), expected=0)]
WRONG = [returned(0), returned(2), returned(0)]


def test_candidates_meet_the_smallest_failing_case_first_and_the_checks_last() -> None:
    runner = Told()
    screening = screening_of(context(runner), PAIRS, [True, True, False], WRONG)
    assert screening.order[0] == 0 and sorted(screening.order) == [0, 1, 2]
    programs = made("lambda a, b: a - b", "lambda a, b: a + b", "lambda a, b: 10", "lambda a, b: a * b - 15")
    found = list(screening.run(programs))
    assert found == [Found(1, True, None), Found(2, False, 1), Found(3, False, 1)]
    assert [count for count, *_ in runner.screened] == [4, 3, 1], "each stage has what is left"
    assert runner.checked == ["lambda a, b: a + b"], "what fails a case is not checked"


def test_another_case_may_come_first() -> None:
    runner = Told()
    screening = screening_of(context(runner), PAIRS, [True, True, False], WRONG)
    assert not list(screening.run(made("lambda a, b: 10"), first=1))
    assert runner.screened == [(1, (1, 2), screening.limit_s)]


def test_the_checks_have_the_last_word() -> None:
    runner = Told(passing=lambda _: False)
    screening = screening_of(context(runner), PAIRS, [True, True, False], WRONG)
    assert list(screening.run(made("lambda a, b: a + b"))) == [Found(0, False, None)]


def test_a_case_that_hangs_is_screened_on_after_those_that_fail_soon() -> None:
    screening = screening_of(context(Told()), PAIRS, [True, True, True], [HUNG, returned(9), returned(7)])
    assert (screening.order[0] != 0 and screening.order[-1] != 0) or screening.order.index(0) == 2


@pytest.mark.parametrize(("took", "limit"), [(0.0, 0.01), (0.004, 0.08), (0.5, 1.0)])
def test_a_candidate_may_take_a_multiple_of_what_the_program_took(took: float, limit: float) -> None:
    done = [returned(0), returned(2), returned(0, took)]
    assert screening_of(context(Told()), PAIRS, [True, True, False], done).limit_s == pytest.approx(limit)


def test_little_time_is_given_to_a_program_that_hangs_again_and_again() -> None:
    runner = Told()
    pairs = [Pair(args=(number,), expected=1) for number in range(6)]
    assert [one.outcome for one in endings(context(runner), made("hangs")[0], pairs)] == [Outcome.TIMEOUT] * 6
    limits = [limit for *_, limit in runner.screened]
    assert limits[0] == limits[1] > limits[2] == limits[5]


def test_floats_are_let_pass_if_near_and_nothing_else_is() -> None:
    assert gives(returned(0.30000000000000004), 0.3) and gives(returned([1.0, 2.0001]), [1.0, 2.0])
    assert not gives(returned(0.4), 0.3) and not gives(returned(3), 4) and not gives(HUNG, 0.5)


def test_a_meter_is_empty_where_the_task_has_nothing_left() -> None:
    ctx = context(Told(), cpu_s=1.0)
    meter = Meter(ctx, 100.0)
    assert not meter.is_empty
    ctx.budget.spend("cpu_s", 0.9995)
    assert meter.is_empty and meter.cpu_s > 0.9
    assert Meter(context(Told()), 0.0).is_empty


def candidate(source: str, weight: float, size: int = 1) -> Candidate:
    edit = Edit("name", 1, "x", 1.0, ((0, 0, "y" * size),))
    return Candidate(Program.from_source(source, entry="f"), weight, (edit,))


PROBES = [Case(args=(number, 2)) for number in range(6)]


def test_a_behaviour_that_several_likely_edits_share_wins_against_a_heavier_one() -> None:
    found = [
        candidate("lambda a, b: a * b", 0.5),
        candidate("lambda a, b: a + b", 0.3),
        candidate("lambda a, b: b + a", 0.3),
    ]
    (program,) = made("lambda a, b: -7")
    first, second, third = chosen(context(Told()), program, found, PROBES, cpu_s=0.1)
    assert first.program.source in ("lambda a, b: a + b", "lambda a, b: b + a")
    assert second is found[0] and third.weight == 0.3, "the best of each behaviour, then the others"


def test_what_keeps_the_program_s_own_answers_wins_among_equals() -> None:
    found = [candidate("lambda a, b: a + b + 0", 0.3), candidate("lambda a, b: max(a, b)", 0.3)]
    (program,) = made("lambda a, b: max(a, b) if a != 3 else 0")
    assert chosen(context(Told()), program, found, PROBES, cpu_s=0.1)[0] is found[1]


def test_without_probes_and_where_all_hang_the_heaviest_and_smallest_is_first() -> None:
    found = [candidate("hangs", 0.3, 9), candidate("hangs", 0.3, 2), candidate("hangs", 0.4, 50)]
    for probes in ([], PROBES):
        first, second, _ = chosen(context(Told()), made("hangs")[0], found, probes, cpu_s=0.1)
        assert (first.size, second.size) == (50, 2)


def test_probes_are_near_the_cases_and_the_same_for_a_seed() -> None:
    (program,) = made("def f(a, b):\n    return a\n")
    one, again, other = (probes_of(program, PAIRS, 12, seed) for seed in (1, 1, 2))
    assert one == again != other and len(one) == 12
    assert all(len(case.args) == 2 and all(type(part) is int for part in case.args) for case in one)
    assert not probes_of(program, [], 12, 1)
