"""Verdicts: what passes, what fails, what is weak, what is nobody's fault."""

import os
import select
import signal
from pathlib import Path

import pytest

from trialrun.core.errors import SandboxError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Strength, Verdict
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, CaseCheck, Task
from trialrun.run.reference import ReferenceFailed
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import BlobCache
from trialrun.verify import tests
from trialrun.verify.tests import Judge, Rules, Unscored

LIMITS = Limits(cpu_s=1.0, wall_s=5.0, memory_mb=512)


def judge(sandbox, tmp_path, check, source, *, reference=None, context="", **rules):
    task = Task(
        id="T/0",
        suite="t",
        statement="",
        entry="f",
        context=context,
        hidden_checks=(check,),
        reference=reference,
    )
    made = Judge(sandbox, Rules(limits=LIMITS, **rules), BlobCache(tmp_path))
    (judgement,) = made.judge(task, Program.from_source(source, entry="f"))
    return judgement


def cases(*inputs, **more):
    return CaseCheck(name="base", cases=tuple(Case(args=args) for args in inputs), **more)


ASSERTS = AssertCheck(name="tests", code="assert f(2) == 4\nassert f(3) == 9", remote=("f",))
LOOP = AssertCheck(name="tests", code="for x in (2, 3):\n    assert f(x) == x * x", remote=("f",))


def test_plain_cases_against_the_reference(sandbox, tmp_path):
    check = cases((1,), (2,), (3,))
    reference = "def f(x): return x * x"
    good = judge(sandbox, tmp_path, check, "def f(x): return x ** 2", reference=reference)
    assert (good.verdict, good.strength, good.cases) == (Verdict.PASS, Strength.STRONG, 3)
    bad = judge(sandbox, tmp_path, check, "def f(x): return x if x < 2 else 4", reference=reference)
    assert (bad.verdict, bad.outcome, bad.cases) == (Verdict.FAIL, Outcome.RETURNED, 3)
    (evidence,) = bad.evidence
    assert (evidence.case, evidence.input, evidence.expected, evidence.got) == (2, "(3,)", "9", "4")


LARGE = "def f(x): return [x / 3 + i for i in range(20_000)]"


@pytest.fixture
def recalls(monkeypatch):
    """The calls with which a reference had to run again."""
    made, recalled = [], tests.recalled

    def counted(sandbox, program, call, expected):
        made.append(call)
        return recalled(sandbox, program, call, expected)

    monkeypatch.setattr(tests, "recalled", counted)
    return made


def test_of_large_expected_values_the_digest_decides(sandbox, tmp_path, recalls):
    check = cases((1,), (2,), (3,))
    for _ in range(2):  # the second finds them in the cache
        assert judge(sandbox, tmp_path, check, LARGE, reference=LARGE).verdict is Verdict.PASS
    assert not recalls and sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()) < 2000


def test_another_large_value_is_compared_with_what_the_reference_gives_again(sandbox, tmp_path, recalls):
    check = cases((1,), (2,), (3,))
    close = LARGE.replace("x / 3", "x / 3 + (x == 2) * 1e-9")
    assert judge(sandbox, tmp_path, check, close, reference=LARGE).verdict is Verdict.PASS
    assert len(recalls) == 1
    wrong = judge(sandbox, tmp_path, check, LARGE.replace("x / 3", "x / 3 + (x == 2)"), reference=LARGE)
    (evidence,) = wrong.evidence
    assert wrong.verdict is Verdict.FAIL and evidence.case == 1 and len(recalls) == 2
    assert evidence.expected.startswith("[0.666") and evidence.got.startswith("[1.666")


def test_a_reference_that_gives_another_large_value_decides_nothing(sandbox, tmp_path):
    unsteady = "import time\n" + LARGE.replace("x / 3", "time.time() + x / 3")
    with pytest.raises(ReferenceFailed, match="again"):
        judge(sandbox, tmp_path, cases((1,)), LARGE, reference=unsteady)


def test_a_named_oracle_has_large_values_at_hand(sandbox, tmp_path, recalls):
    check = cases((1,), (2,), oracle="set-equal")
    other_order = LARGE.replace("range(20_000)", "reversed(range(20_000))")
    assert judge(sandbox, tmp_path, check, other_order, reference=LARGE).verdict is Verdict.PASS
    assert not recalls


def test_a_wrong_answer_is_found_in_whatever_order(sandbox, tmp_path):
    check = cases(*[(n,) for n in range(300)])
    reference = "def f(x): return x * x"
    for seed in (None, 1, 2):
        good = judge(sandbox, tmp_path, check, "def f(x): return x ** 2", reference=reference, shuffle=seed)
        assert (good.verdict, good.cases) == (Verdict.PASS, 300)
        source = "def f(x): return x * x + (x == 270)"
        bad = judge(sandbox, tmp_path, check, source, reference=reference, shuffle=seed)
        assert (bad.verdict, bad.evidence[0].case, bad.evidence[0].got) == (Verdict.FAIL, 270, "72901")
        assert bad.cases == 271 if seed is None else 1 <= bad.cases <= 300


def test_expected_values_that_are_given(sandbox, tmp_path):
    check = cases((1,), expected=([1, 2],))
    assert judge(sandbox, tmp_path, check, "def f(x): return [1, 2]").verdict is Verdict.PASS
    assert judge(sandbox, tmp_path, check, "def f(x): return (1, 2)").verdict is Verdict.FAIL


def test_the_comparator_decides(sandbox, tmp_path):
    check = cases((1,), expected=(1,))
    source = "def f(x): return True"
    assert judge(sandbox, tmp_path, check, source, comparator="upstream").verdict is Verdict.PASS
    assert judge(sandbox, tmp_path, check, source, comparator="strict").verdict is Verdict.FAIL


def test_an_exception_of_the_reference_is_the_expected_outcome(sandbox, tmp_path):
    check, reference = cases((1,)), "def f(x): raise ValueError('a')"
    verdicts = {
        body: judge(sandbox, tmp_path, check, f"def f(x): {body}", reference=reference).verdict
        for body in ("raise ValueError('b')", "raise KeyError('a')", "return None")
    }
    assert list(verdicts.values()) == [Verdict.PASS, Verdict.FAIL, Verdict.FAIL]


def test_a_reference_that_does_not_answer_is_the_tasks_fault(sandbox, tmp_path):
    with pytest.raises(ReferenceFailed):
        judge(
            sandbox, tmp_path, cases((1,)), "def f(x): return 1", reference="import os\ndef f(x): os._exit(0)"
        )


def test_answers_too_large_for_the_reference_are_left_out(sandbox, tmp_path):
    deep = "v = []\n    for _ in range(2000 if x == 1 else 0): v = [v]\n"
    reference = f"def f(x):\n    {deep}    return v or x"
    same = judge(sandbox, tmp_path, cases((1,), (2,)), "def f(x): return x", reference=reference)
    assert (same.verdict, same.cases) == (Verdict.PASS, 1)
    other = judge(sandbox, tmp_path, cases((1,), (2,)), "def f(x): return 1", reference=reference)
    assert other.verdict is Verdict.FAIL and other.evidence[0].case == 1


def test_references_are_run_once_and_kept(sandbox, tmp_path):
    check, reference = cases((1,), (2,)), "def f(x): return x"
    judge(sandbox, tmp_path, check, reference, reference=reference)
    kept = list(Path(tmp_path).rglob("*"))
    files = [place for place in kept if place.is_file()]
    assert len(files) == 1
    files[0].write_bytes(files[0].read_bytes()[:-1] + b"?")  # damaged: computed again, not believed
    assert judge(sandbox, tmp_path, check, reference, reference=reference).verdict is Verdict.PASS


@pytest.mark.parametrize(("check", "line"), [(ASSERTS, "assert f(3) == 9"), (LOOP, "assert f(x) == x * x")])
def test_test_code(sandbox, tmp_path, check, line):
    good = judge(sandbox, tmp_path, check, "def f(x): return x * x")
    assert (good.verdict, good.strength, good.cases) == (Verdict.PASS, Strength.STRONG, 2)
    assert (good.tester_cpu_s > 0) is (check is LOOP)
    bad = judge(sandbox, tmp_path, check, "def f(x): return 4")
    assert (bad.verdict, bad.outcome, bad.cases) == (Verdict.FAIL, Outcome.RETURNED, 2)
    assert bad.evidence[0].expected == line and bad.evidence[0].got.startswith("4")


@pytest.mark.parametrize(
    ("test", "right", "wrong"),
    [
        ("assert abs(f(1) - 0.3) < 1e-6", ["0.1 + 0.2", "0.3"], ["0.31", "'0.3'", "None", "[0.3]"]),
        (
            "assert f(1)",
            ["1", "[0]", "'a'", "__import__('re').match('a', 'a')"],
            ["0", "[]", "''", "None", "{}"],
        ),
        (
            "assert not f(1)",
            ["0", "[]", "''", "None", "{}"],
            ["1", "[0]", "__import__('re').match('a', 'a')"],
        ),
        ("assert f(1) == True", ["True", "1", "1.0"], ["2", "'True'", "None"]),
        (
            "assert f(1) == {'a': [1]}",
            ["{'a': [1]}", "__import__('collections').OrderedDict(a=[1])"],
            ["{'a': (1,)}"],
        ),
        (
            "assert f(1) == (1, 2)",
            ["(1, 2)", "__import__('collections').namedtuple('P', 'x y')(1, 2)"],
            ["[1, 2]"],
        ),
    ],
)
def test_reading_a_test_as_data_and_running_it_agree(sandbox, tmp_path, test, right, wrong):
    read = AssertCheck(name="tests", code=test, remote=("f",))
    run = AssertCheck(name="tests", code=f"for _ in [0]:\n    {test}", remote=("f",))
    for value in right + wrong:
        source = f"def f(x): return {value}"
        verdicts = {judge(sandbox, tmp_path, check, source).verdict for check in (read, run)}
        assert verdicts == {Verdict.PASS if value in right else Verdict.FAIL}, value


def test_a_test_that_calls_nothing_proves_nothing(sandbox, tmp_path):
    check = AssertCheck(name="tests", code="assert True", remote=("f",))
    assert judge(sandbox, tmp_path, check, "def f(x): return 1").verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("source", ["def f(x): return 1", "def f(x", "import os; os._exit(0)"])
def test_no_case_at_all_proves_nothing(sandbox, tmp_path, source):
    assert judge(sandbox, tmp_path, cases(expected=()), source).verdict is Verdict.UNKNOWN


def test_same_process_verdicts_are_weak(sandbox, tmp_path):
    check = AssertCheck(name="tests", code="assert f(P()) == 1", remote=("f",), same_process="needs class P")
    good = judge(sandbox, tmp_path, check, "class P: pass\ndef f(p): return 1")
    assert (good.verdict, good.strength) == (Verdict.PASS, Strength.WEAK)
    assert judge(sandbox, tmp_path, check, "class P: pass\ndef f(p): return 2").verdict is Verdict.FAIL


def test_a_tester_that_breaks_twice_is_the_programs_outcome(sandbox, tmp_path):
    # The value makes the test run for ever; only the program chose it.
    check = AssertCheck(name="tests", code="x = f(1)\nwhile x: x += 1", remote=("f",))
    bad = judge(sandbox, tmp_path, check, "def f(x): return 1")
    assert (bad.verdict, bad.outcome) == (Verdict.FAIL, Outcome.TIMEOUT)


class Killing(Sandbox):
    """A machine on which zygotes die as soon as they have started a job, `deaths` times."""

    deaths = 0

    def job(self, *args, **kwargs):
        made = super().job(*args, **kwargs)
        if Killing.deaths > 0:
            Killing.deaths -= 1
            recipe = self._recipe(tester=kwargs.get("tester", False))
            zygote = self._pools._pools[recipe].members[0].zygote
            os.kill(zygote._process.pid, signal.SIGKILL)
            gone = select.poll()
            gone.register(zygote._control, 0)
            assert gone.poll(30_000), "the zygote outlived its guard"
        return made


def test_a_dying_zygote_never_becomes_the_programs_failure(tmp_path, monkeypatch):
    monkeypatch.setattr("trialrun.verify.tests.Sandbox", Killing)
    for check in (ASSERTS, LOOP):
        Killing.deaths = 1
        with Killing() as sandbox:
            assert judge(sandbox, tmp_path, check, "def f(x): return x * x").verdict is Verdict.PASS


def test_a_machine_that_keeps_failing_gives_no_verdict(tmp_path, monkeypatch):
    monkeypatch.setattr("trialrun.verify.tests.Sandbox", Killing)
    Killing.deaths = 10**6
    try:
        with Killing() as sandbox, pytest.raises((Unscored, SandboxError)) as refused:
            judge(sandbox, tmp_path, ASSERTS, "def f(x): return x * x")
        assert "control program" in str(refused.value)
    finally:
        Killing.deaths = 0


BURN = """
import time
def f(x):
    end = time.process_time() + {}
    while time.process_time() < end: pass
    return x * x
"""


@pytest.mark.parametrize("check", [ASSERTS, LOOP])
@pytest.mark.parametrize(
    ("share", "verdict", "alone"), [(0.3, "pass", 0), (0.85, "pass", 2), (1.15, "fail", 2), (2, "fail", 0)]
)
def test_cases_near_the_cpu_limit_are_confirmed_alone(
    sandbox, tmp_path, monkeypatch, check, share, verdict, alone
):
    runs = []
    original = Judge._alone
    monkeypatch.setattr(Judge, "_alone", lambda self, *args: runs.append(1) or original(self, *args))
    judgement = judge(sandbox, tmp_path, check, BURN.format(share * LIMITS.cpu_s))
    assert (judgement.verdict, len(runs)) == (verdict, alone)
    assert judgement.outcome is (Outcome.RETURNED if verdict == "pass" else Outcome.TIMEOUT)


def test_what_wavers_is_unknown(sandbox, tmp_path, monkeypatch):
    shares = iter([0.8, 1.2])
    original = Judge._alone

    def alone(self, task, check, program):
        slower = Program.from_source(BURN.format(next(shares) * LIMITS.cpu_s), entry="f")
        return original(self, task, check, slower)

    monkeypatch.setattr(Judge, "_alone", alone)
    judgement = judge(sandbox, tmp_path, ASSERTS, BURN.format(0.9 * LIMITS.cpu_s))
    assert (judgement.verdict, judgement.outcome) == (Verdict.UNKNOWN, Outcome.TIMEOUT)
    assert "wavers" in judgement.evidence[0].message


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("True", Verdict.PASS),
        ("1", Verdict.FAIL),
        ("1.0", Verdict.FAIL),
        ("[1]", Verdict.FAIL),
        ("None", Verdict.FAIL),
    ],
)
def test_identity_is_not_equality(sandbox, tmp_path, answer, verdict):
    check = AssertCheck(name="tests", code="assert f(1) is True, f(2)", remote=("f",))
    assert judge(sandbox, tmp_path, check, f"def f(x): return {answer}").verdict is verdict
