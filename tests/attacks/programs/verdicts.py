"""Writing the verdict: frames, the collector, patched modules, printed results."""

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
)
