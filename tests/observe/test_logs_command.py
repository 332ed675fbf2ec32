"""`trialrun logs`: files and standard input, templates and lines, JSON; nothing hostile reaches the terminal."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from trialrun.cli import execute

LINES = [
    "2024-01-02 10:00:00 INFO app: session opened for user ann",
    "2024-01-02 10:00:01 INFO app: took 5 ms for blk_38",
    "2024-01-02 10:00:02 INFO app: session opened for user bob",
    "2024-01-02 10:00:03 INFO app: took 6 ms for blk_39",
]
Output = pytest.CaptureFixture[str]
pytestmark = pytest.mark.fast


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


def document(capsys: Output, *arguments: str | Path) -> dict:
    assert execute(["logs", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_templates(log: Path, capsys: Output) -> None:
    assert execute(["logs", str(log)]) == 0
    shown = capsys.readouterr().out
    assert "took <*> ms for <*>" in shown and "4 messages, 2 templates" in shown
    assert execute(["logs", str(log), "--aware", "TDA,OID"]) == 0
    assert "took <TDA> ms for <OID>" in capsys.readouterr().out


def test_json_has_values_by_category(log: Path, capsys: Output) -> None:
    found = document(capsys, log, "--aware", "all")
    took = next(one for one in found["templates"] if "took" in one["text"])
    assert took == {
        "number": took["number"],
        "text": "took <*> ms for <*>",
        "aware": "took <TDA> ms for <OID>",
        "count": 2,
        "first": 2,
        "variables": [
            {"category": "TDA", "values": {"5": 1, "6": 1}, "exact": True},
            {"category": "OID", "values": {"blk_38": 1, "blk_39": 1}, "exact": True},
        ],
    }
    assert found["messages"] == 4 and found["forgotten"] == 0


def test_lines_have_the_template_that_they_have_at_the_end(log: Path, capsys: Output) -> None:
    assert execute(["logs", str(log), "--to", "lines", "--json", "--aware", "OBN"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["line"] for line in lines] == [1, 2, 3, 4]
    assert lines[0]["template"] == lines[2]["template"]
    assert lines[0]["text"] == "session opened for user <OBN=ann>"
    assert execute(["logs", str(log), "--to", "lines", "--follow"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("session opened for user ann")


def test_compressed_files_and_several_read_as_one(log: Path, tmp_path: Path, capsys: Output) -> None:
    packed = tmp_path / "b.log.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert document(capsys, log, packed)["messages"] == 8


@pytest.mark.parametrize("files", [[], ["-"]])
def test_standard_input_too(files: list[str]) -> None:
    command = [sys.executable, "-m", "trialrun", "logs", *files, "--json"]
    done = subprocess.run(command, input="\n".join(LINES), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["messages"] == 4


def test_a_format_can_be_given(log: Path, capsys: Output) -> None:
    found = document(capsys, log, "--format", "<Date> <Time> <Level> <Content>")
    assert {one["text"] for one in found["templates"]} == {
        "app: took <*> ms for <*>",
        "app: session opened for user <*>",
    }
    assert all("INFO" in one["text"] for one in document(capsys, log, "--format", "none")["templates"])


@pytest.mark.parametrize(
    "arguments",
    [["missing.log"], ["--aware", "XYZ"], ["--format", "<Date>"], ["--follow"], ["."], ["--nonsense"]],
)
def test_what_cannot_be_meant(arguments: list[str], log: Path, capsys: Output) -> None:
    files = [str(log)] if arguments[0].startswith("--") else []
    assert execute(["logs", *files, *arguments]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ") and ("unknown option" in told) == (arguments == ["--nonsense"])


def test_hostile_bytes_are_shown_as_text(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "c.log"
    path.write_bytes(b"\x1b[2J\x07 owned \xff\xfe [red]7[/red]\n" + b"a" * 300_000 + b"\n\0\n")
    assert execute(["logs", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown and "\x07" not in shown and "[red]" in shown
    assert document(capsys, path)["messages"] == 3
    broken = tmp_path / "d.log.gz"
    broken.write_bytes(b"not gzip")
    assert execute(["logs", str(broken)]) == 2


def test_an_empty_log_has_no_templates(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "e.log"
    path.write_text("\n\n")
    assert document(capsys, path) == {"messages": 0, "templates": [], "forgotten": 0}


def test_a_damaged_archive_is_told_of(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "x.log.gz"
    data = bytearray(gzip.compress(b"a line of a log\n" * 500))
    data[12:14] = b"\xff\xff"
    path.write_bytes(data)
    assert execute(["logs", str(path)]) == 2
    assert "cannot read" in capsys.readouterr().err
