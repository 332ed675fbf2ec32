"""`trialrun trace`: what happened inside a program while it ran."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from trialrun import running
from trialrun.cli.monitor import SUFFIXES, print_reports
from trialrun.cli.output import stderr_console
from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.printable import printable
from trialrun.core.text_files import read_text
from trialrun.core.trace import Level, Trace
from trialrun.report.traces import WITH_VALUES, renderer_of

_FORMS = (
    "Form: `lines`, `json` (lines in order, blocks with values), `blocks` (state before, lines, state after), `calls` "
    "(tree), `coverage`, `histories` (of variables), `classes` (quantised values), `scratchpad` or `concise`, "
    "`monologue` or `backward`, `html` (a page that steps through the run), `perfetto`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is kept of a run, and how it is shown."""

    values: Annotated[bool, Parameter(negative="")] = False
    """Show the values that each block wrote."""
    to: Annotated[str, Parameter(help=_FORMS)] = "lines"
    """Name of the form."""
    json: Annotated[bool, Parameter(negative="")] = False
    """The same as --to json."""
    first: int = 100_000
    """Events kept from the beginning of a long run."""
    last: int = 20_000
    """Events kept from its end."""


def trace(
    file: Path,
    /,
    *,
    call: str | None = None,
    stdin: Path | None = None,
    python: str | None = None,
    monitor: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    form: Annotated[Form, Parameter(name="*")] = Form(),
    limits: Annotated[Limits, Parameter(name="*")] = Limits(),  # noqa: B008 (frozen)
) -> int:
    """Run one program in the sandbox and show what it did, line by line or block by block.

    Without --call a file runs as a script. Exits with 0 where it returned, 1 where not. What a trace says is the
    program's own word: it shares the process that records.

    Parameters
    ----------
    file
        Python file, or a WebAssembly module (.wasm or .wat) for --monitor.
    call
        Call to make, such as "f(3)"; its arguments are literals.
    stdin
        File that the program reads as its standard input.
    python
        Interpreter or virtual environment that runs it; default: the interpreter that runs trialrun.
    monitor
        Report on a WebAssembly module: `coverage`, `hotness`, `branches`, `loops`, `calls`, `globals`, `memstats`,
        `opcodes` or `icount`, with `{c}` as a listing of the code. May be given several times.
    """
    is_module = bool(monitor) or file.suffix in SUFFIXES
    text = None if stdin is None else read_text(stdin, source=False)
    if form.json and (form.to not in ("lines", "json") or is_module):
        raise UsageError("--json is a form of its own for Python programs: leave out --to and --monitor")
    if is_module:
        return print_reports(file, monitor or ("hotness",), call=call, stdin=text, limits=limits)
    to = "json" if form.json else form.to
    render = renderer_of(to)
    found = running.trace(
        file,
        call=call,
        stdin=text,
        level=Level.SUMMARIES if form.values or to in WITH_VALUES else Level.IDS,
        first=form.first,
        last=form.last,
        limits=limits,
        python=python,
    )
    sys.stdout.write(render(found))
    return _tell(found)


def _tell(found: Trace) -> int:
    """Say on stderr how the run ended, and what the trace lacks; return the exit code."""
    console = stderr_console()
    for flag in found.flags:
        console.print(Text(f"warning: {printable(flag, 200)}"))
    if found.dropped:
        console.print(
            Text(
                f"{found.dropped:,} events are missing after the first {found.gap:,} (--first, --last keep more)"
            )
        )
    execution = found.execution
    ending = [str(execution.outcome)]
    if execution.exception or execution.message:
        named = ": ".join(part for part in (execution.exception, execution.message) if part)
        ending.append(printable(named, 500))
    ending.append(f"{len(found):,} events, Python {found.python}")
    console.print(Text(" · ".join(ending)))
    return 0 if execution.outcome is Outcome.RETURNED else 1
