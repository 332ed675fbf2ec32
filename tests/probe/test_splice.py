"""Programs from the parts of others, and texts made smaller."""

import ast

import pytest

from trialrun.core.errors import UsageError
from trialrun.lang.smtlib import parse_smtlib
from trialrun.lang.trees import parse_python
from trialrun.probe.delta import reduce_text
from trialrun.probe.engine import Prompt, Strategy
from trialrun.probe.splice import Splice

pytestmark = pytest.mark.fast

ONE = """def f(a, b):
    if a > b:
        for i in range(a):
            print(i, end="")
    return [a, b + 1]
"""
TWO = """class C:
    def g(self, x=1):
        while x:
            x -= 1
        return {"x": x, "y": self}
"""


def parses(text):
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def test_most_programs_from_python_parts_parse_and_most_are_new():
    engine = Splice((ONE, TWO), parse_python)
    texts = engine.generate(Prompt(engine.distil("", 0, 0)), (), 300, 1)
    assert len(texts) == 300 and len(set(texts)) > 200
    assert sum(map(parses, texts)) > 0.9 * len(texts)


def test_parts_of_another_indentation_are_moved():
    engine = Splice((ONE, TWO), parse_python)
    texts = engine.generate(Prompt(engine.distil("", 0, 0)), (), 500, 2)
    deeper = [
        text for text in texts if "        while x:\n            x -= 1\n" in text and "def f(a, b):" in text
    ]
    assert any("\n    if a > b:\n        while x:\n            x -= 1" in text for text in deeper)


def test_a_term_brings_its_declarations_and_fits_by_sort():
    one = "(declare-fun a () Int)\n(assert (> a 1))\n(check-sat)\n"
    two = "(declare-fun s () String)\n(define-fun g ((n Int)) Int (+ n (str.len s)))\n"
    two += "(assert (= (g 4) 5))\n(check-sat)\n"
    engine = Splice((one, two), parse_smtlib)
    texts = engine.generate(Prompt(engine.distil("", 0, 0)), (), 200, 0)
    brought = [text for text in texts if text.startswith("(declare-fun a") and "(g 4)" in text]
    assert brought
    for text in brought:
        assert text.index("(declare-fun s () String)") < text.index("(define-fun g") < text.index("(assert")
        assert text.count("(declare-fun s") == 1
    assert not any("(> s" in text or "(> (= " in text for text in texts)


def test_strategies_start_from_the_examples():
    engine = Splice((TWO,), parse_python)
    prompt = engine.distil("", 0, 0)
    other = "qqq = zzz(1, 2, 3)\n"

    def made(strategy, *examples):
        return engine.generate(Prompt(prompt, strategy), examples, 100, 3)

    # A new program starts from the corpus, or from one that behaved in a new way.
    assert 20 < sum("def f" in text for text in made(Strategy.NEW, ONE)) < 80
    assert not any("def f" in text or "print" in text for text in made(Strategy.NEW))
    assert sum("def f" in text for text in made(Strategy.MUTATE, ONE)) > 80
    renamed = made(Strategy.EQUIVALENT, "abc = 1\nprint(abc, abcd)\n")
    assert all(parses(text) and text.count("\n") == 2 for text in renamed)
    assert any("abc_" in text and "abcd" in text for text in renamed), (
        "all of one name, and nothing of another"
    )
    assert any("zzz" in text and "def f" in text for text in made(Strategy.COMBINE, other, ONE))
    assert sum("class C" in text for text in made(Strategy.MUTATE, "not ( a program")) > 80


def test_the_prompt_is_a_weighting_of_the_corpus():
    engine = Splice((ONE, TWO), parse_python)
    texts = engine.generate(Prompt("[0.0, 1.0]"), (), 50, 0)
    assert sum("class C" in text for text in texts) > 40
    assert engine.distil("", 1, 0) != engine.distil("", 2, 0) != engine.distil("", 1, 1)


def test_a_corpus_in_which_nothing_parses_is_refused():
    with pytest.raises(UsageError, match="none of the 1 programs"):
        Splice(("x = (",), parse_python)


def smallest(text, parse, shows):
    steps, tried = reduce_text(text, parse), 0
    try:
        candidate = next(steps)
        while True:
            tried += 1
            candidate = steps.send(shows(candidate))
    except StopIteration as end:
        return end.value, tried


def test_reduction_drops_lines_then_parts():
    script = "\n".join(
        ["(declare-fun a () Int)", "(declare-fun b () Int)"]
        + [f"(assert (> a {number}))" for number in range(20)]
        + ["(assert (and (< b 3) (or (= a b) (distinct a 77 (+ b 1 2)))))", "(check-sat)"]
    )
    found, tried = smallest(script, parse_smtlib, lambda text: "77" in text and text.endswith("(check-sat)"))
    assert found == "(assert (= a 77))\n(check-sat)" or len(found.splitlines()) <= 2
    assert "77" in found and len(found) < 45 and tried < 400


def test_reduction_of_python_keeps_what_shows_it():
    source = ONE + TWO
    found, _ = smallest(source, parse_python, lambda text: parses(text) and "while" in text)
    assert parses(found) and "while" in found and "def f" not in found and len(found) < 60
    assert smallest("x\n", None, lambda text: False)[0] == "x\n"
