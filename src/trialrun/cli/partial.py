"""Output of `trialrun run --partial`: how far a snippet gets whose names are missing, and what was invented for it.

Leaves out: running it (`running.run_partial`).
"""

import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.text import Text

from trialrun.cli.output import print_json, print_rich, stderr_console
from trialrun.core.execution import Outcome
from trialrun.core.printable import printable
from trialrun.observe.partial import Partial
from trialrun.observe.partial_types import TypeFault
from trialrun.run.holes import Failure, Guarded

_SHOWN = 40
"""Rows of each kind that are shown as text; all of them with --json."""


def print_partial(found: Partial, *, json: bool) -> int:
    """Print what was found; return the exit code: 0 where the best run returned and no error remains."""
    if json:
        print_json(document(found))
    else:
        _show(found)
    return int(
        bool(found.explored.syntax or found.errors) or found.best.execution.outcome is not Outcome.RETURNED
    )


def document(found: Partial) -> dict[str, Any]:
    """Lay out everything for JSON."""
    explored = found.explored
    if explored.syntax:
        return {"outcome": Outcome.SYNTAX, "message": explored.syntax, "runs": 0}
    best = found.best
    return {
        "outcome": best.execution.outcome,
        "exception": best.execution.exception,
        "message": best.execution.message,
        "weak": True,
        "statements": explored.snippet.total,
        "coverage": {
            "first": explored.coverage(explored.runs[0].hits),
            "best": explored.coverage(best.hits),
            "union": explored.coverage(explored.union),
        },
        "runs": len(explored.runs),
        "lines": explored.lines(best.hits),
        "missed": explored.missed(best.hits),
        "lines_of_all_runs": explored.lines(explored.union),
        "values": [
            {"origin": v.origin, "kind": v.kind, "predictor": v.predictor, "line": v.line, "uses": v.uses}
            for v in best.report.values
        ],
        "imports": [{"module": i.module, "line": i.line, "reason": i.reason} for i in best.report.imports],
        "decisions": [
            {"what": d.what, "line": d.line, "how": d.how, "about": "invented" if d.invented else "real"}
            for d in best.report.decisions
        ],
        "guarded": [{"line": g.line, "text": g.text, "error": g.error} for g in best.report.guarded],
        "notes": list(best.report.notes),
        "called": list(dict.fromkeys(best.report.called)),
        "errors": [_error(error) for error in found.errors],
        "assumptions": [
            {"text": str(made), "origin": made.origin, "type": made.kind, "by": made.by, "why": made.why}
            for made in found.typed.assumptions
        ],
        "type_errors": [
            {**_error(fault.failure), "by": fault.by, "assuming": [str(made) for made in fault.assumptions]}
            for fault in found.typed.faults
        ],
        "model": _proposed(found),
        "stdout": best.execution.stdout.decode("utf-8", "backslashreplace"),
        "stderr": best.execution.stderr.decode("utf-8", "backslashreplace"),
        "cpu_s": found.cpu_s,
    }


def _proposed(found: Partial) -> dict[str, Any] | None:
    made = found.proposed
    if made is None:
        return None
    return {"model": made.model, "values": dict(made.values), "kept": made.kept}


def _error(error: Failure) -> dict[str, Any]:
    return {
        "type": error.type,
        "message": error.message,
        "line": error.line,
        "where": error.where or "module",
        "about": error.operands,
    }


def _show(found: Partial) -> None:
    explored = found.explored
    if explored.syntax:
        _line(f"syntax · {explored.syntax}")
        return
    best = found.best
    for output, stream in ((best.execution.stdout, sys.stdout), (best.execution.stderr, sys.stderr)):
        text = output.decode("utf-8", "backslashreplace")
        if text:
            stream.write(printable(text, 10_000, lines=True).rstrip("\n") + "\n")
    total, hit = explored.snippet.total, round(explored.coverage(best.hits) * explored.snippet.total)
    _line(f"ran {hit} of {total} statements: lines {spans(explored.lines(best.hits))}")
    if missed := explored.missed(best.hits):
        _line(f"not run: lines {spans(missed)}")
        later = sorted(set(missed) & set(explored.lines(explored.union)))
        if later:
            _line(f"run by other runs: lines {spans(later)}")
    _rows("imports substituted", (f"{i.module} (line {i.line}: {i.reason})" for i in best.report.imports))
    _rows(
        "values invented",
        (
            f"{v.origin}: {v.kind} (line {v.line}, by {v.predictor})"
            for v in best.report.values
            if v.line and (v.predictor != "universal" or not re.search(r"[.(\[]", v.origin))
        ),
    )
    _rows("results invented", map(_guarded, best.report.guarded))
    _rows(
        "decisions",
        (
            f"line {d.line}: {d.what} {d.how}" + ("" if d.invented else " (forced)")
            for d in best.report.decisions
        ),
    )
    _rows("assumed", best.report.notes)
    _rows("types assumed", (f"{made} (by {made.by}: {made.why})" for made in found.typed.assumptions))
    if (made := found.proposed) is not None:
        _line(
            f"values by model {made.model}: {len(made.values)} proposed, {'kept' if made.kept else 'not kept'}"
        )
    _rows("type errors under these", map(_fault_line, found.typed.faults))
    _rows("errors that remain", (_error_line(error) for error in found.errors))
    outcome = [str(best.execution.outcome)]
    if best.execution.exception:
        outcome.append(f"{best.execution.exception}: {best.execution.message}")
    outcome.append(f"best of {len(explored.runs)} runs, weak: the snippet shares the process that says this")
    outcome.append(f"{found.cpu_s * 1000:.0f} ms CPU")
    stderr_console().print(Text(printable(" · ".join(outcome), 600)))


def _guarded(guarded: Guarded) -> str:
    return f"line {guarded.line}: {guarded.text} ({guarded.error})"


def _error_line(error: Failure) -> str:
    where = f" in {error.where}" if error.where else ""
    about = f" (about {', '.join(error.operands[:4])})" if error.operands else ""
    return f"line {error.line}{where}: {error.type}: {error.message}{about}"


def _fault_line(fault: TypeFault) -> str:
    assuming = f", assuming {', '.join(map(str, fault.assumptions[:4]))}" if fault.assumptions else ""
    guess = " (a guess by names)" if fault.by == "names" else ""
    return _error_line(fault.failure) + assuming + guess


def _rows(title: str, rows: Iterable[str]) -> None:
    """Print a titled list, if there is anything in it."""
    lines = list(rows)
    if not lines:
        return
    _line(f"{title}:")
    for line in lines[:_SHOWN]:
        _line(f"  {line}")
    if len(lines) > _SHOWN:
        _line(f"  … {len(lines) - _SHOWN} more (--json shows all)")


def _line(text: str) -> None:
    print_rich(Text(printable(text, 400)))


def spans(lines: Sequence[int]) -> str:
    """Return line numbers as spans.

    >>> spans([1, 2, 3, 7, 9, 10])
    '1-3, 7, 9-10'
    """
    found: list[list[int]] = []
    for line in lines:
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)
