"""Functional equivalence caching in a small evolution: evaluations avoided, and how often the key would lie.

    python -m bench.functional_hashing [--seeds 12] [--children 3000]

Straight-line programs over `+ - * /`, constants and x evolve towards 2**x on [0, 1] (tournaments, the oldest dies); the
fitness is the largest error over 513 points. For each seed the same evolution runs with the cache and without it: hit
rate, evaluations avoided, the best error of both, CPU time as a ratio. Beside it the hit rate of a key of the text
(constants and operations as written, in order). Then, on programs that evolved without the cache, the counterfactual
policy: collisions (programs merged though their fitness differs) by the number of probe inputs and by the bits of a
float that count. Last, mutation until the behaviour changes: tries a child.

Leaves out: hostile programs (these are made and run here), noisy fitness (`tests/compare/test_functional_hashing.py`).
"""

import argparse
import functools
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.measuring import circumstances, ratio, store
from trialrun.compare.functional_hashing import FunctionalCache, until_functional_change
from trialrun.core.behaviour import behaviour_key
from trialrun.core.execution import Execution, Outcome
from trialrun.core.truncation import Truncation
from trialrun.core.values import encode

Instruction = tuple[str, int, int, float]
"""Operation, places of two registers, a constant. Register 0 is x; each instruction fills the next one."""
Program = tuple[Instruction, ...]

OPERATIONS = "+-*/c"
LONGEST = 9
POINTS = [k / 512 for k in range(513)]
TARGET = [2.0**x for x in POINTS]
POPULATION, TOURNAMENT = 60, 6
PROBES = (1, 2, 3, 4, 8, 16, 32)
BITS = (8, 16, 24, 32, 40, 48, 52)
USUAL_PROBES, USUAL_BITS = 16, 48


def value(program: Program, x: float) -> float:
    """Run a program on one number; what cannot be computed is NaN."""
    registers = [x]
    for operation, one, two, constant in program:
        a, b = registers[one], registers[two]
        if operation == "c":
            registers.append(constant)
        elif operation == "+":
            registers.append(a + b)
        elif operation == "-":
            registers.append(a - b)
        elif operation == "*":
            registers.append(a * b)
        else:
            registers.append(a / b if b else math.nan)
    return registers[-1]


def fitness(program: Program) -> float:
    """Return minus the largest error; minus infinity where one value is not finite."""
    worst = 0.0
    for x, wanted in zip(POINTS, TARGET, strict=True):
        error = abs(value(program, x) - wanted)
        if not math.isfinite(error):
            return -math.inf
        worst = max(worst, error)
    return -worst


def probes(count: int) -> list[float]:
    """Return fixed probe inputs among the points: the ends, the middle, then drawn by a fixed seed."""
    rest = [x for x in POINTS if x not in (0.0, 0.5, 1.0)]
    random.Random("probe inputs").shuffle(rest)
    return [0.5, 0.0, 1.0, *rest][:count]


def functional_key(program: Program, inputs: Sequence[float], rule: Truncation) -> str | None:
    """Return the behaviour key of a program on some inputs; None where a value is not finite."""
    did = [Execution(outcome=Outcome.RETURNED, value=encode([value(program, x) for x in inputs]))]
    return behaviour_key(did, floats=rule)


def textual_key(program: Program) -> str:
    """Return the program as text; constants count only where they are used."""
    return " ".join(
        f"{operation}{constant!r}" if operation == "c" else f"{operation}{one},{two}"
        for operation, one, two, constant in program
    )


def usual_key(bits: int = USUAL_BITS, count: int = USUAL_PROBES) -> Callable[[Program], str | None]:
    """Return the key as a search uses it."""
    return functools.partial(
        functional_key, inputs=probes(count), rule=Truncation(bits=bits, nonfinite="unhashable")
    )


def drawn(rng: random.Random, place: int) -> Instruction:
    """Draw the instruction that fills one register."""
    return rng.choice(OPERATIONS), rng.randrange(place), rng.randrange(place), round(rng.gauss(0, 1), 3)


def mutated(program: Program, rng: random.Random) -> Program:
    """Change, add or remove one instruction."""
    parts = list(program)
    kind = rng.random()
    place = rng.randrange(len(parts))
    if kind < 0.5:
        parts[place] = drawn(rng, place + 1)
    elif kind < 0.6:
        operation, one, two, constant = parts[place]
        parts[place] = (operation, one, two, constant * (1 + rng.gauss(0, 0.1)))
    elif kind < 0.85 and len(parts) < LONGEST:
        parts.append(drawn(rng, len(parts) + 1))
    elif len(parts) > 1:
        parts.pop()
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Run:
    """One evolution."""

    best: float
    children: tuple[Program, ...]
    cpu_s: float


def evolve(
    seed: int,
    children: int,
    score: Callable[[Program], float],
    change: Callable[[Program, random.Random], Program] = mutated,
) -> Run:
    """Evolve by one seed; all choices are those of the seed and of the scores."""
    began = time.process_time()
    rng = random.Random(seed)
    made: list[Program] = [(drawn(rng, 1),) for _ in range(POPULATION)]
    alive = [(score(program), program) for program in made]
    best = max(alive)[0]
    for _ in range(children):
        parent = max(rng.sample(alive, TOURNAMENT), key=lambda one: one[0])[1]
        child = change(parent, rng)
        made.append(child)
        got = score(child)
        best = max(best, got)
        alive.append((got, child))
        alive.pop(0)
    return Run(best, tuple(made), time.process_time() - began)


def on_against_off(seeds: int, children: int) -> tuple[dict[str, Any], list[Run]]:
    """Run each seed with the cache and without; return the figures and the runs without."""
    rows, plain_runs = [], []
    cached_s, plain_s = [], []
    for seed in range(seeds):
        cache = FunctionalCache(usual_key(), fitness)
        order = ("on", "off") if seed % 2 else ("off", "on")
        runs = {how: evolve(seed, children, cache if how == "on" else fitness) for how in order}
        on, off = runs["on"], runs["off"]
        textual = FunctionalCache(textual_key, lambda program: 0.0)
        for program in off.children:
            textual(program)
        counts = cache.counts
        rows.append(
            {
                "seed": seed,
                "hit_rate": round(counts.hit_rate, 4),
                "textual_hit_rate": round(textual.counts.hit_rate, 4),
                "avoided": round(1 - counts.evaluations / len(on.children), 4),
                "unhashable": counts.unhashable,
                "best_error_on": -on.best,
                "best_error_off": -off.best,
                "equal_best": on.best == off.best,
                "key_to_evaluation": round(
                    counts.evaluation_s
                    / counts.evaluations
                    / (counts.key_s / (counts.lookups + counts.unhashable)),
                    1,
                ),
            }
        )
        cached_s.append(on.cpu_s)
        plain_s.append(off.cpu_s)
        plain_runs.append(off)
    avoided = [row["avoided"] for row in rows]
    summary = {
        "hit_rate_mean": round(statistics.fmean(row["hit_rate"] for row in rows), 4),
        "textual_hit_rate_mean": round(statistics.fmean(row["textual_hit_rate"] for row in rows), 4),
        "hits_above_textual_in": sum(row["hit_rate"] > row["textual_hit_rate"] for row in rows),
        "avoided_mean": round(statistics.fmean(avoided), 4),
        "avoided_min": min(avoided),
        "avoided_max": max(avoided),
        "equal_best_in": sum(row["equal_best"] for row in rows),
        "cpu_on_to_off": ratio(cached_s, plain_s),
        "seeds": rows,
    }
    return summary, plain_runs


def counterfactual(runs: Sequence[Run]) -> dict[str, Any]:
    """Return hits and collisions by the number of probes and by bits, on programs that evolved without a cache."""
    scores = [[fitness(program) for program in run.children] for run in runs]

    def swept(key_of: Callable[[Program], str | None]) -> dict[str, Any]:
        hits = collisions = lookups = 0
        for run, known in zip(runs, scores, strict=True):
            by_place = FunctionalCache(
                lambda place, run=run: key_of(run.children[place]),
                lambda place, known=known: known[place],
                policy="counterfactual",
                epsilon=1e-9,
            )
            for place in range(len(run.children)):
                by_place(place)
            hits += by_place.counts.hits
            collisions += by_place.counts.collisions
            lookups += by_place.counts.lookups
        return {
            "hit_rate": round(hits / lookups, 4),
            "collisions": collisions,
            "hits": hits,
            "collision_rate": round(collisions / hits, 5),
        }

    return {
        "by_probes": {str(count): swept(usual_key(count=count)) for count in PROBES},
        "by_bits": {str(bits): swept(usual_key(bits=bits)) for bits in BITS},
    }


def retried(seeds: int, children: int) -> dict[str, Any]:
    """Evolve with mutation until the behaviour changes; return tries a child, and hits that are left."""
    tries: list[int] = []
    unchanged = 0
    rates = []
    key_of = usual_key()

    def change(parent: Program, rng: random.Random) -> Program:
        nonlocal unchanged
        found = until_functional_change(parent, lambda program: mutated(program, rng), key_of, limit=100)
        tries.append(found.tries)
        unchanged += not found.changed
        return found.candidate

    for seed in range(seeds):
        cache = FunctionalCache(key_of, fitness)
        evolve(seed, children, cache, change)
        rates.append(cache.counts.hit_rate)
    return {
        "tries_mean": round(statistics.fmean(tries), 3),
        "tries_max": max(tries),
        "unchanged": unchanged,
        "hit_rate_mean": round(statistics.fmean(rates), 4),
    }


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--children", type=int, default=3000)
    arguments = parser.parse_args()
    where = circumstances()
    summary, runs = on_against_off(arguments.seeds, arguments.children)
    shown = {name: figure for name, figure in summary.items() if name != "seeds"}
    print(*(f"{name}: {figure}" for name, figure in shown.items()), sep="\n")
    swept = counterfactual(runs[: min(4, len(runs))])
    for sweep, rows in swept.items():
        for count, row in rows.items():
            print(f"{sweep} {count:>3}: {row}")
    again = retried(min(4, arguments.seeds), arguments.children)
    print(f"until a functional change: {again}")
    result = {"children": arguments.children, "on_against_off": summary} | swept | {"retry": again}
    print(store("functional_hashing", result, where=where))
    return summary["hits_above_textual_in"] != arguments.seeds


if __name__ == "__main__":
    sys.exit(main())
