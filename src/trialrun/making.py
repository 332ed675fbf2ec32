"""Method × tasks → programs, made in parallel, kept in the run directory, never paid for twice.

    task ──▶ method.generate(task.public(), ctx) ──▶ programs.jsonl, samples.jsonl ──▶ the judge (flow)
                       │ ctx.model: budget of the task → answers kept in the run → the model
                       └ what it asked, checked and ran, in order ──▶ history.jsonl

Tasks run in threads, as many at once as the model takes requests. Every answer is kept under the key of its request
before the method sees it, so a run that is continued asks nothing twice: whole tasks come from `samples.jsonl`, a
task that was under way is made again from its answers. A budget is charged for kept answers as well; a continued run
and an undisturbed one make the same programs. A method that gives no program for a task has failed it.

A task whose model calls fail for good (its prompt does not fit) has a fault in place of programs. Where the model
cannot be reached, or fails before it has answered anything, the error is raised.

Leaves out: judging (`flow.py`), the choice of a model (`models/`).
"""

import hashlib
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from trialrun.core.budget import Budget
from trialrun.core.context import PATIENCE, Context, silent
from trialrun.core.execution import Execution, Limits
from trialrun.core.judgement import Judgement, Visibility
from trialrun.core.method import Generator
from trialrun.core.program import Program
from trialrun.core.settings import fingerprint
from trialrun.core.task import Case, PublicTask, Task
from trialrun.core.trace import Level, Trace
from trialrun.judging import Made
from trialrun.measure.summary import ModelUsage
from trialrun.models.protocol import Model, ModelError, Request, Response
from trialrun.models.replay import Recorded
from trialrun.models.wrap import Cached, Metered, Wrapper
from trialrun.run.fresh import run_fresh
from trialrun.store.history import HistoryFile, Notes, Step
from trialrun.store.programs import read_programs
from trialrun.store.run_dir import RunDirectory
from trialrun.store.samples_file import MadeSample, SamplesFile
from trialrun.verify.tests import Judge

ANSWERS = "answers.sqlite"
"""File of the run directory that keeps every answer of the model; `replay` reads it."""
_POLL_S = 0.2
_LOOK = (4_000, 1_000)
"""First and last events that a look at a run keeps: one that never ends has nothing new to tell after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be made."""

    method: Generator
    tasks: Sequence[Task]
    seed: int
    budget: Mapping[str, float]
    """Limits of each task's counters: `model_calls`, `tokens`, …; they go before those that the task sets itself."""


class PublicRunner:
    """Checks programs by the public checks of one task, and runs them on cases that a method thinks of."""

    def __init__(self, judge: Judge, task: Task, budget: Budget, notes: Notes | None = None) -> None:
        """Charge the CPU time of checks to `budget`; note what is done in `notes`."""
        self._judge, self._budget, self._notes = judge, budget, notes or Notes()
        self._task = replace(task, hidden_checks=task.public_checks, public_checks=())

    def check(self, program: Program) -> tuple[Judgement, ...]:
        """Judge a program by the public checks."""
        found = self._judge.judge(self._task, program)
        self._charge(sum(judgement.cpu_s for judgement in found))
        public = tuple(msgspec.structs.replace(one, visibility=Visibility.PUBLIC) for one in found)
        self._notes.add(Step(kind="check", program=program.id, judgements=public), program)
        return public

    def run(
        self, program: Program, cases: Sequence[Case], *, cpu_s: float | None = None
    ) -> tuple[Execution, ...]:
        """Run a program on cases, each in a job of its own; their CPU time counts as that of checks does."""
        patience = None if cpu_s is None else PATIENCE
        done = run_fresh(self._judge.sandbox, program, cases, self._limits(cpu_s), patience=patience)
        self._charge(done.cpu_s)
        self._notes.add(Step(kind="run", program=program.id, cases=done.ran), program)
        return done.executions

    def screen(self, programs: Sequence[Program], case: Case, *, cpu_s: float) -> tuple[Execution, ...]:
        """Run functions on one case in one job; the CPU time counts as that of checks does. None of them is noted."""
        from trialrun.run.screen import screen

        done = screen(self._judge.sandbox, programs, case, self._limits(cpu_s))
        self._charge(done.cpu_s)
        return done.executions

    def trace(
        self, program: Program, case: Case, level: Level = Level.SUMMARIES, *, cpu_s: float | None = None
    ) -> Trace:
        """Run a program on one case, traced; its CPU time counts as that of checks does."""
        # Judging what others made traces nothing.
        from trialrun.observe.tracer import Recording, trace_case

        recording = Recording(level=level, lines=True)
        if cpu_s is not None:
            recording = replace(recording, first=_LOOK[0], last=_LOOK[1])
        found = trace_case(self._judge.sandbox, program, case, self._limits(cpu_s), recording)
        self._charge(found.execution.cpu_s)
        self._notes.add(Step(kind="run", program=program.id, cases=1), program)
        return found

    def _limits(self, cpu_s: float | None) -> Limits:
        limits = self._judge.limits
        return limits if cpu_s is None or cpu_s >= limits.cpu_s else replace(limits, cpu_s=cpu_s)

    def _charge(self, cpu_s: float) -> None:
        """Take what was used from the budget; where that is more than is left, all that is left."""
        if not self._budget.spend("cpu_s", cpu_s):
            self._budget.spend("cpu_s", self._budget.left("cpu_s") * (1 - 1e-9))


class Noted(Wrapper):
    """Notes every request, and what its answer cost."""

    def __init__(self, inner: Model, notes: Notes) -> None:
        """Note what is asked of `inner`."""
        super().__init__(inner)
        self.keys: list[str] = []
        self._notes = notes

    def complete(self, request: Request) -> Response:
        """Note and pass on."""
        self._asked(request)
        return self._answered(request, self.inner.complete(request))

    def complete_many(self, requests: Sequence[Request]) -> Iterator[tuple[int, Response]]:
        """Note all in their order and pass on."""
        for request in requests:
            self._asked(request)
        for place, response in self.inner.complete_many(requests):
            yield place, self._answered(requests[place], response)

    def _asked(self, request: Request) -> None:
        self.keys.append(request.key(self.id))
        self._notes.add(Step(kind="call", request=self.keys[-1]))

    def _answered(self, request: Request, response: Response) -> Response:
        usage = response.usage
        self._notes.cost(request.key(self.id), usage.prompt_tokens, usage.output_tokens)
        return response


class Borrowed(Wrapper):
    """A model that belongs to somebody else."""

    def close(self) -> None:
        """Leave it open."""


def kept_in(directory: Path, model: Model) -> Model:
    """Return the model with every answer kept in a run directory and given again; closing it leaves `model` open."""
    path = directory / ANSWERS
    return Cached(Recorded(Borrowed(model), path), path)


class Maker:
    """Makes the programs of one run."""

    def __init__(
        self,
        plan: Plan,
        model: Model,
        judge: Judge,
        directory: RunDirectory,
        file: SamplesFile,
        history: HistoryFile,
    ) -> None:
        """`model` keeps its answers already; what `file` and `directory` hold is not made again."""
        self._plan, self._model, self._judge = plan, model, judge
        self._directory, self._file, self._history = directory, file, history
        self._name = fingerprint(plan.method)
        self._answered = threading.Event()
        self._todo: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[list[Made] | BaseException] = queue.SimpleQueue()
        self._left = 0
        programs = read_programs(directory.path) if file.made else {}
        self.kept = [made for task in plan.tasks for made in self._kept(task, programs)]
        """Programs of earlier invocations, in the order of their tasks."""
        known = {made.task_id for made in self.kept}
        for task in plan.tasks:
            if task.id not in known:
                self._todo.put(task)
                self._left += 1

    @property
    def expected(self) -> int:
        """How many programs the run will have, as far as one can tell."""
        return len(self.kept) + self._left * self._plan.method.expected

    def usage(self) -> ModelUsage:
        """Return what all programs of the run cost, those of earlier invocations included."""
        samples = [sample for task in self._plan.tasks for sample in self._file.made.get(task.id, ())]
        return ModelUsage(
            model=self._model.id,
            method=self._name,
            calls=sum(sample.calls for sample in samples),
            prompt_tokens=sum(sample.prompt_tokens for sample in samples),
            output_tokens=sum(sample.output_tokens for sample in samples),
        )

    def made(self, stop: threading.Event) -> Iterator[Made]:
        """Make what is missing; yield it as it comes, until `stop` is set. Raises what a method raised."""
        threads = min(self._left, max(1, self._model.max_in_flight))
        left = self._left
        try:
            for _ in range(threads):
                threading.Thread(target=self._work, args=(stop,), daemon=True).start()
            while left and not stop.is_set():
                try:
                    found = self._done.get(timeout=_POLL_S)
                except queue.Empty:
                    continue
                if isinstance(found, BaseException):
                    raise found
                left -= 1
                yield from found
        except BaseException:
            stop.set()  # the threads end after the answer they are waiting for
            raise

    def _work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                task = self._todo.get_nowait()
            except queue.Empty:
                return
            try:
                self._done.put(self._make(task, stop))
            except BaseException as error:
                self._done.put(error)
                return

    def _make(self, task: Task, stop: threading.Event) -> list[Made]:
        # A whole search comes with it, and judging what others made needs none.
        from trialrun.verify.equivalence import allowance, oracle_of

        budget, notes = Budget(**{**allowance(task), **self._plan.budget}), Notes()
        model = Noted(Metered(self._model, budget), notes)
        ctx = Context(
            model=model,
            runner=PublicRunner(self._judge, task, budget, notes),
            budget=budget,
            oracle=oracle_of(self._judge.sandbox, task, budget),
            seed=_seed(self._plan.seed, task),
            run_seed=self._plan.seed,
            progress=silent,
            keep=notes.remember,
        )
        try:
            rows = list(self._rows(task.public(), ctx, model, notes))
        except ModelError as error:
            if error.transient or not self._answered.is_set():
                raise
            return [Made(task_id=task.id, index=0, program=None, fault=str(error))]
        self._answered.set()
        if stop.is_set():
            return []
        samples = [program for program, _ in rows if program is not None]
        for program in (*samples, *notes.ancestors(samples)):
            self._directory.keep(program)
        self._history.append(notes.history(task.id))
        self._file.append([msgspec.structs.replace(row, of=len(rows)) for _, row in rows])
        return [
            Made(task_id=task.id, index=index, program=program) for index, (program, _) in enumerate(rows)
        ]

    def _rows(
        self, task: PublicTask, ctx: Context, model: Noted, notes: Notes
    ) -> Iterator[tuple[Program | None, MadeSample]]:
        """Give what the method makes, each program with its row; a row without a program where it makes none."""
        requests: tuple[str, ...] = ()
        before: dict[str, float] = {}
        noted = 0
        for index, program in enumerate(_or_none(self._plan.method.generate(task, ctx))):
            if program is not None:
                notes.add(Step(kind="sample", program=program.id), program)
            requests = tuple(model.keys[noted:]) or requests
            noted, spent = len(model.keys), ctx.budget.spent()
            cost = {
                name: int(spent.get(counter, 0) - before.get(counter, 0))
                for name, counter in (
                    ("calls", "model_calls"),
                    ("prompt_tokens", "prompt_tokens"),
                    ("output_tokens", "output_tokens"),
                )
            }
            before = spent
            yield (
                program,
                MadeSample(
                    task_id=task.id,
                    index=index,
                    of=0,
                    solution=program.source if program is not None else "",
                    program=program.id if program is not None else "",
                    method=self._name,
                    model=self._model.id,
                    requests=requests,
                    **cost,
                ),
            )

    def _kept(self, task: Task, programs: Mapping[str, Program]) -> list[Made]:
        """Return the programs of a task that an earlier invocation made, or none if one of them is lost."""
        rows = self._file.made.get(task.id, ())
        found = [Made(task_id=task.id, index=row.index, program=programs.get(row.program)) for row in rows]
        lost = any(made.program is None and row.program for made, row in zip(found, rows, strict=True))
        return [] if lost else found


def _or_none(programs: Iterator[Program]) -> Iterator[Program | None]:
    """Pass programs on, or a single None where there are none."""
    first = next(programs, None)
    yield first
    yield from programs


def _seed(seed: int, task: Task) -> int:
    """Return the seed of one task: 31 bits that depend on the run's seed and the task's id alone."""
    digest = hashlib.sha256(f"{seed}:{task.id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") >> 1
