"""What a zygote hands down whole: the interpreter's code in huge pages, and objects whose references nobody counts."""

import subprocess
import sys
from pathlib import Path

import pytest

from trialrun.core.build_values import load_trusted
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.child import sharing
from trialrun.run.supervisor import Isolation, Zygote

COUNTED = 1 << 31
"""More references than anything here has."""
MAPS = b"""\
100000-200000 r--p 00000000 fe:00 7   /usr/lib/other.so
200000-300000 r--p 00000000 fe:00 8   /usr/lib/libpython.so
300000-500000 r-xp 00100000 fe:00 8   /usr/lib/libpython.so
500000-600000 r--p 00300000 fe:00 8   /usr/lib/libpython.so
600000-700000 rw-p 00400000 fe:00 8   /usr/lib/libpython.so
700000-800000 r--p 00500000 fe:00 8   /usr/lib/libpython.so
"""
IMMORTAL = pytest.mark.skipif(
    sys.version_info[:2] not in ((3, 12), (3, 13)), reason="how immortal objects are told is not known here"
)


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_moved_is_all_that_adjoins_the_code_and_is_never_written():
    assert sharing._mapping_of(0x400000, MAPS.split(b"\n")) == (0x200000, 0x600000)
    assert sharing._mapping_of(0x150000, MAPS.split(b"\n")) == (0x100000, 0x200000)
    assert sharing._mapping_of(0x650000, MAPS.split(b"\n")) == (0, 0)
    assert sharing._mapping_of(0x900000, MAPS.split(b"\n")) == (0, 0)


def test_the_interpreter_goes_on_in_moved_code():
    told = _run(
        "import re\n"
        "from trialrun.run.child import sharing\n"
        "before = open('/proc/self/maps').read()\n"
        "moved = sharing.share_code()\n"
        "import decimal, json, sys\n"
        "assert json.loads(json.dumps({'a': [1, sorted('ba')]})) == {'a': [1, ['a', 'b']]}\n"
        "assert str(decimal.Decimal(1) / 3).startswith('0.333')\n"
        "try: [][1]\n"
        "except IndexError: pass\n"
        "after = open('/proc/self/maps').read()\n"
        "assert not re.search(r' rwx', after)\n"
        "code = re.findall(r'r-xp 0+ 00:00 0 *\\n(?:[A-Z].*\\n)*?AnonHugePages: +(\\d+) kB', "
        "open('/proc/self/smaps').read())\n"
        "assert [int(size) >= 2048 for size in code] == [True] * moved, code\n"
        "print(moved)"
    )
    if told == "False\n":
        pytest.skip("this kernel has no huge page to give")


def test_small_pages_are_no_gain_and_nothing_is_moved():
    told = _run(
        "import ctypes\n"
        "from trialrun.run.child import sharing\n"
        "no_huge_pages = 41\n"
        "assert not ctypes.CDLL(None).prctl(no_huge_pages, 1, 0, 0, 0)\n"
        "assert sharing.share_code() is False\n"
        "print(any('r-xp' in line and ' 00:00 0' in line for line in open('/proc/self/maps') if '[' not in line))"
    )
    assert told == "False\n"


def test_a_kernel_that_does_not_tell_of_huge_pages_gives_none(monkeypatch):
    def read(path: str) -> bytes:
        raise FileNotFoundError(path)

    monkeypatch.setattr(sharing, "_read", read)
    assert sharing._is_huge(1 << 30, 1 << 21) is False
    assert sharing.share_code() is False


def test_a_zygote_moves_its_code():
    if _run("from trialrun.run.child import sharing\nprint(sharing.share_code())") == "False\n":
        pytest.skip("this kernel has no huge page to give")
    zygote = Zygote(tester=False, isolation=Isolation())
    try:
        maps = Path(f"/proc/{zygote._process.pid}/maps").read_text("utf-8")
    finally:
        zygote.close()
    assert [line for line in maps.splitlines() if " r-xp " in line and line.endswith(" 00:00 0 ")], maps


@pytest.mark.parametrize("pages", [1 << 14, 1 << 16])
def test_nothing_is_moved_where_pages_are_larger(pages, monkeypatch):
    monkeypatch.setattr(sharing, "_move", lambda start, size: True)
    monkeypatch.setattr(sharing.resource, "getpagesize", lambda: pages)
    assert sharing.share_code() is False


def test_nothing_is_moved_where_there_is_no_word_of_huge_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(sharing, "_move", lambda start, size: True)
    monkeypatch.setattr(sharing, "_ENABLED", str(tmp_path / "none"))
    assert sharing.share_code() is False
    (tmp_path / "none").write_text("always madvise [never]\n")
    assert sharing.share_code() is False


@IMMORTAL
def test_objects_of_a_package_are_immortal_and_others_are_not():
    told = _run(
        "import json, os, sys\n"
        "from trialrun.run.child import sharing\n"
        "from trialrun.run.child.kernel import Filter\n"
        "own = Filter(bytes(8))\n"
        "count = sharing.share_objects('trialrun.run.child', [json, own])\n"
        "function, other = sharing.share_code, json.dumps\n"
        "constants = sharing._counts_as_known.__code__.co_consts\n"
        "constant = next(one for one in constants if type(one) is tuple)\n"
        "print(count, file=sys.stderr)\n"
        "print(100 < count < 3000)\n"
        "for found in (function, function.__code__, constant, own._code, vars(sharing), json,\n"
        "              other, other.__code__, os.path.join, json.decoder.WHITESPACE):\n"
        "    print(sys.getrefcount(found) > 1 << 31)"
    )
    assert told.split() == ["True"] * 8 + ["False"] * 3


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_counts_of_an_unknown_interpreter_are_left_alone(version, monkeypatch):
    monkeypatch.setattr(sharing.sys, "version_info", (*version, 0))
    assert sharing.share_objects("trialrun.run.child") == 0
    assert sys.getrefcount(sharing.share_code) < COUNTED


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        (sharing.sys, "maxsize", (1 << 31) - 1),
        (sharing.sys, "byteorder", "big"),
        (sharing.sys, "_is_gil_enabled", lambda: False),
        (sharing.sys, "gettotalrefcount", lambda: 0),
        (sharing.ctypes, "string_at", lambda address, size: b"\1\0\0\0"),
    ],
)
def test_counts_of_an_unknown_build_are_left_alone(place, name, value, monkeypatch):
    monkeypatch.setattr(place, name, value, raising=False)
    assert not sharing._counts_as_known()


@IMMORTAL
def test_a_job_finds_what_it_shares_immortal_and_its_own_objects_counted(sandbox):
    program = Program.from_source(
        "import os, sys\n"
        "class Own: pass\n"
        "def f(x):\n"
        "    own = Own()\n"
        "    return sys.getrefcount(os.read) > 1 << 31, sys.getrefcount(own), sys.getrefcount(f) < 100, x * 2",
        entry="f",
    )
    (execution,) = run_cases(sandbox, program, encode_calls("f", [Case(args=([1],))]), Limits())
    assert load_trusted(execution.value or b"")[0][0] == (True, 2, True, [1, 1])
