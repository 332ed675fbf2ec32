"""Blocks with values: nested calls, states, LDB's cuts, and which blocks are selected."""

import importlib.util
from pathlib import Path

import pytest

from trialrun.core.trace import Level
from trialrun.observe.blocks import Ran, blocks, render, runs, select
from trialrun.observe.spectra import spectrum, suspiciousness

pytestmark = pytest.mark.fast

_SPEC = importlib.util.spec_from_file_location("made_traces", Path(__file__).with_name("made_traces.py"))
MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(MADE)
traced = MADE.traced

FACTORIAL = "def f(n):\n    if n < 2:\n        return 1\n    return n * f(n - 1)\n"
MIDDLE = """
def f(n, odd):
    total = 0
    for i in range(n):
        if i == odd:
            total = total - i
        else:
            total = total + i
    return total
"""


def test_each_call_of_a_recursion_has_its_own_blocks_nested():
    found = blocks(traced(FACTORIAL, 4))
    assert [(call.frame, call.parent, call.depth) for call in found.calls] == [
        (0, -1, 0), (1, 0, 1), (2, 1, 2), (3, 2, 3)
    ]  # fmt: skip
    assert [call.arguments for call in found.calls] == [(("n", str(n)),) for n in (4, 3, 2, 1)]
    (outer,), (inner,) = found.calls[0].blocks, found.calls[3].blocks
    assert outer.ending == "returns 24" and inner.ending == "returns 1"
    assert outer.begin < inner.begin < inner.event < outer.event
    text = render(traced(FACTORIAL, 4))
    assert text.index("call 3: f(n=1)") < text.index("# returns 1\n") < text.index("# returns 24")


def test_a_block_is_state_before_lines_and_state_after():
    source = "def f(a):\n    b = a + 1\n    c = b * 2\n    if c > 3:\n        b = [c]\n    return b\n"
    (call,) = blocks(traced(source, 3)).calls
    first, second, last = call.blocks
    assert first.before == (("a", "3"),) and first.lines == (2, 3)
    assert first.after == second.before == (("a", "3"), ("b", "4"), ("c", "8"))
    assert second.lines == (4, 5) and second.after == (("a", "3"), ("b", "[8]"), ("c", "8"))
    assert last.ending == "returns [8]"


def test_what_a_callee_changed_is_seen_in_the_state_of_the_caller():
    source = """
def g(items):
    items.append(7)

def f():
    xs = [1]
    if xs:
        y = g(xs) or 5
    return y
"""
    call = blocks(traced(source)).calls[0]
    assert call.blocks[0].after == (("xs", "[1]"),)
    assert dict(call.blocks[1].after) == {"xs": "[1, 7]", "y": "5"}


def test_long_texts_keep_their_first_and_last_fifty_characters():
    (call,) = blocks(traced("def f(n):\n    s = 'a' * n + 'b' * n\n    return None\n", 60)).calls
    assert dict(call.blocks[0].after)["s"] == "'" + "a" * 49 + "..." + "b" * 49 + "'"
    (call,) = blocks(traced("def f(n):\n    s = 'a' * n\n    return None\n", 98)).calls
    assert dict(call.blocks[0].after)["s"] == "'" + "a" * 98 + "'"


def test_a_block_that_raises_is_there_with_its_lines_and_no_state_after():
    source = """def f(n):
    a = n
    try:
        b = a
        c = 1 // b
    except ZeroDivisionError:
        b = -1
    return 1 // (b + 1)
"""
    (call,) = blocks(traced(source, 0)).calls
    raised = [run for run in call.blocks if "ZeroDivisionError" in run.ending]
    assert [run.ending for run in raised] == [
        "is left by ZeroDivisionError at line 5",
        "raises ZeroDivisionError at line 8",
    ]
    assert all(run.after == () and run.block >= 0 for run in raised)


def test_first_and_last_are_taken_without_scores():
    ran = [Ran(event, 0) for event in range(30)]
    assert [one.event for one in select(ran, 10)] == [0, 1, 2, 3, 4, 25, 26, 27, 28, 29]
    assert [one.event for one in select(ran, 5, {0: 0.0})] == [0, 1, 2, 28, 29]
    assert select(ran[:4], 10) == tuple(ran[:4])


def test_a_fault_in_the_middle_of_a_loop_is_among_the_blocks_shown():
    failing, passing = traced(MIDDLE, 100, 50), traced(MIDDLE, 100, -1)
    scores = suspiciousness(spectrum([(failing, True), (passing, False)]))
    faulty = next(
        number
        for number, block in enumerate(failing.blocks)
        if block.lines == ((6, 6),) and not block.is_test
    )
    chosen = blocks(failing, max_blocks=10, suspiciousness=scores)
    assert chosen.selected_by == "suspiciousness"
    assert faulty in [run.block for call in chosen.calls for run in call.blocks]
    blind = blocks(failing, max_blocks=10)
    assert blind.selected_by == "first and last"
    assert faulty not in [run.block for call in blind.calls for run in call.blocks]
    assert sum(len(call.blocks) for call in chosen.calls) == 10
    assert sum(call.left_out for call in chosen.calls) == len(runs(failing)) - 10


def test_one_loop_does_not_take_all_places():
    ran = [Ran(event, event % 2) for event in range(100)] + [Ran(100, 2)]
    chosen = select(ran, 4, {0: 0.9, 1: 0.8, 2: 0.5})
    assert {one.block for one in chosen} == {0, 1, 2} and chosen[-1] == Ran(100, 2)


def test_of_one_block_the_last_time_comes_first():
    ran = [Ran(event, 0) for event in range(10)]
    assert select(ran, 1, {0: 1.0}) == (Ran(9, 0),)
    assert select(ran, 2, {0: 1.0}) == (Ran(0, 0), Ran(9, 0))


def test_the_level_is_recorded_and_late_values_are_marked():
    source = "def f():\n    xs = []\n    if not xs:\n        xs.append(1)\n    return 2\n"
    late = traced(source, level="references")
    found = blocks(late)
    assert (found.level, found.granularity) == (Level.REFERENCES, "block")
    assert found.calls[0].blocks[0].after == (("xs", "[1] (last state)"),)
    assert "as they were when the run was over" in render(late)
    assert blocks(traced(source)).calls[0].blocks[0].after == (("xs", "[]"),)
    assert "no blocks" in render(traced(source, level="lines"))
    assert all(run.after == () for run in blocks(traced(source, level="ids")).calls[0].blocks)


def test_many_blocks_are_cut_and_counted():
    text = render(traced(MIDDLE, 1000, 3))
    assert "200 of 2,002 blocks, first and last" in text and "1,802 blocks not shown" in text
