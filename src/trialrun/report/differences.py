"""The ledger of a comparison, as text or JSON; other forms have a module each.

All texts that come from programs are hostile: they are capped and made printable here, once, as `Shown`, and every form
then escapes them in its own way.

Leaves out: Markdown and workflow commands (`pull_request.py`), SARIF (`sarif.py`), JUnit (`differences_junit.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from trialrun.compare.difference import Coverage, Difference
from trialrun.compare.ledger import Ledger, Line, State
from trialrun.core import values
from trialrun.core.execution import Execution, Outcome
from trialrun.core.parse_values import render as render_value
from trialrun.core.printable import printable
from trialrun.core.task import Case
from trialrun.store.json_text import to_json

Format = Literal["text", "markdown", "github", "json", "sarif", "junit"]
FORMATS: tuple[Format, ...] = get_args(Format)
_TEXT = 2000
"""Characters of one input or result that are shown."""
_NAMES = 20
"""Names listed of those that are new or gone."""


def render(ledger: Ledger, form: Format) -> str:
    """Return a ledger as one document."""
    if form == "text":
        return text(ledger)
    if form == "json":
        return to_json(document(ledger), indent=2).decode() + "\n"
    if form == "sarif":
        from trialrun.report import sarif

        return sarif.render(ledger)
    if form == "junit":
        from trialrun.report import differences_junit

        return differences_junit.render(ledger)
    from trialrun.report import pull_request

    return pull_request.markdown(ledger) if form == "markdown" else pull_request.commands(ledger)


@dataclass(frozen=True, slots=True)
class Shown:
    """A difference in words that may be shown anywhere after the escaping of that place."""

    input: str
    old: str
    new: str
    what: str
    """`value (strict, recorded input)`."""


def shown(difference: Difference) -> Shown:
    """Return a difference in printable words."""
    return Shown(
        input=printable(case_text(difference.case), _TEXT),
        old=printable(did(difference.old, difference.what), _TEXT),
        new=printable(did(difference.new, difference.what), _TEXT),
        what=f"{difference.what} ({difference.kind}, {difference.origin} input{_agreed(difference)})",
    )


def _agreed(difference: Difference) -> str:
    if difference.agreement is None:
        return ""
    return f", {difference.agreement[0]} of {difference.agreement[1]} accepted programs do as the old one"


def case_text(case: Case) -> str:
    """Return a case as it would be written: the arguments, or the text that is read."""
    if case.stdin is not None:
        return repr(case.stdin)
    try:
        body = render_value(values.encode_graph(case.args, limit=1 << 24)[0], limit=_TEXT + 1)
    except (values.TooLarge, RecursionError):
        return "(arguments that are too large to show)"
    return f"({body})" if case.args else "()"


def did(execution: Execution, what: str) -> str:
    """Return what a program did, as far as a difference in `what` is concerned."""
    if execution.outcome is not Outcome.RETURNED:
        return execution.ending
    if what == "stdout" or (execution.stdout and what == "outcome"):
        return execution.stdout.decode("utf-8", "backslashreplace")
    value = execution.arguments if what == "arguments" else execution.value
    return "" if value is None else render_value(value, limit=_TEXT + 1)


# -------------------------------------------------------------------------------------------------------- text


def text(ledger: Ledger) -> str:
    """Return a ledger for a terminal."""
    lines = [part for line in ledger.lines for part in line_text(line)]
    return "\n".join([*lines, *closing(ledger), ""])


def line_text(line: Line) -> Iterator[str]:
    """Yield the lines that tell of one function."""
    name = printable(f"{line.file}:{line.line} {line.name}", 300)
    if line.state is State.SKIPPED:
        yield f"{name}: skipped: {printable(line.reason, 300)}"
        return
    tried = _tried(line)
    if line.difference is None:
        yield f"{name}: no difference found ({'; '.join(part for part in (line.reason, tried) if part)})"
        return
    found = shown(line.difference)
    announced = "" if line.intended is None else f", as announced: {printable(line.intended, 200)}"
    yield f"{name}: differs in {found.what}{announced}"
    yield f"  input  {found.input}"
    yield f"  old    {found.old}"
    yield f"  new    {found.new}"
    if line.changed:
        yield f"  why    {printable('; '.join(line.changed), 500)}"
    yield f"  {'smallest of its kind' if line.difference.shrunk else 'not made smaller'} ({tried})"


def _tried(line: Line) -> str:
    comparison = line.comparison
    if comparison is None:
        return ""
    sides = _covered(comparison.old_coverage), _covered(comparison.new_coverage)
    told = (
        f"{comparison.inputs:,} inputs, {comparison.cpu_s:.1f} s CPU, branches {sides[0]} old, {sides[1]} new"
    )
    unseen = "".join(f"; not observed: {printable(what, 100)}" for what in comparison.unobserved)
    return told + unseen


def _covered(coverage: Coverage | None) -> str:
    return "unknown" if coverage is None else f"{coverage.taken}/{coverage.total}"


def closing(ledger: Ledger) -> Iterator[str]:
    """Yield what is said of all functions together."""
    yield ledger.sum
    for title, names in (("new", ledger.added), ("gone", ledger.removed)):
        if names:
            yield f"{len(names)} {title}, not compared: {listed(names)}"
    for path, why in ledger.unreadable:
        yield printable(f"not read: {path}: {why}", 400)
    if ledger.hardly_tried:
        yield f"fewer than half of the branches ran of: {listed(line.name for line in ledger.hardly_tried)}"
    for note in ledger.notes:
        yield printable(note, 400)


def listed(names: Any) -> str:
    """Return names joined by commas, the first of them where they are many."""
    known = [printable(name, 200) for name in names]
    more = f" and {len(known) - _NAMES} more" if len(known) > _NAMES else ""
    return ", ".join(known[:_NAMES]) + more


# -------------------------------------------------------------------------------------------------------- JSON


def document(ledger: Ledger) -> dict[str, Any]:
    """Return a ledger as plain data."""
    return {
        "changed": len(ledger.lines),
        "compared": ledger.count(State.COMPARED),
        "differ": ledger.count(State.DIFFERS),
        "intended": ledger.intended,
        "skipped": ledger.count(State.SKIPPED),
        "made_with": dict(ledger.facts),
        "functions": [_line(line) for line in ledger.lines],
        "added": ledger.added,
        "removed": ledger.removed,
        "unreadable": [{"file": path, "why": why} for path, why in ledger.unreadable],
        "notes": ledger.notes,
    }


def _line(line: Line) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": line.name,
        "file": line.file,
        "line": line.line,
        "state": line.state,
        "reason": line.reason,
        "changed": line.changed,
        "intended": line.intended,
    }
    comparison = line.comparison
    if comparison is None:
        return told
    told |= {
        "verdict": comparison.verdict,
        "inputs": comparison.inputs,
        "refused": comparison.refused,
        "cpu_s": round(comparison.cpu_s, 3),
        "seed": comparison.seed,
        "unobserved": comparison.unobserved,
        "coverage": {
            side: None if covered is None else {"taken": covered.taken, "total": covered.total}
            for side, covered in (("old", comparison.old_coverage), ("new", comparison.new_coverage))
        },
        "difference": None,
    }
    difference = comparison.difference
    if difference is not None:
        told["difference"] = {
            "kind": difference.kind,
            "what": difference.what,
            "origin": difference.origin,
            "agreement": difference.agreement,
            "input": case_text(difference.case),
            "old": did(difference.old, difference.what),
            "new": did(difference.new, difference.what),
            "shrunk": difference.shrunk,
        }
    return told
