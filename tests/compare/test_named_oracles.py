"""Named oracles: right and wrong answers, and answers made to break the judge."""

import collections
import math
import time

import pytest

from trialrun.compare.named_oracles import ORACLES, WEAK_ORACLES, judge
from trialrun.core import values

pytestmark = pytest.mark.fast


def verdict(oracle, args, got, expected, *, equal=None, atol=0.0):
    """Judge plain values; `equal` is byte equality unless told."""
    same = equal if equal is not None else lambda a, b: a == b
    encoded = got if isinstance(got, bytes) else values.encode(got)
    return judge(oracle, args, encoded, values.encode(expected), equal=same, atol=atol)


class Number(int):
    """Equal to everything, if anybody asks it."""

    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        (-0.5, True),
        (-0.50001, True),
        (-0.6, False),
        (0, False),
        (float("nan"), False),
        (float("inf"), False),
        (True, False),
        (10**400, False),
        ("-0.5", False),
        (None, False),
        ([-0.5], False),
        (-0.5 + 0j, False),
        (Number(3), False),
    ],
)
def test_polynomial_root(answer, passes):
    assert verdict("polynomial-root", ([1, 2],), answer, -0.5, atol=1e-4) is passes


def test_a_root_of_large_terms_may_be_off_by_their_rounding():
    steep = ([-1e16, 1e16],)
    assert verdict("polynomial-root", steep, 1.0, 5.0, atol=1e-4) is True
    assert verdict("polynomial-root", steep, math.nextafter(1.0, 2), 5.0, atol=1e-4) is True
    assert verdict("polynomial-root", steep, 1 + 1e-12, 5.0, atol=1e-4) is False


def test_the_references_own_root_passes_and_nothing_near_it():
    lost = ([-1.0, 0.0, 1.0],)  # a reference that ended at 7, where the roots are 1 and -1
    assert verdict("polynomial-root", lost, 7.0, 7.0, atol=1e-4) is True
    assert verdict("polynomial-root", lost, 7.0 + 1e-9, 7.0, atol=1e-4, equal=lambda a, b: True) is False
    assert verdict("polynomial-root", lost, -1.0, 7.0, atol=1e-4) is True
    assert verdict("polynomial-root", lost, 7.0, None, atol=1e-4) is False


@pytest.mark.parametrize(
    ("answer", "expected", "passes"),
    [
        ((4, 5), (5, 4), True),
        ([5, 4, 4], (4, 5), True),
        ({4, 5}, (4, 5), True),
        (iter((4, 5)), (4, 5), True),
        ({4: "x", 5: "y"}, (4, 5), True),
        (range(4, 6), (4, 5), True),
        (collections.deque([5, 4]), (4, 5), True),
        ((4.0, 5), (4, 5), True),
        ((True, 0j), (1, 0), True),
        ((4,), (4, 5), False),
        ((4, 5, 6), (4, 5), False),
        (("4", "5"), (4, 5), False),
        ("ab", ["b", "a"], True),
        ([], (), True),
        (None, (), False),
        (7, (7,), False),
        ([[4], [5]], [[4], [5]], False),
        ([(1, (2, 3)), (1, (2, 3))], [(1, (2, 3))], True),
        ([(1, 2)], [(1, 2.0)], True),
        ([frozenset({1, 2})], [frozenset({2, 1})], True),
        ([frozenset({1})], [(1,)], False),
        (["x", float("nan")], ["x", float("nan")], False),
        ([1.0, 2.0], [2, 1], True),
        ([b"a"], ["a"], False),
    ],
)
def test_set_equal(answer, expected, passes):
    assert verdict("set-equal", (), answer, expected) is passes


def test_set_equal_falls_back_to_tolerance_for_floats_only():
    close = {"equal": lambda a, b: True}
    assert verdict("set-equal", (), [1.0000001], [1.0], **close) is True
    assert verdict("set-equal", (), [1], [2], **close) is False


def test_set_equal_is_unknown_for_opaque_items():
    assert verdict("set-equal", (), [test_set_equal], ["x"]) is None
    assert verdict("set-equal", (), test_set_equal, ["x"]) is None


@pytest.mark.parametrize(
    ("answer", "expected", "passes"),
    [
        (True, "match", True),
        (False, "match", False),
        ("found", "match", True),
        (0, "match", True),
        (None, "match", False),
        (True, None, False),
        (False, None, True),
        (None, None, True),
        ("found", None, False),
        (0, None, False),
    ],
)
def test_not_none(answer, expected, passes):
    assert verdict("not-none", (), answer, expected) is passes


def test_not_none_judges_real_matches():
    import re

    assert verdict("not-none", (), re.search("a", "a"), re.search("b", "b")) is True
    assert verdict("not-none", (), re.search("a", "a"), None) is False


@pytest.mark.parametrize(
    ("oracle", "args", "answer", "expected", "passes"),
    [
        ("equal-or-zero", (8,), 7, 7, True),
        ("equal-or-zero", (8,), 0, 7, True),
        ("equal-or-zero", (8,), 0.0, 7, True),
        ("equal-or-zero", (8,), 6, 7, False),
        ("equal-or-zero", (8,), None, 7, False),
        ("digit-distance", (1, 256), 12, 1, True),
        ("digit-distance", (1, 256), 1, 1, True),
        ("digit-distance", (1, 256), 2, 1, False),
        ("digit-distance", (1, 256), "12", 1, False),
        ("pyramid-surface", (3, 4), 33, 33, True),
        ("pyramid-surface", (3, 4), 35, 33, True),
        ("pyramid-surface", (3, 4), 34.6, 33, False),
        ("pyramid-surface", (3, 4), None, 33, False),
        ("any-answer", (1, 2), "nonsense", True, True),
    ],
)
def test_answers_beside_the_references(oracle, args, answer, expected, passes):
    assert verdict(oracle, args, answer, expected) is passes


def test_an_unknown_comparison_stays_unknown_unless_the_oracle_accepts():
    unknown = {"equal": lambda a, b: None}
    assert verdict("equal-or-zero", (8,), [], 7, **unknown) is None
    assert verdict("equal-or-zero", (8,), 0, 7, **unknown) is True


def test_weak_oracles_are_listed():
    """Weak: one constant passes whatever the reference says."""
    constant = {
        name: verdict(name, (12, 34), 0, 10**6 + 7) for name in ORACLES if name not in ("polynomial-root",)
    }
    assert {name for name, passed in constant.items() if passed} - {"not-none"} == WEAK_ORACLES
    assert verdict("not-none", (), 0, None) is False


def test_numpy_scalars_count_as_numbers():
    scalar = values._dumps((values.SCALAR, "<f8", b"\x00\x00\x00\x00\x00\x00\xe0\xbf"), 2)
    assert verdict("polynomial-root", ([1, 2],), scalar, -0.5, atol=1e-4) is True
    assert verdict("polynomial-root", ([1, 2],), scalar.replace(b"<f8", b"<m8"), -0.5, atol=1e-4) is False


def doubled(levels):
    """A tuple that holds the same tuple twice, and so on: small, and exponential to walk."""
    value = ((), 1)
    for _ in range(levels):
        value = (value, value)
    return value


def test_hostile_answers_are_bounded():
    started = time.process_time()
    deep = (1,)
    for _ in range(900):
        deep = (deep,)
    assert verdict("set-equal", (), [deep], [1]) is None
    assert verdict("set-equal", (), [doubled(45)], [1]) is None
    assert verdict("set-equal", (), range(10**18), [1]) is None
    assert verdict("set-equal", (), list(range(300_000)), [1]) is None
    colliding = [(2**61 - 1) * number for number in range(50_000)]
    assert verdict("set-equal", (), colliding, [1]) is False
    assert verdict("pyramid-surface", (3, 4), 10**5000, 33) is False
    circular = []
    circular.append(circular)
    assert verdict("set-equal", (), circular, [1]) is False
    assert time.process_time() - started < 20
