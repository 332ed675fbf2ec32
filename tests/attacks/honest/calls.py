"""Unusual calls: callbacks, generators, objects that live on, arguments changed in place, exceptions wanted."""

# ruff: noqa: E501 (data: short programs stay on one line)

from tests.attacks.honest.program import Honest, tested

CALLS: tuple[Honest, ...] = (
    tested(
        "generator",
        """
def f(n):
    for i in range(n): yield i * i
""",
        """
assert list(f(4)) == [0, 1, 4, 9]
assert sum(f(3)) == 5
""",
    ),
    tested(
        "map and zip",
        "def f(xs): return map(str, xs)",
        "assert list(f([1, 2])) == ['1', '2']",
    ),
    tested(
        "dict views",
        "def f(d): return d.keys()",
        "assert set(f({'a': 1})) == {'a'} and 'a' in f({'a': 1})",
    ),
    tested(
        "callback",
        "def f(g, xs): return [g(x) for x in xs]",
        """
seen = []
def g(x):
    seen.append(x)
    return -x
assert f(g, [1, 2]) == [-1, -2] and seen == [1, 2]
""",
    ),
    tested(
        "callback that raises",
        """
def f(g):
    try: return g()
    except KeyError: return 'caught'
""",
        """
def g(): raise KeyError('k')
assert f(g) == 'caught'
""",
    ),
    tested(
        "key function",
        "def f(xs, key): return sorted(xs, key=key)",
        """
assert f(['bb', 'a'], len) == ['a', 'bb']
assert f([1, 2], lambda n: -n) == [2, 1]
""",
    ),
    tested(
        "returns a function",
        "def f(n): return lambda x: x + n",
        """
add = f(3)
assert add(4) == 7 and add(0) == 3
""",
    ),
    tested(
        "returns an object",
        """
class Stack:
    def __init__(self): self.items = []
    def push(self, x): self.items.append(x)
    def pop(self): return self.items.pop()
    def __len__(self): return len(self.items)
def f(): return Stack()
""",
        """
s = f()
s.push(1)
s.push(2)
assert len(s) == 2 and s.pop() == 2 and s.pop() == 1 and len(s) == 0
""",
    ),
    tested(
        "sorting in place",
        "def f(xs): xs.sort()",
        """
xs = [2, 1]
assert f(xs) is None and xs == [1, 2]
""",
    ),
    tested(
        "in place and returned",
        """
def f(xs):
    xs.reverse()
    return xs
""",
        """
xs = [1, 2]
assert f(xs) is xs and xs == [2, 1]
""",
    ),
    tested(
        "dict filled in place",
        """
def f(d, k):
    d.setdefault(k, []).append(k)
    return d
""",
        """
d = {}
f(d, 1)
f(d, 1)
assert d == {1: [1, 1]}
""",
    ),
    tested(
        "set changed in place",
        """
def f(s):
    s.discard(1)
    s |= {5}
""",
        """
s = {1, 2}
f(s)
assert s == {2, 5}
""",
    ),
    tested(
        "nested list changed",
        """
def f(grid):
    for row in grid: row[0] = 0
""",
        """
row = [1, 2]
f([row, row])
assert row == [0, 2]
""",
    ),
    tested(
        "bytearray changed",
        "def f(b): b[0] = 9",
        r"""
b = bytearray(b'abc')
f(b)
assert b == b'\x09bc'
""",
    ),
    tested(
        "same list twice",
        "def f(a, b): return a is b",
        """
x = []
assert f(x, x) and not f([], [])
""",
    ),
    tested(
        "keyword arguments",
        "def f(a, *, b=2, **more): return a, b, more",
        "assert f(1) == (1, 2, {}) and f(1, b=3, c=4) == (1, 3, {'c': 4})",
    ),
    tested(
        "builtin exception",
        """
def f(n):
    if n < 0: raise ValueError('negative')
    return n
""",
        """
try:
    f(-1)
except ValueError as error:
    assert str(error) == 'negative'
else:
    assert False
""",
    ),
    tested(
        "own exception below",
        """
class Odd(ValueError): pass
def f(n):
    try:
        if n % 2: raise Odd(n)
        return True
    except Odd: return False
""",
        "assert f(2) and not f(3)",
    ),
    tested(
        "exception swallowed by design",
        """
def f(s):
    try: return int(s)
    except Exception: return None
""",
        "assert f('3') == 3 and f('x') is None",
    ),
    tested(
        "state between calls",
        """
calls = []
def f(x):
    calls.append(x)
    return len(calls)
""",
        "assert [f(0), f(0), f(0)] == [1, 2, 3]",
    ),
    tested(
        "memo",
        """
from functools import lru_cache
@lru_cache(None)
def f(n): return n if n < 2 else f(n-1) + f(n-2)
""",
        "assert f(90) == 2880067194370816120",
    ),
    tested(
        "long loop of calls",
        "def f(x): return x + 1",
        """
x = 0
for _ in range(3000): x = f(x)
assert x == 3000
""",
    ),
    tested(
        "result checked by type",
        "def f(): return {'n': [1.0]}",
        """
x = f()
assert type(x) is dict and isinstance(x['n'][0], float)
""",
    ),
    tested(
        "truth of an object",
        """
class T:
    def __bool__(self): return False
def f(): return T()
""",
        "assert not f() and f() is not None",
    ),
    tested(
        "date",
        """
import datetime
def f(s): return datetime.date.fromisoformat(s) + datetime.timedelta(days=1)
""",
        """
import datetime
assert f('2024-02-28') == datetime.date(2024, 2, 29)
""",
    ),
    tested(
        "deque",
        """
from collections import deque
def f(xs):
    d = deque(xs, maxlen=2)
    return d
""",
        """
from collections import deque
assert f([1, 2, 3]) == deque([2, 3])
""",
    ),
    tested(
        "generator taken step by step",
        "def f(n):\n    while n: yield n; n -= 1",
        "g = f(2)\nassert next(g) == 2 and next(g) == 1 and next(g, None) is None",
    ),
    tested(
        "first items of an endless generator",
        "def f():\n    a, b = 0, 1\n    while True:\n        yield a\n        a, b = b, (a + b) % 1000",
        "from itertools import islice\nassert list(islice(f(), 6)) == [0, 1, 1, 2, 3, 5]",
    ),
    tested(
        "closure that counts",
        "def f():\n    n = 0\n    def step(by=1):\n        nonlocal n\n        n += by\n        return n\n    return step",
        "one, two = f(), f()\nassert (one(), one(by=5), two()) == (1, 6, 1)",
    ),
    tested(
        "decorator",
        """
import functools
def f(function):
    @functools.wraps(function)
    def twice(*args):
        return function(function(*args))
    return twice
""",
        "@f\ndef g(x): return x + 1\nassert g(1) == 3",
    ),
    tested(
        "callback that calls the program again",
        "def f(g, n): return g(n) + 1 if n else 0",
        "def g(n): return f(g, n - 1)\nassert f(g, 5) == 5",
    ),
    tested(
        "table of callbacks",
        "def f(table, name, *args): return table[name](*args)",
        "assert f({'add': lambda a, b: a + b, 'neg': lambda a: -a}, 'add', 1, 2) == 3",
    ),
    tested(
        "types as arguments",
        "def f(kind, text): return kind(text)",
        "assert f(int, '3') == 3 and f(list, 'ab') == ['a', 'b']",
    ),
    tested(
        "stream as an argument",
        "def f(stream): return [line.strip() for line in stream]",
        "import io\nassert f(io.StringIO('a\\nb\\n')) == ['a', 'b']",
    ),
    tested(
        "stream that is written to",
        "def f(stream, n):\n    for i in range(n): stream.write(f'{i};')",
        "import io\nout = io.StringIO()\nf(out, 3)\nassert out.getvalue() == '0;1;2;'",
    ),
    tested(
        "iterator as an argument",
        "def f(items): return sum(items)",
        "assert f(iter([1, 2])) == 3 and f(i for i in range(4)) == 6",
    ),
    tested(
        "many arguments and odd keywords",
        "def f(*args, **named): return len(args), sorted(named)",
        "assert f(*range(300), **{'a b': 1, 'é': 2, 'self': 3}) == (300, ['a b', 'self', 'é'])",
    ),
    tested(
        "mutable default that remembers",
        "def f(x, seen=[]):\n    seen.append(x)\n    return list(seen)",
        "assert f(1) == [1] and f(2) == [1, 2]",
    ),
    tested(
        "fresh copies",
        "kept = [0]\ndef f(): return kept[:]",
        "a = f()\na.append(1)\nassert f() == [0] and a == [0, 1] and a is not f()",
    ),
    tested(
        "argument put into the result",
        "def f(xs): return {'first': xs, 'again': xs}",
        "xs = [1]\nr = f(xs)\nassert r['first'] is xs and r['again'] is r['first']",
    ),
    tested(
        "key error by its key",
        "def f(d, k): return d[k]",
        """
for key in ("k", 3, (1, "a")):
    try:
        f({}, key)
    except LookupError as error:
        assert type(error) is KeyError and error.args == (key,) and str(error) == repr(key)
    else:
        assert False
""",
    ),
    tested(
        "objects of the test's own classes as arguments",
        "def f(order): return order.count * order.price, order.total(), [o.count for o in [order]]",
        """
from dataclasses import dataclass
@dataclass
class Order:
    count: int
    price: float
    def total(self): return self.count * self.price
assert f(Order(3, 0.5)) == (1.5, 1.5, [3])
""",
    ),
    tested(
        "dataclass with methods and a field called value",
        """
from dataclasses import dataclass
@dataclass
class Cell:
    value: int
    def double(self): return Cell(2 * self.value)
def f(x):
    return [Cell(x), Cell(-x)]
""",
        "a, b = f(4)\nassert a.value == 4 and a.double().double().value == 16 and b.value == -4",
    ),
    tested(
        "division by zero left alone",
        "def f(a, b): return a / b",
        "try:\n    f(1, 0)\nexcept ArithmeticError as error:\n    assert 'zero' in str(error)\nelse:\n    assert False",
    ),
    tested(
        "own error that is a ValueError",
        "class TooLong(ValueError): pass\ndef f(s):\n    if len(s) > 3: raise TooLong(s)\n    return s",
        "try:\n    f('long')\nexcept ValueError:\n    pass\nelse:\n    assert False\nassert f('abc') == 'abc'",
    ),
    tested(
        "own errors by what they derive from",
        """
class Mine(Exception): pass
class Missing(Mine, KeyError): pass
class Refused(Mine, PermissionError): pass
def f(kind):
    raise {"m": Missing, "r": Refused, "n": Mine}[kind](kind)
""",
        """
for kind, base in (("m", KeyError), ("m", LookupError), ("r", OSError), ("n", Exception)):
    try:
        f(kind)
    except base:
        continue
    assert False
try:
    f("n")
except ValueError:
    assert False
except Exception:
    pass
""",
    ),
    tested(
        "error from the file system",
        "def f(name): return open(name).read()",
        "try:\n    f('missing.txt')\nexcept FileNotFoundError:\n    pass\nelse:\n    assert False",
    ),
    tested(
        "queue object with properties",
        """
import heapq
class Queue:
    def __init__(self): self._heap, self.served = [], 0
    @property
    def size(self): return len(self._heap)
    def put(self, cost, name):
        heapq.heappush(self._heap, (cost, name))
        return self
    def get(self):
        self.served += 1
        return heapq.heappop(self._heap)[1]
def f():
    return Queue()
""",
        "q = f()\nq.put(2, 'b').put(1, 'a')\nassert q.size == 2 and q.get() == 'a' and q.served == 1 and q.size == 1",
    ),
    tested(
        "tree of own nodes",
        """
class Node:
    def __init__(self, value, *children): self.value, self.children = value, list(children)
def f(depth):
    return Node(depth, *(f(depth - 1) for _ in range(2))) if depth else Node(0)
""",
        "def total(node): return node.value + sum(total(child) for child in node.children)\nassert total(f(3)) == 11",
    ),
    tested(
        "bound method",
        "class C:\n    def __init__(self, n): self.n = n\n    def add(self, x): return self.n + x\ndef f(n): return C(n).add",
        "add = f(2)\nassert [add(i) for i in range(3)] == [2, 3, 4]",
    ),
    tested(
        "caught exception by its base",
        "def f(s): return int(s)",
        "for bad in ('', 'x', '1.5'):\n    try:\n        f(bad)\n    except (TypeError, ValueError):\n        continue\n    assert False\nassert f('7') == 7",
    ),
)
