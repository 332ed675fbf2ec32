"""The parts of MGDebugger's benchmark that need no data: chances of ranks, and the blind reader."""

import pytest
from bench.mgdebugger import _by_lines, _chance
from bench.mgdebugger_reader import Reader

from trialrun.core.task import PublicTask
from trialrun.lang.decompose import decompose
from trialrun.models.protocol import Message, Request
from trialrun.repair import node_prompts
from trialrun.repair.evidence import Evidence

pytestmark = pytest.mark.fast

SOURCE = (
    "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n        total -= 1\n    return total\n"
)
TASK = PublicTask(
    id="1", suite="s", statement="Add.", entry="f", language="python", prefix="", public_checks=()
)


def test_ties_count_by_their_chances() -> None:
    scores = {"a": 1.0, "b": 0.5, "c": 0.5, "d": 0.0}
    assert [_chance(scores, ["a"], k) for k in (1, 3)] == [1.0, 1.0]
    assert [_chance(scores, ["b"], k) for k in (1, 2, 3)] == [0.0, 0.5, 1.0]
    assert [_chance(scores, ["d"], k) for k in (1, 3)] == [0.0, 0.0]
    assert _chance(dict.fromkeys("abcd", 0.0), ["c"], 3) == 0.75
    made = decompose(SOURCE)
    assert _by_lines(made, Evidence()) == (dict.fromkeys(("f__body_3", "f"), 0.0),) * 2


def asked(text: str, seed: int = 0) -> Request:
    return Request(messages=(Message("user", text),), seed=seed)


def test_the_reader_edits_what_it_is_shown_and_takes_nothing_apart() -> None:
    made = decompose(SOURCE)
    assert SOURCE.strip() in Reader()(asked(node_prompts.decomposition(TASK, SOURCE)), 0)
    for source, question in (
        (SOURCE, node_prompts.whole(TASK, SOURCE)),
        (
            made.text("f__body_3"),
            node_prompts.repair(TASK, made, "f__body_3", None, None, None, simulate=False),
        ),
    ):
        answers = {Reader()(asked(question, seed), 0) for seed in range(9)}
        assert len(answers) > 3 and answers == {Reader()(asked(question, seed), 0) for seed in range(9)}
        lines = set(source.splitlines())
        assert all(lines - set(answer.splitlines()) and "def f" in answer for answer in answers)


def test_with_lines_of_a_trace_it_edits_those_alone() -> None:
    made = decompose(SOURCE)
    question = node_prompts.repair(TASK, made, "f__body_3", ([0, 1],), None, None, simulate=False)
    shown = f"{question}\n\nblock by block:\n\n```\n  2  total -= 1\n    total -= 1\n```"
    assert all("total += x" in Reader()(asked(shown, seed), 0) for seed in range(20))
    simulated = node_prompts.repair(TASK, made, "f__body_3", ([0, 1],), None, None, simulate=True)
    answers = [Reader(frozenset({"total -= 1"}))(asked(simulated, seed), 0) for seed in range(40)]
    kept = sum("total += x" in answer for answer in answers)
    assert 20 < kept < 40, "half of the time it knows the line, else it guesses"
