"""Damage: hangs, bombs, memory, disks, descriptors."""

# ruff: noqa: E501 (data: lines of programs stay whole)

from tests.attacks.programs.attack import FULL, GONE, TIME, VALUE, WRONG, answers, attack

DAMAGE = (
    attack(
        "damage",
        "hang in C",
        "a call that never returns to the interpreter",
        answers("sum(itertools.repeat(1))", "import itertools"),
        TIME,
        first=True,
    ),
    attack(
        "damage",
        "hang in itertools.product",
        "a C loop over 10**18 items",
        answers(
            "sum(1 for _ in ()) or max(map(len, itertools.product(range(10), repeat=18)))", "import itertools"
        ),
        TIME,
    ),
    attack(
        "damage",
        "hang in pow",
        "one multiplication without end",
        answers("len(str(7 ** (7 ** 9)))"),
        TIME,
        VALUE,
        FULL,
    ),
    attack(
        "damage",
        "hang in a regular expression",
        "exponential backtracking",
        answers("re.match('(a+)+$', 'a' * 60 + 'b')", "import re"),
        TIME,
    ),
    attack(
        "damage",
        "busy loop that catches all",
        "every exception swallowed, signals ignored",
        answers(
            "loop()",
            """
import signal
def loop():
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
        ),
        TIME,
    ),
    attack(
        "damage",
        "limits raised",
        "setrlimit from inside, then a busy loop",
        answers(
            "loop()",
            """
import resource, signal
def loop():
    for limit in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
        try: resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (OSError, ValueError): pass
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    while True: pass
""",
        ),
        TIME,
    ),
    attack(
        "damage",
        "many threads burn",
        "CPU time of threads",
        answers(
            "loop()",
            """
import hashlib, threading
def burn():
    while True: hashlib.sha256(bytes(1 << 20)).digest()
def loop():
    for _ in range(4): threading.Thread(target=burn, daemon=True).start()
    burn()
""",
        ),
        TIME,
    ),
    attack(
        "damage",
        "blocking on a pipe",
        "read from a pipe that nobody writes to",
        answers("os.read(os.pipe()[0], 1)", "import os"),
        TIME,
        first=True,
    ),
    attack("damage", "sleep", "sleep past every limit", answers("time.sleep(10 ** 6)", "import time"), TIME),
    attack(
        "damage",
        "deadlock",
        "two locks and nobody to release them",
        answers("(L.acquire(), L.acquire())", "import threading\nL = threading.Lock()"),
        TIME,
    ),
    attack(
        "damage",
        "waiting on stdin",
        "read what never comes",
        answers("input() if not kwargs else 0", ""),
        VALUE,
        TIME,
    ),
    attack(
        "damage",
        "memory filled",
        "a list that grows for ever",
        answers("fill()", "def fill():\n    x = []\n    while True: x.append(bytearray(1 << 22))"),
        FULL,
        TIME,
        first=True,
    ),
    attack(
        "damage",
        "memory filled and kept",
        "MemoryError caught, nothing given back",
        answers(
            "fill()",
            """
kept = []
def fill():
    size = 1 << 24
    while size:
        try: kept.append(bytearray(size))
        except MemoryError: size //= 2
    return WRONG
""".replace("WRONG", WRONG),
        ),
        FULL,
        VALUE,
        TIME,
        ["protocol"],
    ),
    attack(
        "damage",
        "memory filled at the top",
        "no memory is left to say so",
        "kept = [bytearray(1 << 24) for _ in range(1 << 20)]\n" + answers("0"),
        FULL,
    ),
    attack(
        "damage",
        "fork bomb",
        "thousands of processes",
        answers("bomb() or WRONG", "import os\ndef bomb():\n    for _ in range(12): os.fork()"),
        VALUE,
        TIME,
    ),
    attack(
        "damage",
        "thread bomb",
        "threads without end",
        answers(
            "bomb()",
            """
import threading, time
def bomb():
    threading.stack_size(65536)
    while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
""",
        ),
        VALUE,
        TIME,
        FULL,
    ),
    attack(
        "damage",
        "descriptor bomb",
        "open files without end",
        answers(
            "bomb()",
            "import os\nheld = []\ndef bomb():\n    while True: held.append(os.open('/dev/null', 0))",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "damage",
        "output bomb",
        "endless output",
        answers("bomb()", "import sys\ndef bomb():\n    while True: sys.stdout.write('x' * 65536)"),
        TIME,
        ["output"],
    ),
    attack(
        "damage",
        "error output bomb",
        "endless output on stderr",
        answers("bomb()", "import sys\ndef bomb():\n    while True: sys.stderr.write('x' * 65536)"),
        TIME,
        ["output"],
    ),
    attack(
        "damage",
        "disk filled",
        "one file, then many",
        answers(
            "fill()",
            """
def fill():
    number = 0
    while True:
        with open("/tmp/%d" % number, "wb") as file:
            for _ in range(15): file.write(bytes(1 << 20))
        number += 1
""",
        ),
        VALUE,
        TIME,
    ),
    attack(
        "damage",
        "inodes filled",
        "empty files without end",
        answers(
            "fill()",
            "def fill():\n    n = 0\n    while True:\n        open('/tmp/%d' % n, 'w').close()\n        n += 1",
        ),
        VALUE,
        TIME,
    ),
    attack(
        "damage",
        "directory bomb",
        "directories too deep to remove, which nobody may list",
        answers(
            "bomb() or WRONG",
            """
import os
def bomb():
    if os.path.exists("x"): return  # once is enough
    for _ in range(300):
        os.mkdir("d", 0o300)
        open("d/x", "w").close()
        os.mkdir("d/closed", 0)
        os.chdir("d")
""",
        ),
    ),
    attack(
        "damage",
        "deep recursion",
        "the C stack, with the interpreter's guard off",
        answers("f(0)", "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(x): return f(x + 1) + 1"),
        FULL,
        VALUE,
        TIME,
    ),
    attack(
        "damage",
        "recursion in C",
        "the C stack through nested calls of C functions",
        answers(
            "g()",
            "import sys\nsys.setrecursionlimit(10 ** 9)\nclass G:\n    def __getattr__(self, n): "
            "return getattr(self, n + 'x')\n    def __repr__(self): return repr([self])\n"
            "def g(): return repr(G())",
        ),
        FULL,
        VALUE,
        TIME,
    ),
    attack(
        "damage",
        "parser overwhelmed",
        "source nested too deep to compile",
        "x = " + "(" * 5000 + ")" * 5000 + "\n" + answers("0"),
        ["syntax", "load", "memory"],
        GONE,
        VALUE,
    ),
    attack(
        "damage",
        "no program",
        "bytes that are no text and no program",
        "\0\ud800 def ENTRY(",
        ["syntax", "load"],
        VALUE,
    ),
    attack(
        "damage",
        "hang with the interpreter's lock held",
        "a sleep in C that no thread and no handler can interrupt",
        answers("ctypes.PyDLL(None).sleep(10 ** 6)", "import ctypes"),
        TIME,
    ),
    attack(
        "damage",
        "hang in a lock of the C library",
        "a mutex locked twice",
        answers(
            "[lock(m) for _ in range(2)]",
            "import ctypes\nm = ctypes.create_string_buffer(64)\nlock = ctypes.CDLL(None).pthread_mutex_lock",
        ),
        TIME,
    ),
    attack(
        "damage",
        "hang in a conversion",
        "text to number and back in quadratic time",
        answers("len(str(int('9' * 10 ** 7)))", "import sys\nsys.set_int_max_str_digits(0)"),
        TIME,
    ),
    attack(
        "damage",
        "stopped",
        "SIGSTOP to itself and to its group",
        answers("(os.kill(os.getpid(), 19), os.killpg(0, 19), time.sleep(60))", "import os, time"),
        TIME,
        VALUE,
    ),
    attack(
        "damage",
        "memory by mapping",
        "anonymous maps, memory files and shared segments without end",
        answers(
            "fill() or WRONG",
            """
import mmap, os
held = []
def fill():
    while True:
        try:
            held.append(mmap.mmap(-1, 1 << 24))
            held[-1].write(b"x" * (1 << 24))
        except (OSError, MemoryError, ValueError): break
    try:
        file = os.memfd_create("x")
        for _ in range(1000): os.write(file, bytes(1 << 20))
    except (OSError, MemoryError): pass
""",
        ),
        FULL,
        VALUE,
        TIME,
        ["protocol"],
    ),
    attack(
        "damage",
        "memory by unpacking",
        "a gigabyte in a kilobyte",
        answers("len(zlib.decompress(zlib.compress(bytes(1 << 24)) * 1) * 100)", "import zlib"),
        FULL,
        VALUE,
    ),
    attack(
        "damage",
        "memory by formatting",
        "one format that asks for 10 GB",
        answers("f'{1:>10000000000}' + 'x' * 10 ** 10"),
        FULL,
    ),
    attack(
        "damage",
        "sparse file of an exabyte",
        "sizes that no counter expects",
        answers(
            "(stretch(), WRONG)[1]",
            "import os\ndef stretch():\n    with open('s', 'wb') as f:\n        for n in (1 << 30, 1 << 40, (1 << 63) - 1):\n"
            "            try: os.truncate('s', n)\n            except OSError: pass\n            try: os.pwrite(f.fileno(), b'x', n - 1)\n            except OSError: pass",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "damage",
        "descriptors of every kind",
        "pipes, event counters, polls, timers and watches without end",
        answers(
            "bomb() or WRONG",
            """
import os, select, socket
held = []
def bomb():
    for make in (os.pipe, lambda: os.eventfd(0), select.epoll, socket.socketpair, lambda: os.memfd_create("x")):
        try:
            while len(held) < 100000: held.append(make())
        except (OSError, AttributeError): pass
""",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "damage",
        "standard descriptors closed",
        "0 to 2 closed and replaced by other things",
        answers(
            "swap() or WRONG",
            "import os\ndef swap():\n    os.closerange(0, 3)\n    for _ in range(3): os.open('/dev/zero', 2)",
        ),
    ),
    attack(
        "damage",
        "strict mode of seccomp",
        "the program forbids itself everything but read, write and exit",
        answers("(ctypes.CDLL(None).prctl(22, 1, 0, 0, 0), WRONG)[1]", "import ctypes"),
        VALUE,
        GONE,
    ),
    attack(
        "damage",
        "output in one gulp",
        "100 MB written at once, by the descriptor",
        answers("(os.write(1, bytes(100 << 20)), WRONG)[1]", "import os"),
        VALUE,
        TIME,
        FULL,
        ["output"],
    ),
    attack(
        "damage",
        "stack of C overrun by a callback",
        "qsort that calls back for ever",
        answers(
            "sort()",
            "import ctypes\nT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)\ndef compare(a, b): return sort()\n"
            "C = T(compare)\ndef sort(): return ctypes.CDLL(None).qsort(b'ab', 2, 1, C)",
        ),
        VALUE,
        GONE,
        TIME,
        FULL,
    ),
)
