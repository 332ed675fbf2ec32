"""Comparators: `python` agrees with `==`, `upstream` with EvalPlus's rule, `strict` tells everything apart."""

import collections
import datetime
import decimal
import fractions
import itertools
import marshal
import math
import operator
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialrun.core import compare_values, values
from trialrun.core.compare_values import STRICT, UPSTREAM, Comparator, equal, same_exception
from trialrun.core.errors import UsageError
from trialrun.core.values import encode, encode_graph

pytestmark = pytest.mark.fast

PYTHON = Comparator(name="python")
Pair = collections.namedtuple("Pair", "x y")


class Int(int):
    pass


class Str(str):
    pass


class List(list):
    pass


class Dict(dict):
    pass


def judge(a, b, comparator=PYTHON):
    return equal(encode(a), encode(b), comparator)


D, F = decimal.Decimal, fractions.Fraction
ATOMS = [
    None, 0, 1, 2, True, False, 0.0, -0.0, 1.0, 0.5, 2.0, 1 + 0j, 1j, 0.1, 2**60, float(2**60), 2**53 + 1, 2.0**53,
    math.inf, -math.inf, D("0.5"), D("1"), D("1.0"), D("0.1"), D("Infinity"), D("-0"), D("1E+2"), 100, F(1, 2), F(1),
    F(1, 10),
    "", "a", "1", b"", b"a", Int(1), Str("a"), ..., range(0), range(1, 1), range(1, 2), range(1, 3, 5), range(0, 4, 2),
    range(0, 3, 2), datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 1, fold=1),
    datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    datetime.datetime(2020, 1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
    datetime.time(1), datetime.time(1, tzinfo=datetime.UTC), datetime.timedelta(1), datetime.timedelta(hours=24),
    datetime.timezone(datetime.timedelta(0), "X"), datetime.UTC,
]  # fmt: skip
atoms = st.sampled_from(ATOMS)
hashable = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, max_size=2).map(tuple)
        | st.frozensets(inner, max_size=3)
        | st.tuples(inner, inner).map(lambda p: Pair(*p))
    ),
    max_leaves=3,
)
WRAPS = [list, tuple, collections.deque, List]
anything = st.recursive(
    hashable | st.sampled_from([bytearray(b"a"), bytearray(b"")]),
    lambda inner: (
        st.builds(lambda wrap, items: wrap(items), st.sampled_from(WRAPS), st.lists(inner, max_size=3))
        | st.builds(
            lambda wrap, d: wrap(d),
            st.sampled_from([dict, collections.OrderedDict, Dict, lambda d: collections.defaultdict(int, d)]),
            st.dictionaries(hashable, inner, max_size=3),
        )
        | st.dictionaries(hashable, st.sampled_from([0, 1, 2]), max_size=3).map(collections.Counter)
        | st.dictionaries(hashable, inner, max_size=2).map(lambda d: d.keys())
        | st.dictionaries(hashable, hashable, max_size=2).map(lambda d: d.items())
        | st.sets(hashable, max_size=3)
    ),
    max_leaves=6,
)


def alike(value, random):
    """Return another value that is often equal to this one by `==`, with other types."""
    kind = type(value)
    if kind in (bool, int, float, Int) and random.random() < 0.7:
        options = [value]
        if value == value and not math.isinf(value):
            options += [F(value), D(value), complex(value) if abs(value) < 2**53 else value]
            options += (
                [int(value), float(value), Int(value)] if value == int(value) and abs(value) < 2**53 else []
            )
        return random.choice(options)
    if kind is str:
        return random.choice([value, Str(value)])
    if kind is bytes:
        return value
    if kind in (list, List):
        return random.choice([list, List])(alike(x, random) for x in value)
    if kind is tuple and len(value) == 2:
        return random.choice([tuple, lambda p: Pair(*p)])([alike(x, random) for x in value])
    if kind in (tuple, collections.deque):
        return kind([alike(x, random) for x in value])
    if kind in (set, frozenset):
        return random.choice([set, frozenset])(sorted(value, key=lambda _: random.random()))
    if isinstance(value, dict):
        items = [(k, alike(x, random)) for k, x in value.items()]
        random.shuffle(items)
        return random.choice(
            [dict, Dict, collections.OrderedDict, lambda d: collections.defaultdict(list, d)]
        )(items)
    return value


@settings(max_examples=400)
@given(anything, st.randoms(use_true_random=False))
def test_python_agrees_with_equality_on_values_made_alike(value, random):
    try:
        other = alike(value, random)
    except TypeError:  # a frozenset became a set inside a set
        return
    assert judge(value, other) is (value == other)
    assert judge(other, value) is (other == value)


@settings(max_examples=400)
@given(anything, anything)
def test_python_agrees_with_equality_on_any_two_values(a, b):
    assert judge(a, b) is (a == b)


def test_python_agrees_with_equality_on_every_pair_of_atoms():
    for a, b in itertools.product(ATOMS, repeat=2):
        assert judge(a, b) is (a == b), (a, b)
        assert judge({a}, {b}) is ({a} == {b}), (a, b)
        assert judge({a: 1}, {b: 1}) is ({a: 1} == {b: 1}), (a, b)


@given(
    st.integers(),
    st.floats(allow_nan=False),
    st.fractions(),
    st.decimals(allow_nan=False, allow_infinity=False),
)
def test_numbers_are_compared_exactly(i, f, q, d):
    around = [
        i,
        f,
        q,
        d,
        F(f) if math.isfinite(f) else q,
        D(f),
        D(i),
        float(d) if abs(d) < D("1e300") else 0.0,
    ]
    for a, b in itertools.product(around, repeat=2):
        assert judge(a, b) is (a == b)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (1, True, True), ([1], (1,), False), ([1], [1.0], True), ((1, 2), Pair(1, 2), True), (1, "1", False),
        (collections.Counter("aab"), {"a": 2, "b": 1}, True),
        (collections.Counter(a=1, b=0), collections.Counter(a=1), True),
        (collections.Counter(a=1, b=0), {"a": 1}, False), (collections.deque([1]), [1], False),
        (collections.deque([1], 3), collections.deque([1]), True), ({1}, frozenset([1]), True),
        ({1: 2}.keys(), {1}, True),
        (collections.OrderedDict(a=1, b=2), {"b": 2, "a": 1}, True), (b"a", bytearray(b"a"), True), (b"a", "a", False),
        (collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1), False), (math.nan, 1.0, False),
        ([math.nan, 1], [math.nan, 1.0], False), ({math.nan}, {math.nan, 1}, False), (List([1]), [1], True),
        (datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), False), (D("sNaN"), D("NaN"), False),
        ({1: 2}.values(), [2], False), (iter([1]), [1], False), ({1: [2]}.items(), {1: [2.0]}.items(), True),
        ({frozenset([2, 256])}, {frozenset([2.0, 256.0])}, True),
        (D("1E+100000000"), D("10E+99999999"), True), (D("1E+100000000"), 1, False),
    ],
)  # fmt: skip
def test_what_python_equality_says(a, b, same):
    assert judge(a, b) is same
    assert judge(b, a) is same
    assert judge(a, b, UPSTREAM) is same


def test_numpy_scalars_count_by_value():
    np = pytest.importorskip("numpy")
    for a, b in [
        (np.float64(1.5), 1.5),
        (np.int8(-1), -1),
        (np.bool_(True), True),
        (np.str_("ab"), "ab"),
        (np.complex64(2), 2),
    ]:
        assert judge(a, b) is True and judge(b, a) is True
    assert judge(np.float64(1.5), 2.5) is False
    assert judge(np.dtype(">i4").type(3), 3) is True
    assert judge(np.array([1, 2]), np.array([1.0, 2.0])) is True
    assert judge(np.array([1, 2]), np.array([[1, 2]])) is False
    assert judge(np.array([1, 2]), [1, 2]) is False
    assert judge(np.float64(0.1 + 0.2), 0.3, UPSTREAM) is False  # another type: no tolerance
    assert judge(np.array([0.1 + 0.2]), np.array([0.3]), UPSTREAM) is True


# -------------------------------------------------------------------------------- unknown


def test_identical_bytes_pass_unless_opaque():
    assert judge(math.nan, math.nan) is True
    assert judge([len], [len], UPSTREAM) is None
    assert judge([len], [len], STRICT) is None
    assert judge(itertools.count(), itertools.count()) is None
    assert judge((2, 2, 2), (2, 2, 2)) is True
    assert equal(b"(\x03\0\0\0i\x02\0\0\0i\0\0\0\0u\x01\0\0\0x", encode(len), UPSTREAM) is None


@pytest.mark.parametrize(
    "comparator", [STRICT, PYTHON, UPSTREAM, Comparator(name="approx"), Comparator(name="multiset")]
)
def test_opaque_values_are_unknown_to_each_other_and_differ_from_the_rest(comparator):
    match, other = re.match("a", "a"), object()
    assert judge([match, 1], [match, 2], comparator) is False
    assert judge([match, 1], [1, 1], comparator) is False
    assert judge([1, 1], [match, 1], comparator) is False
    assert judge({1: match}, {1: None}, comparator) is False
    assert judge([match, 1.0], [other, 1], comparator) is (False if comparator is STRICT else None)
    assert judge({match, 1}, {object.__new__(type(other)), 1}, comparator) is (
        False if comparator is STRICT else None
    )
    assert judge({(match, 1)}, {(match, 2)}, comparator) is False
    assert judge({match: 1}, {match: 2}, comparator) is None


def test_a_comparison_past_its_bound_is_unknown(monkeypatch):
    monkeypatch.setattr(compare_values, "STEPS", 100)
    a, b = [[i] for i in range(1000)], [[float(i)] for i in range(1000)]
    assert judge(a, b) is None
    assert judge(set(range(1000)), {float(i) for i in range(1000)}) is None
    assert judge([0.1] * 1000, [0.1 + 1e-9] * 1000, UPSTREAM) is not False


def test_malformed_bytes_are_no_value():
    with pytest.raises(values.Malformed):
        equal(b"junk", encode(1))


# -------------------------------------------------------------------------------- sharing, cycles, size


def test_sharing_counts_under_strict_alone():
    inner = [1]
    assert judge([inner, inner], [[1], [1]]) is True
    assert judge([inner, inner], [[1], [1]], STRICT) is False
    assert judge([[1], [1]], [inner, inner], STRICT) is False
    crossed = [[0], [0]]
    a, b = [crossed[0], crossed[1], crossed[0]], [crossed[0], crossed[1], crossed[1]]
    assert judge(a, b, STRICT) is False and judge(a, b) is True


def test_sharing_of_immutables_never_counts():
    deep = ((1,), 2)
    assert judge([deep, deep], [((1,), 2), (tuple(range(1, 2)), 2)], STRICT) is True


def test_cyclic_values_end():
    def loop(n):
        first: list = []
        last = first
        for _ in range(n - 1):
            last = [last]
        first.append(last)
        return first

    assert judge(loop(2), loop(3)) is True
    assert judge(loop(2), loop(3), STRICT) is False
    assert judge(loop(3), loop(3), STRICT) is True
    assert judge([loop(2), 1], [loop(3), 2]) is False


def test_exponential_sharing_is_compared_in_linear_time():
    def tower(x, wrap):
        value = wrap(x)
        for _ in range(300):
            value = (value, value)
        return value

    assert judge(tower(1, lambda x: (x,)), tower(1.0, lambda x: (x,))) is True
    assert judge(tower(1, lambda x: [x]), tower(2, lambda x: [x])) is False
    low = (values.TUPLE, (values.TUPLE, 1))
    assert judge([tower(1, lambda x: (x,))], [tower(2, lambda x: (x,))], Comparator(name="multiset")) is False
    assert marshal.dumps(low, 2) == encode(((1,),))


def test_deep_values_are_compared():
    a, b = 1, 1.0
    for _ in range(999):
        a, b = [a], [b]
    assert judge(a, b) is True
    assert judge([a], [2], Comparator(name="multiset")) is False


def test_graphs_of_several_roots():
    assert equal(encode_graph([1, [2]])[0], encode_graph([1.0, [2]])[0], PYTHON) is True
    assert equal(encode_graph([1])[0], encode(1.0), PYTHON) is True
    assert equal(encode_graph([1, 2])[0], encode_graph([1])[0], PYTHON) is False
    assert equal(encode_graph([1, 2.0])[0], encode_graph([1, 2.0 + 1e-9])[0], UPSTREAM) is False


# -------------------------------------------------------------------------------- strict


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, True), (1, 1.0), (0.0, -0.0), ([1], (1,)), ({1}, frozenset([1])), (b"", bytearray()),
        ({}, collections.OrderedDict()),
        (Int(1), 1), (Str("a"), "a"), (List(), []), (Pair(1, 2), (1, 2)), (D("1"), D("1.0")), (1 + 0j, 1),
        (complex(0, -0.0), 0j),
        (collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1)), (collections.Counter(), {}),
        ({1: 2}, {True: 2}),
        (collections.deque([1]), collections.deque([1], 2)), ({(1,)}, {(1.0,)}), (iter([1]), (x for x in [1])),
        (range(0), range(1, 1)), ([1, 2], [2, 1]), ({1: math.nan}, {1: 0.0}),
    ],
)  # fmt: skip
def test_strict_tells_apart(a, b):
    assert judge(a, b, STRICT) is False
    assert judge([{"k": a}], [{"k": b}], STRICT) is False


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({1: [2], "a": 3}, {"a": 3, 1: [2]}), ([math.nan, {1, 2}, 1], [-math.nan, {2, 1}, 1]),
        (collections.Counter("ab"),
        collections.Counter("ba")), ({frozenset([1, 9])}, {frozenset([9, 1])}),
        (complex(math.nan, 1), complex(-math.nan, 1)),
    ],
)  # fmt: skip
def test_strict_calls_the_same(a, b):
    assert judge(a, b, STRICT) is True


@given(anything, anything)
def test_strict_is_finer_than_python(a, b):
    if judge(a, b, STRICT):
        assert judge(a, b) is True


# -------------------------------------------------------------------------------- upstream


def evalplus_rule(out, exp, atol=0.0):
    """EvalPlus's rule as its source states it, for one case, in terms of numpy."""
    np = pytest.importorskip("numpy")
    if out == exp:
        return True
    floats = isinstance(exp, float) or (
        isinstance(exp, (list, tuple)) and len(exp) > 0 and all(isinstance(x, float) for x in exp)
    )
    tolerance = atol or (1e-6 if floats else 0)
    if not tolerance or type(out) is not type(exp):
        return False
    try:
        if isinstance(exp, (list, tuple)) and len(out) != len(exp):
            return False
        return bool(np.allclose(out, exp, rtol=1e-07, atol=tolerance))
    except (TypeError, ValueError):
        return False


near = st.sampled_from([0.0, 1e-7, -9e-7, 9.99e-7, 1.01e-6, 1e-4, 1.0])
floats = st.sampled_from([0.0, 1.0, -2.5, 1e6, 1e9, math.inf, math.nan, 3])


@settings(max_examples=300)
@given(
    st.lists(st.tuples(floats, near), max_size=3),
    st.sampled_from(
        [list, tuple, lambda x: [list(x)], lambda x: x[0] if x else 0, lambda x: {1: list(x)}, set]
    ),
    st.sampled_from([0.0, 1e-6, 1e-2]),
)
def test_upstream_is_evalplus_rule_on_floats(pairs, shape, atol):
    exp, out = shape([a for a, _ in pairs]), shape([a + d for a, d in pairs])
    assert judge(out, exp, Comparator(atol=atol)) is (
        encode(out) == encode(exp) or evalplus_rule(out, exp, atol)
    )


@settings(max_examples=300)
@given(anything, anything, st.sampled_from([0.0, 1e-6]))
def test_upstream_is_evalplus_rule_on_everything(out, exp, atol):
    if atol and not isinstance(exp, (list, tuple, float, int, complex)):
        atol = 0.0
    got = judge(out, exp, Comparator(atol=atol))
    if got is not evalplus_rule(out, exp, atol):
        assert got is True and atol  # ragged lists and the like, where numpy raises


@pytest.mark.parametrize(
    ("got", "expected", "atol", "same"),
    [
        (0.1 + 0.2, 0.3, 0.0, True), ([0.1 + 0.2], [0.3], 0.0, True), ((0.3,), [0.3], 0.0, False),
        ([0.3 + 1e-9, 1], [0.3, 1], 0.0, False),
        ([0.3 + 1e-9, 1.0], [0.3, 1], 1e-6, True), ([[0.3 + 1e-9]], [[0.3]], 0.0, False),
        ([[0.3 + 1e-9]], [[0.3]], 1e-6, True),
        (1, 1.0 + 1e-9, 0.0, False), (1, 1.0, 0.0, True), (1.0 + 1e-9, 1, 0.0, False), (1.0 + 1e-9, 1, 1e-6, False),
        (10**9 + 50, 10**9, 1e-6, True), (10**9 + 50, 10**9, 0.0, False), ([0.5], [0.5, 0.5], 1e-6, False),
        ([[0.5 + 1e-9]], [[0.5, 0.5]], 1e-6, False), ([[0.5 + 1e-9], [1.0, 2.0]], [[0.5], [1.0, 2.0]], 1e-6, True),
        ("a", "b", 1e-6, False), (None, 0.5, 0.0, False), ({"a": 0.3 + 1e-9}, {"a": 0.3}, 1e-6, False),
        (math.nan, math.nan, 0.0, True),
        (-math.nan, math.nan, 0.0, False), (math.inf, math.inf, 1e-6, True), (math.inf, 1e308, 1e-6, False),
        ([], [], 1e-6, True),
        (True, False, 1.0, True), (Int(3), 3, 0.0, True), (10**400, 10**400 + 1, 1e-6, False), (0.3, 0.4, 0.0, False),
    ],
)  # fmt: skip
def test_upstream_cases(got, expected, atol, same):
    assert judge(got, expected, Comparator(atol=atol)) is same


def test_tolerance_does_not_leak_from_case_to_case():
    comparator = Comparator()
    assert judge(0.1 + 0.2, 0.3, comparator) is True
    assert judge(10**9 + 50, 10**9, comparator) is False
    assert comparator.atol == 0.0


# -------------------------------------------------------------------------------- approx, multiset, exceptions


def test_approx_reaches_every_float():
    near = Comparator(name="approx", atol=1e-6)
    a, b = {"k": [(0.3, 1), collections.deque([1.0])]}, {"k": [(0.1 + 0.2, 1), collections.deque([1 + 1e-9])]}
    assert judge(a, b, near) is True
    assert judge(a, b) is False
    assert judge([1, 2], [1, 2 + 1e-9], near) is True
    assert judge([10**9], [10**9 + 1], near) is False
    assert judge([0.3], [0.3001], near) is False
    assert judge([0.3], ["0.3"], near) is False
    assert judge(1 + 1j, 1 + 1.0000000001j, near) is True
    assert judge([math.nan], [0.5], near) is False


def test_multiset_ignores_the_outermost_order_only():
    bag = Comparator(name="multiset")
    assert judge([1, 2, [3, 4]], [[3, 4], 2.0, 1], bag) is True
    assert judge([1, 2, [3, 4]], [[4, 3], 2, 1], bag) is False
    assert judge([1, 1, 2], [1, 2, 2], bag) is False
    assert judge([1, 2], [1, 2, 2], bag) is False
    assert judge([{"a": 1, "b": 2}, 0], [0, {"b": 2, "a": 1}], bag) is True
    assert judge([1], (1,), bag) is False
    assert judge({"a": [1, 2]}, {"a": [2, 1]}, bag) is False
    loop: list = []
    loop.append(loop)
    assert judge([loop, 1], [1, loop], bag) is None


@given(st.lists(anything, max_size=4), st.randoms(use_true_random=False))
def test_multiset_accepts_every_permutation(items, random):
    other = list(items)
    random.shuffle(other)
    assert judge(items, other, Comparator(name="multiset")) is True


def test_exceptions_by_type_or_by_message():
    assert same_exception(("ValueError", "a"), ("ValueError", "b"))
    assert not same_exception(("ValueError", "a"), ("ValueError", "b"), message=True)
    assert same_exception(("ValueError", "a"), ("ValueError", "a"), message=True)
    assert not same_exception(("KeyError", "a"), ("ValueError", "a"))


def test_an_unknown_comparator_is_refused():
    with pytest.raises(UsageError, match="strict"):
        Comparator(name="strickt")


@given(st.binary(max_size=80))
def test_hostile_trees_raise_nothing_but_malformed(noise):
    trees = [
        (values.SCALAR, "<U1", noise), (values.ARRAY, "<f8", noise, "1"), (values.ARRAY, "", noise, "x"),
        (values.SCALAR, "", noise), (values.FRACTION, 0, 0), (values.RANGE, 1, 2, 0),
        (values.DECIMAL, 9, repr(noise), "q"),
        (values.DATETIME, 0, 99, 1, 1, 1, 1, 1, 0, (values.TIMEZONE, "x", (values.TIMEDELTA, 1, 2, 3))),
        (values.TIME, 1, 2, 3, 4, 5, noise), (values.TIME, 1, 2, 3, 4, 5, (values.TIMEZONE, "x", noise)),
        (values.DICT, (values.LIST,), noise), (values.SET, (values.DICT, 1, noise), (values.LIST, noise)),
        (values.TUPLE, (values.REF, 0)), (values.DECIMAL, 0, "1", 10**30), (values.DECIMAL, 0, "\u0661\u00b2", 0),
        (values.SERIES, "x", 1, 2, 3), (values.FRAME, noise), (values.SUBCLASS, "c", (values.ARRAY, "<f8", noise, "3")),
    ]  # fmt: skip
    data = [marshal.dumps(tree, 2) for tree in trees] + [encode(1.5), encode([1.5]), noise]
    for a, b in itertools.product(data, repeat=2):
        for name in compare_values.NAMES:
            try:
                assert equal(a, b, Comparator(name=name, atol=1e-6)) in (True, False, None)
            except values.Malformed:
                assert noise in (a, b)


def test_colliding_integers_cost_nothing_extra():
    """Integers that all hash to 0 make a real dict quadratic; here nothing hashes them."""
    prime = (1 << 61) - 1
    a = (values.SET, *(i * prime for i in range(1, 20_000)))
    b = (values.SET, *(i * prime for i in range(2, 20_001)))
    operator.truth(equal(marshal.dumps(a, 2), marshal.dumps(b, 2), PYTHON))
    assert equal(marshal.dumps(a, 2), marshal.dumps((a[0], *a[:0:-1]), 2), PYTHON) is True
