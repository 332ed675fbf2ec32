"""Attacks on test classes that share the program's process: what can be noticed there is no pass, the rest is weak."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.attacks.judging import WIDE

from trialrun.core.judgement import Judgement, Strength, Verdict
from trialrun.core.program import Program
from trialrun.core.task import Task, UnittestCheck
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import BlobCache
from trialrun.verify.tests import Judge, Rules

PATCHED = """
import unittest
from unittest.mock import patch
class T(unittest.TestCase):
    def test_a(self):
        with patch("random.random", return_value=0.5):
            self.assertEqual(f(2), 4)
    def test_b(self):
        self.assertEqual(f(3), 9)
"""
EXPECTED = ("T.test_a", "T.test_b")
TASK = Task(
    id="Own/beside",
    suite="own",
    statement="",
    entry="f",
    hidden_checks=(UnittestCheck(name="tests", code=PATCHED, expected=EXPECTED, remote=("f",)),),
    reference="def f(x): return x * x\n",
)
Judged = Callable[[str], Judgement]


@pytest.fixture
def judged(sandbox: Sandbox, tmp_path: Path) -> Judged:
    """Return what judges a program by the patched tests."""
    judge = Judge(sandbox, Rules(limits=WIDE), BlobCache(tmp_path))
    return lambda source: judge.judge(TASK, Program.from_source(source, entry="f"))[0]


ESCAPES = {
    "empties the class": "import unittest\nunittest.TestCase.__init_subclass__ = classmethod("
    "lambda cls: [delattr(cls, n) for n in list(vars(cls)) if n.startswith('test')])\n",
    "skips all": "import unittest\nunittest.TestCase.setUp = lambda self: self.skipTest('x')\n",
    "loads nothing": "import unittest\nunittest.TestLoader.loadTestsFromTestCase = lambda *a: unittest.TestSuite()\n",
    "leaves at load": "import os\nos._exit(0)\n",
    "exits at load": "raise SystemExit(0)\n",
    "leaves in a call": "import os\ndef f(x): os._exit(0)\n",
    "exits in a call": "def f(x): raise SystemExit(0)\n",
    "exits later": "import atexit, os\natexit.register(os._exit, 0)\ndef f(x): raise SystemExit(0)\n",
    "replaces the case": "import unittest\nclass Fake:\n    def test_a(self): pass\nunittest.TestCase = Fake\n",
    "raises a skip": "import unittest\ndef f(x): raise unittest.SkipTest('x')\n",
    "does nothing": "def f(x): return None\n",
    "talks on the channel": "import os\ntry: os.write(3, bytes(64))\nexcept OSError: pass\ndef f(x): return 0\n",
    "closes the channel": "import os\nos.close(3)\ndef f(x): return 0\n",
    "loops": "def f(x):\n    while True: pass\n",
}


@pytest.mark.parametrize("name", ESCAPES)
def test_the_weak_form_is_no_gift(name: str, judged: Judged) -> None:
    source = ESCAPES[name]
    if "def f" not in source:
        source += "def f(x): return 0\n"
    found = judged(source)
    assert (found.verdict, found.strength) == (Verdict.FAIL, Strength.WEAK), found
    assert {test.name for test in found.tests} >= set(EXPECTED)


def test_a_right_program_passes_weakly(judged: Judged) -> None:
    found = judged("def f(x): return x ** 2\n")
    assert (found.verdict, found.strength) == (Verdict.PASS, Strength.WEAK)


def test_what_is_forged_beside_the_program_is_weak(judged: Judged) -> None:
    """No defence is claimed: whoever shares the process can silence an assertion."""
    found = judged("import unittest\nunittest.TestCase.assertEqual = print\ndef f(x): return 0\n")
    assert (found.verdict, found.strength) == (Verdict.PASS, Strength.WEAK)
