"""Programs as pieces: what is left to others, what belongs to a function, and joining all of it."""

import pytest

from trialrun.lang.pieces import assembled, needed, split

pytestmark = pytest.mark.fast

SOURCE = '''from __future__ import annotations
import math

LIMIT = 10


def f(x: int) -> int:
    """Do it."""
    return helper(g(x), math.pi) + LIMIT


def g(x: int) -> int:
    """Written later."""
    pass


@staticmethod
def helper(x, y):
    return x


def h(x):
    raise NotImplementedError
'''


def test_stubs_are_told_from_what_is_written():
    piece = split(SOURCE, "f")
    assert piece is not None and [name for name, _ in piece.stubs] == ["g", "h"]
    assert piece.stubs[0][1] == 'def g(x: int) -> int:\n    """Written later."""\n    pass\n'
    assert (
        "def g" not in piece.text and "def h(" not in piece.text and "@staticmethod\ndef helper" in piece.text
    )
    assert [name for name, _ in piece.binds] == ["LIMIT", "helper"]
    assert piece.signature is not None and [one.name for one in piece.signature.parameters] == ["x"]


def test_what_is_known_is_neither_written_again_nor_a_stub():
    piece = split(
        "def f(x):\n    return g(x)\n\ndef g(x):\n    return 1\n\ndef k(x):\n    'K.'\n", "f", ["g", "k"]
    )
    assert piece is not None and piece.text == "def f(x):\n    return g(x)\n" and piece.stubs == ()


def test_a_function_declared_and_then_written_is_no_stub():
    piece = split("def g(x):\n    'G.'\n\ndef f(x):\n    return g(x)\n\ndef g(x):\n    return 2\n", "f")
    assert piece is not None and piece.stubs == () and "return 2" in piece.text


@pytest.mark.parametrize(
    "source", ["", "def f(x", "def g(x):\n    return x\n", "def f(x):\n    pass\n", "# f\n"]
)
def test_no_piece(source):
    assert split(source, "f") is None


def test_a_whole_program_is_a_piece():
    piece = split("n = int(input())\nprint(twice(n))\n\ndef twice(n):\n    'Twice n.'\n", None)
    assert piece is not None and piece.signature is None and [name for name, _ in piece.stubs] == ["twice"]


def test_only_what_is_needed_comes_along_each_once_and_before_its_users():
    others = {
        "a": "def a(): return b() + c()\n",
        "b": "import math\n\ndef b(): return c()\n",
        "c": "def c(): return a\n",
        "d": "def d(): return 1\n",
    }
    assert needed("def f(): return a()", others) == ["c", "b", "a"]
    program = assembled("def f(): return a()\n", others)
    assert [line for line in program.splitlines() if line.startswith("def")] == [
        "def c(): return a", "def b(): return c()", "def a(): return b() + c()", "def f(): return a()",
    ]  # fmt: skip


def test_future_imports_stay_first():
    others = {"g": "from __future__ import annotations\nimport os\n\ndef g(): return 1\n"}
    program = assembled("from __future__ import annotations\ndef f(): return g()\n", others)
    assert program.startswith("from __future__ import annotations\n") and program.count("__future__") == 1
    compile(program, "p", "exec")
