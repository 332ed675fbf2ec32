"""Changes of behaviour that were announced: by a mark at the function, or in a file of expected changes.

The file is TOML, one table a change:

    [[change]]
    name = "pkg/text.py::wrap"     # or a pattern: "pkg/text.py::*"
    reason = "wrap counts wide characters as two"

Leaves out: reading the file from disk, and saying which entries were of no use (`report/differences.py`).
"""

import fnmatch
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from trialrun.core.errors import UsageError
from trialrun.lang.changes import Changed


@dataclass(frozen=True, slots=True)
class Expected:
    """One announced change."""

    name: str
    """Name of a function, `path.py::qualname`, or a pattern with `*` and `?`; a bare qualname means any file."""
    reason: str

    def covers(self, name: str) -> bool:
        """Say whether a function is meant."""
        target = name if "::" in self.name else name.rpartition("::")[2]
        return fnmatch.fnmatchcase(target, self.name)


def read_expected(text: str) -> tuple[Expected, ...]:
    """Read a file of expected changes. Raises `UsageError` where it is not one.

    >>> read_expected('[[change]]\\nname = "f"\\nreason = "faster"')
    (Expected(name='f', reason='faster'),)
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the file of expected changes is no TOML: {error}") from None
    found = tables.get("change", [])
    if tables.keys() - {"change"} or not isinstance(found, list):
        raise UsageError(
            "a file of expected changes holds tables [[change]] with name and reason, nothing else"
        )
    return tuple(_entry(table) for table in found)


def _entry(table: object) -> Expected:
    fields = table if isinstance(table, dict) else {}
    name, reason = fields.get("name"), fields.get("reason")
    if fields.keys() != {"name", "reason"} or not (isinstance(name, str) and isinstance(reason, str)):
        raise UsageError("an expected change has a name and a reason, both text")
    if not name or not reason.strip():
        raise UsageError("an expected change needs a name and a reason that says something")
    return Expected(name, reason.strip())


def why_intended(change: Changed, expected: Iterable[Expected]) -> str | None:
    """Return the reason for which a function may behave differently; None where nobody announced it."""
    if change.intended is not None:
        return change.intended or "marked at the function"
    names = [str(place) for place in (change.new, change.old) if place is not None]
    return next((one.reason for one in expected if any(map(one.covers, names))), None)
