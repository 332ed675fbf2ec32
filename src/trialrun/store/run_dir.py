"""`RunDirectory`: one run on disk, in a form that survives `kill -9` and a full disk.

    config.toml     [verdict] settings that can change a verdict; [asked] everything else that was asked
    records.jsonl   one `Record` a line, written when its attempt is finished
    programs.jsonl  the judged programs and those that they were made of, each once (`store/programs.py`)
    history.jsonl   where a method made them: what it asked, checked and ran for each task (`store/history.py`)
    summary.json    figures of the finished run, replaced atomically
    lock            held (flock) while a run writes here

A record is in the file once `append` returns: it is one `write` of one line, and a write that fails or falls
short is cut off again. What a killed process leaves behind is therefore at most one unfinished last line,
which `resume` drops. Records are keyed by content, so a resumed run asks `records` what it need not do again.

Leaves out: surviving a power cut between two appends (a line is flushed to the disk only by `close`), writing
from several machines at once, and other formats (export comes later).
"""

import fcntl
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import msgspec

from trialrun.core.errors import StoreError, UsageError
from trialrun.core.printable import printable
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.store.atomic import write_atomically
from trialrun.store.config import RunConfig, difference, read_config, write_config
from trialrun.store.json_text import to_json
from trialrun.store.programs import PROGRAMS, ProgramFile

CONFIG = "config.toml"
RECORDS = "records.jsonl"
SUMMARY = "summary.json"
LOCK = "lock"


def default_path(suite: str, *, root: Path = Path("runs"), now: datetime | None = None) -> Path:
    """Return a fresh `runs/<suite>-<UTC timestamp>`; a suite given as a file counts by its name.

    >>> default_path("humaneval+", now=datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)).as_posix()
    'runs/humaneval+-20250102T030405Z'
    """
    name = re.sub(r"[^A-Za-z0-9+._-]+", "-", Path(suite).name.removesuffix(".jsonl")).strip("-.") or "run"
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    path = root / f"{name}-{stamp}"
    twin = 2
    while path.exists():
        path = root / f"{name}-{stamp}-{twin}"
        twin += 1
    return path


class RunDirectory:
    """A run directory opened for writing; a context manager. `append` may be called from any thread."""

    def __init__(self, path: Path, lock: int, records: dict[str, Record], dropped_bytes: int) -> None:
        """Take over an opened directory; call `create` or `resume` instead."""
        self.path = path
        self.dropped_bytes = dropped_bytes
        """Length of the unfinished last line that `resume` cut off."""
        self._lock_fd = lock
        self._records = records
        self._mutex = threading.Lock()
        self._damaged = False
        self._fd = os.open(path / RECORDS, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._size = os.fstat(self._fd).st_size
        self._programs = ProgramFile(path / PROGRAMS)

    @classmethod
    def create(cls, path: Path, config: RunConfig) -> Self:
        """Make `path` (and its parents) a new run directory; refuse one that holds anything."""
        _make_directory(path)
        _refuse_used(path)
        with _locked(path) as lock:
            _refuse_used(path)  # another run may have come and gone before the lock was ours
            write_config(path / CONFIG, config)
            return cls(path, lock, {}, 0)

    @classmethod
    def resume(cls, path: Path, config: RunConfig) -> Self:
        """Continue the run in `path`, or begin it where `path` is missing or empty.

        An unfinished last line is cut off; records that carry no verdict (unscored) are taken out, so that
        they are tried again. Raises `UsageError` where a setting that can change a verdict differs from the
        run's own, and `StoreError` where a line before the last is damaged.
        """
        if not path.exists() or (path.is_dir() and not _holds_anything(path)):
            return cls.create(path, config)
        if not (path / CONFIG).is_file():
            raise UsageError(f"{path} is not a run directory (it has no {CONFIG})")
        with _locked(path) as lock:
            before = read_config(path / CONFIG)
            differs = difference(before, config)
            if differs is not None:
                raise UsageError(
                    f"cannot resume {path}: {differs.setting} was {differs.before} and is now {differs.now}; "
                    "one run has one setting: restore it, or choose another --output"
                )
            records, end, size = _read_records(path / RECORDS)
            if end < size:
                os.truncate(path / RECORDS, end)
            scored = {key: record for key, record in records.items() if record.unscored is None}
            if len(scored) < len(records):
                write_atomically(path / RECORDS, b"".join(map(_line, scored.values())))
            if before != config:
                write_config(path / CONFIG, config)  # what was asked last
            return cls(path, lock, scored, size - end)

    @property
    def records(self) -> Mapping[str, Record]:
        """Finished records by key, in the order of writing."""
        return MappingProxyType(self._records)

    def append(self, record: Record) -> None:
        """Write one finished record; when this returns, no kill of this process can lose it.

        Raises `StoreError` (nothing half-written) where the disk refuses, `ValueError` for a key already
        written.
        """
        line = _line(record)
        with self._mutex:
            if record.key in self._records:
                raise ValueError(f"record {record.key} of {record.task_id} is already written")
            if self._damaged:
                raise StoreError(f"{self.path / RECORDS} ends in an unfinished line; run again with --resume")
            start = self._size
            try:
                written = os.write(self._fd, line)
                while written < len(line):  # a short write; the next one says why (no space, file too large)
                    written += os.write(self._fd, line[written:])
            except BaseException as error:
                self._cut_back(start)
                if isinstance(error, OSError):
                    raise StoreError(self._advice(error)) from error
                raise
            self._size = start + len(line)
            self._records[record.key] = record

    def keep(self, program: Program) -> None:
        """Keep a judged program, once, before its record is appended; raise `StoreError` where the disk refuses."""
        try:
            self._programs.add(program)
        except OSError as error:
            raise StoreError(self._advice(error)) from error

    def write_summary(self, summary: msgspec.Struct) -> None:
        """Replace `summary.json` in one step."""
        try:
            write_atomically(self.path / SUMMARY, to_json(summary, indent=2) + b"\n")
        except OSError as error:
            raise StoreError(self._advice(error)) from error

    def close(self) -> None:
        """Flush to the disk and let other runs in. Calling it again does nothing."""
        with self._mutex:
            if self._fd < 0:
                return
            fd, self._fd = self._fd, -1
            try:
                os.fsync(fd)
            except OSError as error:
                raise StoreError(self._advice(error)) from error
            finally:
                os.close(fd)
                self._programs.close()
                os.close(self._lock_fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _cut_back(self, size: int) -> None:
        """Remove what a failed write left; if even that fails, accept nothing more."""
        try:
            os.ftruncate(self._fd, size)
        except OSError:
            self._damaged = True

    def _advice(self, error: OSError) -> str:
        return (
            f"cannot write to {self.path}: {_reason(error)}; the {len(self._records):,} finished records are "
            f"safe: make room, then continue with --resume --output {self.path}"
        )


def read_run(path: Path) -> tuple[RunConfig, dict[str, Record]]:
    """Read a run directory without locking or changing it; an unfinished last line is passed over."""
    if not (path / CONFIG).is_file():
        raise UsageError(f"{path} is not a run directory (it has no {CONFIG})")
    try:
        return read_config(path / CONFIG), _read_records(path / RECORDS)[0]
    except OSError as error:
        raise StoreError(f"cannot read {path}: {_reason(error)}") from error


def _line(record: Record) -> bytes:
    return to_json(record) + b"\n"


def _read_records(path: Path) -> tuple[dict[str, Record], int, int]:
    """Return the records, where the last whole line ends, and the file's length; a missing file is empty."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}, 0, 0
    decoder = msgspec.json.Decoder(Record)
    records: dict[str, Record] = {}
    end = 0
    whole_lines = data.split(b"\n")[:-1]  # what follows the last newline is unfinished
    for number, line in enumerate(whole_lines, start=1):
        try:
            record = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if number == len(whole_lines):
                break
            raise StoreError(
                f"{path} line {number} is damaged ({printable(str(error), 200)}): "
                "delete that line to have its attempt run again, or choose another --output"
            ) from error
        if record.key in records:
            repeated = printable(record.key, 80)
            raise StoreError(f"{path} line {number} repeats the key {repeated} of an earlier line: delete it")
        records[record.key] = record
        end += len(line) + 1
    return records, end, len(data)


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UsageError(f"{path} is not a directory") from error
    except OSError as error:
        raise StoreError(f"cannot create {path}: {_reason(error)}") from error


def _holds_anything(path: Path) -> bool:
    """Tell whether a directory holds more than what a run killed at its very start leaves."""
    try:
        return any(entry.name != LOCK and not entry.name.endswith(".tmp") for entry in path.iterdir())
    except OSError as error:
        raise StoreError(f"cannot read {path}: {_reason(error)}") from error


def _refuse_used(path: Path) -> None:
    if _holds_anything(path):
        raise UsageError(f"{path} is not empty: continue that run with --resume, or choose another --output")


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Yield the lock's descriptor; if the block fails, give it back and explain `OSError`."""
    lock = _lock(path)
    try:
        yield lock
    except BaseException as error:
        os.close(lock)
        if isinstance(error, OSError):
            raise StoreError(f"cannot write to {path}: {_reason(error)}") from error
        raise


def _lock(path: Path) -> int:
    """Take the directory's lock; the kernel releases it when this process ends, however it ends."""
    try:
        fd = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"cannot write to {path}: {_reason(error)}") from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(fd, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(fd)
        holder = printable(holder, 32)
        raise UsageError(f"{path} is being written by another run (process {holder})") from error
    except OSError as error:
        os.close(fd)
        raise StoreError(f"cannot lock {path}: {_reason(error)}") from error
    try:
        os.ftruncate(fd, 0)
        os.pwrite(fd, b"%d\n" % os.getpid(), 0)
    except OSError:
        pass  # the number only helps a message; a full disk is reported by the first record
    return fd


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
