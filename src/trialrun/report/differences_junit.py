"""The ledger of a comparison as JUnit XML: one test case a changed function.

A difference is a failure; one that was announced passes, with its reason as a property; what was skipped is skipped.

Leaves out: functions that are new or gone.
"""

from collections.abc import Iterator

from trialrun.compare.ledger import Ledger, Line, State
from trialrun.report.differences import shown
from trialrun.report.junit import attribute, problem


def render(ledger: Ledger) -> str:
    """Return the whole XML document."""
    failures = sum(line.counts_against for line in ledger.lines)
    counts = f'tests="{len(ledger.lines)}" failures="{failures}" errors="0"'
    time = f'time="{sum(map(_seconds, ledger.lines)):.6f}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="trialrun" {counts} {time}>',
        f'<testsuite name="compare" {counts} skipped="{ledger.count(State.SKIPPED)}" {time}>',
        "<properties>",
        *(f"<property name={attribute(name)} value={attribute(value)}/>" for name, value in ledger.facts),
        "</properties>",
        *(part for line in ledger.lines for part in _case(line)),
    ]
    return "\n".join([*lines, "</testsuite>", "</testsuites>", ""])


def _seconds(line: Line) -> float:
    return line.comparison.cpu_s if line.comparison is not None else 0.0


def _case(line: Line) -> Iterator[str]:
    opening = (
        f"<testcase classname={attribute(line.file)} name={attribute(line.name)} file={attribute(line.file)} "
        f'line="{line.line}" time="{_seconds(line):.6f}"'
    )
    inner = ""
    if line.state is State.SKIPPED:
        inner = f"<skipped message={attribute(line.reason)}/>"
    elif line.difference is not None and line.intended is not None:
        reason = f"<property name='intended' value={attribute(line.intended or 'announced')}/>"
        inner = f"<properties>{reason}</properties>"
    elif line.difference is not None:
        found = shown(line.difference)
        body = f"input: {found.input}\nold: {found.old}\nnew: {found.new}"
        inner = problem("failure", str(line.difference.kind), f"differs in {found.what}", body)
    yield f"{opening}>{inner}</testcase>" if inner else f"{opening}/>"
