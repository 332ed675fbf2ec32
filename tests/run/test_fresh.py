"""Programs on cases, each in a job of its own."""

from collections.abc import Iterator

import pytest

from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import decode
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Reply, Serving

LIMITS = Limits(cpu_s=0.5)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def _values(sandbox: Sandbox, source: str, *arguments: object) -> list[object]:
    program = Program.from_source(source, entry="f")
    done = run_fresh(sandbox, program, [Case(args=(one,)) for one in arguments], LIMITS)
    return [decode(one.value)[0][0] if one.value is not None else str(one.outcome) for one in done.executions]


def test_no_case_sees_what_another_left_behind(sandbox: Sandbox) -> None:
    source = "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)\n"
    assert _values(sandbox, source, 5, 6, 7) == [1, 1, 1]


def test_chance_is_the_same_for_every_program_and_case(sandbox: Sandbox) -> None:
    one = "import random\ndef f(x): return random.random()\n"
    other = "from random import random as g\ndef f(x): return g()\n"
    drawn = _values(sandbox, one, 0, 0) + _values(sandbox, other, 0)
    assert len(set(drawn)) == 1 and isinstance(drawn[0], float)


def test_a_case_that_ends_its_job_takes_no_other_with_it(sandbox: Sandbox) -> None:
    source = "import os\ndef f(x):\n    if x == 1: os._exit(0)\n    while x == 2: pass\n    return x\n"
    assert _values(sandbox, source, 0, 1, 2, 3) == [0, "exited", "timeout", 3]


def test_a_program_that_does_not_load_is_tried_once(sandbox: Sandbox) -> None:
    program = Program.from_source("while True: pass", entry="f")
    done = run_fresh(sandbox, program, [Case(args=(n,)) for n in range(50)], LIMITS)
    assert len(done.executions) == 50
    assert {one.outcome for one in done.executions} == {Outcome.TIMEOUT}
    assert done.cpu_s < 10, "once: a limit and what loading may take"


def test_changed_arguments_are_told(sandbox: Sandbox) -> None:
    program = Program.from_source("def f(x):\n    x.append(1)\n", entry="f")
    (done,) = run_fresh(sandbox, program, [Case(args=([],))], LIMITS).executions
    assert done.arguments is not None and decode(done.arguments)[0][0] == ([1],)


def test_a_whole_program_reads_its_input(sandbox: Sandbox) -> None:
    program = Program.from_source("print(int(input()) * 2)\n")
    done = run_fresh(sandbox, program, [Case(stdin="4\n"), Case(stdin="x\n")], LIMITS)
    assert done.executions[0].stdout == b"8\n" and done.executions[1].exception == "ValueError"


def test_a_case_that_blocked_is_run_once_more(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[int] = []
    call = Serving.call

    def held_up(served: Serving, calls: list[bytes]) -> list[Reply]:
        began.append(1)
        if len(began) == 1:
            return [Reply(Execution(outcome=Outcome.TIMEOUT, message="blocked for 7 s"))]
        return call(served, calls)

    monkeypatch.setattr(Serving, "call", held_up)
    assert _values(sandbox, "def f(x): return x", 4, 5) == [4, 5] and len(began) == 3


def test_a_case_that_used_its_time_is_not_run_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[int] = []
    call = Serving.call
    monkeypatch.setattr(Serving, "call", lambda served, calls: began.append(1) or call(served, calls))
    assert _values(sandbox, "def f(x):\n    while True: pass\n", 4) == ["timeout"] and len(began) == 1
