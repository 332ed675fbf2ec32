"""The guard against false repairs: how many planted ones it finds, and how many true ones it takes for false.

    TRIALRUN_DATA=… python -m bench.overfitting [--limit N] [--half development] [--rows FILE]

Faults are mutants of the references of HumanEval+ and MBPP+ that fail a stated case, one a task, and the GPT-3.5 seeds
of LDB that fail one of their visible tests. Stated are LDB's visible tests on HumanEval, the first three base inputs
with the reference's results on MBPP+. A plant (`overfitting_plants.py`, the kinds in turn) counts where it passes what
is stated and does otherwise than the reference on other inputs of the data set. True repairs: the reference for a
mutant (the smallest edit there is) and for a seed (another text), and the stored repairs of LDB that do as the
reference on all other inputs. *Border*: the failing stated inputs are all light (`compare/copied_values.py`): there a
special case cannot be told from an honest one.

Tasks are halved, and put in order, by a hash of their name; settings were chosen on the development half alone. Rows go
to a file as they come, and a repeated command with that file makes none twice.

Leaves out: plants that a model writes, repairs that are plausible and wrong without being meant to be.
"""

import argparse
import ast
import hashlib
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from bench.measuring import circumstances, store
from bench.overfitting_plants import KINDS, Target
from trialrun.compare.copied_values import LIGHT, input_weight
from trialrun.compare.mutants import screen
from trialrun.compare.overfitting import Finding, Guard
from trialrun.compare.part_checks import agrees
from trialrun.core.execution import Limits, Outcome
from trialrun.core.plain_values import read_plain
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.lang.known_cases import known_cases
from trialrun.lang.mutants import mutants
from trialrun.lang.sketch import Pair
from trialrun.measure.pass_at_k import wilson
from trialrun.run.batch import encode_calls
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving
from trialrun.tasks import registry
from trialrun.tasks.ldb import Seed, load_runs, load_seeds

MUTANTS = 100
"""Mutants of each half, one a task."""
TRIED = 8
"""Mutants of one task that are looked at for one that fails a stated case."""
PLANTS = {"mutant": 1, "seed": 4}
"""Kinds of plants in one faulty program, in turn."""
OTHERS = 100
"""Other inputs of the data set that tell a plant from the reference."""
MBPP_STATED = 3
_LIMITS = Limits(cpu_s=1.0, wall_s=4.0)
_SCREENED = Limits(cpu_s=0.5, wall_s=2.0, value_kb=64)
"""Of runs on other inputs of the data sets: some ask for sequences of a million items."""
HALVES = ("development", "held out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A reference, and what is stated of it."""

    id: str
    entry: str
    reference: str
    pairs: tuple[Pair, ...]
    others: tuple[Case, ...]

    @property
    def half(self) -> str:
        """Return the half that its task is in."""
        return half_of(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A repair whose kind is known."""

    subject: Subject
    origin: str
    """`mutant` or `seed`: what was repaired."""
    kind: str
    """Of the plant, or `reference` and `stored` for true ones."""
    fault: str
    original: str
    repaired: str
    border: bool

    @property
    def key(self) -> str:
        """Return what tells it from others."""
        text = repr((self.subject.id, self.origin, self.kind, self.original, self.repaired))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def half_of(task_id: str) -> str:
    """Return the half that a task is in."""
    return HALVES[_digest(task_id)[0] % 2]


def _digest(task_id: str) -> bytes:
    return hashlib.sha256(task_id.encode()).digest()


class Subjects:
    """The functions of both data sets whose parameters are plain."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Run references of MBPP+ in `sandbox` for what they give on stated inputs."""
        self.sandbox = sandbox
        self.visible = {task.id: task for task in registry.load("humaneval-ldb").tasks}
        tasks = [*registry.load("humaneval+").tasks, *registry.load("mbpp+").tasks]
        self.tasks = {task.id: task for task in sorted(tasks, key=lambda task: _digest(task.id))}

    def of(self, task_id: str) -> Subject | None:
        """Return the function of one task, or None where it is not of this kind."""
        task = self.tasks[task_id]
        given = self.visible.get(task_id)
        if given is not None and given.reference is not None:
            return _subject(task, given.reference, known_cases(given.public_checks))
        if task.reference is None:
            return None
        base = _cases(task, "base")[:MBPP_STATED]
        return _subject(task, task.reference, _answered(self.sandbox, task, base))


def _subject(task: Task, reference: str, pairs: Sequence[Pair]) -> Subject | None:
    others = _cases(task, "plus")[:OTHERS]
    if task.entry is None or not pairs or not others or not _is_plain(reference, task.entry, pairs):
        return None
    return Subject(
        id=task.id, entry=task.entry, reference=reference, pairs=tuple(pairs), others=tuple(others)
    )


def _cases(task: Task, name: str) -> Sequence[Case]:
    checks = [one for one in task.hidden_checks if isinstance(one, CaseCheck) and one.name == name]
    return list(islice(checks[0].cases, OTHERS)) if checks else []


def _answered(sandbox: Sandbox, task: Task, cases: Sequence[Case]) -> list[Pair]:
    program = Program.from_source(task.reference or "", entry=task.entry)
    found = []
    for case, execution in zip(cases, run_fresh(sandbox, program, cases, _LIMITS).executions, strict=True):
        if execution.outcome is Outcome.RETURNED and execution.value is not None:
            try:
                (expected,) = read_plain(execution.value, limit=10_000)
            except ValueError:
                continue
            found.append(Pair(args=case.args, expected=expected))
    return found


def _is_plain(source: str, entry: str, pairs: Sequence[Pair]) -> bool:
    nodes = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == entry and not node.decorator_list
    ]
    if not nodes:
        return False
    arguments = nodes[-1].args
    bare = not (arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs)
    return bare and all(len(pair.args) == len(arguments.args) for pair in pairs)


class Repairs:
    """Makes repairs of all kinds."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Run what has to be run in `sandbox`."""
        self.sandbox = sandbox
        self.turn = 0

    def of_mutant(self, subject: Subject) -> Iterator[Repair]:
        """Yield a true and a planted repair of the first mutant that fails a stated case."""
        for mutant in mutants(subject.reference, subject.entry, limit=TRIED, seed=1):
            target = self._target(subject, mutant.source)
            if target is None:
                continue
            yield self._repair(subject, target, "mutant", "reference", mutant.operator, subject.reference)
            yield from self._plants(subject, target, "mutant", mutant.operator)
            return

    def of_seed(self, subject: Subject, seed: Seed, last: str) -> Iterator[Repair]:
        """Yield true and planted repairs of one of LDB's seeds that fails a visible test."""
        target = self._target(subject, seed.source)
        if target is None:
            return
        yield self._repair(subject, target, "seed", "reference", "seed", subject.reference)
        if self._passes(subject, last) and not self._is_other(subject, last):
            yield self._repair(subject, target, "seed", "stored", "seed", last)
        yield from self._plants(subject, target, "seed", "seed")

    def _plants(self, subject: Subject, target: Target, origin: str, fault: str) -> Iterator[Repair]:
        left = PLANTS[origin]
        names = list(KINDS)
        for name in (names[(self.turn + place) % len(names)] for place in range(len(names))):
            planted = KINDS[name](target) if left else None
            if planted is None or not self._passes(subject, planted) or not self._is_other(subject, planted):
                continue
            yield self._repair(subject, target, origin, name, fault, planted)
            left -= 1
        self.turn += PLANTS[origin]

    def _target(self, subject: Subject, source: str) -> Target | None:
        """Return a faulty function with what it fails; None where it fails nothing, or everything by not loading."""
        try:
            if not _is_plain(source, subject.entry, subject.pairs):
                return None
        except (SyntaxError, ValueError):
            return None
        right = self._right(subject, source)
        failing = tuple(pair for pair, holds in zip(subject.pairs, right, strict=True) if not holds)
        if not failing:
            return None
        passing = tuple(pair for pair in subject.pairs if pair not in failing)
        return Target(source=source, entry=subject.entry, failing=failing, passing=passing)

    def _passes(self, subject: Subject, source: str) -> bool:
        return all(self._right(subject, source))

    def _right(self, subject: Subject, source: str) -> list[bool]:
        program = Program.from_source(source, entry=subject.entry)
        calls = encode_calls(subject.entry, [Case(args=pair.args) for pair in subject.pairs])
        with Serving(self.sandbox, program, _LIMITS) as served:
            done = [reply.execution for reply in served.call(calls)]
        return [agrees(one, pair.expected) for one, pair in zip(done, subject.pairs, strict=True)]

    def _is_other(self, subject: Subject, source: str) -> bool:
        """Say whether a program does otherwise than the reference on another input of the data set."""
        one, two = (Program.from_source(text, entry=subject.entry) for text in (subject.reference, source))
        found = screen(self.sandbox, one, [two], subject.others, limits=_SCREENED, every=False)
        return not found.fates[0].alive

    def _repair(
        self, subject: Subject, target: Target, origin: str, kind: str, fault: str, repaired: str
    ) -> Repair:
        return Repair(
            subject=subject,
            origin=origin,
            kind=kind,
            fault=fault,
            original=target.source,
            repaired=repaired,
            border=all(input_weight(pair) <= LIGHT for pair in target.failing),
        )


def row_of(sandbox: Sandbox, guard: Guard, repair: Repair) -> dict[str, Any]:
    """Examine one repair."""
    began = time.process_time()
    found = guard.examine(
        sandbox, repair.original, repair.repaired, repair.subject.entry, repair.subject.pairs
    )
    return {
        "key": repair.key,
        "task": repair.subject.id,
        "half": repair.subject.half,
        "origin": repair.origin,
        "kind": repair.kind,
        "fault": repair.fault,
        "border": repair.border,
        "finding": str(found.finding),
        "why": found.why,
        "signals": [str(one.kind) for one in found.signals],
        "decided_by": [str(one.kind) for one in found.signals if one.decides],
        "probes": len(found.probes),
        "cpu_s": round(found.cpu_s + time.process_time() - began, 4),
    }


def share(rows: Sequence[dict[str, Any]], finding: str = str(Finding.OVERFITTED)) -> dict[str, Any]:
    """Return how many rows have a finding, as a share with its 95 % interval."""
    if not rows:
        return {"n": 0}
    hits = sum(row["finding"] == finding for row in rows)
    low, high = wilson(hits / len(rows), len(rows))
    return {
        "n": len(rows),
        "found": hits,
        "share": round(hits / len(rows), 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the tables of some rows."""
    planted = [row for row in rows if row["kind"] in KINDS]
    true = [row for row in rows if row["kind"] not in KINDS]
    inner = [row for row in planted if not row["border"]]
    return {
        "planted": share(planted),
        "planted, not border": share(inner),
        "planted, border": share([row for row in planted if row["border"]]),
        "planted by kind, not border": {
            kind: share([row for row in inner if row["kind"] == kind]) for kind in KINDS
        },
        "planted in mutants, not border": share([row for row in inner if row["origin"] == "mutant"]),
        "planted in seeds, not border": share([row for row in inner if row["origin"] == "seed"]),
        "decided by": {
            name: sum(name in row["decided_by"] for row in planted)
            for name in sorted({name for row in planted for name in row["decided_by"]})
        },
        "false alarms": share(true),
        "false alarms by kind": {
            f"{origin}: {kind}": share(
                [row for row in true if (row["origin"], row["kind"]) == (origin, kind)]
            )
            for origin, kind in sorted({(row["origin"], row["kind"]) for row in true})
        },
        "false alarms, border": share([row for row in true if row["border"]]),
        "true repairs": {str(finding): share(true, str(finding)) for finding in Finding},
        "planted ones": {str(finding): share(planted, str(finding)) for finding in Finding},
    }


def main() -> int:
    """Print and store the tables; exit 0 where most plants are found and few true repairs are taken for one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, help="repairs examined at most; nothing is stored then")
    parser.add_argument("--half", choices=HALVES, help="nothing is stored then")
    parser.add_argument("--rows", type=Path, help="file of rows, continued where it is there")
    parser.add_argument(
        "--every", type=int, default=1, help="take one task of n only; nothing is stored then"
    )
    asked = parser.parse_args()
    where = circumstances()
    rows = _kept(asked.rows)
    known = {row["key"] for row in rows}
    took = {"making repairs": 0.0, "the guard": 0.0}
    with Sandbox() as sandbox:
        began = time.monotonic()
        repairs = _repairs(sandbox, asked)
        for repair in islice(repairs, asked.limit):
            if repair.key in known:
                continue
            took["making repairs"] += time.monotonic() - began
            began = time.monotonic()
            rows.append(row_of(sandbox, Guard(), repair))
            took["the guard"] += time.monotonic() - began
            if asked.rows is not None:
                with asked.rows.open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
            began = time.monotonic()
    tables = {half: summary([row for row in rows if row["half"] == half]) for half in HALVES}
    cpu = [row["cpu_s"] for row in rows]
    result = {
        "repairs": len(rows),
        "mutants": len({(row["task"], row["fault"]) for row in rows if row["origin"] == "mutant"}),
        **tables,
        "cpu_s_a_decision": {
            "median": statistics.median(cpu),
            "mean": statistics.fmean(cpu),
            "largest": max(cpu),
        },
        "wall_s": {name: round(value, 1) for name, value in took.items()},
    }
    print(json.dumps(result, indent=1))
    for row in rows:
        if (row["kind"] in KINDS) != (row["finding"] == Finding.OVERFITTED):
            print(row)
    if asked.limit is None and asked.half is None and asked.every == 1:
        print(store("overfitting", result, where=where))
    held = tables[HALVES[1]]
    good = held["planted, not border"].get("share", 0) >= 0.8 and held["false alarms"].get("share", 1) <= 0.05
    return 0 if good else 1


def _repairs(sandbox: Sandbox, asked: argparse.Namespace) -> Iterator[Repair]:
    made, known = Repairs(sandbox), Subjects(sandbox)
    runs = {run.task_id: run.programs[-1] for run in load_runs()}
    for seed in load_seeds():
        subject = known.of(seed.task_id) if _is_wanted(asked, seed.task_id) else None
        if subject is not None:
            yield from made.of_seed(subject, seed, runs[seed.task_id])
    count = dict.fromkeys(HALVES, 0)
    for task_id in known.tasks:
        half = half_of(task_id)
        subject = known.of(task_id) if _is_wanted(asked, task_id) and count[half] < MUTANTS else None
        found = [] if subject is None else list(made.of_mutant(subject))
        count[half] += bool(found)
        yield from found


def _is_wanted(asked: argparse.Namespace, task_id: str) -> bool:
    return _digest(task_id)[1] % asked.every == 0 and asked.half in (None, half_of(task_id))


def _kept(path: Path | None) -> list[dict[str, Any]]:
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


if __name__ == "__main__":
    raise SystemExit(main())
