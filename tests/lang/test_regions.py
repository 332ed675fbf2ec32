"""Blocks, what they write, where control goes between them, and what a region needs and gives."""

import ast

import pytest

from trialrun.lang.blocks import RUN, Layout, written, written_items
from trialrun.lang.regions import facts_of
from trialrun.lang.scopes import Unparseable

pytestmark = pytest.mark.fast


def statements(text):
    return ast.parse(text).body


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a = b = 1", ("a", "b")),
        ("(a, *b), c.d, e[f] = g", ("a", "b", "c", "e")),
        ("a += 1; del a", ()),
        ("del xs[0]", ("xs",)),
        ("a: int", ()),
        ("a: int = 1", ("a",)),
        ("xs.append(1); ys.sort()", ("xs", "ys")),
        ("xs.index(1); print(ys)", ()),
        ("shuffle(xs, n)", ("xs", "n")),
        ("y = xs.pop()", ("xs", "y")),
        ("a = b and (c := 1)", ("a",)),
        ("a = (c := 1) and (d := 2)", ("c", "a")),
        ("a = (c := 1) if (d := 2) else 3", ("d", "a")),
        ("a = [(b := c) for c in (d := e)]", ("d", "a")),
        ("a = lambda: (b := 1)", ("a",)),
        ("import os, sys as s", ()),
        ("def f(): x = 1", ()),
    ],
)
def test_names_that_are_certainly_written(text, names):
    assert written(statements(text)) == names


def test_items_that_are_written():
    def keys(text):
        return {name: ast.unparse(key) for name, key in written_items(statements(text)).items()}

    assert keys("xs[i] = 1") == {"xs": "i"}
    assert keys("xs[i].y += 1; d['k'] = 2") == {"xs": "i", "d": "'k'"}
    assert keys("xs.append(1)") == {"xs": "-1"}
    assert keys("xs[i] = 1; xs[j] = 2") == keys("xs[f()] = 1") == keys("a, xs[i] = 1, 2") == {}
    assert keys("xs[i] = ys.pop()") == {}


def runs(text):
    layout = Layout(ast.parse(text))
    return [
        (layout.codes[block.code].name, block.lines(), block.returns)
        for block in layout.blocks
        if block.role == RUN
    ]


def test_runs_end_where_something_else_may_come_next():
    text = (
        "a = 1\nif a:\n    b = 2\n    c = 3\nelse:\n    if c: d = 4\ne = 5\n"
        "def f():\n    '''Doc.'''\n    return 1\n    x = 2\n"
    )
    assert runs(text) == [
        ("<module>", ((1, 1),), False),
        ("<module>", ((3, 3), (4, 4)), False),
        (
            "<module>",
            ((2, 2),),
            False,
        ),  # the `else` begins with a test: an empty run says that it was entered
        ("<module>", ((6, 6),), False),
        ("<module>", ((7, 7), (8, 8)), True),
        ("f", ((10, 10),), True),
        ("f", ((11, 11),), True),
    ]


def test_a_run_ends_before_a_key_that_it_needs_is_bound_anew():
    assert [lines for _, lines, _ in runs("xs[i] = 1\ni += 1\nxs[i] = 2\n")] == [((1, 1),), ((2, 2), (3, 3))]


def successors(text, line):
    """Return the first lines of the runs that may follow the run at a line, 0 for the end of the code."""
    _, blocks = facts_of(text).infos()
    here = next(block for block in blocks if not block.is_test and block.lines and block.lines[0][0] == line)
    return sorted(blocks[one].lines[0][0] if blocks[one].lines else 0 for one in here.successors)


LOOP = """
def f(n):
    a = 0
    for i in range(n):
        if i:
            a = 1
            continue
        if a:
            a = 2
            break
        a = 3
    else:
        a = 4
    return a
"""


def test_ways_out_of_a_loop():
    assert successors(LOOP, 3) == [4, 13]  # the body's own first run is empty: it is known by the loop's line
    assert successors(LOOP, 6) == [4, 13]
    assert successors(LOOP, 9) == [14]
    assert successors(LOOP, 11) == [4, 13]
    assert successors(LOOP, 13) == [14]
    assert successors(LOOP, 14) == []


TRY = """
def f(n):
    for i in n:
        try:
            a = 1
            return a
        except KeyError:
            a = 2
            continue
        finally:
            a = 3
    with n:
        a = 4
        raise a
    a = 5
"""


def test_ways_through_finally_and_with():
    assert successors(TRY, 5) == [11]
    assert successors(TRY, 8) == [11]
    assert set(successors(TRY, 11)) >= {3, 13}
    assert successors(TRY, 13) == [15]  # a context manager may swallow what is raised
    endless = "def f():\n    while True:\n        a = 1\n    b = 2\n"
    assert successors(endless, 3) == [3]


def test_what_is_live_and_what_a_region_needs_and_gives():
    text = "def f(a, b):\n    c = a + 1\n    while c:\n        d = c * b\n        c = c - 1\n    e = d\n    return e\n"
    facts = facts_of(text)
    by_line = {block.statements[0].lineno: block.index for block in facts.layout.blocks if block.statements}
    first, test, body, last = (by_line[line] for line in (2, 3, 4, 6))
    assert facts.live_in[first] == {"a", "b", "d"} and facts.live_in[last] == {"d"}
    assert facts.live_in[body] == {"b", "c"}
    region = facts.region([test, body])
    assert region.live_in == ("b", "c") and region.live_out == ("d",)
    assert facts.region([last]).live_in == ("d",) and facts.region([last]).live_out == ()
    assert facts.region([first]).live_out == ("c",)


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("x = [k for k in ks if k > m]", {"ks", "m"}),
        ("x = lambda q, w=e: q + r", {"e", "r"}),
        ("x += 1", {"x"}),
        ("y = 1; x = y", set()),
        ("def g(a, b=c):\n    return a + d", {"c", "d"}),
        ("x = (t := u) + t", {"u", "t"}),
        ("x = k + sum(k for k in ks)", {"k", "sum", "ks"}),
        ("x = (q + r, lambda q: q)", {"q", "r"}),
        ("y = 1; del x, y", {"x"}),
        ("a and (b := 1); c = b", {"a", "b"}),
        ("(b := 1) and a; c = b", {"a"}),
        ("x[(i := 1)] += 2; y = i", {"x"}),
        ("x = a and (x := 1); y = x", {"a"}),
        ("x: int; y = x", {"int", "x"}),
        ("x: int = 1; y = x", {"int"}),
        ("@(d := a)\ndef h(): pass\ny = d", {"a"}),
        ("x = 1\nclass C(B):\n    y = x\n    def m(self): return z", {"B", "z"}),
    ],
)
def test_uses(text, uses):
    facts = facts_of(text)
    assert facts.uses[0] == uses


def test_what_may_be_bound_is_given_to_what_follows():
    facts = facts_of("def f(a, y):\n    z = a and (y := g())\n    if z: pass\n    return y\n")
    first = next(one.index for one in facts.layout.blocks if one.statements and one.statements[0].lineno == 2)
    assert facts.definitions[first] == {"z"} and facts.writes[first] == {"y", "z"}
    assert facts.region([first]).live_out == ("y", "z") and "y" in facts.live_in[first]


def test_what_a_class_binds_is_its_own():
    facts = facts_of("class C:\n    y = 1\nx = y")
    assert facts.definitions[0] == {"C", "x"} and "y" in facts.uses[0]


def test_the_call_graph():
    text = (
        "class C:\n    def m(self): return g()\ndef g(): return h()\ndef h(): return g() and C().m()\nh()\n"
    )
    assert facts_of(text).calls() == {
        "<module>": ("h",),
        "C": (),
        "C.m": ("g",),
        "g": ("h",),
        "h": ("C", "C.m", "g"),
    }


@pytest.mark.parametrize("text", ["def f(:", "(" * 5000, "x = " + "-" * 50_000 + "1", "\0"])
def test_text_that_was_made_to_break_parsers(text):
    assert isinstance(facts_of(text), Unparseable)
