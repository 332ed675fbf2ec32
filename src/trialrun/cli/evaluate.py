"""`trialrun eval`: judge samples, or have a method make them; show the summary."""

from dataclasses import KW_ONLY, dataclass, fields, replace
from typing import Annotated

from cyclopts import Parameter

from trialrun import flow
from trialrun.cli import model_options  # noqa: F401 (the flags of `EvalConfig.model`)
from trialrun.cli.output import print_json, print_rich, stderr_console
from trialrun.core.errors import UsageError
from trialrun.core.method import Generator
from trialrun.flow import EvalConfig
from trialrun.measure.progress import progress_on
from trialrun.measure.summary import Summary
from trialrun.measure.table import render
from trialrun.report import html
from trialrun.store.run_dir import default_path

BELOW = 1
UNSCORED = 3


@dataclass(frozen=True, slots=True)
class Request(EvalConfig):
    """An `EvalConfig` as it is written: the task set without a flag, method and model by name."""

    tasks: str
    """Task set (`trialrun list`), or a file of your own tasks."""
    _: KW_ONLY
    method: str | None = None
    """Method that makes the programs (`trialrun where`), or `reference`: the task set's own solutions."""
    model: str | None = None
    """Model that the method asks: local, openai:MODEL, openai:MODEL@URL, a URL, replay:FILE, scripted:FILE."""


def evaluate(
    config: Annotated[Request, Parameter(name="*")],
    *,
    fail_under: float | None = None,
    no_report: bool = False,
    json: bool = False,
    made_by: Annotated[Generator | None, Parameter(parse=False)] = None,
) -> int:
    """Judge samples of a task set by its tests.

    Give the samples with --samples FILE, have them made with --model MODEL (by --method vanilla, or another method;
    --method METHOD --help shows its settings), or judge the set's own solutions with --method reference.

    Parameters
    ----------
    fail_under
        Exit with 1 where pass@1 is below this share (0 to 1).
    no_report
        Do not write report.html into the run directory.
    json
        Print the summary as one JSON document.
    """
    if fail_under is not None and not 0.0 <= fail_under <= 1.0:
        raise UsageError(f"--fail-under is {fail_under:g}; it is a share from 0 to 1")
    if config.output is None and not config.resume:
        config = replace(config, output=default_path(config.tasks))
    progress = progress_on(stderr_console())
    try:
        run = flow.evaluate(_as_asked(config, made_by), progress=progress)
    except KeyboardInterrupt:
        if config.output is not None and config.output.exists():
            progress.note(f"finished records are kept; continue with --resume --output {config.output}")
        raise
    if json:
        print_json(run.summary)
    else:
        print_rich(render(run.summary))
    progress.note(f"records and summary are in {run.directory}")
    if not no_report:
        progress.note(f"report: {html.write(run.directory, tasks=run.tasks)}")
    return exit_code(run.summary, fail_under)


def _as_asked(request: Request, made_by: Generator | None) -> EvalConfig:
    asked = {field.name: getattr(request, field.name) for field in fields(EvalConfig)}
    return EvalConfig(**asked | {"method": made_by or request.method})


def exit_code(summary: Summary, fail_under: float | None) -> int:
    """Return what the command exits with: unscored samples outweigh a low score."""
    if summary.unscored.count:
        return UNSCORED
    if fail_under is not None and (summary.pass_at_1 is None or summary.pass_at_1 < fail_under):
        return BELOW
    return 0
