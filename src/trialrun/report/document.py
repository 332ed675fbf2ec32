"""`read_document`: a run directory as the plain data that a report shows.

Figures come from `summary.json`; a run that has none (it was stopped) is counted here from its records, and a note
says so. Candidates are sorted by task, numbers in ids as numbers. Programs come from `programs.jsonl`, each once and
capped. Task statements are added where the task set is on this machine in the very version that the run used.

Leaves out: any rendering or escaping (`html.py`, `junit.py`), and judging: nothing is run.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from trialrun.core.errors import TrialrunError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import TaskSet
from trialrun.measure.machine import Machine
from trialrun.measure.summary import DataSet, Setting, Summary, summarise
from trialrun.report.provenance import Node, Provenance, has_history
from trialrun.store.config import RunConfig
from trialrun.store.history import read_history
from trialrun.store.json_text import to_json
from trialrun.store.programs import read_programs
from trialrun.store.run_dir import SUMMARY, read_run
from trialrun.tasks import registry

SOURCE_CHARACTERS = 100_000
"""Most characters of one program that a report carries; `programs.jsonl` has the whole."""
STATEMENT_CHARACTERS = 20_000
ORIGIN_BYTES = 8 << 20
"""Bytes of all trees of provenance together."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A task as the report shows it."""

    id: str
    text: str
    """What was asked; empty where the task set is not at hand."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A judged program as the report shows it."""

    id: str
    language: str
    maker: str
    text: str
    """The program, capped; of several files each after a line with its name."""
    characters: int
    """Length of the whole."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One record, with its place among tasks and programs."""

    task: int
    """Index into `Document.tasks`."""
    sample: int
    link: str
    """Fragment that opens this candidate: `TASK-SAMPLE`."""
    status: str
    """`passed`, `failed`, `unknown` or `unscored`."""
    outcome: str
    """How it ended, in the words of the summary: `passed`, `wrong`, `raised`, `timeout`, …"""
    weak: bool
    unscored: str | None
    source: int | None
    """Index into `Document.sources`; None where the program was not kept."""
    program: str
    checks: tuple[Judgement, ...]
    cpu_s: float
    wall_s: float
    tier: str
    version: str


class SteppedCase(msgspec.Struct, frozen=True, kw_only=True):
    """The trace of one candidate on a case that it failed, as the page takes it."""

    candidate: int
    """Index into `Document.candidates`."""
    case: str
    """What was run, and how it ended this time."""
    data: dict[str, Any] | None
    """What the stepper takes (`stepper.py`); None where nothing could be traced."""
    reason: str = ""
    """Why there is no trace."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where one candidate comes from."""

    candidate: int
    """Index into `Document.candidates`."""
    tree: Node


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """All that one report shows."""

    name: str
    """Name of the run directory."""
    summary: Summary
    settings: tuple[tuple[str, str], ...]
    """What was asked, as names and texts."""
    notes: tuple[str, ...]
    """What a reader must know about the figures or the report."""
    tasks: tuple[Statement, ...]
    sources: tuple[Source, ...]
    candidates: tuple[Candidate, ...]
    traces: tuple[SteppedCase, ...] = ()
    """Of the candidates for which some were asked (`failing_traces.py`)."""
    origins: tuple[Origin, ...] = ()
    """Of the candidates that a method made of more than one thing; the first ones where they are many."""


def read_document(directory: Path, *, source: bool = True, tasks: TaskSet | None = None) -> Document:
    """Read a run directory, finished or not; without `source`, programs and statements stay out.

    `tasks` is the run's task set where the caller has it at hand; else it is looked for. Raises `UsageError` where
    `directory` is no run directory, `StoreError` where it is damaged.
    """
    config, by_key = read_run(directory)
    records = sorted(by_key.values(), key=lambda record: (_natural(record.task_id), record.sample))
    summary, notes = _summary(directory, config, records)
    ids = list(dict.fromkeys(record.task_id for record in records))
    programs = read_programs(directory) if source else {}
    wanted = list(dict.fromkeys(record.program for record in records if record.program in programs))
    if source and len({record.program for record in records}) > len(wanted):
        notes.append("The run directory does not hold every program, so some candidates show no source.")
    texts = _statements(config, tasks) if source else {}
    origins, left = _origins(directory, records, programs) if source else ((), 0)
    if left:
        notes.append(f"Where {left:,} candidates come from is left out here: trialrun show tells it of each.")
    return Document(
        name=directory.resolve().name,
        summary=summary,
        settings=tuple(_shown(*setting) for setting in {**config.asked, **config.verdict}.items()),
        notes=tuple(notes),
        tasks=tuple(Statement(id=task, text=texts.get(task, "")[:STATEMENT_CHARACTERS]) for task in ids),
        sources=tuple(_source(programs[program]) for program in wanted),
        candidates=_candidates(records, ids, wanted),
        origins=origins,
    )


def _origins(
    directory: Path, records: list[Record], programs: Mapping[str, Program]
) -> tuple[tuple[Origin, ...], int]:
    """Return where candidates come from, and how many more there would be to tell."""
    histories = read_history(directory)
    found: list[Origin] = []
    room, left = ORIGIN_BYTES, 0
    with Provenance(directory, programs, histories) as provenance:
        for place, record in enumerate(records):
            if record.task_id not in histories and not getattr(programs.get(record.program), "parents", ()):
                continue
            if room <= 0:
                left += 1
                continue
            tree = provenance.tree(record)
            if has_history(tree):
                found.append(Origin(candidate=place, tree=tree))
                room -= len(to_json(tree))
    return tuple(found), left


def link(task_id: str, sample: int) -> str:
    """Return the fragment, without `#`, under which a report shows a sample.

    >>> link("HumanEval/3", 0)
    'HumanEval/3-0'
    """
    return f"{task_id}-{sample}"


def status(record: Record) -> str:
    """Say in one word what became of a record."""
    if record.unscored is not None:
        return "unscored"
    return {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.UNKNOWN: "unknown"}[record.verdict]


def outcome(record: Record) -> str:
    """Say how a record ended, in the words of `Summary.outcomes`."""
    found = status(record)
    if found != "failed":
        return found
    return "wrong" if record.outcome is Outcome.RETURNED else str(record.outcome)


def _candidates(records: Iterable[Record], ids: list[str], wanted: list[str]) -> tuple[Candidate, ...]:
    places = {task: place for place, task in enumerate(ids)}
    sources = {program: place for place, program in enumerate(wanted)}
    used: set[str] = set()
    candidates = []
    for record in records:
        fragment = link(record.task_id, record.sample)
        while fragment in used:  # a resumed run may hold an attempt under two settings of its samples
            fragment += "'"
        used.add(fragment)
        candidates.append(
            Candidate(
                task=places[record.task_id],
                sample=record.sample,
                link=fragment,
                status=status(record),
                outcome=outcome(record),
                weak=record.weak,
                unscored=record.unscored,
                source=sources.get(record.program),
                program=record.program,
                checks=record.judgements,
                cpu_s=record.cpu_s,
                wall_s=record.wall_s,
                tier=record.tier,
                version=record.version,
            )
        )
    return tuple(candidates)


def _source(program: Program) -> Source:
    if len(program.files) == 1:
        text = program.source
    else:
        text = "\n".join(f"# ── {name}\n{content}" for name, content in program.files)
    return Source(
        id=program.id,
        language=program.language,
        maker=program.maker,
        text=text[:SOURCE_CHARACTERS],
        characters=len(text),
    )


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """Sort key under which `HumanEval/9` comes before `HumanEval/10`."""
    parts = re.split(r"([0-9]+)", text)
    return tuple((len(part.lstrip("0")) if place % 2 else 0, part) for place, part in enumerate(parts))


def _summary(directory: Path, config: RunConfig, records: list[Record]) -> tuple[Summary, list[str]]:
    """Return the run's own summary, or one counted from its records, and what must be said about it."""
    try:
        summary = msgspec.json.decode((directory / SUMMARY).read_bytes(), type=Summary)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        note = "The run is not finished: these figures count the records that it has so far."
        return _counted(config, records), [note]
    counted = summary.samples + summary.unscored.count
    if counted == len(records):
        return summary, []
    note = (
        f"The figures are those of the last finished run, over {counted:,} of {len(records):,} records here."
    )
    return summary, [note]


def _counted(config: RunConfig, records: list[Record]) -> Summary:
    said = config.verdict
    given = {name: said[f"limit_{name}"] for name in asdict(Limits()) if f"limit_{name}" in said}
    ks = config.asked.get("k", [1])
    setting = Setting(
        data_set=DataSet(
            name=str(said.get("tasks", "")), version="", sha256=str(said.get("tasks_sha256", ""))
        ),
        comparator=str(said.get("comparator", "")),
        limits=msgspec.convert(given, Limits),
        version=str(said.get("version", "")),
        k=tuple(k for k in ks if isinstance(k, int)) if isinstance(ks, list) else (1,),
    )
    tasks = list(dict.fromkeys(record.task_id for record in records))
    summary = summarise(records, tasks=tasks, setting=setting)
    unknown = Machine(cpu="not recorded", cores=0, kernel="not recorded", python=str(said.get("python", "")))
    return msgspec.structs.replace(summary, machine=unknown)


def _statements(config: RunConfig, at_hand: TaskSet | None) -> Mapping[str, str]:
    """Return what each task asked, where the data is here and is the data of the run; else nothing."""
    try:
        task_set = at_hand or registry.load(str(config.verdict.get("tasks", "")))
    except (TrialrunError, OSError):
        return {}
    if task_set.sha256 != config.verdict.get("tasks_sha256"):
        return {}
    return {task.id: task.statement for task in task_set.tasks}


def _shown(name: str, value: Any) -> tuple[str, str]:
    """Return a setting as texts. A report is passed on: of a path it tells the last part."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return name, Path(text).name if name == "samples" else text
