"""LDB: stored repairs judged again, traces against an oracle, where changed blocks stand, what tracing costs.

    python -m bench.ldb [--limit N] [--mutants 200] [--rounds 5] [--mbpp CHECKOUT] [--part NAME]

(a) `judged.py`: 164 GPT-3.5 seeds of HumanEval and what LDB's stored repairs made of them, by hidden tests; 16 failing
seeds repaired and one lost are the published 82.9 %. (b) `oracle.py`: blocks and values of all seeds on the inputs of
their visible tests against `sys.settrace`. (c) `localised.py`: the rank of a changed block, and whether it is shown, on
seeds with an accepted repair and on mutants of HumanEval+. (d) `cost.py`: CPU time beside prints put into the program.

Stored as `bench/results/ldb.json`, but for a part of the tasks. `--part` measures one part again and keeps the others
that are stored; the commit and the date of each stand beside. Exits with 1 where the published figures are not met,
where a trace and the oracle differ, or where our order finds a changed block less often than "first and last" does.

Leaves out: a model. MBPP's stored runs are not among the data; `--mbpp` names a checkout of FloridSleeves/LLMDebugger.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.ldb.cost import costs
from bench.ldb.judged import judged, mbpp
from bench.ldb.localised import located, mutated, table
from bench.ldb.oracle import Agreement, compare
from bench.ldb.sets import Subject, inputs, subjects
from bench.measuring import RESULTS, circumstances, store
from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import datafiles
from trialrun.tasks.suites import LDB_RUNS_FILE
from trialrun.verify.tests import Judge, Rules

PARTS = ("judged", "oracle", "localised", "mbpp", "cost")
ABSENT = "its stored runs are not among the data"
WANTED = {"seeds": 121, "repaired": 136, "gained": 16, "lost": 1}
"""Of 164, as published: 73.8 % and 82.9 %."""


def agreement(sandbox: Sandbox, chosen: list[Subject]) -> dict[str, Any]:
    """Compare the traces of all seeds with the oracle."""
    total, seeds = Agreement(), []
    for one in chosen:
        before = total.complete
        cases = inputs(one.task)
        program = one.bare(one.seed.source)
        for case in cases:
            compare(sandbox, one.task.id, program, case, total)
        seeds.append(bool(cases) and total.complete - before == len(cases))
    return {
        "seeds": len(seeds),
        "seeds with complete traces": sum(seeds),
        **asdict(total),
        "values": dict(total.values),
        "faults": total.faults[:50],
    }


def localisation(judge: Judge, chosen: list[Subject], mutants: int) -> dict[str, Any]:
    """Return the tables of seeds with an accepted repair, and of mutants."""
    accepted = [
        one
        for one in chosen
        if not one.seed.is_solved
        and all(
            found.verdict is Verdict.PASS
            for found in judge.judge(one.task, one.program(one.run.programs[-1]))
        )
    ]
    found = {one.task.id: located(judge, one) for one in accepted}
    seen = [one for one in found.values() if one is not None]
    return {
        "seeds": {
            "accepted": list(found),
            "left out, no stated case fails": [task for task, one in found.items() if one is None],
            "blocks": {one.task: [one.changed, one.blocks] for one in seen},
            "table": table(seen),
        },
        **{name: {"table": table(made)} for name, made in mutated(judge.sandbox, mutants).items() if made},
    }


def shortfalls(result: dict[str, Any]) -> list[str]:
    """Return what is not as it should be, on all tasks."""
    own = result["judged"]["published"]
    got = {
        "seeds": own["seeds"]["passed"],
        "repaired": own["repaired"]["passed"],
        "gained": len(own["repaired"]["repaired"]),
        "lost": len(own["repaired"]["lost"]),
    }
    found = [
        f"{name}: {got[name]}, published {wanted}" for name, wanted in WANTED.items() if got[name] != wanted
    ]
    if own["replayed"]["passed"] != WANTED["repaired"]:
        found.append(f"gone through anew: {own['replayed']['passed']}")
    oracle = result["oracle"]
    found += [f"oracle: {fault}" for fault in oracle["faults"]]
    if oracle["seeds with complete traces"] < 0.99 * oracle["seeds"]:
        found.append("fewer than 99 % of the seeds have complete traces")
    for name, kind in result["localised"].items():
        rows = kind["table"]
        for k in (1, 3):
            ours, ends = (
                rows[f"{order}, top {k}"]["hits"] for order in ("slice, then Ochiai", "first and last")
            )
            found += [f"{name}, top {k}: ours {ours}, first and last {ends}"] if ours <= ends else []
        shown, ends = (rows[f"shown of more than ten, {choice}"]["hits"] for choice in ("relevant", "ends"))
        found += (
            [f"{name}, shown of more than ten: ours {shown}, first and last {ends}"] if shown < ends else []
        )
    for name, rows in result["cost"].items():
        dear = rows["traced to printed"]["value"]
        found += [f"cost, {name}: {dear:.2f} times that of prints"] if dear > 1 else []
    return found


def show(result: dict[str, Any]) -> None:
    """Print the tables."""
    for rule, kinds in result["judged"].items():
        for kind, row in kinds.items():
            print(f"{rule:<10} {kind:<28} {row['passed']:>4} of {row['of']} {row['share']:.1%}")
            if "lost" in row:
                print(
                    f"{'':<11}repaired {len(row['repaired'])} of {row['failing_seeds']}: {', '.join(row['repaired'])}"
                )
                print(f"{'':<11}lost {', '.join(row['lost']) or 'none'}")
    repaired = result["judged"]["published"]["repaired"]
    print("repaired without an iteration:", ", ".join(repaired["without_iterations"]) or "none")
    print("oracle", {name: value for name, value in result["oracle"].items() if name != "faults"})
    for name, kind in result["localised"].items():
        print(name)
        for row, value in kind["table"].items():
            share = f"{value['share']:.1%}" if "share" in value else "-"
            low, high = value.get("ci", (None, None))
            interval = f"({low:.1%}–{high:.1%})" if low is not None else ""
            print(f"  {row:<38} {value.get('hits', ''):>4} of {value['of']:<4} {share:>7} {interval}")
    for name, rows in result["cost"].items():
        for row, value in rows.items():
            print(f"cost, {name:<8} {row:<32} {value}")


def main() -> int:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limit", type=int, help="first tasks alone; nothing is stored")
    parser.add_argument("--mutants", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mbpp", type=Path, help="checkout of FloridSleeves/LLMDebugger")
    parser.add_argument(
        "--part", choices=PARTS, help="measure this part again; the others are taken as stored"
    )
    asked = parser.parse_args()
    where = circumstances()
    chosen = subjects(asked.limit)
    runs = datafiles.locate(LDB_RUNS_FILE)
    assert runs is not None, "its rows have been read"
    stored = json.loads((RESULTS / "ldb.json").read_text()) if asked.part else {}
    result = {name: stored[name] for name in PARTS if name in stored}
    measured: dict[str, Any] = stored.get("measured", {})
    with Sandbox() as sandbox:
        judge = Judge(sandbox, Rules(limits=Limits(cpu_s=10.0)))
        parts: dict[str, Callable[[], Any]] = {
            "judged": lambda: judged(sandbox, judge, chosen, runs),
            "oracle": lambda: agreement(sandbox, chosen),
            "localised": lambda: localisation(judge, chosen, asked.mutants),
            "mbpp": lambda: mbpp(sandbox, asked.mbpp) if asked.mbpp else ABSENT,
            "cost": lambda: {name: costs(name, asked.rounds, asked.limit) for name in ("seeds", "loops")},
        }
        for name in [asked.part] if asked.part else PARTS:
            began = time.monotonic()
            result[name] = json.loads(json.dumps(parts[name](), default=asdict))
            measured[name] = {
                "took_s": round(time.monotonic() - began, 1),
                "date": where["date"],
                "commit": where["versions"]["commit"],
                "load_before": where["load_before"],
            }
            print(name, measured[name], flush=True)
            if asked.limit is None:
                store("ldb", {"measured": measured, **result}, where=where)
    show(result)
    wrong = shortfalls(result)
    print("mbpp", result["mbpp"])
    print("\n".join(wrong) or "as it should be")
    if asked.limit is None:
        print(store("ldb", {"measured": measured, **result, "shortfalls": wrong}, where=where))
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
