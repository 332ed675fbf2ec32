"""Checks that share a job: the verdicts of each are those that it has alone."""

from dataclasses import replace

import pytest

from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, CaseCheck, Task
from trialrun.store.cache import BlobCache
from trialrun.verify.tests import Judge, Rules

LIMITS = Limits(cpu_s=1.0, wall_s=5.0, memory_mb=512)
REFERENCE = "def f(x): return x * x"


def check(name, first, last, **more):
    return CaseCheck(name=name, cases=tuple(Case(args=(n,)) for n in range(first, last)), **more)


BASE, PLUS, THIRD = check("base", 0, 3), check("plus", 3, 40), check("third", 40, 43)
TASK = Task(
    id="T/0",
    suite="t",
    statement="",
    entry="f",
    context="",
    hidden_checks=(BASE, PLUS, THIRD),
    reference=REFERENCE,
)


@pytest.fixture
def judge(sandbox, tmp_path):
    return Judge(sandbox, Rules(limits=LIMITS), BlobCache(tmp_path))


@pytest.fixture
def jobs(sandbox, monkeypatch):
    """How many jobs were asked for."""
    asked, job = [], sandbox._pools.job

    def counted(*args, **more):
        asked.append(args)
        return job(*args, **more)

    monkeypatch.setattr(sandbox._pools, "job", counted)
    return asked


def facts(judgement):
    shown = [(one.case, one.input, one.expected, one.got, one.outcome) for one in judgement.evidence]
    return judgement.check, judgement.verdict, judgement.outcome, judgement.cases, judgement.strength, shown


def test_what_passes_all_checks_has_one_job(judge, jobs):
    program = Program.from_source("def f(x): return x ** 2", entry="f")
    judge.judge(TASK, program)  # what is expected is known from here on
    jobs.clear()
    judgements = judge.judge(TASK, program)
    assert [(one.check, one.verdict, one.cases) for one in judgements] == [
        ("base", Verdict.PASS, 3),
        ("plus", Verdict.PASS, 37),
        ("third", Verdict.PASS, 3),
    ]
    assert len(jobs) == 1


WRONG = {
    "the first case": "def f(x): return x * x + (x == 0)",
    "the last case of the first check": "def f(x): return x * x + (x == 2)",
    "the first case of the second": "def f(x): return x * x + (x == 3)",
    "in the second": "def f(x): return x * x + (x == 20)",
    "the last case of all": "def f(x): return x * x + (x == 42)",
    "two checks": "def f(x): return x * x + (x in (1, 30))",
    "all checks": "def f(x): return -1 - x",
    "raises in the second": "def f(x): return x * x if x != 5 else 1 // 0",
    "exits in the second": "import sys\ndef f(x): return x * x if x != 5 else sys.exit(0)",
    "dies in the second": "import os\ndef f(x): return x * x if x != 5 else os._exit(0)",
    "hangs in the second": "def f(x):\n    while x == 5: pass\n    return x * x",
    "hangs in the first": "def f(x):\n    while x == 1: pass\n    return x * x",
    "does not load": "import nothing_of_that_name\ndef f(x): return x * x",
    "is no Python": "def f(x) return x * x",
    "right": "def f(x): return x ** 2",
}


@pytest.mark.parametrize("source", WRONG.values(), ids=WRONG)
def test_each_check_has_the_verdict_that_it_has_alone(judge, source):
    program = Program.from_source(source, entry="f")
    together = judge.judge(TASK, program)
    alone = [judge.judge(replace(TASK, hidden_checks=(one,)), program)[0] for one in TASK.hidden_checks]
    assert [facts(one) for one in together] == [facts(one) for one in alone]
    if source != WRONG["right"]:
        assert any(one.verdict is Verdict.FAIL for one in together)


def test_each_check_has_its_own_cost(judge):
    source = """
import time
def f(x):
    if x == 20:
        end = time.process_time() + 0.3
        while time.process_time() < end: pass
    return x * x
"""
    first, second, third = judge.judge(TASK, Program.from_source(source, entry="f"))
    assert first.verdict is second.verdict is third.verdict is Verdict.PASS
    assert second.cpu_s > 0.25 > first.cpu_s + third.cpu_s


def test_what_comes_near_its_limit_is_confirmed_alone_and_nothing_else_is(judge, jobs):
    source = "def f(x):\n    import time\n    end = time.process_time() + (0.9 if x == 20 else 0)\n"
    source += "    while time.process_time() < end: pass\n    return x * x\n"
    fresh = []
    alone = judge._alone
    judge._alone = lambda task, check, program: (fresh.append(check.name), alone(task, check, program))[1]
    judgements = judge.judge(TASK, Program.from_source(source, entry="f"))
    assert [one.check for one in judgements] == ["base", "plus", "third"]
    assert fresh == ["plus", "plus"]
    assert all(one.verdict is not Verdict.FAIL for one in judgements)


def test_checks_of_another_kind_and_empty_ones_stand_alone(judge, jobs):
    asserts = AssertCheck(name="asserts", code="for x in (2, 3):\n    assert f(x) == x * x", remote=("f",))
    empty = CaseCheck(name="empty", cases=())
    task = replace(TASK, hidden_checks=(BASE, asserts, PLUS, empty, THIRD))
    judgements = judge.judge(task, Program.from_source("def f(x): return x ** 2", entry="f"))
    assert [one.check for one in judgements] == ["base", "asserts", "plus", "empty", "third"]
    assert [one.verdict is Verdict.PASS for one in judgements] == [True, True, True, False, True]
    assert judgements[3].verdict is Verdict.UNKNOWN


def test_with_a_job_for_each_case_or_another_order_no_job_is_shared(sandbox, tmp_path, jobs):
    program = Program.from_source("def f(x): return x ** 2", entry="f")
    for rules, most in ((Rules(limits=LIMITS, isolate="case"), 43), (Rules(limits=LIMITS, shuffle=1), 3)):
        judge = Judge(sandbox, rules, BlobCache(tmp_path))
        judge.judge(TASK, program)
        jobs.clear()
        assert {one.verdict for one in judge.judge(TASK, program)} == {Verdict.PASS}
        assert len(jobs) == most


def test_an_oracle_judges_the_cases_of_its_own_check(judge):
    task = replace(
        TASK,
        hidden_checks=(BASE, check("plus", 3, 9, oracle="set-equal")),
        reference="def f(x): return [x, x + 1]",
    )
    source = "def f(x): return [x + 1, x] if x > 2 else [x, x + 1]"
    assert {one.verdict for one in judge.judge(task, Program.from_source(source, entry="f"))} == {
        Verdict.PASS
    }
    turned = source.replace("x > 2", "x > 1")
    first, second = judge.judge(task, Program.from_source(turned, entry="f"))
    assert (first.verdict, second.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert first.outcome is Outcome.RETURNED and first.evidence[0].case == 2
