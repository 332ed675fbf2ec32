"""Literals that are read from anybody's text."""

import ast
import warnings

import pytest

from trialrun.lang.literal_calls import Read, expression, read_arguments, read_literal

NO_LITERALS = ("", "f(1)", "1; 2", "x = 1", "[" * 300, "{[]: 1}", "1 +", "\0", "-" * 100_000 + "1", "f'{1}'")


@pytest.mark.fast
@pytest.mark.parametrize("text", NO_LITERALS, ids=lambda text: repr(text[:10]))
def test_what_is_no_literal_gives_none(text):
    assert read_literal(text) is None


@pytest.mark.fast
def test_none_is_a_literal_too():
    assert read_literal("None") == Read(None)


@pytest.mark.fast
def test_a_strange_escape_warns_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_literal(r"'\d'") == Read(r"\d")


@pytest.mark.fast
@pytest.mark.parametrize("text", ["f(*[1])", "f(**{'a': 1})", "f(a=x)", "f({[]})"])
def test_arguments_that_are_no_literals(text):
    call = expression(text)
    assert isinstance(call, ast.Call) and read_arguments(call) is None
