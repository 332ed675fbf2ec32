"""A program that answers a test's calls just as the reference does passes without the test being run."""

import pytest

from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Task
from trialrun.run import transcript as transcripts
from trialrun.run.sandbox import Sandbox
from trialrun.run.transcript import answers_alike, transcript_of
from trialrun.store.cache import BlobCache
from trialrun.verify.tests import Judge, Rules

LIMITS = Limits(cpu_s=5.0)
TEST = """
import random
for _ in range(20):
    text = "".join(random.choice("abc") for _ in range(5))
    assert len(f(f(text))) == 7
xs = [3, 1]
assert g(xs) is None and xs == [1, 3]
"""
REFERENCE = "def f(s): return s + '!'\ndef g(xs): xs.sort()\n"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def check_of(code=TEST, remote=("f", "g")):
    return AssertCheck(name="tests", code=code, remote=remote)


def transcript(sandbox, tmp_path, code=TEST, reference=REFERENCE, remote=("f", "g")):
    program = Program.from_source(reference, entry="f")
    return transcript_of(sandbox, "task", "", check_of(code, remote), program, BlobCache(tmp_path), seed=0)


def alike(sandbox, asked, source, *, remote=("f", "g"), limits=LIMITS):
    return answers_alike(
        sandbox, Program.from_source(source, entry="f"), check_of(remote=remote), asked, limits
    )


def test_the_same_answers_pass_and_others_are_no_verdict(sandbox, tmp_path):
    asked = transcript(sandbox, tmp_path)
    assert asked is not None and len(asked.calls) == 41
    report = alike(sandbox, asked, "def f(s): return ''.join([s, '!'])\ndef g(xs): xs[:] = sorted(xs)\n")
    assert report is not None and report.passed and report.calls == 41 and report.tester_cpu_s == 0
    for wrong in (
        "def f(s): return s + '?'\ndef g(xs): xs.sort()\n",  # the test would let it pass; the transcript cannot know
        "def f(s): return s + '!'\ndef g(xs): return None\n",  # leaves its argument alone
        "def f(s): return s + '!'\n",
        "def f(s): raise SystemExit\ndef g(xs): xs.sort()\n",
        "this is no Python",
    ):
        assert alike(sandbox, asked, wrong) is None


def test_no_call_is_there_to_be_read_before_its_turn(sandbox, tmp_path):
    asked = transcript(sandbox, tmp_path)
    peeking = (
        "import select\ndef ahead(): return select.select([3], [], [], 0)[0]\n"
        "def f(s): return 'seen' if ahead() else s + '!'\ndef g(xs): xs.sort()\n"
    )
    assert alike(sandbox, asked, peeking) is not None


def test_more_calls_than_may_be_made_are_left_to_the_test(sandbox, tmp_path):
    asked = transcript(sandbox, tmp_path)
    assert alike(sandbox, asked, REFERENCE, limits=Limits(cpu_s=5.0, calls=41)) is not None
    assert alike(sandbox, asked, REFERENCE, limits=Limits(cpu_s=5.0, calls=40)) is None


def test_a_long_test_is_not_kept_in_memory(sandbox, tmp_path, monkeypatch):
    held = []
    monkeypatch.setattr(transcripts, "_LARGEST", 10_000)
    monkeypatch.setattr(transcripts, "_transcript", lambda frames: held.append(len(frames)))
    code = "for n in range(300): assert f('x' * 1000)"
    assert transcript(sandbox, tmp_path, code, "def f(s): return s", ("f",)) is None
    assert 4 <= held[0] <= 30


def test_a_call_near_its_limit_is_left_to_the_test(sandbox, tmp_path):
    asked = transcript(sandbox, tmp_path, "assert f(1) == 1", "def f(x): return x", ("f",))
    burning = (
        "import time\ndef f(x):\n    end = time.thread_time() + 0.25\n"
        "    while time.thread_time() < end: pass\n    return x\n"
    )
    assert alike(sandbox, asked, burning, remote=("f",), limits=Limits(cpu_s=0.3)) is None
    assert alike(sandbox, asked, burning, remote=("f",)) is not None


@pytest.mark.parametrize(
    ("code", "reference"),
    [
        ("import time\nassert f(1) == 1", "def f(x): return x"),
        ("assert f(lambda y: y + 1) == 2", "def f(call): return call(1)"),
        ("assert next(f(1)) == 1", "class It:\n    def __next__(self): return 1\ndef f(x): return It()"),
        ("assert f(1) == 2", "def f(x): return x"),
        ("assert callable(f)", "def f(x): return x"),
    ],
    ids=["clock", "callback", "object of the other side", "reference fails", "no call"],
)
def test_some_tests_have_no_transcript(sandbox, tmp_path, code, reference):
    assert transcript(sandbox, tmp_path, code, reference, ("f",)) is None


def test_judgements_are_those_of_the_test_itself(sandbox, tmp_path):
    task = Task(
        id="t/0",
        suite="t",
        statement="",
        entry="f",
        hidden_checks=(check_of(),),
        reference=REFERENCE,
        source="",
        licence="",
    )
    judge = Judge(sandbox, Rules(limits=LIMITS), BlobCache(tmp_path))
    plain = Judge(sandbox, Rules(limits=LIMITS), BlobCache(tmp_path))
    plain._transcript = lambda task, check: None
    for source, verdict in (
        (REFERENCE, Verdict.PASS),
        ("def f(s): return s + '?'\ndef g(xs): xs.sort()\n", Verdict.PASS),
        ("def f(s): return s\ndef g(xs): xs.sort()\n", Verdict.FAIL),
        ("def f(s): return s + '!'\ndef g(xs): pass\n", Verdict.FAIL),
    ):
        program = Program.from_source(source, entry="f")
        (quick,), (slow,) = judge.judge(task, program), plain.judge(task, program)
        same = ("verdict", "outcome", "cases", "evidence", "strength")
        assert [getattr(quick, name) for name in same] == [getattr(slow, name) for name in same]
        assert quick.verdict is verdict
        assert (quick.tester_cpu_s == 0) == (source == REFERENCE)
