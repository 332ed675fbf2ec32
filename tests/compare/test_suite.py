"""Suites of a given size: what is left by the given inputs comes first, costly inputs and sure mutants stay out."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from msgspec import structs

from trialrun.compare import suite
from trialrun.compare.augment import LIMITS, Augmentation
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.drivers import function_subject
from trialrun.probe.proposer import Seed
from trialrun.run.sandbox import Sandbox

SOURCE = "def f(n, m):\n    if n > m:\n        return n - m\n    return n * m\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def growth_of(sandbox, *args):
    """Return a growth of these inputs and no others."""

    class Nothing:
        def propose(self, seeds):
            yield from ()

    seeds = [Seed(case=Case(args=one)) for one in args]
    return Augmentation().grow(sandbox, function_subject(SOURCE, "f"), seeds, Nothing())


def killers(sandbox, sources, *args, given=0):
    """Return what each input kills."""
    program = Program.from_source(SOURCE, entry="f")
    others = [Program.from_source(source, entry="f") for source in sources]
    made = suite.matrix_of(sandbox, program, growth_of(sandbox, *args), others, given=given, limits=LIMITS)
    return dict(zip(made.places, map(set, made.killed), strict=True))


def test_who_kills_whom(sandbox):
    equal, minus = SOURCE.replace("n > m", "n >= m"), SOURCE.replace("n * m", "n + m")
    assert killers(sandbox, [equal, minus], (5, 3), (4, 4), (2, 2), (1, 7)) == {
        0: set(), 1: {0, 1}, 2: {0}, 3: {1},
    }  # fmt: skip


def test_what_several_given_inputs_kill_is_left_out(sandbox):
    minus = SOURCE.replace("n * m", "n + m")
    args = [(1, 7), (1, 8), (1, 9), (2, 5), (3, 9)]
    assert killers(sandbox, [minus], *args, given=4)[4] == set()
    assert killers(sandbox, [minus], *args, given=3)[4] == {0}


def test_what_lives_on_all_candidates_runs_further(sandbox, monkeypatch):
    monkeypatch.setattr(suite, "CANDIDATES", 2)
    rare = SOURCE.replace("n * m", "n * m + (n == 9)")
    args = [(1, 2), (3, 1), (1, 3), (1, 4), (9, 9), (1, 5)]
    assert killers(sandbox, [rare], *args)[4] == {0}
    monkeypatch.setattr(suite, "MORE", 1)
    assert 4 not in killers(sandbox, [rare], *args)


def test_a_suite_kills_what_the_given_inputs_leave(sandbox):
    program = Program.from_source(SOURCE, entry="f")
    growth = growth_of(sandbox, (5, 3), (1, 7), (6, 3), (2, 9), (2, 2), (4, 4), (0, 0))
    equal = [Program.from_source(SOURCE.replace("n > m", "n >= m"), entry="f") for _ in range(2)]
    minus = [Program.from_source(SOURCE.replace("n * m", "n + m"), entry="f")]

    def chosen(size):
        found = suite.suite_of(sandbox, program, growth, equal + minus, size=size, given=2, limits=LIMITS)
        return [taken.place for taken in found]

    assert chosen(0) == [] and chosen(1) == [5] and chosen(3) == [5, 4, 3]
    assert len(set(chosen(9))) == 5 and min(chosen(9)) == 2


def test_costly_inputs_are_no_candidates(sandbox):
    growth = growth_of(sandbox, (5, 3), (1, 7))
    dear = replace(growth.inputs[0], execution=structs.replace(growth.inputs[0].execution, cpu_s=0.3))
    growth = replace(growth, inputs=(dear, growth.inputs[1]))
    assert suite.affordable(growth, [0, 1], 1) == [0, 1]
    assert suite.affordable(growth, [0, 1], 10) == [1]
