"""Invented values and markers, in this process: what a child does with them."""

import ast

import pytest

from trialrun.run.child import holes, typed
from trialrun.run.child.markers import instrument

pytestmark = pytest.mark.fast


@pytest.fixture
def world():
    made = holes.World({}, False)
    made.build = typed.build
    holes.begin(made)
    return made


def test_a_hole_answers_everything(world):
    hole = holes.of("x")
    a, b, c = hole
    assert a is not b and c is not None
    assert [type(part) for part in (hole + 1, 1 - hole, "a" + hole, hole[3], hole(), -hole, hole < 2)] == [
        holes.Hole
    ] * 7
    assert (int(hole), float(hole), len(hole), str(hole), f"{hole:>3.2f}", hash(hole)) == (
        1,
        1.0,
        holes.ITEMS,
        "a",
        "1",
        hash(hole),
    )
    assert isinstance(hole, hole.Type) and isinstance(3, hole.Type) is False
    with hole as inner:
        assert type(inner) is holes.Hole
    assert dict(**hole) and {**hole} and [*hole]


def test_uses_are_remembered_by_origin(world):
    hole = holes.of("x")
    hole.name + "a"
    hole["k"].upper()
    assert set(world.records) == {"x", "x.name", "(x.name + 'a')", "x['k']", "x['k'].upper", "x['k'].upper()"}
    assert list(world.records["x.name"].uses) == ["op:+:str"]
    assert list(world.records["x"].uses) == ["attr:name", "get:str"]


def test_the_number_of_holes_is_bounded(world):
    hole = holes.of("x")
    for number in range(2 * holes.MOST):
        hole[number]
    assert len(world.made) <= holes.MOST + 2


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("str", str),
        ("int", int),
        ("list", list),
        ("dict", dict),
        ("tuple:3", tuple),
        (("literal", "[1, 2]"), list),
    ],
)
def test_typed_values_are_of_their_type(world, kind, kept, plain):
    world.plain = plain
    world.types = {"x": (kind, "test")}
    value = holes.of("x")
    assert isinstance(value, kept)
    if plain or kind == ("literal", "[1, 2]"):
        assert type(value) is kept or kept is dict
        with pytest.raises(AttributeError):
            value.no_such_attribute  # noqa: B018
    else:
        assert type(value.no_such_attribute) is holes.Hole


def test_an_invented_base_makes_a_class(world):
    class A(holes.of("Base")):
        def f(self):
            return self.g(1)

    class E(holes.of("SomeError")):
        pass

    assert type(A(1).f()) is holes.Hole and issubclass(E, Exception)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("x = 1\ny = 2", 2),
        ('"doc"\nx = 1', 1),
        ("from __future__ import annotations\nx = 1", 1),
        ("if a:\n    b\nelse:\n    c", 3),
        ("def f():\n    'doc'\n    return 1", 2),
        ("for x in y:\n    if x: break\n    continue\nelse:\n    z", 5),
        ("try:\n    a\nexcept E:\n    b\nelse:\n    c\nfinally:\n    d", 7),
        ("class A:\n    x = 1", 2),
        ("while a:\n    raise B from c", 2),
        ("with a, b as c: pass", 2),
        ("match x:\n    case 1: a\n    case _: b", 4),
    ],
)
def test_one_marker_a_statement(source, count):
    snippet = instrument(source)
    assert snippet.total == count
    compile(snippet.tree, "x", "exec")
    assert ast.unparse(snippet.tree).count("·") >= count


def test_ways_lead_past_what_ends_a_block():
    snippet = instrument("def f(x):\n    if not x:\n        raise E\n    for y in x:\n        return y\n")
    assert snippet.ways[-1] == (("test", 0, False), ("items", 0, True))
