"""The benchmark of LDB: what it compares with can disagree, and what a repair changed is charged where it belongs."""

import pytest
from bench.ldb import oracle
from bench.ldb.cost import printing
from bench.ldb.judged import published, summary
from bench.ldb.localised import changed_lines, placed, table
from bench.ldb.oracle import Agreement, compare
from bench.ldb.sets import inputs

from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, Task
from trialrun.observe.tracer import Recording, trace_case
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox

LOOP = "def f(n):\n    t = 0\n    for i in range(n):\n        t += i\n    return [t, {n}]\n"
RAISES = """\
def f(n):
    try:
        m = 1 // n
    except ZeroDivisionError:
        m = 2
    raise KeyError(m)
"""
PRINTS = """\
def g(x):
    print('t=', x)
    return lambda y: x + y

def f(n):
    h = g(n)
    return h(1)
"""
PROGRAMS = {
    "loop": (LOOP, (3,)),
    "recursion": ("def f(n):\n    if n < 1: return 0\n    m = f(n - 1)\n    return m + n\n", (4,)),
    "raises": (RAISES, (0,)),
    "prints": (PRINTS, (2,)),
}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as made:
        yield made


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_trace_and_the_oracle_agree(sandbox, name):
    source, args = PROGRAMS[name]
    total = Agreement()
    compare(sandbox, name, Program.from_source(source, entry="f"), Case(args=args), total)
    assert (total.traces, total.complete, total.lines, total.blocks) == (1, 1, 1, 1), total.faults
    assert total.values["equal"] and not total.values["different"]
    assert total.recursive == (name == "recursion")


@pytest.mark.parametrize(
    ("was", "is_now", "differ"),
    [
        ("t += i", "t += 2 * i", "values"),
        ("range(n)", "range(n + 1)", "lines"),
        ("return [t, {n}]", "raise KeyError(t)", "complete"),
    ],
)
def test_and_differ_where_the_trace_is_of_another_program(sandbox, monkeypatch, was, is_now, differ):
    source, args = PROGRAMS["loop"]
    other = Program.from_source(source.replace(was, is_now), entry="f")
    monkeypatch.setattr(oracle, "trace_case", lambda s, _p, *rest: trace_case(s, other, *rest))
    total = Agreement()
    compare(sandbox, "loop", Program.from_source(source, entry="f"), Case(args=args), total)
    assert total.faults
    if differ == "values":
        assert total.values["different"] and total.lines == 1
    elif differ == "lines":
        assert not total.lines and not total.blocks
    else:
        assert not total.complete


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_with_prints_does_what_it_did(sandbox, name):
    source, args = PROGRAMS[name]
    ways = [
        run_fresh(sandbox, Program.from_source(text, entry="f"), [Case(args=args)], Limits()).executions[0]
        for text in (source, printing(source))
    ]
    assert (ways[0].outcome, ways[0].value, ways[0].exception) == (
        ways[1].outcome,
        ways[1].value,
        ways[1].exception,
    )
    assert b"Value_After:" in ways[1].stdout and b"Value_After:" not in ways[0].stdout


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (
            "def f(n):\n    a = 1\n    return a\n",
            "def f(n):\n    '''Doc.'''\n    a = 1  # one\n    return a\n",
            set(),
        ),
        ("def f(n):\n    a = 1\n    return a\n", "def f(n):\n    a = 1\n    a += n\n    return a\n", {2}),
        ("def f(n):\n    a = 1\n    return a\n", "def f(n):\n    return a\n", {2}),
        (LOOP, LOOP.replace("range(n)", "range(n + 1)"), {3}),
        (LOOP, LOOP.replace("t += i", "t -= i"), {4}),
    ],
)
def test_changed_statements_and_insertions(before, after, lines):
    assert changed_lines(before, after) == lines


def test_a_changed_block_has_its_place_in_each_order(sandbox):
    source = "def f(n):\n    a = n\n    if n > 2:\n        a += 1\n    return a\n"
    trace = trace_case(
        sandbox, Program.from_source(source, entry="f"), Case(args=(3,)), Limits(), Recording(lines=True)
    )
    blocks = {block.lines[0][0]: number for number, block in enumerate(trace.blocks) if block.lines}
    scores = {number: 1.0 if line == 4 else 0.5 for line, number in blocks.items() if line > 1}
    found = placed("t", trace, scores, {4})
    assert found.ranks == {"slice, then Ochiai": 1, "Ochiai": 1.0, "first and last": 4}
    assert (found.blocks, found.changed, found.ran) == (4, 1, 3) and found.shown == {
        "relevant": True,
        "ends": True,
    }
    assert found.chance[1] == pytest.approx(0.25)
    rows = table([found])
    assert rows["first and last, top 3"]["hits"] == 0 and rows["slice, then Ochiai, top 3"]["hits"] == 1
    assert rows["shown of more than ten, ends"] == {"hits": 0, "of": 0}
    assert placed("t", trace, scores, {99}) is None


def test_the_published_rule_runs_program_and_test_together(sandbox):
    test = "def check(candidate):\n    assert candidate(2) == helper(2)\ncheck(f)\n"
    assert not published(sandbox, "def f(n):\n    return n\n", test)
    assert published(sandbox, "def helper(n):\n    return n\ndef f(n: List[int]):\n    return n\n", test)


def test_gained_and_lost_are_named_against_the_seeds():
    task = Task(id="HumanEval/1", suite="s", statement="", entry="f")

    class One:
        def __init__(self, number):
            self.task = Task(id=f"HumanEval/{number}", suite=task.suite, statement="", entry="f")

    found = summary(
        [One(number) for number in range(4)],
        {"seeds": {"HumanEval/0", "HumanEval/1"}, "repaired": {"HumanEval/1", "HumanEval/2"}},
    )
    assert found["repaired"]["repaired"] == ["HumanEval/2"] and found["repaired"]["lost"] == ["HumanEval/0"]
    assert found["repaired"]["failing_seeds"] == 2 and found["seeds"]["share"] == 0.5


def test_inputs_are_the_stated_ones_or_literals_of_the_tests():
    def task(code):
        check = AssertCheck(name="t", code=code, remote=("f",))
        return Task(id="t/1", suite="s", statement="", entry="f", public_checks=(check,))

    assert [case.args for case in inputs(task("assert f(1, 2) == 3\n"))] == [(1, 2)]
    assert [case.args for case in inputs(task("assert round(f([1, 2]), 2) == 3\n"))] == [([1, 2],)]
    assert [case.args for case in inputs(task("assert f(g('hello')) == 'hello'\n"))] == [("hello",)]
