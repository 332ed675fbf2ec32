"""Time in which the supervisor does not run, stopped or waiting for a CPU, is not held against a job."""

import itertools
import os
import signal
import subprocess
import sys
import time

import pytest
from tests.attacks.footprint import below, processes

from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run import job
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.sandbox import Sandbox

SCRIPT = """
import sys
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.sandbox import Sandbox
program = Program.from_source("import time\\ndef f(s):\\n    time.sleep(s)\\n    return s\\n", entry="f")
with Sandbox() as sandbox:
    sandbox.tier
    print("ready", flush=True)
    sys.stdin.readline()
    for execution in run_cases(sandbox, program, encode_calls("f", [Case(args=(0.5,)), Case(args=(9,))]), LIMITS):
        print(execution.outcome, flush=True)
""".replace("LIMITS", "Limits(wall_s=2.0)")
LATE = """
import time
from trialrun.run.job import Job
look = Job._check_budgets
def late(job):
    if not done:
        done.append(time.sleep(4))
    return look(job)
done = []
Job._check_budgets = late
print("ready", flush=True)
"""


@pytest.mark.parametrize("stop", [False, True])
def test_time_in_which_all_was_stopped_does_not_count(stop):
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None and run.stdin is not None
        assert run.stdout.readline() == "ready\n"
        run.stdin.write("go\n")
        run.stdin.flush()
        if stop:
            time.sleep(0.2)
            everyone = [run.pid, *(found.pid for found in below(run.pid, processes()))]
            for pid in everyone:
                os.kill(pid, signal.SIGSTOP)
            time.sleep(4)
            for pid in everyone:
                os.kill(pid, signal.SIGCONT)
        assert run.stdout.read().split() == ["returned", "timeout"]


def test_nor_does_time_in_which_the_supervisor_was_stopped_outside_a_wait():
    script = SCRIPT.replace('print("ready", flush=True)', LATE.replace("\n", "\n    "))
    run = subprocess.run(
        [sys.executable, "-c", script], input="go\n", stdout=subprocess.PIPE, text=True, check=True
    )
    assert run.stdout.split() == ["ready", "returned", "timeout"]


@pytest.mark.parametrize(
    ("delays", "outcome"), [((0.0, 2.0), "returned"), ((0.0, 0.0), "timeout"), ((None, 9.0), "timeout")]
)
def test_nor_does_time_in_which_this_thread_waits_for_a_cpu(monkeypatch, delays, outcome):
    # A large answer is read piece by piece; on a busy machine each piece waits until this thread has its turn.
    asked = itertools.chain(delays, itertools.repeat(delays[-1]))
    program = Program.from_source("import time\ndef f(s):\n    time.sleep(s)\n", entry="f")
    calls = encode_calls("f", [Case(args=(2.5,))])
    with Sandbox() as sandbox:
        assert sandbox.tier  # what tries the zygote first has jobs, too
        monkeypatch.setattr(job, "own_delay", lambda: next(asked))
        (found,) = run_cases(sandbox, program, calls, Limits(wall_s=1.5))
    assert found.outcome == outcome


def test_this_threads_waiting_is_the_kernels_word():
    before = job.own_delay()
    assert before is not None and 0.0 <= before <= job.own_delay() < time.monotonic()


@pytest.mark.parametrize(("size", "outcome"), [(4 << 20, "returned"), (100, "timeout")])
def test_nor_does_time_in_which_a_job_waits_to_be_read(monkeypatch, size, outcome):
    # Each piece of an answer of four megabytes waits a fifth of a second until somebody reads it, four seconds in all.
    source = f"import time\ndef f(s):\n    time.sleep(s)\n    return b'x' * {size}\n"
    calls = encode_calls("f", [Case(args=(0.0 if outcome == "returned" else 9.0,))])
    fill = job.Job._fill

    def late(self):
        time.sleep(0.2)
        fill(self)

    with Sandbox() as sandbox:
        assert sandbox.tier
        monkeypatch.setattr(job.Job, "_fill", late)
        limits = Limits(wall_s=1.5, value_kb=8 << 10)
        (found,) = run_cases(sandbox, Program.from_source(source, entry="f"), calls, limits)
    assert found.outcome == outcome


def test_a_job_that_fills_its_channel_now_and_then_is_stopped_all_the_same():
    source = """
import gc, struct, time, os
def f(x):
    peer = next(one for one in gc.get_objects() if type(one).__name__ == "Peer")
    os.write(peer.descriptor, struct.pack("<IQIB", 1 << 30, peer.nonce, 0, 3))
    while True:
        os.write(peer.descriptor, bytes(200_000))
        time.sleep(0.2)
"""
    limits = Limits(wall_s=0.3, value_kb=2 << 20)
    with Sandbox() as sandbox:
        program = Program.from_source(source, entry="f")
        (found,) = run_cases(sandbox, program, encode_calls("f", [Case(args=(1,))]), limits)
    assert found.outcome == "timeout" and found.message.endswith("in all")
