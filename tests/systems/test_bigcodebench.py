"""BigCodeBench: its environment is built, the published solutions pass, again and again, and wrong ones do not."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

from trialrun.core.errors import Missing
from trialrun.core.judgement import Verdict
from trialrun.flow import evaluate
from trialrun.run import environments
from trialrun.tasks import needs, registry
from trialrun.tasks.bigcodebench import NETWORK

SLOW = "BigCodeBench/0"
"""Tries 3.6 million permutations: judged once, not three times."""
STRONG = {"BigCodeBench/1", "BigCodeBench/100"}


@pytest.fixture(scope="module")
def python() -> str:
    """Build the environment of the sample, or skip with the reason."""
    try:
        task_set = registry.load("bigcodebench-sample")
        made = environments.make(needs.requirements(task_set), task_set.python or "", tell=lambda text: None)
    except Missing as missing:
        pytest.skip(missing.what.splitlines()[0])
    return made.path


def verdicts(where: Path, **settings: object) -> dict[str, tuple[str, str, bool]]:
    """Return verdict, outcome and weakness by task."""
    done = evaluate("bigcodebench-sample", output=where, **settings)
    assert done.summary.unscored.count == 0
    return {record.task_id: (record.verdict, record.outcome, record.weak) for record in done.records}


@pytest.mark.data
def test_the_solutions_pass_three_times_over(python: str, tmp_path: Path) -> None:
    every = [task.id for task in registry.load("bigcodebench-sample").tasks]
    quick = tuple(name for name in every if name != SLOW)
    runs = [
        verdicts(tmp_path / str(number), method="reference", task=quick if number else tuple(every))
        for number in range(3)
    ]
    slow = runs[0].pop(SLOW)
    assert slow[0] == Verdict.PASS
    assert runs[0] == runs[1] == runs[2]
    failing = {name for name, (verdict, _, _) in runs[0].items() if verdict != Verdict.PASS}
    assert failing == NETWORK, "a failure that no missing network explains"
    strong = {name for name, (_, _, weak) in runs[0].items() if not weak}
    assert strong == STRONG


@pytest.mark.data
def test_stubs_and_programs_of_other_tasks_fail(python: str, tmp_path: Path) -> None:
    tasks = registry.load("bigcodebench-sample").tasks
    lines = []
    for place, task in enumerate(tasks):
        others = [other for other in (tasks[place - 1], tasks[place - 2]) if other.id != SLOW]
        for source in (f"{task.prefix}    return None\n", f"{others[0].reference}"):
            lines.append({"task_id": task.id, "solution": source})
    file = tmp_path / "samples.jsonl"
    file.write_bytes(b"\n".join(msgspec.json.encode(line) for line in lines))
    done = evaluate("bigcodebench-sample", samples=file, output=tmp_path / "run")
    assert {record.verdict for record in done.records} == {Verdict.FAIL}
    assert len(done.records) == 2 * len(tasks)
    for record in done.records:
        (judgement,) = record.judgements
        expected = next(t for t in tasks if t.id == record.task_id).hidden_checks[0].expected
        assert {test.name for test in judgement.tests} >= set(expected)


@pytest.mark.data
def test_the_environment_is_in_the_records(python: str, tmp_path: Path) -> None:
    evaluate("bigcodebench-sample", method="reference", output=tmp_path / "run", task=("BigCodeBench/100",))
    verdict = tomllib.loads((tmp_path / "run" / "config.toml").read_text())["verdict"]
    assert re.fullmatch(r"3\.10\.\d+\+[0-9a-f]{12}", verdict["python"])
    evaluate("bigcodebench-sample", method="reference", output=tmp_path / "bare", task=("BigCodeBench/1009",))
    verdict = tomllib.loads((tmp_path / "bare" / "config.toml").read_text())["verdict"]
    assert re.fullmatch(r"3\.10\.\d+", verdict["python"]), "no library, and still the version of the tasks"


@pytest.mark.data
def test_the_command_prints_the_weak_share(python: str, tmp_path: Path) -> None:
    asked = ["eval", "bigcodebench-sample", "--method", "reference", "--task", "1", "--task", "1009"]
    command = [sys.executable, "-m", "trialrun", *asked]
    done = subprocess.run(
        [*command, "--output", str(tmp_path / "run")], capture_output=True, text=True, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    assert "1 (50.0%)" in done.stdout and "BigCodeBench/1009" in done.stdout
