"""`pair` and `Flip`: somebody's verdicts beside ours on the same samples, and which of them differ.

A stated verdict belongs to one of our records where the program is the same; where the file does not hold programs,
where task and position are the same. Checks are compared by name (`base`, `plus`), or the whole verdict where the
grader gives only that. What has no partner, or judges another program, is not compared and is counted.

Leaves out: why a verdict flips (`measure/flip_reasons.py`), reading foreign files (`tasks/results.py`).
"""

import enum
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import Task
from trialrun.store.run_dir import read_run
from trialrun.tasks.registry import resolve
from trialrun.tasks.results import ALL, Results, Stated, StatedCheck


class Reason(enum.StrEnum):
    """Why two graders disagree about a program."""

    THEIR_LIMIT = "their limit"
    """Their clock stopped it; here it is right within our limits."""
    OUR_LIMIT = "our limit"
    """It ran into one of our limits; theirs allowed it."""
    THEIR_DEFECT = "their defect"
    """A known defect of the other grader."""
    THEIR_GUARD = "their guard"
    """It uses a function that the other grader takes away."""
    FORGED = "forged"
    """It passes only where the verdict is formed within its reach."""
    NONDETERMINISM = "nondeterminism"
    """It does not give the same verdict twice."""
    DATA_VERSION = "data version"
    """The tests were others."""
    OTHER = "other"
    """None of these; the evidence is given."""


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict that differs."""

    task_id: str
    sample: int
    check: str
    """`base`, `plus`, or `all` for the whole verdict."""
    old: str
    """In the other grader's words."""
    new: str
    """`pass`, `fail (wrong)`, `unknown (returned)`, ..."""
    reason: Reason
    why: str
    """The evidence for the reason, bounded; may quote hostile text."""
    link: str = ""
    """Where the report shows the sample: path#task-sample."""


class Regrade(msgspec.Struct, frozen=True, kw_only=True):
    """Verdicts of another grader, judged again."""

    tasks: str
    """Task set."""
    grader: str
    data: str | None
    """Version of the tests that the other grader ran, where its file tells."""
    run: str
    """Our run directory."""
    samples: int
    """Samples with verdicts of both."""
    compared: int
    """Verdicts compared: one or more a sample."""
    agree: int
    flipped_samples: int
    """Samples whose whole verdict differs."""
    old_pass_rate: float | None
    """Share of the compared samples that the other grader passed."""
    new_pass_rate: float | None
    reasons: dict[str, int]
    """Flips by reason."""
    flips: tuple[Flip, ...]
    not_compared: dict[str, int]
    """Samples that are not compared, by why."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """One sample with both verdicts."""

    record: Record
    task: Task
    program: Program | None
    stated: Stated

    def verdicts(self) -> Iterator[tuple[StatedCheck, Judgement | None, Verdict]]:
        """Yield (their check, our judgement of it, our verdict); no judgement where it is the whole verdict."""
        ours = {judgement.check: judgement for judgement in self.record.judgements}
        for check in self.stated.checks:
            if check.name in ours:
                yield check, ours[check.name], ours[check.name].verdict
            elif check.name == ALL or len(ours) == 1:
                only = next(iter(ours.values())) if len(ours) == 1 else None
                yield check, only, self.record.verdict

    @property
    def old(self) -> Verdict:
        """Their verdict of all checks together."""
        return (
            Verdict.PASS
            if all(check.verdict is Verdict.PASS for check in self.stated.checks)
            else Verdict.FAIL
        )


@dataclass(frozen=True, slots=True)
class Paired:
    """All samples with both verdicts, and how many have not, by why."""

    pairings: tuple[Pairing, ...]
    left_out: dict[str, int]


def pair(
    records: Iterable[Record],
    results: Results,
    tasks: Sequence[Task],
    programs: Mapping[str, Program],
    *,
    prefix: str = "",
) -> Paired:
    """Find the record that each stated verdict is about. `prefix` completes ids that are bare numbers."""
    by_id = {task.id: task for task in tasks}
    stated: dict[str, list[Stated]] = defaultdict(list)
    left_out: dict[str, int] = defaultdict(int)
    for item in results.stated:
        known = resolve(item.task, by_id, prefix)
        if known is None:
            left_out["of tasks that are not in the task set"] += 1
        elif not item.checks:
            left_out["without a verdict in the results"] += 1
        else:
            stated[known].append(item)
    pairings = []
    for record in records:
        partner = _partner(record, by_id[record.task_id], stated[record.task_id])
        if partner is None:
            left_out["without the same program in the results"] += 1
            continue
        stated[record.task_id].remove(partner)
        if record.unscored is not None:
            left_out["unscored here"] += 1
            continue
        pairings.append(Pairing(record, by_id[record.task_id], programs.get(record.program), partner))
    unused = sum(len(items) for items in stated.values())
    if unused:
        left_out["in the results only"] += unused
    return Paired(tuple(pairings), dict(left_out))


def _partner(record: Record, task: Task, candidates: list[Stated]) -> Stated | None:
    """Return the verdict about a record's program: at its position if it is the same program, else anywhere."""
    same = [item for item in candidates if _program_id(item, task) in (None, record.program)]
    at_place = [item for item in same if item.sample == record.sample]
    if at_place:
        return at_place[0]
    return next((item for item in same if _program_id(item, task) is not None), None)


def _program_id(item: Stated, task: Task) -> str | None:
    if item.program is not None or item.attempt is None:
        return item.program
    return Program.from_source(item.attempt.program(task), entry=task.entry).id


def results_of_run(path: Path) -> Results:
    """Read a run directory of ours as somebody's verdicts."""
    config, records = read_run(path)
    stated = tuple(
        Stated(
            task=record.task_id,
            sample=record.sample,
            program=record.program,
            checks=()
            if record.unscored is not None
            else tuple(
                StatedCheck(name=judgement.check, verdict=judgement.verdict, said=_said(judgement))
                for judgement in record.judgements
            ),
        )
        for record in records.values()
    )
    suite = config.verdict.get("tasks")
    version = config.verdict.get("version", "?")
    return Results(
        format="run",
        grader=f"trialrun {version}",
        stated=stated,
        suite=suite if isinstance(suite, str) else None,
        data=f"sha256 {config.verdict.get('tasks_sha256', '?')}",
        without=sum(not item.checks for item in stated),
    )


def _said(judgement: Judgement) -> str:
    return (
        str(judgement.verdict)
        if judgement.verdict is Verdict.PASS
        else f"{judgement.verdict} ({judgement.outcome})"
    )


def tally(paired: Paired, flips: Sequence[Flip], results: Results, *, tasks: str, run: Path) -> Regrade:
    """Count what was compared and what flipped."""
    pairings = paired.pairings
    compared = sum(1 for pairing in pairings for _ in pairing.verdicts())
    reasons: dict[str, int] = defaultdict(int)
    for flip in flips:
        reasons[str(flip.reason)] += 1
    passed_before = sum(pairing.old is Verdict.PASS for pairing in pairings)
    passed_now = sum(_whole(pairing) is Verdict.PASS for pairing in pairings)
    return Regrade(
        tasks=tasks,
        grader=results.grader,
        data=results.data,
        run=str(run),
        samples=len(pairings),
        compared=compared,
        agree=compared - len(flips),
        flipped_samples=sum(
            (pairing.old is Verdict.PASS) is not (_whole(pairing) is Verdict.PASS) for pairing in pairings
        ),
        old_pass_rate=passed_before / len(pairings) if pairings else None,
        new_pass_rate=passed_now / len(pairings) if pairings else None,
        reasons=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        flips=tuple(flips),
        not_compared=paired.left_out,
    )


def _whole(pairing: Pairing) -> Verdict:
    """Return our verdict over the checks that the other grader ran."""
    verdicts = [verdict for _, _, verdict in pairing.verdicts()]
    return next((v for v in verdicts if v is not Verdict.PASS), Verdict.PASS)


Linker = Callable[[str, int], str]
"""(task id, sample) → where a report shows it."""
