"""Test classes: every test accounted for, the form decided by the reference, the weak form no gift to a program."""

import pytest

from trialrun.core.execution import Limits
from trialrun.core.judgement import Strength, Verdict
from trialrun.core.judgement import TestStatus as Status
from trialrun.core.program import Program
from trialrun.core.task import Task, UnittestCheck
from trialrun.lang.unittests import test_ids as ids
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import BlobCache
from trialrun.verify import unittests
from trialrun.verify.tests import Judge, Rules

LIMITS = Limits(cpu_s=1.0, wall_s=5.0, memory_mb=512)
HEAD = "import unittest\nclass T(unittest.TestCase):\n"
SQUARE = "def f(x): return x * x\n"
TWO = (
    HEAD
    + "    def test_a(self): self.assertEqual(f(2), 4)\n    def test_b(self): self.assertEqual(f(3), 9)\n"
)
PATCHED = HEAD + (
    "    def test_a(self):\n        from unittest.mock import patch\n"
    "        with patch('random.random', return_value=0.5): self.assertEqual(f(2), 4)\n"
    "    def test_b(self): self.assertEqual(f(3), 9)\n"
)


def task(code, *, reference=SQUARE, context="", same_process=None):
    check = UnittestCheck(
        name="tests", code=code, expected=ids(code), remote=("f",), same_process=same_process
    )
    return Task(
        id="T/0",
        suite="t",
        statement="",
        entry="f",
        context=context,
        hidden_checks=(check,),
        reference=reference,
    )


@pytest.fixture
def judge(sandbox, tmp_path):
    made = Judge(sandbox, Rules(limits=LIMITS), BlobCache(tmp_path))

    def judged(given, source):
        (judgement,) = made.judge(given, Program.from_source(source, entry="f"))
        return judgement

    return judged


def test_the_strong_form_tells_every_test(judge):
    good = judge(task(TWO), "def f(x): return x ** 2")
    assert (good.verdict, good.strength, good.cases, good.judge) == (
        Verdict.PASS,
        Strength.STRONG,
        2,
        "verify/unittests",
    )
    assert [(test.name, test.status) for test in good.tests] == [("T.test_a", "ok"), ("T.test_b", "ok")]
    bad = judge(task(TWO), "def f(x): return 4")
    assert (bad.verdict, bad.outcome) == (Verdict.FAIL, "returned")
    assert [test.status for test in bad.tests] == [Status.OK, Status.FAILED]
    (evidence,) = bad.evidence
    assert (evidence.input, evidence.got) == ("T.test_b", "failed")
    assert "4 != 9" in evidence.message and "assertEqual(f(3), 9)" in evidence.expected
    raised = judge(task(TWO), "def f(x): raise KeyError(x)")
    assert (raised.verdict, raised.outcome) == (Verdict.FAIL, "raised")
    assert {test.status for test in raised.tests} == {Status.ERROR}


@pytest.mark.parametrize(
    "body",
    [
        "    @unittest.skip('no')\n    def test_a(self): f(1)\n    def test_b(self): f(2)\n",
        "    @unittest.expectedFailure\n    def test_a(self): self.assertEqual(f(1), 2)\n",
        "    @unittest.expectedFailure\n    def test_a(self): self.assertEqual(f(1), 1)\n",
        "    def test_a(self):\n        f(1)\n        self.skipTest('later')\n",
        "    def test_a(self):\n        for i in (1, 2):\n"
        "            with self.subTest(i): self.assertEqual(f(i), 1)\n",
        "    def setUp(self): raise ValueError\n    def test_a(self): f(1)\n",
        "    def tearDown(self): raise ValueError\n    def test_a(self): f(1)\n",
        "    @classmethod\n    def setUpClass(cls): raise ValueError\n    def test_a(self): f(1)\n",
        "    @classmethod\n    def tearDownClass(cls): raise ValueError\n    def test_a(self): f(1)\n",
        "    def test_a(self): f(1)\ndel T.test_a\n",
        "    def test_a(self): f(1)\ndel T\n",
        "    def test_a(self): f(1)\nraise SystemExit(0)\n",
        "    def test_a(self): f(1); raise SystemExit(0)\n",
        "    def test_a(self): f(1)\n    def test_b(self):\n        import os\n        os._exit(0)\n",
    ],
)
@pytest.mark.parametrize("form", ["strong", "weak"])
def test_what_is_no_pass(body, form, judge, monkeypatch):
    monkeypatch.setattr(unittests, "ties", lambda code: None if form == "strong" else "asked for")
    monkeypatch.setattr(unittests.UnittestJudge, "_tried", lambda *_: "")
    found = judge(task(HEAD + body), SQUARE)
    assert found.verdict is Verdict.FAIL and found.strength == form
    assert any(test.status is not Status.OK for test in found.tests)


def test_subtests_fixtures_and_context_pass(judge):
    code = HEAD + (
        "    @classmethod\n    def setUpClass(cls): cls.n = N\n    def setUp(self): self.m = self.n + 1\n"
        "    def test_a(self):\n        for i in range(self.m):\n"
        "            with self.subTest(i): self.assertEqual(f(i), i * i)\n"
        "    def test_b(self):\n        with self.assertRaises(TypeError): f('x')\n"
    )
    found = judge(task(code, context="N = 3\n"), SQUARE)
    assert (found.verdict, found.strength) == (Verdict.PASS, Strength.STRONG), found


def test_a_class_that_never_calls_the_program_is_unknown(judge):
    found = judge(task(HEAD + "    def test_a(self): self.assertTrue(True)\n"), SQUARE)
    assert found.verdict is Verdict.UNKNOWN
    assert judge(task(HEAD + "    pass\n"), SQUARE).verdict is not Verdict.PASS


def test_patches_make_it_weak_and_say_so(judge):
    found = judge(task(PATCHED), SQUARE)
    assert (found.verdict, found.strength) == (Verdict.PASS, Strength.WEAK)
    assert "patch" in found.weak_because
    assert judge(task(PATCHED), "def f(x): return 4").verdict is Verdict.FAIL


def test_the_reference_decides_and_not_the_candidate(judge):
    code = HEAD + "    def test_a(self): self.assertIs(type(f(1)), Box)\n"
    box = "class Box: pass\ndef f(x): return Box()\n"
    found = judge(task(code, reference=box), box)
    assert (found.verdict, found.strength) == (Verdict.PASS, Strength.WEAK)
    assert "T.test_a" in found.weak_because and "reference" in found.weak_because
    assert judge(task(TWO), "class Box: pass\ndef f(x): return Box()").strength is Strength.STRONG


def test_without_a_reference_it_is_weak(judge):
    assert "reference" in judge(task(TWO, reference=None), SQUARE).weak_because


def test_the_form_is_kept_by_content(sandbox, tmp_path, monkeypatch):
    tried = []
    whole = unittests.run_test

    def counted(*args, **more):
        tried.append(args[4].cpu_s)
        return whole(*args, **more)

    monkeypatch.setattr(unittests, "run_test", counted)
    for _ in range(2):
        made = Judge(sandbox, Rules(limits=LIMITS), BlobCache(tmp_path))
        made.judge(task(TWO), Program.from_source(SQUARE, entry="f"))
        made.judge(task(TWO), Program.from_source(SQUARE, entry="f"))
    assert len(tried) == unittests._TRIES + 4


def test_limits_hold_for_each_test(judge):
    burn = (
        "import time\ndef f(x):\n    end = time.process_time() + 0.5\n"
        "    while time.process_time() < end: pass\n    return x * x\n"
    )
    many = HEAD + "".join(f"    def test_{i}(self): self.assertEqual(f({i}), {i * i})\n" for i in range(4))
    for code in (
        many,
        many + "    def test_p(self):\n        from unittest.mock import patch\n        f(1)\n",
    ):
        assert judge(task(code), burn).verdict is Verdict.PASS
    with Sandbox() as sandbox:
        assert sandbox.healthy() is None


ASSERTING = HEAD + (
    "    def test_a(self):\n        seen = []\n        def hear(x):\n            self.assertEqual(x, 4242)\n"
    "            seen.append(x)\n        f(hear)\n        self.assertEqual(seen, [4242])\n"
)


@pytest.mark.parametrize("next_guess", ["int(str(error).rpartition(' ')[2])", "n + 1"])
def test_a_failed_assertion_stays_one_whoever_catches_it(judge, next_guess):
    given = task(ASSERTING, reference="def f(hear): hear(4242)")
    good = judge(given, "def f(hear): hear(4000 + 242)")
    assert (good.verdict, good.strength) == (Verdict.PASS, Strength.STRONG)
    guessing = (
        "def f(hear):\n    n = 4238\n    while True:\n        try: return hear(n)\n"
        f"        except AssertionError as error: n = {next_guess}\n"
    )
    bad = judge(given, guessing)
    assert (bad.verdict, bad.strength) == (Verdict.FAIL, Strength.STRONG)
    if next_guess == "n + 1":
        assert bad.tests[0].message == "AssertionError: 4241 != 4242"
