"""Cases in, executions out."""

import copy
import select
import time

import pytest

from trialrun.core import values
from trialrun.core.build_values import load_trusted
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run import batch
from trialrun.run.batch import Exact, encode_calls, numbered_cases, run_cases
from trialrun.run.channel import Channel
from trialrun.run.job import Job
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import BlobCache

LIMITS = Limits(cpu_s=1.0, wall_s=60.0, memory_mb=512)


def run(sandbox, source, inputs, limits=LIMITS, **options):
    calls = encode_calls("f", [Case(args=args) for args in inputs])
    return list(run_cases(sandbox, Program.from_source(source, entry="f"), calls, limits, **options))


def value(execution):
    assert execution.outcome is Outcome.RETURNED, execution
    return load_trusted(execution.value)[0][0]


def test_one_execution_a_case_in_order(sandbox):
    found = run(sandbox, "def f(x, y): return [x, y * 2]", [(n, str(n)) for n in range(1000)])
    assert [value(execution) for execution in found] == [[n, str(n) * 2] for n in range(1000)]


def test_exceptions_are_data_and_name_only_pythons_own(sandbox):
    source = (
        "class KeyError(Exception): pass\ndef f(x):\n    if x: raise KeyError('mine')\n    return {}['a']"
    )
    own, python = run(sandbox, source, [(1,), (0,)])
    assert (
        own.outcome is Outcome.RAISED
        and own.exception == "KeyError (the program's own)"
        and own.message == "mine"
    )
    assert python.outcome is Outcome.RAISED and python.exception == "KeyError"


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("while True: pass", Outcome.TIMEOUT),
        ("import itertools; return sum(itertools.repeat(1))", Outcome.TIMEOUT),
        ("import os; os._exit(0)", Outcome.EXITED),
        ("import ctypes; ctypes.string_at(0)", Outcome.KILLED),
        ("import os; os.abort()", Outcome.KILLED),
        ("return len(bytearray(1 << 31))", Outcome.MEMORY),
        ("import os; os.write(3, b'garbage' * 100)", Outcome.PROTOCOL),
        ("import os; os.close(3); import time; time.sleep(1e6)", Outcome.PROTOCOL),
        ("import sys; sys.exit(0)", Outcome.RAISED),
        ("raise KeyboardInterrupt", Outcome.RAISED),
    ],
)
def test_a_case_that_ends_the_job_is_one_case(sandbox, body, outcome):
    source = f"def f(x):\n    if x == 2:\n        {body}\n    return x"
    found = run(sandbox, source, [(n,) for n in range(5)])
    assert [execution.outcome for execution in found] == [
        outcome if n == 2 else Outcome.RETURNED for n in range(5)
    ], found
    assert [value(found[n]) for n in (0, 1, 3, 4)] == [0, 1, 3, 4]


def test_blocking_is_a_timeout_by_the_wall_guard(sandbox):
    (found,) = run(sandbox, "import time\ndef f(x): time.sleep(1e6)", [(1,)], Limits(cpu_s=1.0, wall_s=0.5))
    assert found.outcome is Outcome.TIMEOUT and "blocked" in found.message


def test_the_cpu_budget_is_per_case(sandbox):
    wait = "end = time.process_time() + 0.3\n    while time.process_time() < end: pass"
    burn = f"import time\ndef f(x):\n    {wait}\n    return x"
    found = run(sandbox, burn, [(n,) for n in range(6)])
    assert [execution.outcome for execution in found] == [Outcome.RETURNED] * 6


@pytest.mark.parametrize(
    ("source", "outcome", "exception"),
    [
        ("def f(x) return x", Outcome.SYNTAX, "SyntaxError"),
        ("1/0\ndef f(x): return x", Outcome.LOAD, "ZeroDivisionError"),
        ("def g(x): return x", Outcome.LOAD, "NameError"),
        ("def f(x): return '\0'", Outcome.SYNTAX, "SyntaxError"),
        ("raise SystemExit(0)", Outcome.LOAD, "SystemExit"),
        ("(" * 100_000, Outcome.SYNTAX, "SyntaxError"),
        ("while True: pass", Outcome.TIMEOUT, None),
        ("import os; os._exit(0)", Outcome.EXITED, None),
    ],
)
def test_a_program_that_does_not_load_yields_one_execution(sandbox, source, outcome, exception):
    found = run(sandbox, source, [(1,), (2,)], until=lambda _: True)
    assert [(execution.outcome, execution.exception) for execution in found] == [(outcome, exception)]


def test_until_stops_early_and_account_hears_of_every_job(sandbox):
    jobs = []
    found = run(
        sandbox,
        "def f(x): return x",
        [(n,) for n in range(100)],
        until=lambda execution: value(execution) == 3,
        account=lambda cpu_s, peak_mb: jobs.append((cpu_s, peak_mb)),
    )
    assert len(found) == 4
    assert len(jobs) == 1 and jobs[0][0] > 0 and jobs[0][1] > 1


def test_arguments_after_the_call_on_request(sandbox):
    (found,) = run(sandbox, "def f(x): x.append(x[0]); return x", [([1],)], arguments=True)
    (arguments, result), _ = load_trusted(found.arguments)
    assert arguments == ([1, 1],) and result is arguments[0]


def test_inputs_larger_than_every_buffer_flow_both_ways(sandbox):
    big = "x" * 3_000_000
    found = run(sandbox, "def f(x): return x + '!'", [(big,), ("a",), (big,)])
    assert [len(value(execution)) for execution in found] == [3_000_001, 2, 3_000_001]


def test_a_value_over_the_limit_fails_its_case_only(sandbox):
    found = run(sandbox, "def f(x): return 'x' * x", [(10,), (5000,), (20,)], Limits(cpu_s=1.0, value_kb=1))
    assert [execution.outcome for execution in found] == [Outcome.RETURNED, Outcome.RAISED, Outcome.RETURNED]


def test_a_caller_that_wants_no_more_is_not_told_of_a_zygote_that_is_gone():
    calls = encode_calls("f", [Case(args=(number,)) for number in range(3)])
    sandbox = Sandbox()
    running = run_cases(sandbox, Program.from_source("def f(x): return x", entry="f"), calls, LIMITS)
    assert value(next(running)) == 0
    sandbox.close()
    running.close()


def test_work_done_while_the_caller_holds_an_answer_is_charged_to_no_case(sandbox):
    source = (
        "import time\ndef f(x):\n    end = time.thread_time() + 0.1\n"
        "    while time.thread_time() < end: pass\n    return x\n"
    )
    program = Program.from_source(source, entry="f")
    calls = encode_calls("f", [Case(args=(number,)) for number in range(8)])
    outcomes = []
    for execution in run_cases(sandbox, program, calls, Limits(cpu_s=0.4)):
        outcomes.append(execution.outcome)
        if len(outcomes) == 1:
            time.sleep(2.0)  # the job works on meanwhile: 0.7 s of CPU time, more than one case may use
    assert outcomes == [Outcome.RETURNED] * 8


BURN = """
import time
def f(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end: pass
    return seconds
"""


def burnt(sandbox, seconds, *, metered, hold=0, cpu_s=0.4):
    """Return the executions of calls that use so many CPU seconds each; answer number `hold` is held for a second."""
    calls = encode_calls("f", [Case(args=(each,)) for each in seconds])
    found = []
    program = Program.from_source(BURN, entry="f")
    for execution in run_cases(sandbox, program, calls, Limits(cpu_s=cpu_s), metered=metered):
        found.append(execution)
        if len(found) == hold:
            time.sleep(1.0)
    return found


def test_a_case_that_ran_while_its_turn_had_not_come_is_doubted_and_a_metered_one_is_not(sandbox):
    quick, slow, last = burnt(sandbox, (0.0, 0.5, 0.0), metered=False, hold=1)
    assert not quick.near_limit
    assert (
        slow.outcome is Outcome.RETURNED and slow.near_limit
    )  # nobody saw what it used, but that it may have
    assert last.near_limit  # may be the one that used it
    quick, slow, last = burnt(sandbox, (0.0, 0.5, 0.0), metered=True, hold=1)
    assert (quick.near_limit, last.near_limit) == (False, False)
    assert slow.outcome is Outcome.TIMEOUT and slow.cpu_s >= 0.5


def test_an_answer_that_came_while_the_supervisor_was_late_is_looked_at_before_a_timeout(
    sandbox, monkeypatch
):
    wait = Job._wait

    def late(job):
        job.channel.flush()
        ready = select.poll()  # the job burns past the point at which it would be stopped, and answers
        ready.register(job.channel, select.POLLIN)
        ready.poll(60_000)
        wait(job)

    monkeypatch.setattr(Job, "_wait", late)
    (found,) = burnt(sandbox, (0.7,), metered=False)
    assert (
        found.near_limit
    )  # a verdict of its own: the answer is there, and only a metered run tells whose time it was


def test_quick_cases_are_never_doubted(sandbox):
    found = burnt(sandbox, [0.005] * 100, metered=False, hold=3, cpu_s=2.0)
    assert not any(execution.near_limit for execution in found)  # all of them use less than 0.7 times that


def test_a_slow_case_is_doubted_however_slowly_the_answers_before_it_are_taken(sandbox):
    calls = encode_calls("f", [Case(args=(seconds,)) for seconds in [0.0] * 10 + [0.5]])
    found = []
    for execution in run_cases(sandbox, Program.from_source(BURN, entry="f"), calls, Limits(cpu_s=0.4)):
        found.append(execution)
        time.sleep(
            0.1
        )  # the slow case runs meanwhile, and no two of these waits see as much as makes it near
    assert found[-1].near_limit and not found[0].near_limit


def test_a_case_is_doubted_though_the_clock_was_read_long_after_the_answers(sandbox, monkeypatch):
    fill = Channel.fill

    def interrupted(channel):
        there = fill(channel)
        time.sleep(0.25)  # the job begins with the next case, and comes far
        return there

    monkeypatch.setattr(Channel, "fill", interrupted)
    assert burnt(sandbox, (0.0, 0.35, 0.0), metered=False, cpu_s=0.4)[1].near_limit


def exactly(sandbox, source, inputs, answers, limits=LIMITS):
    """Return what a run says of calls whose answers are known: (number, execution) pairs, and how many were met."""
    exact = Exact([None if answer is None else values.encode(answer) for answer in answers])
    calls = encode_calls("f", [Case(args=args) for args in inputs])
    program = Program.from_source(source, entry="f")
    return list(numbered_cases(sandbox, program, calls, limits, exact=exact)), exact.met


def test_of_answers_that_are_as_expected_only_the_number_is_told(sandbox):
    answers = [n * 2 for n in range(1000)]
    answers[300], answers[301], answers[999] = None, "other", 1.0
    found, met = exactly(sandbox, "def f(x): return x * 2", [(n,) for n in range(1000)], answers)
    assert [(number, value(execution)) for number, execution in found] == [
        (300, 600),
        (301, 602),
        (999, 1998),
    ]
    assert met == 997


def test_what_is_raised_or_ends_the_job_is_no_expected_answer(sandbox):
    source = (
        "import os\ndef f(x):\n    if x == 1: raise ValueError\n    if x == 2: os._exit(0)\n    return None\n"
    )
    found, met = exactly(sandbox, source, [(n,) for n in range(5)], [None, None, None, 7, 7])
    assert [number for number, _ in found] == [0, 1, 2, 3, 4] and met == 0
    (one, two), met = exactly(sandbox, source.replace("None", "7"), [(n,) for n in range(5)], [7] * 5)
    assert (one[0], one[1].outcome, two[0], two[1].outcome) == (1, Outcome.RAISED, 2, Outcome.EXITED)
    assert met == 3


def test_a_slow_answer_is_looked_at_though_it_is_as_expected(sandbox):
    found, met = exactly(sandbox, BURN, [(0.0,), (0.3,)], [0.0, 0.3], Limits(cpu_s=0.4))
    assert met <= 1 and found[-1][0] == 1 and found[-1][1].near_limit


FORGE = """
import gc
from struct import pack
peer = next(obj for obj in gc.get_objects() if type(obj).__name__ == "Peer")
def frame(number, kind, body):
    return pack("<IQIB", len(body), peer.nonce, number, kind) + body
"""


def test_answers_to_calls_that_were_not_sent_yet_are_a_breach(sandbox):
    forge = FORGE + (
        "import os\nANSWER = b'i' + pack('<i', 5)\n"
        "def f(x): os.write(3, b''.join(frame(n, 3, ANSWER) for n in range(300)))\n"
    )
    found, met = exactly(sandbox, forge, [(5,)] * 300, [5] * 300)
    assert met == batch._AHEAD
    assert (found[0][0], found[0][1].outcome) == (batch._AHEAD, Outcome.PROTOCOL)


def test_frames_that_are_no_answers_do_not_renew_the_budget(sandbox):
    flood = FORGE + "import os\ndef f(x):\n    while sum(range(50_000)): os.write(3, frame(0, 7, b'N'))\n"
    (found,) = run(sandbox, flood, [(1,)], Limits(cpu_s=0.3, wall_s=20.0))
    assert found.outcome is Outcome.TIMEOUT and found.message.startswith("used 0."), found


def test_an_expected_value_that_was_raised_is_no_answer(sandbox):
    raised = FORGE + "import os\ndef f(x): os.write(3, frame(x, 4, b'i' + pack('<i', 5)))\n"
    found, met = exactly(sandbox, raised, [(0,)], [5])
    assert met == 0 and found[0][1].outcome is Outcome.RAISED


EMPTY, FULL, PAIR = [], [1], (1, [2])


@pytest.mark.parametrize(
    "args",
    [
        (), (1, -0.0, 1 << 70, "\udc80", b"\0", None, True, 2j), ([[1, "a"], (2, ()), ()], {"k": [{}], 1: ()}),
        ([EMPTY, EMPTY],), ([FULL, FULL],), ({"a": FULL}, FULL), (PAIR, PAIR), ({3, 4}, frozenset("a")), (range(3),),
    ],
)  # fmt: skip
def test_arguments_arrive_as_they_are_with_what_they_share(sandbox, args):
    source = (
        "def f(*args):\n"
        "    for place in args[0] if args and type(args[0]) is list else ():\n"
        "        if type(place) is list: place.append(len(place))\n"
        "    return args\n"
    )
    (found,) = run(sandbox, source, [args])
    here = {}
    exec(source, here)
    alike = copy.deepcopy(args)
    assert found.value == values.encode(here["f"](*alike))


def test_only_what_holds_nothing_twice_travels_without_a_graph():
    plain = [(), ([1, [2.5, "a"]], {"k": (1,)}), ((), ())]
    graphs = [([EMPTY, EMPTY],), (PAIR, PAIR), ({1},), (range(3),), (type("Text", (str,), {})("x"),), (...,)]
    begins = [call[:1] for call in encode_calls("f", [Case(args=args) for args in plain + graphs])]
    assert begins == [b"["] * len(plain) + [b"("] * len(graphs)


def test_many_calls_are_encoded_once_and_kept(tmp_path, monkeypatch):
    cases = [Case(args=(number,)) for number in range(150)]
    calls = batch.kept_calls("f", cases, BlobCache(tmp_path), "task", "plus")
    assert calls == encode_calls("f", cases)
    monkeypatch.setattr(batch, "encode_calls", lambda entry, cases: [b"encoded again"])
    assert batch.kept_calls("f", cases, BlobCache(tmp_path), "task", "plus") == calls
    assert batch.kept_calls("g", cases, BlobCache(tmp_path), "task", "plus") == [b"encoded again"]
    assert batch.kept_calls("f", cases, BlobCache(tmp_path), "task", "base") == [b"encoded again"]
    assert batch.kept_calls("f", cases[:9], BlobCache(tmp_path), "few", "plus") == [b"encoded again"]
