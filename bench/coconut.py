"""Proves the tracer on published traces: CoCoNUT's executed lines, CRUXEval's final values.

    python -m bench.coconut --python /path/to/python3.12 --python /path/to/python3.13

Each of CoCoNUT's 1,083 calls (HumanEval's solutions; ClaasBeger/StructuralCodeUnderstanding) is traced in the sandbox,
once by lines alone and once with blocks and values in the same run, and compared with the published line list: exactly,
and after consecutive duplicates have been collapsed, since versions of Python repeat lines differently. CRUXEval's 800
functions are traced with values, and what the trace and the run say they returned is compared with the published
output. Stored as `bench/results/coconut.json`; exits with 1 where fewer than 1,080
calls or 800 values agree, but under Python 3.9, whose compiler moves lines and drops some.

Leaves out: the symbol form of the line lists, the advanced sets. The data is measured on and never shipped.
"""

import argparse
import ast
import csv
import gzip
import itertools
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measuring import circumstances, store
from trialrun.core import values
from trialrun.core.compare_values import Comparator, equal
from trialrun.core.errors import Missing, UsageError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Event, Level, Trace
from trialrun.observe.tracer import Recording, trace_case
from trialrun.run.interpreter import find_interpreter
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.tasks.datafiles import DataFile, locate

COCONUT = DataFile(path="coconut/HumanEval_trace.csv.gz", sha256="", version="", url="")
CRUXEVAL = DataFile(path="cruxeval/cruxeval.jsonl", sha256="", version="", url="")
WANTED_LINES, WANTED_VALUES = 1080, 800
_CALL = "trialrun_call"
_NUMBER = re.compile(r"  # \d+$", re.MULTILINE)
_PYTHON = Comparator(name="python")
_LIMITS = Limits(cpu_s=10.0)


@dataclass(frozen=True, slots=True)
class Call:
    """One published call."""

    name: str
    source: str
    """The program, and behind it a function that makes the call."""
    own_lines: int
    """Lines of the program without that function."""
    lines: list[int]


def published_calls(path: Path) -> Iterator[Call]:
    """Yield CoCoNUT's rows. The text of a call is what lies between the parentheses, or a tuple of arguments."""
    csv.field_size_limit(1 << 24)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            source = _NUMBER.sub("", row["Code_Indices"]).replace("\r\n", "\n")
            arguments = row["FunctionCall"]
            is_tuple = isinstance(ast.parse(arguments, mode="eval").body, ast.Tuple)
            call = f"{row['Name']}(*({arguments}))" if is_tuple else f"{row['Name']}({arguments})"
            whole = f"{source}\n\ndef {_CALL}():\n    return {call}\n"
            lines = [int(number) for number in ast.literal_eval(row["ExecutedLines"])]
            yield Call(row["HumanEval_ID"], whole, source.count("\n") + 1, lines)


def found_file(file: DataFile) -> Path:
    """Return where a data file lies. Raises `Missing`."""
    path = locate(file)
    if path is None:
        raise Missing(f"no {file.path}", "put it there, below a directory that TRIALRUN_DATA names")
    return path


def collapsed(lines: list[int]) -> list[int]:
    """Return a line list without consecutive duplicates."""
    return [line for line, _ in itertools.groupby(lines)]


def traced(sandbox: Sandbox, source: str, level: Level) -> Trace:
    """Return the trace of the call behind a program."""
    program = Program.from_source(source, entry=_CALL)
    return trace_case(sandbox, program, Case(args=()), _LIMITS, Recording(level=level, lines=True))


def compare_lines(sandbox: Sandbox, path: Path, level: Level) -> dict[str, Any]:
    """Return how many published traces agree, exactly and collapsed, and which do not."""
    exact = agreeing = rows = flagged = 0
    differing: list[str] = []
    for call in published_calls(path):
        rows += 1
        trace = traced(sandbox, call.source, level)
        lines = [line for line in trace.lines() if line <= call.own_lines]
        exact += lines == call.lines
        flagged += bool(trace.flags)
        if collapsed(lines) == collapsed(call.lines):
            agreeing += 1
        else:
            differing.append(call.name)
    return {"rows": rows, "exact": exact, "collapsed": agreeing, "differing": differing, "flagged": flagged}


def compare_values(sandbox: Sandbox, path: Path) -> dict[str, Any]:
    """Return how many of CRUXEval's functions return what is published, by the run and by the trace."""
    by_run = by_trace = rows = whole = flagged = 0
    differing: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        rows += 1
        source = f"{row['code']}\n\ndef {_CALL}():\n    return f({row['input']})\n"
        trace = traced(sandbox, source, Level.SUMMARIES)
        expected = values.encode(ast.literal_eval(row["output"]))
        returned = trace.execution.value if trace.execution.outcome is Outcome.RETURNED else None
        if returned is not None and equal(returned, expected, _PYTHON):
            by_run += 1
        else:
            differing.append(row["id"])
        flagged += bool(trace.flags)
        told = _returned(trace)
        if told is not None and told.is_whole:
            whole += 1
            by_trace += equal(told.data, expected, _PYTHON) is True
    return {
        "rows": rows,
        "by_run": by_run,
        "whole_in_trace": whole,
        "by_trace": by_trace,
        "differing": differing,
        "flagged": flagged,
    }


def _returned(trace: Trace) -> Any:
    """Return the value that the trace says the call returned."""
    for event in reversed(range(len(trace))):
        if trace.kind[event] == Event.RETURN:
            for binding in trace.bindings(event):
                if binding.name == "return":
                    return binding.value
    return None


def main() -> int:
    """Trace everything under each interpreter; print a table and store it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--python", action="append", default=[], help="interpreter; may be given several times"
    )
    parser.add_argument("--values", action="store_true", help="CRUXEval alone")
    asked = parser.parse_args()
    where = circumstances()
    coconut, cruxeval = found_file(COCONUT), found_file(CRUXEVAL)
    found: list[dict[str, Any]] = []
    reached = True
    for name in asked.python or [None]:
        python = find_interpreter(name)
        with Sandbox(Isolation(python=python)) as sandbox:
            row: dict[str, Any] = {"python": python.version, "tier": sandbox.tier}
            for level in () if asked.values else (Level.LINES, Level.SUMMARIES):
                lines = row[f"lines, level {level}"] = compare_lines(sandbox, coconut, level)
                is_old = python.version.startswith("3.9.")
                reached = reached and (lines["collapsed"] >= WANTED_LINES or is_old)
                names = ", ".join(sorted(set(lines["differing"])))
                print(
                    f"{python.version:<8} CoCoNUT, level {level:<10} exact {lines['exact']:>5}  "
                    f"collapsed {lines['collapsed']:>5} of {lines['rows']}  differing: {names}"
                )
            row["values"] = checked = compare_values(sandbox, cruxeval)
            reached = (
                reached
                and checked["by_run"] >= WANTED_VALUES
                and checked["by_trace"] == checked["whole_in_trace"]
            )
            print(
                f"{python.version:<8} CRUXEval  by run {checked['by_run']} of {checked['rows']}, by trace "
                f"{checked['by_trace']} of {checked['whole_in_trace']} values that it holds whole"
            )
            found.append(row)
    if not asked.values:
        print(f"stored in {store('coconut', {'rows': found}, where=where)}")
    return 0 if reached else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Missing, UsageError) as error:
        sys.exit(f"error: {error}")
