"""Test code that is data, and test code that only looks like it."""

import pytest

from trialrun.lang.plain_asserts import read_plain_asserts

pytestmark = pytest.mark.fast

CHECK = """
METADATA = {'author': 'x', 'n': [1, -2]}

def check(candidate):
    "says what it does"
    # Check some simple cases
    assert candidate([1, 2], 'a') == {'k': (1, -2.5)}, "message"
    assert True, "always"
    assert abs(candidate(1) - 0.5) < 1e-6
    assert candidate(3 * 19) == 3 ** 4 + 1
    assert candidate(set([1, 2])) == tuple([1]) and True

check(f)
"""


def test_a_published_test_is_read_in_order():
    found = read_plain_asserts(CHECK.replace(" and True", ""), ("f",))
    assert [(a.args, a.relation, a.expected) for a in found] == [
        (([1, 2], "a"), "equal", {"k": (1, -2.5)}),
        ((1,), "near", 0.5),
        ((57,), "equal", 82),
        (({1, 2},), "equal", (1,)),
    ]
    assert {a.name for a in found} == {"f"} and found[1].tolerance == 1e-6
    assert read_plain_asserts(CHECK, ("f",)) is None


@pytest.mark.parametrize(
    "code",
    [
        "",
        "assert True",
        "x = [1]\nassert f(x) == 1",
        "for x in range(3):\n    assert f(x) == x",
        "assert f(1) != 2",
        "assert f(1) < 2",
        "assert f(1) == f(1)",
        "assert f(1) == g",
        "assert f(*[1]) == 1",
        "assert f(x=1) == 1",
        "assert f(1) == 1 == 1",
        "assert f(f(1)) == 1",
        "assert f(1) == sum([1])",
        "assert f(1) is 1",
        "assert f(1) is not None",
        "def check(candidate):\n    assert candidate(1) == 1, (yield)\ncheck(f)",
        "assert f(1) == 1, (x := 2)",
        "prints",
        "assert f(1) == [i for i in [1]]",
        "assert f(1) == 'a' * 10",
        "assert f(1) == 10 ** 10 ** 10",
        "assert f(1) == (-1) ** 100000",
        "assert f(1) == 1 / 0",
        "assert f(1) == {**{}}",
        "assert f(1) == {[]: 1}",
        "assert f(1) == f'{1}'",
        "assert abs(f(1) - 1) < 1j",
        "assert abs(f(1) - 1) <= 1",
        "assert f.g(1) == 1",
        "import f\nassert f(1) == 1",
        "def f(x): return 1\nassert f(1) == 1",
        "def check(candidate): assert candidate(1) == 1",
        "def check(candidate, n=1): assert candidate(1) == 1\ncheck(f)",
        "@g\ndef check(candidate): assert candidate(1) == 1\ncheck(f)",
        "def check(candidate): assert candidate(1) == 1\ncheck(g)",
        "def check(candidate):\n    candidate = 1\n    assert candidate(1) == 1\ncheck(f)",
        "assert f(1) == 1\nraise SystemExit",
        "assert f(1) == 1 if 1 else 2",
        "(" * 50_000,
        "assert f(" + "[" * 150 + "]" * 150 + ") == " + "-" * 100_000 + "1",
        "assert f('\0') == 1\0",
    ],
)
def test_anything_else_has_to_be_run(code):
    assert read_plain_asserts(code, ("f",)) is None


@pytest.mark.parametrize(
    "message", ["", ", 'why'", ", print('seen')", ", 'got: ' + str(f(1))", ", f(2)", ", g.h[1:]"]
)
def test_what_an_assert_says_when_it_fails_matters_to_no_verdict(message):
    (found,) = read_plain_asserts("assert f(1) == 1" + message, ("f",))
    assert (found.args, found.relation, found.expected) == ((1,), "equal", 1)


@pytest.mark.parametrize("constant", [True, False, None])
def test_identity_with_a_constant_is_read(constant):
    (found,) = read_plain_asserts(f"print\nassert f(1) is {constant}", ("f",))
    assert (found.relation, found.expected) == ("is", constant)
    assert read_plain_asserts(f"print\nassert f(1) is {constant}", ("f",), "print = f") is None


@pytest.mark.parametrize(
    ("context", "plain"),
    [
        ("", True),
        ("import math\nfrom typing import *", True),
        ("def abs(x): return 0", False),
        ("abs = len", False),
        ("from numpy import abs", False),
        ("from numpy import *", False),
        ("class abs: pass", False),
        ("def h():\n    abs = 1", False),
    ],
)
def test_a_context_that_redefines_a_builtin_is_respected(context, plain):
    assert (read_plain_asserts("assert abs(f(1) - 1) < 0.1", ("f",), context) is not None) is plain
    container = read_plain_asserts("assert f(1) == set([1])", ("f",), context.replace("abs", "set"))
    assert (container is not None) is plain


def test_values_are_fresh_for_every_call():
    first, second = read_plain_asserts("assert f([1]) == [1]\nassert f([1]) == [1]", ("f",))
    assert first.args[0] is not second.args[0] and first.expected is not second.expected
