"""Constants of program texts."""

import pytest

from trialrun.lang.constants import LONGEST, MOST, Constants, mine

pytestmark = pytest.mark.fast


def test_numbers_come_with_their_neighbours_in_the_order_of_the_source():
    assert mine(["x = 7\ny = 100"]).ints == (7, 6, 8, 100, 99, 101)
    assert mine(["x = -5"]).ints[:3] == (-5, -6, -4)


def test_powers_stand_for_one_number():
    found = mine(["M = 10**9 + 7\nN = 1 << 20"]).ints
    assert {10**9, 10**9 - 1, 2**20} <= set(found)


def test_documentation_is_no_constant():
    source = '"""Module 77."""\ndef f():\n    "Doc 88."\n    "loose"\n    return "kept"'
    assert mine([source]) == Constants((), (), ("kept",), ("k", "e", "p", "t"))


def test_strings_in_pieces_f_strings_keys_and_items():
    found = mine(['d = {"key": 1}\ns = f"sum: {d}!"\nt = "YES" in ["NO", "no way"]'])
    assert {"key", "sum: ", "sum:", "!", "YES", "NO", "no way", "way"} <= set(found.texts)
    assert {"Y", "E", "N", "!"} <= set(found.chars)


def test_bool_is_no_number():
    assert mine(["x = True"]).ints == ()


def test_several_sources_without_repeats():
    assert mine(["x = 1.5", "y = 1.5; z = 2.5"]).floats == (1.5, 2.5)


@pytest.mark.parametrize(
    "source",
    ["def f(:", "(" * 100_000, "-" * 50_000 + "1", "x = " + "+".join(["1"] * 5000), "\x00", "x = 10**10**10"],
    ids=["syntax", "brackets", "minus", "sum", "null", "power"],
)
def test_hostile_sources_end(source):
    mine([source])


def test_large_sources_are_bounded():
    found = mine(
        ["\n".join(f"x{i} = {10 * i}; s{i} = 'w{i}'" for i in range(5000)), "s = '" + "a" * 9999 + "'"]
    )
    assert len(found.ints) == len(found.texts) == MOST
    assert max(map(len, found.texts)) <= LONGEST
