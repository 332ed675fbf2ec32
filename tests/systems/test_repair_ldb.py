"""LDB (arXiv:2402.16906): what ran on a failing check is shown block by block, and the program written again."""

import re
from dataclasses import replace

import pytest

from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Task
from trialrun.making import PublicRunner
from trialrun.models.protocol import ContextTooLong
from trialrun.models.scripted import Scripted
from trialrun.models.wrap import Metered
from trialrun.repair.ldb import LONGEST, Ldb, without_tests
from trialrun.verify.tests import Judge, Rules

CANARY = 987654321
SAID = '{"block": "BLOCK-0", "correct": false, "explanation": "wrong"}'


def task_of(*asserts, entry="f"):
    checks = tuple(
        AssertCheck(name=f"visible {number}", code=f"{one}\n", remote=(entry,))
        for number, one in enumerate(asserts)
    )
    hidden = (AssertCheck(name="tests", code=f"assert {entry}({CANARY}) == {CANARY}\n", remote=(entry,)),)
    return Task(
        id="own/1", suite="own", statement="Do it.", entry=entry, public_checks=checks, hidden_checks=hidden
    )


def repaired(sandbox, task, source, answers=("",), *, method=None, seed=0, cpu_s=5.0, **limits):
    """Repair a program with a scripted model that says something of each block, then gives the next answer."""
    given = list(answers)

    def script(request, _index):
        return (
            SAID if len(request.messages) % 4 == 3 else f"```python\n{given.pop(0) if given else source}\n```"
        )

    budget, model = Budget(**limits), Scripted(script)
    judge = Judge(sandbox, Rules(limits=Limits(cpu_s=cpu_s), comparator="strict"))
    ctx = Context(
        model=Metered(model, budget), runner=PublicRunner(judge, task, budget), budget=budget, seed=seed
    )
    program = Program.from_source(source, entry=task.entry)
    made = list((method or Ldb(iterations=1)).repair(task.public(), program, (), ctx))
    return made, model.requests


def asked(sandbox, task, source, **given):
    """Return the question about the blocks."""
    _, requests = repaired(sandbox, task, source, **given)
    return requests[0].messages[-1].content


WRONG = "def f(xs):\n    total = 0\n    for x in xs:\n        if x > 1:\n            total += x\n    return total\n"
RIGHT = WRONG.replace("x > 1", "x > 0")
SUMS = task_of("assert f([5, 1, 1, 2]) == 9", "assert f([1]) == 1", "assert f([4]) == 4")


def test_it_shows_the_smallest_failing_check_and_takes_what_passes(sandbox):
    (made,), requests = repaired(sandbox, SUMS, WRONG, [RIGHT], method=Ldb())
    assert "x > 0" in made.source and made.maker == "repair/ldb" and made.parents
    blocks, rewrite = requests
    question = blocks.messages[-1].content
    assert "`f([1])` should return `1`, but it returned `0`" in question
    assert re.search(
        r"\[BLOCK-0\]\n    # xs=\[1\]\n    total = 0\n    # xs=\[1\] +total=0\n\[BLOCK-1\]", question
    )
    assert "# returns 0" in question and "left out" not in question
    # One conversation: task, program, blocks, what the model said of them, and then the rewriting.
    assert [one.role for one in rewrite.messages] == ["user", "assistant", "user", "assistant", "user"]
    assert rewrite.messages[3].content == SAID and "x > 1" in rewrite.messages[1].content
    assert (blocks.temperature, rewrite.temperature) == (0.0, 0.0) and blocks.seed != rewrite.seed


def test_each_program_is_better_than_the_one_before_and_the_last_one_passes(sandbox):
    half, worse = RIGHT.replace("total = 0", "total = 0 if len(xs) < 4 else 1"), "def f(xs): return -1\n"
    made, requests = repaired(sandbox, SUMS, WRONG, [worse, half, worse, RIGHT, worse], method=Ldb())
    assert [one.source for one in made] == [half, RIGHT] and len(requests) == 8
    assert len(requests[-1].messages) == 17, "the conversation goes on over the iterations"
    nothing, requests = repaired(sandbox, SUMS, RIGHT)
    assert not nothing and not requests
    none, requests = repaired(sandbox, SUMS, WRONG, method=Ldb(iterations=3))
    assert not none and len(requests) == 6


def test_a_run_is_the_same_twice_and_keeps_to_its_budget(sandbox):
    answers = ["def f(xs): return 1\n", "def f(xs): return 9\n", RIGHT]
    first, second = (repaired(sandbox, SUMS, WRONG, answers, method=Ldb(), seed=7) for _ in range(2))
    assert [one.id for one in first[0]] == [one.id for one in second[0]]
    assert [one.key("m") for one in first[1]] == [one.key("m") for one in second[1]]
    _, requests = repaired(sandbox, SUMS, WRONG, method=Ldb(), model_calls=3)
    assert len(requests) == 3


def test_of_equal_inputs_the_seed_chooses_and_no_hidden_value_is_shown(sandbox):
    task = task_of(*(f"assert f({number}) == {number}" for number in range(1, 7)))
    seen = set()
    for seed in range(12):
        _, requests = repaired(sandbox, task, "def f(n):\n    return 0\n", seed=seed)
        seen.add(re.search(r"`f\((\d)\)` should", requests[0].messages[-1].content)[1])
        assert str(CANARY) not in repr(requests)
    assert len(seen) > 1


# -- what the published tracer fails on


def test_what_a_program_prints_is_no_value(sandbox):
    source = "def f(n):\n    m = n + 1\n    print('Value_After:2|n=77|m=78\\n[BLOCK-0]')\n    return m\n"
    question = asked(sandbox, task_of("assert f(1) == 1"), source)
    assert "n=1    m=2" in question and "n=77" not in question.replace(source.split("\n")[2], "")
    assert question.count("[BLOCK-0]\n") == 1


def test_a_check_may_compare_inside_its_argument(sandbox):
    question = asked(sandbox, task_of("assert f('a == b', True) == 3"), "def f(s, t):\n    return len(s)\n")
    assert "`f('a == b', True)` should return `3`, but it returned `6`" in question
    assert "# s='a == b'    t=True\n" in question


def test_recursion_and_several_functions(sandbox):
    source = (
        "def half(n):\n    return n // 2\n\n"
        "def f(n):\n    if n == 0:\n        return 1\n    return f(half(n)) + n\n"
    )
    question = asked(sandbox, task_of("assert f(2) == 3"), source)
    calls = set(re.findall(r"# call \d+ of (\w+)\n    # n=(\d)", question))
    assert calls == {("f", "2"), ("f", "1"), ("f", "0"), ("half", "2"), ("half", "1")}
    assert "# returns 4" in question and "# returns 2" in question


def test_a_return_in_a_one_line_if(sandbox):
    source = "def f(n):\n    m = n * 2\n    if m > 5: return m\n    return 0\n"
    question = asked(sandbox, task_of("assert f(3) == 7"), source)
    assert "    if m > 5: return m\n    # n=3    m=6\n    # returns 6" in question


def test_lambdas_and_comprehensions(sandbox):
    source = "def f(xs):\n    key = lambda x: -x\n    ys = sorted((x for x in xs if x), key=key)\n    return ys[:1]\n"
    question = asked(sandbox, task_of("assert f([0, 1, 2]) == [1]"), source)
    assert "ys=[2, 1]" in question and "# returns [2]" in question


def test_a_loop_of_a_million_turns_and_one_without_end(sandbox):
    source = "def f(n):\n    i = 0\n    while i < n:\n        i += 1\n    return i\n"
    question = asked(sandbox, task_of("assert f(10**6) == 1"), source, cpu_s=30)
    assert question.count("[BLOCK-") == 10 and len(question) < 6000 and "# returns 1000000" in question
    assert re.search(r"… [\d,]{5,} blocks left out …", question) and "lacks" in question
    endless = asked(
        sandbox, task_of("assert f(1) == 1"), "def f(n):\n    while n:\n        n += 1\n", cpu_s=0.5
    )
    assert "ended otherwise: timeout" in endless and "[BLOCK-0]" in endless


def test_what_is_left_out_is_not_what_fails(sandbox):
    source = (
        "def f(n):\n    total = 0\n    for i in range(n):\n        if i == 20:\n            total -= 7\n"
        "        else:\n            total += 1\n    return total\n"
    )
    task = task_of("assert f(40) == 40", "assert f(3) == 3")
    assert "total -= 7" in asked(sandbox, task, source)
    ends = asked(sandbox, task, source, method=Ldb(iterations=1, shown="ends"))
    assert "total -= 7" not in ends and ends.count("[BLOCK-") == 10 and ends.count("blocks left out") == 1


def test_a_long_value_says_what_was_cut(sandbox):
    source = "def f(n):\n    s = 'x' * n + 'end'\n    return s\n"
    question = asked(sandbox, task_of("assert f(120) == 1"), source)
    assert f"# n=120    s='{'x' * 49} … 25 characters left out … {'x' * 46}end'" in question
    question = asked(sandbox, task_of("assert f(5000) == 1"), source)
    assert re.search(r"# n=5000    s='x{50,99}.{0,30} … \(5,003 in all\)\n", question)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(n:\n", "syntax"),
        ("import no_such_module\ndef f(n):\n    return 1\n", "no_such_module"),
        ("g = 1\n", "f"),
    ],
)
def test_where_nothing_is_traced_the_failure_takes_the_blocks_place(sandbox, source, said):
    question = asked(sandbox, task_of("assert f(2) == 2"), source)
    assert said in question and "no record" in question and "[BLOCK-0]\n" not in question


def test_checks_that_state_no_case_are_told_as_they_failed(sandbox):
    task = task_of("for n in range(3):\n    assert f(n) == n, n")
    (made,), requests = repaired(
        sandbox, task, "def f(n):\n    return 0\n", ["def f(n):\n    return n\n"], method=Ldb()
    )
    question = requests[0].messages[-1].content
    assert "return n" in made.source
    assert "`visible 0` fails" in question and "AssertionError" in question and "no record" in question


def test_wrong_tests_of_a_program_s_own_are_taken_off_first(sandbox):
    own = "\n# Test\nassert f([1]) == 17\n"
    (made,), requests = repaired(sandbox, SUMS, RIGHT + own)
    assert "assert" not in made.source and not requests and made.maker == "repair/ldb"
    question = asked(sandbox, SUMS, WRONG + own)
    assert "[BLOCK-0]" in question, "the trace is of the program, not of its failing test"
    # What loads keeps them, and whatever else stands at its end.
    main = "\nif __name__ == '__main__':\n    print(f([1]))\n"
    _, requests = repaired(sandbox, SUMS, WRONG + main)
    assert main.strip() in requests[0].messages[1].content
    whole = Program.from_source(RIGHT + own)
    assert without_tests(whole) is whole


@pytest.mark.parametrize(("granularity", "most"), [("line", 30), ("function", 1)])
def test_lines_and_the_function_for_ablation(sandbox, granularity, most):
    task = task_of("assert f([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) == 78")
    question = asked(sandbox, task, WRONG, method=Ldb(iterations=1, granularity=granularity))
    assert len(re.findall(r"\[BLOCK-\d+\]\n", question)) == most and "left out" in question
    assert "total = 0" in question and "# returns 77" in question
    if granularity == "function":
        shown = question.rpartition("[BLOCK-0]")[2]
        assert sum(not one.strip().startswith(("#", "…", "`")) for one in shown.splitlines()[1:]) == 30


def test_a_conversation_that_grows_too_long_is_begun_again(sandbox):
    long = "def f(xs):\n    return 0  # " + "x" * (LONGEST + 1) + "\n"
    _, requests = repaired(sandbox, SUMS, WRONG, [long, long], method=Ldb(iterations=2))
    assert [len(one.messages) for one in requests] == [3, 5, 3, 5]
    assert all(sum(len(one.content) for one in request.messages) < LONGEST for request in requests)


@pytest.mark.parametrize("most", [5, 6, 7])
def test_so_is_one_that_the_model_has_no_room_for(sandbox, most):
    """The model takes so many messages: the second iteration does not fit behind the first one."""
    answers = ["def f(xs): return 1\n", "def f(xs): return 9\n", RIGHT]
    seen = []

    def script(request, _index):
        seen.append(len(request.messages))
        if len(request.messages) > most:
            raise ContextTooLong("too long")
        return SAID if len(request.messages) % 4 == 3 else f"```python\n{answers.pop(0)}\n```"

    budget = Budget()
    judge = Judge(sandbox, Rules(limits=Limits(cpu_s=5.0), comparator="strict"))
    ctx = Context(model=Scripted(script), runner=PublicRunner(judge, SUMS, budget), budget=budget)
    program = Program.from_source(WRONG, entry="f")
    assert [one.source for one in Ldb().repair(SUMS.public(), program, (), ctx)] == [RIGHT]
    assert (
        seen == {5: [3, 5, 7, 3, 5, 7, 3, 5], 6: [3, 5, 7, 3, 5, 7, 3, 5], 7: [3, 5, 7, 9, 5, 7, 9, 5]}[most]
    )
    with pytest.raises(ContextTooLong):
        most = 2
        list(Ldb().repair(SUMS.public(), program, (), ctx))


def test_another_language_is_left_alone(sandbox):
    task = replace(SUMS, language="c")
    assert repaired(sandbox, task, "int f;")[1] == []
