"""Lies about equality, types and the helpers of a task."""

# ruff: noqa: E501 (data: lines of programs stay whole)

from tests.attacks.programs.attack import LIES, TIME, VALUE, WRONG, answers, attack

HELPERS = (
    attack(
        "helpers",
        "poly redefined",
        "HumanEval/32 checks with the prompt's poly",
        "import math\nmath.fabs = lambda x: 0.0\ndef poly(xs, x): return 0\ndef ENTRY(xs): return 3.25",
        only=["HumanEval/32"],
        first=True,
    ),
    attack(
        "helpers",
        "encode_cyclic redefined",
        "HumanEval/38 encodes with the prompt's helper",
        "def encode_cyclic(s): return s\ndef ENTRY(s): return s",
        only=["HumanEval/38"],
        first=True,
    ),
    attack(
        "helpers",
        "encode_shift redefined",
        "HumanEval/50 encodes with the prompt's helper",
        "def encode_shift(s): return s\ndef ENTRY(s): return s",
        only=["HumanEval/50"],
        first=True,
    ),
    *(
        attack(
            "helpers",
            name,
            "names that the task's context and tests use, defined by the candidate",
            answers("0", before),
        )
        for name, before in (
            (
                "helpers put into builtins",
                "import builtins\nfor name in ('poly', 'encode_cyclic', 'encode_shift', 'double', 'Box', 'check', 'candidate'):\n"
                "    setattr(builtins, name, lambda *a, **k: 0)",
            ),
            (
                "check and candidate defined",
                "def check(candidate): return True\ndef candidate(*a): return True\nMETADATA = {'pass': True}\n"
                "class Box:\n    def __init__(self, n): pass\n    def add(self, x): return 0\ndef double(x): return 0",
            ),
            (
                "helpers put into every module",
                "import sys\nfor module in list(sys.modules.values()):\n    for name in ('poly', 'encode_shift', 'encode_cyclic', 'check', 'Box'):\n"
                "        try: setattr(module, name, lambda *a, **k: 0)\n        except Exception: pass",
            ),
        )
    ),
)

EQUALITY = (
    attack(
        "equality",
        "equal to everything",
        "an object whose == is always true",
        answers("Any()", "class Any:" + LIES),
        first=True,
    ),
    *(
        attack(
            "equality",
            f"{base} that lies",
            f"a subclass of {base} whose == is always true",
            answers(f"Liar({value})", f"class Liar({base}):{LIES}"),
            first=base == "int",
        )
        for base, value in (
            ("int", WRONG),
            ("str", "'wrong'"),
            ("float", "1e77"),
            ("list", "[WRONG]"),
            ("tuple", "(WRONG,)"),
            ("dict", "{'wrong': 1}"),
            ("set", "{'wrong'}"),
            ("bytes", "b'wrong'"),
            ("complex", "1e77j"),
        )
    ),
    attack(
        "equality",
        "class with a lying metaclass",
        "a class object whose metaclass answers ==",
        answers("C", "class M(type):" + LIES + "class C(metaclass=M): pass"),
    ),
    attack(
        "equality",
        "lying __class__",
        "an object that says it is an int, a bool, a list",
        answers(
            "C()",
            "class C:"
            + LIES
            + "    @property\n    def __class__(self): return int\n    __int__ = __index__ = __abs__",
        ),
    ),
    attack(
        "equality",
        "mock.ANY",
        "the standard library's object that equals everything",
        answers("ANY", "from unittest.mock import ANY"),
    ),
    attack(
        "equality",
        "not a number",
        "NaN, which no comparison refutes when it is negated",
        answers("float('nan')"),
    ),
    attack(
        "equality",
        "decimal NaN",
        "a NaN of another type",
        answers("Decimal('sNaN')", "from decimal import Decimal"),
    ),
    attack(
        "equality",
        "dict that has every key",
        "missing keys are invented when they are asked for",
        answers("D({'wrong': 1})", "class D(dict):\n    def __missing__(self, key): return True"),
    ),
    attack(
        "equality",
        "namedtuple with lying fields",
        "fields of a named tuple as properties",
        answers(
            "P(WRONG, 1)",
            "from collections import namedtuple\nclass P(namedtuple('P', 'a b')):" + LIES,
        ),
    ),
    attack(
        "equality",
        "list with another iterator",
        "content and iteration disagree",
        answers(
            "L([WRONG])",
            "class L(list):\n    def __iter__(self): return iter(())\n"
            "    def __len__(self): return 0\n    def __getitem__(self, i): return Any()\nclass Any:" + LIES,
        ),
    ),
    attack(
        "equality",
        "enum and dataclass that lie",
        "class tags with their own ==",
        answers(
            "D(1)", "from dataclasses import dataclass\n@dataclass(eq=False)\nclass D:\n    x: int" + LIES
        ),
    ),
    attack(
        "equality",
        "endless iterator",
        "an iterator that never ends",
        answers("itertools.repeat(True)", "import itertools"),
        VALUE,
        TIME,
    ),
    attack(
        "equality",
        "handle that answers operations",
        "length, items, truth and text asked through a handle",
        answers(
            "H()",
            "class H:" + LIES + "    def __len__(self): return 3\n"
            "    def __getitem__(self, key): return H()\n    def __iter__(self): return iter([H()])\n"
            "    def __call__(self, *a): return H()\n    def __str__(self): return 'H'\n"
            "    def __getattr__(self, name): return H()",
        ),
    ),
    attack(
        "equality",
        "exception as a value",
        "an exception instance that equals everything",
        answers("E()", "class E(AssertionError):" + LIES),
    ),
)
