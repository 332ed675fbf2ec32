"""Same seed, same answer: a search is told apart from itself by nothing but its CPU time, whatever strings hash to."""

import json
import os
import subprocess
import sys

import pytest

_SEARCH = """
import json, sys
from trialrun.compare.differential import Differential
from trialrun.lang.drivers import function_subject
from trialrun.run.sandbox import Sandbox

def told(found):
    difference = found.difference
    shown = None
    if difference is not None:
        old, new = (
            [one.outcome, one.value, one.arguments, one.exception] for one in (difference.old, difference.new)
        )
        shown = [difference.case.args, difference.kind, difference.what, difference.origin, difference.shrunk, old, new]
    covered = found.old_coverage, found.new_coverage
    return repr([found.verdict, found.inputs, found.refused, found.outside, found.why, *covered, shown])

answers = []
with Sandbox() as sandbox:
    for old, new in json.load(sys.stdin):
        for seed in (0, 0, 1):
            search = Differential(seed=seed, inputs=400, cpu_s=60.0)
            found = search.search(sandbox, function_subject(old, "f"), function_subject(new, "f"), [])
            answers.append(told(found))
print(json.dumps(answers))
"""
_PAIRS = [
    (
        "def f(xs: list[int], k: int) -> int:\n    return xs[k] if k < len(xs) else 0\n",
        "def f(xs: list[int], k: int) -> int:\n    return xs[k] if k <= len(xs) else 0\n",
    ),
    (
        "def f(d: dict[str, int], n: int) -> set[str]:\n    return {k for k in d if d[k] > n}\n",
        "def f(d: dict[str, int], n: int) -> set[str]:\n    return set(k for k, v in d.items() if v > n)\n",
    ),
    (
        "def f(s: str) -> int:\n    if len(s) < 3: raise ValueError(s)\n    return len(s)\n",
        "def f(s: str) -> int:\n    if len(set(s)) < 3: raise ValueError(s)\n    return len(s)\n",
    ),
]


@pytest.fixture(scope="module")
def answers():
    """What each pair came to, twice with one seed and once with another, by hash seed."""
    found = {}
    for hashes in ("0", "1", "77"):
        done = subprocess.run(
            [sys.executable, "-c", _SEARCH],
            input=json.dumps(_PAIRS),
            env=os.environ | {"PYTHONHASHSEED": hashes},
            capture_output=True,
            text=True,
            check=True,
        )
        found[hashes] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("place", range(len(_PAIRS)))
def test_the_same_seed_gives_the_same_answer(answers, place):
    again = {answers[hashes][3 * place + number] for hashes in answers for number in (0, 1)}
    assert len(again) == 1


def test_another_seed_tries_other_inputs(answers):
    assert any(answers["0"][place] != answers["0"][place + 2] for place in range(0, 3 * len(_PAIRS), 3))
