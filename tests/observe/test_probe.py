"""One suite for every back end: what `sys.settrace` sees, each of them sees as far as it says that it can."""

import dis
import importlib.util
import sys
from collections import Counter
from pathlib import Path

import pytest

from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits
from trialrun.core.parse_values import render
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.observe.observer import REPLACED, observe, observe_by
from trialrun.observe.probe import (
    BACK_ENDS,
    MONITORING,
    REWRITE,
    SETTRACE,
    Action,
    Capability,
    Kind,
    Location,
    Probe,
    Probes,
    back_end_for,
    needed,
)
from trialrun.run.child.counting import Counting
from trialrun.run.sandbox import Sandbox

_PATH = Path(__file__).with_name("programs.py")
_SPEC = importlib.util.spec_from_file_location("probed_programs", _PATH)
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
PROGRAMS = {name: (source, args) for name, source, args in _MODULE.PROGRAMS}
LIMITS = Limits(cpu_s=5.0)
PLAIN = ("loops", "recursion", "finally", "exceptions", "contexts", "match", "nested", "endless")
"""Programs without generators, lambdas and the like: every back end sees all of their calls."""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def oracle(source, args):
    """Count lines, calls and returns in this process by `sys.settrace`, the plainest way."""
    space = {"__name__": "solution"}
    exec(compile(source, "solution.py", "exec", dont_inherit=True), space)
    lines, calls, returns = Counter(), Counter(), Counter()

    def local(frame, kind, argument):
        if kind == "line":
            lines[frame.f_lineno] += 1
        elif kind == "return":
            last = {one.offset: one.opname for one in dis.get_instructions(frame.f_code)}.get(
                frame.f_lasti, ""
            )
            if last.startswith("RETURN"):
                returns[frame.f_code.co_qualname] += 1
        return local

    def enter(frame, kind, argument):
        if frame.f_code.co_filename != "solution.py":
            return None
        calls[frame.f_code.co_qualname] += 1
        return local

    sys.settrace(enter)
    try:
        space["f"](*args)
    except Exception:
        pass
    finally:
        sys.settrace(None)
    return lines, calls, returns


def program(name):
    source, args = PROGRAMS[name]
    return Program.from_source(source, entry="f"), Case(args=args)


ALL = Probes.of(
    Probe(Kind.LINE, Action.COVER), Probe(Kind.CALL, Action.COUNT), Probe(Kind.RETURN, Action.COUNT)
)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("back_end", BACK_ENDS, ids=lambda one: one.name)
def test_a_back_end_sees_what_it_says_it_can(sandbox, back_end, name):
    lines, calls, returns = oracle(*PROGRAMS[name])
    able = Probes(frozenset(probe for probe in ALL if needed(probe) in back_end.can))
    assert able
    found = observe_by(back_end, sandbox, *program(name), LIMITS, able)
    assert found.flags == () and found.back_ends == (back_end.name,)
    if Capability.LINES in back_end.can:
        assert found.lines == dict.fromkeys(lines, 1)
    assert found.calls == calls and found.returns == returns


def test_generators_are_called_once_and_return_once(sandbox):
    for back_end in BACK_ENDS:
        found = observe_by(
            back_end,
            sandbox,
            *program("generators"),
            LIMITS,
            Probes.of(Probe(Kind.CALL, Action.COUNT), Probe(Kind.RETURN, Action.COUNT)),
        )
        assert (found.calls["g"], found.calls["h"], found.calls["f"]) == (4, 1, 1), back_end.name
        assert (found.returns["g"], found.returns["h"]) == (2, 1), back_end.name


def test_counts_of_lines_and_of_one_place_only(sandbox):
    lines, _, _ = oracle(*PROGRAMS["loops"])
    for back_end in (MONITORING, SETTRACE):
        every = Probes.of(Probe(Kind.LINE, Action.COUNT))
        assert observe_by(back_end, sandbox, *program("loops"), LIMITS, every).lines == lines
        one = Probes.of(Probe(Kind.LINE, Action.COUNT, Location("f", 9)))
        assert observe_by(back_end, sandbox, *program("loops"), LIMITS, one).lines == {9: lines[9]}
        none = Probes.of(Probe(Kind.LINE, Action.COUNT, Location("g")))
        assert observe_by(back_end, sandbox, *program("loops"), LIMITS, none).lines == {}


def test_branches_both_ways(sandbox):
    source = "def f(n):\n    for i in range(n):\n        if i == 2:\n            return i\n    return -1\n"
    subject = Program.from_source(source, entry="f")
    counted = observe(sandbox, subject, Case(args=(5,)), LIMITS, Probes.of(Probe(Kind.BRANCH, Action.COUNT)))
    test = sorted(count for branch, count in counted.branches.items() if branch.line == 3)
    loop = [count for branch, count in counted.branches.items() if branch.line == 2]
    assert test == [1, 2] and loop == [3]
    covered = observe(sandbox, subject, Case(args=(1,)), LIMITS, Probes.of(Probe(Kind.BRANCH, Action.COVER)))
    assert len(covered.branches) == 3 and set(covered.branches.values()) == {1}


def test_sets_compose_and_each_probe_finds_its_back_end(sandbox):
    values = Probe(Kind.BLOCK, Action.VALUES, Location("f"))
    probes = Probes.of(Probe(Kind.LINE, Action.COVER)) | Probes.of(values, Probe(Kind.CALL, Action.COUNT))
    found = observe(sandbox, *program("recursion"), LIMITS, probes)
    assert found.back_ends == ("monitoring", "rewrite") and found.flags == ()
    assert found.calls == {"f": 15} and set(found.lines) == {3, 4, 5}
    assert found.trace is not None and sum(found.blocks.values()) == 15
    assert render(found.trace.execution.value) == "5"
    fewer = observe(sandbox, *program("recursion"), LIMITS, probes.remove(values))
    assert fewer.trace is None and fewer.back_ends == ("monitoring",)


def test_a_set_without_probes_runs_nothing(sandbox):
    found = observe(sandbox, *program("loops"), LIMITS, Probes())
    assert found.execution is None and found.back_ends == ()


def test_only_some_functions_have_probes(sandbox):
    probes = Probes.of(Probe(Kind.BLOCK, Action.LOG, Location("h")))
    trace = observe(sandbox, *program("exceptions"), LIMITS, probes).trace
    assert {trace.codes[code].name for code in trace.code} == {"h"} and trace.flags == ()


def test_what_no_back_end_can_do_is_said():
    with pytest.raises(UsageError, match=r"branch, cover: Python 3\.12 and newer can do that"):
        back_end_for(Probe(Kind.BRANCH, Action.COVER), (3, 11))
    with pytest.raises(UsageError, match="branch, values: no back end"):
        back_end_for(Probe(Kind.BRANCH, Action.VALUES), (3, 13))
    assert back_end_for(Probe(Kind.BLOCK, Action.COVER), (3, 9)) is REWRITE


def test_who_frees_the_tool_is_noticed(sandbox):
    source = "import sys\ndef f():\n    sys.monitoring.free_tool_id(4)\n    return 1\n"
    probes = Probes.of(Probe(Kind.LINE, Action.COUNT))
    found = observe(sandbox, Program.from_source(source, entry="f"), Case(args=()), LIMITS, probes)
    assert found.flags == (REPLACED,)


def test_a_warm_loop_pays_nothing_for_a_probe_that_removed_itself():
    """A probe that only covers counts how often it was called itself: where the loop runs 1000 times, once a place."""
    settings = {"back_end": "monitoring", "probes": [("line", False, "", 0), ("call", False, "", 0)]}
    one = Counting(settings, "solution.py", None)
    space = {}
    exec(one.compile("def g(): pass\ndef f(n):\n    for i in range(n):\n        g()\n"), space)
    one.begin()
    space["f"](1000)
    one.end()
    assert one.counts["line"] == {3: 2, 4: 1, 1: 1} and one.counts["call"] == {"f": 1, "g": 1}
