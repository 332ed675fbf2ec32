"""`NoModel`: what a method is given that asks no model. Whoever asks it nevertheless is told so.

Leaves out: answers.
"""

from collections.abc import Iterator, Sequence
from typing import NoReturn

from trialrun.core.errors import UsageError
from trialrun.models.protocol import Capability, Chunk, Request, Response, Scored


class NoModel:
    """A model that answers nothing."""

    id = "none"
    max_in_flight = 1
    capabilities: frozenset[Capability] = frozenset()

    def complete(self, request: Request) -> Response:
        """Refuse."""
        self._refuse()

    def complete_many(self, requests: Sequence[Request]) -> Iterator[tuple[int, Response]]:
        """Refuse, where anything is asked."""
        if requests:
            self._refuse()
        return iter(())

    def stream(self, request: Request) -> Iterator[Chunk]:
        """Refuse."""
        self._refuse()

    def score(self, prompt: str, continuation: str) -> Scored:
        """Refuse."""
        self._refuse()

    def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """Refuse."""
        self._refuse()

    def close(self) -> None:
        """Do nothing."""

    def _refuse(self) -> NoReturn:
        raise UsageError("there is no model: the method was declared to ask none")
