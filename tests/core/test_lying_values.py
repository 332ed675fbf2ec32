"""Values that lie about themselves: no method, property or metaclass of the program runs while they are encoded."""

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import math
import re
import typing
from pathlib import Path

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


def lie(*args, **kwargs):
    raise AssertionError("code of the program ran")


TRICKS = """
    eq hash repr str format len iter getitem contains index int float complex bool bytes getattribute getattr add
    pos next reduce reduce_ex sizeof copy deepcopy missing reversed lt le gt ge ne call get set del
    length_hint trunc ceil round neg abs rmul mul radd instancecheck subclasscheck dir buffer
"""
HOOKS = {f"__{name}__": lie for name in TRICKS.split()}
HOOKS |= {"__class__": property(lie), "__dict__": property(lie), "items": lie, "keys": lie, "values": lie}
HOOKS |= {"tobytes": lie, "as_tuple": lie, "copy": lie, "encode": lie, "real": property(lie)}


@pytest.mark.parametrize(
    "honest",
    [
        7, 2**70, -1.5, math.inf, 2 + 3j, "text", b"bytes", [1, [2]], (1, (2,)), {1: [2]}, {1, 2}, frozenset([1]),
        bytearray(b"x"), collections.deque([1]), collections.OrderedDict(a=1), collections.Counter("a"),
        collections.defaultdict(int, a=1), decimal.Decimal("1.5"), fractions.Fraction(1, 2),
        datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), datetime.timedelta(1), datetime.time(1),
    ],
    ids=lambda x: type(x).__name__,
)  # fmt: skip
def test_a_lying_subclass_never_changes_the_base_value(honest):
    base = type(honest)
    lying = []
    simple = type("Simple", (base,), {"__class__": property(lambda self: lie() if lying else simple)})
    hooks = {k: f for k, f in HOOKS.items() if k not in ("__dict__", "__class__")}
    source = honest
    if base is fractions.Fraction:
        liar = simple(1, 2)
    elif isinstance(honest, datetime.date):
        liar = simple(2020, 1, 1)
    elif base in (datetime.timedelta, datetime.time):
        liar = simple(1)
    elif base is collections.defaultdict:
        liar = simple(int, honest)
    else:
        liar = simple(source)
    for name, hook in hooks.items():
        setattr(simple, name, hook)
    lying.append(True)
    tag, name, value = parse(v.encode(liar))
    assert (tag, name.rpartition(".")[2], value) == (v.SUBCLASS, "Simple", lowered(honest))
    _, first, _ = parse(v.encode([liar, liar]))
    assert first[2] == lowered([honest])[1]
    lying.clear()
    for hook in hooks:
        delattr(simple, hook)


def test_negative_zero_survives_a_subclass():
    class F(float):
        pass

    class C(complex):
        pass

    assert math.copysign(1, lowered(F(-0.0))[2]) == -1
    value = lowered(C(complex(-0.0, -0.0)))[2]
    assert math.copysign(1, value.real) == math.copysign(1, value.imag) == -1


def test_a_class_that_claims_to_be_another():
    class Liar:
        __class__ = list
        __eq__ = __getattribute__ = __iter__ = lie
        __hash__ = lie

    assert lowered(Liar()) == (v.OPAQUE, -1, lowered(Liar())[2])
    assert lowered(Liar())[2].endswith("Liar")


def test_a_metaclass_runs_nothing():
    class Meta(type):
        __hash__ = __eq__ = __getattribute__ = __instancecheck__ = __subclasscheck__ = lie

    class Plain(metaclass=Meta):
        pass

    class Int(int, metaclass=Meta):
        pass

    assert lowered([object.__new__(Plain)])[1][0] == v.OPAQUE
    assert lowered([int.__new__(Int, 3)])[1][2] == 3


def test_a_metaclass_that_hashes_like_int_is_not_int():
    class Meta(type):
        def __hash__(cls):
            return hash(int)

        def __eq__(cls, other):
            return True

    class Fake(metaclass=Meta):
        pass

    assert lowered([Fake()])[1][0] == v.OPAQUE


def test_odd_names_and_fields_are_bounded():
    long = type("N" * 10_000, (), {})
    assert len(lowered(long())[2]) == v.NAME
    nameless = type("X", (int,), {"__module__": property(lie)})
    assert lowered(nameless(1)) == (v.SUBCLASS, "X", 1)
    forged = type("F", (), {"__dataclass_fields__": {"a": 1}})
    assert lowered(forged())[0] == v.OPAQUE
    forged = type("G", (tuple,), {"_fields": property(lie)})
    assert lowered(forged([1])) == (v.SUBCLASS, f"{__name__}.G", (v.TUPLE, 1))


def test_properties_of_a_dataclass_do_not_run():
    @dataclasses.dataclass
    class Sly:
        x: int

    sly = Sly(3)
    Sly.x = property(lie)
    Sly.__getattribute__ = lie
    assert lowered(sly)[3] == 3


def test_a_mutated_key_object_does_not_matter():
    class Key:
        def __hash__(self):
            return 1

    items = {Key(): 1, Key(): 2}
    ordered = collections.OrderedDict(items)
    Key.__hash__ = Key.__eq__ = lie
    assert lowered(items)[0] == v.DICT
    assert lowered(ordered) == (v.OPAQUE, -1, "collections.OrderedDict")  # iterating one hashes its keys


def test_handles_of_opaque_objects():
    thing, plain = object(), [1]
    seen = []

    def handle(obj):
        seen.append(obj)
        return 42 if obj is thing else None

    data, _ = v.encode_graph([thing, plain, len], opaque=handle)
    assert seen == [thing, len]
    roots, _ = build_values.load_trusted(data, opaque=lambda number, name: (number, name))
    assert roots == ((42, "object"), [1], (-1, "builtin_function_or_method"))
    assert v.encode(v.Opaque("re.Match")) == v.encode(re.match("", ""))


def test_instances_of_user_classes_are_not_read_as_iterators():
    class Endless:
        def __iter__(self):
            return self

        __next__ = lie

    assert lowered(Endless())[0] == v.OPAQUE
    with Path(__file__).open() as file:
        assert lowered(file)[0] == v.OPAQUE
