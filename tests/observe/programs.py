"""Programs for the tests of tracing: (name, source, arguments of the function `f`)."""

from typing import Any

LOOPS = """
def f(n):
    total = 0
    for i in range(n):
        if i == 3:
            continue
        if i == 7:
            break
        total += i
    else:
        total = -1
    while total > 5:
        total -= 4
    else:
        total += 100
    return total
"""

RECURSION = """
def f(n):
    if n < 2:
        return n
    return f(n - 1) + f(n - 2)
"""

FINALLY = """
def g(n):
    for i in range(n):
        try:
            if i == 1:
                continue
            if i == 3:
                return i
            if i == 2:
                raise KeyError(i)
        except KeyError as error:
            kept = error.args
        finally:
            done = i
    return kept, done

def f():
    return g(3), g(4)
"""

EXCEPTIONS = """
class Own(Exception):
    pass

def h(x):
    y = x + 1
    raise Own(y)

def g(x):
    try:
        return h(x)
    except ValueError:
        return 0

def f(x):
    try:
        g(x)
    except Own as error:
        return error.args
    else:
        return 1
"""

GENERATORS = """
def g(n):
    '''Doc.'''
    for i in range(n):
        got = yield i
        if got:
            yield got
    return 'end'

def h():
    last = yield from g(2)
    yield last

def f():
    a, b = g(3), g(3)
    pairs = [(x, y) for x, y in zip(a, b)]
    both = list(h())
    one = g(5)
    next(one)
    sent = one.send('s')
    one.close()
    return pairs, both, sent
"""

COROUTINES = """
import asyncio

async def work(n):
    total = 0
    for i in range(n):
        await asyncio.sleep(0)
        total += i
    return total

async def main():
    async with asyncio.Lock():
        found = await asyncio.gather(work(2), work(3))
    return found

def f():
    return asyncio.run(main())
"""

CONTEXTS = """
import contextlib

class Manager:
    def __init__(self):
        self.log = []

    def __enter__(self):
        self.log.append('in')
        return self

    def __exit__(self, *error):
        self.log.append('out')
        return True

def g(m, n):
    with m as inner:
        if n:
            raise ValueError(n)
        return inner.log[:]
    return 'swallowed'

def f():
    m = Manager()
    with contextlib.suppress(KeyError), m:
        x = {}['a']
    return g(m, 0), g(m, 1), m.log
"""

SCOPES = """
import math
count = 0

def f(n):
    global count
    seen = 0
    def inner(k):
        nonlocal seen
        seen += k
        return seen
    for n in range(n):
        count += inner(n)
    if (half := count // 2) > 1:
        count = half
    names = sorted(locals())
    square = lambda x: x * x
    cubes = {k: k**3 for k in range(3) if (top := k)}
    del square
    return names, count, cubes, top, half
"""

CLASSES = """
class Base:
    '''Doc.'''
    made = []
    for k in range(2):
        made.append(k)

    def __init__(self, v):
        self.__v = v
        __w = v
        self.w = __w

    @property
    def v(self):
        return self.__v

    @staticmethod
    def s(a, /, b=2, *c, d, **e):
        return a, b, c, d, e

class Child(Base):
    def __init__(self):
        super().__init__(7)

    def __eq__(self, other):
        return True

    __hash__ = None

def f():
    c = Child()
    return c.v, c.w, c == 3, Base.made, Base.s(1, d=4, z=5), Base.__doc__
"""

MATCH = """
def f(values):
    found = []
    for value in values:
        match value:
            case [x, *rest] if rest:
                found.append((x, rest))
            case {'k': y, **more}:
                found.append((y, more))
            case int() | float():
                found.append('n')
            case str(z):
                pass
    return found
"""

UNCAUGHT = """
def g(x):
    return [1 // (x - k) for k in range(3)]

def f(x):
    y = g(x + 2)
    return g(x)
"""

TEXT = """
from __future__ import annotations
import functools

def twice(function):
    @functools.wraps(function)
    def call(*args):
        return function(*args), function(*args)
    return call

@twice
def f(a, b=[1, 2]):
    '''Not a {block}.'''
    text = '''first
    if second:
'''
    value: unknown = (a +
             len(b) *
             2)
    b.append(value); a += 1
    if a: a = 3
    assert text, 'no'
    return (text,
            b, a, f.__wrapped__.__doc__)
"""

ENDLESS = """
def f(n):
    while True:
        n -= 1
        if n < 3:
            break
    if n:
        while 1:
            try:
                pass
            finally:
                if n == 2:
                    break
        return n
        n = 4
    return 5
"""

NESTED = """
def f(n):
    out = []
    for i in range(n):
        with open('/dev/null') as file:
            try:
                for j in range(3):
                    try:
                        if j == i:
                            raise IndexError(j)
                        if i + j == 4:
                            return out, file.name
                    except IndexError:
                        out.append(('index', i, j))
                        raise LookupError(i) from None
                    finally:
                        out.append(('inner', j))
            except LookupError as error:
                out.append(error.args)
                continue
            finally:
                out.append('outer')
    return out
"""

PROGRAMS: list[tuple[str, str, tuple[Any, ...]]] = [
    ("loops", LOOPS, (9,)),
    ("recursion", RECURSION, (5,)),
    ("finally", FINALLY, ()),
    ("exceptions", EXCEPTIONS, (4,)),
    ("generators", GENERATORS, ()),
    ("coroutines", COROUTINES, ()),
    ("contexts", CONTEXTS, ()),
    ("scopes", SCOPES, (4,)),
    ("classes", CLASSES, ()),
    ("match", MATCH, ([[1, 2, 3], {"k": 4, "m": 5}, 6, "s", None, [1]],)),
    ("uncaught", UNCAUGHT, (1,)),
    ("text", TEXT, (5,)),
    ("endless", ENDLESS, (6,)),
    ("nested", NESTED, (4,)),
]
