"""The look-alike sets of partial execution: their size, their form, and that they are drawn alike."""

import ast

import pytest
from bench.selfpico.bodies import bodies, digest
from bench.selfpico.sets import excerpts, questions

from trialrun.run.child.markers import instrument

pytestmark = pytest.mark.fast


def test_bodies_are_drawn_alike_and_are_what_the_extractor_leaves():
    drawn = bodies(30)
    assert len(drawn) == 30 and digest(drawn) == digest(bodies(30)) != digest(bodies(30, seed=1))
    for body in drawn:
        tree = ast.parse(body.source)
        assert not any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) for node in ast.walk(tree))
    assert any("exit(" in body.source for body in drawn)
    assert any("return" in body.source for body in bodies(30, "bare"))


def test_sets_are_large_enough_and_parse():
    asked, refused = questions()
    assert len(asked) >= 60 and len(refused) >= 5
    assert all(instrument(one.source).total for one in asked)
    pairs = excerpts()
    assert len(pairs) >= 40 and 15 <= sum(pair.is_open for pair in pairs) <= len(pairs) - 15
    for pair in pairs:
        assert pair.wrong != pair.right
        instrument(pair.wrong), instrument(pair.right)
    assert len({pair.name for pair in pairs}) == len(pairs)
