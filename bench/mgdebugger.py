"""MGDebugger: what taking programs apart keeps, how the faulty part is ranked, what is repaired, what a trace is worth.

    python -m bench.mgdebugger [--part behaviour|rank|edits|ablation] [--limit N]

behaviour  The references of HumanEval+ and MBPP+ and the GPT-3.5 seeds of LDB that pass are taken apart; each and what
           became of it run on all base inputs of the task and on some plus ones: the behaviour keys have to be equal.
rank       Mutants of references (one mistake, drawn by a seed) with at least three nodes that fail on some base input:
           where the node with the mistake is ranked by blocks and calls, and by blocks alone; as flat localisation by
           lines of the program as it was (Ochiai; the best line of each node, or their mean); by nothing but the order
           of the nodes, callees first; at random. Ties are in random order, or callees come first where it says so.
edits      Failing seeds of LDB, and mutants that fail a visible check, repaired without a model at the same CPU time
           each: with nodes, and some as control by template repair, which ranks lines alone. What passes the visible
           checks is judged by HumanEval+'s tests: plausible and correct are counted apart.
ablation   A scripted reader in place of a model (`mgdebugger_reader.py`): a small edit at random in the code that it is
           shown, on lines of the trace if there is one. Shown is the whole program, parts without a trace, with the
           real and with a simulated one. It says what narrowing is worth to a blind reader at equal calls; nothing of
           what a language model makes of it.

Each part is stored when it is done, with its commit; the others stay as they are in the file. Leaves out: repairs by a
language model, faults of several places.
"""

import argparse
import ast
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bench.measuring import RESULTS, circumstances, store
from bench.mgdebugger_reader import Reader
from trialrun.compare.part_checks import passes
from trialrun.core.behaviour import behaviour_key
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.method import Repairer
from trialrun.core.plain_values import read_plain
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.core.trace import Level
from trialrun.lang.decompose import decompose
from trialrun.lang.decomposition import Decomposition
from trialrun.lang.mutants import Mutant, mutants
from trialrun.making import PublicRunner
from trialrun.measure.paired import difference_interval
from trialrun.measure.pass_at_k import interval
from trialrun.models.scripted import Scripted
from trialrun.models.wrap import Metered
from trialrun.observe.spectra import suspiciousness
from trialrun.repair.evidence import Evidence, evidence_of
from trialrun.repair.mgdebugger import MgDebugger
from trialrun.repair.node_checks import node_runs
from trialrun.repair.node_ranking import rank
from trialrun.repair.templates import Templates
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import registry
from trialrun.tasks.ldb import load_seeds
from trialrun.verify.tests import Judge, Rules

SEED = 71
PLUS = 15
"""Plus inputs that programs are compared on, drawn by the seed."""
CASES = 5
"""Base inputs that mutants are ranked by, the smallest ones."""
A_TASK = 4
"""Mutants of one reference, at most; three times as many of those that are ranked, since few have many nodes."""
CPU_S = 0.6
"""CPU seconds of one repair without a model."""
CONTROL = 60
"""Mutants that the controls are run on."""
LIMITS = Limits(cpu_s=2.0)
WAYS = (
    "blocks and calls, callees first",
    "blocks, callees first",
    "best line",
    "best line, callees first",
    "mean of lines, callees first",
    "callees first",
    "random",
)
PARTS = ("behaviour", "rank", "edits", "ablation")
ARMS = {
    "whole program": MgDebugger(decompose="model", infer=False, suspects=0, run_shown="none", restarts=4),
    "parts": MgDebugger(infer=False, suspects=2, run_shown="none", restarts=4),
    "parts, real trace": MgDebugger(infer=False, suspects=2, restarts=4),
    "parts, simulated trace": MgDebugger(infer=False, suspects=2, run_shown="simulated", restarts=4),
}
EDITS = 12
"""Edits of the reader in every arm; the arm of whole programs asks once more per pass, and gets the program back."""


def main() -> int:
    """Print and store the tables; exit 0 where no decomposition changed a behaviour."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, action="append", default=[])
    parser.add_argument("--limit", type=int)
    parser.add_argument("--mutants", type=int, default=300)
    parser.add_argument("--readings", type=int, default=40)
    flags = parser.parse_args()
    result: dict[str, Any] = {}
    with Sandbox() as sandbox:
        bench = Bench(sandbox, flags.limit)
        for part, run in (
            ("behaviour", bench.behaviour),
            ("rank", lambda: bench.rank(flags.mutants)),
            ("edits", lambda: bench.edits(flags.mutants)),
            ("ablation", lambda: bench.ablation(flags.readings)),
        ):
            if part not in (flags.part or PARTS):
                continue
            where = circumstances()
            began = time.monotonic(), time.process_time()
            result[part] = run()
            took = {"wall_s": time.monotonic() - began[0], "own_cpu_s": time.process_time() - began[1]}
            took["jobs_cpu_s"] = bench.jobs_cpu_s()
            print(part, {name: round(one, 1) for name, one in took.items()})
            for name, row in result[part].items():
                print(f"  {name}: {row}")
            if flags.limit is None:
                measured = {
                    "seed": SEED,
                    "date": where["date"],
                    "commit": where["versions"]["commit"],
                    **took,
                }
                path = store("mgdebugger", _before() | {part: {**measured, **result[part]}}, where=where)
                print(path)
    return 1 if result.get("behaviour", {}).get("all", {}).get("changed", 0) else 0


def _before() -> dict[str, Any]:
    """Return the parts that are stored already."""
    path = RESULTS / "mgdebugger.json"
    stored = json.loads(path.read_text()) if path.exists() else {}
    return {part: stored[part] for part in PARTS if part in stored}


class Bench:
    """All parts, in one sandbox."""

    def __init__(self, sandbox: Sandbox, limit: int | None) -> None:
        """`limit` keeps to that many tasks of each set."""
        self.sandbox, self.limit = sandbox, limit
        self.judge = Judge(sandbox, Rules(limits=LIMITS))
        self._budgets: list[Budget] = []
        self._known: dict[str, Task | None] = {}
        self.plus = {task.id: task for task in self._tasks("humaneval+")}
        self.visible = {task.id: task for task in self._tasks("humaneval-ldb")}

    def _tasks(self, name: str) -> Sequence[Task]:
        return registry.load(name).tasks[: self.limit]

    def budget(self, **limits: float) -> Budget:
        """Return a budget whose CPU seconds are counted."""
        self._budgets.append(Budget(**limits))
        return self._budgets[-1]

    def jobs_cpu_s(self) -> float:
        """Return the CPU seconds of the jobs that the budgets since the last call have paid for."""
        spent = sum(one.spent().get("cpu_s", 0.0) for one in self._budgets)
        self._budgets.clear()
        return spent

    # -- behaviour

    def behaviour(self) -> dict[str, Any]:
        """Compare programs with what they were taken apart into."""
        sets: dict[str, list[tuple[Task, str]]] = {
            "humaneval+ references": [(one, one.reference or "") for one in self.plus.values()],
            "mbpp+ references": [(one, one.reference or "") for one in self._tasks("mbpp+")],
            "ldb seeds that pass": [
                (self.plus[one.task_id], one.source)
                for one in load_seeds()
                if one.is_solved and one.task_id in self.plus
            ],
        }
        table: dict[str, Any] = {}
        total: Counter[str] = Counter()
        for name, programs in sets.items():
            counts: Counter[str] = Counter()
            reasons: Counter[str] = Counter()
            nodes: Counter[int] = Counter()
            for task, source in programs:
                made = decompose(source)
                counts["programs"] += 1
                nodes[len(made.nodes)] += 1
                reasons.update(f"{one.kind}: {one.reason.partition(':')[0]}" for one in made.refused)
                if any(node.is_part for node in made.nodes):
                    counts["taken apart"] += 1
                    counts["parts"] += sum(node.is_part for node in made.nodes)
                    counts[self._same(task, source, made.source, counts)] += 1
                elif made.refused:
                    counts["refused entirely"] += 1
                else:
                    counts["too small"] += 1
            total.update(counts)
            table[name] = {
                **counts,
                "nodes": dict(sorted(nodes.items())),
                "refused": dict(reasons.most_common()),
            }
        table["all"] = dict(total)
        return table

    def _same(self, task: Task, source: str, other: str, counts: Counter[str]) -> str:
        cases = _cases(task, plus=PLUS)
        keys = []
        ran = []
        for text in (source, other):
            done = run_fresh(
                self.sandbox, Program.from_source(text, entry=task.entry), cases, LIMITS
            ).executions
            ran.append(done)
        # A case that says nothing on one side (out of time, opaque) is left out of both.
        kept = [place for place in range(len(cases)) if behaviour_key([ran[0][place]]) is not None]
        counts["cases"] += len(kept)
        counts["cases left out"] += len(cases) - len(kept)
        keys = [behaviour_key([one[place] for place in kept]) for one in ran]
        if not kept:
            return "undefined"
        if keys[0] != keys[1]:
            print("changed:", task.id)
        return "equal" if keys[0] == keys[1] else "changed"

    # -- rank

    def rank(self, most: int) -> dict[str, Any]:
        """Rank the faulty node of mutants in four ways."""
        ways: dict[str, list[dict[int, float]]] = {name: [] for name in WAYS}
        sizes: Counter[int] = Counter()
        without_passing = 0
        for task, mutant in self._mutants(["humaneval+", "mbpp+"], nodes=3):
            if len(ways["random"]) >= most:
                break
            made = decompose(mutant.source)
            faulty = [node.name for node in made.nodes if mutant.line in made.own_lines(node.name)]
            public = self._stated(task)
            if public is None or not faulty or len(made.nodes) < 3:
                continue
            runner = PublicRunner(self.judge, public, self.budget())
            whole = Program.from_source(made.source, entry=task.entry)
            taken = evidence_of(runner, public.public(), whole, Level.IDS)
            if not taken.failing:
                continue
            without_passing += not taken.passing
            program = Program.from_source(mutant.source, entry=task.entry)
            flat = evidence_of(runner, public.public(), program, Level.IDS)
            runs = node_runs(runner, whole, made, taken)
            best, mean = _by_lines(made, flat)
            names = [node.name for node in made.nodes]
            scores = {
                "blocks and calls, callees first": {one.node: one.score for one in rank(made, taken, runs)},
                "blocks, callees first": {one.node: one.score for one in rank(made, taken)},
                "best line": best,
                "best line, callees first": best,
                "mean of lines, callees first": mean,
                "callees first": dict.fromkeys(names, 0.0),
                "random": dict.fromkeys(names, 0.0),
            }
            sizes[len(names)] += 1
            for way, found in scores.items():
                order = {
                    name: found[name] - 1e-6 * place * ("callees" in way) for place, name in enumerate(names)
                }
                ways[way].append({k: _chance(order, faulty, k) for k in (1, 3)})
        table: dict[str, Any] = {"mutants": len(ways["random"]), "nodes": dict(sorted(sizes.items()))}
        table["without a passing input"] = without_passing
        for way, rows in ways.items():
            for k in (1, 3):
                table[f"{way}, top {k}"] = _mean([row[k] for row in rows])
        for way in WAYS[2:]:
            differences = [one[1] - other[1] for one, other in zip(ways[WAYS[0]], ways[way], strict=True)]
            if differences:
                table[f"{WAYS[0]}, minus {way}, top 1"] = _ends(differences)
        return table

    def _mutants(self, sets: Sequence[str], nodes: int) -> Iterator[tuple[Task, Mutant]]:
        """Yield mutants of references in an order by the seed."""
        found: list[tuple[Task, Mutant]] = []
        for name in sets:
            for task in self._tasks(name):
                if task.reference is None or task.entry is None:
                    continue
                if nodes > 1 and len(decompose(task.reference).nodes) < nodes:
                    continue
                made = mutants(
                    task.reference,
                    _whole(task.reference, task.entry),
                    limit=A_TASK * (3 if nodes > 1 else 1),
                    seed=SEED,
                )
                found += [(task, mutant) for mutant in made]
        random.Random(SEED).shuffle(found)
        yield from found

    def _stated(self, task: Task) -> Task | None:
        """Return the task with its smallest base inputs as public checks; None where values are not plain."""
        if task.id not in self._known:
            self._known[task.id] = self._with_cases(task)
        return self._known[task.id]

    def _with_cases(self, task: Task) -> Task | None:
        cases = sorted(_cases(task, plus=0), key=lambda case: len(repr(case.args)))[:CASES]
        program = Program.from_source(task.reference or "", entry=task.entry)
        expected = []
        for one in run_fresh(self.sandbox, program, cases, LIMITS).executions:
            if one.outcome is not Outcome.RETURNED or one.value is None:
                return None
            try:
                expected.append(read_plain(one.value, limit=1 << 20)[0])
            except ValueError:
                return None
        check = CaseCheck(name="base", cases=tuple(cases), expected=tuple(expected))
        return Task(id=task.id, suite=task.suite, statement="", entry=task.entry, public_checks=(check,))

    # -- edits

    def edits(self, most: int) -> dict[str, Any]:
        """Repair failing programs without a model."""
        methods: dict[str, Repairer] = {
            "nodes": MgDebugger(propose="operators", cpu_s=CPU_S),
            "lines alone": Templates(pairs=False, cpu_s=CPU_S),
        }
        failing = list(self._failing_seeds())
        mutated = list(self._failing_mutants(most))
        table: dict[str, Any] = {}
        for name, programs in (("ldb seeds", failing), ("mutants", mutated)):
            solved: dict[str, list[int]] = {}
            for way, method in methods.items():
                kept = programs if way == "nodes" else programs[:CONTROL]
                rows = [self._repaired(task, source, method) for task, source in kept]
                plausible = sum(row is not None for row in rows)
                correct = sum(row is True for row in rows)
                solved[way] = [int(row is True) for row in rows]
                table[f"{name}, {way}"] = {
                    "programs": len(rows),
                    "plausible": plausible,
                    "correct": correct,
                    "plausible but wrong": plausible - correct,
                    "correct of all": _mean(solved[way]),
                }
            if programs:
                differences = [a - b for a, b in zip(solved["nodes"], solved["lines alone"], strict=False)]
                table[f"{name}, nodes minus lines alone, correct"] = _ends(differences)
        return table

    def _failing_seeds(self) -> Iterator[tuple[Task, str]]:
        for seed in load_seeds():
            if seed.task_id in self.visible and not seed.is_solved:
                yield self.visible[seed.task_id], seed.source

    def _failing_mutants(self, most: int) -> Iterator[tuple[Task, str]]:
        """Yield mutants that fail a visible check, at most `most`."""
        count = 0
        for task, mutant in self._mutants(["humaneval+"], nodes=1):
            public = self.visible.get(task.id)
            if public is None or count >= most:
                continue
            runner = PublicRunner(self.judge, public, self.budget())
            program = Program.from_source(mutant.source, entry=task.entry)
            if not passes(runner.check(program)):
                count += 1
                yield public, mutant.source

    def _repaired(self, task: Task, source: str, method: Repairer) -> bool | None:
        """Return whether a repair is right; None where there is none."""
        budget = self.budget()
        ctx = Context(
            model=Metered(Scripted([]), budget),
            runner=PublicRunner(self.judge, task, budget),
            budget=budget,
            seed=SEED,
        )
        program = Program.from_source(source, entry=task.entry)
        for made in method.repair(task.public(), program, (), ctx):
            found = self.judge.judge(self.plus[task.id], made)
            return all(one.verdict is Verdict.PASS for one in found)
        return None

    # -- ablation

    def ablation(self, most: int) -> dict[str, Any]:
        """Have a scripted reader repair mutants that are shown in different ways, with the same number of calls."""
        programs: list[tuple[Task, str, frozenset[str]]] = []
        for task, mutant in self._mutants(["humaneval+", "mbpp+"], nodes=3):
            public = self._stated(task) if len(programs) < most else None
            if public is None:
                continue
            runner = PublicRunner(self.judge, public, self.budget())
            found = evidence_of(runner, public.public(), Program.from_source(mutant.source, entry=task.entry))
            if found.failing:
                lines = set(found.traces[found.failing[0]].lines())
                text = mutant.source.split("\n")
                executed = frozenset(text[one - 1].strip() for one in lines if 0 < one <= len(text))
                programs.append((public, mutant.source, executed))
        table: dict[str, Any] = {"mutants": len(programs), "edits at most": EDITS}
        solved: dict[str, list[int]] = {}
        for arm, method in ARMS.items():
            notes: list[str] = []
            asked = 0
            rows = []
            for task, source, executed in programs:
                model = Scripted(Reader(executed))
                budget = self.budget(model_calls=EDITS * (1 if method.decompose == "mechanical" else 4 / 3))
                ctx = Context(
                    model=Metered(model, budget),
                    runner=PublicRunner(self.judge, task, budget),
                    budget=budget,
                    seed=SEED,
                    progress=notes.append,
                )
                made = list(
                    method.repair(task.public(), Program.from_source(source, entry=task.entry), (), ctx)
                )
                rows.append(int(bool(made)))
                asked += len(model.requests)
            solved[arm] = rows
            table[arm] = {"repaired": _mean(rows), "calls": asked}
        for arm in list(ARMS)[1:]:
            differences = [a - b for a, b in zip(solved[arm], solved["whole program"], strict=True)]
            if differences:
                table[f"{arm} minus whole program"] = _ends(differences)
        return table


def _cases(task: Task, *, plus: int) -> list[Case]:
    """Return all base inputs of a task, and some plus ones."""
    found: list[Case] = []
    for check in task.hidden_checks:
        if isinstance(check, CaseCheck) and check.name == "base":
            found += check.cases
        elif isinstance(check, CaseCheck) and plus:
            found += random.Random(SEED).sample(list(check.cases), min(plus, len(check.cases)))
    return found


def _whole(source: str, entry: str) -> str | None:
    """Return the entry point where a source is to be mutated in it alone: others hold helpers of the task's text."""
    defined = [one.name for one in ast.parse(source).body if isinstance(one, ast.FunctionDef)]
    return entry if entry in defined else None


def _by_lines(made: Decomposition, flat: Evidence) -> tuple[dict[str, float], dict[str, float]]:
    """Return nodes by the best line of each, of the program as it was, and by the mean of their lines."""
    scores: dict[int, float] = suspiciousness(flat.spectrum("line"))
    best, mean = {}, {}
    for node in made.nodes:
        own = [scores[line] for line in made.own_lines(node.name) if line in scores] or [0.0]
        best[node.name], mean[node.name] = max(own), sum(own) / len(own)
    return best, mean


def _chance(scores: dict[str, float], faulty: Sequence[str], k: int) -> float:
    """Return how likely a faulty node is among the first `k`, ties in random order."""
    best = max(scores[name] for name in faulty)
    before = sum(score > best for score in scores.values())
    tied = sum(score == best for score in scores.values())
    return min(1.0, max(0.0, (k - before) / tied))


def _ends(differences: Sequence[float]) -> list[float]:
    """Return the mean of paired differences and the ends of its 95 % interval."""
    low, high = difference_interval(differences)
    return [round(one, 3) for one in (sum(differences) / len(differences), low, high)]


def _mean(values: Sequence[float]) -> list[float]:
    """Return a mean and the ends of its 95 % interval."""
    if not values:
        return []
    low, high = interval(values)
    return [round(one, 3) for one in (sum(values) / len(values), low, high)]


if __name__ == "__main__":
    raise SystemExit(main())
