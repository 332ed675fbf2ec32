"""Inputs grown from HumanEval's own tests: by trialrun, and by EvalPlus 0.3.1's `TypedMutGen`, at equal CPU.

    EVALPLUS_PYTHON=… python -m bench.augment [--tasks 30] [--seed 5]

The environment of `bench/peers.py` needs `multipledispatch` beside evalplus here.

Both start from a task's base inputs, its contract and its reference. EvalPlus's generator makes 1,000 inputs (or what
it can in --most CPU seconds: on small domains it never ends); trialrun gets the CPU seconds that this took, of all its
processes, for as many. Judged are wrong programs that neither made: the stored answers of a model (data `ldb`) and the
mutants of cosmic-ray 8.7.0, which runs in an environment that is made for this and thrown away. A program is known to
be wrong where any suite here tells it from the reference under HumanEval+'s comparison; those that the base inputs tell
already say nothing about what was added, and are left out of *kills per 1,000 inputs*.

Then trialrun's inputs, grown further with its own mutants as feedback, are reduced to as many as HumanEval+ Mini has,
and both are held against all of HumanEval+ on the same wrong programs.

An input is type-invalid where a value has a type that the base inputs never have in that place (a whole number
may stand for a float, a bool for nothing else).

Results are kept after every task, so that a run that is cut short has said something. Leaves out: seeds by a model.
"""

import argparse
import base64
import dataclasses
import gzip
import json
import os
import random
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.measuring import circumstances, store
from bench.peers import evalplus, made_python
from trialrun.compare.augment import Augmentation, Growth
from trialrun.compare.mutants import screen
from trialrun.core.compare_values import Comparator, equal
from trialrun.core.errors import Missing
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import decode
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.values import Malformed
from trialrun.lang.constants import mine
from trialrun.lang.drivers import function_subject
from trialrun.lang.mutants import mutant_programs, mutants
from trialrun.probe.domain import domains_of
from trialrun.probe.evalplus import EvalPlus
from trialrun.probe.portfolio import portfolio_for
from trialrun.probe.proposer import Proposer, Seed
from trialrun.probe.reduce import filled
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.row import NEVER_LOADS
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import datafiles
from trialrun.tasks.datafiles import ENVIRONMENT
from trialrun.tasks.suites import HUMANEVAL_PLUS_FILE

WANTED = 1000
SAMPLE_SEED = 5
"""Draws the tasks, and which of cosmic-ray's mutants are judged."""
MUTANTS = 60
"""Of cosmic-ray's, a task."""
COSMIC_RAY = "cosmic-ray==8.7.0"
LIMITS = Limits(cpu_s=1.0, memory_mb=1024)
_RICH = Augmentation(inputs=3000, cpu_s=6.0)
_CANDIDATES = 250
"""Inputs that the reduced suite is chosen from: all that did something new, and some of the others."""

TYPED_MUT_GEN = """
import base64, json, resource, signal, time
from evalplus.gen.type_mut import TypedMutGen
from trialrun.core import values
rows, most, wanted, seed = json.load(open(sys.argv[1])), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
class Enough(BaseException): pass
def stop(*_): raise Enough
signal.signal(signal.SIGPROF, stop)
import random
out = open(sys.argv[5], "w")
for row in rows:
    random.seed(seed)
    began = time.process_time()
    generator = TypedMutGen(row["base_input"], row["entry_point"], row["code"])
    ended = True
    signal.setitimer(signal.ITIMER_PROF, most)
    try:
        generator.generate(wanted)
    except Enough:
        ended = False
    except RecursionError:
        ended = False
    signal.setitimer(signal.ITIMER_PROF, 0)
    made, spent = [], time.process_time() - began
    for arguments in generator.new_inputs[:wanted]:
        made.append(base64.b64encode(values.encode(tuple(arguments), limit=1 << 22)).decode())
    out.write(json.dumps({"cpu_s": spent, "ended": ended, "inputs": made}) + "\\n")
    out.flush()
"""
COSMIC = """
import json, sys
from cosmic_ray import plugins
from cosmic_ray.mutating import mutate_code
made = []
for source in json.load(open(sys.argv[1])):
    found = {}
    for name in sorted(plugins.operator_names()):
        try:
            operator = plugins.get_operator(name)()
        except TypeError:
            continue  # operators that want arguments
        for occurrence in range(200):
            mutated = mutate_code(source, operator, occurrence)
            if mutated is None:
                break
            found[mutated] = name
    made.append(sorted(found))
json.dump(made, open(sys.argv[2], "w"))
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One task of HumanEval+."""

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    contract: str
    base_input: list[list[Any]]
    plus_input: list[list[Any]]
    mini_input: list[list[Any]]
    atol: float

    @property
    def reference(self) -> str:
        return self.prompt + self.canonical_solution

    @property
    def predicate(self) -> str:
        """Source of a function of the same name and arguments that is true where the contract holds."""
        return f"{self.prompt}{self.contract}\n    return True\n"

    @property
    def base(self) -> list[Case]:
        return [Case(args=tuple(arguments)) for arguments in self.base_input]


def rows(count: int, seed: int) -> list[Row]:
    """Return tasks in an order drawn by the seed. Raises `Missing` where the data is not there."""
    full = datafiles.rows(datafiles.read(HUMANEVAL_PLUS_FILE, name="humaneval+"))
    mini = {row["task_id"]: row["plus_input"] for row in _lines("humaneval-plus/HumanEvalPlus-Mini.jsonl.gz")}
    names = {field.name for field in dataclasses.fields(Row)}
    made = [
        Row(**{name: row[name] for name in names & row.keys()}, mini_input=mini[row["task_id"]])
        for row in full
    ]
    random.Random(seed).shuffle(made)
    return made[:count]


def _lines(name: str) -> list[dict[str, Any]]:
    path = Path(os.environ.get(ENVIRONMENT, "")) / name
    if not path.is_file():
        raise Missing(f"{name} is not below a data directory", f"set {ENVIRONMENT} to one that holds it")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# -- what the peers make


def stored_answers() -> dict[str, list[str]]:
    """Return the distinct programs that a model wrote, by task."""
    found: dict[str, dict[str, None]] = {}
    for row in _lines("ldb/humaneval_gpt35_seed.jsonl.gz"):
        found.setdefault(row["task_id"], {})[row["prompt"] + "\n    pass\n" + row["solution"]] = None
    for row in _lines("ldb/humaneval_gpt35_ldb_results.jsonl.gz"):
        for source in row["implementations"]:
            found.setdefault(row["task_id"], {})[source] = None
    return {name: list(sources) for name, sources in found.items()}


def cosmic_mutants(sources: Sequence[str], seed: int) -> list[list[str]]:
    """Return cosmic-ray's mutants of each source, some of them where they are many."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        python = made_python(place / "venv", COSMIC_RAY)
        (place / "sources.json").write_text(json.dumps(list(sources)))
        subprocess.run(
            [str(python), "-c", COSMIC, str(place / "sources.json"), str(place / "made.json")], check=True
        )
        made = json.loads((place / "made.json").read_text())
    drawn = random.Random(seed)
    return [drawn.sample(found, min(MUTANTS, len(found))) for found in made]


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """What EvalPlus's generator made of one task."""

    cases: list[Case]
    cpu_s: float
    ended: bool


def typed_mut_gen(tasks: Sequence[Row], most_s: float, seed: int) -> list[Theirs]:
    """Run EvalPlus's generator on each task, alone in its process; CPU time is that of generating."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "rows.json"), Path(folder, "made.jsonl")
        given.write_text(
            json.dumps(
                [
                    {
                        "base_input": row.base_input,
                        "entry_point": row.entry_point,
                        "code": row.prompt + row.contract + row.canonical_solution,
                    }
                    for row in tasks
                ]
            )
        )
        evalplus(TYPED_MUT_GEN, str(given), str(most_s), str(WANTED), str(seed), str(made))
        told = [json.loads(line) for line in made.read_text().splitlines()]
    return [
        Theirs(
            [Case(args=decode(base64.b64decode(text), limit=1 << 23)[0][0]) for text in one["inputs"]],
            one["cpu_s"],
            one["ended"],
        )
        for one in told
    ]


# -- ours


def proposer_for(row: Row, seed: int) -> Proposer:
    """Return what makes trialrun's inputs, the same for every task."""
    subject = function_subject(row.reference, row.entry_point)
    seeds = [Seed(case=case) for case in row.base]
    grown = EvalPlus(
        domains=tuple(domains_of(seeds, subject.signature, [row.reference])),
        constants=mine([row.reference]),
        seed=seed,
    )
    return portfolio_for([subject], seeds, seed=seed, more=(grown,))


def grow(
    sandbox: Sandbox, row: Row, settings: Augmentation, seed: int, programs: Sequence[Program] = ()
) -> Growth:
    """Return trialrun's inputs for a task; its contract is the precondition."""
    subject = function_subject(row.reference, row.entry_point)
    return settings.grow(
        sandbox,
        subject,
        [Seed(case=case) for case in row.base],
        proposer_for(row, seed),
        mutants=programs,
        assume=function_subject(row.predicate, row.entry_point),
    )


def reduced(sandbox: Sandbox, row: Row, size: int, seed: int) -> list[Case]:
    """Return at most `size` inputs beside the base ones, chosen by branches and by trialrun's own mutants."""
    program = Program.from_source(row.reference, entry=row.entry_point)
    programs = mutant_programs(program, mutants(row.reference, row.entry_point, limit=150, seed=seed))
    growth = grow(sandbox, row, _RICH, seed, programs)
    first = len(row.base)
    kernel = [place for place in growth.kernel if place >= first]
    others = [place for place in range(first, len(growth.inputs)) if place not in set(kernel)]
    random.Random(seed).shuffle(others)
    places = sorted([*kernel, *others[: max(0, _CANDIDATES - len(kernel))]])
    cases = [growth.inputs[place].seed.case for place in places]
    table = screen(sandbox, program, programs, cases, limits=LIMITS)
    killed: list[set[int]] = [set() for _ in cases]
    for number, fate in enumerate(table.fates):
        for place in fate.killed_by:
            killed[place].add(number)
    branches = [growth.inputs[place].branches for place in places]
    return [cases[place] for place in filled(size, killed, branches)[:size]]


# -- judging


class Judge:
    """Tells wrong programs of one task from its reference, by inputs."""

    def __init__(self, sandbox: Sandbox, row: Row, wrong: Sequence[str]) -> None:
        self.sandbox, self.row = sandbox, row
        self.comparator = Comparator(name="upstream", atol=row.atol)
        self.reference = Program.from_source(row.reference, entry=row.entry_point)
        self.wrong = [Program.from_source(source, entry=row.entry_point) for source in wrong]

    def killed(self, cases: Sequence[Case], among: Iterable[int]) -> set[int]:
        """Return which of the wrong programs, by place, some case tells from the reference."""
        calls = encode_calls(self.row.entry_point, cases)
        expected: list[Execution] = []
        while len(expected) < len(calls):
            expected += run_cases(self.sandbox, self.reference, calls[len(expected) :], LIMITS)
        kept = [place for place, one in enumerate(expected) if one.outcome is Outcome.RETURNED]
        slowest = max((expected[place].cpu_s for place in kept), default=0.0)
        limits = dataclasses.replace(LIMITS, cpu_s=min(LIMITS.cpu_s, max(0.2, 20 * slowest)))
        chosen = [calls[place] for place in kept]
        right = [expected[place] for place in kept]
        return {place for place in among if self._is_told(self.wrong[place], chosen, right, limits)}

    def _is_told(
        self, program: Program, calls: Sequence[bytes], right: Sequence[Execution], limits: Limits
    ) -> bool:
        executions = run_cases(self.sandbox, program, calls, limits)
        try:
            for expected, got in zip(right, executions, strict=False):
                if got.outcome in NEVER_LOADS or self._differs(expected, got):
                    return True
        finally:
            executions.close()
        return False

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
    for arguments in row.base_input:
        for number, argument in enumerate(arguments):
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


def judged(sandbox: Sandbox, row: Row, theirs: Theirs, wrong: Sequence[str], seed: int) -> dict[str, Any]:
    """Return what came of one task."""
    growth = grow(sandbox, row, Augmentation(inputs=WANTED, cpu_s=theirs.cpu_s), seed)
    ours = [one.seed.case for one in growth.inputs[len(row.base) :]]
    small = reduced(sandbox, row, len(row.mini_input), seed)
    judge = Judge(sandbox, row, wrong)
    base = judge.killed(row.base, range(len(wrong)))
    left = set(range(len(wrong))) - base
    suites = {
        "ours": ours,
        "theirs": theirs.cases,
        "plus": [Case(args=tuple(arguments)) for arguments in row.plus_input],
        "mini": [Case(args=tuple(arguments)) for arguments in row.mini_input],
        "reduced": small,
    }
    killed = {name: judge.killed(cases, left) for name, cases in suites.items()}
    known = set().union(*killed.values())
    return {
        "task": row.task_id,
        "programs": len(wrong),
        "wrong": len(known) + len(base),
        "by_base": len(base),
        "inputs": {name: len(cases) for name, cases in suites.items()},
        "kills": {name: len(found) for name, found in killed.items()},
        "cpu_s": {"ours": round(growth.cpu_s, 3), "theirs": round(theirs.cpu_s, 3)},
        "theirs_ended": theirs.ended,
        "type_invalid": {"ours": type_invalid(row, ours), "theirs": type_invalid(row, theirs.cases)},
    }


def summary(tasks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Add up, with a paired bootstrap over tasks for the ratio of kills per 1,000 inputs."""

    def total(of: Sequence[dict[str, Any]], field: str, name: str) -> float:
        return sum(one[field][name] for one in of)

    def per_thousand(of: Sequence[dict[str, Any]], name: str) -> float:
        return 1000 * total(of, "kills", name) / max(1, total(of, "inputs", name))

    drawn, ratios = random.Random(1), []
    for _ in range(2000):
        some = [drawn.choice(tasks) for _ in tasks]
        if theirs := per_thousand(some, "theirs"):
            ratios.append(per_thousand(some, "ours") / theirs)
    ratios.sort()
    suites = ("ours", "theirs", "plus", "mini", "reduced")
    return {
        "tasks": len(tasks),
        "wrong_programs": sum(one["wrong"] for one in tasks),
        "told_by_base": sum(one["by_base"] for one in tasks),
        "kills": {name: total(tasks, "kills", name) for name in suites},
        "inputs": {name: total(tasks, "inputs", name) for name in suites},
        "kills_per_1000": {name: round(per_thousand(tasks, name), 2) for name in ("ours", "theirs")},
        "ratio": round(per_thousand(tasks, "ours") / max(1e-9, per_thousand(tasks, "theirs")), 3),
        "ratio_95": [round(ratios[int(q * len(ratios))], 3) for q in (0.025, 0.975)] if ratios else None,
        "cpu_s": {name: round(total(tasks, "cpu_s", name), 2) for name in ("ours", "theirs")},
        "type_invalid": {name: total(tasks, "type_invalid", name) for name in ("ours", "theirs")},
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
    for name in ("reduced", "mini", "plus"):
        print(
            f"  {name:<7} {found['kills'][name]:>4} kills by {found['inputs'][name]:>6,} inputs beside the base"
        )


def main() -> int:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description="Inputs grown by trialrun and by EvalPlus.")
    parser.add_argument("--tasks", type=int, default=30)
    parser.add_argument("--seed", type=int, default=SAMPLE_SEED)
    parser.add_argument(
        "--most", type=float, default=10.0, help="CPU seconds of EvalPlus's generator for a task"
    )
    parser.add_argument("--name", default="augment", help="name of the result")
    options = parser.parse_args()
    where = circumstances()
    tasks = rows(options.tasks, options.seed)
    answers = stored_answers()
    cosmic = cosmic_mutants([row.reference for row in tasks], options.seed)
    done: list[dict[str, Any]] = []
    with Sandbox() as sandbox:
        for row, others in zip(tasks, cosmic, strict=True):
            (made,) = typed_mut_gen([row], options.most, options.seed)
            done.append(judged(sandbox, row, made, [*answers.get(row.task_id, ()), *others], options.seed))
            result = {"seed": options.seed, "summary": summary(done), "by_task": done}
            store(options.name, result, where=where)
            print(f"{len(done)}/{len(tasks)} {row.task_id} {done[-1]['kills']}", flush=True)
    show(summary(done))
    found = summary(done)
    weaker = found["kills"]["reduced"] < found["kills"]["plus"]
    return int(found["ratio"] < 1 or found["type_invalid"]["ours"] > 0 or weaker)


if __name__ == "__main__":
    raise SystemExit(main())
