"""`trialrun anpl`: a sketch is compiled, and a user on stdin mends what the tests refuse."""

import json
import sys
from io import StringIO

import pytest

from trialrun.cli import execute

SKETCH = """from typing import Literal
Digit = Literal[0, 1, 2]

def back(xs: list) -> list:
    return xs[::-1]

def more(xs: list, by: Digit) -> list:
    return [x + by for x in xs]

def both(xs: list, ys: list) -> list:
    return [a + b for a, b in zip(xs, ys)]

def step(xs: list) -> list:
    '''Add the reversed list, and two.'''

def main(xs):
    return step(xs)[::-1]

def far(xs: list) -> list:
    '''Never called.'''
"""


@pytest.fixture
def files(tmp_path):
    sketch, tests = tmp_path / "sketch.py", tmp_path / "tests.py"
    sketch.write_text(SKETCH)
    tests.write_text("assert main([1, 2, 5]) == [8, 6, 8]\nassert main([3]) == [8]\n")
    return sketch, tests


def run(monkeypatch, capsys, files, *flags, typed=""):
    monkeypatch.setattr(sys, "stdin", StringIO(typed))
    code = execute(["anpl", str(files[0]), "--tests", str(files[1]), *flags])
    return code, *capsys.readouterr()


def test_a_session_on_stdin(monkeypatch, capsys, files, tmp_path):
    typed = "help\nholes\nwhat\ncalls far\ncase nowhere(1) == 2\n"
    typed += "case step([1, 2, 5]) == [8, 6, 8]\ncase far([]) == []\n"
    code, out, err = run(monkeypatch, capsys, files, "--fill-by", "search", typed=typed)
    assert code == 0, err
    assert (
        "not reached: nothing is known of it" in out
        and "no command 'what'" in err
        and "far is not reached" in err
    )
    assert "no hole 'nowhere'" in err and "2 questions" in err
    assert "return more(both(xs, back(xs)), 2)" in out
    kept = out[out.index("from typing") :]
    assert (
        kept.replace("\n    # trialrun: hole\n    return more(both(xs, back(xs)), 2)", "").replace(
            "\n    # trialrun: hole\n    return xs", ""
        )
        == SKETCH
    ), "nothing else of the sketch changed"


def test_without_commands_it_says_what_is_open(monkeypatch, capsys, files, tmp_path):
    code, out, _ = run(
        monkeypatch, capsys, files, "--fill-by", "search", "--json", "--output", str(tmp_path / "o.py")
    )
    told = json.loads(out)
    assert code == 1 and told["open"] == ["step", "far"] and not told["solved"]
    assert {one["hole"]: one["reached"] for one in told["holes"]} == {"step": True, "far": False}
    assert (tmp_path / "o.py").read_text() == SKETCH


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ((), "--model"),
        (("--fill-by", "search", "--entry", "absent"), "--entry"),
        (("--fill-by", "search", "--output", "/nowhere/x.py"), "/nowhere"),
    ],
)
def test_what_cannot_be_meant(monkeypatch, capsys, files, flags, says):
    code, _, err = run(monkeypatch, capsys, files, *flags)
    assert code == 2 and says in err


def test_tests_have_to_state_results(monkeypatch, capsys, files):
    files[1].write_text("for x in range(3):\n    assert main([x])\n")
    code, _, err = run(monkeypatch, capsys, files, "--fill-by", "search")
    assert code == 2 and "assert main([1]) == 2" in err
