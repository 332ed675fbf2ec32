"""Proposers: the protocol, determinism, no case twice, what feedback does; and shrinking."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialrun.core.task import Case
from trialrun.lang.constants import mine
from trialrun.lang.signatures import Parameter, Signature
from trialrun.probe.domain import domains_of, key_of
from trialrun.probe.examples import examples_of
from trialrun.probe.portfolio import Portfolio, portfolio_of
from trialrun.probe.proposer import Feedback, Origin, Seed
from trialrun.probe.shapes import Int, Link, Record, Rule, Seq, Text
from trialrun.probe.shrink import shrink
from trialrun.probe.small import trees_by_size
from trialrun.probe.staged import Staged

pytestmark = pytest.mark.fast

ROW = Seed(case=Case(args=(["3", "1 5 2"],)))
ARGUMENTS = Seed(case=Case(args=([3, 1, 2], 2, "ab")))
STDIN = Seed(case=Case(stdin="2\n3 1\nabc\n2 2\nab\n"))
SEEDS = [ROW, ARGUMENTS, STDIN]
NAMES = ["lines", "arguments", "stdin"]


SOURCES = ["near", "small", "mutated", "made", "swept", "beyond"]


def staged(seed, *sources, number=0, most=None):
    return Staged(
        domains=tuple(domains_of([seed])[:most]),
        constants=mine(["x = 77; y = 'zz'"]),
        seed=number,
        sources=sources or tuple(SOURCES),
    )


def take(proposer, seeds, most, answer=lambda seed: Feedback()):
    """Return the first inputs of a proposer, each answered."""
    found, batches = [], proposer.propose(seeds)
    batch = next(batches, None)
    while batch is not None and len(found) < most:
        found += batch
        try:
            batch = batches.send([answer(seed) for seed in batch])
        except StopIteration:
            break
    return found[:most]


@pytest.mark.parametrize("seed", SEEDS, ids=NAMES)
@pytest.mark.parametrize("source", SOURCES)
def test_the_same_seed_gives_the_same_inputs_and_none_twice(seed, source):
    found = take(staged(seed, source), [seed], 300)
    assert found == take(staged(seed, source), [seed], 300)
    keys = [key_of(item.case) for item in found]
    assert len(set(keys)) == len(keys) > 20
    assert key_of(seed.case) not in keys
    assert (
        all((item.origin is Origin.FUZZED) == (source == "beyond") for item in found) or source == "mutated"
    )


@pytest.mark.parametrize("seed", SEEDS, ids=NAMES)
def test_the_portfolio_gives_no_input_twice_either(seed):
    portfolio = portfolio_of([seed], None, ["x = 1"])
    keys = [key_of(item.case) for item in take(portfolio, [seed], 2000)]
    assert len(set(keys)) == len(keys) == 2000
    assert keys == [key_of(item.case) for item in take(portfolio, [seed], 2000)]
    other = portfolio_of([seed], None, ["x = 1"], seed=1)
    assert keys != [key_of(item.case) for item in take(other, [seed], 2000)]


def test_cases_keep_their_form():
    assert all(
        item.case.stdin is not None and not item.case.args
        for item in take(portfolio_of([STDIN], None, []), [STDIN], 200)
    )
    for item in take(portfolio_of([ROW], None, []), [ROW], 200):
        (lines,) = item.case.args
        assert type(lines) is list and all(type(line) is str and "\n" not in line for line in lines)


def test_valid_inputs_keep_what_held():
    for item in take(portfolio_of([ROW], None, []), [ROW], 3000):
        if item.origin is Origin.VALID and len(item.case.args[0]) == 2:
            count, row = item.case.args[0]
            numbers = [int(token) for token in row.split()]
            assert all(number >= 1 for number in numbers) and int(count) >= 1


def test_inputs_are_soon_small_and_soon_large():
    found = [item.case.args[0] for item in take(portfolio_of([ROW], None, []), [ROW], 600)]
    lengths = {len(lines[1].split()) for lines in found if len(lines) == 2}
    assert {1, 2, 3, 4, 5, 10} <= lengths and max(lengths) >= 100
    assert any(int(token) >= 10**9 for lines in found for token in lines[-1].split())
    assert ["1", "1"] in found and ["2", "1 1"] in found


def test_small_enumerates_all_small_numbers():
    one = Seed(case=Case(args=(5,)))
    found = take(staged(one, "small"), [one], 39)
    assert [item.case.args for item in found] == [(n,) for n in range(1, 41) if n != 5]
    pair = Seed(case=Case(args=(0, 1)))
    small = {item.case.args for item in take(staged(pair, "small"), [pair], 100)}
    assert {(a, b) for a in range(5) for b in range(1, 5)} <= small | {(0, 1)}


def test_small_puts_many_groups_in_one_input():
    cases = Seed(case=Case(args=(["2", "2", "1 2", "1", "9"],)))
    found = take(staged(cases, "small", most=1), [cases], 30)
    assert any(lines[0] == "20" for lines in (item.case.args[0] for item in found))
    for item in found:
        lines = item.case.args[0]
        assert len(lines) == 1 + 2 * int(lines[0])
        assert all(int(n) == len(row.split()) for n, row in itertools.batched(lines[1:], 2))


def test_novel_inputs_are_mutated_further():
    seed = Seed(case=Case(args=("a",)))
    proposer = staged(seed, "mutated")
    longest = 0

    def longer(item):
        nonlocal longest
        novel, longest = len(item.case.args[0]) > longest, max(longest, len(item.case.args[0]))
        return Feedback(novel=novel)

    take(proposer, [seed], 2000, longer)
    steered = longest
    plain = max(len(item.case.args[0]) for item in take(proposer, [seed], 2000))
    assert steered > 2 * plain


def test_domains_that_are_refused_are_left():
    seed = Seed(case=Case(args=(["2", "1 2", "3 4"],)))  # pairs, or a matrix
    assert len(domains_of([seed])) > 1

    def accepts(item):
        lines = item.case.args[0]
        return Feedback(
            valid=all(len(line.split()) == 2 for line in lines[1:]) and len(lines) == 1 + int(lines[0])
        )

    found = take(staged(seed, "made"), [seed], 1200, accepts)
    late = [accepts(item).valid for item in found[-300:]]
    early = [accepts(item).valid for item in found[:100]]
    assert sum(late) / len(late) > max(0.85, sum(early) / len(early))


def test_slow_numbers_get_smaller():
    seed = Seed(case=Case(args=(5,)))
    found = take(
        staged(seed, "mutated"),
        [seed],
        3000,
        lambda item: Feedback(cpu_s=1.0 * (item.case.args[0] > 5000)),
    )
    assert max(item.case.args[0] for item in found[-100:]) <= 5000


def test_a_proposer_without_anything_to_give_ends():
    nothing = Seed(case=Case(args=(None,)))
    assert take(portfolio_of([nothing], None, []), [nothing], 10) == []
    assert take(Portfolio(()), [], 10) == []


def test_a_function_without_examples_gets_inputs():
    signature = Signature(
        name="f", parameters=(Parameter(name="xs", annotation="list[int]"), Parameter(name="k"))
    )
    for item in take(portfolio_of([], signature, ["def f(xs, k): return xs[k]"]), [], 300):
        xs, k = item.case.args
        assert type(xs) is list and all(type(x) is int for x in xs) and type(k) is int


def test_examples_from_documentation():
    signature = Signature(
        name="f",
        parameters=(Parameter(name="a"), Parameter(name="b", default="1")),
        docstring='>>> f([1, 2])\n3\n\nFor example f("x)", b=2) == "y" or g.f(9) and f(unknown).',
    )
    source = "# f(3) -> 4\nassert f(5, 6) == 7\nassert not f(a=8)"
    found = [seed.case.args for seed in examples_of(signature, source)]
    assert found == [([1, 2],), ("x)", 2), (5, 6), (8,), (3,)]


def test_an_argument_may_be_negative_where_no_seed_is_and_a_count_may_not():
    seeds = [Seed(case=Case(args=(5,)), origin=Origin.RECORDED)]
    found = take(portfolio_of(seeds, None, []), seeds, 1500)
    negative = [seed for seed in found if seed.case.args[0] < 0]
    assert negative and all(seed.origin is Origin.FUZZED for seed in negative)
    counted = take(staged(STDIN, "beyond"), [STDIN], 300)
    assert all(not seed.case.stdin.startswith("-") for seed in counted)


# ------------------------------------------------------------------------------------------------ shrinking


def shrunk(case, shows, seeds=()):
    steps, best = shrink(case, seeds), case
    try:
        candidate = next(steps)
        while True:
            keep = shows(candidate)
            best = candidate if keep else best
            candidate = steps.send(keep)
    except StopIteration as end:
        return best, end.value


PREDICATES = {
    "a sum": lambda case: sum(case.args[0]) > 30,
    "a pair": lambda case: any(a > b > 3 for a, b in itertools.combinations(case.args[0], 2)),
    "a length": lambda case: len(case.args[0]) >= 4,
    "a letter": lambda case: "c" in case.args[2],
    "two things": lambda case: case.args[1] > 7 and len(set(case.args[2])) > 1,
}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(-50, 200), max_size=8),
    st.integers(-5, 5000),
    st.text("abcd", max_size=8),
    st.sampled_from(list(PREDICATES)),
)
def test_what_is_shrunk_still_shows_it_and_no_single_step_is_smaller(xs, k, text, name):
    case, shows = Case(args=(xs, k, text)), PREDICATES[name]
    if not shows(case):
        return
    best, complete = shrunk(case, shows)
    assert shows(best)
    assert complete
    # An iteration sends nothing, which accepts no step: these are all single steps from the result.
    assert not any(shows(smaller) for smaller in shrink(best, [Seed(case=case)]))


def test_counts_follow_when_lines_go():
    case = Case(args=(["7", "5 6 7 8 9 100 11"],))

    def shows(case):
        count, row = case.args[0]
        return int(count) == len(row.split()) and "9" in row

    best, complete = shrunk(case, shows, [ROW])
    assert complete and best.args == (["1", "9"],)


def test_parallel_lists_lose_the_same_item():
    seeds = [Seed(case=Case(args=([1, 2, 3], ["a", "b", "c"]))), Seed(case=Case(args=([4, 5], ["d", "e"])))]
    case = Case(args=([1, 2, 3, 4], ["a", "b", "c", "d"]))
    best, _ = shrunk(case, lambda case: dict(zip(*case.args, strict=True)).get(3) == "c", seeds)
    assert best.args == ([3], ["c"])


def test_test_cases_go():
    case = Case(stdin="3\n2 1\n1 2\n3 2\n5 5 5\n1 1\n9\n")
    best, _ = shrunk(case, lambda case: "5" in case.stdin)
    assert best.stdin.split("\n")[0] == "1" and best.stdin.count("5") == 1


def test_digits_of_one_input_are_no_fact_and_those_of_seeds_are():
    case = Case(args=(100_000, [700, 900]))

    def shows(case):
        return case.args[0] >= 50 and any(item >= 20 for item in case.args[1])

    assert shrunk(case, shows)[0].args == (50, [20])
    seeds = [Seed(case=Case(args=(first, [800]))) for first in (200_000, 300_000)]
    assert shrunk(case, shows, seeds)[0].args[0] == 100_000


def test_shrinking_a_long_case_ends():
    rng = random.Random(1)
    case = Case(args=([rng.randrange(10**9) for _ in range(500)],))
    best, _ = shrunk(case, lambda case: len(case.args[0]) > 20 and max(case.args[0]) > 1000)
    assert len(best.args[0]) == 21


@pytest.mark.parametrize("part", [Text(), Seq(item=Int())])
def test_a_relation_that_asks_for_a_long_value_makes_no_small_input(part):
    link = Link(rule=Rule.COUNT, source=(0,), target=(1,))
    shape = Record(fields=(Int(low=3000), part), links=(link,))
    assert list(itertools.islice(trees_by_size(shape), 3)) == []


@pytest.mark.parametrize("threshold", [7, 10**6 + 3, 2**53 + 77, 10**60 + 1])
def test_large_numbers_shrink_in_few_steps(threshold):
    """Also where halving does not help: the numbers that show it are odd and above a threshold."""
    steps = shrink(Case(args=(threshold * 5 + (threshold * 5 + 1) % 2,)))
    tried, smallest = 0, None
    try:
        case = next(steps)
        while True:
            tried += 1
            (number,) = case.args
            holds = number > threshold and number % 2 == 1
            smallest = number if holds else smallest
            case = steps.send(holds)
    except StopIteration:
        pass
    assert threshold < smallest <= threshold + 1000 and tried < 2000
