"""Wrappers of the model protocol: cache, budget, every sample; the order of all of them.

Each takes a `Model` and is one. From the outside in, `open_model` puts them in this order:

    Cached        an answer given before is given again; it costs no call and no budget
    Metered       counts calls, samples and tokens in a `Budget`; running out is a value
    Recorded      (models/replay.py) keeps every answer
    EverySample   asks again for the samples that a server did not give
    Retrying      (models/retry.py) asks again where that may help, later and later
    Paced         (models/retry.py) a number of requests a minute
    the back end

So a retried request is one call in the budget, and its tokens count once per answer received.

Leaves out: caching of streams, scores and vectors, and the prompt's tokens of a stream, which no chunk tells.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from trialrun.core.budget import Budget
from trialrun.models.answers import AnswerFile
from trialrun.models.in_flight import in_flight
from trialrun.models.protocol import (
    BudgetExhausted,
    Capability,
    Chunk,
    Model,
    Request,
    Response,
    Scored,
    Usage,
)


class Wrapper:
    """A model around a model; every verb is passed on."""

    def __init__(self, inner: Model) -> None:
        """Stand around `inner`."""
        self.inner = inner

    @property
    def id(self) -> str:
        """Return the inner model's id."""
        return self.inner.id

    @property
    def max_in_flight(self) -> int:
        """Return the inner model's bound."""
        return self.inner.max_in_flight

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Return the inner model's capabilities."""
        return self.inner.capabilities

    def complete(self, request: Request) -> Response:
        """Pass on."""
        return self.inner.complete(request)

    def complete_many(self, requests: Sequence[Request]) -> Iterator[tuple[int, Response]]:
        """Complete all through this wrapper, `max_in_flight` at once."""
        return in_flight(self.complete, requests, self.max_in_flight)

    def stream(self, request: Request) -> Iterator[Chunk]:
        """Pass on."""
        return self.inner.stream(request)

    def score(self, prompt: str, continuation: str) -> Scored:
        """Pass on."""
        return self.inner.score(prompt, continuation)

    def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """Pass on."""
        return self.inner.embed(texts)

    def close(self) -> None:
        """Close the inner model."""
        self.inner.close()


class Cached(Wrapper):
    """Give an earlier answer again. Several threads that ask the same at once cause one call."""

    def __init__(self, inner: Model, path: Path) -> None:
        """Keep answers in the file at `path`."""
        super().__init__(inner)
        self.hits = 0
        """Answers that cost no call."""
        self._file = AnswerFile(path)
        self._lock = threading.Lock()
        self._asked: dict[str, threading.Lock] = {}

    def complete(self, request: Request) -> Response:
        """Return the kept answer, or ask and keep; an answer that a budget refused is not kept."""
        key = request.key(self.id)
        with self._alone(key):
            kept = self._file.get(key)
            if kept is not None:
                with self._lock:
                    self.hits += 1
                return kept
            response = self.inner.complete(request)
            if response.exhausted is None:
                self._file.put(key, self.id, request, response)
            return response

    def close(self) -> None:
        """Close the file and the inner model."""
        self._file.close()
        super().close()

    @contextlib.contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        with self._lock:
            turn = self._asked.setdefault(key, threading.Lock())
        try:
            with turn:
                yield
        finally:
            with self._lock:
                self._asked.pop(key, None)  # a waiter has its own reference; at worst one call too many


class Metered(Wrapper):
    """Spend a budget.

    `model_calls` is taken before a call, so its limit is exact to the call. `samples`, `prompt_tokens`,
    `output_tokens` and `tokens` (both) are known afterwards: the call that passes such a limit is paid up to
    the limit, and the next one is refused.
    """

    AFTERWARDS = ("samples", "prompt_tokens", "output_tokens", "tokens")

    def __init__(self, inner: Model, budget: Budget) -> None:
        """Charge `budget`, which others may share."""
        super().__init__(inner)
        self.budget = budget

    def complete(self, request: Request) -> Response:
        """Ask, unless a counter is used up: then return a response without samples that names the counter."""
        exhausted = self._refused_by()
        if exhausted is not None:
            return Response(samples=(), model=self.id, exhausted=exhausted)
        response = self.inner.complete(request)
        self._charge(len(response.samples), response.usage)
        return response

    def stream(self, request: Request) -> Iterator[Chunk]:
        """Ask, and charge the tokens of the chunks as they come."""
        self._refuse()
        for chunk in self.inner.stream(request):
            self._charge(0, Usage(output_tokens=chunk.tokens))
            yield chunk
        self._charge(1, Usage())

    def score(self, prompt: str, continuation: str) -> Scored:
        """Ask and charge the continuation's tokens."""
        self._refuse()
        scored = self.inner.score(prompt, continuation)
        self._charge(0, Usage(output_tokens=len(scored.tokens)))
        return scored

    def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """Ask; one call, however many texts."""
        self._refuse()
        return self.inner.embed(texts)

    def _refused_by(self) -> str | None:
        for counter in self.AFTERWARDS:
            if self.budget.left(counter) <= 0:
                return counter
        return None if self.budget.spend("model_calls") else "model_calls"

    def _refuse(self) -> None:
        exhausted = self._refused_by()
        if exhausted is not None:
            raise BudgetExhausted(f"the budget of {exhausted} is used up")

    def _charge(self, samples: int, usage: Usage) -> None:
        amounts = (
            samples,
            usage.prompt_tokens,
            usage.output_tokens,
            usage.prompt_tokens + usage.output_tokens,
        )
        for counter, amount in zip(self.AFTERWARDS, amounts, strict=True):
            owed = float(amount)
            while owed > 0 and not self.budget.spend(counter, owed):
                owed = min(owed, self.budget.left(counter))


class EverySample(Wrapper):
    """Make sure of `n` samples: some servers ignore `n`, refuse it, or count only one sample's tokens.

    Sample i of a request that is asked one by one has seed + i, so the samples do not depend on timing.
    """

    def __init__(self, inner: Model, *, one_by_one: Callable[[], bool] = lambda: False) -> None:
        """Ask one sample at a time where `one_by_one` says so, or once the server has given too few."""
        super().__init__(inner)
        self._one_by_one = one_by_one
        self._too_few = False

    def complete(self, request: Request) -> Response:
        """Return exactly `n` samples."""
        if request.n == 1:
            return self.inner.complete(request)
        got: list[Response] = []
        if not (self._too_few or self._one_by_one()):
            first = self.inner.complete(request)
            if len(first.samples) >= request.n:
                return msgspec.structs.replace(first, samples=first.samples[: request.n])
            self._too_few = True
            got.append(first)
        have = sum(len(response.samples) for response in got)
        rest = [_single(request, index) for index in range(have, request.n)]
        answers = dict(in_flight(self.inner.complete, rest, self.max_in_flight))
        got += [answers[index] for index in range(len(rest))]
        usage = Usage()
        for response in got:
            usage += response.usage
        return Response(
            samples=tuple(sample for response in got for sample in response.samples),
            usage=usage,
            model=got[0].model,
            server=got[0].server,
        )


def _single(request: Request, index: int) -> Request:
    seed = None if request.seed is None else request.seed + index
    return msgspec.structs.replace(request, n=1, seed=seed)
