"""Trace files for Perfetto: held against the format's specification, and read by Perfetto's own trace processor."""

import dataclasses
import importlib.util
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from trialrun.core.errors import Missing
from trialrun.core.trace import Event
from trialrun.observe.calls import call_tree
from trialrun.report.perfetto import document, render

pytestmark = pytest.mark.fast

ROOT = Path(__file__).resolve().parent.parent.parent
_SPEC = importlib.util.spec_from_file_location("made_traces", ROOT / "tests" / "observe" / "made_traces.py")
MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(MADE)
traced = MADE.traced

GENERATORS = """
def g(n):
    for i in range(n):
        yield i

def h(x):
    if x > 1:
        raise ValueError(x)
    return x

def f(n):
    total = 0
    for a, b in zip(g(n), g(n)):
        try:
            total += h(a + b)
        except ValueError:
            total -= 1
    return total
"""
FACTORIAL = "def f(n):\n    if n < 2:\n        return 1\n    return n * f(n - 1)\n"


def check(text: str) -> list[dict[str, Any]]:
    """Return the events of a file after holding them against the Trace Event Format; an independent reader of it."""
    file = json.loads(text)
    assert set(file) <= {
        "traceEvents",
        "displayTimeUnit",
        "otherData",
        "systemTraceEvents",
        "stackFrames",
        "samples",
    }
    assert file["displayTimeUnit"] in ("ms", "ns")
    open_async: dict[tuple[str, str], int] = {}
    stacks: dict[tuple[int, int], list[float]] = {}
    complete = []
    for event in file["traceEvents"]:
        assert type(event["ph"]) is str and type(event["name"]) is str
        assert type(event["pid"]) is int and type(event["tid"]) is int
        assert type(event.get("args", {})) is dict
        if event["ph"] == "M":
            assert event["name"] in ("process_name", "thread_name", "process_labels")
            assert set(event["args"]) == {"labels" if event["name"] == "process_labels" else "name"}
            continue
        assert event["ph"] in "Xibne" and type(event["ts"]) is int and event["ts"] >= 0 and event["cat"]
        if event["ph"] == "X":
            assert type(event["dur"]) is int and event["dur"] >= 0
            complete.append(event)
        elif event["ph"] == "i":
            assert event["s"] in ("g", "p", "t")
        else:
            key = event["cat"], event["id"]
            if event["ph"] == "b":
                assert key not in open_async
                open_async[key] = event["ts"]
            else:
                assert event["ts"] >= open_async[key]
    assert sum(event["ph"] == "e" for event in file["traceEvents"]) == len(open_async)
    for event in complete:  # slices of a thread nest, in the order of the file
        stack = stacks.setdefault((event["pid"], event["tid"]), [])
        while stack and stack[-1] <= event["ts"]:
            stack.pop()
        assert not stack or event["ts"] + event["dur"] <= stack[-1]
        stack.append(event["ts"] + event["dur"])
    return file["traceEvents"]


def test_calls_and_blocks_are_slices_and_nest() -> None:
    trace = traced(FACTORIAL, 4)
    events = check(render(trace))
    calls = [event for event in events if event.get("cat") == "call"]
    assert [call["args"] for call in calls] == [
        {"call": str(4 - n), "=n": str(n), "return": result}
        for n, result in ((4, "24"), (3, "6"), (2, "2"), (1, "1"))
    ]
    assert all(
        inner["ts"] > outer["ts"] and inner["dur"] < outer["dur"]
        for outer, inner in itertools.pairwise(calls)
    )
    blocks = [event["name"] for event in events if event.get("cat") == "block"]
    assert blocks == ["line 4", "line 4", "line 4", "line 3"]
    assert len(calls) == sum(node.calls for node in walked(call_tree(trace)))


def walked(node: Any) -> list[Any]:
    return [inner for child in node.children.values() for inner in [child, *walked(child)]]


def test_time_is_said_to_be_no_clock() -> None:
    file = document(traced(FACTORIAL, 3))
    assert "not a clock" in file["otherData"]["clock"]
    assert "not a clock" in file["traceEvents"][0]["args"]["name"]
    assert max(event.get("ts", 0) for event in file["traceEvents"]) < len(traced(FACTORIAL, 3))


def test_generators_have_tracks_of_their_own_and_exceptions_are_instants() -> None:
    trace = traced(GENERATORS, 3)
    events = check(render(trace))
    begun = [event for event in events if event["ph"] == "b"]
    assert [event["name"] for event in begun] == ["g", "g"] and len({event["id"] for event in begun}) == 2
    assert [event["name"] for event in events if event["ph"] == "i"] == [
        "raised ValueError", "caught ValueError", "raised ValueError", "caught ValueError", "raised GeneratorExit"
    ]  # fmt: skip
    assert not [event for event in events if event["ph"] == "X" and event["name"] == "g"]


def test_flags_and_missing_events_are_in_the_file() -> None:
    source = "def f(n):\n    t = 0\n    for i in range(n):\n        t += i\n    return t\n"
    trace = traced(source, 4000, first=1000, last=1000)
    assert trace.dropped
    trace = dataclasses.replace(trace, flags=("values are missing",))
    file = json.loads(render(trace))
    check(render(trace))
    assert (
        file["otherData"]["dropped"] == trace.dropped and "values are missing" in file["otherData"]["flags"]
    )
    assert [event["ts"] for event in file["traceEvents"] if event.get("cat") == "gap"] == [trace.gap]
    (label,) = [event for event in file["traceEvents"] if event["name"] == "process_labels"]
    assert "values are missing" in label["args"]["labels"]
    (call,) = [event for event in file["traceEvents"] if event.get("cat") == "call" and event["ts"] == 0]
    assert call["dur"] == trace.gap  # what became of it behind the gap is not known


def test_a_large_file_keeps_its_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialrun.report.perfetto.MOST_SLICES", 5)
    file = document(traced(FACTORIAL, 4))
    assert [event.get("cat") for event in file["traceEvents"] if event["ph"] == "X"].count("call") == 4
    assert file["otherData"]["left_out"] == 3


@given(trace=MADE.any_trace())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_trace_makes_a_file_of_the_format(trace: Any) -> None:
    check(render(trace))


def test_perfettos_own_trace_processor_reads_it_back() -> None:
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from bench.perfetto_reader import compare, web_directory

    try:
        web = web_directory()
    except Missing as missing:
        pytest.skip(f"{missing} (`bench/results/perfetto_reader.json` has the last reading)")
    for trace in (traced(FACTORIAL, 6), traced(GENERATORS, 4)):
        assert Event.RETURN in trace.kind
        found = compare(render(trace), web)
        assert found["agrees"] and found["slices"] > 10 and found["complaints"] == []
