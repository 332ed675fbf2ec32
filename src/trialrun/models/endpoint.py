"""`Endpoint`: HTTP to one OpenAI-compatible server, its failures told in words, its key never.

The `openai` SDK does pooling, proxies, time limits and streaming; its own retries are off, since `Retrying`
does them. Every failure becomes one of our errors in `_failure`: what happened, at which address, what to do,
and whether asking again may help. A server's own words are quoted capped, escaped and without the key.

Leaves out: what is asked and what the answers mean (`models/openai_compatible.py`), and addresses that need a
query string.
"""

import contextlib
import json
import os
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from trialrun.core.errors import Missing, UsageError, nearest
from trialrun.core.printable import printable
from trialrun.models.protocol import ContextTooLong, ModelError

if TYPE_CHECKING:
    import openai

OPENAI = "https://api.openai.com/v1"
BASE_URL_VARIABLES = ("TRIALRUN_BASE_URL", "OPENAI_BASE_URL")
KEY_VARIABLE = "OPENAI_API_KEY"
NO_KEY = "none"
"""Sent where there is no key; servers that need none ignore it."""
CONNECT_S = 10.0
QUOTED = 300
"""Characters of a server's own words in a message."""

_TOO_LONG = re.compile(r"context (length|size|window)|maximum context|exceed_context|too many tokens", re.I)
_OUT_OF_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota|billing", re.I)


def base_url_from_environment() -> str:
    """Return the first address that the environment names, else OpenAI's own."""
    return next((url for name in BASE_URL_VARIABLES if (url := os.environ.get(name, "").strip())), OPENAI)


class Endpoint:
    """One server: its address and its key."""

    def __init__(self, base_url: str, api_key: str | None = None, *, timeout_s: float = 600.0) -> None:
        """Check the address; nothing is opened before the first request. `api_key` None: no key is needed."""
        parts = urlsplit(base_url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"a model server's address is http(s)://host/…, not {printable(base_url, 120)!r}"
            )
        if parts.username or parts.password or parts.query or parts.fragment:
            raise UsageError(
                f"the address of {parts.hostname} carries a user, a query or a fragment: leave that out, and "
                f"put the key in {KEY_VARIABLE}"
            )
        self.url = base_url.strip().rstrip("/")
        self.root = self.url.removesuffix("/v1")
        """Address of what a server offers beside the OpenAI protocol."""
        self.address = self.url.partition("://")[2]
        self.is_openai = (parts.hostname or "").endswith("openai.com")
        self._loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
        self._key = api_key
        self._timeout_s = timeout_s
        self._answered = False
        self._client: openai.OpenAI | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """Return the address; the key stays out."""
        return f"Endpoint({self.url!r})"

    @property
    def client(self) -> "openai.OpenAI":
        """Return the SDK's client, made at its first use."""
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def close(self) -> None:
        """Close all connections; requests that are on their way fail."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    @contextlib.contextmanager
    def failures_told(self, model: str = "") -> Iterator[None]:
        """Turn what the SDK raises inside the block into `ModelError`, `Missing` or `UsageError`."""
        import openai

        try:
            yield
            self._answered = True
        except openai.OpenAIError as error:
            # The chain is cut: the SDK's errors hold the request with its headers, and quote the server.
            raise self._failure(error, model) from None
        except UnicodeEncodeError:
            raise UsageError("text with lone surrogates cannot be sent to a model") from None
        except Exception as error:
            # While a stream is read, the SDK lets the errors of its HTTP library and of its JSON reader through.
            if not isinstance(error, json.JSONDecodeError) and not type(error).__module__.startswith("http"):
                raise
            said = self._quote(str(error) or type(error).__name__)
            raise ModelError(
                f"{self.address} broke off in the middle of an answer ({said})", transient=True
            ) from None

    def decoded(self, text: str, content_type: str = "") -> Any:
        """Return a 200 answer's body decoded; half an answer is a transient `ModelError`."""
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeError) as error:
            if "html" in content_type or text.lstrip()[:1] == "<":
                raise ModelError(
                    f"{self.url} answered with a web page, not JSON: is that address right? it usually ends in /v1"
                ) from None
            raise ModelError(
                f"{self.address} sent half an answer: {len(text):,} characters that are no JSON "
                f"({error}): {self._quote(text[-80:])!r}",
                transient=True,
            ) from None

    def listed_models(self) -> list[dict[str, Any]] | None:
        """Return the server's list of models, or None where it has none. A dead server is a `ModelError`."""
        try:
            with self.failures_told():
                raw = self.client.models.with_raw_response.list()
                found = self.decoded(raw.text, raw.headers.get("content-type", ""))
        except ModelError as error:
            if error.transient or not self._answered:
                raise
            return None
        except UsageError:
            return None
        data = found.get("data") if isinstance(found, dict) else None
        if not isinstance(data, list):
            return None
        return [entry for entry in data if isinstance(entry, dict) and isinstance(entry.get("id"), str)]

    def _connect(self) -> "openai.OpenAI":
        import openai

        if self.is_openai and not self._key:
            raise Missing(f"{self.address} needs a key, and {KEY_VARIABLE} is not set", self._set_key())
        # A proxy of the environment is for other machines.
        http_client = openai.DefaultHttpxClient(trust_env=False) if self._loopback else None
        return openai.OpenAI(
            base_url=self.url,
            api_key=self._key or NO_KEY,
            max_retries=0,
            timeout=openai.Timeout(self._timeout_s, connect=min(CONNECT_S, self._timeout_s)),
            http_client=http_client,
        )

    def _failure(self, error: "openai.OpenAIError", model: str) -> Exception:
        import openai

        if isinstance(error, openai.APITimeoutError):
            return ModelError(f"no answer from {self.address} within {self._timeout_s:g} s", transient=True)
        if isinstance(error, openai.APIConnectionError):
            return self._unreachable(error)
        if isinstance(error, openai.APIStatusError):
            self._answered = True
            return self._refusal(error, model)
        return ModelError(f"asking {self.address} failed: {self._quote(str(error))}", transient=True)

    def _unreachable(self, error: BaseException) -> ModelError:
        causes: list[BaseException] = []
        cause: BaseException | None = error
        while cause is not None and len(causes) < 10:
            causes.append(cause)
            cause = cause.__cause__ or cause.__context__
        if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
            what, transient = "nothing listens there: is the server running?", self._answered
        elif any(type(cause).__name__ == "gaierror" for cause in causes):
            what, transient = "no such host: check the address and the network", self._answered
        else:
            what = self._quote(str(causes[-1]) or type(causes[-1]).__name__)
            return ModelError(f"the connection to {self.address} broke: {what}", transient=True)
        return ModelError(f"no connection to {self.address}: {what}", transient=transient)

    def _refusal(self, error: "openai.APIStatusError", model: str) -> Exception:
        status = error.status_code
        body = error.body if isinstance(error.body, dict) else {}
        kind = f"{body.get('type') or ''} {body.get('code') or ''}"
        said = self._quote(str(body.get("message") or error.message))
        if status in (401, 403):
            held = f"refuses the key in {KEY_VARIABLE}" if self._key else "asks for a key, and none is set"
            return Missing(f"{self.address} {held} (HTTP {status})", self._set_key())
        if status == 404:
            return self._not_found(model, said)
        if _TOO_LONG.search(f"{kind} {body.get('message') or ''}"):
            return ContextTooLong(f"the prompt and the answer do not fit the context of {model}: {said}")
        if status == 429 and not _OUT_OF_QUOTA.search(f"{kind} {said}"):
            return ModelError(
                f"{self.address} asks to slow down (HTTP 429): {said}; fewer requests in flight or a minute help",
                transient=True,
                retry_after_s=retry_after_s(error.response.headers),
            )
        if status == 429:
            return ModelError(f"{self.address} will not answer on this account: {said}")
        again = status in (408, 409, 425) or (status >= 500 and status != 501)
        after = retry_after_s(error.response.headers) if again else None
        return ModelError(
            f"{self.address} answered HTTP {status}: {said}", transient=again, retry_after_s=after
        )

    def _not_found(self, model: str, said: str) -> Exception:
        try:
            listed = self.listed_models() if model else None
        except (ModelError, Missing):
            listed = None
        names = [entry["id"] for entry in listed or []]
        if not names or model in names:
            return UsageError(
                f"{self.url} does not know that path or model (HTTP 404: {said}): "
                "is the address right? it usually ends in /v1"
            )
        shown = ", ".join(printable(name, 80) for name in sorted(names)[:12])
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        return UsageError(
            f"{self.address} has no model {model!r}{nearest(model, names)}; it has: {shown}{more}"
        )

    def _quote(self, text: str) -> str:
        return printable(without_key(text, self._key), QUOTED)

    def _set_key(self) -> str:
        return f"export {KEY_VARIABLE}=<the key of {self.address}>"


def without_key(text: str, key: str | None) -> str:
    """Return `text` with the key, and whatever looks like one, blotted out.

    >>> without_key("Incorrect API key: hunter2-hunter2, sent as Bearer abc.def", "hunter2-hunter2")
    'Incorrect API key: [key], sent as Bearer [key]'
    """
    if key:
        text = text.replace(key, "[key]")
    text = re.sub(r"(?i)(bearer\s+)[^\s'\",]+", r"\1[key]", text)
    return re.sub(r"\b(sk|key|token)-[\w*.-]{6,}", "[key]", text)


def retry_after_s(headers: Any) -> float | None:
    """Return how many seconds a server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date.

    >>> retry_after_s({"retry-after": "2"}), retry_after_s({"retry-after-ms": "250"}), retry_after_s({})
    (2.0, 0.25, None)
    """
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        with contextlib.suppress(ValueError):
            wait = float(text) * scale
            return wait if 0.0 <= wait < float("inf") else None
        with contextlib.suppress(ValueError):
            return max((parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds(), 0.0)
    return None
