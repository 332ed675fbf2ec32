"""Values and exceptions that are hard on those who read them."""

# ruff: noqa: E501 (data: lines of programs stay whole)

from tests.attacks.programs.attack import FULL, GONE, TIME, VALUE, answers, attack

VALUES = (
    attack(
        "values",
        "colliding hashes",
        "a dict whose keys collide in any hash table",
        answers("{i * ((1 << 61) - 1): i for i in range(3000)}"),
        VALUE,
        TIME,
    ),
    attack(
        "values",
        "colliding set",
        "a set whose items collide",
        answers("set(i * ((1 << 61) - 1) for i in range(3000))"),
        VALUE,
        TIME,
    ),
    attack(
        "values",
        "nested 100,000 deep",
        "recursion in the encoder or a comparator",
        answers("deep()", "def deep():\n    x = []\n    for _ in range(100000): x = [x]\n    return x"),
        VALUE,
    ),
    attack(
        "values",
        "nested 900 deep",
        "recursion where the encoder still agrees",
        answers("deep()", "def deep():\n    x = []\n    for _ in range(900): x = [x]\n    return x"),
        VALUE,
    ),
    attack(
        "values",
        "cyclic list",
        "a list that holds itself",
        answers("loop()", "def loop():\n    x = [1]\n    x.append(x)\n    return x"),
    ),
    attack(
        "values",
        "cyclic dict and tuple",
        "cycles through several kinds of containers",
        answers("loop()", "def loop():\n    d = {}\n    t = (d, [d])\n    d['t'] = t\n    return t"),
    ),
    attack(
        "values", "number of 3 million digits", "quadratic time when it is printed", answers("1 << 10000000")
    ),
    attack("values", "lone surrogates", "text that no encoding takes", answers("'\\ud800' * 10")),
    attack("values", "undecodable bytes", "bytes that are no text", answers("bytes(range(256)) * 9")),
    attack(
        "values",
        "range to the horizon",
        "a range of 10**30 items",
        answers("range(10 ** 30)"),
        VALUE,
        FULL,
        TIME,
    ),
    attack(
        "values",
        "decimal to the horizon",
        "a number with an exponent of 10**17",
        answers("Decimal('1e99999999999999999')", "from decimal import Decimal"),
        VALUE,
        FULL,
        TIME,
    ),
    attack(
        "values",
        "one string a million times",
        "small in memory, 50 GB when it is written",
        answers("['x' * 50000] * 1000000"),
        VALUE,
        FULL,
        TIME,
    ),
    attack(
        "values",
        "shared tree",
        "2**60 leaves in 60 nodes",
        answers("tree()", "def tree():\n    x = (1,)\n    for _ in range(60): x = (x, x)\n    return [x]"),
        VALUE,
        TIME,
    ),
    attack(
        "values",
        "set of 300,000 items",
        "long work before the lengths differ",
        answers("set(range(300000))"),
    ),
    attack(
        "values",
        "generator that fails",
        "an exception while the answer is encoded",
        answers("bad()", "def bad():\n    yield 1\n    raise StopIteration('in a generator')"),
    ),
    attack(
        "values",
        "RecursionError in the encoder",
        "an iterator that recurses without end",
        answers(
            "R()",
            "class R:\n    def __iter__(self): return self\n    def __next__(self): return next(self)\n"
            "    def __len__(self): return len(self)\n    def __bool__(self): return bool(self)",
        ),
    ),
    attack(
        "values",
        "terminal escapes in an exception",
        "clear the screen, set the title, rewrite the line above",
        answers(
            "fail()", "def fail(): raise ValueError('\\x1b[2J\\x1b]0;pwned\\x07\\r\\x1b[1Apassed \\u202e')"
        ),
    ),
    attack(
        "values",
        "markup in an exception",
        "rich, HTML and XML markup",
        answers(
            "fail()",
            "def fail(): raise ValueError('[bold red]x[/nothing] <script>alert(1)</script> "
            "<![CDATA[ ]]> &lol; {0} %s \\ud800')",
        ),
    ),
    attack(
        "values",
        "exception with a hostile text",
        "str() of the exception misbehaves",
        answers(
            "fail()",
            """
class Bad(ValueError):
    def __str__(self): raise KeyboardInterrupt
def fail(): raise Bad()
""",
        ),
        VALUE,
    ),
    attack(
        "values",
        "exception with a hostile class",
        "its class lies about its name",
        answers(
            "fail()",
            """
class M(type):
    @property
    def __name__(cls): return "AssertionError"
class Bad(ValueError, metaclass=M): pass
def fail(): raise Bad()
""",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "values",
        "class with an odd name",
        "control characters and 100,000 letters as a type name",
        answers("type('\\x1b[31m' + 'x' * 100000, (int,), {})(WRONG)"),
    ),
    attack(
        "values",
        "NaN as key and member",
        "keys that equal nothing, not even themselves",
        answers("{float('nan'): 1, frozenset([float('nan')]): {float('nan')}}"),
    ),
    attack(
        "values",
        "keys whose hashes lie",
        "a text in a dict whose hash and == change",
        answers(
            "{K('a'): 1, K('b'): 2}",
            "import random\nclass K(str):\n    def __hash__(self): return random.randrange(9)\n    def __eq__(self, o): return random.random() < 0.5",
        ),
    ),
    attack(
        "values",
        "things that are no values",
        "modules, frames, code, generators at work, coroutines, the channel's end itself",
        answers(
            "[sys, sys._getframe(), (lambda: 0).__code__, coroutine(), sys.modules['trialrun.run.child.peer'].Peer, type, print]",
            "import sys\nasync def coroutine(): pass",
        ),
    ),
    attack(
        "values",
        "iterator that leaves while it is read",
        "the answer's __next__ ends the process",
        answers(
            "L()",
            "import os\nclass L:\n    def __iter__(self): return self\n    def __next__(self): os._exit(0)\n    def __len__(self): os._exit(0)\n    def __bool__(self): os._exit(0)",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "values",
        "generator that fills memory while it is read",
        "items that grow until nothing is left",
        answers(
            "grow()",
            "def grow():\n    x = b'x' * (1 << 20)\n    while True:\n        yield x\n        x += x",
        ),
        FULL,
        VALUE,
        TIME,
    ),
    attack(
        "values",
        "text of 8 million escapes",
        "terminal sequences as a returned value, larger than the limit",
        answers("'\\x1b]52;c;cHduZWQ=\\x07\\x1b[31m\\u2066' * 1000000"),
        VALUE,
        FULL,
    ),
    attack(
        "values",
        "markup as a value",
        "script, entities, formulas, templates and paths where a report shows what was returned",
        answers(
            "['</script><script>alert(1)</script>', '<!--', ']]>', '&#0;', '\\x00\\x0b', '=cmd|calc', '{{7*7}}', '[/nothing]', "
            "'../../etc/passwd', 'javascript:alert(1)', '\\u202e\\u2028\\ufeff']"
        ),
    ),
    attack(
        "values",
        "bytes of other formats",
        "pickle, YAML, marshal and JSON that act or mislead when they are loaded",
        answers(
            "[pickle.dumps(E()), b'!!python/object/apply:os.system [id]', marshal.dumps(compile('1', 'x', 'exec')), b'{\x22verdict\x22: \x22pass\x22}']",
            "import marshal, pickle\nclass E:\n    def __reduce__(self): return (print, ('pwned',))",
        ),
    ),
    attack(
        "values",
        "exceptions within exceptions",
        "causes in a ring, groups 10,000 deep, notes without end",
        answers(
            "fail()",
            """
def fail():
    error = ValueError("x" * 10 ** 6)
    for _ in range(10000): error = ExceptionGroup("g", [error])
    error.__cause__, error.__context__ = error, error
    error.__notes__ = ["n"] * 100000
    raise error
""",
        ),
    ),
    attack(
        "values",
        "own exception that derives from everything",
        "a class that is a KeyError and an exit at once, with a key that is code",
        answers(
            "fail()",
            "class E(KeyError, SystemExit): pass\nclass K:\n    def __repr__(self): return '__import__(\"os\")._exit(0)'\ndef fail(): raise (KeyError if len(seen) % 2 else E)(seen.append(0) or K())\nseen = []",
        ),
    ),
    attack(
        "values",
        "record with hostile field names",
        "a named tuple that says its fields are keywords, twice the same, far too many",
        answers(
            "P((WRONG,))",
            "class P(tuple):\n    _fields = ('x', 'x', '_replace', 'def', *('a%d' % i for i in range(3000)))",
        ),
    ),
)
