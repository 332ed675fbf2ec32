"""What commands print and write: one JSON document or rich output on stdout, files, everything else on stderr."""

import sys
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType

from trialrun.core.errors import StoreError, UsageError
from trialrun.store.atomic import write_atomically
from trialrun.store.json_text import to_json

PIPE_WIDTH = 120
"""Columns used where stdout is not a terminal and so has no width."""


def print_json(value: Any) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.write(to_json(value, indent=2).decode() + "\n")


def print_line(value: Any) -> None:
    """Print one JSON document on a line of its own, at once."""
    sys.stdout.write(to_json(value).decode().rstrip("\n") + "\n")
    sys.stdout.flush()


def print_rich(content: RenderableType) -> None:
    """Print a table or text on stdout; text from outside must come as `Text(printable(...))`."""
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False).print(content)


def require_directory(*files: Path | None) -> None:
    """Raise `UsageError` where a file is to be written into a directory that is not there: before the work is done."""
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise UsageError(f"cannot write {file}: make the directory {file.parent} first")


def stderr_console() -> Console:
    """Return a console on stderr."""
    return Console(stderr=True, highlight=False)


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step; lone surrogates are escaped. Raises `StoreError`."""
    try:
        write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from error
