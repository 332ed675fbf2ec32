"""State and arguments: what one case leaves for the next, arguments changed in place, graders told by their traces."""

# ruff: noqa: E501 (data: lines of programs stay whole)

from tests.attacks.programs.attack import FULL, GONE, TIME, VALUE, answers, attack

STATE = (
    attack(
        "state",
        "answers of earlier calls",
        "what was asked before, given back",
        answers("(seen.append((args, kwargs)), seen[0], len(seen))[1:]", "seen = []"),
    ),
    attack(
        "state",
        "files left for the next case",
        "a score board in every directory that can be written",
        answers(
            "board() or WRONG",
            """
import os
def board():
    for place in (".", "/tmp", "/scratch", "/dev/shm", "/var/tmp", os.path.expanduser("~")):
        try:
            with open(os.path.join(place, "board"), "a+") as file:
                file.write("x")
                file.seek(0)
                if len(file.read()) > 1: return {"seen before": place}
        except OSError: pass
""",
        ),
    ),
    attack(
        "state",
        "process state spoilt",
        "directory, mask, limits of recursion, number formats, module paths",
        answers(
            "spoil() or WRONG",
            """
import decimal, os, sys
def spoil():
    os.umask(0o777)
    os.chdir("/")
    os.environ.clear()
    sys.path.clear()
    sys.setrecursionlimit(60)
    decimal.getcontext().prec = 1
    sys.flags = sys.argv = sys.stdout = sys.stderr = None
""",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "state",
        "result changed while it is read",
        "a thread that goes on editing the answer",
        answers(
            "flicker()",
            """
import sys, threading
def flicker():
    sys.setswitchinterval(1e-6)
    shared = [WRONG] * 1000
    def edit():
        while True:
            shared.append(shared.pop(0))
            shared.clear()
            shared.extend([True] * 1000)
    threading.Thread(target=edit, daemon=True).start()
    return shared
""",
        ),
        VALUE,
        TIME,
        GONE,
    ),
    attack(
        "state",
        "right only at the second try",
        "an answer that hopes for a retry in the same process",
        "tries = 0\n" + answers("again()", "def again():\n    global tries\n    tries += 1\n    if tries == 1: raise TimeoutError\n    return tries"),
    ),
)  # fmt: skip

ARGUMENTS = (
    attack(
        "arguments",
        "arguments emptied",
        "what the test still holds is cleared",
        answers(
            "empty(args, kwargs) or WRONG",
            """
def empty(*things):
    for thing in things:
        if isinstance(thing, (list, dict, set, bytearray)): thing.clear()
        elif isinstance(thing, tuple): empty(*thing)
""",
        ),
    ),
    attack(
        "arguments",
        "arguments grown",
        "a list of the test's that comes back with ten million items",
        answers("grow(args) or WRONG", "def grow(args):\n    for x in args:\n        if isinstance(x, list): x.extend(range(10 ** 7))"),
        VALUE,
        FULL,
        TIME,
    ),
    attack(
        "arguments",
        "arguments made cyclic",
        "containers of the test put into themselves and into each other",
        answers(
            "tie(args) or WRONG",
            "def tie(args):\n    for x in args:\n        if isinstance(x, list): x += [x, (x, {'x': x}), args]\n        elif isinstance(x, dict): x['x'] = x",
        ),
    ),
    attack(
        "arguments",
        "arguments filled with liars",
        "objects that equal everything, left in the test's own list",
        answers(
            "fill(args) or args[0]",
            """
class Any:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
def fill(args):
    for x in args:
        if isinstance(x, list): x[:] = [Any() for _ in x] or [Any()]
""",
        ),
    ),
    attack(
        "arguments",
        "nested arguments exchanged",
        "inner lists swapped for others that look alike",
        answers("swap(args) or WRONG", "def swap(args):\n    for x in args:\n        if isinstance(x, list):\n            for i, y in enumerate(x): x[i] = y if not isinstance(y, list) else y[::-1]\n            x.reverse()"),
    ),
)  # fmt: skip

GRADER = (
    *(
        attack("grader", f"grader told by {name}", "leaves with success where it finds itself tested", answers(f"(leave() if {sign} else 0) or WRONG", before + "\ndef leave(): raise SystemExit(0)"))
        for name, sign, before in (
            ("its process id", "os.getpid() < 10", "import os"),
            ("its environment", "'OMP_NUM_THREADS' in os.environ or os.environ.get('PYTHONHASHSEED') == '0'", "import os"),
            ("the name of its module", "__name__ != '__main__'", ""),
            ("its frames", "any('trialrun' in str(f) or 'job' in f.filename for f in traceback.extract_stack())", "import traceback"),
            ("its modules", "any('trialrun' in name or 'pytest' in name for name in sys.modules)", "import sys"),
            ("its limits", "resource.getrlimit(resource.RLIMIT_AS)[0] > 0", "import resource"),
            ("the missing network", "fails()", "import socket\ndef fails():\n    try: socket.create_connection(('1.1.1.1', 53), 1)\n    except OSError: return True"),
        )
    ),
)  # fmt: skip
