"""What must hold of comparators and of the behaviour key whatever the values are, on generated ones.

Single facts (what `==` says of each type, EvalPlus's tolerance, golden bytes) are in the tests of each module.
"""

import collections
import copy
import fractions
import itertools
import math
import random

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from trialrun.core.behaviour import behaviour_key
from trialrun.core.compare_values import STRICT, Comparator, equal
from trialrun.core.execution import Execution, Outcome
from trialrun.core.truncation import Truncation
from trialrun.core.values import DEPTH, TooLarge, encode, encode_graph

pytestmark = pytest.mark.fast

PYTHON = Comparator(name="python")
SYMMETRIC = [
    STRICT, PYTHON, Comparator(name="multiset"),
    Comparator(name="approx", atol=0.5, rtol=0.0), Comparator(name="approx", atol=0.0, rtol=0.0),
]  # fmt: skip
"""`upstream` and relative tolerances look at the expected value, so they have sides."""
Point = collections.namedtuple("Point", "x y")

ATOMS = [
    None, False, True, 0, 1, 2, -1, 0.0, -0.0, 1.0, 0.5, math.nan, -math.nan, math.inf, -math.inf, 2**60, 2.0**60,
    0j, -0j, 1 + 0j, complex(0.0, -0.0), complex(math.nan, 1), "", "a", "1", b"", b"a", ..., fractions.Fraction(1, 2),
]  # fmt: skip
atoms = st.sampled_from(ATOMS) | st.integers() | st.floats() | st.text(max_size=3)
hashable = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.frozensets(inner, max_size=3)
        | st.tuples(inner, inner).map(lambda p: Point(*p))
    ),
    max_leaves=4,
)
values = st.recursive(
    hashable,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.lists(inner, max_size=3).map(collections.deque)
        | st.dictionaries(hashable, inner, max_size=3)
        | st.dictionaries(hashable, inner, max_size=3).map(collections.OrderedDict)
        | st.sets(hashable, max_size=4)
        | st.binary(max_size=3).map(bytearray)
    ),
    max_leaves=8,
)


def same(a, b, comparator=STRICT):
    return equal(encode(a), encode(b), comparator)


def key(value, left=None, **settings):
    after = None if left is None else encode_graph(left)[0]
    return behaviour_key(
        [Execution(outcome=Outcome.RETURNED, value=encode(value), arguments=after)], **settings
    )


def swap_one(value, place, random):
    """Return a value with its `place`-th part, if it has so many, replaced by a lookalike."""
    count = itertools.count()

    def walk(part):
        here = next(count) == place
        if here:
            return lookalike(part, random)
        kind = type(part)
        if kind in (list, tuple, collections.deque):
            return kind([walk(x) for x in part])
        if kind in (dict, collections.OrderedDict):
            return kind([(k, walk(x)) for k, x in part.items()])
        return part

    return walk(value)


def lookalike(part, random):
    """Return what is easily taken for a value: the other type, the other zero, the other order."""
    kind = type(part)
    if kind is bool:
        return int(part)
    if kind is int:
        return (
            random.choice([bool(part), float(part)])
            if part in (0, 1)
            else random.choice([part + 1, str(part)])
        )
    if kind is float:
        options = [math.nextafter(part, math.inf), complex(part, 0.0), -part]
        return random.choice([*options, int(part)] if math.isfinite(part) else options)
    if kind in (str, bytes):
        return part + part[:1] if part else random.choice([None, b"" if kind is str else ""])
    if kind in (list, tuple, collections.deque):
        return random.choice([list, tuple, collections.deque])(part)
    if kind in (set, frozenset):
        return random.choice([set, frozenset])(part)
    if kind in (dict, collections.OrderedDict):
        return random.choice([dict, collections.OrderedDict])(reversed(part.items()))
    return part


@given(values)
@example([math.nan, {math.nan}, {"a": -0.0}])
def test_a_key_is_that_of_every_copy(value):
    """NaN and all: the copy is the same behaviour."""
    again = copy.deepcopy(value)
    assert key(value) == key(again) is not None
    assert same(value, again) is True and same(again, value) is True


@settings(max_examples=300)
@given(values, st.integers(0, 6), st.randoms(use_true_random=False), st.sampled_from(SYMMETRIC))
def test_comparators_are_symmetric(value, place, random, comparator):
    other = swap_one(copy.deepcopy(value), place, random)
    assert same(value, other, comparator) is same(other, value, comparator)


@given(values, values, st.sampled_from(SYMMETRIC))
def test_comparators_are_symmetric_on_any_two(a, b, comparator):
    assert same(a, b, comparator) is same(b, a, comparator)


@settings(max_examples=300)
@given(values, st.integers(0, 6), st.randoms(use_true_random=False))
@example([0.0], 1, random.Random(1))
def test_equal_keys_are_equal_under_strict(value, place, random):
    """And so under everything coarser; the other way only the order of dict items counts for the key alone."""
    other = swap_one(copy.deepcopy(value), place, random)
    if key(value) == key(other):
        assert same(value, other) is True
    elif same(value, other) is True:
        assert "{" in repr(value) or "OrderedDict" in repr(value)
    if same(value, other) is True and "nan" not in repr(value):
        assert same(value, other, PYTHON) is True


@settings(max_examples=200)
@given(values, st.lists(st.integers(0, 5), min_size=2, max_size=2), st.randoms(use_true_random=False))
def test_strict_is_transitive(value, places, random):
    one = swap_one(copy.deepcopy(value), places[0], random)
    two = swap_one(copy.deepcopy(one), places[1], random)
    if same(value, one) is True and same(one, two) is True:
        assert same(value, two) is True


LOOKALIKES = [(True, 1), (1, 1.0), (0.0, -0.0), (False, 0), ([1], (1,)), ({1}, frozenset({1})), ("1", 1), ("a", b"a"),
              (0j, -0j), ((), []), (set(), {}), (Point(1, 2), (1, 2)), (None, False), ([[]], [()]),
              (1, 1 + 0j)]  # fmt: skip


@given(
    st.sampled_from(LOOKALIKES),
    st.sampled_from([list, tuple, lambda x: {"k": x}, lambda x: [x, [x]], lambda x: x]),
)
def test_lookalikes_have_keys_of_their_own(pair, wrap):
    a, b = (wrap([x]) if wrap in (list, tuple) else wrap(x) for x in pair)
    assert key(a) != key(b) and same(a, b) is False


@given(st.lists(hashable, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_a_set_was_filled_does_not_count(items, random):
    shuffled = list(items)
    random.shuffle(shuffled)
    one, two = set(), set()
    for x in items:
        one.add(x)
    for x in shuffled:
        two.add(x)
    assume(len(one) == len(two))
    # Which of several equal items (1, 1.0, True) stays is a matter of order.
    assume({(type(x), repr(x)) for x in one} == {(type(x), repr(x)) for x in two})
    assert key(one) == key(two) and same([one], [two]) is True


@given(st.dictionaries(st.integers(), st.integers(), min_size=2, max_size=4))
def test_the_order_of_dict_items_counts_for_the_key_alone(items):
    other = dict(reversed(items.items()))
    assert key(items) != key(other) and same(items, other) is True
    assert same(collections.OrderedDict(items), collections.OrderedDict(other)) is False


graphs = st.integers(1, 5).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, n - 1) | st.just("leaf"), max_size=3), min_size=n, max_size=n)
)
"""For each of some lists, what it holds: other lists by number, itself too, or a leaf."""


def linked(graph, kind=list):
    """Make the lists of a graph (or dicts of them); the first one is the value."""
    nodes = [[] for _ in graph]
    for node, held in zip(nodes, graph, strict=True):
        node += [nodes[x] if type(x) is int else x for x in held]
    if kind is dict:
        return {"root": nodes[0], "again": nodes[-1]}
    return nodes[0]


@given(graphs)
def test_a_cyclic_or_shared_value_is_the_same_as_its_copy(graph):
    for kind in (list, dict):
        one, two = linked(graph, kind), linked(graph, kind)
        assert key(one) == key(two) is not None and same(one, two) is True
        assert key(copy.deepcopy(one)) == key(one)


@settings(max_examples=300)
@given(graphs, graphs)
def test_of_linked_lists_keys_and_strict_say_the_same(one, two):
    """Both tell how the lists hang together, not only what one sees when walking them."""
    a, b = linked(one), linked(two)
    assert (key(a) == key(b)) is same(a, b) is same(b, a)


@given(graphs)
def test_sharing_counts_and_walking_alone_does_not_show_it(graph):
    shared = linked(graph)
    assert key([shared, shared]) != key([shared, copy.deepcopy(shared)])
    assert same([shared, shared], [shared, copy.deepcopy(shared)]) is False
    assert same([shared, copy.deepcopy(shared)], [shared, shared]) is False
    assert same([shared, shared], [shared, copy.deepcopy(shared)], PYTHON) is True


@given(st.lists(values, min_size=1, max_size=3), st.integers(0, 2), st.randoms(use_true_random=False))
def test_changed_arguments_are_behaviour(arguments, place, random):
    before = copy.deepcopy(arguments)
    after = copy.deepcopy(arguments)
    after[place % len(after)] = swap_one(after[place % len(after)], 0, random)
    changed = encode_graph(before)[0] != encode_graph(after)[0]
    assert (key(0, before) != key(0, after)) is changed
    assert key(0, before, arguments=False) == key(0, after, arguments=False)
    assert key(0, before) == key(0, arguments) != key(0)


def test_one_argument_given_twice_is_not_two_equal_ones():
    xs = [1]
    assert encode_graph([xs, xs])[0] != encode_graph([xs, [1]])[0]
    assert key(0, [xs, xs]) != key(0, [xs, [1]])


WRAPS = [
    lambda x: [x],
    lambda x: (x,),
    lambda x: {"k": x},
    lambda x: collections.deque([x]),
    lambda x: [x, 0],
]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, DEPTH - 1), st.randoms(use_true_random=False), st.sampled_from(LOOKALIKES[:4]))
def test_deep_values_are_told_apart_at_the_bottom(depth, random, pair):
    one, two = pair
    for _ in range(depth):
        wrap = random.choice(WRAPS)
        one, two = wrap(one), wrap(two)
    assert key(one) == key(one) is not None and key(one) != key(two)
    assert same(one, two) is False and same(one, one) is True
    assert same(one, two, PYTHON) is True
    assert key(one, floats=Truncation()) is not None


def test_a_value_past_the_depth_is_refused_not_cut():
    deep = []
    for _ in range(DEPTH):
        deep = [deep]
    with pytest.raises(TooLarge):
        encode(deep)


@given(st.lists(values, min_size=1, max_size=4))
def test_a_key_is_that_of_all_cases_in_order(cases):
    ran = [Execution(outcome=Outcome.RETURNED, value=encode(x)) for x in cases]
    whole = behaviour_key(ran)
    assert whole == behaviour_key(list(ran)) and len(whole) == 64
    assert behaviour_key([*ran, ran[0]]) != whole
    if len(ran) > 1 and len({one.value for one in ran}) > 1:
        assert any(behaviour_key(ran[i:] + ran[:i]) != whole for i in range(1, len(ran)))
    hung = Execution(outcome=Outcome.TIMEOUT)
    assert all(behaviour_key([*ran[:i], hung, *ran[i:]]) is None for i in range(len(ran) + 1))
