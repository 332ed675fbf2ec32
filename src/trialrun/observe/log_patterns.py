"""Variables that a log line shows by their form alone: addresses, paths, times, sizes, identifiers, numbers.

One regular expression, its alternatives in order of how much they say, is read over a line from left to right; what it
finds is a span with the category that its form names, or none where only the words around it can tell
(`log_categories.py`). The forms are those of any program's output; none belongs to one system.

Leaves out: variables that look like words (names of users, of objects), which the miner finds by how they vary.
Source: the ten categories of VALB (2023).
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """What a variable of a log line is."""

    OBJECT_ID = "OID"
    """Names one session, user, block, process: a number or code whose value only tells things apart."""
    LOCATION = "LOI"
    """Where: a path, an address, a host, a port, a line of a file."""
    OBJECT_NAME = "OBN"
    """A name that people gave: a user, a service, a class, a task."""
    TYPE = "TID"
    """Which kind: a version, a protocol, a type."""
    SWITCH = "SID"
    """One of a few states: true, false, on, off, null."""
    TIME = "TDA"
    """When, or how long."""
    RESOURCES = "CRS"
    """How much memory, disk, bandwidth, load."""
    AMOUNT = "OBA"
    """How many."""
    STATUS = "STC"
    """A code of success or failure, a signal, an error number."""
    OTHER = "OTP"
    """None of these."""


@dataclass(frozen=True, slots=True)
class Span:
    """A variable of a line: from `start` up to `end`."""

    start: int
    end: int
    category: Category | None
    """None where the form does not tell."""


_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:\s?[AP]M\b)?(?:\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\b)?"
_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.](?:\d{1,2}|[A-Z][a-z]{2})[-/.]\d{4}"
_IPV4 = r"\d{1,3}(?:\.\d{1,3}){3}"
_HOST = r"[a-z0-9_][a-z0-9_-]*"
_SEGMENT = r"[\w.@%+~$#*?&=-]"

_BEFORE = r"(?<![A-Za-z0-9_])"
_AFTER = r"(?![A-Za-z0-9_])"

_FORMS: tuple[tuple[Category | None, str], ...] = (
    (Category.LOCATION, r"\b[a-z][a-z0-9+.-]{0,30}://[^\s\"'<>,;)\]}]+"),
    (Category.TYPE, r"\bHTTP/\d(?:\.\d)?\b|\b(?:TLS|SSL)v\d(?:\.\d)?\b"),
    (Category.OBJECT_ID, rf"{_BEFORE}[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}{_AFTER}"),
    (
        Category.TIME,
        rf"\b{_DAY},? (?:{_MONTH} +\d{{1,2}}|\d{{1,2}} {_MONTH})(?:,? \d{{4}})?"
        rf"(?: {_CLOCK})?(?: [A-Z]{{3,4}})?(?: \d{{4}})?\b",
    ),
    (Category.TIME, rf"\b{_MONTH} +\d{{1,2}},? {_CLOCK}"),
    (
        Category.TIME,
        rf"(?<![\w.-])(?:{_DATE})(?:[T ,_-]+\d{{1,2}}[:.]\d{{2}}[:.]\d{{2}}(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?{_AFTER}",
    ),
    (Category.LOCATION, rf"(?<![\w:])(?:[0-9a-fA-F]{{2}}[:-]){{5}}[0-9a-fA-F]{{2}}{_AFTER}"),
    (Category.TIME, rf"(?<![\w:.-])<?{_CLOCK}(?![\w:])"),
    (
        Category.LOCATION,
        r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}:?(?:[0-9a-fA-F]{1,4})(?:%\w+)?(?![\w:])(?<=[0-9a-fA-F:]{6})",
    ),
    (Category.LOCATION, rf"(?<![\w.])(?:[\w.-]{{0,255}}/)?{_IPV4}(?::\d+|/\d+)?(?![\w.]*\w)"),
    (Category.LOCATION, rf"(?<![\w.])(?:localhost|{_HOST}(?:\.{_HOST})+)(?:/{_IPV4})?:\d{{2,5}}{_AFTER}"),
    (Category.OBJECT_NAME, r"(?<![\w.])[\w.+-]{1,255}@[\w-]+(?:\.[\w-]+)+"),
    (Category.LOCATION, r"(?<![\w])(?:[A-Za-z]:\\|\\\\)[^\s\"'<>|,;]*"),
    (Category.LOCATION, rf"(?<![\w.<>:)/])(?:~|\.{{1,2}})?/{_SEGMENT}*\w{_SEGMENT}*(?:/{_SEGMENT}*)*"),
    (Category.LOCATION, rf"(?<![\w./])(?:{_SEGMENT}{{1,255}}/){{2,}}{_SEGMENT}*\w"),
    (Category.LOCATION, rf"(?<![\w./])(?=[\w./-]{{0,255}}[\d.]\w)[A-Za-z_]{_SEGMENT}{{0,255}}/{_SEGMENT}*\w"),
    (
        Category.LOCATION,
        r"(?<![\w.@-])(?:[A-Za-z0-9_](?:[\w-]*\w)?\.)+(?:com|net|org|edu|gov|mil|io|info|biz|local|localdomain|internal|lan"
        r"|[a-z]{2})(?![\w.-]*\w)(?<!\.py)(?<!\.js)(?<!\.sh)(?<!\.so)(?<!\.rs)(?<!\.pl)",
    ),
    (Category.OBJECT_ID, rf"{_BEFORE}0[xX][0-9a-fA-F]+{_AFTER}"),
    (
        Category.RESOURCES,
        rf"{_BEFORE}\d+(?:\.\d+)? bytes(?: \(\d+(?:\.\d+)? [KMGT]i?B\))?"
        rf"|{_BEFORE}\d+(?:\.\d+)?(?: ?(?:[KMGTP]i?[Bb]|[KMG]bps)(?:/s(?:ec)?)?| B){_AFTER}",
    ),
    (Category.RESOURCES, r"(?<![\w.])\d+(?:\.\d+)?%"),
    (
        Category.TIME,
        rf"(?:(?<![\w.])|(?<=<))<?\d+(?:\.\d+)?(?:ns|us|µs|ms|msec|secs?|s|mins?|h|hrs?|d)(?![\w])|<\d+ sec{_AFTER}",
    ),
    (Category.TYPE, rf"(?<![\w.])[vV]?\d+(?:\.\d+){{2,}}(?:[-+._][\w.]+)?{_AFTER}"),
    (
        Category.OBJECT_ID,
        rf"(?<![\w.])(?:(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{{6,}}|[a-f]{{8,}}|[A-F]{{8,}}){_AFTER}",
    ),
    (None, r"(?<==)(?:\"[^\"]*\"|'[^']*')|<>"),
    (Category.STATUS, r"\bSIG(?:[A-Z]{3,4}\d?)\b"),
    (Category.SWITCH, r"(?<![\w./-])(?:true|false|True|False|TRUE|FALSE|null|NULL)(?![\w./-])"),
    (None, r"(?<![\w.])[+-]?\d+(?:[.,]\d+)*(?![\w])"),
)

_ANY = re.compile("|".join(f"(?P<f{number}>{form})" for number, (_, form) in enumerate(_FORMS)))
_CATEGORIES = {f"f{number}": category for number, (category, _) in enumerate(_FORMS)}


def spans(line: str) -> list[Span]:
    """Return the variables that the form of a line's parts shows, from left to right, none within another.

    >>> [(span.category, "pid 7 at /tmp/a"[span.start : span.end]) for span in spans("pid 7 at /tmp/a")]
    [(None, '7'), (<Category.LOCATION: 'LOI'>, '/tmp/a')]
    """
    return [
        Span(match.start(), match.end(), _CATEGORIES[str(match.lastgroup)])
        for match in _ANY.finditer(line)
        if match.end() > match.start()
    ]
