"""The sets of `bench.selfpico`: questions and type errors of our own, and directories of published files.

Leaves out: bodies of functions (`bodies.py`).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Snippet:
    """One text to run."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A type error, and the same code without it."""

    name: str
    wrong: str
    right: str

    @property
    def is_open(self) -> bool:
        """Whether it is of the half that was looked at while the system was built."""
        return hashlib.sha256(self.name.encode()).digest()[0] % 2 == 0


def questions() -> tuple[list[Snippet], list[Snippet]]:
    """Return snippets in the style of a forum, and those that are no programs."""
    found = [Snippet(*part) for part in _parts(_HERE / "questions.txt")]
    return [one for one in found if not one.name.startswith("bad_")], [
        one for one in found if one.name.startswith("bad_")
    ]


def excerpts() -> list[Excerpt]:
    """Return the type errors."""
    found = []
    for name, text in _parts(_HERE / "types.txt"):
        wrong, _, right = text.partition("#====\n")
        found.append(Excerpt(name, wrong, right))
    return found


def directory(path: Path) -> list[Snippet]:
    """Return the Python files of a directory, which may be a published set."""
    return [
        Snippet(file.name, file.read_text("utf-8", "replace").replace("\r\n", "\n"))
        for file in sorted(path.rglob("*.py"))
    ]


def _parts(path: Path) -> list[tuple[str, str]]:
    found = []
    for part in path.read_text("utf-8").split("\n#---- ")[1:]:
        name, _, text = part.partition("\n")
        found.append((name, text + "\n"))
    return found
