"""Benchmarks of consensus and clusters: their counting, their copies, and that they see a bad way of choosing."""

import random

import pytest
from bench.codechain_clusters import adjusted_rand, scored
from bench.consensus import CANDIDATES, WAYS, chances, differences, prepared, summary, table
from bench.pools import Pool, drawn, together
from bench.rewrites import refactored, renamed

from trialrun.core.execution import Execution, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.values import encode
from trialrun.run.sandbox import Sandbox

fast = pytest.mark.fast


def row(*values):
    return tuple(
        Execution(outcome=Outcome.RAISED, exception="E")
        if value is ...
        else Execution(outcome=Outcome.RETURNED, value=encode(value))
        for value in values
    )


RIGHT = (1, 2, 3, 4)
SLIPS = [
    tuple(100 * at + place if place == at % 4 else value for place, value in enumerate(RIGHT))
    for at in range(5)
]
OTHERS = [(None,) * 4, (None,) * 4, (..., 2, 3, 4), (5, 6, 7, 8)]
POOL = Pool(
    id="one",
    right=row(*RIGHT),
    wrong=tuple(row(*values) for values in (*SLIPS, *OTHERS)),
    sources=("",) * 9,
    unnoticed=0,
)


@fast
def test_every_way_is_asked_and_chances_are_shares():
    ready = prepared(POOL)
    for right in (1, 5, 9):
        found = chances(ready, right, random.Random(3))
        assert set(found) == set(WAYS) and found["random"] == right / CANDIDATES
        assert all(0.0 <= chance <= 1.0 for chance in found.values())
    assert chances(ready, 9, random.Random(3))["ours"] == 1.0


@fast
def test_a_table_is_the_same_again_and_says_what_holds():
    ready = [
        prepared(POOL),
        prepared(Pool(id="two", right=POOL.right, wrong=POOL.wrong, sources=(), unnoticed=0)),
    ]
    found = table(ready, 2)
    assert found == table(ready, 2) and list(found) == [f"0.{n}" for n in range(1, 10)]
    told = summary(found)
    assert told["mean_higher"]["random"] and told["chance_of_a_right_one"]["0.5"]["random"] == 0.5
    worse = {share: rows | {"ours": [0.0] * len(ready)} for share, rows in found.items()}
    assert not any(summary(worse)["not_below_minus_1"].values()) and not any(
        summary(worse)["mean_higher"].values()
    )


@fast
def test_differences_are_paired_and_in_points():
    found = differences([0.5, 0.7, 0.9], [0.4, 0.6, 0.8])
    assert found["mean"] == pytest.approx(10.0) and found["low"] <= 10.0 <= found["high"]


@fast
def test_adjusted_rand_of_known_groupings():
    assert adjusted_rand([0, 0, 1, 1], [5, 5, 3, 3]) == 1.0
    assert adjusted_rand([0, 0, 1, 2], [0, 0, 1, 1]) == pytest.approx(0.5714, abs=1e-4)
    assert adjusted_rand([0, 0, 0, 0], [0, 1, 2, 3]) == 0.0
    rng = random.Random(1)
    by_chance = [
        adjusted_rand([rng.randrange(4) for _ in range(60)], [n % 4 for n in range(60)]) for _ in range(50)
    ]
    assert abs(sum(by_chance) / 50) < 0.02


@fast
def test_drawing_begins_with_the_same_and_leaves_out():
    class Named:
        def __init__(self, name):
            self.id = name

    names = [Named(str(number)) for number in range(20)]
    assert [one.id for one in drawn(names, 5, seed=1)] == [one.id for one in drawn(names, 9, seed=1)[:5]]
    assert "7" not in {one.id for one in drawn(names, 20, seed=1, without={"7"})}


SOURCE = '''def count_long(words, least=3):
    """Count the long words."""
    found = 0
    for word in words:
        if len(word) >= least:
            found += 1
        else:
            found -= 0
    return found + len([w for w in words if w < "b"])
'''


@fast
def test_rewrites_are_other_texts_of_the_same_behaviour():
    rng = random.Random(2)
    texts = set()
    for _ in range(6):
        text, name = renamed(refactored(SOURCE, rng), "count_long", rng)
        space = {}
        exec(text, space)
        assert "count_long" not in text and "words" not in text and '"""' not in text
        for words in ([], ["abc", "b", "zzzz"], ["aaaa"] * 3):
            assert space[name](words) == count_long(words)
        texts.add(text)
    assert len(texts) == 6


def count_long(words, least=3):
    return sum(len(word) >= least for word in words) + sum(word < "b" for word in words)


def test_programs_run_together_as_alone_and_hopeless_ones_are_told():
    sources = [
        "def f(x):\n    x.append(1)\n    return len(x)",
        "def f(x): return x",
        "def g(x): return x",
        "1/0",
    ]
    hangs = "def f(x):\n    while x: pass"
    with Sandbox() as sandbox:
        programs = [Program.from_source(text, entry="f") for text in (*sources, hangs)]
        found = together(sandbox, programs, [Case(args=([],)), Case(args=([5],))])
    assert found[0][1].value == encode(2) and found[0][1].arguments != found[1][1].arguments
    assert found[1][1].value == encode([5]) and found[2:] == [None, None, None]


@fast
def test_scores_say_who_represents_and_by_how_much():
    class One:
        def __init__(self, origin, trusted):
            self.origin, self.trusted = origin, trusted

    pool = [One("a", True), One("a", False), One("b", True), One("b", True)]
    ways = {
        "ours": [{"labels": [0, 0, 1, 1], "nearest": [0, 2]}],
        "words": [{"labels": [0, 1, 0, 1], "nearest": [0, 1]}],
    }
    told = scored([pool], ways)
    assert told["adjusted_rand"] == {"ours": 1.0, "words": -0.5}
    assert told["representatives"]["ours"] == {"groups": 2, "trusted": 2}
    assert told["representatives"]["words"] == {"groups": 2, "trusted": 1}
    assert told["ours_minus"]["words"]["mean"] == 1.5
