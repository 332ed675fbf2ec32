"""A real browser for the report's tests: Chromium without a window, spoken to in DevTools' protocol over two pipes.

No driver and no package is needed. Where there is no browser, the tests that want one are skipped and say so.
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",  # the tests run as root in containers; the page is ours
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--remote-debugging-pipe",
)
PATIENCE = 60.0
"""Seconds until an answer or a state that is waited for counts as missing; loose, since machines are busy."""


class Browser:
    """One page of one browser. `events` collects everything the browser reports about it."""

    def __init__(self, program: str, profile: Path) -> None:
        from_us, self._write = os.pipe()
        self._read, from_it = os.pipe()
        # The browser reads descriptor 3 and writes descriptor 4.
        script = f'exec 3<&{from_us} 4>&{from_it}; exec "$@"'
        arguments = [program, *FLAGS, "--window-size=1280,860", f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", script, "bash", *arguments],
            pass_fds=(from_us, from_it),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(from_us)
        os.close(from_it)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[tuple[str, dict[str, Any]]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result

    def _receive(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            chunk = os.read(self._read, 1 << 20)
            assert chunk, "the browser has ended"
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self.events.append((message["method"], message["params"]))
        return message

    def open(self, url: str) -> None:
        """Go to a page and wait until it has loaded; forget what was reported before."""
        self.events.clear()
        if self.send("Page.navigate", url=url).get("loaderId") is None:  # only the fragment changed
            return
        deadline = time.monotonic() + PATIENCE
        while not any(name == "Page.loadEventFired" for name, _ in self.events):
            self._receive(deadline)

    def value(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        told = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        failure = told.get("exceptionDetails", {})
        assert not failure, failure.get("exception", {}).get("description", failure)
        return told["result"].get("value")

    def wait(self, expression: str) -> None:
        """Wait until a JavaScript expression is true."""
        deadline = time.monotonic() + PATIENCE
        while not self.value(expression):
            assert time.monotonic() < deadline, f"never true: {expression}"
            time.sleep(0.02)

    def text(self, selector: str) -> str:
        """Return the text that an element shows."""
        shown = self.value(f"document.querySelector({json.dumps(selector)})?.innerText ?? null")
        assert shown is not None, f"no {selector}"
        return str(shown)

    def click(self, selector: str) -> None:
        """Press the mouse on the middle of an element."""
        place = self.value(
            f"(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y + box.height / 2] })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send(
                "Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1
            )

    def press(self, *keys: str) -> None:
        """Press keys as a person would: `j`, `/`, `Enter`."""
        codes = {"Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38}
        for key in keys:
            code = codes.get(key, ord(key[0].upper()))
            down: dict[str, Any] = {"key": key, "windowsVirtualKeyCode": code}
            if len(key) == 1:
                down["text"] = key
            self.send("Input.dispatchKeyEvent", type="keyDown", **down)
            self.send("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def scheme(self, name: str) -> None:
        """Make the page believe that the system is `light` or `dark`."""
        features = {"prefers-color-scheme": name, "prefers-reduced-motion": "reduce"}
        pairs = [{"name": feature, "value": value} for feature, value in features.items()]
        self.send("Emulation.setEmulatedMedia", features=pairs)

    def screenshot(self, path: Path) -> None:
        """Write what is to be seen as a PNG file."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def requests(self) -> list[str]:
        """Return the addresses that the page asked for since `open`."""
        return [told["request"]["url"] for name, told in self.events if name == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        """Return errors and warnings: exceptions, console, refusals of the content-security policy."""
        found = [told["entry"]["text"] for name, told in self.events if name == "Log.entryAdded"]
        found += [str(told) for name, told in self.events if name == "Runtime.exceptionThrown"]
        return found + [str(told["args"]) for name, told in self.events if name == "Runtime.consoleAPICalled"]

    def close(self) -> None:
        """End the browser and all its processes."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._write)
        os.close(self._read)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the browser once for all tests of the report."""
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no browser here ({', '.join(BROWSERS)}): the report is not looked at")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        opened = Browser(program, Path(profile))
        try:
            yield opened
        finally:
            opened.close()
