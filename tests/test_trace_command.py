"""`trialrun.trace` and `trialrun trace`: what a user asks for and sees, sandbox included."""

import json
from unittest.mock import ANY

import pytest

import trialrun
from trialrun.cli import execute
from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.parse_values import render
from trialrun.core.trace import Event, Level
from trialrun.observe import render_json

SUM = "def f(n):\n    total = 0\n    for i in range(n):\n        if i % 2:\n            total += i\n    return total\n"
LINES = [2, 3, 4, 3, 4, 5, 3, 6]


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sum.py").write_text(SUM)
    return tmp_path


def test_a_call_in_python(place):
    trace = trialrun.trace("sum.py", call="f(2)")
    assert trace.lines() == LINES and trace.flags == () and trace.level is Level.SUMMARIES
    assert render(trace.execution.value) == "1" and trace.strength == "weak"
    last = len(trace) - 1
    assert Event(trace.kind[last]) is Event.RETURN
    assert [(one.name, render(one.value.data)) for one in trace.bindings(last)] == [("return", "1")]


def test_a_whole_program_with_input(place):
    (place / "main.py").write_text(
        "n = int(input())\nfor i in range(n):\n    print(i)\nraise SystemExit(0)\n"
    )
    trace = trialrun.trace("main.py", stdin="2\n", level="ids")
    assert trace.lines() == [1, 2, 3, 2, 3, 2, 4]
    assert trace.execution.outcome is Outcome.RETURNED and trace.execution.stdout == b"0\n1\n"
    assert trace.codes[trace.code[0]].name == "<module>"


def test_lines_for_a_reader(place, capsys):
    assert execute(["trace", "sum.py", "--call", "f(2)"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [int(line.split()[0]) for line in out] == LINES and out[0] == "   2      total = 0"
    assert execute(["trace", "sum.py", "--call", "f(2)", "--values"]) == 0
    assert "      · total = 1" in capsys.readouterr().out.splitlines()


def test_json_has_lines_and_blocks_with_values(place, capsys):
    assert execute(["trace", "sum.py", "--call", "f(2)", "--to", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert execute(["trace", "sum.py", "--call", "f(2)", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == document | {"cpu_s": ANY}
    assert document["lines"] == LINES
    assert [block["values"] for block in document["blocks"]] == [
        {"n": "2"},
        {"total": "0"},
        {"i": "0"},
        {"i": "1"},
        {"total": "1"},
        {"return": "1"},
    ]


def test_json_of_values_that_every_block_names_is_bounded(place, monkeypatch):
    monkeypatch.setattr(render_json, "ROOM", 300)
    (place / "same.py").write_text("def f():\n    x = 'x' * 90\n    for i in range(9):\n        y = x\n")
    document = render_json.document(trialrun.trace("same.py", call="f()"))
    texts = [text for block in document["blocks"] for text in block.get("values", {}).values()]
    assert sum(len(text) > 90 for text in texts) == 3 and texts.count("…") == document["unshown"] == 7


def test_an_endless_loop_leaves_its_beginning_and_its_end(place):
    (place / "loop.py").write_text("n = 0\nwhile True:\n    n += 1\n")
    trace = trialrun.trace("loop.py", lines=False, first=10, last=10, limits=Limits(cpu_s=0.5))
    assert trace.execution.outcome is Outcome.TIMEOUT and trace.flags == ()
    assert trace.dropped > 0 and not trace.is_complete
    assert [render(one.value.data) for one in trace.bindings(3)] == ["2"]
    (last,) = trace.bindings(len(trace) - 1)
    assert int(render(last.value.data)) == len(trace) + trace.dropped - 2


def test_an_error_is_told_with_its_line(place, capsys):
    (place / "bad.py").write_text("def f(x):\n    y = x\n    return y / 0\n")
    assert execute(["trace", "bad.py", "--call", "f(1)", "--to", "json"]) == 1
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert document["exception"] == "ZeroDivisionError" and document["blocks"][-1]["line"] == 3
    assert "raised · ZeroDivisionError" in captured.err


def test_a_program_that_leaves_without_a_word_has_no_record(place):
    (place / "leave.py").write_text("import os\ndef f():\n    os._exit(0)\n")
    trace = trialrun.trace("leave.py", call="f()")
    assert trace.execution.outcome is Outcome.EXITED and len(trace) == 0
    assert trace.flags == ("no record: the process ended before it was sent",)
    (place / "lacking.py").write_text("import not_there_at_all\ndef f():\n    return 1\n")
    assert trialrun.trace("lacking.py", call="f()").flags == ("no record: the program did not load",)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--to", "xml"], "no form 'xml' of a trace: there are"),
        (["--call", "f(x)"], "not a call with literal arguments"),
        (["--first", "0"], "at least one event"),
        (["--json", "--to", "html"], "leave out --to"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(place, capsys, arguments, why):
    assert execute(["trace", "sum.py", *arguments]) == 2
    assert why in capsys.readouterr().err


def test_a_text_that_does_not_parse(place):
    (place / "bad.py").write_text("def f(:\n")
    with pytest.raises(UsageError, match=r"cannot trace solution\.py: syntax error in line 1"):
        trialrun.trace("bad.py")
    with pytest.raises(UsageError, match="no level 'all'"):
        trialrun.trace("sum.py", level="all")
