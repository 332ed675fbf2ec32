"""Traces of failing samples for a report: each sample's program runs once more, on the case that it failed.

The case is the task set's own where that is at hand in the run's version; else it is read from the evidence, where that
holds a whole literal. The run is a new one, so a program that depends on chance or on the clock may do otherwise; the
page says how it ended this time. Hidden inputs come into the report as its evidence does, and go nowhere else.

Leaves out: calls with keyword arguments or on objects of earlier calls, test classes, programs of other languages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from trialrun.core.errors import TrialrunError, UsageError
from trialrun.core.execution import Limits
from trialrun.core.judgement import Evidence, Judgement, Verdict
from trialrun.core.parse_values import render as render_value
from trialrun.core.printable import printable
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import Case, CaseCheck, ProgramCheck, TaskSet
from trialrun.lang.literal_calls import read_literal
from trialrun.observe.tracer import Recording, trace_case
from trialrun.report.document import Candidate, Document, SteppedCase
from trialrun.report.stepper import data
from trialrun.run.interpreter import find_interpreter
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.store.config import RunConfig
from trialrun.store.programs import read_programs
from trialrun.store.run_dir import read_run
from trialrun.tasks import registry

FAILED = "failed"
"""Asks for the first `MOST` failing samples."""
MOST = 25
_RECORDING = Recording(lines=True, first=20_000, last=4_000)


def with_traces(
    document: Document,
    directory: Path,
    asked: Sequence[str],
    *,
    tasks: TaskSet | None = None,
    python: str | None = None,
) -> Document:
    """Return a document with traces of the samples that are asked for: by their links (`TASK-SAMPLE`), or `failed`.

    Raises `UsageError` for a link that the run does not have.
    """
    config, by_key = read_run(directory)
    programs = read_programs(directory)
    records = _by_link(document, by_key.values())
    wanted = _wanted(document, asked)
    at_hand = _task_set(config, tasks)
    limits = _limits(config)
    found: list[SteppedCase] = []
    with Sandbox(Isolation(python=find_interpreter(python))) as sandbox:
        for place in wanted:
            record = records.get(place)
            program = programs.get(document.candidates[place].program)
            found.append(_stepped(place, record, program, at_hand, sandbox, limits))
    return msgspec.structs.replace(document, traces=tuple(found))


def _wanted(document: Document, asked: Sequence[str]) -> list[int]:
    links = {candidate.link: place for place, candidate in enumerate(document.candidates)}
    found: dict[int, None] = {}
    for one in asked:
        if one == FAILED:
            failed = [place for place, other in enumerate(document.candidates) if other.status == "failed"]
            found.update(dict.fromkeys(failed[:MOST]))
        elif one in links:
            found[links[one]] = None
        else:
            raise UsageError(
                f"no sample {printable(one, 100)!r} in this run: name it TASK-SAMPLE, or say {FAILED}"
            )
    return list(found)


def _by_link(document: Document, records: Iterable[Record]) -> dict[int, Record]:
    """Return the record of each candidate: the same task, sample and program."""
    known = {(one.task_id, one.sample, one.program): one for one in records}
    ids = [task.id for task in document.tasks]

    def record(candidate: Candidate) -> Record | None:
        return known.get((ids[candidate.task], candidate.sample, candidate.program))

    found = ((place, record(candidate)) for place, candidate in enumerate(document.candidates))
    return {place: one for place, one in found if one is not None}


def _task_set(config: RunConfig, at_hand: TaskSet | None) -> TaskSet | None:
    try:
        found = at_hand or registry.load(str(config.verdict.get("tasks", "")))
    except (TrialrunError, OSError):
        return None
    return found if found.sha256 == config.verdict.get("tasks_sha256") else None


def _limits(config: RunConfig) -> Limits:
    said = config.verdict
    given = {name: said[f"limit_{name}"] for name in asdict(Limits()) if f"limit_{name}" in said}
    return msgspec.convert(given, Limits)


def _stepped(
    place: int,
    record: Record | None,
    program: Program | None,
    tasks: TaskSet | None,
    sandbox: Sandbox,
    limits: Limits,
) -> SteppedCase:
    """Return the trace of one sample, or why there is none."""
    failing = _failing(record)
    if failing is None:
        return SteppedCase(candidate=place, case="", data=None, reason="no case of it failed with evidence")
    if program is None or program.language != "python":
        return SteppedCase(
            candidate=place, case="", data=None, reason="the run does not hold a Python program of it"
        )
    judgement, evidence = failing
    task_id = record.task_id if record is not None else ""
    found = _from_tasks(tasks, task_id, judgement, evidence) or _from_evidence(evidence)
    if found is None:
        return SteppedCase(candidate=place, case="", data=None, reason="its failing input is not held whole")
    case, name = found
    entry = name or program.entry
    try:
        runs = Program(files=program.files, entry=entry if case.stdin is None else None)
        trace = trace_case(sandbox, runs, case, limits, _RECORDING)
    except TrialrunError as error:
        return SteppedCase(candidate=place, case="", data=None, reason=printable(str(error), 300))
    shown = case.stdin if case.stdin is not None else f"{entry}{repr(case.args) if name else evidence.input}"
    ended = (
        trace.execution.ending
        if trace.execution.value is None
        else render_value(trace.execution.value, limit=200)
    )
    said = f"{printable(shown, 300)} → {printable(ended, 300)}"
    return SteppedCase(candidate=place, case=said, data=data(trace))


def _failing(record: Record | None) -> tuple[Judgement, Evidence] | None:
    for judgement in record.judgements if record is not None else ():
        if judgement.verdict is Verdict.FAIL and judgement.evidence:
            return judgement, judgement.evidence[0]
    return None


def _from_tasks(
    tasks: TaskSet | None, task_id: str, judgement: Judgement, evidence: Evidence
) -> tuple[Case, str] | None:
    """Return the failing case of a check whose cases are data."""
    for task in tasks.tasks if tasks is not None else ():
        if task.id != task_id:
            continue
        for check in (*task.public_checks, *task.hidden_checks):
            is_data = isinstance(check, CaseCheck | ProgramCheck) and check.name == judgement.check
            if is_data and 0 <= evidence.case < len(check.cases):  # type: ignore[union-attr]
                return check.cases[evidence.case], ""  # type: ignore[union-attr]
    return None


def _from_evidence(evidence: Evidence) -> tuple[Case, str] | None:
    """Return the case that evidence shows as a literal, and the function where a tester named it.

    A plain case is its arguments as a tuple; a call by test code is name, handle, arguments and named arguments.
    """
    read = read_literal(evidence.input)
    value = read.value if read is not None else None
    if type(value) is not tuple:
        return None
    if evidence.input.lstrip().startswith("("):
        return Case(args=value), ""
    match value:
        case (str() as name, None, tuple() as args, {}) if not value[3]:
            return Case(args=args), name
    return None
