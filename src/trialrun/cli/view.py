"""`trialrun view`: a run directory as a report: HTML, JUnit XML, and the table."""

from pathlib import Path

from trialrun.cli.output import print_json, print_rich
from trialrun.core.printable import printable


def view(
    directory: Path,
    /,
    *,
    output: Path | None = None,
    junit: Path | None = None,
    no_source: bool = False,
    trace: tuple[str, ...] = (),
    python: str | None = None,
    json: bool = False,
) -> None:
    """Write the report of a run: one HTML file that opens anywhere, offline.

    Prints the run's table and where the report is. With --trace, programs are run once more.

    Parameters
    ----------
    directory
        Run directory, finished or not.
    output
        HTML file to write; default: report.html in the run directory.
    junit
        Write JUnit XML to this file; then HTML only where --output asks for it too.
    no_source
        Leave the candidates' sources out of the report.
    trace
        Sample whose first failing case is traced and can be stepped through, as TASK-SAMPLE (may be given several
        times); `failed`: the first 25 failing ones.
    python
        Interpreter or virtual environment that runs them; default: the interpreter that runs trialrun.
    json
        Print the paths of what was written as one JSON document.
    """
    from trialrun.measure.table import render
    from trialrun.report import html
    from trialrun.report import junit as xml
    from trialrun.report.document import read_document

    page = output or (directory / html.REPORT if junit is None else None)
    document = read_document(directory, source=page is not None and not no_source)
    if trace:
        from trialrun.report.failing_traces import with_traces

        document = with_traces(document, directory, trace, python=python)
    written: dict[str, str] = {}
    if junit is not None:
        written["junit"] = str(html.write_text(junit, xml.render(document)))
    if page is not None:
        written["html"] = str(html.write_text(page, html.render(document)))
    if json:
        print_json(written)
        return
    print_rich(render(document.summary))
    for line in (*document.notes, *(f"{kind}: {path}" for kind, path in written.items())):
        print(printable(line, 4000))  # unwrapped, so that a path can be copied
