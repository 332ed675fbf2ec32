"""Attacks by programs that were given a network: past their own loopback, past TCP and UDP, to sockets of this machine.

Each has a server of ours to reach, so that what is refused would have been there. Honest uses stand beside.
"""

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.attacks.judging import WIDE
from tests.attacks.tasks import asserted

from trialrun.core.errors import SandboxError
from trialrun.core.execution import Execution, Limits, Network, Outcome
from trialrun.core.program import Program
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import SCOPED, Isolation
from trialrun.run.whole import run_program
from trialrun.verify.tests import Judge, Rules

LEVELS = list(Network)
OPEN = [Network.LOOPBACK, Network.ALLOWED]


def run(sandbox: Sandbox, source: str, network: Network, *, processes: bool = False) -> str:
    """Return what a program printed that has this network."""
    execution = execute(sandbox, source, network, processes=processes)
    assert execution.outcome is Outcome.RETURNED, execution
    return execution.stdout.decode().strip()


def execute(sandbox: Sandbox, source: str, network: Network, *, processes: bool = False) -> Execution:
    limits = Limits(cpu_s=5.0, wall_s=60.0, network=network, processes=processes)
    return run_program(sandbox, Program.from_source(source), limits)


def tried(action: str) -> str:
    """Return a program that says whether an action that may raise OSError went through."""
    return f"import os, socket\ntry:\n    {action}\n    print('reached')\nexcept OSError as error: print('refused')\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Listen on a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def abstract() -> Iterator[tuple[str, str]]:
    """Listen on an abstract stream socket and an abstract datagram socket; return their names."""
    names = [f"trialrun-test-{secrets.token_hex(8)}" for _ in range(2)]
    with socket.socket(socket.AF_UNIX) as stream, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as letters:
        stream.bind("\0" + names[0])
        stream.listen()
        letters.bind("\0" + names[1])
        yield names[0], names[1]


@pytest.mark.parametrize("network", LEVELS)
def test_only_the_machines_network_reaches_its_servers(network: Network, port: int, sandbox: Sandbox) -> None:
    expected = "reached" if network is Network.ALLOWED else "refused"
    assert (
        run(sandbox, tried(f"socket.create_connection(('127.0.0.1', {port}), timeout=9)"), network)
        == expected
    )


@pytest.mark.parametrize("network", LEVELS)
def test_abstract_sockets_of_this_machine_are_out_of_reach(
    network: Network, abstract: tuple[str, str], sandbox: Sandbox
) -> None:
    for action in (
        f"socket.socket(socket.AF_UNIX).connect('\\0{abstract[0]}')",
        f"socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', '\\0{abstract[1]}')",
        f"socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', '\\0{abstract[1]}')",
    ):
        assert run(sandbox, tried(action), network) == "refused", action


def test_abstract_sockets_are_out_of_reach_on_older_kernels(
    abstract: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Landlock has no scopes, the filter refuses all sockets of the machine, and TCP goes on."""
    monkeypatch.setattr("trialrun.run.supervisor.landlock_abi", lambda: SCOPED - 1)
    with Sandbox() as older:
        for action in (
            "socket.socket(socket.AF_UNIX)",
            "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
            "socket.socketpair(socket.AF_UNIX, 3)",
        ):
            assert run(older, tried(action), Network.ALLOWED) == "refused", action
        for action in ("socket.socketpair()", "socket.create_server(('127.0.0.1', 0))"):
            assert run(older, tried(action), Network.ALLOWED) == "reached", action


@pytest.mark.parametrize("network", OPEN)
def test_no_other_family_and_no_raw_socket(network: Network, sandbox: Sandbox) -> None:
    source = """
import socket
opened = []
for family in range(50):
    for kind in (1, 2, 3, 4, 5, 6, 10):
        for protocol in (0, 1, 6, 17, 58, 132, 136, 255, 262):
            try: socket.socket(family, kind, protocol).close()
            except OSError: continue
            opened.append((family, kind))
print(sorted(set(opened)))
"""
    kinds = [(1, 1), (1, 2), (1, 5), (2, 1), (2, 2), (10, 1), (10, 2)]
    assert set(eval(run(sandbox, source, network))) <= set(kinds)


@pytest.mark.parametrize("network", OPEN)
def test_listening_everywhere_is_seen_only_in_the_machines_network(
    network: Network, sandbox: Sandbox
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
    source = (
        "import socket\n"
        f"with socket.create_server(('0.0.0.0', {number})) as server:\n    server.settimeout(4)\n"
        "    try: server.accept(); print('called')\n    except TimeoutError: print('alone')\n"
    )
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(run(sandbox, source, network)))
    thread.start()
    while thread.is_alive():
        try:
            socket.create_connection(("127.0.0.1", number), timeout=1).close()
        except OSError:
            thread.join(0.05)
    assert found == ["called" if network is Network.ALLOWED else "alone"]


def test_programs_with_a_loopback_do_not_see_one_another(sandbox: Sandbox) -> None:
    """Both use the same port, each as server and as client, at the same time."""
    source = (
        "import socket, time\n"
        "for _ in range(20):\n"
        "    with socket.create_server(('127.0.0.1', 4242)) as server, socket.socket(socket.AF_UNIX) as named:\n"
        "        named.bind('\\0same name')\n"
        "        with socket.create_connection(('127.0.0.1', 4242)) as client: client.sendall(b'MARK')\n"
        "        if server.accept()[0].recv(9) != b'MARK': raise SystemExit('another')\n"
        "    time.sleep(0.02)\n"
        "print('alone')\n"
    )
    found: list[str] = []
    threads = [
        threading.Thread(
            target=lambda mark=mark: found.append(
                run(sandbox, source.replace("MARK", mark), Network.LOOPBACK)
            )
        )
        for mark in "abc"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["alone"] * 3


@pytest.mark.parametrize("network", LEVELS)
def test_files_of_the_machine_come_with_its_network_alone(network: Network, sandbox: Sandbox) -> None:
    paths = [
        "/etc/resolv.conf",
        "/etc/hosts",
        "/etc/ssl/certs",
        "/etc/ssl/private",
        "/etc/passwd",
        "/etc/hostname",
    ]
    shown = run(sandbox, f"import os\nprint([p for p in {paths} if os.path.exists(p)])", network)
    there = {
        Network.NONE: [],
        Network.LOOPBACK: ["/etc/hosts"],
        Network.ALLOWED: [path for path in paths[:3] if Path(path).exists()],
    }
    assert eval(shown) == there[network]
    if network is Network.LOOPBACK:
        assert (
            run(sandbox, "print(open('/etc/hosts').read())", network) == "127.0.0.1 localhost\n::1 localhost"
        )


def test_test_code_has_no_network_whatever_its_program_has(sandbox: Sandbox) -> None:
    code = (
        "import socket\nassert letters() == 'open'\n"
        "try: socket.socket()\nexcept OSError: pass\nelse: raise AssertionError('the tester opened a socket')\n"
    )
    source = "import socket\ndef letters():\n    socket.create_server(('127.0.0.1', 0))\n    return 'open'\n"
    limits = Limits(cpu_s=WIDE.cpu_s, network=Network.ALLOWED)
    judged = Judge(sandbox, Rules(limits=limits))
    (found,) = judged.judge(
        asserted("network", "letters", code), Program.from_source(source, entry="letters")
    )
    assert found.verdict == "pass", found
    assert judged.tier == f"{sandbox.tier}, network allowed"
    assert Judge(sandbox, Rules()).tier == sandbox.tier


def test_no_level_is_given_without_the_walls_around_it() -> None:
    asked = os.geteuid() == 0  # nothing runs: the zygote is refused before it has a job
    with Sandbox(Isolation(namespaces=False, unsafe=asked)) as bare, pytest.raises(SandboxError, match="own"):
        execute(bare, "pass", Network.LOOPBACK)
    with Sandbox(Isolation(landlock=False)) as bare, pytest.raises(SandboxError, match="Landlock"):
        execute(bare, "pass", Network.ALLOWED)


HONEST = """
import http.server, threading, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"hello")
    def log_message(self, *text): pass
server = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(urllib.request.urlopen("http://localhost:%d/" % server.server_port).read().decode())
server.shutdown()
"""


@pytest.mark.parametrize("network", OPEN)
def test_an_honest_server_answers(network: Network, sandbox: Sandbox) -> None:
    assert run(sandbox, HONEST, network) == "hello"


def test_an_honest_server_in_another_process_answers(sandbox: Sandbox) -> None:
    source = """
import asyncio, os, socket
server = socket.create_server(("127.0.0.1", 0))
if os.fork() == 0:
    server.accept()[0].sendall(b"from a child")
    os._exit(0)
async def ask():
    reader, writer = await asyncio.open_connection(*server.getsockname())
    print((await reader.read()).decode())
asyncio.run(ask())
os.wait()
"""
    assert run(sandbox, source, Network.LOOPBACK, processes=True) == "from a child"
