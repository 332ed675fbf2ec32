"""Rows of the published files, as they are, and a plain namespace to run a data set's own trusted code in.

Audits show what happens to whoever runs the published code the published way; so nothing here goes through the
sandbox or through `trialrun.tasks`.
"""

import contextlib
import io
import subprocess
import sys
import warnings
from typing import Any

import msgspec

from trialrun.core.errors import Missing
from trialrun.tasks import datafiles
from trialrun.tasks.coconut import Row, read_rows
from trialrun.tasks.datafiles import DataFile
from trialrun.tasks.suites import COCONUT_FILE

Namespace = dict[str, Any]


def rows(file: DataFile, name: str) -> list[dict[str, Any]]:
    """Return the rows of a published data file."""
    return datafiles.rows(datafiles.read(file, name=name))


def coconut_rows() -> list[Row]:
    """Return the rows of CoCoNUT's file. Raises `Missing` where it is not there."""
    return [msgspec.convert(raw, Row) for raw in read_rows(datafiles.read(COCONUT_FILE, name="coconut"))]


def row(file: DataFile, name: str, key: str, value: object) -> dict[str, Any]:
    """Return the one row whose `key` has this value."""
    return next(row for row in rows(file, name) if row[key] == value)


def error_of(*parts: str, namespace: Namespace | None = None) -> str | None:
    """Execute parts of a data set's own code one after the other; return the exception's text, or None."""
    space: Namespace = {} if namespace is None else namespace
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for part in parts:
                exec(compile(part.replace("\r\n", "\n"), "published.py", "exec"), space)
        except Exception as error:
            return f"{type(error).__name__}: {error}".rstrip(": ")
    return None


def under(python: str | None, script: str, stdin: str = "") -> str:
    """Run a script under another interpreter and return what it printed. Raises `Missing` without one."""
    if python is None:
        raise Missing(
            "this audit compares two interpreters, CPython 3.11 and this one", "uv python install 3.11"
        )
    done = subprocess.run(
        [python, "-W", "ignore", "-c", script], input=stdin, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


THIS = sys.executable
