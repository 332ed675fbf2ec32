"""The ledger of a comparison for a pull request: a Markdown comment, or the workflow commands of GitHub Actions.

Hostile text stands in `<code>` elements, every character that Markdown or HTML knows as a numeric entity: nothing in it
becomes markup, a mention, a link or the end of a table cell. In workflow commands `%`, line ends, and in properties `:`
and `,` are escaped as the runner reads them; in other lines nothing is left that it takes for a command: `::` after
any blanks, or the older `##[` anywhere.

Leaves out: posting anything.
"""

from collections.abc import Iterator, Sequence

from trialrun.compare.ledger import Ledger, Line, State
from trialrun.core.printable import printable
from trialrun.report.differences import closing, shown

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,;=/()+-'\"")
_JOINER = {"@": "&#8288;", "#": "&#8288;"}
"""Put after what would become a mention or a reference once entities are text again: an invisible word joiner."""
_CELL = 300
"""Characters of one text in a table."""
_MOST = 200
"""Rows of a table; a comment is no place for more."""
_COMMENT = 60_000
"""Characters of a comment; GitHub takes 65,536."""


def markdown(ledger: Ledger) -> str:
    """Return a comment for a pull request."""
    differing = [line for line in ledger.lines if line.counts_against]
    title = "Behaviour changes" if differing else "No behaviour change found"
    parts = [f"### {title}\n\n{escaped(ledger.sum)}"]
    parts += [_section(line) for line in differing]
    announced = [
        (_name(line), escaped(line.intended or ""))
        for line in ledger.lines
        if line.state is State.DIFFERS and line.intended is not None
    ]
    skipped = [(_name(line), escaped(line.reason)) for line in ledger.lines if line.state is State.SKIPPED]
    compared = [
        (_name(line), _inputs(line), _coverage(line)) for line in ledger.lines if line.state is State.COMPARED
    ]
    parts += [
        _table("As announced", ("function", "reason"), announced),
        _table("Skipped", ("function", "reason"), skipped),
        _table("Without a difference found", ("function", "inputs", "branches run"), compared),
    ]
    parts += ["\n".join(f"- {escaped(text)}" for text in list(closing(ledger))[1:])]
    made_with = ", ".join(f"{escaped(name)} {escaped(value)}" for name, value in ledger.facts)
    parts += [f"<sub>{made_with}</sub>" if made_with else ""]
    return _capped([part for part in parts if part])


def _capped(parts: list[str]) -> str:
    """Join parts as long as they fit: a part is left out whole, so that no element stays open."""
    kept, left = "", 0
    for part in parts:
        if len(kept) + len(part) > _COMMENT:
            left += 1
        else:
            kept += ("\n\n" if kept else "") + part
    return kept + (f"\n\n{left} more sections: see the log.\n" if left else "\n")


def _section(line: Line) -> str:
    assert line.difference is not None
    found = shown(line.difference)
    rows = [("input", found.input), ("old", found.old), ("new", found.new)]
    cells = "\n".join(f"| {name} | {code(text)} |" for name, text in rows)
    why = f"\n\n<sub>{escaped('; '.join(line.changed))}</sub>" if line.changed else ""
    return f"**{_name(line)}** differs in {escaped(found.what)}\n\n| | |\n|---|---|\n{cells}{why}"


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in rows[:_MOST]]
    more = [f"\nand {len(rows) - _MOST} more"] if len(rows) > _MOST else []
    head = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    body = "\n".join([*head, *lines, *more])
    return f"<details><summary>{title}: {len(rows)}</summary>\n\n{body}\n\n</details>"


def _name(line: Line) -> str:
    return code(f"{line.file}:{line.line} {line.name}")


def _inputs(line: Line) -> str:
    return f"{line.comparison.inputs:,}" if line.comparison is not None else ""


def _coverage(line: Line) -> str:
    return "unknown" if line.coverage is None else f"{line.coverage:.0%}"


def code(text: str) -> str:
    """Return hostile text as code that stays text.

    >>> code("a|b`<img>")
    '<code>a&#124;b&#96;&#60;img&#62;</code>'
    """
    return f"<code>{escaped(text)}</code>"


def escaped(text: str) -> str:
    """Return hostile text with every character that means something as an entity."""
    plain = printable(text, _CELL)
    return "".join(char if char in _PLAIN else f"&#{ord(char)};{_JOINER.get(char, '')}" for char in plain)


# ------------------------------------------------------------------------------------------- workflow commands


def commands(ledger: Ledger) -> str:
    """Return workflow commands: a warning at a difference; a notice where it was announced, or a function skipped."""
    lines = [command for line in ledger.lines for command in _command(line)]
    return "\n".join([*lines, *(_inert(text) for text in closing(ledger)), ""])


def _command(line: Line) -> Iterator[str]:
    if line.state is State.SKIPPED:
        yield _annotation("notice", line, "Not compared", f"{line.name}: {line.reason}")
    if line.difference is None:
        return
    found = shown(line.difference)
    announced = f" (announced: {line.intended})" if line.intended is not None else ""
    what = f"{line.name} differs in {found.what}{announced}"
    message = f"{what}\ninput: {found.input}\nold: {found.old}\nnew: {found.new}"
    kind = "warning" if line.counts_against else "notice"
    yield _annotation(kind, line, "Behaviour change", message)


def _annotation(kind: str, line: Line, title: str, message: str) -> str:
    properties = f"file={_property(line.file)},line={line.line},title={_property(title)}"
    return f"::{kind} {properties}::{_data(printable(message, 4000, lines=True))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text, 500)).replace(":", "%3A").replace(",", "%2C")


def _inert(text: str) -> str:
    """Return a line that the runner does not take for a command."""
    plain = printable(text, 4000).replace("##[", "## [")
    return f"- {plain}" if plain.lstrip().startswith("::") else plain
