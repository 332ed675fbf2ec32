"""Emitted tests: each passes on the old program and fails on the new one, run by pytest itself."""

import ast
import re
import subprocess
import sys
from dataclasses import dataclass, replace

import pytest

from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.task import Case
from trialrun.core.values import encode
from trialrun.lang.drivers import function_subject, package_subject, stdin_subject
from trialrun.lang.emit_test import Finding, Target, emit_tests
from trialrun.run.batch import encode_calls
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving
from trialrun.run.whole import run_program

LIMITS = Limits(cpu_s=1.0, wall_s=10.0)


@dataclass(frozen=True)
class Pair:
    """Two versions of a program and a call that tells them apart."""

    name: str
    old: str
    new: str
    args: tuple = ()
    entry: str = "f"


CLASS = """
import asyncio
class Stack:
    def __init__(self, items, *, most=3):
        self.items, self.most = list(items), most
    def push(self, x):
        self.items.append(x){edit}
        return len(self.items)
    @property
    def top(self):
        return self.items[-1]{edit2}
    @staticmethod
    def twice(x): return 2 * x{edit2}
    async def later(self, x):
        await asyncio.sleep(0.001)
        return [x, self.most]{edit2}
"""


def of_class(edit="", edit2=""):
    return CLASS.format(edit=edit, edit2=edit2)


SHAPES = """
import dataclasses, enum, typing
@dataclasses.dataclass(eq=False)
class Point:
    x: float
    y: float = 0.0
class Kind(enum.Enum):
    A = 1
    B = 2
class Row(typing.NamedTuple):
    a: int
class Many(list): pass
def f(n): return {}
"""

PAIRS = [
    Pair("value", "def f(x): return [x, x + 1]", "def f(x): return [x]", (1,)),
    Pair("crash", "def f(x): return x", "def f(x): return 1 // x", (0,)),
    Pair("raises", "def f(x): raise ValueError('no')", "def f(x): return x", (1,)),
    Pair("raises_other", "def f(x): raise KeyError(x)", "def f(x): raise IndexError(x)", (1,)),
    Pair("raises_base", "def f(x): raise LookupError(x)", "def f(x): raise IndexError(x)", (1,)),
    Pair("message", "def f(x): raise ValueError('old')", "def f(x): raise ValueError('older')", (1,)),
    Pair(
        "own_exception",
        "class No(Exception): pass\ndef f(x): raise No(x)",
        "class No(Exception): pass\ndef f(x): return x",
        (1,),
    ),
    Pair("exit", "def f(x): raise SystemExit(3)", "def f(x): return x", (1,)),
    Pair("argument", "def f(xs):\n xs.sort()\n return 1", "def f(xs): return 1", ([3, 1],)),
    Pair("argument_named_like_a_helper",
         "def f(same, result): same[result] = 1", "def f(same, result): pass", ({}, "a")),
    Pair("stdout", "def f(x): print('a', x)", "def f(x): print('b', x)", ("\u202e",)),
    Pair("stdout_and_raise", "def f(x):\n print(1)\n 1 / x", "def f(x):\n print(2)\n 1 / x", (0,)),
    Pair("bool", "def f(x): return x > 0", "def f(x): return int(x > 0)", (3,)),
    Pair("number", "def f(x): return int(x > 0)", "def f(x): return x > 0", (3,)),
    Pair("nested_bool", "def f(x): return [x > 0]", "def f(x): return [1]", (3,)),
    Pair("none", "def f(x): return None", "def f(x): return 0", (3,)),
    Pair("nan", "def f(x): return [x, -0.0]", "def f(x): return [x, 0.0]", (float("nan"),)),
    Pair("float", "def f(x): return 1.0", "def f(x): return 1", (1,)),
    Pair("dict_order", "def f(x): return {1: 2, 3: 4.0}", "def f(x): return {1: 2, 3: 4}", (1,)),
    Pair("tuple", "def f(x): return (x,)", "def f(x): return [x]", (1,)),
    Pair("sharing", "def f(a, b):\n a.append(1)\n return len(b)", "def f(a, b): return len(b)", ((x := [0]), x)),
    Pair("generator", "def f(n):\n for i in range(n): yield i", "def f(n):\n for i in range(n): yield -i", (3,)),
    Pair("no_generator", "def f(n):\n for i in range(n): yield i", "def f(n): return list(range(n))", (3,)),
    Pair("endless", "import itertools\ndef f(n): return itertools.count(n)",
         "import itertools\ndef f(n): return itertools.count(n, 2)", (3,)),
    Pair("keys", "def f(d): return d.keys()", "def f(d): return {0: 1}.keys()", ({1: 2},)),
    Pair("async", "async def f(x): return x", "async def f(x): return -x", (3,)),
    Pair("async_generator", "async def f(x):\n yield x", "async def f(x):\n yield -x", (3,)),
    Pair("keyword_only", "def f(a, *rest, k=1, **more): return a, rest, k, more",
         "def f(a, *rest, k=1, **more): return a", (1, [2, 3], 4, {"z": 5})),
    Pair("default", "def f(a, b=3): return a + b", "def f(a, b=4): return a + b", (1,)),
    Pair("method", of_class(), of_class(edit="\n        self.items.sort()"), (([3, 2],), 1), "Stack.push"),
    Pair("method_result", of_class(), of_class(edit="\n        return None"), (([3, 2], 4), 1), "Stack.push"),
    Pair("constructor", of_class(), of_class().replace("= list(i", "= sorted(i"), ([3, 2], 4), "Stack.__init__"),
    Pair("property", of_class(), of_class(edit2=" + 1"), (([3, 2],),), "Stack.top"),
    Pair("static", of_class(), of_class(edit2=" + 1"), (4,), "Stack.twice"),
    Pair("async_method", of_class(), of_class(edit2=" + [1]"), (([3], 4), 1), "Stack.later"),
    Pair("dataclass", SHAPES.format("[Point(1.0)]"), SHAPES.format("[Point(2.0)]"), (1,)),
    Pair("enum", SHAPES.format("{'a': Kind.A}"), SHAPES.format("{'a': Kind.B}"), (1,)),
    Pair("row", SHAPES.format("Row(n)"), SHAPES.format("Row(n + 1)"), (1,)),
    Pair("subclass", SHAPES.format("Many([n])"), SHAPES.format("[n]"), (1,)),
    Pair("opaque", "import re\ndef f(s): return re.match('a', s)", "def f(s): return None", ("a",)),
    Pair("hangs", "def f(x): return x", "def f(x):\n while True: pass", (1,)),
    Pair("whole", "print(int(input()) + 1)", "print(int(input()))", ("3\n",), ""),
    Pair("whole_raises", "raise ValueError(input())", "print(input())", ("3\n",), ""),
    Pair("whole_crash", "print(input())", "raise SystemExit(input())", ("3",), ""),
]  # fmt: skip


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def executed(sandbox, pair, source):
    if not pair.entry:
        subject = stdin_subject(source)
        program = replace(subject.program, files=(("solution.py", source),), entry=None)
        return run_program(sandbox, program, LIMITS, stdin=pair.args[0]), subject
    subject = function_subject(source, pair.entry)
    program = subject.program
    [call] = encode_calls(program.entry, [Case(args=pair.args)])
    with Serving(sandbox, program, LIMITS) as serving:
        return serving.alone(call), subject


def finding_of(sandbox, pair, file="program.py"):
    (old, subject), (new, _) = (executed(sandbox, pair, source) for source in (pair.old, pair.new))
    target = Target(qualname=pair.entry, file=file, source=pair.old, signature=subject.signature)
    case = Case(args=pair.args) if pair.entry else Case(stdin=pair.args[0])
    return Finding(target=target, case=case, old=old, new=new, about=f'{pair.name} \x1b[2J """ exit()')


def outcomes(directory):
    """Run pytest on a directory; return test file → whether it passed."""
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=directory, check=False)
    return {
        name: state == "PASSED"
        for state, name in re.findall(r"^(PASSED|FAILED) (\w+\.py)::", done.stdout, re.M)
    }


@pytest.fixture(scope="module")
def verdicts(sandbox, tmp_path_factory):
    """Emit a test for every pair and run all of them on both versions."""
    passed = {}
    texts = {pair.name: emit_tests([finding_of(sandbox, pair, f"p_{pair.name}.py")]) for pair in PAIRS}
    for side in ("old", "new"):
        directory = tmp_path_factory.mktemp(side)
        for pair in PAIRS:
            (directory / f"p_{pair.name}.py").write_text(getattr(pair, side))
            (directory / f"test_{pair.name}.py").write_text(texts[pair.name].text)
        passed[side] = outcomes(directory)
    return texts, passed


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_passes_on_the_old_and_fails_on_the_new(pair, verdicts):
    texts, passed = verdicts
    assert not texts[pair.name].unsaid, texts[pair.name].unsaid
    found = passed["old"].get(f"test_{pair.name}.py"), passed["new"].get(f"test_{pair.name}.py")
    assert found == (True, False), texts[pair.name].text


def test_no_test_knows_of_trialrun(verdicts):
    for emitted in verdicts[0].values():
        names = [
            node
            for node in ast.walk(ast.parse(emitted.text))
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        assert "trialrun" not in " ".join(ast.unparse(node) for node in names)


def test_what_is_emitted_reads_well(sandbox):
    pair = Pair(
        "push", of_class(), of_class(edit="\n        self.items.sort()"), (([3, 2],), 1), "Stack.push"
    )
    text = emit_tests([replace(finding_of(sandbox, pair), about="It sorts.")]).text
    assert (
        text.partition("program_module = ")[2]
        == '''_load_program_module()


def test_stack_push_d05f99():
    """It sorts."""
    given = ([3, 2],)
    x = 1
    made = program_module.Stack(given[0])
    made.push(x)
    assert made.items == [3, 2, 1]
'''
    )


def test_several_findings_of_a_package_make_one_file(sandbox, tmp_path):
    for side, sign in (("old", ""), ("new", "-")):
        package = tmp_path / side / "pkg"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "mod.py").write_text(f"def f(x): return {sign}x\ndef g(x): return {sign}x * 2\n")
    findings = []
    for name in ("f", "g"):
        subject = package_subject(tmp_path / "old", "pkg/mod.py", name)
        target = Target(qualname=name, module="pkg.mod", source=subject.source, signature=subject.signature)
        old, new = (
            Execution(outcome=Outcome.RETURNED, value=encode(value)) for value in (3 * (1 + (name == "g")), 0)
        )
        findings.append(Finding(target=target, case=Case(args=(3,)), old=old, new=new))
    text = emit_tests(findings).text
    assert text.count("import_module") == 1
    for side in ("old", "new"):
        (tmp_path / side / "test_both.py").write_text(text)
        (tmp_path / side / "conftest.py").write_text(
            "import sys, os; sys.path.insert(0, os.path.dirname(__file__))"
        )
    assert outcomes(tmp_path / "old") == {"test_both.py": True}
    assert outcomes(tmp_path / "new") == {"test_both.py": False}


def test_equal_tests_stand_there_once_and_count_once(sandbox):
    found = finding_of(sandbox, PAIRS[0])
    emitted = emit_tests([found, replace(found, about="The same again.")])
    assert (emitted.count, emitted.text.count("\ndef test_")) == (1, 1)


def test_what_cannot_be_said_is_told(sandbox):
    hidden = Pair("opaque", "def f(x): return [open]", "def f(x): return [x]", (1,))
    ends = Pair("ends", "import os\ndef f(x): os._exit(0)", "def f(x): return x", (1,))
    says = Pair("says", "def f(x): return x", "def f(x): return -x", (1,))
    emitted = emit_tests([finding_of(sandbox, pair) for pair in (hidden, ends, says)])
    assert [why for _, why in emitted.unsaid] == [
        "an object of type builtin_function_or_method",
        "the old program did not end by itself: exited",
    ]
    assert emitted.text.count("def test_") == 1
    assert emit_tests([finding_of(sandbox, hidden)]).text == ""
