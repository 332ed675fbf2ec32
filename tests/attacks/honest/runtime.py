"""Unusual use of the interpreter: signals, frames, collector, recursion, memory, hooks."""

# ruff: noqa: E501 (data: short programs stay on one line)

from tests.attacks.honest.program import Honest, plain

RUNTIME: tuple[Honest, ...] = (
    plain(
        "deep recursion",
        """
import sys
sys.setrecursionlimit(20000)
def f(n): return 0 if n == 0 else 1 + f(n - 1)
""",
        ((9000,), 9000),
    ),
    plain(
        "recursion caught",
        """
def g(): return g()
def f():
    try: g()
    except RecursionError: return 'deep'
""",
        ((), "deep"),
    ),
    plain(
        "memory used and given back",
        """
def f(n):
    x = bytearray(n)
    return len(x)
""",
        ((100_000_000,), 100_000_000),
    ),
    plain(
        "MemoryError caught",
        """
def f():
    try: return len(bytearray(1 << 45))
    except MemoryError: return -1
""",
        ((), -1),
    ),
    plain(
        "frames and collector used",
        """
import gc, sys
def f(n):
    gc.collect()
    return sys._getframe().f_locals['n']
""",
        ((4,), 4),
    ),
    plain(
        "signal handler",
        """
import signal
def f(n):
    hit = []
    signal.signal(signal.SIGALRM, lambda *a: hit.append(n))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    return hit
""",
        ((1,), [1]),
    ),
    plain(
        "finaliser",
        """
class F:
    def __del__(self): log.append(1)
log = []
def f():
    F()
    return log
""",
        ((), [1]),
    ),
    plain(
        "sys.exit caught",
        """
import sys
def f():
    try: sys.exit(3)
    except SystemExit as e: return e.code
""",
        ((), 3),
    ),
    plain(
        "alarm as a time limit",
        """
import signal, time
class Late(Exception): pass
def late(*about): raise Late
def f(seconds):
    old = signal.signal(signal.SIGALRM, late)
    # Long where nothing is slept: on a busy machine the call itself takes a while by the clock.
    signal.setitimer(signal.ITIMER_REAL, 0.02 if seconds else 60)
    try: time.sleep(seconds)
    except Late: return "stopped"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    return "slept"
""",
        ((60,), "stopped"),
        ((0,), "slept"),
    ),
    plain(
        "signal to itself",
        """
import os, signal
def f():
    seen = []
    signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(signal.Signals(number).name))
    signal.raise_signal(signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR1)
    return seen
""",
        ((), ["SIGUSR1", "SIGUSR1"]),
    ),
    plain(
        "scheduler",
        """
import sched, time
def f():
    out = []
    s = sched.scheduler(time.monotonic, time.sleep)
    s.enter(0.02, 1, out.append, ("b",))
    s.enter(0.01, 1, out.append, ("a",))
    s.run()
    return out
""",
        ((), ["a", "b"]),
    ),
    plain(
        "weak references",
        """
import gc, weakref
class Thing: pass
def f():
    cache, gone = weakref.WeakValueDictionary(), []
    thing = cache["k"] = Thing()
    weakref.finalize(thing, gone.append, "finalised")
    alive = weakref.ref(thing)() is thing
    del thing
    gc.collect()
    return alive, len(cache), gone
""",
        ((), (True, 0, ["finalised"])),
    ),
    plain(
        "ring of objects collected",
        """
import gc
class Node:
    dead = 0
    def __del__(self): Node.dead += 1
def f(n):
    Node.dead = 0
    nodes = [Node() for _ in range(n)]
    for a, b in zip(nodes, nodes[1:] + nodes[:1]): a.next = b
    del nodes, a, b
    gc.collect()
    return Node.dead
""",
        ((5,), 5),
    ),
    plain(
        "object that comes back in __del__",
        """
saved = []
class Cat:
    lives = 2
    def __del__(self):
        Cat.lives -= 1
        saved.append(self)
def f():
    Cat()
    return Cat.lives, len(saved)
""",
        ((), (1, 1)),
    ),
    plain(
        "collector switched and watched",
        """
import gc
def f():
    seen = []
    watch = lambda phase, info: seen.append(phase)
    gc.callbacks.append(watch)
    gc.disable()
    gc.collect()
    gc.enable()
    gc.callbacks.remove(watch)
    return seen[:2], gc.isenabled(), isinstance(gc.get_objects(), list), gc.get_referrers(seen) != []
""",
        ((), (["start", "stop"], True, True, True)),
    ),
    plain(
        "cyclic structure shown and measured",
        """
import reprlib
@reprlib.recursive_repr()
def show(x): return "ring"
def f(n):
    ring = list(range(n))
    ring.append(ring)
    seen, todo = set(), [ring]
    while todo:
        item = todo.pop()
        if isinstance(item, list) and id(item) not in seen:
            seen.add(id(item))
            todo += item
    return repr(ring), len(seen), ring == ring, show(ring)
""",
        ((2,), ("[0, 1, [...]]", 1, True, "ring")),
    ),
    plain(
        "name of the caller",
        "import sys\ndef who(): return sys._getframe(1).f_code.co_name\ndef f(): return who()",
        ((), "f"),
    ),
    plain(
        "stack inspected",
        """
import inspect
def depth(n): return [s.function for s in inspect.stack()[: n + 1]] if n == 0 else depth(n - 1)
def f():
    return inspect.currentframe().f_code.co_name, depth(2), inspect.getmodule(f) is not None
""",
        ((), ("f", ["depth"], True)),
    ),
    plain(
        "traceback formatted",
        """
import sys, traceback
def fail(): raise LookupError("why")
def f():
    try: fail()
    except LookupError:
        kind, error, trace = sys.exc_info()
        text = traceback.format_exc()
        names = [frame.name for frame in traceback.extract_tb(trace)]
        return text.splitlines()[-1], names, kind is type(error)
""",
        ((), ("LookupError: why", ["f", "fail"], True)),
    ),
    plain(
        "lines traced",
        """
import sys
def body(n):
    total = 0
    for i in range(n): total += i
    return total
def f(n):
    lines = []
    def trace(frame, event, arg):
        if event == "line": lines.append(frame.f_lineno)
        return trace
    sys.settrace(trace)
    try: result = body(n)
    finally: sys.settrace(None)
    return result, len(lines) > n, sys.gettrace() is None
""",
        ((3,), (3, True, True)),
    ),
    plain(
        "calls profiled",
        """
import cProfile, pstats
def leaf(): pass
def f(n):
    profile = cProfile.Profile()
    profile.runcall(lambda: [leaf() for _ in range(n)])
    counts = pstats.Stats(profile).stats
    return [count[0] for key, count in counts.items() if key[2] == "leaf"]
""",
        ((7,), [7]),
    ),
    plain(
        "memory traced",
        "import tracemalloc\ndef f(n):\n    tracemalloc.start()\n    x = bytearray(n)\n    now, peak = tracemalloc.get_traced_memory()\n"
        "    tracemalloc.stop()\n    return now >= n and peak >= now",
        ((1_000_000,), True),
    ),
    plain(
        "warnings given, caught and turned into errors",
        """
import warnings
def f(n):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(n): warnings.warn("old", DeprecationWarning)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try: warnings.warn("now")
        except UserWarning as error: return len(seen), str(error)
""",
        ((2,), (2, "now")),
    ),
    plain(
        "logging",
        """
import io, logging
def f(words):
    out = io.StringIO()
    log = logging.Logger("mine", logging.INFO)
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(message)s"))
    log.addHandler(handler)
    for word in words: log.info("%s", word)
    log.debug("hidden")
    logging.warning("to stderr")
    return out.getvalue()
""",
        ((["a", "b"],), "INFO:a\nINFO:b\n"),
    ),
    plain(
        "handler at exit",
        "import atexit\ndef bye(): print('bye')\natexit.register(bye)\ndef f(n): return n",
        ((3,), 3),
    ),
    plain(
        "recursion near the usual limit",
        "import sys\ndef g(n): return 0 if n == 0 else 1 + g(n - 1)\ndef f(): return g(sys.getrecursionlimit() - 150)",
        ((), 850),
    ),
    plain(
        "generators nested 300 deep",
        "def chain(n):\n    if n == 0: yield from (1, 2)\n    else: yield from chain(n - 1)\ndef f(n): return list(chain(n))",
        ((300,), [1, 2]),
    ),
    plain(
        "mutual recursion on a trampoline",
        """
def even(n): return (lambda: odd(n - 1)) if n else True
def odd(n): return (lambda: even(n - 1)) if n else False
def f(n):
    step = even(n)
    while callable(step): step = step()
    return step
""",
        ((100_001,), False),
    ),
    plain(
        "limits and usage read",
        "import resource\ndef f():\n    used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "    return used.ru_utime >= 0, len(resource.getrlimit(resource.RLIMIT_NOFILE))",
        ((), (True, 2)),
    ),
    plain(
        "anonymous memory map",
        "import mmap\ndef f(n):\n    with mmap.mmap(-1, n) as m:\n        m[:3] = b'abc'\n        m.seek(1)\n        return m.read(2), len(m)",
        ((8192,), (b"bc", 8192)),
    ),
    plain(
        "C library called",
        """
import ctypes
libc = ctypes.CDLL(None)
libc.strlen.restype = ctypes.c_size_t
class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int16), ("b", ctypes.c_uint8)]
def f(text):
    data = ctypes.create_string_buffer(text)
    return libc.strlen(data), libc.abs(-5), ctypes.sizeof(Pair), Pair(70000, 256).a
""",
        ((b"abc",), (3, 5, 4, 4464)),
    ),
    plain(
        "pipe inside the process",
        "import os, select\ndef f(data):\n    r, w = os.pipe()\n    os.write(w, data)\n    ready = select.select([r], [], [], 5)[0] == [r]\n"
        "    os.close(w)\n    try: return ready, os.read(r, 100)\n    finally: os.close(r)",
        ((b"xy",), (True, b"xy")),
    ),
    plain(
        "standard output taken over",
        """
import contextlib, io, sys
def f(n):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        print("in", n)
        print("err", file=sys.stderr)
    kept, sys.stdout = sys.stdout, io.StringIO()
    print("lost")
    sys.stdout = kept
    return out.getvalue()
""",
        ((1,), "in 1\nerr\n"),
    ),
    plain(
        "input replaced",
        "import builtins, io, sys\ndef f(text):\n    kept, sys.stdin = sys.stdin, io.StringIO(text)\n    try: return [input(), input()]\n    finally: sys.stdin = kept",
        (("a\nb\n",), ["a", "b"]),
    ),
    plain(
        "hooks of the interpreter set",
        "import sys\nsys.excepthook = lambda *about: None\nsys.unraisablehook = lambda about: None\nsys.setswitchinterval(0.001)\n"
        "class Bad:\n    def __del__(self): raise ValueError\ndef f(n):\n    Bad()\n    return n",
        ((1,), 1),
    ),
    plain(
        "import hook of its own",
        """
import importlib.abc, importlib.util, sys
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.startswith("made_"): return importlib.util.spec_from_loader(name, self)
    def create_module(self, spec): return None
    def exec_module(self, module): module.value = module.__name__.removeprefix("made_")
sys.meta_path.insert(0, Finder())
def f(name):
    return __import__("made_" + name).value
""",
        (("up",), "up"),
    ),
    plain(
        "100 MB of numbers summed lazily",
        "import itertools\ndef f(n): return sum(itertools.islice(itertools.count(), n))",
        ((300_000,), 44999850000),
    ),
    plain(
        "unraisable cleanup",
        "class R:\n    def __enter__(self): return self\n    def __exit__(self, *about): return True\n"
        "def f():\n    with R(): raise KeyboardInterrupt\n    return 'went on'",
        ((), "went on"),
    ),
)
