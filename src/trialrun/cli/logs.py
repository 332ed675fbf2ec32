"""`trialrun logs`: logs as templates and typed variables.

The log is read once, in bounded memory. What is printed per message is printed after the end, when templates have taken
their final form; until then messages lie in a temporary file. With `--follow` each is printed as it is read.

Leaves out: the mining (`observe/logs.py`).
"""

import gzip
import io
import json as json_text
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from trialrun.cli.output import print_json, print_line, print_rich, stderr_console
from trialrun.core.errors import UsageError
from trialrun.core.printable import printable
from trialrun.observe.log_headers import AUTOMATIC, Headers
from trialrun.observe.logs import Abstracted, Abstraction, Template, categories_named

LONGEST = 65_536
"""Characters of a line that are read."""
SHOWN = 40
"""Templates that are printed; all of them with --json."""
_STDIN = Path("-")


def logs(
    files: Annotated[tuple[Path, ...], Parameter(negative="", allow_leading_hyphen=True)] = (),
    /,
    *,
    aware: str | None = None,
    to: Literal["templates", "lines"] = "templates",
    format: str = "auto",
    follow: bool = False,
    apart: bool = False,
    json: bool = False,
) -> int:
    """Draw the messages of a log together into templates; say what varies in them.

    FILE is a log, plain or .gz; several are read as one, and none or - is standard input. A traceback is one message.

    Parameters
    ----------
    files
        Log files.
    aware
        Categories whose values are kept, by commas, or all: OID object id, LOI location, OBN object name, TID type,
        SID switch, TDA time or duration, CRS computing resources, OBA amount, STC status code, OTP other.
    to
        What to print: the templates, or every message as its template.
    format
        Header of a line: auto, none, or a format such as "<Date> <Time> <Level> <Content>".
    follow
        With --to lines: print each message as soon as it is read; its template may still change.
    apart
        Take every line by itself, lines of tracebacks too.
    json
        Print JSON: one document, or with --to lines one document a line.
    """
    if follow and to != "lines":
        raise UsageError("--follow prints messages as they are read: it goes with --to lines")
    headers = {"auto": AUTOMATIC, "none": None}[format] if format in ("auto", "none") else Headers.of(format)
    abstraction = Abstraction(aware=categories_named(aware) if aware else (), headers=headers, fold=not apart)
    messages = abstraction.read(_lines(files or (_STDIN,)))
    if to == "lines":
        for number, line in _final(abstraction, messages) if not follow else _now(abstraction, messages):
            _print_message(number, line, json=json)
        return 0
    read = sum(1 for _ in messages)
    templates = abstraction.templates()
    if json:
        print_json(
            {"messages": read, "templates": [_document(one) for one in templates], **_dropped(abstraction)}
        )
        return 0
    _show(templates, read, bool(aware))
    if abstraction.forgotten:
        stderr_console().print(
            f"{abstraction.forgotten:,} templates that were met long ago had to go, and are not shown"
        )
    return 0


def _lines(files: Sequence[Path]) -> Iterator[str]:
    """Yield the lines of some files, none longer than `LONGEST`. Raises `UsageError` for a file that cannot be read."""
    for path in files:
        if path != _STDIN and str(path).startswith("-"):
            raise UsageError(f"unknown option {path} (a file of that name is ./{path})")
        try:
            with _open(path) as stream:
                rest = False
                while line := stream.readline(LONGEST):
                    if not rest:
                        yield line
                    rest = not line.endswith("\n")
        except (OSError, EOFError, zlib.error) as error:
            raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _open(path: Path) -> IO[str]:
    if path == _STDIN:
        return io.TextIOWrapper(
            open(sys.stdin.fileno(), "rb", closefd=False), encoding="utf-8", errors="replace", newline="\n"
        )
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="\n")
    return path.open(encoding="utf-8", errors="replace", newline="\n")


_Line = tuple[int, dict[str, Any]]


def _now(abstraction: Abstraction, messages: Iterator[Abstracted]) -> Iterator[_Line]:
    for one in messages:
        yield abstraction.number(one), _message(abstraction, one)


def _final(abstraction: Abstraction, messages: Iterator[Abstracted]) -> Iterator[_Line]:
    """Read everything, then yield each message with what its template is at the end."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass") as spool:
        for one in messages:
            kept = [one.cluster.number, one.line, one.lines, one.message]
            spool.write(json_text.dumps(kept) + "\n")
        spool.seek(0)
        for text in spool:
            number, line, lines, message = json_text.loads(text)
            cluster = abstraction.cluster(number)
            if cluster is None:
                yield (
                    number,
                    {"line": line, "lines": lines, "template": number, "text": message, "variables": []},
                )
            else:
                yield cluster.number, _message(abstraction, Abstracted(line, lines, cluster, message, ()))


def _message(abstraction: Abstraction, one: Abstracted) -> dict[str, Any]:
    values = abstraction.values(one)
    return {
        "line": one.line,
        "lines": one.lines,
        "template": abstraction.number(one),
        "text": abstraction.line(one),
        "variables": [{"category": value.category, "value": value.text} for value in values],
    }


def _print_message(number: int, message: dict[str, Any], *, json: bool) -> None:
    if json:
        print_line(message)
    else:
        print(f"{number}\t{printable(message['text'], 4000)}")


def _document(template: Template) -> dict[str, Any]:
    return {
        "number": template.number,
        "text": template.text,
        "aware": template.aware,
        "count": template.count,
        "first": template.first,
        "variables": [
            {"category": one.category, "values": dict(one.values), "exact": one.exact}
            for one in template.variables
        ],
    }


def _dropped(abstraction: Abstraction) -> dict[str, int]:
    return {"forgotten": abstraction.forgotten}


def _show(templates: Sequence[Template], read: int, aware: bool) -> None:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="")
    table.add_column("messages", justify="right")
    table.add_column("first line", justify="right")
    table.add_column("template", overflow="fold")
    for template in templates[:SHOWN]:
        text = template.aware if aware else template.text
        table.add_row(f"{template.count:,}", f"{template.first:,}", Text(printable(text, 400)))
    print_rich(table)
    more = f", {SHOWN} of them shown" if len(templates) > SHOWN else ""
    print_rich(Text(f"{read:,} messages, {len(templates):,} templates{more}"))
