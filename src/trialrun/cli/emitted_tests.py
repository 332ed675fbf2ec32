"""`--emit-test`: the file of pytest tests that a command writes, and on stderr what did not become a test.

Leaves out: what a test says (`lang/emit_test.py`).
"""

import os
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from trialrun.cli.output import stderr_console, write_text
from trialrun.core.printable import printable
from trialrun.lang.emit_parts import CHANGE
from trialrun.lang.emit_test import Finding, emit_tests
from trialrun.report.differences import case_text


def write_tests(path: Path, findings: Sequence[Finding], *, heading: str = CHANGE) -> None:
    """Write a file of tests, where there are any, and say how many there are and what has none."""
    emitted = emit_tests(findings, heading=heading)
    for finding, why in emitted.unsaid:
        name = finding.target.qualname or finding.target.file
        _say(f"no test for {name}{case_text(finding.case)}: {why}")
    if emitted.text:
        write_text(path, emitted.text)
    _say(f"{emitted.count} tests in {path}" if emitted.count else "no test was written")


def seen_from(directory: Path, file: Path) -> str:
    """Return the path of a file as a test in a directory has to name it."""
    return os.path.relpath(file.resolve(), directory.resolve())


def _say(text: str) -> None:
    stderr_console().print(Text(printable(text, 300)))
