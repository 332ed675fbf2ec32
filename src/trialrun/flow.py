"""The one loop: task set and samples in, records and a summary out.

    tasks + samples ──▶ programs ──▶ judge (run, compare) ──▶ records.jsonl ──▶ summary.json
    tasks + method  ──▶    ↑  (making.py: asks the model, keeps its answers)

Programs are judged in parallel by threads, while others are still being made, each written as one record when it is
finished. A record's key is the hash of all that can change its verdict, so continuing a run is reading its records
and judging what is missing. Interrupting kills every sandboxed process and keeps every finished record.

Leaves out: making programs (`making.py`, methods), judging one (`judging.py`), rendering (`cli`, `measure/table.py`).
"""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from trialrun.core.discovery import find
from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits
from trialrun.core.method import DEFAULT, Generator
from trialrun.core.oracle import CALLS, CHECKS
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.settings import fingerprint, plain, to_table
from trialrun.core.task import ANSWER, Task, TaskSet
from trialrun.core.version import VERSION
from trialrun.judging import Fingerprints, Made, Progress, Silent, Work
from trialrun.making import Maker, Plan, kept_in
from trialrun.measure.summary import DataSet, ModelUsage, Setting, Summary, summarise
from trialrun.models.absent import NoModel
from trialrun.models.open import ModelOptions, open_model
from trialrun.models.protocol import Model
from trialrun.run.environments import interpreter_for
from trialrun.run.row import Isolate
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.store.cache import content_key
from trialrun.store.config import RunConfig
from trialrun.store.history import HistoryFile
from trialrun.store.run_dir import RunDirectory, default_path
from trialrun.store.samples_file import SamplesFile
from trialrun.tasks import needs, registry
from trialrun.tasks.samples import read_samples, reference_samples
from trialrun.verify.tests import Judge, Rules

REFERENCE = "reference"
"""What `--method` says for the task set's own solutions."""
_MISSING_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalConfig:
    """What `eval` is asked to do."""

    tasks: str
    """Task set (`trialrun list`), or a file of your own tasks."""
    method: str | Generator | None = None
    """Method that makes the programs (`trialrun where`), or `reference`: the task set's own solutions."""
    model: str | Model | None = None
    """Model that the method asks: local, openai:MODEL, openai:MODEL@URL, a URL, replay:FILE, scripted:FILE."""
    model_options: ModelOptions = field(default_factory=ModelOptions)
    """How the model is reached."""
    call_budget: int | None = None
    """Model calls that a method may make for one task; default: as many as it likes."""
    token_budget: int | None = None
    """Tokens, of prompts and answers, that a method may use for one task."""
    query_budget: int | None = None
    """Calls of a hidden function, those given from the start included; default: what the task set says."""
    check_budget: int | None = None
    """Programs that may be submitted against a hidden function; default: what the task set says."""
    samples: Path | None = None
    """Samples to judge: JSON lines, a directory TASK/N.py, or a file of another harness."""
    format: str | None = None
    """Format of the samples: jsonl, directory, bigcodebench, lm-eval, inspect, evalplus, cruxeval; default: by
    content."""
    k: tuple[int, ...] = (1,)
    """Which pass@k to report."""
    limit: int | None = None
    """Judge only the first N tasks."""
    task: tuple[str, ...] = ()
    """Judge only this task (may be given several times)."""
    base_only: bool = False
    """Leave out the extra tests of the plus sets."""
    comparator: str = "upstream"
    """How values are compared: `upstream` (as the benchmark's own grader) or `strict`."""
    limits: Limits = field(default_factory=Limits)
    """What one program may use; a limit left as it is gives way to the task set's own."""
    isolate: Isolate = "program"
    """`case`: every case in a job of its own, so that what a program keeps between calls is seen."""
    shuffle: int | None = None
    """Seed of the order in which cases are tried; default: the order of the task set."""
    workers: int | None = None
    """Samples judged at the same time; default: one per CPU."""
    seed: int = 0
    """Seed of the model's samples, of the tests' random numbers and of the bootstrap."""
    output: Path | None = None
    """Run directory; default: runs/TASKS-TIME."""
    resume: bool = False
    """Continue the run in --output."""
    allow_partial: bool = False
    """Accept samples that leave tasks out."""
    python: str | None = None
    """Interpreter or virtual environment that runs the programs; default: what the tasks ask for, or trialrun's own."""
    unsafe: bool = False
    """Run even where this machine cannot confine programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished evaluation."""

    summary: Summary
    records: tuple[Record, ...]
    directory: Path
    tasks: TaskSet
    """The task set, whole."""


def evaluate(
    config: EvalConfig | str,
    *,
    samples: Path | str | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> Run:
    """Judge samples (or `method="reference"`) of a task set; write and return the run.

    Takes an `EvalConfig`, or a task set's name and the fields of one. Raises `UsageError` for what cannot be meant,
    `Missing` for absent data, `BoundaryError` where the machine fails; KeyboardInterrupt passes through. Whatever
    ends it, finished records are in the run directory.
    """
    config = _asked(config, samples, settings)
    _check(config)
    method = _method(config)
    began = time.monotonic()
    progress = progress or Silent()
    whole = registry.load(config.tasks)
    chosen = registry.select(whole, limit=config.limit, ids=config.task or None)
    config = replace(config, limits=needs.limits_for(chosen, config.limits))
    found = _samples(config, whole, chosen) if method is None else []
    rules = Rules(
        comparator=config.comparator,
        limits=config.limits,
        base_only=config.base_only,
        seed=config.seed,
        isolate=config.isolate,
        shuffle=config.shuffle,
    )
    python = interpreter_for(
        needs.requirements(chosen), chosen.python, named=config.python, tell=progress.note
    )
    isolation = Isolation(unsafe=config.unsafe, python=python)
    path = config.output or default_path(chosen.name)
    open_directory = RunDirectory.resume if config.resume else RunDirectory.create
    with contextlib.ExitStack() as stack:
        model = stack.enter_context(_opened(config)) if method is not None else None
        sandbox = stack.enter_context(Sandbox(isolation))
        run_config = _run_config(config, chosen, python.fingerprint, sandbox.tier, method, model)
        directory = stack.enter_context(open_directory(path, run_config))
        judge = Judge(sandbox.importing(needs.common_modules(chosen)), rules)
        work = Work(sandbox, directory, judge, chosen, _fingerprints(run_config, method), progress)
        workers = config.workers or os.cpu_count() or 1
        maker: Maker | None = None
        if method is not None and model is not None:
            file = stack.enter_context(SamplesFile(directory.path))
            kept = stack.enter_context(contextlib.closing(kept_in(directory.path, model)))
            plan = Plan(method=method, tasks=chosen.tasks, seed=config.seed, budget=_budget(config))
            history = stack.enter_context(HistoryFile(directory.path))
            maker = Maker(plan, kept, judge, directory, file, history)
            work.judge(maker.kept, maker.made, expected=maker.expected, workers=workers)
        else:
            work.judge(found, workers=workers)
        records = work.records()
        setting = _setting(config, chosen, None if maker is None else maker.usage())
        ids = [task.id for task in chosen.tasks]
        summary = summarise(records, tasks=ids, setting=setting, wall_s=time.monotonic() - began)
        directory.write_summary(summary)
    return Run(summary=summary, records=records, directory=path, tasks=whole)


def _asked(config: EvalConfig | str, samples: Path | str | None, settings: dict[str, Any]) -> EvalConfig:
    if isinstance(config, str):
        where = Path(samples) if samples is not None else None
        config = EvalConfig(tasks=config, samples=where, **settings)
    if config.model is not None and config.method is None and config.samples is None:
        return replace(config, method=DEFAULT)
    return config


def _setting(config: EvalConfig, task_set: TaskSet, usage: ModelUsage | None) -> Setting:
    return Setting(
        data_set=DataSet(name=task_set.name, version=task_set.version, sha256=task_set.sha256),
        comparator=config.comparator,
        limits=config.limits,
        version=VERSION,
        k=config.k,
        seed=config.seed,
        usage=usage,
    )


def _check(config: EvalConfig) -> None:
    if (config.method is None) == (config.samples is None):
        raise UsageError(
            "give --samples FILE, or --model MODEL, or --method reference (the set's own solutions)"
        )
    if config.method in (None, REFERENCE) and config.model is not None:
        raise UsageError("--model is for a method that asks one, such as --method vanilla")
    for flag, limit in (
        ("--call-budget", config.call_budget),
        ("--token-budget", config.token_budget),
        ("--query-budget", config.query_budget),
        ("--check-budget", config.check_budget),
    ):
        if limit is not None and limit < 1:
            raise UsageError(f"{flag} is {limit}; it must be at least 1")
    if config.resume and config.output is None:
        raise UsageError("--resume continues the run in --output DIR: say which")
    if config.comparator not in ("upstream", "strict"):
        raise UsageError(f"no comparator {config.comparator!r}; there are 'upstream' and 'strict'")
    if config.isolate not in ("program", "case"):
        raise UsageError(f"no isolation {config.isolate!r}; there are 'program' and 'case'")
    for name, limit in asdict(config.limits).items():
        if limit is not None and not isinstance(limit, bool | str) and not 0 < limit < float("inf"):
            raise UsageError(f"limit {name} is {limit}; it must be a number above 0")
    if config.workers is not None and config.workers < 1:
        raise UsageError(f"--workers is {config.workers}; it must be at least 1")
    if any(k < 1 for k in config.k):
        raise UsageError("--k takes whole numbers from 1 up")


def _method(config: EvalConfig) -> Generator | None:
    """Return the method that makes the programs, None where they are given."""
    if config.method is None or config.method == REFERENCE:
        return None
    found = config.method
    if not isinstance(found, Generator):
        found = find(found, Generator)()  # type: ignore[type-abstract]
    if found.asks and config.model is None:
        raise UsageError("a method needs --model MODEL")
    if not found.asks and config.model is not None:
        raise UsageError(f"{found.declared.id} asks no model: leave out --model")
    return found


@contextlib.contextmanager
def _opened(config: EvalConfig) -> Iterator[Model]:
    """Give the model; close it where it was opened here. A method that asks none gets one that refuses."""
    if isinstance(config.model, str):
        with open_model(config.model, config.model_options) as model:
            yield model
    else:
        yield NoModel() if config.model is None else config.model


def _budget(config: EvalConfig) -> dict[str, float]:
    limits = {
        "model_calls": config.call_budget,
        "tokens": config.token_budget,
        CALLS: config.query_budget,
        CHECKS: config.check_budget,
    }
    return {name: float(limit) for name, limit in limits.items() if limit is not None}


def _samples(config: EvalConfig, whole: TaskSet, chosen: TaskSet) -> list[Made]:
    """Return the programs that are given: references, or a samples file's."""
    if config.samples is None:
        found = reference_samples(chosen)
    else:
        only = {task.id for task in chosen.tasks}
        found = read_samples(config.samples, whole, only=only, format=config.format)
        if found.missing and not config.allow_partial:
            shown = ", ".join(found.missing[:_MISSING_SHOWN])
            left = len(found.missing) - _MISSING_SHOWN
            more = f" and {left} more" if left > 0 else ""
            raise UsageError(
                f"{config.samples} has no sample for {len(found.missing)} tasks of {whole.name} ({shown}{more}); "
                "--allow-partial judges what is there"
            )
    tasks = {task.id: task for task in chosen.tasks}
    return [
        Made(task_id=sample.task_id, index=sample.index, program=_given(sample.source, tasks[sample.task_id]))
        for sample in found.samples
    ]


def _given(text: str, task: Task) -> Program:
    if task.language == ANSWER:
        return Program(files=(("answer.txt", text),), language=ANSWER, maker="samples")
    return Program.from_source(text, entry=task.entry, maker="samples")


def _fingerprints(run_config: RunConfig, method: Generator | None) -> Fingerprints:
    settings = content_key(repr(sorted(run_config.verdict.items())))
    return Fingerprints(settings=settings, method="" if method is None else fingerprint(method))


def _run_config(
    config: EvalConfig,
    task_set: TaskSet,
    python: str,
    tier: str,
    method: Generator | None,
    model: Model | None,
) -> RunConfig:
    limits = {
        f"limit_{name}": plain(value) for name, value in asdict(config.limits).items() if value is not None
    }
    verdict: dict[str, Any] = {
        "tasks": task_set.name,
        "tasks_sha256": task_set.sha256,
        "comparator": config.comparator,
        "base_only": config.base_only,
        "seed": config.seed,
        "isolate": config.isolate,
        "shuffle": "" if config.shuffle is None else str(config.shuffle),
        "version": VERSION,
        "python": python,
        "tier": tier,
        **limits,
    }
    if method is not None and model is not None:
        verdict |= {"method": method.declared.id, "model": model.id}
        verdict |= {f"method.{name}": value for name, value in to_table(method).items()}
        verdict |= {f"budget.{name}": limit for name, limit in _budget(config).items()}
    asked: Mapping[str, Any] = {
        "method": method.declared.id if method is not None else config.method or "",
        "model": config.model if isinstance(config.model, str) else "",
        "samples": str(config.samples or ""),
        "k": list(config.k),
        "limit": config.limit or 0,
        "task": list(config.task),
        "workers": config.workers or 0,
        "unsafe": config.unsafe,
    }
    return RunConfig(verdict=verdict, asked=asked)
