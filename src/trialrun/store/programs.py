"""`ProgramFile`: the programs that a run judged, each once, as lines of `programs.jsonl`.

A line holds everything of one `Program` and its content id. It is written before the record that names the id, so
a finished record never lacks its program. Unlike `records.jsonl` the file must give back every character, or the
content would no longer have its id; so a surrogate, where a hostile program has one, is written as its three bytes
(which strict UTF-8 does not allow), since JSON's escapes would join two of them to another character.

Leaves out: being needed for a verdict (a run whose file is lost can be resumed and counted; reports then show no
source), and programs of runs made before this file existed.
"""

import json
import os
import threading
from pathlib import Path
from typing import Any

from trialrun.core.program import Program

PROGRAMS = "programs.jsonl"


class ProgramFile:
    """`programs.jsonl` of one run directory, opened for writing. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Open (or make) the file; what a kill left unfinished at its end is cut off."""
        known, end = _read(path)
        self._known = set(known)
        self._lock = threading.Lock()
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.ftruncate(self._fd, end)

    def add(self, program: Program) -> None:
        """Write a program that the file does not hold yet; raise `OSError`, with nothing written, where it fails."""
        with self._lock:
            if program.id in self._known:
                return
            line = _line(program)
            start = os.fstat(self._fd).st_size
            try:
                written = os.write(self._fd, line)
                while written < len(line):
                    written += os.write(self._fd, line[written:])
            except BaseException:
                os.ftruncate(self._fd, start)
                raise
            self._known.add(program.id)

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)


def read_programs(directory: Path) -> dict[str, Program]:
    """Read the programs of a run directory by id; a missing file is empty, damaged lines are passed over."""
    return _read(directory / PROGRAMS)[0]


def _line(program: Program) -> bytes:
    fields = {
        "id": program.id,
        "files": program.files,
        "entry": program.entry,
        "language": program.language,
        "maker": program.maker,
        "parents": program.parents,
    }
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _read(path: Path) -> tuple[dict[str, Program], int]:
    """Return the programs and where the last whole line ends."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}, 0
    end = data.rfind(b"\n") + 1
    found = (_program(line) for line in data[:end].split(b"\n")[:-1])
    return {program.id: program for program in found if program is not None}, end


def _program(line: bytes) -> Program | None:
    """Return the program of one line; None where it is damaged, which its id tells."""
    try:
        fields: dict[str, Any] = json.loads(line.decode("utf-8", "surrogatepass"))
        program = Program(
            files=tuple((str(name), str(text)) for name, text in fields["files"]),
            entry=fields["entry"],
            language=fields["language"],
            maker=fields["maker"],
            parents=tuple(fields["parents"]),
        )
        return program if program.id == fields["id"] else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
