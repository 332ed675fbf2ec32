"""Trust rule 10: a hidden value must be nowhere that a candidate or a method can look.

The canary stands in expected values, test code and context of tasks. From outside, everything that is sent towards a
candidate or its zygote is recorded and searched; from inside, a program searches its own memory, files, descriptors
and environment, and must find the decoy it was given as an argument (so the search works) and nothing else.
"""

import base64
import marshal
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.attacks.judging import judge
from tests.attacks.tasks import asserted, cased
from tests.attacks.test_attacks import descendants

from trialrun.core.execution import Limits
from trialrun.core.task import AssertCheck, Task
from trialrun.run.sandbox import Sandbox

SEARCHING = Limits(cpu_s=20.0, memory_mb=1024)


def new_canary() -> str:
    """Return a value that is nowhere else."""
    return "cnry" + secrets.token_hex(12)


def cased_with(canary: str, decoy: str) -> Task:
    """Hide a canary in expected values."""
    return cased("canary", "search", [((decoy,), canary), ((decoy,), [canary]), ((decoy,), {canary: 1})])


def asserted_with(canary: str, decoy: str) -> Task:
    """Hide canaries in test code, in its context and in values that the test keeps."""
    code = f"found = search({decoy!r})\nassert found == {canary!r}, {canary!r}\n"
    return asserted(
        "canary", "search", code, context=f"HIDDEN = {canary!r}\ndef helper(): return {canary[::-1]!r}\n"
    )


def plainly_asserted_with(canary: str, decoy: str) -> Task:
    """Hide canaries in test code that only compares with constants, so that it is read and not run."""
    return asserted(
        "canary",
        "search",
        f"assert search({decoy!r}) == {canary!r}\nassert search({decoy!r}) == [{canary!r}]\n",
    )


HIDING = (cased_with, asserted_with, plainly_asserted_with)

SEARCH = r'''
import ctypes, gc, os, re, sys
PATTERN = re.compile(rb"cnry[0-9a-f]{24}")
libc = ctypes.CDLL(None)

def memory():
    """Yield all memory that can be read, by letting the kernel copy it: what is not mapped is an error, not a crash."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    places = {id(thing) for thing in gc.get_objects()} | {id(sys.modules), id("x"), id(search)}
    places |= {ctypes.cast(libc.getpid, ctypes.c_void_p).value, ctypes.addressof(ctypes.c_int())}
    seen = set()
    for block in sorted({place >> 20 for place in places}):
        for near in range(block - 4, block + 5):
            if near in seen: continue
            seen.add(near)
            tail = b""
            for page in range(near << 20, (near + 1) << 20, 16384):
                count = libc.write(writer, ctypes.c_void_p(page), ctypes.c_size_t(16384))
                if count <= 0:
                    tail = b""
                    continue
                data = os.read(reader, count)
                yield tail + data
                tail = data[-32:]

def files():
    for name in ("/proc/self/environ", "/proc/self/cmdline", "/proc/self/maps"):
        try: yield open(name, "rb").read()
        except OSError: pass
    for top in (".", "/tmp", "/scratch", "/etc", "/dev/shm", "/var", "/home"):
        for directory, _, names in os.walk(top):
            for name in names:
                try: yield open(os.path.join(directory, name), "rb").read(1 << 20)
                except OSError: pass

def descriptors():
    for number in range(1024):
        if number == 3: continue
        try: os.set_blocking(number, False)
        except OSError: continue
        try: yield os.read(number, 1 << 16)
        except OSError: pass

def search(decoy):
    found = set()
    for source in (memory, files, descriptors):
        for data in source():
            found.update(PATTERN.findall(data))
    found.update(PATTERN.findall(repr((sys.argv, dict(os.environ), sys.path)).encode()))
    for thing in gc.get_objects():
        try: found.update(PATTERN.findall(repr(vars(thing) if hasattr(thing, "__dict__") else thing).encode()))
        except Exception: pass
    return sorted(item.decode() for item in found)
'''


@dataclass
class Recorder:
    """Bytes on their way to candidates and testers."""

    candidate: list[bytes] = field(default_factory=list)
    tester: list[bytes] = field(default_factory=list)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Record every byte that the supervisor sends to jobs and zygotes, by role."""
    from trialrun.run import supervisor
    from trialrun.run.channel import Channel

    made = Recorder()
    channels: dict[int, bool] = {}
    spawn, ask = supervisor.Zygote.spawn, supervisor.Zygote._ask
    send, send_ahead = Channel.send, Channel.send_ahead

    def recorded_spawn(self: Any, *arguments: Any, **named: Any) -> Any:
        job = spawn(self, *arguments, **named)
        channels[id(job.channel)] = self._tester
        return job

    def recorded_ask(self: Any, request: Any, *more: Any) -> Any:
        (made.tester if self._tester else made.candidate).append(marshal.dumps(request, 2))
        return ask(self, request, *more)

    def recorded_send(self: Any, kind: Any, number: int, body: bytes) -> None:
        (made.tester if channels[id(self)] else made.candidate).append(bytes(body))
        send(self, kind, number, body)

    def recorded_ahead(self: Any, kind: Any, number: int, bodies: Any) -> int:
        (made.tester if channels[id(self)] else made.candidate).extend(map(bytes, bodies))
        return send_ahead(self, kind, number, bodies)

    monkeypatch.setattr(supervisor.Zygote, "spawn", recorded_spawn)
    monkeypatch.setattr(supervisor.Zygote, "_ask", recorded_ask)
    monkeypatch.setattr(Channel, "send", recorded_send)
    monkeypatch.setattr(Channel, "send_ahead", recorded_ahead)
    yield made


def forms(canary: str) -> list[bytes]:
    """Return ways in which bytes may hold a text."""
    plain = canary.encode()
    shifted = [base64.b64encode(b"x" * n + plain)[4:-4] for n in range(3)]
    return [
        plain,
        plain[::-1],
        canary.encode("utf-16-le"),
        canary.encode("utf-32-le"),
        plain.hex().encode(),
        *shifted,
    ]


def holds(messages: list[bytes], canary: str) -> bool:
    """Return whether any message holds the canary in any form."""
    return any(form in message for message in messages for form in forms(canary))


@pytest.mark.parametrize("hide", HIDING)
def test_nothing_hidden_is_sent_to_a_candidate(hide: Any, recorder: Recorder) -> None:
    canary, decoy = new_canary(), new_canary()
    task = hide(canary, decoy)
    with Sandbox() as sandbox:
        for source in (
            "def search(x): return x\n",
            "def search(x): raise ValueError(x)\n",
            "import os; os._exit(0)",
        ):
            assert not judge(sandbox, task, source).accepted
    assert holds(recorder.candidate, decoy), "the recorder sees what is sent"
    assert not holds(recorder.candidate, canary)
    if hide is asserted_with:
        assert holds(recorder.tester, canary), "test code goes to the tester"
    else:
        assert not holds(recorder.tester, canary), "expected values go nowhere"


@pytest.mark.parametrize("hide", HIDING)
def test_a_search_from_inside_finds_nothing(hide: Any, sandbox: Sandbox) -> None:
    canary, decoy = new_canary(), new_canary()
    result = judge(sandbox, hide(canary, decoy), SEARCH, SEARCHING)
    assert not result.accepted
    assert result.outcomes == ("returned",), result
    got = result.evidence.partition("got=")[2].partition("message=")[0]
    assert decoy in got, f"the search must find what is there: {result}"
    assert canary not in got and canary[::-1] not in got, result


def test_the_second_program_finds_nothing_of_the_first(sandbox: Sandbox) -> None:
    """Jobs come from one zygote, one after another and side by side: no memory passes between them."""
    first, second = new_canary(), new_canary()
    keep = "kept = []\ndef search(x):\n    kept.append(x)\n    return x\n"
    assert judge(sandbox, cased("keeps", "search", [((first,), first)]), keep).accepted
    result = judge(sandbox, cased_with(new_canary(), second), SEARCH, SEARCHING)
    got = result.evidence.partition("got=")[2].partition("message=")[0]
    assert second in got and first not in got, result


def test_nothing_hidden_is_seen_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Command lines and environments of zygotes hold no hidden value, and nothing of the caller's environment."""
    canary, decoy, key = new_canary(), new_canary(), new_canary()
    monkeypatch.setenv("MODEL_API_KEY", key)
    with Sandbox() as sandbox:
        judge(sandbox, cased_with(canary, decoy), "def search(x): return x\n")
        judge(sandbox, asserted_with(canary, decoy), "def search(x): return x\n")
        assert judge(
            sandbox,
            cased("environment", "f", [((), 0)]),
            "import os\ndef f():\n    return [*os.environ].count('MODEL_API_KEY')\n",
        ).accepted
        texts = []
        for pid in descendants(os.getpid()):
            for name in ("cmdline", "environ"):
                try:
                    texts.append(Path(f"/proc/{pid}/{name}").read_bytes())
                except OSError:
                    continue
    assert any(b"marshal" in text for text in texts) and any(b"PYTHONHASHSEED" in text for text in texts)
    assert not holds(texts, canary)
    assert not holds(texts, key), "the caller's environment"


@pytest.mark.parametrize("hide", HIDING)
def test_the_public_view_of_a_task_holds_nothing_hidden(hide: Any) -> None:
    canary, decoy = new_canary(), new_canary()
    task = hide(canary, decoy)
    assert not holds([repr(task.public()).encode()], canary)
    assert holds([repr(task).encode()], canary)
    for check in task.hidden_checks:
        name = check.code if isinstance(check, AssertCheck) else repr(check)
        assert name not in repr(task.public())


def test_a_socket_of_the_supervisor_is_not_inherited(sandbox: Sandbox) -> None:
    """Whatever the caller has open when it starts: a job finds its channel and three streams."""
    one, two = socket.socketpair()
    one.set_inheritable(True)
    two.set_inheritable(True)
    source = (
        "import os\ndef count(x):\n    found = []\n    for n in range(4096):\n        try: os.fstat(n)\n"
        "        except OSError: continue\n        found.append(n)\n    return found\n"
    )
    with one, two, Sandbox() as fresh:
        for place in (sandbox, fresh):
            assert judge(place, cased("descriptors", "count", [((0,), [0, 1, 2, 3])]), source).accepted
