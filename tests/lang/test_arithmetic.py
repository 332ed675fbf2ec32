"""The closed grammar of arithmetic: exact, and nothing else gets through."""

from fractions import Fraction

import pytest

from trialrun.lang.arithmetic import (
    Leaf,
    NoArithmetic,
    as_python,
    differences,
    quotients,
    read_expression,
    value_of,
)


def value(text: str) -> Fraction:
    found = read_expression(text)
    return value_of(found.shape, found.numbers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16-3-4", 9),
        ("24/4/2", 3),
        ("60/100 * 5", 3),
        ("200*40*.01", 80),
        ("200*40%", 80),
        ("(1+2)*(3-1)", 6),
        ("-5+2*3", 1),
        ("1,200 ÷ .5", 2400),
        ("3 x 20", 60),
        ("$2.50*3", Fraction(15, 2)),
        ("0.1+0.2", Fraction(3, 10)),
        ("2-(3-4)", 3),
    ],
)
def test_values_are_exact(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1+",
        "1 2",
        "2**3",
        "f(1)",
        "__import__('os')",
        "(1",
        "1)",
        "1..2",
        "*3",
        "1e5",
        "(" * 500,
        "1" * 500,
        "%",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(NoArithmetic):
        read_expression(text)


@pytest.mark.parametrize(
    "text", ["1-(2-3)", "1-(2+3)", "8/(4/2)", "8/(4*2)", "2*(1+3)", "-(1+2)*3", "(1-2)-3", "4/2*3"]
)
def test_python_source_has_the_same_value(text):
    found = read_expression(text)
    names = [f"v{place}" for place in range(len(found.numbers))]
    source = as_python(found.shape, names)
    known = dict(zip(names, found.numbers, strict=True))
    assert eval(source, {"Fraction": Fraction, **known}) == value(text)  # our own text


def test_an_expression_takes_other_numbers_for_its_leaves():
    found = read_expression("16-3*4")
    assert value_of(found.shape, [Fraction(20), Fraction(2), Fraction(5)]) == 10
    assert found.numbers == (16, 3, 4) and read_expression("5%").percent == {1}


def test_differences_and_quotients_are_found():
    found = read_expression("(9-4)/(2-1)")
    assert len(list(differences(found.shape))) == 2
    (quotient,) = quotients(found.shape)
    assert not isinstance(quotient.right, Leaf)
