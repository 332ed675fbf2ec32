"""`HistoryFile`: what a method did for each task, as lines of `history.jsonl` in the run directory.

A line is one task: which requests it sent, which programs it had checked or run and what came of that, which ones it
gave as samples, in order. With the parents that programs name, kept in `programs.jsonl`, a report can show where each
sample comes from. A line is written before the task's samples, so whatever has samples has a history; a task that was
made again has two, and the last counts. Everything here is public: a method saw it.

Leaves out: texts of requests and answers (`answers.sqlite` has them, by key), hidden judgements (`records.jsonl`).
"""

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from trialrun.core.errors import StoreError
from trialrun.core.judgement import Judgement
from trialrun.core.program import Program
from trialrun.store.json_text import to_json

HISTORY = "history.jsonl"
MOST_STEPS = 2_000
"""Steps of one task that are kept; those after it are counted."""
MOST_PROGRAMS = 1_000
"""Programs of one task that are remembered."""


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a method did."""

    kind: Literal["call", "check", "run", "sample"]
    request: str = ""
    """Key of the request, of a call."""
    prompt_tokens: int = 0
    output_tokens: int = 0
    program: str = ""
    """Content id of the program that was checked, run or given."""
    judgements: tuple[Judgement, ...] = ()
    """What public checks said."""
    cases: int = 0
    """Cases that a program was run on."""


class History(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a method did for one task."""

    task_id: str
    steps: tuple[Step, ...]
    dropped: int = 0
    """Steps that were too many to keep."""


class Notes:
    """Collects the history of one task while a method works."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._dropped = 0
        self._tokens: dict[str, tuple[int, int]] = {}
        self._programs: dict[str, Program] = {}

    def add(self, step: Step, program: Program | None = None) -> None:
        """Note a step, and the program that it is about."""
        if program is not None:
            self.remember(program)
        if len(self._steps) < MOST_STEPS:
            self._steps.append(step)
        else:
            self._dropped += 1

    def remember(self, program: Program) -> None:
        """Remember a program that others may be made of."""
        if len(self._programs) < MOST_PROGRAMS:
            self._programs.setdefault(program.id, program)

    def cost(self, request: str, prompt_tokens: int, output_tokens: int) -> None:
        """Note what the answer to a request cost."""
        self._tokens[request] = (prompt_tokens, output_tokens)

    def history(self, task_id: str) -> History:
        """Return what was noted."""
        steps = []
        for step in self._steps:
            if step.kind == "call" and step.request in self._tokens:
                prompt, output = self._tokens[step.request]
                step = msgspec.structs.replace(step, prompt_tokens=prompt, output_tokens=output)
            steps.append(step)
        return History(task_id=task_id, steps=tuple(steps), dropped=self._dropped)

    def ancestors(self, programs: Iterable[Program]) -> list[Program]:
        """Return the remembered programs that some programs are made of, parents of parents included."""
        found: dict[str, Program] = {}
        waiting = [parent for program in programs for parent in program.parents]
        while waiting:
            program = self._programs.get(waiting.pop())
            if program is not None and program.id not in found:
                found[program.id] = program
                waiting += program.parents
        return list(found.values())


class HistoryFile:
    """`history.jsonl` of one run directory, opened for writing. Safe to share between threads."""

    def __init__(self, directory: Path) -> None:
        """Open or make the file; an unfinished last line is cut off."""
        self._path = directory / HISTORY
        self._lock = threading.Lock()
        try:
            self._fd = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            data = self._path.read_bytes()
            os.ftruncate(self._fd, data.rfind(b"\n") + 1)
        except OSError as error:
            raise StoreError(f"cannot open {self._path}: {error.strerror}") from error

    def append(self, history: History) -> None:
        """Write one task's history; raise `StoreError`, with nothing written, where the disk refuses."""
        line = to_json(history) + b"\n"
        with self._lock:
            start = os.fstat(self._fd).st_size
            try:
                written = 0
                while written < len(line):
                    written += os.write(self._fd, line[written:])
            except OSError as error:
                os.ftruncate(self._fd, start)
                raise StoreError(
                    f"cannot write to {self._path}: {error.strerror}; make room, then continue with --resume"
                ) from error

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1

    def __enter__(self) -> "HistoryFile":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()


def read_history(directory: Path) -> dict[str, History]:
    """Return the history of each task; a missing file is empty, damaged lines are passed over."""
    try:
        lines = (directory / HISTORY).read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"cannot read {directory / HISTORY}: {error.strerror}") from error
    decoder = msgspec.json.Decoder(History)
    found = {}
    for line in lines:
        try:
            history = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        found[history.task_id] = history
    return found
