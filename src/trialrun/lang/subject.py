"""`Subject`: a program under comparison, made callable: a function, a method, a class's protocol, a whole program.

Its `Program` ends in a driver, generated source with one plain function that takes canonical values and returns one
(`lang/drivers.py` writes it), so that whoever runs it knows calls only.

Leaves out: finding subjects in files and trees (`lang/drivers.py`, `lang/changes.py`), running them.
"""

import enum
from dataclasses import dataclass
from pathlib import Path

from trialrun.core.program import Program
from trialrun.lang.signatures import Signature


class Form(enum.StrEnum):
    """What a subject's cases are."""

    CALL = "call"
    """`Case.args` are the arguments of a function, or (constructor arguments, method arguments) of a method."""
    STDIN = "stdin"
    """`Case.stdin` is what a whole program reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A program and how to call it."""

    name: str
    """For people: `stats.py:mean`, `pkg/mod.py:Class.method`, `solution.py`."""
    program: Program
    """Source with its driver; `program.entry` is the driver's name."""
    form: Form = Form.CALL
    source: str
    """The text that was written by people: constants and examples are read from it."""
    signature: Signature | None = None
    """Parameters of the function or method; None for a whole program."""
    root: Path | None = None
    """Directory that the program imports from, shown read-only; None where the program is one file."""
    watch: tuple[str, ...] = ()
    """Names of the code files whose branches count: `solution.py`, or paths below `root`."""
