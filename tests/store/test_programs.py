"""`programs.jsonl` gives back every program as it was, each once, whatever a kill left."""

import os
from pathlib import Path

import pytest

from trialrun.core.errors import StoreError
from trialrun.core.program import Program
from trialrun.store.config import RunConfig
from trialrun.store.programs import PROGRAMS, ProgramFile, read_programs
from trialrun.store.run_dir import RunDirectory

pytestmark = pytest.mark.fast

HOSTILE = [
    Program.from_source("def f():\n    return '\ud800\udc00 \udfff \x00 \u2028 </script>'\r\n", entry="f"),
    Program(files=(("a.py", ""), ("b/c.py", "x\n")), language="python", maker="m", parents=("1", "2")),
    Program.from_source("x" * 1_000_000),
]


def test_programs_come_back_as_they_were(tmp_path: Path) -> None:
    file = ProgramFile(tmp_path / PROGRAMS)
    for program in [*HOSTILE, *HOSTILE]:
        file.add(program)
    file.close()
    assert read_programs(tmp_path) == {program.id: program for program in HOSTILE}
    assert (tmp_path / PROGRAMS).read_bytes().count(b"\n") == len(HOSTILE)


def test_an_unfinished_or_damaged_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / PROGRAMS
    file = ProgramFile(path)
    file.add(HOSTILE[0])
    file.add(HOSTILE[1])
    file.close()
    whole = path.read_bytes()
    for damaged in (b"[]", b"{}", b"[" * 100_000, b'{"id":"0","files":[]}', whole[:40], b"\xff\xfe", b"null"):
        path.write_bytes(damaged + b"\n" + whole[:-9])
        assert list(read_programs(tmp_path)) == [HOSTILE[0].id]
    path.write_bytes(whole[:-9])
    file = ProgramFile(path)
    file.add(HOSTILE[0])
    file.add(HOSTILE[1])
    file.close()
    assert path.read_bytes() == whole


def test_a_changed_program_is_not_believed(tmp_path: Path) -> None:
    file = ProgramFile(tmp_path / PROGRAMS)
    file.add(HOSTILE[1])
    file.close()
    text = (tmp_path / PROGRAMS).read_text()
    (tmp_path / PROGRAMS).write_text(text.replace('"x\\n"', '"y\\n"'))
    assert read_programs(tmp_path) == {}


def test_a_run_keeps_programs_and_a_resumed_run_adds_none_twice(tmp_path: Path) -> None:
    config = RunConfig(verdict={})
    with RunDirectory.create(tmp_path / "run", config) as directory:
        directory.keep(HOSTILE[0])
    with RunDirectory.resume(tmp_path / "run", config) as directory:
        directory.keep(HOSTILE[0])
        directory.keep(HOSTILE[1])
    assert (tmp_path / "run" / PROGRAMS).read_bytes().count(b"\n") == 2
    assert read_programs(tmp_path / "elsewhere") == {}


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with RunDirectory.create(tmp_path / "run", RunConfig(verdict={})) as directory:
        (tmp_path / "run" / PROGRAMS).unlink()
        os.dup2(os.open(full, os.O_WRONLY), directory._programs._fd)
        with pytest.raises(StoreError, match="cannot write"):
            directory.keep(HOSTILE[0])
