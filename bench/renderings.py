"""Renderings of real traces: every monologue replayed, every scratchpad read back, every change of one refused.

    python -m bench.renderings [--limit N]

The programs are the 800 of CRUXEval, each called on its published input in the sandbox. For each trace: whether the
forward and the backward monologue pass the replay check; whether they are refused after one change (a digit, a sentence
less, one twice, two exchanged); whether the scratchpad, plain and concise, reads back to itself; whether the file for
Perfetto is well formed; and how long a trace takes with all its renderings, in CPU time of both processes.

Leaves out: what a model would make of them.
"""

import argparse
import ast
import random
import resource
import statistics
from collections import Counter
from typing import Any

from bench.measuring import circumstances, store
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import Case, PredictionCheck
from trialrun.core.trace import Trace
from trialrun.lang.literal_calls import expression, read_arguments
from trialrun.observe.monologue import Direction, claims, text_of
from trialrun.observe.replay import refusal
from trialrun.observe.scratchpad import parse, scratchpad, write
from trialrun.observe.tracer import Recording, trace_case
from trialrun.report.perfetto import document
from trialrun.report.stepper import render
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import registry

CHANGES = 5
"""Changed monologues for each direction of each trace."""
DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")


def checks(limit: int | None) -> list[PredictionCheck]:
    """Return the published calls with their programs."""
    tasks = registry.load("cruxeval").tasks[:limit]
    return [one for task in tasks for one in task.hidden_checks if isinstance(one, PredictionCheck)]


def changed(lines: list[str], chance: random.Random) -> list[str]:
    """Return sentences with one small change; the same where the change chosen does not apply."""
    lines = list(lines)
    place = chance.randrange(len(lines))
    what = chance.randrange(4)
    if what == 0:
        del lines[place]
    elif what == 1:
        lines.insert(place, lines[place])
    elif what == 2:
        other = chance.randrange(len(lines))
        lines[place], lines[other] = lines[other], lines[place]
    else:
        line = lines[place]
        digits = [at for at, one in enumerate(line) if one.isdecimal() and one.isascii()]
        if digits:
            at = chance.choice(digits)
            lines[place] = line[:at] + str((int(line[at]) + 1) % 10) + line[at + 1 :]
    return lines


def examined(trace: Trace, chance: random.Random, found: Counter[str]) -> None:
    """Add what the renderings of one trace showed."""
    for direction in DIRECTIONS:
        told = text_of(claims(trace, direction), direction)
        found[f"{direction} monologues"] += 1
        found[f"{direction} monologues that pass"] += refusal(told, trace, direction) is None
        found["sentences"] += told.count("\n")
        lines = told.splitlines()
        for _ in range(CHANGES if lines else 0):
            other = changed(lines, chance)
            if other != lines:
                found["changed monologues"] += 1
                found["changed monologues refused"] += (
                    refusal("\n".join(other) + "\n", trace, direction) is not None
                )
    for concise in (False, True):
        pad = scratchpad(trace, concise=concise)
        text = write(pad)
        found["scratchpads"] += 1
        found["scratchpads that read back"] += parse(text) == pad and write(parse(text)) == text
    found["files for Perfetto"] += bool(document(trace)["traceEvents"])
    found["pages"] += len(render(trace)) > 0
    found["flagged traces"] += bool(trace.flags)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Print and store the counts; exit 0 where everything passed that has to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int)
    where = circumstances()
    found: Counter[str] = Counter()
    outside: list[float] = []
    inside: list[float] = []
    with Sandbox() as sandbox:
        for number, check in enumerate(checks(parser.parse_args().limit)):
            call = expression(f"{check.entry}({check.call})")
            given = read_arguments(call) if isinstance(call, ast.Call) else None
            if given is None or given.named:
                found["calls that are not plain"] += 1
                continue
            began = _cpu()
            program = Program.from_source(check.source, entry=check.entry)
            trace = trace_case(
                sandbox, program, Case(args=tuple(given.positional)), Limits(), Recording(lines=True)
            )
            examined(trace, random.Random(number), found)
            outside.append(_cpu() - began)
            inside.append(trace.execution.cpu_s)
            found["traces"] += 1
    result: dict[str, Any] = {
        **found,
        "cpu_ms_mean": 1000 * statistics.fmean(outside),
        "cpu_ms_of_the_call_mean": 1000 * statistics.fmean(inside),
    }
    for name, value in result.items():
        print(f"{name:<34}{value:>12,.2f}" if isinstance(value, float) else f"{name:<34}{value:>12,}")
    pairs = [(one, one + " that pass") for one in (f"{direction} monologues" for direction in DIRECTIONS)]
    pairs += [
        ("changed monologues", "changed monologues refused"),
        ("scratchpads", "scratchpads that read back"),
    ]
    passed = all(found[one] == found[two] for one, two in pairs)
    print(store("renderings", {**result, "passed": passed}, where=where))
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
