"""Tampering with the channel: forged, broken, endless frames."""

from tests.attacks.programs.attack import PEER, TIME, VALUE, WRONG, answers, attack

CHANNEL = (
    attack(
        "channel",
        "oversized length",
        "a frame that announces 4 GiB",
        PEER + answers("(os.write(3, forge(3, b'x', length=0xFFFFFFFF)), time.sleep(60))"),
        ["protocol"],
    ),
    attack(
        "channel",
        "half a frame",
        "a header's beginning, then silence",
        PEER + answers("(os.write(3, forge(3)[:7]), time.sleep(60))"),
        TIME,
    ),
    attack(
        "channel",
        "body missing",
        "a header without its body, then silence",
        PEER + answers("(os.write(3, forge(3, b'', length=1000)), time.sleep(60))"),
        TIME,
    ),
    attack(
        "channel",
        "garbage",
        "random bytes",
        PEER + answers("(os.write(3, os.urandom(100000)), time.sleep(60))"),
        ["protocol"],
    ),
    attack(
        "channel",
        "nonce of another run",
        "a completion that is not of this run",
        PEER + answers("(os.write(3, forge(6, b'', nonce=peer().nonce ^ 1)), time.sleep(60))"),
        ["protocol"],
    ),
    attack(
        "channel",
        "unknown kind",
        "a frame kind that does not exist",
        PEER + answers("(os.write(3, forge(99)), time.sleep(60))"),
        ["protocol"],
    ),
    attack(
        "channel",
        "channel closed",
        "descriptor 3 closed, process alive",
        PEER + answers("(os.close(3), time.sleep(60))"),
        ["protocol"],
    ),
    attack(
        "channel",
        "channel shut for writing",
        "end of file on the supervisor's side",
        PEER + answers("(socket.socket(fileno=3).shutdown(socket.SHUT_WR), time.sleep(60))", "import socket"),
        ["protocol"],
    ),
    attack(
        "channel",
        "out-of-band byte",
        "urgent data on a local socket",
        PEER
        + answers("(socket.socket(fileno=3).send(b'x', socket.MSG_OOB), time.sleep(60))", "import socket"),
        TIME,
        ["protocol"],
    ),
    attack(
        "channel",
        "descriptors sent along",
        "rights in ancillary data of a frame",
        PEER
        + answers(
            "(socket.send_fds(socket.socket(fileno=3), [forge(6)], [0, 1, 2, 3] * 50), time.sleep(60))",
            "import socket",
        ),
        ["protocol"],
        VALUE,
        TIME,
    ),
    attack(
        "channel",
        "answers nobody asked for",
        "thousands of answers to cases to come",
        PEER
        + answers(
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
    attack(
        "channel",
        "arguments without end",
        "argument frames for ever, never an answer",
        PEER + answers("flood()", "def flood():\n    while True: os.write(3, forge(7, b'N'))"),
        TIME,
        ["protocol"],
    ),
    attack(
        "channel",
        "marshal's other types",
        "code objects, references and interned strings in an answer",
        PEER
        + answers(
            "(os.write(3, forge(3, bytes(4) + evil)), time.sleep(60))",
            """
import marshal
evil = marshal.dumps((1, compile("1", "x", "exec")), 4)
""",
        ),
        VALUE,
        ["protocol"],
    ),
    attack(
        "channel",
        "lying lengths in a value",
        "a tuple that says it has 4 billion items",
        PEER + answers("(os.write(3, forge(3, bytes(4) + b'(\\xff\\xff\\xff\\xff')), time.sleep(60))"),
        VALUE,
    ),
    attack(
        "channel",
        "value nested 100,000 deep",
        "a hostile tree against recursion",
        PEER
        + answers(
            "(os.write(3, forge(3, bytes(4) + b'(\\2\\0\\0\\0i\\x0d\\0\\0\\0' * 100000 + b'N')), "
            "time.sleep(60))"
        ),
        VALUE,
        TIME,
    ),
    attack(
        "channel",
        "malformed exception",
        "a RAISE frame that is no exception",
        PEER + answers("(os.write(3, forge(4, b'garbage')), time.sleep(60))"),
        VALUE,
    ),
    attack(
        "channel",
        "exception with an odd name",
        "names of builtins that are no exceptions",
        PEER
        + answers(
            "(os.write(3, forge(4, body)), time.sleep(60))",
            """
import marshal
body = marshal.dumps((14, True, "print", "PASSED", 0, "print"), 2)
""",
        ),
        VALUE,
    ),
    attack(
        "channel",
        "callback to nothing",
        "a call to handles of the tester that do not exist",
        PEER
        + answers(
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
    attack(
        "channel",
        "callbacks without end",
        "each callback would buy new time",
        PEER
        + answers(
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
