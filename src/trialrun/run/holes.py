"""Runs a snippet whose names, imports and types are missing, once, in a job of its own: `run_partial`.

A `Plan` is plain data: types for origins, tests turned, handlers raised, exits passed over. The child
(`child/partial.py`) tells each mark in a frame of its own as it is first hit, so what ends the job early takes no
coverage with it, and a report at the end. Marks are numbers that mean something here only, where the same text was
rewritten by the same code; a number out of range, a frame of another kind or a report of another shape is the snippet
breaking the protocol. All of it is weak: the snippet shares the process that says it.

Leaves out: which plan to run next (`observe/selfpico.py`).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.run.channel import Kind
from trialrun.run.child.markers import Snippet
from trialrun.run.failures import ended_execution
from trialrun.run.job import Ended, Job
from trialrun.run.sandbox import Sandbox, load_plan
from trialrun.run.streams import Streams

MODULES = ("ast", "contextlib", "trialrun.run.child.partial")
"""Modules that a partial run needs, imported once for all jobs."""
LIMITS = Limits(cpu_s=3.0, wall_s=20.0, memory_mb=1024, output_kb=64, value_kb=2048)
"""What one run of many may use: the child ends its parts earlier, by itself."""
SECONDS = 1.0
"""CPU seconds within which the child ends a run."""
_REPORT = 2 << 20

TypeOf = tuple[str, str | list[str], str]
"""(origin, kind or ["literal", text], predictor)."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided before a run. The empty plan is the first run."""

    types: tuple[TypeOf, ...] = ()
    """Types of origins, each with who proposed it."""
    plain: bool = False
    """Whether typed values are plain values of the builtin type, so that what breaks on them breaks."""
    guards: tuple[tuple[int, int, int, int], ...] = ()
    """Expressions (line, column, end line, end column) whose result is invented where they fail."""
    tests: tuple[tuple[int, bool], ...] = ()
    """Tests turned, by number."""
    raises: tuple[tuple[int, int, bool], ...] = ()
    """(number of a `try`, handler, whether at the end of its body): an invented operation raises there."""
    items: tuple[int, ...] = ()
    """Loops that get invented items where they would run over nothing."""
    leave: tuple[int, ...] = ()
    """Loops (by their test) that are left after a few rounds."""
    passes: tuple[int, ...] = ()
    """Lines on which `exit()` does not end the run."""
    imports: tuple[int, ...] = ()
    """Lines of imports inside a `try` that get a stand-in all the same."""
    modules: tuple[str, ...] = ()
    """Missing names that are standard modules."""
    missing: tuple[str, ...] = ()
    """Builtin names that the snippet has for something else, such as a parameter called `input`."""
    attributes: tuple[tuple[str, str], ...] = ()
    """(class or module, name) that are invented."""
    invent: str = "holes"
    """`holes`, `nothing` (the snippet as it is), or `random:SEED` (a plain value of a random type for each origin)."""
    body_calls: int = 4
    """How often a text that is the body of a function is run in one run, at most: like a function that nobody calls."""
    call: bool = True
    """Whether functions that nobody calls are called."""
    seconds: float = SECONDS


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An exception that left the snippet, or one of its functions that was called."""

    type: Annotated[str, Meta(max_length=200)]
    message: Annotated[str, Meta(max_length=1000)]
    line: int
    """0 where it was raised outside the snippet."""
    place: Annotated[list[int], Meta(max_length=4)]
    """(line, column, end line, end column) of the failing expression; empty where the interpreter does not tell."""
    operands: Annotated[list[str], Meta(max_length=100)]
    """Origins of the invented values that the failing expression reads."""
    recent: list[str] = []
    """Origins of the holes that were made last."""
    where: str
    """Function that was called; empty for the module."""
    below: bool
    """Whether it was raised in a library that the snippet called."""
    surroundings: bool
    """Whether it tells of something that the sandbox lacks: files, network, processes, a display."""


class Value(msgspec.Struct, frozen=True, array_like=True):
    """One invented value."""

    origin: str
    kind: str
    """`universal`, a type's name, or `value` for a literal."""
    predictor: str
    line: int
    uses: list[str]


class Import(msgspec.Struct, frozen=True, array_like=True):
    """One import that was substituted."""

    module: str
    line: int
    reason: str


class Decision(msgspec.Struct, frozen=True, array_like=True):
    """One decision that was not the snippet's own."""

    what: str
    line: int
    how: str
    invented: bool
    """Whether it was about invented values; others were forced."""


class Guarded(msgspec.Struct, frozen=True, array_like=True):
    """One expression that failed and whose result was invented."""

    line: int
    text: str
    error: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the child says at the end of a run."""

    failures: Annotated[list[Failure], Meta(max_length=100)] = []
    """Bounded, as each leads to a search for what would mend it."""
    imports: list[Import] = []
    values: list[Value] = []
    decisions: list[Decision] = []
    guarded: list[Guarded] = []
    notes: list[str] = []
    called: list[str] = []
    exits: list[int] = []
    """Lines on which `exit()` ended the module or a function."""
    syntax: str = ""
    line: int | None = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialRun:
    """One run of a snippet under one plan."""

    plan: Plan
    hits: frozenset[int]
    """Marks that were hit."""
    report: Report
    execution: Execution
    """How the job ended, with output and cost. `raised` where the module's own code raised."""


class _Forged(Exception):
    """The job said what no honest job says."""


def run_partial(
    sandbox: Sandbox,
    source: str,
    snippet: Snippet,
    plan: Plan,
    *,
    limits: Limits = LIMITS,
    cancel: int | None = None,
) -> PartialRun:
    """Run a snippet once. `snippet` is `instrument(source)` made here. Raises `Cancelled` once `cancel` is readable."""
    streams = Streams(limits.output_kb << 10, b"")
    hits: set[int] = set()
    report = Report()
    began = time.monotonic()
    told = {"partial": True, **msgspec.to_builtins(plan)}
    try:
        with sandbox.importing(MODULES).job(limits, cases=2, streams=streams) as job:
            if cancel is not None:
                job.watch(cancel)
            job.send(Kind.LOAD, 0, load_plan(source, mode="partial", limits=limits, **told))
            try:
                report = _receive(job, len(snippet.lines), hits)
                execution = _ending(report)
            except Ended as ended:
                execution = ended_execution(ended)
            except _Forged as error:
                execution = Execution(outcome=Outcome.PROTOCOL, message=str(error))
            end = job.stop()
        execution = replace(
            execution,
            stdout=streams.stdout,
            stderr=streams.stderr,
            cpu_s=end.cpu_s,
            wall_s=time.monotonic() - began,
            peak_mb=end.peak_mb,
        )
    finally:
        streams.close()
    return PartialRun(plan=plan, hits=frozenset(hits), report=report, execution=execution)


_TOLD = msgspec.json.Decoder(Report)


def _receive(job: Job, marks: int, hits: set[int]) -> Report:
    """Collect hits until the report comes. Each mark may be told once, so the frames are bounded."""
    while True:
        frame = job.receive()
        if frame.kind is Kind.DONE:
            if len(frame.body) > _REPORT:
                raise _Forged(f"a report of {len(frame.body)} bytes")
            try:
                return _TOLD.decode(frame.body)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise _Forged(f"a malformed report: {error}") from None
        if frame.kind is not Kind.NOTES or not frame.body.isdigit() or len(frame.body) > 7:
            raise _Forged("a frame that no partial run sends")
        number = int(frame.body)
        if number >= marks or number in hits:
            raise _Forged("a mark that is not there, or hit twice")
        hits.add(number)


def _ending(report: Report) -> Execution:
    """Return how the module's own code ended."""
    if report.syntax:
        name, _, message = report.syntax.partition(": ")
        return Execution(outcome=Outcome.SYNTAX, exception=name, message=message)
    own = next((failure for failure in report.failures if not failure.where), None)
    if own is None:
        return Execution(outcome=Outcome.RETURNED)
    if own.type == "OutOfTime":
        return Execution(outcome=Outcome.TIMEOUT, message=f"line {own.line}: {own.message}")
    outcome = Outcome.EXITED if own.type == "SystemExit" else Outcome.RAISED
    return Execution(outcome=outcome, exception=own.type, message=own.message)


def counted(snippet: Snippet, hits: Sequence[int] | frozenset[int] | set[int]) -> int:
    """Return how many statement markers are among hits."""
    return sum(1 for number in hits if snippet.counted[number])
