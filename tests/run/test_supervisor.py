"""Zygotes: what they wall in, what their end ends, and tiers with fewer walls."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trialrun.core.errors import SandboxError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.job import Ended, ZygoteDied
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation

LIMITS = Limits(cpu_s=1.0, wall_s=5.0)
LANDLOCK = Isolation(namespaces=False, unsafe=os.geteuid() == 0)
"""Landlock and seccomp alone; as root that has to be asked for."""


def call_once(sandbox, source, limits=LIMITS):
    calls = encode_calls("f", [Case(args=(1,))])
    return next(run_cases(sandbox, Program.from_source(source, entry="f"), calls, limits))


def descendants(pid):
    """Return the process ids below `pid`."""
    below = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            below.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        children = below.get(todo.pop(), [])
        found += children
        todo += children
    return found


def alive(pids):
    return [pid for pid in pids if Path(f"/proc/{pid}").exists() and state(pid) != "Z"]


def state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def wait_until(condition, seconds=20.0):
    """Wait for something that must happen; the time is only the point at which a failure is certain."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


@pytest.mark.parametrize("isolation", [Isolation(), LANDLOCK], ids=["namespaces", "landlock"])
def test_walls_hold_in_each_tier(isolation, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("answer")
    for place in (secret, *secret.parents):
        if place == Path("/tmp"):
            break
        place.chmod(0o755)
    source = f"""
import os, resource, socket
def tries():
    yield lambda: open({str(secret)!r}).read()
    yield lambda: open({str(secret)!r}, "w")
    yield lambda: open("/etc/passwd").read()
    yield lambda: open("/proc/self/status").read()
    yield lambda: os.fork()
    yield lambda: os.execv("/bin/true", ["true"])
    yield lambda: socket.socket()
    yield lambda: os.kill({os.getpid()}, 0)
    yield lambda: os.chmod({str(secret)!r}, 0o600)
    yield lambda: os.utime({str(secret)!r}, (0, 0))
    yield lambda: os.chmod(os.__file__, 0o600)
    yield lambda: os.utime(os.__file__, (0, 0))
    yield lambda: os.sched_setaffinity({os.getpid()}, [0])
    yield lambda: resource.prlimit({os.getpid()}, resource.RLIMIT_NOFILE)
def f(x):
    reached = []
    for number, act in enumerate(tries()):
        try:
            act()
        except OSError:
            continue
        reached.append(number)
    with open("scratch", "w") as file: file.write("mine")
    return [reached, open("scratch").read(), sorted(os.listdir("."))]
"""
    with Sandbox(isolation) as sandbox:
        execution = call_once(sandbox, source)
        assert execution.outcome is Outcome.RETURNED, execution
        from trialrun.core.parse_values import decode

        reached, text, files = decode(execution.value)[0][0]
        if isolation.namespaces:
            # the scratch directory is private, so this write reaches nobody's secret
            reached = [number for number in reached if number != 1]
        assert (reached, text, files) == ([], "mine", ["scratch"])
    assert secret.read_text() == "answer"


def test_no_walls_at_all_is_refused_unless_asked_for():
    with (
        Sandbox(Isolation(namespaces=False, landlock=False)) as sandbox,
        pytest.raises(SandboxError, match="--unsafe"),
    ):
        call_once(sandbox, "def f(x): return x")
    with Sandbox(Isolation(namespaces=False, landlock=False, unsafe=True)) as sandbox:
        assert call_once(sandbox, "def f(x): return x").outcome is Outcome.RETURNED
        assert sandbox.tier == "unsafe"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps a user id that matters")
def test_root_without_namespaces_is_refused_unless_asked_for():
    with Sandbox(Isolation(namespaces=False)) as sandbox, pytest.raises(SandboxError, match="ordinary user"):
        call_once(sandbox, "def f(x): return x")


def test_without_a_pid_namespace_no_job_may_start_processes():
    with Sandbox(LANDLOCK) as sandbox, pytest.raises(SandboxError, match="daemon"):
        call_once(sandbox, "def f(x): return x", Limits(processes=True))


@pytest.mark.parametrize("isolation", [Isolation(), LANDLOCK], ids=["namespaces", "landlock"])
def test_closing_leaves_no_process_no_file_and_no_descriptor(isolation, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = len(list(Path("/proc/self/fd").iterdir()))
    others = set(descendants(os.getpid()))
    with Sandbox(isolation) as sandbox:
        call_once(sandbox, "def f(x): return x")
        with sandbox.job(LIMITS):
            started = set(descendants(os.getpid())) - others
            assert len(started) >= 2
            assert bool(list(tmp_path.iterdir())) is not isolation.namespaces
    assert wait_until(lambda: not alive(started))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert not list(tmp_path.iterdir())


def test_a_killed_supervisor_takes_everything_with_it():
    script = (
        "from trialrun.run.sandbox import *\nimport sys, time\n"
        "s = Sandbox(); j = s.job(Limits())\n"
        "j.send(Kind.LOAD, 0, load_plan('import time\\nwhile True: pass', mode='value', entries=['f']))\n"
        "print('up', flush=True); time.sleep(1000)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"up\n"
    started = descendants(process.pid)
    assert len(started) >= 3
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert wait_until(lambda: not alive(started)), alive(started)


def test_a_dead_zygote_is_replaced_and_its_jobs_end():
    others = set(descendants(os.getpid()))
    with Sandbox() as sandbox:
        call_once(sandbox, "def f(x): return x")
        with pytest.raises(ZygoteDied), sandbox.job(LIMITS) as job:
            for pid in set(descendants(os.getpid())) - others:
                os.kill(pid, signal.SIGKILL)
            job.receive()
        assert call_once(sandbox, "def f(x): return x").outcome is Outcome.RETURNED


def test_a_daemon_dies_with_its_job():
    source = """
import os, time
def f(x):
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1e6)
            os._exit(0)
    return x
"""
    with Sandbox() as sandbox:
        with sandbox.job(Limits(processes=True)):
            zygote = set(descendants(os.getpid()))
        before = set(descendants(os.getpid()))
        assert call_once(sandbox, source, Limits(cpu_s=1.0, processes=True)).outcome is Outcome.RETURNED
        assert wait_until(lambda: not alive(set(descendants(os.getpid())) - before - zygote))


def test_a_job_that_does_not_read_does_not_block_the_supervisor(sandbox):
    with sandbox.job(Limits(cpu_s=1.0, wall_s=0.3)) as job:
        from trialrun.run.channel import Kind
        from trialrun.run.sandbox import load_plan

        job.send(Kind.LOAD, 0, load_plan("import time\ntime.sleep(1e6)", mode="value", entries=["f"]))
        for number in range(50):
            job.send(Kind.CALL, number, b"x" * 1_000_000)
        with pytest.raises(Ended) as ended:
            job.receive()
        assert ended.value.outcome is Outcome.TIMEOUT


def test_the_kernels_account_cannot_be_talked_down(sandbox):
    source = """
import time, resource
time.process_time = lambda: 0.0
resource.getrusage = lambda who: None
def f(x):
    end = time.thread_time() + 0.3
    while time.thread_time() < end: pass
    return x
"""
    spent = []
    calls = encode_calls("f", [Case(args=(1,))])
    list(
        run_cases(
            sandbox,
            Program.from_source(source, entry="f"),
            calls,
            LIMITS,
            account=lambda c, m: spent.append(c),
        )
    )
    assert spent[0] >= 0.3
