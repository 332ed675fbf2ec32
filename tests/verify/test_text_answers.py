"""SURGE's graders by family: the published rules, and ours where those are known to be wrong."""

import json

import pytest

from trialrun.verify.text_answers import SCORES, numbers, published_answer, spearman

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("family", "answer", "expected", "published"),
    [
        ("exact", "DDDBA", "DDDBA", 1),
        ("exact", "DDDB", "DDDBA", 0),
        ("numeric", "[1.0, 2.0]", "[1.0, 2.0]", 1),
        ("numeric", "[1.1, 2.0]", "[1.0, 2.0]", 0.95),
        ("numeric", "[1.0]", "[1.0, 2.0]", 0.5),
        ("numeric", "[1.0, 2.0, 9.0]", "[1.0, 2.0]", 1),
        ("numeric", "['1.0e+00' '2.0e+00']", "['1.0e+00' '2.0e+00']", 1),
        ("numeric", "[[1. 2.]\n [3. 4.]]", "[[1. 2.]\n [3. 4.]]", 1),
        ("numeric", "about 3", "3", 0),
        ("numeric", "-5", "5", 0),
        ("last-number", "value: 3", "estimate: 4", 0.75),
        ("order", "[1, 3, 2]", "[1, 2, 3]", 0.5),
        ("order", "[3, 2, 1]", "[1, 2, 3]", 0),
        ("order", "[1, 2]", "[1, 2, 3]", 0),
        ("jaccard", "Error: NO file", "error: no such file", 0.75),
        ("ratio", "abc", "abd", 2 / 3),
    ],
)
def test_published_scores(family: str, answer: str, expected: str, published: float) -> None:
    assert SCORES[family](answer, expected, False) == pytest.approx(published)


def test_one_zero_drives_the_published_score_to_nothing_and_not_ours() -> None:
    assert SCORES["numeric"]("[1e-6, 1]", "[0, 1]", False) == 0
    assert SCORES["numeric"]("[1e-6, 1]", "[0, 1]", True) > 0.99


def test_a_fenced_verdict_counts_as_the_bare_one_under_our_rule() -> None:
    document = {"pass": False, "errors": [{"pos": {"line": 3}, "data": "unknown tactic x"}]}
    bare = json.dumps(document)
    fenced = f"Thought.\nOutput:\n```json\n{bare}\n```"
    assert SCORES["lean"](bare, bare, False) == SCORES["lean"](bare, bare, True) == 1
    assert SCORES["lean"](fenced, bare, False) == 0 and SCORES["lean"](fenced, bare, True) == 1
    other = json.dumps({"pass": False, "errors": [{"pos": {"line": 3}, "data": "unknown tactic y"}]})
    assert SCORES["lean"](other, bare, False) == 0.5
    assert SCORES["lean"]('{"pass": true}', bare, False) == 0
    assert SCORES["lean"]("[" * 100_000, bare, False) == 0


def test_a_board_is_read_twice() -> None:
    board = "\n".join(["x" * 17] * 9) + "\n\n\n------- 0 -------"
    assert SCORES["board"](f"Output: nothing\n\n{board}", board, False) > 0.9
    assert SCORES["board"](f"Output: nothing\n\n{board}"[:60], board, False) < 0.2


def test_spearman_with_ties_and_constants() -> None:
    assert spearman([1, 1, 2], [1, 1, 2]) == 1
    assert spearman([1, 1, 1], [1, 2, 3]) == 0
    assert spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) == pytest.approx(0.8207826817)


def test_numbers_of_any_text() -> None:
    assert numbers("x = -1.5e3; .5, 7.") == [-1500.0, 0.5, 7.0]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Output:\n```\n4\n```", "4"),
        ("It is **so** Output: `4` indeed", "4"),
        ("4\n\nbecause", "4"),
        ("", None),
    ],
)
def test_published_answer(text: str, answer: str | None) -> None:
    assert published_answer(text) == answer


@pytest.mark.parametrize("answer", ["[nan, nan, nan]", "[nan, 2, 3]", "[1, 2, inf]"])
def test_an_order_is_not_that_of_what_has_none(answer):
    assert SCORES["order"](answer, "[1, 2, 3]", False) == 0.0
