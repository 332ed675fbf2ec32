"""`trialrun repair`: a Python file and the tests that it fails; a program that passes them, with the evidence.

Leaves out: the work itself (`repairing.py`), how it is shown (`report/repairs.py`).
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from trialrun import repairing
from trialrun.cli.flags import limit_flag, refuse_below_zero, refuse_nonsense, seconds
from trialrun.cli.model_options import ModelOptions
from trialrun.cli.output import print_json, require_directory, stderr_console, write_text
from trialrun.core.discovery import find
from trialrun.core.errors import StoreError, UsageError
from trialrun.core.execution import Limits
from trialrun.core.method import Repairer
from trialrun.core.printable import printable
from trialrun.repair.outcome import Repaired, Status
from trialrun.report import repairs
from trialrun.store.atomic import write_atomically

NO_REPAIR = 1
OBJECTED = 4
WITH_MODEL, WITHOUT = "repair/ldb", "repair/templates"
"""Methods that are used where none is named."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How a repair is looked for."""

    time: str = "60s"
    """CPU time of the programs that the method has run, such as 90s or 2m."""
    call_budget: int | None = None
    """Model calls at most."""
    seed: int = 0
    """Seed of every random choice."""
    keep: Path | None = None
    """Directory that keeps the model's answers; the same command gets them from there."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Where the repaired program goes."""

    apply: bool = False
    """Write it into FILE, in one step; not where FILE has changed meanwhile, or the guard objects."""
    anyway: bool = False
    """With --apply or --output: also where the guard objects."""
    output: Path | None = None
    """File to write it to."""


@Parameter(name="*", name_transform=limit_flag, validator=refuse_nonsense)
@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits(Limits):
    """What one run of the program may use."""

    cpu_s: float = repairing.LIMITS.cpu_s
    """CPU seconds per case (and for loading the program)."""
    memory_mb: int = repairing.LIMITS.memory_mb
    """Address space of the job, MiB."""


def repair(
    file: Path,
    /,
    *,
    tests: Path,
    entry: str | None = None,
    method: str | None = None,
    search: Search = Search(),
    writing: Writing = Writing(),
    model: str | None = None,
    asked: Annotated[ModelOptions, Parameter(name="*")] = ModelOptions(),  # noqa: B008 (frozen)
    limits: Annotated[RunLimits, Parameter(name="*")] = RunLimits(),
    json: bool = False,
    made_by: Annotated[Repairer | None, Parameter(parse=False)] = None,
) -> int:
    """Repair a function of FILE that fails its tests; print the difference and what speaks for and against it.

    FILE is changed by --apply alone. Exits with 0 where the tests pass now, or did all along; 1 where no repair was
    found; 4 where one was found and the guard objects: it fits the stated inputs alone, or other tests fail now.

    Parameters
    ----------
    file
        Python file with functions.
    tests
        Its tests: asserts, pytest functions without fixtures, or unittest classes.
    entry
        Function to repair; default: the first whose tests fail.
    method
        Method of repair (`trialrun where`), default: ldb with a model, templates without; --method METHOD --help shows
        its settings.
    model
        Model that the method asks: local, openai:MODEL, …
    json
        Print one JSON document.
    """
    _refuse(search, writing)
    work = repairing.RepairWork(
        file=file,
        tests=tests,
        entry=entry,
        method=made_by or _made(method or (WITHOUT if model is None else WITH_MODEL)),
        model=model,
        model_options=asked,
        limits=limits,
        cpu_s=seconds(search.time),
        call_budget=search.call_budget,
        seed=search.seed,
        keep=search.keep,
    )
    found = _repaired(work)
    _write(found, writing)
    if json:
        print_json(repairs.document(found))
    else:
        sys.stdout.write(repairs.text(found))
    return exit_code(found)


def _refuse(search: Search, writing: Writing) -> None:
    """Raise `UsageError` for flags that cannot be meant."""
    if search.call_budget is not None:
        refuse_below_zero(call_budget=search.call_budget)
    require_directory(writing.output)
    if search.keep is not None and search.keep.exists() and not search.keep.is_dir():
        raise UsageError(f"--keep takes a directory; {search.keep} is none")
    if writing.anyway and not (writing.apply or writing.output):
        raise UsageError("--anyway goes with --apply or --output")


def _repaired(work: repairing.RepairWork) -> Repaired:
    """Do the work, telling on stderr what is going on."""
    with stderr_console().status("") as status:
        try:
            return repairing.repair(work, lambda line: status.update(Text(printable(line, 200))))
        except KeyboardInterrupt:
            if work.keep is not None:
                print(
                    f"answers are kept in {work.keep}: the same command goes on from there", file=sys.stderr
                )
            raise


def _made(name: str) -> Repairer:
    return find(name, Repairer)()  # type: ignore[type-abstract]


def exit_code(found: Repaired) -> int:
    """Return what the command exits with."""
    if found.status is Status.NO_REPAIR:
        return NO_REPAIR
    return OBJECTED if found.objected else 0


def _write(found: Repaired, writing: Writing) -> None:
    """Write the repaired program where that is asked for and the guard does not object. Says what is not written."""
    if found.program is None or not (writing.apply or writing.output):
        return
    if found.objected and not writing.anyway:
        print("not written: the guard objects (--anyway writes it nevertheless)", file=sys.stderr)
        return
    if writing.output is not None:
        write_text(writing.output, found.program.source)
    if writing.apply:
        _replace(found, found.program.source)


def _replace(found: Repaired, source: str) -> None:
    path = found.source.path
    if not found.source.is_as_read():
        raise UsageError(
            f"{path} has changed while it was being repaired, and is left as it is: repeat the command"
        )
    try:
        mode, real = found.source.mode(), path.resolve()
        write_atomically(real, found.source.encoded(source))
        real.chmod(mode)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from error
