"""Scratchpads: the faults of the published builder as tests, and the way back."""

import dataclasses
import importlib.util
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trialrun.observe.scratchpad import Mark, parse, render, render_concise, scratchpad, write
from trialrun.observe.value_text import read, read_name, written, written_name

pytestmark = pytest.mark.fast

_SPEC = importlib.util.spec_from_file_location("made_traces", Path(__file__).with_name("made_traces.py"))
MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(MADE)
traced = MADE.traced


def marks(pad, line):
    return pad.marks[line - 1]


def test_a_loop_looks_as_semcoder_shows_it():
    trace = traced("def f(n):\n    while n > 1:\n        n = n - 1\n    return n\n", 3)
    body = render(trace).partition("#\n")[2]
    assert body == (
        "def f(n):\n"
        "    while n > 1:  # [INPUT] {n: 3} [/INPUT]\n"
        "        n = n - 1  # [STATE-0] {n: 2} [/STATE-0] [STATE-1] {n: 1} [/STATE-1]\n"
        "    return n  # [OUTPUT] 1 [/OUTPUT]\n"
        "\n"
    )


@pytest.mark.parametrize(
    "value",
    [
        ["it's"], ['"', "'", "\"'"], ["a\\", "\\'"], ["\n", "\t\r"], {"#": "  # [STATE-0] {x: 1} [/STATE-0]"},
        ["[/STATE-0]", "} [/STATE-0]"], "…", "x" * 500, [None, -1.5, 1e300, 2 + 3j], b"\x00'\"", {"a": {1, 2}},
        (), "", {}, frozenset({1}), [[[[1]]]], 1 << 5000, "\ud800", range(3), ["~\"a\""],
    ],
)  # fmt: skip
def test_values_round_trip(value):
    """The published builder replaces quotes, so that a list of one text becomes a text."""
    trace = traced("def f(a):\n    b = a\n    return b\n", value) if _hashable(value) else _traced(value)
    pad = scratchpad(trace)
    text = write(pad)
    assert parse(text) == pad and write(parse(text)) == text
    (mark,) = [one for one in marks(pad, 2) if one.kind == "STATE"]
    (shown,) = [shown for name, shown in marks(pad, 2)[0].values if name == "a"]
    assert mark.values == (("b", shown),)
    if (
        not shown.endswith("…")
        and len(repr(value)) < 150
        and type(value) in (list, dict, str)
        and value != [[[[1]]]]
    ):
        assert eval(shown) == value


def _hashable(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _traced(value):
    return MADE.traced.__wrapped__("def f(a):\n    b = a\n    return b\n", value)


def test_two_variables_changed_at_once_are_one_state_though_the_line_ran_before():
    """The published builder indexes states by executions and stores them by changes, and splits them in two."""
    source = "def f():\n    a = b = 0\n    for i in (0, 5):\n        a, b = i, i\n    return a\n"
    pad = scratchpad(traced(source))
    assert marks(pad, 4) == (Mark("STATE", 3, -1, (("a", "5"), ("b", "5"))),)
    assert [mark.number for own in pad.marks for mark in own if mark.kind == "STATE"] == [0, 1, 2, 3]


FACTORIAL = "def f(n):\n    if n < 2:\n        return 1\n    return n * f(n - 1)\n"


def test_a_recursion_shows_all_its_returns_and_keeps_its_calls_apart():
    """The published builder keeps the last return alone, and one list of states for all frames."""
    pad = scratchpad(traced(FACTORIAL, 4))
    outputs = [(mark.call, mark.values[0][1]) for own in pad.marks for mark in own if mark.kind == "OUTPUT"]
    assert sorted(outputs) == [(0, "24"), (1, "6"), (2, "2"), (3, "1")]
    assert marks(pad, 2) == tuple(Mark("INPUT", -1, call, (("n", str(4 - call)),)) for call in range(4))
    source = "def f(n):\n    m = n\n    if n:\n        f(n - 1)\n    m = m + 1\n    return m\n"
    states = list(marks(scratchpad(traced(source, 2)), 5))
    assert [(mark.call, mark.values) for mark in states] == [
        (2, (("m", "1"),)), (1, (("m", "2"),)), (0, (("m", "3"),))
    ]  # fmt: skip


def test_a_change_stands_beside_the_last_statement_that_made_it():
    pad = scratchpad(traced("def f(n):\n    a = n\n    b = 2\n    a = a + 1\n    return a\n", 5))
    assert [mark.values for mark in marks(pad, 4)] == [(("a", "6"),)]
    assert [mark.kind for mark in marks(pad, 2)] == ["INPUT"]
    assert marks(pad, 3) == (Mark("STATE", 0, -1, (("b", "2"),)),)


def test_an_exception_is_shown_where_it_left():
    pad = scratchpad(traced("def f(n):\n    a = n\n    b = 1 // a\n    return b\n", 0))
    assert marks(pad, 3)[-1] == Mark("RAISED", -1, -1, (("", "ZeroDivisionError"),))


def test_the_concise_form_keeps_the_first_two_and_the_last():
    trace = traced("def f(n):\n    k = 0\n    while k < n:\n        k = k + 1\n    return k\n", 6)
    pad = scratchpad(trace, concise=True)
    assert [(mark.kind, mark.number) for mark in marks(pad, 4)] == [
        ("STATE", 1), ("STATE", 2), ("...", -1), ("STATE", 6)
    ]  # fmt: skip
    assert parse(render_concise(trace)) == pad
    assert "[/STATE-2] ... [STATE-6]" in render_concise(trace)
    three = traced("def f(n):\n    k = 0\n    while k < n:\n        k = k + 1\n    return k\n", 3)
    assert scratchpad(three, concise=True) == scratchpad(three)


@given(trace=MADE.any_trace())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_scratchpad_is_read_back(trace):
    for concise in (False, True):
        pad = scratchpad(trace, concise=concise)
        assert parse(write(pad)) == pad
        assert write(parse(write(pad))) == write(pad)


@given(text=MADE.TEXTS, name=MADE.TEXTS, behind=st.sampled_from([", ", "}", " [/", "; ", "\n", ""]))
@settings(max_examples=300, deadline=None)
def test_a_value_and_a_name_end_where_they_end(text, name, behind):
    line = "ab" + written(text) + behind
    assert read(line, 2) == (text, len(line) - len(behind))
    line = "ab" + written_name(name) + ": "
    assert read_name(line, 2) == (name, len(line) - 2)
    assert "#" not in written(text) + written_name(name) and "\n" not in written(text) + written_name(name)


@given(st.text(alphabet=st.sampled_from(list("[]{}()<>'\"~#\\,: /STAEINPU-01x\n")), max_size=80))
@settings(max_examples=300, deadline=None)
def test_what_is_no_scratchpad_is_refused_or_read(text):
    for given_text in (text, "#\nx  # " + text + "\n", "#\nx  # [STATE-0] {a: " + text + "} [/STATE-0]\n"):
        try:
            pad = parse(given_text)
        except ValueError:
            continue
        assert parse(write(pad)) == pad


def test_a_comment_that_looks_like_marks_stays_a_comment():
    source = """def f(n):
    # [STATE-7] {n: 99} [/STATE-7]
    m = n  # [STATE-0] {m: 1} [/STATE-0]
    return m  # []
"""
    pad = scratchpad(traced(source, 5))
    assert [marks(pad, line)[0].kind if marks(pad, line) else None for line in (1, 2, 3, 4)] == [
        None, None, "INPUT", "OUTPUT"
    ]  # fmt: skip
    assert pad.lines[1].endswith("{n: 99} [/STATE-7]") and parse(write(pad)) == pad


def test_only_values_as_they_were_are_written():
    late = traced("def f(n):\n    m = n\n    return m\n", 5, level="references")
    assert not any(scratchpad(late).marks) and "as they were when the run was over" in render(late)


def test_many_marks_are_counted(monkeypatch):
    from trialrun.observe import scratchpad as module

    monkeypatch.setattr(module, "MOST_MARKS", 3)
    pad = scratchpad(traced("def f(n):\n    k = 0\n    while k < n:\n        k = k + 1\n    return k\n", 6))
    assert sum(map(len, pad.marks)) == 3 and pad.left_out == 6
    assert "# 6 marks are left out" in write(pad) and parse(write(pad)) == pad


def test_flags_stand_above():
    trace = dataclasses.replace(
        traced(FACTORIAL, 2), flags=("somebody was at the recorder",), dropped=5, gap=3
    )
    pad = scratchpad(trace)
    assert pad.headings[1:] == ("flag: somebody was at the recorder", "missing: 5 events after the first 3")
    assert parse(write(pad)) == pad
