"""The solver without a model on 100 of CodeARC's functions, drawn by a committed seed: solved by budget.

    python -m bench.codearc_solver [--only NAME ...] [--effort N] [--state FILE]

Each function is played against the metered oracle, as `eval codearc --method bottom_up` does. A function counts as
solved where the last submission holds in the game *and* a second differential search with another seed finds no
difference either. Calls and checks are what the budget counted; seconds are the solver's own CPU time, until the
submission that held.

The budgets are calls (10: the recorded ones alone), and how the calls to ask for are chosen (where the expressions that
still fit differ, or at random). How many are solved with one check is read off the same games: the solver does not look
at how many checks are left, so its first submission is the same.

The first 40 functions are not drawn: the language was worked out on them and on others that are not drawn; those drawn
were run once, for the stored figures. Games that are finished are kept in the state file, and not played again.

Leaves out: models; the published figures are of models on all functions, under another oracle.
"""

import argparse
import dataclasses
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from bench.measuring import circumstances, store
from trialrun.core.budget import Budget
from trialrun.core.errors import Missing
from trialrun.core.judgement import Verdict
from trialrun.core.oracle import CALLS, CHECKS, TRIES, Check, Holds, Oracle, Refused
from trialrun.core.program import Program
from trialrun.core.task import EquivalenceCheck, Task
from trialrun.generate.enumerative.game import Ask, Game, submissions
from trialrun.run.environments import interpreter_for
from trialrun.run.interpreter import find_interpreter
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.tasks import codearc, registry
from trialrun.verify.equivalence import allowance, judge_equivalence, oracle_of

DRAW_SEED = 20261129
FIRST = 40
"""Functions below this id are for development."""
DRAWN = 100
EFFORT = 2_000_000
SECONDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """One way to play."""

    name: str
    calls: int
    ask: Ask
    suite: str = "codearc"


ALL = (
    Budgets(name="30 calls, splitting", calls=30, ask="split"),
    Budgets(name="10 calls", calls=10, ask="none"),
    Budgets(name="30 calls, random", calls=30, ask="random"),
    Budgets(name="20 calls, splitting", calls=20, ask="split"),
    Budgets(name="30 calls, splitting, names hidden", calls=30, ask="split", suite="codearc-anonymous"),
)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one game."""

    budgets: str
    id: int
    entry: str
    held: bool
    """Whether the last submission held in the game,"""
    confirmed: bool
    """and in a second search."""
    first: bool
    """Whether it was the first submission."""
    calls: int
    checks: int
    tries: int
    cpu_s: float
    """The solver's, of the whole game,"""
    submitted_s: float
    """and until its last submission."""
    oracle_s: float
    program: str


def drawn(functions: Sequence[codearc.Function]) -> tuple[int, ...]:
    """Return the ids of the functions that the figures are of."""
    ids = [one.id for one in functions if not one.excluded and one.id >= FIRST]
    return tuple(sorted(random.Random(DRAW_SEED).sample(ids, min(DRAWN, len(ids)))))


def play(sandbox: Sandbox, task: Task, budgets: Budgets, effort: int) -> Row:
    """Play one game; judge what held once more."""
    place = sandbox.importing(["numpy"]) if task.requires else sandbox
    task = _with_calls(task, budgets.calls)
    budget = Budget(**allowance(task))
    oracle = oracle_of(place, task, budget)
    assert oracle is not None, "excluded functions are not drawn"
    number = int(task.id.rpartition("/")[2])
    game = Game(
        oracle=oracle, budget=budget, entry=task.entry or "", effort=effort, ask=budgets.ask, seed=number
    )
    clock = _Clock(oracle, task.entry or "")
    sources = list(submissions(game, clock.check))
    cpu_s = clock.spent()
    spent = budget.spent()
    confirmed = False
    if clock.held:
        check = next(one for one in task.hidden_checks if isinstance(one, EquivalenceCheck))
        judged = judge_equivalence(place, task, check, _program(sources[-1], task.entry or ""), seed=1)
        confirmed = judged.verdict is Verdict.PASS
    return Row(
        budgets=budgets.name,
        id=number,
        entry=task.entry or "",
        held=clock.held,
        confirmed=confirmed,
        first=len(sources) == 1,
        calls=int(spent.get(CALLS, 0)),
        checks=int(spent.get(CHECKS, 0)),
        tries=int(spent.get(TRIES, 0)),
        cpu_s=round(cpu_s, 3),
        submitted_s=round(clock.submitted_s, 3),
        oracle_s=round(spent.get("cpu_s", 0.0), 3),
        program=sources[-1] if sources else "",
    )


class _Clock:
    """Passes submissions on to the oracle, and knows the solver's CPU time without the checks'."""

    def __init__(self, oracle: Oracle, entry: str) -> None:
        self.oracle, self.entry, self.held, self.submitted_s = oracle, entry, False, 0.0
        self._began, self._paused = time.thread_time(), 0.0

    def spent(self) -> float:
        return time.thread_time() - self._began - self._paused

    def check(self, source: str) -> Check | Refused:
        self.submitted_s = self.spent()
        began = time.thread_time()
        came = self.oracle.check(_program(source, self.entry))
        self._paused += time.thread_time() - began
        self.held = isinstance(came, Check) and came.holds is Holds.EQUAL
        return came


def _program(source: str, entry: str) -> Program:
    return Program.from_source(source, entry=entry, maker="generate/bottom_up")


def _with_calls(task: Task, calls: int) -> Task:
    checks = tuple(
        dataclasses.replace(check, calls=calls) if isinstance(check, EquivalenceCheck) else check
        for check in task.hidden_checks
    )
    return dataclasses.replace(task, hidden_checks=checks)


class State:
    """Finished games, a line each."""

    def __init__(self, path: Path, effort: int) -> None:
        self.path = path
        self.rows: dict[tuple[str, int], Row] = {}
        self._mark = f"effort {effort}"
        if path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            if lines and lines[0] == self._mark:
                for line in lines[1:]:
                    row = msgspec.json.decode(line, type=Row)
                    self.rows[row.budgets, row.id] = row
                return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._mark + "\n", encoding="utf-8")

    def add(self, row: Row) -> None:
        """Keep a row."""
        self.rows[row.budgets, row.id] = row
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(row) + b"\n")


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the figures of one way to play."""
    solved = [row for row in rows if row.confirmed]
    return {
        "functions": len(rows),
        "solved": len(solved),
        "solved_with_one_check": sum(row.first for row in solved),
        "held_in_the_game_alone": sum(row.held and not row.confirmed for row in rows),
        "submitted_anything": sum(bool(row.program) for row in rows),
        "calls_mean": round(sum(row.calls for row in rows) / len(rows), 2),
        "checks_mean": round(sum(row.checks for row in rows) / len(rows), 2),
        "calls_most": max(row.calls for row in rows),
        "checks_most": max(row.checks for row in rows),
        "tries": sum(row.tries for row in rows),
        "solved_within_cpu_s": {
            f"{limit:g}": sum(row.submitted_s <= limit for row in solved) for limit in SECONDS
        },
        "solver_cpu_s": round(sum(row.cpu_s for row in rows), 1),
        "oracle_cpu_s": round(sum(row.oracle_s for row in rows), 1),
    }


def main() -> int:
    """Play what is not played yet, print, store."""
    parser = argparse.ArgumentParser(description="The solver without a model, by budget.")
    parser.add_argument("--only", nargs="*", help="names of budgets: " + "; ".join(one.name for one in ALL))
    parser.add_argument("--effort", type=int, default=EFFORT, help="values that a search may compute")
    parser.add_argument(
        "--state", type=Path, default=Path("runs/codearc_solver.jsonl"), help="finished games"
    )
    options = parser.parse_args()
    where = circumstances()
    ids = drawn(codearc.functions())
    try:
        python = interpreter_for(
            [codearc.NUMPY], None, named=None, tell=lambda text: print(text, file=sys.stderr)
        )
    except Missing as missing:
        print(f"without numpy, for eight functions: {missing}", file=sys.stderr)
        python = find_interpreter(None)
    state = State(options.state, options.effort)
    chosen = [one for one in ALL if not options.only or one.name in options.only]
    results: dict[str, Any] = {}
    with Sandbox(Isolation(python=python)) as sandbox:
        for budgets in chosen:
            tasks = {int(task.id.rpartition("/")[2]): task for task in registry.load(budgets.suite).tasks}
            for number in ids:
                if (budgets.name, number) not in state.rows:
                    row = play(sandbox, tasks[number], budgets, options.effort)
                    state.add(row)
                    mark = "solved" if row.confirmed else "held" if row.held else "-"
                    print(f"{budgets.name:<36} {number:>5} {row.cpu_s:6.2f} s {mark:<7}", flush=True)
            rows = [state.rows[budgets.name, number] for number in ids]
            results[budgets.name] = {**asdict(budgets), **summary(rows)}
            results[budgets.name]["solved_ids"] = [row.id for row in rows if row.confirmed]
            print({name: value for name, value in results[budgets.name].items() if name != "solved_ids"})
    result = {"draw_seed": DRAW_SEED, "drawn": ids, "effort": options.effort, "budgets": results}
    print(f"stored in {store('codearc_solver', result, where=where)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
