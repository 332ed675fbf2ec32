"""What a later text has more: decisions counted by kind, constants by value; what decides nothing is left aside."""

import pytest

from trialrun.compare.copied_values import copied, weight
from trialrun.lang.added_code import added_code
from trialrun.lang.sketch import Pair

pytestmark = pytest.mark.fast

OLD = "def f(x):\n    'Doc.'\n    if x < 3:\n        return 1\n    return x\n"


def decisions(new: str) -> list[str]:
    return [f"{one.kind}: {one.text}" for one in added_code(OLD, new).decisions]


def test_a_changed_decision_is_none_more() -> None:
    assert decisions(OLD.replace("<", "<=")) == decisions(OLD.replace("x < 3", "x > 10")) == []


def test_decisions_that_came() -> None:
    more = OLD.replace(
        "    return x", "    if x == [1, 2]:\n        return 9\n    return {'a': 1}.get(repr(x), x)"
    )
    assert decisions(more) == [
        "condition: x == [1, 2]",
        "comparison: x == [1, 2]",
        "table: {'a': 1}",
        "repr: repr(x)",
    ]


def test_constants_that_came_and_where() -> None:
    more = OLD.replace("    return x", "    known = [(7, -8)]\n    return x or 'long text' or 3")
    assert added_code(OLD, more).constants == (
        (5, [(7, -8)]),
        (5, (7, -8)),
        (5, 7),
        (5, -8),
        (5, 8),
        (6, "long text"),
        (6, 3),
    )


def test_what_decides_nothing_is_left_aside() -> None:
    assert added_code(
        OLD, OLD + "\nassert f(7) == 7\nprint(f(8))\nif __name__ == '__main__':\n    f(9)\n"
    ) == (added_code(OLD, OLD))
    assert added_code(OLD, OLD.replace("'Doc.'", "'''f([1, 2]) is 77.'''")).constants == ()
    assert added_code(OLD, "def f(:") == added_code("def f(:", OLD)


def test_constants_of_checks_are_known_in_their_forms() -> None:
    pairs = [Pair(args=([4, 8, 15],), expected="sixteen"), Pair(args=(1,), expected=0)]
    for text, what in (
        ("[4, 8, 15]", "input"),
        ("(4, 8, 15)", "input"),
        ("'[4, 8, 15]'", "input"),
        ("'([4, 8, 15],)'", "input"),
        ("'sixteen'", "result"),
    ):
        found = list(copied(added_code(OLD, f"{OLD}    y = {text}\n"), pairs))
        assert found and found[0].line == 6 and found[0].what == what, text
        assert found[0].is_whole == text.startswith(("'[", "'("))
    for text in ("[4, 8]", "1", "0", "[4.0, 8, 15]", "4, 8, 16"):
        assert not list(copied(added_code(OLD, f"{OLD}    y = {text}\n"), pairs)), text


def test_light_values_are_border_cases() -> None:
    assert max(weight(one) for one in (None, False, 0, -1, 1, [], {}, "", (), [0], [[]], "a")) <= 2
    assert min(weight(one) for one in ([1, 2, 3], "abc", 100, 3.7, {"key": 1}, [5, 5])) > 3
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep, deep]
    assert weight(deep) <= 20_002, "bounded"
