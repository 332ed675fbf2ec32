"""CodeARC: a model solves hidden functions by asking, within budgets kept to the call, and sees nothing hidden."""

import dataclasses
from pathlib import Path

import pytest
from tests.systems.codearc_tasks import CANARY, tasks

from trialrun import evaluate
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.oracle import CALLS, CHECKS, TRIES, Answer, Check, Holds, Refused
from trialrun.core.task import Case
from trialrun.core.values import encode
from trialrun.generate.codearc import CodeArc
from trialrun.models.scripted import Scripted
from trialrun.models.wrap import Metered
from trialrun.tasks import registry


def code(text: str) -> str:
    return f"Let me see.\n```python\n{text}\n```\n"


def calls(*arguments: str, entry: str = "triple") -> str:
    return code("\n".join(f"print('Result {i}: ' + str({entry}({a})))" for i, a in enumerate(arguments, 1)))


RIGHT = code("def triple(x):\n    return x + x + x")
WRONG = code("def triple(x):\n    return 3 * x if x < 7 else 0")


class Table:
    """An oracle without a sandbox: it triples numbers, and says what it was asked."""

    def __init__(self, budget: Budget) -> None:
        self.budget, self.log, self.ended = budget, [], ""

    def recorded(self):
        return ()

    def query(self, cases):
        if not self.budget.spend(CALLS, len(cases)):
            return self.malformed("too many")
        self.log.append([case.args for case in cases])
        return tuple(Answer(Outcome.RETURNED, encode(3 * case.args[0])) for case in cases)

    def malformed(self, why):
        self.budget.spend(TRIES)
        self.log.append(why)
        self.ended = "" if self.budget.left(TRIES) else "no tries are left"
        return Refused(why)

    def check(self, program):
        self.budget.spend(CHECKS)
        self.log.append(program.source)
        right = "x + x" in program.source
        self.ended = (
            "a submission holds" if right else "" if self.budget.left(CHECKS) else "no checks are left"
        )
        if right:
            return Check(holds=Holds.EQUAL)
        case = Case(args=(7,))
        answer = Answer(Outcome.RETURNED, encode(21))
        return Check(
            holds=Holds.DIFFERENT, case=case, expected=answer, got=Answer(Outcome.RAISED, None, "KeyError")
        )


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    return tasks(tmp_path_factory.mktemp("data"))


def played(three, script, **limits):
    """Play the first task with scripted replies; return the oracle, what was asked of the model, and the programs."""
    budget = Budget(**{CALLS: 10, CHECKS: 2, TRIES: 2, **limits})
    oracle = Table(budget)
    model = Scripted(script)
    ctx = Context(model=Metered(model, budget), runner=None, budget=budget, oracle=oracle)  # type: ignore[arg-type]
    return oracle, model.requests, list(CodeArc().generate(three.tasks[0].public(), ctx))


def test_calls_are_answered_and_a_submission_ends_the_game(three):
    oracle, requests, (program,) = played(three, [calls("4", "-2"), RIGHT])
    assert oracle.log == [[(4,), (-2,)], "def triple(x):\n    return x + x + x\n"]
    first, second = (request.messages for request in requests)
    assert ">>> triple(5)\n15" in first[0].content and "Left: 10 calls, 2 checks, 2 tries" in first[0].content
    assert [message.role for message in second] == ["user", "assistant", "user"]
    assert (
        "triple(4) returns 12\ntriple(-2) returns -6" in second[2].content
        and "Left: 8 calls" in second[2].content
    )
    assert "x + x" in program.source and program.maker == "generate/codearc"


def test_a_counterexample_is_told_and_the_last_submission_counts(three):
    oracle, requests, (program,) = played(three, [WRONG, WRONG, RIGHT])
    assert len(requests) == 2 and oracle.ended == "no checks are left" and "else 0" in program.source
    told = requests[1].messages[-1].content
    assert "triple(7) returns 21; yours raises KeyError" in told and "1 checks" in told


@pytest.mark.parametrize(
    "reply",
    [
        "I do not know.",
        code("import os"),
        calls("4") + "and\n" + code("import os\nprint('Result 1: ' + str(triple(open('x'))))"),
        code("print('Result 1: ' + str(triple(2)[0]))"),
        calls("2", entry="other"),
        calls(*map(str, range(11))),
        code("def other(x): return 3 * x"),
        "",
    ],
)
def test_a_malformed_reply_costs_a_try_and_two_end_the_game(three, reply):
    oracle, requests, (program,) = played(three, lambda _request, _index: reply)
    assert len(requests) == 2 and oracle.ended == "no tries are left"
    assert (
        oracle.budget.spent() | {"tries": 2} == oracle.budget.spent() and CHECKS not in oracle.budget.spent()
    )
    assert not any(isinstance(entry, list) for entry in oracle.log) and program.source is not None


def test_what_was_submitted_counts_and_not_what_was_said_later(three):
    oracle, requests, (program,) = played(three, [WRONG, "I give up.", "Really."])
    assert len(requests) == 3 and oracle.ended == "no tries are left" and "else 0" in program.source


def test_calls_may_stand_without_a_block_and_stop_with_the_models_budget(three):
    plain = "print('Result 1: ' + str(triple(4)))"
    oracle, requests, programs = played(three, lambda _request, _index: plain, model_calls=3)
    assert len(requests) == 3 and oracle.log == [[(4,)]] * 3 and len(programs) == 1
    assert played(three, lambda _request, _index: plain, model_calls=0)[2] == []


# -- the whole of it: a task set, the sandbox, the metered service, the judge


def answer(request, _index):
    """Ask for two calls, then submit a wrong program, then the right one; the third function is not solved."""
    turn = sum(message.role == "assistant" for message in request.messages)
    text = request.messages[0].content
    name = next(name for name in ("triple", "keep_short", "grow") if f"define `{name}`" in text)
    script = {
        "triple": [calls("100", "-7"), WRONG, RIGHT],
        "keep_short": [code("def keep_short(a, b):\n    return [x for x in a if len(x) <= b]")],
        "grow": [calls("-1", "26", entry="grow"), "nothing", "nothing"],
    }
    return script[name][turn]


@pytest.fixture
def chosen(three, monkeypatch):
    monkeypatch.setattr(registry, "load", lambda name: three)


def test_eval_plays_judges_and_leaks_nothing(chosen, three, tmp_path: Path):
    model = Scripted(answer)
    run = evaluate("codearc", method=CodeArc(), model=model, output=tmp_path / "run")
    assert [record.verdict for record in run.records] == [Verdict.PASS, Verdict.PASS, Verdict.FAIL]
    assert [[one.check for one in record.judgements] for record in run.records] == [["equivalent"]] * 3
    assert (
        run.records[0].judgements[0].judge == "verify/equivalence" and run.records[0].judgements[0].cases > 50
    )
    turns = [sum(m.role == "assistant" for m in request.messages) for request in model.requests]
    assert sorted(turns) == [0, 0, 0, 1, 1, 2, 2] and run.summary.pass_at_1 == pytest.approx(2 / 3)
    assert "raises ValueError" in repr(model.requests) and CANARY not in repr(model.requests)
    for name in ("samples.jsonl", "programs.jsonl", "answers.sqlite", "config.toml"):
        assert CANARY.encode() not in (run.directory / name).read_bytes(), name
    assert CANARY not in repr([task.public() for task in three.tasks])
    again = Scripted([])
    (tmp_path / "run" / "samples.jsonl").unlink()
    resumed = evaluate("codearc", method=CodeArc(), model=again, output=tmp_path / "run", resume=True)
    assert not again.requests and [r.key for r in resumed.records] == [r.key for r in run.records]


def test_the_budgets_of_the_task_set_can_be_changed(chosen, tmp_path: Path):
    model = Scripted(answer)
    run = evaluate(
        "codearc", method=CodeArc(), model=model, output=tmp_path / "run", check_budget=1, task=("CodeARC/1",)
    )
    assert run.records[0].verdict is Verdict.FAIL and len(model.requests) == 2
    assert '"budget.checks" = 1.0' in (run.directory / "config.toml").read_text()
    with pytest.raises(UsageError, match="more than the budget allows"):
        evaluate("codearc", method=CodeArc(), model=model, output=tmp_path / "other", query_budget=3)


def test_only_what_is_equivalent_passes(chosen, three, tmp_path: Path):
    """A program that is right on the recorded calls and nowhere else is found out."""
    table = "def triple(x):\n    return {2: 6, 5: 15, 0: 0, -1: -3}[x]\n"
    samples = tmp_path / "samples"
    for task, source in zip(
        three.tasks, (table, "def keep_short(a, b): return 1 / 0", three.tasks[2].reference), strict=True
    ):
        (samples / task.id.replace("/", "_")).mkdir(parents=True)
        (samples / task.id.replace("/", "_") / "0.py").write_text(source)
    run = evaluate("codearc", samples=samples, output=tmp_path / "run")
    assert [record.verdict for record in run.records] == [Verdict.FAIL, Verdict.FAIL, Verdict.PASS]
    assert run.records[0].judgements[0].evidence[0].input


def test_a_hidden_function_that_does_not_load_is_unknown(three, tmp_path: Path, monkeypatch):
    source = "def other(x): return x\n"
    broken = dataclasses.replace(three.tasks[0], reference=source, public_checks=())
    monkeypatch.setattr(registry, "load", lambda name: dataclasses.replace(three, tasks=(broken,)))
    run = evaluate("codearc", method=CodeArc(), model=Scripted([RIGHT]), output=tmp_path / "run")
    (equivalent,) = run.records[0].judgements
    assert equivalent.verdict is Verdict.UNKNOWN and "does not define" in equivalent.evidence[0].message
