"""`trialrun run --partial`: exit codes, text and JSON, and Ctrl-C."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trialrun.cli import execute

Output = pytest.CaptureFixture[str]


def write(tmp_path: Path, source: str) -> str:
    path = tmp_path / "snippet.py"
    path.write_text(source)
    return str(path)


def test_text_says_what_ran_what_was_invented_and_what_remains(tmp_path: Path, capsys: Output) -> None:
    source = "import lib\nx = lib.load(path)\nif x.ok:\n    print(', '.join(x.names))\nint('x')\nprint(1)\n"
    assert execute(["run", "--partial", write(tmp_path, source)]) == 1
    told = capsys.readouterr()
    assert "ran 4 of 6 statements: lines 1-4" in told.out and "not run: lines 5-6" in told.out
    assert "lib (line 1: No module named 'lib')" in told.out and "path: universal (line 2" in told.out
    assert "line 5: ValueError: invalid literal" in told.out
    assert "weak" in told.err


def test_json_is_one_document(tmp_path: Path, capsys: Output) -> None:
    assert execute(["run", "--partial", write(tmp_path, "for x in xs:\n    print(x + 1)\n"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == "returned" and told["lines"] == [1, 2] and told["missed"] == []
    assert told["coverage"] == {"first": 1.0, "best": 1.0, "union": 1.0} and told["weak"] is True
    assert {value["origin"]: value["uses"] for value in told["values"]}["xs"] == ["iter"]


def test_what_is_no_program_is_a_syntax_outcome(tmp_path: Path, capsys: Output) -> None:
    assert execute(["run", "--partial", write(tmp_path, "print 'x'\n"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == "syntax" and "Python 2" in told["message"]


def test_flags_that_do_not_go_together(tmp_path: Path, capsys: Output) -> None:
    path = write(tmp_path, "x")
    assert execute(["run", "--partial", path, "--call", "f()"]) == 2
    assert execute(["run", "--partial", path, path]) == 2


def test_hostile_text_does_not_reach_the_terminal(tmp_path: Path, capsys: Output) -> None:
    source = "print('\\x1b[2J')\nx['\\x1b[31m']\nraise ValueError('\\x1b]0;t\\x07')\n"
    execute(["run", "--partial", write(tmp_path, source)])
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err


def test_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    endless = "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n"
    command = [
        sys.executable,
        "-m",
        "trialrun",
        "run",
        "--partial",
        write(tmp_path, endless),
        "--cpu-limit",
        "60",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    below: list[int] = []
    while process.poll() is None and not any(
        map(children_of, below)
    ):  # a zygote has jobs, other children have none
        below = children_of(process.pid)
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130 and told.strip() == "error: interrupted"
    assert not [pid for pid in below if Path(f"/proc/{pid}").exists()]


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started; none where it is gone."""
    try:
        places = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for place in places for child in (place / "children").read_text().split()]
    except OSError:
        return []
