"""Cases as JSON states them: one input of a program, and what it should give.

A call:           {"args": [1, 2], "expected": 3}
A whole program:  {"stdin": "3 4\\n", "argv": ["-v"], "files": {"in.txt": "…"},
                   "expected": {"stdout": "7\\n", "files": {"out.bin": {"base64": "…"}}}}

A file is text, or an object `{"base64": …}` for other bytes; its name is a relative path. `read_cases` reads a file of
them, one a line, for `trialrun run`; `tasks/own.py` reads those of a task. Every error names the line and the field.

Leaves out: values that JSON cannot say.
"""

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from trialrun.core.errors import UsageError, nearest
from trialrun.core.filenames import fault_among
from trialrun.core.task import Case, Output
from trialrun.tasks import datafiles


class EncodedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that is not text."""

    base64: str


Files = dict[str, str | EncodedFile]


class StatedOutput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`expected` of a whole program's case."""

    stdout: str | None = None
    files: Files = {}


class StatedCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One input as JSON states it."""

    args: list[Any] | msgspec.UnsetType = msgspec.UNSET
    stdin: str | msgspec.UnsetType = msgspec.UNSET
    argv: list[str] = []
    files: Files = {}
    expected: Any = msgspec.UNSET

    @property
    def whole(self) -> bool:
        """Whether it is an input of a whole program."""
        return self.args is msgspec.UNSET

    def case(self, where: str) -> Case:
        """Return the input. Raises `UsageError` for what cannot be meant."""
        if isinstance(self.args, list):
            mixed = [
                name
                for name in ("stdin", "argv", "files")
                if getattr(self, name) not in (msgspec.UNSET, [], {})
            ]
            if mixed:
                raise UsageError(f"{where}: `{mixed[0]}` is for whole programs, `args` is for calls")
            return Case(args=tuple(self.args))
        if self.stdin is msgspec.UNSET and not self.argv and not self.files:
            raise UsageError(f"{where}: needs `args`, or `stdin`, `argv` or `files`")
        if any("\0" in argument for argument in self.argv):
            raise UsageError(f"{where}: `argv`: an argument holds a NUL")
        stdin = self.stdin if isinstance(self.stdin, str) else None
        return Case(stdin=stdin, argv=tuple(self.argv), files=_files(self.files, where))

    def output(self, where: str) -> Output:
        """Return what a whole program should leave. Raises `UsageError` for what cannot be meant."""
        where = f"{where}.expected"
        if isinstance(self.expected, dict):
            _refuse_strangers(self.expected, StatedOutput.__struct_fields__, where)
        try:
            stated = msgspec.convert(self.expected, StatedOutput)
        except msgspec.ValidationError as error:
            raise UsageError(f"{where}: {error}") from error
        if stated.stdout is None and not stated.files:
            raise UsageError(f"{where}: states neither `stdout` nor `files`")
        stdout = None if stated.stdout is None else stated.stdout.encode("utf-8", "surrogatepass")
        return Output(stdout=stdout, files=_files(stated.files, where))


def read_cases(path: Path) -> tuple[Case, ...]:
    """Read the inputs of a file of JSON lines (or one JSON array); what they expect plays no part here."""
    cases: list[Case] = []
    kinds: set[bool] = set()
    for where, raw in datafiles.numbered_rows(datafiles.read_file(path)):
        _refuse_strangers(raw, StatedCase.__struct_fields__, where)
        try:
            stated = msgspec.convert(raw, StatedCase)
        except msgspec.ValidationError as error:
            raise UsageError(f"{where}: {error}") from error
        cases.append(stated.case(where))
        kinds.add(stated.whole)
        if len(kinds) > 1:
            raise UsageError(f"{where}: calls and runs of a whole program are in one file")
    if not cases:
        raise UsageError(f"{path} holds no case")
    return tuple(cases)


def _refuse_strangers(raw: dict[str, Any], fields: Sequence[str], where: str) -> None:
    for field in raw:
        if field not in fields:
            raise UsageError(f"{where}: no field {field[:60]!r}{nearest(field[:60], fields)}")


def _files(stated: Files, where: str) -> tuple[tuple[str, bytes], ...]:
    fault = fault_among(stated)
    if fault is not None:
        raise UsageError(f"{where}: `files`: {fault}")
    return tuple((name, _content(name, content, where)) for name, content in sorted(stated.items()))


def _content(name: str, content: str | EncodedFile, where: str) -> bytes:
    if isinstance(content, str):
        return content.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(content.base64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError(f"{where}: `files`: {name!r} is not base64: {error}") from error
