"""A server on the loopback interface that speaks the OpenAI protocol and misbehaves on demand."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Body = dict[str, Any]


@dataclass
class Reply:
    """One answer: status, body (JSON unless it is text), headers, and how the connection treats it."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    drop: str = ""
    """`before`: reset without an answer; `middle`: reset after half the body; `end`: closed there."""
    events: list[str] | None = None
    """Lines of a streamed answer."""


def sample(text: str, **more: Any) -> Body:
    return {"index": 0, "finish_reason": "stop", "text": text, **more}


def completion(*texts: str, **more: Any) -> Reply:
    choices = [sample(text) | {"index": index} for index, text in enumerate(texts)]
    usage = {"prompt_tokens": 5, "completion_tokens": 2 * len(texts)}
    return Reply(body={"model": "m-1", "system_fingerprint": "fp", "choices": choices, "usage": usage} | more)


class FakeServer(ThreadingHTTPServer):
    """Answers by `script`, a function of (number of the request, its body); keeps what it was asked."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Body] = []
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.models: Reply = Reply(body={"data": [{"id": "m", "owned_by": "someone"}]})
        self.script: Callable[[int, Body], Reply] = lambda number, body: completion("answer")
        self.lock = threading.Lock()
        self.now = 0
        self.most = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about clients that went away."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeServer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.send(self.server.models)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        server = self.server
        with server.lock:
            number = len(server.asked)
            server.asked.append(body)
            server.paths.append(self.path)
            server.keys.append(self.headers.get("authorization", ""))
            server.now += 1
            server.most = max(server.most, server.now)
        try:
            reply = server.script(number, body)
        finally:
            with server.lock:
                server.now -= 1
        self.send(reply)

    def send(self, reply: Reply) -> None:
        if reply.drop == "before":
            return self.reset()
        if reply.events is not None:
            data = "".join(f"data: {event}\n\n" for event in reply.events).encode()
            reply.content_type = "text/event-stream"
        else:
            data = reply.body.encode() if isinstance(reply.body, str) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("content-type", reply.content_type)
        self.send_header("content-length", str(len(data)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.drop:
            self.wfile.write(data[: len(data) // 2])
            self.wfile.flush()
            self.close_connection = True
            return self.reset() if reply.drop == "middle" else None
        self.wfile.write(data)
        return None

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()
    thread = threading.Thread(target=fake.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield fake
    fake.shutdown()
    fake.server_close()
