"""Repair operators: what each class of edits writes, and what is never touched."""

import ast

import pytest

from trialrun.lang.repair_operators import WEIGHTS, Edit, applied, repairs

SHAPES = [
    ("comparison", "def f(a):\n    return a < 3\n", "return a <= 3"),
    ("arithmetic", "def f(a):\n    return a - 3\n", "return a + 3"),
    ("constant", "def f(a):\n    return a * 3\n", "return a * 2"),
    ("range", "def f(n):\n    return sum(range(n))\n", "sum(range(n + 1))"),
    ("slice", "def f(xs, k):\n    return xs[k:]\n", "xs[k + 1:]"),
    ("index", "def f(xs, i):\n    return xs[i]\n", "xs[i - 1]"),
    ("offset", "def f(a):\n    return g(a)\n", "return g(a + 1)"),
    ("name", "def f(a, b):\n    return g(a, a)\n", "g(a, b)"),
    ("not-insertion", "def f(a):\n    if a.x:\n        return 1\n", "if not a.x:"),
    ("connector", "def f(a, b):\n    return a and b\n", "return a or b"),
    ("argument-swap", "def f(a, b):\n    return g(a, b)\n", "g(b, a)"),
    ("operand-swap", "def f(a, b):\n    return a - b\n", "return b - a"),
    ("operand-removal", "def f(a):\n    return a * 2 + 1\n", "return a * 2\n"),
    ("initial", "def f(a):\n    found = []\n    return found\n", "found = [[]]"),
    ("initial", "def f(a):\n    best = 0\n    return best\n", "best = float('-inf')"),
    ("guard", "def f(xs):\n    return xs[0]\n", "    if not xs: return None\n    return xs[0]"),
    ("condition-and", "def f(xs, n):\n    while n > 0:\n        n -= 1\n", "while xs and n > 0:"),
    ("condition-or", "def f(xs, n):\n    if n == 0:\n        return 1\n", "if not xs or n == 0:"),
    ("constant-condition", "def f(xs):\n    while True:\n        xs.pop()\n", "while xs:"),
    ("condition-instead", "def f(xs):\n    while len(xs) > 3:\n        xs.pop()\n", "while not xs:"),
    ("truth", "def f(n):\n    n += 0\n    return True\n", "return n == 0"),
    ("wrap", "def f(a, b):\n    return a - b\n", "return abs(a - b)"),
    ("wrap", "def f(xs):\n    return xs\n", "return sorted(xs)"),
    ("unwrap", "def f(xs):\n    return g(h(xs))\n", "return g(xs)"),
    ("running", "def f(n):\n    m = n + 1\n    m = n - 1\n    return m\n", "m = max(m, n - 1)"),
    ("extreme", "def f(n):\n    m = n + 1\n    return m\n", "return max(n, m)"),
    ("far-combination", "def f(n, xs):\n    m = n + len(xs)\n    return m\n", "return m + len(xs)"),
    ("slice-insertion", "def f(xs):\n    return f(xs)\n", "return f(xs[1:])"),
    ("callee", "def g(a): return a\ndef h(a): return -a\ndef f(a):\n    return g(a)\n", "return h(a)"),
    ("call-swap", "def f(xs):\n    return any(xs)\n", "return all(xs)"),
    ("attribute", "def f(a):\n    a.left = 1\n    return a.right\n", "return a.left"),
    ("default", "def f(d, k):\n    return d[k]\n", "return d.get(k, 0)"),
    ("yield", "def f(xs):\n    for x in xs:\n        yield f(x)\n", "yield from f(x)"),
    ("call-insertion", "def f(a):\n    return a\n", "return f(a)"),
    ("augmented-assignment", "def f(a):\n    b = 0\n    b += a\n    return b\n", "b -= a"),
    ("target", "def f(a):\n    b = 0\n    c = a\n    return b\n", "    b = a\n    return b"),
    ("statement-deletion", "def f(a):\n    a = 0\n    return a\n", "    pass\n    return a"),
    (
        "statement-swap",
        "def f(a):\n    b = a\n    a = 0\n    return b\n",
        "    a = 0\n    b = a\n    return b",
    ),
    ("dedentation", "def f(xs):\n    for x in xs:\n        x += 1\n        return x\n", "\n    return x\n"),
    ("indentation", "def f(xs):\n    for x in xs:\n        x += 1\n    print(x)\n", "\n        print(x)\n"),
    (
        "growth",
        "def f(x):\n    seen = []\n    y = x\n    return seen\n",
        "    seen.append(x)\n    return seen",
    ),
    (
        "statement-copy",
        "def f(a):\n    a += 1\n    g(a)\n    return a\n",
        "    g(a)\n    a += 1\n    return a",
    ),
    ("assignment", "def f(a, b):\n    g(a)\n    return a\n", "    g(a)\n    a = b\n    return a"),
    ("step", "def f(a):\n    n = 0\n    g(a)\n    return n\n", "    g(a)\n    n += 1\n    return n"),
    ("return-insertion", "def f(a):\n    b = a\n", "    b = a\n    return b\n"),
    ("statement-form", "def f(a):\n    b = 0\n    b = a\n    return b\n", "    b += a\n"),
    ("statement-form", "def f(s):\n    s.strip()\n    return s\n", "    s = s.strip()\n"),
    ("statement-form", "def f(a):\n    if a > 0:\n        a -= 1\n    return a\n", "    while a > 0:\n"),
    ("unconditional", "def f(a):\n    if a > 0:\n        a -= 1\n    return a\n", "def f(a):\n    a -= 1\n"),
    (
        "loop-guard",
        "def f(xs):\n    for x in xs:\n        g(x)\n",
        "        if not xs: continue\n        g(x)",
    ),
    ("keyword", "def f(xs):\n    return max(xs)\n", "return max(xs, key=len)"),
    ("combination", "def f(xs):\n    ys = []\n    ys = ys\n    return ys[1:]\n", "return ys[1:] + [xs]"),
]


@pytest.mark.parametrize(("operator", "source", "wanted"), SHAPES)
def test_an_operator_writes_what_it_is_for(operator: str, source: str, wanted: str) -> None:
    texts = [applied(source, edit) for edit in repairs(source) if edit.operator == operator]
    assert any(wanted in text for text in texts), texts


def test_every_operator_of_the_table_is_one_that_some_shape_or_mutation_has() -> None:
    made = {edit.operator for _, source, _ in SHAPES for edit in repairs(source, strings=["x"])}
    assert {operator for operator, _, _ in SHAPES} <= made
    assert {operator for operator, _, _ in SHAPES} <= WEIGHTS.keys()


SOURCE = '''\
def size(xs, limit):
    """Count: not `xs < limit` here."""
    total = 0  # a comment, kept
    for x in xs:   # odd   spacing
        if x < limit and x > 0:
            total += 1
    return total
'''


def test_edits_change_their_place_and_nothing_else() -> None:
    edits = repairs(SOURCE)
    texts = [applied(SOURCE, edit) for edit in edits]
    assert SOURCE not in texts and len(set(texts)) > 0.9 * len(texts)
    for edit, text in zip(edits, texts, strict=True):
        assert '"""Count: not `xs < limit` here."""' in text
        assert "# a comment, kept" in text or edit.line == 3 or "swap" in edit.operator
        assert 0 < edit.prior <= 1 and edit.description.startswith(f"line {edit.line}: ")
        assert 1 <= edit.line <= 8
    parsed = sum(_parses(text) for text in texts)
    assert parsed > 0.97 * len(texts), "a few break the grammar, and fail cheaply"


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def test_names_of_another_kind_stay_out_where_kinds_are_known() -> None:
    source = "def f(xs, n, m):\n    return n\n"
    runs = {"f": {"xs": frozenset(["list"]), "n": frozenset(["int"]), "m": frozenset(["int"])}}
    names = [edit.what for edit in repairs(source, runs=runs) if edit.operator == "name"]
    assert names == ["n -> m"]
    assert len([edit for edit in repairs(source) if edit.operator == "name"]) == 2


def test_a_guard_gives_back_what_is_expected_somewhere_of_a_type_that_is() -> None:
    source = "def f(xs):\n    return xs[0]\n"
    edits = [edit for edit in repairs(source, values=[7, 9]) if "guard" in edit.operator]
    seven = next(edit for edit in edits if edit.what.endswith("return 7"))
    nought = next(edit for edit in edits if edit.what.endswith("return 0"))
    assert seven.prior < nought.prior, "what only repeats an example is likely to fit nothing else"
    assert not any(edit.what.endswith(("return ''", "return None")) for edit in edits)


def test_likely_edits_have_higher_priors_than_those_that_could_be_anything() -> None:
    edits = {edit.what: edit for edit in repairs(SOURCE)}
    likely = edits["x < limit -> x <= limit"].prior
    assert likely > edits["limit -> x"].prior > edits["total -> -total"].prior
    assert likely > 3 * max(edit.prior for edit in edits.values() if edit.operator == "donor")


def test_two_edits_that_do_not_touch_are_applied_together() -> None:
    edits = {edit.what: edit for edit in repairs(SOURCE)}
    one, two = edits["x < limit -> x <= limit"], edits["x > 0 -> x >= 0"]
    assert not one.touches(two) and one.touches(one) and one.touches(edits["limit -> limit + 1"])
    text = applied(SOURCE, two, one)
    assert "if x <= limit and x >= 0:" in text and text == applied(SOURCE, one, two)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "def f(:",
        "x = 1\n",
        "\0",
        "def f(): pass",
        "(" * 500,
        "é = 'ü'\r\ndef f(ä):\r\n  return ä < é\r\n",
    ],
)
def test_any_text_is_taken(source: str) -> None:
    for edit in repairs(source):
        assert isinstance(edit, Edit) and applied(source, edit)


def test_carriage_returns_and_wide_characters_are_counted_right() -> None:
    source = "def f(ä):\r\n    s = 'üñ'\r\n    return ä < 3\r\n"
    (found,) = [edit for edit in repairs(source) if edit.what == "ä < 3 -> ä <= 3"]
    assert applied(source, found) == "def f(ä):\n    s = 'üñ'\n    return ä <= 3\n"


def test_a_large_text_has_no_more_edits_than_a_search_can_use() -> None:
    names = ", ".join(f"a{number}" for number in range(200))
    lines = "".join(f"    a{number % 200} = a{number % 7} + {number}\n" for number in range(400))
    edits = repairs(f"def f({names}):\n{lines}    return a0\n")
    assert 10_000 < len(edits) <= 60_000, "at most twice that many: the last function is taken whole"
