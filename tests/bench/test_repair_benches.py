"""The benchmarks of repair and localisation: which lines count as faulty, which programs were looked at, the tables."""

import pytest
from bench.localisation import faulty_lines, table
from bench.repair_sets import half_open, without_tests
from bench.repair_templates import WAYS, summary

from trialrun.core.settings import fingerprint

WRONG = '''\
def f(xs):
    """What it does."""
    n = 0
    for x in xs:  # each
        n += 1
    return n - 1
'''


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("n - 1", "n", {6}),
        ("  # each", "", set()),
        ("What it does.", "Another text.", set()),
        ("        n += 1\n", "        n += 1\n        n += x\n", {5, 6}),
        ("for x in xs:  # each", "for x in xs[1:]:", {4}),
        ("    n = 0\n", "", {3}),
        ("def f(xs):", "def f(xs: list) -> int:", set()),
    ],
)
def test_faulty_are_the_lines_that_differ_and_the_neighbours_of_what_is_missing(
    old: str, new: str, lines: set[int]
) -> None:
    assert old in WRONG and faulty_lines(WRONG, WRONG.replace(old, new)) == lines


def test_half_of_the_programs_was_looked_at_whatever_their_order() -> None:
    names = [f"p{number}" for number in range(40)]
    assert len(half_open(names)) == 20 and half_open(names) == half_open(names[::-1])


def test_a_seed_loses_its_own_tests_and_nothing_else() -> None:
    source = "import re\n\ndef f(x):\n    assert x\n    return g(x)\n\nassert f(1) == 2\nprint(f(3))\ng = re.escape\n"
    assert without_tests(source) == "import re\n\ndef f(x):\n    assert x\n    return g(x)\n\ng = re.escape\n"
    assert without_tests("def f(:") == "def f(:"


def _row(name: str, way: str, *, plausible: bool, correct: bool) -> dict[str, object]:
    costs = {"cpu_s": 1.0, "wall_s": 2.0, "screened": 100, "until_plausible": 7 if plausible else None}
    return {"name": name, "way": way, "shown": True, "plausible": plausible, "correct": correct, **costs}


def test_the_table_counts_plausible_and_correct_apart() -> None:
    rows = [
        _row("a", "located", plausible=True, correct=True),
        _row("b", "located", plausible=True, correct=False),
    ]
    rows += [
        _row(name, way, plausible=False, correct=False) for name in "ab" for way in ("unlocated", "blind")
    ]
    found = summary([*rows, {"name": "c", "way": "located", "shown": False}])
    assert (found["programs"], found["fail_a_visible_check"]) == (3, 2)
    located = found["located"]
    assert (located["plausible"], located["correct"]) == (2, 1)
    assert located["plausible_but_wrong_share"]["value"] == 0.5
    assert found["located_against_blind"]["correct_only_located"] == 1
    assert found["blind"]["plausible_but_wrong_share"] is None


def test_ways_differ_in_nothing_but_order() -> None:
    assert len({fingerprint(method) for method in WAYS.values()}) == 3
    assert len({(one.most, one.beside, one.pairs, one.probes, one.traced) for one in WAYS.values()}) == 1


def test_ranks_become_shares() -> None:
    place: dict[str, list[tuple[float, int]]] = {"lines": [(2.0, 10)], "blocks": [(1.0, 4)], "functions": []}
    rows = [
        {
            "name": "a",
            **dict.fromkeys(("ochiai", "dstar", "op2", "tarantula", "random", "slice"), place),
        }
    ]
    found = table(rows)
    assert found["lines"]["ochiai"] == {"top 1": 0.0, "top 5": 1.0, "top 10": 1.0, "exam": 0.2}
    assert found["blocks"]["dstar"]["top 1"] == 1.0 and "functions" not in found
