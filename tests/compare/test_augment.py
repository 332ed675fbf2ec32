"""Growing inputs: what is valid, what is novel, which mutants fall, what it costs."""

from collections.abc import Iterator

import pytest

from trialrun.compare.augment import Augmentation
from trialrun.core import values
from trialrun.core.task import Case
from trialrun.lang.drivers import function_subject
from trialrun.lang.mutants import mutant_programs, mutants
from trialrun.probe.portfolio import portfolio_for
from trialrun.probe.proposer import Feedback, Origin, Seed
from trialrun.run.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


SOURCE = '''
def grade(points, best):
    """Return a letter."""
    if best <= 0:
        raise ValueError("best")
    share = 100 * points // best
    if share >= 90:
        return "A"
    if share > 73 and points != 77:
        return "B"
    return "C"
'''
SEEDS = [Seed(case=Case(args=args)) for args in ((50, 100), (95, 100), (1, 0))]


class Told:
    """Proposes what it is given, a batch a line, and keeps the feedback."""

    def __init__(self, *batches: list[tuple]) -> None:
        self.batches, self.feedback = batches, []

    def propose(self, seeds):
        for batch in self.batches:
            self.feedback.append((yield [Seed(case=Case(args=args), origin=Origin.VALID) for args in batch]))


def grow(sandbox, proposer, *, with_mutants=False, assume=None, **settings):
    subject = function_subject(SOURCE, "grade")
    made = mutant_programs(subject.program, mutants(SOURCE, "grade")) if with_mutants else []
    return Augmentation(**settings).grow(sandbox, subject, SEEDS, proposer, mutants=made, assume=assume)


def test_valid_is_what_returns_and_new_is_what_takes_a_branch(sandbox):
    told = Told([(80, 100), (81, 100), (3, -1)], [(82, 100)])
    found = grow(sandbox, told)
    assert [one.seed.case.args for one in found.inputs] == [
        (50, 100),
        (95, 100),
        (80, 100),
        (81, 100),
        (82, 100),
    ]
    assert found.refused == {"ValueError": 2} and found.loads and found.why == "nothing new to try"
    assert [(one.novel, one.valid) for one in told.feedback[0]] == [
        (True, True),
        (False, True),
        (False, False),
    ]
    assert found.kernel == [0, 1, 2]


def test_errors_may_be_behaviour(sandbox):
    found = grow(sandbox, Told([(3, -1)]), errors=True)
    assert len(found.inputs) == 4 and found.refused == {}


def test_a_precondition_refuses(sandbox):
    positive = function_subject("def fine(points, best):\n    return points < 90 and best > 0\n", "fine")
    told = Told([(80, 100), (99, 100)])
    found = grow(sandbox, told, assume=positive)
    assert [one.seed.case.args for one in found.inputs] == [(50, 100), (80, 100)]
    assert found.refused == {"precondition": 3}
    assert [one.valid for one in told.feedback[0]] == [True, False]


def test_mutants_fall_to_what_tells_them_apart(sandbox):
    poor = grow(sandbox, Told(), with_mutants=True, errors=True)
    told = Told([(90, 100), (80, 100), (74, 100), (77, 100), (73, 100), (10, 1000)])
    better = grow(sandbox, told, with_mutants=True, errors=True)
    assert set(better.alive) < set(poor.alive)
    assert told.feedback[0][0].novel  # 90: no new branch, but `>=` is told from `>`
    killed = [place for one in better.inputs for place in one.killed]
    assert len(killed) == len(set(killed)) and not set(killed) & set(better.alive)


def test_a_search_kills_more_and_the_same_seed_finds_the_same(sandbox):
    subject = function_subject(SOURCE, "grade")

    def run():
        return grow(
            sandbox,
            portfolio_for([subject], SEEDS, seed=5),
            with_mutants=True,
            errors=True,
            inputs=600,
            cpu_s=30,
        )

    one, two = run(), run()
    assert one.why == two.why == "600 inputs found" and len(one.inputs) == 603
    assert [grown.seed for grown in one.inputs] == [grown.seed for grown in two.inputs]
    assert one.alive == two.alive
    descriptions = [mutant.description for mutant in mutants(SOURCE, "grade")]
    assert len(one.alive) < len(descriptions) / 8, [descriptions[place] for place in one.alive]


def test_the_budget_ends_it_and_a_hang_is_refused(sandbox):
    source = "def f(n):\n    while n == 3: pass\n    return n\n"
    subject = function_subject(source, "f")
    seeds = [Seed(case=Case(args=(n,))) for n in (3, 4, 5)]
    found = Augmentation(cpu_s=0.2).grow(sandbox, subject, seeds, portfolio_for([subject], seeds))
    assert [one.seed.case.args for one in found.inputs[:2]] == [(4,), (5,)]
    assert found.refused["timeout"] >= 1 and "budget" in found.why and found.cpu_s < 2


def test_what_a_dead_mutant_took_is_counted(sandbox):
    subject = function_subject("def f(n): return n\n", "f")
    busy = "import os\nend = sum(os.times()[:2]) + 0.3\nwhile sum(os.times()[:2]) < end: pass\ndef f(n): return -1\n"
    rival = function_subject(busy, "f").program
    found = Augmentation().grow(sandbox, subject, [Seed(case=Case(args=(1,)))], Told(), mutants=[rival])
    assert found.alive == () and found.inputs[0].killed == (0,) and found.cpu_s >= 0.3


def test_a_program_that_does_not_load_grows_nothing(sandbox):
    subject = function_subject("import nosuch\ndef f(n): return n\n", "f")
    found = Augmentation().grow(sandbox, subject, [Seed(case=Case(args=(1,)))], Told([(2,)]))
    assert not found.loads and found.inputs == ()
    assert Feedback().valid


def test_the_best_are_the_kernel_and_those_whose_outcome_is_rare(sandbox):
    found = grow(sandbox, Told([(51, 100), (52, 100), (96, 100), (53, 100), (80, 100), (97, 100)]))
    letters = "CACCACBA"  # of the two seeds and the six others
    assert [one.execution.value for one in found.inputs] == [values.encode(letter) for letter in letters]
    assert found.kernel == [0, 1, 6]
    assert found.best(3) == [0, 1, 6] and found.best(4) == [0, 1, 2, 6] and found.best(5) == [0, 1, 2, 4, 6]
    assert found.best(3, first=2) == [2, 4, 6] and found.best(99, first=2) == [2, 3, 4, 5, 6, 7]
    assert found.best(0) == []
