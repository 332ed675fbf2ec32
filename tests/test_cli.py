"""The command line: exit codes, one-line errors, one JSON document, and nothing hostile on the terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trialrun import cli
from trialrun.cli import execute
from trialrun.cli.flags import limit_flag
from trialrun.core.errors import BoundaryError, Missing, SandboxError, StoreError, UsageError

Output = pytest.CaptureFixture[str]


def lines_of_error(capsys: Output) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.mark.fast
def test_help_and_version(capsys: Output) -> None:
    assert execute(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in ("eval", "run", "list", "data", "doctor"))
    assert execute(["--version"]) == 0
    assert capsys.readouterr().out.startswith("trialrun 0.")


@pytest.mark.fast
def test_list_as_json_is_one_document(capsys: Output) -> None:
    assert execute(["list", "--json"]) == 0
    sets = json.loads(capsys.readouterr().out)
    assert {"humaneval", "mbpp", "starter"} <= {found["name"] for found in sets}
    assert execute(["list"]) == 0
    assert "humaneval" in capsys.readouterr().out


@pytest.mark.fast
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["evl"], 'Did you mean "eval"?'),
        (["data", "get", "humanevl"], "did you mean 'humaneval'"),
        (["data", "get"], "requires an argument"),
        (["list", "--jsn"], "Did you mean --json?"),
    ],
)
def test_what_is_misspelt_is_a_usage_error(arguments: list[str], expected: str, capsys: Output) -> None:
    assert execute(arguments) == 2
    (line,) = lines_of_error(capsys)
    assert line.startswith("error: ") and expected in line


@pytest.mark.fast
@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (UsageError("no"), 2, "usage"),
        (Missing("gcc", "apt-get install gcc"), 2, "missing"),
        (BoundaryError("no"), 3, "boundary"),
        (SandboxError("no"), 3, "sandbox"),
        (StoreError("no"), 3, "store"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_every_error_has_its_code_and_kind(
    error: BaseException, code: int, kind: str, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    assert execute(["list", "--json"]) == code
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert document.keys() == {"error", "kind"} and document["kind"] == kind
    assert captured.err == f"error: {document['error']}\n"
    if kind == "missing":
        assert document["error"] == "gcc; to get it: apt-get install gcc"


@pytest.mark.fast
def test_bugs_propagate(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(ZeroDivisionError):
        execute(["list"])


@pytest.mark.fast
def test_hostile_text_in_an_error_is_escaped(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise UsageError("no task '\x1b]0;owned\x07[red]\u202e\ud800'\nand more")

    monkeypatch.setattr(cli, "app", fail)
    assert execute(["list"]) == 2
    (line,) = lines_of_error(capsys)
    assert line.isprintable() and "[red]" in line and "\\x1b" in line and line.endswith("and more")


@pytest.mark.fast
def test_a_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "trialrun", "list", "--json"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.fast
@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"]])
def test_a_full_disk_is_one_line(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "trialrun", *arguments]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "error: cannot write: No space left on device\n")


@pytest.mark.fast
@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["nothing"]])
def test_closed_streams_are_no_bug(arguments: list[str]) -> None:
    command = f'exec "$0" -m trialrun {" ".join(arguments)} >&-'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable], stderr=subprocess.PIPE, text=True, check=False
    )
    assert done.returncode == (2 if arguments == ["nothing"] else 0) and "Traceback" not in done.stderr


@pytest.mark.fast
def test_limits_are_named_after_what_they_limit() -> None:
    names = [limit_flag(name) for name in ("cpu_s", "wall_s", "memory_mb", "output_kb", "calls", "processes")]
    expected = ["cpu-limit", "wall-limit", "memory-limit", "output-limit", "call-limit", "processes"]
    assert names == expected


@pytest.mark.fast
def test_the_flags_of_eval_are_its_declarations(capsys: Output) -> None:
    assert execute(["eval", "--help"]) == 0
    shown = capsys.readouterr().out
    flags = (
        "method samples k limit task base-only comparator cpu-limit memory-limit workers seed output resume"
    )
    for flag in [*flags.split(), "allow-partial", "fail-under", "json", "unsafe"]:
        assert f"--{flag}" in shown, flag


@pytest.mark.fast
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["eval", "humanevl", "--method", "reference"], "did you mean 'humaneval'"),
        (["eval", "starter"], "--samples"),
        (["eval", "starter", "--method", "reference", "--samples", "x.jsonl"], "--samples"),
        (["eval", "starter", "--samples", "absent.jsonl"], "absent.jsonl"),
        (["eval", "starter", "--method", "referense"], "reference"),
        (["eval", "starter", "--method", "reference", "--comparator", "strikt"], "strict"),
        (["eval", "starter", "--method", "reference", "--fail-under", "60"], "0 to 1"),
        (["eval", "starter", "--method", "reference", "--k", "0"], "k"),
        (["eval", "starter", "--method", "reference", "--k", "1,x"], "--k"),
        (["eval", "starter", "--method", "reference", "--cpu-limit", "-1"], "cpu"),
        (["eval", "starter", "--method", "reference", "--cpu-limit", "nan"], "above 0"),
        (["eval", "starter", "--method", "reference", "--wall-limit", "inf"], "above 0"),
        (["eval", "starter", "--method", "reference", "--memory-limit", "0"], "above 0"),
        (["eval", "starter", "--method", "reference", "--limit", "0"], "at least 1"),
        (["eval", "starter", "--method", "reference", "--workers", "0"], "at least 1"),
        (["eval", "starter", "--method", "reference", "--resume"], "--output"),
        (["eval", "starter", "--method", "reference", "--task", "no/such"], "no task"),
        (["run", "absent.py"], "absent.py"),
    ],
)
def test_usage_errors_say_what_is_accepted(
    arguments: list[str], expected: str, capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(arguments) == 2
    (line,) = lines_of_error(capsys)
    assert line.startswith("error: ") and expected in line
    assert not list(tmp_path.iterdir()), "a run that cannot begin leaves nothing"


def evaluate_reference(tmp_path: Path, *more: str) -> list[str]:
    return ["eval", "starter", "--method", "reference", "--output", str(tmp_path / "run"), *more]


def test_eval_prints_exactly_its_summary(tmp_path: Path, capsys: Output) -> None:
    assert execute(evaluate_reference(tmp_path, "--limit", "3", "--json")) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((tmp_path / "run" / "summary.json").read_text())
    assert (document["tasks"], document["passed"], document["pass@1"]) == (3, 3, 1.0)
    assert len((tmp_path / "run" / "records.jsonl").read_text().splitlines()) == 3


def test_a_finished_eval_exits_0_whatever_the_score(tmp_path: Path, capsys: Output) -> None:
    from trialrun.tasks.registry import load

    task = load("starter").tasks[0]
    samples = tmp_path / "samples.jsonl"
    samples.write_text(json.dumps({"task_id": task.id, "solution": "def nothing(): pass"}) + "\n")
    arguments = ["eval", "starter", "--samples", str(samples), "--task", task.id]
    assert execute([*arguments, "--output", str(tmp_path / "a")]) == 0
    assert "0/1" in capsys.readouterr().out
    assert execute([*arguments, "--output", str(tmp_path / "b"), "--fail-under", "0.5"]) == 1


def test_resume_does_nothing_twice(tmp_path: Path, capsys: Output) -> None:
    assert execute(evaluate_reference(tmp_path, "--limit", "2")) == 0
    before = (tmp_path / "run" / "records.jsonl").read_bytes()
    assert execute(evaluate_reference(tmp_path, "--limit", "2")) == 2
    assert "--resume" in capsys.readouterr().err
    assert execute(evaluate_reference(tmp_path, "--limit", "2", "--resume")) == 0
    assert (tmp_path / "run" / "records.jsonl").read_bytes() == before
    assert execute(evaluate_reference(tmp_path, "--limit", "3", "--resume")) == 0
    assert len((tmp_path / "run" / "records.jsonl").read_bytes().splitlines()) == 3
    assert execute(evaluate_reference(tmp_path, "--resume", "--comparator", "strict")) == 2
    assert "comparator was 'upstream' and is now 'strict'" in capsys.readouterr().err


def test_a_network_is_kept_with_the_run_and_named_in_its_records(tmp_path: Path, capsys: Output) -> None:
    assert execute(evaluate_reference(tmp_path, "--limit", "1", "--network", "loopback")) == 0
    assert "network loopback" in " ".join(capsys.readouterr().out.split())
    (record,) = (tmp_path / "run" / "records.jsonl").read_text().splitlines()
    assert json.loads(record)["tier"].endswith(", network loopback")
    assert execute(evaluate_reference(tmp_path, "--limit", "1", "--resume")) == 2
    assert "limit_network was 'loopback' and is now 'none'" in capsys.readouterr().err
    assert execute(["view", str(tmp_path / "run")]) == 0


def test_run_shows_what_a_program_did(tmp_path: Path, capsys: Output) -> None:
    program = tmp_path / "solution.py"
    program.write_text("def f(x):\n    print('\\x1b[2Jhello')\n    return [x, 1.5]\n")
    assert execute(["run", str(program), "--call", "f(3)"]) == 0
    shown = capsys.readouterr().out
    assert "[3, 1.5]" in shown and "\\x1b[2Jhello" in shown and "\x1b" not in shown
    assert execute(["run", str(program), "--call", "f(3)", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["outcome"], document["value"]) == ("returned", "[3, 1.5]")
    assert document["stdout"] == "\x1b[2Jhello\n"
    assert execute(["run", str(program), "--call", "f()", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["exception"] == "TypeError"


def test_a_program_gets_the_network_that_it_is_given(tmp_path: Path, capsys: Output) -> None:
    program = tmp_path / "solution.py"
    program.write_text("import socket\nsocket.create_server(('127.0.0.1', 0))\n")
    assert execute(["run", str(program)]) == 1
    assert "PermissionError" in capsys.readouterr().err
    for level in ("loopback", "allowed"):
        assert execute(["run", str(program), "--network", level]) == 0, level
    assert execute(["run", str(program), "--network", "none"]) == 1
    assert execute(["run", str(program), "--network", "half"]) == 2
    capsys.readouterr()
    execute(["run", "--help"])
    assert "choices: none, loopback, allowed" in " ".join(capsys.readouterr().out.replace("│", " ").split())


def test_doctor_names_the_tier(capsys: Output) -> None:
    execute(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["tier"] and report["languages"]["python"]["available"]
    execute(["doctor"])
    assert report["tier"] in capsys.readouterr().out
