"""`Extraction`: a program out of a model's text, and the steps that led to it.

Leaves out: how it is done (`lang/extract.py`).
"""

import enum
from dataclasses import dataclass


class Step(enum.StrEnum):
    """Something that extraction did to a text."""

    SHORTENED = "shortened"
    """Longer than `extract.MAX_TEXT`; the rest was not read."""
    BLOCK = "block"
    """Taken out of a fence, a tag or a JSON document."""
    PROSE = "prose"
    """Words around or between bare code were left out."""
    CONTINUED = "continued"
    """Joined to the task's prefix."""
    INDENTED = "indented"
    """Indentation was set right."""
    MENDED = "mended"
    """Typographic characters, HTML escapes, prompts, diff marks or line numbers were undone."""
    CUT = "cut"
    """The end, which does not parse, was cut off."""
    ADDED = "added"
    """Definitions were added from the task's prefix or from other blocks."""
    TRIMMED = "trimmed"
    """Tests, example calls or a `__main__` block were removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """A program out of a text, and how it came about."""

    source: str
    steps: tuple[Step, ...] = ()
    """What was done, in order."""
    parses: bool = False
    defines: bool = False
    """Whether the entry point is defined by more than a stub; where there is no entry point, as `parses`."""
