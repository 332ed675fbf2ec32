"""Unusual texts of programs: line ends, alphabets, sizes, names that harnesses use."""

# ruff: noqa: E501 (data: short programs stay on one line)

from tests.attacks.honest.program import Honest, plain

SOURCES: tuple[Honest, ...] = (
    plain(
        "main guard with sys.exit",
        """
import sys
def f(x): return x
if __name__ == '__main__':
    sys.exit(f(1))
""",
        ((2,), 2),
    ),
    plain(
        "windows line ends",
        "def f(n):\r\n    return n\r",
        ((1,), 1),
    ),
    plain(
        "encoding cookie",
        """
# -*- coding: latin-1 -*-
def f(): return 'é'
""",
        ((), "é"),
    ),
    plain(
        "tabs", "def f(xs):\n\ttotal = 0\n\tfor x in xs:\n\t\ttotal += x\n\treturn total\n", (([1, 2],), 3)
    ),
    plain("old Macintosh line ends", "def f(n):\r    if n:\r        return 1\r    return 0\r", ((1,), 1)),
    plain("form feeds and blank lines", "\f\n\n\ndef f(n):\n\f\n    return n\n\f", ((1,), 1)),
    plain("no newline, trailing spaces", "def f(n):   \n    return n   ", ((1,), 1)),
    plain(
        "a line of 200,000 characters",
        "def f(i): return [" + ", ".join(map(str, range(30000))) + "][i]",
        ((29999,), 29999),
    ),
    plain(
        "3,000 functions",
        "".join(f"def g{i}(n): return n + {i}\n" for i in range(3000)) + "def f(n): return g2999(n)",
        ((1,), 3000),
    ),
    plain("nested as deep as the parser takes", "def f(n): return " + "(" * 90 + "n" + ")" * 90, ((7,), 7)),
    plain("sum of 2,000 terms", "def f(n): return " + " + ".join(["n"] * 2000), ((1,), 2000)),
    plain(
        "400 branches",
        "def f(n):\n    if n == 0: return 0\n"
        + "".join(f"    elif n == {i}: return {i * i}\n" for i in range(1, 400)),
        ((399,), 159201),
    ),
    plain(
        "names in other alphabets",
        "π = 3\nclass Größe:\n    def __init__(我, ω): 我.ω = ω\ndef f(𝑥): return Größe(x).ω * π",
        ((2,), 6),
    ),
    plain("entry in full-width letters", "def ｆ(ｎ): return n + 1", ((1,), 2)),
    plain(
        "names like the interpreter's",
        "__ = 2\ndef f(_, __self=1, __dunder__=3): return _ + __ + __self + __dunder__",
        ((1,), 7),
    ),
    plain(
        "names that harnesses use",
        """
METADATA = {}
passed, result, answer, report, expected = False, "failed", None, 0, [1]
def check(candidate): raise AssertionError("not ours")
def candidate(x): return x
def test(): assert False
class Peer: pass
def f(n):
    return candidate(n) + report
""",
        ((4,), 4),
    ),
    plain(
        "text that looks like tests and verdicts",
        '''
"""
>>> f(1)
FAILED: AssertionError
```python
def f(n): return 0
```
"""
# assert f(1) == 2; sys.exit(1)
EOF = "\\x1a"
def f(n):
    "def f(n): raise SystemExit"
    return n
''',
        ((1,), 1),
    ),
    plain(
        "future import below a docstring",
        '"""What it is."""\n# and a comment\nfrom __future__ import annotations, division\ndef f(n: Nowhere) -> Never: return n / 2',
        ((1,), 0.5),
    ),
    plain(
        "strings of every kind",
        "def f(x):\n    return f'{x!r:>{4}}' + rf'\\{x}' + 'a' 'b' + '\\N{BULLET}\\x41\\101' + str(b'\\xff')[2:-1] + f'{'nested ' + f\"{x}\"}'",
        ((1,), "   1\\1ab•AA\\xffnested 1"),
    ),
    plain(
        "lines joined and split",
        "def f(a,\n      b=(1 +\n         2)): x = a; \\\n    y = b; return [\n    x,\n\n    # between\n    y,\n]",
        ((1,), [1, 3]),
    ),
    plain(
        "numbers of every kind",
        "def f(): return [0x_FF, 0b1_0, 0o17, 1_000, .5e-3, 1e3, 10j, 0xdeadBEEF]",
        ((), [255, 2, 15, 1000, 0.0005, 1000.0, 10j, 3735928559]),
    ),
    plain(
        "defined under a condition",
        "import sys\nif sys.version_info < (3,):\n    def f(n): return 0\nelse:\n    try:\n        f\n    except NameError:\n        def f(n): return n",
        ((8,), 8),
    ),
    plain(
        "star imports that shadow",
        "from math import *\nfrom operator import *\nfrom string import *\ndef f(n): return pow(n, 2) + floor(1.5) + len(digits)",
        ((3,), 20),
    ),
    plain(
        "demonstration under the guard",
        "def f(n): return n\nif __name__ == '__main__':\n    import sys\n    print(f(int(sys.argv[1]) if len(sys.argv) > 1 else 3))\n",
        ((2,), 2),
    ),
    plain(
        "asserts of its own at the top",
        "def f(n): return n * n\nassert f(2) == 4 and f(-1) == 1, 'self-test'\n__test__ = {'f': '>>> f(1)\\n1'}\n__all__ = ['f']\n__author__ = 'me'",
        ((3,), 9),
    ),
    plain(
        "invalid escapes that only warn",
        "import re\ndef f(s): return re.findall('\\d+', s) if s is not '' else []",
        (("a1b22",), ["1", "22"]),
    ),
    plain("deleted and renamed", "def g(n): return n\nf = g\ndel g\nh, f = f, lambda n: h(n) + 1", ((1,), 2)),
)
