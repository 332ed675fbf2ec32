"""Proof of dependence: real use of the base is proven, cheats are refused, equivalent mutants do not count."""

from dataclasses import replace

import pytest

from trialrun.core import values
from trialrun.core.execution import Limits
from trialrun.core.judgement import Strength, Verdict
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, CaseCheck, Task
from trialrun.lang.signatures import Parameter
from trialrun.observe.edges import _keep
from trialrun.run.sandbox import Sandbox
from trialrun.tasks.self_invoking import base_of
from trialrun.verify.dependence import Settings, inputs_of, prove
from trialrun.verify.tests import Judge, Rules

BASE = '''def clamp(n, low=0):
    """Return n, but at least low."""
    if n < low:
        return low
    return n


'''
NEW = "def total(items):\n    return sum(clamp(item) for item in items)\n"
TESTS = "assert total([-1, 2, 3]) == 5\nassert total([0, 0]) == 0\nassert total([7]) == 7\n"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def task(tests=TESTS, **changed):
    check = AssertCheck(name="tests", code=tests, remote=("total",))
    fields = {
        "id": "Own/1",
        "suite": "own",
        "statement": "total",
        "entry": "total",
        "hidden_checks": (check,),
        "reference": BASE + NEW,
    }
    return Task(**{**fields, **changed})


def proof(sandbox, source, *, given=None, base="clamp", **settings):
    judge = Judge(sandbox, Rules(limits=Limits(cpu_s=1.0)))
    program = Program.from_source(source, entry="total")
    return prove(sandbox, judge, given or task(), program, base, Settings(**settings))


def test_a_solution_that_uses_the_base_is_proven(sandbox):
    found = proof(sandbox, BASE + NEW)
    assert found.verdict is Verdict.PASS and found.rate == 1.0 and found.killed >= 3
    assert (found.calls.cases, found.calls.reached, found.calls.count) == (3, 3, 6)
    assert {case.args for case in found.calls.arguments} == {(n, 0) for n in (-1, 2, 3, 0, 7)}
    judgement = found.judgement()
    assert judgement.strength is Strength.WEAK and judgement.weak_because and judgement.score == 1.0


CHEATS = {
    "a re-implementation": "def total(items):\n    return sum(max(item, 0) for item in items)\n",
    "an ignored call": "def total(items):\n    [clamp(item) for item in items]\n"
    "    return sum(max(item, 0) for item in items)\n",
    "an ignored call that may raise": "def total(items):\n    try:\n        clamp(items[0])\n    except Exception:\n"
    "        pass\n    return sum(max(item, 0) for item in items)\n",
    "constants": "def total(items):\n    return {3: 5, 2: 0, 1: 7}[len(items)]\n",
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheats_that_pass_the_task_are_refused(sandbox, cheat):
    found = proof(sandbox, BASE + CHEATS[cheat])
    assert found.verdict is Verdict.FAIL and found.judgement().evidence
    called = "ignored" in cheat
    assert (found.calls.reached > 0) is called and (found.rate == 0.0) is called


def test_a_mutant_that_differs_on_no_recorded_call_does_not_count(sandbox):
    tests = "assert total([1, 2]) == 3\nassert total([5]) == 5\nassert total([8]) == 8\n"
    found = proof(sandbox, BASE + NEW, given=task(tests), mutants=40)
    assert found.verdict is Verdict.PASS and found.rate == 1.0
    assert found.equivalent > 0, "`return low` never runs, so changing it changes nothing that anybody sees"


def test_a_mutant_that_differs_and_is_not_noticed_does_count(sandbox):
    loose = "def total(items):\n    return bool(sum(clamp(item) for item in items))\n"
    tests = "assert total([-1, 2, 3]) == True\nassert total([7]) == True\nassert total([]) == False\n"
    found = proof(sandbox, BASE + loose, given=task(tests, reference=BASE + loose), mutants=40, least=0.95)
    assert found.alive and found.rate is not None and found.rate < 0.95 and found.verdict is Verdict.FAIL
    assert replace(found, least=0.0).verdict is Verdict.PASS


@pytest.mark.parametrize("source", [NEW + "\n\n" + BASE, "import math\n" + BASE + NEW])
def test_the_order_of_both_does_not_matter(sandbox, source):
    assert proof(sandbox, source).verdict is Verdict.PASS


def test_the_base_may_call_itself_and_be_reached_through_a_helper(sandbox):
    recursive = "def clamp(n):\n    return n if n >= 0 else clamp(n + 1)\n\n\n"
    helped = "def helper(n):\n    return clamp(n)\n\n\ndef total(items):\n    return sum(helper(n) for n in items)\n"
    found = proof(sandbox, recursive + helped)
    assert found.verdict is Verdict.PASS and found.calls.count == 6, "calls by the base itself are no edges"


def test_a_base_that_changes_its_argument_does_not_leak_between_inputs(sandbox):
    base = "def clamp(items):\n    items.append(0)\n    return [max(n, 0) for n in items]\n\n\n"
    new = "def total(items):\n    return sum(clamp(items)) + len(items) - 1\n"
    tests = "assert total([1, 2]) == 5\nassert total([1]) == 2\nassert total([]) == 0\n"
    found = proof(sandbox, base + new, given=task(tests, reference=base + new))
    assert found.verdict is Verdict.PASS
    assert [case.args for case in found.calls.arguments] == [([1, 2],), ([1],), ([],)]


def test_what_cannot_be_proven_is_unknown(sandbox):
    wrong = proof(sandbox, BASE + NEW.replace("sum", "max"))
    assert wrong.verdict is Verdict.UNKNOWN and "does not pass" in wrong.message
    broken = proof(sandbox, BASE + NEW + "raise OSError('no')\n")
    assert broken.verdict is Verdict.UNKNOWN and "OSError" in broken.message
    asked = task("import time\nassert total([time.time() * 0]) == 0\n")
    assert proof(sandbox, BASE + NEW, given=asked).verdict is Verdict.UNKNOWN


def test_a_program_without_the_base_does_not_call_it(sandbox):
    assert (
        proof(sandbox, "def total(items):\n    return sum(max(i, 0) for i in items)\n").verdict
        is Verdict.FAIL
    )


def test_inputs_come_from_every_kind_of_check(sandbox):
    cases = CaseCheck(name="cases", cases=(Case(args=([9],)),))
    loop = AssertCheck(name="loop", code="for n in [4, 5]:\n    assert total([n]) == n\n", remote=("total",))
    given = task(hidden_checks=(*task().hidden_checks, cases, loop))
    found = inputs_of(sandbox, given)
    assert [case.args[0] for case in found] == [[-1, 2, 3], [0, 0], [7], [9], [4], [5]]


@pytest.mark.fast
@pytest.mark.parametrize("stub", ["def clamp(n, low=0):\n", "def clamp(n, low=0):"])
def test_the_base_of_a_published_row_is_the_last_function_of_its_problem(stub):
    helped = "def helper(n):\n    return n\n\n\n" + stub
    given = task(prefix=helped, reference=f"{helped.rstrip()}\n    return helper(max(n, low))\n\n{NEW}")
    assert base_of(given) == "clamp"
    assert base_of(task(prefix="", reference="def (")) is None


@pytest.mark.fast
def test_recorded_arguments_that_are_large_or_have_no_place_are_not_built():
    kept = {}
    values_of = {"n": values.encode(3), "low": values.encode([1, 2])}
    _keep(kept, values_of, [Parameter(name="n"), Parameter(name="low")])
    assert [case.args for case in kept.values()] == [(3, [1, 2])]
    for given, parameters in (
        ({"n": values.encode({i: i for i in range(5_000)})}, [Parameter(name="n")]),
        ({"n": b"junk"}, [Parameter(name="n")]),
        ({}, [Parameter(name="n")]),
        ({"n": values.encode(3)}, [Parameter(name="n", keyword_only=True)]),
        ({"n": values.encode({})}, [Parameter(name="n", variadic="**")]),
    ):
        _keep(kept, given, parameters)
    assert len(kept) == 1
