"""TRACED's labels: the 17 classes, and which occurrence of a variable gets which."""

import importlib.util
import math
from collections import OrderedDict, deque
from fractions import Fraction
from pathlib import Path

import pytest

from trialrun.core import values
from trialrun.core.trace import Value
from trialrun.observe.quantise import Quantised, Quantiser, ValueClass, labels, render

pytestmark = pytest.mark.fast

_SPEC = importlib.util.spec_from_file_location("made_traces", Path(__file__).with_name("made_traces.py"))
MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(MADE)
traced = MADE.traced


def shown(trace, **how):
    """Return (line, name, value class) of all labels."""
    return [(one.line, one.name, str(one.labels.value)) for one in labels(trace, Quantiser(**how))]


def test_there_are_seventeen_classes():
    assert len(ValueClass) == 17


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "pointer void NULL"), (True, "basic bool TRUE"), (False, "basic bool FALSE"),
        (0, "basic int ZERO"), (-0.0, "basic double ZERO"), (10, "basic int POSITIVE_VS"),
        (-10, "basic int NEGATIVE_VS"), (11, "basic int POSITIVE_REG"), (10_000, "basic int POSITIVE_REG"),
        (-10_000, "basic int NEGATIVE_REG"), (10_001, "basic int POSITIVE_VL"), (-10_001, "basic int NEGATIVE_VL"),
        (0.5, "basic double POSITIVE_VS"), (math.nan, "basic double NAN"), (math.inf, "basic double POSITIVE_VL"),
        (-math.inf, "basic double NEGATIVE_VL"), (1j, "basic double KNOWN"), ("a", "basic char ALPHA"),
        ("1", "basic char NOT_ALPHA"), (" ", "basic char NOT_ALPHA"), ("ab", "array char NOT_NULL"),
        ("", "array char NOT_NULL"), (b"x", "array char NOT_NULL"), ([], "array void NOT_NULL"),
        ([1.5, "a"], "array double NOT_NULL"), ((True,), "array bool NOT_NULL"), ([[1]], "array void NOT_NULL"),
        (deque([3]), "array int NOT_NULL"), (range(3), "array int NOT_NULL"), ({"a": 1}, "pointer void NOT_NULL"),
        (OrderedDict(), "pointer void NOT_NULL"), (Fraction(1, 2), "pointer void NOT_NULL"),
    ],
)  # fmt: skip
def test_classes(value, expected):
    assert Quantiser().of(MADE.value_of(value)) == Quantised(*expected.split())


def test_bounds_are_fields():
    two = Quantiser(very_small=1, very_large=5)
    kinds = [two.of(MADE.value_of(one)).value for one in (1, 2, 5, 6)]
    assert kinds == ["POSITIVE_VS", "POSITIVE_REG", "POSITIVE_REG", "POSITIVE_VL"]


def test_a_value_of_which_too_little_is_known():
    large = values.encode(values.Opaque("…"))
    assert Quantiser().of(Value("int", 9000, large, False)).value == "KNOWN"
    assert Quantiser().of(Value("int", -1, b"nonsense", True)).value == "UNKNOWN"


def test_what_is_read_before_it_is_written_is_unknown_and_never_a_size():
    source = "def f(n):\n    if n:\n        print(x)\n        x = 500\n    return n\n"
    trace = traced(source, 0)
    assert (3, "x", "NOT_REACHED") in shown(trace) and (4, "x", "NOT_REACHED") in shown(trace)
    trace = traced(source, 1)
    assert (3, "x", "UNKNOWN") in shown(trace) and (4, "x", "NOT_REACHED") in shown(trace)
    source = "def f(n):\n    if n:\n        x = 500\n    y = n\n    return x\n"
    assert (5, "x", "UNKNOWN") in shown(traced(source, 0))


def test_reads_and_writes_in_one_block():
    source = "def f(a):\n    b = a + 1\n    a = b * 5000\n    a = a - a\n    return a, b\n"
    assert shown(traced(source, 3)) == [
        (1, "a", "POSITIVE_VS"),
        (2, "b", "POSITIVE_VS"), (2, "a", "POSITIVE_VS"),
        (3, "a", "UNKNOWN"), (3, "b", "POSITIVE_VS"),
        (4, "a", "ZERO"), (4, "a", "UNKNOWN"), (4, "a", "UNKNOWN"),
        (5, "a", "ZERO"), (5, "b", "POSITIVE_VS"),
    ]  # fmt: skip


def test_of_several_times_the_last_or_the_first_counts():
    source = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i * 100\n    return total\n"
    last, first = shown(traced(source, 20)), shown(traced(source, 20), when="first")
    assert (4, "total", "POSITIVE_VL") in last and (4, "total", "ZERO") in first
    assert (3, "i", "POSITIVE_REG") in last and (3, "i", "ZERO") in first
    assert (5, "total", "POSITIVE_VL") in last and (5, "total", "POSITIVE_VL") in first


def test_tests_have_the_values_with_which_they_ran():
    source = "def f(n):\n    while n > 0:\n        n = n - 1\n    return n\n"
    assert (2, "n", "ZERO") in shown(traced(source, 3))
    assert (2, "n", "POSITIVE_VS") in shown(traced(source, 3), when="first")
    unknown = shown(traced(source, 3, lines=""))
    assert (2, "n", "UNKNOWN") in unknown and (3, "n", "ZERO") in unknown


def test_a_block_that_raises_is_reached_up_to_there():
    source = "def f(n):\n    a = n\n    b = 1 // a\n    c = b\n    return c\n"
    assert shown(traced(source, 0))[1:] == [
        (2, "a", "UNKNOWN"), (2, "n", "ZERO"), (3, "b", "UNKNOWN"), (3, "a", "UNKNOWN"),
        (4, "c", "NOT_REACHED"), (4, "b", "NOT_REACHED"), (5, "c", "NOT_REACHED"),
    ]  # fmt: skip


def test_spaces_do_not_change_labels():
    tight = "def f(a):\n    b=a+1;c=b\n    return c if b>a else a\n"
    wide = "def f( a ):\n    b  =  a  +  1 ;  c  =  b\n    return   c if b > a else a\n"
    assert shown(traced(tight, 4)) == shown(traced(wide, 4))
    assert len(shown(traced(tight, 4))) == 9


def test_comprehensions_and_functions_are_no_variables():
    source = "def f(xs):\n    ys = [x + len(xs) for x in xs]\n    return ys\n"
    assert [name for _, name, _ in shown(traced(source, (1, 2)))] == ["xs", "ys", "xs", "xs", "ys"]


def test_only_values_as_they_were_are_labelled():
    source = "def f(n):\n    m = n\n    return m\n"
    assert labels(traced(source, 1, level="references")) == []
    assert "no labels" in render(traced(source, 1, level="ids"))
    assert "m: basic int POSITIVE_VS" in render(traced(source, 1))
