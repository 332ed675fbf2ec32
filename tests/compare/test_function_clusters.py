"""Functions in groups by what they do, and what grouping by text gets wrong (each a test here)."""

import pytest

from trialrun.compare.agglomeration import agglomerate, medoid
from trialrun.compare.code_tokens import token_distances, tokens
from trialrun.compare.function_clusters import function_clusters, function_distances
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.values import encode
from trialrun.lang.submodules import sub_modules
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox

fast = pytest.mark.fast
LIMITS = Limits(cpu_s=0.5, memory_mb=512)


@pytest.fixture(scope="module")
def run():
    with Sandbox() as sandbox:
        yield lambda program, cases: run_fresh(sandbox, program, cases, LIMITS).executions


def functions(*sources):
    return [one for source in sources for one in sub_modules(Program.from_source(source))]


TOTAL = "def total(xs: list[int]) -> int:\n    return sum(xs)\n"
LOOPED = (
    "def add_up(numbers):\n    result = 0\n    for n in numbers:\n        result += n\n    return result\n"
)
LARGEST = "def total(xs: list[int]) -> int:\n    return max(xs, default=0)\n"
NEARLY_LARGEST = "def pick(xs: list[int]) -> int:\n    return max(xs, default=0) if len(xs) < 6 else -1\n"


def groups(run, *sources, count=2, **settings):
    found = functions(*sources)
    return [
        tuple(found[at].text for at in one.members)
        for one in function_clusters(found, count, run, **settings)
    ]


def test_equal_names_stay_apart_and_equal_behaviour_joins(run):
    found = groups(run, TOTAL, LARGEST, LOOPED)
    assert found == [(TOTAL, LOOPED), (LARGEST,)]
    assert groups(run, TOTAL, LOOPED, count=5) == [(TOTAL, LOOPED)], "there are no more behaviours than one"


def test_the_nearest_behaviours_join_where_there_are_too_many(run):
    assert groups(run, TOTAL, LARGEST, NEARLY_LARGEST, count=2) == [(LARGEST, NEARLY_LARGEST), (TOTAL,)]
    assert len(groups(run, TOTAL, LARGEST, NEARLY_LARGEST, count=1)) == 1


def test_what_is_done_to_arguments_counts(run):
    pure = "def add(xs: list[int], x: int):\n    return xs + [x]\n"
    changing = "def add(xs: list[int], x: int):\n    xs.append(x)\n    return xs\n"
    also = "def put(items, item):\n    items += [item]\n    return items\n"
    found = groups(run, pure, changing, also)
    assert found == [(changing, also), (pure,)]


def test_other_numbers_of_arguments_are_never_alike(run):
    found = functions(TOTAL, "def f(xs: list[int], y: int) -> int:\n    return sum(xs)\n")
    assert function_distances(found, run)[0][1] >= 1.0


def test_functions_that_cannot_run_alone_are_placed_by_their_text(run):
    stateful = "def step(x):\n    grid[x] += 1\n    return grid[x] * 2\n"
    renamed = "def advance(place):\n    board[place] += 1\n    return board[place] * 2\n"
    other = "def show(x):\n    print(', '.join(map(str, sorted(names))), x)\n"
    found = function_clusters(functions(stateful, other, renamed), 2, run)
    assert [one.members for one in found] == [(0, 2), (1,)]


def test_the_representative_comes_from_a_trusted_member_even_where_it_is_not_in_the_middle(run):
    nearly = "def total(xs: list[int]) -> int:\n    return sum(xs) if len(xs) < 4 else 0\n"
    nearer = "def total(xs: list[int]) -> int:\n    return sum(xs) if len(xs) < 3 else 0\n"
    found = functions(nearly, nearer, TOTAL)
    (cluster,) = function_clusters(found, 1, run)
    assert cluster.representative == 0, "nearly right is in the middle"
    (cluster,) = function_clusters(found, 1, run, trusted=[False, False, True])
    assert cluster.representative == 2
    two = function_clusters(functions(TOTAL, LARGEST), 2, run, trusted=[True, False])
    assert [one.representative for one in two] == [0, None]
    nobody = function_clusters(functions(TOTAL, LARGEST), 2, run, trusted=[False, False])
    assert [one.representative for one in nobody] == [0, 1]


def test_the_same_program_runs_once():
    ran = []

    def run(program, cases):
        ran.append(program.id)
        return [Execution(outcome=Outcome.RETURNED, value=encode(1)) for _ in cases]

    assert function_distances(functions(TOTAL, TOTAL, LARGEST), run)[0][1] == 0.0 and len(ran) == 2


def spread(line):
    return [[abs(a - b) for b in line] for a in line]


@fast
def test_agglomeration_joins_the_nearest_and_ends_at_the_count():
    distances = spread([0.0, 1.0, 2.5, 10.0, 11.0])
    assert agglomerate(distances, 5) == ((0,), (1,), (2,), (3,), (4,))
    assert agglomerate(distances, 3) == ((0, 1), (3, 4), (2,))
    assert agglomerate(distances, 2) == ((0, 1, 2), (3, 4))
    assert agglomerate(distances, 1) == ((0, 1, 2, 3, 4),)
    assert agglomerate(distances, 5, same=1.0) == ((0, 1), (3, 4), (2,))
    assert agglomerate([], 3) == () and agglomerate([[0.0]], 3) == ((0,),)


@fast
def test_one_odd_item_does_not_make_two_groups_into_one():
    kinds = [0.0] * 6 + [4.0] * 6
    line = spread(kinds)
    odd = [[*row, 5.0 if place < 6 else 6.0] for place, row in enumerate(line)]
    distances = [*odd, [row[-1] for row in odd] + [0.0]]
    assert agglomerate(distances, 2) == ((0, 1, 2, 3, 4, 5, 12), (6, 7, 8, 9, 10, 11))


@fast
def test_medoid():
    line = [0.0, 1.0, 3.0, 10.0]
    distances = [[abs(a - b) for b in line] for a in line]
    assert medoid(distances, (0, 1, 2)) == 1 and medoid(distances, (0, 1, 2), {0, 2}) == 0
    assert medoid(distances, (0, 1, 2), {3}) is None


@fast
def test_names_that_authors_choose_are_no_tokens_and_calls_are():
    one, two, three = (
        "def f(a):\n    return len(a) + 1",
        "def g(b):\n    return len(b) + 1",
        "def f(a):\n    return sorted(a)[::-1]",
    )
    distances = token_distances([one, two, three, "def broken("])
    assert distances[0][1] == 0.0 and 0.2 < distances[0][2] <= 1.0 and distances[0][3] == 1.0
    assert distances[2][0] == distances[0][2] and distances[3][3] == 0.0
    assert "f()" not in tokens("def f(x):\n    return f(x)") and "len()" in tokens(one)


@fast
def test_sub_modules_keep_their_helpers_and_lose_what_runs_at_once():
    source = (
        "import sys\nLIMIT = 3\n\ndef f(x, y=1):\n    return g(x) + LIMIT\n\n"
        "def g(x):\n    'Twice x.'\n    return 2 * x\n\n"
        "def later(x):\n    pass\n\nclass C:\n    def m(self): return 1\n\nassert f(1) == 5\nprint(f(int(input())))\n"
    )
    found = {one.name: one for one in sub_modules(Program.from_source(source))}
    assert list(found) == ["f", "g"] and found["f"].arity == 1 and found["f"].program.entry == "f"
    assert "LIMIT = 3" in found["f"].program.source and "def g" in found["f"].program.source
    assert "input" not in found["f"].program.source and "assert" not in found["g"].program.source
    assert found["g"].text == "def g(x):\n    'Twice x.'\n    return 2 * x\n"
    assert sub_modules(Program.from_source("def f(")) == []
