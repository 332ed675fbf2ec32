"""What the text of a program tells, and what honest programs do not."""

import pytest

from trialrun.lang import tells

pytestmark = pytest.mark.fast

GUARDED = frozenset(("os.getcwd", "open", "subprocess.Popen"))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import sys\nf = sys._getframe()", "_getframe in line 2"),
        ("getattr(sys, '_getframe')", "'_getframe' in line 1"),
        ("e.__traceback__.tb_frame.f_back", "tb_frame in line 1"),
        ("import gc\ngc.get_objects()", "get_objects in line 2"),
        ("import os\nos._exit(0)", "_exit in line 2"),
        ("class A:\n    def __eq__(self, o): return True", "class A with its own __eq__ in line 2"),
        ("class A(int): pass", "a subclass of int in line 1"),
        ("exit()", "exit() in line 1"),
        ("import sys\nsys.exit(0)", "exit() in line 2"),
        ("raise SystemExit", "raises SystemExit in line 1"),
    ],
)
def test_reaching(source: str, found: str) -> None:
    assert found in tells.reaching(source)


@pytest.mark.parametrize(
    "source",
    [
        "def f(x): return x == 1",
        "class A:\n    def __init__(self): self.x = 1",
        "raise ValueError('exit')",
        "(",
        "\0",
    ],
)
def test_honest_or_broken_text_tells_nothing(source: str) -> None:
    assert tells.reaching(source) == tells.chance(source) == tells.uses(source, GUARDED) == ()


def test_chance() -> None:
    assert tells.chance("from random import choice") == ("import random in line 1",)
    assert tells.chance("def f(x):\n    return hash(x) + id(x)") == ("hash() in line 2", "id() in line 2")
    assert tells.chance("import math") == ()


def test_uses_follows_imported_names() -> None:
    assert tells.uses("from os import getcwd as here\nhere()", GUARDED) == ("os.getcwd in line 2",)
    assert tells.uses("open('x')", GUARDED) == ("open in line 1",)
    assert tells.uses("def open(x): pass", GUARDED) == ()


@pytest.mark.parametrize("source", ["(" * 100_000, "x = " + "-" * 50_000 + "1", "\ud800", "a" * 2_000_000])
def test_hostile_text_is_no_bug(source: str) -> None:
    assert tells.reaching(source) == ()
