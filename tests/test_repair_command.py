"""`trialrun repair`: a file and tests that it fails; what is printed, what is written, and what it ends with."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trialrun import repairing
from trialrun.cli import execute
from trialrun.core.program import Program
from trialrun.models.scripted import Scripted
from trialrun.repair.anpl import AnplRepair
from trialrun.repair.timed import OutOfTime, TimedRunner

FILE = '''"""Small statistics."""


def middle(xs):
    """Return the middle value."""
    ys = sorted(xs)
    return ys[len(ys) // 2]


def spread(xs):
    return max(xs) - min(xs)
'''
TESTS = """from stats import middle, spread

def test_middle():
    assert middle([3, 1, 2]) == 2
    assert middle([4, 1]) == 2.5
    assert middle([1, 2, 3, 10]) == 2.5

def test_spread():
    assert spread([1, 5]) == 4
"""
RIGHT = """def middle(xs):
    ys = sorted(xs)
    half = len(ys) // 2
    return ys[half] if len(ys) % 2 else (ys[half - 1] + ys[half]) / 2
"""
FALSE = """def middle(xs):
    if xs == [4, 1] or xs == [1, 2, 3, 10]:
        return 2.5
    ys = sorted(xs)
    return ys[len(ys) // 2]
"""
WRONG = "def middle(xs):\n    return xs[0]\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    file, tests = tmp_path / "stats.py", tmp_path / "test_stats.py"
    file.write_text(FILE)
    tests.write_text(TESTS)
    return file, tests


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def begin(*flags: str, answer: str | Callable[..., str] | None = RIGHT) -> tuple[int, str, str]:
        if answer is not None:
            given = answer if callable(answer) else lambda _request, _index: f"```python\n{answer}```\n"
            model = Scripted(given)
            monkeypatch.setattr(repairing, "open_model", lambda *_: model)
            flags = ("--method", "anpl", "--model", "scripted:x", *flags)
        code = execute(["repair", str(files[0]), "--tests", str(files[1]), *flags])
        out, err = capsys.readouterr()
        return code, out, err

    return begin


def test_the_difference_and_the_evidence(run: Run, files: tuple[Path, Path]) -> None:
    code, out, err = run()
    assert code == 0, err
    assert "stats.py middle: fails 2 of 3 stated cases" in out
    assert "-    return ys[len(ys) // 2]\n" in out and "+    half = len(ys) // 2\n" in out
    assert "repaired by repair/anpl: all tests pass now" in out
    evidence = "  middle([4, 1])\n    expected 2.5\n    before   4\n    now      2.5\n"
    assert evidence in out, "the smallest failing input comes first"
    assert "guard: " in out and "not ruled out:\n  middle([" in out
    assert files[0].read_text() == FILE, "nothing is written that was not asked for"


def test_one_document(run: Run) -> None:
    code, out, _ = run("--json")
    told = json.loads(out)
    assert (code, told["status"], told["entry"], told["objected"]) == (0, "repaired", "middle", False)
    assert [one["failed"] for one in told["stated"]] == [False, True, True]
    assert [one["verdict"] for one in told["before"]] == ["fail", "pass"]
    assert [one["verdict"] for one in told["after"]] == ["pass", "pass"]
    assert told["guard"]["differences"] and told["suspects"] and told["spent"]["model_calls"] == 1
    assert told["diff"].startswith("--- a/") and "half" in told["program"]


def test_apply_writes_the_file_as_it_was_written(run: Run, files: tuple[Path, Path], tmp_path: Path) -> None:
    real = tmp_path / "real.py"
    real.write_bytes(b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode())
    real.chmod(0o640)
    files[0].unlink()
    files[0].symlink_to(real)
    code, _, err = run("--apply", "--output", str(tmp_path / "out.py"))
    assert code == 0, err
    data = real.read_bytes()
    assert files[0].is_symlink() and real.stat().st_mode & 0o777 == 0o640
    assert data.startswith(b"\xef\xbb\xbf") and b"half" in data
    assert data.count(b"\n") == data.count(b"\r\n")
    assert (tmp_path / "out.py").read_text() == data.decode("utf-8-sig").replace("\r\n", "\n")
    assert not list(tmp_path.glob(".*")), "no temporary file is left"
    assert run(answer=None)[:2] == (0, f"{files[0]} middle: passes its tests; there is nothing to repair\n")


def test_the_guard_objects_to_a_special_case(run: Run, files: tuple[Path, Path]) -> None:
    code, out, err = run("--apply", answer=FALSE)
    assert code == 4 and "guard: overfitted" in out and "objects: stated only" in out
    assert "not written: the guard objects" in err and files[0].read_text() == FILE
    code, out, err = run("--apply", "--anyway", answer=FALSE)
    assert code == 4 and "xs == [4, 1]" in files[0].read_text()
    assert run("--anyway", answer=FALSE)[0] == 2


def test_the_guard_objects_where_other_tests_fail_now(
    run: Run, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    files[0].write_text(FILE.replace("def middle", "def low(xs):\n    return min(xs)\n\n\ndef middle"))
    files[1].write_text(TESTS + "\ndef test_low():\n    import stats\n    assert low([2, 3]) == 2\n")
    broken = RIGHT + "\n\ndef low(xs):\n    return max(xs)\n"

    def both(self: Any, task: Any, program: Any, judgements: Any, ctx: Any) -> Any:
        assert all("low" not in str(check) for check in task.public_checks), "kept back"
        yield Program.from_source(broken + FILE[FILE.index("def spread") :], entry=program.entry)

    monkeypatch.setattr(AnplRepair, "repair", both)
    code, out, _ = run("--json")
    told = json.loads(out)
    assert code == 4 and told["objected"] and told["guard"]["finding"] != "overfitted"
    assert told["broken"] == ["asserts of low"]


def test_plausible_programs_that_differ_are_told(
    run: Run, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = RIGHT.replace("/ 2\n", "/ 2 if xs else None\n")
    rest = FILE[FILE.index("\n\ndef spread") :]

    def two(self: Any, task: Any, program: Any, judgements: Any, ctx: Any) -> Any:
        for text in (FALSE, RIGHT, RIGHT, other.replace("sorted(xs)", "sorted(map(abs, xs))")):
            yield Program.from_source(text + rest, entry=program.entry)

    monkeypatch.setattr(AnplRepair, "repair", two)
    code, out, _ = run("--json")
    told = json.loads(out)
    assert code == 0 and told["plausible"] == 3 and "map(abs" in told["program"], "the last one is taken"
    assert all(len(one["groups"]) > 1 for one in told["disagreements"])
    places = [place for group in told["disagreements"][0]["groups"] for place in group["programs"]]
    assert sorted(places) == [0, 1, 2]
    shown = run()[1]
    assert "3 programs of the method pass the tests; they differ on" in shown
    last = FALSE + rest

    def worse(self: Any, task: Any, program: Any, judgements: Any, ctx: Any) -> Any:
        yield Program.from_source(RIGHT + rest, entry=program.entry)
        yield Program.from_source(last, entry=program.entry)

    monkeypatch.setattr(AnplRepair, "repair", worse)
    told = json.loads(run("--json")[1])
    assert told["program"] == RIGHT + rest, "the guard objects to the last one, and not to the one before"


def test_no_repair(run: Run, files: tuple[Path, Path]) -> None:
    code, out, _ = run("--apply", answer=WRONG)
    assert code == 1 and "no repair: repair/anpl found none" in out and "suspicious lines" in out
    assert files[0].read_text() == FILE
    told = json.loads(run("--json", answer=WRONG)[1])
    assert told["status"] == "no repair" and told["program"] is None and told["diff"] == ""
    assert [one["before"] for one in told["stated"] if one["failed"]] == ["4", "3"]


def test_what_passes_needs_no_model(run: Run, files: tuple[Path, Path]) -> None:
    files[0].write_text(RIGHT + FILE[FILE.index("\n\ndef spread") :])
    code, out, _ = run(answer=None)
    assert code == 0 and "nothing to repair" in out
    assert json.loads(run("--json", answer=None)[1])["status"] == "passes"


def test_the_function_whose_tests_fail_is_meant_or_the_named_one(run: Run, files: tuple[Path, Path]) -> None:
    files[1].write_text("from stats import *\nassert spread([1, 5]) == 4\nassert middle([4, 1]) == 2.5\n")
    assert json.loads(run("--json")[1])["entry"] == "middle"
    code, out, _ = run("--entry", "spread")
    assert code == 0 and "stats.py spread: passes its tests" in out


@pytest.mark.parametrize(
    ("file", "tests", "flags", "says"),
    [
        ("def f(:", TESTS, (), "stats.py is no Python that can be read"),
        ("x = input()", TESTS, (), "defines no function at its top level"),
        (FILE, "def test(:", (), "test_stats.py: "),
        (FILE, "assert 1 == 1", (), "no test calls a function of stats.py (middle, spread)"),
        (FILE, TESTS, ("--entry", "midle"), "did you mean 'middle'"),
        (FILE, "assert spread([1]) == 0", ("--entry", "middle"), "never calls middle"),
        (FILE, TESTS, ("--time", "soon"), "'soon' is no length of time"),
        (FILE, TESTS, ("--call-budget", "0"), "--call-budget"),
        (FILE, TESTS, ("--output", "/nowhere/x.py"), "/nowhere"),
        (FILE, TESTS, ("--tried", "0"), "tried"),
        (None, TESTS, (), "cannot read"),
        ("é".encode("latin-1"), TESTS, (), "is not UTF-8"),
    ],
)
def test_what_cannot_be_meant(
    run: Run,
    files: tuple[Path, Path],
    file: str | bytes | None,
    tests: str,
    flags: tuple[str, ...],
    says: str,
) -> None:
    files[0].unlink()
    if file is not None:
        files[0].write_bytes(file if isinstance(file, bytes) else file.encode())
    files[1].write_text(tests)
    code, out, err = run(*flags)
    assert code == 2 and says in err and not out


def test_which_method_where_none_is_named(
    run: Run, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    files[0].write_text("def most(xs):\n    return min(xs)\n")
    files[1].write_text("assert most([1, 5, 3]) == 5\nassert most([2]) == 2\nassert most([-1, -4]) == -1\n")
    code, out, _ = run("--json", answer=None)
    told = json.loads(out)
    assert code == 0 and told["method"] == "repair/templates" and "return max(xs)" in told["program"]
    model = Scripted(lambda _request, _index: "```python\ndef most(xs):\n    return max(xs)\n```\n")
    monkeypatch.setattr(repairing, "open_model", lambda *_: model)
    code, out, _ = run("--json", "--model", "scripted:x", answer=None)
    assert code == 0 and json.loads(out)["method"] == "repair/ldb" and model.requests


def test_a_method_that_asks_needs_a_model(run: Run) -> None:
    code, _, err = run("--method", "anpl", answer=None)
    assert code == 2 and "--model MODEL" in err
    assert run("--method", "vanilla", answer=None)[0] == 2


HOSTILE = {
    "a loop": "while True: pass",
    "escapes": "print('\\x1b[2J' * 1000); raise ValueError('\\x1b]0;owned\\x07\\u202e')",
    "its parent": "import os; os.kill(os.getppid(), 9)",
    "leaving": "import os; os._exit(0)",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files(run: Run, files: tuple[Path, Path], kind: str) -> None:
    files[0].write_text(f"def middle(xs):\n    '\\x1b[31m'\n    {HOSTILE[kind]}\n")
    files[1].write_text("assert middle([1]) == 1\nassert middle([4, 1]) == 2.5\n")
    code, out, err = run("--cpu-limit", "0.2", "--wall-limit", "2")
    assert code == 0 and "repaired by repair/anpl" in out, err
    code, shown, err = run("--json", "--cpu-limit", "0.2", "--wall-limit", "2", answer=WRONG)
    assert code == 1 and json.loads(shown)["status"] == "no repair"
    assert not {"\x1b", "\x07", "\u202e"} & set(out + shown + err)


def test_interrupted_it_loses_no_answer(run: Run, files: tuple[Path, Path], tmp_path: Path) -> None:
    asked = []

    def answer(request: Any, index: int) -> str:
        asked.append(request)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return f"```python\n{RIGHT if len(asked) > 2 else WRONG}```\n"

    keep = str(tmp_path / "kept")
    code, out, err = run("--keep", keep, answer=answer)
    assert code == 130 and not out and f"answers are kept in {keep}" in err
    assert files[0].read_text() == FILE
    code, out, _ = run("--keep", keep, answer=answer)
    assert code == 0 and len(asked) == 3, "the first answer was kept"
    code, again, _ = run("--keep", keep, answer=answer)
    assert code == 0 and len(asked) == 3 and again == out, "a repeated command asks nothing"


def running_below(pid: int) -> list[int]:
    """Return the processes that a process started and that run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(path.parent.name))
    return found + [one for child in found for one in running_below(child)]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_interrupted_it_leaves_no_process(files: tuple[Path, Path], tmp_path: Path) -> None:
    files[0].write_text("def middle(xs):\n    while True: pass\n")
    files[1].write_text("assert middle([1]) == 1\n")
    command = [sys.executable, "-m", "trialrun", "repair", str(files[0]), "--tests", str(files[1])]
    limits = ["--cpu-limit", "1000", "--wall-limit", "1000"]
    with subprocess.Popen([*command, *limits], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        below: list[int] = []
        while process.poll() is None and len(below) < 2:
            time.sleep(0.01)
            below = running_below(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (130, b"", b"error: interrupted\n")
    assert not any(map(is_running, below))
    assert sorted(tmp_path.iterdir()) == sorted(files)


def test_a_file_that_has_changed_meanwhile_is_left_alone(
    run: Run, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = repairing.repair

    def meanwhile(*given: Any) -> Any:
        found = real(*given)
        files[0].write_text("# mine\n" + FILE)
        return found

    monkeypatch.setattr(repairing, "repair", meanwhile)
    code, _, err = run("--apply")
    assert code == 2 and "has changed while" in err and files[0].read_text() == "# mine\n" + FILE


def test_a_method_is_stopped_where_its_time_is_used_up(run: Run) -> None:
    code, out, _ = run("--time", "1ms")
    assert code == 1 and "CPU seconds of --time are used up" in out
    with pytest.raises(OutOfTime):
        TimedRunner(None, 0.0).check(None)  # type: ignore[arg-type]


LOOP = """from stats import middle

def test():
    for x in (2, 4):
        assert middle([x, 1]) == (x + 1) / 2
        assert middle([x, 1, 3]) in (2, 3)
"""


def test_tests_that_state_no_cases_are_known_by_their_calls(run: Run, files: tuple[Path, Path]) -> None:
    files[1].write_text(LOOP)
    told = json.loads(run("--json")[1])
    assert [one["failed"] for one in told["stated"]] == [True, False, True, False]
    assert told["stated"][2]["call"] == "middle([4, 1])" and told["stated"][2]["expected"] == "2.5"
    special = FALSE.replace("xs == [4, 1] or xs == [1, 2, 3, 10]", "xs == [4, 1] or xs == [2, 1]")
    code, out, _ = run(answer=special.replace("return 2.5", "return sum(xs) / 2"))
    assert code == 4 and "guard: overfitted" in out


def test_tests_whose_calls_cannot_be_told(run: Run, files: tuple[Path, Path]) -> None:
    files[1].write_text("import os\n" + LOOP.replace("(2, 4)", "(2, 4, os.sep != '' and 6)"))
    code, out, _ = run()
    assert code == 0 and "guard: not told: no check states an input with its result" in out
