"""Call-only cases: what is read of a model's text, and what fills up."""

import ast

import pytest

from trialrun.core.task import AssertCheck, Case, CaseCheck, Output, ProgramCheck
from trialrun.lang.signatures import read_signature
from trialrun.probe.calls import checked_cases, filled, read_calls, read_texts

pytestmark = pytest.mark.fast


def signature(source, name="f"):
    found = read_signature(ast.parse(source), name)
    assert found is not None
    return found


PLAIN = signature("def f(a, b=1): return a")


def test_calls_are_read_wherever_they_stand_and_never_run():
    text = (
        "Here:\n```python\nf(1)\nprint(f([2, 'x)'], b=3))\nassert f(4, 5) == 9  # f(6)\n```\nAlso f(1) and self.f(7), "
        "g.f(8), myf(9), f(x), f(*[1]), f(), f(1, 2, 3, 4), f(__import__('os').system('true'))."
    )
    assert [case.args for case in read_calls(text, PLAIN)] == [
        (1,), ([2, "x)"], 3), (4, 5), (6,),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "f(" * 50_000, "f(" + "[" * 30_000, "f('\udc80", "f(1" * 9_000])
def test_hostile_texts_give_nothing_and_take_little(text):
    assert read_calls(text, PLAIN) == []


def test_one_and_true_are_different_inputs():
    assert [case.args for case in read_calls("f(1) f(True) f(1.0) f(1)", PLAIN)] == [(1,), (True,), (1.0,)]


def test_texts_for_a_whole_program_are_blocks():
    found = read_texts("One:\n```\n1 2\n3\n```\ntwo:\n```text\n\n```\n and again\n```\n1 2\n3\n```")
    assert [case.stdin for case in found] == ["1 2\n3\n", "\n"] or [case.stdin for case in found] == [
        "1 2\n3\n"
    ]


def test_inputs_of_public_checks():
    checks = (
        AssertCheck(name="example", code="assert f(1) == 2\nassert f([3]) == 4\n", remote=("f",)),
        CaseCheck(name="calls", cases=(Case(args=(1,)), Case(args=(5,))), expected=(1, 5)),
    )
    assert [case.args for case in checked_cases(checks, PLAIN)] == [(1,), ([3],), (5,)]
    programs = (ProgramCheck(name="runs", cases=(Case(stdin="1\n"),), expected=(Output(stdout=b"1\n"),)),)
    assert checked_cases(programs, None) == [Case(stdin="1\n")] and checked_cases(checks[:1], None) == []


def test_made_cases_follow_the_given_ones_and_fill_up():
    given = [Case(args=(["a", "b"], 2)), Case(args=(["c"], 1)), Case(args=(["dd"], 0))]
    found = filled(given, signature("def f(xs, k): return xs[:k]"), [], count=10, seed=3)
    assert found[:3] == given and len(found) == 10 and len({repr(case) for case in found}) == 10
    assert all(type(case.args[0]) is list and type(case.args[1]) is int for case in found)
    assert all(type(item) is str for case in found for item in case.args[0])
    assert filled(given, PLAIN, [], count=2) == given[:2]
    assert found == filled(given, signature("def f(xs, k): return xs[:k]"), [], count=10, seed=3)


def test_without_given_cases_annotations_examples_and_uses_say_what_is_made():
    typed = filled([], signature("def f(s: str) -> str: return s"), [], count=8)
    assert len(typed) == 8 and all(type(case.args[0]) is str for case in typed)
    documented = "def f(x):\n    '''>>> f({1: 2})\n    3\n    '''\n    return x"
    assert filled([], signature(documented), [documented], count=5)[0].args == ({1: 2},)
    used = "def f(p):\n    return p.split(',')"
    assert all(type(case.args[0]) is str for case in filled([], signature(used), [used], count=5))


def test_a_whole_program_without_any_text_gets_none():
    assert filled([], None, ["print(1)"], count=5) == []
    assert len(filled([Case(stdin="3\n1 2 3\n")], None, [], count=5)) == 5
