"""Fresh problems: checked twice, the same for a seed, harder or easier ones kept, read and graded by `eval`."""

import gzip
import json
from fractions import Fraction

import pytest

from trialrun.cli import execute
from trialrun.core.errors import UsageError
from trialrun.core.program import Program
from trialrun.flow import evaluate
from trialrun.lang.families import Solved
from trialrun.lang.math_answer import answer_text
from trialrun.learn.builders.problems import NoGenerator, build, keep, missed_by, numbers_written, tasks_of
from trialrun.models.scripted import Scripted
from trialrun.run.sandbox import Sandbox
from trialrun.tasks.efa import read_solved
from trialrun.verify.independent import Variant

SEED = Solved(
    problem="A pack of 12 pens costs $6.50. What do 3 packs cost?",
    solution="<<3*6.5=19.5>>19.50",
    answer="$19.50",
)
ROW = {"question": SEED.problem, "answer": "He pays <<3*6.5=19.5>>19.5.\n#### 19.5"}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def test_the_same_seed_gives_the_same_problems(sandbox):
    one, two = (build(sandbox, SEED, 8, seed=4) for _ in range(2))
    assert one.variants == two.variants and len({variant.text for variant in one.variants}) == 8
    other = build(sandbox, SEED, 8, seed=5)
    assert {variant.text for variant in one.variants} != {variant.text for variant in other.variants}
    for variant in one.variants:
        assert variant.answer == variant.parameters["packs"] * variant.parameters["number"]
        assert "12 pens" in variant.text and variant.text != SEED.problem


def test_more_are_drawn_until_there_are_enough_or_no_new_ones(sandbox):
    assert len(build(sandbox, SEED, 250).variants) == 250
    few = Solved(problem="What is twice 2?", solution="<<2*2=4>>4", answer="4")
    found = build(sandbox, few, 50, ambiguous=True).variants
    assert 1 <= len(found) <= 3 and all(variant.text != few.problem for variant in found)


def test_without_a_generator_that_passes_there_are_none(sandbox):
    with pytest.raises(NoGenerator, match="no annotated steps"):
        build(sandbox, Solved(problem="What is 2 plus 3?", answer="5", solution="Five."), 3)
    constant = Program.from_source("class Problem:\n    pass\n", entry="Problem")
    with pytest.raises(NoGenerator, match="extractable: lacks original, sample, render, solve"):
        build(sandbox, SEED, 3, generator=constant)
    with pytest.raises(UsageError, match="not negative"):
        build(sandbox, SEED, 3, seed=-1)


def test_a_solution_that_can_be_read_in_two_ways_is_left_out_unless_asked_for(sandbox):
    twofold = Solved(
        problem="Of 4 figs and 4 nuts he ate 1 fig. What is left?", solution="<<4-1=3>>", answer="3"
    )
    with pytest.raises(NoGenerator, match="two ways"):
        build(sandbox, twofold, 3)
    assert build(sandbox, twofold, 3, ambiguous=True).variants


def variants(*numbers: int) -> list[Variant]:
    return [Variant({"n": n}, f"What is {n} plus 1?", Fraction(n + 1)) for n in numbers]


def test_the_search_keeps_the_hardest_or_the_easiest():
    some = variants(20, 1234, 5, 77777)
    texts = [variant.parameters["n"] for variant in keep(some, 2, numbers_written)]
    assert texts == [77777, 1234]
    assert [variant.parameters["n"] for variant in keep(some, 2, numbers_written, easiest=True)] == [5, 20]
    assert keep(variants(1, 2, 3), 2, lambda _: 0.0) == variants(1, 2), "ties keep their order"


def test_a_model_may_be_the_learner():
    model = Scripted(lambda request, index: "[ANSWER]21[/ANSWER]" if index % 2 else "It is 9.")
    score = missed_by(model, samples=4, seed=1)
    assert [score(variant) for variant in variants(20, 7)] == [0.5, 1.0]
    assert len(model.requests) == 2 and "[ANSWER]" in model.requests[0].messages[0].content


@pytest.mark.parametrize(
    ("said", "verdict"), [("19.5", "fail"), ("right", "pass"), ("as a fraction", "pass")]
)
def test_eval_grades_answers_by_value(sandbox, tmp_path, said, verdict):
    from trialrun.store.json_text import to_json
    from trialrun.tasks.questions import row_of

    family = build(sandbox, SEED, 2)
    tasks = list(tasks_of(family, family.variants, suite="fresh"))
    file = tmp_path / "fresh.jsonl"
    file.write_bytes(b"".join(to_json(row_of(task)).rstrip(b"\n") + b"\n" for task in tasks))
    rights = {variant.text: variant.answer for variant in family.variants}

    def script(request, index):
        right = next(answer for text, answer in rights.items() if text in request.messages[-1].content)
        told = {
            "right": f"${answer_text(right)}",
            "as a fraction": rf"\frac{{{right.numerator}}}{{{right.denominator}}}",
        }
        return f"Let me see: 1 + 1.\n[ANSWER]{told.get(said, said)}[/ANSWER]"

    run = evaluate(str(file), method="vanilla", model=Scripted(script), output=tmp_path / "run")
    assert [record.verdict for record in run.records] == [verdict] * 2


def test_the_command_writes_problems_and_generators(tmp_path, capsys):
    file = tmp_path / "solved.jsonl.gz"
    file.write_bytes(
        gzip.compress((json.dumps(ROW) + "\n" + json.dumps({**ROW, "answer": "#### 19.5"})).encode())
    )
    out = tmp_path / "fresh.jsonl"
    command = [
        "problems",
        str(file),
        "--output",
        str(out),
        "--count",
        "3",
        "--generators",
        str(tmp_path / "made"),
    ]
    assert execute([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["problems"] == 3 and list(told["refused"]) == ["2"]
    first = out.read_bytes()
    assert execute(command) == 0 and out.read_bytes() == first, "byte for byte"
    assert "3 problems from 1 solved ones" in capsys.readouterr().out
    assert "class Problem" in (tmp_path / "made" / "1.py").read_text()
    run = evaluate(str(out), method="reference", output=tmp_path / "run")
    assert [record.verdict for record in run.records] == ["pass"] * 3
    hardest = [*command, "--keep", "hardest", "--draw", "30"]
    assert execute(hardest) == 0 and out.read_bytes() != first
    hard = out.read_bytes()
    assert execute([*command, "--keep", "easiest", "--draw", "30"]) == 0 and out.read_bytes() != hard
    assert execute([*command, "--keep", "odd"]) == 2


def test_an_own_generator_goes_with_one_problem(tmp_path):
    file, own = tmp_path / "solved.jsonl", tmp_path / "own.py"
    file.write_text(json.dumps(ROW) + "\n" + json.dumps({**ROW, "id": "b"}))
    own.write_text("class Problem: pass\n")
    command = ["problems", str(file), "--output", str(tmp_path / "fresh.jsonl"), "--generator", str(own)]
    assert execute(command) == 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"question": "x"}, "line 1: a solved problem has"),
        ({"problem": "x", "answer": " "}, "is empty"),
        ([], "no problem"),
    ],
)
def test_files_of_solved_problems_say_what_is_wrong(tmp_path, row, message):
    file = tmp_path / "solved.jsonl"
    file.write_text(json.dumps(row) + "\n")
    with pytest.raises(UsageError, match=message):
        read_solved(file)
