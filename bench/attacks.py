"""All attacks and all honest programs in each tier of isolation; first the twelve on every HumanEval task.

    python -m bench.attacks [--tiers root,userns,landlock,none] [--workers 16] [--skip-first-slice]

The first slice is what a user does: one JSONL file of twelve attacks on every task, mixed with honest solutions,
`evaluate`, one run directory. Arguments changed in place, the twelfth attack, needs tests that look at their arguments:
it has a task of its own, judged the same way. The matrix tries every attack of `tests/attacks/programs` on several
tasks in every style of testing, the honest programs that look suspicious beside them, and looks at what stays behind.
Tiers: `root`; `userns`, an ordinary user; `landlock`, an ordinary user without namespaces (the matrix alone); `none`,
where neither holds and the sandbox must refuse. Run by root, the last three are tried by a user id of nobody, with a
copy of the interpreter. Each tier's result is stored under its name, the others stay as they were stored. Exits with 1
if anything was accepted, rejected, left unscored or left behind that should not be.

Leaves out: peers on the same programs; tasks whose tests share the candidate's process (their verdicts are weak);
programs that are given processes or a network (`tests/attacks/test_processes.py`, `test_network.py`).
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.attacks.ordinary_user import ordinary_user
from tests.attacks.programs import TWELVE
from tests.attacks.tasks import IN_PLACE, KEPT

from bench.attack_matrix import matrix, told
from bench.measuring import RESULTS, circumstances, store
from trialrun.core.errors import SandboxError
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import AssertCheck, Task
from trialrun.flow import evaluate
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.run.whole import run_program
from trialrun.tasks import registry

TIERS = ("root", "userns", "landlock", "none")
BAD = ("accepted", "unknown", "unscored", "honest_rejected", "false_alarms")
"""Counts that must be nought."""
LIMITS = Limits(cpu_s=0.5, wall_s=2.0, memory_mb=256, output_kb=256)
"""Small, so that 164 hangs and 164 blocked programs end in a minute or two; enough for every honest solution."""

IN_PLACE_CHANGES = {
    "emptied": "def total(items):\n    s = sum(items)\n    items.clear()\n    return s\n",
    "sorted": "def total(items):\n    items.sort()\n    return sum(items)\n",
    "grown": "def total(items):\n    s = sum(items)\n    items.append(0)\n    return s\n",
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line of the samples file and what it is."""

    task_id: str
    label: str
    """Name of an attack, or `honest`."""
    solution: str


def mixed(tasks: tuple[Task, ...]) -> list[Labelled]:
    """Return honest solutions and the first slice's attacks, interleaved task by task."""
    lines: list[Labelled] = []
    for place, task in enumerate(tasks):
        hostile = [
            Labelled(task.id, attack.name, attack.source(task)) for attack in TWELVE if attack.applies(task)
        ]
        assert task.reference is not None
        hostile.insert(place % (len(hostile) + 1), Labelled(task.id, "honest", task.reference))
        lines += hostile
    return lines


def judged(task_set: str, lines: list[Labelled], directory: Path, workers: int) -> list[tuple[str, Record]]:
    """Write the samples file, evaluate it as a user would, and give each record its label."""
    path = directory / "samples.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps({"task_id": line.task_id, "solution": line.solution}) + "\n")
    run = evaluate(
        task_set, samples=path, limits=LIMITS, workers=workers, output=directory / "run", allow_partial=True
    )
    labels: dict[tuple[str, int], str] = {}
    counts: Counter[str] = Counter()
    for line in lines:
        labels[line.task_id, counts[line.task_id]] = line.label
        counts[line.task_id] += 1
    return [(labels[record.task_id, record.sample], record) for record in run.records]


def own_task_file(directory: Path) -> tuple[str, list[Labelled]]:
    """Write the task file of the twelfth attack; return its path and samples, honest ones among them."""
    rows, lines = [], []
    for task in (KEPT, IN_PLACE):
        check = task.hidden_checks[0]
        assert isinstance(check, AssertCheck) and task.reference is not None
        rows.append({"id": task.id, "entry": task.entry, "tests": check.code, "reference": task.reference})
        lines.append(Labelled(task.id, "honest", task.reference))
    for name, source in IN_PLACE_CHANGES.items():
        lines.append(Labelled(KEPT.id, f"arguments changed in place: {name}", source))
    lines.append(
        Labelled(IN_PLACE.id, "arguments changed in place: not at all", "def tidy(x): return sorted(x)")
    )
    path = directory / "own.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path), lines


def first_slice(workers: int) -> dict[str, Any]:
    """Judge the mixed files; return counts and what went wrong."""
    began = time.monotonic()
    tasks = registry.load("humaneval").tasks
    with tempfile.TemporaryDirectory() as place:
        for name in ("humaneval", "own"):
            (Path(place) / name).mkdir()
        found = judged("humaneval", mixed(tasks), Path(place) / "humaneval", workers)
        own, lines = own_task_file(Path(place))
        found += judged(own, lines, Path(place) / "own", workers)
        tier = found[0][1].tier
    outcomes: dict[str, Counter[str]] = {}
    for label, record in found:
        verdict = "unscored" if record.unscored is not None else str(record.verdict)
        outcomes.setdefault(label, Counter())[f"{verdict}: {record.outcome}"] += 1
    hostile = [record for label, record in found if label != "honest"]
    honest = [record for label, record in found if label == "honest"]
    return {
        "tier": tier,
        "tasks": len(tasks),
        "samples": len(found),
        "hostile": len(hostile),
        "accepted": sum(record.verdict == "pass" for record in hostile),
        "unknown": sum(record.verdict == "unknown" and record.unscored is None for record in hostile),
        "honest": len(honest),
        "honest_rejected": sum(record.verdict != "pass" for record in honest),
        "unscored": sum(record.unscored is not None for _, record in found),
        "wall_s": round(time.monotonic() - began, 1),
        "outcomes": {label: dict(counts.most_common()) for label, counts in outcomes.items()},
    }


def refusals() -> dict[str, str]:
    """Ask for too few walls, as this user; return what the sandbox said by what was missing, `ran` where it ran."""
    asked = {"no namespaces, no Landlock": Isolation(namespaces=False, landlock=False)}
    if os.geteuid() == 0:
        asked["no namespaces"] = Isolation(namespaces=False)
    said = {}
    for missing, isolation in asked.items():
        who = "root" if os.geteuid() == 0 else "an ordinary user"
        try:
            with Sandbox(isolation) as sandbox:
                run_program(sandbox, Program.from_source("print('here')"), LIMITS)
            said[f"{who}, {missing}"] = "ran"
        except SandboxError as error:
            said[f"{who}, {missing}"] = str(error)
    return said


def try_here(tier: str, workers: int, *, first: bool) -> dict[str, Any]:
    """Return what holds in one tier for the user that runs this."""
    if tier == "none":
        said = refusals()
        return {"refused": said, "wrong": [who for who, text in said.items() if text == "ran"]}
    if tier == "landlock" and os.geteuid() == 0:
        raise ValueError("without namespaces a program would keep root's user id: no attack is run so")
    isolation = Isolation(namespaces=tier != "landlock")
    with Sandbox(isolation) as sandbox:
        given, refused = sandbox.describe()
    if given != tier:
        return {"absent": f"this machine gives {given}", "missing": refused}
    result: dict[str, Any] = {}
    if first and tier != "landlock":  # `evaluate` takes all walls that there are
        told(f"{tier}: the first slice")
        result["first_slice"] = first_slice(workers)
    return result | {"matrix": matrix(tier, isolation)}


def try_tiers(tiers: Iterable[str], workers: int, *, first: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each tier and its result; as root, those of an ordinary user come from a process of one."""
    if os.geteuid() != 0:
        yield from ((tier, try_here(tier, workers, first=first)) for tier in tiers if tier != "root")
        return
    with ordinary_user() as user:
        for tier in tiers:
            result = try_here(tier, workers, first=first) if tier in ("root", "none") else {}
            if tier != "root":
                options = ["--tiers", tier, "--workers", str(workers), "--print"]
                options += [] if first else ["--skip-first-slice"]
                done = user.run("-m", "bench.attacks", *options, timeout_s=7200, heard=True)
                theirs = json.loads(done.stdout)[tier]
                result = {name: _joined(result.get(name), value) for name, value in theirs.items()}
            yield tier, result


def _joined(ours: Any, theirs: Any) -> Any:
    """Return what root and an ordinary user found, where both looked."""
    if ours is None:
        return theirs
    return ours | theirs if isinstance(ours, dict) else ours + theirs


def is_bad(result: dict[str, Any]) -> bool:
    """Say whether anything is in a tier's result that should not be."""
    parts = [result, result.get("first_slice", {}), result.get("matrix", {})]
    counted = any(part.get(name, 0) for part in parts for name in BAD)
    return counted or any(part.get("wrong") or part.get("leaks") for part in parts)


def keep(name: str, tier: str, result: dict[str, Any], where: dict[str, Any]) -> None:
    """Store one tier's result; what the file says of the others stays."""
    file = RESULTS / f"{name}.json"
    stored = json.loads(file.read_text("utf-8")).get("tiers", {}) if file.exists() else {}
    stored[tier] = result
    ordered = {other: stored[other] for other in TIERS if other in stored}
    store(name, {"limits": LIMITS, "tiers": ordered}, where=where)


def main() -> int:
    """Run the tiers asked for, print and store the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tiers", default=",".join(TIERS if os.geteuid() == 0 else TIERS[1:]))
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--skip-first-slice", action="store_true")
    parser.add_argument("--name", default="attacks", help="name of the result file")
    parser.add_argument("--print", action="store_true", help="print the result and store nothing")
    asked = parser.parse_args()
    tiers = asked.tiers.split(",")
    if unknown := set(tiers) - set(TIERS if os.geteuid() == 0 else TIERS[1:]):
        parser.error(f"no such tier for this user: {', '.join(sorted(unknown))}")
    found: dict[str, Any] = {}
    where = {} if asked.print else circumstances()
    for tier, result in try_tiers(tiers, asked.workers, first=not asked.skip_first_slice):
        found[tier] = result
        if not asked.print:
            dated = {"date": where["date"], "commit": where["versions"]["commit"]}
            keep(asked.name, tier, dated | result, where)
    print(json.dumps(found, indent=2, ensure_ascii=False))
    return int(any(map(is_bad, found.values())))


if __name__ == "__main__":
    sys.exit(main())
