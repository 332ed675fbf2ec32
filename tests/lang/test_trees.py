"""Programs as trees over their text, comments, and grammars as data."""

import ast
import random

import pytest

from trialrun.core.errors import Missing
from trialrun.lang.comments import as_comment, without_comments
from trialrun.lang.grammar import Grammar
from trialrun.lang.smtlib import parse_smtlib
from trialrun.lang.trees import parse_python, parser_of

pytestmark = pytest.mark.fast

SCRIPT = """; a comment (with a bracket
(declare-fun i () Int) (declare-const é String)
(define-fun f ((n Int)) Int (+ n 1))
(assert (and (= (f i) 3) (str.contains é "a""(b") (exists ((z Int)) (> z i))))
(check-sat)
"""


def kinds(tree):
    return {tree.text(node).decode(): node.kind for node in tree.root.walk()}


def test_python_nodes_are_spans_of_the_text():
    source = 'é = "ü"\n@g\ndef f(a, *, b=1):\n    return [x for x in a if b] + {**a}\n'
    source += 'if f:\n    pass\nelif é:\n    f"{a + 1!r}"\n'
    tree = parse_python(source)
    found = kinds(tree)
    assert found['"ü"'] == "Constant" and found["a + 1"] == "BinOp" and found["b=1"[:1]] == "arg"
    assert any(text.startswith("@g\ndef f") for text in found)
    assert next(kind for text, kind in found.items() if text.startswith("elif")) == "elif"
    for node in tree.root.walk():
        if node.family == "expr":
            ast.parse(b"(" + tree.text(node) + b")", mode="eval")
    assert parse_python("x = (") is None and parse_python("x = '\0'") is None


def test_terms_are_known_by_their_sort_and_bound_variables_stay():
    tree = parse_smtlib(SCRIPT)
    found = kinds(tree)
    assert found["(f i)"] == "Int" and found["3"] == "Int" and found["i"] == "Int"
    assert found["é"] == "String" and found['"a""(b"'] == "String"
    assert found["(= (f i) 3)"] == found["(exists ((z Int)) (> z i))"] == "Bool"
    assert found["(> z i)"] == found["z"] == found["(+ n 1)"] == ""
    assert list(tree.declares) == ["i", "é", "f"]
    assert tree.data[tree.prelude :].startswith(b"(assert")


def test_sorts_of_floating_point_and_indexed_operators():
    names = "(declare-fun f () (_ FloatingPoint 3 5))(declare-fun x () (_ BitVec 8))"
    found = kinds(
        parse_smtlib(
            names + "(assert (fp.eq ((_ to_fp 3 5) x) (fp.add RNE f (fp #b0 #b010 #b0001))))"
            "(assert (= ((_ extract 3 1) ((_ rotate_left 2) x)) (ite (fp.isNaN f) #b001 (_ bv5 3))))"
        )
    )
    float_ = "(_ FloatingPoint 3 5)"
    assert found["((_ to_fp 3 5) x)"] == found["(fp #b0 #b010 #b0001)"] == found["f"] == float_
    assert found["(fp.add RNE f (fp #b0 #b010 #b0001))"] == float_ and found["RNE"] == "RoundingMode"
    assert found["((_ extract 3 1) ((_ rotate_left 2) x))"] == found["(_ bv5 3)"] == "(_ BitVec 3)"
    assert found["((_ rotate_left 2) x)"] == "(_ BitVec 8)"


def test_a_script_without_matching_brackets_or_that_nests_without_end_has_no_tree():
    assert parse_smtlib("(assert (> x 1)") is None and parse_smtlib("(a))") is None
    assert parse_smtlib("(" * 100_000 + ")" * 100_000) is None


def test_a_missing_grammar_is_told_with_the_line_that_brings_it():
    with pytest.raises(Missing, match=r"trialrun\[langs\]"):
        parser_of("no-such-language")


def test_other_languages_are_read_by_their_tree_sitter_grammar():
    tree = parser_of("c")("int f(int a, int b) { a = b; return a + 1; }\n")
    found = kinds(tree)
    assert found["a + 1"] == "binary_expression" and found["1"] == "number_literal"
    body = next(node for node in tree.root.walk() if node.kind == "compound_statement")
    assert body.runs == ((0, 2),)
    assert parser_of("c")("int f( {") is None


def test_comments_are_told_from_literals():
    assert (
        without_comments("""x = '#' # a\n\ny = \"\"\"#\n\"\"\"\n""", "python")
        == """x = '#'\ny = \"\"\"#\n\"\"\""""
    )
    assert without_comments('char *s = "/*"; // a\n/* b\n */ int x;\n', "c") == 'char *s = "/*";\n int x;'
    assert without_comments("/* never closed", "c") == ""
    assert as_comment("a\nb", "python") == "# a\n# b"


NUMBERS = Grammar(
    'sum = term (sign term)* ; sign = "+" | "-" ; term = [0-9]+ | "(" sum ")" | \'f(\' sum ")" ; # nested'
)


def test_a_grammar_reads_what_it_derives():
    chance = random.Random(0)
    for _ in range(200):
        text = NUMBERS.derive("sum", chance, [1.0] * NUMBERS.alternatives, 8)
        tree = NUMBERS.read(text)
        assert tree is not None and (tree.kind, tree.start, tree.end) == ("sum", 0, len(text))
    assert NUMBERS.read("1+") is None


def test_weights_choose_the_alternatives():
    weights = [1.0, 0.0, 1.0, 0.0, 0.0]
    text = "".join(NUMBERS.derive("sum", random.Random(seed), weights, 20) for seed in range(50))
    assert "+" in text and "-" not in text and "(" not in text


def test_reading_ends_where_it_would_take_too_long():
    grammar = Grammar('a = b* "c" ; b = ("x" | "xx" | "xxx")+ ;')
    assert grammar.read("x" * 40) is None
