"""The one loop: task set and samples in, records and a summary out.

    tasks + samples ──▶ programs ──▶ judge (run, compare) ──▶ records.jsonl ──▶ summary.json

Samples are judged in parallel by threads, in the order of their tasks, each written as one record when it is
finished. A record's key is the hash of all that can change its verdict, so continuing a run is reading its records
and judging what is missing. Interrupting kills every sandboxed process and keeps every finished record.

Leaves out: making programs (methods), rendering (`cli`, `measure/table.py`).
"""

import ast
import contextlib
import os
import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from trialrun import __version__
from trialrun.core.errors import BoundaryError, UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.judgement import Judgement, Strength, Verdict
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import Case, Sample, TaskSet
from trialrun.measure.summary import DataSet, Setting, Summary, summarise
from trialrun.run.batch import encode_calls
from trialrun.run.interpreter import find_interpreter
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.run.whole import run_call, run_program
from trialrun.store.cache import content_key
from trialrun.store.config import RunConfig
from trialrun.store.run_dir import RunDirectory, default_path
from trialrun.tasks import registry
from trialrun.tasks.samples import Samples, read_samples, reference_samples
from trialrun.verify.tests import Judge, Rules

_MISSING_SHOWN = 5


class Progress(Protocol):
    """Told of a run as it goes; called from several threads."""

    def start(self, total: int, done: int) -> None:
        """The run begins with `done` of `total` samples already judged."""

    def advance(self, record: Record) -> None:
        """One more sample is judged."""

    def note(self, text: str) -> None:
        """Something worth a line happened."""

    def finish(self) -> None:
        """The run is over, in whatever way."""


class _Silent:
    def start(self, total: int, done: int) -> None: ...
    def advance(self, record: Record) -> None: ...
    def note(self, text: str) -> None: ...
    def finish(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalConfig:
    """What `eval` is asked to do."""

    tasks: str
    """Task set (`trialrun list`), or a file of your own tasks."""
    method: str | None = None
    """`reference`: judge the task set's own solutions."""
    samples: Path | None = None
    """Samples to judge: JSON lines, a directory TASK/N.py, or a file of another harness."""
    format: str | None = None
    """Format of the samples: jsonl, directory, bigcodebench, lm-eval, inspect, evalplus; default: by content."""
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
    """What one program may use."""
    workers: int | None = None
    """Samples judged at the same time; default: one per CPU."""
    seed: int = 0
    """Seed of the tests' random numbers and of the bootstrap."""
    output: Path | None = None
    """Run directory; default: runs/TASKS-TIME."""
    resume: bool = False
    """Continue the run in --output."""
    allow_partial: bool = False
    """Accept samples that leave tasks out."""
    python: str | None = None
    """Interpreter that runs the programs, by name or path; default: the one that runs trialrun."""
    unsafe: bool = False
    """Run even where this machine cannot confine programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished evaluation."""

    summary: Summary
    records: tuple[Record, ...]
    directory: Path


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
    if isinstance(config, str):
        where = Path(samples) if samples is not None else None
        config = EvalConfig(tasks=config, samples=where, **settings)
    _check(config)
    began = time.monotonic()
    progress = progress or _Silent()
    whole = registry.load(config.tasks)
    chosen = registry.select(whole, limit=config.limit, ids=config.task or None)
    found = _samples(config, whole, chosen)
    rules = Rules(
        comparator=config.comparator, limits=config.limits, base_only=config.base_only, seed=config.seed
    )
    isolation = Isolation(unsafe=config.unsafe, python=find_interpreter(config.python))
    path = config.output or default_path(chosen.name)
    open_directory = RunDirectory.resume if config.resume else RunDirectory.create
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(isolation))
        run_config = _run_config(config, chosen, isolation.python.version, sandbox.tier)
        fingerprint = content_key(repr(sorted(run_config.verdict.items())))
        directory = stack.enter_context(open_directory(path, run_config))
        work = _Work(sandbox, directory, Judge(sandbox, rules), chosen, fingerprint, progress)
        work.judge(found.samples, workers=config.workers or os.cpu_count() or 1)
        records = tuple(directory.records[key] for key in work.keys)
        setting = Setting(
            data_set=DataSet(name=chosen.name, version=chosen.version, sha256=chosen.sha256),
            comparator=config.comparator,
            limits=config.limits,
            version=__version__,
            k=config.k,
            seed=config.seed,
        )
        ids = [task.id for task in chosen.tasks]
        summary = summarise(records, tasks=ids, setting=setting, wall_s=time.monotonic() - began)
        directory.write_summary(summary)
    return Run(summary=summary, records=records, directory=path)


def run(
    path: Path | str, *, call: str | None = None, stdin: str | None = None, limits: Limits | None = None
) -> Execution:
    """Run one Python file in the sandbox: as a whole program, or one `call` such as `f([3, 1], k=2)`.

    Arguments of the call are literals. Returns the `Execution`; raises `UsageError` for a missing file or a call
    that is not one.
    """
    place = Path(path)
    try:
        source = place.read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise UsageError(f"cannot read {place}: {error.strerror}") from error
    limits = limits or Limits()
    with Sandbox() as sandbox:
        if call is None:
            return run_program(sandbox, Program.from_source(source), limits, stdin=stdin or "")
        name, arguments = _parse_call(call)
        program = Program.from_source(source, entry=name)
        return run_call(sandbox, program, encode_calls(name, [Case(args=arguments)])[0], limits)


def _parse_call(call: str) -> tuple[str, tuple[Any, ...]]:
    try:
        tree = ast.parse(call, mode="eval").body
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.keywords:
            return tree.func.id, tuple(ast.literal_eval(argument) for argument in tree.args)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    raise UsageError(f"{call[:100]!r} is not a call with literal arguments, such as f([3, 1], 'a')")


def _check(config: EvalConfig) -> None:
    if (config.method is None) == (config.samples is None):
        raise UsageError("give either --samples FILE or --method reference")
    if config.method not in (None, "reference"):
        raise UsageError(f"no method {config.method!r}; there is 'reference', the task set's own solutions")
    if config.resume and config.output is None:
        raise UsageError("--resume continues the run in --output DIR: say which")
    if config.comparator not in ("upstream", "strict"):
        raise UsageError(f"no comparator {config.comparator!r}; there are 'upstream' and 'strict'")
    if config.workers is not None and config.workers < 1:
        raise UsageError(f"--workers is {config.workers}; it must be at least 1")
    if any(k < 1 for k in config.k):
        raise UsageError("--k takes whole numbers from 1 up")


def _samples(config: EvalConfig, whole: TaskSet, chosen: TaskSet) -> Samples:
    if config.samples is None:
        return reference_samples(chosen)
    only = {task.id for task in chosen.tasks}
    found = read_samples(config.samples, whole, only=only, format=config.format)
    if found.missing and not config.allow_partial:
        shown = ", ".join(found.missing[:_MISSING_SHOWN])
        more = (
            f" and {len(found.missing) - _MISSING_SHOWN} more" if len(found.missing) > _MISSING_SHOWN else ""
        )
        raise UsageError(
            f"{config.samples} has no sample for {len(found.missing)} tasks of {whole.name} ({shown}{more}); "
            "--allow-partial judges what is there"
        )
    return found


def _run_config(config: EvalConfig, task_set: TaskSet, python: str, tier: str) -> RunConfig:
    limits = {f"limit_{name}": value for name, value in asdict(config.limits).items() if value is not None}
    verdict = {
        "tasks": task_set.name,
        "tasks_sha256": task_set.sha256,
        "comparator": config.comparator,
        "base_only": config.base_only,
        "seed": config.seed,
        "version": __version__,
        "python": python,
        "tier": tier,
        **limits,
    }
    asked: Mapping[str, Any] = {
        "method": config.method or "",
        "samples": str(config.samples or ""),
        "k": list(config.k),
        "limit": config.limit or 0,
        "task": list(config.task),
        "workers": config.workers or 0,
        "unsafe": config.unsafe,
    }
    return RunConfig(verdict=verdict, asked=asked)


class _Work:
    """Samples waiting to be judged, and the threads that judge them."""

    def __init__(
        self,
        sandbox: Sandbox,
        directory: RunDirectory,
        judge: Judge,
        task_set: TaskSet,
        fingerprint: str,
        progress: Progress,
    ) -> None:
        self._sandbox, self._directory, self._judge, self._progress = sandbox, directory, judge, progress
        self._tasks = {task.id: task for task in task_set.tasks}
        self._order = {task.id: place for place, task in enumerate(task_set.tasks)}
        self._fingerprint = fingerprint
        self._tier = sandbox.tier
        self._waiting: queue.SimpleQueue[tuple[str, Sample, Program]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self.keys: list[str] = []
        """Keys of all samples of this run, in task order."""

    def judge(self, samples: tuple[Sample, ...], *, workers: int) -> None:
        """Judge what has no record yet. Raises what stopped a worker, and KeyboardInterrupt."""
        todo = 0
        for sample in sorted(samples, key=lambda s: (self._order[s.task_id], s.index)):
            task = self._tasks[sample.task_id]
            program = Program.from_source(sample.source, entry=task.entry, maker="samples")
            key = content_key(task.hash, program.id, str(sample.index), self._fingerprint)[:32]
            self.keys.append(key)
            if key not in self._directory.records:
                self._waiting.put((key, sample, program))
                todo += 1
        self._progress.start(len(self.keys), len(self.keys) - todo)
        threads = [threading.Thread(target=self._worker, daemon=True) for _ in range(min(workers, todo))]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            self._stop.set()
            self._sandbox.close()
            for thread in threads:
                thread.join()
            raise
        finally:
            self._progress.finish()
        if self._failure is not None:
            raise self._failure

    def _worker(self) -> None:
        while not self._stop.is_set():
            try:
                key, sample, program = self._waiting.get_nowait()
            except queue.Empty:
                return
            try:
                record = self._attempt(key, sample, program)
                if self._stop.is_set():
                    return
                self._directory.keep(program)
                self._directory.append(record)
                self._progress.advance(record)
            except BaseException as error:
                if not self._stop.is_set():
                    self._failure = error
                    self._stop.set()
                return

    def _attempt(self, key: str, sample: Sample, program: Program) -> Record:
        began = time.monotonic()
        task = self._tasks[sample.task_id]
        judgements: tuple[Judgement, ...] = ()
        unscored = None
        try:
            judgements = self._judge.judge(task, program)
        except BoundaryError as error:
            unscored = str(error)
        verdict, outcome = _together(judgements)
        return Record(
            key=key,
            task_id=sample.task_id,
            sample=sample.index,
            program=program.id,
            verdict=verdict,
            outcome=Outcome.INFRASTRUCTURE if unscored is not None else outcome,
            weak=any(judgement.strength is Strength.WEAK for judgement in judgements),
            unscored=unscored,
            judgements=judgements,
            cpu_s=sum(judgement.cpu_s + judgement.tester_cpu_s for judgement in judgements),
            wall_s=time.monotonic() - began,
            tier=self._tier,
            version=__version__,
        )


def _together(judgements: tuple[Judgement, ...]) -> tuple[Verdict, Outcome]:
    """Return the verdict of all checks: a fail outweighs an unknown, and no check at all is unknown."""
    for wanted in (Verdict.FAIL, Verdict.UNKNOWN):
        for judgement in judgements:
            if judgement.verdict is wanted:
                return wanted, judgement.outcome
    return (Verdict.PASS, Outcome.RETURNED) if judgements else (Verdict.UNKNOWN, Outcome.SKIPPED)
