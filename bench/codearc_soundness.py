"""The equivalence search on CodeARC's functions: no "different" on a function and itself; mutants killed at equal CPU.

    python -m bench.codearc_soundness                              soundness alone, all functions
    python -m bench.codearc_soundness --power 100 --pynguin PYTHON     and power, beside Pynguin 0.48

*Soundness*: each function against itself, from its recorded inputs, under the strictest rules (types, arguments after
the call, output, types of exceptions). Anything but "no difference" is listed. Functions whose source mentions chance
or the clock are also searched with these not frozen: then "not steady" is right and "different" still is not.

*Power*: functions drawn by a committed seed among those that only compute (Pynguin runs in this machine's own process:
no import but of pure modules, no name that reaches files, processes or code), each with mutants. Pynguin makes tests
from the source; the search is given the recorded inputs, and for all mutants of a function together the CPU time that
Pynguin took for that function, start-up included. A mutant may be equivalent: both miss it.

Leaves out: solving (`compare/oracle_service.py` answers a solver).
"""

import argparse
import ast
import random
import re
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import pynguin
from bench.measuring import circumstances, store
from trialrun.compare.difference import Comparison
from trialrun.compare.differential import NOT_LOADED, UNSTEADY, Differential
from trialrun.core.errors import Missing, UsageError
from trialrun.lang.drivers import function_subject
from trialrun.lang.imports import imported_modules
from trialrun.lang.mutants import mutants
from trialrun.lang.scopes import Unparseable, parse
from trialrun.probe.proposer import Origin, Seed
from trialrun.run.environments import interpreter_for
from trialrun.run.interpreter import find_interpreter
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.tasks import codearc
from trialrun.tasks.codearc import Function

DRAW_SEED = 20261125
"""Which functions the power is measured on."""
CHANCE = re.compile(r"\b(random|secrets|uuid|time|datetime|urandom|perf_counter|shuffle)\b")
PURE = {
    "abc", "bisect", "collections", "copy", "dataclasses", "decimal", "enum", "fractions", "functools", "heapq",
    "itertools", "json", "math", "operator", "re", "statistics", "string", "textwrap", "typing", "unicodedata",
}  # fmt: skip
"""Modules that only compute."""
REACHING = {
    "open", "exec", "eval", "compile", "__import__", "input", "globals", "locals", "vars", "getattr", "setattr",
    "breakpoint", "exit", "quit", "help", "delattr", "print_function",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """One function's mutants and who told them apart."""

    id: int
    entry: str
    mutants: int
    ours: int
    pynguins: int
    both: int
    ours_cpu_s: float
    pynguin_cpu_s: float
    sizes: tuple[int, ...]
    """Characters of the arguments of each counterexample."""
    tests: bool
    """Whether Pynguin made any test."""


def seeds_of(function: Function) -> list[Seed]:
    """Return the recorded inputs as seeds."""
    return [Seed(case=case, origin=Origin.RECORDED) for case in function.inputs]


def against_itself(
    sandbox: Sandbox, function: Function, settings: Differential
) -> tuple[Comparison | None, str]:
    """Return the comparison of a function with itself, or why there is none."""
    try:
        one, two = (function_subject(function.source, function.entry) for _ in range(2))
    except UsageError as error:
        return None, str(error)
    place = sandbox.importing(["numpy"]) if "numpy" in imported_modules(function.source) else sandbox
    return settings.search(place, one, two, seeds_of(function)), ""


def soundness(sandbox: Sandbox, functions: Sequence[Function], inputs: int, cpu_s: float) -> dict[str, Any]:
    """Search every function against itself; return what was not "no difference"."""
    result: dict[str, Any] = {
        name: {} for name in ("different", "unsteady", "does_not_load", "without_inputs")
    }
    chance: dict[str, str] = {}
    tried, spent = [], 0.0
    for function in functions:
        for frozen in (True, False):
            if not frozen and not CHANCE.search(function.source):
                continue
            settings = Differential(inputs=inputs, cpu_s=cpu_s, frozen=frozen)
            came, fault = against_itself(sandbox, function, settings)
            name = f"{function.id} {function.entry}" + ("" if frozen else ", not frozen")
            if came is None:
                result["does_not_load"][name] = fault
                continue
            spent += came.cpu_s
            if frozen:
                tried.append(came.inputs)
            if came.difference is not None:
                found = came.difference
                result["different"][name] = f"{found.kind} in {found.what} on {found.case.args!r}"[:300]
            elif came.why == UNSTEADY:
                (result["unsteady"] if frozen else chance)[name] = came.why
            elif came.why == NOT_LOADED:
                result["does_not_load"][name] = came.why
            elif came.inputs == 0:
                result["without_inputs"][name] = came.why
    return result | {
        "functions": len(functions),
        "unsteady_where_not_frozen": chance,
        "inputs_median": statistics.median(tried or [0]),
        "inputs_sum": sum(tried),
        "cpu_s": round(spent, 1),
    }


def only_computes(function: Function) -> bool:
    """Say whether a source imports pure modules only and names nothing that reaches further."""
    tree = parse(function.source)
    if isinstance(tree, Unparseable):
        return False
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    odd = any(name.startswith("__") and name not in ("__init__", "__name__") for name in names)
    return set(imported_modules(function.source)) <= PURE and not names & REACHING and not odd


def drawn(functions: Sequence[Function], count: int, seed: int = DRAW_SEED) -> list[Function]:
    """Return the functions on which power is measured, in the order of their ids."""
    fit = [one for one in functions if not one.excluded and one.inputs and only_computes(one)]
    return sorted(random.Random(seed).sample(fit, min(count, len(fit))), key=lambda one: one.id)


def against(
    sandbox: Sandbox, interpreter: str, function: Function, *, wanted: int, cpu_s: float, folder: Path
) -> Against | None:
    """Let both look for a function's mutants; None where it has none."""
    made = mutants(function.source, function.entry, limit=wanted, seed=DRAW_SEED)
    if not made:
        return None
    suite = pynguin.make_tests(interpreter, function.source, folder, cpu_s=cpu_s, seed=0)
    theirs = pynguin.killed(interpreter, suite.tests, function.source, [one.source for one in made])
    share = suite.usage.cpu_s / len(made)
    original = function_subject(function.source, function.entry)
    ours, sizes, spent = [], [], 0.0
    for mutant in made:
        other = function_subject(mutant.source, function.entry)
        came = Differential(cpu_s=share).search(sandbox, original, other, seeds_of(function))
        spent += came.cpu_s
        ours.append(came.difference is not None)
        if came.difference is not None:
            sizes.append(len(repr(came.difference.case.args)))
    return Against(
        id=function.id,
        entry=function.entry,
        mutants=len(made),
        ours=sum(ours),
        pynguins=sum(theirs),
        both=sum(a and b for a, b in zip(ours, theirs, strict=True)),
        ours_cpu_s=round(spent, 3),
        pynguin_cpu_s=round(suite.usage.cpu_s, 3),
        sizes=tuple(sizes),
        tests=bool(suite.tests),
    )


def power(
    sandbox: Sandbox, interpreter: str, functions: Sequence[Function], wanted: int, cpu_s: float
) -> dict[str, Any]:
    """Measure mutant kills of both on some functions; return rates, CPU time and sizes of counterexamples."""
    rows: list[Against] = []
    for function in functions:
        with tempfile.TemporaryDirectory() as folder:
            row = against(sandbox, interpreter, function, wanted=wanted, cpu_s=cpu_s, folder=Path(folder))
        if row is not None:
            rows.append(row)
            print(
                f"{row.id:>5} {row.entry[:40]:<40} {row.mutants} mutants: {row.ours}, Pynguin {row.pynguins}",
                flush=True,
            )
    total = sum(row.mutants for row in rows)
    sizes = [size for row in rows for size in row.sizes]
    return {
        "functions": len(rows),
        "mutants": total,
        "killed": sum(row.ours for row in rows),
        "killed_by_pynguin": sum(row.pynguins for row in rows),
        "killed_by_both": sum(row.both for row in rows),
        "kill_rate": round(sum(row.ours for row in rows) / max(1, total), 4),
        "kill_rate_of_pynguin": round(sum(row.pynguins for row in rows) / max(1, total), 4),
        "better_on": sum(row.ours > row.pynguins for row in rows),
        "worse_on": sum(row.ours < row.pynguins for row in rows),
        "cpu_s": round(sum(row.ours_cpu_s for row in rows), 1),
        "cpu_s_of_pynguin": round(sum(row.pynguin_cpu_s for row in rows), 1),
        "without_tests": sum(not row.tests for row in rows),
        "counterexample_characters_median": statistics.median(sizes or [0]),
        "rows": [asdict(row) for row in rows],
    }


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--functions", type=int, help="only the first so many")
    parser.add_argument("--inputs", type=int, default=100, help="inputs a function, for soundness")
    parser.add_argument("--cpu", type=float, default=0.3, help="CPU seconds a function, for soundness")
    parser.add_argument("--power", type=int, default=0, help="functions to measure power on")
    parser.add_argument("--mutants", type=int, default=6, help="mutants a function")
    parser.add_argument("--search", type=float, default=2.0, help="CPU seconds that Pynguin gets at least")
    parser.add_argument("--pynguin", help="the interpreter that has pynguin")
    parser.add_argument("--soundness", action=argparse.BooleanOptionalAction, default=True)
    arguments = parser.parse_args()
    where = circumstances()
    functions = codearc.functions()[: arguments.functions]
    try:
        python = interpreter_for(
            [codearc.NUMPY], None, named=None, tell=lambda text: print(text, file=sys.stderr)
        )
    except Missing as missing:
        print(f"without numpy, for eight functions: {missing}", file=sys.stderr)
        python = find_interpreter(None)
    result: dict[str, Any] = {"settings": vars(arguments) | {"pynguin": bool(arguments.pynguin)}}
    failed = False
    with Sandbox(Isolation(python=python)) as sandbox:
        if arguments.soundness:
            found = soundness(sandbox, functions, arguments.inputs, arguments.cpu)
            result["soundness"] = found
            failed = bool(found["different"])
            for name, rows in found.items():
                print(f"{name}: {rows if not isinstance(rows, dict) else f'{len(rows)} {rows}'}", flush=True)
        if arguments.power:
            some = drawn(functions, arguments.power)
            interpreter = pynguin.python(arguments.pynguin)
            result["power"] = power(sandbox, interpreter, some, arguments.mutants, arguments.search)
            print(*(f"{name}: {it}" for name, it in result["power"].items() if name != "rows"), sep="\n")
    name = "codearc_soundness" if arguments.soundness else "codearc_power"
    print(store(name, result, where=where))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
