"""`trialrun record -- pytest -q`: the user's own tests, and the calls that they make, kept as inputs for `compare`.

Leaves out: recording (`run/recording.py`), reading what was recorded (`store/calls.py`).
"""

from collections import Counter
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from trialrun.cli.output import stderr_console
from trialrun.core.errors import UsageError
from trialrun.core.printable import printable
from trialrun.run.recording import Recording, run_recorded
from trialrun.run.worktrees import Repository
from trialrun.store.calls import CALLS, read_calls

_REASONS = 5


def record(
    *command: str,
    path: Annotated[tuple[Path, ...], Parameter(negative="")] = (),
    output: Path | None = None,
    each: int = 20,
) -> int:
    """Run a test command of yours and keep the calls that it makes.

    The command runs as it would without trialrun: trusted, outside the sandbox. Exits with what the command exits with.

    Parameters
    ----------
    command
        What to run, after --, such as: -- pytest -q
    path
        Files and directories whose functions are recorded; default: the whole repository. May be repeated.
    output
        Directory for the calls; default: .trialrun/calls of the repository.
    each
        Different calls kept of one function.
    """
    if each < 1:
        raise UsageError(f"--each is {each}; it must be at least 1")
    root = Repository.around(Path.cwd()).root
    missing = [one for one in path if not one.exists()]
    if missing:
        raise UsageError(f"{missing[0]} is not there")
    output = output or root / CALLS
    console = stderr_console()
    console.print(Text(printable(f"running outside the sandbox: {' '.join(command)}", 300)))
    recording = Recording(root=root, paths=path or (root,), output=output, each=each)
    code = run_recorded(command, recording)
    calls = read_calls(output)
    console.print(
        Text(f"{calls.count:,} different calls of {len(calls.arguments):,} functions are in {output}")
    )
    why: Counter[str] = Counter()
    for reasons in calls.skipped.values():
        why.update(reasons)
    if why:
        told = "; ".join(f"{count:,} × {reason}" for reason, count in why.most_common(_REASONS))
        console.print(Text(printable(f"{why.total():,} calls were not kept: {told}", 500)))
    return code if code >= 0 else 128 - code
