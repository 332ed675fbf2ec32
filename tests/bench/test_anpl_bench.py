"""The ANPL benchmark's own parts, on made-up pairs: no data set is needed."""

import random

import pytest
from bench.anpl import LIMITS, Arc, mean_questions, one_hole, questions, recovered, two_holes
from bench.arc import dsl
from bench.arc.planted import wrong_fillings
from bench.arc.sketches import TASKS, fillings_of, source_of

from trialrun.lang.sketch import read_sketch
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules


def right_sketch(name):
    sketch = read_sketch(source_of(name))
    for hole, body in fillings_of(name).items():
        sketch = sketch.filled(hole, body)
    return sketch


def made_up(name, *, size=(6, 7), colours=(0, 0, 0, 1), seed=1):
    """Return pairs of a task of our own: random grids, and what the task's sketch makes of them."""
    chance = random.Random(seed)
    namespace: dict = {}
    exec(right_sketch(name).source, namespace)
    grids = [[[chance.choice(colours) for _ in range(size[1])] for _ in range(size[0])] for _ in range(4)]
    pairs = [{"input": grid, "output": namespace["solve"](grid)} for grid in grids]
    return {"train": pairs[:3], "test": pairs[3:]}


@pytest.fixture(scope="module")
def judge():
    with Sandbox() as sandbox:
        yield Judge(sandbox, Rules(limits=LIMITS, comparator="strict"))


@pytest.mark.fast
@pytest.mark.parametrize("name", TASKS)
def test_a_sketch_has_a_hole_a_line_and_its_reference_fills_them_all(name):
    sketch = read_sketch(source_of(name))
    assert [hole.name for hole in sketch.holes] == list(fillings_of(name))
    assert all(hole.is_open and hole.text.endswith(".") and all(hole.annotations) for hole in sketch.holes)
    filled = right_sketch(name)
    assert not filled.open and filled.skeleton == sketch.skeleton


@pytest.mark.fast
def test_planted_fillings_are_of_the_same_kind_and_drawn_by_a_seed():
    sketch = right_sketch("543a7ed5")
    found = list(wrong_fillings(sketch, "find_ring", seed="a"))
    assert "return around(shapes, 4)" in found and "return holes(shapes, 3)" in found
    assert sketch.body("find_ring") not in found and len(set(found)) == len(found)
    assert found == list(wrong_fillings(sketch, "find_ring", seed="a"))
    assert found != list(wrong_fillings(sketch, "find_ring", seed="b"))


def test_one_hole_is_recovered_and_cheaper_by_its_own_pairs(judge):
    arc = Arc.of("dc1df850", made_up("dc1df850", colours=(0, 0, 0, 2)), judge)
    assert arc.passes(arc.right) == (True, True)
    rows = {row["opened"]: row for row in one_hole(arc, 4000)}
    assert set(rows) == {"find_ring", "find_result"}
    result = rows["find_result"]
    assert result["hole"]["train"] and result["hole"]["test"] and result["task"]["train"]
    assert result["hole"]["calls"] < result["task"]["calls"]
    assert recovered([result], "hole", 4000) == 1 and recovered([result], "hole", 1) == 0
    assert sum(arc.changed) == 0


def test_two_holes_are_recovered_together(judge):
    arc = Arc.of("d10ecb37", made_up("d10ecb37", colours=(1, 2, 3, 4)), judge)
    (row,) = two_holes(arc, 20_000)
    for level in ("hole", "task"):
        assert row[level]["train"] and row[level]["test"], level
        assert 0 < row[level]["calls"] <= 20_000


def test_questions_are_counted_in_every_order(judge):
    arc = Arc.of("94f9d214", made_up("94f9d214", size=(8, 4), colours=(0, 1)), judge)
    rows = list(questions(arc))
    assert rows and all(row[order]["solved"] for row in rows for order in ("guided", "ranked", "random"))
    assert all(1 <= row[order]["questions"] <= 3 for row in rows for order in ("guided", "ranked", "random"))
    assert 1 <= mean_questions(rows, "guided") <= 3 and sum(arc.changed) == 0


@pytest.mark.fast
def test_no_function_of_the_language_changes_its_arguments():
    chance = random.Random(3)
    grid = [[chance.choice((0, 1, 2)) for _ in range(6)] for _ in range(6)]
    other = [[chance.choice((0, 3)) for _ in range(6)] for _ in range(6)]
    values = {"Grid": [grid, other], "Grids": [dsl.blobs(grid)], "Colour": [4, 5], "Size": [2]}
    before = repr(values)
    for name, function in vars(dsl).items():
        kinds = getattr(function, "__annotations__", {})
        if not kinds or name.startswith("_") or function.__module__ != dsl.__name__:
            continue
        taken = {"Grid": 0, "Grids": 0, "Colour": 0, "Size": 0}
        args = []
        for kind in [named(kind) for parameter, kind in kinds.items() if parameter != "return"]:
            args.append(values[kind][taken[kind] % len(values[kind])])
            taken[kind] += 1
        try:
            function(*args)
        except ValueError:
            continue
        assert repr(values) == before, name


def named(kind):
    return next(name for name in ("Grids", "Grid", "Colour", "Size") if getattr(dsl, name) == kind)
