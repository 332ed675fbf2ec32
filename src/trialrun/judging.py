"""Programs in, records out: the threads that judge, while more programs may still be on their way.

A record's key is the hash of all that can change its verdict: task, program, its place among the task's programs, the
run's settings. What has a record is not judged again. Whatever stops a thread stops the run; finished records stay.

Leaves out: making programs (`making.py`), counting (`measure/`).
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from trialrun.core.errors import BoundaryError
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Judgement, Strength, Verdict
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import TaskSet
from trialrun.core.version import VERSION
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import content_key
from trialrun.store.run_dir import RunDirectory
from trialrun.verify.tests import Judge


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


class Silent:
    """Progress that nobody wants to see."""

    def start(self, total: int, done: int) -> None:
        """Do nothing."""

    def advance(self, record: Record) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A program for a task, or the reason why there is none."""

    task_id: str
    index: int
    """Position among the task's programs, from 0."""
    program: Program | None
    fault: str = ""
    """Why nothing could be made; the attempt is unscored then. Without a reason, the method gave nothing: it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """What records carry of the run's settings."""

    settings: str
    """Hash of everything that can change a verdict."""
    method: str = ""
    """Id and fingerprint of the method, where there is one."""


Coming = Callable[[threading.Event], Iterator[Made]]
"""Gives programs as they are made, until the event is set."""


class Work:
    """Programs waiting to be judged, and the threads that judge them."""

    def __init__(
        self,
        sandbox: Sandbox,
        directory: RunDirectory,
        judge: Judge,
        task_set: TaskSet,
        fingerprints: Fingerprints,
        progress: Progress,
    ) -> None:
        """Judge by `judge` in `sandbox`, write to `directory`."""
        self._sandbox, self._directory, self._judge, self._progress = sandbox, directory, judge, progress
        self._tasks = {task.id: task for task in task_set.tasks}
        self._order = {task.id: place for place, task in enumerate(task_set.tasks)}
        self._fingerprints = fingerprints
        self._waiting: queue.SimpleQueue[tuple[str, Made] | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._keys: dict[tuple[int, int], str] = {}

    def records(self) -> tuple[Record, ...]:
        """Return the records of all programs of this run, in task order."""
        return tuple(self._directory.records[key] for _, key in sorted(self._keys.items()))

    def judge(
        self,
        ready: Sequence[Made],
        coming: Coming | None = None,
        *,
        expected: int | None = None,
        workers: int,
    ) -> None:
        """Judge what has no record yet: what is `ready`, then what is `coming` as it comes.

        `expected` is how many programs there will be in all. Raises what stopped a worker, and KeyboardInterrupt.
        """
        done = len(ready) - sum(
            self._enqueue(made) for made in sorted(ready, key=lambda made: self._place(made))
        )
        total = len(ready) if expected is None else expected
        self._progress.start(total, done)
        threads = [
            threading.Thread(target=self._worker, daemon=True) for _ in range(min(workers, total - done))
        ]
        try:
            for thread in threads:
                thread.start()
            if coming is not None:
                for made in coming(self._stop):
                    self._enqueue(made)
            for _ in threads:
                self._waiting.put(None)
            for thread in threads:
                thread.join()
        except BaseException:
            self._stop.set()
            self._sandbox.close()
            for _ in threads:
                self._waiting.put(None)
            for thread in threads:
                thread.join()
            raise
        finally:
            self._progress.finish()
        if self._failure is not None:
            raise self._failure

    def _place(self, made: Made) -> tuple[int, int]:
        return self._order[made.task_id], made.index

    def _enqueue(self, made: Made) -> bool:
        """Let an attempt wait for a worker; return False where it has its record already."""
        task, program = self._tasks[made.task_id], made.program
        content = program.id if program is not None else ""
        key = content_key(task.hash, content, str(made.index), self._fingerprints.settings)[:32]
        self._keys[self._place(made)] = key
        if key in self._directory.records:
            return False
        self._waiting.put((key, made))
        return True

    def _worker(self) -> None:
        while not self._stop.is_set():
            item = self._waiting.get()
            if item is None:
                return
            key, made = item
            try:
                record = self._attempt(key, made)
                if self._stop.is_set():
                    return
                if made.program is not None:
                    self._directory.keep(made.program)
                self._directory.append(record)
                self._progress.advance(record)
            except BaseException as error:
                if not self._stop.is_set():
                    self._failure = error
                    self._stop.set()
                return

    def _attempt(self, key: str, made: Made) -> Record:
        began = time.monotonic()
        judgements: tuple[Judgement, ...] = ()
        unscored = made.fault or None
        if made.program is not None:
            try:
                judgements = self._judge.judge(self._tasks[made.task_id], made.program)
            except BoundaryError as error:
                unscored = str(error)
        verdict, outcome = _together(judgements)
        if made.program is None and unscored is None:
            verdict = Verdict.FAIL
        return Record(
            key=key,
            task_id=made.task_id,
            sample=made.index,
            program=made.program.id if made.program is not None else "",
            verdict=verdict,
            outcome=Outcome.INFRASTRUCTURE if unscored is not None else outcome,
            weak=any(judgement.strength is Strength.WEAK for judgement in judgements),
            unscored=unscored,
            judgements=judgements,
            cpu_s=sum(judgement.cpu_s + judgement.tester_cpu_s for judgement in judgements),
            wall_s=time.monotonic() - began,
            tier=self._judge.tier,
            version=VERSION,
            method=self._fingerprints.method,
        )


def _together(judgements: tuple[Judgement, ...]) -> tuple[Verdict, Outcome]:
    """Return the verdict of all checks: a fail outweighs an unknown, and no check at all is unknown."""
    for wanted in (Verdict.FAIL, Verdict.UNKNOWN):
        for judgement in judgements:
            if judgement.verdict is wanted:
                return wanted, judgement.outcome
    return (Verdict.PASS, Outcome.RETURNED) if judgements else (Verdict.UNKNOWN, Outcome.SKIPPED)
