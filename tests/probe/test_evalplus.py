"""EvalPlus-style augmentation: the pitfalls of the published generator, one test each."""

import itertools

import pytest

from trialrun.core.task import Case
from trialrun.core.values import encode
from trialrun.lang.constants import mine
from trialrun.probe.domain import domains_of, key_of
from trialrun.probe.evalplus import EvalPlus
from trialrun.probe.proposer import Feedback, Seed

pytestmark = pytest.mark.fast


def grown(*args, count=400, seed=0, valid=lambda args: True, source=""):
    """Return the arguments of the first inputs that come of some seeds."""
    seeds = [Seed(case=Case(args=one)) for one in args]
    proposer = EvalPlus(domains=tuple(domains_of(seeds)), constants=mine([source]), seed=seed)
    batches = proposer.propose(seeds)
    found: list[tuple] = []
    batch = next(batches, None)
    while batch is not None and len(found) < count:
        found += [one.case.args for one in batch]
        told = [Feedback(valid=valid(one.case.args)) for one in batch]
        try:
            batch = batches.send(told)
        except StopIteration:
            break
    return found[:count]


def kinds(value):
    """Return the type of a value, its parts included."""
    if isinstance(value, list | tuple | set | frozenset):
        return type(value).__name__, *sorted({kinds(item) for item in value}, key=str)
    if isinstance(value, dict):
        return "dict", *sorted({(kinds(key), kinds(item)) for key, item in value.items()}, key=str)
    return type(value).__name__


def test_where_nothing_can_change_it_ends():
    """Published: patience is tested the wrong way round, and `[None]` spins for ever."""
    assert grown((None,)) == []
    assert grown(([],), count=50)  # an empty list of nobody knows what still ends, or grows
    assert len(grown((True,))) == 1


def test_no_value_changes_its_type():
    """Published: `""` or `{}` where a list of numbers is meant (evalplus issue #272); True in a list of int."""
    allowed = {("list",), ("list", "int")}
    for args in grown(([1, 2, 3], 4, "ab", 1.5), ([], 0, "", 0.5)):
        assert kinds(args[0]) in allowed and [kinds(arg) for arg in args[1:]] == ["int", "str", "float"]
    for (value,) in grown(({"a": [1]},), ({"b": []},)):
        assert kinds(value)[0] == "dict"
        assert all(type(key) is str and kinds(item) in allowed for key, item in value.items())


def test_sets_tuples_and_complex_numbers_keep_their_type():
    for args in grown(({1, 2}, (1, "a"), 2 + 3j), ({3}, (2, "b"), 1j)):
        assert type(args[0]) is set and all(type(item) is int for item in args[0])
        assert [type(item) for item in args[1]] == [int, str] and type(args[2]) is complex


def test_every_place_of_a_list_can_get_a_new_item():
    """Published: an insertion never goes to the end."""
    longer = [xs for (xs,) in grown(([7, 8],), count=2000) if len(xs) == 3]
    places = {place for xs in longer for place in range(3) if xs[:place] + xs[place + 1 :] == [7, 8]}
    assert places == {0, 1, 2}


def test_inputs_are_told_apart_by_type_and_value():
    """Published: by `str`, so that 1 and "1" are one input."""
    assert len({key_of(Case(args=(value,))) for value in (1, 1.0, True, "1")}) == 4
    found = [encode(args) for args in grown((1, "1"), (2, "2"))]
    assert len(found) == len(set(found)) == 400


def test_the_same_seed_gives_the_same_inputs():
    one, two, other = (grown(([1, 2], "ab"), seed=seed) for seed in (3, 3, 4))
    assert one == two != other


def test_new_inputs_are_new():
    """Published: a plus set may equal its base set (issue #23)."""
    seeds = [([1, 2],), ([3],)]
    assert not [args for args in grown(*seeds) if args in seeds]


def test_what_is_not_valid_is_not_mutated_further():
    """Where only one number is refused, and all others are far from it, refusals stay rare."""
    found = grown(([1, 2, 3],), count=1000, valid=lambda args: all(x < 50 for x in args[0]))
    late = found[500:]
    assert sum(any(x >= 50 for x in xs) for (xs,) in late) < len(late) * 0.6
    free = grown(([1, 2, 3],), count=1000)
    assert sum(map(sum, itertools.chain.from_iterable(found))) < sum(
        map(sum, itertools.chain.from_iterable(free))
    )


def test_constants_of_the_program_are_tried():
    found = grown((1,), count=300, source="def f(n):\n    return n == 8675309\n")
    assert {8675308, 8675309, 8675310} & {n for (n,) in found}


def test_the_pool_is_the_proposers_own():
    """A program that changes its arguments changes no later input: cases share nothing mutable."""
    seeds = [Seed(case=Case(args=([1, 2, 3],)))]
    batches = EvalPlus(domains=tuple(domains_of(seeds))).propose(seeds)
    batch = next(batches)
    for _ in range(8):
        for seed in batch:
            seed.case.args[0].append("spoilt")
        batch = batches.send([Feedback(novel=True)] * len(batch))
        assert not any("spoilt" in seed.case.args[0] for seed in batch)
    assert seeds[0].case.args == ([1, 2, 3],)


def test_strings_of_words_get_other_words():
    known = {"three", "four", "nine"}
    found = [text for (text,) in grown(("three four nine",), ("nine",), count=3000)]
    words = {text for text in found if text and set(text.split(" ")) <= known}
    assert {"three", "four", "nine nine", "four three nine", "three four"} <= words
