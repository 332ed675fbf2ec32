"""`OpenAICompatible`: any server that speaks OpenAI's HTTP protocol, hosted or local, as a `Model`.

Raw completion goes to `/completions`, chat to `/chat/completions`. What a server is (llama.cpp or another) is
looked up once in its list of models: llama.cpp takes grammars and scores continuations, adds its own filters to
sampling (switched off here, so that `temperature` and `top_p` mean what they say), and counts the tokens of one
sample only where several are asked for. At most `max_in_flight` requests are on their way, whoever asks.

Leaves out: retries, rate limits and servers that give fewer samples than `n` (`open_model` adds the wrappers).
"""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from trialrun.core.errors import UsageError
from trialrun.core.printable import printable
from trialrun.models.endpoint import Endpoint
from trialrun.models.in_flight import in_flight
from trialrun.models.openai_answers import read_response
from trialrun.models.protocol import Capability, Chunk, ModelError, Request, Response, Scored, require
from trialrun.models.score import literal_grammar, scored, tokens_needed

LLAMA_CPP = "llama.cpp"
OTHER = "other"

EVERYWHERE = frozenset({Capability.SCHEMA, Capability.LOGPROBS, Capability.STREAM})
LLAMA_CPP_ONLY = frozenset({Capability.GRAMMAR, Capability.SCORE})

PLAIN_SAMPLING = {"top_k": 0, "min_p": 0.0}
"""Fields that switch off llama.cpp's own filters."""

_REFUSES_N = ("one completion choice", "only supports n=1", "n must be 1", "'n' is not supported")


class OpenAICompatible:
    """One model of one server."""

    def __init__(
        self,
        endpoint: Endpoint,
        model: str | None = None,
        *,
        id: str | None = None,
        server: str | None = None,
        max_in_flight: int = 8,
    ) -> None:
        """`model` None: the only one that the server lists. `server`: `llama.cpp`, `other`, or None: look."""
        if max_in_flight < 1:
            raise UsageError(f"at least 1 request is in flight, not {max_in_flight}")
        self.endpoint = endpoint
        self.max_in_flight = max_in_flight
        self._model = model
        self._id = id
        self._server = OTHER if server is None and endpoint.is_openai else server
        self._looking = threading.Lock()
        self._slots = threading.BoundedSemaphore(max_in_flight)

    @property
    def model(self) -> str:
        """Return the model's name at the server."""
        if self._model is None:
            self._look()
        assert self._model is not None
        return self._model

    @property
    def id(self) -> str:
        """Return name and address: the same name elsewhere may be another model."""
        return self._id if self._id is not None else f"{self.model}@{self.endpoint.address}"

    @property
    def server(self) -> str:
        """Return what kind of server this is."""
        if self._server is None:
            self._look()
        assert self._server is not None
        return self._server

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Return what the server's kind can do."""
        return EVERYWHERE | (LLAMA_CPP_ONLY if self.server == LLAMA_CPP else {Capability.EMBED})

    def counts_one_sample(self) -> bool:
        """Tell whether several samples must be asked for one by one."""
        return self.server == LLAMA_CPP

    def complete(self, request: Request) -> Response:
        """Ask once. The server may give fewer than `n` samples."""
        require(self, request.needs())
        body = self._body(request)
        try:
            return self._ask(request, body)
        except ModelError as error:
            if request.n == 1 or not any(words in str(error) for words in _REFUSES_N):
                raise
            return self._ask(request, body | {"n": 1})

    def complete_many(self, requests: Sequence[Request]) -> Iterator[tuple[int, Response]]:
        """Ask all, `max_in_flight` at once."""
        return in_flight(self.complete, requests, self.max_in_flight)

    def stream(self, request: Request) -> Iterator[Chunk]:
        """Yield pieces as they come; leaving the loop closes the connection."""
        require(self, request.needs())
        if request.n != 1:
            raise UsageError("a stream has one sample (n = 1)")
        with self._slots, self.endpoint.failures_told(self.model):
            chat, raw = self.endpoint.client.chat.completions, self.endpoint.client.completions
            body = self._body(request)
            if request.prompt is None:
                with chat.create(
                    model=self.model, messages=_messages(request), stream=True, extra_body=body
                ) as turns:
                    yield from _chunks(part.choices[0].delta.content for part in turns if part.choices)
            else:
                with raw.create(
                    model=self.model, prompt=request.prompt, stream=True, extra_body=body
                ) as parts:
                    yield from _chunks(part.choices[0].text for part in parts if part.choices)

    def score(self, prompt: str, continuation: str) -> Scored:
        """Let a grammar that allows only `continuation` choose the tokens, and add up their log-probabilities."""
        require(self, {Capability.SCORE})
        if not continuation:
            return Scored(tokens=(), logprobs=(), total=0.0)
        asked = Request(
            prompt=prompt,
            grammar=literal_grammar(continuation),
            logprobs=1,
            max_tokens=tokens_needed(continuation),
        )
        tokens = self.complete(asked).samples[0].tokens
        own = self._pieces(prompt + continuation), self._pieces(prompt)
        return scored(tokens or (), continuation, whole=own[0], before=own[1])

    def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """Return one vector per text."""
        require(self, {Capability.EMBED})
        with self._slots, self.endpoint.failures_told(self.model):
            raw = self.endpoint.client.embeddings.with_raw_response.create(
                model=self.model, input=list(texts), encoding_format="float"
            )
            answer = self.endpoint.decoded(raw.text, raw.headers.get("content-type", ""))
        try:
            rows = sorted(answer["data"], key=lambda row: row["index"])
            vectors = tuple(tuple(float(value) for value in row["embedding"]) for row in rows)
        except (KeyError, TypeError, ValueError):
            vectors = ()
        if len(vectors) != len(texts):
            raise ModelError(f"{self.endpoint.address} sent {len(vectors)} vectors for {len(texts)} texts")
        return vectors

    def close(self) -> None:
        """Close the connections."""
        self.endpoint.close()

    def _ask(self, request: Request, body: dict[str, Any]) -> Response:
        with self._slots, self.endpoint.failures_told(self.model):
            client = self.endpoint.client
            raw: Any  # two types of the SDK with the same face
            if request.prompt is None:
                raw = client.chat.completions.with_raw_response.create(
                    model=self.model, messages=_messages(request), extra_body=body
                )
            else:
                raw = client.completions.with_raw_response.create(
                    model=self.model, prompt=request.prompt, extra_body=body
                )
            answer = self.endpoint.decoded(raw.text, raw.headers.get("content-type", ""))
        return read_response(answer, self.endpoint.address)

    def _body(self, request: Request) -> dict[str, Any]:
        """Return every field but model and prompt."""
        chat = request.prompt is None
        limit = "max_completion_tokens" if chat and self.endpoint.is_openai else "max_tokens"
        body: dict[str, Any] = {limit: request.max_tokens, "temperature": request.temperature}
        if self.server == LLAMA_CPP:
            body |= PLAIN_SAMPLING
        if request.n > 1:
            body["n"] = request.n
        if request.top_p != 1.0 or self.server == LLAMA_CPP:  # llama.cpp's own default is 0.95
            body["top_p"] = request.top_p
        if request.stop:
            body["stop"] = list(request.stop)
        if request.seed is not None:
            body["seed"] = request.seed
        if request.logprobs:
            body |= (
                {"logprobs": True, "top_logprobs": request.logprobs}
                if chat
                else {"logprobs": request.logprobs}
            )
        if request.schema is not None and not chat and self.server == LLAMA_CPP:
            body["json_schema"] = request.schema  # its raw completion passes over `response_format`
        elif request.schema is not None:
            wanted = {"name": "answer", "schema": request.schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": wanted}
        if request.grammar is not None:
            body["grammar"] = request.grammar
        return body | request.extra

    def _look(self) -> None:
        """Ask the server once what it is and, where no model is named, which one it has."""
        with self._looking:
            if self._model is not None and self._server is not None:
                return
            listed = self.endpoint.listed_models() or []
            owners = {entry.get("owned_by") for entry in listed}
            if self._server is None:
                self._server = LLAMA_CPP if "llamacpp" in owners else OTHER
            if self._model is None:
                names = sorted(entry["id"] for entry in listed)
                if len(names) != 1:
                    shown = ", ".join(printable(name, 80) for name in names[:12]) or "no models"
                    raise UsageError(
                        f"{self.endpoint.address} lists {shown}: name one, as openai:MODEL@{self.endpoint.url}"
                    )
                self._model = names[0]

    def _pieces(self, text: str) -> list[Any]:
        """Return the tokenizer's own pieces of a text: strings, or lists of bytes."""
        with self._slots, self.endpoint.failures_told(self.model):
            answer = self.endpoint.client.post(
                f"{self.endpoint.root}/tokenize",
                cast_to=object,
                body={"content": text, "with_pieces": True, "add_special": True},
            )
        tokens = answer.get("tokens") if isinstance(answer, dict) else None
        return [token.get("piece") for token in tokens or [] if isinstance(token, dict)]


def _messages(request: Request) -> Any:
    return [{"role": message.role, "content": message.content} for message in request.messages]


def _chunks(texts: Iterator[str | None]) -> Iterator[Chunk]:
    for text in texts:
        if text:
            yield Chunk(text)
