"""Groups by behaviour, and what observing programs says."""

import pytest

from trialrun.compare.behaviours import observe
from trialrun.compare.clusters import clusters
from trialrun.core.execution import Outcome
from trialrun.core.task import Case
from trialrun.core.truncation import Truncation
from trialrun.lang.branches import branch_points
from trialrun.lang.drivers import function_subject, functions_of, stdin_subject
from trialrun.run.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.fast
def test_clusters_are_ordered_by_size_and_then_by_first_member():
    found = clusters(["c", "a", "b", "a", "b", "d"])
    assert [cluster.members for cluster in found] == [(1, 3), (2, 4), (0,), (5,)]
    assert [cluster.size for cluster in found] == [2, 2, 1, 1] and clusters([]) == ()


@pytest.mark.fast
def test_undefined_keys_never_merge():
    assert [cluster.members for cluster in clusters([None, None, "a", None])] == [(0,), (1,), (2,), (3,)]


def cases(*arguments):
    return [Case(args=(x,)) for x in arguments]


def test_names_order_of_operands_and_layout_keep_the_key(sandbox):
    sources = [
        "def f(x): return x * 2 + 1",
        "def f(number):\n    # as above\n    y = 2 * number\n    return 1 + y",
    ]
    keys = [observe(sandbox, function_subject(source, "f"), cases(0, 1, -5, 2.5)).key for source in sources]
    assert keys[0] == keys[1] is not None
    other = observe(
        sandbox, function_subject("def f(x): return x * 2 + (x != -5)", "f"), cases(0, 1, -5, 2.5)
    )
    assert other.key not in keys
    few = observe(sandbox, function_subject("def f(x): return x * 2 + (x != -5)", "f"), cases(0, 1, 2.5))
    assert few.key == observe(sandbox, function_subject(sources[0], "f"), cases(0, 1, 2.5)).key  # no proof


def test_chance_is_the_same_for_every_program_and_others_are_told(sandbox):
    dice = function_subject("import random\ndef f(x): return random.random() + x", "f")
    one, two = observe(sandbox, dice, cases(1, 2)), observe(sandbox, dice, cases(1, 2))
    assert one.steady and one.key == two.key is not None
    wild = function_subject("import os\ndef f(x):\n    return open('/dev/urandom', 'rb').read(4)", "f")
    found = observe(sandbox, wild, cases(1))
    assert not found.steady and found.key is None and found.executions[0].outcome is Outcome.RETURNED


def test_a_program_that_hangs_or_does_not_load_has_no_key_or_its_own(sandbox):
    hangs = observe(sandbox, function_subject("def f(x):\n    while x: pass", "f"), cases(0, 1))
    assert hangs.key is None and hangs.steady and hangs.executions[1].outcome is Outcome.TIMEOUT
    broken = [
        observe(sandbox, function_subject(f"1/0\ndef f(x): {x}", "f"), cases(0)) for x in ("pass", "return 1")
    ]
    assert {one.executions[0].outcome for one in broken} == {Outcome.LOAD}


def test_whole_programs_and_truncated_floats(sandbox):
    one, two = (
        stdin_subject(f"print(sum({x}))")
        for x in ("map(int, input().split())", "[int(y) for y in input().split()]")
    )
    texts = [Case(stdin="1 2 3\n"), Case(stdin="\n")]
    assert observe(sandbox, one, texts).key == observe(sandbox, two, texts).key is not None
    sums = [function_subject(f"def f(x): return {text}", "f") for text in ("x / 3", "x * (1 / 3)")]
    exact = {observe(sandbox, one, cases(5.0, 7.0)).key for one in sums}
    close = {observe(sandbox, one, cases(5.0, 7.0), floats=Truncation(bits=40)).key for one in sums}
    assert len(exact) == 2 and len(close) == 1


@pytest.mark.fast
def test_odd_escapes_of_strangers_sources_bring_no_warning(recwarn):
    source = "def f(x):\n    return x if x else '\\d'"
    subject = function_subject(source, "f")
    stdin_subject(source)
    assert branch_points(subject.source, "f") == 1 and functions_of(source) == ["f"] and not recwarn.list
