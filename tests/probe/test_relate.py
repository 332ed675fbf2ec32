"""Relations made on purpose: each way is reached, types and ranges stay."""

from random import Random

import pytest

from trialrun.probe.relate import related
from trialrun.probe.shapes import Int, Record, Seq, Text
from trialrun.probe.typed import Maker

pytestmark = pytest.mark.fast


def made(shape, tree, count=600):
    """Return what becomes of a tree, again and again."""
    found = []
    for number in range(count):
        start = [list(part) if isinstance(part, list) else part for part in tree]
        found.append(related(shape, start, Random(number), Maker()))
    return found


def test_a_number_becomes_what_others_say():
    shape = Record(fields=(Int(), Int(), Int()))
    found = {tuple(tree) for tree in made(shape, [3, 50, 700])}
    wanted = {
        (50, 50, 700), (51, 50, 700), (3, 53, 700), (3, 50, 2500), (3, 50, 150), (3, 700, 50), (6, 100, 1400),
        (3, -47, 700),
    }  # fmt: skip
    assert wanted <= found


def test_a_number_becomes_a_length():
    shape = Record(fields=(Seq(item=Text()), Int(low=1)))
    found = {tree[1] for tree in made(shape, [["a", "b", "cdef"], 9])}
    assert {3, 2, 4} <= found and min(found) >= 1


def test_sequences_are_made_of_each_other():
    shape = Record(
        fields=(Text(alphabet="abcxy", wide="abcxy"), Text(alphabet="abcxy", wide="abcxy", least=1))
    )
    found = {tuple(tree) for tree in made(shape, ["abc", "xy"], 2000)}
    assert {
        ("xy", "abc"),
        ("abc", "abc"),
        ("abc", "bca"),
        ("abc", "cba"),
        ("abc", "b"),
        ("abc", "xabcy"),
    } <= found
    assert all(second for _, second in found)


def test_what_is_not_of_one_kind_stays():
    shape = Record(fields=(Seq(item=Int()), Seq(item=Text()), Text(alphabet="01", wide="01")))
    for tree in made(shape, [[5, 6, 7], ["a"], "01"]):
        assert all(type(item) is int for item in tree[0])
        assert all(type(item) is str for item in tree[1]) and type(tree[2]) is str
    alone = Record(fields=(Text(),))
    assert made(alone, ["ab"], 20) == [["ab"]] * 20


def test_letters_that_a_string_never_has_do_not_get_there():
    shape = Record(fields=(Text(alphabet="ab", wide="ab"), Text(alphabet="12", wide="12")))
    for one, two in made(shape, ["ab", "12"]):
        assert set(one) <= set("ab") and set(two) <= set("12")
