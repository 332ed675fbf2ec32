"""Recorded calls: who called what with which values, as they were then."""

import pytest

from trialrun.core import values
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.observe.call_values import CallRun, Ending, read_calls, recorded_calls
from trialrun.run.fresh import run_fresh

SOURCE = '''"""Module."""
from __future__ import annotations
import functools

def fact(n):
    return 1 if n < 2 else n * fact(n - 1)

def push(xs, x=3):
    xs.append(x)
    return xs

@functools.lru_cache
def twice(x): return 2 * x

def opened(x): ...

def idle(x):
    return x

def main(n):
    total = twice(n) + twice(n + 1)
    xs = [1]
    push(push(xs)); xs.clear()
    idle(n)
    if n == 5:
        while True: fact(2)
    if n == 6:
        return opened(n)
    if n == 7:
        fact("a")
    if n == 8:
        idle(iter([1]))
    return fact(n)
'''
NAMES = ("fact", "push", "twice", "opened", "idle", "absent")


class Fresh:
    """A runner of nothing but runs."""

    def __init__(self, sandbox):
        self.sandbox = sandbox

    def check(self, program):
        return ()

    def run(self, program, cases):
        return run_fresh(self.sandbox, program, cases, Limits(cpu_s=5)).executions


def recorded(sandbox, n, **how) -> CallRun:
    program = Program.from_source(SOURCE, entry="main")
    return recorded_calls(Fresh(sandbox), program, [Case(args=(n,))], NAMES, **how)[0]


def test_calls_on_one_line_and_recursion_keep_their_pairs_apart(sandbox):
    run = recorded(sandbox, 3)
    assert (run.ending, run.value) == (Ending.RETURNED, 6)
    assert [(call.args, call.value) for call in run.of("twice")] == [((3,), 6), ((4,), 8)]
    calls = run.of("fact")
    assert [(call.args, call.value) for call in calls] == [((3,), 6), ((2,), 2), ((1,), 1)]
    places = [run.calls.index(call) for call in calls]
    assert [call.caller for call in calls] == [-1, places[0], places[1]]


def test_values_are_recorded_as_they_were_at_the_call(sandbox):
    calls = recorded(sandbox, 3).of("push")
    assert [call.args for call in calls] == [([1], 3), ([1, 3], 3)], "the list grew, and was emptied, since"
    assert [call.value for call in calls] == [[1, 3], [1, 3, 3]]


def test_a_function_that_is_not_reached_has_no_calls(sandbox):
    run = recorded(sandbox, 3)
    assert run.of("opened") == run.of("absent") == ()


def test_an_open_hole_ends_the_run_with_its_arguments_known(sandbox):
    run = recorded(sandbox, 6, open_=["opened"])
    assert run.ending is Ending.UNFINISHED
    assert [(call.args, call.ending) for call in run.of("opened")] == [((6,), Ending.OPEN)]


def test_a_loop_without_end_leaves_its_calls(sandbox):
    run = recorded(sandbox, 5)
    assert run.ending is Ending.UNFINISHED and run.of("twice") and len(run.calls) == 2000


def test_an_exception_belongs_to_the_call_that_it_leaves(sandbox):
    run = recorded(sandbox, 7)
    assert (run.ending, run.exception) == (Ending.RAISED, "TypeError")
    assert [(call.args, call.ending) for call in run.of("fact")] == [(("a",), Ending.RAISED)]
    assert all(call.ending is Ending.RETURNED for call in run.of("twice"))


def test_what_is_no_plain_value_is_a_gap(sandbox):
    plain = [call.is_plain for call in recorded(sandbox, 8).of("idle")]
    assert plain == [True, False]


def test_muting_a_function_shows_whether_it_matters(sandbox):
    whole = recorded(sandbox, 3)
    assert recorded(sandbox, 3, muted="idle").value == whole.value
    assert recorded(sandbox, 3, muted="fact").value != whole.value


@pytest.mark.fast
@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        ("returned", "", 1),
        ("returned", "", 1, [("f", 0, [], "returned", "", 1)]),
        ("returned", "", 1, [("other", -1, [], "returned", "", 1)]),
        ("returned", "", 1, [("f", -1, (), "returned", "", 1)]),
        ("returned", "", 1, [("f", -1, [], "well", "", 1)]),
        ("returned", 7, 1, []),
        ("returned", "", 1, [()] * 3000),
    ],
)
def test_a_forged_record_counts_as_none(value):
    run = read_calls(Execution(outcome=Outcome.RETURNED, value=values.encode(value)), ["f"])
    assert run.fault and not run.calls


@pytest.mark.fast
def test_a_run_that_ended_says_so():
    assert "timeout" in read_calls(Execution(outcome=Outcome.TIMEOUT), ["f"]).fault
