"""Truncated floats: low bits go, wherever a float is; keys under a truncation meet where floats are nearly equal."""

import collections
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialrun.core.behaviour import behaviour_key
from trialrun.core.build_values import load_trusted
from trialrun.core.execution import Execution, Outcome
from trialrun.core.parse_values import parse
from trialrun.core.truncation import Truncation, truncate, truncated
from trialrun.core.values import Malformed, encode

pytestmark = pytest.mark.fast

ALL = Truncation(bits=52, signed_zero=True)
FEW = Truncation(bits=8)
SEARCH = Truncation(nonfinite="unhashable")


def after(value, rule=FEW):
    return load_trusted(truncate(encode(value), rule))[0][0]


def key(value, rule):
    return behaviour_key([Execution(outcome=Outcome.RETURNED, value=encode(value))], floats=rule)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 52))
def test_sign_and_exponent_stay_and_what_is_dropped_is_small(number, bits):
    kept = truncated(number, Truncation(bits=bits, signed_zero=True))
    assert math.copysign(1, kept) == math.copysign(1, number) and abs(kept) <= abs(number)
    assert math.frexp(kept)[1] == math.frexp(number)[1] or abs(number) < 2.3e-308
    assert abs(number - kept) <= max(abs(number) * 2.0**-bits, 2.3e-308)
    low = struct.unpack("<Q", struct.pack("<d", kept))[0] & ((1 << (52 - bits)) - 1)
    assert low == 0


@given(
    st.recursive(st.floats() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.tuples(inner))
)
def test_with_all_bits_nothing_changes_but_the_kind_of_nan(value):
    data = encode(value)
    assert parse(truncate(data, ALL)) == parse(data) or "nan" in repr(value)


def test_truncation_is_not_rounding():
    below, above = math.nextafter(1.0, 0), 1.0
    assert key(below, Truncation(bits=8)) != key(above, Truncation(bits=8))
    assert key(1.0, FEW) == key(math.nextafter(1.0, 2), FEW)


PAIR = collections.namedtuple("PAIR", "x y")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ([1.0, "a"], [1.0 + 1e-9, "a"]), ((1.0,), (1 + 1e-9,)), ({"a": {"b": 2.0}}, {"a": {"b": 2.0 + 1e-9}}),
        ({1.5, 2.5}, {2.5 + 1e-9, 1.5 + 1e-9}), (frozenset({(3.0, 4.0)}), frozenset({(3.0, 4.0 + 1e-9)})),
        (1 + 2j, 1 + 1e-9 + 2j), (PAIR(1.0, 2.0), PAIR(1.0, 2.0 + 1e-9)), ({0.5: 1}, {0.5 + 1e-9: 1}),
        (collections.Counter([1.5]), collections.Counter([1.5 + 1e-9])), (iter([2.0]), iter([2.0 + 1e-9])),
    ],
)  # fmt: skip
def test_floats_are_found_wherever_they_are(one, two):
    one_key, two_key = (
        behaviour_key([Execution(outcome=Outcome.RETURNED, value=truncate(encode(x), FEW))])
        for x in (one, two)
    )
    assert one_key == two_key is not None


def test_truncated_sets_are_in_canonical_order():
    """Of these two sets the first has its items in the other order by their bytes, until the low bits go."""
    one, two = {1.5, 2.5 + 1e-9}, {1.5 + 1e-9, 2.5}
    assert truncate(encode(one), FEW) == truncate(encode(two), FEW) == encode({1.5, 2.5})
    assert truncate(encode([frozenset(one)]), FEW) == truncate(encode([frozenset(two)]), FEW)


def test_integers_and_bools_are_left_alone():
    big = 2**60 + 1
    assert after([big, True, "1.5", b"\x00\x00\x00\x00\x00\x00\xf0?"]) == [
        big,
        True,
        "1.5",
        b"\x00\x00\x00\x00\x00\x00\xf0?",
    ]
    assert key(1, FEW) != key(1.0, FEW) != key(True, FEW)


def test_zero_has_one_sign_unless_that_counts():
    assert key(-0.0, FEW) == key(0.0, FEW)
    assert key(-0.0, ALL) != key(0.0, ALL)
    tiny = -5e-324  # its whole value is in the bits that are dropped
    assert key(tiny, FEW) == key(0.0, FEW) and key(tiny, ALL) != key(0.0, ALL)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, [1.0, {"a": math.nan}], complex(0, math.inf)]
)
def test_what_is_not_finite_is_distinct_or_unhashable(value):
    assert key(value, SEARCH) is None and key(value, FEW) is not None
    assert key(value, FEW) != key(1.0, FEW)


def test_nan_is_one_value_and_infinities_are_two():
    odd = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]
    assert encode(odd) != encode(math.nan) and key(odd, FEW) == key(math.nan, FEW) == key(-math.nan, FEW)
    quiet = struct.unpack("<d", struct.pack("<Q", 0xFFF0000000000001))[0]  # low bits alone make it a NaN
    assert key(quiet, FEW) == key(math.nan, FEW)
    assert len({key(x, FEW) for x in (math.nan, math.inf, -math.inf)}) == 3


def test_numpy_arrays_and_scalars_of_every_width():
    numpy = pytest.importorskip("numpy")
    for kind in ("f2", "f4", "f8", ">f8", "c8", "c16"):
        one = numpy.array([1.5, -2.25], dtype=kind)
        two = (one * (1 + 2.0**-9)).astype(kind)
        few = Truncation(bits=4)
        assert key(one, few) == key(two, few) and key(one, ALL) != key(two, ALL)
        assert key(one[0], few) == key(two[0], few) != key(one[1], few)
    assert key(numpy.array([5, 6]), FEW) != key(numpy.array([5, 7]), FEW)
    assert key(numpy.array([math.nan]), SEARCH) is None


def numpy_like(kind, numbers, form):
    """Lowered numpy values, without numpy."""
    import marshal

    from trialrun.core import values

    data = struct.pack(form, *numbers)
    return marshal.dumps((values.ARRAY, kind, data, str(len(numbers))), 2)


@pytest.mark.parametrize(("kind", "form"), [("<f8", "<2d"), (">f8", ">2d"), ("<f4", "<2f"), ("<f2", "<2e")])
def test_bytes_of_arrays(kind, form):
    few = Truncation(bits=4)
    one, two = numpy_like(kind, (1.5, 2.0), form), numpy_like(kind, (1.5 + 2.0**-8, 2.0 + 2.0**-8), form)
    assert one != two and truncate(one, few) == truncate(two, few) == one
    integers = numpy_like("<i8", (3, 5), "<2q")
    assert truncate(integers, few) == integers


def test_a_thousand_levels():
    deep, other = 1.0, 1.0 + 1e-12
    for _ in range(900):
        deep, other = [deep], [other]
    assert truncate(encode(deep), FEW) == truncate(encode(other), FEW)


def test_sharing_stays():
    shared = [1.0]
    assert key([shared, shared], FEW) != key([[1.0], [1.0]], FEW)


def test_keys_of_different_settings_never_meet():
    rules = [None, FEW, Truncation(bits=9), SEARCH, Truncation(), Truncation(signed_zero=True)]
    assert len({key(1.0, rule) for rule in rules}) == len(rules)


def test_arguments_are_truncated_too_and_may_leave_the_key_undefined():
    def ran(argument, rule):
        one = Execution(outcome=Outcome.RETURNED, value=encode(1), arguments=encode([argument]))
        return behaviour_key([one], floats=rule)

    assert ran(1.0, FEW) == ran(1.0 + 1e-9, FEW) != ran(2.0, FEW)
    assert ran(math.nan, SEARCH) is None


def test_bytes_that_are_no_value():
    with pytest.raises(Malformed):
        truncate(b"junk", FEW)
    assert behaviour_key([Execution(outcome=Outcome.RETURNED, value=b"junk")], floats=FEW) is None


def test_golden_keys():
    """Keys depend on neither process, hash seed, platform nor library version."""
    ran = [
        Execution(outcome=Outcome.RETURNED, value=encode([0.1, {"a": (1, 2.5)}, {3, "x"}]), stdout=b"out\n"),
        Execution(outcome=Outcome.RAISED, exception="ValueError"),
    ]
    assert behaviour_key(ran) == "32d9f8153f6f537eefb0e7327379c30b8edd1dd4a529da553be375fb3457c8bc"
    assert (
        behaviour_key(ran, floats=Truncation())
        == "ea368df6006adb47758110d8d5bec7c8dad9e0e3d333de47bfd4e063e0983b42"
    )
    assert (
        behaviour_key(ran, floats=Truncation(bits=8, nonfinite="unhashable"))
        == "c9854849f3b0aa29caddbc10a96e381d215dfc5987a812a42b250a0bfbeecf24"
    )
