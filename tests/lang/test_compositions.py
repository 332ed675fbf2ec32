"""Templates: the code does what the statement says, on copies where a base changes its arguments."""

import ast

import pytest

from trialrun.lang.compositions import TAKEN, TEMPLATES, Part, Takes, compose

BY_NAME = {template.name: template for template in TEMPLATES}
NUMBER = Part(name="f", arguments=("int",), result="int")
PAIR = Part(name="f", arguments=("int", "int"), result="int")
FLAG = Part(name="f", arguments=("int",), result="bool")
SECOND = Part(name="g", arguments=("int",), result="str")


def ran(template, part, base, *args, second=None, g=None):
    made = compose(BY_NAME[template], part, second)
    space = {"f": base, "g": g}
    exec(compile(made.source, "composed", "exec"), space)
    return space[made.name](*args)


def half(n):
    return n // 2


EXPECTED = [
    ("each", NUMBER, half, ([4, 9],), [2, 4]),
    ("each", PAIR, pow, ([(2, 3), (3, 2)],), [8, 9]),
    ("kept", FLAG, lambda n: n > 2, ([1, 3, 2, 5],), [3, 5]),
    ("folded", PAIR, lambda a, b: 10 * a + b, ([1, 2, 3],), [1, 12, 123]),
    ("folded", PAIR, pow, ([],), []),
    ("settled", NUMBER, half, (9,), [0, 5]),
    ("settled", NUMBER, lambda n: n + 1, (0,), [20, 20]),
    ("best", NUMBER, lambda n: -abs(n - 5), ([1, 4, 6, 9],), [4, -1]),
    ("best", NUMBER, half, ([],), []),
    ("grouped", NUMBER, half, ([2, 5, 3, 4],), {1: [2, 3], 2: [5, 4]}),
    ("ranked", NUMBER, lambda n: n % 3, ([5, 3, 2, 6],), [[0, 3], [0, 6], [2, 5], [2, 2]]),
    ("summed", NUMBER, half, ([2, 4, 6],), [1, 3, 6]),
    ("runs", NUMBER, half, ([2, 3, 4, 2],), [[1, 2], [2, 1], [1, 1]]),
    ("table", NUMBER, half, ([4, 4, 1],), {4: 2, 1: 0}),
    ("neighbours", PAIR, lambda a, b: b - a, ([1, 4, 9],), [3, 5]),
]


@pytest.mark.fast
@pytest.mark.parametrize(("template", "part", "base", "args", "expected"), EXPECTED)
def test_the_code_does_what_the_statement_says(template, part, base, args, expected):
    assert BY_NAME[template].fits(part, part)
    assert ran(template, part, base, *args) == expected


@pytest.mark.fast
def test_two_bases_are_piped():
    assert BY_NAME["piped"].fits(NUMBER, SECOND)
    assert ran("piped", NUMBER, half, 9, second=SECOND, g=str) == "4"
    assert ran("piped", PAIR, pow, 2, 3, second=SECOND, g=str) == "8"
    assert ran("piped_each", PAIR, pow, [(2, 3), (1, 1)], second=SECOND, g=str) == ["8", "1"]
    assert not BY_NAME["piped"].fits(NUMBER, NUMBER), "with itself it is no second function"


@pytest.mark.fast
def test_a_base_that_changes_its_argument_gets_copies():
    eater = Part(name="f", arguments=("list[int]",), result="int", mutates=True)
    given = [[3, 1], [2]]

    def eat(items):
        total = sum(items)
        items.clear()
        return total

    assert ran("best", eater, eat, given) == [[3, 1], 4] and given == [[3, 1], [2]]
    assert "give it copies" in compose(BY_NAME["best"], eater).stub


@pytest.mark.fast
def test_kinds_decide_what_fits():
    unknown = Part(name="f", arguments=("other",), result="other")
    nothing = Part(name="f", arguments=("int",), result="none")
    fitting = {template.name for template in TEMPLATES if template.fits(unknown, unknown)}
    assert fitting == {"each", "runs"}
    assert not any(
        template.fits(nothing, nothing) for template in TEMPLATES if template.name not in ("table",)
    )
    assert not BY_NAME["settled"].fits(Part(name="f", arguments=("int",), result="str"), NUMBER)
    assert not BY_NAME["grouped"].fits(Part(name="f", arguments=("int",), result="list[int]"), NUMBER)


@pytest.mark.fast
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_stub_and_source_belong_together(template):
    part = Part(name="f", arguments=("int", "int"), result="int", mutates=True)
    made = compose(template, part, SECOND)
    assert made.source.startswith(made.stub)
    (function,) = ast.parse(made.source).body
    assert function.name == made.name and "`f`" in ast.get_docstring(function)
    assert [one.arg for one in function.args.args] == (
        ["x1", "x2"]
        if template.takes is Takes.CALL
        else ["items" if template.takes is Takes.ITEMS else "values"]
    )
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    assert used - {"f", "g", "range", "sorted", "x1", "x2"} <= TAKEN | {"deepcopy"}
