"""Phases 2 and 3 of partial execution: types from uses, the errors that they show, values by a model."""

import ast
import json

import pytest

from trialrun.models.scripted import Scripted
from trialrun.observe.narrow import assume, supports
from trialrun.observe.partial import examine
from trialrun.observe.partial_model import read_answer
from trialrun.run.holes import Value


def typed(sandbox, source):
    found = examine(sandbox, source)
    assert found.explored.coverage(found.explored.union) > 0
    return found.typed


def test_what_a_dummy_hides_is_an_assumption(sandbox):
    found = examine(sandbox, "x = 'a' + f()\n")
    assert found.errors == () and found.explored.coverage(found.best.hits) == 1.0
    assert [str(made) for made in found.typed.assumptions] == ["f() -> str"]
    assert found.typed.assumptions[0].by == "uses" and found.typed.faults == ()


def test_an_assumption_shows_an_error_that_was_hidden(sandbox):
    source = (
        "def total(prices):\n    text = ''\n    for p in prices:\n        text += p\n    return text / 2\n"
    )
    phase1 = examine(sandbox, source)
    assert not phase1.errors
    (fault,) = phase1.typed.faults
    assert (fault.failure.type, fault.failure.line, fault.failure.where, fault.by) == (
        "TypeError",
        5,
        "total",
        "uses",
    )
    assert "prices[] in total: str" in map(str, phase1.typed.assumptions)
    assert not typed(sandbox, source.replace("text / 2", "text * 2")).faults


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (
            "import subprocess\nout = subprocess.check_output(['ls'])\nout.split('\\n')",
            "import subprocess\nout = subprocess.check_output(['ls'], text=True)\nout.split('\\n')",
        ),
        ("def f(x=None):\n    return x + 1", "def f(x=0):\n    return x + 1"),
        (
            "class A:\n    def __init__(self, n):\n        self.n = n\nfor x in A(y):\n    z(x)",
            "class A:\n    def __init__(self, n):\n        self.n = n\nfor x in A(y).n:\n    z(x)",
        ),
        (
            "n = len(items) / 2\nfor i in range(n):\n    f(i)",
            "n = len(items) // 2\nfor i in range(n):\n    f(i)",
        ),
        ("print('n: ' + count)\nf(count - 1)", "print('n: ' + str(count))\nf(count - 1)"),
    ],
)
def test_wrong_and_right(sandbox, wrong, right):
    assert typed(sandbox, wrong).faults and not typed(sandbox, right).faults


def test_what_rests_on_a_name_is_said_to_be_a_guess(sandbox):
    (fault,) = typed(sandbox, "print('port: ' + port)").faults
    assert fault.by == "names" and "port: int" in map(str, fault.assumptions)


def test_one_error_does_not_hide_the_next(sandbox):
    found = typed(sandbox, "x = f()\ny = 'a' + x\nz = y + 1\nw = 'b' - 2\n")
    assert [fault.failure.line for fault in found.faults] == [3, 4]


def test_errors_of_the_surroundings_are_no_type_errors(sandbox):
    assert not typed(
        sandbox, "import socket\ns = socket.create_connection((host, 80))\ns.sendall(b'x')"
    ).faults


@pytest.mark.fast
@pytest.mark.parametrize(
    ("uses", "kind"),
    [
        (["op:+:str"], "str"),
        (["op:-:int"], "int"),
        (["iter"], "list"),
        (["unpack:3"], "tuple:3"),
        (["get:str"], "dict"),
        (["attr:items"], "dict"),
        (["attr:append", "len"], "list"),
        (["attr:read", "attr:close"], "file"),
        (["attr:split", "op:==:str"], "str"),
        (["op:+:?"], None),
        (["call"], None),
        (["attr:get"], None),
        (["attr:quux"], None),
        (["str"], None),
    ],
)
def test_the_narrowest_type_that_supports_all_uses(uses, kind):
    found = assume(ast.parse(""), [Value("x", "universal", "universal", 1, uses)])
    assert [made.kind for made in found] == ([kind] if kind else [])


@pytest.mark.fast
def test_uses_are_tried():
    assert supports("str", "op:%:tuple") and not supports("int", "op:+:str") and not supports("list", "hash")
    assert supports("float", "op:<:int") and not supports("str", "op:<:int")


def answering(values):
    return Scripted([json.dumps(values)])


def test_values_by_a_model_are_kept_where_coverage_does_not_fall(sandbox):
    source = "for row in load(path):\n    print(row['name'].upper())\n"
    found = examine(sandbox, source, model=answering({"load()": "[{'name': 'ada'}]", "nonsense": "3"}))
    assert found.proposed is not None and found.proposed.kept
    assert found.proposed.values == (("load()", "[{'name': 'ada'}]"),)
    assert found.best.execution.stdout == b"ADA\n"
    made = {value.origin: value.predictor for value in found.best.report.values}
    assert made["load()"] == "model scripted"


def test_values_by_a_model_are_dropped_where_coverage_falls(sandbox):
    source = "for row in load(path):\n    print('row')\n"
    found = examine(sandbox, source, model=answering({"load()": "[]"}))
    assert found.proposed is not None and found.proposed.values and not found.proposed.kept
    assert found.best.execution.stdout == b"row\nrow\nrow\n"


@pytest.mark.fast
@pytest.mark.parametrize(
    "answer",
    ["", "no", "[1]", "{", '{"x": 3}', '{"x": "__import__(1)"}', '{"x": "' + "9" * 500 + '"}', '{"x": "(" }'],
)
def test_answers_that_are_none(answer):
    assert read_answer(answer, {"x"}) == ()
