"""Unusual results: counters, subclasses, numbers, text and containers at the edge of what a judge compares."""

from tests.attacks.honest.program import Honest, plain, tested

VALUES: tuple[Honest, ...] = (
    plain(
        "Counter",
        """
from collections import Counter
def f(s): return Counter(s)
""",
        (("aab",), {"a": 2, "b": 1}),
    ),
    plain(
        "OrderedDict",
        """
from collections import OrderedDict
def f(s): return OrderedDict.fromkeys(s, 0)
""",
        (("ba",), {"b": 0, "a": 0}),
    ),
    plain(
        "defaultdict",
        """
from collections import defaultdict
def f(s):
    d = defaultdict(list)
    for c in s: d[c].append(1)
    return d
""",
        (("aab",), {"a": [1, 1], "b": [1]}),
    ),
    plain(
        "namedtuple",
        """
from collections import namedtuple
P = namedtuple('P', 'x y')
def f(a, b): return P(a, b)
""",
        ((1, 2), (1, 2)),
    ),
    tested(
        "namedtuple read by its fields",
        "from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef f(a): return [P(a, 2), {'k': P(3, a)}]",
        "one, more = f(1)\nassert one.x == 1 and one == (1, 2) and more['k'].y == 1 and one._replace(y=0) == (1, 0)",
    ),
    plain(
        "typing.NamedTuple",
        """
from typing import NamedTuple
class P(NamedTuple):
    x: int
    y: int = 3
def f(a): return P(a)
""",
        ((1,), (1, 3)),
    ),
    plain(
        "Decimal equals int",
        """
from decimal import Decimal
def f(n): return Decimal(n)
""",
        ((7,), 7),
    ),
    plain(
        "Fraction equals float",
        """
from fractions import Fraction
def f(n): return Fraction(n, 2)
""",
        ((3,), 1.5),
    ),
    plain(
        "bool for int",
        "def f(n): return n > 0",
        ((1,), 1),
        ((-1,), 0),
    ),
    plain(
        "float for int",
        "def f(n): return n / 2",
        ((4,), 2),
    ),
    plain(
        "int for float",
        "def f(n): return n * 2",
        ((4,), 8.0),
    ),
    plain(
        "IntEnum",
        """
from enum import IntEnum
class C(IntEnum):
    RED = 1
def f(n): return C(n)
""",
        ((1,), 1),
    ),
    plain(
        "StrEnum",
        """
from enum import Enum
class C(str, Enum):
    RED = 'red'
def f(): return C.RED
""",
        ((), "red"),
    ),
    plain(
        "frozenset for set",
        "def f(s): return frozenset(s)",
        (("aab",), {"a", "b"}),
    ),
    plain(
        "honest int subclass",
        """
class N(int):
    def half(self): return self // 2
def f(n): return N(n)
""",
        ((8,), 8),
    ),
    plain(
        "honest str subclass",
        """
class S(str):
    def loud(self): return self.upper()
def f(s): return S(s)
""",
        (("hey",), "hey"),
    ),
    plain(
        "honest list subclass",
        """
class L(list):
    def first(self): return self[0]
def f(n): return L(range(n))
""",
        ((3,), [0, 1, 2]),
    ),
    plain(
        "honest dict subclass",
        """
class D(dict):
    pass
def f(n): return D({n: n})
""",
        ((3,), {3: 3}),
    ),
    plain(
        "complex",
        "def f(a, b): return complex(a, b)",
        ((1.0, -2.0), 1 - 2j),
    ),
    plain(
        "bytes and bytearray",
        "def f(n): return bytearray(range(n))",
        ((3,), b"\0\1\2"),
    ),
    plain(
        "big numbers",
        "def f(n): return n ** 3 - n",
        ((10**300,), 10**900 - 10**300),
        ((-(10**300),), 10**300 - 10**900),
    ),
    tested(
        "infinity",
        "def f(x): return x * 1e308",
        "assert f(10.0) == float('inf') == -f(-10.0)",
    ),
    tested(
        "NaN",
        "def f(): return float('nan')",
        """
x = f()
assert x != x
""",
    ),
    plain(
        "negative zero",
        "def f(x): return -x",
        ((0.0,), 0.0),
    ),
    plain(
        "None in containers",
        "def f(n): return [None] * n",
        ((3,), [None, None, None]),
    ),
    plain(
        "nested containers",
        "def f(n): return {n: [(n, {n}), [[], {}]]}",
        ((1,), {1: [(1, {1}), [[], {}]]}),
    ),
    plain(
        "shared rows",
        "def f(n): return [[0] * n] * n",
        ((2,), [[0, 0], [0, 0]]),
    ),
    plain(
        "unicode",
        r"def f(s): return s[::-1] + '\u202e\U0001f600'",
        (("äß",), "ßä\u202e\U0001f600"),
    ),
    plain(
        "control characters",
        r"def f(): return '\x00\x1b[31m\r\n'",
        ((), "\0\x1b[31m\r\n"),
    ),
    plain(
        "empty things",
        "def f(): return [], {}, set(), (), '', b''",
        ((), ([], {}, set(), (), "", b"")),
    ),
    plain(
        "depth 300",
        """
def f(n):
    x = 0
    for _ in range(n): x = [x]
    while isinstance(x, list): x = x[0]
    return x
""",
        ((300,), 0),
    ),
    plain(
        "Ellipsis",
        "def f(): return ...",
        ((), ...),
    ),
    plain(
        "range",
        "def f(n): return range(n)",
        ((3,), range(3)),
    ),
    plain(
        "long list",
        "def f(n): return list(range(n))",
        ((20000,), list(range(20000))),
    ),
    plain(
        "dict in another order",
        "def f(): return {'b': 2, 'a': 1}",
        ((), {"a": 1, "b": 2}),
    ),
    plain(
        "counts inside a dict",
        """
from collections import Counter
def f(words):
    return {word: Counter(word) for word in words}
""",
        ((["aab"],), {"aab": {"a": 2, "b": 1}}),
    ),
    tested(
        "Counter with a count of zero",
        "from collections import Counter\ndef f(s): return Counter({c: s.count(c) for c in 'ab'})",
        "from collections import Counter\nassert f('a') == Counter('a')",
    ),
    tested(
        "exact Decimal",
        "from decimal import Decimal\ndef f(a, b): return Decimal(a) / Decimal(b)",
        "from decimal import Decimal\nassert f('1', '8') == Decimal('0.125') and f('1', '8') == 0.125",
    ),
    plain(
        "int subclass with its own arithmetic and ==",
        """
class Mod(int):
    def __add__(self, other): return Mod((int(self) + int(other)) % 7)
    def __eq__(self, other): return int(self) % 7 == int(other) % 7
    def __hash__(self): return hash(int(self) % 7)
def f(a, b):
    return Mod(a) + Mod(b)
""",
        ((5, 4), 2),
    ),
    tested(
        "object known by its text",
        """
class Money:
    def __init__(self, cents): self.cents = cents
    def __eq__(self, other): return self.cents == other.cents
    def __str__(self): return f"{self.cents / 100:.2f} €"
def f(cents):
    return Money(cents)
""",
        "m = f(1250)\nassert str(m) == '12.50 €' and m.cents == 1250",
    ),
    tested(
        "dataclass read by its fields",
        """
from dataclasses import dataclass
@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
def f(x):
    return Point(x)
""",
        "p = f(3)\nassert (p.x, p.y) == (3, 0)",
    ),
    tested(
        "enum member read by name and value",
        "import enum\nclass Colour(enum.Enum):\n    RED = 'r'\n    BLUE = 'b'\ndef f(c): return Colour(c)",
        "c = f('b')\nassert c.name == 'BLUE' and c.value == 'b'",
    ),
    tested(
        "array of machine integers",
        "from array import array\ndef f(n): return array('i', range(n))",
        "a = f(3)\nassert list(a) == [0, 1, 2] and len(a) == 3 and a[1] == 1",
    ),
    plain("memoryview read", "def f(b): return memoryview(b)[1:3].tobytes()", ((b"abcd",), b"bc")),
    tested(
        "aware datetime",
        """
from datetime import datetime, timedelta, timezone
def f(hours):
    return datetime(2024, 1, 1, tzinfo=timezone.utc) + timedelta(hours=hours)
""",
        """
from datetime import datetime, timezone, timedelta
assert f(2) == datetime(2024, 1, 1, 2, tzinfo=timezone.utc)
assert f(2) == datetime(2024, 1, 1, 4, tzinfo=timezone(timedelta(hours=2)))
""",
    ),
    plain(
        "struct_time is a tuple",
        "import time\ndef f(t): return time.gmtime(t)",
        ((0,), (1970, 1, 1, 0, 0, 0, 3, 1, 0)),
    ),
    plain(
        "keys of many types",
        "def f(): return {1: 'int', '1': 'str', (1,): 'tuple', None: 'none', 1.5: 'float', b'1': 'bytes'}",
        ((), {None: "none", b"1": "bytes", 1.5: "float", (1,): "tuple", "1": "str", 1: "int"}),
    ),
    plain(
        "set of frozensets",
        "def f(n): return {frozenset({i, i + 1}) for i in range(n)}",
        ((2,), {frozenset({1, 2}), frozenset({0, 1})}),
    ),
    plain("ends of the float range", "def f(x): return [x, -x, x / 2]", ((5e-324,), [5e-324, -5e-324, 0.0])),
    tested(
        "a type as the answer",
        "def f(x): return type(x)",
        "assert f(1) is int and f('') == str and f([]) in (list, tuple)",
    ),
    tested(
        "mapping that is no dict",
        "from types import MappingProxyType\ndef f(k): return MappingProxyType({k: 1})",
        "m = f('k')\nassert m['k'] == 1 and len(m) == 1 and list(m) == ['k']",
    ),
    tested(
        "layers of dictionaries",
        "from collections import ChainMap\ndef f(a, b): return ChainMap(a, b)",
        "m = f({'x': 1}, {'x': 2, 'y': 3})\nassert m['x'] == 1 and m['y'] == 3 and m.get('z', 0) == 0",
    ),
    plain("decomposed and composed letters", "def f(s): return [s, len(s)]", (("e\u0301",), ["e\u0301", 2])),
    plain(
        "text of a large number",
        "import sys\nsys.set_int_max_str_digits(0)\ndef f(n): return len(str(10 ** n))",
        ((6000,), 6001),
    ),
    plain("every byte", "def f(): return bytes(range(256))", ((), bytes(range(256)))),
    plain("True as a key", "def f(): return {True: 'yes', 0: 'no'}", ((), {1: "yes", False: "no"})),
    tested(
        "Fraction",
        "from fractions import Fraction\ndef f(n): return sum(Fraction(1, i) for i in range(1, n))",
        "from fractions import Fraction\nassert f(4) == Fraction(11, 6)",
    ),
    plain(
        "user-defined containers unwrapped",
        "from collections import UserDict, UserList\ndef f(n): return [UserList(range(n)).data, UserDict(a=n).data]",
        ((2,), [[0, 1], {"a": 2}]),
    ),
)
