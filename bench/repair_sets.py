"""Faulty programs with a right one beside each, for the benchmarks of repair and localisation: three sets.

    quixbugs   40 programs. Visible: half of the published cases, drawn by `SEED`, a failing one among them where
               there is one; held out: the others, and inputs made of them on which the right program answers. Half of
               the programs (`open`) were looked at while the operators were written, the others were not.
    ldb        the seeds of GPT-3.5 on HumanEval that fail. Visible: LDB's tests; held out: HumanEval's.
    mutants    single mutants of HumanEval+'s references, drawn by `SEED`, that some visible case shows. Visible: the
               first base inputs; held out: all base and plus inputs. The edits that repair them contain the
               mutation operators' own, so these are faults that the operators can mend in principle.

Expected results are the right program's own. Leaves out: faults that no visible case shows.
"""

import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import decode
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Check, Task
from trialrun.core.values import Malformed
from trialrun.lang.mutants import mutants
from trialrun.probe.domain import domains_of
from trialrun.probe.evalplus import EvalPlus
from trialrun.probe.proposer import Seed, unguided
from trialrun.run.batch import encode_calls
from trialrun.run.fresh import run_fresh
from trialrun.run.row import run_row
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import registry
from trialrun.tasks.datafiles import find_checkout
from trialrun.tasks.ldb import NAME, load_runs, load_seeds
from trialrun.tasks.quixbugs import LAZY, Pair, pairs
from trialrun.tasks.suites import QUIXBUGS_CHECKOUT

SEED = 8
VISIBLE = 10
"""Base inputs of a task that a mutant's repair sees."""
MADE = 60
"""Inputs that are made of a QuixBugs program's published ones."""
LIMITS = Limits(cpu_s=1.0)
_SOON = Limits(cpu_s=0.2)
_WRAPPED = "\n\ndef {name}_list(*args):\n    return list({name}(*args))\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """A program that fails a visible check, and what it should have been."""

    set: str
    name: str
    task: Task
    program: Program
    fixed: str
    """A right program; for a seed, its accepted repair where there is one, else the reference."""
    open: bool = False
    """Whether it was looked at while the operators were written."""
    accepted: bool = True
    """Whether `fixed` is an edit of the program, so that the lines in which they differ are the faulty ones."""


def half_open(names: Sequence[str]) -> set[str]:
    """Return the half of the QuixBugs programs that was looked at."""
    drawn = sorted(names)
    random.Random(SEED).shuffle(drawn)
    return set(drawn[: len(drawn) // 2])


def quixbugs(sandbox: Sandbox) -> Iterator[Faulty]:
    """Yield the programs of QuixBugs, in the order of their names."""
    found = pairs(find_checkout(QUIXBUGS_CHECKOUT, name="quixbugs"))
    opened = half_open([pair.name for pair in found])
    for pair in found:
        task, program, fixed = _quixbugs_task(sandbox, pair)
        yield Faulty(
            set="quixbugs",
            name=pair.name,
            task=task,
            program=program,
            fixed=fixed,
            open=pair.name in opened,
        )


def _quixbugs_task(sandbox: Sandbox, pair: Pair) -> tuple[Task, Program, str]:
    fixed, buggy, entry = pair.fixed, pair.buggy, pair.entry
    if pair.name in LAZY:  # generators: what is compared is the list of what they give
        wrapped = _WRAPPED.format(name=pair.name)
        fixed, buggy, entry = fixed + wrapped, buggy + wrapped, f"{pair.name}_list"
    right, wrong = Program.from_source(fixed, entry=entry), Program.from_source(buggy, entry=entry)
    published = answered(sandbox, right, pair.seeds)
    failing = _failing(sandbox, wrong, published, _tolerance(pair))
    order = list(range(len(published)))
    random.Random(f"{SEED} {pair.name}").shuffle(order)
    count = (len(order) + 1) // 2
    if failing and not failing & set(order[:count]):
        first = next(place for place in order if place in failing)
        order.remove(first)
        order.insert(0, first)
    visible = [published[place] for place in order[:count]]
    held_out = [published[place] for place in order[count:]] + answered(sandbox, right, _made(pair.seeds))
    task = Task(
        id=f"QuixBugs/{pair.name}",
        suite="quixbugs",
        statement="",
        entry=entry,
        public_checks=tuple(_checks("visible", visible, pair)),
        hidden_checks=tuple(_checks("held out", held_out, pair)),
        reference=fixed,
    )
    return task, wrong, fixed


def _tolerance(pair: Pair) -> bool:
    return pair.name == "sqrt"


def _checks(name: str, rows: Sequence[tuple[Case, Any]], pair: Pair) -> Iterator[CaseCheck]:
    """Yield the check of cases; for a square root one for each tolerance, which is its last argument."""
    groups: dict[float, list[tuple[Case, Any]]] = {}
    for case, expected in rows:
        near = abs(float(case.args[-1])) * 2 if _tolerance(pair) else 0.0
        groups.setdefault(near, []).append((case, expected))
    for atol, some in sorted(groups.items()):
        yield CaseCheck(
            name=f"{name} {atol:g}",
            cases=tuple(case for case, _ in some),
            expected=tuple(expected for _, expected in some),
            atol=atol,
        )


def _made(seeds: Sequence[Case]) -> list[Case]:
    """Return inputs made of published ones by mutation that keeps types and relations."""
    given = [Seed(case=case) for case in seeds]
    return unguided(EvalPlus(domains=tuple(domains_of(given)), seed=SEED), given, MADE)


def answered(sandbox: Sandbox, right: Program, cases: Sequence[Case]) -> list[tuple[Case, Any]]:
    """Return the cases on which a right program returns soon, with the values."""
    done = run_fresh(sandbox, right, cases, _SOON).executions
    found = []
    for case, execution in zip(cases, done, strict=True):
        known, value = _value(execution)
        if known:
            found.append((case, value))
    return found


def _value(execution: Execution) -> tuple[bool, Any]:
    if execution.outcome is not Outcome.RETURNED or execution.value is None:
        return False, None
    try:
        return True, decode(execution.value)[0][0]
    except Malformed:
        return False, None


def _failing(sandbox: Sandbox, wrong: Program, rows: Sequence[tuple[Case, Any]], near: bool) -> set[int]:
    calls = encode_calls(wrong.entry or "", [case for case, _ in rows])
    found = set(range(len(rows)))
    for place, execution in run_row(sandbox, wrong, calls, _SOON):
        case, expected = rows[place]
        known, value = _value(execution)
        same = known and (
            abs(value - expected) <= 2 * abs(float(case.args[-1])) if near else value == expected
        )
        if same:
            found.discard(place)
    return found


def ldb() -> Iterator[Faulty]:
    """Yield the seeds that the authors' run found wrong, in HumanEval's order."""
    tasks = {task.id: task for task in registry.load(NAME).tasks}
    runs = {run.task_id: run for run in load_runs()}
    for seed in load_seeds():
        if seed.is_solved:
            continue
        task, run = tasks[seed.task_id], runs[seed.task_id]
        source = without_tests(run.programs[0])
        fixed = without_tests(run.programs[-1]) if run.is_solved else task.reference or ""
        yield Faulty(
            set="ldb",
            name=task.id,
            task=task,
            program=Program.from_source(source, entry=task.entry),
            fixed=fixed,
            accepted=run.is_solved,
        )


def without_tests(source: str) -> str:
    """Return a program without the asserts and calls that stand on its top level."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    lines = source.splitlines(keepends=True)
    for node in tree.body:
        called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if isinstance(node, ast.Assert) or called:
            for line in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[line] = ""
    return "".join(lines)


def mutated(sandbox: Sandbox, count: int) -> Iterator[Faulty]:
    """Yield `count` mutants that a visible case shows, drawn without regard to how many a task has of them."""
    tasks = [task for task in registry.load("humaneval+").tasks if task.reference is not None]
    drawn = [
        (task, mutant)
        for task in tasks
        for mutant in mutants(task.reference or "", task.entry, limit=20, seed=SEED)
    ]
    random.Random(SEED).shuffle(drawn)
    known: dict[str, Task] = {}
    names: set[str] = set()
    for task, mutant in drawn:
        if len(names) >= count:
            return
        name = f"{task.id} {mutant.operator} {mutant.description}"
        if name in names:  # on one line twice the same mistake
            continue
        if task.id not in known:
            known[task.id] = _shown(sandbox, task)
        shown = known[task.id]
        program = Program.from_source(mutant.source, entry=task.entry)
        check = shown.public_checks[0]
        assert isinstance(check, CaseCheck) and check.expected is not None
        rows = list(zip(check.cases, check.expected, strict=True))
        if rows and _failing(sandbox, program, rows, near=False):
            names.add(name)
            yield Faulty(set="mutants", name=name, task=shown, program=program, fixed=task.reference or "")


def _shown(sandbox: Sandbox, task: Task) -> Task:
    """Return a task whose public check are its first base inputs, with the reference's answers."""
    base = next(one for one in task.hidden_checks if isinstance(one, CaseCheck) and one.name == "base")
    right = Program.from_source(task.reference or "", entry=task.entry)
    rows = answered(sandbox, right, list(base.cases)[:VISIBLE])
    visible: Check = CaseCheck(
        name="visible",
        cases=tuple(case for case, _ in rows),
        expected=tuple(expected for _, expected in rows),
        atol=base.atol,
    )
    return replace(task, public_checks=(visible,))
