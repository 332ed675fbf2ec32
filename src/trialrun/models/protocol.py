"""The model protocol: what is asked of a language model, what comes back, and the key of a question.

Everything above `models/` sees `Model`, a plain synchronous protocol; which library or server answers is
configuration. A `Request` is frozen data; its key, the hash of its canonical JSON and of the model's id, serves
cache, replay, record and resume alike. A `Response` holds the samples in a fixed order. A budget that ran out is
a value: a response without samples whose `exhausted` names the counter.

Leaves out: images and audio, tool calls by the server's own syntax (ask for a call by schema instead), and the
choice of a back end (`models/open.py`).
"""

import enum
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import msgspec

from trialrun.core.errors import BoundaryError, UsageError

KEY_VERSION = 1
"""Raised when the meaning of a field, or the default of one, changes: old keys must then miss."""


class ModelError(BoundaryError):
    """The model could not be asked, or its answer is no answer."""

    def __init__(self, message: str, *, transient: bool = False, retry_after_s: float | None = None) -> None:
        """Say what failed; `transient`: asking again may help, not before `retry_after_s` if it is given."""
        super().__init__(message)
        self.transient = transient
        self.retry_after_s = retry_after_s


class ContextTooLong(ModelError):
    """The prompt and the tokens asked for do not fit the model's context."""


class BudgetExhausted(ModelError):
    """A budget ran out where no value can say so (`stream`, `score`, `embed`)."""


class Capability(enum.StrEnum):
    """What a back end may lack."""

    SCHEMA = "schema"
    GRAMMAR = "grammar"
    LOGPROBS = "logprobs"
    SCORE = "score"
    EMBED = "embed"
    STREAM = "stream"


class Finish(enum.StrEnum):
    """Why a sample ends."""

    STOP = "stop"
    """The model ended, or a stop string came."""
    LENGTH = "length"
    """Cut at `max_tokens`, or at the end of the context."""
    REFUSED = "refused"
    """A filter of the server, or the model itself, declined."""
    OTHER = "other"
    """A reason that the server names and this list does not."""


class Message(msgspec.Struct, frozen=True):
    """One turn of a chat."""

    role: str
    """`system`, `user` or `assistant`."""
    content: str


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One prompt, `n` samples. Exactly one of `prompt` (raw completion) and `messages` (chat)."""

    prompt: str | None = None
    messages: tuple[Message, ...] = ()
    n: int = 1
    """Samples wanted."""
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 512
    """Tokens at most, per sample."""
    stop: tuple[str, ...] = ()
    """Strings that end a sample; they are not part of its text."""
    seed: int | None = None
    """Sample i is drawn with seed + i where the server does not spread one seed over n samples."""
    schema: dict[str, Any] | None = None
    """JSON Schema that the text must satisfy; the order of its properties counts."""
    grammar: str | None = None
    """GBNF grammar that the text must satisfy."""
    logprobs: int = 0
    """Alternatives wanted per token; 0: no log-probabilities at all."""
    extra: dict[str, Any] = {}
    """Fields of this server alone, sent as they are; part of the key."""

    def __post_init__(self) -> None:
        """Refuse what no server can mean; give numbers their declared type, so that 1 and 1.0 share a key."""
        for name in ("temperature", "top_p"):
            msgspec.structs.force_setattr(self, name, float(getattr(self, name)))
        if (self.prompt is None) == (not self.messages):
            raise UsageError("a request has either a prompt or messages")
        if self.n < 1 or self.max_tokens < 1:
            raise UsageError(f"n and max_tokens are at least 1, not {self.n} and {self.max_tokens}")
        if not self.temperature >= 0.0 or not 0.0 < self.top_p <= 1.0:
            raise UsageError(
                f"temperature is at least 0 and top_p in (0, 1], not {self.temperature} and {self.top_p}"
            )
        if not 0 <= self.logprobs <= 20:
            raise UsageError(f"logprobs is between 0 and 20, not {self.logprobs}")
        if self.schema is not None and self.grammar is not None:
            raise UsageError("a request has a schema or a grammar, not both")
        if self.schema is not None and self.stop:
            raise UsageError(
                "a schema ends its own text, and a stop string may occur inside it: leave out stop"
            )

    def key(self, model: str) -> str:
        """Return the sha256 (hex) of this request's canonical JSON and of the model's id.

        >>> request = Request(prompt="def f(")
        >>> request.key("m") == Request(prompt="def f(", temperature=0).key("m")
        True
        >>> len({request.key("m"), request.key("other"), Request(prompt="def f(", seed=0).key("m")})
        3
        """
        asked = {  # defaults are left out, so that a field added later keeps the keys of old recordings
            field.name: msgspec.to_builtins(getattr(self, field.name))
            for field in msgspec.structs.fields(self)
            if getattr(self, field.name) != _default(field)
        }
        text = json.dumps([KEY_VERSION, model, asked], ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def needs(self) -> frozenset[Capability]:
        """Return the capabilities without which this request cannot be answered.

        >>> sorted(Request(prompt="x", grammar='root ::= "a"', logprobs=1).needs())
        [<Capability.GRAMMAR: 'grammar'>, <Capability.LOGPROBS: 'logprobs'>]
        """
        asked = {
            Capability.SCHEMA: self.schema is not None,
            Capability.GRAMMAR: self.grammar is not None,
            Capability.LOGPROBS: self.logprobs > 0,
        }
        return frozenset(capability for capability, wanted in asked.items() if wanted)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default


class Token(msgspec.Struct, frozen=True, omit_defaults=True):
    """One token of an answer with its natural-log probability before sampling and grammar."""

    text: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()
    """The likeliest alternatives and their log-probabilities, likeliest first."""
    raw: bytes | None = None
    """The token's bytes where the server tells them: a token may be half a character."""


class Sample(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer."""

    text: str
    finish: Finish = Finish.STOP
    tokens: tuple[Token, ...] | None = None
    """Present where log-probabilities were asked for."""


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an answer cost, as the server counted it."""

    prompt_tokens: int = 0
    output_tokens: int = 0
    cpu_s: float | None = None
    """CPU seconds of the model, None where nobody measured them."""

    def __add__(self, other: "Usage") -> "Usage":
        """Add up two costs."""
        known = [cost.cpu_s for cost in (self, other) if cost.cpu_s is not None]
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cpu_s=sum(known) if known else None,
        )


class Response(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The samples of one request, in a fixed order."""

    samples: tuple[Sample, ...]
    """`n` of them; none where a budget ran out."""
    usage: Usage = Usage()
    model: str = ""
    """Model id as the server reports it."""
    server: str = ""
    """Server and version as reported (`system_fingerprint`), empty where it says nothing."""
    exhausted: str | None = None
    """The budget's counter that left nothing for this request, else None."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the texts of the samples."""
        return tuple(sample.text for sample in self.samples)


class Chunk(msgspec.Struct, frozen=True):
    """A piece of a streamed answer; it may hold several lines or half a word."""

    text: str
    tokens: int = 1


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """Natural-log probabilities of a continuation, given its prompt."""

    tokens: tuple[str, ...]
    logprobs: tuple[float, ...]
    total: float
    canonical: bool = True
    """Whether these tokens are the ones that the model's tokenizer itself would choose."""

    @property
    def per_token(self) -> float:
        """Return the mean per token; totals of different lengths are not comparable."""
        return self.total / max(len(self.logprobs), 1)

    @property
    def per_byte(self) -> float:
        """Return the mean per UTF-8 byte."""
        size = sum(len(token.encode("utf-8", "surrogatepass")) for token in self.tokens)
        return self.total / max(size, 1)


class Model(Protocol):
    """A language model, or something around one. Safe to call from several threads."""

    @property
    def id(self) -> str:
        """Return the id that keys are made with: what decides the answer besides the request."""

    @property
    def max_in_flight(self) -> int:
        """Return how many requests may be on their way at once."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Return what this model can do beyond `complete`."""

    def complete(self, request: Request) -> Response:
        """Return `n` samples. Raises `UsageError` for what is not supported, `ModelError` for what failed."""

    def complete_many(self, requests: Sequence[Request]) -> Iterator[tuple[int, Response]]:
        """Yield (index, response) as they finish, a bounded number in flight.

        The first error is raised and the rest is not begun; closing the iterator cancels likewise.
        """

    def stream(self, request: Request) -> Iterator[Chunk]:
        """Yield the single sample of a request (`n` = 1) as it is written."""

    def score(self, prompt: str, continuation: str) -> Scored:
        """Return the log-probabilities of `continuation` after `prompt`, of the continuation only."""

    def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """Return one vector per text, all of one length."""

    def close(self) -> None:
        """Give back connections and processes; calling it again does nothing."""


def require(model: Model, needed: Iterable[Capability]) -> None:
    """Raise `UsageError` naming what `model` lacks of `needed`, before anything is asked of it."""
    wanted = frozenset(needed)
    if not wanted:
        return  # reading `capabilities` may cost a look at the server
    lacking = sorted(wanted - model.capabilities)
    if lacking:
        has = ", ".join(sorted(model.capabilities)) or "nothing beyond plain text"
        raise UsageError(f"model {model.id} has no {' and no '.join(lacking)} (it has: {has})")
