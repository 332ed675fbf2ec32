"""Leaving early, in the hope that an exit counts."""

# ruff: noqa: E501 (data: lines of programs stay whole)

from tests.attacks.programs.attack import GONE, TIME, VALUE, answers, attack

LEAVING = (
    attack(
        "leaving",
        "os._exit(0) in the call",
        "success by exit code",
        "import os\n" + answers("os._exit(0)"),
        GONE,
        first=True,
    ),
    attack(
        "leaving",
        "os._exit(0) at the top",
        "success by exit code, before any call",
        "import os\nos._exit(0)\n" + answers("0"),
        GONE,
    ),
    attack(
        "leaving",
        "sys.exit(0) in the call",
        "SystemExit passes `except Exception`",
        "import sys\n" + answers("sys.exit(0)"),
        VALUE,
    ),
    attack(
        "leaving",
        "sys.exit(0) at the top",
        "SystemExit while loading",
        "import sys\nsys.exit(0)\n" + answers("0"),
        VALUE,
        ["load"],
    ),
    *(
        attack(
            "leaving",
            f"raise {name}",
            "an exception that a harness lets pass",
            answers(f"fail({name}())", "def fail(error): raise error"),
            VALUE,
        )
        for name in (
            "KeyboardInterrupt",
            "GeneratorExit",
            "StopIteration",
            "StopAsyncIteration",
            "AssertionError",
            "NotImplementedError",
            "BaseExceptionGroup('x', [SystemExit(0)]) or BaseException",
        )
    ),
    attack(
        "leaving",
        "raise SkipTest",
        "skipped is not failed",
        answers("fail(unittest.SkipTest('later'))", "import unittest\ndef fail(error): raise error"),
        first=True,
    ),
    attack(
        "leaving",
        "SkipTest at the top",
        "skip the whole module",
        "import unittest\nraise unittest.SkipTest('later')\n" + answers("0"),
        ["load", "raised"],
    ),
    attack(
        "leaving",
        "exit from a thread",
        "another thread ends the process",
        answers(
            "(threading.Thread(target=os._exit, args=(0,)).start(), time.sleep(60))",
            "import os, threading, time",
        ),
        GONE,
    ),
    attack(
        "leaving",
        "exit from atexit",
        "a handler ends the process with success",
        answers("sys.exit(1)", "import atexit, os, sys\natexit.register(os._exit, 0)"),
        VALUE,
        GONE,
    ),
    attack(
        "leaving",
        "exit from a finaliser",
        "__del__ ends the process",
        answers("F() and 0", "import os\nclass F:\n    def __del__(self): os._exit(0)"),
        GONE,
    ),
    attack(
        "leaving",
        "SIGKILL to itself",
        "end by signal",
        answers("(os.kill(os.getpid(), 9), WRONG)", "import os"),
        VALUE,
        GONE,
    ),
    attack("leaving", "abort", "end by a signal of the C library", answers("os.abort()", "import os"), GONE),
    attack(
        "leaving",
        "segmentation fault",
        "crash the interpreter",
        answers("ctypes.string_at(1)", "import ctypes"),
        GONE,
        VALUE,
    ),
    attack(
        "leaving",
        "alarm",
        "default action of SIGALRM",
        answers("(signal.setitimer(signal.ITIMER_REAL, 0.01), time.sleep(60))", "import signal, time"),
        GONE,
        TIME,
    ),
    *(
        attack(
            "leaving",
            name,
            "an end that some harness takes for success",
            answers(expression, before),
            GONE,
            VALUE,
            TIME,
        )
        for name, expression, before in (
            ("exit by Py_Exit", "ctypes.pythonapi.Py_Exit(0)", "import ctypes"),
            ("interpreter finalised", "ctypes.pythonapi.Py_FinalizeEx()", "import ctypes"),
            ("exit by the C library", "ctypes.CDLL(None).exit(0)", "import ctypes"),
            (
                "replaced by another program",
                "os.execv(sys.executable, [sys.executable, '-c', 'print(1)'])",
                "import os, sys",
            ),
            (
                "main thread interrupted",
                "(threading.Thread(target=_thread.interrupt_main).start(), time.sleep(1))",
                "import _thread, threading, time",
            ),
            ("exit() of the interactive mode", "exit(0)", ""),
            ("parent leaves, child stays", "os._exit(0) if os.fork() else 0", "import os"),
            (
                "exception set in the main thread",
                "(ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(threading.get_ident()), ctypes.py_object(SystemExit)), WRONG)[1]",
                "import ctypes, threading",
            ),
        )
    ),
)
