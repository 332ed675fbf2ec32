"""The matrix: programs × inputs → executions, as they come.

Each program is a row, and rows run side by side. `until` ends a row early; the order of its inputs may be the given
one, a seeded shuffle (the same for every program), or `fail-fast`: inputs that have ended earlier rows come first. With
`isolate="case"` every input has a fresh job. Inputs are encoded once, whatever the number of programs, and what has
not been consumed is bounded. With a cache, executions are kept under what they follow from: program, input,
interpreter, limits, tier, isolation.

Leaves out: judging (`until` is the caller's); parallel work within a row; with `isolate="program"`, in the key of a
kept execution, the calls before it: where a program may keep state that matters, say `isolate="case"`.
"""

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import msgspec

from trialrun.core.errors import SandboxError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.run.job import Cancelled
from trialrun.run.outlet import Outlet
from trialrun.run.row import NEVER_LOADS, Collect, Inputs, Isolate, content_of, run_row, shuffled
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import BlobCache, content_key

Order = Literal["given", "shuffled", "fail-fast"]
_FORMAT = "cell-1"
_EXECUTION = msgspec.msgpack.Decoder(Execution)
_KEPT = frozenset({Outcome.RETURNED, Outcome.RAISED, Outcome.SYNTAX, Outcome.LOAD})
"""Outcomes that another run is expected to repeat; those that depend on time or memory are not kept."""
_LARGEST_KEPT = 1 << 20
_LOOKED_AHEAD = 1024
"""Inputs that are looked for among the kept before those that are missing are run."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One program on one input."""

    program: int
    """Place of the program, from 0."""
    case: int
    """Place of the input, from 0."""
    execution: Execution


@dataclass(slots=True)
class _Plan:
    """What is the same for every row."""

    sandbox: Sandbox
    programs: Sequence[Program]
    inputs: Inputs
    limits: Limits
    until: Callable[[Execution], bool] | None
    isolate: Isolate
    order: Order
    base: Sequence[int]
    collect: Collect
    cache: BlobCache | None


def run_matrix(
    sandbox: Sandbox,
    programs: Sequence[Program],
    inputs: Inputs,
    limits: Limits,
    *,
    until: Callable[[Execution], bool] | None = None,
    isolate: Isolate = "program",
    order: Order = "given",
    seed: int = 0,
    collect: Collect = (),
    cache: BlobCache | None = None,
    workers: int = 1,
) -> Generator[Cell, None, None]:
    """Yield the cells as they come: each row in its own order, rows mingled where there are several `workers`.

    `inputs` are encoded calls (`encode_calls`), or `Case`s for whole programs. A row ends after an execution for
    which `until` is true (it is asked in the row's thread), and after one that did not load. Closing the generator
    ends every job that it started. A program that breaks its sandbox twice is `killed`; raises `SandboxError` where
    the machine is at fault.
    """
    base = shuffled(len(inputs), seed if order == "shuffled" else None)
    plan = _Plan(sandbox, programs, inputs, limits, until, isolate, order, base, collect, cache)
    count = max(1, min(workers, len(programs)))
    outlet: Outlet[Cell] = Outlet(count)
    cancel = os.eventfd(0, os.EFD_CLOEXEC)
    rows = _Rows(plan, outlet, cancel)
    threads = [threading.Thread(target=rows.work, daemon=True) for _ in range(count)]
    try:
        for thread in threads:
            thread.start()
        yield from outlet
    finally:
        outlet.close()
        os.eventfd_write(cancel, 1)
        for thread in threads:
            if thread.ident is not None:
                thread.join()
        os.close(cancel)


class _Rows:
    """The rows that are left to do, shared by the threads that do them."""

    def __init__(self, plan: _Plan, outlet: Outlet[Cell], cancel: int) -> None:
        self._plan, self._outlet, self._cancel = plan, outlet, cancel
        self._lock = threading.Lock()
        self._left = iter(range(len(plan.programs)))
        self._ended_rows: Counter[int] = Counter()

    def work(self) -> None:
        """Do rows until none is left; tell the outlet how that ended."""
        try:
            while (row := self._next()) is not None:
                self._do(row)
        except Cancelled:
            self._outlet.finish()
        except BaseException as error:
            self._outlet.finish(error)
        else:
            self._outlet.finish()

    def _next(self) -> int | None:
        with self._lock:
            return next(self._left, None)

    def _order(self) -> Sequence[int]:
        """Return the places of a new row's inputs: first those that ended most rows so far, under `fail-fast`."""
        if self._plan.order != "fail-fast":
            return self._plan.base
        with self._lock:
            first = [place for place, _ in self._ended_rows.most_common()]
        ended = set(first)
        return (
            [*first, *(place for place in self._plan.base if place not in ended)]
            if first
            else self._plan.base
        )

    def _do(self, row: int) -> None:
        plan = self._plan
        with contextlib.closing(self._executions(plan.programs[row], self._order())) as executions:
            for place, execution in executions:
                self._outlet.put(Cell(row, place, execution), _size(execution))
                if plan.until is not None and plan.until(execution):
                    with self._lock:
                        self._ended_rows[place] += 1
                    return
                if execution.outcome in NEVER_LOADS:
                    return

    def _executions(
        self, program: Program, order: Sequence[int]
    ) -> Generator[tuple[int, Execution], None, None]:
        """Yield (place, execution) in order: what is kept, and between that what has to be run."""
        cache, position = self._plan.cache, 0
        if cache is None:
            yield from self._run(program, order)
            return
        settings = self._settings(program)
        while position < len(order):
            missing: list[int] = []
            kept = None
            while position < len(order) and len(missing) < _LOOKED_AHEAD:
                key = content_key(settings, content_of(self._plan.inputs[order[position]]))
                kept = _read(cache.get(key))
                if kept is not None:
                    break
                missing.append(order[position])
                position += 1
            for place, execution in self._run(program, missing):
                if (worth_keeping := _packed(execution)) is not None:
                    key = content_key(settings, content_of(self._plan.inputs[place]))
                    cache.put(key, worth_keeping)
                yield place, execution
            if kept is not None:
                yield order[position], kept
                position += 1

    def _run(self, program: Program, places: Sequence[int]) -> Generator[tuple[int, Execution], None, None]:
        """Yield (place, execution) from jobs. An input at which a job cannot be supervised is tried once more."""
        plan, done, broken = self._plan, 0, False
        while done < len(places):
            try:
                row = run_row(
                    plan.sandbox,
                    program,
                    plan.inputs,
                    plan.limits,
                    order=places[done:] if done else places,
                    isolate=plan.isolate,
                    collect=plan.collect,
                    cancel=self._cancel,
                )
                with contextlib.closing(row):
                    for place, execution in row:
                        done, broken = done + 1, False
                        yield place, execution
                return
            except SandboxError as error:
                fault = None if plan.sandbox.closed or not broken else plan.sandbox.healthy()
                if plan.sandbox.closed or fault is not None:
                    raise SandboxError(f"{error}; {fault}" if fault is not None else str(error)) from error
                if broken:
                    message = f"broke its sandbox twice: {error}"
                    yield places[done], Execution(outcome=Outcome.KILLED, message=message)
                    done += 1
                broken = not broken

    def _settings(self, program: Program) -> str:
        """Return the key of all that a kept execution of a program follows from, but the input."""
        plan = self._plan
        limits = {name: value for name, value in asdict(plan.limits).items() if name != "calls"}
        collect = plan.collect if isinstance(plan.collect, str) else sorted(plan.collect)
        python = plan.sandbox.isolation.python.fingerprint
        circumstances = (
            plan.sandbox.tier,
            plan.isolate,
            collect,
            sorted(limits.items(), key=lambda item: item[0]),
        )
        return content_key(_FORMAT, program.id, python, repr(circumstances))


def _size(execution: Execution) -> int:
    """Return about how many bytes an execution holds."""
    parts = (execution.value, execution.arguments, execution.stdout, execution.stderr)
    return sum(len(part) for part in parts if part) + sum(len(content) for _, content in execution.files)


def _packed(execution: Execution) -> bytes | None:
    """Return an execution as bytes for the cache, None where it is not kept."""
    if execution.outcome not in _KEPT or execution.near_limit or _size(execution) > _LARGEST_KEPT:
        return None
    try:
        return msgspec.msgpack.encode(execution)
    except (
        UnicodeEncodeError
    ):  # the program put half a surrogate pair into a text, or a byte into a file's name
        return None


def _read(kept: bytes | None) -> Execution | None:
    return None if kept is None else _EXECUTION.decode(kept)
