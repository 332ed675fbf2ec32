"""Inputs grown from a benchmark's own tests: by trialrun, and by EvalPlus 0.3.1's `TypedMutGen`, at equal CPU.

    EVALPLUS_PYTHON=… python -m bench.augment [--tasks 30] [--seed 5] [--benchmark mbpp]

The environment of `bench/peers.py` needs `multipledispatch` beside evalplus here.

Both start from a task's base inputs, its contract and its reference. EvalPlus's generator makes 1,000 inputs (or what
it can in --most CPU seconds: on small domains it never ends); trialrun gets the CPU seconds that this took, of all its
processes, at most `CAP_S`, and of what it finds in them the 1,000 that tell most. Judged are programs that neither
made (`bench/augment_peers.py`). A program is known to be wrong where any suite here tells it from the reference under
HumanEval+'s comparison; those that the base inputs tell already say nothing about what was added, and are left out of
*kills per 1,000 inputs*.

Then suites are chosen from trialrun's inputs, by its own mutants, and held against HumanEval+ and its Mini on the same
wrong programs: `reduced` has as many inputs of each task as Mini has, `shared` as many as Mini has of all tasks
together: three quarters as many of each, the rest of those whose mutants are harder to kill.

`paired` are the best of trialrun's inputs, as many as EvalPlus's generator made of a task (it does not reach 1,000 on
every one). An input is type-invalid where a value has a type that the base inputs never have in that place (a whole
number may stand for a float, a bool for nothing else).

Half of HumanEval's tasks, drawn by a seed, were used to develop the generator: the summary tells them from the others.
Results are kept after every task, so that a run that is cut short has said something; with --keep FOLDER what the peers
made, and which programs it tells, is kept for another run. Leaves out: seeds by a model.
"""

import argparse
import dataclasses
import json
import multiprocessing
import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from bench.augment_peers import (
    Row,
    Theirs,
    cosmic_mutants,
    development,
    rows,
    stored_answers,
    typed_mut_gen,
)
from bench.measuring import circumstances, store
from trialrun.compare.augment import LIMITS as AUGMENT_LIMITS
from trialrun.compare.augment import Augmentation, Growth
from trialrun.compare.suite import suite_of
from trialrun.core.compare_values import Comparator, equal
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.values import Malformed
from trialrun.lang.drivers import function_subject
from trialrun.lang.mutants import mutant_programs, mutants
from trialrun.probe.portfolio import growing_for
from trialrun.probe.proposer import Origin, Seed
from trialrun.probe.reduce import Taken, sizes
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.row import NEVER_LOADS
from trialrun.run.sandbox import Sandbox

WANTED = 1000
SAMPLE_SEED = 5
"""Draws the tasks, and which of cosmic-ray's mutants are judged."""
LIMITS = Limits(cpu_s=1.0, memory_mb=1024)
MOST = 100_000
"""Inputs that are tried at most: the CPU seconds end it."""
CAP_S = 3.0
"""CPU seconds that trialrun takes at most of those that EvalPlus's generator took."""
LEAST = 0.75
"""Share of Mini's inputs of a task that `shared` takes of it in any case (chosen on the development half)."""
LONGER = 4
"""Times Mini's inputs of a task that `shared` may take of it."""
OWN_MUTANTS = 300
"""Of trialrun's, at most, to reduce a suite by."""


# -- ours


def grow(sandbox: Sandbox, row: Row, settings: Augmentation, seed: int) -> Growth:
    """Return trialrun's inputs for a task; its contract is the precondition."""
    subject = function_subject(row.reference, row.entry_point)
    seeds = [Seed(case=case) for case in row.base]
    return settings.grow(
        sandbox,
        subject,
        seeds,
        growing_for(subject, seeds, seed=seed),
        assume=function_subject(row.predicate, row.entry_point),
    )


def given(growth: Growth) -> int:
    """Return how many inputs are base inputs: the contract refuses some (HumanEval/116)."""
    return sum(one.seed.origin is Origin.EXAMPLE for one in growth.inputs)


def chosen(sandbox: Sandbox, row: Row, growth: Growth, size: int, seed: int) -> list[Taken]:
    """Return at most `size` inputs beside the base ones, chosen by branches and by trialrun's own mutants."""
    program = Program.from_source(row.reference, entry=row.entry_point)
    made = mutants(row.reference, row.entry_point, limit=OWN_MUTANTS, seed=seed, subtle=True)
    return suite_of(
        sandbox,
        program,
        growth,
        mutant_programs(program, made),
        size=size,
        given=given(growth),
        limits=AUGMENT_LIMITS,
    )


# -- judging


class Judge:
    """Tells wrong programs of one task from its reference, by inputs."""

    def __init__(self, sandbox: Sandbox, row: Row, wrong: Sequence[str]) -> None:
        self.sandbox, self.row = sandbox, row
        self.comparator = Comparator(name="upstream", atol=row.atol)
        self.reference = Program.from_source(row.reference, entry=row.entry_point)
        self.wrong = [Program.from_source(source, entry=row.entry_point) for source in wrong]

    def killed(self, cases: Sequence[Case], among: Iterable[int]) -> dict[int, int]:
        """Return which of the wrong programs, by place, some case tells from the reference, and the first that does."""
        calls = encode_calls(self.row.entry_point, cases)
        expected: list[Execution] = []
        while len(expected) < len(calls):
            expected += run_cases(self.sandbox, self.reference, calls[len(expected) :], LIMITS)
        kept = [place for place, one in enumerate(expected) if one.outcome is Outcome.RETURNED]
        slowest = max((expected[place].cpu_s for place in kept), default=0.0)
        limits = dataclasses.replace(LIMITS, cpu_s=min(LIMITS.cpu_s, max(0.2, 20 * slowest)))
        chosen = [calls[place] for place in kept]
        right = [expected[place] for place in kept]
        told = {place: self._told_by(self.wrong[place], chosen, right, limits) for place in among}
        return {place: kept[number] for place, number in told.items() if number is not None}

    def _told_by(
        self, program: Program, calls: Sequence[bytes], right: Sequence[Execution], limits: Limits
    ) -> int | None:
        executions = run_cases(self.sandbox, program, calls, limits)
        try:
            for number, (expected, got) in enumerate(zip(right, executions, strict=False)):
                if got.outcome in NEVER_LOADS or self._differs(expected, got):
                    return number
        finally:
            executions.close()
        return None

    def _differs(self, expected: Execution, got: Execution) -> bool:
        if got.outcome is not Outcome.RETURNED or got.value is None or expected.value is None:
            return got.outcome not in (Outcome.RETURNED, Outcome.INFRASTRUCTURE)
        try:
            return equal(got.value, expected.value, self.comparator) is False
        except Malformed:
            return True


def skeleton(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    """Return (place, type) of every value in a value; items of a list share a place."""
    found = [(path, type(value).__name__)]
    if isinstance(value, list | tuple | set):
        items = [("*", item) for item in value]
    elif isinstance(value, dict):
        items = [pair for key, item in value.items() for pair in (("key", key), ("value", item))]
    else:
        items = []
    for step, item in items:
        found += skeleton(item, (*path, step))
    return found


def type_invalid(row: Row, cases: Iterable[Case]) -> int:
    """Count the inputs with a value of a type that the base inputs never have in its place."""
    seen: dict[tuple[str, ...], set[str]] = {}
    for case in row.base:
        for number, argument in enumerate(case.args):
            for path, kind in skeleton(argument, (str(number),)):
                seen.setdefault(path, set()).add(kind)
    for kinds in seen.values():
        if "float" in kinds:
            kinds.add("int")
    return sum(
        any(
            path in seen and kind not in seen[path]
            for number, argument in enumerate(case.args)
            for path, kind in skeleton(argument, (str(number),))
        )
        for case in cases
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Peers:
    """What others made of one task, and which of the wrong programs it tells."""

    wrong: list[str]
    """Sources of the programs."""
    theirs: Theirs
    killed: dict[str, list[int]]
    """Their places, by suite; those that `base` tells are in no other."""


def peers(sandbox: Sandbox, row: Row, wrong: list[str], most_s: float, seed: int) -> Peers:
    """Run EvalPlus's generator, and judge by its inputs and by those of the benchmark."""
    theirs = typed_mut_gen(row, most_s, WANTED, seed)
    judge = Judge(sandbox, row, wrong)
    base = judge.killed(row.base, range(len(wrong)))
    left = set(range(len(wrong))) - base.keys()
    suites = {"theirs": theirs.cases, "plus": row.plus, "mini": row.mini}
    killed = {name: sorted(judge.killed(cases, left)) for name, cases in suites.items()}
    return Peers(wrong, theirs, {"base": sorted(base), **killed})


def kept_peers(folder: Path | None, name: str) -> Peers | None:
    """Return what an earlier run kept of a task."""
    place = folder / f"{name.replace('/', '_')}.json" if folder else None
    if place is None or not place.is_file():
        return None
    read = json.loads(place.read_text())
    return Peers(read["wrong"], Theirs(**read["theirs"]), read["killed"])


def judged(sandbox: Sandbox, row: Row, others: Peers, seed: int) -> dict[str, Any]:
    """Return what came of one task."""
    theirs = others.theirs
    growth = grow(sandbox, row, Augmentation(inputs=MOST, cpu_s=min(CAP_S, theirs.cpu_s)), seed)
    first = given(growth)
    ours = [growth.inputs[place].seed.case for place in growth.best(WANTED, first)]
    paired = ours
    if len(theirs.inputs) < len(ours):
        paired = [growth.inputs[place].seed.case for place in growth.best(len(theirs.inputs), first)]
    suite = chosen(sandbox, row, growth, LONGER * row.size, seed)
    in_order = [growth.inputs[taken.place].seed.case for taken in suite]
    small = in_order[: row.size]
    judge = Judge(sandbox, row, others.wrong)
    left = set(range(len(others.wrong))) - set(others.killed["base"])
    killed = {name: set(found) for name, found in others.killed.items() if name != "base"}
    killed["ours"] = set(judge.killed(ours, left))
    killed["paired"] = set(judge.killed(paired, killed["ours"])) if paired is not ours else killed["ours"]
    by = judge.killed(in_order, left)
    killed["reduced"] = {place for place, number in by.items() if number < row.size}
    suites = {"ours": ours, "paired": paired, "theirs": theirs.cases}
    cases = {**suites, "plus": row.plus, "mini": row.mini, "reduced": small}
    known = set(by).union(*killed.values())
    return {
        "task": row.task_id,
        "programs": len(others.wrong),
        "wrong": len(known) + len(others.killed["base"]),
        "by_base": len(others.killed["base"]),
        "tried": len(growth.inputs) - first,
        "inputs": {name: len(found) for name, found in cases.items()},
        "kills": {name: len(killed[name]) for name in cases},
        "cpu_s": {"ours": round(growth.cpu_s, 3), "theirs": round(theirs.cpu_s, 3)},
        "suite": {"gains": [round(one.gain, 6) for one in suite], "killed_by": sorted(by.values())},
        "theirs_ended": theirs.ended,
        "type_invalid": {name: type_invalid(row, cases[name]) for name in ("ours", "theirs", "reduced")},
    }


def total(tasks: Sequence[dict[str, Any]], field: str, name: str) -> float:
    """Add up one figure of one suite."""
    found: float = sum(one[field][name] for one in tasks)
    return found


def per_thousand(tasks: Sequence[dict[str, Any]], name: str) -> float:
    """Return a suite's kills per 1,000 inputs."""
    return 1000 * total(tasks, "kills", name) / max(1, total(tasks, "inputs", name))


def ratio(tasks: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return kills per 1,000 inputs of a suite over those of EvalPlus's inputs, with a paired bootstrap over tasks."""
    drawn, ratios = random.Random(1), []
    for _ in range(2000):
        some = [drawn.choice(tasks) for _ in tasks]
        if theirs := per_thousand(some, "theirs"):
            ratios.append(per_thousand(some, name) / theirs)
    ratios.sort()
    return {
        "ratio": round(per_thousand(tasks, name) / max(1e-9, per_thousand(tasks, "theirs")), 3),
        "ratio_95": [round(ratios[int(q * len(ratios))], 3) for q in (0.025, 0.975)] if ratios else None,
    }


def shared(tasks: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return what suites kill that have as many inputs as Mini has, of all tasks together."""
    suites = [[Taken(place, gain) for place, gain in enumerate(one["suite"]["gains"])] for one in tasks]
    minis = [one["inputs"]["mini"] for one in tasks]
    kept = sizes(sum(minis), suites, least=[int(LEAST * size) for size in minis])
    kills = sum(
        sum(number < size for number in one["suite"]["killed_by"])
        for one, size in zip(tasks, kept, strict=True)
    )
    return {"kills": kills, "inputs": sum(kept), "most_of_a_task": max(kept)}


def summary(tasks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Add up."""
    suites = ("ours", "paired", "theirs", "plus", "mini", "reduced")
    return {
        "tasks": len(tasks),
        "wrong_programs": sum(one["wrong"] for one in tasks),
        "told_by_base": sum(one["by_base"] for one in tasks),
        "kills": {name: total(tasks, "kills", name) for name in suites},
        "inputs": {name: total(tasks, "inputs", name) for name in suites},
        "kills_per_1000": {name: round(per_thousand(tasks, name), 2) for name in suites[:3]},
        **ratio(tasks, "ours"),
        "paired": ratio(tasks, "paired"),
        "shared": shared(tasks),
        "cpu_s": {name: round(total(tasks, "cpu_s", name), 2) for name in ("ours", "theirs")},
        "type_invalid": {name: total(tasks, "type_invalid", name) for name in ("ours", "theirs", "reduced")},
        "theirs_without_end": [one["task"] for one in tasks if not one["theirs_ended"]],
    }


def show(found: dict[str, Any]) -> None:
    """Print the figures."""
    print(
        f"{found['tasks']} tasks, {found['wrong_programs']} wrong programs, {found['told_by_base']} told by the base"
    )
    for name in ("ours", "theirs"):
        spent, odd = found["cpu_s"][name], found["type_invalid"][name]
        rate = found["kills_per_1000"][name]
        print(
            f"  {name:<7} {found['kills'][name]:>4} kills by {found['inputs'][name]:>6,} inputs, {rate:.2f} per 1,000, "
            f"{spent:.1f} CPU s, {odd} type-invalid"
        )
    print(f"  ratio {found['ratio']} (95 %: {found['ratio_95']})")
    print(
        f"  as many inputs as theirs: ratio {found['paired']['ratio']} (95 %: {found['paired']['ratio_95']})"
    )
    print(
        f"  shared  {found['shared']['kills']:>4} kills by {found['shared']['inputs']:>6,} inputs beside the base"
    )
    for name in ("paired", "reduced", "mini", "plus"):
        print(
            f"  {name:<7} {found['kills'][name]:>4} kills by {found['inputs'][name]:>6,} inputs beside the base"
        )


def summaries(tasks: Sequence[dict[str, Any]], names: set[str]) -> dict[str, Any]:
    """Return the summary of all tasks, of those that the generator was developed on (`names`), and of the others."""
    groups = {
        "all": list(tasks),
        "development": [one for one in tasks if one["task"] in names],
        "held_out": [one for one in tasks if one["task"] not in names],
    }
    return {name: summary(found) for name, found in groups.items() if found}


def main() -> int:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description="Inputs grown by trialrun and by EvalPlus.")
    parser.add_argument("--benchmark", choices=("humaneval", "mbpp"), default="humaneval")
    parser.add_argument("--tasks", type=int, default=30)
    parser.add_argument("--seed", type=int, default=SAMPLE_SEED)
    parser.add_argument(
        "--most", type=float, default=10.0, help="CPU seconds of EvalPlus's generator for a task"
    )
    parser.add_argument("--name", default="augment", help="name of the result")
    parser.add_argument("--workers", type=int, default=1, help="tasks at a time")
    parser.add_argument("--keep", type=Path, help="folder to keep what the peers made in, for another run")
    options = parser.parse_args()
    where = circumstances()
    tasks = rows(options.benchmark, options.tasks, options.seed)
    names = development([row.task_id for row in rows("humaneval", 1000, 0)])
    found = run(tasks, options, names, where)
    for name, one in found.items():
        print(name)
        show(one)
    whole = found["all"]
    odd = whole["type_invalid"]["ours"] + whole["type_invalid"]["reduced"]
    return int(whole["ratio"] < 1 or odd > 0 or whole["shared"]["kills"] < whole["kills"]["plus"])


def run(
    tasks: Sequence[Row], options: argparse.Namespace, names: set[str], where: dict[str, Any]
) -> dict[str, Any]:
    """Measure each task and store what there is by then; return the summaries."""
    answers = stored_answers() if options.benchmark == "humaneval" else {}
    cosmic: list[list[str]] = [[]] * len(tasks)
    if any(kept_peers(options.keep, row.task_id) is None for row in tasks):
        cosmic = cosmic_mutants([row.reference for row in tasks], options.seed)
    wrong = [[*answers.get(row.task_id, ()), *made] for row, made in zip(tasks, cosmic, strict=True)]
    done: list[dict[str, Any]] = []
    with ProcessPoolExecutor(options.workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for one in pool.map(measured, tasks, wrong, [options] * len(tasks)):
            done.append(one)
            result = {"seed": options.seed, "summary": summaries(done, names), "by_task": done}
            store(options.name, result, where=where)
            print(f"{len(done)}/{len(tasks)} {one['task']} {one['kills']}", flush=True)
    return summaries(done, names)


def measured(row: Row, wrong: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """Return what came of one task, with the peers' part kept where that is wanted."""
    others = kept_peers(options.keep, row.task_id)
    with Sandbox() as sandbox:
        if others is None:
            others = peers(sandbox, row, wrong, options.most, options.seed)
            if options.keep:
                place = options.keep / f"{row.task_id.replace('/', '_')}.json"
                place.write_text(json.dumps(dataclasses.asdict(others)))
        return judged(sandbox, row, others, options.seed)


if __name__ == "__main__":
    raise SystemExit(main())
