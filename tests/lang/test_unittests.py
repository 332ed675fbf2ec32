"""Tests are counted as unittest's own loader finds them; what ties a test to a process is read from its text."""

import types
import unittest

import pytest

from trialrun.lang.scopes import Unparseable
from trialrun.lang.unittests import test_ids as ids
from trialrun.lang.unittests import ties

SOURCES = {
    "plain": "import unittest\nclass T(unittest.TestCase):\n    def test_b(self): pass\n    def test_a(self): pass\n",
    "imported base": (
        "from unittest import TestCase\nclass T(TestCase):\n    def testX(self): pass\n    def other(self): pass\n"
    ),
    "inherited": (
        "import unittest\nclass Mixin:\n    def test_m(self): pass\nclass Base(unittest.TestCase):\n"
        "    def test_base(self): pass\nclass T(Mixin, Base):\n    def test_own(self): pass\n"
    ),
    "overridden": (
        "import unittest\nclass Base(unittest.TestCase):\n    def test_x(self): pass\n"
        "class T(Base):\n    def test_x(self): pass\n"
    ),
    "none": (
        "import unittest\nclass T(unittest.TestCase):\n    def helper(self): pass\n"
        "class U:\n    def test_no(self): pass\n"
    ),
    "asynchronous": "import unittest\nclass T(unittest.IsolatedAsyncioTestCase):\n    async def test_x(self): pass\n",
    "defined again": (
        "import unittest\nclass T(unittest.TestCase):\n    def test_old(self): pass\n"
        "class T(unittest.TestCase):\n    def test_new(self): pass\n    def test_new(self): pass\n"
    ),
}


@pytest.mark.fast
@pytest.mark.parametrize("name", SOURCES)
def test_the_count_is_that_of_the_loader(name: str) -> None:
    module = types.ModuleType("module")
    exec(SOURCES[name], module.__dict__)
    found = set()
    for suite in unittest.TestLoader().loadTestsFromModule(module):
        for case in suite:
            if type(case).__module__ == "module":
                found.add(f"{type(case).__name__}.{case._testMethodName}")
    counted = ids(SOURCES[name])
    assert set(counted) == found and len(counted) == len(found)


@pytest.mark.fast
def test_cycles_and_broken_text_end() -> None:
    assert ids("class A(B):\n    def test_x(self): pass\nclass B(A):\n    def test_y(self): pass\n") == ()
    assert isinstance(ids("class"), Unparseable)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import unittest.mock as m\nwith m.patch('a.b'): pass", "patch"),
        ("from unittest import mock\n@mock.patch.object(x, 'y')\ndef f(): pass", "patch"),
        ("import os\nos.remove('x')", "files"),
        ("from pathlib import Path\nimport tempfile\ntempfile.mkdtemp()", "files"),
        ("open('x').read()", "open"),
        ("from unittest.mock import Mock\nf(Mock())", None),
        ("import os", None),
        ("self.assertEqual(f(1), 2)", None),
    ],
)
def test_ties(source: str, why: str | None) -> None:
    found = ties(source)
    assert (found is None) if why is None else (found is not None and why in found)
