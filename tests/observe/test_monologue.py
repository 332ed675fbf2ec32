"""Monologues: true to the trace, and refused when anything in them is not."""

import importlib.util
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from trialrun.core.trace import Event
from trialrun.observe.monologue import claims, render, render_backward, sentence, text_of
from trialrun.observe.replay import refusal
from trialrun.observe.sentences import parse

pytestmark = pytest.mark.fast


def loaded(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE = loaded("made_traces")
traced = MADE.traced
PROGRAMS = loaded("programs").PROGRAMS
EACH_DIRECTION = pytest.mark.parametrize("direction", ["forward", "backward"])
SUM = """def f(xs, k):
    total = 0
    for x in xs:
        if x > k:
            total += x
    return total
"""


def traced_program(source, args):
    return MADE.traced.__wrapped__(source, *args)


def test_forward():
    assert render(traced(SUM, (1, 5), 2)).split("\n")[2:] == [
        "Call 0 runs f with xs = (1, 5), k = 2",
        "Call 0, line 2: total becomes 0",
        "Call 0, line 3: x becomes 1",
        "Call 0, line 3: x becomes 5",
        "Call 0, line 5: total becomes 5",
        "Call 0, line 6: nothing changes; returns 5",
        "",
    ]


def test_backward_tells_what_must_have_held():
    assert render_backward(traced(SUM, (1, 5), 2)).split("\n")[2:] == [
        "For call 0 to return 5 at line 6, it must have had total = 5",
        "Line 3 of call 0 must have led to line 6",
        "For total = 5 after line 5 of call 0, it must have had total = 0, x = 5",
        "For x = 5 after line 3 of call 0, it must have had nothing",
        "Line 4 of call 0 must have led to line 3",
        "For x = 1 after line 3 of call 0, it must have had nothing",
        "For total = 0 after line 2 of call 0, it must have had nothing",
        "Call 0 of f must have been given xs = (1, 5), k = 2",
        "",
    ]


@EACH_DIRECTION
@pytest.mark.parametrize(("source", "args"), [one[1:] for one in PROGRAMS], ids=[one[0] for one in PROGRAMS])
def test_every_monologue_of_a_real_trace_passes(source, args, direction):
    trace = traced_program(source, args)
    told = claims(trace, direction)
    assert refusal(text_of(told, direction), trace, direction) is None
    assert [parse(sentence(claim, direction), direction) for claim in told] == told


@EACH_DIRECTION
@pytest.mark.parametrize(
    ("source", "args"), [one[1:] for one in PROGRAMS[:8]], ids=[one[0] for one in PROGRAMS[:8]]
)
def test_a_mutated_monologue_is_refused(source, args, direction):
    trace = traced_program(source, args)
    lines = text_of(claims(trace, direction), direction).splitlines()
    chance = random.Random(1)
    for _ in range(60):
        changed = mutated(lines, chance)
        if changed != lines:
            assert refusal("\n".join(changed) + "\n", trace, direction) is not None, changed


def mutated(lines, chance):
    """Return sentences with one small change: a character, a number, an order, one sentence more or less."""
    lines = list(lines)
    place = chance.randrange(len(lines))
    what = chance.randrange(5)
    line = lines[place]
    if what == 0:
        del lines[place]
    elif what == 1:
        lines.insert(place, line)
    elif what == 2:
        other = chance.randrange(len(lines))
        lines[place], lines[other] = lines[other], lines[place]
    elif what == 3:
        digits = [at for at, one in enumerate(line) if one.isdigit()]
        if digits:
            at = chance.choice(digits)
            lines[place] = line[:at] + str((int(line[at]) + 1) % 10) + line[at + 1 :]
    else:
        at = chance.randrange(len(line))
        lines[place] = line[:at] + chance.choice("abz 0'[{,") + line[at + 1 :]
    return lines


@EACH_DIRECTION
def test_the_middle_of_a_long_run_is_counted(direction):
    trace = traced("def f(n):\n    k = 0\n    while k < n:\n        k = k + 1\n    return k\n", 50)
    told = claims(trace, direction, 10)
    assert [claim.lines[0] for claim in told if claim.kind == "skip"] == [43]
    text = text_of(told, direction)
    assert refusal(text, trace, direction) is None
    for wrong in ("… 42 ", "… 44 ", "… 0 "):
        assert refusal(text.replace("… 43 ", wrong), trace, direction) is not None


def test_a_value_that_did_not_change_may_not_be_told_and_one_that_did_must():
    trace = traced("def f():\n    a = 1\n    if a:\n        a = 1\n        b = 2\n    return b\n")
    text = render(trace)
    assert "Call 0, lines 4-5: b becomes 2\n" in text and refusal(text, trace) is None
    told = refusal(text.replace("4-5: b becomes 2", "4-5: a becomes 1, b becomes 2"), trace)
    assert told.why == "other values changed"
    assert refusal(text.replace("lines 4-5: b becomes 2", "lines 4-5: nothing changes"), trace) is not None
    assert refusal(text.replace("returns 2", "returns 3"), trace).why == "it returned 2"


def test_an_end_without_a_line_is_told_and_checked():
    trace = traced("def f():\n    class A:\n        x = 1\n        if x:\n            pass\n    return A.x\n")
    text = render(trace)
    assert "Call 1, line 5: nothing changes; returns None" in text and refusal(text, trace) is None
    assert (
        refusal(text.replace("line 5: nothing changes; r", "line 4: nothing changes; r"), trace) is not None
    )
    module = MADE.Columns("if 1:\n    pass\n")
    end = max(number for number, one in enumerate(module.facts.infos()[1]) if one.returns)
    module.event(Event.CALL, 0, 0)
    module.event(Event.RETURN, 0, end)
    trace = module.trace()
    assert "Call 0, the end: nothing changes; returns None" in render(trace)
    assert "For call 0 to return None at the end" in render_backward(trace)
    for direction, shown in (("forward", render(trace)), ("backward", render_backward(trace))):
        assert refusal(shown, trace, direction) is None
        assert refusal(shown.replace("the end", "line 1"), trace, direction) is not None


def test_the_wrong_trace_bears_nothing_out():
    source = "def f(n):\n    m = n\n    return m\n"
    text = render(traced(source, 5))
    assert refusal(text, traced(source, 6)) is not None
    assert refusal(text, traced(source, 5, level="references")) is not None
    assert refusal("", traced(source, 5)).why == "2 events are not told"


@given(trace=MADE.any_trace())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_sentences_of_any_trace_are_read_back(trace):
    for direction in ("forward", "backward"):
        for claim in claims(trace, direction):
            assert parse(sentence(claim, direction), direction) == claim
