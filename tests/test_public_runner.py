"""What a method's runner does for it, and what that costs."""

from trialrun.core.budget import Budget
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case, Task
from trialrun.making import PublicRunner
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules

ENDLESS = Program.from_source("def f(x):\n    while x: pass\n    return x\n", entry="f")
RAISING = Program.from_source("def f(x):\n    return [][x]\n", entry="f")
CASES = [Case(args=(1,)), Case(args=(0,))]


def test_a_case_is_stopped_when_it_took_what_knowing_is_worth():
    task, charged = Task(id="own/1", suite="own", statement="", entry="f"), {}
    with Sandbox() as sandbox:
        judge = Judge(sandbox, Rules(limits=Limits(cpu_s=0.6)))
        for cpu_s in (0.1, None, 2.0):
            budget = Budget(cpu_s=100.0)
            done = PublicRunner(judge, task, budget).run(ENDLESS, CASES, cpu_s=cpu_s)
            assert [one.outcome for one in done] == [Outcome.TIMEOUT, Outcome.RETURNED]
            charged[cpu_s] = 100.0 - budget.left("cpu_s")
    assert 0.1 <= charged[0.1] < 0.6
    assert all(0.6 <= charged[cpu_s] < 3.0 for cpu_s in (None, 2.0))


def test_a_program_that_hangs_is_not_looked_at_on_every_case():
    task = Task(id="own/1", suite="own", statement="", entry="f")
    given = [Case(args=(value,)) for value in (1, 0, 1, 1, 1, "")]
    with Sandbox() as sandbox:
        runner = PublicRunner(Judge(sandbox, Rules(limits=Limits(cpu_s=0.2))), task, Budget())
        looks = runner.run(ENDLESS, given, cpu_s=0.1)
        looked = [one.outcome for one in looks]
        raised = [one.exception for one in runner.run(RAISING, given, cpu_s=0.1)]
        whole = [one.outcome for one in runner.run(ENDLESS, given)]
    hangs, returns = Outcome.TIMEOUT, Outcome.RETURNED
    assert whole == [hangs, returns, hangs, hangs, hangs, returns]
    assert looked == [hangs, returns, hangs, hangs, hangs, hangs]
    assert looks[4].cpu_s == 0.0 < looks[3].cpu_s and "not run" in looks[4].message
    assert raised == ["IndexError"] * 5 + ["TypeError"]
