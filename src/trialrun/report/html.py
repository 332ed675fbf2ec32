"""`write`: a run directory as one HTML file that needs nothing else, offline and from `file://`.

The page is a fixed skeleton, style sheet and script (`assets/`) around one block of JSON. A content-security policy
admits exactly that style sheet and that script, by hash, and no request of any kind. Whatever a candidate or a data
set wrote is in the JSON only: ASCII, with `<`, `>` and `&` as escapes, so that nothing in it can end the block. The
script reads it with `JSON.parse` and puts it into the page as text nodes; Trusted Types forbid every other way.

The list keeps only visible rows in the page and a source is coloured when it is opened, so ten thousand samples
stay quick (a plain reading of a 20 MB file).

Leaves out: figures (`measure/`), a server, and looking at several runs at once. The policy cannot forbid a page to
navigate (a link, a refresh): against that stands only that no markup of theirs is ever parsed.
"""

import base64
import hashlib
import html
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from trialrun.core.errors import StoreError, UsageError
from trialrun.core.printable import printable
from trialrun.core.task import TaskSet
from trialrun.report.document import Document, link, read_document
from trialrun.store.atomic import write_atomically

REPORT = "report.html"
"""Name of the report inside its run directory."""

SCRIPTS = ("dom.js", "highlight.js", "list.js", "overview.js", "candidate.js", "main.js")
"""Parts of the one script, in order; they share one scope."""

STEPPER_SCRIPTS = ("trace_model.js", "stepper.js", "trace_page.js")
"""Parts that come before the last one where the report has traces."""

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\x7f": "\\u007f"}


def write(
    directory: Path, output: Path | None = None, *, source: bool = True, tasks: TaskSet | None = None
) -> Path:
    """Write the report of a run directory to `output` (default: `report.html` inside it); return its path.

    `tasks` is the run's task set where the caller has it at hand. Raises `UsageError` where `directory` is no run
    directory, `StoreError` where one cannot read or write.
    """
    output = output or directory / REPORT
    return write_text(output, render(read_document(directory, source=source, tasks=tasks)))


def fragment(task_id: str, sample: int) -> str:
    """Return what follows `#` in the address that opens a sample in a report.

    >>> fragment("HumanEval/3", 0), fragment("a b", 1)
    ('HumanEval/3-0', 'a%20b-1')
    """
    return quote(link(task_id, sample), safe="/-_.!~*'()", errors="replace")


def write_text(output: Path, text: str) -> Path:
    """Replace the file `output` in one step; raise `UsageError` for an impossible place, else `StoreError`."""
    try:
        if output.is_dir() or not output.parent.is_dir():
            raise UsageError(f"cannot write {output}: it must be a file in a directory that exists")
        write_atomically(output, text.encode("utf-8"))
    except OSError as error:
        raise StoreError(f"cannot write {output}: {error.strerror}") from error
    return output


def render(document: Document) -> str:
    """Return the whole page."""
    parts = [*SCRIPTS[:-1], *(STEPPER_SCRIPTS if document.traces else ()), SCRIPTS[-1]]
    style = asset("report.css") + (asset("stepper.css") if document.traces else "")
    script = "(() => {\n'use strict';\n" + "\n".join(map(asset, parts)) + "})();\n"
    title = f"{document.summary.data_set.name} · {document.name}"
    fields = {
        "POLICY": policy(style, script),
        "TITLE": html.escape(printable(title, 200)),
        "STYLE": style,
        "SCRIPT": script,
        "DATA": embedded(document),
    }
    # In one pass: a title that looks like a placeholder stays a title.
    return re.sub("@@([A-Z]+)@@", lambda found: fields[found[1]], asset("page.html"))


def embedded(document: Document) -> str:
    r"""Return a document as JSON that may stand inside a `script` element.

    ASCII only (lone surrogates and U+2028 are escapes), and no character that HTML knows.
    """
    return embedded_text(msgspec.to_builtins(document, str_keys=True))


def embedded_text(plain: Any) -> str:
    """Return plain objects as JSON that may stand inside a `script` element; as for `embedded`."""
    text = json.dumps(plain, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for character, escape in _ESCAPES.items():  # thirty times as fast as `translate`
        text = text.replace(character, escape)
    return text


def policy(style: str, script: str) -> str:
    """Return the content-security policy that admits one style sheet and one script, and nothing else."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def asset(name: str) -> str:
    """Return a part of a page: a style sheet, a script or a skeleton."""
    return resources.files("trialrun.report").joinpath("assets", name).read_text("utf-8")
