"""From canonical bytes back to objects: what classes become that are not here, and the short way for plain trees."""

import collections
import dataclasses
import enum
import re
import typing

import pytest

from trialrun.core import build_values
from trialrun.core import values as v
from trialrun.core.parse_values import parse

pytestmark = pytest.mark.fast

Pair = collections.namedtuple("Pair", "x y")


class Typed(typing.NamedTuple):
    a: int
    b: str = "b"


@dataclasses.dataclass
class Point:
    x: int
    tags: list = dataclasses.field(default_factory=list)
    kind: typing.ClassVar[str] = "point"


@dataclasses.dataclass(frozen=True)
class Slotted:
    __slots__ = ("x", "y")
    x: int
    y: object


class Colour(enum.Enum):
    RED = 1
    MANY = (1, [2])


class Level(enum.IntEnum):
    LOW = 5


class Word(enum.StrEnum):
    A = "a"


def lowered(value):
    return parse(v.encode(value))


def back(value):
    return build_values.load_trusted(v.encode(value))[0][0]


def test_what_classes_that_are_not_here_become():
    pair = back(Pair(1, 2))
    assert pair == (1, 2) and pair.x == 1 and back(pair).y == 2
    with pytest.raises(v.Malformed):
        build_values.build((v.NAMEDTUPLE, "P", "x import", 1, 2))
    assert type(back(Level.LOW)) is int
    point, member = back(Point(1)), back(Colour.RED)
    assert (point.cls.rpartition(".")[2], point.value) == ("Point", {"x": 1, "tags": []})
    assert (member.cls.rpartition(".")[2], member.value) == ("RED", 1)
    assert back(re.match("", "")).type_name == "re.Match"
    assert list(back(iter([1, 2]))) == [1, 2] and next(back(x for x in "a")) == "a"
    assert back({1: 2}.keys()) == {1} and back({1: [2]}.items()) == {1: [2]}.items()
    assert list(back({1: 2}.values())) == [2]
    assert back(collections.defaultdict(list))["new"] == []


def test_keys_that_lost_their_hash_are_wrapped():
    class Key(list):
        __hash__ = object.__hash__

    (key,) = back({Key([1]): 2})
    assert isinstance(key, v.Tagged) and key.value == [1]
    assert len(back({Key([1]), Key([1])})) == 2


PLAIN = [
    [], (), {}, [()], ([],), [[1], (2, (3, [4])), {"k": [5], (1, 2): ()}], {1: {2: {3: (4, [])}}}, (1, "a", None),
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_the_short_way_builds_and_numbers_as_the_general_one(value, monkeypatch):
    data = v.encode_graph([value, "f", value], limit=1 << 20)[0]
    alone = v.encode(value)
    short = build_values.load_trusted(alone)
    monkeypatch.setattr(build_values, "_SHALLOW", -1)
    general = build_values.load_trusted(alone)
    assert repr(short) == repr(general)
    assert [type(node) for node in short[1]] == [type(node) for node in general[1]]
    assert build_values.load_trusted(data)[0] == (value, "f", value)


def test_the_short_way_gives_the_very_objects_that_it_numbers():
    (root,), nodes = build_values.load_trusted(v.encode([{"k": ([1],)}, [2]]))
    assert [nodes[0] is root, nodes[1] is root[0], nodes[2] is root[0]["k"], nodes[3] is root[0]["k"][0]] == [
        True
    ] * 4
    assert nodes[4] is root[1] and len(nodes) == 5
