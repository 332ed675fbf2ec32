"""Screening: who is killed by what, who is alive, and what tells nothing."""

from collections.abc import Iterator

import pytest

from trialrun.compare.mutants import screen
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.mutants import mutant_programs, mutants
from trialrun.run.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def program(source: str) -> Program:
    return Program.from_source(source, entry="f")


def cases(*values):
    return [Case(args=(value,)) for value in values]


ORIGINAL = "def f(x):\n    if x < 10:\n        return x + 1\n    return 0\n"


def test_which_input_kills_which_mutant(sandbox):
    others = [
        "def f(x):\n    if x <= 10:\n        return x + 1\n    return 0\n",
        "def f(x):\n    if x < 10:\n        return x - 1\n    return 0\n",
        "def f(x):\n    return x + 1 if x < 10 else False\n",
        "def f(x):\n    print(x)\n    return x + 1 if x < 10 else 0\n",
        "def f(x):\n    return 1 + x if x < 10 else 0\n",
        "def f(x):\n    return [][x]\n",
        "def f(x)",
    ]
    found = screen(sandbox, program(ORIGINAL), [program(one) for one in others], cases(3, 10, 12))
    assert [fate.killed_by for fate in found.fates] == [
        *((1,), (0,), (1, 2), (0, 1, 2), (), (0, 1, 2), (0, 1, 2)),
    ]
    assert [fate.alive for fate in found.fates] == [False, False, False, False, True, False, False]
    assert found.killed == 6 and found.unsteady == ()
    assert found.fates[4].key is not None and found.behaviours == 6


def test_changed_arguments_and_types_of_exceptions_count(sandbox):
    original = program("def f(x):\n    x.append(1)\n    if len(x) > 2: raise KeyError(1)\n")
    others = [
        "def f(x):\n    if x: raise KeyError(2)\n",
        "def f(x):\n    x.append(1)\n    x[2]\n    {}[3]\n",
    ]
    found = screen(sandbox, original, [program(one) for one in others], cases([], [5], [5, 6]))
    assert [fate.killed_by for fate in found.fates] == [(0, 1), (0, 1)]


def test_a_mutant_that_never_ends_is_killed_and_run_no_further(sandbox):
    endless = program("def f(x):\n    while x: pass\n    return x\n")
    found = screen(
        sandbox, program("def f(x): return x\n"), [endless], cases(0, 1, 2, 3), limits=Limits(cpu_s=0.3)
    )
    assert (found.fates[0].killed_by, found.fates[0].tried, found.fates[0].key) == ((1,), 2, None)
    assert found.cpu_s < 3


def test_the_first_kill_may_be_enough(sandbox):
    found = screen(
        sandbox, program(ORIGINAL), [program("def f(x): return None\n")], cases(1, 2, 3), every=False
    )
    assert (found.fates[0].killed_by, found.fates[0].tried) == ((0,), 1)


def test_inputs_on_which_the_program_is_not_itself_tell_nothing(sandbox):
    source = "def f(x):\n    return {0: open('/dev/urandom', 'rb').read(8), 1: object(), 2: 7}[x]\n"
    found = screen(sandbox, program(source), [program("def f(x): return None\n")], cases(0, 1, 2))
    assert found.unsteady == (0, 1) and found.fates[0].killed_by == (2,)


def test_an_answer_of_unknown_equality_kills_nobody(sandbox):
    found = screen(sandbox, program(ORIGINAL), [program("def f(x): return object()\n")], cases(1, 12))
    assert found.fates[0].alive and found.fates[0].key is None and found.behaviours == 0


def test_a_program_that_does_not_load_tells_nothing(sandbox):
    found = screen(
        sandbox, program("import nosuch\ndef f(x): pass\n"), [program("def f(x): return 1\n")], cases(1, 2)
    )
    assert found.original[0].outcome is Outcome.LOAD
    assert found.fates[0].alive and found.fates[0].tried == 0


def test_mutants_of_a_function_that_more_inputs_kill(sandbox):
    original = program(
        "def f(xs):\n    best = xs[0]\n    for x in xs[1:]:\n        if x > best: best = x\n    return best\n"
    )
    made = mutant_programs(original, mutants(original.source, "f"))
    few = screen(sandbox, original, made, cases([1]))
    many = screen(
        sandbox, original, made, cases([1], [1, 2, 3], [3, 1, 2], [-1, -5], [2, 2], [], [0, 7, 7, 1])
    )
    assert few.killed < many.killed < len(made)
    alive = [
        mutant.description
        for mutant, fate in zip(mutants(original.source, "f"), many.fates, strict=True)
        if fate.alive
    ]
    assert "line 4: > -> >=" in alive  # equivalent: nothing tells it apart
