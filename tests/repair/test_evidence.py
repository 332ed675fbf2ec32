"""What a program did on stated cases: traces, which fail, what ran there."""

from collections.abc import Iterator

import pytest

from trialrun.core.budget import Budget
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, CaseCheck, Task
from trialrun.core.trace import Level
from trialrun.lang.sketch import Pair, cases_of
from trialrun.making import PublicRunner
from trialrun.observe.spectra import suspiciousness
from trialrun.repair.evidence import Evidence, evidence_of
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules

SOURCE = """\
def size(xs):
    total = 0
    if len(xs) > 2:
        total = len(xs) - 1
    else:
        total = len(xs)
    return total
"""
PAIRS = (
    Pair(args=([1, 2, 3, 4],), expected=4),
    Pair(args=([1],), expected=1),
    Pair(args=([5, 6, 7],), expected=3),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def gathered(sandbox: Sandbox, source: str, budget: Budget, level: Level = Level.SUMMARIES) -> Evidence:
    cases, expected = cases_of(PAIRS)
    checks = (
        CaseCheck(name="cases", cases=cases, expected=expected),
        AssertCheck(name="text", code="assert size([]) == 0\nassert size('ab') == 2", remote=("size",)),
    )
    task = Task(id="Own/1", suite="own", statement="", entry="size", public_checks=checks)
    judge = Judge(sandbox, Rules(limits=Limits(cpu_s=2.0), comparator="strict"))
    runner = PublicRunner(judge, task, budget)
    return evidence_of(runner, task.public(), Program.from_source(source, entry="size"), level)


def test_the_part_that_failing_runs_alone_reach_is_the_most_suspicious(sandbox: Sandbox) -> None:
    budget = Budget()
    found = gathered(sandbox, SOURCE, budget, Level.IDS)
    assert found.failed == (True, False, True, False, False)
    assert found.failing == (2, 0) and found.passing == (1, 3, 4)  # the smallest failing input first
    for part, wanted in (("line", 4), ("block", None)):
        scores = suspiciousness(found.spectrum(part))
        best = max(scores, key=lambda one: scores[one])
        assert wanted in (None, best) and scores[best] == 1.0
        if part == "block":
            assert found.traces[0].blocks[best].lines == ((4, 4),)
    assert budget.spent()["cpu_s"] > 0


def test_runs_that_raise_or_never_end_have_failed_and_have_traces(sandbox: Sandbox) -> None:
    source = "def size(xs):\n    while len(xs) == 1:\n        pass\n    return xs[3] * 0 + len(xs)\n"
    found = gathered(sandbox, source, Budget())
    assert found.failed == (False, True, True, True, True)
    assert all(len(trace) for trace in found.traces)


@pytest.mark.parametrize("source", ["def size(:\n", "raise ValueError\n"])
def test_a_program_that_does_not_come_to_be_is_right_nowhere(sandbox: Sandbox, source: str) -> None:
    found = gathered(sandbox, source, Budget())
    assert found.failed == (() if "(:" in source else (True,) * 5)
