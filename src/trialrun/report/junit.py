"""`write`: a run directory as JUnit XML, the form that CI servers read.

One test case per candidate and check: a fail is a `failure`, an unknown verdict and a sample that could not be
scored are an `error`, for neither is a pass. Times are CPU seconds. Whatever a candidate or a data set wrote is
escaped; characters that XML 1.0 cannot hold (controls, lone surrogates) become visible escapes, as on a terminal.

Leaves out: sources (the HTML report has them), and a schema: the format has none that its readers agree on.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict
from trialrun.core.printable import printable
from trialrun.report.document import Candidate, Document, read_document
from trialrun.report.html import write_text

TEXT = 4000
"""Most characters of one text."""


def write(directory: Path, output: Path) -> Path:
    """Write the verdicts of a run directory to `output`; return its path.

    Raises `UsageError` where `directory` is no run directory, `StoreError` where one cannot read or write.
    """
    return write_text(output, render(read_document(directory, source=False)))


def render(document: Document) -> str:
    """Return the whole XML document."""
    cases = [(candidate, judgement) for candidate in document.candidates for judgement in _judged(candidate)]
    failures = sum(judgement is not None and judgement.verdict is Verdict.FAIL for _, judgement in cases)
    errors = sum(judgement is None or judgement.verdict is Verdict.UNKNOWN for _, judgement in cases)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'
    time = f'time="{sum(_seconds(*case) for case in cases):.6f}"'
    summary = document.summary
    name = quoteattr(_legal(f"{summary.data_set.name} {summary.data_set.version}".strip()))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="trialrun" {counts} {time}>',
        f'<testsuite name={name} {counts} skipped="0" {time}>',
        "<properties>",
        *(f"<property name={attribute(key)} value={attribute(value)}/>" for key, value in document.settings),
        "</properties>",
    ]
    for candidate, judgement in cases:
        lines.extend(_case(document.tasks[candidate.task].id, candidate, judgement))
    return "\n".join([*lines, "</testsuite>", "</testsuites>", ""])


def _judged(candidate: Candidate) -> tuple[Judgement | None, ...]:
    """Return a candidate's judgements, or None in their place where it has no verdict."""
    return candidate.checks if candidate.unscored is None and candidate.checks else (None,)


def _seconds(candidate: Candidate, judgement: Judgement | None) -> float:
    return candidate.cpu_s if judgement is None else judgement.cpu_s + judgement.tester_cpu_s


def _case(task: str, candidate: Candidate, judgement: Judgement | None) -> Iterator[str]:
    name = f"sample {candidate.sample}" + (f" · {judgement.check}" if judgement is not None else "")
    opening = (
        f"<testcase classname={attribute(task)} name={attribute(name)} "
        f'time="{_seconds(candidate, judgement):.6f}"'
    )
    if judgement is None:
        yield f"{opening}>{problem('error', 'unscored', candidate.unscored or 'no verdict', '')}</testcase>"
        return
    note = "<properties><property name='strength' value='weak'/></properties>"
    inner = note if judgement.strength is Strength.WEAK else ""
    if judgement.verdict is not Verdict.PASS:
        kind = "failure" if judgement.verdict is Verdict.FAIL else "error"
        cases = "\n\n".join(map(_told, judgement.evidence))
        first = judgement.evidence[0].message if judgement.evidence else ""
        inner += problem(
            kind, str(judgement.outcome), first or f"{judgement.check}: {judgement.verdict}", cases
        )
    yield f"{opening}>{inner}</testcase>" if inner else f"{opening}/>"


def problem(element: str, kind: str, message: str, text: str) -> str:
    """Return a `failure` or `error` element; `text` may have several lines."""
    body = escape(_legal(text, lines=True))
    return f"<{element} type={attribute(kind)} message={attribute(message)}>{body}</{element}>"


def _told(evidence: Evidence) -> str:
    parts = {
        "input": evidence.input,
        "expected": evidence.expected,
        "got": evidence.got,
        "message": evidence.message,
    }
    shown = [f"{name}: {text}" for name, text in parts.items() if text]
    return "\n".join([f"case {evidence.case}: {evidence.outcome}", *shown])


def attribute(text: str) -> str:
    """Return hostile text as a quoted attribute value."""
    return quoteattr(_legal(text))


def _legal(text: str, *, lines: bool = False) -> str:
    """Replace what XML 1.0 cannot hold, and what would deceive a reader, by visible escapes."""
    return printable(text, TEXT, lines=lines)
