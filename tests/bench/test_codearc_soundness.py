"""The benchmark of the equivalence search on CodeARC's functions: which are drawn, and what counts as a fault."""

import pytest
from bench.codearc_soundness import against_itself, drawn, only_computes, soundness

from trialrun.compare.differential import Differential
from trialrun.core.errors import Missing
from trialrun.core.judgement import Verdict
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import codearc
from trialrun.tasks.codearc import Function, Recorded


def function(source, *arguments, number=1):
    calls = [Recorded(statement="", printed="", errored=False, arguments=args) for args in arguments]
    return Function(id=number, entry="f", source=source, calls=tuple(calls))


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.fast
@pytest.mark.parametrize(
    ("source", "pure"),
    [
        ("import math, re\ndef f(x): return math.sqrt(x)", True), ("import os\ndef f(x): return x", False),
        ("def f(x): return open(x)", False), ("def f(x): return eval(x)", False), ("def f(x) return", False),
        ("from collections import Counter\ndef f(x): return Counter(x)", True),
        ("def f(x): return x.__class__", False), ("import subprocess as re\ndef f(x): return re", False),
        ("def f(x):\n    import socket\n    return x", False),
    ],
)  # fmt: skip
def test_only_what_computes_runs_outside_the_sandbox(source, pure):
    assert only_computes(function(source)) is pure


def test_functions_agree_with_themselves_and_unsteady_ones_are_listed(sandbox):
    functions = [
        function("def f(x): return [x, float(x), {x: 'a'}]", (1,), number=1),
        function("import random\ndef f(x): return random.random() + x", (1,), (2,), number=2),
        function("def f(x): return open('/dev/urandom', 'rb').read(3)", (1,), (2,), number=3),
        function("1/0\ndef f(x): return x", (1,), number=4),
        function("def f(x) return", (1,), number=5),
        function("def f(x=[]):\n    x.append(1)\n    return x", ([1],), number=6),
    ]
    found = soundness(sandbox, functions, 60, 20.0)
    assert found["different"] == {} and found["functions"] == 6
    assert set(found["unsteady"]) == {"3 f"} and set(found["does_not_load"]) >= {"4 f", "5 f"}
    # The third is random anyway; its source says `urandom`.
    assert set(found["unsteady_where_not_frozen"]) == {"2 f, not frozen", "3 f, not frozen"}


def test_a_function_against_itself_is_unknown(sandbox):
    came, fault = against_itself(
        sandbox, function("def f(x): return x", (1,)), Differential(inputs=50, cpu_s=20.0)
    )
    assert came.verdict is Verdict.UNKNOWN and came.inputs >= 50 and fault == ""


@pytest.mark.data
def test_the_draw_is_committed():
    try:
        functions = codearc.functions()
    except Missing:
        pytest.skip("CodeARC's functions are not on this machine")
    first = drawn(functions, 100)
    assert len(first) == 100 and first == drawn(functions, 100) and all(map(only_computes, first))
    assert [one.id for one in first][:5] == [10, 13, 19, 39, 49]
