"""Formats of texts: what a sample says of counts, and that it can be written again."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialrun.probe.facts import learn
from trialrun.probe.formats import formats_of
from trialrun.probe.keeping import repair
from trialrun.probe.shapes import Const, Float, Int, Link, Record, Rule, Seq, Text, parts, render
from trialrun.probe.text import tokenise
from trialrun.probe.typed import Maker

pytestmark = pytest.mark.fast

TEXTS = {
    "one number": "5",
    "a row of n": "3\n1 5 2",
    "n rows of pairs": "3\n1 2\n3 4\n5 6",
    "a matrix": "2 3\n1 2 3\n4 5 6",
    "a grid": "2 3\n*.*\n..*",
    "a string of n": "5\nabcab",
    "test cases": "2\n3\n1 2 3\n2\n5 5",
    "groups of n lines": "2\n2\n1 1\n2 2\n3\n1 1\n2 2\n3 3",
    "row, then queries": "5 3\n1 2 3 4 5\n1 2\n2 3\n1 5",
    "a tree": "4\n1 2\n2 3\n3 4",
    "self-counted": "3 7 8 9",
    "words": "hello big world",
    "commas": "1, 2, 3",
    "floats": "2\n1.50 2.25",
    "empty line": "2\n\n1 2",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_sample_is_written_as_it_was_read(text):
    found = formats_of([text])
    assert found
    for way in found:
        assert render(way.shape, way.trees[0]) == text


def counts(text):
    shape = formats_of([text])[0].shape
    return {(link.source, link.target, link.offset) for link in shape.links if link.rule is Rule.COUNT}


def test_counts_are_found():
    assert counts(TEXTS["a row of n"]) == {((0, 0), (1,), 0)}
    assert counts(TEXTS["n rows of pairs"]) == {((0, 0), (1,), 0)}
    assert counts(TEXTS["a matrix"]) == {((0, 0), (1,), 0), ((0, 1), (1, -1), 0)}
    assert counts(TEXTS["a tree"]) == {((0, 0), (1,), -1)}
    assert counts(TEXTS["row, then queries"]) == {((0, 0), (1,), 0), ((0, 1), (2,), 0)}


def test_test_cases_have_counts_of_their_own():
    block = formats_of([TEXTS["test cases"]])[0].shape.fields[1]
    assert isinstance(block, Seq) and isinstance(block.item, Record)
    assert block.item.links == (Link(rule=Rule.COUNT, source=(0, 0), target=(1,), trust=0.95),)
    block = formats_of([TEXTS["groups of n lines"]])[0].shape.fields[1]
    assert isinstance(block.item.fields[1], Seq) and block.item.links[0].target == (1,)


def test_tokens_get_types():
    shape = formats_of(["3 x 2.50"])[0].shape.fields[0]
    assert [type(part) for part in shape.fields] == [Int, Text, Float]
    assert isinstance(formats_of(["0110"])[0].shape.fields[0].fields[0], Text)  # a leading zero is no number


def leaf(text):
    shape = formats_of([text])[0].shape
    while isinstance(shape, Record) and len(shape.fields) == 1:
        shape = shape.fields[0]
    return shape


def test_digits_are_strings_where_a_number_is_their_length():
    shape = formats_of(["4\n1213"])[0].shape
    assert isinstance(shape.fields[1].fields[0], Text) and shape.links[0].target == (1, 0)
    assert isinstance(leaf("1213"), Int) and isinstance(leaf("101101"), Text)


def test_runs_of_digits_and_letters():
    pairs = leaf("3a2b1a")
    assert isinstance(pairs, Seq) and [type(part) for part in pairs.item.fields] == [Int, Text]
    assert [type(part) for part in leaf("e2").fields] == [Text, Int]
    assert [type(part) for part in leaf("12x7").fields] == [Int, Text, Int]
    assert [type(part) for part in leaf("3:15").fields] == [Int, Const, Int]


def test_counts_that_are_multiples():
    block = formats_of(["2\n1\n4 9 6\n2\n1 3 3 3 3 7"])[0].shape.fields[1]
    assert block.item.links[0].factor == 3


def test_several_samples_rule_out_coincidences():
    both = formats_of(["2\n1 2\n3 4", "3\n1 2\n3 4\n5 6"])
    assert all(way.shape.fields[1] != Seq for way in both)
    pairs = both[0].shape.fields[1]
    assert isinstance(pairs, Seq) and isinstance(pairs.item, Record) and len(pairs.item.fields) == 2
    assert not any(link.target == (1, -1) for way in both for link in way.shape.links)


def test_long_and_empty_texts():
    assert formats_of([""]) == formats_of(["\n\n"]) == []
    assert formats_of([" ".join(["1"] * 5000)]) == []
    assert formats_of([f"100\n{' '.join(['7'] * 100)}"])[0].shape.links


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["1", "2", "3", "-4", "ab", "0.5", "x"]), max_size=4), min_size=1, max_size=6
    )
)
def test_any_text_of_tokens_is_written_as_it_was_read(rows):
    text = "\n".join(" ".join(row) for row in rows).rstrip()
    for way in formats_of([text]):
        assert render(way.shape, way.trees[0]).rstrip() == text


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(2, 4), st.integers(), st.sampled_from([1, 3, 20]))
def test_made_inputs_keep_counts(rows, columns, seed, size):
    rng = random.Random(seed)
    grid = "\n".join(" ".join(str(rng.randint(1, 9)) for _ in range(columns)) for _ in range(rows))
    way = formats_of([f"{rows} {columns}\n{grid}"])[0]
    shape = learn(way.shape, way.trees)
    for _ in range(5):
        maker = Maker()
        tree = repair(shape, maker.make(shape, rng, size), rng, maker.make)
        for link in shape.links:
            if link.rule is Rule.COUNT:
                (head,) = parts(tree, link.source)
                lengths = [len(part) for part in parts(tree, link.target)]
                assert all(length == head + link.offset for length in lengths)
        assert all(int(token) >= 1 for line in tokenise(render(shape, tree)) for token in line.tokens)
