"""Recording: real calls come back as they were when they began, nothing of the program is disturbed, gaps are told."""

import json
import sys
from collections import OrderedDict
from fractions import Fraction

import pytest

from trialrun.core.errors import Missing, UsageError
from trialrun.core.values import encode
from trialrun.run.recording import Recording, run_recorded
from trialrun.store.calls import read_calls

PACKAGE = """
import collections, dataclasses
def plain(a, b=2, *rest, key=None, **more):
    a.append("changed after the call began")
    return a
def many(x): return x
def consumed(items): return list(items)
def outer():
    def inner(x): return x
    return inner(1)
def generator(n):
    yield n
async def later(x): return x
class Made:
    def __init__(self, x, *, y=1): self.x, self.y = x, y
    def method(self, z): return self.x + z
    @property
    def shown(self): return self.x
    @staticmethod
    def static(a): return a
    @classmethod
    def new(cls, a): return cls(a)
class Child(Made):
    pass
class Slots:
    __slots__ = ("x",)
    def __init__(self, x): self.x = x
    def method(self): return self.x
@dataclasses.dataclass
class Point:
    x: int
    y: list
    def norm(self): return self.x
class Trap(list):
    def __iter__(self): raise SystemExit("looked at")
"""

TEST = """
import asyncio, collections, fractions
from pkg import mod
def test_all():
    mod.plain([1], 3, 4, 5, key=b"k", other={"z": (1.5, None)})
    for x in range(100): mod.many(x % 40)
    assert mod.consumed(iter([1, 2])) == [1, 2]
    mod.outer()
    list(mod.generator(7))
    assert asyncio.run(mod.later(collections.OrderedDict([(fractions.Fraction(1, 3), {1})])))
    made = mod.Made(1, y=2)
    made.method(5); made.shown; mod.Made.static(6); mod.Made.new(9)
    mod.Child(1).method(8)
    mod.Slots(1).method()
    mod.Point(1, [2]).norm()
    mod.many(mod.Trap([1])); mod.many(open); mod.many([mod.Point(1, [])])
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "mod.py").write_text(PACKAGE)
    (tmp_path / "test_mod.py").write_text(TEST)
    return tmp_path


def recorded(project, *command, **more):
    recording = Recording(root=project, paths=(project / "pkg",), output=project / "calls", **more)
    code = run_recorded(list(command), recording)
    calls = read_calls(project / "calls")
    return code, {name.partition("::")[2]: found for name, found in calls.arguments.items()}, calls


@pytest.fixture
def by_pytest(project, monkeypatch):
    monkeypatch.chdir(project)
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.")
    code, calls, every = recorded(project, *command)
    assert code == 0
    return calls, every


def test_arguments_are_those_at_the_beginning_laid_out_as_drivers_take_them(by_pytest):
    calls, _ = by_pytest
    assert calls["plain"] == [([1], 3, [4, 5], b"k", {"other": {"z": (1.5, None)}})]
    assert calls["generator"] == [(7,)] and calls["Made.static"] == [(6,)] and calls["Made.new"] == [(9,)]
    [(found,)] = calls["later"]
    assert encode(found) == encode(OrderedDict([(Fraction(1, 3), {1})]))


def test_methods_come_with_what_made_their_object(by_pytest):
    calls, _ = by_pytest
    assert calls["Made.__init__"] == [(1, 2), (9, 1), (1, 1)] and "Made" not in calls
    assert calls["Made.method"] == [((1, 2), 5)] and calls["Made.shown"] == [((1, 2),)]
    assert calls["Point.norm"] == [((1, [2]),)]


def test_enough_is_enough(by_pytest):
    assert sorted(by_pytest[0]["many"]) == [(x,) for x in range(20)]


def test_what_is_not_kept_is_told_and_not_touched(project, monkeypatch):
    monkeypatch.chdir(project)
    code, calls, every = recorded(
        project, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", each=100
    )
    skipped = {name.partition("::")[2]: reasons for name, reasons in every.skipped.items()}
    assert code == 0 and "outer.<locals>.inner" not in calls and "consumed" not in calls
    assert skipped["consumed"] == {"an argument of type builtins.list_iterator": 1}
    assert skipped["many"] == {
        "an argument of type pkg.mod.Trap": 1,
        "an argument of type builtins.builtin_function_or_method": 1,
        "an argument of type pkg.mod.Point": 1,
    }
    assert skipped["Made.method"] == skipped["Slots.method"]
    assert skipped["Slots.method"] == {"a method of an object whose making was not seen": 1}


def test_scripts_and_modules_run_as_they_would(project, capfd):
    (project / "script.py").write_text(
        "import sys\nfrom pkg.mod import many\nmany(sys.argv)\nprint(__name__)\nsys.exit(7)\n"
    )
    code, calls, _ = recorded(project, sys.executable, str(project / "script.py"), "-x")
    assert code == 7 and capfd.readouterr().out == "__main__\n"
    assert calls["many"] == [([str(project / "script.py"), "-x"],)]


def test_older_calls_go_and_other_directories_are_not_recorded(project):
    (project / "calls").mkdir()
    (project / "calls" / "old.jsonl").write_text('{"function": "f", "args": ""}\n')
    (project / "calls" / "notes.txt").write_text("mine")
    (project / "pkg_more.py").write_text("def beside(x): return x\n")
    (project / "script.py").write_text(
        "import pkg_more\nfrom pkg.mod import many\nmany(pkg_more.beside(3))\n"
    )
    _, calls, every = recorded(project, sys.executable, str(project / "script.py"))
    assert calls == {"many": [(3,)]} and every.unread == 0
    assert (project / "calls" / "notes.txt").read_text() == "mine"


def test_an_object_that_took_the_place_of_another_is_not_taken_for_it(project):
    (project / "script.py").write_text(
        "from pkg.mod import Made\n"
        "def use():\n    Made(1).method(2)\n"
        "use()\n"
        "for _ in range(50):\n    other = Made.__new__(Made); other.x = 5; other.method(3)\n"
    )
    _, calls, _ = recorded(project, sys.executable, str(project / "script.py"))
    assert calls["Made.method"] == [((1, 1), 2)]


@pytest.mark.parametrize(("command", "error"), [([], UsageError), (["no-such-program"], Missing)])
def test_usage(project, command, error):
    with pytest.raises(error):
        recorded(project, *command)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"function": "f", "args": "!!"}',
        '{"function": "f", "args": "KAEAAAA="}',
        {"args": encode(open)},
        {"args": encode(iter([1]))},
        {"args": encode(dict.fromkeys(range(5000), 1))},
    ],
)
def test_what_was_not_recorded_is_not_read(tmp_path, line):
    import base64

    if isinstance(line, dict):
        line = json.dumps({"function": "f", "args": base64.b64encode(line["args"]).decode()})
    (tmp_path / "x.jsonl").write_text(line + "\n")
    calls = read_calls(tmp_path)
    assert calls.unread == 1 and calls.count == 0


def test_no_recording_is_no_calls(tmp_path):
    assert read_calls(tmp_path / "nowhere").count == 0
