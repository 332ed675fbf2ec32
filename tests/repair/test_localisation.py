"""Where the fault may lie: lines that ran when it failed, nearer to the failing value first."""

from collections.abc import Iterator
from typing import Any

import pytest

from trialrun.core.budget import Budget
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.making import PublicRunner
from trialrun.repair.evidence import Evidence, evidence_of
from trialrun.repair.localisation import UNSEEN, distances, localise, scaled
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules

SOURCE = """\
LIMIT = 3

def unused(n):
    return n

def size(xs):
    kept = []
    noise = len(xs)
    for x in xs:
        if x > LIMIT:
            kept.append(x)
        noise += 1
    total = len(kept)
    if total > 1:
        total = total - 1
    return total
"""
ROWS: list[tuple[Any, Any]] = [([4, 5], 2), ([1], 0), ([9], 1), ([4, 5, 6], 3), ([], 0)]


@pytest.fixture(scope="module")
def evidence() -> Iterator[Evidence]:
    yield _evidence(SOURCE, ROWS)


def _evidence(source: str, rows: list[tuple[Any, Any]]) -> Evidence:
    check = CaseCheck(
        name="cases",
        cases=tuple(Case(args=(given,)) for given, _ in rows),
        expected=tuple(wanted for _, wanted in rows),
    )
    task = Task(id="Own/1", suite="own", statement="", entry="size", public_checks=(check,))
    with Sandbox() as sandbox:
        runner = PublicRunner(Judge(sandbox, Rules(limits=Limits(cpu_s=1.0))), task, Budget())
        return evidence_of(runner, task.public(), Program.from_source(source, entry="size"))


@pytest.mark.parametrize("formula", ["ochiai", "dstar", "op2", "tarantula"])
def test_the_line_that_failing_runs_alone_reach_is_first(evidence: Evidence, formula: Any) -> None:
    found = localise(SOURCE, evidence, formula)
    assert max(found.lines, key=lambda line: found.lines[line]) == 15
    assert found.lines[15] == 1.0 and all(0 <= score <= 1 for score in found.lines.values())
    assert max(found.functions, key=lambda name: found.functions[name]) == "size"
    assert max(found.blocks.values()) == 1.0


def test_what_no_run_shows_comes_last_and_is_not_lost(evidence: Evidence) -> None:
    found = localise(SOURCE, evidence)
    assert found.lines[1] == UNSEEN, "the module's top level ran at import"
    assert found.lines[4] <= UNSEEN < min(found.lines[line] for line in (7, 9, 10, 11, 13, 14, 16))


def test_of_lines_with_one_score_those_that_the_value_comes_from_are_first(evidence: Evidence) -> None:
    found = localise(SOURCE, evidence)
    scores = evidence.spectrum("line").counts
    assert scores[8] == scores[13] == scores[16], "the formula cannot tell them apart"
    assert found.lines[16] > found.lines[13] > found.lines[8]


def test_nearness_never_outweighs_a_score(evidence: Evidence) -> None:
    counts = evidence.spectrum("line").counts
    found = localise(SOURCE, evidence)
    plain = {line: one.ef / max(one.ef + one.ep, 1) for line, one in counts.items()}
    for one in counts:
        for other in counts:
            if plain[one] > plain[other] and counts[one].nf == counts[other].nf == 0:
                assert found.lines[one] > found.lines[other]


def test_distances_go_from_the_return_through_what_it_reads(evidence: Evidence) -> None:
    found = distances(SOURCE, evidence.traces[0])
    assert found[16] == 0 and found[15] == 1 and found[13] <= 2 and found[11] <= 4
    assert found.get(8, 99) > found[13], "noise is read by nothing that matters"


def test_an_exception_is_where_a_slice_begins() -> None:
    source = "def size(xs):\n    n = 0\n    m = 1\n    if xs:\n        n = m / n\n    return m\n"
    evidence = _evidence(source, [([1], 1), ([], 1)])
    assert distances(source, evidence.traces[0])[5] == 0
    found = localise(source, evidence)
    assert max(found.lines, key=lambda line: found.lines[line]) == 5


def test_controls_know_nothing(evidence: Evidence) -> None:
    assert set(localise(SOURCE, evidence, "none").lines.values()) == {1.0}
    one, again, other = (localise(SOURCE, evidence, "random", seed=seed).lines for seed in (1, 1, 2))
    assert one == again != other
    assert set(localise(SOURCE, Evidence()).lines.values()) == {1.0}
    assert not localise("def f(:", Evidence()).lines


def test_a_line_inside_a_statement_has_the_statement_s_suspicion(evidence: Evidence) -> None:
    found = localise(SOURCE, evidence)
    assert found.of(2) == found.lines[1] and found.of(15) == 1.0 and localise("", Evidence()).of(3) == UNSEEN


def test_scores_are_scaled_whatever_the_formula_gives() -> None:
    assert scaled({1: 4.0, 2: 2.0}) == {1: 1.0, 2: 0.5}
    assert scaled({1: float("inf"), 2: 3.0, 3: 0.0}) == {1: 1.0, 2: 0.5, 3: 0.0}
    assert scaled({1: -1.0, 2: 1.0}) == {1: 0.0, 2: 1.0}
    assert scaled({1: 0.0}) == {1: 0.0} and scaled({}) == {}


def test_a_look_at_a_run_that_never_ends_is_short() -> None:
    program = Program.from_source("def f(n):\n    while True:\n        n += 1\n", entry="f")
    task = Task(id="Own/1", suite="own", statement="", entry="f")
    with Sandbox() as sandbox:
        runner = PublicRunner(Judge(sandbox, Rules(limits=Limits(cpu_s=60.0))), task, Budget())
        trace = runner.trace(program, Case(args=(1,)), cpu_s=0.05)
    assert trace.execution.outcome is Outcome.TIMEOUT and trace.execution.cpu_s < 30
    assert 100 < len(trace) < 20_000 and {line for line in trace.lines() if line > 1} == {2, 3}
