"""What `bench/augment.py` takes from others: tasks of HumanEval+ and MBPP+, wrong programs, EvalPlus's inputs.

Wrong programs are the distinct stored answers of a model (data `ldb`; HumanEval only) and cosmic-ray 8.7.0's mutants
of the reference, `MUTANTS` of a task at most. EvalPlus's generator runs in an interpreter of its own
(`bench/peers.py`), a task a process, and is ended after the CPU seconds that it is given: on small domains it never
ends.

Leaves out: judging, and what trialrun makes (`bench/augment.py`).
"""

import base64
import dataclasses
import gzip
import json
import marshal
import os
import random
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.peers import evalplus, made_python
from trialrun.core.errors import Missing
from trialrun.core.parse_values import decode
from trialrun.core.task import Case
from trialrun.tasks import datafiles
from trialrun.tasks.datafiles import ENVIRONMENT
from trialrun.tasks.mbpp_plus import ORACLES, restore
from trialrun.tasks.suites import HUMANEVAL_PLUS_FILE, MBPP_PLUS_FILE

MUTANTS = 60
"""Of cosmic-ray's, a task."""
COSMIC_RAY = "cosmic-ray==8.7.0"
DEVELOPMENT_SEED = 2026
"""Draws the half of HumanEval that the generator was developed on."""
MBPP_SUITE = 7
"""Inputs of a reduced suite of MBPP, of which there is no Mini: about as many as HumanEval+ Mini has."""

TYPED_MUT_GEN = """
import base64, json, marshal, random, signal, time
from evalplus.gen.type_mut import TypedMutGen
from trialrun.core import values
row, most, wanted, seed = json.load(open(sys.argv[1])), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
class Enough(BaseException): pass
def stop(*_): raise Enough
signal.signal(signal.SIGPROF, stop)
random.seed(seed)
base = marshal.loads(base64.b64decode(row["base"]))
began = time.process_time()
generator = TypedMutGen(base, row["entry_point"], row["code"])
ended = True
signal.setitimer(signal.ITIMER_PROF, most)
try:
    generator.generate(wanted)
except (Enough, RecursionError):
    ended = False
signal.setitimer(signal.ITIMER_PROF, 0)
spent = time.process_time() - began
made = [values.encode(tuple(one), limit=1 << 22) for one in generator.new_inputs[:wanted]]
inputs = [base64.b64encode(one).decode() for one in made]
json.dump({"cpu_s": spent, "ended": ended, "inputs": inputs}, open(sys.argv[5], "w"))
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
    """One task of HumanEval+ or MBPP+."""

    task_id: str
    entry_point: str
    reference: str
    checked: str
    """Source of the reference, with its contract."""
    predicate: str
    """Source of a function of the same name and arguments that is true where the contract holds."""
    base: list[Case]
    plus: list[Case]
    mini: list[Case]
    """HumanEval+ Mini's inputs; none of MBPP."""
    atol: float

    @property
    def size(self) -> int:
        """Inputs that a reduced suite may have."""
        return len(self.mini) or MBPP_SUITE


def rows(benchmark: str, count: int, seed: int) -> list[Row]:
    """Return tasks in an order drawn by the seed. Raises `Missing` where the data is not there."""
    made = humaneval() if benchmark == "humaneval" else mbpp()
    random.Random(seed).shuffle(made)
    return made[:count]


def humaneval() -> list[Row]:
    """Return the tasks of HumanEval+, each with Mini's inputs."""
    full = datafiles.rows(datafiles.read(HUMANEVAL_PLUS_FILE, name="humaneval+"))
    mini = {row["task_id"]: row["plus_input"] for row in _lines("humaneval-plus/HumanEvalPlus-Mini.jsonl.gz")}
    return [humaneval_row(row, mini[row["task_id"]]) for row in full]


def humaneval_row(row: dict[str, Any], mini: list[list[Any]]) -> Row:
    """Return a task of HumanEval+: its prompt ends in the head of the function."""
    checking = row["prompt"] + row["contract"]
    return Row(
        task_id=row["task_id"],
        entry_point=row["entry_point"],
        reference=row["prompt"] + row["canonical_solution"],
        checked=checking + row["canonical_solution"],
        predicate=f"{checking}\n    return True\n",
        base=_cases(row["base_input"]),
        plus=_cases(row["plus_input"]),
        mini=_cases(mini),
        atol=row["atol"],
    )


def mbpp() -> list[Row]:
    """Return the tasks of MBPP+ that have plus inputs, and no oracle but equality."""
    found = datafiles.rows(datafiles.read(MBPP_PLUS_FILE, name="mbpp+"))
    numbers = [int(row["task_id"].rpartition("/")[2]) for row in found]
    return [
        mbpp_row(row, number)
        for row, number in zip(found, numbers, strict=True)
        if row["plus_input"] and number not in ORACLES
    ]


def mbpp_row(row: dict[str, Any], number: int) -> Row:
    """Return a task of MBPP+: the contract comes below the head of the function in the solution."""
    head, body = re.split(rf"(?<=\n)(?=def {row['entry_point']}\b)", row["canonical_solution"], maxsplit=1)
    first, rest = body.split("\n", 1)
    contract = row["contract"].strip("\n")
    indent = re.match(" *", contract or rest)
    checking = f"{row['prompt']}{head}{first}\n{contract}\n"
    return Row(
        task_id=row["task_id"],
        entry_point=row["entry_point"],
        reference=row["prompt"] + row["canonical_solution"],
        checked=checking + rest,
        predicate=f"{checking}{indent[0] if indent else ' '}return True\n",
        base=[Case(args=restore(number, one)) for one in row["base_input"]],
        plus=[Case(args=restore(number, one)) for one in row["plus_input"]],
        mini=[],
        atol=row["atol"],
    )


def development(tasks: Sequence[str]) -> set[str]:
    """Return the names of the half of HumanEval's tasks that the generator was developed on."""
    return set(random.Random(DEVELOPMENT_SEED).sample(sorted(tasks), len(tasks) // 2))


def _cases(inputs: Sequence[Sequence[Any]]) -> list[Case]:
    return [Case(args=tuple(arguments)) for arguments in inputs]


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

    inputs: list[str]
    """Arguments, encoded (`core/values.py`) and in base 64."""
    cpu_s: float
    ended: bool
    """Whether it came to an end by itself."""

    @property
    def cases(self) -> list[Case]:
        return [Case(args=decode(base64.b64decode(text), limit=1 << 23)[0][0]) for text in self.inputs]


def typed_mut_gen(row: Row, most_s: float, wanted: int, seed: int) -> Theirs:
    """Run EvalPlus's generator on a task; CPU time is that of generating."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "row.json"), Path(folder, "made.json")
        base = marshal.dumps([list(case.args) for case in row.base], 2)
        one = {"base": base64.b64encode(base).decode(), "entry_point": row.entry_point, "code": row.checked}
        given.write_text(json.dumps(one))
        evalplus(TYPED_MUT_GEN, str(given), str(most_s), str(wanted), str(seed), str(made))
        return Theirs(**json.loads(made.read_text()))
