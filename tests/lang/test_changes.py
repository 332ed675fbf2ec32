"""Changed functions of two trees: what counts as a change, what as a move, and what as none."""

import pytest

from trialrun.core.errors import UsageError
from trialrun.lang import renames
from trialrun.lang.changes import Change, changes, read_tree
from trialrun.lang.expected import read_expected, why_intended
from trialrun.lang.renames import pair_alike

pytestmark = pytest.mark.fast

LONG = """
def {name}(words, width):
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) >= width:
            lines.append(line)
            line = word
        else:
            line = f"{{line}} {{word}}"
    return [*lines, line]
"""


def told(old, new, **more):
    """Return (name, kind) of each change between two versions of one file, or of trees."""
    trees = [{"m.py": side} if isinstance(side, str) else side for side in (old, new)]
    return [(one.name, one.kind.value) for one in changes(*trees, **more).functions]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f(x):\n    return x", "def f( x ):  # why\n    'doc'\n\n    return (x)"),
        ("def f(x): return x", "def f(x: int) -> int: return x"),
        ("def f(x):\n    y = x\n    return y", "def f(x):\n    y: int = x\n    return y"),
        ("def f():\n    'old'", "def f():\n    pass"),
        ("def f():\n    return 'a' 'b'", "def f():\n    return 'ab'"),
        ("class A:\n    def f(self): return 1", "class A:\n    'doc'\n    def f(self) -> int: return 1"),
        ("X = 1\ndef f(): return 2", "X = 2\ndef f(): return 2"),
        ("register(1, dict)\ndef f(): return dict()", "register(2, dict)\ndef f(): return dict()"),
        ("X = 1\ndef f():\n    X = 3\n    return X", "X = 2\ndef f():\n    X = 3\n    return X"),
        (
            "import typing\ndef f(x): return x",
            "import typing\n@typing.overload\ndef f(x: int): ...\ndef f(x): return x",
        ),
        ("def f(): return 1\nif __name__ == '__main__': f()", "def f(): return 1"),
        ("def f(): return 1\ndef g(): return 2", "def g(): return 2\n\n\ndef f(): return 1"),
    ],
)
def test_no_change(old, new):
    assert told(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("def f(x): return x", "def f(x): return x + 1", "f"),
        ("def f(x=1): return x", "def f(x=2): return x", "f"),
        ("def f(x): return x", "async def f(x): return x", "f"),
        ("def f(x):\n    return x", "def f(x):\n    yield x", "f"),
        ("class A:\n    def f(self): return 1", "class A:\n    def f(self): return 2", "A.f"),
        (
            "class A:\n class B:\n  def f(self): return 1",
            "class A:\n class B:\n  def f(self): return 2",
            "A.B.f",
        ),
        ("def f(x): return x", "@cached\ndef f(x): return x", "f"),
        ("def f():\n def g(): return 1\n return g()", "def f():\n def g(): return 2\n return g()", "f"),
        ("if W:\n def f(): return 1\nelse:\n def f(): return 2", "if W:\n def f(): return 1", "f"),
        ("f = lambda x: x", "f = lambda x: -x", "f"),
        (
            "class A:\n @property\n def p(self): return 1\n @p.setter\n def p(self, v): self.v = v",
            "class A:\n @property\n def p(self): return 1\n @p.setter\n def p(self, v): self.v = -v",
            "A.p",
        ),
    ],
)
def test_its_code_changed(old, new, name):
    [found] = changes({"m.py": old}, {"m.py": new}).functions
    assert (found.new.qualname, found.kind, found.direct) == (name, Change.CHANGED, True)
    assert found.reasons[0] == "its code changed"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("X = 1\ndef f(): return X", "X = 2\ndef f(): return X", "X, which it uses, changed"),
        (
            "X = {}\ndef f(): return X",
            "X = {}\nX.update(a=1)\ndef f(): return X",
            "X, which it uses, changed",
        ),
        (
            "from a import X\ndef f(): return X",
            "from b import X\ndef f(): return X",
            "X, which it uses, changed",
        ),
        (
            "X: int = 1\ndef f():\n def g(): return X\n return g()",
            "X: int = 2\ndef f():\n def g(): return X\n return g()",
            "X, which it uses, changed",
        ),
        (
            "class A:\n n = 1\n def f(self): return self.n",
            "class A:\n n = 2\n def f(self): return self.n",
            "A.n, which it uses, changed",
        ),
        (
            "class A(B):\n def f(self): return 1",
            "class A(C):\n def f(self): return 1",
            "bases or decorators of A changed",
        ),
    ],
)
def test_what_it_uses_changed(old, new, reason):
    [found] = changes({"m.py": old}, {"m.py": new}).functions
    assert found.reasons == (reason,) and not found.direct


def test_a_changed_helper_counts_for_its_callers_one_level_up():
    old = "def h(): return 1\ndef g(): return h()\ndef f(): return g()"
    found = changes({"m.py": old}, {"m.py": old.replace("1", "2")}).functions
    assert [(one.new.qualname, one.reasons) for one in found] == [
        ("h", ("its code changed",)),
        ("g", ("h(), which it calls, changed",)),
    ]


def test_a_changed_constructor_counts_for_all_methods():
    old = "class A:\n def __init__(self): self.x = 1\n def f(self): return 3\ndef g(): return A()"
    found = changes({"m.py": old}, {"m.py": old.replace("x = 1", "x = 2")}).functions
    assert {one.new.qualname: one.reasons[0] for one in found} == {
        "A.__init__": "its code changed",
        "A.f": "A.__init__(), which makes its object, changed",
        "g": "class A, which it uses, changed",
    }


def test_added_and_removed():
    assert told("def f(): return 1", "def g(x): return x * 3") == [
        ("m.py::f", "removed"),
        ("m.py::g", "added"),
    ]


@pytest.mark.parametrize("edit", [("", ""), (">=", ">")])
def test_renamed(edit):
    old, new = LONG.format(name="wrap"), LONG.format(name="fold").replace(*edit)
    [found] = changes({"m.py": old}, {"m.py": new}).functions
    assert found.kind is Change.RENAMED and found.old.qualname == "wrap" and found.new.qualname == "fold"
    assert found.direct is (edit[0] != "")


def test_moved_to_another_file_and_into_a_class():
    inside = "class T:\n    @staticmethod" + LONG.format(name="wrap").replace("\n", "\n    ")
    [found] = changes({"a.py": LONG.format(name="wrap")}, {"b.py": LONG.format(name="wrap")}).functions
    assert found.kind is Change.MOVED and str(found.old) == "a.py::wrap" and str(found.new) == "b.py::wrap"
    [found] = changes({"a.py": LONG.format(name="wrap")}, {"b.py": inside}).functions
    assert found.kind is Change.MOVED and str(found.new) == "b.py::T.wrap"


def test_each_function_is_paired_once(monkeypatch):
    text = LONG.format(name="f")
    almost = text.replace("width:", "width - 1:")
    one, other = ("a.py", "f"), ("b.py", "g")
    assert pair_alike({one: text, other: text}, {("c.py", "h"): text}) == {one: ("c.py", "h")}
    assert pair_alike({one: text, other: almost}, {("c.py", "h"): text + " "}) == {one: ("c.py", "h")}
    alike = pair_alike({one: almost}, {("c.py", "h"): text, ("d.py", "i"): text + "\nx = 1"})
    assert alike == {one: ("c.py", "h")}
    near = pair_alike({one: text}, {("b.py", "a"): text, ("z.py", "f"): text})
    assert near == {one: ("z.py", "f")}
    monkeypatch.setattr(renames, "_TRIES", 0)
    assert pair_alike({one: almost}, {("c.py", "h"): text}) == {}
    assert pair_alike({one: text}, {("c.py", "h"): text}) == {one: ("c.py", "h")}


def test_what_a_class_holds_counts_for_who_uses_it():
    old = "class C:\n    limit = 1\ndef f(): return C.limit\ndef g(): return 2"
    found = changes({"m.py": old}, {"m.py": old.replace("limit = 1", "limit = 5")}).functions
    assert [(one.new.qualname, one.reasons) for one in found] == [("f", ("class C, which it uses, changed",))]


def test_equal_texts_pair_by_name_first():
    old = {"a.py": "class A:\n def __repr__(self): return 'x'\n def s(self): return 'x'"}
    new = {"b.py": "class A:\n def s(self): return 'x'\n def __repr__(self): return 'x'"}
    assert {(one.old.qualname, one.new.qualname) for one in changes(old, new).functions} == {
        ("A.__repr__", "A.__repr__"),
        ("A.s", "A.s"),
    }


@pytest.mark.parametrize(
    ("maps", "pair"),
    [
        (["f:g"], ("a.py::f", "a.py::g")),
        (["a.py::f:a.py::g"], ("a.py::f", "a.py::g")),
        (["C:D"], ("a.py::C.m", "a.py::D.m")),
        (["a.py::f:b.py::k"], ("a.py::f", "b.py::k")),
    ],
)
def test_told_pairs(maps, pair):
    old = {"a.py": "def f(): return 1\nclass C:\n def m(self): return 5"}
    new = {"a.py": "def g(): return [2]\nclass D:\n def m(self): return {7}", "b.py": "def k(a): return a.b"}
    found = {(str(one.old), str(one.new)) for one in changes(old, new, maps=maps).both}
    assert pair in found


def test_told_files():
    old, new = {"a.py": "def f(): return 1"}, {"b.py": "def f(): return [1, 2]"}
    assert changes(old, new).both == ()
    assert [one.name for one in changes(old, new, maps=["a.py:b.py"]).both] == ["b.py::f"]


@pytest.mark.parametrize("text", ["f", "f:", "a:b:c", "a.py::f:b.py"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(UsageError):
        changes({}, {}, maps=[text])


def test_a_file_that_does_not_parse_is_told():
    found = changes({"m.py": "def f(): return 1"}, {"m.py": "def f( return 1"})
    assert [path for path, _ in found.unreadable] == ["m.py"] and "syntax error" in found.unreadable[0][1]


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("def f(): return 2  # trialrun: intended: rounds up", "rounds up"),
        ("# trialrun: intended\ndef f(): return 2", "marked at the function"),
        ("# trialrun: intended\n@d\ndef f(): return 2", "marked at the function"),
        ("def f(\n    x=1,\n    y=2,  # trialrun: intended\n): return 2", "marked at the function"),
        ("def f():\n    # trialrun: intended\n    return 2", None),
        ("def f(x='# trialrun: intended'): return 2", None),
        ("# trialrun: intended\n\ndef f(): return 2", None),
        ("x = 1  # trialrun: intended\ndef f(): return 2", None),
    ],
)
def test_marks(new, reason):
    [found] = changes({"m.py": "def f(): return 1"}, {"m.py": new}).functions
    assert why_intended(found, ()) == reason


@pytest.mark.parametrize(
    ("name", "is_meant"), [("f", True), ("m.py::f", True), ("m.py::*", True), ("g", False)]
)
def test_expected_changes(name, is_meant):
    expected = read_expected(f'[[change]]\nname = "{name}"\nreason = "because"')
    [found] = changes({"m.py": "def f(): return 1"}, {"m.py": "def f(): return 2"}).functions
    assert why_intended(found, expected) == ("because" if is_meant else None)


@pytest.mark.parametrize(
    "text", ["[", "x = 1", "[[change]]\nname = 'f'", "[[change]]\nname = 'f'\nreason = ' '", "change = 3"]
)
def test_what_is_no_file_of_expected_changes_is_refused(text):
    with pytest.raises(UsageError):
        read_expected(text)


def test_a_tree_on_disk(tmp_path):
    for name in ("a.py", "p/b.py", "p/.hidden/c.py", "node_modules/d.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    (tmp_path / "latin.py").write_bytes(b"# \xe9\n")
    assert sorted(read_tree(tmp_path)) == ["a.py", "p/b.py"]
