"""What the benchmark of EFAGen counts: programs that do the same, the first fault, whether the goals are met."""

import pytest
from bench.efagen import accepted, all_influence, behaves_alike, entry_of, first_fault, reproduces
from bench.efagen_peers import Peer

from trialrun.lang.families import Solved
from trialrun.lang.lifted_program import program_of
from trialrun.lang.lifting import lift
from trialrun.run.sandbox import Sandbox
from trialrun.verify.efa import examine
from trialrun.verify.generator_bits import Bit, Report, Settings

SEED = Solved(problem="Ann has 12 figs and eats 5. How many are left?", solution="<<12-5=7>>", answer="7")
EXAMPLE = """from random import Random


def generate_from_variables(name, n, m):
    question = f"{name} has {n} figs and {m} nuts. How many things?"
    return {"question": question, "answer": str(n + m), "answer_value": n + m}


def generate_example(rng, difficulty=1.0):
    name, n = rng.choice(["Ann", "Bo"]), rng.randint(2, 50)
    made = generate_from_variables(name, n, rng.randint(2, 50))
    return {"question": made["question"]}
"""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def test_programs_are_alike_where_texts_and_answers_are(sandbox):
    source = program_of(lift(SEED))
    (answer,) = [line for line in source.splitlines() if "return step_1" in line]
    program = entry_of(source)
    for other, alike in (
        (source.replace(answer, answer + " + 0"), True),
        (source.replace(answer, answer + " + (step_1 > 12)"), False),
        (source.replace("eats", "ate"), False),
        (source.replace(answer, "        raise ValueError"), False),
    ):
        assert behaves_alike(sandbox, program, entry_of(other)) is alike


def test_a_peers_functions_become_a_generator(sandbox):
    peer = Peer("generate_0", EXAMPLE, ("name", "n", "m"))
    source, solved = peer.instance(3)
    assert "How many things" in solved.problem
    report = examine(sandbox, entry_of(source), solved, settings=Settings(draws=30, mutants=0))
    assert accepted(report) and report.bits[Bit.AGREES] is None and all_influence(report)
    wrong = examine(
        sandbox, entry_of(source.replace('"answer_value": n + m', '"answer_value": n * m')), solved
    )
    assert not accepted(wrong) and first_fault(wrong) == "original"


def test_goals_are_met_by_all_parts_or_not_at_all():
    met = {
        "gsm8k": {"constrained": {"paper_valid": 975, "strong_valid": 909}},
        "again": {"generators": 5, "accepted_in_all_five_seeds": 5, "same_seed_same_problems": 5},
        "mutants": {"rate": 0.95},
    }
    assert reproduces(met) and not reproduces({"gsm8k": met["gsm8k"]})
    assert not reproduces({**met, "mutants": {"rate": 0.94}})
    assert not reproduces({**met, "again": {**met["again"], "accepted_in_all_five_seeds": 4}})
    assert not reproduces({**met, "gsm8k": {"constrained": {"paper_valid": 975, "strong_valid": 908}}})


def test_idle_parameters_and_too_few_mutants_are_told_apart():
    idle = Report(bits={Bit.INFLUENCE: False}, reasons={Bit.INFLUENCE: "without influence: n"})
    few = Report(bits={Bit.INFLUENCE: False}, reasons={Bit.INFLUENCE: "3 of 8 mutants of solve are caught"})
    assert not all_influence(idle) and all_influence(few)
