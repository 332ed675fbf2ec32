"""Forms of a real trace, sandbox included: a whole program with classes, generators, coroutines and exceptions."""

import json

import pytest

import trialrun
from trialrun.cli import execute
from trialrun.core.errors import UsageError
from trialrun.observe.monologue import claims, text_of
from trialrun.observe.replay import refusal
from trialrun.observe.scratchpad import parse, scratchpad, write
from trialrun.report.traces import RENDERERS, WITH_VALUES, render_trace

PROGRAM = """
class Point:
    side = 2

    def __init__(self, x):
        self.x = x

    def moved(self, dx):
        self.x += dx
        return self

async def waits(n):
    if n > 1:
        raise KeyError(n)
    return n

def words(text):
    for word in text.split():
        match word:
            case "a" | "b":
                yield word
            case other:
                yield other.upper()

with open("/dev/null") as handle:
    data = handle.read()
p = Point(1).moved(3)
found = {word: len(word) for word in words("a bc b")}
for n in (1, 2):
    try:
        waits(n).send(None)
    except (StopIteration, KeyError) as error:
        kept = error.args
print(p.x, found)
"""


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    path = tmp_path_factory.mktemp("program") / "program.py"
    path.write_text(PROGRAM)
    return trialrun.trace(path)


@pytest.mark.parametrize("form", sorted(RENDERERS))
def test_every_form(trace, form):
    shown = render_trace(trace, form)
    assert "moved" in shown or form in ("classes", "coverage")
    assert shown.endswith("\n")


def test_what_is_told_of_it_is_true(trace):
    for direction in ("forward", "backward"):
        assert refusal(text_of(claims(trace, direction), direction), trace, direction) is None
    pad = scratchpad(trace)
    assert parse(write(pad)) == pad and any(pad.marks)


def test_the_command_writes_a_page(tmp_path, capsys):
    path = tmp_path / "f.py"
    path.write_text("def f(n):\n    m = n + 1\n    return m\n")
    assert execute(["trace", str(path), "--call", "f(1)", "--to", "html"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("<!doctype html>") and '"has_values":true' in page
    assert execute(["trace", str(path), "--call", "f(1)", "--to", "perfetto"]) == 0
    events = json.loads(capsys.readouterr().out)["traceEvents"]
    assert {"=m": "2"} in [event["args"] for event in events]


def test_a_form_that_there_is_not(trace):
    with pytest.raises(UsageError, match="monologue"):
        render_trace(trace, "nonsense")
    assert RENDERERS.keys() > WITH_VALUES
