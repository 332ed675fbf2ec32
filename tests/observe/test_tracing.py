"""Tracing: the program does what it does without it, and every back end tells what `sys.settrace` tells."""

import ast
import importlib.util
import itertools
import sys
import traceback
from collections import deque
from pathlib import Path

import pytest

from trialrun.core import values
from trialrun.core.execution import Execution, Outcome
from trialrun.core.parse_values import decode, render
from trialrun.core.trace import Event, Level
from trialrun.lang.blocks import Layout
from trialrun.lang.regions import facts_of
from trialrun.observe.events import ORDER, STACK, UNKNOWN, read_trace
from trialrun.run.child import event_log, notes, rewrite, tracing
from trialrun.run.child.job import recorded

pytestmark = pytest.mark.fast

_PATH = Path(__file__).with_name("programs.py")
_SPEC = importlib.util.spec_from_file_location("traced_programs", _PATH)
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
EACH_PROGRAM = pytest.mark.parametrize(
    ("source", "args"),
    [(source, args) for _, source, args in _MODULE.PROGRAMS],
    ids=[name for name, _, _ in _MODULE.PROGRAMS],
)


def outcome(function, args):
    """Return what a call did: the value, or the exception and the lines of its traceback."""
    try:
        return "returned", repr(function(*args))
    except Exception as error:
        frames = [(one.name, one.lineno) for one in traceback.extract_tb(error.__traceback__)]
        own = [frame for frame, one in zip(frames, traceback.extract_tb(error.__traceback__), strict=True)
               if one.filename == "solution.py"]  # fmt: skip
        return type(error).__name__, str(error), own


def loaded(source, compiler):
    space = {"__name__": "solution"}
    exec(compiler(source), space)
    return space["f"]


def plain(source):
    return compile(source, "solution.py", "exec", dont_inherit=True)


def settings(level="summaries", lines="", first=10_000, last=10_000):
    return {"level": level, "lines": lines, "first": first, "last": last, "cpu_s": 0}


def in_process(source, args=(), **how):
    """Trace a call of `f` in this process, as the job does; return what it did and the trace."""
    given = settings(**how)
    one = tracing.Tracing(given, "solution.py", None)
    did = outcome(recorded(one, loaded(source, one.compile)), args)
    return did, read(one.pack(True), source, Level(given["level"]))


def read(data, source, level=Level.IDS):
    ended = Execution(outcome=Outcome.RETURNED)
    return read_trace(data, ended, (("solution.py", source),), facts_of(source), level=level, python="3")


def oracle(source, args):
    """Return lines and calls by `sys.settrace`."""
    function = loaded(source, plain)
    lines, calls = [], []

    def local(frame, kind, argument):
        if kind == "line":
            lines.append(frame.f_lineno)
        return local

    def enter(frame, kind, argument):
        if frame.f_code.co_filename != "solution.py":
            return None
        calls.append(frame.f_code.co_qualname)
        return local

    sys.settrace(enter)
    try:
        outcome(function, args)
    finally:
        sys.settrace(None)
    return lines, calls


def collapsed(lines):
    return [line for line, _ in itertools.groupby(lines)]


def shown(trace, event):
    return [(one.name, render(one.value.data)) for one in trace.bindings(event)]


@pytest.mark.parametrize("level", ["ids", "references", "summaries"])
@EACH_PROGRAM
def test_a_program_does_the_same_with_probes_in_it(source, args, level):
    did, trace = in_process(source, args, level=level)
    assert did == outcome(loaded(source, plain), args)
    assert trace.flags == () and trace.is_complete


@pytest.mark.parametrize("lines", ["monitoring", "settrace"])
@pytest.mark.parametrize("level", ["lines", "ids", "summaries"])
@EACH_PROGRAM
def test_lines_are_those_of_the_oracle(source, args, level, lines):
    expected, _ = oracle(source, args)
    _, trace = in_process(source, args, level=level, lines=lines)
    assert collapsed(trace.lines()) == collapsed(expected)


@EACH_PROGRAM
def test_calls_are_those_of_the_oracle(source, args):
    _, calls = oracle(source, args)
    _, trace = in_process(source, args, level="ids")
    suspends = {code.name for code in trace.codes if code.suspends}
    own = {code.name for code in trace.codes} - suspends  # these are resumed by what the oracle sees as calls
    entered = [
        trace.codes[code].name
        for kind, code in zip(trace.kind, trace.code, strict=True)
        if kind == Event.CALL
    ]
    assert [name for name in entered if name in own] == [name for name in calls if name in own]
    assert set(entered) & suspends == set(calls) & suspends
    assert len(entered) == len(trace.parents)


def test_values_at_each_block():
    source = """
def g(a):
    a.append(len(a))
    return a

def f(n):
    xs = []
    for i in range(n):
        ys = g(xs)
    xs[0] = {'k': (1, 'e')}
    return ys is xs
"""
    _, trace = in_process(source, (2,))
    told = [(Event(trace.kind[one]).name, trace.frame[one], shown(trace, one)) for one in range(len(trace))]
    assert told == [
        ("CALL", 0, [("n", "2")]),
        ("BLOCK", 0, [("xs", "[]")]),
        ("CALL", 1, [("a", "[]")]),
        ("RETURN", 1, [("a", "[0]"), ("return", "[0]")]),
        ("BLOCK", 0, [("i", "0"), ("ys", "[0]")]),
        ("CALL", 2, [("a", "[0]")]),
        ("RETURN", 2, [("a", "[0, 1]"), ("return", "[0, 1]")]),
        ("BLOCK", 0, [("i", "1"), ("ys", "[0, 1]")]),
        ("RETURN", 0, [("xs", "[{'k': (1, 'e')}, 1]"), ("return", "True")]),
    ]
    bindings = [one for event in range(len(trace)) for one in trace.bindings(event) if one.identity]
    assert [(one.identity, one.version) for one in bindings] == [
        (1, n) for n in (0, 0, 1, 1, 1, 1, 2, 2, 2, 3)
    ]
    assert list(trace.parents) == [-1, 0, 0]


def test_references_show_the_last_state():
    source = "def f():\n    xs = [1]\n    if xs:\n        xs.append(2)\n    return 0\n"
    found = [shown(in_process(source, level=level)[1], 1) for level in ("references", "summaries")]
    assert found == [[("xs", "[1, 2]")], [("xs", "[1]")]]


def test_of_a_large_container_the_item_that_was_written_is_told():
    source = """
def f():
    xs, d = list(range(9)), dict.fromkeys("abcdefghi", 0)
    if xs:
        i = 4
        xs[i] = 'new'
        i += 1
    if d:
        xs.append(7)
        d['a'] += 5
    if 1:
        xs[0] = 1
        xs[1] = 2
    return 0
"""
    _, trace = in_process(source)
    told = [pair for event in range(2, len(trace) - 1) for pair in shown(trace, event)]
    assert told == [
        ("i", "4"),
        ("xs", "item({4: 'new'})"),
        ("i", "5"),
        ("xs", "item({9: 7})"),
        ("d", "item({'a': 5})"),
        ("xs", "[1, 2, 2, <…>, 7]"),
    ]
    bindings = [one for event in range(len(trace)) for one in trace.bindings(event) if one.name == "xs"]
    assert {one.value.type_name for one in bindings} == {"list"} and {one.identity for one in bindings} == {1}
    assert [one.value.length for one in bindings] == [9, 9, 10, 10]


class Point:
    """Something whose fields lie in its dictionary."""

    def __init__(self) -> None:
        self.x = [1]


@pytest.mark.parametrize(
    ("value", "kind", "text", "is_whole"),
    [
        (3, "int", "3", True),
        (1 << 2000, "int", "<…>", False),
        (float("nan"), "float", "nan", True),
        ("x" * 300, "str", repr("x" * 200), False),
        (["x" * 100], "list", "[…('" + "x" * 60 + "')]", False),
        (list(range(100)), "list", "[0, 1, 2, <…>, 99]", False),
        ([1, 1 << 2000], "list", "[1, <…>]", False),
        (tuple(range(9)), "tuple", "(0, 1, 2, <…>)", False),
        (dict.fromkeys(range(9), 1), "dict", "{0: 1, 1: 1, 2: 1, <…>: <…>}", False),
        (set(range(9)), "set", "{0, 1, 2, <…>}", False),
        (deque(range(9)), "deque", "deque(None, 0, <…>, 8)", False),
        ([(1, 2), {3: [4]}], "list", "[(1, 2), {3: [4]}]", True),
        ([1, "a", None], "list", "[1, 'a', None]", True),
        ([[list("abcdef")]], "list", "[[['a', 'b', 'c', 'd', <…>]]]", False),
        ((1, [2]), "tuple", "(1, [2])", True),
        ({1: {2: {3: {4: 5}}}}, "dict", "{1: {2: {3: <dict>}}}", False),
        ({1, 2}, "set", "{1, 2}", True),
        (range(3), "range", "range(0, 3, 1)", True),
        (b"ab", "bytes", "b'ab'", True),
        (bytearray(b"ab"), "bytearray", "bytearray(b'ab')", True),
        (2j, "complex", "2j", True),
        (None, "NoneType", "None", True),
        (True, "bool", "True", True),
        (len, "builtin_function_or_method", "<builtin_function_or_method>", False),
    ],
    ids=lambda one: str(one)[:20] if type(one) is str else "",
)
def test_notes_of_values(value, kind, text, is_whole):
    _, trace = in_process("def f(value):\n    return 0\n", (value,))
    (binding,) = trace.bindings(0)
    found = binding.value
    assert (found.type_name, render(found.data), found.is_whole) == (kind, text, is_whole)


def test_an_instance_is_noted_by_its_fields():
    _, trace = in_process("def f(value):\n    value.x.append(2)\n    return value.x[0]\n", (Point(),))
    (binding,) = trace.bindings(0)
    assert binding.value.type_name.endswith("Point") and render(binding.value.data).endswith("({'x': [1]})")


TRAPS = """
ran = []

class Meta(type):
    def __eq__(self, other):
        ran.append('meta eq')
        return True
    def __hash__(self):
        ran.append('meta hash')
        return 0
    def __instancecheck__(self, one):
        ran.append('instance')
        return True

def trap(name):
    def method(self, *args):
        ran.append(name)
        raise SystemExit(name)
    return method

names = '__len__ __iter__ __getitem__ __eq__ __hash__ __bool__ __repr__ __str__ __getattribute__ items keys __int__'

def make(base):
    return Meta('T', (base,), {name: trap(name) for name in names.split()})

kinds = [make(base) for base in (object, list, dict, int, str, tuple, set, float, bytes)]

def f():
    for kind in kinds:
        value = kind()
        held = [value]
        pair = (value, 1)
    return 0
"""


def test_no_method_of_the_program_runs_while_it_is_watched():
    one = tracing.Tracing(settings(), "solution.py", None)
    function = loaded(TRAPS, one.compile)
    ran = function.__globals__["ran"]
    del ran[:]
    recorded(one, function)()
    one.pack(True)
    assert ran == []


def test_a_long_run_keeps_its_beginning_and_its_end_and_counts_the_rest():
    chunk = event_log.CHUNK
    source = "def f(n):\n    for i in range(n):\n        x = [i]\n    return x\n"
    count = 20 * chunk
    _, trace = in_process(source, (count,), first=chunk + 1, last=10)
    assert len(trace) + trace.dropped == count + 2
    assert trace.dropped % chunk == 0 and len(trace) <= 5 * chunk and trace.flags == ()
    gap = trace.gap
    assert shown(trace, gap - 1) == [("i", str(gap - 2)), ("x", f"[{gap - 2}]")]
    assert shown(trace, gap)[0] == ("i", str(gap + trace.dropped - 1))
    assert shown(trace, len(trace) - 2)[0] == ("i", str(count - 1))


def test_large_ints_do_not_fill_the_log():
    source = "def f(n):\n    x = 1\n    for i in range(n):\n        x <<= 64\n    return 0\n"
    one = tracing.Tracing(settings(), "solution.py", None)
    recorded(one, loaded(source, one.compile))(3000)
    held = [value for _, noted in one.chunks[:-1] for value in noted]
    assert held and max(value.bit_length() for value in held if type(value) is int) <= notes.LARGE


KNOTS = {
    "range without a length": "def f():\n    x = range(10**30)\n    return x.stop\n",
    "range of large ints": "def f():\n    x = range(1 << 100_000)\n    return 1\n",
    "deque in itself": (
        "from collections import deque\ndef f():\n    d = deque()\n    d.append(d)\n    e = d\n    return len(e)\n"
    ),
    "sets in sets": (
        "def f():\n    s = frozenset()\n    for i in range(14):\n        s = frozenset({s, (s,)})\n    return len(s)\n"
    ),
    "linked list": (
        "class Node: pass\ndef f():\n    head = None\n    for i in range(60):\n        node = Node()\n"
        "        node.next, node.back = head, None\n        if head: head.back = node\n        head = node\n"
        "    return i\n"
    ),
    "list of its own class": (
        "class Own(list): pass\ndef f():\n    x = Own()\n    x += [x, x, x]\n    y = x\n    return len(y)\n"
    ),
    "tuple like a note": "def f():\n    x = [(1, -3, 5, 6)]\n    return len(x)\n",
}


@pytest.mark.parametrize("source", KNOTS.values(), ids=KNOTS)
def test_values_that_hold_themselves_are_noted_in_bounds(source):
    expected = outcome(loaded(source, plain), ())
    found, trace = in_process(source)
    assert found == expected and trace.flags == ()
    assert trace.values and max(len(value.data) for value in trace.values) < 20_000


# -------------------------------------------------------------------------------- hostile

EMPTIED_TEXT = "events were lost: somebody was at the recorder, or the recursion limit was"
FIND = f"""
import gc
def f():
    deques = [one for one in gc.get_objects() if type(one).__name__ == 'deque']
    rings = [one for one in deques if one.maxlen == {event_log.CHUNK}]
"""


def flags(source, **how):
    return in_process(source, **how)[1].flags


def test_who_empties_the_recorder_is_noticed():
    assert EMPTIED_TEXT in flags(FIND + "    for one in rings: one.clear()\n    return 1\n")


def test_who_invents_events_is_noticed():
    assert flags(FIND + "    for one in rings: one.append(2); one.append(2)\n    x = 1\n    return 1\n") != ()


def test_who_takes_the_line_tracer_away_is_noticed():
    away = "import sys\ndef f():\n    sys.monitoring.free_tool_id(4)\n    return 1\n"
    assert "the line tracer was replaced" in flags(away, lines="monitoring")
    off = "import sys\ndef f():\n    sys.settrace(None)\n    return 1\n"
    assert "the line tracer was replaced" in flags(off, lines="settrace")


def test_threads_are_noticed():
    source = """
import threading
def g():
    x = 1
def f():
    threads = [threading.Thread(target=g) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return 1
"""
    assert flags(source) == ("threads: frames cannot be told apart",)


SMALL = "def f(n):\n    if n:\n        n = 2\n    return n\n"


def encoded(**changed):
    """Return a record of one call of `f`, with fields changed."""
    one = tracing.Tracing(settings("ids"), "solution.py", None)
    recorded(one, loaded(SMALL, one.compile))(1)
    tree = list(decode(one.pack(True))[0][0])
    for place, value in changed.items():
        tree[int(place[1:])] = value
    return values.encode(tuple(tree))


GENERATOR = "def g():\n    a = 1\n    yield a\n    a = 2\ndef f():\n    return 1\n"


def of_generators(*events, frames):
    """Return the trace of events by kind and code of `GENERATOR`, or lines below 0."""
    codes = {code.name: code for code in Layout(ast.parse(GENERATOR)).codes}
    numbers = [codes[event].call if isinstance(event, str) else event for event in events]
    record = encoded(
        _5=b"".join(number.to_bytes(4, "little", signed=True) for number in numbers),
        _7=b"".join(frame.to_bytes(8, "little") for frame in frames),
    )
    return read(record, GENERATOR)


def test_a_line_belongs_to_the_one_generator_that_may_have_run_it():
    assert list(of_generators("g", "f", -3, frames=[7]).frame) == [0, 1, 0]
    assert list(of_generators("g", "g", "f", -3, frames=[7, 8]).frame) == [0, 1, 2, -1]
    assert list(of_generators("g", "g", "f", -3, frames=[7, 7]).frame) == [0, 1, 2, 1]


def test_a_record_holds_no_more_than_was_asked_for():
    ended = Execution(outcome=Outcome.RETURNED)
    sources, facts = (("solution.py", SMALL),), facts_of(SMALL)
    record = encoded(_5=b"\xff" * 4 * 9)  # line 1, nine times
    for most, events in ((9, 9), (8, 0)):
        trace = read_trace(record, ended, sources, facts, level=Level.IDS, python="3", most=most)
        assert len(trace) == events and bool(trace.flags) == (not events)


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b"\xff" * 40,
        values.encode(1),
        values.encode((1, 2)),
        encoded(_0="other"),
        encoded(_2=-1),
        encoded(_5=b"abc"),
        encoded(_13=[1]),
        encoded(_8=b"\1\0\0\0"),
        encoded(_8=b"\1\0\0\0", _9=b"\0" * 8),
        encoded(_10=b"\0" * 8, _11=b"\0" * 4, _12=b"\0", _13=["x"], _14=[b"\0" * (2 << 20)]),
    ],
)
def test_a_malformed_record_has_no_events(data):
    trace = read(data, SMALL)
    assert len(trace) == 0 and trace.flags[0].startswith("no record: ")


def test_what_cannot_have_happened_is_flagged():
    code = Layout(ast.parse(SMALL)).codes[1]
    first, second = (block.site for block in code.blocks if block.role == "run")

    def found(*sites, **more):
        return read(encoded(_5=b"".join(site.to_bytes(4, "little") for site in sites), **more), SMALL).flags

    assert found(code.call, first, second) == found(code.call, second) == ()
    assert found(code.call, second, first) == (STACK,)
    assert found(code.call, first, first, second) == (ORDER,)
    assert found(second) == (STACK,)
    assert found(999) == (UNKNOWN,)
    assert found(code.call, second, _4=8) == ("threads: frames cannot be told apart",)


def test_the_child_makes_no_text_in_event_paths():
    """Representation is the cost: nothing is rendered while the program runs."""
    for module in (rewrite, event_log, notes):
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            assert not isinstance(node, ast.JoinedStr)
            if isinstance(node, ast.Call):
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                assert called not in ("repr", "format", "str", "ascii")
