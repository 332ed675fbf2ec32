"""Many versions of a program on one case, in one job."""

from collections.abc import Iterator

import pytest

from trialrun.core.behaviour import behaviour_key
from trialrun.core.budget import Budget
from trialrun.core.execution import Execution, Limits
from trialrun.core.parse_values import decode
from trialrun.core.program import Program
from trialrun.core.task import Case, Task
from trialrun.making import PublicRunner
from trialrun.run import screen as module
from trialrun.run.sandbox import Sandbox
from trialrun.run.screen import screen
from trialrun.verify.tests import Judge, Rules

LIMITS = Limits(cpu_s=0.1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def _told(execution: Execution) -> object:
    if execution.value is not None:
        return decode(execution.value)[0][0]
    return execution.exception or str(execution.outcome)


def _screened(sandbox: Sandbox, *sources: str, args: tuple[object, ...] = (3,)) -> list[object]:
    programs = [Program.from_source(source, entry="f") for source in sources]
    return [_told(one) for one in screen(sandbox, programs, Case(args=args), LIMITS).executions]


def test_each_version_answers_for_itself(sandbox: Sandbox) -> None:
    sources = [f"def f(x):\n    return x + {number}\n" for number in range(5)]
    assert _screened(sandbox, *sources) == [3, 4, 5, 6, 7]


def test_a_version_that_ends_badly_takes_no_other_with_it(sandbox: Sandbox) -> None:
    sources = [
        "def f(x):\n    while True: pass\n",
        "def f(x): return x\n",
        "import os\ndef f(x): os._exit(0)\n",
        "def f(:",
        "def g(x): return x\n",
        "def f(x): return f(x)\n",
        "def f(x): return [x]\n",
    ]
    assert _screened(sandbox, *sources) == [
        "timeout",
        3,
        "exited",
        "SyntaxError",
        "KeyError",
        "RecursionError",
        [3],
    ]


def test_versions_do_not_share_their_module_or_their_arguments(sandbox: Sandbox) -> None:
    source = "n = globals().get('n', 0) + 1\ndef f(x):\n    x.append(n)\n    return x\n"
    assert _screened(sandbox, source, source, source, args=([],)) == [[1]] * 3


def test_more_versions_than_one_job_takes(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TOGETHER", 2)
    left = "import sys\nsys.seen = getattr(sys, 'seen', 0) + 1\ndef f(x): return sys.seen\n"
    assert _screened(sandbox, *[left] * 5) == [1, 2, 1, 2, 1], "a job of two versions begins anew"


def test_imports_are_made_before_and_a_missing_one_is_its_version_s_own_fault(sandbox: Sandbox) -> None:
    source = "import __future__, nothing_of_this_name\nimport decimal, fractions\ndef f(x): return x\n"
    working = "from __future__ import annotations\nimport decimal\ndef f(x): return x\n"
    assert _screened(sandbox, working, source) == [3, "ModuleNotFoundError"]


def test_a_runner_screens_at_the_budget_of_its_task(sandbox: Sandbox) -> None:
    budget = Budget()
    task = Task(id="Own/1", suite="own", statement="", entry="f")
    runner = PublicRunner(Judge(sandbox, Rules()), task, budget)
    programs = [Program.from_source(f"def f(x): return {number}\n", entry="f") for number in range(3)]
    assert [_told(one) for one in runner.screen(programs, Case(args=(1,)), cpu_s=0.1)] == [0, 1, 2]
    assert 0 < budget.spent()["cpu_s"] < 5


def test_versions_that_do_the_same_have_one_behaviour_whatever_their_text(sandbox: Sandbox) -> None:
    sources = ["def f(x): return x + x", "def f(x):\n    return 2 * x\n", "def f(x): return x"]
    programs = [Program.from_source(source, entry="f") for source in sources]
    one, two, other = screen(sandbox, programs, Case(args=(3,)), LIMITS).executions
    assert behaviour_key([one]) == behaviour_key([two]) != behaviour_key([other])
