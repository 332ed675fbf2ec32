import ast

import pytest

from trialrun.lang.signatures import Binding, read_signature

SOURCE = '''
import functools
from dataclasses import dataclass

def f(a: int, b="x", *rest: str, c: bool = True, **more) -> list[int]:
    """Say something."""

def f2():
    def inner():
        yield 1
    return inner

def gen(n):
    for i in range(n):
        yield i

async def wait(n): ...

class C:
    def __init__(self, x: int, y=2): ...
    def m(self, k: float) -> float: ...
    @staticmethod
    def s(a): ...
    @classmethod
    def k(cls, a): ...
    @functools.cached_property
    def p(self): ...

@dataclass
class D:
    a: int
    b: str = ""
    def m(self): ...

def twice(old): ...
def twice(new): ...
'''


def of(name):
    return read_signature(ast.parse(SOURCE), name)


def test_every_kind_of_parameter():
    signature = of("f")
    assert [(p.name, p.annotation, p.default, p.keyword_only, p.variadic) for p in signature.parameters] == [
        ("a", "int", None, False, ""),
        ("b", "", "'x'", False, ""),
        ("rest", "str", None, False, "*"),
        ("c", "bool", "True", True, ""),
        ("more", "", None, False, "**"),
    ]
    assert signature.returns == "list[int]" and signature.docstring == "Say something."


@pytest.mark.parametrize(
    ("name", "binding"),
    [("C.m", Binding.METHOD), ("C.s", Binding.STATIC), ("C.k", Binding.CLASS), ("C.p", Binding.PROPERTY)],
)
def test_bindings_and_no_self(name, binding):
    signature = of(name)
    assert signature.binding is binding
    assert not {"self", "cls"} & {p.name for p in signature.parameters}


def test_constructors():
    assert [p.name for p in of("C.m").constructor] == ["x", "y"]
    assert [(p.name, p.default) for p in of("D.m").constructor] == [("a", None), ("b", "''")]
    assert [p.name for p in of("C").parameters] == ["x", "y"]


def test_generators_and_coroutines():
    assert of("gen").is_generator and not of("f2").is_generator
    assert of("wait").is_async and not of("gen").is_async


def test_the_last_definition_counts_and_missing_names_are_none():
    assert [p.name for p in of("twice").parameters] == ["new"]
    assert of("nothing") is None and of("Nothing.m") is None
