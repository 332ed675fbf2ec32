"""Cases in, executions out."""

import select
import time

import pytest

from trialrun.core.build_values import load_trusted
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run import batch
from trialrun.run.batch import encode_calls, run_cases
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


def test_many_calls_are_encoded_once_and_kept(tmp_path, monkeypatch):
    cases = [Case(args=(number,)) for number in range(150)]
    calls = batch.kept_calls("f", cases, BlobCache(tmp_path), "task", "plus")
    assert calls == encode_calls("f", cases)
    monkeypatch.setattr(batch, "encode_calls", lambda entry, cases: [b"encoded again"])
    assert batch.kept_calls("f", cases, BlobCache(tmp_path), "task", "plus") == calls
    assert batch.kept_calls("g", cases, BlobCache(tmp_path), "task", "plus") == [b"encoded again"]
    assert batch.kept_calls("f", cases, BlobCache(tmp_path), "task", "base") == [b"encoded again"]
    assert batch.kept_calls("f", cases[:9], BlobCache(tmp_path), "few", "plus") == [b"encoded again"]
