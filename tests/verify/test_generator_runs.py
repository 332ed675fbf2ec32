"""What generators return is read with bounds: plain values, few and small; answers as values of mathematics."""

from decimal import Decimal
from fractions import Fraction

import pytest

from trialrun.core import values
from trialrun.core.execution import Execution, Outcome
from trialrun.verify.generator_runs import Unreadable, read_parameters, read_solved, read_text


def returned(value: object) -> Execution:
    return Execution(outcome=Outcome.RETURNED, value=values.encode(value))


PLAIN = {
    "n": 3,
    "half": Fraction(1, 2),
    "price": Decimal("2.50"),
    "x": 0.5,
    "who": "Ann",
    "all": [1, (2, None)],
}


def test_plain_parameters_come_back_as_they_were():
    found = read_parameters(returned(PLAIN))
    assert found == PLAIN and type(found["price"]) is Decimal
    assert read_parameters(returned(None)) is None


def nested(depth: int) -> list:
    inner: list = [1]
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    "value",
    [
        {},
        [1],
        "text",
        {1: 2},
        {"n": object()},
        {"n": b"bytes"},
        {"n": 10**2000},
        {"n": nested(8)},
        {"n": list(range(5000))},
        {"n": "x" * 30_000},
        {"x" * 200: 1},
        {"n": {1.5, 2.5}},
    ],
    ids=lambda value: str(value)[:20],
)
def test_other_parameters_are_not_read(value):
    with pytest.raises(Unreadable):
        read_parameters(returned(value))


def test_what_did_not_return_is_not_read():
    for execution in (
        Execution(outcome=Outcome.TIMEOUT),
        Execution(outcome=Outcome.RETURNED, value=b"\xff\xff"),
        Execution(outcome=Outcome.RAISED, exception="KeyError", message="'n'"),
    ):
        with pytest.raises(Unreadable):
            read_parameters(execution)


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (3, Fraction(3)),
        (3.0, Fraction(3)),
        (Decimal("0.5"), Fraction(1, 2)),
        (r"\frac12", Fraction(1, 2)),
        ({3, 4}, frozenset({Fraction(3), Fraction(4)})),
        ((1, "2"), (Fraction(1), Fraction(2))),
        (True, "true"),
    ],
)
def test_answers_are_values_of_mathematics(value, answer):
    assert read_solved(returned(value)) == answer


@pytest.mark.parametrize("value", ["", " ", 5, "x" * 30_000])
def test_a_text_is_a_text(value):
    with pytest.raises(Unreadable):
        read_text(returned(value))
