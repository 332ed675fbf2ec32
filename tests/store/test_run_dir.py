"""The run directory keeps every finished record and nothing half-written, whatever stops the process."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from trialrun.core.errors import StoreError, UsageError
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.record import Record
from trialrun.store.config import RunConfig
from trialrun.store.run_dir import RunDirectory, default_path, read_run

pytestmark = pytest.mark.fast

CONFIG = RunConfig(verdict={"suite": "starter", "cpu_s": 10.0}, asked={"workers": 2})


def make_record(number: int, *, message: str = "", unscored: str | None = None) -> Record:
    judgement = Judgement(
        check="base",
        verdict=Verdict.FAIL,
        outcome=Outcome.RAISED,
        strength=Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge="verify/tests",
        cases=3,
        evidence=(Evidence(case=1, outcome=Outcome.RAISED, message=message),),
    )
    return Record(
        key=f"key-{number}",
        task_id=f"starter/{number}",
        sample=0,
        program="0" * 16,
        verdict=Verdict.FAIL,
        outcome=Outcome.RAISED,
        weak=False,
        unscored=unscored,
        judgements=(judgement,),
        cpu_s=0.004,
        wall_s=0.01,
        tier="root",
        version="0.1.0",
    )


def write_run(path: Path, *records: Record) -> bytes:
    with RunDirectory.create(path, CONFIG) as directory:
        for record in records:
            directory.append(record)
    return (path / "records.jsonl").read_bytes()


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    records = [make_record(0), make_record(1, message='line\nbreak, "quotes", \x1b[2J, naïve, \u2028')]
    data = write_run(tmp_path / "run", *records)
    assert data.count(b"\n") == 2
    config, found = read_run(tmp_path / "run")
    assert config == CONFIG
    assert list(found.values()) == records


def test_a_kill_at_every_byte_of_the_last_line_loses_no_finished_record(tmp_path: Path) -> None:
    path = tmp_path / "run"
    records = [make_record(n, message="é\u2028") for n in range(3)]
    whole = write_run(path, *records)
    last_line_start = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(last_line_start, len(whole)):
        (path / "records.jsonl").write_bytes(whole[:cut])
        with RunDirectory.resume(path, CONFIG) as directory:
            assert list(directory.records) == ["key-0", "key-1"], cut
            assert directory.dropped_bytes == cut - last_line_start
            directory.append(records[2])
        assert (path / "records.jsonl").read_bytes() == whole, cut


def test_a_process_killed_while_appending_leaves_a_directory_that_resumes(tmp_path: Path) -> None:
    path = tmp_path / "run"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from test_run_dir import CONFIG, RunDirectory, make_record\n"
        "directory = RunDirectory.resume(Path(sys.argv[2]), CONFIG)\n"
        "n = len(directory.records)\n"
        "while True:\n"
        "    directory.append(make_record(n, message='x' * 3000)); n += 1\n"
        "    print(n, flush=True)\n"
    )
    finished = 0
    for _ in range(5):
        command = [sys.executable, "-c", code, str(Path(__file__).parent), str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if int(line) >= finished + 20:
                    break
            process.send_signal(signal.SIGKILL)
            finished = max([int(line), *(int(rest) for rest in process.stdout if rest.endswith("\n"))])
        with RunDirectory.resume(path, CONFIG) as directory:
            assert (
                len(directory.records) >= finished
            )  # at most the append in flight is beyond what was reported
            assert list(directory.records) == [f"key-{n}" for n in range(len(directory.records))]
            finished = len(directory.records)


@pytest.mark.parametrize("tail", [b"{}\n", b"\x00\x00\x00", b"\xff\xfe\n", b'{"key": "key-9"}\n', b"\n"])
def test_a_broken_last_line_is_dropped(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "run"
    whole = write_run(path, make_record(0))
    (path / "records.jsonl").write_bytes(whole + tail)
    with RunDirectory.resume(path, CONFIG) as directory:
        assert list(directory.records) == ["key-0"]
    assert (path / "records.jsonl").read_bytes() == whole


@pytest.mark.parametrize("damage", [b"{}", b"", b"\xff", b'{"key": "\x1b[2J'])
def test_a_broken_line_elsewhere_is_refused_by_its_number(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "run"
    lines = write_run(path, *(make_record(n) for n in range(3))).splitlines(keepends=True)
    lines[1] = damage + b"\n"
    (path / "records.jsonl").write_bytes(b"".join(lines))
    before = (path / "records.jsonl").read_bytes()
    with pytest.raises(StoreError, match="line 2 is damaged") as caught:
        RunDirectory.resume(path, CONFIG)
    assert "\x1b" not in str(caught.value)
    assert (path / "records.jsonl").read_bytes() == before


def test_a_repeated_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"
    whole = write_run(path, make_record(0))
    (path / "records.jsonl").write_bytes(whole * 2)
    with pytest.raises(StoreError, match="line 2 repeats the key key-0"):
        RunDirectory.resume(path, CONFIG)
    (path / "records.jsonl").write_bytes(whole)
    with RunDirectory.resume(path, CONFIG) as directory, pytest.raises(ValueError, match="already written"):
        directory.append(make_record(0))


def test_unscored_records_are_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "run"
    write_run(path, make_record(0), make_record(1, unscored="the zygote was killed"), make_record(2))
    with RunDirectory.resume(path, CONFIG) as directory:
        assert list(directory.records) == ["key-0", "key-2"]
        directory.append(make_record(1))
    assert list(read_run(path)[1]) == ["key-0", "key-2", "key-1"]


@pytest.mark.parametrize("room", [0, 1, 100, 700])
def test_a_disk_that_refuses_leaves_nothing_half_written(tmp_path: Path, room: int) -> None:
    """A real refusal by the kernel: the file-size limit of a child process stands for a full disk."""
    path = tmp_path / "run"
    kept = write_run(path, make_record(0), make_record(1))
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from test_run_dir import CONFIG, RunDirectory, make_record\n"
        "from trialrun.core.errors import StoreError\n"
        "directory = RunDirectory.resume(Path(sys.argv[2]), CONFIG)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))\n"
        "for _ in range(2):\n"
        "    try:\n"
        "        directory.append(make_record(2, message='x' * 2000))\n"
        "    except StoreError as error:\n"
        "        print(error.exit_code, error)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "print(Path(sys.argv[2], 'records.jsonl').stat().st_size)\n"
        "directory.append(make_record(3))\n"
    )
    limit = len(kept) + room
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(path), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *refusals, size = done.stdout.splitlines()
    assert len(refusals) == 2
    assert all(line.startswith("3 cannot write") and "--resume" in line for line in refusals)
    assert int(size) == len(kept)
    assert list(read_run(path)[1]) == ["key-0", "key-1", "key-3"]


def test_no_space_is_reported_and_rolled_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_write, calls = os.write, []

    def short_then_full(fd: int, data: bytes) -> int:
        calls.append(len(data))
        if len(calls) == 1:
            return real_write(fd, data[:10])
        raise OSError(28, "No space left on device")

    path = tmp_path / "run"
    with RunDirectory.create(path, CONFIG) as directory:
        directory.append(make_record(0))
        before = (path / "records.jsonl").read_bytes()
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", short_then_full)
            with pytest.raises(StoreError, match=r"No space left on device.*1 finished records are safe"):
                directory.append(make_record(1))
        assert (path / "records.jsonl").read_bytes() == before
        directory.append(make_record(1))
    assert len(read_run(path)[1]) == 2


def test_an_interrupt_in_the_middle_of_a_write_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write

    def interrupted(fd: int, data: bytes) -> int:
        real_write(fd, data[:10])
        raise KeyboardInterrupt

    path = tmp_path / "run"
    with RunDirectory.create(path, CONFIG) as directory:
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", interrupted)
            with pytest.raises(KeyboardInterrupt):
                directory.append(make_record(0))
        directory.append(make_record(0))
    assert list(read_run(path)[1]) == ["key-0"]


def test_threads_append_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every write falls short and yields, so that lines would interleave if appends were not exclusive."""
    real_write = os.write

    def short_write(fd: int, data: bytes) -> int:
        written = real_write(fd, data[: len(data) // 2 + 1])
        time.sleep(0)
        return written

    monkeypatch.setattr(os, "write", short_write)
    path = tmp_path / "run"
    with RunDirectory.create(path, CONFIG) as directory:

        def work(thread: int) -> None:
            for n in range(20):
                directory.append(make_record(thread * 20 + n, message="y" * 5000))

        threads = [threading.Thread(target=work, args=(t,)) for t in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    records = read_run(path)[1]
    assert sorted(records) == sorted(f"key-{n}" for n in range(160))


def test_a_lone_surrogate_in_hostile_text_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "run"
    write_run(path, make_record(0, message="\ud800 and more"))
    assert read_run(path)[1]["key-0"].judgements[0].evidence[0].message == "? and more"


def test_resume_refuses_another_setting_and_says_both(tmp_path: Path) -> None:
    path = tmp_path / "run"
    write_run(path, make_record(0))
    changed = RunConfig(verdict={"suite": "starter", "cpu_s": 3.0})
    with pytest.raises(UsageError, match=r"cpu_s was 10\.0 and is now 3\.0"):
        RunDirectory.resume(path, changed)
    added = RunConfig(verdict={**CONFIG.verdict, "comparator": "strict"})
    with pytest.raises(UsageError, match="comparator was not set and is now 'strict'"):
        RunDirectory.resume(path, added)
    with RunDirectory.resume(path, RunConfig(verdict=CONFIG.verdict, asked={"workers": 7})):
        assert read_run(path)[0].asked == {"workers": 7}


def test_create_refuses_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "thesis.tex").touch()
    with pytest.raises(UsageError, match="is not empty: continue that run with --resume"):
        RunDirectory.create(tmp_path / "used", CONFIG)
    with pytest.raises(UsageError, match="is not a run directory"):
        RunDirectory.resume(tmp_path / "used", CONFIG)
    assert [entry.name for entry in (tmp_path / "used").iterdir()] == ["thesis.tex"]
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is not a directory"):
        RunDirectory.create(tmp_path / "file", CONFIG)


def test_resume_begins_a_run_that_was_killed_before_its_first_file(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.mkdir()
    (path / "lock").touch()
    (path / ".config.toml.abc.tmp").touch()
    with RunDirectory.resume(path, CONFIG) as directory:
        directory.append(make_record(0))
    assert list(read_run(path)[1]) == ["key-0"]


def test_two_runs_cannot_write_one_directory(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with (
        RunDirectory.create(path, CONFIG),
        pytest.raises(UsageError, match=f"written by another run .process {os.getpid()}"),
    ):
        RunDirectory.resume(path, CONFIG)
    with RunDirectory.resume(path, CONFIG):
        pass


def test_a_refused_resume_gives_the_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "run"
    write_run(path)
    with pytest.raises(UsageError):
        RunDirectory.resume(path, RunConfig(verdict={}))
    with RunDirectory.resume(path, CONFIG):
        pass


class Figures(msgspec.Struct):
    passed: int


def test_the_summary_is_replaced_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run"
    with RunDirectory.create(path, CONFIG) as directory:
        directory.write_summary(Figures(passed=1))

        def full(fd: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(StoreError, match="No space left"):
                directory.write_summary(Figures(passed=2))
        assert json.loads((path / "summary.json").read_text()) == {"passed": 1}
        assert not list(path.glob("*.tmp")) and not list(path.glob(".*.tmp"))
        directory.write_summary(Figures(passed=3))
    assert json.loads((path / "summary.json").read_text()) == {"passed": 3}


def test_a_read_only_place_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot create"):
        RunDirectory.create(Path("/proc/self/nothing"), CONFIG)


def test_default_path_is_fresh(tmp_path: Path) -> None:
    now = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    first = default_path("my/own file.jsonl", root=tmp_path, now=now)
    assert first == tmp_path / "own-file-20250102T030405Z"
    first.mkdir()
    assert default_path("my/own file.jsonl", root=tmp_path, now=now).name == "own-file-20250102T030405Z-2"
    assert default_path("../..", root=tmp_path, now=now).parent == tmp_path
