"""`summarise`: Records → `Summary`, the content of `summary.json`.

A sample counts as passed only if its verdict is pass. Unscored samples (the machine failed) are in no score
and are listed with their reasons. A task all of whose samples are unscored, or that has none, is in no mean;
each estimate says over how many tasks it is. Verdicts formed in the candidate's own process are counted as
weak.

Leaves out: comparing runs, and figures other than pass@k.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.record import Record
from trialrun.measure.machine import Machine, describe
from trialrun.measure.pass_at_k import Estimate, estimate


class DataSet(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks, exactly."""

    name: str
    version: str
    sha256: str


class Check(msgspec.Struct, frozen=True, kw_only=True, rename={"pass_at": "pass@k"}):
    """One check by itself, such as `base` or `plus`."""

    name: str
    samples: int
    """Scored samples of the tasks that have this check."""
    passed: int
    """Samples that passed this check."""
    pass_at: tuple[Estimate, ...]


class UnscoredSample(msgspec.Struct, frozen=True, kw_only=True):
    """A sample without a verdict."""

    task_id: str
    sample: int
    reason: str


class Unscored(msgspec.Struct, frozen=True, kw_only=True):
    """Samples without a verdict; they are in no score."""

    count: int
    samples: tuple[UnscoredSample, ...] = ()


class Weak(msgspec.Struct, frozen=True, kw_only=True):
    """Verdicts that a hostile candidate could have forged, since a check shared its process."""

    count: int
    share: float
    """Of the scored samples, 0 to 1."""
    tasks: tuple[str, ...] = ()
    """Ids of the tasks concerned."""


class ModelUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What a method asked of its model to make the samples."""

    model: str
    method: str
    """Id and fingerprint of the method."""
    calls: int
    prompt_tokens: int
    output_tokens: int


class Summary(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"pass_at_1": "pass@1", "pass_at_1_ci": "pass@1_ci", "pass_at": "pass@k"},
):
    """All figures of one run; each is over the scored samples unless it says otherwise."""

    data_set: DataSet
    comparator: str
    tasks: int
    """Tasks that were asked for."""
    samples: int
    """Scored samples."""
    passed: int
    """Samples that passed every check."""
    pass_at_1: float | None
    """Mean over tasks; None where nothing was scored."""
    pass_at_1_ci: tuple[float, float] | None
    pass_at: tuple[Estimate, ...]
    """One estimate per k that was asked for and for which some task has enough samples."""
    checks: tuple[Check, ...]
    """The same by check, where there are several."""
    outcomes: dict[str, int]
    """Scored samples by how they ended: `passed`, `wrong` (returned, wrongly), `unknown`, `no program` (the method
    gave none), or the outcome."""
    unscored: Unscored
    without_samples: tuple[str, ...]
    """Ids of the tasks that no sample was given for."""
    weak: Weak
    cpu_s: float
    """CPU seconds of all sandboxed jobs, summed over the records."""
    wall_s: float
    """Seconds that this invocation took."""
    limits: Limits
    tier: str
    """Isolation in force; several, joined by a comma, where the records disagree."""
    seed: int
    version: str
    """Version of trialrun."""
    machine: Machine
    usage: ModelUsage | None = None
    """Present where a method made the samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the records do not say themselves: how the run was set up."""

    data_set: DataSet
    comparator: str
    limits: Limits
    version: str
    k: tuple[int, ...] = (1,)
    """Which pass@k; 1 is always among them."""
    seed: int = 0
    """Seed of the bootstrap."""
    usage: ModelUsage | None = None
    """What the samples cost, where a method made them."""


def summarise(
    records: Iterable[Record], *, tasks: Sequence[str], setting: Setting, wall_s: float = 0.0
) -> Summary:
    """Count the records of a run over `tasks` (ids, all that were asked for)."""
    everything = list(records)
    scored = [record for record in everything if record.unscored is None]
    ks = sorted({1, *setting.k})
    overall = _estimates([(r.task_id, r.verdict is Verdict.PASS) for r in scored], ks, setting.seed)
    first = next((found for found in overall if found.k == 1), None)
    seen = {record.task_id for record in everything}
    return Summary(
        data_set=setting.data_set,
        comparator=setting.comparator,
        tasks=len(tasks),
        samples=len(scored),
        passed=sum(record.verdict is Verdict.PASS for record in scored),
        pass_at_1=first.value if first else None,
        pass_at_1_ci=first.ci if first else None,
        pass_at=overall,
        checks=_by_check(scored, ks, setting.seed),
        outcomes=_outcomes(scored),
        unscored=_unscored(everything),
        without_samples=tuple(task for task in tasks if task not in seen),
        weak=_weak(scored),
        cpu_s=sum(record.cpu_s for record in everything),
        wall_s=wall_s,
        limits=setting.limits,
        tier=", ".join(sorted({record.tier for record in everything})),
        seed=setting.seed,
        version=setting.version,
        machine=describe(),
        usage=setting.usage,
    )


def _estimates(results: Iterable[tuple[str, bool]], ks: Iterable[int], seed: int) -> tuple[Estimate, ...]:
    """Estimate each pass@k from (task id, passed) pairs, one per sample."""
    samples: Counter[str] = Counter()
    passes: Counter[str] = Counter()
    for task_id, passed in results:
        samples[task_id] += 1
        passes[task_id] += passed
    counts = [(samples[task_id], passes[task_id]) for task_id in sorted(samples)]
    return tuple(found for k in ks if (found := estimate(counts, k, seed=seed)) is not None)


def _by_check(scored: Sequence[Record], ks: Sequence[int], seed: int) -> tuple[Check, ...]:
    """Split the score by check name, each over the tasks that have it; a single check needs no split."""
    names = dict.fromkeys(judgement.check for record in scored for judgement in record.judgements)
    if len(names) < 2:
        return ()
    checks = []
    for name in names:
        results = [
            (record.task_id, judgement.verdict is Verdict.PASS)
            for record in scored
            for judgement in record.judgements
            if judgement.check == name
        ]
        passed = sum(result for _, result in results)
        checks.append(
            Check(name=name, samples=len(results), passed=passed, pass_at=_estimates(results, ks, seed))
        )
    return tuple(checks)


def _outcomes(scored: Iterable[Record]) -> dict[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for record in scored:
        if record.verdict is Verdict.PASS:
            counts["passed"] += 1
        elif record.verdict is Verdict.UNKNOWN:
            counts["unknown"] += 1
        elif not record.program:
            counts["no program"] += 1
        else:
            counts["wrong" if record.outcome is Outcome.RETURNED else str(record.outcome)] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _unscored(everything: Iterable[Record]) -> Unscored:
    samples = tuple(
        UnscoredSample(task_id=record.task_id, sample=record.sample, reason=record.unscored)
        for record in everything
        if record.unscored is not None
    )
    return Unscored(count=len(samples), samples=samples)


def _weak(scored: Sequence[Record]) -> Weak:
    weak = [record for record in scored if record.weak]
    return Weak(
        count=len(weak),
        share=len(weak) / len(scored) if scored else 0.0,
        tasks=tuple(dict.fromkeys(record.task_id for record in weak)),
    )
