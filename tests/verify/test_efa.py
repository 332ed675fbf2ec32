"""The bits of a problem generator: what passes the published five and what ours catch; hostile generators."""

import pytest
from tests.verify.handwritten import GENERATORS, Handwritten

from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import GeneratorCheck
from trialrun.lang.families import Solved
from trialrun.lang.lifted_program import program_of
from trialrun.lang.lifting import lift
from trialrun.lang.mutants import mutant_programs, mutants
from trialrun.run.sandbox import Sandbox
from trialrun.verify.efa import LIMITS, examine, judge_generator
from trialrun.verify.generator_bits import PAPER, Bit, Settings
from trialrun.verify.independent import Reference, Variant

SEED = Solved(
    problem="Ann has 12 figs and gives away 5 of them. How many are left?", solution="<<12-5=7>>", answer="7"
)
RIGHT = """import random

class Problem:
    def original(self):
        return {"figs": 12, "gone": 5}

    def sample(self, seed):
        r = random.Random(seed)
        figs = r.randint(3, 30)
        return {"figs": figs, "gone": r.randint(1, figs - 1)}

    def render(self, p):
        return f"Ann has {p['figs']} figs and gives away {p['gone']} of them. How many are left?"

    def solve(self, p):
        return p["figs"] - p["gone"]
"""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def examined(sandbox, source=RIGHT, seed=SEED, **settings):
    return examine(sandbox, Program.from_source(source, entry="Problem"), seed, **settings)


def changed(old, new):
    assert old in RIGHT
    return RIGHT.replace(old, new)


def false_bits(report):
    return {bit for bit, holds in report.bits.items() if holds is not True}


def test_a_right_generator_has_every_bit(sandbox):
    report = examined(sandbox)
    assert report.strong_valid and report.paper_valid and report.score == 1.0, report.reasons
    assert report.drawn == 100 and len(report.variants) == 100 and report.mutants[0] == report.mutants[1] > 2


def test_a_constant_passes_the_published_five_and_fails_ours(sandbox):
    report = examined(sandbox, changed('p["figs"] - p["gone"]', "7"))
    assert report.paper_valid and not report.strong_valid
    assert {Bit.INFLUENCE, Bit.AGREES} <= false_bits(report)


def test_the_seed_looked_up_and_a_guess_elsewhere_is_not_agreed_with(sandbox):
    guess = changed('return p["figs"] - p["gone"]', 'return 7 if p["figs"] == 12 else p["figs"] + p["gone"]')
    report = examined(sandbox, guess)
    assert report.paper_valid and false_bits(report) >= {Bit.AGREES}
    assert "not" in report.reasons[Bit.AGREES]


def test_without_a_solver_nobody_agrees(sandbox):
    report = examined(sandbox, seed=Solved(problem=SEED.problem, answer="7"))
    assert report.paper_valid and report.bits[Bit.AGREES] is None and not report.strong_valid


@pytest.mark.parametrize(
    ("old", "new", "bit"),
    [
        ("def solve", "def resolve", Bit.EXTRACTABLE),
        ("class Problem", "class Other", Bit.EXTRACTABLE),
        ("return p[", "return q[", Bit.EXECUTABLE),
        ('r.randint(3, 30)', "r.randint(3, 30) / 0", Bit.EXECUTABLE),
        ('return {"figs": figs, "gone": r.randint(1, figs - 1)}', 'return {"figs": 9, "gone": 2}', Bit.FREEDOM),
        ('p["figs"] - p["gone"]', 'p["figs"] - p["gone"] + random.choice([0, 0, 1])', Bit.SINGLE_VALUED),
        ('"gone": 5', '"gone": 6', Bit.ORIGINAL),
        ("are left", "remain", Bit.ORIGINAL),
        ('p["figs"] - p["gone"]', 'p["figs"] - 5', Bit.INFLUENCE),
        ('p["figs"] - p["gone"]', 'abs(p["figs"] - 2 * p["gone"]) + 5', Bit.AGREES),
        ("{p['gone']} of them", "5 of them", Bit.SHOWS),
        ("random.Random(seed)", "random.Random()", Bit.STEADY),
        ("r.randint(1, figs - 1)}", "1} if seed % 19 == 0 else None", Bit.STEADY),
        ("r.randint(1, figs - 1)", "r.randint(1, 31)", Bit.SOUND),
        ("r.randint(1, figs - 1)", "r.randint(1, 2 * figs) / 2", Bit.SOUND),
        ("figs = r.randint(3, 30)", "figs = r.randint(3, 30) if seed != 70 else 0", Bit.SOUND),
    ],
)  # fmt: skip
def test_each_bit_has_a_fault_that_it_finds(sandbox, old, new, bit):
    report = examined(sandbox, changed(old, new))
    assert report.bits[bit] is False, (false_bits(report), report.reasons)
    assert report.reasons[bit] and not report.strong_valid
    assert report.paper_valid == (bit not in PAPER)


def test_a_state_between_calls_is_found_out(sandbox):
    counting = RIGHT.replace("class Problem:", "calls = []\n\nclass Problem:").replace(
        "        return p[", "        calls.append(1)\n        return len(calls) // 90 + p["
    )
    assert Bit.SINGLE_VALUED in false_bits(examined(sandbox, counting))


def test_answers_are_equal_as_values(sandbox):
    half = Solved(problem="What is half of 1?", answer=r"\frac12")
    for answer in ("0.5", "'1/2'", "'50%'"):
        text = (
            "class Problem:\n    def original(self):\n        return {'n': 1}\n"
            "    def sample(self, seed):\n        return {'n': 1 + seed}\n"
            "    def render(self, p):\n        return f\"What is half of {p['n']}?\"\n"
            f"    def solve(self, p):\n        return {answer} if p['n'] == 1 else p['n'] / 2\n"
        )
        assert examined(sandbox, text, half).bits[Bit.ORIGINAL] is True


def test_a_fraction_of_a_person_is_not_sound(sandbox):
    seed = Solved(problem="12 people form 3 teams. How many are in one?", solution="<<12/3=4>>", answer="4")
    family = lift(seed)
    assert examined(sandbox, program_of(family), seed).strong_valid
    free = examined(sandbox, program_of(family, constrained=False), seed)
    assert free.paper_valid and false_bits(free) == {Bit.SOUND} and "whole" in free.reasons[Bit.SOUND]


def test_a_negative_price_is_not_sound(sandbox):
    family = lift(SEED)
    assert examined(sandbox, program_of(family)).strong_valid
    free = program_of(family, constrained=False).replace("randint(6, 24)", "randint(1, 9)")
    report = examined(sandbox, free)
    assert report.paper_valid and false_bits(report) == {Bit.SOUND} and "sign" in report.reasons[Bit.SOUND]


def test_signs_and_wholeness_are_asked_for_without_a_solution_too(sandbox):
    seed = Solved(problem=SEED.problem, answer="7")
    solver = Reference(
        sandbox,
        Program.from_source("def solve(p):\n    return p['figs'] - p['gone']\n", entry="solve"),
        LIMITS,
    )
    for draw, word in (("r.randint(1, 31)", "sign"), ("r.randint(1, 2 * figs) / 2", "whole")):
        source = changed("r.randint(1, figs - 1)", draw)
        report = examined(sandbox, source, seed, solver=solver)
        assert false_bits(report) == {Bit.SOUND} and word in report.reasons[Bit.SOUND]
        assert examined(sandbox, source, seed, solver=solver, alike=False).strong_valid


HOSTILE = {
    "reads files": changed('return p["figs"]', 'open("/etc/passwd").read()\n        return p["figs"]'),
    "never returns": changed('return p["figs"]', 'while True: pass\n        return p["figs"]'),
    "never loads": "while True: pass\n" + RIGHT,
    "leaves": changed('return p["figs"]', 'import os; os._exit(0)\n        return p["figs"]'),
    "no python": "class Problem(:",
    "deep": "(" * 100_000,
    "empty": "",
    "huge value": changed('{"figs": 12, "gone": 5}', '{"figs": 10 ** 100_000}'),
    "many values": changed('{"figs": 12, "gone": 5}', "{str(n): n for n in range(100_000)}"),
    "nested": changed('{"figs": 12, "gone": 5}', '{"figs": [[[[[[[[[[1]]]]]]]]]]}'),
    "an object": changed('{"figs": 12, "gone": 5}', '{"figs": object()}'),
    "itself": changed('return {"figs": 12, "gone": 5}', 'a = {}; a["a"] = a; return a'),
    "no dict": changed('{"figs": 12, "gone": 5}', "[12, 5]"),
    "no text": changed('return f"Ann', 'return 5, f"Ann'),
    "nan": changed('return p["figs"]', 'return float("nan") * p["figs"]'),
    "surrogates": changed("Ann has", "\\udc80 has"),
    "raises oddly": changed('return p["figs"]', 'raise BaseException("x" * 10**6)\n        return p["figs"]'),
    "a getattr of its own": changed(
        "class Problem:", "def getattr(a, b): return lambda *x: 7\n\nclass Problem:"
    ),
    "changes its arguments": changed(
        'return p["figs"]', 'p.clear(); p["figs"] = p["gone"] = 3\n        return p["figs"]'
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_generators_leave_a_judgement(sandbox, name):
    check = GeneratorCheck(name="generator", problem=SEED.problem, solution=SEED.solution, answer=SEED.answer)
    program = Program.from_source(HOSTILE[name], entry="Problem")
    found = judge_generator(sandbox, check, program, Limits(cpu_s=0.3))
    assert found.verdict is Verdict.FAIL and found.evidence and found.score < 1, name


def test_a_judgement_says_which_bits_fail_and_demands_what_it_was_told(sandbox):
    constant = Program.from_source(changed('p["figs"] - p["gone"]', "7"), entry="Problem")
    for strong, verdict in ((True, Verdict.FAIL), (False, Verdict.PASS)):
        check = GeneratorCheck(
            name="g", problem=SEED.problem, solution=SEED.solution, answer="7.0", strong=strong
        )
        found = judge_generator(sandbox, check, constant, LIMITS)
        assert found.verdict is verdict and found.score == 0.8
        assert [one.input for one in found.evidence] == (["influence", "agrees"] if strong else [])


def test_an_independent_solver_may_be_told_as_source(sandbox):
    for solver in (
        "def solve(p):\n    return p['figs'] - p['gone']\n",
        "def accepts(p, a):\n    return a + p['gone'] == p['figs']\n",
    ):
        check = GeneratorCheck(name="g", problem=SEED.problem, answer="7", solver=solver)
        program = Program.from_source(RIGHT, entry="Problem")
        assert judge_generator(sandbox, check, program, LIMITS).verdict is Verdict.PASS
        wrong = Program.from_source(changed('- p["gone"]', '- p["gone"] + (p["figs"] > 12)'), entry="Problem")
        assert judge_generator(sandbox, check, wrong, LIMITS).verdict is Verdict.FAIL


def test_a_solver_that_fails_knows_nothing(sandbox):
    broken = Reference(
        sandbox, Program.from_source("def solve(p):\n    return p['nuts']\n", entry="solve"), LIMITS
    )
    assert broken.agreement([Variant({"figs": 1}, "", "")]) == [None]
    report = examined(sandbox, solver=broken)
    assert report.bits[Bit.AGREES] is None and not report.strong_valid


def solver_of(sandbox, one: Handwritten) -> Reference:
    entry = "accepts" if "def accepts" in one.solver else "solve"
    return Reference(sandbox, Program.from_source(one.solver, entry=entry), LIMITS)


@pytest.mark.parametrize("one", GENERATORS, ids=lambda one: one.name)
def test_handwritten_generators_are_accepted_and_their_mutants_rejected(sandbox, one):
    """Mutants of `solve` are screened on draws held back; those of `render` and `original` change the seed's text."""
    program = Program.from_source(one.source, entry="Problem")
    seed, solver = Solved(problem=one.problem, answer=one.answer), solver_of(sandbox, one)
    report = examine(
        sandbox, program, seed, solver=solver, alike=one.alike, settings=Settings(draws=60, mutants=12)
    )
    assert report.strong_valid, report.reasons
    caught, different = report.mutants
    assert caught >= 0.95 * different > 0
    quick = Settings(draws=20, mutants=0)
    for operation in ("render", "original"):
        found = mutants(one.source, f"Problem.{operation}", limit=3, seed=1)
        for mutant in mutant_programs(program, found):
            rejected = examine(
                sandbox, mutant, seed, solver=solver, alike=one.alike, settings=quick, until_rejected=True
            )
            assert not rejected.strong_valid, mutant.source


def test_there_are_enough_of_them():
    assert len(GENERATORS) >= 20 and len({one.name for one in GENERATORS}) == len(GENERATORS)
