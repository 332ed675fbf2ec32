"""Output of `trialrun trace MODULE --monitor NAME`: reports on a WebAssembly program, and on stderr how it ended.

Leaves out: running it (`running.monitor`), the reports (`observe/wasm_monitors.py`).
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from trialrun import running
from trialrun.cli.output import stderr_console
from trialrun.core.execution import Limits, Outcome
from trialrun.core.printable import printable
from trialrun.observe.wasm_monitors import report

SUFFIXES = (".wasm", ".wat")
"""Files that are WebAssembly without being asked."""


def print_reports(
    file: Path, monitors: Sequence[str], *, call: str | None, stdin: str | None, limits: Limits
) -> int:
    """Run a module and print its reports; return 0 where it returned, 1 where not."""
    console = stderr_console()
    seen = running.monitor(
        file, monitors, call=call, stdin=stdin, limits=limits, tell=lambda line: console.print(Text(line))
    )
    execution = seen.run.execution
    sys.stderr.write(printable(execution.stdout.decode("utf-8", "replace"), 20_000, lines=True))
    if seen.observed is None:
        console.print(Text("no counters: the run was stopped before they could be read"))
    else:
        for name in monitors:
            sys.stdout.write(report(name, seen.code, seen.observed))
    results = ", ".join(seen.run.results)
    ending = printable(execution.ending, 500) + (f": {results}" if results else "")
    console.print(Text(ending + (" · counted in a second run" if seen.exact else "")))
    return 0 if execution.outcome is Outcome.RETURNED else 1
