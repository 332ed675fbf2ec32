r"""Answers are compared as values: `1/2`, `0.5` and `\frac12` are one."""

from fractions import Fraction

import pytest

from trialrun.lang.math_answer import answer_text, decimals_of, read_answer, same_answer

HALVES = [
    "1/2",
    "0.5",
    ".5",
    "0.50",
    "50%",
    r"\frac12",
    r"\frac{1}{2}",
    r"$\dfrac{1}{2}$",
    r"\boxed{0.5}",
    "$0.50",
    "2/4",
]


@pytest.mark.parametrize("text", HALVES)
def test_one_half_is_one_half(text):
    assert same_answer(read_answer(text), Fraction(1, 2))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,250 dollars", "1250"),
        ("x = 3", "3"),
        ("-3 1/2", "-3.5"),
        ("3 or 4", "{4, 3}"),
        ("x = 3 or x = 4", "4 and 3"),
        ("(1, 2)", "(1.0, 4/2)"),
        ("18 eggs", "18.00"),
        ("12 cm^2", "12"),
        ("Tuesday", "tuesday "),
        ("5e2", "500"),
    ],
)
def test_these_are_the_same(one, other):
    assert same_answer(read_answer(one), read_answer(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1/2", "2"), ("0.5", "0.51"), ("(1, 2)", "(2, 1)"), ("3 or 4", "3"), ("2x", "2"), ("3 pi", "3"), ("", "0"),
        ("3 more than 12/4", "3"), ("1/3", "0.333"), ("nan", "nan"), ("inf", "inf"), ("5:30", "5"), ("3/0", "0"),
    ],
)  # fmt: skip
def test_these_are_not(one, other):
    assert not same_answer(read_answer(one), read_answer(other))


def test_floats_are_compared_within_a_billionth():
    assert same_answer(0.1 + 0.2, Fraction(3, 10)) and not same_answer(0.3001, Fraction(3, 10))
    assert not same_answer(float("nan"), float("nan")) and not same_answer(10.0**300, Fraction(10**400))


@pytest.mark.parametrize(
    "text", ["(" * 3000, "a=" * 900 + "1", "(1," * 400 + "1" + ")" * 400, "9" * 5000, "1e999", "-"]
)
def test_hostile_text_is_read_all_the_same(text):
    assert isinstance(answer_text(read_answer(text)), str)


def test_answers_are_written_as_people_write_them():
    assert answer_text(Fraction(5, 2)) == "2.5" and answer_text(Fraction(-1, 3)) == "-1/3"
    assert answer_text(frozenset({Fraction(4), Fraction(3)})) == "{3, 4}"
    assert decimals_of(Fraction(1, 8)) == 3 and decimals_of(Fraction(1, 7)) is None
