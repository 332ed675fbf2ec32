"""`Retrying` and `Paced`: ask again where that may help, and not too often.

What may help is the back end's knowledge: it marks an error `transient` and passes on how long the server asks
to wait. Waits grow exponentially with full jitter, so that many clients do not come back at the same moment.

Leaves out: retries once a stream has begun, and limits on tokens a minute.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from trialrun.models.protocol import Chunk, Model, ModelError, Request, Response, Scored
from trialrun.models.wrap import Wrapper


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before asking again."""

    attempts: int = 6
    """Attempts in all, the first included."""
    first_s: float = 0.5
    """Upper bound of the first wait; it doubles with every attempt."""
    most_s: float = 60.0
    """Upper bound of any wait of our own choice."""
    longest_asked_s: float = 600.0
    """A server that asks for a longer wait than this is not waited for."""


class Retrying(Wrapper):
    """Ask again after a transient error: exponential back-off with full jitter, never before Retry-After."""

    def __init__(
        self,
        inner: Model,
        backoff: Backoff | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`sleep` and `jitter` (uniform in [0, 1)) are parameters for tests."""
        super().__init__(inner)
        self.retries = 0
        """How often something was asked again."""
        self._backoff = backoff if backoff is not None else Backoff()
        self._sleep = sleep
        self._jitter = jitter
        self._lock = threading.Lock()

    def complete(self, request: Request) -> Response:
        """Ask until there is an answer or no more attempts."""
        return self._persist(lambda: self.inner.complete(request))

    def stream(self, request: Request) -> Iterator[Chunk]:
        """Ask again until the first chunk is here; a stream that breaks later is an error."""

        def begin() -> tuple[Chunk | None, Iterator[Chunk]]:
            chunks = iter(self.inner.stream(request))
            return next(chunks, None), chunks

        first, rest = self._persist(begin)
        if first is not None:
            yield first
            yield from rest

    def score(self, prompt: str, continuation: str) -> Scored:
        """Ask until there is an answer or no more attempts."""
        return self._persist(lambda: self.inner.score(prompt, continuation))

    def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """Ask until there is an answer or no more attempts."""
        return self._persist(lambda: self.inner.embed(texts))

    def _persist[A](self, ask: Callable[[], A]) -> A:
        backoff = self._backoff
        for attempt in range(1, backoff.attempts + 1):
            try:
                return ask()
            except ModelError as error:
                asked_s = error.retry_after_s or 0.0
                if not error.transient:
                    raise
                if attempt == backoff.attempts or asked_s > backoff.longest_asked_s:
                    wait = f"; it asks to wait {asked_s:.0f} s" if asked_s else ""
                    tries = "1 attempt" if attempt == 1 else f"{attempt} attempts"
                    raise ModelError(f"{error} (gave up after {tries}{wait})") from None
                own_s = min(backoff.first_s * 2.0 ** (attempt - 1), backoff.most_s) * self._jitter()
            with self._lock:
                self.retries += 1
            self._sleep(asked_s + own_s)
        raise AssertionError("a back-off has at least one attempt")


class Paced(Wrapper):
    """Begin at most a number of requests a minute, evenly spaced."""

    def __init__(
        self,
        inner: Model,
        per_minute: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`clock` and `sleep` are parameters for tests."""
        super().__init__(inner)
        self._gap_s = 60.0 / per_minute
        self._clock = clock
        self._sleep = sleep
        self._next = clock()
        self._lock = threading.Lock()

    def complete(self, request: Request) -> Response:
        """Wait for a turn, then ask."""
        self._turn()
        return self.inner.complete(request)

    def stream(self, request: Request) -> Iterator[Chunk]:
        """Wait for a turn, then ask."""
        self._turn()
        yield from self.inner.stream(request)

    def score(self, prompt: str, continuation: str) -> Scored:
        """Wait for a turn, then ask."""
        self._turn()
        return self.inner.score(prompt, continuation)

    def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """Wait for a turn, then ask."""
        self._turn()
        return self.inner.embed(texts)

    def _turn(self) -> None:
        with self._lock:
            now = self._clock()
            start = max(now, self._next)
            self._next = start + self._gap_s
        if start > now:
            self._sleep(start - now)
