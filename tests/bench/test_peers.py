"""Peers of the differential search: what they are given, and how their finds are counted."""

import sys

import pytest
from bench.contest_pairs import Pair, written_pairs
from bench.contest_set import problems
from bench.differential_peers import counts_of, forked, hypothesis_search, texts
from bench.pynguin import MODULE, killed

BY_NAME = {problem.name: problem for problem in problems()}


@pytest.mark.fast
@pytest.mark.parametrize(
    ("sample", "kept"),
    [
        ("2\n1 2\n", {(0, 0)}), ("3 10\n1 2 3\n", {(0, 0)}), ("2\nab\ncd\n", {(0, 0)}), ("1\n3\nabc\n", {(1, 0)}),
        ("4\n5 6\n", set()), ("2\n1\n7\n2\n7 8\n", {(0, 0), (1, 0), (3, 0)}), ("-1\n4\n", set()), ("x\n", set()),
    ],
)  # fmt: skip
def test_counts_of_what_follows(sample, kept):
    found = counts_of([line.split() for line in sample.splitlines()])
    assert kept <= found and (found == kept or sample.startswith(("1\n3", "2\n1\n7")))


@pytest.mark.fast
def test_texts_have_the_layout_of_the_sample():
    import warnings

    from hypothesis.errors import NonInteractiveExampleWarning

    warnings.simplefilter("ignore", NonInteractiveExampleWarning)
    sample = "2 5\n10 20\nab\n"
    for _ in range(10):
        rows = [line.split(" ") for line in texts(sample, "counts kept").example().splitlines()]
        assert [len(row) for row in rows] == [2, 2, 1] and rows[0][0] == "2" and len(rows[2][0]) == 2
        assert set(rows[2][0]) <= set("ab") and all(int(word) >= 0 for word in rows[0] + rows[1])


def test_hypothesis_finds_what_any_number_shows():
    fence = BY_NAME["even_piles"]
    pair = next(pair for pair in written_pairs(fence) if "raises" in pair.mistake)
    found = forked(lambda: hypothesis_search(pair, "counts kept", 20.0, 0), 20.0)
    assert found["kind"] == "strict" and found["inputs"] > 1
    same = Pair(problem=fence, mistake="none", right=fence.accepted[0], wrong=fence.accepted[1])
    assert forked(lambda: hypothesis_search(same, "counts kept", 0.5, 0), 0.5)["kind"] == ""


def test_a_fork_that_dies_comes_to_nothing():
    assert forked(lambda: {"kind": "x"}, 1.0) == {"kind": "x"}
    assert forked(lambda: sys.exit("late"), 1.0) == {}


SUITE = f"""
import pytest
import sys
import {MODULE}
module = sys.modules["{MODULE}"]

def test_0():
    assert module.f(2) == 4

@pytest.mark.xfail(strict=True)
def test_1():
    module.f("x")

def test_2():
    assert module.f(3) == 10
"""


def test_a_test_that_holds_on_the_original_alone_kills():
    original = "def f(x): return 4 if x == 2 else int(x)"
    others = {
        "def f(x): return 2 * int(x)": False, "def f(x): return 5 if x == 2 else int(x)": True,
        "def f(x): return 4": True, "def f(x):\n    while True: pass": True, "1/0": True,
        "def f(x): return 4 if x == 2 else int(x) + 7": False, "import os\ndef f(x): os._exit(0)": True,
    }  # fmt: skip
    assert killed(sys.executable, SUITE, original, list(others)) == list(others.values())
    assert killed(sys.executable, "", original, ["x"]) == [False]
