"""`SamplesFile`: the programs that a method made, as lines of `samples.jsonl` in the run directory.

A line says which program (its text and its content id), which method with which settings, which model, which requests
led to it and what they cost. The lines of one task are written in one go once all of them are made, and each says how
many they are; a task that lacks some, since a kill came between, is made again from the run's kept answers. The file
can be given to `eval --samples` like any other. A task that the method gave no program for has one line without text.

Leaves out: the exact text of programs that JSON cannot hold; that is in `programs.jsonl`, under the same id.
"""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from trialrun.core.errors import StoreError
from trialrun.core.printable import printable
from trialrun.store.json_text import to_json

SAMPLES = "samples.jsonl"


class MadeSample(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `samples.jsonl`."""

    task_id: str
    index: int
    """Position among the task's programs, from 0."""
    of: int
    """How many programs the method made for this task."""
    solution: str
    """Text of the program's main file."""
    program: str
    """Content id of the program; empty where the method gave none."""
    method: str
    """Id of the method and hash of its settings."""
    model: str
    """Id of the model that was asked."""
    requests: tuple[str, ...]
    """Keys of the requests that led to it: those since the sample before, or that sample's where there were none."""
    calls: int = 0
    """Model calls since the sample before; likewise the tokens."""
    prompt_tokens: int = 0
    output_tokens: int = 0


class SamplesFile:
    """`samples.jsonl` of one run directory, opened for writing. Safe to share between threads."""

    def __init__(self, directory: Path) -> None:
        """Open or make the file; drop an unfinished last line and tasks of which not all samples are there."""
        self._path = directory / SAMPLES
        self._lock = threading.Lock()
        self.made: dict[str, tuple[MadeSample, ...]] = {}
        """The samples of every task that is whole, by task id."""
        try:
            end = self._read()
            self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            os.ftruncate(self._fd, end)
        except OSError as error:
            raise StoreError(f"cannot open {self._path}: {error.strerror}") from error

    def append(self, samples: Sequence[MadeSample]) -> None:
        """Write all samples of one task; raise `StoreError`, with nothing written, where the disk refuses."""
        lines = b"".join(to_json(sample) + b"\n" for sample in samples)
        with self._lock:
            start = os.fstat(self._fd).st_size
            try:
                written = 0
                while written < len(lines):
                    written += os.write(self._fd, lines[written:])
            except OSError as error:
                os.ftruncate(self._fd, start)
                raise StoreError(
                    f"cannot write to {self._path}: {error.strerror}; what is written is safe: make room, then "
                    f"continue with --resume --output {self._path.parent}"
                ) from error
            self.made |= {sample.task_id: tuple(samples) for sample in samples[:1]}

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1

    def __enter__(self) -> "SamplesFile":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def _read(self) -> int:
        """Take in the whole tasks; return where the last of them ends."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return 0
        decoder = msgspec.json.Decoder(MadeSample)
        whole = place = 0
        pending: list[MadeSample] = []
        for number, line in enumerate(data.split(b"\n")[:-1], start=1):
            try:
                sample = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise StoreError(
                    f"{self._path} line {number} is damaged ({printable(str(error), 200)}): delete it and all below it"
                ) from error
            place += len(line) + 1
            if pending and pending[0].task_id != sample.task_id:
                pending = []
            pending.append(sample)
            if len(pending) == sample.of:
                self.made[sample.task_id] = tuple(pending)
                pending = []
                whole = place
        return whole
