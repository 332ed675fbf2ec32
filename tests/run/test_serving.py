"""A served program: answers call by call, output and branches beside them, clock and chance frozen."""

import time

import pytest

from trialrun.core.execution import Limits, Outcome
from trialrun.core.parse_values import render
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.drivers import function_subject, stdin_subject
from trialrun.run import serving as served
from trialrun.run.batch import encode_calls
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import MOST_BRANCHES, Serving

LIMITS = Limits(cpu_s=0.5, memory_mb=512)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def call(sandbox, source, *arguments, entry="f", watch=("solution.py",), **how):
    program = Program.from_source(source, entry=entry)
    with Serving(sandbox, program, LIMITS, watch, **how) as serving:
        return serving.call(encode_calls(entry, [Case(args=args) for args in arguments]))


def shown(reply):
    return render(reply.execution.value)


def test_answers_come_in_order_with_effects_and_output(sandbox):
    source = "def f(xs):\n    xs.append(1)\n    print('said', len(xs))\n    return sum(xs)"
    replies = call(sandbox, source, ([2],), ([3, 4],))
    assert [shown(reply) for reply in replies] == ["3", "8"]
    assert [reply.execution.stdout for reply in replies] == [b"said 2\n", b"said 3\n"]
    assert "[3, 4, 1]" in render(replies[1].execution.arguments)


def test_branches_are_told_once(sandbox):
    source = "def f(x):\n    if x > 3:\n        return 1\n    return 2"
    low, again, high, both = call(sandbox, source, (1,), (2,), (5,), (1,))
    assert low.branches and high.branches and not again.branches and not both.branches
    assert {branch[1] for branch in low.branches + high.branches} == {"f"}


def test_a_loop_that_is_warm_runs_unwatched(sandbox):
    source = (
        "def f(n):\n    s = 0\n    for i in range(n):\n        if i % 3:\n            s += i\n    return s"
    )
    replies = call(sandbox, source, (10,), (200_000,))
    bare = call(sandbox, source, (10,), (200_000,), watch=())
    assert not replies[1].branches
    assert replies[1].execution.value == bare[1].execution.value
    assert not bare[0].branches


def test_a_call_that_ends_the_job_is_that_calls_own(sandbox):
    source = """
import os
def f(x):
    while x == 1: pass
    if x == 2: os._exit(0)
    if x == 3: 1/0
    return x
"""
    outcomes = [reply.execution.outcome for reply in call(sandbox, source, (0,), (1,), (2,), (3,), (4,))]
    assert outcomes == [
        Outcome.RETURNED,
        Outcome.TIMEOUT,
        Outcome.EXITED,
        Outcome.RAISED,
        Outcome.RETURNED,
    ]


@pytest.mark.parametrize("source", ["def f(:", "1/0", "while True: pass", "def g(): pass"])
def test_a_program_that_does_not_load_answers_every_call_with_that(sandbox, source):
    replies = call(sandbox, source, (0,), (1,))
    assert len(replies) == 2
    assert all(reply.execution.outcome is not Outcome.RETURNED for reply in replies)


CLOCKS = """
import datetime, os, random, time, uuid
from datetime import date, datetime as moment
from random import randrange, SystemRandom
from time import perf_counter
started = perf_counter()
def f():
    own = random.Random()
    return [
        time.time(), time.monotonic_ns(), perf_counter() > started - 1e9, time.localtime()[:6], time.strftime("%H:%M"),
        datetime.datetime.now(), moment.utcnow(), date.today(), moment.now(datetime.timezone.utc),
        random.random(), randrange(1000), own.random(), SystemRandom().random(), os.urandom(4),
        str(uuid.uuid4()), str(uuid.uuid1()),
    ]
"""


def test_clock_and_chance_are_the_same_for_every_call_and_every_job(sandbox):
    one, two = call(sandbox, CLOCKS, (), ())
    assert one.execution.outcome is Outcome.RETURNED, one.execution
    assert one.execution.value == two.execution.value == call(sandbox, CLOCKS, ())[0].execution.value
    thawed = call(sandbox, CLOCKS, (), (), frozen=False)
    assert thawed[0].execution.value != thawed[1].execution.value


DATES = """
import datetime, time
from datetime import datetime as moment, date
class Own(moment):
    def tag(self): return "own"
def f():
    began = time.time()
    time.sleep(3600)
    return [
        isinstance(moment(2020, 1, 2), moment), isinstance(moment.now(), datetime.datetime), isinstance(1, moment),
        issubclass(moment, date), moment(2020, 1, 2) - moment(2020, 1, 1), moment.strptime("2020", "%Y").year,
        moment.fromisoformat("2020-01-02T03:04:05"), date(2020, 1, 2).isoformat(), Own(2020, 1, 2).tag(),
        isinstance(moment(2020, 1, 2), Own), moment.min.year, 3600 < time.time() - began < 3601,
        type(date.today()) == date, {moment: 1}[type(moment.now())],
    ]
"""


def test_frozen_classes_behave_as_the_real_ones(sandbox):
    assert call(sandbox, DATES, ())[0].execution.value == _with_real_clock(DATES)


def _with_real_clock(source):
    import datetime

    from trialrun.core import values

    d = datetime.datetime
    return values.encode(
        [True, True, False, True, datetime.timedelta(1), 2020, d(2020, 1, 2, 3, 4, 5), "2020-01-02", "own", False, 1,
         True, True, 1]
    )  # fmt: skip


WHOLE = """
import sys
def main():
    n = int(input())
    xs = list(map(int, sys.stdin.readline().split()))
    if n == 3: exit()
    if n == 4: sys.exit(2)
    if n == 5: 1/0
    sys.stdout.write(str(sum(xs)))
    print("", *xs)
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    "source",
    [
        WHOLE,
        WHOLE.replace("input()", "sys.stdin.buffer.readline()"),
        "import io, os, sys\ninput = iter(io.BytesIO(os.read(0, 1 << 20)).readlines()).__next__\n"
        + WHOLE.replace("sys.stdin.readline()", "input().decode()"),
        WHOLE.replace("int(input())", "int(input())").replace("    main()", "    import threading\n"
        "    t = threading.Thread(target=main); t.start(); t.join()").replace("1/0", "sys.exit(1)"),
        "import atexit, io, os, sys\nout = sys.stdout = io.StringIO()\n"
        "atexit.register(lambda: os.write(1, out.getvalue().encode()))\n" + WHOLE,
    ],
    ids=["input", "buffer", "os.read", "thread", "atexit"],
)  # fmt: skip
def test_a_whole_program_reads_its_input_and_what_it_prints_is_caught(sandbox, source):
    subject = stdin_subject(source)
    texts = ["2\n3 4\n", "3\n1 1\n", "1\n7", "2\n3 4\n"]
    with Serving(sandbox, subject.program, LIMITS, subject.watch) as serving:
        replies = serving.call(encode_calls(subject.program.entry, [Case(args=(text,)) for text in texts]))
    assert [reply.execution.stdout for reply in replies] == [b"7 3 4\n", b"", b"7 7\n", b"7 3 4\n"]
    assert {reply.execution.outcome for reply in replies} == {Outcome.RETURNED}
    assert replies[0].branches and not replies[3].branches


def test_an_exit_code_and_an_exception_are_no_completion(sandbox):
    subject = stdin_subject(WHOLE)
    with Serving(sandbox, subject.program, LIMITS, subject.watch) as serving:
        replies = serving.call(
            encode_calls(subject.program.entry, [Case(args=(f"{n}\n1\n",)) for n in (4, 5, 1)])
        )
    assert [reply.execution.exception for reply in replies] == ["SystemExit", "ZeroDivisionError", None]


def test_hostile_notes_end_the_call_and_nothing_else(sandbox):
    source = """
import sys
def f(x):
    if x == 1:
        frame = sys._getframe()
        while frame.f_back: frame = frame.f_back
        import gc
        for obj in gc.get_objects():
            if type(obj).__name__ == "Peer":
                obj.send(1, 10, b"garbage")
    return x
"""
    replies = call(sandbox, source, (0,), (1,), (2,))
    assert [reply.execution.outcome for reply in replies] == [
        Outcome.RETURNED,
        Outcome.PROTOCOL,
        Outcome.RETURNED,
    ]


FORGED = """
import gc
def f(x):
    for obj in gc.get_objects():
        if type(obj).__name__ == "Peer":
            peer = obj
    import trialrun.core.values as values
    for turn in range(%d):
        made = [("solution.py", "f%%d" %% x, x, 2 * n, n) for n in range(%d)]
        peer.send(x, 10, values.encode((b"", 0, 0, made), limit=1 << 30))
    return x
"""


def test_a_call_has_one_note(sandbox):
    once, twice = FORGED % (1, 3), FORGED % (2, 3)
    assert [reply.execution.outcome for reply in call(sandbox, once, (0,), watch=())] == [Outcome.RETURNED]
    assert [reply.execution.outcome for reply in call(sandbox, twice, (0,), watch=())] == [Outcome.PROTOCOL]


def test_branches_that_are_made_up_fill_no_memory(sandbox):
    program = Program.from_source(FORGED % (1, 30_000), entry="f")
    with Serving(sandbox, program, Limits(cpu_s=5.0), ()) as serving:
        replies = serving.call(encode_calls("f", [Case(args=(n,)) for n in range(4)]))
        assert {reply.execution.outcome for reply in replies} == {Outcome.RETURNED}
        assert len(serving.taken) == MOST_BRANCHES and not replies[3].branches


@pytest.mark.parametrize("note", ["(1, 2)", "(b'', 0, 0, [('a',)])", "(b'', 'x', 0, [])", "[b'', 0, 0, []]"])
def test_notes_of_another_form_say_nothing(sandbox, note):
    source = FORGED.split("    for turn")[0] + f"    peer.send(x, 10, values.encode({note}))\n    return x\n"
    program = Program.from_source(source, entry="f")
    with Serving(sandbox, program, LIMITS, ()) as serving:
        reply = serving.call(encode_calls("f", [Case(args=(0,))]))[0]
    assert not serving.taken and (reply.execution.outcome is Outcome.PROTOCOL) == ("'a'" not in note)


def test_long_outputs_that_part_at_the_end_differ(sandbox):
    source = "def f(x): print('a' * 100_000 + str(x))"
    one, two, three = (reply.execution.stdout for reply in call(sandbox, source, (1,), (2,), (1,)))
    assert one != two and one == three and len(one) < 70_000


DRIVEN = """
import asyncio
class C:
    def __init__(self, x, *, y=2): self.x, self.y = x, y
    def m(self, k=1):
        self.x += k
        return self.x * self.y
    @property
    def p(self): return self.x + self.y
    @classmethod
    def k(cls, a): return cls(a).y
    @staticmethod
    def s(a): return -a
    async def later(self):
        await asyncio.sleep(1000)
        return self.x
def kw(a, *rest, b, c=5, **more): return [a, rest, b, c, more]
async def slow(n):
    await asyncio.sleep(n)
    return n
async def ticks(n):
    for i in range(n):
        await asyncio.sleep(1)
        yield i
async def stuck(): await asyncio.get_running_loop().create_future()
def gen(n):
    for i in range(n): yield i * i
"""


@pytest.mark.parametrize(
    ("qualname", "args", "expected"),
    [
        ("C.m", ([3], 4), "(14, {'x': 7, 'y': 2})"),
        ("C.m", ([3, 5], 4), "(35, {'x': 7, 'y': 5})"),
        ("C.m", ([3],), "(8, {'x': 4, 'y': 2})"),
        ("C.p", ([3],), "(5, {'x': 3, 'y': 2})"),
        ("C.k", (3,), "2"),
        ("C.s", (3,), "-3"),
        ("C.later", ([9],), "(9, {'x': 9, 'y': 2})"),
        ("kw", (1, [2, 3], 4, 6, {"d": 7}), "[1, (2, 3), 4, 6, {'d': 7}]"),
        ("kw", (1, [], 4), "[1, (), 4, 5, {}]"),
        ("slow", (3,), "3"),
        ("ticks", (3,), "[0, 1, 2]"),
        ("gen", (4,), "0, 1, 4, 9"),
    ],
)
def test_drivers_make_plain_functions(sandbox, qualname, args, expected):
    subject = function_subject(DRIVEN, qualname)
    with Serving(sandbox, subject.program, LIMITS, subject.watch) as serving:
        reply = serving.call(encode_calls(subject.program.entry, [Case(args=args)]))[0]
    assert reply.execution.outcome is Outcome.RETURNED, reply.execution
    assert expected in shown(reply)


def test_a_coroutine_that_waits_for_ever_says_so(sandbox):
    subject = function_subject(DRIVEN, "stuck")
    with Serving(sandbox, subject.program, LIMITS, subject.watch) as serving:
        reply = serving.call(encode_calls(subject.program.entry, [Case()]))[0]
    assert reply.execution.exception == "RuntimeError"


def test_a_call_alone_sees_no_state_of_others(sandbox):
    source = "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)"
    program = Program.from_source(source, entry="f")
    bodies = encode_calls("f", [Case(args=(1,)), Case(args=(2,))])
    with Serving(sandbox, program, LIMITS) as serving:
        assert [shown(reply) for reply in serving.call(bodies)] == ["1", "2"]
        assert render(serving.alone(bodies[1]).value) == "1"
        assert [shown(reply) for reply in serving.call(bodies[:1])] == ["3"]
        assert serving.spent > 0


SPINS = """
import time
def f(x):
    end = time.process_time() + SECONDS
    while time.process_time() < end: pass
    return x
"""


def test_answers_read_late_and_together_are_no_timeout(sandbox, monkeypatch):
    # Six calls of 0.12 s each, limit 0.5 s: this process is away until they have used more than that.
    calls = encode_calls("f", [Case(args=(number,)) for number in range(6)])
    source = SPINS.replace("SECONDS", "0.12")
    serving = Serving(sandbox, Program.from_source(source, entry="f"), LIMITS, frozen=False)
    absences = []

    def away(seconds, sleep=time.sleep):
        absences.append(seconds)
        for _ in range(2000):
            if serving.spent > 0.7:
                break
            sleep(0.05)

    monkeypatch.setattr(served.time, "sleep", away)
    with serving:
        replies = serving.call(calls)
    assert absences
    assert [reply.execution.outcome for reply in replies] == [Outcome.RETURNED] * 6
    assert [shown(reply) for reply in replies] == ["0", "1", "2", "3", "4", "5"]


def test_slow_calls_are_timeouts_each(sandbox):
    replies = call(
        sandbox, SPINS.replace("SECONDS", "x"), (0.0,), (0.6,), (0.0,), (5.0,), (0.0,), frozen=False
    )
    late = [reply.execution.outcome is Outcome.TIMEOUT for reply in replies]
    assert late == [False, True, False, True, False]


def test_answers_made_up_beside_a_late_one_do_not_ask_for_ever(sandbox):
    source = """
import gc, time
def f(x):
    end = time.process_time() + 0.6
    while time.process_time() < end: pass
    for obj in gc.get_objects():
        if type(obj).__name__ == "Peer":
            obj._write(obj._frame(0, 3, b"i") + obj._frame(1, 3, b"i"))
    return x
"""
    replies = call(sandbox, source, (0,), frozen=False)
    assert [reply.execution.outcome for reply in replies] == [Outcome.TIMEOUT]
