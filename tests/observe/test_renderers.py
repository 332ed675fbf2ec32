"""Every form: what is noticed and what is missing is said, hostile text does nothing, sizes are bounded."""

import dataclasses
import importlib.util
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from trialrun.core.trace import Event
from trialrun.report.traces import RENDERERS, render_trace

pytestmark = pytest.mark.fast

_SPEC = importlib.util.spec_from_file_location("made_traces", Path(__file__).with_name("made_traces.py"))
MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(MADE)
traced = MADE.traced

OURS = sorted(
    name for name, place in RENDERERS.items() if "render_lines" not in place and "render_json" not in place
)
LOOP = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
EACH_FORM = pytest.mark.parametrize("form", OURS)
MOST_CHARACTERS = 400_000
"""Of a form for a trace of 25 events; values, names and flags are cut."""


@EACH_FORM
def test_flags_missing_events_and_weakness_are_said(form):
    plain = traced(LOOP, 3)
    shown = render_trace(
        dataclasses.replace(plain, flags=("the line tracer was replaced",), dropped=4321, gap=2), form
    )
    assert "the line tracer was replaced" in shown
    assert "4,321" in shown or '"dropped":4321' in shown
    assert "weak" in shown
    assert "the line tracer was replaced" not in render_trace(plain, form)


def test_lines_begin_with_the_tamperings_that_were_noticed():
    plain = traced(LOOP, 3)
    flagged = dataclasses.replace(plain, flags=("the line tracer was replaced",))
    assert render_trace(flagged, "lines") == "flag: the line tracer was replaced\n" + render_trace(
        plain, "lines"
    )


@given(trace=MADE.any_trace())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_trace_is_rendered_within_bounds(trace):
    for form in OURS:
        shown = render_trace(trace, form)
        assert len(shown) < MOST_CHARACTERS, form
        shown.encode("utf-8")
        controls = {one for one in shown if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp")} - {"\n"}
        assert not controls, form


@EACH_FORM
def test_a_long_run_is_cut(form):
    if form == "html":
        pytest.skip("the page holds all events")
    trace = traced(LOOP, 30_000, first=100_000, last=1000)
    assert len(trace) > 90_000 and Event.RETURN in set(trace.kind)
    assert len(render_trace(trace, form)) < (40_000_000 if form == "perfetto" else 1_500_000)


def test_a_deep_recursion_is_rendered():
    deep = MADE.Columns("def f(n):\n    return f(n + 1)\n")
    block = next(number for number, one in enumerate(deep.facts.infos()[1]) if one.returns and one.code == 1)
    for frame in range(5000):
        deep.event(Event.CALL, 1, 1, frame, frame - 1, n=frame)
    for frame in reversed(range(5000)):
        deep.event(Event.RETURN, 1, block, frame, return_=0)
    trace = deep.trace()
    for form in OURS:
        assert render_trace(trace, form)
