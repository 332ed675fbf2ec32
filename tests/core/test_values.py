"""Canonical values: every type of the closed set goes there and back, and no value can lie about itself."""

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import itertools
import marshal
import math
import os
import re
import shutil
import subprocess
import sys
import typing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def same(a, b):
    """Equality that tells types, NaN and −0.0 apart, with dicts in order and sets by content."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        if math.isnan(a):
            return math.isnan(b)
        return (a, math.copysign(1, a)) == (b, math.copysign(1, b))
    if isinstance(a, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    if isinstance(a, decimal.Decimal):
        return a.as_tuple() == b.as_tuple()
    if isinstance(a, (list, tuple, collections.deque)):
        return len(a) == len(b) and all(itertools.starmap(same, zip(a, b, strict=True)))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    return a == b


numbers = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.just(...)
)
nans = st.sampled_from(
    [math.nan, -math.nan, complex(math.nan, 1), decimal.Decimal("sNaN"), decimal.Decimal("-NaN7")]
)
texts = st.text(st.characters(codec=None)) | st.binary() | st.integers(-(10**40), 10**40)
others = (
    st.decimals(allow_nan=False)
    | st.fractions()
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.datetimes(timezones=st.just(datetime.UTC))
    | st.timedeltas()
    | st.builds(range, st.integers(), st.integers(), st.integers(1))
)
hashable = st.recursive(
    numbers | texts | others,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)
anything = st.recursive(
    hashable | st.builds(bytearray, st.binary()) | nans,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(hashable, inner, max_size=3)
        | st.dictionaries(hashable, inner, max_size=3).map(collections.OrderedDict)
        | st.dictionaries(hashable, inner, max_size=3).map(lambda d: collections.defaultdict(list, d))
        | st.dictionaries(hashable, st.integers(), max_size=3).map(collections.Counter)
        | st.sets(hashable, max_size=4)
        | st.lists(inner, max_size=3).map(lambda items: collections.deque(items, 5))
    ),
    max_leaves=20,
)


@given(anything)
def test_every_value_goes_there_and_back(value):
    data = v.encode(value)
    assert same(back(value), value)
    assert v.encode(back(value)) == data
    assert marshal.dumps(parse(data), 2) == data


@given(st.lists(anything, max_size=4))
def test_a_graph_of_several_roots_is_the_roots_and_the_objects_by_number(roots):
    data, nodes = v.encode_graph(roots)
    built, objects = build_values.load_trusted(data)
    assert same(list(built), roots)
    assert len(nodes) == len(objects)
    assert all(type(a) is type(b) for a, b in zip(nodes, objects, strict=True))


@given(st.integers(-(2**80), 2**80))
def test_integers_of_every_width(n):
    assert lowered(n) == n == marshal.loads(v.encode(n))


@pytest.mark.parametrize(
    ("value", "tree"),
    [
        ([1, [2]], (v.LIST, 1, (v.LIST, 2))),
        ((), (v.TUPLE,)),
        ({1: "a"}, (v.DICT, 1, "a")),
        ({3, 1, 2}, (v.SET, 1, 2, 3)),
        (frozenset(), (v.FROZENSET,)),
        (bytearray(b"ab"), (v.BYTEARRAY, b"ab")),
        (decimal.Decimal("-1.50"), (v.DECIMAL, 1, "150", -2)),
        (decimal.Decimal("sNaN12"), (v.DECIMAL, 0, "12", "N")),
        (fractions.Fraction(-1, 3), (v.FRACTION, -1, 3)),
        (datetime.date(2020, 1, 2), (v.DATE, 2020, 1, 2)),
        (datetime.time(1, 2, 3, 4, fold=1), (v.TIME, 1, 2, 3, 4, 1, None)),
        (datetime.datetime(2020, 1, 2), (v.DATETIME, 2020, 1, 2, 0, 0, 0, 0, 0, None)),
        (datetime.timedelta(-1, 5, 6), (v.TIMEDELTA, -1, 5, 6)),
        (
            datetime.timezone(datetime.timedelta(hours=-1), "X"),
            (v.TIMEZONE, "X", (v.TIMEDELTA, -1, 82_800, 0)),
        ),
        (range(9, 1, -2), (v.RANGE, 9, 1, -2)),
        (collections.deque([1], 3), (v.DEQUE, 3, 1)),
        (collections.defaultdict(list, a=1), (v.DEFAULTDICT, "list", "a", 1)),
        (collections.defaultdict(lambda: 0), (v.DEFAULTDICT, "?")),
        (collections.Counter("aab"), (v.COUNTER, "a", 2, "b", 1)),
        (Pair(1, [2]), (v.NAMEDTUPLE, f"{__name__}.Pair", "x y", 1, (v.LIST, 2))),
        (Typed(1), (v.NAMEDTUPLE, f"{__name__}.Typed", "a b", 1, "b")),
        (Point(1), (v.DATACLASS, f"{__name__}.Point", "x tags", 1, (v.LIST,))),
        (Slotted(1, 2), (v.DATACLASS, f"{__name__}.Slotted", "x y", 1, 2)),
        (Colour.RED, (v.ENUM, f"{__name__}.Colour", "RED", 1)),
        (Level.LOW, (v.SUBCLASS, f"{__name__}.Level", 5)),
        (Word.A, (v.SUBCLASS, f"{__name__}.Word", "a")),
        ({1: 2}.keys(), (v.VIEW, "dict_keys", 1)),
        ({1: 2}.items(), (v.VIEW, "dict_items", (v.TUPLE, 1, 2))),
        (iter([1]), (v.ITERATOR, "list_iterator", False, 1)),
        ((c for c in "ab"), (v.ITERATOR, "generator", False, "a", "b")),
        (zip([1], [2]), (v.ITERATOR, "zip", False, (v.TUPLE, 1, 2))),  # noqa: B905
        (itertools.chain([1]), (v.ITERATOR, "itertools.chain", False, 1)),
        (re.match("a", "a"), (v.OPAQUE, -1, "re.Match")),
        (len, (v.OPAQUE, -1, "builtin_function_or_method")),
        (Colour, (v.OPAQUE, -1, "enum.EnumType")),
        (math, (v.OPAQUE, -1, "module")),
        (memoryview(b"a"), (v.OPAQUE, -1, "memoryview")),
    ],
    ids=lambda x: type(x).__name__,
)
def test_what_each_type_becomes(value, tree):
    assert lowered(value) == tree


def test_an_ordered_dict_is_read_in_its_own_order():
    moved = collections.OrderedDict(a=1, b=2)
    moved.move_to_end("a")
    assert lowered(moved) == (v.ODICT, "b", 2, "a", 1)


def test_types_that_python_calls_equal_stay_distinct():
    alike = [1, 1.0, True, 1 + 0j, decimal.Decimal(1), fractions.Fraction(1), Level(5) - 4 == 1]
    groups = [
        alike[:6],
        [b"a", bytearray(b"a"), "a"],
        [[1], (1,), {1}, frozenset([1])],
        [0.0, -0.0],
        [{}, set()],
    ]
    for group in groups:
        assert len({v.encode(x) for x in group}) == len(group)


@given(st.sets(hashable, max_size=6), st.randoms())
def test_equal_sets_give_equal_bytes_whatever_their_order(items, random):
    shuffled = list(items)
    random.shuffle(shuffled)
    assert v.encode(items) == v.encode(set(shuffled))
    assert v.encode(frozenset(items)) == v.encode(frozenset(shuffled))
    assert v.encode(items) != v.encode(frozenset(items))


def test_set_items_are_sorted_at_every_level():
    a = {frozenset([frozenset([8, 0, 16]), frozenset()]), frozenset([1])}
    b = {frozenset([1]), frozenset([frozenset(), frozenset([16, 8, 0])])}
    assert v.encode(a) == v.encode(b)


# -------------------------------------------------------------------------------- numpy


def test_numpy_scalars_and_arrays():
    np = pytest.importorskip("numpy")
    assert lowered(np.float64(1.5)) == (v.SCALAR, "<f8", np.float64(1.5).tobytes())
    assert lowered(np.bool_(True)) == (v.SCALAR, "|b1", b"\x01")
    assert lowered(np.str_("a"))[:2] == (v.SCALAR, "<U1")
    assert lowered(np.array([object()])) == (v.OPAQUE, -1, "numpy.ndarray")
    assert lowered(np.longdouble(1)) == (v.OPAQUE, -1, "numpy.longdouble")
    for array in (np.arange(6, dtype="i2").reshape(2, 3), np.zeros((0, 2)), np.array(1.5), np.arange(6)[::2]):
        got = back(array)
        assert got.dtype == array.dtype and got.shape == array.shape and (got == array).all()
        assert got.flags.writeable
    huge = np.broadcast_to(np.zeros(1), (10**12,))
    with pytest.raises(v.TooLarge):
        v.encode(huge)


def test_a_lying_numpy_subclass_is_read_by_its_base():
    np = pytest.importorskip("numpy")

    class Array(np.ndarray):
        def tobytes(self, order="C"):
            return b"lie"

    class Scalar(np.float64):
        dtype = "lie"

    array = np.arange(2).view(Array)
    assert lowered(array)[0] == v.SUBCLASS and lowered(array)[2] == lowered(np.arange(2))
    assert lowered(Scalar(2.5))[2] == lowered(np.float64(2.5))


# -------------------------------------------------------------------------------- sharing and cycles


def test_shared_objects_stay_shared():
    inner = [1]
    got = back([inner, inner, (inner,), {"k": inner}])
    assert got[0] is got[1] is got[2][0] is got[3]["k"]
    apart = back([[1], [1]])
    assert apart[0] is not apart[1]
    assert v.encode([inner, inner]) != v.encode([[1], [1]])


def test_sharing_crosses_roots():
    shared = {"a": 1}
    data, nodes = v.encode_graph([[shared], shared])
    (first, second), objects = build_values.load_trusted(data)
    assert first[0] is second is objects[1]
    assert nodes[1] is shared


def test_flat_immutables_have_no_identity():
    pair = (1, 2)
    assert v.encode([pair, pair]) == v.encode([(1, 2), tuple(range(1, 3))])
    nested = ((1,), 2)
    assert lowered([nested, nested])[2] == (v.REF, 1)


def test_what_lies_in_a_set_has_no_identity():
    nested = ((1,), 2)
    assert v.encode([nested, {nested}]) == v.encode([((1,), 2), {(tuple(range(1, 2)), 2)}])
    assert back([nested, {nested}, nested]) == [nested, {nested}, nested]


def test_cycles_through_every_mutable_container():
    knots = [[], {}, collections.deque(), collections.OrderedDict(), Point(0)]
    for knot in knots:
        if isinstance(knot, dict):
            knot["me"] = (knot, 1)
        elif isinstance(knot, Point):
            knot.tags.append((knot,))
        else:
            knot.append((knot, 1))
        got = back(knot)
        if isinstance(knot, Point):
            assert got.value["tags"][0][0] is got
        else:
            assert (got["me"] if isinstance(knot, dict) else got[0])[0] is got
        assert v.encode(knot) == v.encode(knot)


def test_a_tuple_in_a_cycle():
    inner: list = []
    outer = (inner, "end")
    inner.append((outer,))
    got = back(outer)
    assert got[0][0][0] is got


def test_an_immutable_cycle_cannot_be_built():
    data = marshal.dumps((v.TUPLE, (v.REF, 0)), 2)
    with pytest.raises(v.Malformed):
        build_values.load_trusted(data)


def test_exponential_sharing_stays_small():
    value = [1]
    for _ in range(200):
        value = [value, value]
    assert len(v.encode(value)) < 10_000
    deep = ((1,),)
    for _ in range(200):
        deep = (deep, deep)
    assert len(v.encode(deep)) < 10_000


def test_objects_made_while_encoding_are_kept_alive():
    data = v.encode([([i] for i in range(100)), ([i] for i in range(100))])
    assert [list(x) for x in build_values.load_trusted(data)[0][0]] == [[[i] for i in range(100)]] * 2


# -------------------------------------------------------------------------------- bounds


def nest(depth, wrap=lambda x: [x]):
    value = wrap(0)
    for _ in range(depth - 1):
        value = wrap(value)
    return value


class Cons(list):
    pass


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: (x,), lambda x: {0: x}, lambda x: frozenset([x])])
def test_a_thousand_levels_and_no_more(wrap):
    for depth in (999, 1000):
        data = v.encode(nest(depth, wrap))
        assert marshal.dumps(parse(data), 2) == data
        assert v.encode(build_values.load_trusted(data)[0][0]) == data
    with pytest.raises(v.TooLarge):
        v.encode(nest(1001, wrap))
    with pytest.raises(v.TooLarge):
        v.encode(nest(100_000, lambda x: [x]))


def test_class_tags_count_as_levels():
    v.encode(nest(500, lambda x: Cons([x])))
    with pytest.raises(v.TooLarge):
        v.encode(nest(501, lambda x: Cons([x])))


def test_a_cycle_inside_a_set_is_too_large():
    @dataclasses.dataclass(eq=False)
    class Node:
        inside: set

    node = Node(set())
    node.inside.add(node)
    with pytest.raises(v.TooLarge):
        v.encode({node})


@pytest.mark.parametrize(
    "value",
    [
        "x" * 500, "\xff" * 500, 1 << 9000, [True] * 10_000, [None, False] * 5000, [0] * 3000, [0.5] * 3000,
        [""] * 3000, ["\xff"] * 3000, [b""] * 3000, [[i] for i in range(2000)], [{} for _ in range(2000)],
        dict.fromkeys(range(2000)), set(range(2000)), [("x" * 50,)] * 20, bytearray(500),
        [Cons([True]) for _ in range(500)], [1j, ...] * 2000,
    ],
    ids=lambda x: type(x).__name__,
)  # fmt: skip
def test_the_byte_limit_is_exact(value):
    size = len(v.encode(value))
    assert len(v.encode(value, limit=size)) == size
    with pytest.raises(v.TooLarge):
        v.encode(value, limit=size - 1)


@pytest.mark.parametrize(
    "atoms", [(), (1.5,), (1, 3, 2.5, 2.5, 2.5), ("a", b"b", None, 1j, ..., True, 1 << 99, -0.0, "ü" * 99)]
)
def test_the_room_that_atoms_take_counts_each_whatever_its_neighbours_are(atoms):
    assert v._atoms_size(atoms) == sum(atom.__sizeof__() - 14 for atom in atoms)
    for other in ([], Cons(), type("Number", (int,), {})(1), object):
        for place in range(len(atoms) + 1):
            assert v._atoms_size((*atoms[:place], other, *atoms[place:])) == -1


def test_a_long_string_shared_many_times_is_refused_before_it_is_written():
    import tracemalloc

    long = "x" * 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(v.TooLarge):
            v.encode([long] * 20_000)
        with pytest.raises(v.TooLarge):
            v.encode({i: [long] * 30 for i in range(100)})
        with pytest.raises(v.TooLarge):
            v.encode([0.5] * 50_000 + [long] * 20_000 + [7])
        assert tracemalloc.get_traced_memory()[1] < 300 << 20
    finally:
        tracemalloc.stop()


def test_endless_iterators_are_cut_and_say_so():
    tag, kind, cut, *items = lowered(itertools.count())
    assert (tag, kind, cut, len(items)) == (v.ITERATOR, "itertools.count", True, v.ITEMS)
    assert lowered(iter(range(v.ITEMS)))[2] is False
    assert lowered(iter(range(v.ITEMS + 1)))[2] is True


def test_what_a_generator_raises_is_its_own():
    def broken():
        yield 1
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        v.encode([broken()])


# -------------------------------------------------------------------------------- other interpreters

SMOKE = """
import collections, datetime, decimal, enum, fractions, sys, types
space = {"__name__": "sent"}
for name in "trialrun", "trialrun.core", "trialrun.core.values":
    sys.modules[name] = types.ModuleType(name)
values, build_values = sys.stdin.read().split(chr(0))
exec(compile(values, "values.py", "exec"), sys.modules["trialrun.core.values"].__dict__)
exec(compile(build_values, "build_values.py", "exec"), space)
encode, load = sys.modules["trialrun.core.values"].encode, space["load_trusted"]
P = collections.namedtuple("P", "x y")
C = enum.Enum("C", "RED")
L = type("L", (list,), {"__iter__": None, "__len__": None})
shared = [1]
for value in [None, True, 2**31, -2**100, 1.5, 2j, "a\\u00e9\\ud800", b"x", ..., [], (), [1, [2]],
              (1, (2,)), {1: [2]}, {3, 1, 2},
              {frozenset([1]), frozenset()}, bytearray(b"b"), decimal.Decimal("1.50"), fractions.Fraction(1, 3),
              datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc), datetime.timedelta(-1), range(3),
              collections.deque([1], 2), collections.OrderedDict(a=1), collections.Counter("ab"),
              P(1, [2]), C.RED, L([1]),
              iter([1]), (c for c in "ab"), zip("ab", "cd"), {1: 2}.keys(), [shared, shared], len, object()]:
    data = encode(value)
    print(data.hex())
    roots, nodes = load(data)
deep = 0
for _ in range(1000):
    deep = [deep]
encode(deep)
try:
    encode([deep])
except sys.modules["trialrun.core.values"].TooLarge:
    print("bounded")
"""


def interpreters():
    homes = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"]
    for minor in range(9, 14):
        found = shutil.which(f"python3.{minor}")
        roots = sorted(path for home in homes for path in home.glob(f"3.{minor}.*/bin/python"))
        yield f"3.{minor}", str(roots[-1]) if roots else found


def smoke(python):
    source = "\0".join(Path(module.__file__).read_text() for module in (v, build_values))
    return subprocess.run(
        [python, "-I", "-S", "-c", SMOKE],
        input=source,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("version", "python"), list(interpreters()))
def test_the_source_runs_and_gives_the_same_bytes_everywhere(version, python):
    if python is None:
        pytest.skip(f"no python{version} on this machine")
    result = smoke(python)
    if "No such file" in result.stderr or "version" in result.stderr.partition("\n")[0]:
        pytest.skip(f"python{version} does not start")
    assert result.returncode == 0, result.stderr
    assert result.stdout == smoke(sys.executable).stdout
    assert result.stdout.endswith("bounded\n")


def test_nothing_is_imported_that_the_program_could_do_without():
    heavy = "collections decimal fractions datetime numpy pandas enum dataclasses"
    code = f"import sys; exec(sys.stdin.read()); print([m for m in {heavy.split()} if m in sys.modules])"
    source = Path(v.__file__).read_text()
    loaded = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], input=source, capture_output=True, text=True, check=True
    )
    without = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code.replace("exec(sys.stdin.read())", "import typing")],
        capture_output=True, text=True, check=True)  # fmt: skip
    assert loaded.stdout == without.stdout
