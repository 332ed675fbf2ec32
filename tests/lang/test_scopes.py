"""Names of program text, and text that was made to break parsers."""

import time
import warnings

import pytest

from trialrun.lang.scopes import MAX_SOURCE, Unparseable, called_names, imports_of, names, parse

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("source", "free"),
    [
        ("assert f(1) == 2", ("f",)),
        ("import math\nassert f(math.pi)", ("f",)),
        ("def g(x): return h(x)", ("h",)),
        ("[x for x in xs if x in ys]", ("xs", "ys")),
        ("lambda a: a + b", ("b",)),
        ("if (n := f()): print(n)", ("f",)),
        ("def g():\n    global late\n    late = 1\nprint(late)", ()),
        ("def g():\n    def h(): return y\n    y = 1\n    return h", ()),
        ("class A:\n    b = c\n    def m(self): return A", ("c",)),
        ("try:\n    f()\nexcept E as e:\n    print(e)", ("E", "f")),
        ("with o() as (a, b): a, b, c", ("c", "o")),
        ("match v:\n    case [x, *rest]: print(x, rest)", ("v",)),
        ("def f[T](x: T) -> T: return x", ()),
        ("x: int = 1\nprint(x, __name__)", ()),
        ("from m import *\nf()", ("f",)),
        ("", ()),
    ],
)
def test_free_names(source, free):
    assert names(source).free == free


def test_kinds_of_top_level_names():
    found = names(
        "import os.path, sys as s\nclass A: pass\ndef f(): pass\nx = y = lambda: 0\nfor i in (): pass"
    )
    assert found.defined == ("A", "f", "i", "os", "s", "x", "y")
    assert (found.functions, found.classes) == (("f",), ("A",))


def test_builtins_are_read_but_not_free():
    found = names("assert sum(f) == len('x')")
    assert (found.reads, found.free) == (("f", "len", "sum"), ("f",))


def test_calls_and_imports():
    assert called_names("assert b(a(1)) == c\nd.e()\na()") == ("b", "a")
    assert imports_of("import a.b, c\nfrom d import e as f, g\nimport c", {"a", "f", "c"}) == (
        "import a.b, c\nfrom d import e as f\nimport c\n"
    )
    assert imports_of("def f():\n    import sys", {"sys"}) == ""


HOSTILE = {
    "open brackets": "(" * 1_000_000,
    "open braces in an f-string": "f'" + "{" * 200_000,
    "minus signs": "-" * 900_000 + "1",
    "nots": "not " * 200_000 + "x",
    "attributes": "a" + ".a" * 100_000,
    "sums": "1" + "+1" * 100_000,
    "calls": "f" + "()" * 100_000,
    "subscripts": "a" + "[0]" * 100_000,
    "lambdas": "lambda:" * 140_000 + "0",
    "ifs": "".join(" " * depth + "if 1:\n" for depth in range(200)),
    "long number": "9" * 900_000,
    "NUL": "a\x00b",
    "lone surrogate": "x = '\ud800'",
    "no encoding": "# -*- coding: nonsense -*-\nx",
    "too long": "x" * (MAX_SOURCE + 1),
    "backslash": "\\",
    "no syntax": "def :",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text_becomes_a_value(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        started = time.process_time()
        for result in (parse(text), names(text), called_names(text), imports_of(text, {"x"})):
            if isinstance(result, Unparseable):
                assert result.reason.isprintable() and len(result.reason) < 300
        assert time.process_time() - started < 30


def test_odd_escapes_warn_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert names("x = '\\d'").defined == ("x",)


@pytest.mark.parametrize("name", ["open brackets", "NUL", "lone surrogate", "too long", "no syntax"])
def test_unparseable_says_why(name):
    result = names(HOSTILE[name])
    assert isinstance(result, Unparseable) and result.reason
