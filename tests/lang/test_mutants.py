"""Mutants: what each operator writes, what stays as it was, that each compiles and no two are the same."""

import ast
import random

import pytest

from trialrun.core.errors import UsageError
from trialrun.core.program import Program
from trialrun.lang.mutants import mutant_programs, mutants

pytestmark = pytest.mark.fast


def written(source, operator, **how):
    """Return the sources that an operator makes of a source."""
    return [mutant.source for mutant in mutants(source, **how) if mutant.operator == operator]


@pytest.mark.parametrize(
    ("operator", "source", "made"),
    [
        ("arithmetic", "x = a + b", ["x = a - b"]),
        ("arithmetic", "x = a * (b + c)", ["x = a // (b + c)", "x = a + (b + c)", "x = a * (b - c)"]),
        ("arithmetic", "x = 'a' + b", []),
        ("operand-swap", "x = 'a' + b", ["x = b + 'a'"]),
        ("operand-swap", "x = a - b", ["x = b - a"]),
        ("arithmetic", "x = a % b", ["x = a // b", "x = a * b"]),
        ("arithmetic", "x = '%d' % b", []),
        ("comparison", "x = a < b", ["x = a <= b", "x = a > b"]),
        ("comparison", "x = a == b <= c", ["x = a != b <= c", "x = a == b < c", "x = a == b >= c"]),
        ("comparison", "x = a not in b", ["x = a in b"]),
        ("connector", "x = a and b or c", ["x = (a and b) and c", "x = (a or b) or c"]),
        ("operand-deletion", "x = a and b", ["x = b", "x = a"]),
        ("not-insertion", "if a: b()", ["if not a: b()"]),
        ("not-insertion", "if a == 1: b()", []),
        ("not-deletion", "x = not a", ["x = a"]),
        ("unary-deletion", "x = -a", ["x = a"]),
        ("unary-insertion", "x = a * 2", ["x = (-a) * 2"]),
        ("constant", "x = 5", ["x = 6", "x = 4", "x = 0"]),
        ("constant", "x = 1", ["x = 2", "x = 0"]),
        ("constant", "x = True", ["x = False"]),
        ("constant", "x = 'ab'", ["x = ''", "x = 'XX'"]),
        ("constant", "x = 1.5", ["x = 2.5", "x = -1.5", "x = 0.0"]),
        ("constant", "x = None", []),
        ("index", "x = a[i]", ["x = a[i + 1]", "x = a[i - 1]"]),
        ("index", "x = a['k']", []),
        ("slice", "x = a[i:]", ["x = a[i + 1:]", "x = a[i - 1:]"]),
        ("slice", "x = a[1:n]", ["x = a[1:n + 1]", "x = a[1:n - 1]", "x = a[:n]", "x = a[1:]"]),
        ("range", "x = range(n)", ["x = range(n + 1)", "x = range(n - 1)"]),
        ("break-continue", "for i in x:\n    break", ["for i in x:\n    continue"]),
        ("break-continue", "for i in x: continue", ["for i in x: break"]),
        ("return", "def f(): return a", ["def f(): return None"]),
        ("return", "def f(): return a < b", ["def f(): return None", "def f(): return not a < b"]),
        ("return", "def f(): return a + b", ["def f(): return None", "def f(): return -(a + b)"]),
        ("return", "def f(): return [a]", ["def f(): return None", "def f(): return []"]),
        ("argument-swap", "f(a, b, a)", ["f(b, a, a)", "f(a, a, b)"]),
        ("argument-swap", "f(a, a)", []),
        ("argument-swap", "isinstance(a, b)", []),
        ("statement-deletion", "a = 1\nf()", ["pass\nf()", "a = 1\npass"]),
        ("statement-deletion", "import a\ndef f(): pass", []),
        ("condition", "x = a if b else c", ["x = a if True else c", "x = a if False else c"]),
        ("condition", "while a: f()", ["while False: f()"]),
        (
            "condition",
            "x = [a for a in b if a]",
            ["x = [a for a in b if True]", "x = [a for a in b if False]"],
        ),
        ("conditional-swap", "x = a if b else c", ["x = c if b else a"]),
        ("augmented-assignment", "x += 1", ["x -= 1", "x = 1"]),
        ("augmented-assignment", "x += 'a'", ["x = 'a'"]),
        ("call-swap", "max(a)", ["min(a)"]),
        ("call-swap", "a.append(b)", ["a.insert(0, b)"]),
        ("call-swap", "a.insert(0, b)", ["a.append(b)"]),
        ("call-swap", "a.pop()", ["a.pop(0)"]),
        ("call-swap", "a.lstrip()", ["a.rstrip()"]),
        ("call-swap", "any(a)", ["all(a)"]),
        ("call-deletion", "x = abs(a)", ["x = a"]),
        ("ordering", "sorted(a)", ["sorted(a, reverse=True)"]),
        ("ordering", "sorted(a, key=b)", ["sorted(a)", "sorted(a, key=b, reverse=True)"]),
        ("ordering", "a.sort(reverse=True)", ["a.sort()"]),
    ],
)
def test_what_an_operator_writes(operator, source, made):
    assert written(source, operator) == made


@pytest.mark.parametrize(
    "source",
    [
        'def f(x: "int" = None) -> "str":\n    """Says 1 + 1."""\n    y: 3\n',
        "class A:\n    '''Doc.'''\n    __slots__ = ('a', 'b')\n",
        "__all__ = ['a', 'b']\n",
        "if __name__ == '__main__':\n    f(1 + 1)\n",
        "@retry(3)\ndef f(): ...\n",
        "type T = 'a'\n",
    ],
)
def test_what_is_not_mutated(source):
    assert mutants(source) == []


def test_messages_stay_but_what_is_raised_may_be_deleted():
    made = [mutant.source for mutant in mutants("raise ValueError('bad' + str(3))")]
    assert "pass" in made and not any("XX" in source for source in made)
    assert all("'why'" in source for source in written("assert a, 'why'", "constant"))


def test_layout_and_comments_stay():
    source = "# first\ndef f( a ):  # keep   me\n    return (a  <  # here\n        2)\n# last\n"
    made = mutants(source, "f")
    assert [m.source.splitlines()[:2] == source.splitlines()[:2] for m in made] == [True] * len(made)
    assert all(m.source.endswith("# last\n") for m in made)
    constant = next(m for m in made if m.operator == "constant")
    assert constant.source == source.replace("        2)", "        3)")
    assert (constant.line, constant.description) == (4, "line 4: 2 -> 3")


def test_words_do_not_run_together():
    assert "def f(): return b\n" in written("def f(): return(a)or b\n", "operand-deletion")


def test_columns_count_bytes():
    assert written("x = 'é' < b; y = 'ü' + c", "comparison")[0] == "x = 'é' <= b; y = 'ü' + c"


SOURCE = '''
import math

LIMIT = 10

def area(r, *, scale=1):
    """Return an area."""
    if r < 0 and not scale:
        raise ValueError(f"bad {r!r} {'x'}")
    return math.pi * r ** 2 * scale

class Box:
    def __init__(self, items=()):
        self.items = list(items)

    async def best(self, key, n=3):
        found = sorted(self.items, key=key)[-n:]
        match n:
            case 1:
                return found[0]
        return [item for item in found if item is not None]
'''


def test_every_mutant_compiles_and_no_two_have_the_same_tree():
    made = mutants(SOURCE)
    shapes = [ast.dump(ast.parse(mutant.source)) for mutant in made]
    assert len(made) > 50
    assert len(set(shapes)) == len(shapes) and ast.dump(ast.parse(SOURCE)) not in shapes
    lines = SOURCE.splitlines()
    for mutant in made:
        changed = [
            n for n, (a, b) in enumerate(zip(lines, mutant.source.splitlines(), strict=False), 1) if a != b
        ]
        assert changed[0] == mutant.line and mutant.description.startswith(f"line {mutant.line}: ")


@pytest.mark.parametrize(
    ("qualname", "lines"), [("area", range(6, 11)), ("Box.best", range(16, 22)), ("Box", range(12, 22))]
)
def test_a_name_keeps_to_one_definition(qualname, lines):
    made = mutants(SOURCE, qualname)
    assert made and {mutant.line for mutant in made} <= set(lines)


def test_the_last_definition_counts():
    assert {mutant.line for mutant in mutants("def f(): return 1\ndef f(): return 2\n", "f")} == {2}


def test_a_limit_draws_by_its_seed():
    every = [mutant.source for mutant in mutants(SOURCE)]
    drawn = [[m.source for m in mutants(SOURCE, limit=20, seed=seed)] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    for sources in drawn:
        assert len(sources) == 20 and sources == [source for source in every if source in sources]
    random.seed(3)
    assert [m.source for m in mutants(SOURCE, limit=20, seed=1)] == drawn[0]


def test_what_cannot_be_mutated_is_said():
    with pytest.raises(UsageError, match="line 1"):
        mutants("def f(:")
    with pytest.raises(UsageError, match="did you mean 'area'"):
        mutants(SOURCE, "aera")


def test_long_chains_are_no_problem():
    chain = "x = f(" + "+".join(["a"] * 900) + ", b)\ny = 1\n"
    assert "line 2: 1 -> 2" in [mutant.description for mutant in mutants(chain, limit=60, seed=1)] or mutants(
        chain, limit=5
    )


def test_programs_of_mutants_know_their_parent():
    program = Program(files=(("m.py", "def f(): return 1\n"), ("data.txt", "1")), entry="f")
    made = mutant_programs(program, mutants(program.source))
    assert {one.parents for one in made} == {(program.id,)} and len({one.id for one in made}) == len(made)
    assert {one.files[1:] for one in made} == {(("data.txt", "1"),)} and {one.entry for one in made} == {"f"}
    assert "mutant/constant" in {one.maker for one in made}


def test_subtle_mutants_are_any_other_operator_and_name():
    source = "def f(a, b):\n    for x in a:\n        if x == b: return -x % 3\n    return b + 1\n"
    plain = {mutant.source for mutant in mutants(source, "f")}
    found = mutants(source, "f", subtle=True)
    subtle = [mutant for mutant in found if mutant.source not in plain]
    assert len(found) == len({mutant.source for mutant in found}) and plain <= {m.source for m in found}
    whats = {mutant.description.partition(": ")[2] for mutant in subtle}
    assert {"== -> <=", "== -> is", "% -> **", "+ -> |", "-x -> ~x", "a -> []", "x -> b", "b -> a"} <= whats
    assert "== -> is" not in {m.description[8:] for m in mutants("x = a == 1", subtle=True)}
    assert [m for m in mutants("x = 'a' + b", subtle=True) if m.operator == "any-arithmetic"] == []


def test_subtle_mutants_of_names_are_those_of_the_function():
    source = "y = 1\ndef f(a):\n    c = a\n    return c + y\n"
    made = {m.source for m in mutants(source, "f", subtle=True) if m.operator == "any-name"}
    assert made == {source.replace("c + y", "a + y"), source.replace("c = a", "c = c")}
