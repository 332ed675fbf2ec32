"""Whole programs judged by what they print and write."""

import pytest

from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Strength, Verdict
from trialrun.core.program import Program
from trialrun.core.task import Case, Output, ProgramCheck, Task
from trialrun.run.channel import Channel
from trialrun.run.reference import ReferenceFailed
from trialrun.store.cache import BlobCache
from trialrun.verify.programs import same_text
from trialrun.verify.tests import Judge, Rules, Unscored

LIMITS = Limits(cpu_s=1.0, wall_s=5.0, memory_mb=512)
DOUBLE = ProgramCheck(
    name="cases",
    cases=(Case(stdin="1\n"), Case(stdin="21\n")),
    expected=(Output(stdout=b"2\n"), Output(stdout=b"42\n")),
)
REVERSE = ProgramCheck(
    name="cases",
    cases=(
        Case(argv=("in.txt",), files=(("in.txt", b"ab\n"),)),
        Case(argv=("x/in",), files=(("x/in", b"c"),)),
    ),
    expected=(Output(files=(("out.txt", b"ba\n"),)), Output(files=(("out.txt", b"c\n"),), stdout=b"")),
)
RIGHT = "import sys\nopen('out.txt', 'w').write(open(sys.argv[1]).read().strip()[::-1])\n"


def judge(sandbox, tmp_path, check, source, reference=None, **rules):
    task = Task(id="T/0", suite="t", statement="", entry=None, hidden_checks=(check,), reference=reference)
    (judgement,) = Judge(sandbox, Rules(limits=LIMITS, **rules), BlobCache(tmp_path)).judge(
        task, Program.from_source(source)
    )
    return judgement


def test_what_is_printed_decides(sandbox, tmp_path):
    good = judge(sandbox, tmp_path, DOUBLE, "print(int(input()) * 2)")
    assert (good.verdict, good.strength, good.cases) == (Verdict.PASS, Strength.STRONG, 2)
    assert good.cpu_s > 0 and good.peak_mb > 1
    bad = judge(sandbox, tmp_path, DOUBLE, "print(int(input()) + 1)")
    assert (bad.verdict, bad.outcome, bad.cases) == (Verdict.FAIL, Outcome.RETURNED, 2)
    (shown,) = bad.evidence
    assert (shown.case, shown.input, shown.expected, shown.got) == (
        1,
        r"stdin '21\n'",
        "line 1: '42'",
        "line 1: '22'",
    )


def test_what_is_written_decides(sandbox, tmp_path):
    assert judge(sandbox, tmp_path, REVERSE, RIGHT).verdict is Verdict.PASS
    strict = judge(sandbox, tmp_path, REVERSE, RIGHT, comparator="strict")
    assert strict.verdict is Verdict.FAIL and strict.evidence[0].expected == "out.txt, line 2: ''"
    assert strict.evidence[0].got == "out.txt, line 2: the end"
    absent = judge(sandbox, tmp_path, REVERSE, "print()")
    assert absent.verdict is Verdict.FAIL and absent.evidence[0].got == "no such file"
    loud = judge(sandbox, tmp_path, REVERSE, RIGHT + "print('done')")
    assert (loud.verdict, loud.evidence[0].case) == (Verdict.FAIL, 1)


def test_files_that_are_no_text_are_compared_byte_by_byte(sandbox, tmp_path):
    check = ProgramCheck(
        name="cases", cases=(Case(stdin=""),), expected=(Output(files=(("b", b"\xff \n"),)),)
    )
    right = r"open('b', 'wb').write(b'\xff \n')"
    assert judge(sandbox, tmp_path, check, right).verdict is Verdict.PASS
    assert judge(sandbox, tmp_path, check, right.replace(r" \n", r"\n")).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("got", "expected", "contest", "exactly"),
    [
        (b"1\n", b"1\n", True, True),
        (b"1", b"1\n\n", True, False),
        (b"1 \t\r\n2", b"1\n2\n", True, False),
        (b" 1\n", b"1\n", False, False),
        (b"1\n\n2\n", b"1\n2\n", False, False),
        (b"\n1\n", b"1\n", False, False),
        (b"", b"\n", True, False),
        (b"1 2\n", b"1  2\n", False, False),
    ],
)
def test_the_contest_rule(got, expected, contest, exactly):
    assert same_text(got, expected, "upstream") is contest
    assert same_text(got, expected, "strict") is exactly


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        ("os._exit(0)", Outcome.EXITED),
        ("sys.exit(1)", Outcome.EXITED),
        ("1/0", Outcome.RAISED),
        ("while True: pass", Outcome.TIMEOUT),
    ],
)
def test_the_right_output_without_completion_is_a_fail(sandbox, tmp_path, ending, outcome):
    source = f"import os, sys\nprint(int(input()) * 2, flush=True)\n{ending}"
    judgement = judge(sandbox, tmp_path, DOUBLE, source)
    assert (judgement.verdict, judgement.outcome) == (Verdict.FAIL, outcome)


def test_no_case_sees_what_another_left(sandbox, tmp_path):
    source = "import os\nassert not os.listdir()\nopen('left', 'w').close()\nprint(int(input()) * 2)"
    assert judge(sandbox, tmp_path, DOUBLE, source).verdict is Verdict.PASS


def test_expected_output_of_the_reference(sandbox, tmp_path):
    check = ProgramCheck(name="cases", cases=DOUBLE.cases)
    reference = "print(int(input()) * 2)"
    good = judge(sandbox, tmp_path, check, "n = int(input()); print(n + n)", reference)
    assert good.verdict is Verdict.PASS and len(list(tmp_path.rglob("blobs/*/*"))) == 1
    assert judge(sandbox, tmp_path, check, "print(2)", reference).verdict is Verdict.FAIL
    with pytest.raises(ReferenceFailed, match="exited on case 0"):
        judge(sandbox, tmp_path, check, "print(2)", "print(2)\nimport os; os._exit(0)")
    with pytest.raises(Unscored, match="neither expected values nor a reference"):
        judge(sandbox, tmp_path, check, "print(2)")


def test_no_expected_output_is_sent_to_a_job(sandbox, tmp_path, monkeypatch):
    sent = []
    original = Channel.send
    monkeypatch.setattr(Channel, "send", lambda self, *frame: sent.append(frame[2]) or original(self, *frame))
    secret = b"canary 8c1f"
    check = ProgramCheck(
        name="cases", cases=(Case(stdin="open"),), expected=(Output(stdout=secret, files=(("o", secret),)),)
    )
    assert judge(sandbox, tmp_path, check, "print(input())").verdict is Verdict.FAIL
    assert sent and not any(secret in body for body in sent)


def test_an_expected_output_past_the_limit_is_not_the_programs_fault(sandbox, tmp_path):
    check = ProgramCheck(name="c", cases=(Case(stdin=""),), expected=(Output(stdout=b"x" * (1 << 20)),))
    with pytest.raises(UsageError, match="--output-limit"):
        judge(sandbox, tmp_path, check, "print()")


@pytest.mark.parametrize(
    ("share", "verdict", "alone"), [(0.3, "pass", 0), (0.85, "pass", 2), (1.15, "fail", 2)]
)
def test_runs_near_the_cpu_limit_are_confirmed_alone(sandbox, tmp_path, monkeypatch, share, verdict, alone):
    runs = []
    original = Judge._alone
    monkeypatch.setattr(Judge, "_alone", lambda self, *args: runs.append(1) or original(self, *args))
    source = f"import time\nwhile time.process_time() < {share}: pass\nprint(int(input()) * 2)"
    judgement = judge(sandbox, tmp_path, DOUBLE, source)
    assert (judgement.verdict, len(runs)) == (verdict, alone)


def test_shuffled_runs_name_their_case(sandbox, tmp_path):
    judgements = [
        judge(sandbox, tmp_path, DOUBLE, "input(); print(0)", shuffle=seed).evidence[0] for seed in range(6)
    ]
    assert {shown.case for shown in judgements} == {0, 1}
    assert all((shown.expected == "line 1: '42'") is (shown.case == 1) for shown in judgements)
