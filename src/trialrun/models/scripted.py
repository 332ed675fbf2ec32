"""`Scripted`: a model that answers from a list or from a function of the request. For tests and demonstrations.

A list is dealt out sample by sample, in the order of the calls; a function is called once per sample with the
request and the sample's index, so its answers do not depend on the order of calls. A scripted answer is cut at
the request's stop strings; its tokens are its words. It reaches no network and starts nothing.

A script file is JSON: a list of answers, or an object that maps a prompt (or a last message) to its answers.

Leaves out: log-probabilities, grammars and schemas: a request for them is refused, as by any back end that
lacks them.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from trialrun.core.errors import UsageError
from trialrun.core.printable import printable
from trialrun.models.in_flight import in_flight
from trialrun.models.protocol import (
    Capability,
    Chunk,
    Finish,
    ModelError,
    Request,
    Response,
    Sample,
    Scored,
    Usage,
    require,
)

Script = Sequence[str] | Callable[[Request, int], str]
"""Answers in order, or a function of the request and the sample's index."""


class Scripted:
    """A deterministic model without a model."""

    def __init__(self, script: Script, *, id: str = "scripted", max_in_flight: int = 8) -> None:
        """Answer from `script`; a list that has run out is a `ModelError`."""
        self.id = id
        self.capabilities = frozenset({Capability.STREAM})
        self.max_in_flight = max_in_flight
        self.requests: list[Request] = []
        """Everything that was asked, in order."""
        self._script = script
        self._dealt = 0
        self._lock = threading.Lock()

    @classmethod
    def from_file(cls, path: Path) -> "Scripted":
        """Read a script file; raises `UsageError` where it is none."""
        try:
            script = msgspec.json.decode(path.read_bytes(), type=list[str] | dict[str, list[str]])
        except OSError as error:
            raise UsageError(f"cannot read the script {path}: {error.strerror}") from error
        except (msgspec.DecodeError, UnicodeError) as error:
            raise UsageError(
                f"{path} is not a script: a list of answers, or an object prompt → answers ({error})"
            ) from error
        name = f"scripted:{path.name}"
        if isinstance(script, list):
            return cls(script, id=name)
        return cls(_lookup(script, path), id=name)

    def complete(self, request: Request) -> Response:
        """Return the next `n` answers of the script."""
        require(self, request.needs())
        with self._lock:
            self.requests.append(request)
            texts = [self._next(request, index) for index in range(request.n)]
        samples = tuple(_cut(text, request) for text in texts)
        return Response(
            samples=samples,
            usage=Usage(
                prompt_tokens=len(_words(asked_text(request))),
                output_tokens=sum(len(_words(sample.text)) for sample in samples),
            ),
            model=self.id,
        )

    def complete_many(self, requests: Sequence[Request]) -> Iterator[tuple[int, Response]]:
        """Answer all; with a list, one after the other, so that it is dealt out in order."""
        return in_flight(self.complete, requests, self.max_in_flight if callable(self._script) else 1)

    def stream(self, request: Request) -> Iterator[Chunk]:
        """Yield the answer word by word."""
        for word in _words(self.complete(request).samples[0].text):
            yield Chunk(word)

    def score(self, prompt: str, continuation: str) -> Scored:
        """Refuse: there are no probabilities here."""
        require(self, {Capability.SCORE})
        raise AssertionError("require has raised")

    def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """Refuse: there are no vectors here."""
        require(self, {Capability.EMBED})
        raise AssertionError("require has raised")

    def close(self) -> None:
        """Do nothing."""

    def _next(self, request: Request, index: int) -> str:
        if callable(self._script):
            return self._script(request, index)
        if self._dealt >= len(self._script):
            raise ModelError(f"the script has {len(self._script)} answers, and all are given")
        self._dealt += 1
        return self._script[self._dealt - 1]


def asked_text(request: Request) -> str:
    """Return the prompt, or what the last message says.

    >>> asked_text(Request(prompt="x = "))
    'x = '
    """
    return request.prompt if request.prompt is not None else request.messages[-1].content


def _lookup(answers: dict[str, list[str]], path: Path) -> Callable[[Request, int], str]:
    def script(request: Request, index: int) -> str:
        text = asked_text(request)
        found = answers.get(text)
        if found is None or index >= len(found):
            wanted = f"sample {index} of " if found is not None else ""
            raise ModelError(f"{path} has no {wanted}answer to {printable(text, 80)!r}")
        return found[index]

    return script


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+$", text)


def _cut(text: str, request: Request) -> Sample:
    """Cut at the first stop string, then at `max_tokens` words, as a server would."""
    ends = [position for stop in request.stop if (position := text.find(stop)) >= 0]
    text = text[: min(ends)] if ends else text
    words = _words(text)
    if len(words) > request.max_tokens:
        return Sample(text="".join(words[: request.max_tokens]), finish=Finish.LENGTH)
    return Sample(text=text)
