"""EFAGen without a model: number lifting on GSM8K's test problems, what the checks let through, what they catch.

    python -m bench.efagen [--part NAME] [--limit N]

gsm8k          every problem: lifted or why not; then the lifted generator with the seed's constraints, and the naive
               one that draws anything from the same domains, both through all checks (20 draws for the paper's, 100
               for ours)
readings       of how many lifted families the solution can be read in another way, with other answers; `trialrun
               problems` makes nothing of these unless it is asked to
again          a sample of the accepted: four more seeds of the draws, and the same problems twice for one seed
mutants        the same sample: up to 12 mutants of each `solve` through all checks. One that passes is compared with
               its original on 200 draws held back; where it does the same it is equivalent and left out
reasoning-gym  the 85 generators of `gsm_symbolic` that the package serves itself (`efagen_peers.py`), as they stand and
               with distractors declared, 40 draws; and up to 12 mutants of what makes texts and answers of each, held
               to one instance of the package and to five. No independent solver: `agrees` is not asked for

Parts are stored as they are done, each with its circumstances. `--limit` shortens a part and stores nothing.

Leaves out: models; the 26 generators written by hand, which are tests (`tests/verify/test_efa.py`).
"""

import argparse
import functools
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from bench.efagen_peers import IDLE, NOT_WHOLE, Peer, package_of, peers
from bench.measuring import RESULTS, circumstances, store
from trialrun.core.errors import Missing
from trialrun.core.program import Program
from trialrun.lang.families import Lifted, Solved
from trialrun.lang.lifted_program import ENTRY, program_of
from trialrun.lang.lifting import NotLifted, lift
from trialrun.lang.math_answer import same_answer
from trialrun.lang.mutants import mutant_programs, mutants
from trialrun.learn.builders.problems import build
from trialrun.run.sandbox import Sandbox
from trialrun.tasks.datafiles import DataFile, locate
from trialrun.tasks.efa import read_solved
from trialrun.verify.efa import LIMITS, examine
from trialrun.verify.generator_bits import Bit, Report, Settings
from trialrun.verify.generator_runs import Operations, Unreadable, read_parameters, read_text
from trialrun.verify.generator_runs import read_solved as read_value

GSM8K = DataFile(
    path="gsm8k/test.jsonl.gz",
    sha256="",
    version="",
    url="https://github.com/openai/grade-school-math",
    alternatives=("gsm8k/test.jsonl",),
)
GOALS = {"paper_valid": 975, "strong_valid": 909, "rejected": 0.95}
SAMPLE, SAMPLE_SEED = 60, 2504
HELD_BACK = Settings(draws=200, seed=500_000, mutants=0)
QUICK = Settings(mutants=0)
PEERS = Settings(draws=40, mutants=0)
MOST = 12
"""Mutants of one program, drawn by a seed."""


def solved_problems() -> dict[str, Solved]:
    """Return GSM8K's test problems. Raises `Missing`."""
    found = locate(GSM8K)
    if found is None:
        raise Missing(f"no {GSM8K.path}", "put it there, below a directory that TRIALRUN_DATA names")
    return read_solved(found)


def families(limit: int | None) -> tuple[dict[str, tuple[Solved, Lifted]], Counter[str], int]:
    """Return what can be lifted, why the rest cannot, and how many problems there are."""
    found: dict[str, tuple[Solved, Lifted]] = {}
    refused: Counter[str] = Counter()
    problems = dict(list(solved_problems().items())[:limit])
    for name, solved in problems.items():
        try:
            found[name] = solved, lift(solved)
        except NotLifted as error:
            refused[str(error)] += 1
    return found, refused, len(problems)


def gsm8k(sandbox: Sandbox, limit: int | None) -> dict[str, Any]:
    """Examine the generators of all that can be lifted, with constraints and without."""
    lifted, refused, count = families(limit)
    result: dict[str, Any] = {"problems": count, "lifted": len(lifted), "refused": dict(refused)}
    without_mutants: set[str] = set()
    """Generators of whose `solve` too few mutants are caught."""
    for name, constrained in (("constrained", True), ("naive", False)):
        bits: Counter[str] = Counter()
        for id, (solved, family) in lifted.items():
            program = Program.from_source(program_of(family, constrained=constrained), entry=ENTRY)
            # Both have one `solve`, so its mutants are tried once.
            report = examine(sandbox, program, solved, settings=None if constrained else QUICK)
            bits.update(str(bit) for bit, holds in report.bits.items() if holds)
            bits["paper_valid"] += report.paper_valid
            bits["strong_valid"] += report.strong_valid
            bits["paper_valid, every parameter influences"] += report.paper_valid and all_influence(report)
            if not constrained and report.strong_valid:
                bits["strong_valid"] -= id in without_mutants
            elif constrained and report.bits[Bit.INFLUENCE] is not True and all_influence(report):
                without_mutants.add(id)
        result[name] = dict(bits)
    return result


def readings(sandbox: Sandbox, limit: int | None) -> dict[str, Any]:
    """Count the families whose solution can be read in another way."""
    lifted, _, _ = families(limit)
    return {"lifted": len(lifted), "ambiguous": sum(family.ambiguous for _, family in lifted.values())}


def all_influence(report: Report) -> bool:
    """Say whether every parameter influences the answer, whatever became of mutants."""
    return report.bits[Bit.INFLUENCE] is True or "without" not in report.reasons[Bit.INFLUENCE]


@functools.cache
def sample(limit: int | None) -> tuple[tuple[Solved, Program], ...]:
    """Return accepted generators: the first ones in an order that a seed draws."""
    lifted, _, _ = families(None)
    ids = list(lifted)
    random.Random(SAMPLE_SEED).shuffle(ids)
    found: list[tuple[Solved, Program]] = []
    with Sandbox() as sandbox:
        for solved, family in (lifted[id] for id in ids):
            program = Program.from_source(program_of(family), entry=ENTRY)
            if examine(sandbox, program, solved, settings=QUICK, until_rejected=True).strong_valid:
                found.append((solved, program))
            if len(found) == min(SAMPLE, limit or SAMPLE):
                break
    return tuple(found)


def again(sandbox: Sandbox, limit: int | None) -> dict[str, Any]:
    """Examine accepted generators with other seeds; make the same problems twice."""
    chosen = sample(limit)
    seeds = [1_000 * number for number in range(1, 5)]
    passed = [
        [
            examine(sandbox, program, solved, settings=Settings(seed=seed, mutants=0)).strong_valid
            for seed in seeds
        ]
        for solved, program in chosen
    ]
    same = 0
    for solved, _ in chosen:
        one, other = (build(sandbox, solved, 20, seed=3, ambiguous=True) for _ in range(2))
        same += repr(one.variants).encode() == repr(other.variants).encode() and len(one.variants) > 0
    return {
        "generators": len(chosen),
        "sample_seed": SAMPLE_SEED,
        "accepted_in_all_five_seeds": sum(map(all, passed)),
        "accepted_by_seed": {str(seed): sum(row[n] for row in passed) for n, seed in enumerate(seeds)},
        "same_seed_same_problems": same,
    }


def mutated(sandbox: Sandbox, limit: int | None) -> dict[str, Any]:
    """Examine the mutants of `solve` of accepted generators."""
    first: Counter[str] = Counter()
    count = accepted = equivalent = 0
    by_program: list[float] = []
    for solved, program in sample(limit):
        found = mutant_programs(program, mutants(program.source, f"{ENTRY}.solve", limit=MOST))
        caught = different = 0
        for mutant in found:
            report = examine(sandbox, mutant, solved, settings=QUICK, until_rejected=True)
            if report.strong_valid and behaves_alike(sandbox, program, mutant):
                equivalent += 1
                continue
            different += 1
            caught += not report.strong_valid
            first[first_fault(report)] += 1
        count, accepted = count + different, accepted + different - caught
        by_program.append(caught / different if different else 1.0)
    return {
        "generators": len(by_program),
        "sample_seed": SAMPLE_SEED,
        "mutants": count,
        "equivalent_left_out": equivalent,
        "rejected": count - accepted,
        "rate": (count - accepted) / count,
        "lowest_rate_of_a_generator": min(by_program),
        "rejected_first_by": dict(first.most_common()),
    }


def first_fault(report: Report) -> str:
    """Return the first bit that does not hold."""
    return next((str(bit) for bit, holds in report.bits.items() if holds is False), "accepted")


def behaves_alike(sandbox: Sandbox, program: Program, mutant: Program) -> bool:
    """Say whether a mutant gives the program's texts and answers on draws held back."""
    run, other = (Operations(sandbox, one, LIMITS) for one in (program, mutant))
    draws = run.call([("sample", HELD_BACK.seed + number) for number in range(HELD_BACK.draws)])
    parameters = [found for execution in draws if (found := read_parameters(execution)) is not None]
    calls = [(operation, found) for found in parameters for operation in ("render", "solve")]
    for (operation, _), one, two in zip(calls, run.call(calls), other.call(calls), strict=True):
        try:
            alike = (
                read_text(one) == read_text(two)
                if operation == "render"
                else same_answer(read_value(one), read_value(two))
            )
        except Unreadable:
            alike = False
        if not alike:
            return False
    return True


def reasoning_gym(sandbox: Sandbox, limit: int | None) -> dict[str, Any]:
    """Examine the peer's generators and their mutants."""
    by_paper = as_they_stand = declared = 0
    refused: dict[str, str] = {}
    totals: Counter[str] = Counter()
    for peer in peers(package_of())[:limit]:
        instances = [peer.instance(seed) for seed in range(1, 6)]
        source, solved = instances[0]
        plain = accepted(examine(sandbox, entry_of(source), solved, settings=PEERS))
        reports = [_examined(sandbox, peer, source, solved) for source, solved in instances]
        passed = all(map(accepted, reports))
        as_they_stand, declared = as_they_stand + plain, declared + passed
        by_paper += all(report.paper_valid for report in reports)
        if not passed:
            report = next(report for report in reports if not accepted(report))
            refused[peer.name] = "; ".join(
                f"{bit}: {report.reasons[bit]}" for bit, holds in report.bits.items() if holds is False
            )[:300]
            continue
        totals.update(_mutants_of(sandbox, peer, instances))
    return {
        "generators": len(peers(package_of())[:limit]),
        "paper_valid": by_paper,
        "accepted_as_they_stand": as_they_stand,
        "accepted_with_declarations": declared,
        "not_accepted": refused,
        "mutants": totals["different"],
        "equivalent_left_out": totals["equivalent"],
        "rejected_by_one_instance": totals["one"],
        "rejected_by_five_instances": totals["five"],
        "rate_one": totals["one"] / max(1, totals["different"]),
        "rate_five": totals["five"] / max(1, totals["different"]),
    }


def entry_of(source: str) -> Program:
    """Return a generator's program."""
    return Program.from_source(source, entry=ENTRY)


def accepted(report: Report) -> bool:
    """Say whether all bits hold but the one that needs an independent solver."""
    return all(holds for bit, holds in report.bits.items() if bit is not Bit.AGREES)


def _examined(sandbox: Sandbox, peer: Peer, source: str, solved: Solved, *, quick: bool = False) -> Report:
    return examine(
        sandbox,
        entry_of(source),
        solved,
        settings=PEERS,
        idle=IDLE.get(peer.name, ()),
        alike=peer.name not in NOT_WHOLE,
        until_rejected=quick,
    )


def _mutants_of(sandbox: Sandbox, peer: Peer, instances: Sequence[tuple[str, Solved]]) -> Counter[str]:
    """Return how many mutants there are, and how many one instance and five reject."""
    totals: Counter[str] = Counter()
    classes = [source.removeprefix(peer.functions) for source, _ in instances]
    for mutant in peer.mutants(MOST):
        made = [mutant + rest for rest in classes]
        by = 0  # instances that it takes until it is rejected
        for number, (source, (_, solved)) in enumerate(zip(made, instances, strict=True), 1):
            if not accepted(_examined(sandbox, peer, source, solved, quick=True)):
                by = number
                break
        if not by and behaves_alike(sandbox, entry_of(instances[0][0]), entry_of(made[0])):
            totals["equivalent"] += 1
            continue
        totals["different"] += 1
        totals["one"] += by == 1
        totals["five"] += by > 0
    return totals


PARTS: dict[str, Callable[[Sandbox, int | None], dict[str, Any]]] = {
    "gsm8k": gsm8k,
    "readings": readings,
    "again": again,
    "mutants": mutated,
    "reasoning-gym": reasoning_gym,
}


def reproduces(result: dict[str, Any]) -> bool:
    """Say whether the stored parts meet the goals."""
    try:
        found, more, caught = result["gsm8k"]["constrained"], result["again"], result["mutants"]
    except KeyError:
        return False
    return bool(
        found["paper_valid"] >= GOALS["paper_valid"]
        and found["strong_valid"] >= GOALS["strong_valid"]
        and caught["rate"] >= GOALS["rejected"]
        and more["accepted_in_all_five_seeds"] == more["same_seed_same_problems"] == more["generators"]
    )


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    path = RESULTS / "efagen.json"
    for part in arguments.part or PARTS:
        where = circumstances()
        began, cpu = time.monotonic(), _cpu()
        with Sandbox() as sandbox:
            found = PARTS[part](sandbox, arguments.limit)
        found |= {"wall_s": round(time.monotonic() - began, 1), "cpu_s": round(_cpu() - cpu, 1)}
        for name, value in found.items():
            print(f"{part}: {name}: {value}", flush=True)
        if arguments.limit is None:
            stored: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
            kept = {name: stored[name] for name in PARTS if name in stored}
            result = {**kept, part: {**found, "date": where["date"], "commit": where["versions"]["commit"]}}
            print(store("efagen", {**result, "goals": GOALS, "reproduces": reproduces(result)}, where=where))
    return 0


def _cpu() -> float:
    """Return the CPU seconds of this process and all that it has waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    sys.exit(main())
