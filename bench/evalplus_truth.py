"""Expected values of the plus sets: trialrun's, made in its sandbox, against evalplus 0.3.1's own ground truth.

    python -m bench.evalplus_truth [--python EVALPLUS_PYTHON] [--sets humaneval+,mbpp+]

evalplus computes its ground truth with its own `get_groundtruth` on its own reading of the same data files;
every value, encoded canonically, must have the bytes of trialrun's. For tasks that evalplus judges only by "not
None" that is compared; both sides hash texts with seed 0, since some references return the items of a set in its
order. A value too large to encode (256 MiB) on both sides is counted apart. Exit 0 where nothing differs.

How to make the peer's interpreter is said when none is given. Leaves out: time limits.
"""

import argparse
import hashlib
import json
from typing import Any

from bench.measuring import circumstances, store
from bench.peers import evalplus
from trialrun.core import parse_values
from trialrun.core.program import Program
from trialrun.core.task import CaseCheck, Task
from trialrun.run.batch import encode_calls
from trialrun.run.reference import Expected, expected_outcomes
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import BlobCache
from trialrun.tasks import registry

SETS = {"humaneval+": "humaneval", "mbpp+": "mbpp"}
LIMIT = 256 << 20
"""Size limit of a canonical value, on both sides."""

TRUTH = """
import hashlib, json, platform
from evalplus import evaluate as grader
from evalplus.eval._special_oracle import MBPP_OUTPUT_NOT_NONE_TASKS
from trialrun.core import values
sets = {"humaneval": (grader.get_human_eval_plus, grader.get_human_eval_plus_hash, []),
        "mbpp": (grader.get_mbpp_plus, grader.get_mbpp_plus_hash, MBPP_OUTPUT_NOT_NONE_TASKS)}
read, digest, only_not_none = sets[sys.argv[1]]
problems = read()
truth = grader.get_groundtruth(problems, digest(), only_not_none)
sys.set_int_max_str_digits(0)
print("TRUTH", platform.python_version())
def line(value):
    try:
        data = values.encode(value, limit=int(sys.argv[2]))
    except values.TooLarge:
        return ["too large", type(value).__name__]
    return [hashlib.sha256(data).hexdigest(), repr(value)[:200]]
for task, problem in problems.items():
    for check in ("base", "plus"):
        row = {"task": task, "check": check, "not_none": problem["entry_point"] in only_not_none}
        row["values"] = [line(value) for value in truth[task][check]]
        print(json.dumps(row))
"""
"""Run by the peer's interpreter: prints one line per task and check."""


def main() -> int:
    """Compare, print, store; exit 1 where a value differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", help="interpreter with evalplus 0.3.1")
    parser.add_argument("--sets", default=",".join(SETS), help="which sets, with commas")
    options = parser.parse_args()
    where = circumstances()
    result: dict[str, Any] = {"peer": "evalplus 0.3.1"}
    differing = 0
    for name in options.sets.split(","):
        rows, python = _truth(SETS[name], options.python)
        found = compare(name, rows)
        result[name] = {"peer's python": python, **found}
        differing += len(found["differing"])
        print(
            f"{name}: {found['tasks']} tasks, {found['values']} values compared, {len(found['differing'])} differing"
            f"; too large on both sides: {', '.join(found['too large']) or 'none'}",
            flush=True,
        )
        for line in found["differing"]:
            print(f"  {line['place']}\n    evalplus {line['theirs']}\n    trialrun {line['ours']}")
    store("evalplus_truth", result, where=where)
    return 1 if differing else 0


def _truth(dataset: str, python: str | None) -> tuple[list[dict[str, Any]], str]:
    printed = evalplus(TRUTH, dataset, str(LIMIT), python=python)
    head, _, body = printed.partition("TRUTH ")
    version, _, lines = body.partition("\n")
    del head  # what evalplus says while it works
    return [json.loads(line) for line in lines.splitlines()], version.strip()


def compare(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Compare one set's expected values with the peer's rows; list what differs."""
    tasks = {task.id: task for task in registry.load(name).tasks}
    count = 0
    differing: list[dict[str, str]] = []
    large: list[str] = []
    seen = set()
    with Sandbox() as sandbox:
        for row in rows:
            task = tasks[row["task"]]
            seen.add(task.id)
            ours = _expected(sandbox, task, row["check"])
            if len(ours) != len(row["values"]):
                raise SystemExit(f"{task.id} {row['check']}: {len(ours)} cases, there {len(row['values'])}")
            for case, (mine, theirs) in enumerate(zip(ours, row["values"], strict=True)):
                place = f"{task.id} {row['check']}[{case}]"
                if theirs[0] == "too large" and not mine.comparable:
                    large.append(place)
                    continue
                count += 1
                if not _same(mine, theirs, not_none=row["not_none"]):
                    differing.append({"place": place, "theirs": theirs[1], "ours": _text(mine)})
    if seen != tasks.keys():
        raise SystemExit(f"{name}: the peer has {len(seen)} tasks, trialrun {len(tasks)}")
    return {"tasks": len(seen), "values": count, "differing": differing, "too large": large}


def _expected(sandbox: Sandbox, task: Task, name: str) -> tuple[Expected, ...]:
    check = next(c for c in task.hidden_checks if isinstance(c, CaseCheck) and c.name == name)
    assert task.reference is not None and task.entry is not None
    program = Program.from_source(task.reference, entry=task.entry, maker="reference")
    return expected_outcomes(sandbox, program, encode_calls(task.entry, check.cases), BlobCache(), whole=True)


def _same(ours: Expected, theirs: list[str], *, not_none: bool) -> bool:
    if ours.value is None:
        return False  # the peer's ground truth holds values only
    if not_none:
        return theirs[1] == str(parse_values.parse(ours.value) is not None)
    return hashlib.sha256(ours.value).hexdigest() == theirs[0]


def _text(ours: Expected) -> str:
    if ours.value is None:
        return ours.exception or str(ours.outcome)
    return parse_values.render(ours.value, limit=200)


if __name__ == "__main__":
    raise SystemExit(main())
