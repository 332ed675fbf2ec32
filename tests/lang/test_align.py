"""Old calls of a function whose parameters changed: by place as long as they are the same, then by name."""

import ast

import pytest

from trialrun.lang.align import called_as
from trialrun.lang.signatures import read_signature

pytestmark = pytest.mark.fast


def spread(old, new):
    """Return how the new function is called for the old one's places, or None."""
    one, two = (read_signature(ast.parse(f"def f({text}): pass"), "f") for text in (old, new))
    found = called_as(one, two)
    return None if found is None else [p.variadic + p.name + "=" * p.keyword_only for p in found.parameters]


@pytest.mark.parametrize(
    ("old", "new", "how"),
    [
        ("a, b", "a, b", ["a", "b"]),
        ("a, b", "a, b, c=1", ["a", "b"]),
        ("a, b", "a, c=1, b=2", ["a", "b="]),
        ("a, b", "b, a", ["a=", "b="]),
        ("a, b", "a, x", ["a", "x"]),
        ("a, *, b", "a, b", ["a", "b="]),
        ("a, b", "a, *, b", ["a", "b="]),
        ("a, *rest, k=1", "a, *rest, j=2, k=1", ["a", "*rest", "k="]),
        ("a", "a, b", None),
        ("a, b", "a", None),
        ("a, **more", "a, b=1, **more", ["a", "**more"]),
        ("a, *rest", "a", None),
        ("a, b=1", "a, *rest", None),
        ("a, b", "b, c", None),
    ],
)
def test_parameters(old, new, how):
    assert spread(old, new) == how


def test_constructors_are_matched_too():
    source = "class C:\n    def __init__(self, a, {}b=1): pass\n    def m(self, x): pass"
    one, two = (read_signature(ast.parse(source.format(text)), "C.m") for text in ("", "z=0, "))
    assert [p.keyword_only for p in called_as(one, two).constructor] == [False, True]


def test_a_method_that_became_static_is_called_in_another_way():
    source = "class C:\n    {}\n    def m({}x): pass"
    ways = [("", "self, "), ("@staticmethod", ""), ("@classmethod", "cls, ")]
    method, *others = (read_signature(ast.parse(source.format(*way)), "C.m") for way in ways)
    assert called_as(method, method) is not None
    for other in others:
        assert other.parameters == method.parameters and called_as(method, other) is None
