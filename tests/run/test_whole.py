"""Whole programs, and single calls whose output is kept."""

import pytest

from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import encode_calls
from trialrun.run.whole import run_call, run_program

LIMITS = Limits(cpu_s=1.0, wall_s=5.0, memory_mb=512, output_kb=64)


def run(sandbox, source, stdin="", **options):
    return run_program(sandbox, Program.from_source(source), LIMITS, stdin=stdin, **options)


def test_stdin_to_stdout(sandbox):
    found = run(
        sandbox,
        "import sys\nfor line in sys.stdin: print(line.strip()[::-1])\nprint('e', file=sys.stderr)",
        "abc\ndéf\n",
    )
    assert (found.outcome, found.stdout, found.stderr) == (Outcome.RETURNED, "cba\nféd\n".encode(), b"e\n")
    assert found.wall_s > 0 and found.cpu_s > 0


@pytest.mark.parametrize(
    ("source", "outcome"),
    [
        ("if __name__ == '__main__':\n    import sys; print(1); sys.exit(0)", Outcome.RETURNED),
        ("import sys; sys.exit()", Outcome.RETURNED),
        ("import sys; sys.exit('no')", Outcome.EXITED),
        ("print(1); import os; os._exit(0)", Outcome.EXITED),
        ("1/0", Outcome.RAISED),
        ("print(", Outcome.SYNTAX),
        ("input()", Outcome.RAISED),
        ("while True: pass", Outcome.TIMEOUT),
        ("while True: print('x' * 1000)", Outcome.OUTPUT),
        ("import sys\nwhile True: print('x' * 1000, file=sys.stderr)", Outcome.OUTPUT),
        ("x = bytearray(1 << 31)", Outcome.MEMORY),
    ],
)
def test_how_programs_end(sandbox, source, outcome):
    found = run(sandbox, source)
    assert found.outcome is outcome, found
    assert len(found.stdout) <= 64 << 10 and len(found.stderr) <= 64 << 10


def test_threads_and_exit_handlers_finish_as_in_the_interpreter(sandbox):
    source = (
        "import atexit, threading, time\natexit.register(print, 'bye')\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()\nprint('main')"
    )
    assert run(sandbox, source).stdout == b"main\nlate\nbye\n"


def test_output_before_a_crash_is_kept(sandbox):
    found = run(sandbox, "print('before', flush=True)\nimport os\nos.abort()")
    assert found.stdout == b"before\n" and found.outcome is Outcome.KILLED


def test_one_call_keeps_output_value_and_arguments(sandbox):
    call = encode_calls("f", [Case(args=([1],))])[0]
    found = run_call(
        sandbox,
        Program.from_source("def f(x): print('in f'); x.append(2); return len(x)", entry="f"),
        call,
        LIMITS,
    )
    assert found.outcome is Outcome.RETURNED and found.stdout == b"in f\n" and found.arguments is not None


def test_test_code_in_the_same_process(sandbox):
    assert (
        run(sandbox, "class P: pass\ndef f(x): return P()", test="assert isinstance(f(1), P)").outcome
        is Outcome.RETURNED
    )
    found = run(sandbox, "def f(x): return 1", test="assert f(1) == 2")
    assert found.outcome is Outcome.RAISED and found.exception == "AssertionError"
    assert (
        run(sandbox, "import sys\ndef f(x): sys.exit(0)", test="assert f(1) == 2").outcome is Outcome.EXITED
    )


def test_a_program_finds_what_a_script_finds(sandbox):
    source = "import sys\nprint(sys.argv, __file__, __name__)\nif input(): quit()\nexit(3)"
    found = run(sandbox, source, "yes\n")
    assert (found.outcome, found.stdout) == (Outcome.RETURNED, b"['solution.py'] solution.py __main__\n")
    assert run(sandbox, source, "\n").outcome is Outcome.EXITED
