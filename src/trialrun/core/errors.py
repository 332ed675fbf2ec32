"""Every error trialrun raises on purpose.

    TrialrunError
    ├── UsageError       what you wrote cannot be meant: says what is accepted and the nearest name   (exit 2)
    ├── Missing          a tool, extra, key or data set is not here: says the line that brings it     (exit 2)
    └── BoundaryError    something outside the program failed: the machine, not the candidate         (exit 3)
        ├── SandboxError     a job could not be started or supervised
        ├── StoreError       the run directory could not be read or written
        └── ModelError       a model did not answer, or not in a way that can be used (`models/`)

A failing candidate is data (`Execution`, `Judgement`), never one of these. Bugs of ours propagate unchanged.
"""

import difflib
from collections.abc import Iterable


class TrialrunError(Exception):
    """Base of the errors that a caller may show to a user as one line."""

    exit_code = 3


class UsageError(TrialrunError):
    """What the user wrote is not accepted."""

    exit_code = 2


class Missing(TrialrunError):
    """Something that must be present is not; `install` is the command that brings it."""

    exit_code = 2

    def __init__(self, what: str, install: str) -> None:
        super().__init__(f"{what}\n  to get it: {install}")
        self.what = what
        self.install = install


class BoundaryError(TrialrunError):
    """The machine under trialrun failed; no verdict may be formed from this."""


class SandboxError(BoundaryError):
    """A sandboxed job could not be started or supervised."""


class StoreError(BoundaryError):
    """A run directory could not be read or written."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint ` (did you mean 'a' or 'b'?)` for a misspelt name, or an empty string."""
    found = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" (did you mean {' or '.join(repr(f) for f in found)}?)" if found else ""
