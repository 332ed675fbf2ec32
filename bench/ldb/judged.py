"""The stored runs judged again: seeds, programs after repair, and the repairs gone through anew by `repair/replay`.

Two rules. *Published*: program and hidden test in one process behind `from typing import *`, without the prompt, as the
authors' judge does. A test that calls a helper of the prompt (HumanEval/38, 50) fails then for a program that does not
repeat it, and passes once the authors' code has put the helper before it: two of the published repairs are of this
kind, and took no iteration (`without_iterations`). *Ours*: `humaneval-ldb` as `trialrun eval` judges it, where such
helpers are the test's own.

MBPP's result files are not among the data: a checkout of FloridSleeves/LLMDebugger can be named, whose file is judged
by the published rule; its seeds are behind the authors' prelude, as the first program of each run. MBPP/129 imports
numpy, which jobs do not have.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.ldb.sets import PRELUDE, Subject
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck
from trialrun.making import PublicRunner
from trialrun.measure.pass_at_k import wilson
from trialrun.models.scripted import Scripted
from trialrun.repair.replay import Replay
from trialrun.run.sandbox import Sandbox
from trialrun.run.whole import run_program
from trialrun.verify.tests import Judge

MBPP_RUNS = "results/ldb/mbpp/gpt-3.5-turbo-0613/results.jsonl"
_LIMITS = Limits(cpu_s=10.0)
"""The published limit of the hidden tests."""


def published(sandbox: Sandbox, source: str, test: str) -> bool:
    """Say whether a program passes a test in one process, as the authors judge."""
    ended = run_program(sandbox, Program.from_source(PRELUDE + source), _LIMITS, test=test)
    return ended.outcome is Outcome.RETURNED


def judged(sandbox: Sandbox, judge: Judge, chosen: Iterable[Subject], replay: Path) -> dict[str, Any]:
    """Return shares and names under both rules, and those of the repairs gone through anew."""
    subjects = list(chosen)
    texts: dict[str, dict[str, str]] = {
        "seeds": {one.task.id: one.seed.source for one in subjects},
        "repaired": {one.task.id: one.run.programs[-1] for one in subjects},
        "replayed": {one.task.id: _replayed(judge, one, replay, final=True) for one in subjects},
        "replayed, better ones alone": {
            one.task.id: _replayed(judge, one, replay, final=False) for one in subjects
        },
    }

    def by_published(one: Subject, text: str) -> bool:
        (check,) = one.task.hidden_checks
        assert isinstance(check, AssertCheck)
        return published(sandbox, text, check.code)

    def by_ours(one: Subject, text: str) -> bool:
        found = judge.judge(one.task, one.program(PRELUDE + text))
        return all(judgement.verdict is Verdict.PASS for judgement in found)

    rules: dict[str, Callable[[Subject, str], bool]] = {"published": by_published, "ours": by_ours}
    found: dict[str, Any] = {
        "authors": summary(
            subjects,
            {
                "seeds": {one.task.id for one in subjects if one.seed.is_solved},
                "repaired": {one.task.id for one in subjects if one.run.is_solved},
            },
        )
    }
    for name, rule in rules.items():
        passed = {
            kind: {one.task.id for one in subjects if rule(one, own[one.task.id])}
            for kind, own in texts.items()
        }
        found[name] = summary(subjects, passed)
    gained = found["published"]["repaired"]["repaired"]
    asked = {one.task.id: one.run.debug_iter for one in subjects}
    found["published"]["repaired"]["without_iterations"] = [task for task in gained if not asked[task]]
    return found


def summary(subjects: list[Subject], passed: Mapping[str, set[str]]) -> dict[str, Any]:
    """Count what passes, and name what each kind of program gained and lost against the seeds."""
    count = len(subjects)
    seeds = passed["seeds"]
    result: dict[str, Any] = {}
    for kind, found in passed.items():
        low, high = wilson(len(found) / count, count)
        result[kind] = {"passed": len(found), "of": count, "share": len(found) / count, "ci": [low, high]}
        if kind != "seeds":
            result[kind] |= {
                "failing_seeds": count - len(seeds),
                "repaired": _sorted(found - seeds),
                "lost": _sorted(seeds - found),
            }
    return result


def mbpp(sandbox: Sandbox, checkout: Path) -> dict[str, Any]:
    """Judge the stored runs of MBPP in a checkout by the published rule."""
    rows = [json.loads(line) for line in (checkout / MBPP_RUNS).read_text("utf-8").splitlines()]
    seeds = [published(sandbox, row["implementations"][0], row["test"]) for row in rows]
    last = [published(sandbox, row["implementations"][-1], row["test"]) for row in rows]
    both = list(zip(rows, seeds, last, strict=True))
    return {
        "of": len(rows),
        "seeds": sum(seeds),
        "repaired": sum(last),
        "share": sum(last) / len(rows),
        "gained": sum(now and not before for _, before, now in both),
        "lost": sum(before and not now for _, before, now in both),
        "authors": sum(row["is_solved"] for row in rows),
        "otherwise than the authors": _sorted(
            row["task_id"] for row, _, now in both if now != row["is_solved"]
        ),
    }


def _replayed(judge: Judge, one: Subject, path: Path, *, final: bool) -> str:
    """Return the program that the replay of a stored repair ends with, the seed where it gives none."""
    budget = Budget()
    runner = PublicRunner(judge, one.task, budget)
    ctx = Context(model=Scripted([]), runner=runner, budget=budget)
    seed = one.program(one.run.programs[0])
    *_, last = (seed, *Replay(runs=str(path), final=final).repair(one.task.public(), seed, (), ctx))
    return last.source


def _sorted(ids: Iterable[str]) -> list[str]:
    return sorted(ids, key=lambda one: (len(one), one))
