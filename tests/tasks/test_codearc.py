"""CodeARC: statements are read and not run; what a solver sees; names that are hidden."""

import ast
import gzip
import json

import pytest

from trialrun.core.errors import Missing
from trialrun.lang.scopes import names
from trialrun.lang.signatures import read_signature
from trialrun.tasks import codearc, registry
from trialrun.tasks.codearc import arguments_of, hide_names, read_query

SOURCE = (
    'def f(a, b=2, *, c=3):\n    """Secret words."""\n    solution = a\n    return solution if b else f(a)\n'
)
SIGNATURE = read_signature(ast.parse(SOURCE), "f")


def printing(inner: str) -> str:
    return f"print('Result 1: ' + str({inner}))"


@pytest.mark.fast
@pytest.mark.parametrize(
    ("inner", "arguments"),
    [
        ("f()", ()),
        ("f([1, (2,)], {'a': -1.5}, None)", ([1, (2,)], {"a": -1.5}, None)),
        ("f(1, b=4)", (1, 4)),
        ("f(b=4, a=1)", (1, 4)),
        ("f('a\\n')", ("a\n",)),
    ],
)
def test_arguments_of_plain_calls(inner, arguments):
    assert arguments_of(printing(inner), "f", SIGNATURE) == (arguments, "")
    assert read_query(printing(inner), "f", SIGNATURE) == arguments


@pytest.mark.fast
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("print('Result 1: ' + str(f(1))", "is no Python"),
        (printing("f(1)[0]"), "uses the result: f(1)[0]"),
        (printing("list(f(1))"), "uses the result: list(f(1))"),
        (printing("g(1)"), "calls another function: g(1)"),
        (printing("f(open('/etc/passwd').read())"), "an argument is no literal"),
        (printing("f(1, c=4)"), "an argument is no literal, or has no place"),
        (printing("f(*[1])"), "an argument is no literal"),
        ("import os", "does not print str(...)"),
        ("print(f(1))", "does not print str(...)"),
        (printing("f(1)") + "; f(2)", "does not print str(...)"),
        ("", "does not print str(...)"),
    ],
)
def test_what_is_no_plain_call_says_why(statement, fault):
    arguments, why = arguments_of(statement, "f", SIGNATURE)
    assert arguments is None and why.startswith(fault)
    with pytest.raises(ValueError, match=fault.split(":")[0].replace("(", r"\(").replace(")", r"\)")):
        read_query(statement, "f", SIGNATURE)


def row(number=7, calls=()):
    recorded = [{"statement": s, "printed": p, "errored": e} for s, p, e in calls]
    return {"id": number, "entry": "f", "source": SOURCE, "calls": recorded}


CALLS = [
    (printing("f(1)"), "Result 1: 1", False),
    (printing("f('x')").replace("1:", "2:"), "bad x", True),
    (printing("f(1").replace("1:", "3:"), "'(' was never closed", True),
    (printing("f(2)").replace("1:", "4:"), "Execution timed out after 10 seconds", True),
]


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "functions.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(json.dumps(row(n, CALLS)) for n in (7, 341)).encode()))
    return path


@pytest.mark.fast
def test_a_task_shows_calls_and_nothing_else(data):
    task, odd = registry.load("codearc", path=data).tasks
    assert task.id == "CodeARC/7" and task.entry == "f" and task.defect is None
    assert ">>> f(1)\n1\n>>> f('x')\nraises an error: bad x\n" in task.statement
    assert "Secret" not in repr(task.public()) and "never closed" not in task.statement
    assert [case.args for case in task.hidden_checks[0].cases] == [(1,), ("x",)]
    assert "two unrelated functions" in (odd.defect or "")


@pytest.mark.fast
def test_names_can_be_hidden(data):
    task = registry.load("codearc-anonymous", path=data).tasks[0]
    assert task.entry == "solution" and ">>> solution(1)" in task.statement and "f(" not in task.statement
    space: dict = {}
    exec(task.reference, space)
    assert space["solution"](5) == 5 and space["solution"](5, 0) == 5 and "f" not in space
    function = codearc.functions(data)[0]
    assert hide_names(function).calls[0].statement == printing("solution(1)")
    assert hide_names(function).calls[2].statement == CALLS[2][0]


@pytest.mark.data
def test_all_functions(load):
    for name in ("codearc", "codearc-anonymous"):
        tasks = load(name).tasks
        assert len(tasks) == 1114
        for task in tasks:
            assert task.entry in names(task.reference).functions
    assert {task.entry for task in tasks} == {"solution"}
    assert sum(bool(task.requires) for task in tasks) == 8
    found = codearc.functions()
    faults = [call.fault for function in found for call in function.calls if call.fault]
    assert len(faults) == 52 and sum(fault.startswith("is no Python") for fault in faults) == 16
    assert sum(len(function.calls) for function in found) == 11_140


@pytest.mark.fast
def test_absent_data_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("TRIALRUN_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(Missing, match="codearc"):
        codearc.functions()
