"""What tracing costs: CPU time of a traced program by that of the plain one, beside the tracers that people use.

    python -m bench.tracing [--python PYTHON] [--rounds 20]

Ten programs (`tracing_programs.py`, the first five those of the published table) run in every way by turns, each round
divided by its own plain run. A ratio is the median of the rounds with a 95 % interval from their order; a total is the
geometric mean over the programs, round by round. Peers (viztracer, coverage with the core that it really used, hunter,
PySnooper) are installed into an environment of their own in a temporary directory. Two of them are so slow that they
get small inputs. Stored as `bench/results/tracing.json`; exits with 1 where one of our ways is dearer than promised.

Leaves out: compiling with probes, packing the record after the run (told apart, in nanoseconds an event), the sandbox.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measuring import ROOT, circumstances, store
from bench.peers import made_python
from bench.tracing_programs import PROGRAMS, PUBLISHED
from trialrun.core.errors import Missing, UsageError
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Level
from trialrun.observe.tracer import Recording, trace_case
from trialrun.run.batch import encode_calls
from trialrun.run.sandbox import Sandbox
from trialrun.run.whole import run_call

PEERS = ("viztracer", "coverage", "hunter", "PySnooper")
EVENTS = 10_000_000
LONG = """
def run(n):
    kept = []
    for i in range(n):
        kept = [i, kept[:1], str(i)]
    return len(kept)
"""
"""One event for each turn of the loop, with a new list each time."""
PROMISED = {"off": 1.05, "coverage": 1.3, "references": 2.5, "summaries": 5.5}
"""Highest geometric mean over all ten programs."""


def middle(ratios: Sequence[float]) -> dict[str, float]:
    """Return the median and the order statistics that hold the true one with 95 %.

    >>> middle([1.0, 2.0, 3.0])
    {'median': 2.0, 'low': 1.0, 'high': 3.0, 'n': 3}
    """
    ordered = sorted(ratios)
    count = len(ordered)
    reach = int((count - 1.96 * math.sqrt(count)) / 2) if count > 5 else 0
    return {
        "median": statistics.median(ordered),
        "low": ordered[max(0, reach)],
        "high": ordered[min(count - 1, count - 1 - reach)],
        "n": count,
    }


def ratios(times: dict[str, Any], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return, for each way, its ratio for each program and in total."""
    ways = [way for way in times[names[0]] if way != "plain"]
    found: dict[str, dict[str, Any]] = {}
    for way in ways:
        by_program = {
            name: [a / b for a, b in zip(times[name][way], times[name]["plain"], strict=True)]
            for name in names
        }
        rounds = len(next(iter(by_program.values())))

        def total(chosen: Sequence[str], rounds: int = rounds, by: Any = by_program) -> dict[str, float]:
            return middle(
                [
                    math.exp(statistics.fmean(math.log(by[name][one]) for name in chosen))
                    for one in range(rounds)
                ]
            )

        found[way] = {
            "all": total(names),
            "published five": total(names[:PUBLISHED]),
            "programs": {name: middle(values) for name, values in by_program.items()},
        }
    return found


def run_worker(python: str | Path, place: Path, rounds: int, slow_rounds: int) -> dict[str, Any]:
    """Return what the worker measured under an interpreter."""
    paths = os.pathsep.join((str(ROOT), str(ROOT / "src")))
    done = subprocess.run(
        [str(python), "-m", "bench.tracing_worker", str(place), str(rounds), str(slow_rounds)],
        env={**os.environ, "PYTHONPATH": paths},
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UsageError(f"the worker failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def memory() -> dict[str, Any]:
    """Return peak resident MiB of a job that makes ten million events, plain and at each level, with default limits."""
    found: dict[str, Any] = {}
    program = Program.from_source(LONG, entry="run")
    case, limits = Case(args=(EVENTS,)), Limits(cpu_s=120.0)
    with Sandbox() as sandbox:
        plain = run_call(sandbox, program, encode_calls("run", [case])[0], limits)
        found["plain"] = {"peak_mb": plain.peak_mb}
        for level in (Level.IDS, Level.REFERENCES, Level.SUMMARIES):
            trace = trace_case(sandbox, program, case, limits, Recording(level=level))
            found[str(level)] = {
                "peak_mb": trace.execution.peak_mb,
                "outcome": str(trace.execution.outcome),
                "kept": len(trace),
                "dropped": trace.dropped,
                "flags": list(trace.flags),
            }
    return found


def versions(python: str | Path) -> dict[str, str]:
    """Return the versions of the peers in an interpreter."""
    script = f"import importlib.metadata as m; print(*[m.version(n) for n in {PEERS!r}])"
    told = subprocess.run([str(python), "-c", script], capture_output=True, text=True, check=True).stdout
    return dict(zip(PEERS, told.split(), strict=True))


def main() -> int:
    """Measure, print the table, store it; say where a promise is not kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", help="interpreter that has the peers; default: one is made")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--slow-rounds", type=int, default=3, help="rounds of the peers on small inputs")
    asked = parser.parse_args()
    where = circumstances()
    names = [name for name, _, _, _ in PROGRAMS]
    with tempfile.TemporaryDirectory(prefix="trialrun-tracing-") as work:
        place = Path(work)
        python = asked.python or made_python(place / "peers", *PEERS)
        peers = versions(python)
        measured = run_worker(python, place, asked.rounds, asked.slow_rounds)
    table = {**ratios(measured["times"], names), **ratios(measured["small"], names)}
    print(f"Python {measured['python']}, {asked.rounds} rounds, {peers}")
    print(f"{'way':<24}{'all ten':>10}{'95 % interval':>18}{'published five':>16}")
    for way, row in table.items():
        every, five = row["all"], row["published five"]
        interval = f"{every['low']:.2f}–{every['high']:.2f}"
        print(f"{way:<24}{every['median']:>10.2f}{interval:>18}{five['median']:>16.2f}")
    print("coverage.py used: " + ", ".join(f"{core}: {used}" for core, used in measured["cores"].items()))
    print("packing, ns an event: " + ", ".join(f"{k} {v:.0f}" for k, v in measured["packing_ns"].items()))
    broken = [way for way, most in PROMISED.items() if table[way]["all"]["median"] > most]
    for way in broken:
        print(f"not kept: {way} {table[way]['all']['median']:.2f}, promised {PROMISED[way]}")
    long = memory()
    for level, row in long.items():
        print(f"memory of {EVENTS:,} events, {level}: {row}")
    result = {
        "memory": long,
        "python": measured["python"],
        "peers": peers,
        "rounds": asked.rounds,
        "ratios": table,
        "coverage_cores": measured["cores"],
        "packing_ns_per_event": measured["packing_ns"],
        "promised": PROMISED,
    }
    print(f"stored in {store('tracing', result, where=where)}")
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Missing, UsageError) as error:
        sys.exit(f"error: {error}")
