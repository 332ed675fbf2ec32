"""CrossHair as a proposer; what needs its environment is skipped where that cannot be made."""

import pytest

from trialrun.compare.crosshair import REQUIREMENTS, CrossHair, _read, annotations_of
from trialrun.compare.differential import Differential
from trialrun.core.errors import TrialrunError
from trialrun.core.judgement import Verdict
from trialrun.core.task import Case
from trialrun.lang.drivers import function_subject, stdin_subject
from trialrun.probe.proposer import Seed
from trialrun.run.environments import interpreter_for, present_version
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation


@pytest.fixture(scope="module")
def symbolic():
    try:
        python = interpreter_for(REQUIREMENTS, present_version(), named=None, tell=lambda text: None)
    except TrialrunError as error:
        pytest.skip(f"no environment with CrossHair: {error}")
    with Sandbox(Isolation(python=python)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def search(sandbox, symbolic, old, new, args, seconds=10.0):
    one, two = function_subject(old, "f"), function_subject(new, "f")
    proposer = CrossHair(symbolic, one, two, seconds)
    seeds = [Seed(case=Case(args=args))]
    return Differential(cpu_s=60.0).search(sandbox, one, two, seeds, proposer=proposer), proposer


def test_an_input_that_no_sampling_meets(sandbox, symbolic):
    old = "def f(x, s): return x + 1"
    new = "def f(x, s): return 0 if x * 3 == 370370367 and s[:1] == 'q' else x + 1"
    found, proposer = search(sandbox, symbolic, old, new, (1, "abc"))
    assert found.verdict is Verdict.FAIL and found.difference.case.args[0] == 123456789
    assert 0 < proposer.cpu_s < 20


def test_annotations_of_the_source_need_no_example(sandbox, symbolic):
    old = "def f(text: str, n: int = 2) -> str: return text"
    one, two = (
        function_subject(old, "f"),
        function_subject(old.replace("return", "return 'x' if text == 'ab\\tc' else"), "f"),
    )
    found = Differential(cpu_s=60.0).search(sandbox, one, two, [], proposer=CrossHair(symbolic, one, two))
    assert found.difference.case.args == ("ab\tc",)


def test_what_it_only_says_is_no_difference(sandbox, symbolic):
    """Issue 455 there: `round` of floats is modelled as exact; the two functions are the same."""
    old = "def f(x): return round(x + 0.1 + 0.2, 17) == round(x + 0.3, 17)"
    found, _ = search(sandbox, symbolic, old, old.replace("x + 0.3", "0.3 + x"), (0.5,), seconds=3.0)
    assert found.difference is None


def test_a_program_that_leaves_or_does_not_parse_proposes_nothing(sandbox, symbolic):
    old = "def f(x): return x"
    found, proposer = search(sandbox, symbolic, old, "import os\ndef f(x): os._exit(0)", (1,), seconds=2.0)
    assert found.difference is not None  # of the seed: it needs no proposer
    found, proposer = search(
        sandbox, symbolic, old, "def f(x): return (lambda: x)()", (range(3),), seconds=2.0
    )
    assert found.difference is None and "plain functions" in proposer.said
    found, proposer = search(sandbox, symbolic, old, "def f(x): return x + 0", (object(),), seconds=2.0)
    assert (found.difference, found.inputs) == (None, 0)


def test_whole_programs_are_left_out(symbolic):
    program = stdin_subject("print(input())")
    proposer = CrossHair(symbolic, program, program)
    assert list(proposer.propose([Seed(case=Case(stdin="3\n"))])) == [] and proposer.said


@pytest.mark.parametrize(
    ("examples", "annotations"),
    [
        ([((1, "a"), {"k": [1.5]})], ["tuple[int, str]", "dict[str, list[float]]"]),
        ([((1, 2),), ((3,),)], ["tuple[int, ...]"]),
        ([({1}, b"x"), ({2}, b"")], ["set[int]", "bytes"]),
        ([(True,), (1,)], ["bool | int"]),
        ([((),)], None),
        ([], None),
        ([(range(3),)], None),
    ],
)
def test_annotations_are_the_types_of_the_examples(examples, annotations):
    assert annotations_of(examples) == annotations


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("a0=12345, a1='a,b)'", (12345, "a,b)")),
        ("a0=[-1, {2: (3.5,)}]", ([-1, {2: (3.5,)}],)),
        ("a0=float('nan')", None),
        ("a0=x", None),
        ("1, a0=2", None),
        ("a1=2", None),
    ],
)
def test_reports_are_read_as_literals(text, args):
    assert _read(text) == (None if args is None else Case(args=args))
