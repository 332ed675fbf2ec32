"""What `trialrun compare` writes: the ledger in the forms asked for, and a test file for what differs.

Leaves out: what a form looks like (`report/`).
"""

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from trialrun.cli.emitted_tests import seen_from, write_tests
from trialrun.cli.output import print_rich, require_directory, write_text
from trialrun.compare.ledger import FailOn, Ledger, Line
from trialrun.core.errors import UsageError, nearest
from trialrun.lang.emit_test import Finding
from trialrun.report.differences import FORMATS, Format, closing, line_text, render


@dataclass(frozen=True, slots=True)
class Test:
    """A difference that a test can be made of."""

    finding: Finding | None
    """None where the old program does otherwise when clock and chance are free."""
    file: Path | None = None
    """The file that the test loads; None where it imports a module."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What is written, and what makes the command fail."""

    format: Annotated[tuple[str, ...], Parameter(negative="")] = ("text",)
    """text, markdown, github, json, sarif or junit; with =FILE into a file. May be repeated."""
    emit_test: Path | None = None
    """File to write pytest tests to: each passes on the old version and fails on the new."""
    fail_on: Annotated[tuple[FailOn, ...], Parameter(negative="")] = ("differ",)
    """What makes the command exit with 1; may be repeated. An announced difference never does."""

    def forms(self, *, json: bool) -> "Forms":
        """Return what is written where. Raises `UsageError` for a form that there is none of, or two on stdout."""
        asked = [text.partition("=") for text in (("json",) if json else self.format)]
        for name, _, _ in asked:
            if name not in FORMATS:
                raise UsageError(f"no format {name!r}: {', '.join(FORMATS)}{nearest(name, FORMATS)}")
        shown = [name for name, _, file in asked if not file]
        if len(shown) > 1:
            raise UsageError(
                f"{' and '.join(shown)} cannot both go to stdout: give one a file, as in {shown[1]}=FILE"
            )
        in_files = tuple(
            (form, Path(file)) for name, _, file in asked if file for form in FORMATS if form == name
        )
        require_directory(self.emit_test, *(path for _, path in in_files))
        return Forms(
            on_stdout=next((form for form in FORMATS if form in shown), None),
            in_files=in_files,
        )

    def write_tests(self, tests: Sequence[Test]) -> None:
        """Write the tests, and say what did not become one."""
        if self.emit_test is None:
            return
        directory = self.emit_test.parent
        write_tests(self.emit_test, [_placed(test, directory) for test in tests if test.finding is not None])


@dataclass(frozen=True, slots=True)
class Forms:
    """Where each form goes."""

    on_stdout: Format | None
    in_files: tuple[tuple[Format, Path], ...]

    @property
    def streams_text(self) -> bool:
        """Whether each line is shown when it is there."""
        return self.on_stdout == "text"

    def write(self, ledger: Ledger) -> None:
        """Write everything; of text on stdout only the end, since its lines were shown as they came."""
        if self.on_stdout == "text":
            for text in closing(ledger):
                print_rich(Text(text))
        elif self.on_stdout is not None:
            sys.stdout.write(render(ledger, self.on_stdout))
        for form, path in self.in_files:
            write_text(path, render(ledger, form))


def show_line(line: Line) -> None:
    """Print what came of one function."""
    for text in line_text(line):
        print_rich(Text(text))


def _placed(test: Test, directory: Path) -> Finding:
    """Return a finding whose target is found from the directory of the test."""
    assert test.finding is not None
    if test.file is None:
        return test.finding
    target = dataclasses.replace(test.finding.target, file=seen_from(directory, test.file))
    return dataclasses.replace(test.finding, target=target)
