"""Attacks by programs that may start processes: more memory, CPU time, processes or life than one job may have.

They go straight to `run/`, since no task set asks for processes. Where no control group can be made most are
skipped: there these limits hold process by process only, as `trialrun doctor` says.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.attacks.tasks import cased

from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.run.cgroups import CPU, GROUPS, MEMORY, PIDS, Groups
from trialrun.run.job import Ended, Job
from trialrun.run.limits import PROCESSES
from trialrun.run.sandbox import Sandbox
from trialrun.run.whole import run_program
from trialrun.verify.tests import Judge, Rules

LIMITS = Limits(cpu_s=1.0, wall_s=20.0, memory_mb=192, processes=True)

here = pytest.mark.skipif(
    set(GROUPS.places) != {MEMORY, PIDS, CPU}, reason="this user can make no control groups here"
)


def run(sandbox: Sandbox, source: str, limits: Limits = LIMITS) -> Execution:
    """Run a whole program that may start processes."""
    return run_program(sandbox, Program.from_source(source), limits)


SPLIT = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        held = bytearray(80 << 20)
        time.sleep(600)
time.sleep(600)
"""


@here
def test_memory_is_counted_over_all_processes(sandbox: Sandbox) -> None:
    execution = run(sandbox, SPLIT)
    assert execution.outcome is Outcome.MEMORY, execution
    assert "together" in execution.message and 170 <= execution.peak_mb <= 192


@here
def test_a_program_that_survives_the_loss_of_a_child_is_out_of_memory_too(sandbox: Sandbox) -> None:
    source = SPLIT.replace("\ntime.sleep(600)\n", "\nos.wait()\nprint('done')\n")
    assert run(sandbox, source).outcome is Outcome.MEMORY


@here
def test_processes_are_bounded(sandbox: Sandbox) -> None:
    source = (
        "import os, time\nstarted = 0\ntry:\n    while True:\n        if os.fork() == 0: time.sleep(600)\n"
    )
    source += "        started += 1\nexcept OSError: print(started)\n"
    execution = run(sandbox, source)
    assert execution.outcome is Outcome.RETURNED and int(execution.stdout) < PROCESSES, execution


@here
@pytest.mark.parametrize("wait", ["os.wait()", "time.sleep(600)"])
def test_cpu_time_of_children_counts(sandbox: Sandbox, wait: str) -> None:
    source = f"import os, time\nif os.fork() == 0:\n    os.setsid()\n    while True: pass\n{wait}\n"
    execution = run(sandbox, source)
    assert execution.outcome is Outcome.TIMEOUT and "CPU time" in execution.message, execution
    assert execution.cpu_s >= LIMITS.cpu_s


@here
def test_cpu_time_of_children_that_nobody_waited_for_is_in_the_account(sandbox: Sandbox) -> None:
    source = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
if os.fork() == 0:
    end = time.thread_time() + 0.3
    while time.thread_time() < end: pass
    os._exit(0)
try: os.wait()
except ChildProcessError: pass
"""
    execution = run(sandbox, source)
    assert execution.outcome is Outcome.RETURNED and execution.cpu_s >= 0.3, execution


@here
def test_a_fork_bomb_ends_at_the_limit(sandbox: Sandbox) -> None:
    """Every process forks for as long as it can; none stops by itself."""
    source = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n"
    execution = run(sandbox, source)
    assert execution.outcome in (Outcome.TIMEOUT, Outcome.MEMORY), execution
    assert run(sandbox, "print('next')").stdout == b"next\n"


@here
def test_memory_in_files_counts_too(sandbox: Sandbox) -> None:
    """The scratch directory is memory: what children write there is held against the job."""
    source = """
import os, time
for number in range(4):
    if os.fork() == 0:
        with open(f"/tmp/{number}", "wb") as file: file.write(bytes(15 << 20))
        held = bytearray(35 << 20)
        time.sleep(600)
time.sleep(600)
"""
    execution = run(sandbox, source)
    assert execution.outcome is Outcome.MEMORY, execution


def test_there_is_no_shared_memory_to_hide_in(sandbox: Sandbox) -> None:
    source = """
import os, mmap
from multiprocessing import shared_memory
tried = []
for act in (lambda: open("/dev/shm/x", "wb"), lambda: os.memfd_create("x"),
            lambda: shared_memory.SharedMemory(create=True, size=1 << 20)):
    try: act()
    except OSError: continue
    tried.append(act)
print(len(tried))
"""
    assert run(sandbox, source).stdout == b"0\n"


@here
def test_memory_that_several_processes_share_counts_once(sandbox: Sandbox) -> None:
    source = """
import mmap, os
held = mmap.mmap(-1, SIZE << 20)
for _ in range(3):
    if os.fork() == 0:
        held[::4096] = bytes(len(held[::4096]))
        os._exit(0)
print([os.wait()[1] for _ in range(3)])
"""
    execution = run(sandbox, source.replace("SIZE", "100"))
    assert execution.stdout == b"[0, 0, 0]\n" and 100 <= execution.peak_mb <= 192, execution


def test_daemons_end_with_their_job(sandbox: Sandbox) -> None:
    """The daemon holds the job's output; it is at its end only once every process that holds it is gone."""
    from trialrun.run.channel import Kind
    from trialrun.run.sandbox import load_plan
    from trialrun.run.streams import Streams

    source = """
import os, signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: time.sleep(600)
        os._exit(0)
"""
    streams = Streams(1 << 16)
    try:
        with sandbox.job(LIMITS, streams=streams) as job:
            job.send(Kind.LOAD, 0, load_plan(source, mode="main", limits=LIMITS))
            assert job.receive().kind is Kind.DONE
        assert streams.at_end()
    finally:
        streams.close()


@here
def test_the_limits_are_not_in_reach(sandbox: Sandbox) -> None:
    source = """
import os
found = [path for path in ("/sys", "/sys/fs/cgroup", "/proc", "/proc/self/cgroup") if os.path.exists(path)]
for act in (lambda: os.setns(0, 0), lambda: os.unshare(0x02000000)):
    try: act()
    except (OSError, AttributeError): continue
    found.append("namespace")
print(found)
"""
    assert run(sandbox, source).stdout == b"[]\n"


@here
def test_large_programs_beside_each_other_fail_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Together they blow the fuse, and the kernel kills some; each is judged again alone, where it fits."""
    monkeypatch.setattr("trialrun.run.cgroups.fuse", lambda: 200 << 20)
    monkeypatch.setattr("trialrun.run.supervisor.GROUPS", Groups())
    task = cased("large", "letters", [(("",), 90 << 20)])
    source = (
        "import time\ndef letters(s):\n    held = bytearray(90 << 20)\n"
        "    held[::4096] = bytes(len(held[::4096]))\n    time.sleep(0.5)\n    return len(held)\n"
    )
    killed: list[str] = []
    explain = Job._gone
    monkeypatch.setattr(Job, "_gone", lambda job: _noted(killed, explain(job)))
    with Sandbox() as sandbox:
        judged = Judge(sandbox, Rules(limits=Limits(cpu_s=5.0, wall_s=60.0)))
        program = Program.from_source(source, entry="letters")
        with ThreadPoolExecutor(6) as threads:
            found = [one for (one,) in threads.map(lambda _: judged.judge(task, program), range(6))]
    assert [one.verdict for one in found] == ["pass"] * 6, found
    assert any("share" in message for message in killed), "the fuse never blew"


def _noted(messages: list[str], ended: Ended) -> Ended:
    messages.append(ended.message)
    return ended
