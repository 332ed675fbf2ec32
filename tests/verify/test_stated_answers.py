"""Answers in plain words: one answer counts, a list of all options is none."""

import pytest

from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.core.task import PredictionCheck
from trialrun.verify.prediction import judge_prediction
from trialrun.verify.simulation import Divergence, first_divergence, said_lines

pytestmark = pytest.mark.fast


def verdict(answer, expected, family):
    check = PredictionCheck(name=family, oracle="stated", source="", expected=expected, family=family)
    return judge_prediction(None, check, answer, Limits()).verdict


RIGHT = [
    ("(B)", "(B)", "option"),
    ("It cannot be (A).\n\nFinal answer: (B)", "(B)", "option"),
    ("Final answer: B", "(B)", "option"),
    ("Final answer: (A)\nWait.\nFinal answer: **(B)** 2pm to 7pm", "(B)", "option"),
    ("Final answer: Yes.", "Yes", "word"),
    ("So she lies. Final answer: no", "No", "word"),
    ("Final answer: 12", "12", "number"),
    ("Final answer: there are 12 objects", "12", "number"),
    ("Final answer: ] )>", "] ) >", "brackets"),
    ("Final answer: `] ) >`", "] ) >", "brackets"),
]
WRONG = [
    ("Final answer: (A)", "(B)", "option"),
    ("Final answer: (A) (B) (C)", "(B)", "option"),
    ("(A), (B), (C) or (D)", "(B)", "option"),
    ("(B) would be right", "(A)", "option"),
    ("Final answer: Yes or No", "Yes", "word"),
    ("Final answer: True and false", "False", "word"),
    ("Final answer: perhaps", "Yes", "word"),
    ("Final answer: 11, 12 or 13", "12", "number"),
    ("Final answer: 112", "12", "number"),
    ("Final answer: 12.5", "12", "number"),
    ("Final answer: ] ) > or > ) ]", "] ) >", "brackets"),
    ("Final answer: ] )", "] ) >", "brackets"),
    ("", "(B)", "option"),
    ("Final answer:", "12", "number"),
    ("(" * 100_000, "(B)", "option"),
    ("\0", "Yes", "word"),
]


@pytest.mark.parametrize(("answer", "expected", "family"), RIGHT)
def test_one_right_answer_counts(answer, expected, family):
    assert verdict(answer, expected, family) is Verdict.PASS


@pytest.mark.parametrize(("answer", "expected", "family"), WRONG)
def test_wrong_answers_and_lists_of_answers_do_not(answer, expected, family):
    assert verdict(answer, expected, family) is Verdict.FAIL


def test_the_first_step_that_differs_is_found():
    printed = "a 1\nb 2\nc 3\n"
    assert first_divergence(printed, "```\na  1\nb 2\nc 3\n```\n\nFinal answer: c") is None
    assert first_divergence(printed, "a 1\nb 5\nc 3\nFinal answer: c") == Divergence(
        step=2, steps=3, printed="b 2", said="b 5"
    )
    assert first_divergence(printed, "a 1\nFinal answer: c").said == ""
    assert first_divergence(printed, "a 1\nb 2\nc 3\nd 4\nFinal answer: c").step == 4
    assert first_divergence("", "Final answer: c") is None
    assert said_lines("Final answer: x\nno\nFinal answer: y") == ["Final answer: x", "no"]
