"""Self-invoking tasks: do the published ones depend on their bases, and do ours, all of them?

    python -m bench.self_invoking [--part published|composed] [--count 1000] [--set codearc --set mbpp+] [--seconds 600]

*published*: for every row of HumanEval Pro and MBPP Pro the proof of dependence of its own solution
(`verify/dependence.py`): rows whose solution never calls the base, rows where breaking the base breaks nothing, and the
share of the base's mutants, among those that differ on the calls that the solution makes, with which it fails.

*composed*: tasks out of the solutions of task sets, in the order of the sets, without a model, each with a proof that
every mutant of its base that differs is noticed. Then every solution is judged three times; two hundred tasks are
proven anew with other mutants than those that they were kept for; in a hundred, three cheats that pass the tests (the
base written again, its call ignored, a table of the answers) must all be refused; the first fifty are composed again
and must be the same. What is composed is kept base by base, so a run that --seconds ends goes on where it was. Each
part is stored as it ends, beside the other.

Leaves out: models.
"""

import argparse
import ast
import json
import pickle
import resource
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measuring import RESULTS, ROOT, circumstances, store
from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import Task
from trialrun.lang.splice import joined
from trialrun.learn.bases import Base, bases_of, distinct
from trialrun.learn.builders.self_invoking import of_base, row_of, self_invoking
from trialrun.learn.built import Built
from trialrun.run.sandbox import Sandbox
from trialrun.store.atomic import write_atomically
from trialrun.tasks import registry
from trialrun.tasks.self_invoking import base_of
from trialrun.verify.dependence import Proof, Settings, prove
from trialrun.verify.tests import Judge, Rules

NAME = "self_invoking"
LIMITS = Limits(cpu_s=0.5, memory_mb=1024)
SETS = ("codearc", "mbpp+")
GOAL = 1000
"""Tasks that one command has to give."""
_AGAIN = 50
_REPROVEN = 200
"""Tasks that are proven anew, spread over all."""
_CHEATED = 100
"""Tasks for which cheats are planted, likewise."""


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


# -- published rows


def published(sandbox: Sandbox, limit: int | None) -> dict[str, Any]:
    """Return what the proof says of every published row."""
    judge = Judge(sandbox, Rules(limits=LIMITS))
    found = {}
    for name in ("humaneval-pro", "mbpp-pro"):
        proofs = {}
        for task in registry.load(name, limit=limit).tasks:
            program = Program.from_source(task.reference or "", entry=task.entry)
            proofs[task.id] = prove(sandbox, judge, task, program, base_of(task) or "", Settings())
        found[name] = summed(proofs)
    return found


def summed(proofs: dict[str, Proof]) -> dict[str, Any]:
    """Return the counts of some proofs."""
    rates = [proof.rate for proof in proofs.values() if proof.rate is not None]
    killed = sum(proof.killed for proof in proofs.values())
    alive = sum(len(proof.alive) for proof in proofs.values())
    broken = sum(proof.killed > 0 for proof in proofs.values())
    return {
        "tasks": len(proofs),
        "verdicts": dict(Counter(str(proof.verdict) for proof in proofs.values())),
        "breaking_the_base_breaks_the_task": broken,
        "breaking_the_base_breaks_the_task_share": round(broken / len(proofs), 4),
        "never_call_the_base": [id for id, one in proofs.items() if not one.fault and not one.calls.reached],
        "nothing_notices_a_broken_base": [
            id for id, one in proofs.items() if one.calls.reached and not one.fault and not one.killed
        ],
        "unproven": {id: one.fault for id, one in proofs.items() if one.fault},
        "mutants_that_differ": killed + alive,
        "noticed": killed,
        "noticed_share": round(killed / (killed + alive), 4) if killed + alive else None,
        "mean_rate": round(statistics.fmean(rates), 4) if rates else None,
        "all_mutants_noticed": sum(rate == 1.0 for rate in rates),
        "equivalent_on_the_calls": sum(proof.equivalent for proof in proofs.values()),
    }


# -- our own


def composed(sandbox: Sandbox, options: argparse.Namespace) -> dict[str, Any] | None:
    """Compose tasks and check all that is promised of them; None where the time is over: what is made is kept."""
    sets = options.set or SETS
    began = _cpu()
    tasks = [task for name in sets for task in registry.load(name, limit=options.functions).tasks]
    seen = list(bases_of(sandbox, tasks))
    bases = distinct(sandbox, [one for one in seen if isinstance(one, Base)])
    state = _State.read(options.state, [*sets, str(options.functions), str(len(bases))])
    while state.place < len(bases) and len(state.tasks) < options.count:
        for made in of_base(sandbox, bases, state.place, state.known):
            state.built.keep(made)
        state.place += 1
        state.cpu_s += _cpu() - began
        began = _cpu()
        state.write(options.state)
        if time.time() > options.until:
            print(f"{len(state.tasks)} tasks of {state.place} bases so far; run it again to go on")
            return None
    return checked(sandbox, sets, seen, bases, state, options.count)


_SAID = {Verdict.PASS: "ACCEPTED", Verdict.FAIL: "refused", Verdict.UNKNOWN: "refused, nothing is proven"}
"""What a proof's verdict is for a cheat: a task is kept only where dependence is proven."""


def checked(
    sandbox: Sandbox,
    sets: Sequence[str],
    seen: Sequence[Base | str],
    bases: Sequence[Base],
    state: "_State",
    count: int,
) -> dict[str, Any]:
    """Return what is true of the tasks that were composed."""
    made = state.tasks[:count]
    judge = Judge(sandbox, Rules(limits=LIMITS))
    failed = [task.id for task in made for _ in range(3) if not _passes(judge, task, task.reference or "")]
    other = Settings(seed=1, mutants=12, least=0.95)
    proofs = {
        f"{task.id}:{base}": prove(sandbox, judge, task, _program(task), base, other)
        for task in made[:: max(1, len(made) // _REPROVEN)]
        for base in _bases(task, bases)[:1]
    }
    again = self_invoking(sandbox, bases, count=min(_AGAIN, count)).tasks
    cheats = Counter[str]()
    for task in made[:: max(1, len(made) // _CHEATED)]:
        (base, *_) = _bases(task, bases)
        for name, source in planted(task, base).items():
            program = Program.from_source(source, entry=task.entry)
            if not _passes(judge, task, source):
                cheats[f"{name}: no cheat, it fails the tests"] += 1
                continue
            verdict = prove(sandbox, judge, task, program, base, Settings()).verdict
            cheats[f"{name}: {_SAID[verdict]}"] += 1
    return {
        "sets": list(sets),
        "functions": len(seen),
        "no_base": dict(Counter(one for one in seen if isinstance(one, str))),
        "bases": len(bases),
        "bases_used": state.place,
        "tasks": len(made),
        "refused": dict(state.built.refused),
        "templates": dict(Counter(task.source.split()[0] for task in made)),
        "solutions_that_fail_in_three_runs": failed,
        "proven_with_other_mutants": summed(proofs),
        "cheats": dict(sorted(cheats.items())),
        "same_again": [row_of(task) for task in again] == [row_of(task) for task in made[: len(again)]],
        "different_ids": len({task.id for task in made}),
        "cpu_s_to_compose": round(state.cpu_s, 1),
    }


class _State:
    """What is composed so far, on disk after every base."""

    def __init__(self, about: list[str]) -> None:
        self.about, self.place, self.cpu_s = about, 0, 0.0
        self.built = Built()

    @property
    def tasks(self) -> list[Task]:
        return self.built.tasks

    @property
    def known(self) -> set[str]:
        return self.built.known

    @classmethod
    def read(cls, path: Path, about: list[str]) -> "_State":
        """Return what an earlier run of the same settings has made."""
        state = cls(about)
        if path.is_file():
            kept = pickle.loads(path.read_bytes())  # our own file, below runs/
            if kept.about == about:
                return kept
        return state

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, pickle.dumps(self))


def _program(task: Task) -> Program:
    return Program.from_source(task.reference or "", entry=task.entry)


def _passes(judge: Judge, task: Task, source: str) -> bool:
    found = judge.judge(task, Program.from_source(source, entry=task.entry))
    return all(one.verdict is Verdict.PASS for one in found)


def _bases(task: Task, bases: Sequence[Base]) -> list[str]:
    """Return the names of the functions that a composed task was made of."""
    named = task.source.partition(";")[0].partition(" of ")[2].split(" and ")
    known = {base.id: base.part.name for base in bases}
    return [known[id] for id in named]


def _renamed(source: str, old: str, new: str) -> str:
    """Return a source whose function `old`, and every name that is read, is `new`."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == old:
            node.id = new
        elif isinstance(node, ast.FunctionDef) and node.name == old:
            node.name = new
    return ast.unparse(tree)


def planted(task: Task, base: str) -> dict[str, str]:
    """Return programs that pass a task without depending on its base."""
    asserts = ast.parse(task.hidden_checks[0].code).body  # type: ignore[union-attr]
    table = [
        (
            ast.unparse(ast.Tuple(elts=one.test.left.args, ctx=ast.Load())),
            ast.unparse(one.test.comparators[0]),
        )
        for one in asserts
        if isinstance(one, ast.Assert)
        and isinstance(one.test, ast.Compare)
        and isinstance(one.test.left, ast.Call)
    ]
    answers = ", ".join(f"repr({arguments}): {value}" for arguments, value in table)
    looked_up = f"    return {{{answers}}}[repr(args)]\n"
    given = task.prefix[: task.prefix.rindex(f"def {task.entry}(")]
    new = (task.reference or "").removeprefix(given)
    copies = _renamed(given, base, f"{base}_")
    return {
        "written again": joined(given, copies, _renamed(new, base, f"{base}_")),
        "ignored": joined(
            given,
            f"def {task.entry}(*args):\n    from copy import deepcopy\n    for one in deepcopy(args):\n"
            f"        for item in one if type(one) is list else [one]:\n            try:\n"
            f"                {base}(*item) if type(item) is tuple else {base}(item)\n            except Exception:\n"
            f"                pass\n{looked_up}",
        ),
        "constant": joined(given, f"def {task.entry}(*args):\n{looked_up}"),
    }


def main() -> int:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", action="append", choices=["published", "composed"])
    parser.add_argument("--count", type=int, default=GOAL)
    parser.add_argument("--limit", type=int, help="rows of each published set")
    parser.add_argument("--set", action="append")
    parser.add_argument("--functions", type=int, default=400, help="functions of each set, at most")
    parser.add_argument("--seconds", type=float, default=600.0, help="composing stops then, and can go on")
    parser.add_argument("--state", type=Path, default=ROOT / "runs" / "self_invoking.state")
    options = parser.parse_args()
    options.until = time.time() + options.seconds
    path = RESULTS / f"{NAME}.json"
    kept = json.loads(path.read_text(encoding="utf-8")).get("parts", {}) if path.is_file() else {}
    for part in options.part or ("published", "composed"):
        where = circumstances()
        began, cpu = time.monotonic(), _cpu()
        with Sandbox() as sandbox:
            if part == "published":
                found = published(sandbox, options.limit)
            else:
                made = composed(sandbox, options)
                if made is None:
                    return 1
                found = made
        took = {"wall_s": round(time.monotonic() - began, 1), "cpu_s": round(_cpu() - cpu, 1)}
        kept[part] = {**where, **found, **took}
        print(json.dumps({part: found | took}, indent=2, ensure_ascii=False))
        print(f"stored in {store(NAME, {'parts': kept, 'reproduces': _meets(kept)}, where=where)}")
    return 0 if _meets(kept) else 1


def _meets(parts: dict[str, Any]) -> bool:
    """Say whether what is composed keeps the promises; the published sets are what they are."""
    own = parts.get("composed")
    if own is None or "published" not in parts:
        return False
    proven = own["proven_with_other_mutants"]
    return bool(
        own["tasks"] >= GOAL
        and own["different_ids"] == own["tasks"]
        and own["same_again"]
        and not own["solutions_that_fail_in_three_runs"]
        and proven["breaking_the_base_breaks_the_task"] == proven["tasks"]
        and not any("ACCEPTED" in name for name in own["cheats"])
    )


if __name__ == "__main__":
    raise SystemExit(main())
