"""Where the machine has nothing left for the supervisor, that is no bug, no fail, and leaves nothing behind."""

import contextlib
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Output, ProgramCheck, Task
from trialrun.run.sandbox import Sandbox
from trialrun.run.starved import Starved
from trialrun.run.supervisor import Isolation, Zygote
from trialrun.run.whole import run_program
from trialrun.verify.tests import Judge, Rules, Unscored

TASK = Task(
    id="Own/one",
    suite="own",
    statement="",
    entry="f",
    hidden_checks=(CaseCheck(name="cases", cases=(Case(args=(1,)),), expected=(1,)),),
)
WHOLE = Task(
    id="Own/whole",
    suite="own",
    statement="",
    entry=None,
    hidden_checks=(ProgramCheck(name="cases", cases=(Case(),), expected=(Output(stdout=b"1\n"),)),),
)
HONEST = Program.from_source("def f(x):\n    return x\n", entry="f")


@contextmanager
def descriptors_left(count: int) -> Iterator[None]:
    """Let this process open `count` more descriptors and no further ones; what it starts has enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    taken: list[int] = []
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.open("/dev/null", os.O_RDONLY))
        for _ in range(count):
            os.close(taken.pop())
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("left", range(12))
def test_with_few_descriptors_a_job_runs_or_is_refused_and_nothing_stays_open(left: int) -> None:
    with Sandbox() as sandbox:
        run_program(sandbox, Program.from_source("print(1)"), Limits())
        before = descriptors()
        refused = False
        with descriptors_left(left):
            try:
                run_program(sandbox, Program.from_source("print(1)"), Limits(), stdin="1")
            except Starved:
                refused = True
        assert refused or left > 6
        assert descriptors() == before
        again = run_program(sandbox, Program.from_source("print(1)"), Limits())
        assert (again.outcome, again.stdout) == (Outcome.RETURNED, b"1\n")


@pytest.mark.parametrize("left", range(0, 14, 2))
def test_a_zygote_that_cannot_be_started_leaves_no_descriptor(left: int) -> None:
    Zygote(tester=False, isolation=Isolation()).close()
    before = descriptors()
    with descriptors_left(left):
        try:
            Zygote(tester=False, isolation=Isolation()).close()
        except Starved:
            pass
        else:
            assert left > 4
    assert descriptors() == before


@pytest.mark.parametrize("task", [TASK, WHOLE], ids=["cases", "whole program"])
def test_an_honest_program_is_unscored_while_there_is_nothing_and_passes_later(task: Task) -> None:
    program = HONEST if task.entry else Program.from_source("print(1)")
    with Sandbox() as sandbox:
        judge = Judge(sandbox, Rules(limits=Limits()))
        with descriptors_left(1), pytest.raises(Unscored):
            judge.judge(task, program)
        (judgement,) = judge.judge(task, program)
    assert judgement.verdict is Verdict.PASS
