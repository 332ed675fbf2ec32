"""The benchmark of the differential search: pairs, both forms as one input, and what counts as valid."""

import json
from pathlib import Path

import pytest
from bench.contest_pairs import Pair, mutant_pairs, written_pairs
from bench.contest_set import behaviour, problems
from bench.differential import (
    FORMS,
    Found,
    case_of,
    judged,
    printed,
    read_pair,
    searched,
    summary,
    table,
    text_of,
    write_pairs,
)

from trialrun.compare.differential import Differential
from trialrun.core.task import Case
from trialrun.run.sandbox import Sandbox

BY_NAME = {problem.name: problem for problem in problems()}
FENCE = BY_NAME["paint_cans"]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def test_pairs_take_right_programs_in_turn_or_all():
    pairs = list(written_pairs(FENCE))
    assert [pair.mistake for pair in pairs] == list(FENCE.wrong)
    assert {pair.right for pair in pairs} == set(FENCE.accepted)
    assert len(list(written_pairs(FENCE, every=True))) == len(FENCE.wrong) * len(FENCE.accepted)


def test_mutants_look_right_on_the_sample_and_are_wrong_elsewhere(sandbox):
    problem = BY_NAME["word_shorten"]
    pairs = mutant_pairs(sandbox, problem, 4)
    assert pairs == mutant_pairs(sandbox, problem, 4) and 2 <= len(pairs) <= 4
    for pair in pairs:
        assert pair.mutant and pair.right in problem.accepted and pair.wrong not in problem.accepted
        assert behaviour(problem, pair.wrong, problem.sample) == behaviour(
            problem, pair.right, problem.sample
        )


def test_pairs_come_back_from_a_file(tmp_path: Path):
    pairs = list(written_pairs(FENCE))
    write_pairs(pairs, tmp_path / "pairs")
    assert [read_pair(line) for line in (tmp_path / "pairs").read_text().splitlines()] == pairs


@pytest.mark.parametrize("form", FORMS)
def test_a_case_is_the_same_text_in_both_forms(form):
    assert text_of(case_of("3 4\n\nx\n", form)) == "3 4\n\nx\n"


@pytest.mark.parametrize("args", [([1],), ("a",), (["a\nb"],), ([], []), ()])
def test_what_is_no_list_of_lines_is_no_text(args):
    assert text_of(Case(args=args)) is None


def test_words_are_compared_without_case_and_layout(sandbox):
    assert printed(sandbox, "print('Yes  1')\nprint()\nprint('no')", "") == ["yes", "1", "no"]
    assert printed(sandbox, "print(int(input()))", "x\n") is None


def found(text, **more):
    facts = {"problem": FENCE.name, "mistake": "m", "form": "stdin", "held_out": False, "mutant": False}
    return Found(**facts | {"kind": "strict", "text": text} | more)


@pytest.mark.parametrize(
    ("text", "allowed", "unanimous"),
    [("1\n9 3\n", True, True), ("1\n-9 3\n", False, True), ("1\n9 0\n", False, False), ("1\nx 3\n", False, False)],
)  # fmt: skip
def test_validity_is_the_description_and_the_right_programs(sandbox, text, allowed, unanimous):
    one = judged(sandbox, FENCE, found(text), FENCE.accepted[0])
    assert (one.allowed, one.unanimous, one.valid) == (allowed, unanimous, allowed and unanimous)
    assert one.majority is unanimous  # of two programs, both have to agree


def test_a_summary_counts_kinds_shares_and_inputs():
    rows = [found("1\n9 3\n", inputs=n, allowed=True, unanimous=n > 1, cpu_s=0.5) for n in (1, 2, 3)]
    rows.append(found(None, kind="", cpu_s=2.5))
    row = summary(rows)
    assert (row["pairs"], row["different"], row["strict"], row["valid"]) == (4, 3, 3, 2)
    assert (row["share_different"], row["share_valid_of_different"]) == (0.75, 0.6667)
    assert (row["inputs_median"], row["inputs_90"], row["cpu_s_mean"]) == (2, 3, 1.0)
    assert summary([]) == {"pairs": 0, "different": 0}
    split = dict(table([*rows, found(None, kind="", held_out=True)], "stdin"))
    assert split["stdin, all, written"]["pairs"] == 5 and split["stdin, held-out, written"]["pairs"] == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_search_through_the_real_thing(sandbox, form):
    pair = next(pair for pair in written_pairs(FENCE) if pair.mistake == "one can too many")
    one = judged(sandbox, FENCE, searched(sandbox, pair, form, Differential(cpu_s=20.0)), pair.right)
    assert (one.kind, one.form, one.why) == ("strict", form, "") and one.text is not None and one.unanimous
    assert json.dumps(one.text) and behaviour(FENCE, pair.wrong, one.text) != behaviour(
        FENCE, pair.right, one.text
    )
    same = Pair(problem=FENCE, mistake="none", right=FENCE.accepted[0], wrong=FENCE.accepted[1])
    none = searched(sandbox, same, form, Differential(inputs=300, cpu_s=20.0))
    assert none.kind == "" or none.kind == "crash", none.text
