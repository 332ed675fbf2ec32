"""A run stopped by kill -9, Ctrl-C or a full disk keeps every finished record, and resumes to the same result."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

EVAL = [sys.executable, "-m", "trialrun", "eval", "humaneval", "--method", "reference"]
FILL_THE_DISK = """
import resource, sys
from trialrun.cli import execute
from trialrun.store.run_dir import RunDirectory

append = RunDirectory.append

def append_until_full(self, record):
    if len(self.records) == 40:
        size = (self.path / "records.jsonl").stat().st_size + 100
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    append(self, record)

RunDirectory.append = append_until_full
sys.exit(execute(sys.argv[1:]))
"""


def evaluate(output: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    command = [*EVAL, "--output", str(output), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def begin(output: Path) -> "subprocess.Popen[str]":
    command = [*EVAL, "--output", str(output), "--resume"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_records(output: Path, process: "subprocess.Popen[str]", count: int) -> None:
    """Return once at least `count` records are written (or the process has ended)."""
    records = output / "records.jsonl"
    while process.poll() is None:
        if records.exists() and records.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.005)


def verdicts(output: Path) -> dict[str, tuple[str, str, bool]]:
    """Return what must not depend on interruptions, by key; fail on a repeated key."""
    records = [json.loads(line) for line in (output / "records.jsonl").read_text().splitlines()]
    found = {record["key"]: (record["task_id"], record["verdict"], record["weak"]) for record in records}
    assert len(found) == len(records)
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str, bool]]:
    output = tmp_path_factory.mktemp("undisturbed") / "run"
    done = evaluate(output)
    assert done.returncode == 0, done.stderr
    return verdicts(output)


def test_kill_9_loses_nothing_and_repeats_nothing(
    tmp_path: Path, undisturbed: dict[str, tuple[str, str, bool]]
) -> None:
    output = tmp_path / "run"
    rng = random.Random(9)
    finished: set[str] = set()
    for _ in range(5):
        process = begin(output)
        wait_for_records(output, process, len(finished) + rng.randrange(1, 25))
        time.sleep(rng.random() * 0.02)
        process.kill()
        process.communicate()
        written = (output / "records.jsonl").read_text().split("\n")[:-1]
        keys = {json.loads(line)["key"] for line in written}
        assert finished <= keys
        finished = keys
    done = evaluate(output, "--resume")
    assert done.returncode == 0, done.stderr
    assert verdicts(output) == undisturbed


def test_ctrl_c_exits_130_and_says_how_to_go_on(
    tmp_path: Path, undisturbed: dict[str, tuple[str, str, bool]]
) -> None:
    output = tmp_path / "run"
    process = begin(output)
    wait_for_records(output, process, 5)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert errors.endswith("error: interrupted\n") and f"--resume --output {output}" in errors
    assert "Traceback" not in errors
    assert evaluate(output, "--resume").returncode == 0
    assert verdicts(output) == undisturbed


def test_a_full_disk_exits_3_and_loses_nothing(
    tmp_path: Path, undisturbed: dict[str, tuple[str, str, bool]]
) -> None:
    """The file-size limit stands for the disk: the kernel refuses the same write in the same way."""
    output = tmp_path / "run"
    command = [sys.executable, "-c", FILL_THE_DISK, *EVAL[3:], "--output", str(output), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    document = json.loads(done.stdout)
    assert document["kind"] == "store" and "--resume" in document["error"]
    assert (output / "records.jsonl").read_bytes().endswith(b"}\n")
    kept = verdicts(output)
    assert len(kept) >= 40 and kept.items() <= undisturbed.items()
    assert evaluate(output, "--resume").returncode == 0
    assert verdicts(output) == undisturbed
