"""Consensus of programs: our score, the published one, and what the published code gets wrong (each a test here)."""

import json
import random
from fractions import Fraction

import pytest

from trialrun.compare.consensus import Consensus, agreement, consensus
from trialrun.compare.likeness import json_text, nearness
from trialrun.core.execution import Execution, Outcome
from trialrun.core.truncation import Truncation
from trialrun.core.values import encode

pytestmark = pytest.mark.fast


def returned(value, **more):
    return Execution(outcome=Outcome.RETURNED, value=encode(value), **more)


RAISED = Execution(outcome=Outcome.RAISED, exception="ValueError")
HUNG = Execution(outcome=Outcome.TIMEOUT)
FAULT = Execution(outcome=Outcome.INFRASTRUCTURE)
PUBLISHED = Consensus.funcoder()
PLAIN = Consensus(near=0, twins=0)


def table(*rows):
    """Return what programs did: values, or executions as they are."""
    return [[one if isinstance(one, Execution) else returned(one) for one in row] for row in rows]


# -- the published score


def published(rows, failed):
    """The score as the paper and its code state it, over values and, in place of a value, `...` for a crash."""
    scores = []
    for i, row in enumerate(rows):
        score = 0
        for j, value in enumerate(row):
            if value is ...:
                score -= 100
                continue
            same = [
                k
                for k, other in enumerate(rows)
                if other[j] is not ... and json.dumps(other[j]) == json.dumps(value)
            ]
            score += len(same) - 1
        scores.append(score - 10_000 * failed[i])
    return scores


def drawn_value(rng, depth=2):
    kind = rng.randrange(9 if depth else 6)
    if kind < 6:
        return rng.choice([None, True, False, 0, 1, 1.0, -2, 10**20, 0.1, "a", 'é\u2028"', "", "1"])
    items = [drawn_value(rng, depth - 1) for _ in range(rng.randrange(3))]
    return {str(at): item for at, item in enumerate(items)} if kind == 8 else items


def test_the_published_score_is_exact_on_a_thousand_random_matrices():
    rng = random.Random(5)
    crashes = (RAISED, HUNG, Execution(outcome=Outcome.MEMORY), Execution(outcome=Outcome.SYNTAX))
    for _ in range(1000):
        cases, programs = rng.randrange(1, 7), rng.randrange(1, 9)
        few = [[drawn_value(rng) for _ in range(rng.randrange(1, 4))] for _ in range(cases)]
        rows = [
            [... if rng.random() < 0.1 else rng.choice(few[j]) for j in range(cases)] for _ in range(programs)
        ]
        failed = [rng.random() < 0.2 for _ in rows]
        found = consensus(
            [[rng.choice(crashes) if one is ... else returned(one) for one in row] for row in rows],
            PUBLISHED,
            failed=failed,
        )
        wanted = published(rows, failed)
        assert list(found.scores) == wanted and wanted[found.winner] == max(wanted)


def test_json_text_is_what_json_writes():
    rng = random.Random(7)
    for _ in range(500):
        value = drawn_value(rng, 4)
        assert json_text(encode(value)) == json.dumps(value)
    deep = [1]
    for _ in range(400):
        deep = [deep]
    assert json_text(encode(deep)) == json.dumps(deep)
    for value in (float("nan"), float("inf"), {1}, b"x", {1: 2}, 1j, range(3), len, {"a": [{1}]}):
        assert json_text(encode(value)) is None


def test_published_equality_merges_tuples_with_lists_and_has_no_word_for_sets():
    rows = table([(1, 2)], [(1, 2)], [[1, 2]])
    assert consensus(rows, PUBLISHED).scores == (2, 2, 2)
    assert consensus(rows, PLAIN).scores == (1, 1, 0), "types differ: they stay apart"
    for value in ({1}, float("nan"), b"x"):
        rows = table([value], [value], [1])
        assert consensus(rows, PUBLISHED).scores == (-100, -100, 0)
        found = consensus(rows, PLAIN)
        assert found.scores == (1, 1, 0) and found.winner == 0


def test_one_and_true_and_one_point_nought_stay_apart():
    assert consensus(table([1], [True], [1.0]), PLAIN).scores == (0, 0, 0)


# -- ours


def test_the_winner_behaves_like_most_others():
    found = consensus(table((1, 2, 3), (1, 2, 4), (1, 2, 4), (9, 9, 7)), PLAIN)
    assert found.winner == 1 and found.found and found.cases == 3
    assert found.scores == (4, 5, 5, 0) and found.agreeing == (0, 1, 1, 0)
    twins = consensus(table((1, 2, 3), (1, 2, 4), (1, 2, 4), (9, 9, 7)), Consensus(near=0))
    assert twins.scores == (4, Fraction(53, 10), Fraction(53, 10), 0)


def test_agreement_by_case_beats_a_cluster_of_equals():
    """Two programs that are wrong in the same way lose against four that are right but for one case each."""
    right = list(range(1, 9))
    rows = [[x if place != slip else -place - 1 for place, x in enumerate(right)] for slip in range(4)]
    assert consensus(table([-5] * 4 + [-6] * 4, [-5] * 4 + [-6] * 4, *rows), PLAIN).winner == 2
    assert consensus(table([-5] * 4 + [-6] * 4, [-5] * 4 + [-6] * 4, *rows)).winner >= 2


def test_the_middle_of_wrong_answers_wins_where_nobody_agrees():
    rows = table([[3, 1, 2]], [[3, 9, 2]], [[3, 1, 7]], [[0, 1, 2]])
    assert consensus(rows, PLAIN).scores == (0, 0, 0, 0) and not consensus(rows, PLAIN).found
    assert consensus(rows[::-1]).winner == 3 and consensus(rows).winner == 0
    assert consensus(table(["mine"], ["line"], ["mint"], ["mane"])).winner == 0
    assert consensus(table([5], [900], [6], [7])).winner == 2


def test_nearly_alike_is_never_worth_as_much_as_the_same():
    rows = table([10**9], [10**9 + 1], [10**9 + 2], [10**9 - 1], [0], [0])
    assert consensus(rows).winner == 4


@pytest.mark.parametrize(
    ("one", "two", "least", "most"),
    [
        (1, 2, 500, 500),
        (1, 1.0, 500, 500),
        (True, 1, 0, 0),
        (True, False, 0, 0),
        (float("nan"), 1.0, 0, 0),
        (10**400, 0.5, 0, 0),
        ("abc", "abd", 666, 667),
        ("", "a", 0, 0),
        ([1, 2], [1, 2, 3, 4], 500, 500),
        ([1, 2], (1, 2), 0, 0),
        ({"a": 1}, {"a": 1, "b": 2}, 500, 500),
        ([[1, 2], [3, 4]], [[1, 2], [3, 9]], 750, 800),
        (None, 0, 0, 0),
        ([], [], 1000, 1000),
    ],
)
def test_nearness(one, two, least, most):
    assert least <= nearness(encode(one), encode(two)) <= most
    assert nearness(encode(one), encode(two)) == nearness(encode(two), encode(one))


def test_nearness_of_what_is_no_value_or_a_cycle():
    loop = [1]
    loop.append(loop)
    assert nearness(b"junk", encode(1)) == 0 and 0 <= nearness(encode(loop), encode([1, [1]])) < 1000
    assert nearness(encode("x" * (1 << 21)), encode("x" * (1 << 21) + "y")) == 0, "too long to be read"


def test_programs_that_always_return_none_lose_against_a_minority_that_agrees_on_values_that_vary():
    nothing = [None] * 4
    rows = table(nothing, nothing, nothing, [1, 2, 3, 4], [1, 2, 3, 5])
    assert consensus(rows, PUBLISHED).winner == 0, "the published score falls for it"
    found = consensus(rows)
    assert found.winner == 3 and found.constant == (True, True, True, False, False)
    assert found.scores[3] == found.scores[4] and found.agreeing[0] == 0


def test_constants_win_where_nobody_agrees_on_values_that_vary():
    assert consensus(table([7] * 3, [7] * 3, [7, 7, 8], [1, 2, 3])).winner == 0
    assert consensus(table([7] * 3, [7] * 3, [7, 7, 8], [7, 7, 9])).winner == 0, (
        "they agree on one value only"
    )
    assert consensus(table([7] * 2, [7] * 2, [1, 2], [1, 2], [1, 2])).constant == (False,) * 5, (
        "two cases say little"
    )


def test_a_predicate_that_holds_for_all_that_was_tried_is_no_constant():
    rows = table([True] * 4, [True] * 4, [True] * 4, [True, False, True, True], [True, False, True, True])
    found = consensus(rows)
    assert not any(found.constant) and found.winner == 0


def test_those_that_raise_together_agree_on_nothing():
    rows = table([RAISED, RAISED], [RAISED, RAISED], [RAISED, RAISED], [1, 2])
    found = consensus(rows)
    assert found.scores == (0, 0, 0, 0) and found.winner == 0 and not found.found
    assert found.agreeing == (0, 0, 0, 0)
    found = consensus([*rows, *table([1, RAISED])], PLAIN)
    assert found.winner == 3 and found.scores[3] == found.scores[4] == 1


def test_hangs_and_unknown_values_agree_with_nothing():
    unknown = returned(len)
    found = consensus([[HUNG, unknown], [HUNG, unknown], [returned(1), unknown]], PLAIN)
    assert found.scores == (0, 0, 0)


def test_a_fault_of_the_machine_costs_nobody_anything():
    rows = table([1, 2, 3], [1, FAULT, 3], [1, 2, 9])
    found = consensus(rows, PUBLISHED)
    assert found.cases == 2 and found.scores == (3, 3, 2)
    assert consensus(table([FAULT], [1]), PUBLISHED).scores == (0, 0)


def test_programs_that_do_not_agree_with_themselves_have_no_vote():
    rows = table((1, 2), (1, 2), (1, 2), (5, 6), (5, 6))
    assert consensus(rows).winner == 0
    found = consensus(rows, PLAIN, steady=[False, False, False, True, True])
    assert found.winner == 3 and found.scores[:3] == (0, 0, 0)
    assert consensus(rows, steady=[False] * 5).winner == 0, "somebody has to win"


def test_a_known_answer_that_fails_costs_once_and_decides():
    rows = table((1, 2), (1, 2), (1, 2), (5, 6))
    found = consensus(rows, PUBLISHED, failed=[True, True, True, False])
    assert found.winner == 3 and found.scores == (4 - 10_000, 4 - 10_000, 4 - 10_000, 0)
    assert consensus(rows, failed=[True, True, True, False]).winner == 3


def test_ties_go_to_the_first_or_by_a_seed():
    rows = table((1, 5, 6), (1, 2, 3), (7, 2, 8))
    assert consensus(rows, PLAIN).winner == 1
    equals = table(*[[x] for x in range(6)])
    assert consensus(equals, PLAIN).winner == 0 and consensus(equals, PLAIN).equals == tuple(range(6))
    assert consensus(rows, PLAIN).equals == (1,)
    winners = {consensus(equals, PLAIN, seed=seed).winner for seed in range(40)}
    assert (
        len(winners) > 3
        and consensus(equals, PLAIN, seed=3).winner == consensus(equals, PLAIN, seed=3).winner
    )


def test_what_counts_can_be_chosen():
    rows = [[returned(1, stdout=b"a")], [returned(1, stdout=b"b")]]
    assert not consensus(rows, PLAIN).found and consensus(rows, Consensus(near=0, stdout=False)).found
    rows = [[returned(1, arguments=encode([x]))] for x in (1, 2)]
    assert not consensus(rows, PLAIN).found and consensus(rows, Consensus(near=0, arguments=False)).found
    rows = table([0.1 + 0.2], [0.3])
    assert not consensus(rows, PLAIN).found
    assert consensus(rows, Consensus(near=0, floats=Truncation(bits=40))).found


def test_a_vote_among_some_of_them_with_copies():
    found = agreement(table((1, 2), (1, 3), (4, 3)), PLAIN)
    assert found.vote().scores == (1, 2, 1)
    copies = found.vote([2, 2, 0])
    assert copies.scores == (2, 2, 0) and copies.winner == 0 and copies.agreeing == (1, 1, 0)


def test_no_programs_and_uneven_rows():
    assert consensus([]) is None
    assert consensus([[], []]).winner == 0
    with pytest.raises(ValueError, match="different numbers"):
        consensus([[returned(1)], []])
