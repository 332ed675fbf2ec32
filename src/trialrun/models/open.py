"""`open_model`: from a line of text to a model with everything around it.

    local                  the embedded model (extra `local`)
    local:FILE.gguf        the embedded server with other weights
    openai:MODEL           MODEL at $TRIALRUN_BASE_URL, $OPENAI_BASE_URL or api.openai.com
    openai:MODEL@URL       MODEL at an OpenAI-compatible server
    URL                    the only model that this server lists
    replay:FILE            answers recorded with `record`; asks nobody
    scripted:FILE          answers from a JSON file, for tests

The key comes from `ModelOptions.api_key` or $OPENAI_API_KEY. Around a model that costs something stand, from the
outside in: cache, budget, record, every sample, retry, rate limit (see `models/wrap.py`).

Leaves out: several models behind one name.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from trialrun.core.budget import Budget
from trialrun.core.errors import UsageError, nearest
from trialrun.core.printable import printable
from trialrun.models.protocol import Model
from trialrun.models.wrap import Cached, EverySample, Metered, Wrapper

KINDS = ("local", "openai", "replay", "scripted")
ACCEPTED = (
    "local, local:FILE.gguf, openai:MODEL, openai:MODEL@URL, http(s)://URL, replay:FILE or scripted:FILE"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """How a model is asked; nothing here changes an answer, but for `threads` in its last digits."""

    base_url: str | None = None
    """Address of an OpenAI-compatible server; default: $TRIALRUN_BASE_URL, $OPENAI_BASE_URL, api.openai.com."""
    api_key: str | None = field(default=None, repr=False)
    """Key of that server; default: $OPENAI_API_KEY. It belongs in no record and no configuration file."""
    max_in_flight: int = 8
    """Requests on their way at once."""
    requests_per_minute: float | None = None
    """Requests begun per minute at most."""
    timeout_s: float = 600.0
    """Seconds that one request may take."""
    attempts: int = 6
    """Attempts per request, the first included."""
    cache: bool = True
    """Whether an answer given before is given again. A cached sample is not drawn anew: change the seed for that."""
    cache_file: Path | None = None
    """Where answers are kept; default: models.sqlite in the user's cache."""
    record: Path | None = None
    """File that keeps every answer for `replay:FILE`; it takes the place of the cache."""
    threads: int = 1
    """Threads of the local model."""


class ModelCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What the wrappers counted."""

    cache_hits: int = 0
    retries: int = 0
    spent: dict[str, float] = {}
    """Counters of the budget: `model_calls`, `samples`, `prompt_tokens`, `output_tokens`, `tokens`."""


class OpenModel(Wrapper):
    """The outermost wrapper; a context manager that closes everything."""

    def __init__(self, inner: Model, budget: Budget) -> None:
        """Stand around the finished stack; `budget` is the one it spends."""
        super().__init__(inner)
        self.budget = budget

    def counts(self) -> ModelCounts:
        """Return the counts so far."""
        from trialrun.models.retry import Retrying

        hits = retries = 0
        layer: Model = self.inner
        while isinstance(layer, Wrapper):
            hits += layer.hits if isinstance(layer, Cached) else 0
            retries += layer.retries if isinstance(layer, Retrying) else 0
            layer = layer.inner
        return ModelCounts(cache_hits=hits, retries=retries, spent=self.budget.spent())

    def __enter__(self) -> "OpenModel":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_model(spec: str, options: ModelOptions | None = None, *, budget: Budget | None = None) -> OpenModel:
    """Open the model that `spec` names. No process is started and nobody is asked before the first request.

    Raises `UsageError` for a name that means nothing and `Missing` for an extra that is not installed. The
    counters of `budget` are named in `ModelCounts`; without one, calls are counted and unlimited.
    """
    options = options if options is not None else ModelOptions()
    budget = budget if budget is not None else Budget()
    kind, _, rest = spec.partition(":")
    if kind in ("http", "https"):
        return _dear(_openai(None, spec, options), options, budget)
    if kind == "openai" and rest:
        name, at, url = rest.partition("@http")
        return _dear(_openai(name or None, f"http{url}" if at else None, options), options, budget)
    if spec == "local" or (kind == "local" and rest):
        from trialrun.models.local import Local

        weights = Path(rest).expanduser() if rest else None
        local = Local(
            weights,
            threads=options.threads,
            timeout_s=options.timeout_s,
            max_in_flight=options.max_in_flight,
        )
        return _dear(local, options, budget)
    if kind == "replay" and rest:
        from trialrun.models.replay import Replay

        replay = Replay(Path(rest).expanduser(), max_in_flight=options.max_in_flight)
        return OpenModel(Metered(_recorded(replay, options), budget), budget)
    if kind == "scripted" and rest:
        from trialrun.models.scripted import Scripted

        return OpenModel(
            Metered(_recorded(Scripted.from_file(Path(rest).expanduser()), options), budget), budget
        )
    hint = nearest(kind, KINDS)
    raise UsageError(f"no model {printable(spec, 120)!r}{hint}; accepted: {ACCEPTED}")


def default_cache_file() -> Path | None:
    """Return models.sqlite in `$XDG_CACHE_HOME/trialrun` (default `~/.cache/trialrun`); None without a home."""
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if configured.is_absolute():
        return configured / "trialrun" / "models.sqlite"
    try:
        return Path.home() / ".cache" / "trialrun" / "models.sqlite"
    except RuntimeError:
        return None


def _openai(model: str | None, url: str | None, options: ModelOptions) -> Model:
    from trialrun.models.endpoint import KEY_VARIABLE, Endpoint, base_url_from_environment
    from trialrun.models.openai_compatible import OpenAICompatible

    address = url or options.base_url or base_url_from_environment()
    key = options.api_key or os.environ.get(KEY_VARIABLE, "").strip() or None
    endpoint = Endpoint(address, key, timeout_s=options.timeout_s)
    return OpenAICompatible(endpoint, model, max_in_flight=options.max_in_flight)


def _recorded(model: Model, options: ModelOptions) -> Model:
    from trialrun.models.replay import Recorded

    return Recorded(model, options.record) if options.record is not None else model


def _dear(back_end: Model, options: ModelOptions, budget: Budget) -> OpenModel:
    """Put every wrapper around a model whose answers cost something."""
    from trialrun.models.retry import Backoff, Paced, Retrying

    model = back_end
    if options.requests_per_minute is not None:
        model = Paced(model, options.requests_per_minute)
    model = Retrying(model, Backoff(attempts=options.attempts))
    model = EverySample(model, one_by_one=getattr(back_end, "counts_one_sample", lambda: False))
    model = Metered(_recorded(model, options), budget)
    cache_file = options.cache_file or default_cache_file()
    if options.record is not None:
        model = Cached(
            model, options.record
        )  # an answer out of another cache would be missing in the recording
    elif options.cache and cache_file is not None:
        model = Cached(model, cache_file)
    return OpenModel(model, budget)
