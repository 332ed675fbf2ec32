"""Whole programs, and single calls whose output is kept."""

import os

import pytest

from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import encode_calls
from trialrun.run.streams import Streams
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


# ------------------------------------------------------------------------------ arguments and files


def test_arguments_and_files_go_in_and_files_come_out(sandbox):
    source = (
        "import os, sys\nos.mkdir('out')\nwith open('data/in.bin', 'rb') as file: data = file.read()\n"
        "os.chdir('out')\nopen('r.bin', 'wb').write(data[::-1])\nkept = open('kept open', 'w')\n"
        "kept.write('buffered'); print(sys.argv)"
    )
    found = run(
        sandbox,
        source,
        argv=["-n", "é\udcff"],
        files=[("data/in.bin", b"\0\xff1"), ("unread", b"")],
        collect="all",
    )
    assert found.outcome is Outcome.RETURNED, found
    assert found.stdout == "['solution.py', '-n', 'é\\udcff']\n".encode()
    assert found.files == (("out/kept open", b"buffered"), ("out/r.bin", b"1\xff\0"))


def test_only_what_is_asked_for_comes_back(sandbox):
    source = "for name in 'abc': open(name, 'w').write(name)"
    assert run(sandbox, source).files == ()
    assert run(sandbox, source, collect=["c", "a", "absent"]).files == (("a", b"a"), ("c", b"c"))
    changed = run(sandbox, "open('a', 'a').write('!')", files=[("a", b"1"), ("b", b"2")], collect="all")
    assert changed.files == (("a", b"1!"),)


def test_names_that_no_text_is_made_of_survive(sandbox):
    source = "import os\nfor name in (b'\\xff\\n', 'ü'.encode()): open(name, 'w').write('1')"
    found = run(sandbox, source, collect="all")
    assert found.files == (("ü", b"1"), (os.fsdecode(b"\xff\n"), b"1"))


@pytest.mark.parametrize(
    "source",
    [
        "os.symlink('right', 'out')",
        "os.symlink('/dev/zero', 'out')",
        "os.mkfifo('out')",
        "os.mkdir('out')",
        "import socket; socket.socket(socket.AF_UNIX).bind('out')",
        "os.mkdir('sub'); os.symlink('sub', 'out'); os.rename('right', 'sub/x')",
        "os.symlink('.', 'link')",
    ],
)
def test_only_regular_files_count(sandbox, source):
    begin = "import os\nopen('right', 'w').write('right')\ntry:\n    "
    source = f"{begin}{source}\nexcept OSError: pass\n"
    found = run(sandbox, source, collect=["out", "out/x", "link/right"])
    assert found.outcome is Outcome.RETURNED and found.files == (), found
    everything = run(sandbox, source, collect="all")
    assert everything.outcome is Outcome.RETURNED, everything
    assert [content for _, content in everything.files] == [b"right"]


@pytest.mark.parametrize(
    "source",
    [
        "for n in range(100_000): open(str(n), 'w').close()",
        "for n in range(2000): open(str(n), 'w').close()",
        "for n in range(3): open(str(n), 'w').truncate(15 << 20)",
        "for n in range(40): os.mkdir('d'); os.chdir('d')\nopen('x', 'w')",
    ],
)
def test_too_many_files_are_too_much_output_or_an_error(sandbox, source):
    found = run(sandbox, "import os\n" + source, collect="all")
    assert found.outcome in (Outcome.OUTPUT, Outcome.RAISED) and found.files == (), found


@pytest.mark.parametrize(
    "ending", ["os._exit(0)", "1/0", "sys.exit(3)", "os.kill(os.getpid(), 9)", "while True: pass"]
)
def test_files_of_a_program_that_did_not_complete_do_not_count(sandbox, ending):
    source = f"import os, sys\nwith open('a', 'w') as file: file.write('1')\n{ending}\nraise KeyError"
    found = run(sandbox, source, collect="all")
    assert found.outcome is not Outcome.RETURNED and found.files == ()


def test_used_up_descriptors_hide_no_file(sandbox):
    source = "kept = []\ntry:\n    while True: kept.append(open(str(len(kept)), 'w'))\nexcept OSError: pass\n"
    found = run(sandbox, source + "kept[0].write('x')", collect=["0"])
    assert found.files == (("0", b"x"),)


PEER = "import gc\npeer = next(o for o in gc.get_objects() if type(o).__name__ == 'Peer')\n"
DONE = "from marshal import dumps\npeer.send(0, 6, dumps((14, True, False, '', '', 0), 2))\n"


NAMED = "peer.send(0, 8, dumps((14, '', b'a'), 2))\n"
"""Says that there is a file `a`."""


def test_a_list_of_files_sent_by_hand_is_no_more_than_writing_them(sandbox):
    listed = "peer.send(0, 8, dumps((14, '', b'a', b'1', b'b', b'2'), 2))\nimport time; time.sleep(60)"
    for collect in ("all", ["a"], ["a", "b"]):
        found = run(sandbox, PEER + DONE + NAMED + listed, collect=collect)
        assert (found.outcome, found.files) == (Outcome.RETURNED, (("a", b"1"),))


def test_a_program_is_not_told_which_files_are_expected(sandbox):
    source = (
        "import sys\nseen, frame = '', sys._getframe()\n"
        "while frame: seen, frame = seen + repr((frame.f_locals, frame.f_globals)), frame.f_back\n"
        "print('answer' in seen.replace(repr('an' + 'swer'), ''))\n"
    )
    assert run(sandbox, source.replace("'answer'", "'an' 'swer'"), collect=["answer"]).stdout == b"False\n"
    source = (
        f"{PEER}{DONE}{NAMED}from marshal import loads\nasked = loads(peer.receive()[2])\n"
        "peer.send(0, 8, dumps((14, '', b'answer', b'1') if asked else (14, ''), 2))\nimport time; time.sleep(60)"
    )
    found = run(sandbox, source, collect=["answer"])
    assert (found.outcome, found.files) == (Outcome.RETURNED, ())


@pytest.mark.parametrize(
    "body",
    [
        "()",
        "(16,)",
        "(14,)",
        "(14, 1)",
        "(14, '', b'a')",
        "(14, '', 'a', b'')",
        "(14, '', b'a', (14,))",
        "5",
        "None",
    ],
)
def test_a_forged_list_of_files_is_read_with_care(sandbox, body):
    for first in ("", NAMED) if "b'a')" not in body else (NAMED,):
        source = f"{PEER}{DONE}{first}peer.send(0, 8, dumps({body}, 2))\nimport time; time.sleep(60)"
        found = run(sandbox, source, collect="all")
        assert found.outcome is Outcome.PROTOCOL and found.files == (), found


def test_files_that_are_never_sent_are_waited_for_no_longer_than_a_case(sandbox):
    found = run(sandbox, f"{PEER}{DONE}import time; time.sleep(60)", collect="all")
    assert found.outcome is Outcome.TIMEOUT and found.files == ()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([("/etc/passwd", b"")], "not relative"),
        ([("a/../../b", b"")], "has a part '..'"),
        ([("", b"")], "has a part ''"),
        ([("a//b", b"")], "has a part ''"),
        ([("a\0b", b"")], "NUL"),
        ([("a\nb", b"")], "cannot be printed"),
        ([("a" * 300, b"")], "255 bytes"),
        ([("a", b""), ("a", b"")], "twice"),
        ([("a", b""), ("a/b", b"")], "is a file, and above"),
        ([("a", bytes(17 << 20))], "--file-limit"),
        ([(str(n), bytes(16 << 20)) for n in range(3)], "MiB in all"),
        ([(str(n), b"") for n in range(5000)], "at most"),
    ],
)
def test_input_files_that_cannot_be_meant(sandbox, files, message):
    with pytest.raises(UsageError, match=message):
        run(sandbox, "", files=files)


def test_the_cpu_limit_decides_for_whole_programs_too(sandbox):
    burn = "import time\nwhile time.process_time() < {}: pass"
    assert not run(sandbox, burn.format(0.2)).near_limit
    below, above = run(sandbox, burn.format(0.85)), run(sandbox, burn.format(1.15))
    assert (below.outcome, below.near_limit) == (Outcome.RETURNED, True)
    assert (above.outcome, above.near_limit) == (Outcome.TIMEOUT, True)


def test_what_is_past_the_output_limit_is_never_cut_off_in_silence(sandbox, monkeypatch):
    """What a program leaves in the pipe as it completes counts too; here nothing is read before that."""

    def unwatched(streams):
        streams._close_theirs()
        return []

    monkeypatch.setattr(Streams, "started", unwatched)
    limits = Limits(cpu_s=5.0, output_kb=16)
    for size, outcome in ((16 << 10, Outcome.OUTPUT), ((16 << 10) - 1, Outcome.RETURNED)):
        program = Program.from_source(f"import os\nos.write(1, b'x' * {size})")
        assert run_program(sandbox, program, limits).outcome is outcome
