"""Test files are read as what they state: plain asserts where that is all, code that is run, or test classes."""

import pytest

from trialrun.core.errors import UsageError
from trialrun.core.task import AssertCheck, UnittestCheck
from trialrun.lang.known_cases import known_cases
from trialrun.lang.stated_tests import Stated, read_tests
from trialrun.lang.unittest_asserts import as_assert

fast = pytest.mark.fast
pytestmark = fast


def read(text: str, functions: tuple[str, ...] = ("f", "g")) -> tuple[Stated, ...]:
    return read_tests(text, "mod", functions)


def pairs(text: str) -> list[tuple[object, object]]:
    return [(pair.args, pair.expected) for pair in known_cases([one.check for one in read(text)])]


@pytest.mark.parametrize(
    "text",
    [
        "assert f(1) == 2",
        "assert 2 == f(1)",
        "from mod import f\nassert f(1) == 2, 'message'",
        "from package.mod import f as other\nassert other(1) == 2",
        "import mod\nassert mod.f(1) == 2",
        "import package.mod as m\nassert m.f(1) == 2",
        "from package import mod\nassert mod.f(1) == 2",
        "from mod import *\nassert f(1) == 2",
        "import pytest\nfrom mod import f\n\ndef test_it():\n    'Doc.'\n    assert f(1) == 2",
        "import pytest\n@pytest.mark.parametrize('x, y', [(1, 2)])\ndef test(x, y):\n    assert f(x) == y",
        "import pytest\n@pytest.mark.parametrize('x', [1])\ndef test(x):\n    assert f(x) == 2",
        "class TestIt:\n    def test_a(self):\n        assert f(1) == 2",
        "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(1), 2)",
        "from unittest import TestCase as Case\nfrom mod import f\n"
        "class T(TestCase):\n    def test_a(self):\n        self.assertEqual(2, f(1), 'm')",
        "assert f(1) == 2\nif __name__ == '__main__':\n    import sys; sys.exit(f(3))",
    ],
)
def test_what_only_compares_is_plain(text: str) -> None:
    (one,) = read(text)
    assert isinstance(one.check, AssertCheck) and one.check.remote == one.names == ("f",)
    assert pairs(text) == [((1,), 2)]


def test_each_function_has_a_check_of_its_own() -> None:
    one, two = read("assert g(1) == 1\nassert f(2) == 2\nassert g(3) is None")
    assert (one.names, two.names) == (("g",), ("f",))
    assert one.check.code == "assert g(1) == 1\nassert g(3) is None\n"


def test_other_code_is_run_with_what_it_needs() -> None:
    text = """
import math, os
from mod import f
SIZE = 3
def near(x, y): return math.isclose(x, y)
def test_loop():
    for i in range(SIZE):
        assert near(f(i), i)
assert f(0) == SIZE
"""
    (one,) = read(text)
    assert isinstance(one.check, AssertCheck) and one.names == ("f",)
    assert one.check.code.splitlines()[:2] == ["import math, os", "SIZE = 3"]
    assert one.check.code.endswith("test_loop()\n") and "assert f(0) == SIZE" in one.check.code


def test_imports_inside_functions_are_dropped_too() -> None:
    (one,) = read("def load():\n    import mod\ndef test():\n    load()\n    assert f(1) == 2")
    assert "def load():\n    pass\n" in one.check.code
    assert pairs("def test():\n    from mod import f\n    assert f(1) == 2") == [((1,), 2)]


def test_parameters_are_put_into_code_too() -> None:
    text = "@pytest.mark.parametrize('n', [2, 3])\ndef test(n):\n    x = f(n)\n    assert x == n"
    (one,) = read("import pytest\n" + text)
    assert "x = f(2)" in one.check.code and "x = f(3)" in one.check.code
    assert one.check.code.count("()\n") == 2 and "pytest" not in one.check.code


def test_classes_that_need_themselves_stay_classes() -> None:
    text = "import unittest\nimport pytest\nclass T(unittest.TestCase):\n    def test_a(self):\n"
    text += "        with self.assertRaises(ValueError): f(-1)"
    (one,) = read(text)
    assert isinstance(one.check, UnittestCheck) and one.check.expected == ("T.test_a",)
    assert "import pytest" not in one.check.code and one.check.code.startswith("import unittest")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("assert f(", "never closed"),
        ("x = 1", "no test calls a function of mod.py (f, g)"),
        ("assert h(1) == 2", "no test calls"),
        ("from mod import h\nassert h(1) == 2", "'h', which is no function"),
        ("def test(tmp_path):\n    assert f(1) == 2", "takes fixtures"),
        ("@mark.slow\ndef test():\n    assert f(1) == 2", "decorator that is not understood"),
        ("import pytest\ndef test():\n    with pytest.raises(ValueError): f(1)", "need pytest itself"),
        (
            "class TestX:\n    def test_a(self):\n        self.x = 1\n        assert f(self.x)",
            "uses its object",
        ),
        ("async def test():\n    assert f(1) == 2", "asynchronous"),
        ("@pytest.mark.parametrize('x', range(3))\ndef test(x):\n    assert f(x) == 1", "not understood"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, says: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(text)
    assert says in str(raised.value)


def test_hostile_texts_are_refused_or_read() -> None:
    for text in ("(" * 100_000, "\0", "-" * 200_000 + "1", "assert f(1) == " + "[" * 3_000 + "]" * 3_000):
        with pytest.raises(UsageError):
            read(text)


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("self.assertTrue(f(1))", "assert f(1)"),
        ("self.assertFalse(f(1))", "assert not f(1)"),
        ("self.assertIsNone(f(1))", "assert f(1) is None"),
        ("self.assertIs(f(1), True)", "assert f(1) is True"),
        ("self.assertListEqual(f(1), [2])", "assert f(1) == [2]"),
        ("self.assertAlmostEqual(f(1), 2)", None),
        ("self.assertEqual(f(self.x), 2)", None),
        ("self.assertEqual(f(1), 2, msg=g(3))", None),
        ("x = f(1)", None),
    ],
)
def test_assertions_of_unittest(line: str, plain: str | None) -> None:
    import ast

    found = as_assert(ast.parse(line).body[0])
    assert (found and ast.unparse(ast.fix_missing_locations(found))) == plain
