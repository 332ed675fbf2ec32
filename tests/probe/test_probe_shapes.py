"""Shapes of arguments, facts, and that values keep their types through everything."""

import ast
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialrun.core.task import Case
from trialrun.core.values import encode
from trialrun.lang.signatures import Parameter, Signature, read_signature
from trialrun.probe.arguments import (
    join,
    shape_of,
    shape_of_annotation,
    shapes_of_arguments,
)
from trialrun.probe.domain import domains_of, key_of
from trialrun.probe.facts import learn, without_trust
from trialrun.probe.keeping import repair
from trialrun.probe.mutate import Mutator
from trialrun.probe.proposer import Seed
from trialrun.probe.shapes import (
    UNKNOWN,
    Bool,
    Choice,
    Const,
    Float,
    Int,
    Mismatch,
    Order,
    Record,
    Seq,
    Text,
    build,
    copied,
    read,
)
from trialrun.probe.typed import Maker

pytestmark = pytest.mark.fast

ATOMS = st.one_of(
    st.integers(-99, 99), st.booleans(), st.floats(-9, 9), st.text("abc", max_size=3), st.none()
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.text("xyz", min_size=1, max_size=2), inner, max_size=3),
        st.sets(st.integers(0, 9), max_size=3),
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=3))
def test_values_are_read_and_built_under_their_joined_shape(values):
    shape = UNKNOWN
    for value in values:
        shape = join(shape, shape_of(value))
    for value in values:
        assert encode(build(shape, read(shape, value))) == encode(value)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=3), st.integers())
def test_mutation_keeps_types(seeds, number):
    (domain,) = domains_of([Seed(case=Case(args=args)) for args in seeds])
    rng, mutator = random.Random(number), Mutator(Maker())
    for tree in domain.trees:
        mutator.learn(tree)
        for _ in range(20):
            tree = mutator.mutate(domain.shape, copied(tree), rng)
            tree = repair(domain.shape, tree, rng, mutator.maker.make)
            read(domain.shape, domain.case(tree).args)  # raises where a type changed
        made = repair(domain.shape, mutator.maker.make(domain.shape, rng), rng, mutator.maker.make)
        read(domain.shape, domain.case(made).args)


def test_a_bool_is_no_number_and_a_list_of_numbers_takes_nothing_else():
    with pytest.raises(Mismatch):
        read(Int(), True)
    with pytest.raises(Mismatch):
        read(Seq(item=Int()), [1, ""])
    with pytest.raises(Mismatch):
        read(Float(), 1)
    assert join(Int(), Bool()) == Choice(options=(Int(), Bool()))


@pytest.mark.parametrize(
    ("annotation", "shape"),
    [
        ("int", Int()),
        ("List[int]", Seq(item=Int())),
        ("list[list[str]]", Seq(item=Seq(item=Text()))),
        ("Optional[int]", Choice(options=(Int(), Const(values=(None,))))),
        ("int | None", Choice(options=(Int(), Const(values=(None,))))),
        ("Union[int, str]", Choice(options=(Int(), Text()))),
        ("Literal['a', 3]", Const(values=("a", 3))),
        ("tuple[int, ...]", Seq(item=Int(), kind="tuple")),
        ("Tuple[int, str]", Record(fields=(Int(), Text()))),
        ("typing.Dict[str, float]", Seq(item=Record(fields=(Text(), Float())), kind="dict")),
        ("'List[float]'", Seq(item=Float())),
        ("Set[int]", Seq(item=Int(), kind="set")),
        ("Sequence[bool]", Seq(item=Bool())),
        ("Any", UNKNOWN),
        ("MyClass", UNKNOWN),
        ("", UNKNOWN),
        ("][", UNKNOWN),
    ],
)
def test_annotations(annotation, shape):
    assert shape_of_annotation(annotation) == shape


def parameters(*names):
    return Signature(name="f", parameters=tuple(Parameter(name=name) for name in names))


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        ("return p.split()", Text()),
        ("return p + 1", Int()),
        ("return sum(x * 2 for x in p)", Seq(item=Int())),
        ("return [x.upper() for x in p]", Seq(item=Text())),
        ("return p[0][1]", Seq(item=Seq(item=Int()))),
        ("return list(range(p))", Int()),
        ("return p == 'yes'", Text()),
        ("return {k: v for k, v in p.items()}", Seq(item=Record(fields=(Text(), Int())), kind="dict")),
    ],
)
def test_use_tells_where_nothing_else_does(body, shape):
    assert shapes_of_arguments([], parameters("p"), [f"def f(p):\n    {body}"])[0].fields == (shape,)


def test_items_that_a_body_tells_apart_are_of_several_types():
    source = (
        "def f(tokens):\n    ranks = {'+': 1, '*': 2}\n    for token in tokens:\n"
        "        if isinstance(token, int): print(token)\n        else: print(ranks[token])\n"
    )
    signature = read_signature(ast.parse(source), "f")
    shape = shapes_of_arguments([([],)], signature, [source])[0]
    assert shape.fields == (Seq(item=Choice(options=(Int(), Const(values=("+", "*"))))),)
    assert shapes_of_arguments([([1.5],)], signature, [source])[0].fields == (Seq(item=Float()),)
    nested = "def f(xs):\n    return [x if isinstance(x, list) else [x] for x in xs]\n"
    shape = shapes_of_arguments([], read_signature(ast.parse(nested), "f"), [nested])[0]
    assert shape.fields == (Seq(item=Choice(options=(Seq(item=Int()), Int()))),)


def test_names_tell_where_use_does_not():
    (shape,) = shapes_of_arguments(
        [], parameters("n", "text", "nums", "grid"), ["def f(n, text, nums, grid): pass"]
    )
    assert shape.fields == (Int(), Text(), Seq(item=Int()), Seq(item=Seq(item=Int())))


def test_four_inputs_have_four_keys():
    assert len({key_of(Case(args=(value,))) for value in (1, 1.0, True, "1")}) == 4


def learnt(*arguments):
    (domain,) = domains_of([Seed(case=Case(args=args)) for args in arguments])
    return domain.shape


def test_facts_of_parts():
    shape = learnt(([1, 4, 9], -3, "abba"), ([2, 3, 5, 8], 5, "cab"))
    numbers, number, text = shape.fields
    assert numbers.order is Order.UP and numbers.distinct and numbers.item.low == 1 and numbers.least == 1
    assert number.low is None
    assert text.alphabet == "abc" and "z" in text.wide and "A" not in text.wide


def test_relations_between_arguments():
    shape = learnt(([5, 1, 4], 3, ["a", "b", "c"], 2), ([7, 2], 2, ["d", "e"], 1))
    links = {(link.rule.value, link.source, link.target) for link in shape.links}
    assert ("count", (1,), (0,)) in links and ("count", (1,), (2,)) in links
    assert ("at most", (1,), (3,)) in links


@settings(max_examples=60, deadline=None)
@given(st.integers(), st.integers(1, 30))
def test_repair_restores_what_held(number, size):
    shape = without_trust(learnt(([2, 1, 3], [5, 5, 9], 3, 2), ([1, 4, 2, 3], [1, 2, 2, 9], 4, 1)))
    rng, maker = random.Random(number), Maker()
    one, two, count, below = build(shape, repair(shape, maker.make(shape, rng, size), rng, maker.make))
    assert len(one) == len(two) == count
    assert sorted(one) == list(range(1, count + 1))
    assert two == sorted(two)
    assert 0 <= below <= count


def test_learning_from_nothing_changes_nothing():
    assert learn(Record(fields=(Int(),)), []) == Record(fields=(Int(),))


SIGNED = """
class Stack:
    def __init__(self, items: list[int], most: int = 3): pass
    def push(self, x: str, *rest: int, deep: bool = False, **more): pass
class Bare:
    def get(self, key: str): pass
"""


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("Bare.get", [(Record(fields=()), Text())]),
        (
            "Stack.push",
            [
                (Record(fields=(Seq(item=Int()),)), Text()),
                (
                    Record(fields=(Seq(item=Int()), Int())),
                    *(Text(), Seq(item=Int()), Bool(), Const(values=({},))),
                ),
            ],
        ),
        ("Stack.__init__", [(Seq(item=Int()),), (Seq(item=Int()), Int())]),
    ],
)
def test_methods_and_optional_parameters_are_laid_out_as_drivers_take_them(name, shapes):
    signature = read_signature(ast.parse(SIGNED), name)
    found = [shape.fields for shape in shapes_of_arguments([], signature, [SIGNED])]
    assert repr(found) == repr(shapes)
