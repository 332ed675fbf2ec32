"""Values of variables, and where two programs part."""

import pytest

from trialrun.core.execution import Limits
from trialrun.core.task import Case
from trialrun.lang.drivers import function_subject, stdin_subject
from trialrun.observe.states import Parting, parting, record_states
from trialrun.run.sandbox import Sandbox

LIMITS = Limits(cpu_s=1.0)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def test_each_variable_with_its_values_in_order(sandbox):
    subject = function_subject(
        "def g(y):\n    return y * 2\ndef f(n):\n    total = 0\n    for i in range(n):\n        total += g(i)\n"
        "    text = 'x' * 60\n    return total",
        "f",
    )
    states = record_states(sandbox, subject, Case(args=(3,)), LIMITS)
    assert list(states) == ["n", "total", "i", "y"]
    assert states["total"] == ("0", "2", "6") and states["i"] == ("0", "1", "2")


def test_whole_programs_exceptions_and_methods(sandbox):
    subject = stdin_subject("n = int(input())\nm = n * n\nprint(1 // (m - 4))")
    assert record_states(sandbox, subject, Case(stdin="3\n"), LIMITS)["m"] == ("9",)
    assert record_states(sandbox, subject, Case(stdin="2\n"), LIMITS)["m"] == ("4",)
    method = function_subject(
        "class C:\n    def __init__(self, a): self.a = a\n"
        "    def m(self, k):\n        s = k + self.a\n        return s",
        "C.m",
    )
    assert record_states(sandbox, method, Case(args=([1], 2)), LIMITS)["s"] == ("3",)


def test_programs_that_end_badly_have_no_states(sandbox):
    endless = function_subject("def f(n):\n    while True: n += 1", "f")
    leaving = function_subject("import os\ndef f(n): os._exit(0)", "f")
    for subject in (endless, leaving):
        assert record_states(sandbox, subject, Case(args=(1,)), LIMITS) == {}


def test_a_hostile_repr_is_bounded_and_says_nothing(sandbox):
    source = (
        "class E:\n    def __repr__(self): raise SystemError\ndef f(n):\n    e = E()\n    k = n\n    return k"
    )
    states = record_states(sandbox, function_subject(source, "f"), Case(args=(1,)), LIMITS)
    assert states == {"n": ("1",), "k": ("1",)}


def test_parting():
    one = {"a": ("1", "2"), "only": ("9",), "b": ("5",)}
    two = {"b": ("6",), "a": ("2", "1")}
    assert parting(one, two) == Parting("b", "5")
    assert parting(two, one) == Parting("b", "6")
    assert parting({"a": ("1",)}, {"a": ("1",)}) is None
