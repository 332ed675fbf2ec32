"""Unusual constructs: metaclasses, descriptors, code written at run time, patched modules, odd entry points."""

# ruff: noqa: E501 (data: short programs stay on one line)

from tests.attacks.honest.program import Honest, plain

LANGUAGE: tuple[Honest, ...] = (
    plain(
        "helper class with its own ==",
        """
class V:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return True
    def __hash__(self): return 0
def f(xs): return len({V(x) for x in xs})
""",
        (([1, 2, 3],), 1),
    ),
    plain(
        "helper that shadows a builtin",
        """
def sum(xs): return max(xs)
def f(xs): return sum(xs)
""",
        (([1, 3],), 3),
    ),
    plain(
        "module patched for itself",
        """
import math
math.tau = 6
def f(): return math.tau
""",
        ((), 6),
    ),
    plain(
        "exec and eval",
        """
def f(s):
    scope = {}
    exec('y = ' + s, scope)
    return eval('y + 1', scope)
""",
        (("2",), 3),
    ),
    plain(
        "dataclass inside",
        """
from dataclasses import dataclass
@dataclass(order=True)
class P:
    a: int
def f(xs): return max(P(x) for x in xs).a
""",
        (([1, 5],), 5),
    ),
    plain(
        "pickle of own class",
        """
import pickle
class P:
    def __init__(self, n): self.n = n
def f(n): return pickle.loads(pickle.dumps(P(n))).n
""",
        ((3,), 3),
    ),
    plain(
        "type hints and future import",
        """
from __future__ import annotations
from typing import *
def f(x: List[Missing]) -> Optional[int]: return len(x)
""",
        (([1],), 1),
    ),
    plain(
        "entry as a lambda",
        "f = lambda n: n + 1",
        ((1,), 2),
    ),
    plain(
        "entry as a partial",
        """
from functools import partial
f = partial(int, base=2)
""",
        (("101",), 5),
    ),
    plain(
        "entry as a callable object",
        """
class F:
    def __call__(self, n): return n * 2
f = F()
""",
        ((2,), 4),
    ),
    plain(
        "entry wrapped",
        """
import functools
def twice(g):
    @functools.wraps(g)
    def h(*a): return g(g(*a))
    return h
@twice
def f(n): return n + 1
""",
        ((0,), 2),
    ),
    plain(
        "entry redefined",
        """
def f(n): return 0
def f(n): return n
""",
        ((6,), 6),
    ),
    plain(
        "metaclass that registers",
        """
REGISTRY = {}
class Meta(type):
    def __new__(mcs, name, bases, space):
        cls = super().__new__(mcs, name, bases, space)
        REGISTRY[name] = cls
        return cls
class Base(metaclass=Meta): pass
class Dog(Base):
    sound = "woof"
def f(name):
    return REGISTRY[name].sound
""",
        (("Dog",), "woof"),
    ),
    plain(
        "singleton by metaclass",
        """
class Once(type):
    made = {}
    def __call__(cls, *args):
        if cls not in cls.made: cls.made[cls] = super().__call__(*args)
        return cls.made[cls]
class Config(metaclass=Once):
    def __init__(self, n): self.n = n
def f(n):
    return Config(n) is Config(n + 1)
""",
        ((1,), True),
    ),
    plain(
        "descriptor that checks",
        """
class Positive:
    def __set_name__(self, owner, name): self.name = "_" + name
    def __get__(self, thing, owner=None): return getattr(thing, self.name)
    def __set__(self, thing, value):
        if value <= 0: raise ValueError(self.name)
        setattr(thing, self.name, value)
class Box:
    width = Positive()
    def __init__(self, width): self.width = width
def f(width):
    try: return Box(width).width
    except ValueError as error: return str(error)
""",
        ((3,), 3),
        ((-3,), "_width"),
    ),
    plain(
        "subclass hook and class parameters",
        """
class Plugin:
    known = {}
    def __init_subclass__(cls, /, key, **more):
        super().__init_subclass__(**more)
        Plugin.known[key] = cls
class Upper(Plugin, key="u"):
    def run(self, s): return s.upper()
def f(key, s):
    return Plugin.known[key]().run(s)
""",
        (("u", "a"), "A"),
    ),
    plain(
        "attributes made on demand",
        """
class Lazy:
    def __getattr__(self, name): return f"<{name}>"
    def __dir__(self): return ["x"]
def f(name):
    return getattr(Lazy(), name)
""",
        (("anything",), "<anything>"),
    ),
    plain(
        "cached property in a slotted world",
        """
from functools import cached_property
class Slow:
    count = 0
    @cached_property
    def value(self):
        Slow.count += 1
        return 42
class Point:
    __slots__ = ("x",)
    def __init__(self, x): self.x = x
def f():
    slow = Slow()
    try: Point(1).y = 2
    except AttributeError: return slow.value, slow.value, Slow.count
""",
        ((), (42, 42, 1)),
    ),
    plain(
        "operators of a vector",
        """
from functools import total_ordering
@total_ordering
class V:
    def __init__(self, *xs): self.xs = xs
    def __add__(self, o): return V(*(a + b for a, b in zip(self.xs, o.xs)))
    def __matmul__(self, o): return sum(a * b for a, b in zip(self.xs, o.xs))
    def __eq__(self, o): return self.xs == o.xs
    def __lt__(self, o): return self @ self < o @ o
    def __neg__(self): return V(*(-x for x in self.xs))
def f(a, b):
    return [(V(*a) + -V(*b)).xs, V(*a) @ V(*b), V(*a) >= V(*b)]
""",
        (([1, 2], [3, 4]), [(-2, -2), 11, False]),
    ),
    plain(
        "context managers",
        """
import contextlib
log = []
@contextlib.contextmanager
def step(name):
    log.append("+" + name)
    try: yield
    except KeyError: log.append("!" + name)
    finally: log.append("-" + name)
def f():
    log.clear()
    with contextlib.ExitStack() as stack:
        stack.enter_context(step("a"))
        stack.enter_context(step("b"))
        raise KeyError
    return log
""",
        ((), ["+a", "+b", "!b", "-b", "-a"]),
    ),
    plain(
        "generators that talk",
        """
def average():
    total = count = 0
    while True:
        value = yield (total / count if count else None)
        if value is None: return total
        total, count = total + value, count + 1
def outer(out):
    out.append((yield from average()))
    yield "end"
def f(xs):
    out = []
    g = outer(out)
    next(g)
    means = [g.send(x) for x in xs]
    return means, g.send(None), out
""",
        (([1, 3],), ([1.0, 2.0], "end", [4])),
    ),
    plain(
        "single dispatch",
        """
from functools import singledispatch
@singledispatch
def show(x): return "?"
@show.register
def _(x: int): return "int"
@show.register(list)
def _(x): return [show(i) for i in x]
def f(x):
    return show(x)
""",
        (([1, "a", [2]],), ["int", "?", ["int"]]),
    ),
    plain(
        "decorator with arguments and state",
        """
import functools
def counted(limit):
    def wrap(g):
        @functools.wraps(g)
        def inner(*args):
            inner.calls += 1
            if inner.calls > limit: raise RuntimeError("too many")
            return g(*args)
        inner.calls = 0
        return inner
    return wrap
@counted(1000)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def f(n):
    fib.calls = 0
    return fib(n), fib.calls
""",
        ((7,), (13, 41)),
    ),
    plain(
        "structural pattern matching",
        """
from dataclasses import dataclass
@dataclass
class Circle:
    r: int
def f(kind, *rest):
    shape = Circle(*rest) if kind == "c" else {"kind": kind, "sides": rest}
    match shape:
        case Circle(r=0): return "point"
        case Circle(r): return 3 * r * r
        case {"sides": (a, b, *_)} if a == b: return "square"
        case {"kind": str(name)}: return name
""",
        (("c", 0), "point"),
        (("c", 2), 12),
        (("q", 1, 1), "square"),
        (("r", 1, 2), "r"),
    ),
    plain(
        "dataclass with everything",
        """
from dataclasses import dataclass, field, asdict, replace, KW_ONLY
@dataclass(slots=True, order=True)
class Item:
    cost: float
    _: KW_ONLY
    tags: list = field(default_factory=list, compare=False)
    total: float = field(init=False)
    def __post_init__(self): self.total = self.cost * 1.5
def f(cost):
    item = Item(cost, tags=["a"])
    return asdict(replace(item, cost=item.cost + 1)), item < Item(9)
""",
        ((2,), ({"cost": 3, "tags": ["a"], "total": 4.5}, True)),
    ),
    plain(
        "flags and automatic values",
        """
import enum
class Right(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()
    RUN = enum.auto()
def f(n):
    return sorted(right.name for right in Right if right in Right(n)), (Right.READ | Right.RUN).value
""",
        ((6,), (["RUN", "WRITE"], 5)),
    ),
    plain(
        "protocols, generics and new types",
        """
from typing import Generic, Literal, NewType, Protocol, TypedDict, TypeVar, runtime_checkable
T = TypeVar("T")
Id = NewType("Id", int)
class Row(TypedDict):
    id: Id
@runtime_checkable
class Sized(Protocol):
    def __len__(self) -> int: ...
class Stack(Generic[T]):
    def __init__(self) -> None: self.items: list[T] = []
    def push(self, item: T) -> "Stack[T]":
        self.items.append(item)
        return self
def f(mode: Literal["a", "b"], n: int):
    return [isinstance(mode, Sized), Row(id=Id(n)), Stack[int]().push(n).items]
""",
        (("a", 3), [True, {"id": 3}, [3]]),
    ),
    plain(
        "type parameters of 3.12",
        """
type Pair[T] = tuple[T, T]
class Box[T]:
    def __init__(self, item: T): self.item = item
def f[T](x: T) -> Pair[T]:
    return Box(x).item, x
""",
        ((1,), (1, 1)),
    ),
    plain(
        "abstract classes and a diamond",
        """
import abc
class Root(abc.ABC):
    @abc.abstractmethod
    def path(self): return ["Root"]
class A(Root):
    def path(self): return ["A"] + super().path()
class B(Root):
    def path(self): return ["B"] + super().path()
class C(A, B):
    def path(self): return ["C"] + super().path()
def f():
    try: Root()
    except TypeError: return C().path()
""",
        ((), ["C", "A", "B", "Root"]),
    ),
    plain(
        "groups of exceptions",
        """
def f(kinds):
    seen = []
    try:
        raise ExceptionGroup("all", [kind() for kind in (ValueError, KeyError)[:kinds]])
    except* KeyError as group: seen.append(("key", len(group.exceptions)))
    except* ValueError as group: seen.append(("value", len(group.exceptions)))
    return sorted(seen)
""",
        ((2,), [("key", 1), ("value", 1)]),
    ),
    plain(
        "finally that decides",
        """
def f(n):
    out = []
    for i in range(n):
        try:
            if i == 1: continue
            if i == 3: break
            out.append(1 // i)
        except ZeroDivisionError as error:
            error.add_note("expected")
            out.append(error.__notes__[0])
        else: out.append("fine")
        finally: out.append(i)
    return out
""",
        ((5,), ["expected", 0, 1, 0, "fine", 2, 3]),
    ),
    plain(
        "fixed point without names",
        "f = (lambda g: (lambda x: x(x))(lambda x: g(lambda n: x(x)(n))))(lambda me: lambda n: n * me(n - 1) if n else 1)",
        ((6,), 720),
    ),
    plain(
        "copies made by hand",
        """
import copy
class Tree:
    def __init__(self, v): self.v, self.up = v, None
    def __deepcopy__(self, memo):
        made = memo[id(self)] = Tree(self.v + 1)
        made.up = copy.deepcopy(self.up, memo)
        return made
    def __reduce__(self): return (Tree, (self.v,))
def f(v):
    a, b = Tree(v), Tree(v + 10)
    a.up, b.up = b, a
    c = copy.deepcopy(a)
    return [c.v, c.up.v, c.up.up is c, copy.copy(a).v]
""",
        ((1,), [2, 12, True, 1]),
    ),
    plain(
        "entry as a static method",
        "class Solution:\n    @staticmethod\n    def f(n): return n + 1\nf = Solution.f",
        ((1,), 2),
    ),
    plain(
        "entry bound to an object",
        "class Solution:\n    def __init__(self): self.n = 1\n    def f(self, n): return n + self.n\nf = Solution().f",
        ((1,), 2),
    ),
    plain("entry made by exec", "exec('def f(n): return n * 3')", ((2,), 6)),
    plain("entry put into globals", "globals().update({'f': (lambda n: n - 1)})", ((2,), 1)),
    plain(
        "entry that is cached",
        "import functools\ncalls = []\n@functools.cache\ndef f(n):\n    calls.append(n)\n    return len(calls)",
        ((5,), 1),
        ((5,), 1),
    ),
    plain(
        "entry that is a class",
        "class f(int):\n    def __new__(cls, n): return super().__new__(cls, n * 2)",
        ((4,), 8),
    ),
)
