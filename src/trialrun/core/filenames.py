"""Names of the files that a task puts into a program's working directory, or expects there afterwards.

A name is a relative path with `/` between its parts, and stays below the directory whatever it is joined to: no part
is empty, `.` or `..`. What a *program* names its files is another matter (`run/child/files.py`).

Leaves out: reading and writing.
"""

from collections.abc import Iterable

LONGEST = 1024
"""Characters of a whole name."""
LONGEST_PART = 255
"""Bytes of a part, as in most file systems."""


def fault_of(name: str) -> str | None:
    """Return what is wrong with one name, or None.

    >>> fault_of("data/in.txt"), fault_of("../x"), fault_of("/x")
    (None, "has a part '..'", 'is not relative')
    """
    if name.startswith("/"):
        return "is not relative"
    if "\0" in name:
        return "holds a NUL"
    if len(name) > LONGEST:
        return f"has more than {LONGEST} characters"
    for part in name.split("/"):
        if part in ("", ".", ".."):
            return f"has a part {part!r}"
        if len(part.encode("utf-8", "surrogatepass")) > LONGEST_PART:
            return f"has a part of more than {LONGEST_PART} bytes"
        if not part.isprintable():
            return "holds a character that cannot be printed"
    return None


def fault_among(names: Iterable[str]) -> str | None:
    """Return what is wrong with some name, or with the names together: one twice, or a file above another."""
    seen: set[str] = set()
    for name in names:
        fault = fault_of(name)
        if fault is not None:
            return f"the file name {name[:60]!r} {fault}"
        if name in seen:
            return f"the file name {name[:60]!r} stands twice"
        seen.add(name)
    for name in seen:
        above = name
        while above := above.rpartition("/")[0]:
            if above in seen:
                return f"{above[:60]!r} is a file, and above {name[:60]!r}"
    return None
