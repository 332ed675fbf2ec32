"""The process behind the `local` model: llama.cpp's own HTTP server on the loopback interface.

`LlamaServer` starts this very file as a program in a process of its own, with an empty environment: so a crash
of native code, or its threads, never touch the caller, and it can be killed. Settings go in as one line of JSON
on its standard input, the address comes back as one line on its standard output. Standard input stays open:
when it ends, because the parent closed it or died in whatever way, the child leaves at once.

Leaves out: the protocol (`models/openai_compatible.py`) and where weights come from (`models/local.py`).
The child's half is `main` and below; it imports the standard library and `xllamacpp`.
"""

import contextlib
import importlib
import json
import os
import secrets
import select
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

START_S = 120.0
"""How long loading the weights may take."""
STOP_S = 5.0
LOG_SHOWN = 400


class ServerFailed(Exception):
    """The server did not start; the message ends with what it wrote last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What the server is told."""

    weights: str
    """Path of a GGUF file."""
    name: str
    """The model's name in the protocol."""
    threads: int = 1
    """Threads of one computation; more than the idle processors make them wait for one another."""
    slots: int = 4
    """Requests computed together."""
    context: int = 4096
    """Tokens of prompt and answer, per slot."""


class LlamaServer:
    """A running server; `close` ends it, and so does the end of this process."""

    def __init__(self, settings: ServerSettings) -> None:
        """Start the process and wait until it answers; raises `ServerFailed`."""
        self.key = secrets.token_hex(16)
        """Other users of this machine can reach the port; they do not know this."""
        with tempfile.TemporaryFile() as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
                cwd="/",
                start_new_session=True,  # Ctrl-C at the terminal is the parent's to handle
            )
            try:
                self.url = self._address(settings)
            except BaseException as error:
                self.close()
                if isinstance(error, ServerFailed):
                    log.seek(0)
                    said = log.read()[-LOG_SHOWN:].decode("utf-8", "replace").strip()
                    raise ServerFailed(f"{error}: {said or 'it wrote nothing'}") from None
                raise

    @property
    def pid(self) -> int:
        """Return the process id of the server."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Tell whether the process is alive."""
        return self._process.poll() is None

    def cpu_s(self) -> float:
        """Return the CPU seconds that the process has used so far; 0 once it is gone."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Let the process leave, kill it if it does not; calling it again does nothing."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _address(self, settings: ServerSettings) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(asdict(settings) | {"key": self.key}).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise ServerFailed("the local model's server ended at once") from error
        if not select.select([self._process.stdout], [], [], START_S)[0]:
            raise ServerFailed(f"the local model's server did not start within {START_S:g} s")
        line = self._process.stdout.readline().decode("ascii", "replace").strip()
        if not line.startswith("http://"):
            raise ServerFailed(f"the local model's server ended with status {self._process.wait()}")
        return f"{line}/v1"


def main() -> None:
    """Serve until standard input ends. This runs in the child."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever native code prints is log
    settings = json.loads(sys.stdin.buffer.readline())
    leave = threading.Thread(target=_leave_with_the_parent, daemon=True)
    leave.start()
    address = _serve(settings)
    answers.write(f"{address[0]}\n")
    answers.flush()
    leave.join()


def _leave_with_the_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def _serve(settings: dict[str, Any]) -> tuple[str, Any]:
    """Return the address and the server, which lives as long as it is referred to."""
    xllamacpp: Any = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = settings["weights"]
    params.model_alias = {settings["name"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings["key"]]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["context"] * settings["slots"]
    params.n_threads_http = settings["slots"] + 4
    params.cache_ram_mib = 0
    params.n_gpu_layers = 0
    params.verbosity = 0
    server = xllamacpp.Server(params)
    return server.listening_address, server


if __name__ == "__main__":
    main()
