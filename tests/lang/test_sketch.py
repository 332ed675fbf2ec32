"""Sketches: what is a hole, that filling changes one body and no other byte, and what edits refuse."""

import pytest

from trialrun.core.errors import UsageError
from trialrun.lang.filling import body_of
from trialrun.lang.sketch import MARK, Pair, read_sketch

pytestmark = pytest.mark.fast

SOURCE = '''"""Module."""
import math

@staticmethod
def first(x: int, y=3) -> dict[str, int]:  # a note
    """Do it.

    >>> first(1, 2)
    3
    >>> first(1, y=2)
    3
    """

def second(z): ...

def third(a):
    # about a
    raise NotImplementedError  # to do

def main(é):
\treturn first(é, "ü") + second(1)   ;   third(2)
class C:
    def method(self): ...
def last(x):
    """Text."""'''


def test_holes_are_the_stubs_of_the_top_level():
    sketch = read_sketch(SOURCE)
    assert [hole.name for hole in sketch.holes] == ["first", "second", "third", "last"]
    first = sketch.hole("first")
    assert first.parameters == ("x", "y") and first.annotations == ("int", "", "dict[str, int]")
    assert first.cases == (Pair(args=(1, 2), expected=3),), "examples with names are no cases"
    assert first.stub.startswith("@staticmethod\ndef first") and first.stub.endswith('"""\n    ...\n')


def test_what_is_defined_again_is_no_hole():
    assert not read_sketch("def f(): ...\ndef f(): return 1\n").holes
    assert not read_sketch("def f(): ...\nf = 3\n").holes


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_sketch_is_byte_identical(newline):
    sketch = read_sketch(SOURCE.replace("\n", newline))
    filled = sketch
    for name in ("last", "second", "first", "third"):
        filled = filled.filled(name, "if 1:\n    return 'ü'\nreturn 2")
    assert filled.skeleton == sketch.skeleton and not filled.open
    body = f"\n    {MARK}\n    if 1:\n        return 'ü'\n    return 2"
    assert filled.source.count(body) == 4
    kept = sketch.source
    for body_of_stub in (" ...\n\ndef third", "\n    # about a\n    raise NotImplementedError"):
        text = body_of_stub.removesuffix("\n\ndef third").replace("\n", newline).removeprefix("\r")
        assert text in kept
        kept = kept.replace(text, "", 1)
    assert filled.source.replace(body, "") == kept, "all but the bodies is there, byte for byte"
    namespace: dict[str, object] = {}
    exec(filled.source, namespace)
    assert namespace["last"](1) == "ü"  # type: ignore[operator]
    again = read_sketch(filled.source)
    assert again.skeleton == sketch.skeleton, "a filled sketch is read as the same one"


def test_filling_one_hole_changes_no_other_hash():
    sketch = read_sketch(SOURCE)
    before = {hole.name: sketch.hash(hole.name) for hole in sketch.holes}
    for name in before:
        made = sketch.filled(name, "return 1")
        after = {hole.name: made.hash(hole.name) for hole in made.holes}
        assert {one for one in before if before[one] != after[one]} == {name}


def test_a_hole_can_be_opened_and_filled_again():
    sketch = read_sketch(SOURCE)
    once = sketch.filled("second", "return z")
    assert once.body("second") == "return z" and MARK in once.source
    assert [hole.name for hole in once.open] == ["first", "third", "last"]
    assert once.emptied("second").filled("second", "return z").source == once.source
    assert once.emptied("second").hole("second").is_open


@pytest.mark.parametrize("body", ["return (", "pass\n  return", "return 1\nx = = 2", "x\n\n\n)"])
def test_a_body_that_is_none_is_refused(body):
    with pytest.raises(UsageError):
        read_sketch(SOURCE).filled("second", body)


@pytest.mark.parametrize("source", ["def f(:", 'def f(x): "text"', "def f(x): ...\rdef g(): ...", "\0"])
def test_what_cannot_be_filled_in_place_is_refused(source):
    with pytest.raises(UsageError):
        read_sketch(source)


def test_functions_can_be_declared_holes_and_are_not_marked():
    sketch = read_sketch("def f(x): return 1\n\ndef g(x):\n    return f(x)\n", ["f"])
    made = sketch.filled("f", "return 2")
    assert made.source == "def f(x):\n    return 2\n\ndef g(x):\n    return f(x)\n"
    assert [hole.name for hole in made.holes] == ["f"] and not read_sketch(made.source).holes
    assert made.emptied("f").filled("f", made.body("f")) == made
    for body in ("pass", "...", "raise NotImplementedError"):
        said_nothing = sketch.filled("f", body)
        assert not said_nothing.open and said_nothing.body("f") == body


def test_a_user_may_rewrite_and_decompose():
    sketch = read_sketch(SOURCE)
    made = sketch.filled("second", "return z").with_text("second", 'Return """z\\".')
    assert made.hole("second").text == "Return '''z\\\"." and made.hole("second").is_open
    parts = "def half(z):\n    '''Half of it.'''\n\ndef second(z):\n    return half(z) + half(z)\n"
    made = sketch.decomposed("second", parts)
    assert [hole.name for hole in made.holes] == ["first", "half", "third", "last"]
    with pytest.raises(UsageError, match="second"):
        sketch.decomposed("second", "def second(other): return 1\n")
    with pytest.raises(UsageError, match="main"):
        sketch.decomposed("second", parts + "def main(): ...\n")
    with pytest.raises(UsageError, match="second"):
        sketch.hole("secnod")


def run(source, call):
    namespace: dict[str, object] = {}
    exec(source, namespace)
    return eval(call, namespace)


@pytest.mark.parametrize(
    "answer",
    [
        "def f(x, y):\n    'Doc.'\n    return x - y\n",
        "def f(a, b):\n    return a - b\n",
        "import operator\ndef f(x, y):\n    return operator.sub(x, y)\n",
        "K = -1\ndef part(v):\n    return K * v\n@staticmethod\ndef f(x, y):\n    return x + part(y)\n",
        "def f(x, y=0, *rest):\n    return x - y\n",
        "def f(x, y):\n    return x - y if x > y else -f(y, x)\n",
        "def main(): return 'not this'\ndef f(x, y):\n    return x - y\n",
        "def f(x, y):\n    text = '''\na\n'''\n    return x - y + len(text) - 3\n",
    ],
)
def test_an_answer_becomes_a_body(answer):
    sketch = read_sketch("def f(x, y): ...\n\ndef main(x):\n    return f(x, 1)\n")
    body = body_of(answer, sketch.hole("f"), sketch)
    made = sketch.filled("f", body)
    assert run(made.source, "main(5), f(2, 9)") == (4, -7)
    assert made.skeleton == sketch.skeleton


@pytest.mark.parametrize("answer", ["", "def g(x, y): return 1", "def f(x, y): ...", "def f(x", "\0"])
def test_an_answer_without_the_hole_is_none(answer):
    sketch = read_sketch("def f(x, y): ...\n")
    assert body_of(answer, sketch.hole("f"), sketch) is None
