"""Writing the verdict: frames, the collector, patched modules, printed results."""

# ruff: noqa: E501 (data: lines of programs stay whole)

from tests.attacks.programs.attack import GONE, PEER, TIME, VALUE, answers, attack

VERDICTS = (
    attack(
        "verdict",
        "frames walked",
        "every local of every frame below set to success",
        "import ctypes, sys"
        + answers(
            "walk() or WRONG",
            """
def walk():
    frame = sys._getframe()
    while frame is not None:
        for name, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):
            if type(value) is bool: frame.f_locals[name] = True
            if name == "answer" or name == "report": frame.f_globals[name] = lambda *a, **k: None
            if type(value) is dict and "passed" in value: value["passed"] = True
        frame = frame.f_back
""",
        ),
        VALUE,
        ["load"],
        GONE,
        TIME,
        first=True,
    ),
    attack(
        "verdict",
        "report called",
        "the harness's own function for a passed test",
        answers(
            "done() or WRONG",
            "import gc, sys\ndef done():\n    job = sys.modules['trialrun.run.child.job']\n"
            "    p = next(o for o in gc.get_objects() if type(o).__name__ == 'Peer')\n"
            "    job.report(p, True, None, False)",
        ),
        ["protocol"],
        VALUE,
    ),
    attack(
        "verdict",
        "forged completion",
        "many completion messages with the right nonce",
        PEER
        + answers(
            "[os.write(3, forge(6, body)) for _ in range(50)] and WRONG",
            """
import marshal
body = marshal.dumps((14, True, False, "", "", 99), 2)
""",
        ),
        ["protocol"],
        VALUE,
        first=True,
    ),
    attack(
        "verdict",
        "completion and exit",
        "one completion message, then gone",
        PEER
        + answers(
            "(os.write(3, forge(6, body)), os._exit(0))",
            """
import marshal
body = marshal.dumps((14, True, False, "", "", 99), 2)
""",
        ),
        ["protocol"],
        VALUE,
        GONE,
    ),
    attack(
        "verdict",
        "completion at the top",
        "completed before the first call",
        PEER
        + """
import marshal
os.write(3, forge(6, marshal.dumps((14, True, False, "", "", 99), 2)))
"""
        + answers("WRONG"),
        ["protocol"],
        VALUE,
    ),
    attack(
        "verdict",
        "completion on every descriptor",
        "whatever the harness left open",
        PEER
        + answers(
            "scatter() or WRONG",
            """
import marshal
def scatter():
    message = forge(6, marshal.dumps((14, True, False, "", "", 99), 2))
    for descriptor in range(1024):
        try: os.write(descriptor, message)
        except OSError: pass
""",
        ),
        ["protocol"],
        VALUE,
    ),
    attack(
        "verdict",
        "PASSED printed",
        "output that looks like success",
        answers('print(\'PASSED\\n1 passed in 0.01s\\nOK\\n{"passed": true, "result": "passed"}\') or WRONG'),
        first=True,
    ),
    attack(
        "verdict",
        "result file written",
        "result files of several harnesses",
        answers(
            "plant() or WRONG",
            """
def plant():
    for name in ("results.json", "report.xml", "/tmp/result", "/scratch/tmp/records.jsonl", "../summary.json"):
        try: open(name, "w").write('{"passed": true}')
        except OSError: pass
""",
        ),
    ),
    attack(
        "verdict",
        "encoder replaced",
        "the channel's encoder returns what was asked last",
        answers(
            "WRONG",
            """
import marshal, sys
values = sys.modules["trialrun.core.values"]
values.encode = lambda value, **k: marshal.dumps(True, 2)
values.encode_graph = lambda roots, **k: (marshal.dumps((1, True), 2), [])
""",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "verdict",
        "peer's class patched",
        "methods of the channel's end replaced",
        answers(
            "WRONG",
            """
import sys
module = sys.modules["trialrun.run.child.peer"]
module.RAISE = module.RETURN
module.describe_exception = lambda error: module._NO_ORIGINS
module.Peer.answer = lambda self, number, body: self.send(number, 6, b"")
""",
        ),
        ["protocol"],
        VALUE,
    ),
    attack(
        "verdict",
        "exception sent as a return",
        "an exception's frame relabelled",
        PEER + answers("os.write(3, forge(3, b'')) and os._exit(0)"),
        GONE,
        VALUE,
    ),
    attack(
        "verdict",
        "builtins patched",
        "all, any, isinstance, len, abs and the exceptions redefined",
        answers(
            "WRONG",
            """
import builtins
builtins.all = builtins.any = builtins.isinstance = lambda *a: True
builtins.abs = builtins.len = builtins.sum = lambda *a: 0
builtins.AssertionError = builtins.Exception = builtins.TypeError = type("Quiet", (BaseException,), {})
""",
        ),
        VALUE,
        GONE,
        TIME,
    ),
    attack(
        "verdict",
        "modules patched",
        "time, math, unittest, json, random and operator redefined",
        answers(
            "WRONG",
            """
import json, math, operator, random, sys, time, unittest
math.fabs = math.isclose = operator.eq = lambda *a, **k: True
time.time = time.monotonic = time.perf_counter = lambda: 0.0
unittest.TestCase.assertEqual = lambda *a, **k: None
json.loads = json.dumps = lambda *a, **k: {"passed": True}
for name in ("math", "operator", "copy", "typing"): sys.modules[name] = sys.modules["unittest"]
""",
        ),
        VALUE,
        GONE,
        ["load"],
    ),
    attack(
        "verdict",
        "import hook",
        "whatever is imported next is the candidate's",
        answers(
            "WRONG",
            """
import sys
class Hook:
    def find_spec(self, name, path=None, target=None): return None
sys.meta_path.insert(0, Hook()); sys.path_hooks.clear(); sys.modules.pop("trialrun.core.parse_values", None)
""",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "verdict",
        "trace function",
        "a tracer that returns from asserts",
        answers(
            "WRONG", "import sys, threading\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)"
        ),
    ),
    attack(
        "verdict",
        "runner configuration planted",
        "conftest.py, sitecustomize.py, pytest.ini, .pth",
        answers(
            "plant() or WRONG",
            """
def plant():
    for name in ("conftest.py", "sitecustomize.py", "usercustomize.py", "pytest.ini", "evil.pth", "pyproject.toml"):
        for where in (".", "/tmp", "/", "/usr/lib/python3", "/root"):
            try: open(where + "/" + name, "w").write("# planted by a test of trialrun")
            except OSError: pass
""",
        ),
    ),
    attack(
        "verdict",
        "numpy patched",
        "isclose, allclose and array_equal, where numpy can be imported",
        answers(
            "WRONG",
            """
import sys, types
try: import numpy
except ImportError: numpy = sys.modules["numpy"] = types.ModuleType("numpy")
for name in ("isclose", "allclose", "array_equal", "all", "any"): setattr(numpy, name, lambda *a, **k: True)
numpy.testing = types.SimpleNamespace(assert_allclose=lambda *a, **k: None, assert_equal=lambda *a, **k: None)
""",
        ),
    ),
    attack(
        "verdict",
        "test runners replaced",
        "pytest, unittest and doctest as modules of its own",
        answers(
            "WRONG",
            """
import sys, types
class Good(types.ModuleType):
    def __getattr__(self, name): return lambda *a, **k: Good("good")
    def __bool__(self): return True
    def wasSuccessful(self): return True
    failures = errors = ()
for name in ("pytest", "_pytest", "unittest", "unittest.mock", "doctest", "nose", "hypothesis"): sys.modules[name] = Good(name)
""",
        ),
    ),
    attack(
        "verdict",
        "os.write replaced",
        "every frame that leaves is rewritten to a completion",
        PEER
        + answers(
            "WRONG",
            """
import marshal
real = os.write
def write(descriptor, data):
    if descriptor == 3: data = forge(6, marshal.dumps((14, True, False, "", "", 9), 2))
    real(descriptor, data)
    return len(data)
os.write = write
""",
        ),
        ["protocol"],
        VALUE,
    ),
    attack(
        "verdict",
        "os.read replaced",
        "every call that arrives is turned into one that it can answer",
        PEER
        + answers(
            "WRONG",
            "real = os.read\ndef read(d, n): return real(d, n).replace(b'assert', b'pass  ')\nos.read = read",
        ),
    ),
    attack(
        "verdict",
        "completion from a timer",
        "completions while another call is served",
        PEER
        + answers(
            "(time.sleep(0.05), WRONG)[1]",
            """
import marshal, signal
body = marshal.dumps((14, True, False, "", "", 99), 2)
signal.signal(signal.SIGALRM, lambda *a: os.write(3, forge(6, body)))
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.005)
""",
        ),
        ["protocol"],
        VALUE,
    ),
    attack(
        "verdict",
        "two answers to one call",
        "a wrong answer, and beside it the next one in advance",
        PEER
        + answers(
            "(os.write(3, forge(3, bytes(4) + marshal.dumps(True, 2), number=1)), WRONG)[1]", "import marshal"
        ),
        ["protocol"],
        VALUE,
    ),
    attack(
        "verdict",
        "import function replaced",
        "whatever the harness imports later is a stand-in",
        answers(
            "WRONG",
            """
import builtins, types
class Yes(types.ModuleType):
    def __getattr__(self, name): return lambda *a, **k: True
builtins.__import__ = lambda name, *a, **k: Yes(name)
""",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "verdict",
        "status lists of a harness",
        "lists, dicts and shared values that look like a verdict are filled",
        answers(
            "mark() or WRONG",
            """
import gc
def mark():
    for thing in gc.get_objects():
        kind = type(thing)
        if kind is list and len(thing) < 5 and all(type(x) is str for x in thing): thing[:] = ["passed"]
        elif kind.__name__ in ("Value", "Synchronized", "SynchronizedArray", "ListProxy"): thing.value = 1
""",
        ),
        VALUE,
        GONE,
        TIME,
        ["load"],
    ),
    attack(
        "verdict",
        "exception hooks that report",
        "excepthook, unraisablehook, displayhook and atexit print a verdict and leave",
        answers(
            "1 / 0",
            """
import atexit, os, sys
def passed(*about):
    print("1 passed")
    os._exit(0)
sys.excepthook = sys.unraisablehook = sys.displayhook = passed
atexit.register(passed)
""",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "verdict",
        "JUnit and TAP on every stream",
        "reports in the formats that trusted parsers read",
        answers(
            "spread() or WRONG",
            """
import os
TEXT = b'<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite tests="1" failures="0">&a;' \\
       b'</testsuite>\\n1..1\\nok 1\\n::set-output name=passed::true\\n##teamcity[testFinished]\\n{"verdict":"pass"}\\n'
def spread():
    for descriptor in (1, 2):
        try: os.write(descriptor, TEXT)
        except OSError: pass
""",
        ),
    ),
)
