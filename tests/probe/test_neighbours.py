"""Neighbours of stated cases: near, of their form, new, and the same for the same seed."""

from trialrun.core.task import Case
from trialrun.probe.domain import key_of
from trialrun.probe.neighbours import Neighbourhood

CASES = [Case(args=([1, 2, 3], "ab")), Case(args=([], "c")), Case(args=([9, 5], "hello"))]


def test_neighbours_have_the_form_of_the_cases_and_are_new() -> None:
    place = Neighbourhood(CASES, None, [])
    made = [*place.near(CASES[0], 30), *place.near(CASES[2], 30), *place.around(30)]
    assert len(made) == 90
    keys = {key_of(case) for case in [*CASES, *made]}
    assert len(keys) == 93, "none twice, none a stated case"
    for case in made:
        numbers, text = case.args
        assert type(numbers) is list and all(type(one) is int for one in numbers) and type(text) is str


def test_neighbours_are_near() -> None:
    made = list(Neighbourhood(CASES, None, []).near(CASES[0], 40))
    kept = [case for case in made if case.args[0] == [1, 2, 3] or case.args[1] == "ab"]
    assert len(kept) > 30, "mostly one argument changes"


def test_constants_of_the_programs_are_ingredients() -> None:
    cases = [Case(args=(5,)), Case(args=(7000,))]
    told = {
        case.args[0] for case in Neighbourhood(cases, None, ["def f(n): return n == 4321"]).near(cases[1], 60)
    }
    untold = {case.args[0] for case in Neighbourhood(cases, None, []).near(cases[1], 60)}
    assert told & {4320, 4321, 4322} and not untold & {4320, 4321, 4322}


def test_a_small_domain_ends() -> None:
    cases = [Case(args=(True,))]
    assert [case.args for case in Neighbourhood(cases, None, []).near(cases[0], 20)] == [(False,)]


def test_what_has_no_known_form_has_no_neighbours() -> None:
    cases = [Case(args=(object,))]
    assert list(Neighbourhood(cases, None, []).near(Case(args=(3,)), 5)) == []


def test_the_same_seed_gives_the_same() -> None:
    one, two, other = (
        [case.args for case in Neighbourhood(CASES, None, [], seed=seed).near(CASES[0], 10)]
        for seed in (0, 0, 1)
    )
    assert one == two != other
