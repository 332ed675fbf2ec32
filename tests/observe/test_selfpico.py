"""Partial execution: snippets whose names, imports, callees and types are missing."""

import pytest

from trialrun.core.execution import Limits, Outcome
from trialrun.observe.selfpico import Settings, explore
from trialrun.observe.suggest import suggest


def covered(sandbox, source, **settings):
    found = explore(sandbox, source, Settings(**settings))
    assert not found.syntax, found.syntax
    return found


@pytest.mark.parametrize(
    "source",
    [
        # a function that nobody calls, its generator and its coroutine sisters
        "def f(path, *rest, key=None):\n    for line in open(path):\n        if key:\n            return line\n"
        "    return rest",
        "def f(rows):\n    for a, (b, c) in rows:\n        yield a + b * c",
        "async def f(session):\n    async with session.get() as r:\n        data = await r.json()\n"
        "    return data['x']",
        # super() without and with an invented base
        "class A(Base):\n    def __init__(self, x):\n        super().__init__(x)\n        self.x = x\n"
        "    def f(self):\n        return super().f(self.x)",
        "class A:\n    def f(self):\n        super().setUp()\n        return 1",
        # metaclasses: an invented one, and one with an invented base
        "class A(metaclass=Meta):\n    x = 1\n    def f(self):\n        return self.x",
        "class M(Meta):\n    def __new__(mcs, name, bases, attrs):\n"
        "        made = super().__new__(mcs, name, bases, attrs)\n"
        "        return made\n"
        "class A(metaclass=M):\n    def f(self):\n        return 2",
        # what is undefined in two functions is two values
        "def f():\n    return [x for x in data]\ndef g():\n    return data + 1\nf()\ng()",
        # uses as a class: base, decorator, except clause, raise, isinstance
        "@app.route('/')\ndef f():\n    return render(x)\n"
        "try:\n    f()\nexcept (Oops, lib.Error) as e:\n    log(e.code)\nfinally:\n    done()",
        "class E(lib.Error):\n    pass\ntry:\n    raise E('x')\nexcept E as e:\n    print(e)",
        "x = thing()\nassert isinstance(x, Thing)\nwith lock, open_it() as f:\n    f.write(x[0] % 3)\ndel x.y, z",
    ],
)
def test_residues_run_to_the_end(sandbox, source):
    found = covered(sandbox, source)
    assert found.coverage(found.union) == 1.0, found.missed(found.union)


@pytest.mark.parametrize(
    "source",
    [
        "if x:\n    return y\nz = w(x)\nreturn z",
        "for item in items:\n    yield item.name\nyield from rest",
        "async with session.get(url) as r:\n    data = await r.json()\nreturn data",
        "async for x in stream:\n    yield x\nreturn",
        "nonlocal count\ncount += 1\ndef inner():\n    nonlocal count\n    count += 1\ninner()\nreturn count",
        "    x: int = y\n    global z\n    z = x\n    from os.path import *\n    return join(z, 'a')",
        "return super().save(*args, **kwargs)",
        "self.x = x\nif self.y:\n    exit(self.x)\nexit(0)",
    ],
)
def test_a_bare_body_runs(sandbox, source):
    found = covered(sandbox, source)
    assert found.coverage(found.union) == 1.0, found.missed(found.union)


def test_real_errors_stay_real(sandbox):
    caught = covered(sandbox, "try:\n    n = int('x')\nexcept ValueError:\n    n = 0\nprint(n)")
    assert caught.best.execution.stdout == b"0\n" and 4 in caught.lines(caught.best.hits)
    left = covered(sandbox, "x = f()\ny = int('x')\nprint(x)")
    assert [(error.type, error.line) for error in left.best.report.failures] == [("ValueError", 2)]
    assert left.missed(left.union) == [2, 3]


def test_real_modules_are_real_and_the_record_lists_the_others(sandbox):
    found = covered(
        sandbox,
        "import json, decimal, ctypes\nimport numpy as np\nfrom .models import User\nfrom string import maketrans\n"
        "print(json.dumps([1]), decimal.Decimal('1.5') + 1, ctypes.sizeof(ctypes.c_int))\nprint(np.zeros(3).sum())",
    )
    assert found.best.execution.stdout.startswith(b"[1] 2.5 4\n")
    assert [item.module for item in found.best.report.imports] == ["numpy", ".models", "string.maketrans"]
    assert "No module named" in found.best.report.imports[0].reason


def test_the_record_says_which_predictor_made_each_value(sandbox):
    found = covered(sandbox, "import lib\nx = ', '.join(names)\ny = lib.z\nopen('data.txt').read()")
    made = {value.origin: (value.kind, value.predictor) for value in found.best.report.values}
    assert made["names[]"] == ("str", "TypeError: sequence item 0: expected str instance, Hole found")
    assert made["lib"] == ("universal", "import") and made["lib.z"] == ("universal", "universal")
    assert made["open('data.txt')"] == ("universal", "file")


def test_an_import_that_may_fail_fails(sandbox):
    source = "try:\n    import simplejson as json\nexcept ImportError:\n    import json\nprint(json.dumps(1))"
    found = covered(sandbox, source)
    assert found.runs[0].execution.stdout == b"1\n" and found.coverage(found.union) == 1.0


def test_loops_about_invented_values_end(sandbox):
    found = covered(sandbox, "while x.more():\n    x.step()\nprint('after')")
    assert len(found.runs) == 1 and found.best.execution.stdout == b"after\n"
    endless = covered(sandbox, "n = 0\nwhile True:\n    n += 1\nprint('after')")
    assert endless.coverage(endless.union) == 1.0
    assert ("loop", 2, "left", False) in [
        (made.what, made.line, made.how, made.invented) for made in endless.best.report.decisions
    ]


def test_the_other_branch_runs_in_another_run(sandbox):
    found = covered(
        sandbox, "if mode == 'r':\n    a = 1\nelif mode == 'w':\n    a = 2\nelse:\n    a = 3\nb = a"
    )
    assert found.coverage(found.union) == 1.0 and found.coverage(found.best.hits) < 1.0
    assert found.best is found.runs[0] or found.coverage(found.best.hits) > found.coverage(found.runs[0].hits)


def test_handlers_run_where_an_invented_operation_raises(sandbox):
    found = covered(
        sandbox, "try:\n    x = fetch(url)\nexcept (ValueError, NetError) as e:\n    x = str(e)\nprint(x)"
    )
    assert found.coverage(found.union) == 1.0
    assert any(made.what == "raise" for run in found.runs for made in run.report.decisions)


def test_a_call_that_was_given_an_invented_value_may_have_an_invented_result(sandbox):
    found = covered(sandbox, "import zlib\nx = zlib.decompress(load())\nprint('on')")
    assert found.best.execution.stdout == b"on\n"
    assert [made.text for made in found.best.report.guarded] == ["zlib.decompress(load())"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("print 'x'", "Python 2"),
        (">>> x = 1\n>>> x\n1", "interactive session"),
        ("def f(:\n  pass", "line 1"),
        ("x = 1\n\0", "null bytes"),
        ("$ pip install x", "shell"),
    ],
)
def test_what_is_no_program_is_said_to_be_none(sandbox, source, words):
    found = explore(sandbox, source)
    assert not found.runs and words in found.syntax


def test_no_more_runs_than_asked_for(sandbox):
    source = "".join(
        f"if a{n}:\n    b{n}()\nelse:\n    c{n}()\nint_{n} = ', '.join(d{n})\n" for n in range(9)
    )
    found = covered(sandbox, source, max_runs=3)
    assert len(found.runs) == 3
    assert found.best.execution.outcome in (Outcome.RETURNED, Outcome.RAISED)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        ("TypeError", "the JSON object must be str, bytes or bytearray, not Hole", "str"),
        ("TypeError", "a bytes-like object is required, not 'Hole'", "bytes"),
        ("TypeError", "'Hole' object cannot be interpreted as an integer", "int"),
        ("TypeError", "must be real number, not Hole", "float"),
        ("TypeError", "argument after ** must be a mapping, not Hole", "dict"),
        ("ValueError", "too many values to unpack (expected 2)", "tuple:2"),
        ("ValueError", "time data 'a' does not match format '%Y-%m-%d'", ["literal", "'1971-02-05'"]),
    ],
)
def test_messages_suggest_types(error, message, kind):
    assert suggest(error, message)[0] == kind


HOSTILE = [
    # coverage that is made up, in the channel's own words
    "import os, struct\nfor n in range(50):\n    os.write(3, struct.pack('<IQIB', 1, 0, 0, 10) + b'5')",
    "import sys\nsys._getframe(0).f_builtins['·m'](10 ** 9)",
    "import sys\nmark = sys._getframe(0).f_builtins['·m']\nmark(True)\nmark('x')",
    # floods and deep recursion
    "while True:\n    print('x' * 1000)",
    "def f(n):\n    return f(x.y) + f(n.z)\nf(1)",
    "class A:\n    def __getattr__(self, name):\n        return getattr(self, name + 'x')\nA().b",
    "x = a\nfor n in range(10 ** 6):\n    x = x.next + n\nprint(x)",
    "xs = [a[n] for n in range(10 ** 5)]\nprint(len(set(xs)) < 10 ** 4)",
    "import os\nos.kill(os.getpid(), 9)",
    "import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\n"
    "while True:\n    try:\n        pass\n    except:\n        pass",
    "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "import json\njson.dumps = None\nimport sys\nsys.modules.clear()\nx = y",
    "raise MemoryError\n",
    "x = bytearray(1 << 31)",
    "def f():\n    yield from f()\nf()",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_snippets_end_and_stay_in_bounds(sandbox, source):
    limits = Limits(cpu_s=0.4, wall_s=6.0, memory_mb=256, output_kb=64, value_kb=2048)
    found = explore(sandbox, source, Settings(max_runs=3, limits=limits))
    assert 1 <= len(found.runs) <= 3
    for run in found.runs:
        assert run.hits <= set(range(len(found.snippet.lines)))
        assert len(run.report.values) <= 1000 and len(run.execution.stdout) <= 64 << 10


def test_a_forged_mark_breaks_the_protocol(sandbox):
    source = "import sys\nsys._getframe(0).f_builtins['·m'](10 ** 6)\nprint('no')"
    found = explore(sandbox, source, Settings(max_runs=1))
    assert found.runs[0].execution.outcome is Outcome.PROTOCOL


def test_dummies_are_one_object_for_one_expression_and_chains_are_bounded(sandbox):
    source = (
        "print(a.b is a.b, a[0] is a[0], a() is a(), a.b == a.b and True)\n"
        "x = y\nfor n in range(1000):\n    x = x.next\nprint(x.next is x)"
    )
    found = covered(sandbox, source)
    assert found.best.execution.stdout == b"True True True True\nTrue\n"


def test_a_body_is_called_again_like_a_function_that_nobody_calls(sandbox):
    source = "if x:\n    return 1\ny = z\nreturn y"
    again, once = covered(sandbox, source), covered(sandbox, source, body_calls=1)
    assert again.coverage(again.best.hits) == 1.0 and again.best.report.called == ["the body"] * 2
    assert once.coverage(once.best.hits) < 1.0 and once.coverage(once.union) == 1.0


def test_exits_that_stand_for_jumps_are_jumps(sandbox):
    source = (
        "def inner(n):\n    exit(n + 1)\nfor x in xs:\n    exit(inner(x))\n    print('on')\n"
        "print('after')\nexit(None)"
    )
    found = covered(sandbox, source, body_calls=1)
    assert len(found.runs) == 1 and found.coverage(found.union) == 1.0
    assert found.best.execution.stdout.endswith(b"on\nafter\n")
    plain = covered(sandbox, "print('on')\nexit(0)\nprint('after')")
    assert plain.runs[0].execution.stdout == b"on\n" and plain.best.plan.passes == (2,)


FORGED = """
import json, sys
frame = sys._getframe()
while "peer" not in frame.f_locals:
    frame = frame.f_back
one = dict(type="ValueError", message="x", line=1, place=[], operands=[], where="", below=False, surroundings=False)
frame.f_locals["peer"].send(0, 6, json.dumps({"failures": %s}).encode())
"""


@pytest.mark.parametrize(
    ("failures", "ending"),
    [
        ("[one]", Outcome.RAISED),
        ("[one] * 101", Outcome.PROTOCOL),
        ("[{**one, 'message': 'time data ' * 10_000}]", Outcome.PROTOCOL),
        ("[{**one, 'operands': ['a'] * 101}]", Outcome.PROTOCOL),
    ],
)
def test_a_forged_report_is_read_in_bounds(sandbox, failures, ending):
    source = FORGED % failures
    assert explore(sandbox, source, Settings(max_runs=1)).runs[0].execution.outcome is ending


def test_half_a_character_in_a_message_is_no_forgery(sandbox):
    source = "raise ValueError('\\ud800')"
    execution = explore(sandbox, source, Settings(max_runs=1)).runs[0].execution
    assert (execution.outcome, execution.exception) == (Outcome.RAISED, "ValueError")
