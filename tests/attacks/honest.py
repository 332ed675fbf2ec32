"""Honest programs that look suspicious: each solves a small task in a way that a careless judge would reject.

Every entry is a program, the expression that calls it, and what plain Python says of it; the judge must say the same,
through asserts and, where the arguments are plain, through cases. Limits are wide: none of this is about speed.

Leaves out: subprocesses, sockets and packages outside the standard library, which no job is given.
"""

# ruff: noqa: E501 (data: programs stay on the line where they are named)

from dataclasses import dataclass
from typing import Any

from tests.attacks.tasks import asserted, cased

from trialrun.core.task import Task


@dataclass(frozen=True, slots=True)
class Honest:
    """One honest program."""

    name: str
    source: str
    calls: tuple[tuple[tuple[Any, ...], Any], ...]
    """(arguments, result) pairs for plain cases."""
    test: str
    """Test code for asserts."""

    def tasks(self) -> list[Task]:
        """Return the tasks that the program solves."""
        made = [asserted(self.name, "f", self.test)] if self.test else []
        return made + ([cased(self.name, "f", list(self.calls))] if self.calls else [])


def _plain(name: str, source: str, *calls: tuple[tuple[Any, ...], Any]) -> Honest:
    """Make a program whose arguments and results are literals."""
    test = "".join(f"assert f(*{arguments!r}) == {result!r}\n" for arguments, result in calls)
    return Honest(name, source.strip("\n") + "\n", calls, test)


def _tested(name: str, source: str, test: str) -> Honest:
    """Make a program that only asserts can test."""
    return Honest(name, source.strip("\n") + "\n", (), test.strip("\n") + "\n")


BIG = 10**300

VALUES = (
    _plain("Counter", "from collections import Counter\ndef f(s): return Counter(s)", (("aab",), {"a": 2, "b": 1})),
    _plain("OrderedDict", "from collections import OrderedDict\ndef f(s): return OrderedDict.fromkeys(s, 0)",
           (("ba",), {"b": 0, "a": 0})),
    _plain("defaultdict", "from collections import defaultdict\ndef f(s):\n    d = defaultdict(list)\n"
           "    for c in s: d[c].append(1)\n    return d", (("aab",), {"a": [1, 1], "b": [1]})),
    _plain("namedtuple", "from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef f(a, b): return P(a, b)",
           ((1, 2), (1, 2))),
    _plain("typing.NamedTuple", "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    y: int = 3\n"
           "def f(a): return P(a)", ((1,), (1, 3))),
    _plain("Decimal equals int", "from decimal import Decimal\ndef f(n): return Decimal(n)", ((7,), 7)),
    _plain("Fraction equals float", "from fractions import Fraction\ndef f(n): return Fraction(n, 2)", ((3,), 1.5)),
    _plain("bool for int", "def f(n): return n > 0", ((1,), 1), ((-1,), 0)),
    _plain("float for int", "def f(n): return n / 2", ((4,), 2)),
    _plain("int for float", "def f(n): return n * 2", ((4,), 8.0)),
    _plain("IntEnum", "from enum import IntEnum\nclass C(IntEnum):\n    RED = 1\ndef f(n): return C(n)", ((1,), 1)),
    _plain("StrEnum", "from enum import Enum\nclass C(str, Enum):\n    RED = 'red'\ndef f(): return C.RED", ((), "red")),
    _plain("frozenset for set", "def f(s): return frozenset(s)", (("aab",), {"a", "b"})),
    _plain("honest int subclass", "class N(int):\n    def half(self): return self // 2\ndef f(n): return N(n)", ((8,), 8)),
    _plain("honest str subclass", "class S(str):\n    def loud(self): return self.upper()\ndef f(s): return S(s)",
           (("hey",), "hey")),
    _plain("honest list subclass", "class L(list):\n    def first(self): return self[0]\ndef f(n): return L(range(n))",
           ((3,), [0, 1, 2])),
    _plain("honest dict subclass", "class D(dict):\n    pass\ndef f(n): return D({n: n})", ((3,), {3: 3})),
    _plain("complex", "def f(a, b): return complex(a, b)", ((1.0, -2.0), 1 - 2j)),
    _plain("bytes and bytearray", "def f(n): return bytearray(range(n))", ((3,), b"\0\1\2")),
    _plain("big numbers", "def f(n): return n ** 3 - n", ((BIG,), BIG**3 - BIG), ((-BIG,), -(BIG**3) + BIG)),
    _tested("infinity", "def f(x): return x * 1e308", "assert f(10.0) == float('inf') == -f(-10.0)"),
    _tested("NaN", "def f(): return float('nan')", "x = f()\nassert x != x"),
    _plain("negative zero", "def f(x): return -x", ((0.0,), 0.0)),
    _plain("None in containers", "def f(n): return [None] * n", ((3,), [None, None, None])),
    _plain("nested containers", "def f(n): return {n: [(n, {n}), [[], {}]]}", ((1,), {1: [(1, {1}), [[], {}]]})),
    _plain("shared rows", "def f(n): return [[0] * n] * n", ((2,), [[0, 0], [0, 0]])),
    _plain("unicode", "def f(s): return s[::-1] + '\\u202e\\U0001f600'", (("äß",), "ßä\u202e\U0001f600")),
    _plain("control characters", "def f(): return '\\x00\\x1b[31m\\r\\n'", ((), "\0\x1b[31m\r\n")),
    _plain("empty things", "def f(): return [], {}, set(), (), '', b''", ((), ([], {}, set(), (), "", b""))),
    _plain("depth 300", "def f(n):\n    x = 0\n    for _ in range(n): x = [x]\n    while isinstance(x, list): x = x[0]\n"
           "    return x", ((300,), 0)),
    _plain("Ellipsis", "def f(): return ...", ((), ...)),
    _plain("range", "def f(n): return range(n)", ((3,), range(3))),
    _plain("long list", "def f(n): return list(range(n))", ((20000,), list(range(20000)))),
    _plain("dict in another order", "def f(): return {'b': 2, 'a': 1}", ((), {"a": 1, "b": 2})),
)  # fmt: skip

TESTED = (
    _tested("generator", "def f(n):\n    for i in range(n): yield i * i",
            "assert list(f(4)) == [0, 1, 4, 9]\nassert sum(f(3)) == 5"),
    _tested("map and zip", "def f(xs): return map(str, xs)\n", "assert list(f([1, 2])) == ['1', '2']"),
    _tested("dict views", "def f(d): return d.keys()", "assert set(f({'a': 1})) == {'a'} and 'a' in f({'a': 1})"),
    _tested("callback", "def f(g, xs): return [g(x) for x in xs]",
            "seen = []\ndef g(x):\n    seen.append(x)\n    return -x\nassert f(g, [1, 2]) == [-1, -2] and seen == [1, 2]"),
    _tested("callback that raises", "def f(g):\n    try: return g()\n    except KeyError: return 'caught'",
            "def g(): raise KeyError('k')\nassert f(g) == 'caught'"),
    _tested("key function", "def f(xs, key): return sorted(xs, key=key)",
            "assert f(['bb', 'a'], len) == ['a', 'bb']\nassert f([1, 2], lambda n: -n) == [2, 1]"),
    _tested("returns a function", "def f(n): return lambda x: x + n", "add = f(3)\nassert add(4) == 7 and add(0) == 3"),
    _tested("returns an object", "class Stack:\n    def __init__(self): self.items = []\n"
            "    def push(self, x): self.items.append(x)\n    def pop(self): return self.items.pop()\n"
            "    def __len__(self): return len(self.items)\ndef f(): return Stack()",
            "s = f()\ns.push(1)\ns.push(2)\nassert len(s) == 2 and s.pop() == 2 and s.pop() == 1 and len(s) == 0"),
    _tested("sorting in place", "def f(xs): xs.sort()", "xs = [2, 1]\nassert f(xs) is None and xs == [1, 2]"),
    _tested("in place and returned", "def f(xs):\n    xs.reverse()\n    return xs",
            "xs = [1, 2]\nassert f(xs) is xs and xs == [2, 1]"),
    _tested("dict filled in place", "def f(d, k):\n    d.setdefault(k, []).append(k)\n    return d",
            "d = {}\nf(d, 1)\nf(d, 1)\nassert d == {1: [1, 1]}"),
    _tested("set changed in place", "def f(s):\n    s.discard(1)\n    s |= {5}", "s = {1, 2}\nf(s)\nassert s == {2, 5}"),
    _tested("nested list changed", "def f(grid):\n    for row in grid: row[0] = 0",
            "row = [1, 2]\nf([row, row])\nassert row == [0, 2]"),
    _tested("bytearray changed", "def f(b): b[0] = 9", "b = bytearray(b'abc')\nf(b)\nassert b == b'\\x09bc'"),
    _tested("same list twice", "def f(a, b): return a is b", "x = []\nassert f(x, x) and not f([], [])"),
    _tested("keyword arguments", "def f(a, *, b=2, **more): return a, b, more",
            "assert f(1) == (1, 2, {}) and f(1, b=3, c=4) == (1, 3, {'c': 4})"),
    _tested("builtin exception", "def f(n):\n    if n < 0: raise ValueError('negative')\n    return n",
            "try:\n    f(-1)\nexcept ValueError as error:\n    assert str(error) == 'negative'\nelse:\n    assert False"),
    _tested("own exception below", "class Odd(ValueError): pass\ndef f(n):\n    try:\n        if n % 2: raise Odd(n)\n"
            "        return True\n    except Odd: return False", "assert f(2) and not f(3)"),
    _tested("exception swallowed by design", "def f(s):\n    try: return int(s)\n    except Exception: return None",
            "assert f('3') == 3 and f('x') is None"),
    _tested("state between calls", "calls = []\ndef f(x):\n    calls.append(x)\n    return len(calls)",
            "assert [f(0), f(0), f(0)] == [1, 2, 3]"),
    _tested("memo", "from functools import lru_cache\n@lru_cache(None)\ndef f(n): return n if n < 2 else f(n-1) + f(n-2)",
            "assert f(90) == 2880067194370816120"),
    _tested("long loop of calls", "def f(x): return x + 1", "x = 0\nfor _ in range(3000): x = f(x)\nassert x == 3000"),
    _tested("result checked by type", "def f(): return {'n': [1.0]}",
            "x = f()\nassert type(x) is dict and isinstance(x['n'][0], float)"),
    _tested("truth of an object", "class T:\n    def __bool__(self): return False\ndef f(): return T()",
            "assert not f() and f() is not None"),
    _tested("date", "import datetime\ndef f(s): return datetime.date.fromisoformat(s) + datetime.timedelta(days=1)",
            "import datetime\nassert f('2024-02-28') == datetime.date(2024, 2, 29)"),
    _tested("deque", "from collections import deque\ndef f(xs):\n    d = deque(xs, maxlen=2)\n    return d",
            "from collections import deque\nassert f([1, 2, 3]) == deque([2, 3])"),
)  # fmt: skip

MANNERS = (
    _plain("main guard with sys.exit", "import sys\ndef f(x): return x\nif __name__ == '__main__':\n    sys.exit(f(1))",
           ((2,), 2)),
    _plain("heavy output", "def f(n):\n    for i in range(n): print('x' * 1000, i)\n    return n", ((3000,), 3000)),
    _plain("output on stderr", "import sys\ndef f(n):\n    print('PASSED', file=sys.stderr, flush=True)\n    return n",
           ((1,), 1)),
    _plain("prints at the top", "print('[bold]hello[/nothing]', '\\x1b[2J')\ndef f(n): return n", ((1,), 1)),
    _plain("threads", "import threading\ndef f(n):\n    out = []\n    ts = [threading.Thread(target=out.append, args=(i,)) "
           "for i in range(n)]\n    for t in ts: t.start()\n    for t in ts: t.join()\n    return sorted(out)",
           ((5,), [0, 1, 2, 3, 4])),
    _plain("thread pool", "from concurrent.futures import ThreadPoolExecutor\ndef f(n):\n"
           "    with ThreadPoolExecutor(3) as pool: return list(pool.map(abs, range(-n, 0)))", ((3,), [3, 2, 1])),
    _plain("daemon thread left running", "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), "
           "daemon=True).start()\ndef f(n): return n", ((1,), 1)),
    _plain("asyncio", "import asyncio\nasync def g(n):\n    await asyncio.sleep(0)\n    return n + 1\n"
           "def f(n): return asyncio.run(g(n))", ((1,), 2)),
    _plain("deep recursion", "import sys\nsys.setrecursionlimit(20000)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)",
           ((9000,), 9000)),
    _plain("recursion caught", "def g(): return g()\ndef f():\n    try: g()\n    except RecursionError: return 'deep'",
           ((), "deep")),
    _plain("temporary files", "import tempfile, os\ndef f(s):\n    with tempfile.TemporaryDirectory() as d:\n"
           "        p = os.path.join(d, 'x')\n        open(p, 'w').write(s)\n        return open(p).read()", (("hi",), "hi")),
    _plain("file in the working directory", "def f(s):\n    open('data.txt', 'w').write(s)\n    return open('data.txt').read()",
           (("hi",), "hi")),
    _plain("helper class with its own ==", "class V:\n    def __init__(self, x): self.x = x\n"
           "    def __eq__(self, other): return True\n    def __hash__(self): return 0\n"
           "def f(xs): return len({V(x) for x in xs})", (([1, 2, 3],), 1)),
    _plain("helper that shadows a builtin", "def sum(xs): return max(xs)\ndef f(xs): return sum(xs)", (([1, 3],), 3)),
    _plain("module patched for itself", "import math\nmath.tau = 6\ndef f(): return math.tau", ((), 6)),
    _plain("memory used and given back", "def f(n):\n    x = bytearray(n)\n    return len(x)", ((100_000_000,), 100_000_000)),
    _plain("MemoryError caught", "def f():\n    try: return len(bytearray(1 << 45))\n    except MemoryError: return -1",
           ((), -1)),
    _plain("frames and collector used", "import gc, sys\ndef f(n):\n    gc.collect()\n    return sys._getframe().f_locals['n']",
           ((4,), 4)),
    _plain("short sleep", "import time\ndef f(n):\n    time.sleep(0.05)\n    return n", ((1,), 1)),
    _plain("signal handler", "import signal\ndef f(n):\n    hit = []\n    signal.signal(signal.SIGALRM, lambda *a: hit.append(n))\n"
           "    signal.setitimer(signal.ITIMER_REAL, 0.01)\n    signal.pause()\n    return hit", ((1,), [1])),
    _plain("seeded random", "import random\ndef f():\n    random.seed(7)\n    a = random.random()\n    random.seed(7)\n"
           "    return a == random.random()", ((), True)),
    _plain("environment", "import os, time, locale\ndef f(): return os.environ['TZ'], time.timezone, os.getcwd() != ''",
           ((), ("UTC", 0, True))),
    _plain("exec and eval", "def f(s):\n    scope = {}\n    exec('y = ' + s, scope)\n    return eval('y + 1', scope)",
           (("2",), 3)),
    _plain("dataclass inside", "from dataclasses import dataclass\n@dataclass(order=True)\nclass P:\n    a: int\n"
           "def f(xs): return max(P(x) for x in xs).a", (([1, 5],), 5)),
    _plain("pickle of own class", "import pickle\nclass P:\n    def __init__(self, n): self.n = n\n"
           "def f(n): return pickle.loads(pickle.dumps(P(n))).n", ((3,), 3)),
    _plain("type hints and future import", "from __future__ import annotations\nfrom typing import *\n"
           "def f(x: List[Missing]) -> Optional[int]: return len(x)", (([1],), 1)),
    _plain("entry as a lambda", "f = lambda n: n + 1", ((1,), 2)),
    _plain("entry as a partial", "from functools import partial\nf = partial(int, base=2)", (("101",), 5)),
    _plain("entry as a callable object", "class F:\n    def __call__(self, n): return n * 2\nf = F()", ((2,), 4)),
    _plain("entry wrapped", "import functools\ndef twice(g):\n    @functools.wraps(g)\n    def h(*a): return g(g(*a))\n"
           "    return h\n@twice\ndef f(n): return n + 1", ((0,), 2)),
    _plain("entry redefined", "def f(n): return 0\ndef f(n): return n", ((6,), 6)),
    _plain("many standard modules", "import json, re, math, itertools, functools, operator, bisect, heapq, string, decimal\n"
           "def f(s): return json.loads(s)", (('{"a": [1, null]}',), {"a": [1, None]})),
    _plain("sqlite in memory", "import sqlite3\ndef f(n): return sqlite3.connect(':memory:').execute('select ?', (n,))"
           ".fetchone()", ((3,), (3,))),
    _plain("finaliser", "class F:\n    def __del__(self): log.append(1)\nlog = []\ndef f():\n    F()\n    return log",
           ((), [1])),
    _plain("sys.exit caught", "import sys\ndef f():\n    try: sys.exit(3)\n    except SystemExit as e: return e.code", ((), 3)),
    _plain("windows line ends", "def f(n):\r\n    return n\r\n", ((1,), 1)),
    _plain("encoding cookie", "# -*- coding: latin-1 -*-\ndef f(): return 'é'\n", ((), "é")),
)  # fmt: skip

HONEST: tuple[Honest, ...] = (*VALUES, *TESTED, *MANNERS)

PROGRAMS: tuple[tuple[str, str, str], ...] = (
    ("reads stdin", "print(int(input()) + 1)", "6"),
    ("main guard", "import sys\ndef main():\n    print(sys.stdin.read().strip() * 2)\nif __name__ == '__main__': main()", "55"),
    ("exits with 0", "import sys\nprint('done')\nsys.exit(0)", "done"),
    ("exits with None", "print('done')\nraise SystemExit", "done"),
    ("atexit prints", "import atexit\natexit.register(print, 'late')", "late"),
    ("thread prints", "import threading, time\n"
     "threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()", "late"),
    ("no newline at the end", "import sys\nsys.stdout.write('x')", "x"),
    ("bytes on stdout", "import sys\nsys.stdout.buffer.write(b'raw')", "raw"),
    ("descriptor 1", "import os\nos.write(1, b'raw')", "raw"),
    ("much output", "print('y' * 100000)", "y" * 100000),
)  # fmt: skip
"""Whole programs on the stdin `5`: (name, source, what they print)."""
