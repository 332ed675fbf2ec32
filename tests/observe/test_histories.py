"""Histories of variables, and where two runs part."""

import importlib.util
from pathlib import Path

import pytest

from trialrun.observe.histories import Variable, first_difference, histories, parting, render, states_of
from trialrun.observe.states import Parting
from trialrun.observe.value_text import Texts

pytestmark = pytest.mark.fast

_SPEC = importlib.util.spec_from_file_location("made_traces", Path(__file__).with_name("made_traces.py"))
MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(MADE)
traced = MADE.traced

SUM = """def g(y):
    return y * 2
def f(n):
    total = 0
    for i in range(n):
        total += g(i)
    return total
"""


def texts(trace, function, name):
    shown = Texts(trace)
    return [shown.of(change.row) for change in histories(trace)[Variable(function, name)]]


def test_each_variable_has_its_values_in_order_with_call_and_line():
    trace = traced(SUM, 3)
    assert texts(trace, "f", "total") == ["0", "2", "6"]
    assert texts(trace, "f", "i") == ["0", "1", "2"]
    assert texts(trace, "g", "return") == ["0", "2", "4"]
    changes = histories(trace)[Variable("g", "y")]
    assert [change.frame for change in changes] == [1, 2, 3] and {change.line for change in changes} == {1}
    assert histories(trace)[Variable("f", "total")][1].line == 6


def test_a_value_written_again_is_no_change_but_a_new_call_is():
    source = "def f(n):\n    x = 1\n    for i in range(n):\n        x = 1\n    return x\n"
    assert texts(traced(source, 3), "f", "x") == ["1"]
    assert texts(traced("def f(n):\n    return n and f(n - 1) * 0 + n\n", 1), "f", "n") == ["1", "0"]


def test_states_are_those_that_mokav_shows():
    states = states_of(traced(SUM, 3))
    assert states["total"] == ("0", "2", "6") and states["i"] == ("0", "1", "2") and "return" not in states
    long = states_of(traced("def f(n):\n    s = 'x' * n\n    return 0\n", 60))
    assert "s" not in long and long["n"] == ("60",)


def test_parting_is_the_first_value_that_the_other_never_gives():
    old, new = traced(SUM, 3), traced(SUM.replace("y * 2", "y * 3"), 3)
    assert parting(old, new) == Parting("total", "2")
    assert parting(new, old) == Parting("total", "3")
    assert parting(old, traced(SUM, 3)) is None


def test_the_first_difference_is_the_earliest_one():
    old, new = traced(SUM, 3), traced(SUM.replace("y * 2", "y * 3"), 3)
    found = first_difference(old, new)
    assert (found.variable, found.place, found.one, found.two) == (Variable("g", "return"), 1, "2", "3")
    assert first_difference(old, old) is None
    longer = first_difference(traced(SUM, 3), traced(SUM, 4))
    assert longer.variable == Variable("f", "n") and (longer.one, longer.two) == ("3", "4")
    endless = "def f(n):\n    k = 0\n    while k < 3{}:\n        k += 1\n    return 0\n"
    longer = first_difference(traced(endless.format(""), 0), traced(endless.format(" + 1"), 0))
    assert (longer.variable, longer.place, longer.one, longer.two, longer.event) == (
        Variable("f", "k"), 4, None, "4", -1
    )  # fmt: skip


def test_long_histories_are_cut():
    text = render(traced(SUM, 1000))
    assert "(1,000 values)" in text and "… 976 more" in text and len(text) < 10_000
