"""`compare_runs`: two run directories → what differs between them, and whether the comparison is a fair one.

Pairs are (task, sample) with a verdict in both runs; unscored samples are in no pair and are counted. Anything but
the programs that could change a verdict (comparator, limits, task set and its hash, isolation, interpreter,
version) is compared too, since a difference there may be the whole difference.

Leaves out: statistics (`measure/paired.py`), rendering (`measure/diff_table.py`).
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from trialrun.core.errors import UsageError
from trialrun.core.judgement import Verdict
from trialrun.core.printable import printable
from trialrun.core.record import Record
from trialrun.measure.paired import Paired, compare_pairs
from trialrun.store.config import RunConfig
from trialrun.store.run_dir import read_run

MATTERS = {
    "tasks": "task set",
    "tasks_sha256": "data of the task set",
    "comparator": "comparator",
    "base_only": "--base-only",
    "tier": "isolation",
    "python": "interpreter of the programs",
    "version": "version of trialrun",
    "seed": "seed of the tests",
}
"""Settings whose difference is told as a warning; limits (`limit_*`) are among them too."""


class FlippedSample(msgspec.Struct, frozen=True, kw_only=True):
    """A sample that passed in one run alone."""

    task_id: str
    sample: int
    a: str
    """Verdict in A, with its outcome where it is not a pass."""
    b: str
    same_program: bool
    """Whether both runs judged the same program: then the judging differs, not the program."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A setting in which the runs differ."""

    setting: str
    a: str
    b: str


class RunPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs, compared."""

    a: str
    b: str
    paired: Paired
    flipped: tuple[FlippedSample, ...]
    """Samples that passed in one run alone, by task."""
    warnings: tuple[Difference, ...]
    """Settings other than the programs that could explain a difference."""
    only_in_a: int
    """Samples without a partner in B."""
    only_in_b: int
    unscored: int
    """Pairs left out since a run has no verdict there."""
    same_programs: int
    """Pairs of one and the same program."""


def compare_runs(a: Path, b: Path, *, seed: int = 0) -> RunPair:
    """Compare two run directories. Raises `UsageError` where they have no judged sample in common."""
    (config_a, found_a), (config_b, found_b) = read_run(a), read_run(b)
    in_a, in_b = _latest(found_a), _latest(found_b)
    common = sorted(in_a.keys() & in_b.keys(), key=lambda key: (_natural(key[0]), key[1]))
    both = [(in_a[key], in_b[key]) for key in common]
    scored = [(one, two) for one, two in both if one.unscored is None and two.unscored is None]
    paired = compare_pairs(((one.task_id, _passed(one), _passed(two)) for one, two in scored), seed=seed)
    if paired is None:
        tasks = [str(config.verdict.get("tasks", "?")) for config in (config_a, config_b)]
        raise UsageError(f"{a} ({tasks[0]}) and {b} ({tasks[1]}) have no judged sample in common")
    return RunPair(
        a=str(a),
        b=str(b),
        paired=paired,
        flipped=tuple(
            FlippedSample(
                task_id=one.task_id,
                sample=one.sample,
                a=verdict_text(one),
                b=verdict_text(two),
                same_program=one.program == two.program,
            )
            for one, two in scored
            if _passed(one) is not _passed(two)
        ),
        warnings=differences(config_a, config_b),
        only_in_a=len(in_a) - len(common),
        only_in_b=len(in_b) - len(common),
        unscored=len(both) - len(scored),
        same_programs=sum(one.program == two.program for one, two in scored),
    )


def differences(a: RunConfig, b: RunConfig) -> tuple[Difference, ...]:
    """Return the settings that matter in which two runs differ.

    >>> differences(RunConfig(verdict={"limit_cpu_s": 10.0}), RunConfig(verdict={"limit_cpu_s": 3.0}))
    (Difference(setting='limit cpu_s', a='10.0', b='3.0'),)
    """
    found = []
    for name in sorted(a.verdict.keys() | b.verdict.keys()):
        if name not in MATTERS and not name.startswith("limit_"):
            continue
        one, two = (printable(str(config.verdict.get(name, "not set")), 100) for config in (a, b))
        if one != two:
            setting = MATTERS.get(name) or name.replace("limit_", "limit ", 1)
            found.append(Difference(setting=setting, a=one, b=two))
    return tuple(found)


def verdict_text(record: Record) -> str:
    """Return a verdict with how it came about: `pass`, `fail (timeout)`.

    A program that returned and failed is `fail (wrong)`.
    """
    if record.verdict is Verdict.PASS:
        return "pass"
    return f"{record.verdict} ({'wrong' if record.outcome == 'returned' else record.outcome})"


def _passed(record: Record) -> bool:
    return record.verdict is Verdict.PASS


def _latest(records: Mapping[str, Record]) -> dict[tuple[str, int], Record]:
    """Return records by (task, sample); of several (a run continued on other samples) the last."""
    return {(record.task_id, record.sample): record for record in records.values()}


def _natural(task: str) -> tuple[str, int, str]:
    """Sort `HumanEval/9` before `HumanEval/10`."""
    head, _, tail = task.rpartition("/")
    return (head, int(tail), "") if tail.isascii() and tail.isdigit() else (task, -1, tail)
