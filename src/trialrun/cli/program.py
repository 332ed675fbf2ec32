"""`trialrun run`: one program in the sandbox, and what it did."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from trialrun import flow
from trialrun.cli.output import print_json, print_rich, stderr_console
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import render
from trialrun.core.printable import printable

SHOWN = 100_000
"""Characters of the value, and on a terminal of the output, that are shown."""


def run(
    file: Path,
    /,
    *,
    call: str | None = None,
    stdin: Path | None = None,
    python: str | None = None,
    limits: Annotated[Limits, Parameter(name="*")] = Limits(),  # noqa: B008 (frozen)
    json: bool = False,
) -> int:
    """Run one program in the sandbox.

    Without --call the file runs as a script. Exits with 0 where it returned, 1 where it did not.

    Parameters
    ----------
    file
        Python file.
    call
        Call to make, such as "f(3)"; its arguments are literals.
    stdin
        File that the program reads as its standard input.
    python
        Interpreter or virtual environment that runs it; default: the interpreter that runs trialrun.
    json
        Print the execution as one JSON document.
    """
    execution = flow.run(file, call=call, stdin=_text_of(stdin), limits=limits, python=python)
    if json:
        print_json(_document(execution))
    else:
        _show(execution)
    return 0 if execution.outcome is Outcome.RETURNED else 1


def _text_of(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start:,})") from error


def _document(execution: Execution) -> dict[str, object]:
    """Lay out an execution for JSON: the value as text, output decoded, bytes that are no UTF-8 escaped."""
    return {
        "outcome": execution.outcome,
        "value": None if execution.value is None else render(execution.value, limit=SHOWN),
        "exception": execution.exception,
        "message": execution.message,
        "stdout": execution.stdout.decode("utf-8", "backslashreplace"),
        "stderr": execution.stderr.decode("utf-8", "backslashreplace"),
        "cpu_s": execution.cpu_s,
        "wall_s": execution.wall_s,
        "peak_mb": execution.peak_mb,
    }


def _show(execution: Execution) -> None:
    """Print value and output on stdout, how it ended on stderr."""
    for output, stream in ((execution.stdout, sys.stdout), (execution.stderr, sys.stderr)):
        text = output.decode("utf-8", "backslashreplace")
        if text:
            stream.write(printable(text, SHOWN, lines=True).rstrip("\n") + "\n")
    if execution.value is not None:
        print_rich(Text(render(execution.value, limit=SHOWN)))
    ending = [str(execution.outcome)]
    if execution.exception or execution.message:
        named = ": ".join(part for part in (execution.exception, execution.message) if part)
        ending.append(printable(named, 500))
    ending.append(f"{execution.cpu_s * 1000:.1f} ms CPU")
    stderr_console().print(Text(" · ".join(ending)))
