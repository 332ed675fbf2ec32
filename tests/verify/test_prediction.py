"""Predicted answers are judged by what the program does: values, inputs, lines, symbols, printed text."""

import pytest

from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome, PredictedEvidence, Provenance
from trialrun.core.judgement import Judgement, Strength, Verdict
from trialrun.core.task import Case, PredictionCheck
from trialrun.run.sandbox import Sandbox
from trialrun.verify.prediction import judge_prediction

LIMITS = Limits(cpu_s=2.0)
SOURCE = """def f(items, k=0):
    total = 0
    for item in items:
        if item > k:
            total += item
    return [total]
"""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def judged(
    sandbox: Sandbox, answer: str, *, oracle: str = "output", strict: bool = False, **fields: object
) -> Judgement:
    settings = {
        "name": oracle,
        "oracle": oracle,
        "source": SOURCE,
        "entry": "f",
        "call": "[1, 2, 3], 1",
        **fields,
    }
    return judge_prediction(sandbox, PredictionCheck(**settings), answer, LIMITS, strict=strict)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("[5]", "pass"),
        ("[5.0]", "pass"),
        ("Let me see. 2 + 3.\n[ANSWER]\nassert f([1, 2, 3], 1) == [5]\n[/ANSWER]", "pass"),
        ("[2 + 3]", "pass"),
        ("[6]", "fail"),
        ("f([1, 2, 3], 1)", "fail"),
        ("I do not know", "fail"),
        ("", "fail"),
        ("[5]; import os", "fail"),
        ("(yield 5)", "fail"),
    ],
)
def test_an_output_is_compared_with_what_the_call_returns(sandbox, answer, verdict):
    found = judged(sandbox, answer)
    assert found.verdict == verdict and found.score == (verdict == "pass")
    assert found.judge == "verify/prediction" and found.comparator


def test_strict_takes_literals_alone_and_types_count(sandbox):
    assert judged(sandbox, "[5]", strict=True).verdict is Verdict.PASS
    assert judged(sandbox, "[5.0]", strict=True).verdict is Verdict.FAIL
    assert judged(sandbox, "[2 + 3]", strict=True).verdict is Verdict.FAIL


def test_the_comparator_is_named_in_each_judgement(sandbox):
    named = {judged(sandbox, answer).comparator for answer in ("[5]", "[2 + 3]")}
    assert named == {"values: python", "values of the expression: python"}
    assert judged(sandbox, "[5]", strict=True).comparator == "values: strict"


def test_a_call_that_raises_is_answered_by_the_name_of_the_exception(sandbox):
    for answer, verdict in (
        ("TypeError", "pass"),
        ("ValueError", "fail"),
        ("TypeError: no", "pass"),
        ("5", "fail"),
    ):
        assert judged(sandbox, answer, call="None").verdict == verdict


def test_a_call_without_end_decides_nothing(sandbox):
    source = "def f():\n    while True:\n        pass\n"
    assert judged(sandbox, "1", source=source, call="").verdict is Verdict.UNKNOWN


def test_an_answer_reaches_nothing_that_it_is_compared_with(sandbox):
    hostile = [
        "type('A', (), {'__eq__': lambda self, other: True})()",
        "[type('I', (int,), {'__eq__': lambda self, other: True, '__hash__': lambda self: 5})(6)]",
        "globals().update(f=lambda *a: [6]) or [6]",
        "__import__('os')._exit(0)",
        "(lambda: (_ for _ in ()).throw(SystemExit(0)))()",
    ]
    assert all(judged(sandbox, answer).verdict is not Verdict.PASS for answer in hostile)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("f([5])", "pass"),
        ("f([9, 5], 5) ", "fail"),
        ("assert f([5], 0) == [5]", "pass"),
        ("[5]", "fail"),
        ("g([5])", "fail"),
        ("f([5])[0]", "fail"),
        ("f([x for x in (2, 3)])", "pass"),
    ],
)
def test_any_input_with_that_output_is_right(sandbox, answer, verdict):
    assert judged(sandbox, answer, oracle="input").verdict == verdict


def test_an_input_that_is_more_than_a_plain_call_is_weak_and_no_answer_under_strict(sandbox):
    evasive = "[5] or f(1)"
    assert judged(sandbox, evasive, oracle="input").strength is Strength.WEAK
    assert judged(sandbox, evasive, oracle="input", strict=True).verdict is Verdict.FAIL
    assert judged(sandbox, "f([5])", oracle="input").strength is Strength.STRONG


# -- lines and values


def test_lines_are_those_of_a_trace(sandbox):
    right = [2, 3, 4, 3, 4, 5, 3, 4, 5, 3, 6]
    assert judged(sandbox, str(right), oracle="lines").verdict is Verdict.PASS
    assert judged(sandbox, ", ".join(map(str, right)), oracle="lines").verdict is Verdict.PASS
    wrong = judged(sandbox, str(right[:-1]), oracle="lines")
    assert wrong.verdict is Verdict.FAIL and 0.9 < (wrong.score or 0) < 1
    assert judged(sandbox, "all of them", oracle="lines").score == 0


def test_consecutive_duplicates_do_not_count_without_a_published_list(sandbox):
    source = "def f(n):\n    return [i for i in range(n)]\n"
    for answer in ("[2]", "[2, 2, 2, 2]"):
        assert judged(sandbox, answer, oracle="lines", source=source, call="3").verdict is Verdict.PASS
    published = {"oracle": "lines", "source": source, "call": "3", "expected": "[2, 2]"}
    assert judged(sandbox, "[2]", **published).verdict is Verdict.FAIL
    assert judged(sandbox, "[2, 2]", **published).comparator == "lines: published, exact"
    assert judged(sandbox, "[2]", strict=True, **published).verdict is Verdict.PASS


def test_lines_of_a_library_do_not_count(sandbox):
    source = "import statistics\ndef f(items):\n    return statistics.mean(items)\n"
    assert judged(sandbox, "[3]", oracle="lines", source=source, call="[1, 2]").verdict is Verdict.PASS


def test_arguments_that_are_no_literals_are_evaluated_first(sandbox):
    found = judged(sandbox, "[2, 3, 4, 5, 3, 6]", oracle="lines", call="[10 ** 2, ][:1], k=1")
    assert found.verdict is Verdict.UNKNOWN and "literal" in found.evidence[0].message
    assert judged(sandbox, "[2, 3, 4, 5, 3, 6]", oracle="lines", call="[10 ** 2]").verdict is Verdict.PASS


def test_the_published_similarity_joins_characters(sandbox):
    found = judged(sandbox, "[18]", oracle="lines", expected="[18, 18, 18, 18, 18]")
    assert found.score == pytest.approx(14 / 46)


def test_printed_strings_need_no_quotes_where_the_data_set_prints(sandbox):
    source = "def f():\n    return 'a b'\n"
    for family, strict, verdict in (
        ("printed", False, "pass"),
        ("", False, "fail"),
        ("printed", True, "fail"),
    ):
        found = judged(sandbox, "a b", source=source, call="", family=family, strict=strict)
        assert found.verdict == verdict
    assert judged(sandbox, "'a b'", source=source, call="", family="printed").verdict is Verdict.PASS
    thing = "def f():\n    return object\n"
    told = judged(sandbox, "<class 'object'>", source=thing, call="", expected="<class 'object'>")
    assert told.verdict is Verdict.PASS and told.comparator == "text"


def test_symbols_are_lines_by_their_sign(sandbox):
    assert judged(sandbox, "bcdcdecdecf", oracle="symbols").verdict is Verdict.PASS
    assert judged(sandbox, "bcdcdecdec", oracle="symbols").verdict is Verdict.FAIL
    long = "def f():\n" + "    x = 1\n" * 100 + "    return x\n"
    assert judged(sandbox, "b", oracle="symbols", source=long, call="").verdict is Verdict.UNKNOWN


def test_final_values_are_those_of_the_outermost_call(sandbox):
    source = (
        "def f(n):\n    if n == 0:\n        return 0\n    below = f(n - 1)\n    n = n + below\n    return n\n"
    )
    right = judged(sandbox, "{'n': 5, 'below': 3}", oracle="final-values", source=source, call="2")
    assert right.verdict is Verdict.FAIL
    right = judged(sandbox, "{'n': 3, 'below': 1}", oracle="final-values", source=source, call="2")
    assert right.verdict is Verdict.PASS and right.score == 1
    half = judged(sandbox, "{'n': 3, 'below': 7}", oracle="final-values", source=source, call="2")
    assert half.verdict is Verdict.FAIL and half.score == 0.5
    more = judged(sandbox, "{'n': 3, 'below': 1, 'x': 0}", oracle="final-values", source=source, call="2")
    assert more.verdict is Verdict.FAIL


def test_variables_of_a_callee_are_not_asked_for(sandbox):
    source = "def f(n):\n    x = g(n)\n    return x\ndef g(a):\n    inner = a + 1\n    return inner\n"
    found = judged(sandbox, "{'n': 1, 'x': 2}", oracle="final-values", source=source, call="1")
    assert found.verdict is Verdict.PASS


# -- printed text


@pytest.mark.parametrize(
    ("answer", "expected", "verdict"),
    [
        ("{1, 2, 3}", "{3, 1, 2}", "pass"),
        ("{'b': 1, 'a': 2}", "{'a': 2, 'b': 1}", "pass"),
        ("'a'", '"a"', "pass"),
        ("1", "1.0", "pass"),
        ("[1, 2]", "[2, 1]", "fail"),
        ("hello  ", "hello", "pass"),
        ("Hello", "hello", "fail"),
    ],
)
def test_values_first_text_second(sandbox, answer, expected, verdict):
    found = judged(sandbox, answer, oracle="printed", expected=expected)
    assert found.verdict == verdict
    assert found.comparator == ("text" if "ello" in answer else "values: python")


def test_a_whole_program_is_run_where_nothing_is_published(sandbox):
    source = "print(int(input()) * 2)\n"
    for answer, verdict in (("42", "pass"), ("21", "fail")):
        found = judged(sandbox, answer, oracle="printed", source=source, entry=None, case=Case(stdin="21"))
        assert found.verdict == verdict


def test_an_oracle_that_there_is_not_is_a_usage_error(sandbox):
    with pytest.raises(UsageError, match="output"):
        judged(sandbox, "1", oracle="outptu")


def test_a_predicted_execution_is_no_evidence(monkeypatch, sandbox):
    predicted = Execution(outcome=Outcome.RETURNED, value=b"", provenance=Provenance.PREDICTED)
    monkeypatch.setattr("trialrun.verify.prediction.run_expression", lambda *_: predicted)
    with pytest.raises(PredictedEvidence):
        judged(sandbox, "[5]")
