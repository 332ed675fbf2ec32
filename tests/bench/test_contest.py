"""The look-alike contest set: right programs agree on valid inputs, wrong ones fail on one; both forms do the same."""

import contextlib
import io
import random

import pytest
from bench.contest_forms import ENTRY, Failed, compiled, function_form
from bench.contest_inputs import draw, length, number, valid
from bench.contest_set import behaviour, edited, faults, problems, witnesses

pytestmark = pytest.mark.fast

PROBLEMS = problems()
WITNESSES = witnesses()


def named(problem):
    return problem.name


@pytest.mark.parametrize("problem", PROBLEMS, ids=named)
def test_right_programs_agree_and_wrong_ones_look_right_on_the_sample(problem):
    assert faults(problem, draws=40) == []
    assert 2 <= len(problem.accepted) <= 3 and 4 <= len(problem.wrong) <= 6


@pytest.mark.parametrize("problem", PROBLEMS, ids=named)
def test_every_wrong_program_fails_on_a_valid_input(problem):
    assert WITNESSES[problem.name].keys() == problem.wrong.keys()
    for mistake, text in WITNESSES[problem.name].items():
        assert problem.valid(text), mistake
        right = {behaviour(problem, source, text) for source in problem.accepted}
        assert len(right) == 1 and behaviour(problem, problem.wrong[mistake], text) not in right, mistake


def printed(source, text):
    """Run a program of the set as it is, as a script; return its lines and the type of what ended it."""
    ended = None
    with contextlib.redirect_stdout(io.StringIO()) as out, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(text))
        try:
            exec(compile(source, "<program>", "exec"), {"__name__": "__main__"})
        except SystemExit:
            pass
        except Exception as error:
            ended = type(error).__name__
    return out.getvalue().splitlines(), ended


@pytest.mark.parametrize("problem", PROBLEMS, ids=named)
def test_both_forms_do_the_same(problem):
    texts = [problem.sample, *WITNESSES[problem.name].values()]
    for source in (*problem.accepted, *problem.wrong.values()):
        for text in texts:
            lines, ended = printed(source, text)
            try:
                assert (compiled(source)(text.split("\n")[:-1]), None) == (lines, ended)
            except Failed as failure:
                assert str(failure) == ended


def test_both_halves_are_large_enough():
    held_out = sum(problem.held_out for problem in PROBLEMS)
    assert len(PROBLEMS) >= 50 and 20 <= held_out <= len(PROBLEMS) - 20


@pytest.mark.parametrize(
    ("source", "text", "lines"),
    [
        ("import sys\nfor line in sys.stdin:\n    print(line.strip(), end=';')", "a\nb\n", ["a;b;"]),
        ("from sys import stdin as s, stdout, exit\nstdout.write(s.readline())\nexit()\nprint(1)", "x\n", ["x"]),
        ("input()\nexit(0)", "1\n", []),
        ("c = 0\ndef f():\n    global c\n    c += 1\nf()\nf()\nprint(c)", "", ["2"]),
        ("if __name__ == '__main__':\n    print(*open(0).read().split(), sep='-')", "1 2\n", ["1-2"]),
        ("import sys\ninput = sys.stdin.readline\nprint(repr(input()))\nprint(repr(input()))", "a\n", ["'a\\n'", "''"]),
        ("try:\n    while True:\n        print(input())\nexcept EOFError:\n    print(0)", "p\n\n", ["p", "", "0"]),
    ],
)  # fmt: skip
def test_what_the_function_form_keeps(source, text, lines):
    assert compiled(source)(text.split("\n")[:-1]) == lines


def test_the_function_form_is_source():
    names = {}
    exec(function_form("print(int(input()) * 2)"), names)
    assert names[ENTRY](["21"]) == ["42"] and names[ENTRY](["4"]) == ["8"]


def described(io):
    n = length(io, 1, 5)
    io.row(n, -3, 3)
    io.word("ab", 1, 2)
    io.permutation(n)
    number(io, 7, 7)


@pytest.mark.parametrize(
    ("text", "obeys"),
    [
        ("2\n1 -3\nab\n2 1\n7\n", True), ("2\n1 -3\nab\n2 1\n7", True), ("2\n1 -3 \nab\n2 1\n7\n\n", True),
        ("2\n1 -4\nab\n2 1\n7\n", False), ("2\n1\nab\n2 1\n7\n", False), ("2\n1 2\nabc\n2 1\n7\n", False),
        ("2\n1 2\nac\n2 1\n7\n", False), ("2\n1 2\nab\n2 2\n7\n", False), ("2\n1 2\nab\n2 1\n", False),
        ("2\n1 2\nab\n2 1\n7\n8\n", False), ("02\n1 2\nab\n2 1\n7\n", False), ("2\n1 +2\nab\n2 1\n7\n", False),
        ("6\n1 2 3 1 2 3\na\n1 2 3 4 5 6\n7\n", False), ("", False),
    ],
)  # fmt: skip
def test_a_description_tells_valid_inputs(text, obeys):
    assert valid(described, text) is obeys


def test_draws_are_valid_and_follow_the_seed():
    texts = [draw(described, random.Random(seed)) for seed in range(100)]
    assert all(valid(described, text) for text in texts) and len(set(texts)) > 80
    assert texts == [draw(described, random.Random(seed)) for seed in range(100)]


def test_an_edit_has_to_fit():
    assert edited("a b", ("a", "c")) == "c b"
    with pytest.raises(ValueError, match="occurs 2 times"):
        edited("a a", ("a", "b"))
