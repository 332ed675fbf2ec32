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

COUNTED = 1 << 31
"""More references than anything here has."""
MAPS = """\
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
    assert sharing._mapping_of(0x400000, MAPS.splitlines()) == (0x200000, 0x600000)
    assert sharing._mapping_of(0x150000, MAPS.splitlines()) == (0x100000, 0x200000)
    assert sharing._mapping_of(0x650000, MAPS.splitlines()) == (0, 0)
    assert sharing._mapping_of(0x900000, MAPS.splitlines()) == (0, 0)


@pytest.mark.skipif(
    not Path(sharing._ENABLED).exists() or "[never]" in Path(sharing._ENABLED).read_text(),
    reason="this kernel gives no huge pages",
)
def test_the_interpreter_goes_on_in_moved_code():
    told = _run(
        "import re\n"
        "from trialrun.run.child import sharing\n"
        "before = open('/proc/self/maps').read()\n"
        "assert sharing.share_code()\n"
        "import decimal, json, sys\n"
        "assert json.loads(json.dumps({'a': [1, sorted('ba')]})) == {'a': [1, ['a', 'b']]}\n"
        "assert str(decimal.Decimal(1) / 3).startswith('0.333')\n"
        "try: [][1]\n"
        "except IndexError: pass\n"
        "after = open('/proc/self/maps').read()\n"
        "assert after != before\n"
        "assert not re.search(r' rwx', after)\n"
        "print('well')"
    )
    assert told == "well\n"


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
        "count = sharing.share_objects('trialrun.run.child', [json])\n"
        "function, other = sharing.share_code, json.dumps\n"
        "print(count > 100)\n"
        "for found in (function, function.__code__, sharing._HUGE.__class__, vars(sharing), json, other,\n"
        "              other.__code__, os.path.join):\n"
        "    print(sys.getrefcount(found) > 1 << 31)"
    )
    assert told.split() == ["True"] * 7 + ["False", "False"]


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_counts_of_an_unknown_interpreter_are_left_alone(version, monkeypatch):
    monkeypatch.setattr(sharing.sys, "version_info", (*version, 0))
    assert sharing.share_objects("trialrun.run.child") == 0
    assert sys.getrefcount(sharing.share_code) < COUNTED


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
