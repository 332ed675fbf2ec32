"""A precondition: a predicate of the user's over inputs, run in the sandbox like any program.

An input counts where the predicate returns a true bool or number; raising, hanging or anything else refuses it.

Leaves out: contracts written inside the programs themselves, which refuse by raising.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from trialrun.compare.pair import encode
from trialrun.core import values
from trialrun.core.execution import Limits, Outcome
from trialrun.core.task import Case
from trialrun.lang.subject import Subject
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving

_YES = (values.encode(True), values.encode(1))


class Precondition:
    """A served predicate. Use as a context manager: leaving ends its job."""

    def __init__(self, sandbox: Sandbox, subject: Subject, limits: Limits) -> None:
        self.subject = subject
        self.serving = Serving(sandbox, subject.program, limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.serving.__exit__(kind, error, trace)

    def holds(self, cases: Sequence[Case]) -> list[bool]:
        """Say of each case whether it may be given."""
        replies = self.serving.call(encode(self.subject, cases))
        return [
            reply.execution.outcome is Outcome.RETURNED and reply.execution.value in _YES for reply in replies
        ]

    def why_not(self) -> str | None:
        """Return how the predicate failed to load, or None."""
        return None if self.serving.failed is None else self.serving.failed.ending
