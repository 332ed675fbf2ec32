"""The answer in what a model says to a question."""

import pytest

from trialrun.lang.final_answer import final_answer

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("text", "side", "answer"),
    [
        ("'a'", "output", "'a'"),
        ("[1,\n 2]", "output", "[1,\n 2]"),
        ("assert f(17) == [17]", "output", "[17]"),
        ("assert f(17) == [17]", "input", "f(17)"),
        ("f('==') == '=='", "output", "'=='"),
        ("1 == 1", "output", "1 == 1"),
        ("First [ANSWER]1[/ANSWER] no: [ANSWER] 2 [/ANSWER]", "output", "2"),
        ("so [ANSWER]\nf(3)", "input", "f(3)"),
        ("Thought: x.\n**Output:**\n```python\n[1, 2]\n```\nBye", "output", "[1, 2]"),
        ("Output: no. I mean\nFinal answer: `7`.", "output", "7"),
        ("the result is\nso\n\nand more", "output", "the result is\nso"),
        ("", "output", ""),
    ],
)
def test_final_answer(text: str, side: str, answer: str) -> None:
    assert final_answer(text, side) == answer  # type: ignore[arg-type]


def test_a_long_answer_is_cut() -> None:
    assert len(final_answer("x" * 1_000_000)) <= 100_000
