"""Values and exceptions that are hard on those who read them."""

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
)
