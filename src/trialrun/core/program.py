"""`Program`: an immutable tree of source files with an entry point, known by its content.

Leaves out: parsing, editing (`lang/`), running (`run/`). Nothing edits a Program; an edit makes a new one.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, kw_only=True)
class Program:
    """Source files, language, entry point and where they came from."""

    files: tuple[tuple[str, str], ...]
    """(relative path, text) pairs, sorted by path; the first Python file is the main one."""
    entry: str | None = None
    """Name of the function to call; None for a whole program that reads stdin."""
    language: str = "python"
    maker: str = ""
    """Who made it: `samples`, `reference`, or a method's id."""
    parents: tuple[str, ...] = ()
    """Ids of the programs this one was made from."""

    @classmethod
    def from_source(cls, source: str, *, entry: str | None = None, maker: str = "") -> "Program":
        """Make a one-file Python program."""
        return cls(files=(("solution.py", source),), entry=entry, maker=maker)

    @property
    def source(self) -> str:
        """Text of the main file."""
        return self.files[0][1]

    @cached_property
    def id(self) -> str:
        """Content hash (sha256, 16 hex digits) of files, language and entry point."""
        digest = hashlib.sha256()
        for part in (self.language, self.entry or "", *(text for pair in self.files for text in pair)):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "little") + data)
        return digest.hexdigest()[:16]
