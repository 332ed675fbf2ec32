"""The twelve attacks on every HumanEval task, mixed with the honest solutions in one samples file; then all attacks.

    python -m bench.attacks [--workers 16] [--skip-matrix]

Part one is what a user does: one JSONL file, `evaluate`, one run directory. Arguments changed in place, the twelfth
attack, needs tests that look at their arguments: it has a task of its own, judged the same way. Part two tries every
attack of `tests/attacks/programs` on several tasks in every style of testing, and the honest programs that look
suspicious beside them. Exits with 1 if anything was accepted, rejected or left unscored that should not be.

Leaves out: peers on the same programs, and tasks whose tests share the candidate's process (their verdicts are weak).
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.attacks.honest import HONEST, PROGRAMS
from tests.attacks.judging import WIDE, Result, judge_all
from tests.attacks.programs import ATTACKS, TWELVE, Attack
from tests.attacks.tasks import IN_PLACE, KEPT, styles

from bench.measuring import circumstances, store
from trialrun.core.execution import Limits
from trialrun.core.record import Record
from trialrun.core.task import AssertCheck, Task
from trialrun.flow import evaluate
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import registry

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


def matrix(attacks: tuple[Attack, ...] = ATTACKS) -> dict[str, Any]:
    """Try all attacks in all styles, and all honest programs; return counts and what went wrong."""
    began = time.monotonic()
    every = styles()
    work: list[tuple[str, Task | str, str]] = []
    for attack in attacks:
        work += [
            (attack.name, t, attack.source(t)) for style in every for t in style.tasks if attack.applies(t)
        ]
    suspects: list[tuple[str, Task | str, str]] = [
        (f"{number} {program.name}", task, program.source)
        for program in HONEST
        for number, task in enumerate(program.tasks())
    ]
    suspects += [(f"program {name}", prints, source) for name, source, prints in PROGRAMS]
    with Sandbox() as sandbox:
        hostile = judge_all(sandbox, work)
        honest = judge_all(sandbox, suspects, WIDE)
    style_of = {task.id: style.name for style in every for task in style.tasks}
    runs = Counter(style_of[task] for _, task in hostile)
    families = Counter(attack.family for attack in attacks)
    wrong = [found for found in hostile.items() if found[1].accepted or found[1].unscored is not None]
    return {
        "attacks": len(attacks),
        "families": dict(families),
        "runs_by_style": dict(runs),
        "accepted": sum(result.accepted for result in hostile.values()),
        "unscored": sum(result.unscored is not None for result in (*hostile.values(), *honest.values())),
        "unknown": sum(result.evidence.startswith("unknown") for result in hostile.values()),
        "honest_programs": len(HONEST) + len(PROGRAMS),
        "honest_runs": len(honest),
        "false_alarms": sum(not result.accepted for result in honest.values()),
        "wrong": [_shown(*found) for found in wrong]
        + [_shown(*found) for found in honest.items() if not found[1].accepted],
        "wall_s": round(time.monotonic() - began, 1),
    }


def _shown(key: tuple[str, str], result: Result) -> str:
    return f"{key[0]} on {key[1]}: {result.evidence[:300]} {result.unscored or ''}"


def main() -> int:
    """Run both parts, print and store the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--skip-matrix", action="store_true")
    parser.add_argument("--name", default="attacks", help="name of the result file")
    asked = parser.parse_args()
    where = circumstances()
    result: dict[str, Any] = {"limits": LIMITS, "first_slice": first_slice(asked.workers)}
    if not asked.skip_matrix:
        result["matrix"] = matrix()
    path = store(asked.name, result, where=where)
    print(path.read_text(encoding="utf-8"))
    parts = [result["first_slice"], result.get("matrix", {})]
    bad = ("accepted", "unknown", "unscored", "honest_rejected", "false_alarms")
    return int(any(part.get(name, 0) for part in parts for name in bad))


if __name__ == "__main__":
    sys.exit(main())
