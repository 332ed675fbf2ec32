"""Template repair with localisation, without it, and drawn blindly, at equal CPU time: what is plausible and right.

    TRIALRUN_QUIXBUGS=… python -m bench.repair_templates [--set quixbugs] [--limit N] [--rows FILE]

Three ways through the same edits, on the sets of `bench/repair_sets.py`:

    located    most suspicious lines (Ochiai, slice) and likeliest edits first: `Templates()`
    unlocated  likeliest edits first, all lines alike: `localise="none"`
    blind      in an order by chance: `localise="none", priors=False`

*Plausible*: passes the visible checks. *Correct*: passes the held-out ones too. Each way has the same CPU seconds for a
program, its own thread's and its jobs'; judging by held-out checks comes after and is not counted. Rows of finished
programs go to FILE, and a run continues there.

Leaves out: other tools (their edits are not these edits); faults that no visible case shows are counted, not repaired.
"""

import argparse
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.measuring import circumstances, store
from bench.repair_sets import LIMITS, Faulty, ldb, mutated, quixbugs
from trialrun.compare.part_checks import passes
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.execution import Execution
from trialrun.core.judgement import Judgement
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.making import PublicRunner
from trialrun.measure.paired import exact_p
from trialrun.measure.pass_at_k import wilson
from trialrun.models.scripted import Scripted
from trialrun.repair.templates import Templates
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules

SETS = ("quixbugs", "ldb", "mutants")
CPU_S = {"quixbugs": 1.0, "ldb": 1.0, "mutants": 0.25}
"""CPU seconds of each way for one program."""
MUTANTS = 500
SHARED: dict[str, Any] = {"traced": 4, "beside": 32, "probes": 10}
"""Settings that all ways have: budgets are small here."""
WAYS = {
    "located": Templates(**SHARED),
    "unlocated": Templates(localise="none", **SHARED),
    "blind": Templates(localise="none", priors=False, **SHARED),
}


@dataclass(slots=True)
class Counted:
    """A runner that passes on and counts candidates, up to the first plausible one too."""

    inner: PublicRunner
    screened: int = 0
    first: int | None = None
    """Candidates that were screened when the first one passed the checks."""
    notes: list[str] = field(default_factory=list)

    def check(self, program: Program) -> tuple[Judgement, ...]:
        """Check, and note the first pass."""
        found = self.inner.check(program)
        if self.first is None and passes(found):
            self.first = self.screened
        return found

    def screen(self, programs: Sequence[Program], case: Case, *, cpu_s: float) -> tuple[Execution, ...]:
        """Screen, and count those that are new."""
        self.screened += len(programs)
        return self.inner.screen(programs, case, cpu_s=cpu_s)

    def run(
        self, program: Program, cases: Sequence[Case], *, cpu_s: float | None = None
    ) -> tuple[Execution, ...]:
        """Run as the inner one does."""
        return self.inner.run(program, cases, cpu_s=cpu_s)

    def trace(self, program: Program, case: Case, *level: Any, **limits: Any) -> Any:
        """Trace as the inner one does."""
        return self.inner.trace(program, case, *level, **limits)


def tried(
    judge: Judge, one: Faulty, way: str, cpu_s: float, known: dict[tuple[str, str], bool]
) -> dict[str, Any]:
    """Repair one program one way; return what came of it. `known` are verdicts on programs judged before."""
    budget = Budget()
    runner = Counted(PublicRunner(judge, one.task, budget))
    ctx = Context(
        model=Scripted(lambda *_: ""), runner=runner, budget=budget, seed=1, progress=runner.notes.append
    )
    judgements = runner.check(one.program)
    row: dict[str, Any] = {"set": one.set, "name": one.name, "way": way, "open": one.open}
    if passes(judgements):
        return {**row, "shown": False}
    before, own, wall = budget.spent()["cpu_s"], time.thread_time(), time.perf_counter()
    found = list(replace(WAYS[way], cpu_s=cpu_s).repair(one.task.public(), one.program, judgements, ctx))
    used = time.thread_time() - own + budget.spent()["cpu_s"] - before
    row |= {
        "shown": True,
        "cpu_s": round(used, 3),
        "wall_s": round(time.perf_counter() - wall, 3),
        "screened": runner.screened,
        "until_plausible": runner.first if found else None,
        "plausible": bool(found),
        "correct": bool(found) and _correct(judge, one, found[-1], known),
        "edit": runner.notes[-1][:120] if found else "",
    }
    return row


def _correct(judge: Judge, one: Faulty, program: Program, known: dict[tuple[str, str], bool]) -> bool:
    key = (one.task.id, program.id)
    if key not in known:
        known[key] = passes(judge.judge(one.task, program))
    return known[key]


def subjects(sandbox: Sandbox, name: str, limit: int | None) -> Iterator[Faulty]:
    """Yield the programs of a set."""
    if name == "mutants":
        return mutated(sandbox, limit or MUTANTS)
    return itertools.islice(quixbugs(sandbox) if name == "quixbugs" else ldb(), limit)


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return counts and shares with 95 % intervals of each way over the programs that a visible check fails."""
    shown = [row for row in rows if row["shown"]]
    programs = len({row["name"] for row in shown})
    found: dict[str, Any] = {
        "programs": len({row["name"] for row in rows}),
        "fail_a_visible_check": programs,
    }
    if not programs:
        return found
    correct: dict[str, set[str]] = {}
    for way in WAYS:
        own = [row for row in shown if row["way"] == way]
        plausible = [row for row in own if row["plausible"]]
        correct[way] = {row["name"] for row in own if row["correct"]}
        wrong = len(plausible) - len(correct[way])
        found[way] = {
            "plausible": len(plausible),
            "plausible_share": _share(len(plausible), len(own)),
            "correct": len(correct[way]),
            "correct_share": _share(len(correct[way]), len(own)),
            "plausible_but_wrong_share": _share(wrong, len(plausible)),
            "cpu_s_a_program": round(statistics.fmean(row["cpu_s"] for row in own), 3),
            "wall_s_a_program": round(statistics.fmean(row["wall_s"] for row in own), 3),
            "screenings_a_cpu_s": round(
                sum(row["screened"] for row in own) / max(sum(row["cpu_s"] for row in own), 1e-9)
            ),
            "median_screenings_until_plausible": (
                statistics.median(row["until_plausible"] for row in plausible) if plausible else None
            ),
        }
    for other in ("unlocated", "blind"):
        only, lost = len(correct["located"] - correct[other]), len(correct[other] - correct["located"])
        found[f"located_against_{other}"] = {
            "correct_only_located": only,
            f"correct_only_{other}": lost,
            "mcnemar_p": round(exact_p(only, lost), 5),
        }
    return found


def _share(part: int, of: int) -> dict[str, float] | None:
    if not of:
        return None
    low, high = wilson(part / of, of)
    return {"value": round(part / of, 4), "low": round(low, 4), "high": round(high, 4)}


def result(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the table, and each program of the two small sets."""
    table: dict[str, Any] = {}
    for name in SETS:
        own = [row for row in rows if row["set"] == name]
        if own:
            table[name] = summary(own)
        if name == "quixbugs" and own:
            table["quixbugs, not looked at"] = summary([row for row in own if not row["open"]])
            table["quixbugs, looked at"] = summary([row for row in own if row["open"]])
    kept = [row for row in rows if row["set"] != "mutants"]
    return {"cpu_s": CPU_S, "settings": SHARED, "sets": table, "programs": kept}


def main() -> int:
    """Measure what is missing, print, store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", choices=SETS, help="may be repeated; all by default")
    parser.add_argument("--limit", type=int, help="programs of each set; nothing is stored then")
    parser.add_argument("--rows", type=Path, help="rows so far; a run continues there")
    options = parser.parse_args()
    where = circumstances()
    path = options.rows or Path(tempfile.mkdtemp(), "rows.jsonl")
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    done = {(row["set"], row["name"], row["way"]) for row in rows}
    with Sandbox() as sandbox, path.open("a") as file:
        judge = Judge(sandbox, Rules(limits=LIMITS))
        known: dict[tuple[str, str], bool] = {}
        for name in options.set or SETS:
            for one in subjects(sandbox, name, options.limit):
                for way in WAYS:
                    if (name, one.name, way) in done:
                        continue
                    rows.append(tried(judge, one, way, CPU_S[name], known))
                    file.write(json.dumps(rows[-1]) + "\n")
                    file.flush()
            print(
                name, json.dumps(summary([row for row in rows if row["set"] == name]), indent=1), flush=True
            )
    if options.limit is None and not options.set:
        print(store("repair_templates", result(rows), where=where))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
