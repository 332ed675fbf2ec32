"""Values as Python source: what the source makes is the value, and what it cannot make is told."""

import ast
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import math
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialrun.core import values as v
from trialrun.core.compare_values import STRICT, equal
from trialrun.core.parse_values import parse
from trialrun.lang.literals import OwnClasses, Unsayable, Writer

pytestmark = pytest.mark.fast

SOURCE = """
import dataclasses, enum, collections, typing
@dataclasses.dataclass
class Point:
    x: int
    y: list
class Outer:
    class Colour(enum.Enum):
        RED = 1
Pair = collections.namedtuple("Pair", "a b")
class Typed(typing.NamedTuple):
    a: int
@dataclasses.dataclass
class Odd:
    x: int
    def __init__(self): self.x = 3
class Plain: pass
import os
"""

D = decimal.Decimal
VALUES = [
    *(None, True, False, ..., 0, -1, 10**400, -(10**5000), 1.5, -0.0, math.inf, -math.inf, 1e-320, 2 + 3j),
    *("", "a'b\"c\n\x1b\u202e\ud800 é", b"", b"\x00'", [], [[]], (), (1,), ((),), {}, {1: {2: [3]}}),
    *(set(), {1}, frozenset(), frozenset({(1, 2)}), bytearray(b"x"), range(3), range(1, 10, 2)),
    *(D("1.50"), D("-0"), D("Infinity"), D("1E+5"), D("NaN"), D("-sNaN12"), fractions.Fraction(-1, 3)),
    *(datetime.date(2020, 2, 29), datetime.timedelta(-1, 5, 7), datetime.time(1, 2, 3, 4, fold=1)),
    datetime.datetime(2020, 1, 2, 3, 4, 5, 6, datetime.UTC),
    datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=-3), "here")),
    *(
        collections.deque([1, 2]),
        collections.deque([1], maxlen=3),
        collections.OrderedDict([("b", 1), ("a", 2)]),
    ),
    *(collections.defaultdict(list, {1: [2]}), collections.defaultdict(None), collections.Counter("abca")),
    {"nan": [math.nan, complex(math.nan, 1)], "deep": [[[[{"x": (1, {2: {3}})}]]]]},
]


def own(namespace=None):
    return OwnClasses.of(ast.parse(SOURCE), "solution", "program.")


def spoken(value, namespace=None, **how):
    """Return the value that the written source makes."""
    lowered = parse(v.encode(value))
    writer = Writer(lowered, own(), **how)
    text = writer.write(lowered)
    names = {name: sys.modules[name] for name in writer.imports} | (namespace or {})
    for statement in writer.statements:
        exec(statement, names)
    return eval(text, names), writer


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_is_written_makes_the_value(value):
    assert v.encode(spoken(value)[0]) == v.encode(value)


# A NaN has bits of its own, which no expression says.
FLOATS = st.floats(allow_nan=False) | st.just(math.nan)
ATOMS = st.none() | st.booleans() | st.integers() | FLOATS | st.text() | st.binary() | st.decimals()
KEYS = st.integers() | st.text() | st.datetimes() | st.fractions()
NESTED = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner) | st.frozensets(KEYS)
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(NESTED)
def test_whatever_is_written_makes_the_value(value):
    # As the comparator sees it: the literal of a NaN says nothing of its payload.
    assert equal(v.encode(spoken(value)[0]), v.encode(value), STRICT) is True


@pytest.mark.parametrize(
    ("value", "is_strict"), [(math.nan, 1), ([-0.0], 1), (D("NaN"), 1), (0.0, 0), (D("0"), 0)]
)
def test_values_that_equality_does_not_tell(value, is_strict):
    assert spoken(value)[1].strict is bool(is_strict)


def test_own_classes():
    program = type(sys)("solution")
    sys.modules["solution"] = program
    try:
        exec(SOURCE, program.__dict__)
        red, pair = program.Outer.Colour.RED, program.Pair(1, [2])
        value = [program.Point(1, [red]), pair, program.Typed(3), {red: 1}]
        again, _ = spoken(value, {"program": program})
        assert again == value and type(again[1]) is program.Pair and again[3] == {red: 1}
        for other in (program.Odd(), program.Plain()):
            with pytest.raises(Unsayable):
                spoken(other)
    finally:
        del sys.modules["solution"]


@pytest.mark.parametrize(
    "lowered",
    [
        (v.DATACLASS, "os.system", "command", "true"),
        (v.DATACLASS, "solution.os.system", "command", "true"),
        (v.DATACLASS, "solution.Point", "x)or(exit( y", 1, 2),
        (v.DATACLASS, "solution.Point", "lambda y", 1, 2),
        (v.NAMEDTUPLE, "solution.Point", "x y", 1, 2),
        (v.ENUM, "solution.Outer.Colour", "RED or exit()", 1),
        (v.ENUM, "solution.Outer.Colour", "__class__", 1),
        (v.ENUM, "builtins.exit", "x", 1),
        (v.DEFAULTDICT, "exit"),
        (v.DECIMAL, 0, "1') or exit('", 0),
        (v.DECIMAL, 0, "1", "x"),
        (v.DECIMAL, 7, "1", 0),
        (v.SCALAR, "<f8', x=exit()", b"12345678"),
        (v.SCALAR, "|O8", b"12345678"),
        (v.ARRAY, "<f8", b"12345678", "1) or exit("),
        (v.OPAQUE, -1, "re.Match"),
        (v.SUBCLASS, "solution.Int", 3),
        (v.ITERATOR, "generator", False, 1),
        (v.LIST, (v.REF, 0)),
    ],
)
def test_what_cannot_be_said_or_lies_is_told(lowered):
    import marshal

    lowered = parse(marshal.dumps(lowered, 2))
    with pytest.raises(Unsayable):
        Writer(lowered, own()).write(lowered)


def test_depth_and_length_are_bounded():
    deep = []
    for _ in range(100):
        deep = [deep]
    for value in (deep, ["x" * 30_000], list(range(30_000))):
        with pytest.raises(Unsayable):
            spoken(value)


def test_a_tree_that_grows_without_end_when_it_is_written_out_is_given_up():
    value = [1]
    for _ in range(50):
        value = [value, value]
    with pytest.raises(Unsayable):
        spoken(value)


def test_sharing_is_kept_where_it_is_asked_for():
    inner = [1]
    value = [inner, {"a": inner}, (inner,)]
    again, writer = spoken(value, shared=True)
    assert again[0] is again[1]["a"] is again[2][0] and len(writer.statements) == 1
    apart, _ = spoken(value)
    assert apart == value and apart[0] is not apart[1]["a"]


def test_members_and_flags_written_in_this_file_are_not_the_programs_own():
    @dataclasses.dataclass
    class Mine:
        x: int

    class Kind(enum.Enum):
        A = 1

    for value in (Mine(1), Kind.A):
        with pytest.raises(Unsayable):
            spoken(value)
