"""Coverage and spectra: counts, formulas against values worked out by hand, ties, EXAM."""

import dataclasses
import importlib.util
import math
from pathlib import Path

import pytest

from trialrun.observe import spectra
from trialrun.observe.calls import DEEPEST, call_tree
from trialrun.observe.calls import render as render_calls
from trialrun.observe.coverage import block_counts, executable_lines, line_counts, render
from trialrun.observe.spectra import Counts, Rank, exam, first_faulty, ranks, spectrum, suspiciousness

pytestmark = pytest.mark.fast

_SPEC = importlib.util.spec_from_file_location("made_traces", Path(__file__).with_name("made_traces.py"))
MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(MADE)
traced = MADE.traced

# The middle of three numbers, with the fault of Jones and Harrold (2005): line 8 should set m to x.
MID = """
def f(x, y, z):
    m = z
    if y < z:
        if x < y:
            m = y
        elif x < z:
            m = y
    elif x > y:
        m = y
    elif x > z:
        m = x
    return m
"""
CASES = [(3, 3, 5), (1, 2, 3), (3, 2, 1), (5, 5, 5), (5, 3, 4), (2, 1, 3)]


def mid_runs():
    return [(traced(MID, *case), sorted(case)[1] != mid(*case)) for case in CASES]


def mid(*case):
    namespace = {}
    exec(MID, namespace)
    return namespace["f"](*case)


def test_the_published_example_has_its_published_ranking():
    found = spectrum(mid_runs(), "line")
    assert (found.passing, found.failing) == (5, 1)
    assert found.counts[8] == Counts(ef=1, ep=1, nf=0, np=4)
    scores = suspiciousness(found, "tarantula")
    assert scores[8] == pytest.approx(1 / (1 + 1 / 5)) and scores[7] == pytest.approx(1 / (1 + 2 / 5))
    assert max(scores, key=scores.get) == 8 and ranks(scores)[8] == Rank(1, 1.0, 1)
    for formula in spectra.FORMULAS:
        assert first_faulty(suspiciousness(found, formula), {8}).best == 1


def test_formulas():
    counts = Counts(ef=3, ep=2, nf=1, np=4)
    assert spectra.ochiai(counts) == pytest.approx(3 / math.sqrt(4 * 5))
    assert spectra.dstar(counts) == pytest.approx(9 / 3)
    assert spectra.tarantula(counts) == pytest.approx(0.75 / (0.75 + 2 / 6))
    assert spectra.jaccard(counts) == pytest.approx(3 / 6)
    assert spectra.op2(counts) == pytest.approx(3 - 2 / 7)
    never, only = Counts(0, 0, 4, 6), Counts(4, 0, 0, 6)
    assert [score(never) for score in spectra.FORMULAS.values()] == [0, 0, 0, 0, 0]
    assert spectra.dstar(only) == math.inf and spectra.ochiai(only) == 1
    nothing = Counts(0, 0, 0, 0)
    assert [score(nothing) for score in spectra.FORMULAS.values()] == [0, 0, 0, 0, 0]


def test_ties_have_a_best_an_average_and_a_worst_rank():
    scores = {1: 0.5, 2: 0.9, 3: 0.5, 4: 0.5, 5: 0.0}
    assert ranks(scores) == {
        2: Rank(1, 1, 1), 1: Rank(2, 3, 4), 3: Rank(2, 3, 4), 4: Rank(2, 3, 4), 5: Rank(5, 5, 5)
    }  # fmt: skip
    assert exam(scores, {1}) == Rank(2 / 5, 3 / 5, 4 / 5)
    # Two faulty parts among three tied ones: the first is met at (3 + 1) / (2 + 1) on average.
    assert first_faulty(scores, {1, 3, 5}) == Rank(2, 1 + 4 / 3, 3)
    with pytest.raises(ValueError, match="has a score"):
        first_faulty(scores, {77})


def test_chance_is_a_control():
    found = spectrum(mid_runs())
    one, again, other = (suspiciousness(found, "random", seed=seed) for seed in (1, 1, 2))
    assert one == again != other and set(one) == set(found.counts)
    with pytest.raises(KeyError):
        suspiciousness(found, "nonsense")
    with pytest.raises(ValueError, match="one program"):
        spectrum([(traced(MID, 1, 2, 3), False), (traced("def f(): pass"), True)])


def test_a_block_that_raises_counts_as_run():
    source = "def f(n):\n    a = n\n    if a:\n        b = 1\n        c = b // (a - 1)\n        d = c\n    return a\n"
    for level, lines in (("summaries", "monitoring"), ("ids", "")):
        trace = traced(source, 1, level=level, lines=lines)
        inner = next(number for number, block in enumerate(trace.blocks) if (5, 5) in block.lines)
        assert block_counts(trace)[inner] == 1
    trace = traced(source, 1)
    assert 5 in line_counts(trace) and 6 not in line_counts(trace) and 7 not in line_counts(trace)
    found = spectrum([(trace, True), (traced(source, 0), False)])
    assert found.counts[inner] == Counts(ef=1, ep=0, nf=0, np=1)


def test_coverage_counts_loops_and_names_what_did_not_run():
    source = (
        "x = 1\ndef f(n):\n    for i in range(n):\n        if i > 5:\n            return i\n    return n\n"
    )
    trace = traced(source, 3)
    assert line_counts(trace)[4] == 3 and 5 not in line_counts(trace)
    assert executable_lines(trace) == [3, 4, 5, 6]  # what the module did came before the record
    text = render(trace)
    assert "3 of 4 statement lines ran (75.0%)" in text
    assert "        !     5              return i" in text and "        3     4          if i > 5:" in text


def test_flagged_traces_are_counted():
    good = traced(MID, 1, 2, 3)
    assert spectrum([(good, False), (dataclasses.replace(good, flags=("x",)), False)]).flagged == 1


def test_calls_are_counted_by_where_they_were_made():
    source = """
def g(n):
    return 1 // n
def f(n):
    a = g(1) + g(2)
    try:
        g(0)
    except ZeroDivisionError:
        pass
    return n and f(n - 1)
"""
    trace = traced(source, 1)
    (root,) = call_tree(trace).children.values()
    assert trace.codes[root.code].name == "f" and root.calls == 1
    inner = {trace.codes[code].name: node for code, node in root.children.items()}
    assert inner["g"].calls == 3 and inner["g"].raised == 1 and inner["f"].calls == 1
    assert "  g ×3, 1 raised" in render_calls(trace)


def test_a_recursion_below_the_deepest_level_is_counted_there():
    trace = traced("def f(n):\n    return n and f(n - 1)\n", 100)
    node, depth = call_tree(trace), 0
    while node.children:
        (node,) = node.children.values()
        depth += 1
    assert depth == DEEPEST and node.calls == 101 - DEEPEST + 1
