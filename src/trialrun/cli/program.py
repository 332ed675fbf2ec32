"""`trialrun run`: a program in the sandbox, or several on many cases, and what they did."""

import base64
import contextlib
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from trialrun import running
from trialrun.cli.model_options import ModelOptions
from trialrun.cli.output import print_json, print_line, print_rich, stderr_console
from trialrun.cli.partial import print_partial
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import render
from trialrun.core.printable import printable
from trialrun.core.text_files import read_text
from trialrun.models.open import open_model
from trialrun.run.matrix import Cell, Order
from trialrun.run.row import Isolate

SHOWN = 100_000
"""Characters of the value, and on a terminal of the output, that are shown."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class OnCases:
    """How programs are run on many cases."""

    cases: Path | None = None
    """File of JSON lines: {"args": [3]} for calls of --entry, {"stdin": "3", "argv": [], "files": {}} for scripts."""
    entry: str | None = None
    """Function that the cases call."""
    isolate: Isolate = "program"
    """`case`: each case in a job of its own, so that what a program keeps between calls is seen."""
    shuffle: int | None = None
    """Seed of the order of cases; default: as in the file."""
    fail_fast: bool = False
    """End a program at its first case that does not return; try cases that have ended others first."""
    files: bool = False
    """Bring back the files that scripts make."""
    workers: int = 1
    """Programs that run at the same time."""

    def cells(self, paths: Sequence[Path], limits: Limits, python: str | None) -> Generator[Cell, None, None]:
        """Return the cells as they come. Raises `UsageError` for flags that do not go together."""
        assert self.cases is not None
        if self.fail_fast and self.shuffle is not None:
            raise UsageError("--shuffle and --fail-fast are two orders: choose one")
        order: Order = "fail-fast" if self.fail_fast else "given" if self.shuffle is None else "shuffled"
        return running.run_all(
            paths,
            self.cases,
            entry=self.entry,
            limits=limits,
            python=python,
            isolate=self.isolate,
            order=order,
            seed=self.shuffle or 0,
            collect="all" if self.files else (),
            workers=self.workers,
        )


def run(
    file: Path,
    /,
    *more: Path,
    call: str | None = None,
    stdin: Path | None = None,
    on: OnCases = OnCases(),
    python: str | None = None,
    partial: bool = False,
    model: str | None = None,
    asked: Annotated[ModelOptions, Parameter(name="*")] = ModelOptions(),  # noqa: B008 (frozen)
    limits: Annotated[Limits, Parameter(name="*")] = Limits(),  # noqa: B008 (frozen)
    json: bool = False,
) -> int:
    """Run one program in the sandbox, or with --cases every program on every case.

    Without --call or --entry a file runs as a script. Exits with 0 where everything returned, 1 where not. With
    --partial FILE may lack imports, names and callees: values are invented for them, and several runs look for the
    statements that can be reached.

    Parameters
    ----------
    file
        Python file.
    more
        Further Python files, for --cases.
    call
        Call to make, such as "f(3)"; its arguments are literals.
    stdin
        File that the program reads as its standard input.
    python
        Interpreter or virtual environment that runs it; default: the interpreter that runs trialrun.
    partial
        Run code whose imports, names and callees are missing; tell which lines ran and what was invented.
    model
        With --partial: ask a model (local, openai:MODEL, …) for values; they are kept when coverage does not fall.
    json
        Print the execution as one JSON document; with --cases one a line, as they come.
    """
    paths = (file, *more)
    if partial:
        if call is not None or stdin is not None or more or on != OnCases():
            raise UsageError("--partial takes one file, and no call, cases or standard input")
        return _run_partial(file, limits, python, model, asked, json=json)
    if model is not None:
        raise UsageError("--model is for --partial")
    if on.cases is not None:
        if call is not None or stdin is not None:
            raise UsageError("--call and --stdin are for one run; with --cases they are part of the cases")
        return _print_cells(on.cells(paths, limits, python), [str(path) for path in paths], json=json)
    if more or on != OnCases():
        raise UsageError(
            "several programs, --entry, --isolate, --shuffle, --fail-fast and --files need --cases"
        )
    execution = running.run(file, call=call, stdin=_text_of(stdin), limits=limits, python=python)
    if json:
        print_json(_document(execution))
    else:
        _show(execution)
    return 0 if execution.outcome is Outcome.RETURNED else 1


def _run_partial(
    file: Path, limits: Limits, python: str | None, model: str | None, asked: ModelOptions, *, json: bool
) -> int:
    with contextlib.ExitStack() as stack:
        opened = None
        if model is not None:
            opened = stack.enter_context(contextlib.closing(open_model(model, asked)))
        return print_partial(running.run_partial(file, limits=limits, python=python, model=opened), json=json)


def _print_cells(cells: Generator[Cell, None, None], names: list[str], *, json: bool) -> int:
    """Print one line a cell as it comes; return the exit code."""
    failed = False
    with contextlib.closing(cells):
        for cell in cells:
            execution = cell.execution
            failed = failed or execution.outcome is not Outcome.RETURNED
            if json:
                print_line({"program": names[cell.program], "case": cell.case, **_cell_document(execution)})
                continue
            value = "" if execution.value is None else render(execution.value, limit=200)
            shown = value or execution.stdout[:400].decode("utf-8", "backslashreplace")
            named = " ".join(part for part in (execution.exception, execution.message) if part)
            line = f"{names[cell.program]} · {cell.case} · {execution.outcome} {shown or named}"
            print(printable(" ".join(line.split()), 400), flush=True)
    return int(failed)


def _cell_document(execution: Execution) -> dict[str, object]:
    """Lay out a cell's execution: a file is text, or base64 where it is not."""
    files: dict[str, object] = {}
    for name, content in execution.files:
        try:
            files[name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")] = (
                content.decode("utf-8")
            )
        except UnicodeDecodeError:
            files[name] = {"base64": base64.b64encode(content).decode("ascii")}
    return {**_document(execution), "files": files}


def _text_of(path: Path | None) -> str | None:
    return None if path is None else read_text(path, source=False)


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
