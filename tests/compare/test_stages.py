"""The portfolio of searches: a later stage is asked only for what is open, and what each did is added up."""

import contextlib
import dataclasses

import pytest

from trialrun.compare import stages as module
from trialrun.compare.difference import Comparison
from trialrun.compare.differential import Differential
from trialrun.compare.stages import Stages
from trialrun.core.judgement import Verdict
from trialrun.lang.drivers import function_subject

ONE = function_subject("def f(x: int) -> int:\n    return x\n", "f")
OPEN = Comparison(
    verdict=Verdict.UNKNOWN,
    inputs=10,
    refused=1,
    undecided=2,
    outside=3,
    cpu_s=1.0,
    why="nothing left to try",
    unobserved=("a value",),
)


class Symbolic:
    """A stage that thinks for two seconds and has nothing to say."""

    cpu_s = 2.0

    def __init__(self, *asked):
        pass


@pytest.fixture
def searches(monkeypatch):
    """What the searches came to, in order; each takes the first that is left."""
    left = []
    monkeypatch.setattr(Differential, "search", lambda self, *asked, **more: left.pop(0))
    monkeypatch.setattr(module, "CrossHair", Symbolic)
    return left


def test_what_all_stages_did_is_added_up(searches):
    searches += [OPEN, dataclasses.replace(OPEN, unobserved=("stdout",), why="")]
    found = Stages(symbolic=contextlib.ExitStack).search(None, ONE, ONE, [])
    assert (found.inputs, found.refused, found.undecided, found.outside) == (20, 2, 4, 6)
    assert (found.cpu_s, found.why, found.unobserved) == (4.0, "", ("a value", "stdout"))


def test_no_stage_is_asked_for_what_was_found(searches):
    searches.append(dataclasses.replace(OPEN, verdict=Verdict.FAIL, difference=object()))
    assert Stages(symbolic=contextlib.ExitStack).search(None, ONE, ONE, []).inputs == 10
