"""Pairing somebody's verdicts with ours, and the reason of each flip, with programs that are really run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Judgement, Strength, Verdict, Visibility
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.measure.flip_reasons import Explainer
from trialrun.measure.flips import Flip, Reason, pair, tally
from trialrun.measure.peers import PEERS
from trialrun.run.sandbox import Sandbox
from trialrun.tasks.attempts import Attempt, Form
from trialrun.tasks.results import Results, Stated, StatedCheck
from trialrun.verify.tests import Judge, Rules

RIGHT = "def double(x):\n    return 2 * x\n"
TASK = Task(
    id="HumanEval/7",
    suite="humaneval+",
    statement="",
    entry="double",
    reference=RIGHT,
    hidden_checks=(
        CaseCheck(name="base", cases=(Case(args=(1,)), Case(args=(2,))), expected=(2, 4)),
        CaseCheck(name="plus", cases=(Case(args=(3,)), Case(args=(4.5,))), expected=(6, 9.0)),
    ),
)


def stated(
    base: str, plus: str | None, source: str | None, *, failing: object = None, sample: int = 0
) -> Stated:
    said = {"base": base, "plus": plus}
    checks = tuple(
        StatedCheck(
            name=name,
            verdict=Verdict.PASS if word == "pass" else Verdict.FAIL,
            said=word,
            failing=() if failing is None or word == "pass" else (failing,),
        )
        for name, word in said.items()
        if word is not None
    )
    attempt = None if source is None else Attempt("", TASK.id, source, Form.WHOLE)
    return Stated(task=TASK.id, sample=sample, checks=checks, attempt=attempt)


def results(*items: Stated, format: str = "evalplus") -> Results:
    return Results(format=format, grader="x", stated=items, suite="humaneval+", data="their data")


def record(
    source: str, base: Verdict, plus: Verdict, *, sample: int = 0, unscored: str | None = None
) -> Record:
    verdicts = {"base": base, "plus": plus}
    judgements = tuple(
        Judgement(
            check=name, verdict=verdict, outcome=Outcome.RETURNED, strength=Strength.STRONG,
            visibility=Visibility.HIDDEN, judge="", cases=1,
        )
        for name, verdict in verdicts.items()
    )  # fmt: skip
    return Record(
        key=f"{sample}", task_id=TASK.id, sample=sample, program=program(source).id,
        verdict=Verdict.PASS if base is plus is Verdict.PASS else Verdict.FAIL, outcome=Outcome.RETURNED, weak=False,
        unscored=unscored, judgements=judgements, cpu_s=0.0, wall_s=0.0, tier="", version="",
    )  # fmt: skip


def program(source: str) -> Program:
    return Program.from_source(source, entry=TASK.entry)


P, F = Verdict.PASS, Verdict.FAIL


# -- pairing


@pytest.mark.fast
def test_verdicts_follow_their_programs() -> None:
    """EvalPlus lists samples in the order of the file; somebody's file may not."""
    mine = [record("a", P, P), record("b", F, F, sample=1), record("c", P, P, sample=2)]
    theirs = results(
        stated("fail", "fail", "b"),
        stated("pass", "pass", "a", sample=1),
        stated("pass", "pass", "x", sample=2),
    )
    found = pair(mine, theirs, [TASK], {})
    assert [(one.record.sample, one.stated.sample, one.old) for one in found.pairings] == [
        (0, 1, P),
        (1, 0, F),
    ]
    assert found.left_out == {"without the same program in the results": 1, "in the results only": 1}


@pytest.mark.fast
def test_without_programs_position_decides() -> None:
    mine = [record("a", P, P), record("b", F, F, sample=1)]
    theirs = results(stated("pass", None, None), stated("pass", None, None, sample=1))
    found = pair(mine, theirs, [TASK], {})
    assert [(one.record.sample, one.stated.sample) for one in found.pairings] == [(0, 0), (1, 1)]
    assert [[check.name for check, _, _ in one.verdicts()] for one in found.pairings] == [["base"], ["base"]]


@pytest.mark.fast
def test_equal_programs_are_paired_one_to_one() -> None:
    mine = [record("a", P, P, sample=n) for n in range(3)]
    theirs = results(*(stated("pass", "pass", "a", sample=n) for n in range(2)))
    found = pair(mine, theirs, [TASK], {})
    assert [one.stated.sample for one in found.pairings] == [0, 1]
    assert found.left_out == {"without the same program in the results": 1}


@pytest.mark.fast
def test_of_equal_programs_the_one_at_the_same_place_is_meant() -> None:
    theirs = results(stated("fail", "fail", "a"), stated("pass", "pass", "a", sample=1))
    (found,) = pair([record("a", P, P, sample=1)], theirs, [TASK], {}).pairings
    assert (found.stated.sample, found.old) == (1, P)


@pytest.mark.fast
def test_only_the_checks_that_they_ran_are_run(tmp_path: Path) -> None:
    from trialrun.cli.regrade import Request, _config

    request = Request(against=tmp_path)
    for plus, expected in ((None, True), ("fail", False)):
        config = _config(tmp_path, request, "humaneval+", tmp_path, results(stated("pass", plus, "a")))
        assert config.base_only is expected


@pytest.mark.fast
def test_what_cannot_be_compared_is_counted() -> None:
    other = replace(stated("pass", "pass", "a"), task="HumanEval/9")
    bare = replace(stated("pass", "pass", "b"), checks=())
    theirs = results(other, bare, stated("pass", "pass", "c"))
    found = pair([record("c", F, F, unscored="broken")], theirs, [TASK], {})
    assert found.pairings == ()
    assert sorted(found.left_out.items()) == [
        ("of tasks that are not in the task set", 1),
        ("unscored here", 1),
        ("without a verdict in the results", 1),
    ]


@pytest.mark.fast
def test_counts(tmp_path: Path) -> None:
    mine = [record("a", P, P), record("b", P, F, sample=1)]
    theirs = results(stated("fail", "pass", "a"), stated("fail", "fail", "b", sample=1))
    paired = pair(mine, theirs, [TASK], {})
    flips = [
        Flip(task_id=TASK.id, sample=n, check="base", old="fail", new="pass", reason=Reason.OTHER, why="")
        for n in range(2)
    ]
    found = tally(paired, flips, theirs, tasks="humaneval+", run=tmp_path)
    assert (found.samples, found.compared, found.agree, found.flipped_samples) == (2, 4, 2, 1)
    assert (found.old_pass_rate, found.new_pass_rate, found.reasons) == (0.0, 0.5, {"other": 2})


# -- reasons


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as made:
        yield made


def explained(
    sandbox: Sandbox,
    source: str,
    base: str,
    plus: str,
    *,
    failing: object = None,
    limits: Limits | None = None,
    same_data: bool | None = True,
    format: str = "evalplus",
    task: Task = TASK,
) -> dict[str, Flip]:
    """Judge a program as `eval` does, pair it with a stated verdict, and explain what flips."""
    rules = Rules(limits=limits or Limits())
    made = Program.from_source(source, entry=task.entry)
    judgements = Judge(sandbox, rules).judge(task, made)
    whole = P if all(judgement.verdict is P for judgement in judgements) else F
    mine = msgspec_replace(record(source, P, P), task, made, judgements, whole)
    theirs = results(replace(stated(base, plus, source, failing=failing), task=task.id), format=format)
    paired = pair([mine], theirs, [task], {made.id: made})
    explainer = Explainer(sandbox, rules, theirs, same_data=same_data)
    return {flip.check: flip for flip in explainer.flips(paired, lambda task, sample: f"r#{task}-{sample}")}


def msgspec_replace(
    old: Record, task: Task, made: Program, judgements: tuple[Judgement, ...], verdict: Verdict
) -> Record:
    import msgspec

    return msgspec.structs.replace(
        old,
        task_id=task.id,
        program=made.id,
        judgements=judgements,
        verdict=verdict,
        outcome=judgements[-1].outcome,
    )


BUSY = """
import time
def double(x):
    end = time.process_time() + {seconds}
    while x == {on} and time.process_time() < end:
        pass
    return 2 * x
"""


def test_no_flip_where_verdicts_agree(sandbox: Sandbox) -> None:
    assert explained(sandbox, RIGHT, "pass", "pass") == {}
    assert explained(sandbox, "def double(x): return x", "fail", "fail") == {}


def test_their_limit_is_the_cost_of_the_input_they_name(sandbox: Sandbox) -> None:
    found = explained(sandbox, BUSY.format(seconds=0.5, on=4.5), "pass", "fail", failing=[4.5])
    assert found["plus"].reason is Reason.THEIR_LIMIT
    assert "input 1 takes 0.5" in found["plus"].why and "after 1.00 s" in found["plus"].why
    assert found["plus"].link == "r#HumanEval/7-0"


def test_a_cheap_input_is_not_their_limit(sandbox: Sandbox) -> None:
    found = explained(sandbox, RIGHT, "pass", "fail", failing=[4.5])
    assert found["plus"].reason is Reason.OTHER
    assert "on input 1, which they name, it is right" in found["plus"].why


def test_their_word_timeout(sandbox: Sandbox) -> None:
    assert explained(sandbox, RIGHT, "timeout", "pass")["base"].reason is Reason.THEIR_LIMIT
    assert (
        explained(sandbox, RIGHT, "timed out", "pass", format="human-eval")["base"].reason
        is Reason.THEIR_LIMIT
    )


def test_our_limit(sandbox: Sandbox) -> None:
    busy = BUSY.format(seconds=30, on=2)
    found = explained(sandbox, busy, "pass", "pass", limits=Limits(cpu_s=0.3))
    assert found.keys() == {"base"} and found["base"].reason is Reason.OUR_LIMIT
    assert found["base"].new == "fail (timeout)" and "0.3 s of CPU" in found["base"].why


def test_forged(sandbox: Sandbox) -> None:
    lie = "class Any:\n    def __eq__(self, other): return True\ndef double(x): return Any()\n"
    found = explained(sandbox, lie, "pass", "pass")
    assert {flip.reason for flip in found.values()} == {Reason.FORGED}
    assert "class Any with its own __eq__" in found["base"].why


def test_an_honest_wrong_program_is_not_called_forged(sandbox: Sandbox) -> None:
    found = explained(sandbox, "def double(x): return x + 1\n", "pass", "pass")
    assert found["plus"].reason is Reason.OTHER
    assert "expected 6, got 4" in found["plus"].why


def test_nondeterminism(sandbox: Sandbox) -> None:
    coin = "import random\ndef double(x): return 2 * x if random.random() < 0.5 else None\n"
    for word in ("pass", "fail"):
        found = explained(sandbox, coin, word, word)
        assert {flip.reason for flip in found.values()} <= {Reason.NONDETERMINISM}


def test_their_guard(sandbox: Sandbox) -> None:
    here = f"import os\n{RIGHT}    os.getcwd()\n".replace(
        "return 2 * x\n    os.getcwd()", "os.getcwd(); return 2 * x"
    )
    found = explained(sandbox, here, "fail", "fail", failing=[1])
    assert found["base"].reason is Reason.THEIR_GUARD and "os.getcwd" in found["base"].why
    said = "failed: 'NoneType' object is not callable"
    assert explained(sandbox, RIGHT, said, "pass", format="human-eval")["base"].reason is Reason.THEIR_GUARD


def test_data_version(sandbox: Sandbox) -> None:
    found = explained(sandbox, RIGHT, "pass", "fail", failing=["an input that is not ours"])
    assert found["plus"].reason is Reason.DATA_VERSION and "none of our 2" in found["plus"].why
    found = explained(sandbox, "def double(x): return x\n", "pass", "pass", same_data=False)
    assert found["plus"].reason is Reason.DATA_VERSION and "their data" in found["plus"].why
    assert explained(sandbox, RIGHT, "fail", "pass", same_data=False)["base"].reason is Reason.DATA_VERSION


def test_their_defect_needs_a_pass_here(sandbox: Sandbox) -> None:
    checks = tuple(
        replace(check, oracle=None) for check in TASK.hidden_checks if isinstance(check, CaseCheck)
    )
    find_zero = replace(TASK, id="HumanEval/32", entry="find_zero", hidden_checks=checks)
    right = RIGHT.replace("double", "find_zero")
    found = explained(sandbox, right, "fail", "pass", task=find_zero)
    assert found["base"].reason is Reason.THEIR_DEFECT
    wrong = explained(sandbox, "def find_zero(x): return x\n", "fail", "pass", task=find_zero)
    assert wrong["plus"].reason is Reason.OTHER


@pytest.mark.fast
def test_a_helper_defined_anew_is_their_defect_only_then() -> None:
    task = replace(TASK, id="HumanEval/38", prefix="def encode_cyclic(s): ...\n\ndef decode_cyclic(s):\n")
    check = StatedCheck(name="all", verdict=F, said="failed: ")
    defect = PEERS["human-eval"].defect
    assert defect(task, check, task.prefix + "    return s\n") is None
    assert "encode_cyclic" in (
        defect(task, check, task.prefix + "    pass\ndef encode_cyclic(s): return s\n") or ""
    )


# -- the command, on the starter set


def lines(path: Path, *rows: object) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from trialrun.cli import execute
    from trialrun.tasks import registry

    first, second = registry.load("starter").tasks[:2]
    rows = [
        {
            "task_id": first.id,
            "solution": first.reference,
            "passed": False,
            "result": "failed: \x1b[31m[red]",
        },
        {"task_id": second.id, "solution": second.reference, "passed": True, "result": "passed"},
    ]
    file = lines(tmp_path / "x_results.jsonl", *rows)
    run = str(tmp_path / "run")
    assert execute(["regrade", file, "--against", file, "--output", run, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((tmp_path / "run" / "regrade.json").read_text())
    assert (document["tasks"], document["samples"], document["agree"]) == ("starter", 2, 1)
    (flip,) = document["flips"]
    assert (flip["task_id"], flip["check"], flip["new"], flip["reason"]) == (first.id, "all", "pass", "other")
    assert flip["link"].endswith(f"run/report.html#{first.id}-0")
    again = ["regrade", file, "--against", file, "--output", run, "--resume", "--fail-on-flip"]
    assert execute(again) == 1
    shown = capsys.readouterr().out
    assert "\x1b" not in shown and "[red]" in shown
    # a run directory of ours is somebody's verdicts too
    assert (
        execute(["regrade", file, "--against", run, "--output", str(tmp_path / "two"), "--fail-on-flip"]) == 0
    )
    assert "0 flip" in capsys.readouterr().out


@pytest.mark.fast
@pytest.mark.parametrize(
    ("results_text", "more", "expected"),
    [
        ('{"task_id": "x/1", "completion": "", "passed": true}', [], "say --tasks"),
        ('{"task_id": "1", "completion": ""}', [], "lacks `passed`"),
        ('{"task_id": "1", "passed": true}', ["--tasks", "startr"], "did you mean 'starter'"),
        (
            '{"task_id": "1", "passed": true}',
            ["--tasks", "starter", "--results-format", "x"],
            "no results format",
        ),
    ],
)
def test_usage_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], results_text: str, more: list[str], expected: str
) -> None:
    from trialrun.cli import execute

    samples = lines(tmp_path / "samples.jsonl", {"task_id": "1", "solution": "x"})
    (tmp_path / "old.jsonl").write_text(results_text)
    arguments = [
        "regrade",
        samples,
        "--against",
        str(tmp_path / "old.jsonl"),
        "--output",
        str(tmp_path / "run"),
    ]
    assert execute([*arguments, *more]) == 2
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.fast
def test_a_broken_log_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from trialrun.cli import execute

    broken = tmp_path / "x.eval"
    broken.write_bytes(b"PK\x03\x04 and no more")
    assert execute(["eval", "starter", "--samples", str(broken), "--output", str(tmp_path / "run")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "broken .eval log" in line and str(broken) in line
    assert execute(["regrade", str(broken), "--against", str(broken), "--tasks", "starter"]) == 2
