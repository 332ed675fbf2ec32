"""Programs made by a method: kept, never paid for twice, the same whether disturbed or not."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from trialrun import evaluate
from trialrun.cli import execute
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.execution import Outcome
from trialrun.core.method import Generator, method
from trialrun.core.program import Program
from trialrun.core.task import Case, PublicTask
from trialrun.flow import EvalConfig, Run
from trialrun.generate.vanilla import Vanilla
from trialrun.lang.answer import program_from
from trialrun.models.prompt import chat
from trialrun.models.protocol import ModelError, Request
from trialrun.models.replay import Replay
from trialrun.models.scripted import Scripted
from trialrun.tasks.registry import load

TASKS = load("starter").tasks
LIMIT = 6


def answer(request: Request, index: int) -> str:
    """Give the task set's own solution for even samples, none for odd ones."""
    text = request.messages[-1].content
    task = next(task for task in TASKS if task.statement.strip() in text)
    return f"Sure:\n```python\n{task.reference}```" if index % 2 == 0 else "I cannot."


def made(output: Path, model: object, **settings: object) -> Run:
    asked = {"method": Vanilla(n=2, temperature=0.5), "limit": LIMIT, **settings}
    return evaluate("starter", model=model, output=output, **asked)


def verdicts(run: Run) -> list[tuple[str, int, str, str, str]]:
    return [(r.task_id, r.sample, r.program, str(r.verdict), r.method) for r in run.records]


def test_programs_are_made_judged_and_kept(tmp_path: Path) -> None:
    model = Scripted(answer)
    run = made(tmp_path / "run", model)
    assert [record.sample for record in run.records] == [0, 1] * LIMIT
    assert [str(record.verdict) for record in run.records] == ["pass", "fail"] * LIMIT
    assert run.summary.pass_at_1 == 0.5 and run.summary.usage is not None
    assert (run.summary.usage.calls, run.summary.usage.model) == (LIMIT, "scripted")
    assert run.summary.usage.output_tokens > 0 and len(model.requests) == LIMIT
    rows = [json.loads(line) for line in (run.directory / "samples.jsonl").read_text().splitlines()]
    assert len(rows) == 2 * LIMIT and {row["method"] for row in rows} == {run.records[0].method}
    keys = {request.key("scripted") for request in model.requests}
    assert {key for row in rows for key in row["requests"]} == keys
    assert {row["program"] for row in rows} == {record.program for record in run.records}
    config = (run.directory / "config.toml").read_text()
    assert 'method = "generate/vanilla"' in config and '"method.temperature" = 0.5' in config


def test_a_finished_run_asks_nothing_again(tmp_path: Path) -> None:
    first = made(tmp_path / "run", Scripted(answer))
    silent = Scripted([])
    again = made(tmp_path / "run", silent, resume=True)
    assert again.records == first.records and again.summary.usage == first.summary.usage
    assert not silent.requests
    larger = Scripted(answer)
    more = made(tmp_path / "run", larger, resume=True, limit=LIMIT + 2)
    assert len(more.records) == 2 * (LIMIT + 2) and len(larger.requests) == 2


def test_a_torn_samples_file_is_made_whole_from_the_kept_answers(tmp_path: Path) -> None:
    first = made(tmp_path / "run", Scripted(answer))
    path = tmp_path / "run" / "samples.jsonl"
    whole = path.read_bytes()
    for cut in (len(whole) - 1, len(whole) - 400, len(whole) // 2, 5, 0):
        path.write_bytes(whole[:cut])
        silent = Scripted([])
        again = made(tmp_path / "run", silent, resume=True)
        assert again.records == first.records and not silent.requests
        assert again.summary.usage == first.summary.usage
        assert sorted(path.read_bytes().splitlines()) == sorted(whole.splitlines())


def test_lost_programs_are_made_again(tmp_path: Path) -> None:
    first = made(tmp_path / "run", Scripted(answer))
    (tmp_path / "run" / "programs.jsonl").unlink()
    assert made(tmp_path / "run", Scripted([]), resume=True).records == first.records


def test_a_recorded_run_replays_without_the_model(tmp_path: Path) -> None:
    first = made(tmp_path / "run", Scripted(answer))
    replay = Replay(tmp_path / "run" / "answers.sqlite")
    again = made(tmp_path / "again", replay)
    assert verdicts(again) == verdicts(first)
    assert [record.key for record in again.records] == [record.key for record in first.records]
    assert replay.misses == 0


def test_its_samples_can_be_judged_like_any_others(tmp_path: Path) -> None:
    first = made(tmp_path / "run", Scripted(answer))
    path = tmp_path / "run" / "samples.jsonl"
    again = evaluate("starter", samples=path, limit=LIMIT, output=tmp_path / "again")
    assert [r.verdict for r in again.records] == [r.verdict for r in first.records]


def test_other_settings_are_another_run(tmp_path: Path) -> None:
    made(tmp_path / "run", Scripted(answer))
    for settings, name in (
        ({"method": Vanilla(n=3, temperature=0.5)}, "method.n"),
        ({"call_budget": 3}, "budget.model_calls"),
        ({"seed": 1}, "seed"),
    ):
        with pytest.raises(UsageError, match=f"{name} was"):
            made(tmp_path / "run", Scripted(answer), resume=True, **settings)
    with pytest.raises(UsageError, match="model was"):
        made(tmp_path / "run", Scripted(answer, id="another"), resume=True)


def test_a_model_that_fails_stops_the_run_and_nothing_is_lost(tmp_path: Path) -> None:
    calls = threading.Semaphore(3)

    def failing(request: Request, index: int) -> str:
        if index == 0 and not calls.acquire(blocking=False):
            raise ModelError("the server went away", transient=True)
        return answer(request, index)

    model = Scripted(failing, max_in_flight=1)
    with pytest.raises(ModelError, match="went away"):
        made(tmp_path / "run", model)
    rest = Scripted(answer)
    run = made(tmp_path / "run", rest, resume=True)
    assert len(run.records) == 2 * LIMIT and len(rest.requests) == LIMIT - 3


def test_one_task_that_cannot_be_asked_is_unscored_and_tried_again(tmp_path: Path) -> None:
    def too_long(request: Request, index: int) -> str:
        if TASKS[2].statement.strip() in request.messages[0].content:
            raise ModelError("the prompt has 9,000 tokens, the model takes 8,192")
        return answer(request, index)

    run = made(tmp_path / "run", Scripted(too_long, max_in_flight=1))
    (unscored,) = run.summary.unscored.samples
    assert unscored.task_id == TASKS[2].id and "9,000 tokens" in unscored.reason
    assert run.summary.samples == 2 * (LIMIT - 1)
    better = Scripted(answer)
    again = made(tmp_path / "run", better, resume=True)
    assert again.summary.unscored.count == 0 and len(better.requests) == 1


def test_a_model_that_never_answers_is_an_error_not_a_score(tmp_path: Path) -> None:
    def refuse(_request: Request, _index: int) -> str:
        raise ModelError("401: the key is not accepted")

    with pytest.raises(ModelError, match="401"):
        made(tmp_path / "run", Scripted(refuse))


def test_a_budget_of_calls_is_per_task(tmp_path: Path) -> None:
    model = Scripted(answer)
    run = made(tmp_path / "run", model, method=Asking(), call_budget=2)
    assert len(model.requests) == 2 * LIMIT and run.summary.usage is not None
    assert run.summary.usage.calls == 2 * LIMIT


@method(title="Asking on")
@dataclass(frozen=True, slots=True, kw_only=True)
class Asking(Generator):
    """Ask ten times, one sample each; for these tests."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield what comes."""
        assert type(task) is PublicTask, "a method sees the public view only"
        for number in range(10):
            request = Request(messages=chat(task, f"Try {number}."), seed=ctx.seed)
            for text in ctx.model.complete(request).texts:
                program = program_from(text, task, maker=self.declared.id)
                assert ctx.runner.check(program)[0].visibility == "public"
                yield program


@method(title="Choosy")
@dataclass(frozen=True, slots=True, kw_only=True)
class Choosy(Generator):
    """Ask once and give nothing but answers with code; for these tests."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield at most one program."""
        (text,) = ctx.model.complete(Request(messages=chat(task, "Try."))).texts
        if "def " in text:
            yield program_from(text, task, maker=self.declared.id)


def test_a_task_that_a_method_gives_no_program_for_is_failed_and_paid(tmp_path: Path) -> None:
    first = TASKS[0].statement.strip()

    def choosy(request: Request, index: int) -> str:
        return answer(request, 0) if first in (request.messages[-1].content) else "I had rather not."

    model = Scripted(choosy)
    run = made(tmp_path / "run", model, method=Choosy())
    assert [str(record.verdict) for record in run.records] == ["pass"] + ["fail"] * (LIMIT - 1)
    assert run.summary.pass_at_1 == 1 / LIMIT and run.summary.samples == LIMIT
    assert run.summary.outcomes == {"no program": LIMIT - 1, "passed": 1}
    assert run.summary.usage is not None and run.summary.usage.calls == LIMIT == len(model.requests)
    assert not run.summary.without_samples and run.summary.unscored.count == 0
    silent = Scripted([])
    again = made(tmp_path / "run", silent, method=Choosy(), resume=True)
    assert again.records == run.records and not silent.requests
    # Judged as anybody's samples the verdicts are the same.
    judged = evaluate(
        "starter", samples=tmp_path / "run" / "samples.jsonl", limit=LIMIT, output=tmp_path / "judged"
    )
    assert [str(record.verdict) for record in judged.records] == [
        str(record.verdict) for record in run.records
    ]
    assert (
        execute(["export", str(tmp_path / "run"), str(tmp_path / "results.jsonl"), "--format", "human-eval"])
        == 0
    )
    rows = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [row["passed"] for row in rows] == [True] + [False] * (LIMIT - 1)
    assert execute(["view", str(tmp_path / "run"), "--output", str(tmp_path / "report.html")]) == 0


@method(title="Checking")
@dataclass(frozen=True, slots=True, kw_only=True)
class Checking(Generator):
    """Write what the public checks say into the program; for these tests."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield one program, with a comment."""
        (text,) = ctx.model.complete(Request(prompt="x")).texts
        found = ctx.runner.check(program_from(text, task, maker=self.declared.id))
        said = [(judgement.check, str(judgement.verdict), str(judgement.visibility)) for judgement in found]
        spent = ctx.budget.spent()["cpu_s"]
        (done,) = ctx.runner.run(program_from(text, task, maker=self.declared.id), [Case()])
        assert done.outcome is Outcome.RETURNED and ctx.budget.spent()["cpu_s"] > spent > 0
        yield program_from(f"{text}\n# {said}\n", task, maker=self.declared.id)


def test_a_method_has_programs_checked_by_public_checks_alone(tmp_path: Path) -> None:
    row = {
        "id": "Own/1",
        "entry": "f",
        "context": "ONE = 1\n",
        "public_tests": "assert f() == ONE\n",
        "tests": "assert f() == 2\n",
    }
    tasks = tmp_path / "own.jsonl"
    tasks.write_text(json.dumps(row) + "\n")
    model = Scripted(["def f():\n    return 1\n"])
    run = evaluate(str(tasks), method=Checking(), model=model, output=tmp_path / "run")
    assert str(run.records[0].verdict) == "fail"
    (line,) = (run.directory / "samples.jsonl").read_text().splitlines()
    assert "[('public_tests', 'pass', 'public')]" in json.loads(line)["solution"]


def test_bugs_of_a_method_propagate(tmp_path: Path) -> None:
    @method(title="Broken")
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Broken(Generator):
        """Has a bug; for these tests."""

        def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
            raise ZeroDivisionError(task.id)

    with pytest.raises(ZeroDivisionError):
        made(tmp_path / "run", Scripted(answer), method=Broken())


SLOW = """
import sys, time
from pathlib import Path
sys.path.insert(0, {folder!r})
import importlib.util
spec = importlib.util.spec_from_file_location("making", {test!r})
making = importlib.util.module_from_spec(spec); sys.modules["making"] = making; spec.loader.exec_module(making)
from trialrun.models.scripted import Scripted
log = Path({log!r})

def slow(request, index):
    time.sleep(0.05)
    if index == 0:
        with log.open("a") as file:
            file.write(request.key("scripted") + "\\n")
    return making.answer(request, index)

making.made(Path(sys.argv[1]), Scripted(slow, max_in_flight=2), limit=None, resume=True)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_interrupted_again_and_again_it_asks_nothing_twice(tmp_path: Path, number: int) -> None:
    """What was under way when the process died may be asked again; what was answered may not."""
    log, output = tmp_path / "log", tmp_path / "run"
    script = tmp_path / "slow.py"
    folder = str(Path(__file__).parent)
    script.write_text(SLOW.format(folder=folder, test=__file__, log=str(log)))
    command = [sys.executable, str(script), str(output)]
    for wanted in (3, 9):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and (not log.exists() or len(log.read_text().splitlines()) < wanted):
            time.sleep(0.01)
        process.send_signal(number)
        process.communicate(timeout=60)
        assert process.returncode != 0
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    asked = log.read_text().splitlines()
    assert len(set(asked)) == len(TASKS) and len(asked) <= len(TASKS) + 2 * 2, (
        "two in flight, two interruptions"
    )
    undisturbed = made(tmp_path / "whole", Scripted(answer), limit=None)
    records = [json.loads(line) for line in (output / "records.jsonl").read_text().splitlines()]
    assert {record["key"] for record in records} == {record.key for record in undisturbed.records}
    assert len(records) == len(undisturbed.records)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--method", "vanila", "--model", "local"], "did you mean 'vanilla'"),
        (["--method", "vanilla"], "--model"),
        (["--method", "vanilla", "--model", "lokal"], "local"),
        (["--method", "vanilla", "--model", "replay:absent.sqlite"], "absent.sqlite"),
        (["--method", "vanilla", "--model", "local", "--n", "0"], "n is 0"),
        (["--method", "vanilla", "--model", "local", "--n", "two"], "--n"),
        (["--method", "vanilla", "--model", "local", "--temperature", "-1"], "temperature is -1"),
        (["--method", "vanilla", "--model", "local", "--tempratur", "1"], "Did you mean --temperature?"),
        (["--method", "vanilla", "--model", "local", "--call-budget", "0"], "at least 1"),
        (["--method", "vanilla", "--samples", "x", "--model", "local"], "--samples"),
        (["--method", "reference", "--model", "local"], "--model"),
        (["--samples", "x", "--n", "3"], "--n"),
    ],
)
def test_usage_errors(
    arguments: list[str],
    expected: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(["eval", "starter", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and expected in line
    assert not list(tmp_path.iterdir()), "a run that cannot begin leaves nothing"


def test_the_command_line_runs_a_method(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([f"```python\n{task.reference}```" for task in TASKS[:1]] * 2))
    monkeypatch.setitem(os.environ, "XDG_CACHE_HOME", str(tmp_path / "cache"))
    command = ["eval", "starter", "--method", "vanilla", "--model", f"scripted:{script}", "--n", "2"]
    command += ["--chat", "--max-tokens", "500", "--temperature", "0.2", "--task", TASKS[0].id, "--json"]
    assert execute([*command, "--output", str(tmp_path / "run")]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["pass@1"], document["samples"], document["usage"]["calls"]) == (1.0, 2, 1)
    config = (tmp_path / "run" / "config.toml").read_text()
    assert '"method.raw" = false' in config and '"method.temperature" = 0.2' in config


@pytest.mark.fast
def test_where_tells_module_test_and_flags(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["where", "vanilla", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["source"] == "src/trialrun/generate/vanilla.py" and "--temperature" in found["settings"]
    assert execute(["where"]) == 0 and "generate/vanilla" in capsys.readouterr().out
    assert execute(["where", "vanila"]) == 2
    capsys.readouterr()
    assert execute(["where", "traced", "--json"]) == 0
    system = json.loads(capsys.readouterr().out)
    assert system["modules"]["observe/quantise.py"] is True and system["paper"] == "arXiv:2306.07487"
    assert execute(["where", "TRACED"]) == 0 and "(planned)" in capsys.readouterr().out


@pytest.mark.fast
def test_a_config_names_its_method_or_holds_it() -> None:
    assert EvalConfig(tasks="starter", method="vanilla").method == "vanilla"
    with pytest.raises(UsageError, match="no method"):
        evaluate("starter", method="vanill", model=Scripted([]))
