"""`Replay` and `Recorded`: answers written down once, given again without any model.

`Recorded` stands around a model and keeps every (request, response) in an `AnswerFile`; `Replay` answers from
such a file. Since the key of a request is its content and the model's id, a replayed run asks the same
questions and gets the same bytes back. A question that is not in the file is an error, never a call.

Leaves out: streams (a replayed stream is one chunk), scores and vectors, which are passed through unrecorded.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from trialrun.core.errors import UsageError
from trialrun.core.printable import printable
from trialrun.models.answers import AnswerFile
from trialrun.models.in_flight import in_flight
from trialrun.models.protocol import Capability, Chunk, Model, ModelError, Request, Response, Scored, require
from trialrun.models.scripted import asked_text
from trialrun.models.wrap import Wrapper

REPLAYED = frozenset({Capability.SCHEMA, Capability.GRAMMAR, Capability.LOGPROBS, Capability.STREAM})
"""What a recording can hold; the recorded model may have had less."""


class Recorded(Wrapper):
    """Keep what the inner model answers."""

    def __init__(self, inner: Model, path: Path) -> None:
        """Record into `path`; a file may hold one model's answers only, for its keys carry that model's id."""
        super().__init__(inner)
        self._file = AnswerFile(path)
        before = self._file.about("model")
        if before is not None and before != inner.id:
            self._file.close()
            raise UsageError(f"{path} records {before}, not {inner.id}: record into another file")
        if before is None:
            self._file.describe("model", inner.id)

    def complete(self, request: Request) -> Response:
        """Ask the inner model and keep its answer; one that a budget refused is no answer."""
        response = self.inner.complete(request)
        if response.exhausted is None:
            self._file.put(request.key(self.id), self.id, request, response)
        return response

    def stream(self, request: Request) -> Iterator[Chunk]:
        """Refuse to lose a stream: complete, keep the whole answer, yield it as one chunk."""
        for sample in self.complete(request).samples:
            yield Chunk(sample.text)

    def close(self) -> None:
        """Close the file and the inner model."""
        self._file.close()
        super().close()


class Replay:
    """Answer from a recording; it opens no socket."""

    def __init__(self, path: Path, *, max_in_flight: int = 8) -> None:
        """Open a recording; `UsageError` where it is none."""
        self._file = AnswerFile(path, create=False)
        recorded = self._file.about("model")
        if recorded is None:
            self._file.close()
            raise UsageError(f"{path} names no model: it is no recording")
        self.id = recorded
        self.capabilities = REPLAYED
        self.max_in_flight = max_in_flight
        self.misses = 0
        """Requests that the recording does not hold."""

    def complete(self, request: Request) -> Response:
        """Return the recorded answer; a miss is a `ModelError`."""
        key = request.key(self.id)
        response = self._file.get(key)
        if response is None:
            self.misses += 1
            raise ModelError(
                f"{self._file.path} holds {len(self._file):,} answers of {printable(self.id, 120)}, but none to "
                f"{printable(asked_text(request), 80)!r} with these settings (key {key[:12]}); "
                "replay with the settings of the recorded run"
            )
        return response

    def complete_many(self, requests: Sequence[Request]) -> Iterator[tuple[int, Response]]:
        """Answer all from the recording."""
        return in_flight(self.complete, requests, self.max_in_flight)

    def stream(self, request: Request) -> Iterator[Chunk]:
        """Yield the recorded answer as one chunk."""
        for sample in self.complete(request).samples:
            yield Chunk(sample.text)

    def score(self, prompt: str, continuation: str) -> Scored:
        """Refuse: scores are not recorded."""
        require(self, {Capability.SCORE})
        raise AssertionError("require has raised")

    def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """Refuse: vectors are not recorded."""
        require(self, {Capability.EMBED})
        raise AssertionError("require has raised")

    def close(self) -> None:
        """Close the recording."""
        self._file.close()
