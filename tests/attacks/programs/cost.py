"""Forged cost: clocks, counters and limits that a program can reach."""

# ruff: noqa: E501 (data: lines of programs stay whole)

from tests.attacks.programs.attack import GONE, PEER, TIME, VALUE, answers, attack

BURN = "\ndef burn():\n    for _ in range(10 ** 9): pass\n"

COST = (
    attack(
        "cost",
        "clocks stopped",
        "all clocks of the interpreter return 0, then a busy loop",
        answers(
            "burn()",
            """
import os, resource, time
for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime", "time_ns", "monotonic_ns"):
    setattr(time, name, lambda *a: 0)
os.times = lambda: (0,) * 5
resource.getrusage = lambda who: None
"""
            + BURN,
        ),
        TIME,
    ),
    attack(
        "cost",
        "cost reported by the program",
        "completion messages that say that nothing was used",
        PEER
        + answers(
            "(os.write(3, forge(6, body)), burn())",
            "import marshal\nbody = marshal.dumps((14, True, False, 'cpu_s=0.0', '', -1), 2)" + BURN,
        ),
        TIME,
        ["protocol"],
    ),
    attack(
        "cost",
        "work in a thread after the answer",
        "the answer is sent, the computing goes on at the next case's expense",
        answers("(threading.Thread(target=burn, daemon=True).start(), WRONG)[1]", "import threading" + BURN),
        VALUE,
        TIME,
    ),
    attack(
        "cost",
        "work before the first case",
        "a busy loop at the top, where no case is charged",
        "for _ in range(10 ** 10): pass\n" + answers("WRONG"),
        TIME,
        ["load"],
    ),
    attack(
        "cost",
        "work while the answer is read",
        "an iterator that computes when it is encoded",
        answers("iter(work, None)", "def work():\n    while True: sum(range(10 ** 6))"),
        TIME,
        VALUE,
    ),
    attack(
        "cost",
        "priority and processors changed",
        "nice, affinity, real-time class, timer slack, then a busy loop",
        answers(
            "rush()",
            """
import ctypes, os
def rush():
    for act in (lambda: os.nice(-20), lambda: os.sched_setaffinity(0, range(64)),
                lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)),
                lambda: os.setpriority(os.PRIO_PROCESS, 0, -20), lambda: ctypes.CDLL(None).prctl(29, 1, 0, 0, 0)):
        try: act()
        except OSError: pass
    while True: pass
""",
        ),
        TIME,
    ),
    attack(
        "cost",
        "many short sleeps",
        "never a whole second at a time",
        answers("doze()", "import time\ndef doze():\n    while True: time.sleep(0.001)"),
        TIME,
    ),
    attack(
        "cost",
        "timeout caught",
        "every signal and exception that could end it is handled",
        answers(
            "hold()",
            """
import signal, sys, time
def hold():
    sys.unraisablehook = sys.excepthook = lambda *a: None
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGXCPU, signal.SIGPROF):
        signal.signal(number, lambda *a: hold())
    while True:
        try: time.sleep(0.01)
        except BaseException: continue
""",
        ),
        TIME,
    ),
    attack(
        "cost",
        "limits lowered to nothing",
        "the program makes its own limits the excuse",
        answers(
            "lower() or WRONG",
            """
import resource
def lower():
    for name in ("NOFILE", "NPROC", "FSIZE", "STACK", "DATA", "AS"):
        try: resource.setrlimit(getattr(resource, "RLIMIT_" + name), (0, 0))
        except (OSError, ValueError): pass
""",
        ),
        VALUE,
        GONE,
        ["memory"],
    ),
    attack(
        "cost",
        "CPU limit lowered",
        "the kernel ends the process: an infrastructure fault?",
        answers("(resource.setrlimit(resource.RLIMIT_CPU, (1, 1)), burn())", "import resource" + BURN),
        TIME,
        GONE,
    ),
)
