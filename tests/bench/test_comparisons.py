"""The comparisons that benchmarks rest on can fail."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from bench import humaneval_cpu, kill_resume, load
from trialrun.core.errors import Missing

pytestmark = pytest.mark.fast


def record(key: str, **changes: object) -> dict[str, object]:
    judgement = {"check": "tests", "verdict": "pass", "outcome": "returned", "cases": 3, "cpu_s": 0.1}
    base: dict[str, object] = {
        "key": key, "task_id": key.upper(), "sample": 0, "verdict": "pass", "outcome": "returned", "weak": False,
        "unscored": None, "judgements": [judgement], "cpu_s": 0.1, "wall_s": 0.2,
    }  # fmt: skip
    return base | changes


def write(run: Path, *records: dict[str, object]) -> Path:
    run.mkdir()
    (run / "records.jsonl").write_text("".join(json.dumps(line) + "\n" for line in records), encoding="utf-8")
    return run


def test_records_that_differ_in_cost_alone_are_equal(tmp_path: Path) -> None:
    one = write(tmp_path / "one", record("a"), record("b"))
    other = write(tmp_path / "other", record("b", wall_s=9.0), record("a", cpu_s=5.0))
    assert kill_resume.compare(one, other) == []


def test_lost_repeated_and_changed_records_are_named(tmp_path: Path) -> None:
    one = write(tmp_path / "one", record("a"), record("b"), record("c"))
    other = write(tmp_path / "other", record("a"), record("a"), record("b", verdict="fail"))
    lines = kill_resume.compare(one, other)
    assert len(lines) == 3
    assert any("key a stands there twice" in line for line in lines)
    assert any("record b differs" in line for line in lines)
    assert any("record c only in the undisturbed run" in line for line in lines)


def test_moments_are_those_of_the_seed_and_in_order() -> None:
    moments = kill_resume.draw_moments(20, 974, 3)
    assert moments == kill_resume.draw_moments(20, 974, 3) != kill_resume.draw_moments(20, 974, 4)
    levels = [moment.records for moment in moments if moment.records]
    assert levels == sorted(levels) and len(levels) == 15


def test_a_survivor_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kill_resume, "GRACE_S", 0.5)
    inner = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('records.jsonl', 'w').write('started\\n')\n"
        "child.wait()\n"
    )
    command: list[str | Path] = [sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r})\n{inner}"]
    stopped = kill_resume.stop(command, tmp_path, kill_resume.Moment(1, 0.0), signal.SIGKILL)
    (survivor,) = stopped.survivors
    pid = int(survivor.split()[0])
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert stopped.processes == 1 and stopped.status == -signal.SIGKILL


def test_who_leaves_nothing_has_no_survivors(tmp_path: Path) -> None:
    command: list[str | Path] = [sys.executable, "-c", "import time; time.sleep(60)"]
    stopped = kill_resume.stop(command, tmp_path, kill_resume.Moment(0, 0.1), signal.SIGKILL)
    assert stopped.survivors == ()


def test_a_changed_verdict_or_count_is_a_difference(tmp_path: Path) -> None:
    runs = [
        load.read_verdicts(write(tmp_path / name, line) / "records.jsonl")
        for name, line in (
            ("one", record("a")),
            ("two", record("a", wall_s=7.0)),
            ("three", record("a", weak=True)),
        )
    ]
    assert load.differences(runs[:2]) == []
    assert len(load.differences(runs)) == 1


@pytest.mark.parametrize("apart", [False, True])
def test_busy_loops_end(apart: bool) -> None:
    with load.busy_loops(2, apart=apart) as pids:
        assert all(Path(f"/proc/{pid}").exists() for pid in pids)
        assert {os.getsid(pid) for pid in pids} == (set(pids) if apart else {os.getsid(0)})
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_samples_of_a_task_are_distinct(tmp_path: Path) -> None:
    try:
        count = humaneval_cpu.write_samples(tmp_path / "samples.jsonl", 3)
    except Missing as missing:
        pytest.skip(missing.what.splitlines()[0])
    lines = (tmp_path / "samples.jsonl").read_text("utf-8").splitlines()
    assert count == len(lines) == len(set(lines)) == 164 * 3
